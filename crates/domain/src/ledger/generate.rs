//! Generation, with storage in one go: generate, pack, weigh, label, store (五即一码).

use super::facility::Incoming;
use super::work::{Decision, Draft, MAX_COMPONENTS, MAX_ITEMS, MAX_TEXT};
use super::{
    Destination, EntryKind, EventKind, FacilityUse, Lot, LotKind, LotState, LotStatus, Origin, RegisterRow,
    Table, World, rules, storage,
};
use crate::codes::{BatchKind, ContainerKind, Traits, WasteCode, WasteForm};
use crate::problem::Violation;
use crate::quantity::{Grams, Millilitres};

/// Waste came to be.
#[derive(Clone, Debug)]
pub struct Generate {
    /// Site.
    pub site: String,
    /// Facility that made it.
    pub generating_facility: Option<String>,
    /// Code.
    pub waste_code: WasteCode,
    /// Name inside the firm.
    pub internal_name: String,
    /// Physical form.
    pub form: WasteForm,
    /// Hazard properties; empty takes those of the catalogue.
    pub traits: Traits,
    /// Harmful components.
    pub components: String,
    /// Packaging.
    pub packaging: ContainerKind,
    /// Volume of one container in millilitres.
    pub capacity_ml: Option<i64>,
    /// One entry per container; bulk has exactly one.
    pub containers: Vec<ContainerMass>,
    /// When (µs UTC).
    pub occurred_at: i64,
    /// Storage facility, when stored in one go.
    pub store_in: Option<String>,
    /// Note.
    pub note: Option<String>,
}

/// Weighing of one container.
#[derive(Clone, Copy, Debug)]
pub struct ContainerMass {
    /// Net mass in grams.
    pub mass_g: i64,
    /// Gross mass in grams, when weighed so.
    pub gross_g: Option<i64>,
    /// Tare in grams, when weighed so.
    pub tare_g: Option<i64>,
}

/// Densest plausible filling, in grams per millilitre. Our own bound against slips of unit: lead is 11.3.
const MAX_DENSITY: i64 = 12;

/// Decides a generation.
///
/// # Errors
/// Every rule that blocks, with the warnings.
pub fn decide_generate(
    world: World<'_>,
    ids: &mut dyn FnMut() -> String,
    command: &Generate,
) -> Result<Decision, Vec<Violation>> {
    let mut draft = Draft::begin(world, ids, EventKind::Generated, command.occurred_at, "/occurred_at");
    let national = draft.national_name(command.waste_code, "/waste_code");
    let traits = check_description(&mut draft, command);
    check_weighing(&mut draft, command);
    let generating = command.generating_facility.as_deref().and_then(|id| {
        let uses = &[
            FacilityUse::Generating,
            FacilityUse::SelfUse,
            FacilityUse::SelfDisposal,
            FacilityUse::Treatment,
        ];
        draft.facility(id, "/generating_facility_id", &command.site, uses)
    });
    let store = command
        .store_in
        .as_deref()
        .and_then(|id| draft.facility(id, "/storage_facility_id", &command.site, &[FacilityUse::Storage]));
    if let Some(facility) = &store {
        let incoming: Vec<Incoming> = command
            .containers
            .iter()
            .map(|c| Incoming { code: command.waste_code, mass_g: c.mass_g })
            .collect();
        draft.check_storage(facility, "/storage_facility_id", &incoming, 0);
    }
    draft.event.note.clone_from(&command.note);
    draft.event.facility.clone_from(&command.store_in);
    let Some(batch) = draft.batch(BatchKind::Generation, "") else { return draft.finish() };
    let store_batch = match &store {
        Some(_) => match draft.batch(BatchKind::StoreIn, "") {
            Some(code) => Some(code),
            None => return draft.finish(),
        },
        None => None,
    };
    let month = world.settings.zone.month_of(command.occurred_at);
    for (index, weighed) in command.containers.iter().take(MAX_ITEMS).enumerate() {
        let container = if command.packaging == ContainerKind::None {
            None
        } else {
            draft.container(command.waste_code, &format!("/containers/{index}"))
        };
        let mut lot = Lot {
            id: draft.new_id(),
            kind: LotKind::Waste,
            origin: Origin::Generated,
            container,
            waste_code: Some(command.waste_code),
            name: command.internal_name.trim().to_owned(),
            form: command.form,
            traits,
            components: command.components.trim().to_owned(),
            packaging: command.packaging,
            capacity_ml: command.capacity_ml,
            holder: world.party.id.clone(),
            site: command.site.clone(),
            generated_on: draft.day,
            generation_batch: Some(batch),
            source_manifest: None,
            created_at: command.occurred_at,
            state: LotState::new(weighed.mass_g, LotStatus::Generated, command.occurred_at),
        };
        let when = (command.occurred_at, month);
        let about = |table, code, lot: &Lot| {
            RegisterRow::about(table, code, lot, command.waste_code, national.clone(), weighed.mass_g, when)
        };
        draft.event.rows.push(RegisterRow {
            facility: generating.as_ref().map(|f| f.code.clone()),
            destination: Some(if store.is_some() { Destination::Storage } else { Destination::Open }),
            ..about(Table::B1, batch, &lot)
        });
        if let (Some(facility), Some(code)) = (&store, store_batch) {
            storage::put(&mut draft, &mut lot, facility, command.occurred_at);
            lot.state.store_in_batch = Some(code);
            draft.event.rows.push(RegisterRow {
                facility: Some(facility.code.clone()),
                storage_kind: facility.storage_kind,
                source_batches: vec![batch],
                ..about(Table::B2, code, &lot)
            });
        }
        draft.entry(&lot, EntryKind::Generated, weighed.mass_g, Some(batch));
        draft.add_lot(lot);
    }
    draft.finish()
}

/// Checks name, texts and hazard properties; gives the properties that hold.
fn check_description(draft: &mut Draft<'_>, command: &Generate) -> Traits {
    draft.check_name(&command.internal_name, "/internal_name");
    draft.check_text(&command.components, MAX_COMPONENTS, "/components");
    draft.check_text(command.note.as_deref().unwrap_or_default(), MAX_TEXT, "/note");
    checked_traits(draft, command.waste_code, command.traits, "/traits")
}

/// The given hazard properties, or the catalogue's when none are given.
pub(super) fn checked_traits(draft: &mut Draft<'_>, code: WasteCode, given: Traits, path: &str) -> Traits {
    let listed = draft.world.catalogue.find(code, draft.day).entry().map(|e| e.traits);
    match listed {
        Some(listed) if given.is_empty() => listed,
        Some(listed) if given != listed => {
            draft.fail(
                Violation::warning(rules::TRAITS_DIFFER, path).with("given", given).with("listed", listed),
            );
            given
        }
        None if given.is_empty() => {
            draft.fail(Violation::error(rules::TRAITS_MISSING, path));
            given
        }
        _ => given,
    }
}

fn check_weighing(draft: &mut Draft<'_>, command: &Generate) {
    draft.check_count(command.containers.len(), "/containers");
    if command.packaging == ContainerKind::None && command.containers.len() > 1 {
        draft.fail(Violation::error(rules::BULK_ONE, "/containers").with("count", command.containers.len()));
    }
    for (index, weighed) in command.containers.iter().enumerate() {
        let path = format!("/containers/{index}/mass_g");
        draft.check_mass(weighed.mass_g, &path);
        if let (Some(gross), Some(tare)) = (weighed.gross_g, weighed.tare_g)
            && (tare < 0 || gross.checked_sub(tare) != Some(weighed.mass_g))
        {
            draft.fail(
                Violation::error(rules::GROSS_TARE, &path)
                    .with("gross", Grams(gross).to_kilograms())
                    .with("tare", Grams(tare).to_kilograms())
                    .with("net", Grams(weighed.mass_g).to_kilograms()),
            );
        }
        check_density(draft, command.capacity_ml, weighed.mass_g, &path);
    }
    check_capacity(draft, command.capacity_ml, "/capacity_ml");
}

pub(super) fn check_capacity(draft: &mut Draft<'_>, capacity_ml: Option<i64>, path: &str) {
    if let Some(Err(error)) = capacity_ml.map(|ml| Millilitres(ml).plausible()) {
        draft.fail(error.at(path));
    }
}

/// Says when a container would be filled with something denser than any waste.
pub(super) fn check_density(draft: &mut Draft<'_>, capacity_ml: Option<i64>, mass_g: i64, path: &str) {
    if let Some(capacity) = capacity_ml.filter(|ml| *ml > 0 && mass_g > ml.saturating_mul(MAX_DENSITY)) {
        draft.fail(
            Violation::warning(rules::DENSITY, path)
                .with("mass", Grams(mass_g).to_kilograms())
                .with("capacity", Millilitres(capacity).to_litres()),
        );
    }
}
