//! Zones on the map: a disc or an area with holes, checked when made, so that every later question has an
//! answer. Zones carry no meaning here (forbidden, plant, town): that is a rule of others.

mod geojson;
mod index;
mod membership;
mod polygon;
#[cfg(test)]
pub(crate) mod tests;

use serde::{Deserialize, Serialize};

pub use index::ZoneIndex;
pub use membership::{Change, ChangeKind, Hysteresis, Membership};
pub use polygon::Polygon;

use crate::bounds::Bounds;
use crate::plane::{Plane, origin_to_segment};
use crate::point::{OffPlanet, Point};

/// Greatest radius of a disc, metres.
pub const MAX_RADIUS_M: f64 = 50_000.0;
/// Most points of one area: our own bound, ten times a detailed county.
pub const MAX_POINTS: usize = 20_000;

/// Why something is no zone.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ShapeError {
    /// A coordinate is no place on earth.
    #[error(transparent)]
    OffPlanet(#[from] OffPlanet),
    /// Radius of zero, below, or above [`MAX_RADIUS_M`].
    #[error("radius of {0} m")]
    Radius(f64),
    /// An area without rings.
    #[error("no ring")]
    NoRing,
    /// A ring with fewer than four points, of which the last repeats the first.
    #[error("ring {ring} has {points} points, fewer than 4")]
    TooFewPoints {
        /// Place of the ring, from 0.
        ring: usize,
        /// Its points.
        points: usize,
    },
    /// The last point of a ring is not its first.
    #[error("ring {ring} is not closed")]
    NotClosed {
        /// Place of the ring, from 0.
        ring: usize,
    },
    /// A ring whose points lie on one line.
    #[error("ring {ring} has no area")]
    NoArea {
        /// Place of the ring, from 0.
        ring: usize,
    },
    /// More than [`MAX_POINTS`].
    #[error("{0} points")]
    TooManyPoints(usize),
    /// Wider than half the earth, which is what an area across the 180th meridian looks like.
    #[error("wider than half the earth")]
    TooWide,
    /// Not the GeoJSON of an area; says where.
    #[error("not an area in GeoJSON: {0}")]
    NotGeoJson(&'static str),
}

/// A disc.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Circle {
    centre: Point,
    radius_m: f64,
}

impl Circle {
    /// Centre.
    pub const fn centre(&self) -> Point {
        self.centre
    }

    /// Radius in metres.
    pub const fn radius_m(&self) -> f64 {
        self.radius_m
    }
}

/// The form of a zone. In JSON `{"kind": "circle", "centre": [lon, lat], "radius_m": 200}` or
/// `{"kind": "polygon", "rings": [[[lon, lat], …], …]}`; reading checks it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Raw", into = "Raw")]
pub enum Shape {
    /// A disc.
    Circle(Circle),
    /// An area, possibly in several parts and with holes.
    Polygon(Polygon),
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
enum Raw {
    Circle { centre: Point, radius_m: f64 },
    Polygon { rings: Vec<Vec<Point>> },
}

impl TryFrom<Raw> for Shape {
    type Error = ShapeError;
    fn try_from(raw: Raw) -> Result<Self, ShapeError> {
        match raw {
            Raw::Circle { centre, radius_m } => Self::circle(centre, radius_m),
            Raw::Polygon { rings } => Self::polygon(rings),
        }
    }
}

impl From<Shape> for Raw {
    fn from(shape: Shape) -> Self {
        match shape {
            Shape::Circle(Circle { centre, radius_m }) => Self::Circle { centre, radius_m },
            Shape::Polygon(p) => Self::Polygon { rings: p.into_rings() },
        }
    }
}

impl Shape {
    /// A disc with its radius in metres.
    ///
    /// # Errors
    /// [`ShapeError::Radius`].
    pub fn circle(centre: Point, radius_m: f64) -> Result<Self, ShapeError> {
        if radius_m > 0.0 && radius_m <= MAX_RADIUS_M {
            Ok(Self::Circle(Circle { centre, radius_m }))
        } else {
            Err(ShapeError::Radius(radius_m))
        }
    }

    /// An area from closed rings; a place in an odd number of rings is inside, so holes and parts need no mark.
    ///
    /// # Errors
    /// Whatever [`Polygon::new`] finds.
    pub fn polygon(rings: Vec<Vec<Point>>) -> Result<Self, ShapeError> {
        Polygon::new(rings).map(Self::Polygon)
    }

    /// Whether the place is inside. A place exactly on the edge of an area belongs to one side only, so of two
    /// areas that share an edge one contains it.
    pub fn contains(&self, point: Point) -> bool {
        match self {
            Self::Circle(c) => c.centre.distance_m(point) <= c.radius_m,
            Self::Polygon(p) => p.contains(point),
        }
    }

    /// Metres from the place to the nearest place of the edge, inside or outside. Good to 0.2 % within 50 km.
    pub fn distance_to_edge_m(&self, point: Point) -> f64 {
        match self {
            Self::Circle(c) => (c.centre.distance_m(point) - c.radius_m).abs(),
            Self::Polygon(p) => p.distance_to_edge_m(point),
        }
    }

    /// Metres by which the place is outside; 0 inside.
    pub fn outside_by_m(&self, point: Point) -> f64 {
        if self.contains(point) { 0.0 } else { self.distance_to_edge_m(point) }
    }

    /// The box around it.
    pub fn bounds(&self) -> Bounds {
        match self {
            Self::Circle(c) => Bounds::of_disc(c.centre, c.radius_m),
            Self::Polygon(p) => p.bounds(),
        }
    }

    /// Area in square metres, measured on a sheet laid at the middle.
    pub fn area_m2(&self) -> f64 {
        match self {
            Self::Circle(c) => std::f64::consts::PI * c.radius_m * c.radius_m,
            Self::Polygon(p) => p.area_m2(),
        }
    }

    /// Whether the straight way between two places touches the zone.
    pub fn touches_segment(&self, a: Point, b: Point) -> bool {
        match self {
            Self::Circle(c) => {
                let sheet = Plane::at(c.centre);
                origin_to_segment(sheet.xy(a), sheet.xy(b)).0 <= c.radius_m
            }
            Self::Polygon(p) => p.contains(a) || p.crosses(a, b),
        }
    }
}
