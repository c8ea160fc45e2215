//! The ledger in memory: what the read tables hold, for tests, for the model and for the rebuild's oracle.

use std::collections::{BTreeMap, BTreeSet};

use super::{Counters, Edge, Entry, Facility, LedgerEvent, Lot, LotKind, Origin, RegisterRow};
use crate::codes::{BatchKind, CreditCode, WasteCode};
use crate::time::Date;

/// Lots, edges, entries, register rows and last serials.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// Lots and end nodes by id.
    pub lots: BTreeMap<String, Lot>,
    /// Flows.
    pub edges: Vec<Edge>,
    /// Balance entries.
    pub entries: Vec<Entry>,
    /// Register rows.
    pub rows: Vec<RegisterRow>,
    /// Last batch serial per organisation, kind and day.
    pub batches: BTreeMap<(String, BatchKind, Date), u16>,
    /// Last container serial per unit, code and day.
    pub containers: BTreeMap<(CreditCode, WasteCode, Date), u16>,
}

impl State {
    /// Applies a decided event.
    pub fn evolve(&mut self, event: &LedgerEvent) {
        for lot in &event.lots {
            if let Some(id) = lot.container.as_ref().filter(|_| lot.origin != Origin::Received) {
                let last = self.containers.entry((id.unit().clone(), id.waste(), id.date())).or_insert(0);
                *last = (*last).max(id.serial());
            }
            self.lots.insert(lot.id.clone(), lot.clone());
        }
        for update in &event.updates {
            if let Some(lot) = self.lots.get_mut(&update.id) {
                lot.state = update.state.clone();
            }
        }
        for batch in &event.batches {
            let last = self.batches.entry((event.org.clone(), batch.kind(), batch.date())).or_insert(0);
            *last = (*last).max(batch.serial());
        }
        self.edges.extend(event.edges.iter().cloned());
        self.entries.extend(event.entries.iter().cloned());
        self.rows.extend(event.rows.iter().cloned());
        for change in &event.row_changes {
            let row = self
                .rows
                .iter_mut()
                .rev()
                .find(|r| r.table == change.table && r.batch == change.batch && r.lot == change.lot);
            if let Some(row) = row {
                row.mass_g = change.mass_g;
            }
        }
    }

    /// The serials of one organisation.
    pub fn counters(&self, org: &str, unit: &CreditCode) -> Counters {
        let batches =
            self.batches.iter().filter(|((o, ..), _)| o == org).map(|((_, k, d), n)| ((*k, *d), *n));
        let containers =
            self.containers.iter().filter(|((u, ..), _)| u == unit).map(|((_, c, d), n)| ((*c, *d), *n));
        Counters { batches: batches.collect(), containers: containers.collect() }
    }

    /// The facility with what lies in it now: stored lots and staged ones, which have not left yet.
    pub fn fill(&self, facility: &Facility) -> Facility {
        let inside =
            || self.lots.values().filter(|l| l.in_stock() && l.state.facility.as_ref() == Some(&facility.id));
        Facility {
            stock_g: inside().map(|l| l.state.remaining_g).sum(),
            contents: inside().filter_map(|l| l.waste_code).collect::<BTreeSet<_>>(),
            ..facility.clone()
        }
    }

    /// What does not add up, for tests and for verification: for every lot the mass out plus the rest equals
    /// what came in, and for every lot that is no origin the mass in equals what came in.
    pub fn unbalanced(&self) -> Vec<String> {
        let mut into: BTreeMap<&str, i64> = BTreeMap::new();
        let mut out: BTreeMap<&str, i64> = BTreeMap::new();
        for edge in &self.edges {
            *into.entry(&edge.dst).or_default() += edge.mass_g;
            *out.entry(&edge.src).or_default() += edge.mass_g;
        }
        let flow = |map: &BTreeMap<&str, i64>, lot: &Lot| map.get(lot.id.as_str()).copied().unwrap_or(0);
        self.lots
            .values()
            .filter(|lot| {
                let (inflow, outflow) = (flow(&into, lot), flow(&out, lot));
                let (initial, rest) = (lot.state.initial_g, lot.state.remaining_g);
                let origin = match lot.kind {
                    LotKind::Waste => lot.origin == Origin::Generated,
                    LotKind::Difference => outflow > 0,
                    LotKind::Product | LotKind::Treated => false,
                };
                let sources_fit = if origin { inflow <= initial } else { inflow == initial };
                rest < 0 || outflow + rest != initial || !sources_fit
            })
            .map(|lot| lot.id.clone())
            .collect()
    }
}
