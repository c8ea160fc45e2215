//! A road network made up from an outline, the seats of towns and a seed, for demonstrations of places whose
//! roads nobody has given. It looks like roads and is none: whoever shows it says that it is a sketch. The same
//! arguments give the same network to the byte. It knows no water, so it crosses rivers as it likes.
//!
//! A lattice with bends is laid over the area. Every fourth line is an arterial, every second a lesser road, the
//! others streets that exist near seats only; one or two expressways run across between the lines and meet
//! them at interchanges.

mod tidy;

use std::collections::{BTreeMap, BTreeSet};

use crate::plane::{Plane, Xy};
use crate::point::Point;
use crate::roads::{Edge, RoadClass, RoadGraph};
use crate::zone::Shape;

/// Nodes that a network should have before it is tidied.
const NODES: f64 = 3_000.0;
/// Share of lattice nodes that carry a road.
const FILL: f64 = 0.76;
/// Every so many lines there is an arterial.
const ARTERIAL_EVERY: i32 = 4;
/// Every so many lines of arterials an expressway has an interchange.
const INTERCHANGE_EVERY: i32 = 2;
/// Area from which there are two expressways, square metres.
const TWO_EXPRESSWAYS_M2: f64 = 4e8;
/// Most lines of the lattice on each side of the middle.
const MAX_LINES: i32 = 160;
/// Local roads keep so far from the outline, metres.
const INSET_M: f64 = 250.0;

/// Kinds of chance, so that one decision does not move another.
#[derive(Clone, Copy)]
enum Die {
    Turn = 1,
    BendEast,
    BendNorth,
    JitterEast,
    JitterNorth,
    KeepAlong,
    KeepUp,
    ExpresswayAlong,
    ExpresswayUp,
}

/// A lattice place in half steps: nodes have even coordinates, expressways odd ones.
type Key = (i32, i32);

/// A sketch of a road network within an area; empty for a network that would have no room.
pub fn synthetic(boundary: &Shape, seats: &[Point], seed: u64) -> RoadGraph {
    let sketch = Sketch::new(boundary, seats, seed);
    let mut roads = Roads::new();
    let seat_keys = sketch.seat_nodes();
    sketch.lay_lattice(&seat_keys, &mut roads);
    sketch.lay_expressways(&mut roads);
    sketch.into_graph(&seat_keys, roads)
}

/// Stretches by their ends, the lower end first.
struct Roads(BTreeMap<(Key, Key), RoadClass>);

impl Roads {
    fn new() -> Self {
        Self(BTreeMap::new())
    }

    /// Adds a stretch, or widens one.
    fn add(&mut self, a: Key, b: Key, class: RoadClass) {
        let known = self.0.entry((a.min(b), a.max(b))).or_insert(class);
        *known = class.min(*known);
    }
}

struct Sketch<'a> {
    boundary: &'a Shape,
    seed: u64,
    sheet: Plane,
    seats: Vec<Xy>,
    seat_points: &'a [Point],
    /// Step of the lattice, metres.
    step: f64,
    /// Lines on each side of the middle.
    lines: i32,
    /// How far a seat's streets reach, metres.
    reach: f64,
    /// Sine and cosine of the turn of the lattice.
    turn: (f64, f64),
}

impl<'a> Sketch<'a> {
    fn new(boundary: &'a Shape, seat_points: &'a [Point], seed: u64) -> Self {
        let bounds = boundary.bounds();
        let sheet = Plane::at(bounds.centre());
        let corner = Point::wrapped(f64::from(bounds.north), f64::from(bounds.east));
        let half = bounds.centre().near_distance_m(corner).max(1.0);
        let area = boundary.area_m2().max(1.0);
        let step = (area * FILL / NODES).sqrt().max(half * 1.2 / f64::from(MAX_LINES));
        let seats: Vec<Xy> = seat_points.iter().map(|p| sheet.xy(*p)).collect();
        let mut sketch = Self {
            boundary,
            seed,
            sheet,
            step,
            lines: ((half / step).ceil() as i32 + 2).min(MAX_LINES),
            reach: 0.38 * (area / seats.len().max(1) as f64).sqrt(),
            seats,
            seat_points,
            turn: (0.0, 1.0),
        };
        sketch.turn = ((sketch.chance(Die::Turn, 0, 0) - 0.5) * 0.3).sin_cos();
        sketch
    }

    /// A number in `0 ≤ x < 1` that depends on nothing but the seed and the place (splitmix64).
    fn chance(&self, die: Die, i: i32, j: i32) -> f64 {
        let place = (u64::from(i as u32) << 32) | u64::from(j as u32);
        let z = mix(self.seed ^ mix(place ^ mix(die as u64)));
        (z >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Smooth chance over the sheet, −1 to 1, with waves of six lattice steps.
    fn wave(&self, die: Die, u: f64, v: f64) -> f64 {
        let (u, v) = (u / 6.0, v / 6.0);
        let (i, j) = (u.floor(), v.floor());
        let ease = |t: f64| t * t * (3.0 - 2.0 * t);
        let (s, t) = (ease(u - i), ease(v - j));
        let at = |di: i32, dj: i32| self.chance(die, i as i32 + di, j as i32 + dj) * 2.0 - 1.0;
        let low = at(0, 0) + (at(1, 0) - at(0, 0)) * s;
        let high = at(0, 1) + (at(1, 1) - at(0, 1)) * s;
        low + (high - low) * t
    }

    /// Where a lattice place is on the sheet.
    fn xy(&self, (i, j): Key) -> Xy {
        let (u, v) = (f64::from(i) / 2.0, f64::from(j) / 2.0);
        let mut x = u + 0.9 * self.wave(Die::BendEast, u, v);
        let mut y = v + 0.9 * self.wave(Die::BendNorth, u, v);
        if i % 2 == 0 && j % 2 == 0 {
            let wide = arterial(i) || arterial(j);
            let by = if wide { 0.12 } else { 0.3 };
            x += by * (self.chance(Die::JitterEast, i, j) - 0.5);
            y += by * (self.chance(Die::JitterNorth, i, j) - 0.5);
        }
        let (sin, cos) = self.turn;
        ((x * cos - y * sin) * self.step, (x * sin + y * cos) * self.step)
    }

    /// How built-up a place is, 0 to 1.
    fn density(&self, (x, y): Xy) -> f64 {
        let share = |seat: &Xy| {
            let r = ((x - seat.0).powi(2) + (y - seat.1).powi(2)).sqrt() / self.reach;
            (-r * r).exp()
        };
        self.seats.iter().map(share).fold(0.0, f64::max)
    }

    /// The lattice nodes that are moved onto seats.
    fn seat_nodes(&self) -> BTreeMap<Key, Point> {
        let mut out = BTreeMap::new();
        let keys: Vec<(Key, Xy)> = self.lattice().map(|k| (k, self.xy(k))).collect();
        for (seat, point) in self.seats.iter().zip(self.seat_points) {
            let away = |xy: &Xy| (xy.0 - seat.0).powi(2) + (xy.1 - seat.1).powi(2);
            let nearest = keys.iter().min_by(|a, b| away(&a.1).total_cmp(&away(&b.1)));
            if let Some((key, _)) = nearest.filter(|_| self.boundary.contains(*point)) {
                out.entry(*key).or_insert(*point);
            }
        }
        out
    }

    fn lattice(&self) -> impl Iterator<Item = Key> {
        let n = self.lines;
        (-n..=n).flat_map(move |i| (-n..=n).map(move |j| (2 * i, 2 * j)))
    }

    fn lay_lattice(&self, seats: &BTreeMap<Key, Point>, roads: &mut Roads) {
        for key in self.lattice() {
            let density = self.density(self.xy(key));
            let along = (key.1, (key.0 + 2, key.1), Die::KeepAlong);
            let up = (key.0, (key.0, key.1 + 2), Die::KeepUp);
            for (line, next, die) in [along, up] {
                let likely = match (arterial(line), line % 4 == 0) {
                    (true, _) => 1.0,
                    (_, true) => 0.6 + 0.35 * density,
                    _ if density > 0.35 => 0.25 + 0.65 * density,
                    _ => 0.0,
                };
                if self.chance(die, key.0, key.1) < likely {
                    let class = if arterial(line) { RoadClass::Arterial } else { RoadClass::Local };
                    roads.add(key, next, class);
                }
            }
        }
        // Every seat has a main road to the next arterial both ways.
        for &(i, j) in seats.keys() {
            let run = |from: i32| {
                let gap = from.rem_euclid(2 * ARTERIAL_EVERY);
                let to = if gap <= ARTERIAL_EVERY { from - gap } else { from - gap + 2 * ARTERIAL_EVERY };
                (from.min(to)..from.max(to)).step_by(2)
            };
            run(i).for_each(|k| roads.add((k, j), (k + 2, j), RoadClass::Arterial));
            run(j).for_each(|k| roads.add((i, k), (i, k + 2), RoadClass::Arterial));
        }
    }

    fn lay_expressways(&self, roads: &mut Roads) {
        // Between two lines, never beside an arterial, a little off the middle.
        let odd = |die: Die| {
            let shift = (self.chance(die, 0, 0) * 3.0) as i32 - 1;
            shift * 2 * ARTERIAL_EVERY + ARTERIAL_EVERY - 1
        };
        let (row, column) = (odd(Die::ExpresswayAlong), odd(Die::ExpresswayUp));
        let two = self.boundary.area_m2() >= TWO_EXPRESSWAYS_M2;
        self.lay_expressway(two.then_some(column), |k, off| (k, row + off), roads);
        if two {
            self.lay_expressway(Some(row), |k, off| (column + off, k), roads);
        }
    }

    /// Lays an expressway. `key` turns a place along it, and half steps to its side, into a lattice place;
    /// `other` is where it meets the second one.
    fn lay_expressway(&self, other: Option<i32>, key: impl Fn(i32, i32) -> Key, roads: &mut Roads) {
        let mut places: BTreeSet<i32> = (-self.lines..=self.lines).map(|k| 2 * k).collect();
        places.extend(other);
        let places: Vec<i32> = places.into_iter().collect();
        for pair in places.windows(2) {
            roads.add(key(pair[0], 0), key(pair[1], 0), RoadClass::Expressway);
        }
        for &k in places.iter().filter(|k| *k % (2 * ARTERIAL_EVERY * INTERCHANGE_EVERY) == 0) {
            // The arterial that crosses here is cut in two, which makes the ramps.
            let (before, here, after) = (key(k, -1), key(k, 0), key(k, 1));
            roads.0.remove(&(before, after));
            roads.add(before, here, RoadClass::Arterial);
            roads.add(here, after, RoadClass::Arterial);
        }
    }

    /// Cuts the roads at the outline, joins what hangs together and drops what does not.
    fn into_graph(self, seats: &BTreeMap<Key, Point>, roads: Roads) -> RoadGraph {
        let keys: BTreeSet<Key> = roads.0.keys().flat_map(|(a, b)| [*a, *b]).collect();
        let inset = INSET_M.min(self.step / 2.0);
        let mut ids: BTreeMap<Key, u32> = BTreeMap::new();
        let mut nodes = Vec::new();
        let mut fixed = Vec::new();
        for key in keys {
            let seat = seats.get(&key).copied();
            let point = seat.unwrap_or_else(|| self.sheet.point(self.xy(key)));
            let on_lattice = key.0 % 2 == 0 && key.1 % 2 == 0;
            let room = seat.is_some() || !on_lattice || self.boundary.distance_to_edge_m(point) >= inset;
            if self.boundary.contains(point) && room {
                ids.insert(key, nodes.len() as u32);
                nodes.push(point);
                fixed.push(seat.is_some());
            }
        }
        let mut edges = Vec::new();
        for ((a, b), class) in roads.0 {
            if let (Some(&from), Some(&to)) = (ids.get(&a), ids.get(&b))
                && self.holds(nodes[from as usize], nodes[to as usize])
            {
                edges.push(Edge::straight(from, to, class));
            }
        }
        tidy::connect(&nodes, &mut edges, &fixed, self.step * 6.0, |a, b| self.holds(a, b));
        tidy::prune(&nodes, &mut edges, &fixed);
        let (nodes, edges) = tidy::compact(nodes, edges);
        RoadGraph::assemble(nodes, edges)
    }

    /// Whether the straight way between two places inside stays inside.
    fn holds(&self, a: Point, b: Point) -> bool {
        match self.boundary {
            Shape::Circle(_) => true,
            Shape::Polygon(p) => !p.crosses(a, b),
        }
    }
}

/// Whether a line (in half steps) carries an arterial.
fn arterial(line: i32) -> bool {
    line % (2 * ARTERIAL_EVERY) == 0
}

/// The finaliser of splitmix64.
fn mix(z: u64) -> u64 {
    let z = z.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
