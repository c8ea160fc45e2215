//! Reading reports. The caller's reach is part of every query.

use std::sync::Arc;

use db::{DbError, Row, Sql, Value as Sv};
use documents::report::Report;
use domain::access::Permission;
use domain::time::format_instant;

use super::model::{ReportContent, ReportQuery, ReportSummary, ReportView};
use crate::kit::{Filter, Key, Kit, OpContext, Page, PageQuery, Problem, Reach, like};

const COLUMNS: &str = "r.id, r.template, r.template_version, r.org_id, o.name as org_name, r.year, r.as_of, r.lang, \
     r.title, r.content_hash, coalesce(a.name, '') as by_name, r.made_at";
const JOINS: &str = "from report r join org o on o.tenant_id = r.tenant_id and o.id = r.org_id \
     left join account a on a.tenant_id = r.tenant_id and a.id = r.account_id";
const SORTS: &[(&str, &str)] = &[("made_at", "r.made_at"), ("year", "r.year")];

fn within(ctx: &OpContext, reach: &Reach) -> Filter {
    let mut filter = Filter::tenant("r.tenant_id", &ctx.tenant);
    reach.filter(&mut filter, "r.org_id", "o.town_code");
    filter
}

fn summary(row: &Row) -> Result<ReportSummary, DbError> {
    Ok(ReportSummary {
        id: row.get("id")?,
        template: row.get("template")?,
        template_version: row.get("template_version")?,
        org_id: row.get("org_id")?,
        org_name: row.get("org_name")?,
        year: row.get("year")?,
        as_of: format_instant(row.get("as_of")?),
        lang: row.get("lang")?,
        title: row.get("title")?,
        content_hash: row.get("content_hash")?,
        by_name: row.get("by_name")?,
        made_at: format_instant(row.get("made_at")?),
    })
}

/// A page of reports, the newest first.
///
/// # Errors
/// 403; 422 for a filter or order that is not offered.
pub(super) async fn list(
    kit: &Arc<Kit>,
    ctx: &Arc<OpContext>,
    query: ReportQuery,
) -> Result<Page<ReportSummary>, Problem> {
    let reach = ctx.require(Permission::ReportMake)?;
    let page = PageQuery { limit: query.limit, cursor: query.cursor, sort: query.sort, q: query.q };
    let limit = page.limit()?;
    let (column, descending) = page.sort(SORTS, true)?;
    let mut filter = within(ctx, &reach);
    filter.maybe("r.org_id = ?", query.org_id.filter(|id| !id.is_empty())).maybe("r.year = ?", query.year);
    if let Some(words) = page.words() {
        filter.and("lower(r.title) like ? escape '\\'", [Sv::Text(like(&words.to_lowercase()))]);
    }
    let counting = format!("select count(*) as total {JOINS} {}", filter.conditions());
    let count_params = filter.params().to_vec();
    filter.after(column, "r.id", descending, page.after()?);
    let select = format!("select {COLUMNS}, {column} as sort_key {JOINS}");
    let (text, values) = filter.finish(&select, column, "r.id", descending, limit);
    let (rows, total) = kit
        .db
        .read(move |sql| {
            Box::pin(async move {
                let rows = sql.query(&text, &values).await?;
                let rows = rows
                    .iter()
                    .map(|row| Ok((summary(row)?, row.get::<i64>("sort_key")?)))
                    .collect::<Result<Vec<_>, DbError>>()?;
                let total: i64 = sql.query_one(&counting, &count_params).await?.get("total")?;
                Ok::<_, DbError>((rows, total))
            })
        })
        .await?;
    let page = Page::cut(rows, limit, Some(total), |(row, key)| (Key::Int(*key), row.id.clone()));
    Ok(page.map(|(row, _)| row))
}

/// A report as it was made, with the time of its making.
pub(super) struct Made {
    pub(super) view: ReportView,
    pub(super) report: Report,
    pub(super) made_at: i64,
}

async fn one(sql: &mut dyn Sql, filter: &Filter) -> Result<Option<Row>, DbError> {
    let text = format!("select {COLUMNS}, r.position, r.texts, r.document {JOINS} {}", filter.conditions());
    sql.query_opt(&text, filter.params()).await
}

/// A report within reach.
///
/// # Errors
/// 403, 404.
pub(super) async fn get(kit: &Arc<Kit>, ctx: &Arc<OpContext>, id: &str) -> Result<Made, Problem> {
    let reach = ctx.require(Permission::ReportMake)?;
    let mut filter = within(ctx, &reach);
    filter.and("r.id = ?", [Sv::from(id)]);
    let row = kit.db.read(move |sql| Box::pin(async move { one(sql, &filter).await })).await?;
    let row = row.ok_or_else(Problem::not_found)?;
    let broken = |e: serde_json::Error| DbError::Inconsistent(format!("report: {e}"));
    let report: Report = serde_json::from_str(&row.get::<String>("document")?).map_err(broken)?;
    let view = ReportView {
        summary: summary(&row)?,
        position: row.get("position")?,
        texts: serde_json::from_str(&row.get::<String>("texts")?).map_err(broken)?,
        content: ReportContent::from(&report),
    };
    Ok(Made { view, report, made_at: row.get("made_at")? })
}
