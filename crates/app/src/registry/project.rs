//! Events of the registers into their read tables; the only place that changes them. Called live in the
//! command's transaction and again, event by event, when `wufei verify --rebuild` replays the journal, so it
//! may use nothing but the event.

use db::{DbError, StoredEvent, Tx, Value as Sv};
use serde_json::{Value, json};

use super::check::RowMap;
use super::entity::Entity;
use super::{filing, store};
use crate::kit::work::Fact;
use crate::kit::{Problem, Work};

/// A row was created or changed.
pub const SAVED: &str = "registry.saved";
/// The personal data of a row was erased.
pub const ERASED: &str = "registry.personal_erased";

/// Tables that this context's events fill, for the comparison after a rebuild.
pub const TABLES: &[&str] = &[
    "org", "site", "facility", "licence", "vehicle", "crew", "plan", "approval", "device", "zone", "camera",
];

/// Applies an event; others are left alone.
///
/// # Errors
/// When the database refuses or the event does not hold what it must.
pub async fn project(tx: &mut Tx, event: &StoredEvent) -> Result<(), DbError> {
    if event.kind != SAVED && event.kind != ERASED {
        return Ok(());
    }
    let payload = &event.payload;
    let broken =
        |what: &str| DbError::Inconsistent(format!("event {} ({}): {what}", event.position, event.kind));
    let entity = payload["entity"].as_str().and_then(Entity::of).ok_or_else(|| broken("unknown register"))?;
    let version = payload["version"].as_i64().ok_or_else(|| broken("no version"))?;
    if event.kind == ERASED {
        return store::forget(tx, entity, &event.subject_id, version, event.recorded_at).await;
    }
    let row = payload["row"].as_object().ok_or_else(|| broken("no row"))?;
    let status = payload["status"].as_str().ok_or_else(|| broken("no status"))?;
    store::upsert(tx, entity, &event.subject_id, version, status, event.recorded_at, |field| {
        if field.personal {
            event.personal.get(field.key).cloned().flatten().map_or(Sv::Null, Sv::Text)
        } else {
            store::parameter(field, filing::projected(field, row))
        }
    })
    .await
}

/// What a saved row says in the journal.
pub struct Saved<'a> {
    /// Register.
    pub entity: &'static Entity,
    /// Row id.
    pub id: &'a str,
    /// Its new version.
    pub version: i64,
    /// `active` or `inactive`.
    pub status: &'a str,
    /// `created`, `updated`, `imported`, `deactivated`, `activated`.
    pub op: &'static str,
    /// Why, for a deactivation.
    pub reason: Option<&'a str>,
    /// Owning organisation.
    pub org_id: &'a str,
    /// All fields.
    pub row: &'a RowMap,
}

/// Appends and projects a saved row.
///
/// # Errors
/// 500 when the database refuses.
pub async fn emit_saved(work: &mut Work<'_>, saved: Saved<'_>) -> Result<(), Problem> {
    let mut row = RowMap::new();
    let mut personal = Vec::new();
    for field in saved.entity.fields {
        match saved.row.get(field.key) {
            None | Some(Value::Null) => {}
            Some(Value::String(text)) if field.personal => {
                personal.push((field.key.to_owned(), text.clone()));
            }
            Some(value) => {
                row.insert(field.key.to_owned(), value.clone());
            }
        }
    }
    let mut payload = json!({
        "entity": saved.entity.key, "id": saved.id, "version": saved.version,
        "status": saved.status, "op": saved.op, "row": row,
    });
    if let Some(reason) = saved.reason {
        payload["reason"] = reason.into();
    }
    let fact = Fact {
        personal,
        ..Fact::new(SAVED, saved.entity.table, saved.id, work.now, payload).of_org(saved.org_id)
    };
    let event = work.append(fact).await?;
    project(work.tx, &event).await?;
    Ok(())
}

/// Erases the personal data of a row from all its events, then says so in the journal.
///
/// # Errors
/// 500 when the database refuses.
pub async fn emit_erased(
    work: &mut Work<'_>,
    entity: &'static Entity,
    id: &str,
    version: i64,
    org_id: &str,
    reason: &str,
) -> Result<u64, Problem> {
    let tenant = work.tenant().to_owned();
    let mut erased = 0;
    for position in store::positions(work.tx, &tenant, entity, id).await? {
        erased += work.tx.erase_personal(position, &[], work.now).await?;
    }
    let payload = json!({"entity": entity.key, "id": id, "version": version, "reason": reason});
    let event = work.append(Fact::new(ERASED, entity.table, id, work.now, payload).of_org(org_id)).await?;
    project(work.tx, &event).await?;
    Ok(erased)
}
