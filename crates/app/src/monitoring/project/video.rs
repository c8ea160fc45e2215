//! Video events into their table.

use db::{DbError, StoredEvent, Tx, params};

use super::super::video::{DECIDED, SUBJECT};
use super::photos;

/// Writes the row of an event.
///
/// # Errors
/// When the payload lacks what the row needs, or the database refuses.
pub(in super::super) async fn video_event(tx: &mut Tx, event: &StoredEvent) -> Result<(), DbError> {
    let p = &event.payload;
    let lacks = |field: &str| {
        DbError::Inconsistent(format!("event {} ({}): payload lacks {field}", event.position, event.kind))
    };
    let text = |field: &str| p[field].as_str().ok_or_else(|| lacks(field));
    let tenant = tx.tenant().to_owned();
    if event.kind == DECIDED {
        let status = if p["confirmed"].as_bool().ok_or_else(|| lacks("confirmed"))? {
            "confirmed"
        } else {
            "rejected"
        };
        return tx
            .exec(
                "update video_event set status = $3, note = $4, decided_at = $5, decided_by = $6, position = $7 \
                 where tenant_id = $1 and id = $2",
                &params![
                    tenant,
                    &event.subject_id,
                    status,
                    text("note")?,
                    event.recorded_at,
                    text("account_id")?,
                    event.position
                ],
            )
            .await
            .map(drop);
    }
    let snapshot = p["snapshot"].as_str().map(str::to_owned);
    tx.exec(
        "insert into video_event (tenant_id, id, camera_id, site_id, org_id, town, external_id, kind, at, \
         confidence_permille, snapshot, status, reported_at, account_id, note, position) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'pending', $12, $13, '', $14)",
        &params![
            tenant,
            &event.subject_id,
            text("camera_id")?,
            text("site_id")?,
            event.org_id.clone().unwrap_or_default(),
            text("town")?,
            text("external_id")?,
            text("kind")?,
            event.occurred_at,
            p["confidence_permille"].as_i64().ok_or_else(|| lacks("confidence_permille"))?,
            snapshot.clone(),
            event.recorded_at,
            text("account_id")?,
            event.position
        ],
    )
    .await?;
    let names: Vec<String> = snapshot.into_iter().collect();
    photos::used(tx, &names, SUBJECT, &event.subject_id).await
}
