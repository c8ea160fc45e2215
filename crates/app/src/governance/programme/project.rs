//! Events of the programme into their read tables; the only place that changes them, live and in a rebuild.

use db::{DbError, StoredEvent, Tx, params};
use domain::programme::Item;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::SUBJECT;
use super::store::Reported;
use crate::governance::evidence::project::used;
use crate::kit::work::Fact;
use crate::kit::{Problem, Work};

/// An item was saved.
pub(super) const SAVED: &str = "programme.saved";
/// Progress was reported.
pub(super) const REPORTED: &str = "programme.reported";

/// What the journal keeps of a saved item.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Saved {
    /// Version, counted from one.
    pub version: i64,
    /// The item.
    pub item: Item,
}

/// Appends an event about an item and projects it.
///
/// # Errors
/// 500 when the database refuses.
pub(super) async fn emit<T: Serialize>(
    work: &mut Work<'_>,
    kind: &'static str,
    id: &str,
    org: &str,
    occurred_at: i64,
    payload: &T,
) -> Result<(), Problem> {
    let payload = serde_json::to_value(payload).map_err(|error| {
        tracing::error!(%error, "an event of the programme cannot be written as JSON");
        Problem::internal()
    })?;
    let mut fact = Fact::new(kind, SUBJECT, id, work.now, payload);
    if !org.is_empty() {
        fact = fact.of_org(org);
    }
    fact.occurred_at = occurred_at.min(work.now);
    let event = work.append(fact).await?;
    Ok(project(work.tx, &event).await?)
}

/// Writes the rows of an event.
///
/// # Errors
/// When the event cannot be read, or the database refuses.
pub async fn project(tx: &mut Tx, event: &StoredEvent) -> Result<(), DbError> {
    match event.kind.as_str() {
        SAVED => saved(tx, event, read(event)?).await,
        REPORTED => reported(tx, event, read(event)?).await,
        other => Err(DbError::Inconsistent(format!("event {} has the unknown kind {other}", event.position))),
    }
}

fn read<T: serde::de::DeserializeOwned>(event: &StoredEvent) -> Result<T, DbError> {
    serde_json::from_value::<T>(Value::clone(&event.payload))
        .map_err(|e| DbError::Inconsistent(format!("event {} ({}): {e}", event.position, event.kind)))
}

fn json<T: Serialize>(value: &T) -> Result<String, DbError> {
    serde_json::to_string(value).map_err(|e| DbError::Inconsistent(e.to_string()))
}

const UPSERT: &str = "insert into programme_item (tenant_id, id, version, list, code, clause, all_towns, withdrawn, due_on, \
     indicator, words, document, created_at, updated_at, position) \
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $13, $14) \
     on conflict (tenant_id, id) do update set version = excluded.version, list = excluded.list, code = excluded.code, \
     clause = excluded.clause, all_towns = excluded.all_towns, withdrawn = excluded.withdrawn, due_on = excluded.due_on, \
     indicator = excluded.indicator, words = excluded.words, document = excluded.document, \
     updated_at = excluded.updated_at, position = excluded.position";

async fn saved(tx: &mut Tx, event: &StoredEvent, saved: Saved) -> Result<(), DbError> {
    let tenant = tx.tenant().to_owned();
    let (id, item) = (event.subject_id.as_str(), &saved.item);
    let words = [&item.code, &item.title.zh, &item.title.en, &item.detail.zh, &item.detail.en];
    let words = words.map(|w| w.to_lowercase()).join("\n");
    tx.exec(
        UPSERT,
        &params![
            tenant.as_str(),
            id,
            saved.version,
            item.list.as_str(),
            item.code.as_str(),
            item.clause.as_str(),
            item.all_towns,
            item.withdrawn.is_some(),
            item.due_on.map(|d| d.to_string()),
            item.indicator.clone(),
            words,
            json(item)?,
            event.recorded_at,
            event.position
        ],
    )
    .await?;
    for table in ["programme_unit", "programme_town"] {
        tx.exec(
            &format!("delete from {table} where tenant_id = $1 and item_id = $2"),
            &params![tenant.as_str(), id],
        )
        .await?;
    }
    let lead = item.lead.iter().map(|org| (org, "lead"));
    for (org, part) in lead.chain(item.joint.iter().map(|org| (org, "joint"))) {
        tx.exec(
            "insert into programme_unit (tenant_id, item_id, org_id, part) values ($1, $2, $3, $4) \
             on conflict (tenant_id, item_id, org_id) do nothing",
            &params![tenant.as_str(), id, org.as_str(), part],
        )
        .await?;
    }
    for town in &item.towns {
        tx.exec(
            "insert into programme_town (tenant_id, item_id, town) values ($1, $2, $3) \
             on conflict (tenant_id, item_id, town) do nothing",
            &params![tenant.as_str(), id, town.as_str()],
        )
        .await?;
    }
    Ok(())
}

async fn reported(tx: &mut Tx, event: &StoredEvent, reported: Reported) -> Result<(), DbError> {
    let tenant = tx.tenant().to_owned();
    let id = event.subject_id.as_str();
    let text = json(&reported)?;
    if let Some(town) = &reported.report.town {
        tx.exec(
            "insert into programme_town_report (tenant_id, item_id, town, report, reported_at, position) \
             values ($1, $2, $3, $4, $5, $6) on conflict (tenant_id, item_id, town) do update set \
             report = excluded.report, reported_at = excluded.reported_at, position = excluded.position",
            &params![tenant.as_str(), id, town.as_str(), text, event.recorded_at, event.position],
        )
        .await?;
    } else {
        tx.exec(
            "update programme_item set report = $3, reported_at = $4, updated_at = $4, position = $5 \
             where tenant_id = $1 and id = $2",
            &params![tenant.as_str(), id, text, event.recorded_at, event.position],
        )
        .await?;
    }
    used(tx, &reported.report.evidence, SUBJECT, id).await
}
