//! A way with lengths and speeds, and the place of a vehicle along it.

use serde::{Deserialize, Serialize};

use crate::point::Point;

/// A place along a way.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct OnRoute {
    /// Where.
    pub point: Point,
    /// Direction of travel, degrees clockwise from north.
    pub heading_deg: f64,
    /// Speed of the road there, km/h.
    pub speed_kmh: u8,
}

/// A way from one place to another. It has two points or more; a way to where one is has them equal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Raw", into = "Raw")]
pub struct Route {
    points: Vec<Point>,
    /// Decimetres from the beginning to each point.
    marks_dm: Vec<u32>,
    /// Speed of the leg after each point but the last, km/h.
    speeds_kmh: Vec<u8>,
}

/// A stored way that does not add up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("stored way is damaged")]
pub struct DamagedRoute;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    points: Vec<Point>,
    marks_dm: Vec<u32>,
    speeds_kmh: Vec<u8>,
}

impl From<Route> for Raw {
    fn from(r: Route) -> Self {
        Self { points: r.points, marks_dm: r.marks_dm, speeds_kmh: r.speeds_kmh }
    }
}

impl TryFrom<Raw> for Route {
    type Error = DamagedRoute;
    fn try_from(raw: Raw) -> Result<Self, DamagedRoute> {
        let Raw { points, marks_dm, speeds_kmh } = raw;
        let sound = points.len() >= 2
            && marks_dm.len() == points.len()
            && speeds_kmh.len() + 1 == points.len()
            && marks_dm.first() == Some(&0)
            && marks_dm.is_sorted()
            && !speeds_kmh.contains(&0);
        if sound { Ok(Self { points, marks_dm, speeds_kmh }) } else { Err(DamagedRoute) }
    }
}

impl Route {
    /// A way of its own along a line, at one speed (km/h); `None` for fewer than two points or no speed.
    pub fn along(points: &[Point], speed_kmh: u8) -> Option<Self> {
        if speed_kmh == 0 {
            return None;
        }
        let (first, rest) = points.split_first().filter(|(_, rest)| !rest.is_empty())?;
        let mut route = Self::starting_at(*first);
        for point in rest {
            route.straight_to(*point, speed_kmh);
        }
        Some(route.finished())
    }

    pub(super) fn starting_at(point: Point) -> Self {
        Self { points: vec![point], marks_dm: vec![0], speeds_kmh: Vec::new() }
    }

    /// Goes on to a point; a leg of no length is left out.
    pub(super) fn leg_to(&mut self, point: Point, length_dm: u32, speed_kmh: u8) {
        if self.points.last() == Some(&point) {
            return;
        }
        let mark = self.marks_dm.last().copied().unwrap_or(0).saturating_add(length_dm);
        self.points.push(point);
        self.marks_dm.push(mark);
        self.speeds_kmh.push(speed_kmh.max(1));
    }

    pub(super) fn straight_to(&mut self, point: Point, speed_kmh: u8) {
        if let Some(last) = self.points.last() {
            self.leg_to(point, (last.near_distance_m(point) * 10.0).round() as u32, speed_kmh);
        }
    }

    /// Makes sure of two points.
    pub(super) fn finished(mut self) -> Self {
        if let [only] = self.points[..] {
            self.points.push(only);
            self.marks_dm.push(0);
            self.speeds_kmh.push(1);
        }
        self
    }

    /// The line to draw.
    pub fn points(&self) -> &[Point] {
        &self.points
    }

    /// Length in metres.
    pub fn length_m(&self) -> f64 {
        f64::from(self.marks_dm.last().copied().unwrap_or(0)) / 10.0
    }

    /// Seconds to drive it at the speed of its roads.
    pub fn seconds(&self) -> f64 {
        let legs = self.marks_dm.windows(2).zip(&self.speeds_kmh);
        legs.map(|(m, v)| f64::from(m[1] - m[0]) * 0.36 / f64::from(*v)).sum()
    }

    /// The place so many metres from the beginning, held at both ends.
    pub fn at(&self, distance_m: f64) -> OnRoute {
        let mark = if distance_m.is_nan() { 0.0 } else { (distance_m * 10.0).max(0.0) };
        // The leg that holds the mark: the last one that begins before or at it and has a length.
        let after = self.marks_dm.partition_point(|m| f64::from(*m) <= mark);
        let mut leg = after.saturating_sub(1).min(self.speeds_kmh.len().saturating_sub(1));
        while leg > 0 && self.marks_dm[leg] == self.marks_dm[leg + 1] {
            leg -= 1;
        }
        let (a, b) = (self.points[leg], self.points[leg + 1]);
        let (from, to) = (f64::from(self.marks_dm[leg]), f64::from(self.marks_dm[leg + 1]));
        let share = if to > from { (mark - from) / (to - from) } else { 0.0 };
        OnRoute {
            point: a.interpolate(b, share),
            heading_deg: a.bearing_deg(b),
            speed_kmh: self.speeds_kmh[leg],
        }
    }
}
