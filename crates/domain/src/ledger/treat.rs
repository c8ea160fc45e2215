//! Use and disposal: inputs become residues (waste again), products (not waste any more) and an end node for
//! what was destroyed or disposed of. Mass is conserved to the gram, and each output knows its origins.

use std::collections::BTreeMap;

use super::generate::{check_capacity, check_density, checked_traits};
use super::repack::{Take, inputs, withdraw};
use super::work::{Decision, Draft, MAX_ITEMS, MAX_TEXT};
use super::{
    Destination, EdgeKind, EntryKind, EventKind, Facility, FacilityUse, Lot, LotKind, LotState, LotStatus,
    Method, Origin, Purpose, RegisterRow, Table, World, rules,
};
use crate::codes::{BatchCode, BatchKind, ContainerKind, MethodKind, Traits, WasteCode, WasteForm};
use crate::problem::Violation;
use crate::quantity::{Grams, allocate_matrix};

/// A container of waste that the treatment left.
#[derive(Clone, Debug)]
pub struct Residue {
    /// Code.
    pub waste_code: WasteCode,
    /// Name inside the firm.
    pub name: String,
    /// Physical form.
    pub form: WasteForm,
    /// Hazard properties; empty takes those of the catalogue.
    pub traits: Traits,
    /// Packaging.
    pub packaging: ContainerKind,
    /// Volume in millilitres.
    pub capacity_ml: Option<i64>,
    /// Grams.
    pub mass_g: i64,
}

/// A product of the treatment.
#[derive(Clone, Debug)]
pub struct Product {
    /// Name.
    pub name: String,
    /// Grams.
    pub mass_g: i64,
}

/// Waste is used or disposed of.
#[derive(Clone, Debug)]
pub struct Treat {
    /// Facility.
    pub facility: String,
    /// Method.
    pub method: Method,
    /// What goes in, whole lots or parts.
    pub inputs: Vec<Take>,
    /// Waste that comes out.
    pub residues: Vec<Residue>,
    /// Products that come out.
    pub products: Vec<Product>,
    /// Mass destroyed or disposed of, in grams.
    pub destroyed_g: i64,
    /// Begin (µs UTC).
    pub started_at: i64,
    /// End (µs UTC).
    pub finished_at: i64,
    /// Note.
    pub note: Option<String>,
}

/// Decides a treatment.
///
/// # Errors
/// Every rule that blocks, with the warnings.
pub fn decide_treat(
    world: World<'_>,
    ids: &mut dyn FnMut() -> String,
    command: &Treat,
) -> Result<Decision, Vec<Violation>> {
    let mut draft = Draft::begin(world, ids, EventKind::Treated, command.finished_at, "/finished_at");
    if command.started_at > command.finished_at {
        draft.fail(Violation::error(rules::TREAT_TIMES, "/started_at"));
    }
    let uses = [FacilityUse::SelfUse, FacilityUse::SelfDisposal, FacilityUse::Treatment];
    let purposes = [Purpose::SelfUse, Purpose::SelfDisposal, Purpose::Treatment];
    let taken = inputs(&mut draft, &command.inputs, &purposes);
    let site = taken.first().map(|(lot, _)| lot.site.clone()).unwrap_or_default();
    let facility = draft.facility(&command.facility, "/facility_id", &site, &uses);
    check_outputs(&mut draft, command);
    let Some(facility) = facility.filter(|_| !taken.is_empty()) else { return draft.finish() };
    let purpose = check_facility(&mut draft, &facility, command, &taken);
    let rows: Vec<i64> = taken.iter().map(|(_, mass)| *mass).collect();
    let columns: Vec<i64> = command
        .residues
        .iter()
        .map(|r| r.mass_g)
        .chain(command.products.iter().map(|p| p.mass_g))
        .chain([command.destroyed_g])
        .collect();
    let Some(cells) = allocate_matrix(&rows, &columns) else {
        let total = |masses: &[i64]| masses.iter().map(|g| Grams(*g)).sum::<Grams>().to_kilograms();
        draft.fail(
            Violation::error(rules::TREAT_SUM, "/destroyed_g")
                .with("inputs", total(&rows))
                .with("outputs", total(&columns)),
        );
        return draft.finish();
    };
    if draft.blocked() {
        return draft.finish();
    }
    let kind = match command.method.kind {
        MethodKind::Use => BatchKind::SelfUse,
        MethodKind::Disposal => BatchKind::SelfDisposal,
    };
    let stored = taken.iter().any(|(lot, _)| lot.state.status == LotStatus::Stored);
    let Some(batch) = draft.batch(kind, "") else { return draft.finish() };
    let out_batch = if stored { draft.batch(BatchKind::StoreOut, "") } else { None };
    draft.event.facility = Some(facility.id.clone());
    draft.event.method = Some(command.method.code);
    draft.event.note.clone_from(&command.note);
    let outputs = outputs(&mut draft, command, &site, batch);
    for ((mut lot, mass), shares) in taken.into_iter().zip(&cells) {
        for (output, share) in outputs.iter().zip(shares) {
            draft.edge(&lot.id, &output.id, *share, EdgeKind::Treat);
        }
        withdraw(&mut draft, &lot, mass, out_batch, purpose);
        row_treated(&mut draft, &lot, mass, batch, out_batch, &facility, command);
        let kind = if command.method.kind == MethodKind::Use { EntryKind::Used } else { EntryKind::Disposed };
        draft.entry(&lot, kind, -mass, Some(batch));
        draft.take(&mut lot, mass, "/inputs");
        draft.update(lot);
    }
    for lot in outputs.into_iter().filter(|lot| lot.state.initial_g > 0) {
        draft.entry(&lot, EntryKind::Residue, lot.state.initial_g, lot.generation_batch);
        draft.add_lot(lot);
    }
    draft.finish()
}

fn check_outputs(draft: &mut Draft<'_>, command: &Treat) {
    let count = command.residues.len() + command.products.len();
    if count > MAX_ITEMS {
        draft
            .fail(Violation::error(rules::TOO_MANY, "/residues").with("count", count).with("max", MAX_ITEMS));
    }
    if command.destroyed_g < 0 {
        draft.fail(Violation::error(rules::NEGATIVE, "/destroyed_g").with("value", command.destroyed_g));
    }
    draft.check_text(command.note.as_deref().unwrap_or_default(), MAX_TEXT, "/note");
    draft.check_flows(command.inputs.len(), count + 1, "/inputs");
    for (index, residue) in command.residues.iter().enumerate() {
        let path = |field: &str| format!("/residues/{index}/{field}");
        draft.national_name(residue.waste_code, &path("waste_code"));
        draft.check_mass(residue.mass_g, &path("mass_g"));
        check_density(draft, residue.capacity_ml, residue.mass_g, &path("mass_g"));
        check_capacity(draft, residue.capacity_ml, &path("capacity_ml"));
        draft.check_name(&residue.name, &path("name"));
    }
    for (index, product) in command.products.iter().enumerate() {
        draft.check_mass(product.mass_g, &format!("/products/{index}/mass_g"));
        draft.check_name(&product.name, &format!("/products/{index}/name"));
    }
}

/// The method must go with the facility, and the facility must take the codes. Gives the purpose for which
/// stored inputs leave storage.
fn check_facility(
    draft: &mut Draft<'_>,
    facility: &Facility,
    command: &Treat,
    taken: &[(Lot, i64)],
) -> Purpose {
    let (wanted, purpose) = match facility.purpose {
        FacilityUse::SelfUse => (Some(MethodKind::Use), Purpose::SelfUse),
        FacilityUse::SelfDisposal => (Some(MethodKind::Disposal), Purpose::SelfDisposal),
        _ => (None, Purpose::Treatment),
    };
    if wanted.is_some_and(|kind| kind != command.method.kind) {
        draft.fail(
            Violation::error(rules::METHOD_FACILITY, "/method_code")
                .with("method", command.method.code)
                .with("facility", &facility.code),
        );
    }
    for (index, (lot, _)) in taken.iter().enumerate() {
        if let Some(code) = lot.waste_code.filter(|code| !facility.accepts.accepts(*code)) {
            draft.fail(
                Violation::error(rules::FACILITY_CODE, format!("/inputs/{index}/lot_id"))
                    .with("facility", &facility.code)
                    .with("code", code),
            );
        }
    }
    purpose
}

/// Residues, products and the end node, in the order of the allocation's columns.
fn outputs(draft: &mut Draft<'_>, command: &Treat, site: &str, batch: BatchCode) -> Vec<Lot> {
    let mut lots = Vec::new();
    let mut residue_batches: BTreeMap<WasteCode, BatchCode> = BTreeMap::new();
    let month = draft.world.settings.zone.month_of(draft.at);
    for (index, residue) in command.residues.iter().take(MAX_ITEMS).enumerate() {
        let path = format!("/residues/{index}");
        let code = residue.waste_code;
        let generation = match residue_batches.get(&code) {
            Some(batch) => Some(*batch),
            None => draft.batch(BatchKind::Generation, &path).inspect(|b| {
                residue_batches.insert(code, *b);
            }),
        };
        let container =
            if residue.packaging == ContainerKind::None { None } else { draft.container(code, &path) };
        let traits = checked_traits(draft, code, residue.traits, &format!("{path}/traits"));
        let lot = Lot {
            kind: LotKind::Waste,
            container,
            waste_code: Some(code),
            form: residue.form,
            traits,
            packaging: residue.packaging,
            capacity_ml: residue.capacity_ml,
            generation_batch: generation,
            state: LotState::new(residue.mass_g, LotStatus::Generated, draft.at),
            ..draft.node(LotKind::Waste, Origin::Treated, residue.name.trim(), site, residue.mass_g)
        };
        if let Some(generation) = generation {
            let facility = draft.world.facilities.get(&command.facility).map(|f| f.code.clone());
            let name = draft.known_name(code);
            draft.event.rows.push(RegisterRow {
                facility,
                destination: Some(Destination::Open),
                ..RegisterRow::about(
                    Table::B1,
                    generation,
                    &lot,
                    code,
                    name,
                    residue.mass_g,
                    (draft.at, month),
                )
            });
        }
        lots.push(lot);
    }
    for product in command.products.iter().take(MAX_ITEMS) {
        let node = draft.node(LotKind::Product, Origin::Treated, product.name.trim(), site, product.mass_g);
        lots.push(Lot { generation_batch: Some(batch), ..node });
    }
    let method = command.method.code.to_string();
    let end = draft.node(LotKind::Treated, Origin::Treated, &method, site, command.destroyed_g);
    lots.push(Lot { generation_batch: Some(batch), ..end });
    lots
}

/// A row of table B.4.
fn row_treated(
    draft: &mut Draft<'_>,
    lot: &Lot,
    mass_g: i64,
    batch: BatchCode,
    out_batch: Option<BatchCode>,
    facility: &Facility,
    command: &Treat,
) {
    let Some(code) = lot.waste_code else { return };
    let (name, month) = (draft.known_name(code), draft.world.settings.zone.month_of(draft.at));
    let source = match lot.state.status {
        LotStatus::Stored => out_batch,
        LotStatus::Staged => lot.state.store_out_batch.or(lot.generation_batch),
        _ => lot.generation_batch,
    };
    draft.event.rows.push(RegisterRow {
        facility: Some(facility.code.clone()),
        source_batches: source.into_iter().collect(),
        method: Some(command.method.code),
        finished_at: Some(command.finished_at),
        ..RegisterRow::about(Table::B4, batch, lot, code, name, mass_g, (command.started_at, month))
    });
}
