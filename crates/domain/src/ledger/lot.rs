//! A lot: the content of one container (or a bulk amount), as one organisation holds it.

use serde::{Deserialize, Serialize};

use crate::codes::{BatchCode, ContainerId, ContainerKind, Traits, WasteCode, WasteForm, word_list};
use crate::time::Date;

word_list! {
    /// What a lot is in the graph.
    LotKind {
        /// Waste in stock, on the road or used up.
        Waste = "waste",
        /// A product of treatment: not waste any more.
        Product = "product",
        /// End node of a treatment: destroyed or disposed of.
        Treated = "treated",
        /// Weighing difference: an origin when mass appeared, an end when it vanished.
        Difference = "difference",
    }
}

word_list! {
    /// Where a lot stands in its life.
    LotStatus {
        /// Generated, not yet stored.
        Generated = "generated",
        /// In a storage facility.
        Stored = "stored",
        /// Taken out for a purpose; on at most one open manifest.
        Staged = "staged",
        /// On the road.
        InTransit = "in_transit",
        /// Taken over by the receiver, whose own lot continues it.
        Received = "received",
        /// Refused by the receiver, not back yet.
        Refused = "refused",
        /// Nothing of it remains.
        Consumed = "consumed",
        /// A product or an end node.
        Ended = "ended",
    }
}

impl LotStatus {
    /// Whether a lot of this status lies in its holder's stock.
    pub fn in_stock(self) -> bool {
        matches!(self, Self::Generated | Self::Stored | Self::Staged)
    }
}

word_list! {
    /// How a lot came to be.
    Origin {
        /// By generation.
        Generated = "generated",
        /// By repacking.
        Repacked = "repacked",
        /// By treatment.
        Treated = "treated",
        /// By acceptance of a transfer.
        Received = "received",
        /// By weighing.
        Weighed = "weighed",
    }
}

word_list! {
    /// Why a lot was taken out of storage.
    Purpose {
        /// For a manifest.
        Transfer = "transfer",
        /// Own use.
        SelfUse = "self_use",
        /// Own disposal.
        SelfDisposal = "self_disposal",
        /// Treatment in a licensed plant.
        Treatment = "treatment",
        /// Repacking.
        Repack = "repack",
    }
}

/// A lot. What never changes stands here, the rest in [`LotState`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lot {
    /// Id (UUIDv7).
    pub id: String,
    /// What it is.
    pub kind: LotKind,
    /// How it came to be.
    pub origin: Origin,
    /// Code on its label; none for bulk and for end nodes.
    pub container: Option<ContainerId>,
    /// Waste code; none for products and for end nodes of treatment.
    pub waste_code: Option<WasteCode>,
    /// Name inside the firm, name of the product, or the method code of an end node.
    pub name: String,
    /// Physical form.
    pub form: WasteForm,
    /// Hazard properties.
    pub traits: Traits,
    /// Harmful components, in words.
    pub components: String,
    /// Container or packaging.
    pub packaging: ContainerKind,
    /// Volume of the container in millilitres.
    pub capacity_ml: Option<i64>,
    /// Organisation that holds it, or held it last.
    pub holder: String,
    /// Site where it lies, or lay last.
    pub site: String,
    /// Day on which the waste came to be; the earliest of its parts after a merge.
    pub generated_on: Date,
    /// Generation batch (the treatment batch for products and end nodes); none when parts differ.
    pub generation_batch: Option<BatchCode>,
    /// Manifest by which it was received.
    pub source_manifest: Option<String>,
    /// When the lot came to be in this ledger (µs UTC).
    pub created_at: i64,
    /// What changes.
    #[serde(flatten)]
    pub state: LotState,
}

/// The changing part of a [`Lot`]. Events carry it whole, so that the read table needs no arithmetic.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LotState {
    /// All mass that ever came in, in grams.
    pub initial_g: i64,
    /// Mass that is still here, in grams.
    pub remaining_g: i64,
    /// Status.
    pub status: LotStatus,
    /// Storage facility it lies in, or will return to.
    pub facility: Option<String>,
    /// Since when it has been stored by this holder (µs UTC); kept through repacking.
    pub stored_at: Option<i64>,
    /// When its storage term ends (µs UTC).
    pub deadline_at: Option<i64>,
    /// Purpose for which it was taken out.
    pub purpose: Option<Purpose>,
    /// Open manifest that it belongs to, or the one by which it left.
    pub manifest: Option<String>,
    /// Mass when it was taken out, in grams.
    pub staged_g: i64,
    /// 入库 batch.
    pub store_in_batch: Option<BatchCode>,
    /// 出库 batch.
    pub store_out_batch: Option<BatchCode>,
    /// 委外 batch by which it left.
    pub sent_batch: Option<BatchCode>,
    /// Time of its last event (µs UTC).
    pub last_at: i64,
    /// Counts its changes, from 1.
    pub version: i64,
}

impl LotState {
    /// A fresh state of this mass.
    pub(super) fn new(mass_g: i64, status: LotStatus, at: i64) -> Self {
        Self {
            initial_g: mass_g,
            remaining_g: mass_g,
            status,
            facility: None,
            stored_at: None,
            deadline_at: None,
            purpose: None,
            manifest: None,
            staged_g: 0,
            store_in_batch: None,
            store_out_batch: None,
            sent_batch: None,
            last_at: at,
            version: 1,
        }
    }
}

impl Lot {
    /// Whether it counts as its holder's stock of waste.
    pub fn in_stock(&self) -> bool {
        self.kind == LotKind::Waste && self.state.status.in_stock()
    }

    /// Whether its storage term had passed at this time.
    pub fn is_late(&self, at: i64) -> bool {
        self.in_stock() && self.state.deadline_at.is_some_and(|deadline| deadline < at)
    }
}
