//! The Merkle tree of RFC 6962 and RFC 9162 over SHA-256: appending with a frontier of at most 63 hashes,
//! proofs, and their verification. Pure; where hashes come from is `proof`'s business.

use sha2::{Digest, Sha256};

/// A SHA-256 value.
pub type Hash = [u8; 32];

/// Levels in one block: a block root covers 256 leaves.
pub(crate) const BLOCK_LEVEL: u32 = 8;
/// Leaves in one block.
pub(crate) const BLOCK: u64 = 1 << BLOCK_LEVEL;

/// SHA-256(0x00 ‖ data).
pub fn leaf_hash(data: &[u8]) -> Hash {
    Sha256::new().chain_update([0]).chain_update(data).finalize().into()
}

/// SHA-256(0x01 ‖ left ‖ right).
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    Sha256::new().chain_update([1]).chain_update(left).chain_update(right).finalize().into()
}

/// SHA-256 of nothing: the root of the empty tree.
pub fn empty_root() -> Hash {
    Sha256::digest([]).into()
}

/// Size and frontier of a tree: the roots of its complete subtrees, largest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Head {
    size: u64,
    frontier: Vec<Hash>,
}

impl Head {
    /// A head from its stored parts; `None` if they do not fit each other.
    pub fn from_parts(size: i64, frontier: &[u8]) -> Option<Self> {
        let size = u64::try_from(size).ok()?;
        let (hashes, rest) = frontier.as_chunks::<32>();
        (rest.is_empty() && hashes.len() == size.count_ones() as usize)
            .then(|| Self { size, frontier: hashes.to_vec() })
    }

    /// Number of leaves.
    pub fn size(&self) -> i64 {
        self.size as i64
    }

    /// The frontier's hashes one after the other.
    pub fn frontier_bytes(&self) -> Vec<u8> {
        self.frontier.concat()
    }

    /// Appends a leaf hash. When it completes a block of 256 leaves, answers that block's index and root.
    pub fn push(&mut self, leaf: Hash) -> Option<(i64, Hash)> {
        let mut hash = leaf;
        let mut block = None;
        for level in 1..=self.size.trailing_ones() {
            // The frontier has as many hashes as `size` has ones, so there is one to pop.
            let Some(left) = self.frontier.pop() else { break };
            hash = node_hash(&left, &hash);
            if level == BLOCK_LEVEL {
                block = Some(((self.size / BLOCK) as i64, hash));
            }
        }
        self.frontier.push(hash);
        self.size += 1;
        block
    }

    /// Roots of the complete subtrees, largest first.
    pub(crate) fn frontier(&self) -> &[Hash] {
        &self.frontier
    }

    /// The root of the tree.
    pub fn root(&self) -> Hash {
        self.root_with(&Self::default())
    }

    /// The root, if the leaves of this tree are roots of complete subtrees and `tail` holds what follows them.
    pub(crate) fn root_with(&self, tail: &Self) -> Hash {
        let mut hashes = self.frontier.iter().chain(&tail.frontier).rev();
        match hashes.next() {
            None => empty_root(),
            Some(last) => hashes.fold(*last, |right, left| node_hash(left, &right)),
        }
    }
}

/// Where proofs get the hashes of leaves and complete blocks from.
pub(crate) trait Nodes {
    fn leaf(&self, index: u64) -> Option<Hash>;
    fn block(&self, index: u64) -> Option<Hash>;
}

/// The largest power of two below `n` (n ≥ 2).
fn split(n: u64) -> u64 {
    1 << (63 - (n - 1).leading_zeros())
}

/// MTH(D[start:end]).
pub(crate) fn subtree(nodes: &impl Nodes, start: u64, end: u64) -> Option<Hash> {
    match end.checked_sub(start)? {
        0 => Some(empty_root()),
        1 => nodes.leaf(start),
        BLOCK if start.is_multiple_of(BLOCK) => nodes.block(start / BLOCK),
        n => {
            let k = start + split(n);
            Some(node_hash(&subtree(nodes, start, k)?, &subtree(nodes, k, end)?))
        }
    }
}

/// PATH(index, D[0:size]), nearest hash first. `None` if index ≥ size or a hash is missing.
pub(crate) fn inclusion(nodes: &impl Nodes, index: u64, size: u64) -> Option<Vec<Hash>> {
    let (mut start, mut end) = (0, size);
    if index >= size {
        return None;
    }
    let mut path = Vec::new();
    while end - start > 1 {
        let k = start + split(end - start);
        if index < k {
            path.push(subtree(nodes, k, end)?);
            end = k;
        } else {
            path.push(subtree(nodes, start, k)?);
            start = k;
        }
    }
    path.reverse();
    Some(path)
}

/// PROOF(from, D[0:to]). `None` unless 0 < from ≤ to and all hashes are there.
pub(crate) fn consistency(nodes: &impl Nodes, from: u64, to: u64) -> Option<Vec<Hash>> {
    if from == 0 || from > to {
        return None;
    }
    let (mut start, mut end, mut complete) = (0, to, true);
    let mut path = Vec::new();
    while from != end {
        let k = start + split(end - start);
        if from <= k {
            path.push(subtree(nodes, k, end)?);
            end = k;
        } else {
            path.push(subtree(nodes, start, k)?);
            start = k;
            complete = false;
        }
    }
    if !complete {
        path.push(subtree(nodes, start, end)?);
    }
    path.reverse();
    Some(path)
}

/// Whether `proof` shows that `leaf` is number `index` (from 0) of the tree with `size` leaves and `root`
/// (RFC 9162, 2.1.3.2).
pub fn verify_inclusion(leaf: &Hash, index: i64, size: i64, proof: &[Hash], root: &Hash) -> bool {
    let (Ok(index), Ok(size)) = (u64::try_from(index), u64::try_from(size)) else { return false };
    if index >= size {
        return false;
    }
    let (mut f, mut s, mut r) = (index, size - 1, *leaf);
    for p in proof {
        if s == 0 {
            return false;
        }
        if f & 1 == 1 || f == s {
            r = node_hash(p, &r);
            while f & 1 == 0 && f != 0 {
                f >>= 1;
                s >>= 1;
            }
        } else {
            r = node_hash(&r, p);
        }
        f >>= 1;
        s >>= 1;
    }
    s == 0 && r == *root
}

/// Whether `proof` shows that the tree of size `to` and root `to_root` continues the tree of size `from` and
/// root `from_root` (RFC 9162, 2.1.4.2). Equal sizes need equal roots and no proof; from size 0 anything goes.
pub fn verify_consistency(from: i64, to: i64, from_root: &Hash, to_root: &Hash, proof: &[Hash]) -> bool {
    let (Ok(m), Ok(n)) = (u64::try_from(from), u64::try_from(to)) else { return false };
    if m > n {
        return false;
    }
    if m == n {
        return proof.is_empty() && from_root == to_root;
    }
    if m == 0 {
        return proof.is_empty() && *from_root == empty_root();
    }
    let mut path = proof.iter();
    let seed = if m.is_power_of_two() { Some(from_root) } else { path.next() };
    let Some(seed) = seed else { return false };
    let (mut f, mut s) = (m - 1, n - 1);
    while f & 1 == 1 {
        f >>= 1;
        s >>= 1;
    }
    let (mut fr, mut sr) = (*seed, *seed);
    for c in path {
        if s == 0 {
            return false;
        }
        if f & 1 == 1 || f == s {
            fr = node_hash(c, &fr);
            sr = node_hash(c, &sr);
            while f & 1 == 0 && f != 0 {
                f >>= 1;
                s >>= 1;
            }
        } else {
            sr = node_hash(&sr, c);
        }
        f >>= 1;
        s >>= 1;
    }
    s == 0 && fr == *from_root && sr == *to_root
}

#[cfg(test)]
#[path = "merkle_tests.rs"]
mod tests;
