//! What the proof routes give out. Hashes are lower-case hexadecimal.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// The key that signs checkpoints.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct KeyView {
    /// Name of the log.
    pub name: String,
    /// `Ed25519`.
    pub algorithm: &'static str,
    /// Raw public key, base64.
    pub public_key: String,
    /// Verifier key as C2SP signed notes have it.
    pub vkey: String,
}

/// A signed head.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct CheckpointView {
    /// Events covered.
    pub size: i64,
    /// Root of their tree, hex.
    pub root: String,
    /// When it was signed, RFC 3339.
    pub at: String,
    /// The signed note.
    pub text: String,
}

/// Proof that an event is in the journal.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct InclusionView {
    /// The event's position.
    pub position: i64,
    /// Size of the tree.
    pub size: i64,
    /// The event's leaf hash, hex.
    pub leaf_hash: String,
    /// Root of the tree, hex.
    pub root: String,
    /// Sibling hashes from the leaf upwards, hex.
    pub path: Vec<String>,
    /// The signed checkpoint of exactly this size, when there is one.
    pub checkpoint: Option<CheckpointView>,
}

/// Proof that the journal only grew.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ConsistencyView {
    /// Size of the older tree.
    pub from: i64,
    /// Size of the newer tree.
    pub to: i64,
    /// Root of the older tree, hex.
    pub from_root: String,
    /// Root of the newer tree, hex.
    pub to_root: String,
    /// The proof's hashes, hex.
    pub path: Vec<String>,
}

/// Which inclusion is asked for.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct InclusionQuery {
    /// The event's position.
    pub position: i64,
    /// Size of the tree; the newest checkpoint that covers the event when left out.
    pub size: Option<i64>,
}

/// Which two trees are compared.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ConsistencyQuery {
    /// Size of the older tree, at least 1.
    pub from: i64,
    /// Size of the newer tree; the present one when left out.
    pub to: Option<i64>,
}

/// Filters of events.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct EventFilter {
    /// Type of the subject.
    pub subject_type: Option<String>,
    /// Id of the subject.
    pub subject_id: Option<String>,
    /// Kind, such as `manifest.signed`.
    pub kind: Option<String>,
    /// Only events from this position on.
    pub from_position: Option<i64>,
}

/// Who or what, with the name to show.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct EventParty {
    /// Id.
    pub id: String,
    /// Name; null when unknown or not to be shown.
    pub name: Option<String>,
}

/// An event as it stands in the journal.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct EventView {
    /// Position.
    pub position: i64,
    /// Id.
    pub id: String,
    /// Kind.
    pub kind: String,
    /// Type of the subject.
    pub subject_type: String,
    /// Id of the subject.
    pub subject_id: String,
    /// Organisation that it belongs to.
    pub org: Option<EventParty>,
    /// Account that did it.
    pub actor: EventParty,
    /// Client on whose behalf.
    pub on_behalf_of: Option<EventParty>,
    /// When it happened, RFC 3339.
    pub occurred_at: String,
    /// When it was recorded, RFC 3339.
    pub recorded_at: String,
    /// Rule pack in force.
    pub rule_version: Option<String>,
    /// What happened; null when it is none of the caller's business.
    #[schema(value_type = Option<Object>)]
    pub payload: Option<serde_json::Value>,
    /// Leaf hash, hex.
    pub leaf_hash: String,
    /// The canonical bytes that the leaf hashes, for a single event.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub canonical: Option<String>,
}
