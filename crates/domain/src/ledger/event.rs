//! What a ledger command decided. One event carries every row that changes, so that the read tables, this
//! crate's [`super::State`] and a rebuild from the journal come to the same result without arithmetic.

use serde::{Deserialize, Serialize};

use super::{Lot, LotState, RegisterRow, Table};
use crate::codes::{BatchCode, MethodCode, WasteCode, word_list};
use crate::time::Month;

word_list! {
    /// Kind of a ledger event, as the journal names it.
    EventKind {
        /// Waste came to be (and was stored, in one go).
        Generated = "waste.generated",
        /// Into storage.
        Stored = "waste.stored",
        /// Out of storage for a purpose.
        Staged = "waste.staged",
        /// Taking out was undone.
        Unstaged = "waste.unstaged",
        /// Split or merged into new containers.
        Repacked = "waste.repacked",
        /// Used or disposed of.
        Treated = "waste.treated",
        /// Weight corrected.
        Adjusted = "waste.adjusted",
        /// Left with a manifest.
        Sent = "waste.sent",
        /// Accepted by the receiver.
        Received = "waste.received",
        /// Refused by the receiver.
        Refused = "waste.refused",
        /// Back after refusal.
        Returned = "waste.returned",
    }
}

word_list! {
    /// Why mass flowed along an edge.
    EdgeKind {
        /// Repacking.
        Repack = "repack",
        /// Treatment.
        Treat = "treat",
        /// Acceptance of a transfer.
        Transfer = "transfer",
        /// Weighing difference.
        Difference = "difference",
    }
}

/// Mass that flowed from one lot into another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edge {
    /// From.
    pub src: String,
    /// Into.
    pub dst: String,
    /// Grams, above zero.
    pub mass_g: i64,
    /// Why.
    pub kind: EdgeKind,
}

word_list! {
    /// Column of the mass balance that an entry counts in.
    EntryKind {
        /// Generated here.
        Generated = "generated",
        /// Received by manifest.
        Received = "received",
        /// Residue of own treatment.
        Residue = "residue",
        /// Used (negative).
        Used = "used",
        /// Disposed of (negative).
        Disposed = "disposed",
        /// Sent by manifest (negative).
        Sent = "sent",
        /// Back after refusal.
        Returned = "returned",
        /// Out of old containers by repacking (negative).
        RepackedOut = "repacked_out",
        /// Into new containers by repacking.
        RepackedIn = "repacked_in",
        /// Weight correction, either sign.
        Adjusted = "adjusted",
    }
}

/// A signed change of an organisation's stock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Whose stock.
    pub org: String,
    /// At which site.
    pub site: String,
    /// Which waste.
    pub waste_code: WasteCode,
    /// Column of the balance.
    pub kind: EntryKind,
    /// Month of the event in the city's zone.
    pub month: Month,
    /// Grams, signed from the view of the stock.
    pub mass_g: i64,
    /// Lot.
    pub lot: String,
    /// Batch.
    pub batch: Option<BatchCode>,
    /// Time of the event (µs UTC).
    pub at: i64,
}

/// New state of an existing lot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LotUpdate {
    /// Lot.
    pub id: String,
    /// Its state after the event.
    #[serde(flatten)]
    pub state: LotState,
}

/// A later change of a register row: taking out was undone, or a shipment came back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowChange {
    /// Table of the row.
    pub table: Table,
    /// Batch of the row.
    pub batch: BatchCode,
    /// Lot of the row.
    pub lot: String,
    /// Mass after the change, in grams; zero cancels the row.
    pub mass_g: i64,
}

/// One decided event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerEvent {
    /// Kind.
    pub kind: EventKind,
    /// Organisation that acted.
    pub org: String,
    /// When it happened (µs UTC).
    pub at: i64,
    /// New lots, end nodes included.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lots: Vec<Lot>,
    /// Changed lots.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub updates: Vec<LotUpdate>,
    /// Flows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub edges: Vec<Edge>,
    /// Balance entries.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub entries: Vec<Entry>,
    /// Batch codes used, all of [`Self::org`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub batches: Vec<BatchCode>,
    /// HJ 1259 register rows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rows: Vec<RegisterRow>,
    /// Changes to earlier register rows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub row_changes: Vec<RowChange>,
    /// Manifest concerned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manifest: Option<String>,
    /// Method of treatment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<MethodCode>,
    /// Facility of treatment or storage.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub facility: Option<String>,
    /// Reason of a correction.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Free note.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

impl LedgerEvent {
    /// Ids of every lot that the event makes or changes, end nodes included.
    pub fn touched(&self) -> Vec<&str> {
        self.lots.iter().map(|l| l.id.as_str()).chain(self.updates.iter().map(|u| u.id.as_str())).collect()
    }
}
