//! Lists and single lots, within the caller's reach, which is part of the query.

use std::sync::Arc;

use db::{DbError, Sql, Value, params};
use domain::access::Permission;
use domain::codes::ContainerId;
use domain::ledger::LotStatus;
use serde::Deserialize;
use utoipa::IntoParams;

use super::model::{LOT_JOINS, LotView, lot_columns, select_lots};
use crate::kit::{Filter, Key, Kit, Listing, OpContext, Page, PageQuery, Problem, Reach, Way, like};
use crate::registry::words;

/// Filters of the list of lots.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct LotQuery {
    /// Rows a page, 1 to 200; 50 when left out.
    pub limit: Option<i64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// `created_at` (default, newest first), `remaining_g`, `deadline_at`, `generated_on`; a minus means descending.
    pub sort: Option<String>,
    /// Words to look for: name, container code, waste code.
    pub q: Option<String>,
    /// Holder.
    pub org_id: Option<String>,
    /// Site.
    pub site_id: Option<String>,
    /// Storage facility.
    pub facility_id: Option<String>,
    /// Waste code, or category `HWnn`.
    pub waste_code: Option<String>,
    /// Status; several separated by commas. Without it, all.
    pub status: Option<String>,
    /// waste (default), product, all.
    pub kind: Option<String>,
    /// Only lots in stock whose storage term has passed.
    pub late: Option<bool>,
    /// Manifest that they are on, or by which they left.
    pub manifest_id: Option<String>,
}

const SORTS: &[(&str, &str)] = &[
    ("created_at", "l.created_at"),
    ("remaining_g", "l.remaining_g"),
    ("deadline_at", "coalesce(l.deadline_at, 9223372036854775807)"),
    ("generated_on", "l.generated_on"),
];

/// The sort value of a shown lot, as the statement has it.
fn key(column: &str, lot: &LotView) -> Key {
    let instant = |text: &str| domain::time::parse_instant(text).unwrap_or(i64::MAX);
    match column {
        "l.remaining_g" => Key::Int(lot.remaining_g),
        "l.generated_on" => Key::Text(lot.generated_on.clone()),
        "l.created_at" => Key::Int(instant(&lot.created_at)),
        _ => Key::Int(lot.deadline_at.as_deref().map_or(i64::MAX, instant)),
    }
}

/// One page of lots.
///
/// # Errors
/// 403 without the right; 422 for a filter, order or cursor that is not offered.
pub async fn list(kit: &Kit, ctx: &Arc<OpContext>, query: &LotQuery) -> Result<Page<LotView>, Problem> {
    let reach = ctx.require(Permission::StockRead)?;
    let page = PageQuery {
        limit: query.limit,
        cursor: query.cursor.clone(),
        sort: query.sort.clone(),
        q: query.q.clone(),
    };
    let (limit, after) = (page.limit()?, page.after()?);
    let (column, descending) = page.sort(SORTS, true)?;
    let numeric = column != "l.generated_on";
    if after.as_ref().is_some_and(|(key, _)| matches!(key, Key::Int(_)) != numeric) {
        return Err(Problem::field("/cursor", "REQ-CURSOR", []));
    }
    let now = kit.clock.now();
    let mut filter = conditions(ctx, query, now)?;
    let (words, tenant) = (page.words(), ctx.tenant.clone());
    kit.db
        .read(move |s| {
            Box::pin(async move {
                within(s, &tenant, &reach, &mut filter, "l.holder_id", "l.site_id").await?;
                if let Some(words) = words {
                    filter.any(by_words(s, &tenant, &words).await?);
                }
                let columns = lot_columns();
                let listing = Listing {
                    columns: &columns,
                    from: "from lot l",
                    joins: LOT_JOINS,
                    order: column,
                    descending,
                    indexed: column == "l.created_at",
                    id: "l.id",
                    limit,
                };
                let (rows, total) = filter.read(s, &listing, after).await?;
                let lots = rows.iter().map(|r| LotView::read(r, now)).collect::<Result<Vec<_>, _>>()?;
                Ok(Page::cut(lots, limit, total, |lot| (key(column, lot), lot.id.clone())))
            })
        })
        .await
}

/// Adds the caller's reach. The sites of a small town are ways of their own, which an index answers; rows of a large
/// town come soon in any walk through the list.
///
/// # Errors
/// 500 when the database refuses.
pub(super) async fn within(
    s: &mut dyn Sql,
    tenant: &str,
    reach: &Reach,
    filter: &mut Filter,
    org: &str,
    site: &str,
) -> Result<(), DbError> {
    let Reach::Town(town) = reach else {
        reach.filter(filter, org, "");
        return Ok(());
    };
    match words::sites_of(s, tenant, town).await? {
        Some(sites) => {
            filter
                .any(sites.into_iter().map(|id| Way::on(format!("{site} = ?"), [Value::Text(id)])).collect());
        }
        None => {
            let values = [Value::from(tenant), Value::from(town.as_str())];
            filter.and(
                &format!(
                    "coalesce({site}, '') in (select id from site where tenant_id = ? and town_code = ?)"
                ),
                values,
            );
        }
    }
    Ok(())
}

/// More names than this in the city's lots, and their words are looked for row by row.
const NAMES: usize = 3_000;
/// More names than this that fit, and the words say little.
const FEW: usize = 8;

/// Ways in which a lot fits words: its name, holder, waste code, or the beginning of its container code.
async fn by_words(s: &mut dyn Sql, tenant: &str, text: &str) -> Result<Vec<Way>, DbError> {
    let named = words::named(s, tenant, text).await?;
    let names = names_like(s, tenant, text).await?;
    let (Some(orgs), Some(names), Some(codes)) = (named.orgs, names, words::codes_like(text)) else {
        let pattern = Value::Text(like(&text.to_lowercase()));
        let holder = "coalesce(l.holder_id, '') in (select id from org where tenant_id = l.tenant_id \
                      and lower(name) like ? escape '\\')";
        let columns = ["l.name", "coalesce(l.container_code, '')", "coalesce(l.waste_code, '')"];
        let mut parts: Vec<String> =
            columns.iter().map(|c| format!("lower({c}) like ? escape '\\'")).collect();
        parts.push(holder.to_owned());
        return Ok(vec![Way::on(parts.join(" or "), vec![pattern; parts.len()])]);
    };
    let mut ways = Vec::new();
    if words::is_number(text, CODE_LENGTH) {
        let range = words::beginning(&text.to_uppercase());
        ways.push(Way::gather("l.container_code >= ? and l.container_code < ?", range));
    }
    ways.extend(orgs.into_iter().map(|id| Way::on("l.holder_id = ?", [Value::Text(id)])));
    ways.extend(names.into_iter().map(|name| Way::on("l.name = ?", [Value::Text(name)])));
    ways.extend(codes.into_iter().map(|code| Way::on("l.waste_code = ?", [Value::Text(code)])));
    Ok(ways)
}

/// As many characters of a container code name the firm.
const CODE_LENGTH: usize = 18;

/// The names of lots that words are a part of; `None` where they are too many. Each name is found by one step in the
/// index of names, so that the lots themselves are not read.
async fn names_like(s: &mut dyn Sql, tenant: &str, text: &str) -> Result<Option<Vec<String>>, DbError> {
    let sql = "with recursive n(name) as (\
               select min(name) from lot where tenant_id = $1 union all \
               select (select min(l.name) from lot l where l.tenant_id = $1 and l.name > n.name) from n \
               where n.name is not null) select name from n where name is not null limit $2";
    let most = i64::try_from(NAMES + 1).unwrap_or(i64::MAX);
    let rows = s.query(sql, &params![tenant, most]).await?;
    if rows.len() > NAMES {
        return Ok(None);
    }
    let wanted = text.to_lowercase();
    let names = rows.iter().map(|row| row.get("name")).collect::<Result<Vec<String>, _>>()?;
    let names: Vec<String> = names.into_iter().filter(|n| n.to_lowercase().contains(&wanted)).collect();
    Ok((names.len() <= FEW).then_some(names))
}

fn conditions(ctx: &OpContext, query: &LotQuery, now: i64) -> Result<Filter, Problem> {
    let mut filter = Filter::tenant("l.tenant_id", &ctx.tenant);
    filter
        .maybe("l.holder_id = ?", query.org_id.as_deref())
        .maybe("l.site_id = ?", query.site_id.as_deref())
        .maybe("l.facility_id = ?", query.facility_id.as_deref())
        .maybe("l.manifest_id = ?", query.manifest_id.as_deref());
    match query.kind.as_deref() {
        None => filter.and("l.kind = 'waste'", []),
        Some("all") => &mut filter,
        Some(kind @ ("waste" | "product")) => filter.and("l.kind = ?", [Value::from(kind)]),
        Some(other) => return Err(choice("/kind", other, "waste, product, all")),
    };
    code_filter(&mut filter, "l.waste_code", query.waste_code.as_deref())?;
    if let Some(list) = query.status.as_deref() {
        let mut values = Vec::new();
        for text in list.split(',').filter(|t| !t.trim().is_empty()).take(LotStatus::ALL.len()) {
            let status: LotStatus =
                text.parse().map_err(|e: domain::ParseError| Problem::violations(vec![e.at("/status")]))?;
            values.push(Value::from(status.as_str()));
        }
        if !values.is_empty() {
            filter.any(values.into_iter().map(|status| Way::on("l.status = ?", [status])).collect());
        }
    }
    if query.late == Some(true) {
        filter.and("l.in_stock = true and l.deadline_at < ?", [Value::Int(now)]);
    }
    Ok(filter)
}

/// A filter on an eight-digit code or a whole category.
pub(super) fn code_filter(filter: &mut Filter, column: &str, text: Option<&str>) -> Result<(), Problem> {
    let Some(text) = text.filter(|t| !t.trim().is_empty()) else { return Ok(()) };
    if let Ok(category) = text.parse::<domain::codes::WasteCategory>() {
        // The last two digits of a code are its category.
        filter
            .and(&format!("substr({column}, 9, 2) = ?"), [Value::Text(format!("{:02}", category.number()))]);
        return Ok(());
    }
    let code: domain::codes::WasteCode =
        text.parse().map_err(|e: domain::ParseError| Problem::violations(vec![e.at("/waste_code")]))?;
    filter.and(&format!("{column} = ?"), [Value::Text(code.to_string())]);
    Ok(())
}

pub(super) fn choice(path: &str, value: &str, choices: &str) -> Problem {
    let value = value.chars().take(40).collect();
    Problem::field(path, domain::codes::rules::CHOICE, [("value", value), ("choices", choices.to_owned())])
}

/// A lot within reach.
///
/// # Errors
/// 404 when there is none, or not for the caller.
pub(super) async fn one(
    s: &mut dyn Sql,
    ctx: &OpContext,
    reach: &Reach,
    id: &str,
    now: i64,
) -> Result<LotView, Problem> {
    let mut filter = Filter::tenant("l.tenant_id", &ctx.tenant);
    reach.filter(&mut filter, "l.holder_id", "s.town_code");
    filter.and("l.id = ?", [Value::from(id)]);
    let sql = format!("{} {}", select_lots(), filter.conditions());
    let row = s.query_opt(&sql, filter.params()).await?.ok_or_else(Problem::not_found)?;
    Ok(LotView::read(&row, now)?)
}

/// The lot that a container code points to: the one with that container now, else the newest.
///
/// # Errors
/// 404 when there is none within reach; 422 for a text that is no container code.
pub async fn by_code(kit: &Kit, ctx: &Arc<OpContext>, code: &str) -> Result<LotView, Problem> {
    let reach = ctx.require(Permission::StockRead)?;
    let code: ContainerId =
        code.parse().map_err(|e: domain::ParseError| Problem::violations(vec![e.at("/container_code")]))?;
    let mut filter = Filter::tenant("l.tenant_id", &ctx.tenant);
    reach.filter(&mut filter, "l.holder_id", "s.town_code");
    filter.and("l.container_code = ?", [Value::Text(code.to_string())]);
    let sql = format!(
        "{} {} order by case when l.live_code is null then 1 else 0 end, l.created_at desc limit 1",
        select_lots(),
        filter.conditions()
    );
    let (params, now) = (filter.params().to_vec(), kit.clock.now());
    kit.db
        .read(move |s| {
            Box::pin(async move {
                let row = s.query_opt(&sql, &params).await?.ok_or_else(Problem::not_found)?;
                Ok(LotView::read(&row, now)?)
            })
        })
        .await
}
