//! Roadside checks into their tables.

use db::{DbError, StoredEvent, Tx, params};

use super::super::checks::store::Outcome;

/// Writes the rows of an event.
///
/// # Errors
/// When the payload lacks what the row needs, or the database refuses.
pub(in super::super) async fn check(tx: &mut Tx, event: &StoredEvent) -> Result<(), DbError> {
    let p = &event.payload;
    let broken =
        |what: &str| DbError::Inconsistent(format!("event {} ({}): {what}", event.position, event.kind));
    let text = |field: &str| p[field].as_str().ok_or_else(|| broken(&format!("payload lacks {field}")));
    let outcome: Outcome =
        serde_json::from_value(p["outcome"].clone()).map_err(|e| broken(&e.to_string()))?;
    let number = text("checked_no")?;
    let (day, serial) = number.rsplit_once('-').ok_or_else(|| broken("checked_no has no serial"))?;
    let serial: i64 = serial.parse().map_err(|_| broken("checked_no has no serial"))?;
    let place = (!p["place"].is_null()).then(|| p["place"].to_string());
    let value = event.personal.get("value").cloned().flatten();
    let found = p["found"].as_bool().ok_or_else(|| broken("payload lacks found"))?;
    let tenant = tx.tenant().to_owned();
    tx.exec(
        "insert into roadside_check (tenant_id, id, checked_no, at, account_id, org_id, kind, value, purpose, place, \
         found, vehicle_id, outcome, position) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
        &params![
            tenant.as_str(),
            &event.subject_id,
            number,
            event.occurred_at,
            text("account_id")?,
            event.org_id.clone().unwrap_or_default(),
            text("kind")?,
            value,
            text("purpose")?,
            place,
            found,
            outcome.vehicle_id,
            p["outcome"].to_string(),
            event.position
        ],
    )
    .await?;
    tx.exec(
        "insert into check_counter (tenant_id, day, last) values ($1, $2, $3) \
         on conflict (tenant_id, day) do update set last = excluded.last where check_counter.last < excluded.last",
        &params![tenant, day, serial],
    )
    .await
    .map(drop)
}
