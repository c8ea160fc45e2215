//! What a context puts on the workbench of the signed-in person. Each context offers
//! `workbench(kit, ctx) -> Result<Part, Problem>`; the page is put together above all contexts.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Something that waits for the caller.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct WorkItem {
    /// What is to be done, such as `manifest.sign_carrier`; the UI has its words.
    pub kind: String,
    /// Id of the thing.
    pub title_id: String,
    /// Values for the words: numbers, names, codes.
    pub params: BTreeMap<String, String>,
    /// Route of the page where it is done, such as `/manifests/…`.
    pub link: String,
    /// Since when it waits, RFC 3339.
    pub since: String,
    /// Until when it must be done, RFC 3339.
    pub due_at: Option<String>,
    /// That time has passed.
    pub late: bool,
}

/// Something that changed lately.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Change {
    /// Position in the journal.
    pub position: i64,
    /// Kind of the event.
    pub kind: String,
    /// Type of the thing.
    pub subject_type: String,
    /// Id of the thing.
    pub subject_id: String,
    /// Its number or name.
    pub title: String,
    /// When it was recorded, RFC 3339.
    pub at: String,
    /// Name of the organisation that did it.
    pub org: Option<String>,
}

/// One context's part of the workbench.
#[derive(Clone, Debug, Default)]
pub struct Part {
    /// What waits.
    pub waiting: Vec<WorkItem>,
    /// What changed, newest first; a dozen is enough.
    pub changed: Vec<Change>,
    /// Numbers by name (`stock_g`, `containers`, `open_manifests`, …).
    pub counts: BTreeMap<String, i64>,
    /// Routes that the caller often needs, such as `/ledger/generate`.
    pub shortcuts: Vec<String>,
}
