//! One item with everything about it: who, when, its figure, its breakdown by town and year, what was reported with
//! which evidence, what was changed, and what this caller may do.

use std::collections::BTreeMap;
use std::sync::Arc;

use db::{DbError, Sql, StoredEvent, params};
use domain::access::Permission;
use domain::programme::{Item, State as How};
use domain::time::format_instant;
use serde::Serialize;
use utoipa::ToSchema;

use super::edit::ItemBody;
use super::list::{ItemQuery, Scene, gather};
use super::model::{Frame, ItemSummary, TownRef, text_of};
use super::plan::Clause;
use super::project::{REPORTED, SAVED, Saved};
use super::report::may_report;
use super::store::{self, Reported, Stored};
use crate::governance::evidence::EvidenceView;
use crate::kit::{Kit, OpContext, Problem};

/// A clause in short.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ClauseRef {
    /// Key.
    pub id: String,
    /// Number as the plan writes it.
    pub no: String,
    /// Our own short title.
    pub title: String,
}

impl ClauseRef {
    pub(super) fn of(clause: &Clause, lang: crate::kit::Lang) -> Self {
        Self { id: clause.id.clone(), no: clause.no.clone(), title: clause.title.get(lang).to_owned() }
    }
}

/// A value of the breakdown.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ShareView {
    /// Year; none for a share of the total.
    pub year: Option<i16>,
    /// Town; none for the city.
    pub town: Option<TownRef>,
    /// Exact.
    pub value: String,
}

/// How far a town is.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TownProgress {
    /// Town.
    pub town: TownRef,
    /// How far; none where it has not reported.
    pub percent: Option<i64>,
    /// `not_started`, `running`, `blocked`, `done`.
    pub state: Option<String>,
    /// Day that the report speaks of.
    pub day: Option<String>,
    /// What was done.
    pub note: Option<String>,
    /// What stands in the way.
    pub obstacle: Option<String>,
}

/// Something that happened to an item.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ItemStep {
    /// `created`, `changed`, `withdrawn`, `reported`.
    pub action: String,
    /// When it was recorded, RFC 3339.
    pub at: String,
    /// Who.
    pub by_name: String,
    /// Their organisation.
    pub by_org: String,
    /// Day that a report speaks of.
    pub day: Option<String>,
    /// Town that a report is about.
    pub town: Option<TownRef>,
    /// How far.
    pub percent: Option<i64>,
    /// In which state.
    pub state: Option<String>,
    /// In words.
    pub note: String,
    /// What stands in the way.
    pub obstacle: String,
    /// Files.
    pub evidence: Vec<EvidenceView>,
    /// Fields that were changed.
    pub fields: Vec<String>,
    /// Position in the journal.
    pub position: i64,
}

/// An item.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ItemView {
    /// The row of the list.
    #[serde(flatten)]
    pub summary: ItemSummary,
    /// Its clause.
    pub clause_ref: Option<ClauseRef>,
    /// More about it.
    pub detail: String,
    /// Why it is withdrawn.
    pub withdrawn_because: Option<String>,
    /// Sum over the years, exact.
    pub total: Option<String>,
    /// Values by year and town.
    pub shares: Vec<ShareView>,
    /// State of the figure: `computed`, `approved`, `pending`, `missing`; null without indicator.
    pub figure_state: Option<String>,
    /// Towns that carry it out, with what they reported.
    pub town_progress: Vec<TownProgress>,
    /// What happened, newest first.
    pub timeline: Vec<ItemStep>,
    /// What the caller may do: `report`, `edit`.
    pub may: Vec<&'static str>,
    /// For a report: the town that the caller speaks for; null for the whole.
    pub own_town: Option<TownRef>,
    /// The item as a body, for the form; null for those who may not change it.
    pub body: Option<ItemBody>,
}

/// An item as the caller may see it.
///
/// # Errors
/// 403, 404.
pub async fn get(
    kit: &Arc<Kit>,
    ctx: &Arc<OpContext>,
    id: &str,
    year: Option<i16>,
) -> Result<ItemView, Problem> {
    let reach = ctx.require(Permission::ProgrammeRead)?;
    let (caller, id, scene) = (Arc::clone(ctx), id.to_owned(), Scene::of(kit)?);
    kit.db
        .read::<_, Problem, _>(move |sql| {
            Box::pin(async move {
                if !super::readable(sql, &caller, &id).await? {
                    return Err(Problem::not_found());
                }
                let stored = store::by_id(sql, &caller.tenant, &id).await?.ok_or_else(Problem::not_found)?;
                let year = year.unwrap_or_else(|| scene.year(None).min(stored.item.horizon));
                // Names and the figure, as the list has them.
                let query = ItemQuery {
                    indicator: Some(stored.item.indicator.clone().unwrap_or_else(|| "-".to_owned())),
                    ..ItemQuery::default()
                };
                let all = gather(sql, &caller, &scene, &reach, &query, year).await?;
                let frame = scene.frame(&all.names, caller.lang, year);
                let towns = store::town_reports(sql, &caller.tenant, &id).await?;
                let own = match &reach {
                    crate::kit::Reach::Town(code) => Some(code.as_str()),
                    _ => None,
                };
                let timeline = timeline(sql, &caller.tenant, &id, &frame, own).await?;
                let figure = all.figure(&stored);
                let summary = frame.row(&stored, figure);
                let figure_state = stored
                    .item
                    .indicator
                    .as_ref()
                    .map(|_| figure.map_or_else(|| "missing".to_owned(), |f| f.state.clone()));
                Ok(view(&caller, &frame, stored, summary, figure_state, &towns, timeline, own))
            })
        })
        .await
}

fn view(
    ctx: &OpContext,
    frame: &Frame<'_>,
    stored: Stored,
    summary: ItemSummary,
    figure_state: Option<String>,
    towns: &BTreeMap<String, (Reported, i64)>,
    timeline: Vec<ItemStep>,
    own: Option<&str>,
) -> ItemView {
    let item = &stored.item;
    let mut may = Vec::new();
    let reporting = may_report(ctx, &stored);
    if reporting.is_some() {
        may.push("report");
    }
    let editing = ctx.may(Permission::ProgrammeWrite);
    if editing {
        may.push("edit");
    }
    // A town sees its own share, not how far its neighbours are.
    let visible = |code: &str| own.is_none_or(|o| o == code);
    let concerned: Vec<String> = if item.all_towns {
        // What the plan's own list of members names: towns that govern, not every statistical division.
        frame.names.governing.clone()
    } else {
        item.towns.clone()
    };
    ItemView {
        clause_ref: frame.plan.clause(&item.clause).map(|c| ClauseRef::of(c, frame.lang)),
        detail: super::model::words(&item.detail, frame.lang),
        withdrawn_because: item.withdrawn.clone(),
        total: item.total.map(text_of),
        shares: item
            .shares
            .iter()
            .filter(|s| s.town.as_deref().is_none_or(visible))
            .map(|s| ShareView {
                year: s.year,
                town: s.town.as_deref().map(|t| frame.town(t)),
                value: text_of(s.value),
            })
            .collect(),
        figure_state,
        town_progress: concerned
            .iter()
            .filter(|code| visible(code))
            .map(|code| town_progress(frame, code, towns.get(code).map(|(r, _)| r)))
            .collect(),
        timeline,
        own_town: reporting.flatten().map(|t| frame.town(&t)),
        body: editing.then(|| ItemBody::from(item.clone())),
        may,
        summary,
    }
}

fn town_progress(frame: &Frame<'_>, code: &str, reported: Option<&Reported>) -> TownProgress {
    let report = reported.map(|r| &r.report);
    TownProgress {
        town: frame.town(code),
        percent: report.map(|r| r.percent),
        state: report.map(|r| How::as_str(r.state).to_owned()),
        day: report.map(|r| r.day.to_string()),
        note: report.map(|r| r.note.clone()),
        obstacle: report.map(|r| r.obstacle.clone()).filter(|o| !o.is_empty()),
    }
}

/// What happened to an item, from the journal, newest first.
async fn timeline(
    sql: &mut dyn Sql,
    tenant: &str,
    id: &str,
    frame: &Frame<'_>,
    own: Option<&str>,
) -> Result<Vec<ItemStep>, Problem> {
    let mut out = Vec::new();
    let mut before: Option<Item> = None;
    for event in db::by_subject(sql, tenant, super::SUBJECT, id, -1).await? {
        let mut step = blank(&event);
        match event.kind.as_str() {
            SAVED => {
                let saved: Saved = parse(&event)?;
                step.fields = before.as_ref().map(|b| changed(b, &saved.item)).unwrap_or_default();
                step.action = match (&before, &saved.item.withdrawn) {
                    (None, _) => "created",
                    (Some(b), Some(_)) if b.withdrawn.is_none() => "withdrawn",
                    _ => "changed",
                }
                .to_owned();
                step.note = saved.item.withdrawn.clone().unwrap_or_default();
                before = Some(saved.item);
            }
            REPORTED => {
                let Reported { report, org_id } = parse(&event)?;
                if own.is_some() && report.town.is_some() && report.town.as_deref() != own {
                    continue;
                }
                step.by_org = frame.unit(&org_id).name;
                step.day = Some(report.day.to_string());
                step.town = report.town.as_deref().map(|t| frame.town(t));
                step.percent = Some(report.percent);
                step.state = Some(report.state.as_str().to_owned());
                step.note = report.note;
                step.obstacle = report.obstacle;
                step.evidence = report.evidence.into_iter().map(EvidenceView::from).collect();
            }
            _ => continue,
        }
        who(sql, tenant, &event, &mut step).await?;
        out.push(step);
    }
    out.reverse();
    Ok(out)
}

fn blank(event: &StoredEvent) -> ItemStep {
    ItemStep {
        action: "reported".to_owned(),
        at: format_instant(event.recorded_at),
        by_name: String::new(),
        by_org: String::new(),
        day: None,
        town: None,
        percent: None,
        state: None,
        note: String::new(),
        obstacle: String::new(),
        evidence: Vec::new(),
        fields: Vec::new(),
        position: event.position,
    }
}

fn parse<T: serde::de::DeserializeOwned>(event: &StoredEvent) -> Result<T, DbError> {
    serde_json::from_value(event.payload.clone())
        .map_err(|e| DbError::Inconsistent(format!("event {} ({}): {e}", event.position, event.kind)))
}

async fn who(
    sql: &mut dyn Sql,
    tenant: &str,
    event: &StoredEvent,
    step: &mut ItemStep,
) -> Result<(), Problem> {
    let row = sql
        .query_opt(
            "select a.name, o.name as org from account a join org o on o.tenant_id = a.tenant_id and o.id = a.org_id \
             where a.tenant_id = $1 and a.id = $2",
            &params![tenant, event.actor_id.as_str()],
        )
        .await?;
    if let Some(row) = row {
        step.by_name = row.get::<Option<String>>("name")?.unwrap_or_default();
        if step.by_org.is_empty() {
            step.by_org = row.get("org")?;
        }
    }
    Ok(())
}

/// Names of the fields in which two versions differ.
fn changed(a: &Item, b: &Item) -> Vec<String> {
    let (Ok(serde_json::Value::Object(a)), Ok(serde_json::Value::Object(b))) =
        (serde_json::to_value(a), serde_json::to_value(b))
    else {
        return Vec::new();
    };
    b.iter().filter(|(key, value)| a.get(*key) != Some(value)).map(|(key, _)| key.clone()).collect()
}
