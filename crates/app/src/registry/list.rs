//! Lists of a register: filters, words, order, keyset pages, within the caller's reach, which is part of the
//! query. Export walks the same query.

use std::collections::BTreeMap;
use std::sync::Arc;

use db::{Sql, Value as Sv};
use domain::access::Permission;
use serde::Deserialize;
use serde_json::Value;
use utoipa::IntoParams;

use super::entity::{CodeKind, Entity, Kind};
use super::model::{Named, Record};
use super::personal::{self, View};
use super::store::{self, Stored};
use crate::kit::{Filter, Key, Kit, OpContext, Page, PageQuery, Problem, Reach, Total, like};

/// Filters of a register list. Those that a register has no column for are refused.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ListQuery {
    /// Rows a page, 1 to 200; 50 when left out.
    pub limit: Option<i64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// Field to sort by: `title`, `updated_at`, `valid_to`, `year`; a minus in front means descending.
    pub sort: Option<String>,
    /// Words to look for.
    pub q: Option<String>,
    /// Owning organisation.
    pub org_id: Option<String>,
    /// Site (facilities, plans).
    pub site_id: Option<String>,
    /// `active` or `inactive`.
    pub status: Option<String>,
    /// Town-level division.
    pub town: Option<String>,
    /// Kind (organisations, facilities, licences), duty of crew.
    pub kind: Option<String>,
    /// Year (plans).
    pub year: Option<i64>,
    /// Valid to this day or earlier.
    pub valid_until: Option<String>,
    /// Only `xlsx` or `csv`, for export.
    pub format: Option<String>,
}

impl ListQuery {
    fn page(&self) -> PageQuery {
        PageQuery {
            limit: self.limit,
            cursor: self.cursor.clone(),
            sort: self.sort.clone(),
            q: self.q.clone(),
        }
    }
}

/// A prepared list: statement and parameters.
struct Prepared {
    filter: Filter,
    column: &'static str,
    descending: bool,
}

fn sorts(entity: &Entity) -> &'static [(&'static str, &'static str)] {
    match entity.key {
        "orgs" => &[("title", "t.name"), ("updated_at", "t.updated_at")],
        "sites" => &[("title", "t.name"), ("updated_at", "t.updated_at")],
        "facilities" => &[("title", "t.code"), ("updated_at", "t.updated_at")],
        "vehicles" => &[("title", "t.plate"), ("updated_at", "t.updated_at"), ("valid_to", "t.valid_to")],
        "crew" => &[("valid_to", "t.valid_to"), ("updated_at", "t.updated_at")],
        "plans" => &[("year", "t.year"), ("updated_at", "t.updated_at")],
        "devices" => &[("title", "t.terminal_number"), ("updated_at", "t.updated_at")],
        "zones" | "cameras" => &[("title", "t.name"), ("updated_at", "t.updated_at")],
        _ => &[("title", "t.number"), ("updated_at", "t.updated_at"), ("valid_to", "t.valid_to")],
    }
}

fn prepare(ctx: &OpContext, entity: &Entity, view: &View, query: &ListQuery) -> Result<Prepared, Problem> {
    let page = query.page();
    let (column, descending) = page.sort(sorts(entity), entity.key == "plans")?;
    let mut filter = Filter::tenant("t.tenant_id", &ctx.tenant);
    if !view.directory
        && let Some(reach) = &view.full
    {
        reach.filter(&mut filter, entity.org_column(), entity.town_column());
    }
    filter.maybe(&format!("{} = ?", entity.org_column()), query.org_id.as_deref());
    let town = format!("{} = ?", entity.town_column());
    filter.maybe(&town, query.town.as_deref().map(domain::codes::town_of));
    if let Some(status) = query.status.as_deref() {
        if !matches!(status, "active" | "inactive") {
            return Err(not_offered("status", status, "active, inactive"));
        }
        filter.and("t.status = ?", [Sv::from(status)]);
    }
    let refuse = |name: &str| not_offered(name, name, "org_id, town, status, q");
    if let Some(site) = query.site_id.as_deref() {
        entity.field("site_id").ok_or_else(|| refuse("site_id"))?;
        filter.and("t.site_id = ?", [Sv::from(site)]);
    }
    if let Some(year) = query.year {
        entity.field("year").ok_or_else(|| refuse("year"))?;
        filter.and("t.year = ?", [Sv::from(year)]);
    }
    if let Some(day) = query.valid_until.as_deref() {
        entity.field("valid_to").ok_or_else(|| refuse("valid_until"))?;
        let day =
            domain::time::parse_date(day).map_err(|e| Problem::violations(vec![e.at("/valid_until")]))?;
        filter.and("t.valid_to <= ?", [Sv::Text(day.to_string())]);
    }
    if let Some(kind) = query.kind.as_deref() {
        match entity.key {
            "orgs" => filter.and("t.kinds like ? escape '\\'", [Sv::Text(quoted(kind))]),
            "crew" => filter.and("t.duty = ?", [Sv::from(kind)]),
            "facilities" | "licences" => filter.and("t.kind = ?", [Sv::from(kind)]),
            _ => return Err(refuse("kind")),
        };
    }
    if let Some(words) = page.words() {
        search(entity, view, &words, &mut filter);
    }
    Ok(Prepared { filter, column, descending })
}

fn quoted(kind: &str) -> String {
    like(&format!("\"{}\"", kind.chars().take(40).collect::<String>()))
}

fn not_offered(name: &str, value: &str, allowed: &str) -> Problem {
    Problem::field(
        &format!("/{name}"),
        super::rules::CHOICE,
        [("value", value.chars().take(40).collect()), ("allowed", allowed.to_owned())],
    )
}

/// Words match text columns and the owner's name; personal columns only when the list is the own
/// organisation's, or a search would tell what a mask hides.
fn search(entity: &Entity, view: &View, words: &str, filter: &mut Filter) {
    let own = !view.directory && matches!(view.full, Some(Reach::Org(_)));
    let pattern = like(&words.to_lowercase());
    let mut parts = Vec::new();
    for field in entity.fields {
        let searchable = match field.kind {
            Kind::Text(_) => !field.internal && field.key != "account_id",
            Kind::Code(kind) => !matches!(kind, CodeKind::Division),
            _ => false,
        };
        let hidden = field.personal && !own || (view.directory && !field.public);
        if searchable && !hidden {
            parts.push(format!("lower(t.{}) like ? escape '\\'", field.column));
        }
    }
    if entity.key != "orgs" {
        parts.push("lower(o.name) like ? escape '\\'".to_owned());
    }
    let values = vec![Sv::Text(pattern); parts.len()];
    filter.and(&format!("({})", parts.join(" or ")), values);
}

/// One page of a register.
///
/// # Errors
/// 403 without the right to read; 422 for a filter, order or cursor that is not offered.
pub async fn list(
    kit: &Kit,
    ctx: &Arc<OpContext>,
    entity: &'static Entity,
    query: &ListQuery,
) -> Result<Page<Record>, Problem> {
    let view = personal::view(ctx, entity)?;
    let page = query.page();
    let (limit, after) = (page.limit()?, page.after()?);
    let Prepared { mut filter, column, descending } = prepare(ctx, entity, &view, query)?;
    let (count, count_params) = filter.count(&entity.from_clause(), "t.id");
    let numeric = matches!(column, "t.updated_at" | "t.year");
    if after.as_ref().is_some_and(|(key, _)| matches!(key, Key::Int(_)) != numeric) {
        return Err(Problem::field("/cursor", "REQ-CURSOR", []));
    }
    filter.after(column, "t.id", descending, after);
    let (sql, params) = filter.finish(&entity.select_clause(), column, "t.id", descending, limit);
    let ctx = Arc::clone(ctx);
    kit.db
        .read(move |s| {
            Box::pin(async move {
                let total = Total::counted(&s.query_one(&count, &count_params).await?)?;
                let rows = s.query(&sql, &params).await?;
                let rows = rows.iter().map(|r| Stored::read(entity, r)).collect::<Result<Vec<_>, _>>()?;
                let page = Page::cut(rows, limit, total, |r| sort_key(column, r));
                let mut page = page.map(|stored| {
                    let sight = personal::list_sight(&ctx, &stored);
                    personal::record(&ctx, entity, &view, stored, sight)
                });
                resolve(s, &ctx.tenant, entity, &mut page.items).await?;
                Ok(page)
            })
        })
        .await
}

fn sort_key(column: &str, stored: &Stored) -> (Key, String) {
    let key = match column {
        "t.updated_at" => Key::Int(stored.updated_at),
        "t.year" => Key::Int(stored.row.get("year").and_then(Value::as_i64).unwrap_or_default()),
        other => Key::Text(stored.text(other.trim_start_matches("t.")).to_owned()),
    };
    (key, stored.id.clone())
}

/// Puts the names of referred rows into the records.
pub async fn resolve(
    s: &mut dyn Sql,
    tenant: &str,
    entity: &Entity,
    records: &mut [Record],
) -> Result<(), Problem> {
    for field in entity.fields {
        let Kind::Ref(target) = field.kind else { continue };
        let Some(target) = Entity::of(target) else { continue };
        let mut ids: Vec<String> = records
            .iter()
            .filter_map(|r| r.row.get(field.key).and_then(Value::as_str).map(str::to_owned))
            .collect();
        ids.sort_unstable();
        ids.dedup();
        if ids.is_empty() {
            continue;
        }
        let names = store::titles(s, tenant, target, &ids).await?;
        for record in records.iter_mut() {
            if let Some(id) = record.row.get(field.key).and_then(Value::as_str)
                && let Some(name) = names.get(id)
            {
                let named = Named { id: id.to_owned(), name: name.clone() };
                record.refs.insert(field.key.to_owned(), named);
            }
        }
    }
    if entity.key == "plans" {
        for record in records.iter_mut() {
            if let Some(site) = record.refs.get("site_id") {
                record.title = format!("{} · {}", record.title, site.name);
            }
        }
    }
    Ok(())
}

/// All rows of a list for export, at most `max` (one more tells that there are more).
///
/// # Errors
/// As [`list`]; 403 without the right to export.
pub async fn all(
    kit: &Kit,
    ctx: &Arc<OpContext>,
    entity: &'static Entity,
    query: &ListQuery,
    max: i64,
) -> Result<Vec<Stored>, Problem> {
    let export = ctx.require(Permission::ExportRun)?;
    let mut view = personal::view(ctx, entity)?;
    // A file holds whole rows, so only those within full reach, narrowed by the right to export.
    view.directory = false;
    if view.full.is_none() {
        return Err(Problem::forbidden(
            "ID-PERMISSION",
            [("permission", Permission::RegistryRead.as_str().to_owned())],
        ));
    }
    let Prepared { mut filter, column, descending } = prepare(ctx, entity, &view, query)?;
    export.filter(&mut filter, entity.org_column(), entity.town_column());
    let (sql, params) = filter.finish(&entity.select_clause(), column, "t.id", descending, max);
    kit.db
        .read(move |s| {
            Box::pin(async move {
                let rows = s.query(&sql, &params).await?;
                Ok(rows.iter().map(|r| Stored::read(entity, r)).collect::<Result<Vec<_>, _>>()?)
            })
        })
        .await
}

/// Counts of active rows that hang on a row.
pub async fn related(
    s: &mut dyn Sql,
    tenant: &str,
    entity: &Entity,
    id: &str,
) -> Result<BTreeMap<String, i64>, Problem> {
    let mut out = BTreeMap::new();
    for (name, table, column) in store::dependants(entity) {
        out.insert((*name).to_owned(), store::count_of(s, tenant, table, column, id, true).await?);
    }
    Ok(out)
}
