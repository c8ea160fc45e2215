//! What a truck does, as a list of drives and stops with one moment that is fixed in time: a demonstration opens with
//! what has just been broken, or is about to be.

use geo::Point;
use geo::roads::Route;
use geo::zone::Shape;
use serde::{Deserialize, Serialize};

use super::course::drive_seconds;
use super::plan::{Plan, TruckPlan};
use crate::chance::Chance;

/// What a truck does about the rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Script {
    /// Keeps them.
    Obey,
    /// Leaves its way and stands somewhere.
    LongStop,
    /// Drives through a closed zone.
    Zone,
    /// Is not heard for a while.
    Silent,
    /// Stands at the site of somebody else.
    WrongSite,
    /// Was signed for departure and has not moved since.
    Stay,
    /// Stands empty at a plant, as if it loaded, and leaves without a document.
    NoDocument,
}

/// One piece of a drive.
#[derive(Clone, Debug)]
pub enum Act {
    /// Along a way, at this share of its roads' speed, percent.
    Drive(Route, u8),
    /// Stands so many seconds.
    Stand(i64),
}

/// How a drive begins: its acts, when the first of them starts, and the times in which nothing is heard of it. All in
/// seconds from the start of the demonstration.
#[derive(Clone, Debug)]
pub struct Opening {
    /// Acts, after which the truck goes to and fro.
    pub acts: Vec<Act>,
    /// Beginning of the first act.
    pub begins: i64,
    /// Nothing is heard from the first to before the second.
    pub dark: Option<(i64, i64)>,
}

/// Seconds that the stop lasts before somebody looks: half an hour is long, and the rest comes while they do.
const STOOD: i64 = 1_775;
/// And after that.
const STANDS_ON: i64 = 720;
/// The same for the site of somebody else, where ten minutes are long.
const STOOD_ELSEWHERE: i64 = 565;
/// A quarter of an hour without a position is long.
const SILENT: i64 = 855;
/// It comes back then.
const BACK: i64 = 360;
/// It stands from before its departure until somebody has asked why.
const STAYED: i64 = 4_200;
const STAYS: i64 = 6_600;
/// Ten minutes at a plant are enough to load.
const LOADED: i64 = 700;
const LOADS_ON: i64 = 20;
/// Before the closed zone is reached.
const ZONE_IN: i64 = 50;

impl Opening {
    /// The opening of a truck.
    pub fn of(plan: &Plan, truck: &TruckPlan, chance: &mut Chance) -> Self {
        let scripted = match truck.script {
            Script::Obey => None,
            Script::LongStop => long_stop(plan, truck, chance),
            Script::WrongSite => wrong_site(plan, truck, chance),
            Script::Silent => silent(plan, truck, chance),
            Script::Zone => zone(plan, truck, chance),
            Script::Stay => Some(Opening { acts: vec![Act::Stand(STAYS)], begins: -STAYED, dark: None }),
            Script::NoDocument => no_document(plan, truck, chance),
        };
        scripted.unwrap_or_else(|| obey(plan, truck, chance))
    }
}

/// The way by road, round closed zones where that is possible.
pub(super) fn lawful(plan: &Plan, from: Point, to: Point) -> Option<Route> {
    let closed: Vec<&Shape> = plan.restricted.iter().collect();
    plan.roads.route(from, to, &closed).or_else(|| plan.roads.route(from, to, &[]))
}

pub(super) fn drive(route: Route, chance: &mut Chance) -> Act {
    Act::Drive(route, u8::try_from(chance.between(82, 100)).unwrap_or(90))
}

fn seconds(acts: &[Act]) -> i64 {
    acts.iter()
        .map(|act| match act {
            Act::Drive(route, percent) => drive_seconds(route, *percent),
            Act::Stand(seconds) => *seconds,
        })
        .sum()
}

fn obey(plan: &Plan, truck: &TruckPlan, chance: &mut Chance) -> Opening {
    let acts: Vec<Act> =
        lawful(plan, truck.from, truck.to).into_iter().map(|route| drive(route, chance)).collect();
    // Somewhere on the first half of the way.
    let begins = -seconds(&acts) * chance.between(100, 500) / 1_000;
    Opening { acts, begins, dark: None }
}

fn long_stop(plan: &Plan, truck: &TruckPlan, chance: &mut Chance) -> Option<Opening> {
    let spot = lonely(plan, truck, chance)?;
    let there = drive(lawful(plan, truck.from, spot)?, chance);
    let on = drive(lawful(plan, spot, truck.to)?, chance);
    let begins = -STOOD - seconds(std::slice::from_ref(&there));
    Some(Opening { acts: vec![there, Act::Stand(STOOD + STANDS_ON), on], begins, dark: None })
}

/// A place off the way, near no site and in no zone.
fn lonely(plan: &Plan, truck: &TruckPlan, chance: &mut Chance) -> Option<Point> {
    let way = lawful(plan, truck.from, truck.to)?;
    let length = way.length_m();
    for _ in 0..60 {
        let share = chance.between(300, 700);
        #[expect(clippy::cast_precision_loss, reason = "small numbers")]
        let (along, aside) = (length * share as f64 / 1_000.0, chance.between(900, 2_200) as f64);
        let on = way.at(along.min(9_000.0));
        let side = if chance.permille(500) { 90.0 } else { -90.0 };
        let Some(snap) = plan.roads.snap(on.point.destination(on.heading_deg + side, aside)) else {
            continue;
        };
        let free = |zones: &[Shape]| zones.iter().all(|z| z.outside_by_m(snap.point) > 250.0);
        let off = geo::deviation::deviation_m(snap.point, way.points()).is_some_and(|d| d > 500.0);
        if off && free(&plan.permitted) && free(&plan.restricted) {
            return Some(snap.point);
        }
    }
    None
}

fn wrong_site(plan: &Plan, truck: &TruckPlan, chance: &mut Chance) -> Option<Opening> {
    let site = truck.elsewhere?;
    let there = drive(lawful(plan, truck.from, site)?, chance);
    let on = drive(lawful(plan, site, truck.to)?, chance);
    let begins = -STOOD_ELSEWHERE - seconds(std::slice::from_ref(&there));
    Some(Opening { acts: vec![there, Act::Stand(STOOD_ELSEWHERE + STANDS_ON), on], begins, dark: None })
}

fn no_document(plan: &Plan, truck: &TruckPlan, chance: &mut Chance) -> Option<Opening> {
    let away = drive(lawful(plan, truck.from, truck.to)?, chance);
    Some(Opening { acts: vec![Act::Stand(LOADED + LOADS_ON), away], begins: -LOADED, dark: None })
}

fn silent(plan: &Plan, truck: &TruckPlan, chance: &mut Chance) -> Option<Opening> {
    let acts = vec![drive(lawful(plan, truck.from, truck.to)?, chance)];
    // It was heard for a third of its way.
    let begins = -SILENT - seconds(&acts) / 3;
    Some(Opening { acts, begins, dark: Some((-SILENT, BACK)) })
}

fn zone(plan: &Plan, truck: &TruckPlan, chance: &mut Chance) -> Option<Opening> {
    let centre = |z: &Shape| z.bounds().centre();
    let detour = |z: &&Shape| centre(z).distance_m(truck.from) + centre(z).distance_m(truck.to);
    let zone = plan
        .restricted
        .iter()
        .filter(|z| !z.contains(truck.from))
        .min_by(|a, b| detour(a).total_cmp(&detour(b)))?;
    let into = plan.roads.route(truck.from, centre(zone), &[])?;
    let percent = u8::try_from(chance.between(82, 100)).unwrap_or(90);
    let edge = metres_to(&into, zone)?;
    let reached = super::course::seconds_to(&into, percent, edge);
    let out = plan.roads.route(centre(zone), truck.to, &[])?;
    let acts = vec![Act::Drive(into, percent), drive(out, chance)];
    Some(Opening { acts, begins: ZONE_IN - reached, dark: None })
}

/// Metres along the way to the zone's edge.
fn metres_to(route: &Route, zone: &Shape) -> Option<f64> {
    let steps = 0..5_000_u32;
    steps
        .map(|n| f64::from(n) * 20.0)
        .take_while(|m| *m <= route.length_m())
        .find(|m| zone.contains(route.at(*m).point))
}
