//! An area bounded by rings. Latitude is cut into bands that know their edges, so that a question costs a few
//! edges however many there are. Decisions about inside and outside are made in integers and are exact.

use crate::bounds::Bounds;
use crate::plane::{Plane, origin_to_segment, ring_area};
use crate::point::Point;
use crate::zone::{MAX_POINTS, ShapeError};

/// Edges that a band should hold.
const EDGES_PER_BAND: usize = 4;
/// Most bands.
const MAX_BANDS: usize = 1024;

/// An area of closed rings under the even-odd rule.
#[derive(Clone, Debug)]
pub struct Polygon {
    rings: Vec<Vec<Point>>,
    bounds: Bounds,
    edges: Vec<(Point, Point)>,
    /// Band `i` holds `band_edges[starts[i]..starts[i + 1]]`.
    starts: Vec<u32>,
    band_edges: Vec<u32>,
}

impl PartialEq for Polygon {
    fn eq(&self, other: &Self) -> bool {
        self.rings == other.rings
    }
}

impl Polygon {
    /// From closed rings (the last point repeats the first).
    ///
    /// # Errors
    /// No ring, a ring with fewer than four points, not closed or without area, too many points, too wide.
    pub fn new(rings: Vec<Vec<Point>>) -> Result<Self, ShapeError> {
        let points = rings.iter().map(Vec::len).sum();
        if points > MAX_POINTS {
            return Err(ShapeError::TooManyPoints(points));
        }
        for (ring, points) in rings.iter().enumerate() {
            if points.len() < 4 {
                return Err(ShapeError::TooFewPoints { ring, points: points.len() });
            }
            if points.first() != points.last() {
                return Err(ShapeError::NotClosed { ring });
            }
            if doubled_area(points) == 0 {
                return Err(ShapeError::NoArea { ring });
            }
        }
        let bounds = Bounds::around(rings.iter().flatten().copied()).ok_or(ShapeError::NoRing)?;
        if i64::from(bounds.east) - i64::from(bounds.west) > 180_000_000 {
            return Err(ShapeError::TooWide);
        }
        // Level edges never count in the even-odd rule, but do when something crosses the outline.
        let edges: Vec<(Point, Point)> =
            rings.iter().flat_map(|r| r.windows(2)).filter(|w| w[0] != w[1]).map(|w| (w[0], w[1])).collect();
        let mut polygon = Self { rings, bounds, edges, starts: Vec::new(), band_edges: Vec::new() };
        polygon.lay_bands();
        Ok(polygon)
    }

    fn lay_bands(&mut self) {
        let count = (self.edges.len() / EDGES_PER_BAND).clamp(1, MAX_BANDS);
        let mut bands: Vec<Vec<u32>> = vec![Vec::new(); count];
        for (i, (a, b)) in (0u32..).zip(&self.edges) {
            if a.lat_e6() == b.lat_e6() {
                continue;
            }
            let from = self.band(a.lat_e6().min(b.lat_e6()), count);
            let to = self.band(a.lat_e6().max(b.lat_e6()), count);
            bands[from..=to].iter_mut().for_each(|band| band.push(i));
        }
        self.starts = vec![0];
        for band in bands {
            self.band_edges.extend(band);
            self.starts.push(self.band_edges.len() as u32);
        }
    }

    /// The band of a latitude inside the bounds.
    fn band(&self, lat_e6: i32, count: usize) -> usize {
        let height = i64::from(self.bounds.north) - i64::from(self.bounds.south) + 1;
        let above = i64::from(lat_e6) - i64::from(self.bounds.south);
        ((above * count as i64) / height).clamp(0, count as i64 - 1) as usize
    }

    /// The rings, closed.
    pub fn rings(&self) -> &[Vec<Point>] {
        &self.rings
    }

    pub(super) fn into_rings(self) -> Vec<Vec<Point>> {
        self.rings
    }

    /// The box around it.
    pub const fn bounds(&self) -> Bounds {
        self.bounds
    }

    /// Whether the place is inside (even-odd rule, half-open at the edge).
    pub fn contains(&self, point: Point) -> bool {
        if !self.bounds.contains(point) {
            return false;
        }
        let (y, x) = (i64::from(point.lat_e6()), i64::from(point.lon_e6()));
        let band = self.band(point.lat_e6(), self.starts.len() - 1);
        let range = self.starts[band] as usize..self.starts[band + 1] as usize;
        let mut inside = false;
        for &i in &self.band_edges[range] {
            let (a, b) = self.edges[i as usize];
            let (ay, by) = (i64::from(a.lat_e6()), i64::from(b.lat_e6()));
            if (ay > y) != (by > y) {
                let (ax, bx) = (i64::from(a.lon_e6()), i64::from(b.lon_e6()));
                // East of the place? Compared without division, so without rounding; 2e8 × 4e8 fits.
                let side = (bx - ax) * (y - ay) - (x - ax) * (by - ay);
                inside ^= if by > ay { side > 0 } else { side < 0 };
            }
        }
        inside
    }

    /// Metres to the nearest place of the outline.
    pub fn distance_to_edge_m(&self, point: Point) -> f64 {
        let sheet = Plane::at(point);
        let distances = self.edges.iter().map(|&(a, b)| origin_to_segment(sheet.xy(a), sheet.xy(b)).0);
        distances.fold(f64::INFINITY, f64::min)
    }

    /// Whether the straight way between two places meets the outline.
    pub fn crosses(&self, a: Point, b: Point) -> bool {
        let way = Bounds::of(a).union(Bounds::of(b));
        way.meets(&self.bounds) && self.edges.iter().any(|&(c, d)| segments_meet(a, b, c, d))
    }

    /// Area in square metres on a sheet laid at the middle; parts add up, holes count off.
    pub fn area_m2(&self) -> f64 {
        let sheet = Plane::at(self.bounds.centre());
        self.parts()
            .iter()
            .flat_map(|part| part.iter().enumerate())
            .map(|(i, ring)| {
                let area = ring_area(&ring.iter().map(|p| sheet.xy(*p)).collect::<Vec<_>>()).abs();
                if i == 0 { area } else { -area }
            })
            .sum()
    }

    /// The rings as parts of GeoJSON: each an outline, anticlockwise, followed by its holes, clockwise.
    pub fn parts(&self) -> Vec<Vec<Vec<Point>>> {
        let alone: Vec<Option<Self>> = if self.rings.len() > 1 {
            self.rings.iter().map(|r| Self::new(vec![r.clone()]).ok()).collect()
        } else {
            vec![None; self.rings.len()]
        };
        // Rings that hold this one; rings do not cross, so one of its points that is not theirs decides.
        let around = |i: usize| -> Vec<usize> {
            let holds = |j: &usize| {
                *j != i
                    && alone[*j].as_ref().is_some_and(|outer| {
                        if !self.rings[i].first().is_some_and(|p| outer.bounds.contains(*p)) {
                            return false;
                        }
                        let own = self.rings[i].iter().find(|p| !self.rings[*j].contains(p));
                        own.or(self.rings[i].first()).is_some_and(|p| outer.contains(*p))
                    })
            };
            (0..self.rings.len()).filter(holds).collect()
        };
        let nests: Vec<Vec<usize>> = (0..self.rings.len()).map(around).collect();
        let outer: Vec<usize> = (0..self.rings.len()).filter(|i| nests[*i].len().is_multiple_of(2)).collect();
        let mut parts: Vec<Vec<Vec<Point>>> =
            outer.iter().map(|i| vec![turned(&self.rings[*i], true)]).collect();
        for (i, nest) in nests.iter().enumerate().filter(|(_, n)| n.len() % 2 == 1) {
            let parent = outer.iter().position(|o| nest.contains(o) && nests[*o].len() + 1 == nest.len());
            if let Some(parent) = parent {
                parts[parent].push(turned(&self.rings[i], false));
            }
        }
        parts
    }
}

/// The ring in the direction asked for.
fn turned(ring: &[Point], anticlockwise: bool) -> Vec<Point> {
    let mut ring = ring.to_vec();
    if (doubled_area(&ring) > 0) != anticlockwise {
        ring.reverse();
    }
    ring
}

/// Twice the signed area of a closed ring in square micro-degrees; exact.
fn doubled_area(ring: &[Point]) -> i128 {
    let term = |w: &[Point]| {
        i128::from(w[0].lon_e6()) * i128::from(w[1].lat_e6())
            - i128::from(w[1].lon_e6()) * i128::from(w[0].lat_e6())
    };
    ring.windows(2).map(term).sum()
}

/// Whether two segments share a place; exact.
fn segments_meet(a: Point, b: Point, c: Point, d: Point) -> bool {
    let side = |p: Point, q: Point, r: Point| {
        let (px, py) = (i64::from(p.lon_e6()), i64::from(p.lat_e6()));
        let cross = (i64::from(q.lon_e6()) - px) * (i64::from(r.lat_e6()) - py)
            - (i64::from(q.lat_e6()) - py) * (i64::from(r.lon_e6()) - px);
        cross.signum()
    };
    let (ab, cd) = (Bounds::of(a).union(Bounds::of(b)), Bounds::of(c).union(Bounds::of(d)));
    ab.meets(&cd) && side(a, b, c) * side(a, b, d) <= 0 && side(c, d, a) * side(c, d, b) <= 0
}
