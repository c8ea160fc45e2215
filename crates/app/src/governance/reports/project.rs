//! Reports that were made, into their table; the only place that changes it. Called live in the command's transaction
//! and again when `wufei verify --rebuild` replays the journal.

use db::{DbError, StoredEvent, Tx, params};

/// A report was made.
pub(super) const MADE: &str = "report.made";
/// Subject of the events.
pub(super) const SUBJECT: &str = "report";

/// Tables that this part's events fill, for the comparison after a rebuild.
pub const TABLES: &[&str] = &["report"];

/// Applies an event; others are left alone.
///
/// # Errors
/// When the payload lacks what the row needs, or the database refuses.
pub async fn project(tx: &mut Tx, event: &StoredEvent) -> Result<(), DbError> {
    if event.kind != MADE {
        return Ok(());
    }
    let p = &event.payload;
    let lacks = |field: &str| {
        DbError::Inconsistent(format!("event {} ({}): payload lacks {field}", event.position, event.kind))
    };
    let text = |field: &str| p[field].as_str().map(str::to_owned).ok_or_else(|| lacks(field));
    let number = |field: &str| p[field].as_i64().ok_or_else(|| lacks(field));
    let org = event.org_id.clone().ok_or_else(|| lacks("org_id"))?;
    let title = p["document"]["title"].as_str().ok_or_else(|| lacks("document"))?;
    tx.exec(
        "insert into report (tenant_id, id, template, template_version, org_id, year, as_of, lang, title, content_hash, \
         account_id, made_at, position, texts, document) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
        &params![
            tx.tenant().to_owned(),
            &event.subject_id,
            text("template")?,
            text("template_version")?,
            org,
            number("year")?,
            number("as_of")?,
            text("lang")?,
            title,
            text("content_hash")?,
            &event.actor_id,
            event.recorded_at,
            event.position,
            p["texts"].to_string(),
            p["document"].to_string()
        ],
    )
    .await
    .map(drop)
}
