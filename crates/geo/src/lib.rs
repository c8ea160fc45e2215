//! Geometry of the platform: points and datums, zones with memory, tracks of vehicles, a road network, town
//! cells. For live monitoring, the simulator and the map. Everything is a pure function of its arguments: this
//! crate must never read a clock, a file or a source of chance, and must never know a city; a city is data.
//!
//! Coordinates are WGS-84 micro-degrees, distances metres, instants microseconds since 1970 (UTC), bearings
//! degrees clockwise from north. Functions take latitude before longitude; JSON has `[longitude, latitude]`,
//! as GeoJSON does. Shapes that cross the 180th meridian are not supported.

mod bounds;
pub mod datum;
pub mod deviation;
mod line;
mod plane;
mod point;
pub mod roads;
pub mod track;
mod tree;
pub mod voronoi;
pub mod zone;

pub use bounds::Bounds;
pub use datum::Datum;
pub use line::simplify;
pub use point::{EARTH_RADIUS_M, OffPlanet, Point};
