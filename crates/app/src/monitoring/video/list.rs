//! Video events for their readers: officials who may decide, within their city or town; a firm, its own cameras'.

use std::sync::Arc;

use db::{DbError, Row, Sql, Value as Sv};
use domain::access::Permission;
use domain::time::format_instant;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::super::rules;
use super::super::warnings::cause;
use super::RULE;
use crate::kit::{Filter, Key, Kit, Listing, OpContext, Page, PageQuery, Problem, Reach, like};

/// What a video system saw, and what a person made of it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct VideoEventView {
    /// Id.
    pub id: String,
    /// Camera.
    pub camera_id: String,
    /// Its name.
    pub camera_name: String,
    /// What it looks at.
    pub point: Option<String>,
    /// Its GB/T 28181 identity.
    pub gb28181_id: Option<String>,
    /// Site.
    pub site_id: String,
    /// Its name.
    pub site_name: String,
    /// Firm.
    pub org_id: String,
    /// Its name.
    pub org_name: String,
    /// `no_helmet`, `smoke`, `fire`, `leak`, `intrusion`, `unloading`, `other`.
    pub kind: String,
    /// When it was seen.
    pub at: String,
    /// When it came in.
    pub reported_at: String,
    /// How sure the video system is.
    pub confidence_permille: i64,
    /// Picture.
    pub snapshot: Option<String>,
    /// Id in the video system.
    pub external_id: String,
    /// `pending`, `confirmed`, `rejected`.
    pub status: String,
    /// What the person who decided says.
    pub note: String,
    /// When a person decided.
    pub decided_at: Option<String>,
    /// Who decided.
    pub decided_by: Option<String>,
    /// Warning that came of it.
    pub warning_id: Option<String>,
}

/// Filter of the list.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
pub struct VideoQuery {
    /// Rows a page.
    pub limit: Option<i64>,
    /// Where to go on.
    pub cursor: Option<String>,
    /// `at`, by default the newest first.
    pub sort: Option<String>,
    /// Words of camera, site or firm.
    pub q: Option<String>,
    /// `pending`, `confirmed`, `rejected`.
    pub status: Option<String>,
    /// Kind of event.
    pub kind: Option<String>,
    /// Firm.
    pub org_id: Option<String>,
    /// Camera.
    pub camera_id: Option<String>,
}

const STATUSES: [&str; 3] = ["pending", "confirmed", "rejected"];

const COLUMNS: &str = "v.id, v.camera_id, c.name as camera_name, c.point, c.gb28181_id, v.site_id, s.name as site_name, \
     v.org_id, o.name as org_name, v.kind, v.at, v.reported_at, v.confidence_permille, v.snapshot, v.external_id, \
     v.status, v.note, v.decided_at, a.name as decided_name, w.id as warning_id";

/// What is joined: the warning of an event has the event as its cause.
fn joins() -> String {
    format!("{JOINS} on w.tenant_id = v.tenant_id and w.cause = '{}' || v.id", cause(RULE, ""))
}

const JOINS: &str = "from video_event v \
     left join camera c on c.tenant_id = v.tenant_id and c.id = v.camera_id \
     left join site s on s.tenant_id = v.tenant_id and s.id = v.site_id \
     left join org o on o.tenant_id = v.tenant_id and o.id = v.org_id \
     left join account a on a.tenant_id = v.tenant_id and a.id = v.decided_by \
     left join warning w";

/// How far the caller sees: as an official who decides, else as whoever reports.
fn reach(ctx: &OpContext) -> Result<Reach, Problem> {
    ctx.require(Permission::VideoVerify).or_else(|_| ctx.require(Permission::VideoEventWrite))
}

fn within(ctx: &OpContext, reach: &Reach) -> Filter {
    let mut filter = Filter::tenant("v.tenant_id", &ctx.tenant);
    reach.filter(&mut filter, "v.org_id", "v.town");
    filter
}

fn view(row: &Row) -> Result<VideoEventView, DbError> {
    let named = |column: &str| Ok::<_, DbError>(row.get::<Option<String>>(column)?.unwrap_or_default());
    Ok(VideoEventView {
        id: row.get("id")?,
        camera_id: row.get("camera_id")?,
        camera_name: named("camera_name")?,
        point: row.get("point")?,
        gb28181_id: row.get("gb28181_id")?,
        site_id: row.get("site_id")?,
        site_name: named("site_name")?,
        org_id: row.get("org_id")?,
        org_name: named("org_name")?,
        kind: row.get("kind")?,
        at: format_instant(row.get("at")?),
        reported_at: format_instant(row.get("reported_at")?),
        confidence_permille: row.get("confidence_permille")?,
        snapshot: row.get("snapshot")?,
        external_id: row.get("external_id")?,
        status: row.get("status")?,
        note: row.get("note")?,
        decided_at: row.get::<Option<i64>>("decided_at")?.map(format_instant),
        decided_by: row.get("decided_name")?,
        warning_id: row.get("warning_id")?,
    })
}

fn offered(path: &str, value: &str, allowed: &[&str]) -> Result<(), Problem> {
    if allowed.contains(&value) {
        return Ok(());
    }
    let shown: String = value.chars().take(40).collect();
    Err(Problem::field(path, rules::WORD, [("value", shown), ("allowed", allowed.join(", "))]))
}

/// A page of video events.
///
/// # Errors
/// 403; 422 for a filter or order that is not offered.
pub async fn list(
    kit: &Arc<Kit>,
    ctx: &Arc<OpContext>,
    query: VideoQuery,
) -> Result<Page<VideoEventView>, Problem> {
    let mut filter = within(ctx, &reach(ctx)?);
    let given = |text: Option<String>| text.filter(|t| !t.is_empty());
    let (status, kind) = (given(query.status), given(query.kind));
    if let Some(status) = &status {
        offered("/status", status, &STATUSES)?;
    }
    if let Some(kind) = &kind {
        offered("/kind", kind, super::KINDS)?;
    }
    filter.maybe("v.status = ?", status);
    filter.maybe("v.kind = ?", kind);
    filter.maybe("v.org_id = ?", given(query.org_id));
    filter.maybe("v.camera_id = ?", given(query.camera_id));
    let page = PageQuery { limit: query.limit, cursor: query.cursor, sort: query.sort, q: query.q };
    let limit = page.limit()?;
    let (column, descending) = page.sort(&[("at", "v.at")], true)?;
    if let Some(words) = page.words() {
        let pattern = || Sv::Text(like(&words.to_lowercase()));
        filter.and(
            "(coalesce(v.camera_id, '') in (select id from camera where tenant_id = v.tenant_id and lower(name) like ? escape '\\') \
             or coalesce(v.site_id, '') in (select id from site where tenant_id = v.tenant_id and lower(name) like ? escape '\\') \
             or coalesce(v.org_id, '') in (select id from org where tenant_id = v.tenant_id and lower(name) like ? escape '\\'))",
            (0..3).map(|_| pattern()).collect::<Vec<_>>(),
        );
    }
    let joins = joins();
    let after = page.after()?;
    let (rows, total) = kit
        .db
        .read(move |sql| {
            Box::pin(async move {
                let columns = format!("select {COLUMNS}, {column} as sort_key");
                let listing = Listing {
                    columns: &columns,
                    from: "from video_event v",
                    joins: joins.trim_start_matches("from video_event v "),
                    order: column,
                    descending,
                    indexed: true,
                    id: "v.id",
                    limit,
                };
                let (rows, total) = filter.read(sql, &listing, after).await?;
                let rows = rows
                    .iter()
                    .map(|row| Ok((view(row)?, row.get::<i64>("sort_key")?)))
                    .collect::<Result<Vec<_>, DbError>>()?;
                Ok::<_, DbError>((rows, total))
            })
        })
        .await?;
    let page = Page::cut(rows, limit, total, |(row, key)| (Key::Int(*key), row.id.clone()));
    Ok(page.map(|(row, _)| row))
}

/// One video event within reach.
///
/// # Errors
/// 403; 404 out of reach.
pub async fn one(kit: &Arc<Kit>, ctx: &Arc<OpContext>, id: &str) -> Result<VideoEventView, Problem> {
    let mut filter = within(ctx, &reach(ctx)?);
    filter.and("v.id = ?", [Sv::from(id)]);
    let text = format!("select {COLUMNS} {} {}", joins(), filter.conditions());
    let values = filter.params().to_vec();
    let row = kit.db.read(move |sql| Box::pin(async move { sql.query_opt(&text, &values).await })).await?;
    row.map(|row| view(&row)).transpose()?.ok_or_else(Problem::not_found)
}

/// Whether the caller may see a video event, for its picture.
///
/// # Errors
/// 500 when the database refuses.
pub async fn readable(sql: &mut dyn Sql, ctx: &OpContext, id: &str) -> Result<bool, Problem> {
    let Ok(reach) = reach(ctx) else { return Ok(false) };
    let mut filter = within(ctx, &reach);
    filter.and("v.id = ?", [Sv::from(id)]);
    let text = format!("select 1 as n from video_event v {}", filter.conditions());
    Ok(sql.query_opt(&text, filter.params()).await?.is_some())
}
