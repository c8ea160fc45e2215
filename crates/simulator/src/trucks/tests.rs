//! Drives over a sketched road network: no truck leaps, every script breaks its own rule and no other, and the same
//! plan gives the same drive however it is told.

use std::sync::Arc;

use geo::Point;
use geo::datum::{Datum, gcj02_to_wgs84};
use geo::zone::Shape;
use wire::jt808::flags::{ACC_ON, FIXED};
use wire::jt808::{Item, Version};

use super::{Course, Fix, Plan, Script, TruckPlan, location, reported};

const START: i64 = 1_772_409_600_000_000;
/// How far a drive is followed.
const HOUR: i64 = 3_600;

fn point(lat: f64, lon: f64) -> Point {
    Point::from_degrees(lat, lon).expect("on the planet")
}

fn circle(centre: Point, radius_m: f64) -> Shape {
    Shape::circle(centre, radius_m).expect("a circle")
}

/// One truck for each script, in a round city with a closed zone in its middle.
fn plan() -> Arc<Plan> {
    let (middle, west, east) = (point(31.85, 120.30), point(31.85, 120.18), point(31.85, 120.42));
    let (north, city) = (point(31.94, 120.30), circle(point(31.85, 120.30), 20_000.0));
    let roads = geo::roads::synthetic(&city, &[west, east, north], 7);
    let scripts = [Script::Obey, Script::LongStop, Script::WrongSite, Script::Silent, Script::Zone];
    let truck = |(n, script): (usize, Script)| TruckPlan {
        terminal_number: format!("1393202810{n}"),
        protocol: if n % 2 == 0 { "jt808_2013" } else { "jt808_2019" }.to_owned(),
        datum: if n % 2 == 0 { Datum::Wgs84 } else { Datum::Gcj02 },
        plate: format!("TEST{n}"),
        loaded: n != 0,
        departed_at: None,
        from: west,
        to: east,
        elsewhere: Some(north),
        script,
    };
    Arc::new(Plan {
        seed: 11,
        roads,
        restricted: vec![circle(middle, 1_500.0)],
        permitted: [west, east, north].map(|p| circle(p, 300.0)).to_vec(),
        trucks: scripts.into_iter().enumerate().map(truck).collect(),
    })
}

fn number(plan: &Plan, script: Script) -> usize {
    plan.trucks.iter().position(|t| t.script == script).expect("in the plan")
}

/// Everything that a truck does from the beginning of its opening on.
fn drive(plan: &Arc<Plan>, script: Script) -> Vec<Fix> {
    let truck = number(plan, script);
    let lead = Course::lead(plan, truck);
    let mut course = Course::new(plan, truck, -lead).expect("a truck");
    std::iter::once(course.fix()).chain((-lead..2 * HOUR).map(|_| course.step())).collect()
}

/// The longest time at one place, with the second in which it begins and the place.
fn longest_stop(fixes: &[Fix]) -> (i64, i64, Point) {
    let mut best = (0, 0, point(0.0, 0.0));
    let mut since = None::<Fix>;
    for fix in fixes {
        match since {
            Some(from) if from.point == fix.point => {
                if fix.second - from.second > best.0 {
                    best = (fix.second - from.second, from.second, fix.point);
                }
            }
            _ => since = Some(*fix),
        }
    }
    best
}

#[test]
fn no_truck_leaps_or_races() {
    let plan = plan();
    for truck in &plan.trucks {
        let fixes = drive(&plan, truck.script);
        for pair in fixes.windows(2) {
            let [before, after] = pair else { continue };
            assert_eq!(after.second, before.second + 1);
            let metres = before.point.distance_m(after.point);
            // 80 km/h is the top, and a bend makes the straight line shorter, never longer.
            assert!(metres <= 80.0 / 3.6 + 0.5, "{metres} m in a second: {before:?} {after:?}");
            assert!(after.speed_dkmh <= 800 && after.heading_deg < 360, "{after:?}");
            assert!(after.odometer >= before.odometer, "{before:?} {after:?}");
            let faster = i32::from(after.speed_dkmh) - i32::from(before.speed_dkmh);
            assert!(faster <= 40, "{faster} tenths of km/h faster within a second: {before:?} {after:?}");
        }
        assert!(
            fixes.iter().any(|f| f.driving) && fixes.iter().any(|f| !f.driving),
            "it drives and it stands"
        );
    }
}

#[test]
fn the_same_plan_gives_the_same_drive() {
    let plan = plan();
    let again = Arc::new(Plan::read(&plan.write().expect("written")).expect("read"));
    for truck in 0..plan.trucks.len() {
        let mut a = Course::new(&plan, truck, 0).expect("a truck");
        let mut b = Course::new(&again, truck, 0).expect("a truck");
        // Begun earlier and driven to the same second, it is at the same place.
        let mut c = Course::new(&plan, truck, -Course::lead(&plan, truck)).expect("a truck");
        while c.fix().second < 0 {
            c.step();
        }
        assert_eq!((a.fix(), b.fix()), (b.fix(), c.fix()), "truck {truck}");
        for _ in 0..HOUR {
            assert_eq!(a.step(), b.step());
        }
    }
    assert!(Plan::read(b"{}").is_err());
    assert!(Course::new(&plan, 99, 0).is_none() && Course::lead(&plan, 99) == 0);
}

#[test]
fn whoever_obeys_keeps_out_of_the_zone_and_stops_at_its_ends() {
    let plan = plan();
    let fixes = drive(&plan, Script::Obey);
    assert!(fixes.iter().all(|f| !plan.restricted[0].contains(f.point)), "the closed zone");
    let truck = &plan.trucks[number(&plan, Script::Obey)];
    let (stood, _, place) = longest_stop(&fixes);
    assert!(stood < 600, "{stood} s at one place");
    assert!(place.distance_m(truck.from).min(place.distance_m(truck.to)) < 400.0, "at one of its ends");
    assert!((0..HOUR).all(|s| !Course::new(&plan, 0, 0).is_some_and(|c| c.is_dark(s))));
}

#[test]
fn the_long_stop_is_nearly_half_an_hour_old_when_somebody_looks_and_far_from_every_site() {
    let plan = plan();
    let fixes = drive(&plan, Script::LongStop);
    let (stood, since, place) = longest_stop(&fixes);
    assert!(stood >= 2_400 && (-1_800..-1_700).contains(&since), "{stood} s since {since}");
    assert!(plan.permitted.iter().all(|z| z.outside_by_m(place) > 250.0));
    assert!(plan.restricted.iter().all(|z| z.outside_by_m(place) > 250.0));
}

#[test]
fn the_wrong_site_is_the_one_of_somebody_else() {
    let plan = plan();
    let fixes = drive(&plan, Script::WrongSite);
    let (stood, since, place) = longest_stop(&fixes);
    assert!(stood >= 1_200 && (-600..-500).contains(&since), "{stood} s since {since}");
    let elsewhere = plan.trucks[number(&plan, Script::WrongSite)].elsewhere.expect("a site");
    assert!(place.distance_m(elsewhere) < 400.0, "{} m away", place.distance_m(elsewhere));
}

#[test]
fn the_silent_truck_is_dark_for_a_quarter_of_an_hour_before_and_comes_back() {
    let plan = plan();
    let truck = number(&plan, Script::Silent);
    let course = Course::new(&plan, truck, 0).expect("a truck");
    let dark: Vec<i64> = (-HOUR..HOUR).filter(|s| course.is_dark(*s)).collect();
    let (first, last) = (dark[0], dark[dark.len() - 1]);
    assert_eq!(dark.len(), usize::try_from(last - first + 1).expect("positive"), "one time without a hole");
    assert!((-900..-840).contains(&first) && (300..400).contains(&last), "{first} to {last}");
    assert!(Course::lead(&plan, truck) > 900, "it was heard before");
}

#[test]
fn the_zone_is_entered_a_minute_after_the_start() {
    let plan = plan();
    let fixes = drive(&plan, Script::Zone);
    let inside: Vec<i64> =
        fixes.iter().filter(|f| plan.restricted[0].contains(f.point)).map(|f| f.second).collect();
    assert!((20..120).contains(&inside[0]), "entered at {}", inside[0]);
    assert!(inside.len() > 60, "long enough for the rule: {} s", inside.len());
}

#[test]
fn reports_say_where_the_truck_is_in_its_datum() {
    let plan = plan();
    for truck in &plan.trucks {
        let fix = drive(&plan, truck.script).into_iter().rfind(|f| f.driving).expect("on the way");
        let said = location(truck, &fix, START).expect("a location");
        assert_eq!(said.time_us, START + fix.second * 1_000_000);
        assert_eq!(said.status & (FIXED | ACC_ON), FIXED | ACC_ON);
        assert_eq!(said.status >> 8 & 0b11, if truck.loaded { 0b11 } else { 0 });
        assert_eq!((said.speed_kmh_tenths, said.heading_deg), (fix.speed_dkmh, fix.heading_deg));
        let (lat, lon) = (f64::from(said.lat_e6) / 1e6, f64::from(said.lon_e6) / 1e6);
        let wgs = match truck.datum {
            Datum::Gcj02 => {
                let (lat, lon) = gcj02_to_wgs84(lat, lon);
                point(lat, lon)
            }
            _ => point(lat, lon),
        };
        assert!(wgs.distance_m(fix.point) < 1.0, "{} m away", wgs.distance_m(fix.point));
        if truck.datum == Datum::Gcj02 {
            assert!(point(lat, lon).distance_m(fix.point) > 100.0, "the offset of the datum");
        }
        let items: Vec<Item<'_>> = said.items().flatten().collect();
        assert!(items.contains(&Item::Mileage { km_tenths: fix.odometer }), "{items:?}");
    }
    let versions: Vec<bool> = plan.trucks.iter().map(|t| t.version().is_2019()).collect();
    assert_eq!(versions, [false, true, false, true, false]);
    assert_eq!(plan.trucks[1].version(), Version::V2019 { protocol: 1 });
}

#[test]
fn a_standing_truck_reports_less_often_and_the_past_is_thinner() {
    let at = |second: i64, driving: bool| Fix {
        second,
        point: point(31.9, 120.2),
        heading_deg: 0,
        speed_dkmh: 0,
        odometer: 0,
        driving,
    };
    let count = |from: i64, driving: bool, every: u32| {
        (from..from + 60).filter(|s| reported(&at(*s, driving), every)).count()
    };
    assert_eq!((count(0, true, 1), count(0, true, 5), count(0, false, 5)), (60, 12, 3));
    assert_eq!((count(-60, true, 1), count(-60, false, 1)), (4, 2));
    assert_eq!(count(0, true, 0), 60, "no division by zero");
}
