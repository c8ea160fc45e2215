//! Use and disposal at the receivers, at the end of the week or, for medical waste, on the day it comes: what came in
//! is gone to the gram, residues go into store.

use std::collections::{BTreeMap, BTreeSet};

use app::kit::Problem;
use app::ledger::commands::{store_in, treat};
use app::ledger::model::{LotView, ProductInput, ResidueInput, StorageInInput, TakeInput, TreatmentInput};
use app::registry::demo::DemoStream;
use domain::access::Role;

use crate::play::Stage;
use crate::shelf::Held;

/// Residue out of a treatment, per thousand of the mass that goes in.
const RESIDUE: i64 = 60;
/// Product out of a recovery, per thousand.
const PRODUCT: i64 = 620;
/// Most containers in one treatment.
const MOST: usize = 60;

/// Treatments of a week.
pub(crate) async fn week(stage: &mut Stage<'_>) -> Result<(), Problem> {
    for org in plants(stage, |_| true) {
        at(stage, &org).await?;
    }
    Ok(())
}

/// Treatments of a day, where waste comes every day and may not lie.
pub(crate) async fn day(stage: &mut Stage<'_>) -> Result<(), Problem> {
    for org in plants(stage, |s| s.daily) {
        at(stage, &org).await?;
    }
    Ok(())
}

/// Receivers of some streams.
fn plants(stage: &Stage<'_>, which: impl Fn(&DemoStream) -> bool) -> BTreeSet<String> {
    let of = stage.city.data.streams.iter().filter(|s| s.method_code.is_some() && which(s));
    of.filter_map(|s| s.receiver.clone()).collect()
}

/// Everything that a receiver has in store and a plant for.
async fn at(stage: &mut Stage<'_>, org: &str) -> Result<(), Problem> {
    let methods = methods(stage, org);
    let residue = stage.city.data.streams.iter().find(|s| s.org == *org && s.origin == "treatment");
    let manager = stage.city.actors.of(org, Role::ReceiverManager)?.clone();
    let mut by_code: BTreeMap<String, Vec<LotView>> = BTreeMap::new();
    for lot in stage.stored(&manager, None).await? {
        if let Some(code) = lot.waste_code.clone() {
            by_code.entry(code).or_default().push(lot);
        }
    }
    for (code, lots) in by_code {
        let own = stage.shelf.place(org, &code);
        let method = methods.get(&code).filter(|_| own.is_none());
        // Who only collects has no plant and sends on, and so goes what plants leave.
        let plant = method.map(|method| plant(stage, org, method)).transpose()?.flatten();
        let (Some(method), Some(plant)) = (method, plant) else {
            if let Some(own) = own {
                stage.shelf.clear(own);
                stage.shelf.put(own, lots.into_iter().map(Held::from));
            }
            continue;
        };
        for batch in lots.chunks(MOST) {
            run(stage, org, (&plant, method), batch, residue).await?;
        }
    }
    Ok(())
}

/// Method by code at a receiver, as the streams name it.
fn methods(stage: &Stage<'_>, org: &str) -> BTreeMap<String, String> {
    let here = stage.city.data.streams.iter().filter(|s| s.receiver.as_deref() == Some(org));
    here.filter_map(|s| Some((s.waste_code.clone(), s.method_code.clone()?))).collect()
}

/// The plant that works by a method.
fn plant(stage: &Stage<'_>, org: &str, method: &str) -> Result<Option<String>, Problem> {
    let kind = match method {
        "D10" | "Y10" => "incinerator",
        "D9" => "physico_chemical",
        m if m.starts_with(['R', 'C']) => "recovery",
        _ => "other_treatment",
    };
    let site =
        |key: &serde_json::Value| stage.city.data.sites.iter().any(|s| s["key"] == *key && s["org"] == org);
    let found = stage.city.data.facilities.iter().find(|f| f["facility_type"] == kind && site(&f["site"]));
    found.and_then(|f| f["key"].as_str()).map(|key| stage.facility(key)).transpose()
}

async fn run(
    stage: &mut Stage<'_>,
    org: &str,
    (plant, method): (&str, &str),
    lots: &[LotView],
    residue: Option<&DemoStream>,
) -> Result<(), Problem> {
    let manager = stage.city.actors.of(org, Role::ReceiverManager)?.clone();
    stage.at(960);
    let started_at = stage.now_text();
    stage.clock.sim().advance(45 * 60_000_000);
    let total: i64 = lots.iter().map(|l| l.remaining_g).sum();
    let left = residue.map_or(0, |_| total * RESIDUE / 1000);
    let made = if method.starts_with(['R', 'C']) { total * PRODUCT / 1000 } else { 0 };
    let input = TreatmentInput {
        facility_id: plant.to_owned(),
        method_code: method.to_owned(),
        inputs: lots.iter().map(|l| TakeInput { lot_id: l.id.clone(), mass_g: l.remaining_g }).collect(),
        residues: residue.filter(|_| left > 0).map(|r| residue_of(r, left)).into_iter().collect(),
        products: (made > 0)
            .then(|| ProductInput { name: stage.city.data.product_name.clone(), mass_g: made })
            .into_iter()
            .collect(),
        destroyed_g: total - left - made,
        started_at,
        finished_at: stage.now_text(),
        note: None,
    };
    let answer = treat(stage.kit, &manager, input).await?;
    stage.played.treatments += 1;
    let lot_ids: Vec<String> = answer
        .lots
        .iter()
        .filter(|l| l.kind == "waste" && l.status == "generated" && l.origin == "treated")
        .map(|l| l.id.clone())
        .collect();
    if let (Some(residue), false) = (residue, lot_ids.is_empty()) {
        let mass_g = |id: &String| answer.lots.iter().find(|l| l.id == *id).map_or(0, |l| l.remaining_g);
        let held: Vec<Held> = lot_ids.iter().map(|id| Held { id: id.clone(), mass_g: mass_g(id) }).collect();
        let input = StorageInInput {
            lot_ids,
            facility_id: stage.facility(&residue.storage_facility)?,
            occurred_at: stage.now_text(),
        };
        store_in(stage.kit, &manager, input).await?;
        if let Some(place) = stage.shelf.place(org, &residue.waste_code) {
            stage.shelf.put(place, held);
        }
    }
    Ok(())
}

fn residue_of(stream: &DemoStream, mass_g: i64) -> ResidueInput {
    ResidueInput {
        waste_code: stream.waste_code.clone(),
        name: stream.internal_name.clone(),
        form: stream.form.clone(),
        traits: stream.traits.clone(),
        packaging: stream.packaging.clone(),
        capacity_ml: stream.capacity_ml,
        mass_g,
    }
}
