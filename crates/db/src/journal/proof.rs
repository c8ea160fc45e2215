//! Proofs from the stored journal: at most two blocks of 256 leaf hashes and one hash per complete block are
//! read, so a proof over millions of events stays cheap and nothing large stays in memory.

use serde::{Deserialize, Serialize};

use super::merkle::{self, BLOCK, Hash, Nodes};
use crate::{Db, DbError, Sql, params};

/// Shows that an event is in the journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InclusionProof {
    /// The event's position.
    pub position: i64,
    /// The size of the tree the proof is for.
    pub size: i64,
    /// The event's leaf hash.
    pub leaf: Hash,
    /// The root of that tree.
    pub root: Hash,
    /// Sibling hashes from the leaf upwards.
    pub path: Vec<Hash>,
}

impl InclusionProof {
    /// Whether it holds.
    pub fn verify(&self) -> bool {
        merkle::verify_inclusion(&self.leaf, self.position, self.size, &self.path, &self.root)
    }
}

/// Shows that a journal only grew.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsistencyProof {
    /// Size of the older tree.
    pub from: i64,
    /// Size of the newer tree.
    pub to: i64,
    /// Root of the older tree.
    pub from_root: Hash,
    /// Root of the newer tree.
    pub to_root: Hash,
    /// The proof's hashes.
    pub path: Vec<Hash>,
}

impl ConsistencyProof {
    /// Whether it holds.
    pub fn verify(&self) -> bool {
        merkle::verify_consistency(self.from, self.to, &self.from_root, &self.to_root, &self.path)
    }
}

/// Hashes read for one proof.
struct Read {
    blocks: Vec<Hash>,
    /// First index of a block and its leaves.
    leaves: Vec<(u64, Vec<Hash>)>,
}

impl Nodes for Read {
    fn leaf(&self, index: u64) -> Option<Hash> {
        let (start, leaves) = self.leaves.iter().find(|(start, _)| index / BLOCK == start / BLOCK)?;
        leaves.get((index - start) as usize).copied()
    }
    fn block(&self, index: u64) -> Option<Hash> {
        self.blocks.get(index as usize).copied()
    }
}

/// Reads complete blocks below `size` and the leaves of the blocks that hold the given indices.
async fn load(sql: &mut dyn Sql, tenant: &str, size: u64, indices: &[u64]) -> Result<Read, DbError> {
    let text = "select hash from journal_block where tenant_id = $1 and block < $2 order by block";
    let rows = sql.query(text, &params![tenant, (size / BLOCK) as i64]).await?;
    let blocks = rows.iter().map(|r| r.at(0)).collect::<Result<_, _>>()?;
    let mut starts: Vec<u64> = indices.iter().map(|i| i / BLOCK * BLOCK).filter(|s| *s < size).collect();
    starts.sort_unstable();
    starts.dedup();
    let mut leaves = Vec::new();
    for start in starts {
        let text = "select leaf_hash from journal_event where tenant_id = $1 and position >= $2 and position < $3 \
             order by position";
        let rows = sql.query(text, &params![tenant, start as i64, (start + BLOCK).min(size) as i64]).await?;
        leaves.push((start, rows.iter().map(|r| r.at(0)).collect::<Result<_, _>>()?));
    }
    Ok(Read { blocks, leaves })
}

fn missing() -> DbError {
    DbError::Inconsistent("journal: hashes needed for the proof are missing; run verify".to_owned())
}

/// A size within the journal.
async fn within(sql: &mut dyn Sql, tenant: &str, size: i64) -> Result<u64, DbError> {
    let (have, _) = super::read::head(sql, tenant).await?;
    u64::try_from(size)
        .ok()
        .filter(|_| size <= have)
        .ok_or_else(|| DbError::Invalid(format!("size {size} is not between 0 and {have}")))
}

/// Root of the tree of the first `size` events.
pub async fn root_at(sql: &mut dyn Sql, tenant: &str, size: i64) -> Result<Hash, DbError> {
    let n = within(sql, tenant, size).await?;
    let read = load(sql, tenant, n, &[n]).await?;
    merkle::subtree(&read, 0, n).ok_or_else(missing)
}

/// Proof that the event at `position` is in the tree of the first `size` events.
pub async fn inclusion_proof(
    sql: &mut dyn Sql,
    tenant: &str,
    position: i64,
    size: i64,
) -> Result<InclusionProof, DbError> {
    let n = within(sql, tenant, size).await?;
    let index = u64::try_from(position).ok().filter(|i| *i < n).ok_or_else(|| {
        DbError::Invalid(format!("position {position} is not in a journal of the size {size}"))
    })?;
    let read = load(sql, tenant, n, &[index, n]).await?;
    let leaf = read.leaf(index).ok_or_else(missing)?;
    let path = merkle::inclusion(&read, index, n).ok_or_else(missing)?;
    let root = merkle::subtree(&read, 0, n).ok_or_else(missing)?;
    Ok(InclusionProof { position, size, leaf, root, path })
}

/// Proof that the tree of size `to` continues the tree of size `from` (from ≥ 1).
pub async fn consistency_proof(
    sql: &mut dyn Sql,
    tenant: &str,
    from: i64,
    to: i64,
) -> Result<ConsistencyProof, DbError> {
    let n = within(sql, tenant, to).await?;
    let m = u64::try_from(from)
        .ok()
        .filter(|m| (1..=n).contains(m))
        .ok_or_else(|| DbError::Invalid(format!("size {from} is not between 1 and {to}")))?;
    let read = load(sql, tenant, n, &[m, m - 1, n]).await?;
    let path = merkle::consistency(&read, m, n).ok_or_else(missing)?;
    let from_root = merkle::subtree(&read, 0, m).ok_or_else(missing)?;
    let to_root = merkle::subtree(&read, 0, n).ok_or_else(missing)?;
    Ok(ConsistencyProof { from, to, from_root, to_root, path })
}

impl Db {
    /// Proof that the event at `position` is in the tree of the first `size` events.
    pub async fn inclusion_proof(
        &self,
        tenant: &str,
        position: i64,
        size: i64,
    ) -> Result<InclusionProof, DbError> {
        let tenant = tenant.to_owned();
        self.read(move |s| Box::pin(async move { inclusion_proof(s, &tenant, position, size).await })).await
    }

    /// Proof that the tree of size `to` continues the tree of size `from` (from ≥ 1).
    pub async fn consistency_proof(
        &self,
        tenant: &str,
        from: i64,
        to: i64,
    ) -> Result<ConsistencyProof, DbError> {
        let tenant = tenant.to_owned();
        self.read(move |s| Box::pin(async move { consistency_proof(s, &tenant, from, to).await })).await
    }
}
