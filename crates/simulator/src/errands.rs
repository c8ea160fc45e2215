//! What people of a large city do while somebody watches: for each truck one consignor whose waste it fetches and the
//! receiver it goes to, with the logins of everybody who signs. It is written for a process that knows nothing but the
//! HTTP interface, so it holds ids and bodies of requests, no rights.

use std::collections::BTreeMap;
use std::sync::Arc;

use app::kit::{Kit, Problem};
use app::ledger::model::GenerationInput;
use app::registry::demo::DemoStream;
use app::transfer::model::{ConsignorBody, DraftBody, LineBody};
use domain::access::Role;
use domain::time::Zone;
use geo::Point;
use serde::{Deserialize, Serialize};

use crate::city::lost;
use crate::play::Stage;
use crate::{City, Kept};

/// Lightest container that is worth a truck of its own, grams.
const WORTH_G: i64 = 40_000;

/// A truck's errand.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Errand {
    /// Truck.
    pub vehicle_id: String,
    /// Driver.
    pub driver_id: String,
    /// Escort.
    pub escort_id: String,
    /// Who records the waste and drafts.
    pub clerk: String,
    /// Who signs for the consignor.
    pub manager: String,
    /// Who signs for the carrier.
    pub dispatcher: String,
    /// The receiver's organisation.
    pub receiver_id: String,
    /// The consignor's site.
    pub from: Point,
    /// The receiver's.
    pub to: Point,
    /// Mass of a full container.
    pub container_g: i64,
    /// The record of generation, without containers and time.
    pub generation: GenerationInput,
    /// The draft, without containers.
    pub draft: DraftBody,
}

/// A receiver.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Gate {
    /// Who signs.
    pub login: String,
    /// Where it is.
    pub point: Point,
    /// Storage facilities with the codes that they name; none means all.
    pub stores: Vec<(Vec<String>, String)>,
}

/// Everything that the people's process needs to know.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Errands {
    /// Seed of what varies.
    pub seed: u64,
    /// Who sees the whole city.
    pub watcher: String,
    /// Firms whose documents are left to whoever plays them.
    pub hands_off: Vec<String>,
    /// What is written when a container goes back, and when the weights differ.
    pub reasons: (String, String),
    /// Errands.
    pub all: Vec<Errand>,
    /// Receivers by organisation.
    pub gates: BTreeMap<String, Gate>,
    /// Who signs for a carrier, and who takes refused containers back for a consignor, by organisation.
    pub dispatchers: BTreeMap<String, String>,
    /// See `dispatchers`.
    pub managers: BTreeMap<String, String>,
}

/// The errands of a kept city.
///
/// # Errors
/// When the data refers to something that the city does not have.
pub async fn errands(kit: &Arc<Kit>, kept: &Kept) -> Result<Errands, Problem> {
    let zone = Zone::named(&kit.settings.zone).map_err(|_| Problem::internal())?;
    let city = kept.city(kit, &zone).await?;
    let clock = app::kit::clock::SwitchClock::simulated(kit.clock.now());
    let stage = Stage::new(kit, &clock, &city, kept.seed);
    let shown = || city.data.accounts.iter().filter(|a| a.show);
    let login = |org: &str, role: Role| login(&city, org, role);
    let visitors: Vec<String> = shown()
        .filter(|a| a.roles.iter().any(|r| matches!(r, Role::Clerk | Role::Manager)))
        .map(|a| a.org.clone())
        .collect();
    let mut found = Errands {
        seed: kept.seed,
        watcher: shown()
            .find(|a| a.roles.contains(&Role::Department))
            .map(|a| a.login.clone())
            .unwrap_or_default(),
        hands_off: visitors.iter().filter_map(|org| city.keys.orgs.get(org).cloned()).collect(),
        reasons: (city.data.refusal_reason.clone(), city.data.discrepancy_reason.clone()),
        ..Errands::default()
    };
    for (carrier, fleet) in &stage.routes.fleets {
        let Some(dispatcher) = login(carrier, Role::Dispatcher) else { continue };
        found.dispatchers.insert(stage.org(carrier)?, dispatcher.clone());
        let streams = city.data.streams.iter().filter(|s| fetched(s, carrier) && !visitors.contains(&s.org));
        let streams: Vec<&DemoStream> = streams.collect();
        for turn in 0..fleet.vehicles.len() {
            let Some(stream) = streams.get(turn % streams.len().max(1)) else { continue };
            let team = fleet.team(carrier, turn)?;
            let ends = [(&stream.org, Role::Clerk), (&stream.org, Role::Manager)]
                .map(|(org, role)| login(org, role));
            let ([Some(clerk), Some(manager)], Some(receiver)) = (ends, &stream.receiver) else { continue };
            let gate = gate(&stage, receiver)?;
            found.managers.insert(stage.org(&stream.org)?, manager.clone());
            found.all.push(Errand {
                vehicle_id: team.vehicle,
                driver_id: team.driver,
                escort_id: team.escort,
                clerk,
                manager,
                dispatcher: dispatcher.clone(),
                receiver_id: stage.org(receiver)?,
                from: place(&city, |key| key == stream.site)?,
                to: gate.point,
                container_g: stream.container_g,
                generation: generation(&stage, stream)?,
                draft: draft(&stage, stream, receiver, carrier)?,
            });
            found.gates.insert(stage.org(receiver)?, gate);
        }
    }
    for stream in &city.data.streams {
        if let Some(manager) = login(&stream.org, Role::Manager) {
            found.managers.insert(stage.org(&stream.org)?, manager);
        }
        if let Some(receiver) = &stream.receiver {
            found.gates.insert(stage.org(receiver)?, gate(&stage, receiver)?);
        }
    }
    Ok(found)
}

fn fetched(stream: &DemoStream, carrier: &str) -> bool {
    let theirs = stream.carrier.as_deref() == Some(carrier) && stream.receiver.is_some();
    theirs && stream.origin == "production" && stream.capacity_ml.is_some() && stream.container_g >= WORTH_G
}

fn login(city: &City, org: &str, role: Role) -> Option<String> {
    city.data.accounts.iter().find(|a| a.org == org && a.roles.contains(&role)).map(|a| a.login.clone())
}

fn place(city: &City, which: impl Fn(&str) -> bool) -> Result<Point, Problem> {
    let site = city.data.sites.iter().find(|s| s["key"].as_str().is_some_and(&which));
    let degree = |key: &str| site.and_then(|s| s[key].as_i64()).and_then(|v| i32::try_from(v).ok());
    let point = degree("latitude_e6").zip(degree("longitude_e6"));
    let point = point.and_then(|(lat, lon)| Point::from_e6(lat, lon).ok());
    point.ok_or_else(|| lost("place of", "a site"))
}

fn gate(stage: &Stage<'_>, receiver: &str) -> Result<Gate, Problem> {
    let city = stage.city;
    let own =
        |key: &serde_json::Value| city.data.sites.iter().any(|s| s["key"] == *key && s["org"] == receiver);
    let mut stores = Vec::new();
    for facility in city.data.facilities.iter().filter(|f| f["kind"] == "storage" && own(&f["site"])) {
        let codes = facility["accepts"].as_array().into_iter().flatten();
        let codes = codes.filter_map(|c| c.as_str().map(str::to_owned)).collect();
        stores.push((codes, stage.facility(facility["key"].as_str().unwrap_or_default())?));
    }
    let site = city.data.sites.iter().find(|s| s["org"] == receiver).and_then(|s| s["key"].as_str());
    let site = site.ok_or_else(|| lost("site of", receiver))?;
    let login = login(city, receiver, Role::ReceiverManager).ok_or_else(|| lost("receiver at", receiver))?;
    Ok(Gate { login, point: place(city, |key| key == site)?, stores })
}

fn generation(stage: &Stage<'_>, stream: &DemoStream) -> Result<GenerationInput, Problem> {
    let site = stage.city.keys.sites.get(&stream.site).cloned();
    Ok(GenerationInput {
        site_id: site.ok_or_else(|| lost("site", &stream.site))?,
        generating_facility_id: Some(stage.facility(&stream.generating_facility)?),
        waste_code: stream.waste_code.clone(),
        internal_name: stream.internal_name.clone(),
        form: stream.form.clone(),
        traits: stream.traits.clone(),
        components: stream.components.clone(),
        packaging: stream.packaging.clone(),
        capacity_ml: stream.capacity_ml,
        containers: Vec::new(),
        occurred_at: String::new(),
        storage_facility_id: Some(stage.facility(&stream.storage_facility)?),
        note: None,
    })
}

fn draft(
    stage: &Stage<'_>,
    stream: &DemoStream,
    receiver: &str,
    carrier: &str,
) -> Result<DraftBody, Problem> {
    let site = stage.city.keys.sites.get(&stream.site).cloned();
    Ok(DraftBody {
        receiver_org_id: stage.org(receiver)?,
        carrier_org_id: stage.org(carrier)?,
        consignor_part: ConsignorBody {
            site_id: site.ok_or_else(|| lost("site", &stream.site))?,
            emergency_phone: None,
            handler_name: None,
            handler_phone: None,
            planned_at: None,
            note: String::new(),
            lines: vec![LineBody {
                lot_ids: Vec::new(),
                method_code: stream.method_code.clone().unwrap_or_default(),
                name: None,
                components: Some(stream.components.clone()),
                dangerous_goods: None,
                exemption_id: None,
            }],
        },
    })
}
