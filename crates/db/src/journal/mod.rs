//! The journal: what happened, in order, once. Every event is a leaf of the tenant's Merkle tree, written in
//! the transaction that changes the read tables. Nothing here updates or deletes an event; only the personal
//! values beside it can be erased.

mod append;
mod canonical;
mod checkpoint;
pub(crate) mod merkle;
mod note;
mod proof;
pub(crate) mod read;

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value as Json;
use uuid::Uuid;

pub(crate) use append::Heads;
pub use canonical::canonical_json;
pub(crate) use canonical::{Fields, commitment, render};
pub use checkpoint::{Checkpoint, CheckpointSigner};
pub(crate) use checkpoint::{ascending as checkpoint_page, tenant_of};
pub use merkle::{Hash, Head, empty_root, leaf_hash, node_hash, verify_consistency, verify_inclusion};
pub use note::{NoteKey, OpenNote, open_checkpoint};
pub use proof::{ConsistencyProof, InclusionProof, consistency_proof, inclusion_proof, root_at};
pub use read::{MAX_PAGE, by_subject, event, event_by_id, events, head};

/// Longest canonical form of one event in bytes.
pub const MAX_EVENT_BYTES: usize = 1 << 20;
/// Most personal fields of one event.
pub const MAX_PERSONAL_FIELDS: usize = 64;
/// Longest identifier column (kind, subject, organisation, actor) in bytes.
pub const MAX_IDENTIFIER_BYTES: usize = 256;

/// An event as a command appends it.
#[derive(Clone, Debug)]
pub struct NewEvent {
    /// UUIDv7 from the application's id source; unique in the tenant.
    pub id: Uuid,
    /// What happened, such as `waste.stored`.
    pub kind: &'static str,
    /// Type of the thing it happened to.
    pub subject_type: &'static str,
    /// Id of the thing it happened to.
    pub subject_id: String,
    /// The organisation it belongs to.
    pub org_id: Option<String>,
    /// The account that did it.
    pub actor_id: String,
    /// The organisation for which the actor did it, if delegated.
    pub on_behalf_of: Option<String>,
    /// When it happened in the world, UTC µs.
    pub occurred_at: i64,
    /// When it was recorded here, UTC µs.
    pub recorded_at: i64,
    /// The rule pack in force for it.
    pub rule_version: Option<String>,
    /// Everything its read rows need. Integers only; a float is refused.
    pub payload: Json,
    /// Personal values by field; only salted commitments of them enter the leaf.
    pub personal: Vec<(String, String)>,
}

/// An event as it stands in the journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StoredEvent {
    /// Index of its leaf, from 0, without gaps in the tenant.
    pub position: i64,
    /// Unique in the tenant.
    pub id: Uuid,
    /// What happened.
    pub kind: String,
    /// Type of the thing it happened to.
    pub subject_type: String,
    /// Id of the thing it happened to.
    pub subject_id: String,
    /// The organisation it belongs to.
    pub org_id: Option<String>,
    /// The account that did it.
    pub actor_id: String,
    /// The organisation for which the actor did it.
    pub on_behalf_of: Option<String>,
    /// When it happened in the world, UTC µs.
    pub occurred_at: i64,
    /// When it was recorded here, UTC µs.
    pub recorded_at: i64,
    /// The rule pack in force for it.
    pub rule_version: Option<String>,
    /// Everything its read rows need.
    pub payload: Json,
    /// Personal values by field; `None` where erased.
    pub personal: BTreeMap<String, Option<String>>,
    /// SHA-256(0x00 ‖ canonical bytes).
    #[serde(serialize_with = "hex")]
    pub leaf_hash: Hash,
}

fn hex<S: serde::Serializer>(hash: &Hash, s: S) -> Result<S::Ok, S::Error> {
    s.serialize_str(&to_hex(hash))
}

/// Lower-case hexadecimal.
pub(crate) fn to_hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut out = String::with_capacity(bytes.len() * 2);
    for b in bytes {
        out.push(DIGITS[usize::from(b >> 4)] as char);
        out.push(DIGITS[usize::from(b & 15)] as char);
    }
    out
}
