//! What the transfer context puts on the workbench: documents that wait for the caller's organisation and what
//! the caller may do about them, those that are late, what changed, counts.

use std::collections::BTreeMap;
use std::sync::Arc;

use db::{DbError, Row, Sql, Value as Sv};
use domain::access::Permission;
use domain::manifest::Step;
use domain::time::format_instant;

use super::{list, show};
use crate::kit::workbench::{Change, Part, WorkItem};
use crate::kit::{Filter, Kit, OpContext, Problem, Reach};

/// Most rows that a part brings; the page sorts and cuts over all contexts.
const MOST: i64 = 50;
/// Most changes.
const CHANGES: i64 = 12;

/// The caller's part; empty for those who see no manifests.
///
/// # Errors
/// 500 when the database cannot answer.
pub async fn workbench(kit: &Arc<Kit>, ctx: &Arc<OpContext>) -> Result<Part, Problem> {
    let Ok(reach) = ctx.require(Permission::ManifestRead) else { return Ok(Part::default()) };
    let now = kit.clock.now();
    let ctx = Arc::clone(ctx);
    kit.db
        .read(move |sql| {
            Box::pin(async move {
                let mut part = Part { waiting: waiting(sql, &ctx, &reach, now).await?, ..Part::default() };
                part.changed = changed(sql, &ctx, &reach).await?;
                part.counts = counts(sql, &ctx, &reach, now).await?;
                if ctx.may(Permission::ManifestDraft) {
                    part.shortcuts.push("/manifests/new".to_owned());
                }
                Ok::<_, Problem>(part)
            })
        })
        .await
}

/// The permission that the next step needs of the caller.
fn permission(step: Step) -> Permission {
    match step {
        // A draft waits for whoever may finish it, signed or not.
        Step::Consignor => Permission::ManifestDraft,
        Step::Carrier | Step::Handover => Permission::ManifestSignCarrier,
        Step::Arrival => Permission::ManifestArrive,
        Step::Receiver => Permission::ManifestReceiverWrite,
        Step::Return => Permission::ManifestReturn,
        Step::Void => Permission::ManifestVoid,
    }
}

async fn waiting(
    sql: &mut dyn Sql,
    ctx: &OpContext,
    reach: &Reach,
    now: i64,
) -> Result<Vec<WorkItem>, DbError> {
    let mut filter = Filter::tenant("m.tenant_id", &ctx.tenant);
    list::within(reach, &mut filter);
    if matches!(reach, Reach::City | Reach::Town(_)) {
        // For officials only what is past a statutory time waits: they watch, they do not sign.
        filter.and("m.status = 'arrived' and m.due_at < ?", [Sv::Int(now)]);
    } else {
        filter.and("m.next_org_id = ?", [Sv::from(ctx.acting_org())]);
    }
    let (text, params) = filter.finish(
        "select m.id, m.internal_number, m.number, m.consignor_name, m.receiver_name, m.carrier_name, \
         m.updated_at, m.due_at, m.next_step, m.mass_g from manifest m",
        "coalesce(m.due_at, 9223372036854775807)",
        "m.id",
        false,
        MOST,
    );
    let rows = sql.query(&text, &params).await?;
    let mut items = Vec::new();
    for row in &rows {
        let Some(step) = row.get::<Option<String>>("next_step")?.and_then(|word| Step::parse(&word)) else {
            continue;
        };
        let official = matches!(reach, Reach::City | Reach::Town(_));
        if official || ctx.may(permission(step)) {
            items.push(item(row, step, official, now)?);
        }
    }
    Ok(items)
}

fn item(row: &Row, step: Step, official: bool, now: i64) -> Result<WorkItem, DbError> {
    let id: String = row.get("id")?;
    let number: Option<String> = row.get("number")?;
    let due: Option<i64> = row.get("due_at")?;
    let internal: String = row.get("internal_number")?;
    let mass: i64 = row.get("mass_g")?;
    let params = [
        ("number", number.unwrap_or(internal)),
        ("consignor", row.get("consignor_name")?),
        ("receiver", row.get("receiver_name")?),
        ("carrier", row.get("carrier_name")?),
        ("mass_t", domain::Grams(mass).to_tonnes()),
    ];
    let action = if official { "late" } else { show::action(step) };
    Ok(WorkItem {
        kind: format!("manifest.{action}"),
        title_id: id.clone(),
        params: params.into_iter().map(|(key, value)| (key.to_owned(), value)).collect(),
        link: format!("/manifests/{id}"),
        since: format_instant(row.get("updated_at")?),
        due_at: due.map(format_instant),
        late: due.is_some_and(|due| due < now),
    })
}

async fn changed(sql: &mut dyn Sql, ctx: &OpContext, reach: &Reach) -> Result<Vec<Change>, DbError> {
    let mut filter = Filter::tenant("m.tenant_id", &ctx.tenant);
    list::within(reach, &mut filter);
    let (text, params) = filter.finish(
        "select m.id, m.internal_number, m.number, m.status, m.updated_at, m.position, m.consignor_name \
         from manifest m",
        "m.updated_at",
        "m.id",
        true,
        CHANGES - 1,
    );
    let rows = sql.query(&text, &params).await?;
    rows.iter()
        .map(|row| {
            let number: Option<String> = row.get("number")?;
            let internal: String = row.get("internal_number")?;
            Ok(Change {
                position: row.get("position")?,
                kind: format!("manifest.{}", row.get::<String>("status")?),
                subject_type: super::project::SUBJECT.to_owned(),
                subject_id: row.get("id")?,
                title: number.unwrap_or(internal),
                at: format_instant(row.get("updated_at")?),
                org: Some(row.get("consignor_name")?),
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
    let mut counts = BTreeMap::new();
    let conditions: [(&str, &str, Option<i64>); 4] = [
        ("open_manifests", "m.status in ('awaiting_carrier', 'in_transit', 'arrived')", None),
        ("in_transit", "m.status = 'in_transit'", None),
        ("to_return", "m.status in ('refused', 'partially_refused')", None),
        ("late_manifests", "coalesce(m.due_at, 9223372036854775807) < ?", Some(now)),
    ];
    for (name, condition, value) in conditions {
        let mut filter = Filter::tenant("m.tenant_id", &ctx.tenant);
        list::within(reach, &mut filter);
        filter.and(condition, value.map(Sv::Int));
        let text = format!("select count(*) as n from manifest m {}", filter.conditions());
        counts.insert(name.to_owned(), sql.query_one(&text, filter.params()).await?.get("n")?);
    }
    Ok(counts)
}
