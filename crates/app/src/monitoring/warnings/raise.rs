//! From findings to warnings: one open warning per cause; another episode of the same cause counts, the same episode
//! again does nothing. Runs in the city's writer like every other change, so the same records replayed after a crash
//! raise nothing twice.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use db::{Sql, params};
use domain::monitoring::warning::{Cause, Command, Episode, Event, Facts, Place, Raise, Settings, decide};
use domain::time::{Zone, format_compact_date};

use super::super::judge::Finding;
use super::super::live::{Live, WarningNews};
use super::project::{self, Recorded};
use super::words::wording;
use crate::kit::{Kit, OpContext, Problem, Work};

/// Records findings, oldest first, in one transaction.
///
/// # Errors
/// 500 when the database refuses; nothing is recorded then, and the same findings may be brought again.
pub async fn raise(kit: &Arc<Kit>, findings: &[Finding]) -> Result<(), Problem> {
    let ctx = OpContext::system(&kit.settings.tenant);
    let findings = findings.to_vec();
    let news = kit
        .command(&ctx, "warning.raise", &(), move |mut work| {
            Box::pin(async move {
                let mut news = Vec::new();
                for finding in &findings {
                    news.extend(one(&mut work, finding).await?);
                }
                Ok(Told(news))
            })
        })
        .await?;
    let live = kit.parts.get::<Live>();
    for one in news.0 {
        live.tell(one.into());
    }
    super::count_open(kit).await
}

/// What a transaction tells onlookers afterwards.
#[derive(serde::Serialize, serde::Deserialize)]
struct Told(Vec<Tell>);

/// News that survived the writer's queue.
#[derive(Clone, serde::Serialize, serde::Deserialize)]
pub(super) struct Tell {
    id: String,
    action: String,
    rule: String,
    severity: String,
    vehicle_id: Option<String>,
    orgs: Vec<String>,
    town: Option<String>,
    #[serde(default)]
    pub(super) assigned_to: Option<String>,
}

impl From<Tell> for WarningNews {
    fn from(t: Tell) -> Self {
        Self {
            id: t.id,
            action: t.action,
            rule: t.rule,
            severity: t.severity,
            vehicle_id: t.vehicle_id,
            orgs: t.orgs,
            town: t.town,
            assigned_to: t.assigned_to,
        }
    }
}

impl Tell {
    /// News about a stored warning.
    pub(super) fn of(id: &str, stored: &project::Stored, action: &str) -> Self {
        let w = &stored.warning;
        Self {
            id: id.to_owned(),
            action: action.to_owned(),
            rule: w.raised.cause.rule.clone(),
            severity: w.raised.severity.as_str().to_owned(),
            vehicle_id: w.raised.vehicle_id.clone(),
            orgs: w.raised.orgs.clone(),
            town: stored.town.clone(),
            assigned_to: w.assignment.as_ref().map(|a| a.account_id.clone()),
        }
    }
}

async fn one(work: &mut Work<'_>, finding: &Finding) -> Result<Option<Tell>, Problem> {
    let tenant = work.tenant().to_owned();
    let words = wording(&work.kit);
    let Some(rule) = words.pack().and_then(|p| p.rule(&finding.rule)) else { return Ok(None) };
    let latest = work
        .tx
        .query_opt(
            "select id from warning where tenant_id = $1 and cause = $2 \
             order by case when open_cause is null then 1 else 0 end, raised_at desc, id desc limit 1",
            &params![tenant.as_str(), project::cause(&finding.rule, &finding.subject_id)],
        )
        .await?;
    let latest = match latest {
        Some(row) => {
            let id: String = row.get("id")?;
            project::load(work.tx, &tenant, &id).await?.map(|stored| (id, stored))
        }
        None => None,
    };
    let place = finding.place.map(|p| Place {
        lat_e6: p.lat_e6().into(),
        lon_e6: p.lon_e6().into(),
        accuracy_m: None,
    });
    let raise = Raise {
        id: work.id(),
        cause: Cause {
            rule: finding.rule.clone(),
            subject_kind: finding.subject,
            subject_id: finding.subject_id.clone(),
        },
        rule_version: rule.source().version,
        severity: rule.source().severity,
        episode: Episode { key: finding.episode.clone(), start: finding.start },
        orgs: dedup(&finding.orgs),
        vehicle_id: finding.vehicle_id.clone(),
        manifest_id: finding.manifest_id.clone(),
        facts: finding.facts.clone(),
        place,
        at: finding.at,
    };
    let nothing = BTreeSet::new();
    let facts = Facts {
        now: work.now,
        actor: None,
        assignee_fits: false,
        photos: &nothing,
        settings: Settings::default(),
    };
    let new_id = raise.id.clone();
    let before = latest.as_ref().map(|(_, stored)| &stored.warning);
    let Some(event) = decide(before, &Command::Raise(Box::new(raise)), &facts)? else { return Ok(None) };
    let org = finding.orgs.first().cloned().unwrap_or_default();
    if matches!(event, Event::Repeated { .. }) {
        let Some((id, stored)) = latest else { return Err(Problem::internal()) };
        project::emit(work, &id, &Recorded { event, number: None, town: None }, &org).await?;
        return Ok(Some(Tell::of(&id, &stored, "repeated")));
    }
    let zone = Zone::named(&work.kit.settings.zone).map_err(|_| Problem::internal())?;
    let day = format_compact_date(zone.date_of(work.now));
    let number = project::next_number(work.tx, &tenant, &day).await?;
    let town = town_of(work, finding).await?;
    project::emit(work, &new_id, &Recorded { event, number: Some(number), town }, &org).await?;
    let stored = project::load(work.tx, &tenant, &new_id).await?.ok_or_else(Problem::internal)?;
    Ok(Some(Tell::of(&new_id, &stored, "raised")))
}

fn dedup(orgs: &[String]) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for org in orgs.iter().filter(|o| !o.is_empty()) {
        if !out.contains(org) {
            out.push(org.clone());
        }
    }
    out
}

/// The town that looks after it: of the generator's site for a document, else of the organisation.
async fn town_of(work: &mut Work<'_>, finding: &Finding) -> Result<Option<String>, Problem> {
    let tenant = work.tenant().to_owned();
    if let Some(manifest) = &finding.manifest_id {
        let row = work
            .tx
            .query_opt(
                "select consignor_town from manifest where tenant_id = $1 and id = $2",
                &params![tenant.as_str(), manifest.as_str()],
            )
            .await?;
        if let Some(row) = row {
            return Ok(Some(row.get("consignor_town")?));
        }
    }
    let Some(org) = finding.orgs.first() else { return Ok(None) };
    let row = work
        .tx
        .query_opt(
            "select coalesce(town_code, division_code) as town from org where tenant_id = $1 and id = $2",
            &params![tenant.as_str(), org.as_str()],
        )
        .await?;
    Ok(row.map(|r| r.get("town")).transpose()?)
}

/// Open warnings by vehicle, onto the map.
pub(super) fn show_open(kit: &Kit, open: &BTreeMap<String, i64>) {
    kit.parts.get::<Live>().update_all(|v| {
        let n = open.get(&v.vehicle_id).copied().unwrap_or(0);
        let changed = v.open_warnings != n;
        v.open_warnings = n;
        changed
    });
}
