//! The desk on which a decision is written: it reads facts, collects every violation, gives out numbers, and
//! builds the event. Only when nothing blocks does the event leave it.

use std::collections::BTreeSet;

use super::{
    Counters, Edge, EdgeKind, Entry, EntryKind, EventKind, LedgerEvent, Lot, LotKind, LotState, LotStatus,
    LotUpdate, Origin, World, rules,
};
use crate::catalogue::Lookup;
use crate::codes::{BatchCode, BatchKind, ContainerId, ContainerKind, Traits, WasteCode, WasteForm};
use crate::problem::{Violation, Violations};
use crate::quantity::{ABSURD_G, Grams};
use crate::time::{DAY_US, Date, format_instant};

/// A decided event, with the rules that were not kept but do not block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// What happened.
    pub event: LedgerEvent,
    /// What should be said.
    pub warnings: Vec<Violation>,
}

/// Most lots, containers or outputs in one command. A bound of ours on the size of an event.
pub(super) const MAX_ITEMS: usize = 200;
/// Most flows of one repacking or treatment (inputs times outputs), for the same reason.
pub(super) const MAX_FLOWS: usize = 2_000;
/// Most characters of a free text.
pub(super) const MAX_TEXT: usize = 500;
/// Most characters of a name, which every lot and row repeats.
pub(super) const MAX_NAME: usize = 60;
/// Most characters of a list of components, which every lot repeats.
pub(super) const MAX_COMPONENTS: usize = 120;

pub(super) struct Draft<'w> {
    pub world: World<'w>,
    pub event: LedgerEvent,
    pub at: i64,
    pub day: Date,
    ids: &'w mut dyn FnMut() -> String,
    violations: Violations,
    counters: Counters,
    seen: BTreeSet<String>,
}

impl<'w> Draft<'w> {
    pub(super) fn begin(
        world: World<'w>,
        ids: &'w mut dyn FnMut() -> String,
        kind: EventKind,
        at: i64,
        path: &str,
    ) -> Self {
        let event = LedgerEvent {
            kind,
            org: world.party.id.clone(),
            at,
            lots: Vec::new(),
            updates: Vec::new(),
            edges: Vec::new(),
            entries: Vec::new(),
            batches: Vec::new(),
            rows: Vec::new(),
            row_changes: Vec::new(),
            manifest: None,
            method: None,
            facility: None,
            reason: None,
            note: None,
        };
        let mut draft = Self {
            world,
            event,
            at,
            day: world.settings.zone.date_of(at),
            ids,
            violations: Violations::new(),
            counters: world.counters.clone(),
            seen: BTreeSet::new(),
        };
        draft.check_time(at, path);
        draft
    }

    pub(super) fn fail(&mut self, violation: Violation) {
        self.violations.push(violation);
    }

    /// Whether something blocks already, so that building further would only add echoes.
    pub(super) fn blocked(&self) -> bool {
        self.violations.has_errors()
    }

    /// Not in the future, not further back than allowed.
    pub(super) fn check_time(&mut self, at: i64, path: &str) {
        let settings = self.world.settings;
        if at > self.world.now.saturating_add(settings.future_skew_us) {
            self.fail(Violation::error(rules::FUTURE, path).with("at", format_instant(at)));
        }
        let oldest = self.world.now.saturating_sub(i64::from(settings.backfill_days).saturating_mul(DAY_US));
        if at < oldest {
            self.fail(
                Violation::error(rules::BACKFILL, path)
                    .with("at", format_instant(at))
                    .with("days", settings.backfill_days),
            );
        }
    }

    pub(super) fn check_count(&mut self, count: usize, path: &str) {
        if count == 0 {
            self.fail(Violation::error(rules::EMPTY, path));
        } else if count > MAX_ITEMS {
            self.fail(Violation::error(rules::TOO_MANY, path).with("count", count).with("max", MAX_ITEMS));
        }
    }

    pub(super) fn check_text(&mut self, text: &str, max: usize, path: &str) {
        let length = text.chars().count();
        if length > max {
            self.fail(Violation::error(rules::TEXT_LENGTH, path).with("length", length).with("max", max));
        }
    }

    /// A name that must be there.
    pub(super) fn check_name(&mut self, name: &str, path: &str) {
        if name.trim().is_empty() {
            self.fail(Violation::error(rules::NAME_MISSING, path));
        }
        self.check_text(name, MAX_NAME, path);
    }

    /// Inputs times outputs, so that the event stays storable.
    pub(super) fn check_flows(&mut self, inputs: usize, outputs: usize, path: &str) {
        let flows = inputs.saturating_mul(outputs);
        if flows > MAX_FLOWS {
            self.fail(Violation::error(rules::TOO_MANY, path).with("count", flows).with("max", MAX_FLOWS));
        }
    }

    pub(super) fn check_mass(&mut self, mass_g: i64, path: &str) {
        if let Err(error) = Grams(mass_g).plausible() {
            self.fail(error.at(path));
        }
    }

    /// A waste lot of the acting organisation, named once, not touched after this event's time.
    pub(super) fn lot(&mut self, id: &str, path: &str) -> Option<Lot> {
        let org = self.world.party.id.clone();
        self.lot_of(id, path, |lot| lot.holder == org)
    }

    /// Like [`Self::lot`] for lots that the acting organisation may touch for another reason.
    pub(super) fn lot_of(&mut self, id: &str, path: &str, allowed: impl Fn(&Lot) -> bool) -> Option<Lot> {
        let Some(lot) = self.world.lots.get(id).filter(|lot| allowed(lot)).cloned() else {
            self.fail(Violation::error(rules::LOT_UNKNOWN, path).with("lot", id));
            return None;
        };
        if !self.seen.insert(id.to_owned()) {
            self.fail(Violation::error(rules::LOT_TWICE, path).with("lot", label(&lot)));
            return None;
        }
        if lot.kind != LotKind::Waste || lot.waste_code.is_none() {
            self.fail(Violation::error(rules::LOT_NOT_WASTE, path).with("lot", label(&lot)));
            return None;
        }
        if lot.state.last_at > self.at {
            self.fail(
                Violation::error(rules::BEFORE_PREVIOUS, path)
                    .with("lot", label(&lot))
                    .with("last", self.world.settings.zone.wall_clock(lot.state.last_at)),
            );
        }
        Some(lot)
    }

    /// Notes a violation unless the lot has one of these statuses.
    pub(super) fn check_status(&mut self, lot: &Lot, path: &str, allowed: &[LotStatus]) {
        if !allowed.contains(&lot.state.status) {
            self.fail(
                Violation::error(rules::LOT_STATUS, path)
                    .with("lot", label(lot))
                    .with("status", lot.state.status)
                    .with("needed", allowed.iter().map(|s| s.as_str()).collect::<Vec<_>>().join(", ")),
            );
        }
    }

    /// Says that the storage term has passed, when it has.
    pub(super) fn check_term(&mut self, lot: &Lot, path: &str) {
        if !lot.is_late(self.at) {
            return;
        }
        let facility = lot.state.facility.as_ref().and_then(|id| self.world.facilities.get(id));
        let rule = match (facility, lot.waste_code, lot.state.stored_at) {
            (Some(facility), Some(code), Some(stored_at)) => {
                super::storage_deadline(self.world.party, facility, code, stored_at, self.world.settings)
                    .map_or(rules::STORAGE_TERM, |(_, rule)| rule)
            }
            _ => rules::STORAGE_TERM,
        };
        let deadline =
            lot.state.deadline_at.map(|at| self.world.settings.zone.wall_clock(at)).unwrap_or_default();
        self.fail(Violation::warning(rule, path).with("lot", label(lot)).with("deadline", deadline));
    }

    /// Checks a code against the catalogue of the event's day and gives its national name.
    pub(super) fn national_name(&mut self, code: WasteCode, path: &str) -> String {
        match self.world.catalogue.find(code, self.day) {
            Lookup::Listed(entry) => entry.description.clone(),
            Lookup::ListedEarlier(entry, in_force) => {
                self.fail(
                    Violation::warning(rules::EDITION_NOT_IMPORTED, path)
                        .with("edition", &in_force.edition)
                        .with("used", &entry.edition),
                );
                entry.description.clone()
            }
            Lookup::ByIdentification => String::new(),
            Lookup::Unlisted => {
                self.fail(Violation::error(rules::CODE_UNLISTED, path).with("code", code));
                String::new()
            }
        }
    }

    /// The national name for a row about an existing lot: no new check of an old code.
    pub(super) fn known_name(&self, code: WasteCode) -> String {
        self.world.catalogue.find(code, self.day).entry().map(|e| e.description.clone()).unwrap_or_default()
    }

    pub(super) fn new_id(&mut self) -> String {
        (self.ids)()
    }

    /// The next batch code of this kind on the event's day.
    pub(super) fn batch(&mut self, kind: BatchKind, path: &str) -> Option<BatchCode> {
        let last = self.counters.batches.entry((kind, self.day)).or_insert(0);
        *last = last.saturating_add(1);
        match BatchCode::new(kind, self.day, *last) {
            Ok(code) => {
                self.event.batches.push(code);
                Some(code)
            }
            Err(error) => {
                self.fail(error.at(path));
                None
            }
        }
    }

    /// The next container code of this waste on the event's day.
    pub(super) fn container(&mut self, code: WasteCode, path: &str) -> Option<ContainerId> {
        let last = self.counters.containers.entry((code, self.day)).or_insert(0);
        *last = last.saturating_add(1);
        match ContainerId::new(self.world.party.credit_code.clone(), code, self.day, *last) {
            Ok(id) => Some(id),
            Err(error) => {
                self.fail(error.at(path));
                None
            }
        }
    }

    pub(super) fn add_lot(&mut self, lot: Lot) {
        self.event.lots.push(lot);
    }

    /// An end node or an origin that is not waste.
    pub(super) fn node(&mut self, kind: LotKind, origin: Origin, name: &str, site: &str, mass_g: i64) -> Lot {
        Lot {
            id: self.new_id(),
            kind,
            origin,
            container: None,
            waste_code: None,
            name: name.to_owned(),
            form: WasteForm::Other,
            traits: Traits::NONE,
            components: String::new(),
            packaging: ContainerKind::None,
            capacity_ml: None,
            holder: self.world.party.id.clone(),
            site: site.to_owned(),
            generated_on: self.day,
            generation_batch: None,
            source_manifest: None,
            created_at: self.at,
            state: LotState::new(mass_g, LotStatus::Ended, self.at),
        }
    }

    /// Takes mass out of a lot; a lot without rest is consumed.
    pub(super) fn take(&mut self, lot: &mut Lot, mass_g: i64, path: &str) {
        if mass_g > lot.state.remaining_g {
            self.fail(
                Violation::error(rules::OVERDRAWN, path)
                    .with("lot", label(lot))
                    .with("remaining", Grams(lot.state.remaining_g).to_kilograms())
                    .with("wanted", Grams(mass_g).to_kilograms()),
            );
            return;
        }
        lot.state.remaining_g -= mass_g;
        if lot.state.remaining_g == 0 {
            lot.state.status = LotStatus::Consumed;
            lot.state.deadline_at = None;
        }
    }

    pub(super) fn update(&mut self, mut lot: Lot) {
        lot.state.last_at = self.at;
        lot.state.version += 1;
        if lot.state.initial_g > ABSURD_G {
            self.fail(Violation::error(rules::OVERFLOW, "").with("lot", label(&lot)));
        }
        self.event.updates.push(LotUpdate { id: lot.id, state: lot.state });
    }

    pub(super) fn edge(&mut self, src: &str, dst: &str, mass_g: i64, kind: EdgeKind) {
        if mass_g > 0 {
            self.event.edges.push(Edge { src: src.to_owned(), dst: dst.to_owned(), mass_g, kind });
        }
    }

    pub(super) fn entry(&mut self, lot: &Lot, kind: EntryKind, mass_g: i64, batch: Option<BatchCode>) {
        let Some(waste_code) = lot.waste_code else { return };
        if mass_g != 0 {
            self.event.entries.push(Entry {
                org: lot.holder.clone(),
                site: lot.site.clone(),
                waste_code,
                kind,
                month: self.world.settings.zone.month_of(self.at),
                mass_g,
                lot: lot.id.clone(),
                batch,
                at: self.at,
            });
        }
    }

    /// The event, when nothing blocks.
    pub(super) fn finish(self) -> Result<Decision, Vec<Violation>> {
        let mut warnings = self.violations.finish()?;
        warnings.dedup();
        Ok(Decision { event: self.event, warnings })
    }
}

/// How people know a lot: its container code, else its name.
pub(super) fn label(lot: &Lot) -> String {
    lot.container.as_ref().map_or_else(|| lot.name.clone(), ToString::to_string)
}
