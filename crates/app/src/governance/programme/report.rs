//! Reporting progress: whoever answers for an item says how far it is, what stands in the way and what proves it. A
//! report never changes an earlier one. A town reports on its own share; units and the office on the whole.

use std::sync::Arc;

use db::Sql;
use domain::access::Permission;
use domain::problem::Violation;
use domain::programme::{Progress, ProgressFacts, State as How, check_progress, rules as domain_rules};
use domain::time::parse_date;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::list::Scene;
use super::project::{self, REPORTED};
use super::show::{self, ItemView};
use super::store::{self, Reported, Stored};
use super::{rules, unknown};
use crate::governance::evidence;
use crate::kit::{Kit, OpContext, Problem, Reach, Work};

/// A report of progress.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct ProgressBody {
    /// Day that it speaks of; today when left out.
    #[serde(default)]
    pub day: Option<String>,
    /// Town that it is about; a town's own when left out by a town, else the whole item.
    #[serde(default)]
    pub town: Option<String>,
    /// How far, 0 to 100.
    pub percent: i64,
    /// `not_started`, `running`, `blocked`, `done`.
    pub state: String,
    /// What was done.
    pub note: String,
    /// What stands in the way.
    #[serde(default)]
    pub obstacle: String,
    /// Files uploaded before, by hash.
    #[serde(default)]
    pub evidence: Vec<String>,
}

/// Whether the caller may report on an item, and for which town: the outer `None` is a refusal.
pub(super) fn may_report(ctx: &OpContext, stored: &Stored) -> Option<Option<String>> {
    if stored.item.withdrawn.is_some() {
        return None;
    }
    match ctx.require(Permission::ProgrammeReport).ok()? {
        Reach::City => Some(None),
        Reach::Town(code) => stored.item.concerns_town(&code).then_some(Some(code)),
        Reach::Org(org) | Reach::Party(org) | Reach::Assigned { org_id: org, .. } => {
            stored.item.concerns_org(&org).then_some(None)
        }
    }
}

/// Reports progress.
///
/// # Errors
/// 403 without the permission, or with `PRG-028` when the caller's unit is not named; 404 out of reach; 422 with
/// everything that is wrong.
pub async fn report(
    kit: &Arc<Kit>,
    ctx: &Arc<OpContext>,
    id: &str,
    body: ProgressBody,
) -> Result<ItemView, Problem> {
    ctx.require(Permission::ProgrammeReport)?;
    ctx.require(Permission::ProgrammeRead)?;
    let scene = Scene::of(kit)?;
    let input = json!([id, body]);
    let name = id.to_owned();
    kit.command(ctx, "programme.report", &input, move |mut work| {
        Box::pin(async move { report_in(&mut work, &scene, &name, body).await })
    })
    .await?;
    show::get(kit, ctx, id, None).await
}

async fn report_in(work: &mut Work<'_>, scene: &Scene, id: &str, body: ProgressBody) -> Result<(), Problem> {
    let ctx = Arc::clone(&work.ctx);
    let tenant = work.tenant().to_owned();
    if !super::readable(work.tx, &ctx, id).await? {
        return Err(Problem::not_found());
    }
    let stored = store::by_id(work.tx, &tenant, id).await?.ok_or_else(Problem::not_found)?;
    if stored.item.withdrawn.is_some() {
        return Err(Problem::violations(vec![Violation::error(domain_rules::WITHDRAWN, "")]));
    }
    let Some(own) = may_report(&ctx, &stored) else { return Err(Problem::forbidden(rules::NOT_YOURS, [])) };
    let mut found = Vec::new();
    let asked = body.town.clone().filter(|t| !t.is_empty());
    let town = match (&own, asked) {
        // A town speaks for itself only.
        (Some(own), Some(asked)) if *own != asked => return Err(Problem::forbidden(rules::NOT_YOURS, [])),
        (Some(own), _) => Some(own.clone()),
        (None, asked) => asked,
    };
    if let Some(code) = &town {
        let known = scene.profile.towns.iter().any(|t| t.code == *code);
        if !known || !stored.item.concerns_town(code) {
            let shown: String = code.chars().take(40).collect();
            found.push(Violation::error(domain_rules::TOWN, "/town").with("value", shown));
        }
    }
    let today = scene.zone.date_of(work.now);
    let day = match body.day.as_deref().map(str::trim).filter(|t| !t.is_empty()) {
        None => today,
        Some(text) => parse_date(text).unwrap_or_else(|_| {
            let shown: String = text.chars().take(40).collect();
            found.push(Violation::error(rules::DATE, "/day").with("value", shown));
            today
        }),
    };
    let state = How::parse(&body.state).unwrap_or_else(|| {
        found.push(unknown("/state", &body.state, How::ALL.iter().map(|s| s.as_str())));
        // The contradiction of a state that nobody knows is not worth telling.
        if body.percent == 100 { How::Done } else { How::Running }
    });
    let evidence = evidence::take(work.tx, &ctx, &body.evidence, "/evidence").await?;
    let progress = Progress {
        day,
        town,
        percent: body.percent,
        state,
        note: body.note.trim().to_owned(),
        obstacle: body.obstacle.trim().to_owned(),
        evidence,
    };
    let before = before(work.tx, &tenant, &stored, progress.town.as_deref()).await?;
    found.extend(check_progress(&stored.item, &progress, &ProgressFacts { today, before }));
    if !found.is_empty() {
        return Err(Problem::violations(found));
    }
    let occurred_at = scene.zone.start_of(day);
    let org = ctx.acting_org().to_owned();
    let event = Reported { report: progress, org_id: org.clone() };
    project::emit(work, REPORTED, id, &org, occurred_at, &event).await
}

/// Percent of the report before, of the same town or of the whole.
async fn before(
    sql: &mut dyn Sql,
    tenant: &str,
    stored: &Stored,
    town: Option<&str>,
) -> Result<Option<i64>, Problem> {
    Ok(match town {
        None => stored.report.as_ref().map(|r| r.report.percent),
        Some(town) => {
            store::town_reports(sql, tenant, &stored.id).await?.get(town).map(|(r, _)| r.report.percent)
        }
    })
}
