//! Attachments: photos, scans, weighbridge slips, named by the SHA-256 of their content. They are rows on both
//! engines, not files: the row is written in the same transaction as the event that names it, one backup holds
//! everything, and no path is ever made from input. Content is never changed; a read checks the hash.

use sha2::{Digest, Sha256};

use crate::journal::to_hex;
use crate::{Db, DbError, Sql, Tx, params};

const INSERT: &str = "insert into attachment (tenant_id, sha256, size, content, created_at) \
     values ($1, $2, $3, $4, $5) on conflict (tenant_id, sha256) do nothing";

/// SHA-256 in hex.
pub(crate) fn name_of(content: &[u8]) -> String {
    to_hex(&Sha256::digest(content))
}

fn check_size(content: &[u8], limit: usize) -> Result<(), DbError> {
    if content.is_empty() {
        return Err(DbError::Invalid("the attachment is empty".to_owned()));
    }
    if content.len() > limit {
        return Err(DbError::Invalid(format!(
            "the attachment has {} bytes; {limit} are allowed",
            content.len()
        )));
    }
    Ok(())
}

impl Tx {
    /// Stores content in this transaction and answers its SHA-256 in hex. Prefer [`Db::put_attachment`] for
    /// large content: it hashes outside the writer.
    pub async fn put_attachment(
        &mut self,
        content: Vec<u8>,
        limit: usize,
        now: i64,
    ) -> Result<String, DbError> {
        check_size(&content, limit)?;
        let hash = name_of(&content);
        let size = content.len() as i64;
        self.exec(INSERT, &params![self.tenant(), &hash, size, content, now]).await?;
        Ok(hash)
    }
}

/// The content named `sha256`; `None` if there is none.
pub async fn attachment(sql: &mut dyn Sql, tenant: &str, sha256: &str) -> Result<Option<Vec<u8>>, DbError> {
    let text = "select content from attachment where tenant_id = $1 and sha256 = $2";
    let Some(row) = sql.query_opt(text, &params![tenant, sha256]).await? else { return Ok(None) };
    let content: Vec<u8> = row.get("content")?;
    if name_of(&content) == sha256 {
        Ok(Some(content))
    } else {
        Err(DbError::Inconsistent(format!("attachment {sha256}: the content has another hash")))
    }
}

impl Db {
    /// Stores content and answers its SHA-256 in hex; the same content is stored once. `limit` in bytes.
    pub async fn put_attachment(
        &self,
        tenant: &str,
        content: Vec<u8>,
        limit: usize,
        now: i64,
    ) -> Result<String, DbError> {
        check_size(&content, limit)?;
        let hash = name_of(&content);
        let answer = hash.clone();
        self.write(tenant, move |tx| {
            Box::pin(async move {
                let size = content.len() as i64;
                tx.exec(INSERT, &params![tx.tenant(), hash, size, content, now]).await
            })
        })
        .await
        .map(|_: u64| answer)
    }

    /// The content named `sha256`, its hash checked; `None` if there is none.
    pub async fn attachment(&self, tenant: &str, sha256: &str) -> Result<Option<Vec<u8>>, DbError> {
        let (tenant, sha256) = (tenant.to_owned(), sha256.to_owned());
        self.read(move |s| Box::pin(async move { attachment(s, &tenant, &sha256).await })).await
    }
}
