//! What the live part puts on the workbench: warnings given to the caller, those in the caller's reach that wait for an
//! act that the caller may do, what changed, counts. It only reads.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use db::{DbError, Row, Sql, Value as Sv};
use domain::access::Permission;
use domain::time::format_instant;

use super::warnings::within;
use super::warnings::words::{Wording, wording};
use crate::kit::workbench::{Change, Part, WorkItem};
use crate::kit::{Filter, Kit, OpContext, Problem, Reach};

/// Most warnings of each sort; the counts say how many there are.
const MOST: i64 = 15;
/// Most changes.
const CHANGES: i64 = 12;

/// The caller's part; empty for those who see no warnings.
///
/// # Errors
/// 500 when the database cannot answer.
pub async fn workbench(kit: &Arc<Kit>, ctx: &Arc<OpContext>) -> Result<Part, Problem> {
    let Ok(reach) = ctx.require(Permission::WarningRead) else { return Ok(Part::default()) };
    let (ctx, now, words) = (Arc::clone(ctx), kit.clock.now(), wording(kit));
    kit.db
        .read(move |sql| {
            Box::pin(async move {
                Ok::<_, Problem>(Part {
                    waiting: waiting(sql, &ctx, &reach, &words, now).await?,
                    changed: changed(sql, &ctx, &reach, &words).await?,
                    counts: counts(sql, &ctx, &reach, now).await?,
                    shortcuts: Vec::new(),
                })
            })
        })
        .await
}

const SELECT: &str = "select w.id, w.number, w.rule, w.severity, w.status, w.raised_at, w.due_at, w.assigned_to, \
     o.name as org_name, v.plate from warning w \
     left join org o on o.tenant_id = w.tenant_id and o.id = w.org_id \
     left join vehicle v on v.tenant_id = w.tenant_id and v.id = w.vehicle_id";

/// What waits: (what is to be done, the condition).
fn sorts(ctx: &OpContext, reach: &Reach) -> Vec<(&'static str, &'static str, Vec<Sv>)> {
    let mut sorts = Vec::new();
    if ctx.may(Permission::WarningVerify) {
        let me = vec![Sv::from(ctx.account_id.as_str())];
        sorts.push(("warning.verify", "w.assigned_to = ? and w.status = 'assigned'", me));
    }
    if ctx.may(Permission::WarningClose) {
        sorts.push(("warning.decide", "w.status = 'appealed'", Vec::new()));
        sorts.push(("warning.close", "w.status = 'verified'", Vec::new()));
    }
    if ctx.may(Permission::WarningAssign) {
        sorts.push(("warning.assign", "w.status = 'raised'", Vec::new()));
    }
    if !matches!(reach, Reach::City | Reach::Town(_)) {
        sorts.push(("warning.concerns", "w.status <> 'closed'", Vec::new()));
    }
    sorts
}

async fn waiting(
    sql: &mut dyn Sql,
    ctx: &OpContext,
    reach: &Reach,
    words: &Wording,
    now: i64,
) -> Result<Vec<WorkItem>, DbError> {
    let mut items = Vec::new();
    let mut seen = BTreeSet::new();
    for (kind, condition, values) in sorts(ctx, reach) {
        let mut filter = Filter::tenant("w.tenant_id", &ctx.tenant);
        within(reach, ctx, &mut filter);
        filter.and("w.open", []);
        filter.and(condition, values);
        // The gravest first, and among them the latest.
        let mut params = filter.params().to_vec();
        params.push(Sv::Int(MOST));
        let text = format!(
            "{SELECT} {} order by w.severity_rank desc, w.last_at desc, w.id limit ${}",
            filter.conditions(),
            params.len()
        );
        for row in &sql.query(&text, &params).await? {
            let item = item(row, kind, ctx, words, now)?;
            if seen.insert(item.title_id.clone()) {
                items.push(item);
            }
        }
    }
    Ok(items)
}

fn item(row: &Row, kind: &str, ctx: &OpContext, words: &Wording, now: i64) -> Result<WorkItem, DbError> {
    let id: String = row.get("id")?;
    let due: Option<i64> = row.get("due_at")?;
    let mut params = BTreeMap::from([
        ("title".to_owned(), words.title(&row.get::<String>("rule")?, ctx.lang)),
        ("number".to_owned(), row.get("number")?),
        ("org".to_owned(), row.get::<Option<String>>("org_name")?.unwrap_or_default()),
        ("severity".to_owned(), row.get("severity")?),
    ]);
    if let Some(plate) = row.get::<Option<String>>("plate")? {
        params.insert("plate".to_owned(), plate);
    }
    Ok(WorkItem {
        kind: kind.to_owned(),
        link: format!("/warnings/{id}"),
        title_id: id,
        params,
        since: format_instant(row.get("raised_at")?),
        due_at: due.map(format_instant),
        late: due.is_some_and(|due| due < now),
    })
}

async fn changed(
    sql: &mut dyn Sql,
    ctx: &OpContext,
    reach: &Reach,
    words: &Wording,
) -> Result<Vec<Change>, DbError> {
    let mut filter = Filter::tenant("w.tenant_id", &ctx.tenant);
    within(reach, ctx, &mut filter);
    let (text, params) = filter.finish(
        "select w.id, w.number, w.rule, w.status, w.position, j.recorded_at, o.name as org_name from warning w \
         join journal_event j on j.tenant_id = w.tenant_id and j.position = w.position \
         left join org o on o.tenant_id = w.tenant_id and o.id = w.org_id",
        "w.position",
        "w.id",
        true,
        CHANGES - 1,
    );
    let rows = sql.query(&text, &params).await?;
    rows.iter()
        .map(|row| {
            let number: String = row.get("number")?;
            Ok(Change {
                position: row.get("position")?,
                kind: format!("warning.{}", row.get::<String>("status")?),
                subject_type: "warning".to_owned(),
                subject_id: row.get("id")?,
                title: format!("{} {number}", words.title(&row.get::<String>("rule")?, ctx.lang)),
                at: format_instant(row.get("recorded_at")?),
                org: row.get("org_name")?,
            })
        })
        .collect()
}

async fn counts(
    sql: &mut dyn Sql,
    ctx: &OpContext,
    reach: &Reach,
    now: i64,
) -> Result<BTreeMap<String, i64>, DbError> {
    let mut filter = Filter::tenant("w.tenant_id", &ctx.tenant);
    within(reach, ctx, &mut filter);
    filter.and("w.open", []);
    let mut params = filter.params().to_vec();
    params.push(Sv::Int(now));
    let text = format!(
        "select count(*) as open_warnings, \
         cast(coalesce(sum(case when w.severity = 'high' then 1 else 0 end), 0) as bigint) as high_warnings, \
         cast(coalesce(sum(case when w.due_at < ${} then 1 else 0 end), 0) as bigint) as late_warnings \
         from warning w {}",
        params.len(),
        filter.conditions()
    );
    let row = sql.query_one(&text, &params).await?;
    let mut counts = BTreeMap::new();
    for name in ["open_warnings", "high_warnings", "late_warnings"] {
        counts.insert(name.to_owned(), row.get(name)?);
    }
    Ok(counts)
}
