//! The plan of a drive: roads, zones, and of each truck its terminal, its places and its script. It is written by the
//! demonstration, which knows the registers, and read by the process that drives, which knows nothing else.

use std::sync::Arc;

use app::kit::Kit;
use app::monitoring::base::base;
use app::monitoring::fleet::{Carriage, Fleet, Site};
use app::registry::shape;
use geo::Point;
use geo::datum::Datum;
use geo::roads::RoadGraph;
use geo::zone::Shape;
use serde::{Deserialize, Serialize};
use wire::jt808::Version;

use super::script::Script;

/// Loaded trucks that follow a script of their own; the others keep the rules.
const SCRIPTS: [Script; 6] =
    [Script::LongStop, Script::WrongSite, Script::Silent, Script::Zone, Script::Obey, Script::Obey];

/// What drives where.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Plan {
    /// Seed of everything that varies.
    pub seed: u64,
    /// Roads.
    pub roads: RoadGraph,
    /// Zones closed to loaded trucks.
    pub restricted: Vec<Shape>,
    /// Places where a stop raises no question: sites and parking zones.
    pub permitted: Vec<Shape>,
    /// Trucks.
    pub trucks: Vec<TruckPlan>,
}

/// A truck.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TruckPlan {
    /// Number of its terminal.
    pub terminal_number: String,
    /// `jt808_2013` or `jt808_2019`.
    pub protocol: String,
    /// In which its terminal says where it is.
    pub datum: Datum,
    /// Plate.
    pub plate: String,
    /// Whether it carries something.
    pub loaded: bool,
    /// Taken over, UTC microseconds; of a loaded one.
    pub departed_at: Option<i64>,
    /// From here …
    pub from: Point,
    /// … to here, and back.
    pub to: Point,
    /// A site where it has no business.
    pub elsewhere: Option<Point>,
    /// What it does.
    pub script: Script,
}

impl TruckPlan {
    /// Edition that its terminal speaks.
    pub fn version(&self) -> Version {
        if self.protocol == "jt808_2019" { Version::V2019 { protocol: 1 } } else { Version::V2013 }
    }
}

/// A plan that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("this is no plan of trucks: {0}")]
pub struct PlanError(#[from] serde_json::Error);

impl Plan {
    /// Reads a plan.
    ///
    /// # Errors
    /// When it is none.
    pub fn read(bytes: &[u8]) -> Result<Self, PlanError> {
        Ok(serde_json::from_slice(bytes)?)
    }

    /// Writes a plan.
    ///
    /// # Errors
    /// Never: everything in it has a form in JSON.
    pub fn write(&self) -> Result<Vec<u8>, PlanError> {
        Ok(serde_json::to_vec(self)?)
    }
}

/// The plan of a city: every terminal on a vehicle drives. Vehicles with an open document carry it from its consignor
/// to its receiver; the others go between receivers. `None` when the city has no map.
pub fn plan(kit: &Arc<Kit>, fleet: &Fleet, seed: u64) -> Option<Plan> {
    let base = base(kit)?;
    let zones = |wanted: fn(&str) -> bool| -> Vec<Shape> {
        let of_kind = fleet.zones.iter().filter(|z| wanted(&z.kind));
        of_kind.filter_map(|z| shape::read(&z.shape).ok()).collect()
    };
    let radius = f64::from(kit.settings.live.site_radius_m);
    let mut permitted = zones(|kind| kind == "parking");
    permitted.extend(fleet.sites.iter().filter_map(|s| Shape::circle(s.point, radius).ok()));
    let mut plan = Plan {
        seed,
        roads: base.roads.clone(),
        restricted: zones(|kind| kind == "restricted"),
        permitted,
        trucks: trucks(fleet),
    };
    let mut loaded: Vec<&mut TruckPlan> = plan.trucks.iter_mut().filter(|t| t.loaded).collect();
    // The newest documents are the ones that were signed for this.
    loaded.sort_by_key(|t| (t.departed_at, t.terminal_number.clone()));
    let older = loaded.len().saturating_sub(SCRIPTS.len());
    for (truck, script) in loaded.into_iter().skip(older).zip(SCRIPTS) {
        truck.script = script;
    }
    Some(plan)
}

fn trucks(fleet: &Fleet) -> Vec<TruckPlan> {
    let mut devices: Vec<_> = fleet.devices.values().collect();
    devices.sort_by(|a, b| a.terminal_number.cmp(&b.terminal_number));
    let plants: Vec<&Site> = fleet.sites.iter().filter(|s| s.kinds.iter().any(|k| k == "receiver")).collect();
    let mut trucks = Vec::new();
    for (turn, device) in devices.into_iter().enumerate() {
        let Some(vehicle_id) = &device.vehicle_id else { continue };
        let Some(vehicle) = fleet.vehicles.get(vehicle_id) else { continue };
        let open = fleet.carriages.get(vehicle_id).into_iter().flatten().rfind(|c| c.ended_at.is_none());
        let trip = open.and_then(|c| Some((c, way(fleet, c)?)));
        let between = |shift: usize| plants.get((turn + shift) % plants.len().max(1)).map(|s| s.point);
        let ends = trip.map(|(_, way)| way).or_else(|| Some((between(0)?, between(1)?)));
        let Some((from, to)) = ends else { continue };
        trucks.push(TruckPlan {
            terminal_number: device.terminal_number.clone(),
            protocol: device.protocol.clone(),
            datum: device.datum,
            plate: vehicle.plate.clone(),
            loaded: trip.is_some(),
            departed_at: trip.map(|(c, _)| c.departed_at),
            from,
            to,
            elsewhere: trip.and_then(|(c, way)| elsewhere(fleet, c, way)),
            script: Script::Obey,
        });
    }
    trucks
}

/// From the consignor's site to a site of the receiver.
fn way(fleet: &Fleet, carriage: &Carriage) -> Option<(Point, Point)> {
    let from = fleet.sites.iter().find(|s| s.id == carriage.consignor_site_id)?;
    let to = fleet.sites.iter().find(|s| s.org_id == carriage.receiver_id)?;
    Some((from.point, to.point))
}

/// The site of a stranger that is the smallest detour.
fn elsewhere(fleet: &Fleet, carriage: &Carriage, (from, to): (Point, Point)) -> Option<Point> {
    let strangers = fleet
        .sites
        .iter()
        .filter(|s| s.org_id != carriage.consignor_id && s.org_id != carriage.receiver_id)
        .map(|s| s.point)
        .filter(|p| p.distance_m(from) > 2_000.0 && p.distance_m(to) > 2_000.0);
    strangers.min_by(|a, b| {
        let detour = |p: &Point| p.distance_m(from) + p.distance_m(to);
        detour(a).total_cmp(&detour(b))
    })
}
