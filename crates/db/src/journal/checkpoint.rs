//! Checkpoints: from time to time the head is signed and kept, and given to others. What a checkpoint covers
//! cannot be changed afterwards without being found.

use std::io::Write;
use std::path::Path;

use ed25519_dalek::pkcs8::{DecodePrivateKey, EncodePrivateKey, spki::der::pem::LineEnding};
use ed25519_dalek::{Signer, SigningKey};

use super::note::{NoteKey, good_name, sign_checkpoint};
use super::{Hash, head};
use crate::{Db, DbError, Row, Sql, params};

/// A signed head as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Number of events it covers.
    pub size: i64,
    /// Root of their tree.
    pub root: Hash,
    /// The signed note: origin, size, base64 root, signature.
    pub note: String,
    /// When it was made, UTC µs.
    pub created_at: i64,
}

/// The key that signs checkpoints of all tenants; each tenant's log has the origin `NAME/TENANT`.
#[derive(Clone)]
pub struct CheckpointSigner {
    name: String,
    key: SigningKey,
}

impl std::fmt::Debug for CheckpointSigner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CheckpointSigner").field("name", &self.name).finish_non_exhaustive()
    }
}

impl CheckpointSigner {
    /// A signer from a secret seed.
    pub fn from_seed(name: &str, seed: &[u8; 32]) -> Result<Self, DbError> {
        if !good_name(name) {
            return Err(DbError::Config(format!("the log name {name:?} must have no spaces and no plus")));
        }
        Ok(Self { name: name.to_owned(), key: SigningKey::from_bytes(seed) })
    }

    /// The signer whose key is in `path` (PKCS #8 PEM); a missing file is created with a new key, readable by
    /// the owner only.
    pub fn open_or_create(name: &str, path: &Path) -> Result<Self, DbError> {
        let wrong = |e: &dyn std::fmt::Display| DbError::Config(format!("key file {}: {e}", path.display()));
        match std::fs::read_to_string(path) {
            Ok(pem) => {
                let key = SigningKey::from_pkcs8_pem(&pem).map_err(|e| wrong(&e))?;
                Self::from_seed(name, &key.to_bytes())
            }
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
                let signer = Self::from_seed(name, &new_seed().map_err(|e| wrong(&e))?)?;
                let pem = signer.key.to_pkcs8_pem(LineEnding::LF).map_err(|e| wrong(&e))?;
                let mut options = std::fs::OpenOptions::new();
                options.write(true).create_new(true);
                #[cfg(unix)]
                std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
                let mut file = options.open(path).map_err(|e| wrong(&e))?;
                file.write_all(pem.as_bytes()).and_then(|()| file.sync_all()).map_err(|e| wrong(&e))?;
                Ok(signer)
            }
            Err(e) => Err(wrong(&e)),
        }
    }

    /// Name of the tenant's log.
    pub fn origin(&self, tenant: &str) -> String {
        format!("{}/{tenant}", self.name)
    }

    /// Signs a text that is no checkpoint (a printed document's attestation). The text must begin with a word
    /// of its own, so that it can never be read as a checkpoint, whose first line is the log's name.
    pub fn sign_text(&self, text: &str) -> [u8; 64] {
        self.key.sign(text.as_bytes()).to_bytes()
    }

    /// The public key for auditors of the tenant's log.
    pub fn verifier(&self, tenant: &str) -> NoteKey {
        NoteKey::new(self.origin(tenant), self.key.verifying_key())
    }
}

#[expect(clippy::disallowed_methods, reason = "a key must be unpredictable")]
fn new_seed() -> Result<[u8; 32], getrandom::Error> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed)?;
    Ok(seed)
}

/// The tenant in an origin `NAME/TENANT`.
pub(crate) fn tenant_of(origin: &str) -> &str {
    origin.rsplit_once('/').map_or(origin, |(_, tenant)| tenant)
}

fn from_row(row: &Row) -> Result<Checkpoint, DbError> {
    Ok(Checkpoint {
        size: row.get("size")?,
        root: row.get("root")?,
        note: row.get("note")?,
        created_at: row.get("created_at")?,
    })
}

/// The newest checkpoints first, at most `limit`.
pub(crate) async fn latest(sql: &mut dyn Sql, tenant: &str, limit: i64) -> Result<Vec<Checkpoint>, DbError> {
    let text = "select size, root, note, created_at from checkpoint where tenant_id = $1 order by size desc limit $2";
    sql.query(text, &params![tenant, limit]).await?.iter().map(from_row).collect()
}

/// Checkpoints above size `after` in order, at most `limit`.
pub(crate) async fn ascending(
    sql: &mut dyn Sql,
    tenant: &str,
    after: i64,
    limit: i64,
) -> Result<Vec<Checkpoint>, DbError> {
    let text = "select size, root, note, created_at from checkpoint where tenant_id = $1 and size > $2 \
         order by size limit $3";
    sql.query(text, &params![tenant, after, limit]).await?.iter().map(from_row).collect()
}

impl Db {
    /// Signs and stores the head if it has moved since the last checkpoint; `None` if it has not.
    pub async fn checkpoint(
        &self,
        tenant: &str,
        signer: &CheckpointSigner,
        now: i64,
    ) -> Result<Option<Checkpoint>, DbError> {
        let name = tenant.to_owned();
        let (size, last) = self
            .read(move |s| {
                Box::pin(async move {
                    let (size, _) = head(s, &name).await?;
                    Ok::<_, DbError>((size, latest(s, &name, 1).await?.first().map_or(0, |c| c.size)))
                })
            })
            .await?;
        if size == last {
            return Ok(None);
        }
        if !good_name(tenant) || tenant.contains('/') {
            return Err(DbError::Invalid(format!("the tenant id {tenant:?} cannot stand in a checkpoint")));
        }
        let signer = signer.clone();
        self.write(tenant, move |tx| {
            Box::pin(async move {
                let tenant = tx.tenant().to_owned();
                let (size, root) = tx.head().await?;
                let note = sign_checkpoint(&signer.origin(&tenant), size, &root, &signer.key);
                let sql = "insert into checkpoint (tenant_id, size, root, note, created_at) \
                     values ($1, $2, $3, $4, $5) on conflict (tenant_id, size) do nothing";
                let new = tx.exec(sql, &params![&tenant, size, root, &note, now]).await?;
                Ok((new > 0).then_some(Checkpoint { size, root, note, created_at: now }))
            })
        })
        .await
    }

    /// The newest checkpoints first, at most `limit`.
    pub async fn checkpoints(&self, tenant: &str, limit: i64) -> Result<Vec<Checkpoint>, DbError> {
        let tenant = tenant.to_owned();
        self.read(move |s| Box::pin(async move { latest(s, &tenant, limit.clamp(0, 1000)).await })).await
    }
}
