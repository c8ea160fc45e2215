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
use crate::errands::Errands;

/// In a fleet of at least so many some empty trucks load without a document.
const LARGE: usize = 40;
/// How many.
const WITHOUT: usize = 2;
const MINUTE: i64 = 60_000_000;

/// What a loaded truck does that left so many minutes ago: the older a departure, the more time there was. `turn` counts
/// those that left earlier within the hour.
const fn script(minutes: i64, turn: usize) -> Script {
    match minutes {
        61..=90 if turn % 4 == 3 => Script::Stay,
        55..=90 => Script::LongStop,
        45..=54 => Script::WrongSite,
        37..=44 => Script::Silent,
        12..=20 => Script::Zone,
        _ => Script::Obey,
    }
}

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
/// to its receiver; the others go between the ends of their errands, or between receivers. `None` when the city has no map.
pub fn plan(kit: &Arc<Kit>, fleet: &Fleet, errands: &Errands, seed: u64) -> Option<Plan> {
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
        trucks: trucks(fleet, errands),
    };
    let now = kit.clock.now();
    let mut loaded: Vec<&mut TruckPlan> = plan.trucks.iter_mut().filter(|t| t.loaded).collect();
    loaded.sort_by_key(|t| (t.departed_at, t.terminal_number.clone()));
    let minutes = |t: &TruckPlan| t.departed_at.map_or(i64::MAX, |at| (now - at) / MINUTE);
    for (turn, truck) in loaded.into_iter().filter(|t| minutes(t) <= 90).enumerate() {
        truck.script = script(minutes(truck), turn);
    }
    Some(plan)
}

fn trucks(fleet: &Fleet, errands: &Errands) -> Vec<TruckPlan> {
    let mut devices: Vec<_> = fleet.devices.values().collect();
    devices.sort_by(|a, b| a.terminal_number.cmp(&b.terminal_number));
    let plants: Vec<&Site> = fleet.sites.iter().filter(|s| s.kinds.iter().any(|k| k == "receiver")).collect();
    let makers: Vec<&Site> = fleet.sites.iter().filter(|s| s.kinds.iter().all(|k| k != "receiver")).collect();
    let mut without = if devices.len() >= LARGE { WITHOUT } else { 0 };
    let mut trucks = Vec::new();
    for (turn, device) in devices.into_iter().enumerate() {
        let Some(vehicle_id) = &device.vehicle_id else { continue };
        let Some(vehicle) = fleet.vehicles.get(vehicle_id) else { continue };
        let open = fleet.carriages.get(vehicle_id).into_iter().flatten().rfind(|c| c.ended_at.is_none());
        let trip = open.and_then(|c| Some((c, way(fleet, c)?)));
        let between = |shift: usize| plants.get((turn + shift) % plants.len().max(1)).map(|s| s.point);
        let errand = || errands.all.iter().find(|e| e.vehicle_id == *vehicle_id).map(|e| (e.from, e.to));
        let ends = trip.map(|(_, way)| way).or_else(errand).or_else(|| Some((between(0)?, between(1)?)));
        let Some((mut from, to)) = ends else { continue };
        let mut script = Script::Obey;
        if trip.is_none()
            && without > 0
            && let Some(maker) = makers.get(turn * 7 % makers.len().max(1))
        {
            (from, script) = (maker.point, Script::NoDocument);
            without -= 1;
        }
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
            script,
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
