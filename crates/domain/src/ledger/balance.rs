//! The mass balance: what a period began with, what happened, what it ended with.

use std::collections::BTreeMap;

use super::{Entry, EntryKind};
use crate::codes::WasteCode;
use crate::time::Period;

/// Balance of one code over a period, in grams. Outflows are shown as positive numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BalanceRow {
    /// Stock at the start.
    pub opening_g: i64,
    /// Generated.
    pub generated_g: i64,
    /// Received by manifest.
    pub received_g: i64,
    /// Residue of own treatment.
    pub residue_g: i64,
    /// Used.
    pub used_g: i64,
    /// Disposed of.
    pub disposed_g: i64,
    /// Sent by manifest.
    pub sent_g: i64,
    /// Back after refusal.
    pub returned_g: i64,
    /// Weight corrections, signed.
    pub adjusted_g: i64,
    /// Repacked in minus out, signed; zero unless a repacking straddles the end of the period.
    pub repacked_g: i64,
    /// Stock at the end.
    pub closing_g: i64,
}

impl BalanceRow {
    /// Whether opening plus inflows minus outflows gives the closing stock.
    pub fn adds_up(&self) -> bool {
        let inflow = self.generated_g + self.received_g + self.residue_g + self.returned_g;
        let outflow = self.used_g + self.disposed_g + self.sent_g;
        self.opening_g + inflow - outflow + self.adjusted_g + self.repacked_g == self.closing_g
    }

    /// Adds signed grams of this kind that fell into the period.
    pub fn add(&mut self, kind: EntryKind, mass_g: i64) {
        match kind {
            EntryKind::Generated => self.generated_g += mass_g,
            EntryKind::Received => self.received_g += mass_g,
            EntryKind::Residue => self.residue_g += mass_g,
            EntryKind::Used => self.used_g -= mass_g,
            EntryKind::Disposed => self.disposed_g -= mass_g,
            EntryKind::Sent => self.sent_g -= mass_g,
            EntryKind::Returned => self.returned_g += mass_g,
            EntryKind::RepackedOut | EntryKind::RepackedIn => self.repacked_g += mass_g,
            EntryKind::Adjusted => self.adjusted_g += mass_g,
        }
        self.closing_g += mass_g;
    }

    /// Adds signed grams from before the period.
    pub fn open(&mut self, mass_g: i64) {
        self.opening_g += mass_g;
        self.closing_g += mass_g;
    }
}

/// The balance per code over a period. The entries are those of one organisation or site, from its beginning.
pub fn balance<'a>(
    entries: impl IntoIterator<Item = &'a Entry>,
    period: Period,
) -> BTreeMap<WasteCode, BalanceRow> {
    let mut rows: BTreeMap<WasteCode, BalanceRow> = BTreeMap::new();
    for entry in entries {
        if entry.month > period.until {
            continue;
        }
        let row = rows.entry(entry.waste_code).or_default();
        if entry.month < period.from {
            row.open(entry.mass_g);
        } else {
            row.add(entry.kind, entry.mass_g);
        }
    }
    rows
}
