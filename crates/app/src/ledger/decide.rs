//! One way for every command: read the facts inside the transaction, let `domain::ledger` decide, append the
//! event and project it. No rule stands here.

use std::collections::{BTreeMap, BTreeSet};

use domain::access::OrgKind;
use domain::codes::StorageKind;
use domain::ledger::{AcceptList, Decision, Facility, LedgerEvent, Lot, Party, World};
use domain::problem::{Severity, Violation};
use serde::{Deserialize, Serialize};

use super::{project, rules, store, tables};
use crate::kit::{FieldProblem, Problem, Work};
use crate::registry::load;

/// What a command names.
#[derive(Default)]
pub(super) struct Named<'a> {
    pub lots: Vec<&'a str>,
    pub facilities: Vec<&'a str>,
    /// Site that must belong to the acting organisation, with its place in the request.
    pub site: Option<(&'a str, &'static str)>,
}

/// What came of a command.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Journal position.
    pub position: i64,
    /// The event.
    pub event: LedgerEvent,
    /// Rules that were not kept but do not block.
    pub warnings: Vec<Violation>,
}

/// A warning that survives being stored for a repeated request.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Said {
    rule: String,
    path: String,
    params: Vec<(String, String)>,
}

impl Said {
    pub(super) fn all(warnings: Vec<Violation>) -> Vec<Self> {
        let said = |w: FieldProblem| Self { rule: w.rule, path: w.path, params: w.params };
        warnings.into_iter().map(|w| said(w.into())).collect()
    }
}

impl From<Said> for FieldProblem {
    fn from(said: Said) -> Self {
        Self { path: said.path, rule: said.rule, severity: Severity::Warning, params: said.params }
    }
}

/// Decides and records a command of `org_id` that happened at `at`.
pub(super) async fn decide(
    work: &mut Work<'_>,
    org_id: &str,
    at: i64,
    named: Named<'_>,
    rule: impl FnOnce(World<'_>, &mut dyn FnMut() -> String) -> Result<Decision, Vec<Violation>> + Send,
) -> Result<Outcome, Problem> {
    let tenant = work.tenant().to_owned();
    let settings = tables::settings(&work.kit)?;
    let party = party(work, &tenant, org_id).await?;
    if let Some((site_id, path)) = named.site {
        let site = load::site(&mut *work.tx, &tenant, site_id).await?;
        if site.is_none_or(|s| s.org_id != org_id || !s.active) {
            return Err(Problem::field(path, rules::SITE_UNKNOWN, []));
        }
    }
    let lots = store::lots(&mut *work.tx, &tenant, &named.lots.iter().copied().collect()).await?;
    let facilities = facilities(work, &tenant, &named.facilities, &lots).await?;
    let day = settings.zone.date_of(at);
    let counters = store::counters(&mut *work.tx, &tenant, org_id, party.credit_code.as_str(), day).await?;
    let decision = {
        let world = World {
            now: work.now,
            party: &party,
            lots: &lots,
            facilities: &facilities,
            counters: &counters,
            catalogue: tables::waste_catalogue(),
            incompatibility: tables::incompatibility(),
            settings: &settings,
        };
        let (ids, now) = (std::sync::Arc::clone(&work.kit.ids), work.now);
        rule(world, &mut || ids.next(now).to_string())?
    };
    let handler = handler(work, &tenant).await?;
    let position = project::emit(work, &decision.event, handler).await?;
    Ok(Outcome { position, event: decision.event, warnings: decision.warnings })
}

async fn party(work: &mut Work<'_>, tenant: &str, org_id: &str) -> Result<Party, Problem> {
    let org = load::org(&mut *work.tx, tenant, org_id)
        .await?
        .filter(|o| o.active)
        .ok_or_else(Problem::not_found)?;
    let credit_code = org.credit_code.as_deref().and_then(|c| c.parse().ok());
    Ok(Party {
        id: org.id,
        credit_code: credit_code.ok_or_else(|| Problem::field("", rules::NO_CREDIT_CODE, []))?,
        licensed: org.kinds.contains(&OrgKind::Receiver),
    })
}

/// The facilities that the command names or that its lots lie in, with what is in them.
async fn facilities(
    work: &mut Work<'_>,
    tenant: &str,
    named: &[&str],
    lots: &BTreeMap<String, Lot>,
) -> Result<BTreeMap<String, Facility>, Problem> {
    let ids: BTreeSet<&str> =
        named.iter().copied().chain(lots.values().filter_map(|l| l.state.facility.as_deref())).collect();
    let mut found = BTreeMap::new();
    for id in ids {
        let Some((facility, site)) = load::facility_with_site(&mut *work.tx, tenant, id).await? else {
            continue;
        };
        let (stock_g, contents) = store::contents(&mut *work.tx, tenant, id).await?;
        let unreadable = |what: &str| {
            tracing::error!(facility = id, what, "a stored facility is not readable");
            Problem::internal()
        };
        found.insert(
            id.to_owned(),
            Facility {
                id: facility.id,
                code: facility.code,
                org: site.org_id,
                site: facility.site_id,
                purpose: facility.kind.parse().map_err(|_| unreadable("kind"))?,
                storage_kind: facility.facility_type.parse::<StorageKind>().ok(),
                capacity_g: facility.capacity_g,
                accepts: AcceptList::parse(&facility.accepts).map_err(|_| unreadable("accepts"))?,
                limit_days: facility.storage_limit_days.and_then(|d| u32::try_from(d).ok()),
                active: facility.active && site.active,
                stock_g,
                contents,
            },
        );
    }
    Ok(found)
}

/// The acting person's name, for the register's 经办人; personal data of the event.
async fn handler(work: &mut Work<'_>, tenant: &str) -> Result<Option<String>, Problem> {
    let account = work.ctx.account_id.clone();
    crate::identity::person_name(&mut *work.tx, tenant, &account).await
}
