use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::point::tests::{any_point, p};

/// The outline of a real county.
pub(crate) fn county() -> Shape {
    Shape::from_geojson_str(include_str!("../../../../data/cities/jiangyin/boundary.geojson")).unwrap()
}

/// The seats of its towns.
pub(crate) fn seats() -> Vec<Point> {
    let text = include_str!("../../../../data/cities/jiangyin/town_points.json");
    let value: serde_json::Value = serde_json::from_str(text).unwrap();
    let seat = |v: &serde_json::Value| p(v["latitude"].as_f64().unwrap(), v["longitude"].as_f64().unwrap());
    value["points"].as_array().unwrap().iter().map(seat).collect()
}

fn ring(points: &[(f64, f64)]) -> Vec<Point> {
    points.iter().map(|(lat, lon)| p(*lat, *lon)).collect()
}

/// A square of so many hundredths of a degree with its south-west corner here.
fn square(lat: f64, lon: f64, size: f64) -> Vec<Point> {
    ring(&[(lat, lon), (lat, lon + size), (lat + size, lon + size), (lat + size, lon), (lat, lon)])
}

#[test]
fn a_disc_by_hand() {
    let disc = Shape::circle(p(31.9, 120.2), 500.0).unwrap();
    // 0.004° of latitude is 444.8 m, 0.005° is 556.0 m.
    assert!(disc.contains(p(31.904, 120.2)) && !disc.contains(p(31.905, 120.2)));
    assert!((disc.distance_to_edge_m(p(31.904, 120.2)) - 55.2).abs() < 0.1);
    assert!((disc.outside_by_m(p(31.905, 120.2)) - 56.0).abs() < 0.1);
    assert_eq!(disc.outside_by_m(p(31.904, 120.2)), 0.0);
    assert!(disc.touches_segment(p(31.9, 120.1), p(31.9, 120.3)));
    assert!(!disc.touches_segment(p(31.905, 120.1), p(31.905, 120.3)));
    assert!((disc.area_m2() - 785_398.0).abs() < 1.0);
}

#[test]
fn an_area_with_a_hole_and_an_island() {
    let rings = vec![square(0.0, 0.0, 0.05), square(0.01, 0.01, 0.03), square(0.02, 0.02, 0.01)];
    let area = Shape::polygon(rings).unwrap();
    assert!(area.contains(p(0.005, 0.005)), "rim");
    assert!(!area.contains(p(0.015, 0.015)), "hole");
    assert!(area.contains(p(0.025, 0.025)), "island");
    assert!(!area.contains(p(0.06, 0.02)), "outside");
    // 0.01° is 1111.95 m at the equator: 25 − 9 + 1 = 17 squares.
    assert!((area.area_m2() / (17.0 * 1111.95 * 1111.95) - 1.0).abs() < 1e-4, "{}", area.area_m2());
    assert!((area.distance_to_edge_m(p(0.025, 0.005)) - 555.97).abs() < 0.1);
    // Two parts: the rim with its hole, and the island.
    let json = area.to_geojson();
    assert_eq!(json["type"], "MultiPolygon");
    assert_eq!(
        json["coordinates"].as_array().unwrap().iter().map(|c| c.as_array().unwrap().len()).sum::<usize>(),
        3
    );
    assert_eq!(Shape::from_geojson(&json).unwrap().area_m2(), area.area_m2());
}

#[test]
fn ways_that_touch_an_area() {
    let area = Shape::polygon(vec![square(0.0, 0.0, 0.05), square(0.01, 0.01, 0.03)]).unwrap();
    assert!(area.touches_segment(p(0.005, -1.0), p(0.005, 1.0)), "through");
    assert!(area.touches_segment(p(0.002, 0.002), p(0.003, 0.003)), "inside");
    assert!(!area.touches_segment(p(0.02, 0.02), p(0.03, 0.03)), "in the hole");
    assert!(!area.touches_segment(p(0.06, -1.0), p(0.06, 1.0)), "past");
    assert!(area.touches_segment(p(0.05, -1.0), p(0.05, 1.0)), "along the edge");
}

#[test]
fn what_is_no_zone() {
    assert_eq!(Shape::circle(p(0.0, 0.0), 0.0), Err(ShapeError::Radius(0.0)));
    assert!(Shape::circle(p(0.0, 0.0), 50_000.1).is_err());
    assert!(Shape::circle(p(0.0, 0.0), f64::NAN).is_err());
    assert_eq!(Shape::polygon(vec![]), Err(ShapeError::NoRing));
    let few = ring(&[(0.0, 0.0), (0.0, 1.0), (0.0, 0.0)]);
    assert_eq!(Shape::polygon(vec![few]), Err(ShapeError::TooFewPoints { ring: 0, points: 3 }));
    let open = ring(&[(0.0, 0.0), (0.0, 1.0), (1.0, 1.0), (1.0, 0.0)]);
    assert_eq!(Shape::polygon(vec![square(0.0, 0.0, 1.0), open]), Err(ShapeError::NotClosed { ring: 1 }));
    let flat = ring(&[(0.0, 0.0), (0.0, 1.0), (0.0, 2.0), (0.0, 0.0)]);
    assert_eq!(Shape::polygon(vec![flat]), Err(ShapeError::NoArea { ring: 0 }));
    let wide = ring(&[(0.0, 179.0), (0.0, -179.0), (1.0, -179.0), (0.0, 179.0)]);
    assert_eq!(Shape::polygon(vec![wide]), Err(ShapeError::TooWide));
    let many = vec![p(0.0, 0.0); MAX_POINTS + 1];
    assert_eq!(Shape::polygon(vec![many]), Err(ShapeError::TooManyPoints(MAX_POINTS + 1)));
}

#[test]
fn geojson_that_is_no_area() {
    for bad in [
        json!(null),
        json!({"type": "Point", "coordinates": [1, 2]}),
        json!({"type": "Feature", "geometry": null}),
        json!({"type": "Feature"}),
        json!({"type": "FeatureCollection", "features": []}),
        json!({"type": "Polygon", "coordinates": 7}),
        json!({"type": "Polygon", "coordinates": [[[1, 2], [3]]]}),
        json!({"type": "MultiPolygon", "coordinates": []}),
        json!({"type": "Polygon", "coordinates": [[["1", "2"]]]}),
    ] {
        assert!(Shape::from_geojson(&bad).is_err(), "{bad}");
    }
    assert!(Shape::from_geojson_str("{").is_err());
    let off = json!({"type": "Polygon", "coordinates": [[[0, 0], [0, 91], [1, 1], [0, 0]]]});
    assert!(matches!(Shape::from_geojson(&off), Err(ShapeError::OffPlanet(_))));
}

#[test]
fn our_own_json() {
    let text = r#"{"kind":"circle","centre":[120.2,31.9],"radius_m":500.0}"#;
    let disc: Shape = serde_json::from_str(text).unwrap();
    assert_eq!(serde_json::to_string(&disc).unwrap(), text);
    let area = Shape::polygon(vec![square(31.0, 120.0, 0.1)]).unwrap();
    let text = serde_json::to_string(&area).unwrap();
    assert!(text.starts_with(r#"{"kind":"polygon","rings":[[[120.0,31.0],"#), "{text}");
    assert_eq!(serde_json::from_str::<Shape>(&text).unwrap(), area);
    for bad in [
        r#"{"kind":"circle","centre":[120.2,31.9],"radius_m":0}"#,
        r#"{"kind":"circle","centre":[31.9,120.2],"radius_m":5}"#,
        r#"{"kind":"polygon","rings":[]}"#,
        r#"{"kind":"star"}"#,
    ] {
        assert!(serde_json::from_str::<Shape>(bad).is_err(), "{bad}");
    }
}

#[test]
fn the_county_is_as_large_as_it_should_be() {
    let county = county();
    // 990.06 km² by Δλ·(sin φ₁ + sin φ₂)/2 on the sphere, computed apart; the official figure is about 987.
    assert!((county.area_m2() / 1e6 - 990.06).abs() < 0.2, "{}", county.area_m2());
    assert!(county.contains(p(31.911, 120.263)) && !county.contains(p(31.6, 120.3)));
    assert_eq!(Shape::from_geojson(&county.to_geojson()).unwrap().area_m2(), county.area_m2());
}

#[test]
fn the_last_shape_of_an_id_counts() {
    let disc = |lat: f64| Shape::circle(p(lat, 120.0), 1000.0).unwrap();
    let index = ZoneIndex::new([(7, disc(31.0)), (3, disc(32.0)), (7, disc(32.0))]);
    assert_eq!((index.len(), index.is_empty()), (2, false));
    assert_eq!(index.zones_at(p(32.0, 120.0)), [3, 7]);
    assert!(index.zones_at(p(31.0, 120.0)).is_empty());
    assert!(index.shape(7).is_some() && index.shape(4).is_none());
    assert!(ZoneIndex::<u32>::new([]).zones_at(p(0.0, 0.0)).is_empty());
}

/// An index with one disc of 1 km, id 1, around (31.9, 120.2).
fn plant() -> ZoneIndex<u32> {
    ZoneIndex::new([(1, Shape::circle(p(31.9, 120.2), 1000.0).unwrap())])
}

/// Steps a membership through (second, metres from the centre) and lists the changes.
fn walk(settings: &Hysteresis, steps: &[(i64, f64)]) -> Vec<(ChangeKind, i64)> {
    let (index, mut state) = (plant(), Membership::new());
    let mut out = Vec::new();
    for (second, metres) in steps {
        let point = p(31.9, 120.2).destination(90.0, *metres);
        let changes = state.step(second * 1_000_000, point, &index, settings);
        out.extend(changes.into_iter().map(|c| (c.kind, c.at / 1_000_000)));
    }
    out
}

#[test]
fn a_zone_is_entered_and_left_with_evidence() {
    use ChangeKind::{Entered, Left};
    let settings = Hysteresis { enter_fixes: 3, enter_s: 60, leave_margin_m: 50, leave_s: 30 };
    // Three fixes in a row; a fix outside in between starts again.
    assert_eq!(
        walk(&settings, &[(0, 900.0), (10, 1100.0), (20, 900.0), (30, 800.0), (40, 700.0)]),
        [(Entered, 20)]
    );
    // Two fixes a minute apart.
    assert_eq!(walk(&settings, &[(0, 900.0), (60, 900.0)]), [(Entered, 0)]);
    // Dancing about the edge is no leaving; by the margin for half a minute is, dated back.
    let inside = [(0, 900.0), (60, 900.0)];
    let tail = [(70, 1040.0), (90, 1200.0), (100, 1030.0), (110, 1200.0), (130, 1300.0), (140, 1400.0)];
    assert_eq!(walk(&settings, &[&inside[..], &tail].concat()), [(Entered, 0), (Left, 110)]);
    // A margin of seconds of nothing is at once.
    let eager = Hysteresis { enter_fixes: 1, enter_s: 60, leave_margin_m: 0, leave_s: 0 };
    assert_eq!(walk(&eager, &[(0, 900.0), (1, 1001.0), (1, 900.0)]), [(Entered, 0), (Left, 1)]);
}

#[test]
fn a_zone_that_is_gone_has_been_left() {
    let eager = Hysteresis { enter_fixes: 1, ..Hysteresis::default() };
    let mut state = Membership::new();
    assert_eq!(state.step(1, p(31.9, 120.2), &plant(), &eager).len(), 1);
    assert_eq!(state.inside().collect::<Vec<_>>(), [1]);
    let change = state.step(2, p(31.9, 120.2), &ZoneIndex::new([]), &eager);
    assert_eq!(change, [Change { kind: ChangeKind::Left, zone: 1, at: 2 }]);
    assert_eq!(state.inside().count(), 0);
}

prop_compose! {
    /// A star about a place: never crosses itself.
    fn star()(lat in 31_700_000..32_000_000i32, lon in 120_000_000..120_500_000i32,
              radii in prop::collection::vec(1_000..80_000i32, 3..60)) -> Vec<Point> {
        let n = radii.len() as f64;
        let mut ring: Vec<Point> = radii.iter().enumerate().map(|(i, r)| {
            let (sin, cos) = (i as f64 / n * std::f64::consts::TAU).sin_cos();
            Point::from_e6(lat + (f64::from(*r) * sin) as i32, lon + (f64::from(*r) * cos) as i32).unwrap()
        }).collect();
        ring.push(ring[0]);
        ring
    }
}

prop_compose! {
    fn near()(lat in 31_600_000..32_100_000i32, lon in 119_900_000..120_600_000i32) -> Point {
        Point::from_e6(lat, lon).unwrap()
    }
}

/// The even-odd rule over all edges, in exact arithmetic of another shape.
fn scan(rings: &[Vec<Point>], point: Point) -> bool {
    let hits = rings.iter().flat_map(|r| r.windows(2)).filter(|w| {
        let (low, high) = if w[0].lat_e6() <= w[1].lat_e6() { (w[0], w[1]) } else { (w[1], w[0]) };
        let (y, x) = (i128::from(point.lat_e6()), i128::from(point.lon_e6()));
        let (ly, lx) = (i128::from(low.lat_e6()), i128::from(low.lon_e6()));
        let (hy, hx) = (i128::from(high.lat_e6()), i128::from(high.lon_e6()));
        ly <= y && y < hy && lx * (hy - ly) + (hx - lx) * (y - ly) > x * (hy - ly)
    });
    hits.count() % 2 == 1
}

proptest! {
    #[test]
    fn bands_answer_as_a_scan(outline in star(), points in prop::collection::vec(near(), 40)) {
        let shape = Shape::polygon(vec![outline.clone()]);
        prop_assume!(shape.is_ok());
        let shape = shape.unwrap();
        for point in points.iter().chain(&outline) {
            prop_assert_eq!(shape.contains(*point), scan(std::slice::from_ref(&outline), *point));
        }
    }

    #[test]
    fn of_two_neighbours_one_contains(lat in 0..20_000i32, lon in -10_000..30_000i32) {
        // Two triangles that share the slanting edge of a square.
        let (a, b, c, d) = (p(0.0, 0.0), p(0.0, 0.02), p(0.02, 0.02), p(0.02, 0.0));
        let one = Shape::polygon(vec![vec![a, b, c, a]]).unwrap();
        let two = Shape::polygon(vec![vec![a, c, d, a]]).unwrap();
        let both = Shape::polygon(vec![vec![a, b, c, d, a]]).unwrap();
        for point in [Point::from_e6(lat, lon).unwrap(), Point::from_e6(lat, lat).unwrap()] {
            prop_assert_eq!(u8::from(one.contains(point)) + u8::from(two.contains(point)), u8::from(both.contains(point)));
        }
    }

    #[test]
    fn the_index_answers_as_a_scan(
        stars in prop::collection::vec(star(), 0..20),
        discs in prop::collection::vec((near(), 1.0..20_000.0f64), 0..20),
        points in prop::collection::vec(near(), 40),
    ) {
        let mut shapes: Vec<Shape> = stars.into_iter().filter_map(|s| Shape::polygon(vec![s]).ok()).collect();
        shapes.extend(discs.into_iter().map(|(c, r)| Shape::circle(c, r).unwrap()));
        let index = ZoneIndex::new(shapes.iter().cloned().enumerate());
        for point in points {
            let scan: Vec<usize> = (0..shapes.len()).filter(|i| shapes[*i].contains(point)).collect();
            prop_assert_eq!(index.zones_at(point), scan);
        }
    }

    #[test]
    fn a_shape_survives_json(outline in star()) {
        let shape = Shape::polygon(vec![outline]);
        prop_assume!(shape.is_ok());
        let shape = shape.unwrap();
        let text = serde_json::to_string(&shape).unwrap();
        prop_assert_eq!(serde_json::from_str::<Shape>(&text).unwrap(), shape);
    }

    #[test]
    fn changes_alternate_and_state_survives_a_break(
        steps in prop::collection::vec((0..90i64, 0.0..2500.0f64), 0..80),
        broken in 0..80usize, enter_fixes in 0..4u32, enter_s in 0..120u32, leave_s in 0..120u32,
    ) {
        let settings = Hysteresis { enter_fixes, enter_s, leave_margin_m: 100, leave_s };
        let index = plant();
        let (mut whole, mut parts) = (Membership::new(), Membership::new());
        let (mut at, mut inside, mut last) = (0, false, i64::MIN);
        for (i, (pause, metres)) in steps.iter().enumerate() {
            at += pause * 1_000_000;
            let point = p(31.9, 120.2).destination(45.0, *metres);
            if i == broken {
                parts = serde_json::from_str(&serde_json::to_string(&parts).unwrap()).unwrap();
            }
            let changes = whole.step(at, point, &index, &settings);
            prop_assert_eq!(&changes, &parts.step(at, point, &index, &settings));
            for change in changes {
                prop_assert_eq!(inside, change.kind == ChangeKind::Left);
                prop_assert!(change.at >= last && change.at <= at);
                inside = !inside;
                last = change.at;
            }
            prop_assert_eq!(whole.inside().count() == 1, inside);
        }
    }

    #[test]
    fn any_question_has_an_answer(point in any_point()) {
        let county = county();
        prop_assert!(county.distance_to_edge_m(point).is_finite());
        prop_assert!(county.outside_by_m(point) >= 0.0);
    }
}
