//! The end of the week at the receivers: what came in is used or disposed of, residues go into store.

use std::collections::BTreeMap;

use app::kit::Problem;
use app::ledger::commands::{store_in, treat};
use app::ledger::model::{LotView, ProductInput, ResidueInput, StorageInInput, TakeInput, TreatmentInput};
use app::registry::demo::DemoStream;
use domain::access::Role;

use crate::play::Stage;

/// Residue out of a treatment, per thousand of the mass that goes in.
const RESIDUE: i64 = 60;
/// Product out of a recovery, per thousand.
const PRODUCT: i64 = 620;
/// Most containers in one treatment.
const MOST: usize = 60;

/// Treatments of a week.
pub(crate) async fn week(stage: &mut Stage<'_>) -> Result<(), Problem> {
    let methods = methods(stage);
    let plants: Vec<String> = methods.keys().map(|(org, _)| org.clone()).collect();
    for org in plants.iter().collect::<std::collections::BTreeSet<_>>() {
        let residue = stage.city.data.streams.iter().find(|s| s.org == *org && s.origin == "treatment");
        let manager = stage.city.actors.of(org, Role::ReceiverManager)?.clone();
        let mut by_code: BTreeMap<String, Vec<LotView>> = BTreeMap::new();
        for lot in stage.stored(&manager, None).await? {
            if let Some(code) = lot.waste_code.clone() {
                by_code.entry(code).or_default().push(lot);
            }
        }
        for (code, lots) in by_code {
            // Who only collects has no plant and sends on.
            let Some(method) = methods.get(&(org.clone(), code.clone())) else { continue };
            let Some(plant) = plant(stage, org, method)? else { continue };
            for batch in lots.chunks(MOST) {
                run(stage, org, (&plant, method), batch, residue).await?;
            }
        }
    }
    Ok(())
}

/// Method by receiver and code, as the streams name it.
fn methods(stage: &Stage<'_>) -> BTreeMap<(String, String), String> {
    let mut all = BTreeMap::new();
    for s in &stage.city.data.streams {
        if let (Some(receiver), Some(method)) = (&s.receiver, &s.method_code) {
            all.insert((receiver.clone(), s.waste_code.clone()), method.clone());
        }
    }
    all
}

/// The plant that works by a method.
fn plant(stage: &Stage<'_>, org: &str, method: &str) -> Result<Option<String>, Problem> {
    let kind = match method.chars().next() {
        Some('R') => "recovery",
        Some('Y') => "incinerator",
        _ if method == "D10" => "incinerator",
        _ => "physico_chemical",
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
    let made = if method.starts_with('R') { total * PRODUCT / 1000 } else { 0 };
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
        let input = StorageInInput {
            lot_ids,
            facility_id: stage.facility(&residue.storage_facility)?,
            occurred_at: stage.now_text(),
        };
        store_in(stage.kit, &manager, input).await?;
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
