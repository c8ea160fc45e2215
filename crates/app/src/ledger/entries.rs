//! The rows behind every figure of the balance.

use std::sync::Arc;

use db::{Row, Value};
use domain::access::Permission;
use domain::ledger::EntryKind;
use domain::time::{Month, Period, Zone, format_instant};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::list::{code_filter, within};
use super::project::HANDLER;
use super::tables;
use crate::kit::{Filter, Key, Kit, Listing, OpContext, Page, PageQuery, Problem, Way};
use crate::registry::model::Named;
use crate::registry::personal::mask;

/// Filters of the entries.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct EntryQuery {
    /// Rows a page, 1 to 200; 50 when left out.
    pub limit: Option<i64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// `at`; `-at` (newest first) is the default.
    pub sort: Option<String>,
    /// Organisation.
    pub org_id: Option<String>,
    /// Site.
    pub site_id: Option<String>,
    /// Town of the site.
    pub town: Option<String>,
    /// Waste code, or category `HWnn`.
    pub waste_code: Option<String>,
    /// Kind; several separated by commas.
    pub kind: Option<String>,
    /// First month `YYYY-MM`.
    pub from: Option<String>,
    /// Last month `YYYY-MM`.
    pub to: Option<String>,
    /// Batch code.
    pub batch_code: Option<String>,
    /// Lot.
    pub lot_id: Option<String>,
}

/// A signed change of stock.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct EntryView {
    /// Key of the row.
    pub id: String,
    /// Journal position, for the proof.
    pub position: i64,
    /// When it happened.
    pub at: String,
    /// When it was recorded.
    pub recorded_at: String,
    /// Column of the balance.
    pub kind: String,
    /// Grams, signed from the view of the stock.
    pub mass_g: i64,
    /// Organisation.
    pub org: Named,
    /// Site.
    pub site: Named,
    /// Waste code.
    pub waste_code: String,
    /// Name inside the firm.
    pub name: String,
    /// Batch code.
    pub batch_code: Option<String>,
    /// Container code.
    pub container_code: Option<String>,
    /// Lot.
    pub lot_id: String,
    /// Who recorded it.
    pub handler: Option<String>,
}

/// Reads an optional month.
pub(super) fn month(path: &str, text: Option<&str>) -> Result<Option<Month>, Problem> {
    text.map(|t| t.parse::<Month>().map_err(|e| Problem::violations(vec![e.at(path)]))).transpose()
}

/// Reads the months of a period that must both be there.
pub(super) fn period(from: Option<&str>, to: Option<&str>) -> Result<Period, Problem> {
    match (month("/from", from)?, month("/to", to)?) {
        (Some(from), Some(to)) => Period::new(from, to).map_err(|e| Problem::violations(vec![e.at("/to")])),
        (None, _) => Err(Problem::field("/from", super::rules::PERIOD_MISSING, [])),
        (_, None) => Err(Problem::field("/to", super::rules::PERIOD_MISSING, [])),
    }
}

const COLUMNS: &str = "select e.id, e.position, e.at, e.recorded_at, e.kind, e.mass_g, e.org_id, o.name as org_name, \
     e.site_id, s.name as site_name, e.waste_code, l.name as lot_name, e.batch_code, l.container_code, e.lot_id, \
     p.value as handler";
const JOINS: &str = "left join lot l on l.tenant_id = e.tenant_id and l.id = e.lot_id \
     left join org o on o.tenant_id = e.tenant_id and o.id = e.org_id \
     left join site s on s.tenant_id = e.tenant_id and s.id = e.site_id \
     left join personal_data p on p.tenant_id = e.tenant_id and p.position = e.position and p.field = 'handler'";

/// Months as times, too, in which the list is ordered.
pub(super) fn months(
    filter: &mut Filter,
    zone: &Zone,
    (month, at): (&str, &str),
    from: Option<Month>,
    until: Option<Month>,
) {
    if let Some(from) = from {
        filter.and(&format!("{month} >= ?"), [Value::Text(from.to_string())]);
        filter.and(&format!("{at} >= ?"), [Value::Int(zone.start_of(from.first_day()))]);
    }
    if let Some(until) = until {
        filter.and(&format!("{month} <= ?"), [Value::Text(until.to_string())]);
        filter.and(&format!("{at} < ?"), [Value::Int(zone.start_of(until.next().first_day()))]);
    }
}

/// One page of entries.
///
/// # Errors
/// 403 without the right; 422 for a filter, order or cursor that is not offered.
pub async fn list(kit: &Kit, ctx: &Arc<OpContext>, query: &EntryQuery) -> Result<Page<EntryView>, Problem> {
    debug_assert_eq!(HANDLER, "handler", "the join above names the field");
    let reach = ctx.require(Permission::StockRead)?;
    let page =
        PageQuery { limit: query.limit, cursor: query.cursor.clone(), sort: query.sort.clone(), q: None };
    let (limit, after) = (page.limit()?, page.after()?);
    let (column, descending) = page.sort(&[("at", "e.at")], true)?;
    if after.as_ref().is_some_and(|(key, _)| !matches!(key, Key::Int(_))) {
        return Err(Problem::field("/cursor", "REQ-CURSOR", []));
    }
    let mut filter = Filter::tenant("e.tenant_id", &ctx.tenant);
    filter
        .maybe("e.org_id = ?", query.org_id.as_deref())
        .maybe("e.site_id = ?", query.site_id.as_deref())
        .maybe(
            "e.site_id in (select t.id from site t where t.tenant_id = e.tenant_id and t.town_code = ?)",
            query.town.as_deref().map(domain::codes::town_of),
        )
        .maybe("e.batch_code = ?", query.batch_code.as_deref())
        .maybe("e.lot_id = ?", query.lot_id.as_deref());
    let (from, until) = (month("/from", query.from.as_deref())?, month("/to", query.to.as_deref())?);
    months(&mut filter, &tables::settings(kit)?.zone, ("e.month", "e.at"), from, until);
    code_filter(&mut filter, "e.waste_code", query.waste_code.as_deref())?;
    let mut kinds = Vec::new();
    for text in query.kind.as_deref().unwrap_or_default().split(',').filter(|t| !t.trim().is_empty()).take(12)
    {
        let kind: EntryKind =
            text.parse().map_err(|e: domain::ParseError| Problem::violations(vec![e.at("/kind")]))?;
        kinds.push(Value::from(kind.as_str()));
    }
    if !kinds.is_empty() {
        filter.any(kinds.into_iter().map(|kind| Way::on("e.kind = ?", [kind])).collect());
    }
    let ctx = Arc::clone(ctx);
    kit.db
        .read(move |s| {
            Box::pin(async move {
                within(s, &ctx.tenant, &reach, &mut filter, "e.org_id", "e.site_id").await?;
                let listing = Listing {
                    columns: COLUMNS,
                    from: "from ledger_entry e",
                    joins: JOINS,
                    order: column,
                    descending,
                    indexed: true,
                    id: "e.id",
                    limit,
                };
                let (rows, total) = filter.read(s, &listing, after).await?;
                let mut items = Vec::with_capacity(rows.len());
                for row in &rows {
                    items.push((row.get::<i64>("at")?, view(&ctx, row)?));
                }
                let page = Page::cut(items, limit, total, |(at, entry)| (Key::Int(*at), entry.id.clone()));
                Ok(page.map(|(_, entry)| entry))
            })
        })
        .await
}

/// A person's name as the caller may see it: of the own organisation whole.
pub(super) fn handler_of(ctx: &OpContext, row: &Row, org_id: &str) -> Result<Option<String>, Problem> {
    let name: Option<String> = row.get("handler")?;
    let own = ctx.acting_for.is_none() && ctx.org_id == org_id;
    Ok(name.map(|n| if own { n } else { mask("name", &n) }))
}

fn view(ctx: &OpContext, row: &Row) -> Result<EntryView, Problem> {
    let org = Named { id: row.get("org_id")?, name: row.get("org_name")? };
    let waste_code: String = row.get("waste_code")?;
    let name: String = row.get("lot_name")?;
    Ok(EntryView {
        id: row.get("id")?,
        position: row.get("position")?,
        at: format_instant(row.get("at")?),
        recorded_at: format_instant(row.get("recorded_at")?),
        kind: row.get("kind")?,
        mass_g: row.get("mass_g")?,
        handler: handler_of(ctx, row, &org.id)?,
        org,
        site: Named { id: row.get("site_id")?, name: row.get("site_name")? },
        name: if name.is_empty() { tables::waste_name(&waste_code) } else { name },
        waste_code,
        batch_code: row.get("batch_code")?,
        container_code: row.get("container_code")?,
        lot_id: row.get("lot_id")?,
    })
}
