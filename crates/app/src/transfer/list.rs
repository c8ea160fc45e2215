//! The list of manifests: filters, words, order, keyset pages. The caller's reach is part of the query.

use std::sync::Arc;

use db::{DbError, Row, Sql, Value as Sv};
use domain::access::Permission;
use domain::manifest::{Status, Step};
use domain::problem::Violation;
use domain::time::{format_instant, parse_date};

use super::config::config;
use super::flow::Outcome;
use super::model::ManifestQuery;
use super::view::ManifestSummary;
use super::{find, rules, show};
use crate::kit::{Filter, Key, Kit, Listing, OpContext, Page, PageQuery, Problem, Reach, Way};
use crate::registry::model::Named;

const COLUMNS: &str = "m.id, m.version, m.status, m.class, m.internal_number, m.number, m.number_status, \
     m.consignor_id, m.consignor_name, m.carrier_id, m.carrier_name, m.receiver_id, m.receiver_name, m.plate, \
     m.waste_codes, m.containers, m.mass_g, m.created_at, m.updated_at, m.departed_at, m.arrived_at, m.due_at, \
     m.next_step, m.next_org_id";

const SORTS: &[(&str, &str)] = &[
    ("created_at", "m.created_at"),
    ("updated_at", "m.updated_at"),
    ("mass_g", "m.mass_g"),
    // What has no due time comes after what has, in both engines.
    ("due_at", DUE),
];
const DUE: &str = "coalesce(m.due_at, 9223372036854775807)";

/// Adds the caller's reach. A draft (or one given up unsigned) is its consignor's alone.
pub(super) fn within(reach: &Reach, filter: &mut Filter) {
    match reach {
        Reach::City => {
            filter.and("m.released", []);
        }
        Reach::Town(code) => {
            let code = || Sv::from(code.as_str());
            filter.and("m.released and (m.consignor_town = ? or m.receiver_town = ?)", [code(), code()]);
        }
        Reach::Org(org) | Reach::Party(org) => {
            let org = || Sv::from(org.as_str());
            filter.and(
                "(m.consignor_id = ? or (m.released and (m.receiver_id = ? or exists (select 1 from manifest_leg l \
                 where l.tenant_id = m.tenant_id and l.manifest_id = m.id and l.carrier_id = ?))))",
                [org(), org(), org()],
            );
        }
        Reach::Assigned { org_id, account_id } => {
            filter.and(
                "m.released and exists (select 1 from manifest_leg l where l.tenant_id = m.tenant_id \
                 and l.manifest_id = m.id and l.carrier_id = ? and l.driver_account_id = ?)",
                [Sv::from(org_id.as_str()), Sv::from(account_id.as_str())],
            );
        }
    }
}

/// A page of manifests.
///
/// # Errors
/// 403; 422 for a filter or order that is not offered.
pub async fn list(
    kit: &Arc<Kit>,
    ctx: &Arc<OpContext>,
    query: ManifestQuery,
) -> Result<Page<ManifestSummary>, Problem> {
    let reach = ctx.require(Permission::ManifestRead)?;
    let now = kit.clock.now();
    let page = PageQuery {
        limit: query.limit,
        cursor: query.cursor.clone(),
        sort: query.sort.clone(),
        q: query.q.clone(),
    };
    let limit = page.limit()?;
    let (column, descending) = page.sort(SORTS, true)?;
    let mut filter = Filter::tenant("m.tenant_id", &ctx.tenant);
    conditions(kit, ctx, &query, now, &mut filter)?;
    let rare = is_rare(&query);
    let named = page.words().is_some() || query.carrier_id.is_some() || query.waste_code.is_some();
    // What words, a carrier or a code find has an order of its own; a town is then looked up row by row.
    if rare || (named && matches!(reach, Reach::Town(_))) {
        find::within_few(&reach, &mut filter);
    } else {
        find::reachable(&reach, &mut filter);
    }
    let (words, after) = (page.words(), page.after()?);
    let (org, tenant) = (ctx.acting_org().to_owned(), ctx.tenant.clone());
    let (rows, total) = kit
        .db
        .read(move |sql| {
            Box::pin(async move {
                if let Some(words) = words {
                    filter.any(find::by_words(sql, &tenant, &words, rare).await?);
                }
                let columns = format!("select {COLUMNS}, {column} as sort_key");
                let listing = Listing {
                    columns: &columns,
                    from: "from manifest m",
                    joins: "",
                    order: column,
                    descending,
                    indexed: column == "m.created_at",
                    id: "m.id",
                    limit,
                };
                let (rows, total) = filter.read(sql, &listing, after).await?;
                let rows = rows.iter().map(|row| summary(row, &org, now)).collect::<Result<Vec<_>, _>>()?;
                Ok::<_, DbError>((rows, total))
            })
        })
        .await?;
    let page = Page::cut(rows, limit, total, |(row, key)| (Key::Int(*key), row.id.clone()));
    Ok(page.map(|(row, _)| row))
}

/// Whether what is asked for leaves few rows whoever asks: nearly all documents end up accepted. Such rows are found by
/// that, and nothing else is offered to an index.
fn is_rare(query: &ManifestQuery) -> bool {
    let status = query.status.as_deref().filter(|s| !s.is_empty());
    status.is_some_and(|s| s.split(',').all(|word| word.trim() != Status::Accepted.as_str()))
        || query.waiting == Some(true)
        || query.late == Some(true)
}

fn conditions(
    kit: &Kit,
    ctx: &OpContext,
    query: &ManifestQuery,
    now: i64,
    filter: &mut Filter,
) -> Result<(), Problem> {
    if let Some(words) = query.status.as_deref().filter(|s| !s.is_empty()) {
        let mut statuses = Vec::new();
        for word in words.split(',').map(str::trim) {
            let status = Status::parse(word).ok_or_else(|| {
                let all = Status::ALL.iter().map(|s| s.as_str()).collect::<Vec<_>>().join(", ");
                let shown: String = word.chars().take(40).collect();
                Problem::field("/status", rules::UNKNOWN_WORD, [("value", shown), ("allowed", all)])
            })?;
            statuses.push(Sv::from(status.as_str()));
        }
        if statuses.contains(&Sv::from(Status::Accepted.as_str())) {
            // Nearly all are accepted: no index helps, and any walk meets them.
            let places = vec!["?"; statuses.len()].join(", ");
            filter.and(&format!("coalesce(m.status, '') in ({places})"), statuses);
        } else {
            filter.any(statuses.into_iter().map(|status| Way::on("m.status = ?", [status])).collect());
        }
    }
    let carrier = given(query.carrier_id.as_deref());
    let codes = given(query.waste_code.as_deref());
    if is_rare(query) {
        filter.maybe("coalesce(m.consignor_id, '') = ?", query.consignor_id.as_deref());
        several(filter, "coalesce(m.receiver_id, '')", query.receiver_id.as_deref(), None);
        filter.maybe(
            "exists (select 1 from manifest_leg k where k.tenant_id = m.tenant_id and k.manifest_id = m.id \
             and coalesce(k.carrier_id, '') = ?)",
            carrier,
        );
        waste(filter, codes);
    } else {
        filter.maybe("m.consignor_id = ?", query.consignor_id.as_deref());
        several(filter, "m.receiver_id", query.receiver_id.as_deref(), None);
        if let Some(carrier) = carrier {
            filter.any(find::carried(carrier, "lc"));
        }
        match codes {
            Some(code) if is_one_code(code) => {
                filter.any(vec![find::lists(&ctx.tenant, code, "nc")]);
            }
            several => waste(filter, several),
        }
    }
    several(filter, "m.consignor_town", query.town.as_deref(), None);
    several(filter, TRADE, query.trade.as_deref(), Some("none"));
    if let Some(word) = given(query.outcome.as_deref()) {
        let outcome = Outcome::parse(word).ok_or_else(|| {
            let all = Outcome::ALL.map(Outcome::as_str).join(", ");
            let shown: String = word.chars().take(40).collect();
            Problem::field("/outcome", rules::UNKNOWN_WORD, [("value", shown), ("allowed", all)])
        })?;
        filter.and(&outcome.condition(), []);
    }
    let zone = &config(kit)?.zone;
    for (column, from, to) in [
        ("m.created_at", ("/from", &query.from), ("/to", &query.to)),
        ("m.departed_at", ("/departed_from", &query.departed_from), ("/departed_to", &query.departed_to)),
        (
            "m.confirmed_at",
            ("/confirmed_from", &query.confirmed_from),
            ("/confirmed_to", &query.confirmed_to),
        ),
    ] {
        if let Some(day) = day(from.0, from.1.as_deref())? {
            filter.and(&format!("{column} >= ?"), [Sv::Int(zone.start_of(day))]);
        }
        if let Some(day) = day(to.0, to.1.as_deref())? {
            let next = day.tomorrow().map_err(|_| {
                Problem::violations(vec![
                    Violation::error(domain::time::rules::DATE, to.0).with("value", day),
                ])
            })?;
            filter.and(&format!("{column} < ?"), [Sv::Int(zone.start_of(next))]);
        }
    }
    if query.waiting == Some(true) {
        filter.and("m.next_org_id = ?", [Sv::from(ctx.acting_org())]);
    }
    if query.late == Some(true) {
        filter.and(&format!("{DUE} < ?"), [Sv::Int(now)]);
    }
    Ok(())
}

fn given(text: Option<&str>) -> Option<&str> {
    text.filter(|t| !t.is_empty())
}

fn day(path: &str, text: Option<&str>) -> Result<Option<domain::time::Date>, Problem> {
    given(text).map(|t| parse_date(t).map_err(|e| Problem::violations(vec![e.at(path)]))).transpose()
}

/// Division of trade of the consignor.
const TRADE: &str = "(select substr(coalesce(o.industry_code, ''), 1, 2) from org o where o.tenant_id = m.tenant_id \
     and o.id = m.consignor_id)";
/// Most values of a filter that takes several.
const SEVERAL: usize = 60;

/// A filter that takes several values, separated by commas; `none` is the word for an empty column.
fn several(filter: &mut Filter, column: &str, text: Option<&str>, none: Option<&str>) {
    let Some(text) = given(text) else { return };
    let values: Vec<Sv> = text
        .split(',')
        .map(|word| if none == Some(word.trim()) { "" } else { word.trim() })
        .take(SEVERAL)
        .map(Sv::from)
        .collect();
    let places = vec!["?"; values.len()].join(", ");
    filter.and(&format!("{column} in ({places})"), values);
}

/// One whole code, neither a category nor several.
fn is_one_code(text: &str) -> bool {
    !text.contains(',') && text.parse::<domain::codes::WasteCategory>().is_err()
}

/// Codes and categories of any line.
fn waste(filter: &mut Filter, text: Option<&str>) {
    let Some(text) = given(text) else { return };
    let mut parts = Vec::new();
    let mut values = Vec::new();
    for word in text.split(',').map(str::trim).take(SEVERAL) {
        if let Ok(category) = word.parse::<domain::codes::WasteCategory>() {
            parts.push("substr(n.waste_code, 9, 2) = ?");
            values.push(Sv::Text(format!("{:02}", category.number())));
        } else {
            parts.push("coalesce(n.waste_code, '') = ?");
            values.push(Sv::from(word));
        }
    }
    filter.and(
        &format!(
            "exists (select 1 from manifest_line n where n.tenant_id = m.tenant_id and n.manifest_id = m.id and ({}))",
            parts.join(" or ")
        ),
        values,
    );
}

/// Rows of the list by id, the oldest first, for a caller whose right to see them was decided elsewhere. Drafts are
/// never among them.
///
/// # Errors
/// When the database refuses.
pub async fn by_ids(
    sql: &mut dyn Sql,
    ctx: &OpContext,
    ids: &[String],
    now: i64,
) -> Result<Vec<ManifestSummary>, DbError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut filter = Filter::tenant("m.tenant_id", &ctx.tenant);
    let places = vec!["?"; ids.len()].join(", ");
    filter.and(
        &format!("m.released and m.id in ({places})"),
        ids.iter().map(|id| Sv::from(id.as_str())).collect::<Vec<_>>(),
    );
    let text = format!(
        "select {COLUMNS}, m.created_at as sort_key from manifest m {} order by m.created_at, m.id",
        filter.conditions()
    );
    let rows = sql.query(&text, filter.params()).await?;
    rows.iter().map(|row| summary(row, ctx.acting_org(), now).map(|(summary, _)| summary)).collect()
}

/// A row of the list, and the value that it is sorted by.
fn summary(row: &Row, org: &str, now: i64) -> Result<(ManifestSummary, i64), DbError> {
    let codes: String = row.get("waste_codes")?;
    let at = |name: &str| -> Result<Option<String>, DbError> {
        Ok(row.get::<Option<i64>>(name)?.map(format_instant))
    };
    let due: Option<i64> = row.get("due_at")?;
    let step = row.get::<Option<String>>("next_step")?.and_then(|word| Step::parse(&word));
    let carrier_id: String = row.get("carrier_id")?;
    let summary = ManifestSummary {
        id: row.get("id")?,
        version: row.get("version")?,
        status: row.get("status")?,
        number: row.get("number")?,
        internal_number: row.get("internal_number")?,
        number_status: row.get("number_status")?,
        class: row.get("class")?,
        consignor: Named { id: row.get("consignor_id")?, name: row.get("consignor_name")? },
        carrier: if carrier_id.is_empty() {
            None
        } else {
            Some(Named { id: carrier_id, name: row.get("carrier_name")? })
        },
        receiver: Named { id: row.get("receiver_id")?, name: row.get("receiver_name")? },
        waste_codes: serde_json::from_str(&codes)
            .map_err(|error| DbError::Inconsistent(format!("manifest.waste_codes: {error}")))?,
        containers: row.get("containers")?,
        mass_g: row.get("mass_g")?,
        plate: row.get("plate")?,
        created_at: format_instant(row.get("created_at")?),
        departed_at: at("departed_at")?,
        arrived_at: at("arrived_at")?,
        due_at: due.map(format_instant),
        late: due.is_some_and(|due| due < now),
        next: show::next(step),
        mine: row.get::<Option<String>>("next_org_id")?.as_deref() == Some(org),
    };
    Ok((summary, row.get("sort_key")?))
}
