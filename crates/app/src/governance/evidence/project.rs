//! Which record names which file; called by the projectors of records.

use db::{DbError, Tx, params};
use domain::programme::Evidence;

/// Notes which record names a file.
///
/// # Errors
/// When the database refuses.
pub async fn used(
    tx: &mut Tx,
    files: &[Evidence],
    subject_type: &str,
    subject_id: &str,
) -> Result<(), DbError> {
    for file in files {
        tx.exec(
            "insert into evidence_use (tenant_id, sha256, subject_type, subject_id, name) values ($1, $2, $3, $4, $5) \
             on conflict (tenant_id, sha256, subject_type, subject_id) do nothing",
            &params![
                tx.tenant().to_owned(),
                file.sha256.as_str(),
                subject_type,
                subject_id,
                file.name.as_str()
            ],
        )
        .await?;
    }
    Ok(())
}
