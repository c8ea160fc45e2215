//! Into storage, out of it for a purpose, and back when taking out is undone.

use super::facility::Incoming;
use super::work::{Decision, Draft, label};
use super::{
    Destination, EventKind, Facility, FacilityUse, Lot, LotStatus, Purpose, RegisterRow, RowChange, Table,
    World, rules, storage_deadline,
};
use crate::codes::{BatchCode, BatchKind};
use crate::problem::Violation;

/// Lots go into a storage facility.
#[derive(Clone, Debug)]
pub struct StoreIn {
    /// Lots, generated or refused ones that came back unstored.
    pub lots: Vec<String>,
    /// Facility.
    pub facility: String,
    /// When (µs UTC).
    pub occurred_at: i64,
}

/// Lots are taken out for a purpose.
#[derive(Clone, Debug)]
pub struct Stage {
    /// Lots.
    pub lots: Vec<String>,
    /// Why.
    pub purpose: Purpose,
    /// Manifest that they are bound to, when the transfer context stages them.
    pub manifest: Option<String>,
    /// When (µs UTC).
    pub occurred_at: i64,
}

/// Taking out is undone; the lots go back to where they were.
#[derive(Clone, Debug)]
pub struct Unstage {
    /// Lots.
    pub lots: Vec<String>,
    /// Manifest that lets go of them; a lot on a manifest goes back in no other way.
    pub manifest: Option<String>,
    /// When (µs UTC).
    pub occurred_at: i64,
}

/// Decides a storage-in.
///
/// # Errors
/// Every rule that blocks, with the warnings.
pub fn decide_store_in(
    world: World<'_>,
    ids: &mut dyn FnMut() -> String,
    command: &StoreIn,
) -> Result<Decision, Vec<Violation>> {
    let mut draft = Draft::begin(world, ids, EventKind::Stored, command.occurred_at, "/occurred_at");
    let lots = take_lots(&mut draft, &command.lots, &[LotStatus::Generated]);
    let site = one_site(&mut draft, &lots);
    let Some(facility) = site
        .as_deref()
        .and_then(|site| draft.facility(&command.facility, "/facility_id", site, &[FacilityUse::Storage]))
    else {
        return draft.finish();
    };
    let incoming: Vec<Incoming> = lots
        .iter()
        .filter_map(|lot| Some(Incoming { code: lot.waste_code?, mass_g: lot.state.remaining_g }))
        .collect();
    draft.check_storage(&facility, "/facility_id", &incoming, 0);
    draft.event.facility = Some(facility.id.clone());
    let Some(batch) = draft.batch(BatchKind::StoreIn, "") else { return draft.finish() };
    for mut lot in lots {
        put(&mut draft, &mut lot, &facility, command.occurred_at);
        lot.state.store_in_batch = Some(batch);
        row_in(&mut draft, &lot, &facility, batch, lot.generation_batch.into_iter().collect());
        draft.update(lot);
    }
    draft.finish()
}

/// Decides a storage-out, or binds lots to a manifest.
///
/// # Errors
/// Every rule that blocks, with the warnings.
pub fn decide_stage(
    world: World<'_>,
    ids: &mut dyn FnMut() -> String,
    command: &Stage,
) -> Result<Decision, Vec<Violation>> {
    let mut draft = Draft::begin(world, ids, EventKind::Staged, command.occurred_at, "/occurred_at");
    // Lots already taken out for transfer, on no manifest, may be bound without taking them out again.
    let binding = command.manifest.is_some();
    let purpose = if binding { Purpose::Transfer } else { command.purpose };
    let allowed: &[LotStatus] = if binding {
        &[LotStatus::Stored, LotStatus::Generated, LotStatus::Staged]
    } else {
        &[LotStatus::Stored, LotStatus::Generated]
    };
    let lots = take_lots(&mut draft, &command.lots, allowed);
    one_site(&mut draft, &lots);
    draft.event.manifest.clone_from(&command.manifest);
    let needs_batch = lots.iter().any(|lot| lot.state.status == LotStatus::Stored);
    let batch = if needs_batch { draft.batch(BatchKind::StoreOut, "") } else { None };
    if needs_batch && batch.is_none() {
        return draft.finish();
    }
    for (index, mut lot) in lots.into_iter().enumerate() {
        let path = format!("/lot_ids/{index}");
        if lot.state.manifest.is_some() {
            draft.fail(Violation::error(rules::ON_MANIFEST, &path).with("lot", label(&lot)));
        }
        if lot.state.status == LotStatus::Staged && lot.state.purpose != Some(Purpose::Transfer) {
            wrong_purpose(&mut draft, &lot, &path, Purpose::Transfer);
        }
        draft.check_term(&lot, &path);
        if let Some(batch) = batch.filter(|_| lot.state.status == LotStatus::Stored) {
            row_out(&mut draft, &lot, batch, lot.state.remaining_g, purpose);
            lot.state.store_out_batch = Some(batch);
        }
        if lot.state.status != LotStatus::Staged {
            lot.state.staged_g = lot.state.remaining_g;
        }
        lot.state.status = LotStatus::Staged;
        lot.state.purpose = Some(purpose);
        lot.state.manifest.clone_from(&command.manifest);
        draft.update(lot);
    }
    draft.finish()
}

/// Decides that taking out is undone.
///
/// # Errors
/// Every rule that blocks, with the warnings.
pub fn decide_unstage(
    world: World<'_>,
    ids: &mut dyn FnMut() -> String,
    command: &Unstage,
) -> Result<Decision, Vec<Violation>> {
    let mut draft = Draft::begin(world, ids, EventKind::Unstaged, command.occurred_at, "/occurred_at");
    let lots = take_lots(&mut draft, &command.lots, &[LotStatus::Staged]);
    draft.event.manifest.clone_from(&command.manifest);
    for (index, mut lot) in lots.into_iter().enumerate() {
        let path = format!("/lot_ids/{index}");
        match (&lot.state.manifest, &command.manifest) {
            (Some(bound), Some(manifest)) if bound == manifest => {}
            (None, None) => {}
            (Some(_), _) => draft.fail(Violation::error(rules::ON_MANIFEST, &path).with("lot", label(&lot))),
            (None, Some(_)) => {
                draft.fail(Violation::error(rules::NOT_ON_MANIFEST, &path).with("lot", label(&lot)))
            }
        }
        put_back(&mut draft, &mut lot);
        draft.update(lot);
    }
    draft.finish()
}

/// The lots of a command that have an allowed status, with one violation each for the others.
pub(super) fn take_lots(draft: &mut Draft<'_>, ids: &[String], allowed: &[LotStatus]) -> Vec<Lot> {
    draft.check_count(ids.len(), "/lot_ids");
    let mut lots = Vec::new();
    for (index, id) in ids.iter().enumerate() {
        let path = format!("/lot_ids/{index}");
        if let Some(lot) = draft.lot(id, &path) {
            draft.check_status(&lot, &path, allowed);
            lots.push(lot);
        }
    }
    lots
}

/// The one site of the lots.
pub(super) fn one_site(draft: &mut Draft<'_>, lots: &[Lot]) -> Option<String> {
    let site = lots.first()?.site.clone();
    if lots.iter().any(|lot| lot.site != site) {
        draft.fail(Violation::error(rules::SITES_DIFFER, "/lot_ids"));
    }
    Some(site)
}

/// Puts a lot into a facility.
pub(super) fn put(draft: &mut Draft<'_>, lot: &mut Lot, facility: &Facility, since: i64) {
    lot.state.status = LotStatus::Stored;
    lot.state.facility = Some(facility.id.clone());
    lot.state.stored_at = Some(since);
    lot.state.deadline_at = lot
        .waste_code
        .and_then(|code| storage_deadline(draft.world.party, facility, code, since, draft.world.settings))
        .map(|(at, _)| at);
    lot.state.purpose = None;
}

/// Puts a staged or returned lot back where it was, and corrects the storage-out row.
pub(super) fn put_back(draft: &mut Draft<'_>, lot: &mut Lot) {
    if let Some(batch) = lot.state.store_out_batch.take() {
        draft.event.row_changes.push(RowChange {
            table: Table::B3,
            batch,
            lot: lot.id.clone(),
            mass_g: (lot.state.staged_g - lot.state.remaining_g).max(0),
        });
    }
    lot.state.status = if lot.state.facility.is_some() { LotStatus::Stored } else { LotStatus::Generated };
    lot.state.purpose = None;
    lot.state.manifest = None;
    lot.state.staged_g = 0;
}

pub(super) fn wrong_purpose(draft: &mut Draft<'_>, lot: &Lot, path: &str, wanted: Purpose) {
    let purpose = lot.state.purpose.map_or("", Purpose::as_str);
    draft.fail(
        Violation::error(rules::PURPOSE, path)
            .with("lot", label(lot))
            .with("purpose", purpose)
            .with("wanted", wanted),
    );
}

/// A row of table B.2.
pub(super) fn row_in(
    draft: &mut Draft<'_>,
    lot: &Lot,
    facility: &Facility,
    batch: BatchCode,
    source_batches: Vec<BatchCode>,
) {
    let Some(code) = lot.waste_code else { return };
    let (name, when) = (draft.known_name(code), (draft.at, draft.world.settings.zone.month_of(draft.at)));
    draft.event.rows.push(RegisterRow {
        facility: Some(facility.code.clone()),
        storage_kind: facility.storage_kind,
        source_batches,
        ..RegisterRow::about(Table::B2, batch, lot, code, name, lot.state.remaining_g, when)
    });
}

/// A row of table B.3.
pub(super) fn row_out(draft: &mut Draft<'_>, lot: &Lot, batch: BatchCode, mass_g: i64, purpose: Purpose) {
    let Some(code) = lot.waste_code else { return };
    let (name, when) = (draft.known_name(code), (draft.at, draft.world.settings.zone.month_of(draft.at)));
    let facility = lot.state.facility.as_ref().and_then(|id| draft.world.facilities.get(id));
    draft.event.rows.push(RegisterRow {
        facility: facility.map(|f| f.code.clone()),
        storage_kind: facility.and_then(|f| f.storage_kind),
        source_batches: lot.state.store_in_batch.into_iter().collect(),
        destination: Some(match purpose {
            Purpose::Transfer => Destination::Entrusted,
            Purpose::SelfUse => Destination::SelfUse,
            Purpose::SelfDisposal => Destination::SelfDisposal,
            Purpose::Treatment => Destination::Treatment,
            Purpose::Repack => Destination::Repack,
        }),
        ..RegisterRow::about(Table::B3, batch, lot, code, name, mass_g, when)
    });
}
