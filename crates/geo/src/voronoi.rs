//! Schematic cells of towns: every place of an area goes to the nearest seat. For drawing only, where nobody has
//! given real boundaries: a map with these cells must say that they are a sketch.

use serde::Serialize;
use serde_json::{Value, json};

use crate::plane::{Plane, Xy, ring_area, turn};
use crate::point::Point;
use crate::zone::Shape;

/// Rings under this many square metres are crumbs of rounding.
const CRUMB_M2: f64 = 1.0;

/// The cell of a seat.
#[derive(Clone, Debug, PartialEq)]
pub struct Cell<Id> {
    /// Whose cell.
    pub id: Id,
    /// The seat.
    pub seat: Point,
    /// Its part of the area; `None` when nothing is nearest to it, or another seat stands on the same place.
    pub shape: Option<Shape>,
}

/// Divides an area among seats, in their order. Seats may lie outside.
pub fn cells<Id: Copy>(area: &Shape, seats: &[(Id, Point)]) -> Vec<Cell<Id>> {
    let sheet = Plane::at(area.bounds().centre());
    let open = |ring: &Vec<Point>| {
        let mut ring: Vec<Xy> = ring.iter().map(|p| sheet.xy(*p)).collect();
        ring.pop();
        ring
    };
    let outline: Vec<Vec<Xy>> = area.parts().iter().flatten().map(open).collect();
    let cell = |(i, (id, seat)): (usize, &(Id, Point))| {
        let here = sheet.xy(*seat);
        let mut rings = outline.clone();
        for (j, (_, other)) in seats.iter().enumerate() {
            if other == seat && j < i {
                rings.clear();
            } else if other != seat {
                rings = clip(rings, here, sheet.xy(*other));
            }
        }
        let rings = rings.iter().filter_map(|r| closed(r, &sheet)).collect();
        Cell { id: *id, seat: *seat, shape: Shape::polygon(rings).ok() }
    };
    seats.iter().enumerate().map(cell).collect()
}

/// The cells as a collection of GeoJSON: `id` and `seat` of each, and `schematic` on all of them.
pub fn to_geojson<Id: Serialize>(cells: &[Cell<Id>]) -> Value {
    let feature = |cell: &Cell<Id>| {
        let geometry = cell.shape.as_ref()?.to_geojson();
        let properties = json!({"id": cell.id, "seat": cell.seat, "schematic": true});
        Some(json!({"type": "Feature", "properties": properties, "geometry": geometry}))
    };
    let features: Vec<Value> = cells.iter().filter_map(feature).collect();
    json!({"type": "FeatureCollection", "features": features})
}

/// A ring back on the earth, closed; `None` for a crumb.
fn closed(ring: &[Xy], sheet: &Plane) -> Option<Vec<Point>> {
    let mut points: Vec<Point> = ring.iter().map(|xy| sheet.point(*xy)).collect();
    points.extend(points.first().copied());
    points.dedup();
    (points.len() >= 4 && ring_area(ring).abs() >= CRUMB_M2).then_some(points)
}

/// A piece of a ring on the kept side, from where it comes over the line to where it goes back.
struct Chain {
    points: Vec<Xy>,
    entry: f64,
    exit: f64,
}

/// Keeps what is nearer to `here` than to `there`. Rings are open, outlines anticlockwise and holes clockwise.
fn clip(rings: Vec<Vec<Xy>>, here: Xy, there: Xy) -> Vec<Vec<Xy>> {
    let middle = ((here.0 + there.0) / 2.0, (here.1 + there.1) / 2.0);
    // The line runs so that `here` lies on its left.
    let along = (here.1 - there.1, there.0 - here.0);
    let ahead = (middle.0 + along.0, middle.1 + along.1);
    let side = |p: Xy| turn(middle, ahead, p);
    let place = |p: Xy| (p.0 - middle.0) * along.0 + (p.1 - middle.1) * along.1;
    let (mut kept, mut chains) = (Vec::new(), Vec::new());
    for ring in rings {
        let sides: Vec<f64> = ring.iter().map(|p| side(*p)).collect();
        // Zero counts as kept everywhere, so every ring goes over the line as often as back.
        let Some(start) = sides.iter().position(|s| *s < 0.0) else {
            kept.push(ring);
            continue;
        };
        let cross = |i: usize, j: usize| {
            let t = sides[i] / (sides[i] - sides[j]);
            (ring[i].0 + (ring[j].0 - ring[i].0) * t, ring[i].1 + (ring[j].1 - ring[i].1) * t)
        };
        let mut chain: Option<Chain> = None;
        for step in 0..ring.len() {
            let (i, j) = ((start + step) % ring.len(), (start + step + 1) % ring.len());
            if sides[i] < 0.0 && sides[j] >= 0.0 {
                let at = cross(i, j);
                chain = Some(Chain { points: vec![at], entry: place(at), exit: 0.0 });
            }
            if sides[j] >= 0.0 {
                chain.iter_mut().for_each(|c| c.points.push(ring[j]));
            } else if let Some(mut done) = chain.take() {
                let at = cross(i, j);
                done.points.push(at);
                done.exit = place(at);
                chains.push(done);
            }
        }
    }
    kept.extend(join(&chains));
    kept
}

/// Joins chains along the line. Crossings in order along it go in and out of the area by turns, so each belongs
/// with its neighbour, and the way from one to the other lies inside.
fn join(chains: &[Chain]) -> Vec<Vec<Xy>> {
    let mut crossings: Vec<(f64, usize, bool)> =
        chains.iter().enumerate().flat_map(|(i, c)| [(c.entry, i, true), (c.exit, i, false)]).collect();
    crossings.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let mut next: Vec<usize> = (0..chains.len()).collect();
    for pair in crossings.chunks_exact(2) {
        match (pair[0], pair[1]) {
            ((_, to, true), (_, from, false)) | ((_, from, false), (_, to, true)) => next[from] = to,
            // Two of a kind: crossings that coincide, in an order that rounding chose. Each closes on itself.
            _ => {}
        }
    }
    let mut used = vec![false; chains.len()];
    let mut out = Vec::new();
    for start in 0..chains.len() {
        let (mut ring, mut at) = (Vec::new(), start);
        while !used[at] {
            used[at] = true;
            ring.extend_from_slice(&chains[at].points);
            at = next[at];
        }
        if !ring.is_empty() {
            out.push(ring);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::point::tests::p;
    use crate::zone::tests::{county, seats};

    fn total(cells: &[Cell<usize>]) -> f64 {
        cells.iter().filter_map(|c| c.shape.as_ref()).map(Shape::area_m2).sum()
    }

    fn area(points: &[(f64, f64)]) -> Shape {
        Shape::polygon(vec![points.iter().map(|(lat, lon)| p(*lat, *lon)).collect()]).unwrap()
    }

    #[test]
    fn two_seats_halve_a_square() {
        let square = area(&[(0.0, 0.0), (0.0, 0.02), (0.02, 0.02), (0.02, 0.0), (0.0, 0.0)]);
        let halves = cells(&square, &[(1, p(0.01, 0.005)), (2, p(0.01, 0.015)), (3, p(0.01, 0.005))]);
        let rings = |i: usize| match &halves[i].shape {
            Some(Shape::Polygon(polygon)) => polygon.rings().to_vec(),
            other => panic!("{other:?}"),
        };
        assert_eq!(rings(0).len(), 1);
        assert!(rings(0)[0].iter().all(|q| q.lon() <= 0.01));
        assert!(rings(1)[0].iter().all(|q| q.lon() >= 0.01));
        assert!(halves[2].shape.is_none(), "the same place again");
        assert_eq!(to_geojson(&halves)["features"].as_array().unwrap().len(), 2);
        assert_eq!(to_geojson(&halves)["features"][1]["properties"]["id"], 2);
    }

    #[test]
    fn a_horseshoe_is_cut_into_two_legs() {
        // Legs to the north, joined in the south; the northern seat gets two parts without a bridge.
        let shoe = area(&[
            (0.0, 0.0),
            (0.0, 0.03),
            (0.03, 0.03),
            (0.03, 0.02),
            (0.01, 0.02),
            (0.01, 0.01),
            (0.03, 0.01),
            (0.03, 0.0),
            (0.0, 0.0),
        ]);
        let parts = cells(&shoe, &[(1, p(0.03, 0.015)), (2, p(0.01, 0.015))]);
        let Some(Shape::Polygon(north)) = &parts[0].shape else { panic!() };
        let Some(Shape::Polygon(south)) = &parts[1].shape else { panic!() };
        assert_eq!((north.rings().len(), south.rings().len()), (2, 1));
        assert!((north.area_m2() / (2.0 * 1111.95 * 1111.95) - 1.0).abs() < 1e-3);
    }

    #[test]
    fn the_towns_cover_the_county() {
        let (county, seats) = (county(), seats());
        let seats: Vec<(usize, Point)> = seats.into_iter().enumerate().collect();
        let cells = cells(&county, &seats);
        assert!((total(&cells) / county.area_m2() - 1.0).abs() < 1e-4);
        for cell in &cells {
            assert!(cell.shape.as_ref().is_some_and(|s| s.contains(cell.seat)), "{}", cell.id);
        }
    }

    #[test]
    fn a_hole_stays_a_hole() {
        let ring = |a: f64, b: f64| vec![p(a, a), p(a, b), p(b, b), p(b, a), p(a, a)];
        let area = Shape::polygon(vec![ring(0.0, 0.05), ring(0.01, 0.02), ring(0.024, 0.03)]).unwrap();
        let cells = cells(&area, &[(0, p(0.025, 0.01)), (1, p(0.025, 0.04))]);
        assert!((total(&cells) / area.area_m2() - 1.0).abs() < 1e-4);
        assert!(cells.iter().all(|c| !c.shape.as_ref().unwrap().contains(p(0.015, 0.015))));
    }

    proptest! {
        #[test]
        fn any_seats_share_the_county(
            seats in prop::collection::vec((31_600_000..32_000_000i32, 119_900_000..120_700_000i32), 1..25)
        ) {
            let county = county();
            let seats: Vec<(usize, Point)> =
                seats.iter().map(|(lat, lon)| Point::from_e6(*lat, *lon).unwrap()).enumerate().collect();
            let cells = cells(&county, &seats);
            prop_assert!((total(&cells) / county.area_m2() - 1.0).abs() < 1e-3);
            let place = p(31.85, 120.3);
            let holders = cells.iter().filter(|c| c.shape.as_ref().is_some_and(|s| s.contains(place))).count();
            prop_assert_eq!(holders, 1);
        }
    }
}
