//! What the ledger puts on the workbench: containers whose storage term has passed, what changed lately, and
//! the stock in a few numbers.

use std::collections::BTreeMap;
use std::sync::Arc;

use db::{DbError, Row, Sql, Value};
use domain::access::Permission;
use domain::time::format_instant;

use super::model::LOT_FROM;
use crate::kit::workbench::{Change, Part, WorkItem};
use crate::kit::{Filter, Kit, OpContext, Problem, Reach};

/// Most late containers that are shown one by one; the count says how many there are.
const MOST: i64 = 20;
/// Most changes.
const CHANGES: i64 = 12;

/// The caller's part; empty for those who see no stock.
///
/// # Errors
/// 500 when the database cannot answer.
pub async fn workbench(kit: &Arc<Kit>, ctx: &Arc<OpContext>) -> Result<Part, Problem> {
    let Ok(reach) = ctx.require(Permission::StockRead) else { return Ok(Part::default()) };
    let (ctx, now) = (Arc::clone(ctx), kit.clock.now());
    kit.db
        .read(move |s| {
            Box::pin(async move {
                let mut part = Part {
                    waiting: late(s, &ctx, &reach, now).await?,
                    changed: changed(s, &ctx, &reach).await?,
                    counts: counts(s, &ctx, &reach, now).await?,
                    shortcuts: Vec::new(),
                };
                if ctx.may(Permission::GenerationWrite) {
                    part.shortcuts.push("/ledger/generate".to_owned());
                }
                Ok::<_, Problem>(part)
            })
        })
        .await
}

fn within(ctx: &OpContext, reach: &Reach) -> Filter {
    let mut filter = Filter::tenant("l.tenant_id", &ctx.tenant);
    reach.filter(&mut filter, "l.holder_id", "s.town_code");
    filter
}

async fn late(s: &mut dyn Sql, ctx: &OpContext, reach: &Reach, now: i64) -> Result<Vec<WorkItem>, DbError> {
    let mut filter = within(ctx, reach);
    filter.and("l.in_stock = true and l.deadline_at < ?", [Value::Int(now)]);
    let (sql, params) = filter.finish(
        &format!(
            "select l.id, l.name, l.waste_code, l.container_code, l.stored_at, l.deadline_at, o.name as holder {LOT_FROM}"
        ),
        "l.deadline_at",
        "l.id",
        false,
        MOST - 1,
    );
    s.query(&sql, &params).await?.iter().map(|row| item(row, reach)).collect()
}

fn item(row: &Row, reach: &Reach) -> Result<WorkItem, DbError> {
    let id: String = row.get("id")?;
    let deadline: i64 = row.get("deadline_at")?;
    let mut params = BTreeMap::from([("name".to_owned(), row.get("name")?)]);
    if let Some(code) = row.get::<Option<String>>("waste_code")? {
        params.insert("waste_code".to_owned(), code);
    }
    if matches!(reach, Reach::City | Reach::Town(_)) {
        params.insert("holder".to_owned(), row.get("holder")?);
    }
    Ok(WorkItem {
        kind: "lot_late".to_owned(),
        link: format!("/lots/{id}"),
        title_id: id,
        params,
        since: format_instant(row.get::<Option<i64>>("stored_at")?.unwrap_or(deadline)),
        due_at: Some(format_instant(deadline)),
        late: true,
    })
}

async fn changed(s: &mut dyn Sql, ctx: &OpContext, reach: &Reach) -> Result<Vec<Change>, DbError> {
    // One event may touch hundreds of lots: take the newest rows first, then one of each event.
    let sql = format!(
        "select e.position, e.kind, e.recorded_at, l.id, l.name, l.container_code, o.name as holder \
         from lot_event e join lot l on l.tenant_id = e.tenant_id and l.id = e.lot_id and l.kind = 'waste' \
         {}",
        LOT_FROM.trim_start_matches("from lot l").trim_start()
    );
    let (sql, params) = within(ctx, reach).finish(&sql, "e.position", "l.id", true, 600);
    let mut changes: Vec<Change> = Vec::new();
    for row in s.query(&sql, &params).await? {
        let position: i64 = row.get("position")?;
        if changes.last().is_some_and(|c| c.position == position) {
            continue;
        }
        if i64::try_from(changes.len()).unwrap_or(i64::MAX) >= CHANGES {
            break;
        }
        let code: Option<String> = row.get("container_code")?;
        changes.push(Change {
            position,
            kind: row.get("kind")?,
            subject_type: "lot".to_owned(),
            subject_id: row.get("id")?,
            title: code.map_or_else(|| row.get("name"), Ok)?,
            at: format_instant(row.get("recorded_at")?),
            org: Some(row.get("holder")?),
        });
    }
    Ok(changes)
}

async fn counts(
    s: &mut dyn Sql,
    ctx: &OpContext,
    reach: &Reach,
    now: i64,
) -> Result<BTreeMap<String, i64>, DbError> {
    let mut filter = within(ctx, reach);
    filter.and("l.in_stock = true", []);
    let mut params = filter.params().to_vec();
    params.push(Value::Int(now));
    let sql = format!(
        "select count(*) as containers, cast(coalesce(sum(l.remaining_g), 0) as bigint) as stock_g, \
         cast(coalesce(sum(case when l.deadline_at < ${} then 1 else 0 end), 0) as bigint) as late_lots \
         from lot l join site s on s.tenant_id = l.tenant_id and s.id = l.site_id {}",
        params.len(),
        filter.conditions()
    );
    let row = s.query_one(&sql, &params).await?;
    let mut counts = BTreeMap::new();
    for name in ["stock_g", "containers", "late_lots"] {
        counts.insert(name.to_owned(), row.get(name)?);
    }
    Ok(counts)
}
