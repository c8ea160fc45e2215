//! Which record names which picture.

use db::{DbError, Tx, params};

/// Notes which record names a picture. Called by other projectors.
pub(in super::super) async fn used(
    tx: &mut Tx,
    photos: &[String],
    subject_type: &str,
    subject_id: &str,
) -> Result<(), DbError> {
    for name in photos {
        tx.exec(
            "insert into photo_use (tenant_id, sha256, subject_type, subject_id) values ($1, $2, $3, $4) \
             on conflict (tenant_id, sha256, subject_type, subject_id) do nothing",
            &params![tx.tenant().to_owned(), name.as_str(), subject_type, subject_id],
        )
        .await?;
    }
    Ok(())
}
