//! Reports from the road into their table.

use db::{DbError, StoredEvent, Tx, params};

use super::photos;

/// Writes the row of an event.
///
/// # Errors
/// When the payload lacks what the row needs, or the database refuses.
pub(in super::super) async fn report(tx: &mut Tx, event: &StoredEvent) -> Result<(), DbError> {
    let p = &event.payload;
    let text = |field: &str| {
        p[field].as_str().ok_or_else(|| {
            DbError::Inconsistent(format!("event {} ({}): payload lacks {field}", event.position, event.kind))
        })
    };
    let names: Vec<String> = serde_json::from_value(p["photos"].clone()).unwrap_or_default();
    let manifest = text("manifest_id")?;
    let place = (!p["place"].is_null()).then(|| p["place"].to_string());
    tx.exec(
        "insert into trip_report (tenant_id, id, manifest_id, kind, note, photos, place, account_id, occurred_at, \
         recorded_at, position) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        &params![
            tx.tenant().to_owned(),
            &event.subject_id,
            manifest,
            text("kind")?,
            text("note")?,
            p["photos"].to_string(),
            place,
            text("account_id")?,
            event.occurred_at,
            event.recorded_at,
            event.position
        ],
    )
    .await?;
    photos::used(tx, &names, "manifest", manifest).await
}
