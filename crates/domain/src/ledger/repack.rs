//! Splitting and merging: the same waste in other containers. Different codes, hazard properties or physical
//! forms never merge, and the grams that go in come out.

use std::collections::BTreeSet;

use super::facility::Incoming;
use super::generate::{check_capacity, check_density};
use super::storage::{self, row_in, row_out, wrong_purpose};
use super::work::{Decision, Draft, MAX_ITEMS, label};
use super::{
    EdgeKind, EntryKind, EventKind, FacilityUse, Lot, LotKind, LotState, LotStatus, Origin, Purpose, World,
    rules,
};
use crate::codes::{BatchCode, BatchKind, ContainerKind, WasteCode};
use crate::problem::Violation;
use crate::quantity::{Grams, allocate_matrix};

/// Mass taken from a lot.
#[derive(Clone, Debug)]
pub struct Take {
    /// Lot.
    pub lot: String,
    /// Grams.
    pub mass_g: i64,
}

/// A new container.
#[derive(Clone, Debug)]
pub struct NewContainer {
    /// Packaging.
    pub packaging: ContainerKind,
    /// Volume in millilitres.
    pub capacity_ml: Option<i64>,
    /// Net mass in grams.
    pub mass_g: i64,
}

/// Waste is put into other containers.
#[derive(Clone, Debug)]
pub struct Repack {
    /// From.
    pub inputs: Vec<Take>,
    /// Into.
    pub outputs: Vec<NewContainer>,
    /// Storage facility of the new containers; needed when an input was stored.
    pub facility: Option<String>,
    /// When (µs UTC).
    pub occurred_at: i64,
}

/// Decides a repacking.
///
/// # Errors
/// Every rule that blocks, with the warnings.
pub fn decide_repack(
    world: World<'_>,
    ids: &mut dyn FnMut() -> String,
    command: &Repack,
) -> Result<Decision, Vec<Violation>> {
    let mut draft = Draft::begin(world, ids, EventKind::Repacked, command.occurred_at, "/occurred_at");
    let inputs = inputs(&mut draft, &command.inputs, &[Purpose::Repack]);
    check_alike(&mut draft, &inputs);
    check_outputs(&mut draft, command);
    let Some((pattern, code)) =
        inputs.first().and_then(|(lot, _)| lot.waste_code.map(|code| (lot.clone(), code)))
    else {
        return draft.finish();
    };
    let facility = command
        .facility
        .as_deref()
        .and_then(|id| draft.facility(id, "/facility_id", &pattern.site, &[FacilityUse::Storage]));
    let was_stored = inputs.iter().any(|(lot, _)| lot.state.facility.is_some());
    if was_stored && command.facility.is_none() {
        draft.fail(Violation::error(rules::REPACK_FACILITY, "/facility_id"));
    }
    if let Some(facility) = &facility {
        let leaving = inputs
            .iter()
            .filter(|(lot, _)| lot.state.facility.as_ref() == Some(&facility.id))
            .fold(0_i64, |sum, (_, mass)| sum.saturating_add(*mass));
        let incoming: Vec<Incoming> =
            command.outputs.iter().map(|o| Incoming { code, mass_g: o.mass_g }).collect();
        draft.check_storage(facility, "/facility_id", &incoming, leaving);
    }
    let rows: Vec<i64> = inputs.iter().map(|(_, mass)| *mass).collect();
    let columns: Vec<i64> = command.outputs.iter().map(|o| o.mass_g).collect();
    let Some(cells) = allocate_matrix(&rows, &columns) else {
        let total = |masses: &[i64]| masses.iter().map(|g| Grams(*g)).sum::<Grams>().to_kilograms();
        draft.fail(
            Violation::error(rules::REPACK_SUM, "/outputs")
                .with("inputs", total(&rows))
                .with("outputs", total(&columns)),
        );
        return draft.finish();
    };
    if draft.blocked() {
        return draft.finish();
    }
    draft.event.facility = facility.as_ref().map(|f| f.id.clone());
    let Some((out_batch, in_batch)) = batches(&mut draft, &inputs, facility.is_some()) else {
        return draft.finish();
    };
    let outputs = new_lots(&mut draft, command, &inputs, &pattern, code);
    let sources: Vec<BatchCode> = inputs
        .iter()
        .filter_map(|(lot, _)| lot.generation_batch)
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
    let since = inputs.iter().filter_map(|(lot, _)| lot.state.stored_at).min().unwrap_or(command.occurred_at);
    for ((mut lot, mass), shares) in inputs.into_iter().zip(&cells) {
        for (output, share) in outputs.iter().zip(shares) {
            draft.edge(&lot.id, &output.id, *share, EdgeKind::Repack);
        }
        withdraw(&mut draft, &lot, mass, out_batch, Purpose::Repack);
        draft.entry(&lot, EntryKind::RepackedOut, -mass, None);
        draft.take(&mut lot, mass, "/inputs");
        draft.update(lot);
    }
    for mut lot in outputs {
        if let (Some(facility), Some(batch)) = (&facility, in_batch) {
            // The storage term runs on: new containers do not make old waste young.
            storage::put(&mut draft, &mut lot, facility, since);
            lot.state.store_in_batch = Some(batch);
            row_in(&mut draft, &lot, facility, batch, sources.clone());
        }
        draft.entry(&lot, EntryKind::RepackedIn, lot.state.initial_g, None);
        draft.add_lot(lot);
    }
    draft.finish()
}

/// Reads the inputs of a repacking or treatment: lots in stock, staged for nothing else, with enough mass.
pub(super) fn inputs(draft: &mut Draft<'_>, takes: &[Take], purposes: &[Purpose]) -> Vec<(Lot, i64)> {
    draft.check_count(takes.len(), "/inputs");
    let mut inputs = Vec::new();
    for (index, take) in takes.iter().enumerate() {
        let path = format!("/inputs/{index}");
        draft.check_mass(take.mass_g, &format!("{path}/mass_g"));
        let Some(lot) = draft.lot(&take.lot, &format!("{path}/lot_id")) else { continue };
        draft.check_status(&lot, &path, &[LotStatus::Generated, LotStatus::Stored, LotStatus::Staged]);
        if lot.state.manifest.is_some() {
            draft.fail(Violation::error(rules::ON_MANIFEST, &path).with("lot", label(&lot)));
        } else if lot.state.purpose.is_some_and(|p| !purposes.contains(&p)) {
            let wanted = purposes.first().copied().unwrap_or(Purpose::Repack);
            wrong_purpose(draft, &lot, &path, wanted);
        }
        if take.mass_g > lot.state.remaining_g {
            draft.fail(
                Violation::error(rules::OVERDRAWN, format!("{path}/mass_g"))
                    .with("lot", label(&lot))
                    .with("remaining", Grams(lot.state.remaining_g).to_kilograms())
                    .with("wanted", Grams(take.mass_g).to_kilograms()),
            );
        }
        draft.check_term(&lot, &path);
        inputs.push((lot, take.mass_g));
    }
    if inputs.first().is_some_and(|(first, _)| inputs.iter().any(|(lot, _)| lot.site != first.site)) {
        draft.fail(Violation::error(rules::SITES_DIFFER, "/inputs"));
    }
    inputs
}

/// Writes the storage-out row for mass that leaves storage without having been staged before.
pub(super) fn withdraw(
    draft: &mut Draft<'_>,
    lot: &Lot,
    mass_g: i64,
    batch: Option<BatchCode>,
    purpose: Purpose,
) {
    if let Some(batch) = batch.filter(|_| lot.state.status == LotStatus::Stored) {
        row_out(draft, lot, batch, mass_g, purpose);
    }
}

fn check_alike(draft: &mut Draft<'_>, inputs: &[(Lot, i64)]) {
    let Some((first, _)) = inputs.first() else { return };
    for (index, (lot, _)) in inputs.iter().enumerate().skip(1) {
        let path = format!("/inputs/{index}/lot_id");
        let differ = |rule, one: String, other: String| {
            Violation::error(rule, &path).with("one", one).with("other", other)
        };
        if lot.waste_code != first.waste_code {
            let text = |code: Option<WasteCode>| code.map(|c| c.to_string()).unwrap_or_default();
            draft.fail(differ(rules::MERGE_CODES, text(first.waste_code), text(lot.waste_code)));
        } else if lot.traits != first.traits {
            draft.fail(differ(rules::MERGE_TRAITS, first.traits.to_string(), lot.traits.to_string()));
        } else if lot.form != first.form {
            draft.fail(differ(rules::MERGE_FORMS, first.form.to_string(), lot.form.to_string()));
        }
    }
}

fn check_outputs(draft: &mut Draft<'_>, command: &Repack) {
    draft.check_count(command.outputs.len(), "/outputs");
    draft.check_flows(command.inputs.len(), command.outputs.len(), "/outputs");
    for (index, output) in command.outputs.iter().enumerate() {
        let path = format!("/outputs/{index}/mass_g");
        draft.check_mass(output.mass_g, &path);
        check_density(draft, output.capacity_ml, output.mass_g, &path);
        check_capacity(draft, output.capacity_ml, &format!("/outputs/{index}/capacity_ml"));
    }
}

/// Batches for what leaves storage and what goes back in; `None` when the day's numbers are used up.
fn batches(
    draft: &mut Draft<'_>,
    inputs: &[(Lot, i64)],
    storing: bool,
) -> Option<(Option<BatchCode>, Option<BatchCode>)> {
    let leaves = inputs.iter().any(|(lot, _)| lot.state.status == LotStatus::Stored);
    let out = if leaves { Some(draft.batch(BatchKind::StoreOut, "")?) } else { None };
    let into = if storing { Some(draft.batch(BatchKind::StoreIn, "")?) } else { None };
    Some((out, into))
}

fn new_lots(
    draft: &mut Draft<'_>,
    command: &Repack,
    inputs: &[(Lot, i64)],
    pattern: &Lot,
    code: WasteCode,
) -> Vec<Lot> {
    let same =
        |lots: &[(Lot, i64)]| lots.iter().all(|(lot, _)| lot.generation_batch == pattern.generation_batch);
    let generation_batch = pattern.generation_batch.filter(|_| same(inputs));
    let source_manifest = pattern
        .source_manifest
        .clone()
        .filter(|m| inputs.iter().all(|(l, _)| l.source_manifest.as_ref() == Some(m)));
    let generated_on = inputs.iter().map(|(lot, _)| lot.generated_on).min().unwrap_or(draft.day);
    let mut outputs = Vec::new();
    for (index, output) in command.outputs.iter().take(MAX_ITEMS).enumerate() {
        let container = if output.packaging == ContainerKind::None {
            None
        } else {
            draft.container(code, &format!("/outputs/{index}"))
        };
        outputs.push(Lot {
            id: draft.new_id(),
            kind: LotKind::Waste,
            origin: Origin::Repacked,
            container,
            packaging: output.packaging,
            capacity_ml: output.capacity_ml,
            generated_on,
            generation_batch,
            source_manifest: source_manifest.clone(),
            created_at: command.occurred_at,
            state: LotState::new(output.mass_g, LotStatus::Generated, command.occurred_at),
            ..pattern.clone()
        });
    }
    outputs
}
