//! The list of warnings: filters, words, order, keyset pages, counts. The caller's reach is part of the query.

use std::collections::BTreeMap;
use std::sync::Arc;

use db::{DbError, Row, Sql, Value as Sv, params};
use domain::access::Permission;
use domain::monitoring::warning::Status;
use domain::time::{Zone, format_instant, parse_date};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::super::rules;
use super::search::{concerns, search, words_of};
use super::words::{Wording, wording};
use crate::kit::{Filter, Key, Kit, Listing, OpContext, Page, PageQuery, Problem, Reach, Way};
use crate::registry::model::Named;

/// What the list can be narrowed to.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
pub struct WarningQuery {
    /// Rows a page.
    pub limit: Option<i64>,
    /// Where to go on.
    pub cursor: Option<String>,
    /// `last_at` (default, newest first), `raised_at`, `severity`.
    pub sort: Option<String>,
    /// Words of number, vehicle, organisation.
    pub q: Option<String>,
    /// `raised`, `assigned`, `verified`, `appealed`, `closed`, several by comma, or `open` for all but closed.
    pub status: Option<String>,
    /// Rule.
    pub rule: Option<String>,
    /// Severity.
    pub severity: Option<String>,
    /// Vehicle.
    pub vehicle_id: Option<String>,
    /// Organisation concerned.
    pub org_id: Option<String>,
    /// Town.
    pub town: Option<String>,
    /// Document.
    pub manifest_id: Option<String>,
    /// `me`, `none`, or an account.
    pub assigned_to: Option<String>,
    /// First day of the last observation.
    pub from: Option<String>,
    /// Last day of the last observation.
    pub to: Option<String>,
}

/// What a warning is about.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct WarningSubject {
    /// `vehicle`, `manifest`, `lot`, `facility`, `camera`.
    pub kind: String,
    /// Id.
    pub id: String,
    /// Name for people.
    pub label: String,
}

/// A row of the list.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct WarningSummary {
    /// Id.
    pub id: String,
    /// Number for people.
    pub number: String,
    /// Version.
    pub version: i64,
    /// Rule.
    pub rule: String,
    /// `notice`, `low`, `medium`, `high`.
    pub severity: String,
    /// `raised`, `assigned`, `verified`, `appealed`, `closed`.
    pub status: String,
    /// Name of the rule.
    pub title: String,
    /// What happened, in a sentence.
    pub explanation: String,
    /// What it is about.
    pub subject: WarningSubject,
    /// Organisation that answers for it.
    pub org_id: String,
    /// Its name.
    pub org_name: String,
    /// Vehicle.
    pub vehicle_id: Option<String>,
    /// Its plate.
    pub plate: Option<String>,
    /// Document.
    pub manifest_id: Option<String>,
    /// Its number.
    pub manifest_number: Option<String>,
    /// WGS-84 micro-degrees.
    pub lat_e6: Option<i64>,
    /// WGS-84 micro-degrees.
    pub lon_e6: Option<i64>,
    /// First seen.
    pub raised_at: String,
    /// Last seen.
    pub last_at: String,
    /// How often.
    pub count: i64,
    /// Who deals with it.
    pub assigned_to: Option<Named>,
    /// Until when.
    pub due_at: Option<String>,
    /// Not dealt with in time.
    pub late: bool,
}

const COLUMNS: &str = "w.id, w.number, w.version, w.rule, w.severity, w.status, w.open, w.subject_kind, w.subject_id, \
     w.org_id, o.name as org_name, w.vehicle_id, v.plate, w.manifest_id, \
     coalesce(m.number, m.internal_number) as manifest_number, w.lat_e6, w.lon_e6, w.raised_at, w.last_at, w.count, \
     w.assigned_to, a.name as assigned_name, w.due_at, w.document, \
     coalesce(l.container_code, l.name, f.name, c.name) as thing";

const JOINS: &str = "from warning w \
     left join org o on o.tenant_id = w.tenant_id and o.id = w.org_id \
     left join vehicle v on v.tenant_id = w.tenant_id and v.id = w.vehicle_id \
     left join manifest m on m.tenant_id = w.tenant_id and m.id = w.manifest_id \
     left join account a on a.tenant_id = w.tenant_id and a.id = w.assigned_to \
     left join lot l on l.tenant_id = w.tenant_id and w.subject_kind = 'lot' and l.id = w.subject_id \
     left join facility f on f.tenant_id = w.tenant_id and w.subject_kind = 'facility' and f.id = w.subject_id \
     left join video_event e on e.tenant_id = w.tenant_id and w.subject_kind = 'camera' and e.id = w.subject_id \
     left join camera c on c.tenant_id = w.tenant_id and c.id = e.camera_id";

const SORTS: &[(&str, &str)] =
    &[("last_at", "w.last_at"), ("raised_at", "w.raised_at"), ("severity", "w.severity_rank")];

/// Adds the caller's reach. Whoever a warning was given to sees it, also when it lies in another town.
pub(in super::super) fn within(reach: &Reach, ctx: &OpContext, filter: &mut Filter) {
    match reach {
        Reach::City => {}
        Reach::Town(code) => {
            let values = [Sv::from(code.as_str()), Sv::from(ctx.account_id.as_str())];
            filter.and("(w.town = ? or w.assigned_to = ?)", values);
        }
        Reach::Org(org) | Reach::Party(org) | Reach::Assigned { org_id: org, .. } => {
            filter.and(
                "exists (select 1 from warning_org p where p.tenant_id = w.tenant_id and p.warning_id = w.id and p.org_id = ?)",
                [Sv::from(org.as_str())],
            );
        }
    }
}

fn wrong(path: &str, value: &str, allowed: &str) -> Problem {
    let shown = value.chars().take(40).collect();
    Problem::field(path, rules::WORD, [("value", shown), ("allowed", allowed.to_owned())])
}

/// The filters of a query, without its page.
fn filters(kit: &Kit, ctx: &OpContext, query: &WarningQuery, reach: &Reach) -> Result<Filter, Problem> {
    let mut filter = Filter::tenant("w.tenant_id", &ctx.tenant);
    match reach {
        Reach::Org(org) | Reach::Party(org) | Reach::Assigned { org_id: org, .. } => {
            filter.any(vec![concerns(org, "p")]);
        }
        Reach::City | Reach::Town(_) => within(reach, ctx, &mut filter),
    }
    if let Some(words) = query.status.as_deref().filter(|s| !s.is_empty()) {
        if words == "open" {
            filter.and("w.open", []);
        } else {
            let mut statuses = Vec::new();
            for word in words.split(',').map(str::trim) {
                let status = Status::parse(word).ok_or_else(|| {
                    let all = Status::ALL.iter().map(|s| s.as_str()).collect::<Vec<_>>().join(", ");
                    wrong("/status", word, &format!("open, {all}"))
                })?;
                statuses.push(Sv::from(status.as_str()));
            }
            filter.any(statuses.into_iter().map(|status| Way::on("w.status = ?", [status])).collect());
        }
    }
    let given = |text: &Option<String>| text.clone().filter(|t| !t.is_empty());
    filter.maybe("w.rule = ?", given(&query.rule));
    filter.maybe("w.severity = ?", given(&query.severity));
    filter.maybe("w.vehicle_id = ?", given(&query.vehicle_id));
    filter.maybe("w.town = ?", given(&query.town));
    filter.maybe("w.manifest_id = ?", given(&query.manifest_id));
    if let Some(org) = given(&query.org_id) {
        filter.any(vec![concerns(&org, "q")]);
    }
    match query.assigned_to.as_deref().filter(|t| !t.is_empty()) {
        Some("me") => {
            filter.and("w.assigned_to = ?", [Sv::from(ctx.account_id.as_str())]);
        }
        Some("none") => {
            filter.and("w.assigned_to is null", []);
        }
        Some(account) => {
            filter.and("w.assigned_to = ?", [Sv::from(account)]);
        }
        None => {}
    }
    let zone = Zone::named(&kit.settings.zone).map_err(|_| Problem::internal())?;
    let day = |path: &str, text: &Option<String>| {
        let text = text.as_deref().filter(|t| !t.is_empty());
        text.map(|t| parse_date(t).map_err(|e| Problem::violations(vec![e.at(path)]))).transpose()
    };
    if let Some(from) = day("/from", &query.from)? {
        filter.and("w.last_at >= ?", [Sv::Int(zone.start_of(from))]);
    }
    if let Some(next) = day("/to", &query.to)?.and_then(|to| to.tomorrow().ok()) {
        filter.and("w.last_at < ?", [Sv::Int(zone.start_of(next))]);
    }
    Ok(filter)
}

/// A page of warnings.
///
/// # Errors
/// 403; 422 for a filter or order that is not offered.
pub async fn list(
    kit: &Arc<Kit>,
    ctx: &Arc<OpContext>,
    query: WarningQuery,
) -> Result<Page<WarningSummary>, Problem> {
    let reach = ctx.require(Permission::WarningRead)?;
    let page = PageQuery {
        limit: query.limit,
        cursor: query.cursor.clone(),
        sort: query.sort.clone(),
        q: query.q.clone(),
    };
    let limit = page.limit()?;
    let (column, descending) = page.sort(SORTS, true)?;
    let mut filter = filters(kit, ctx, &query, &reach)?;
    let (asked, after, tenant) = (words_of(&query), page.after()?, ctx.tenant.clone());
    let (words, lang, now) = (wording(kit), ctx.lang, kit.clock.now());
    let (rows, total) = kit
        .db
        .read(move |sql| {
            Box::pin(async move {
                if let Some(asked) = asked {
                    search(sql, &tenant, &asked, &mut filter).await?;
                }
                let columns = format!("select {COLUMNS}, {column} as sort_key");
                let listing = Listing {
                    columns: &columns,
                    from: "from warning w",
                    joins: JOINS.trim_start_matches("from warning w "),
                    order: column,
                    descending,
                    indexed: column == "w.last_at",
                    id: "w.id",
                    limit,
                };
                let (rows, total) = filter.read(sql, &listing, after).await?;
                let rows = rows
                    .iter()
                    .map(|row| Ok((summary(row, &words, lang, now)?, row.get::<i64>("sort_key")?)))
                    .collect::<Result<Vec<_>, DbError>>()?;
                Ok::<_, DbError>((rows, total))
            })
        })
        .await?;
    let page = Page::cut(rows, limit, total, |(row, key)| (Key::Int(*key), row.id.clone()));
    Ok(page.map(|(row, _)| row))
}

/// One row by its id, within reach.
pub(in super::super) async fn by_id(
    sql: &mut dyn Sql,
    kit: &Kit,
    ctx: &OpContext,
    reach: &Reach,
    id: &str,
) -> Result<Option<WarningSummary>, Problem> {
    let mut filter = Filter::tenant("w.tenant_id", &ctx.tenant);
    within(reach, ctx, &mut filter);
    filter.and("w.id = ?", [Sv::from(id)]);
    let text = format!("select {COLUMNS} {JOINS} {}", filter.conditions());
    let row = sql.query_opt(&text, filter.params()).await?;
    let words = wording(kit);
    Ok(row.map(|row| summary(&row, &words, ctx.lang, kit.clock.now())).transpose()?)
}

/// The open warnings about a vehicle, the gravest first.
///
/// # Errors
/// When the database refuses.
pub async fn of_vehicle(
    sql: &mut dyn Sql,
    kit: &Kit,
    ctx: &OpContext,
    reach: &Reach,
    vehicle_id: &str,
) -> Result<Vec<WarningSummary>, Problem> {
    let mut filter = Filter::tenant("w.tenant_id", &ctx.tenant);
    within(reach, ctx, &mut filter);
    filter.and("w.open and w.vehicle_id = ?", [Sv::from(vehicle_id)]);
    let text = format!(
        "select {COLUMNS} {JOINS} {} order by w.severity_rank desc, w.last_at desc, w.id limit 50",
        filter.conditions()
    );
    let rows = sql.query(&text, filter.params()).await?;
    let words = wording(kit);
    let now = kit.clock.now();
    rows.iter().map(|row| summary(row, &words, ctx.lang, now).map_err(Problem::from)).collect()
}

fn summary(row: &Row, words: &Wording, lang: crate::kit::Lang, now: i64) -> Result<WarningSummary, DbError> {
    let rule: String = row.get("rule")?;
    let document: String = row.get("document")?;
    let stored = super::parse(&document)?;
    let due: Option<i64> = row.get("due_at")?;
    let open: bool = row.get("open")?;
    let vehicle_id: Option<String> = row.get("vehicle_id")?;
    let plate: Option<String> = row.get("plate")?;
    let manifest_number: Option<String> = row.get("manifest_number")?;
    let (kind, subject_id): (String, String) = (row.get("subject_kind")?, row.get("subject_id")?);
    let label = match kind.as_str() {
        "vehicle" => plate.clone(),
        "manifest" => manifest_number.clone(),
        _ => row.get::<Option<String>>("thing")?,
    };
    let assigned: Option<String> = row.get("assigned_to")?;
    let name: Option<String> = row.get("assigned_name")?;
    Ok(WarningSummary {
        id: row.get("id")?,
        number: row.get("number")?,
        version: row.get("version")?,
        title: words.title(&rule, lang),
        explanation: words.explanation(&rule, &stored.raised.facts, lang),
        rule,
        severity: row.get("severity")?,
        status: row.get("status")?,
        subject: WarningSubject { kind, label: label.unwrap_or_else(|| subject_id.clone()), id: subject_id },
        org_id: row.get("org_id")?,
        org_name: row.get::<Option<String>>("org_name")?.unwrap_or_default(),
        vehicle_id,
        plate,
        manifest_id: row.get("manifest_id")?,
        manifest_number,
        lat_e6: row.get("lat_e6")?,
        lon_e6: row.get("lon_e6")?,
        raised_at: format_instant(row.get("raised_at")?),
        last_at: format_instant(row.get("last_at")?),
        count: row.get("count")?,
        assigned_to: assigned.map(|id| Named { id, name: name.unwrap_or_default() }),
        due_at: due.map(format_instant),
        late: open && due.is_some_and(|due| due < now),
    })
}

/// A count.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct WarningCount {
    /// Rule, severity or status.
    pub key: String,
    /// Its name, for rules.
    pub title: String,
    /// How many.
    pub count: i64,
}

/// Counts of the same filters.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct WarningCounts {
    /// By rule.
    pub by_rule: Vec<WarningCount>,
    /// By severity.
    pub by_severity: Vec<WarningCount>,
    /// By status.
    pub by_status: Vec<WarningCount>,
}

/// Counts by rule, severity and status.
///
/// # Errors
/// As for the list.
pub async fn counts(
    kit: &Arc<Kit>,
    ctx: &Arc<OpContext>,
    query: WarningQuery,
) -> Result<WarningCounts, Problem> {
    let reach = ctx.require(Permission::WarningRead)?;
    let mut filter = filters(kit, ctx, &query, &reach)?;
    let (asked, tenant) = (words_of(&query), ctx.tenant.clone());
    let rows = kit
        .db
        .read::<_, DbError, _>(move |sql| {
            Box::pin(async move {
                if let Some(asked) = asked {
                    search(sql, &tenant, &asked, &mut filter).await?;
                }
                let select = "select w.rule, w.severity, w.status, count(*) as n from warning w";
                let group = "group by w.rule, w.severity, w.status";
                let (text, values) = filter.gathered(select, group, "from warning w", "w.id");
                sql.query(&text, &values).await
            })
        })
        .await?;
    let mut sums: [BTreeMap<String, i64>; 3] = Default::default();
    for row in &rows {
        let n: i64 = row.get("n")?;
        for (sum, column) in sums.iter_mut().zip(["rule", "severity", "status"]) {
            *sum.entry(row.get(column)?).or_default() += n;
        }
    }
    let words = wording(kit);
    let [by_rule, by_severity, by_status] = sums.map(|sum| {
        sum.into_iter()
            .map(|(key, count)| WarningCount { title: words.title(&key, ctx.lang), key, count })
            .collect::<Vec<_>>()
    });
    Ok(WarningCounts { by_rule, by_severity, by_status })
}

/// Somebody who can take a warning.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Assignee {
    /// Account.
    pub account_id: String,
    /// Name.
    pub name: String,
    /// Organisation.
    pub org_name: String,
    /// Warnings that they have now.
    pub open: i64,
}

/// Who can take warnings: officials who may verify, of the caller's town where the caller is a town's.
///
/// # Errors
/// 403 for a caller who may not assign.
pub async fn assignees(kit: &Arc<Kit>, ctx: &Arc<OpContext>) -> Result<Vec<Assignee>, Problem> {
    let reach = ctx.require(Permission::WarningAssign)?;
    let mut filter = Filter::tenant("a.tenant_id", &ctx.tenant);
    filter.and("a.status = 'active'", []);
    if let Reach::Town(code) = &reach {
        filter.and("o.town_code = ?", [Sv::from(code.as_str())]);
    }
    let text = format!(
        "select a.id, a.name, a.roles, o.name as org_name, (select count(*) from warning w where w.tenant_id = a.tenant_id \
         and w.assigned_to = a.id and w.open) as open_count from account a \
         join org o on o.tenant_id = a.tenant_id and o.id = a.org_id {} order by a.name, a.id",
        filter.conditions()
    );
    let values = filter.params().to_vec();
    let rows = kit.db.read(move |sql| Box::pin(async move { sql.query(&text, &values).await })).await?;
    let mut out = Vec::new();
    for row in &rows {
        if may_verify(&row.get::<String>("roles")?) {
            out.push(Assignee {
                account_id: row.get("id")?,
                name: row.get::<Option<String>>("name")?.unwrap_or_default(),
                org_name: row.get("org_name")?,
                open: row.get("open_count")?,
            });
        }
    }
    Ok(out)
}

/// Whether stored roles allow to verify.
pub(super) fn may_verify(roles: &str) -> bool {
    let roles: Vec<domain::access::Role> = serde_json::from_str(roles).unwrap_or_default();
    domain::access::widest(&roles, Permission::WarningVerify).is_some()
}

/// Whether the caller may see a warning.
///
/// # Errors
/// 500 when the database refuses.
pub async fn readable(sql: &mut dyn Sql, ctx: &OpContext, id: &str) -> Result<bool, Problem> {
    let Ok(reach) = ctx.require(Permission::WarningRead) else { return Ok(false) };
    let mut filter = Filter::tenant("w.tenant_id", &ctx.tenant);
    within(&reach, ctx, &mut filter);
    filter.and("w.id = ?", [Sv::from(id)]);
    let text = format!("select 1 as n from warning w {}", filter.conditions());
    Ok(sql.query_opt(&text, filter.params()).await?.is_some())
}

/// Open warnings by vehicle.
///
/// # Errors
/// 500 when the database refuses.
pub async fn open_by_vehicle(sql: &mut dyn Sql, tenant: &str) -> Result<BTreeMap<String, i64>, Problem> {
    let rows = sql
        .query(
            "select vehicle_id, count(*) as n from warning where tenant_id = $1 and open and vehicle_id is not null \
             group by vehicle_id",
            &params![tenant],
        )
        .await?;
    let mut out = BTreeMap::new();
    for row in &rows {
        out.insert(row.get("vehicle_id")?, row.get("n")?);
    }
    Ok(out)
}
