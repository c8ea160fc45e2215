//! From events into the read tables `account` and `delegation`: the only place that writes them, live and when
//! they are rebuilt. An event carries everything that its row needs.

use db::{DbError, StoredEvent, Tx, params};
use serde_json::Value;

/// Event of a new or changed account: the whole row.
pub const ACCOUNT_SAVED: &str = "identity.account_saved";
/// Event of a new or revoked delegation: the whole row.
pub const DELEGATION_SAVED: &str = "identity.delegation_saved";

/// Read tables that [`project`] writes.
pub const TABLES: [&str; 3] = ["account", "delegation", "signing_key"];

/// Writes the row of an event; events of other contexts pass.
///
/// # Errors
/// When the payload lacks what the row needs, or the database refuses.
pub async fn project(tx: &mut Tx, event: &StoredEvent) -> Result<(), DbError> {
    match event.kind.as_str() {
        ACCOUNT_SAVED => account(tx, event).await,
        DELEGATION_SAVED => delegation(tx, event).await,
        super::signing_keys::KEY_SAVED => signing_key(tx, event).await,
        _ => Ok(()),
    }
}

fn text<'e>(event: &'e StoredEvent, field: &str) -> Result<&'e str, DbError> {
    event.payload[field].as_str().ok_or_else(|| missing(event, field))
}

fn number(event: &StoredEvent, field: &str) -> Result<i64, DbError> {
    event.payload[field].as_i64().ok_or_else(|| missing(event, field))
}

fn missing(event: &StoredEvent, field: &str) -> DbError {
    DbError::Inconsistent(format!("event {} ({}): payload lacks {field}", event.position, event.kind))
}

async fn account(tx: &mut Tx, event: &StoredEvent) -> Result<(), DbError> {
    let personal = |field: &str| event.personal.get(field).cloned().flatten();
    let row = params![
        tx.tenant().to_owned(),
        &event.subject_id,
        text(event, "login")?,
        text(event, "person_id")?,
        personal("name"),
        personal("phone"),
        text(event, "org_id")?,
        event.payload["roles"].to_string(),
        text(event, "status")?,
        number(event, "created_at")?,
        event.recorded_at,
        number(event, "version")?
    ];
    tx.exec(
        "insert into account (tenant_id, id, login, person_id, name, phone, org_id, roles, status, created_at, updated_at, version) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) \
         on conflict (tenant_id, id) do update set name = excluded.name, phone = excluded.phone, roles = excluded.roles, \
         status = excluded.status, updated_at = excluded.updated_at, version = excluded.version",
        &row,
    )
    .await
    .map(drop)
}

async fn delegation(tx: &mut Tx, event: &StoredEvent) -> Result<(), DbError> {
    let revoke_reason = match &event.payload["revoke_reason"] {
        Value::String(reason) => Some(reason.as_str()),
        _ => None,
    };
    let row = params![
        tx.tenant().to_owned(),
        &event.subject_id,
        text(event, "agent_org_id")?,
        text(event, "client_org_id")?,
        event.payload["scope"].to_string(),
        text(event, "valid_from")?,
        text(event, "valid_to")?,
        text(event, "status")?,
        text(event, "reason")?,
        revoke_reason,
        text(event, "created_by")?,
        number(event, "created_at")?,
        event.recorded_at,
        number(event, "version")?
    ];
    tx.exec(
        "insert into delegation (tenant_id, id, agent_org_id, client_org_id, scope, valid_from, valid_to, status, reason, \
         revoke_reason, created_by, created_at, updated_at, version) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) \
         on conflict (tenant_id, id) do update set status = excluded.status, revoke_reason = excluded.revoke_reason, \
         updated_at = excluded.updated_at, version = excluded.version",
        &row,
    )
    .await
    .map(drop)
}

async fn signing_key(tx: &mut Tx, event: &StoredEvent) -> Result<(), DbError> {
    tx.exec(
        "insert into signing_key (tenant_id, id, account_id, name, public_key, created_at, status, updated_at) \
         values ($1, $2, $3, $4, $5, $6, $7, $8) \
         on conflict (tenant_id, id) do update set status = excluded.status, updated_at = excluded.updated_at",
        &params![
            tx.tenant().to_owned(),
            &event.subject_id,
            text(event, "account_id")?,
            text(event, "name")?,
            text(event, "public_key")?,
            text(event, "created_at")?,
            text(event, "status")?,
            event.recorded_at
        ],
    )
    .await
    .map(drop)
}
