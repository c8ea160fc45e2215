//! A box along the graticule, for cheap first answers. It never crosses the 180th meridian.

use serde::{Deserialize, Serialize};

use crate::point::{METRES_PER_E6, Point};

/// A box in WGS-84 micro-degrees, edges included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bounds {
    /// Least latitude, micro-degrees.
    pub south: i32,
    /// Least longitude, micro-degrees.
    pub west: i32,
    /// Greatest latitude, micro-degrees.
    pub north: i32,
    /// Greatest longitude, micro-degrees.
    pub east: i32,
}

impl Bounds {
    /// The box of one place.
    pub const fn of(point: Point) -> Self {
        Self { south: point.lat_e6(), north: point.lat_e6(), west: point.lon_e6(), east: point.lon_e6() }
    }

    /// The smallest box around places; `None` for none.
    pub fn around(points: impl IntoIterator<Item = Point>) -> Option<Self> {
        points.into_iter().map(Self::of).reduce(Self::union)
    }

    /// The box of a disc: every place within so many metres of the centre is in it.
    pub fn of_disc(centre: Point, radius_m: f64) -> Self {
        Self::of(centre).widened_m(radius_m)
    }

    /// The smallest box around both.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self {
            south: self.south.min(other.south),
            west: self.west.min(other.west),
            north: self.north.max(other.north),
            east: self.east.max(other.east),
        }
    }

    /// The box widened by at least so many metres on every side, held at the poles and the 180th meridian.
    #[must_use]
    pub fn widened_m(self, metres: f64) -> Self {
        let lat = metres.max(0.0) / METRES_PER_E6 * 1.001 + 1.0;
        let south = (f64::from(self.south) - lat).max(-90e6);
        let north = (f64::from(self.north) + lat).min(90e6);
        // The parallel nearest a pole is the shortest: it needs most degrees for the same metres.
        let far = south.abs().max(north.abs());
        // Around a pole every longitude is near.
        let lon = if far < 89e6 { lat / (far / 1e6).to_radians().cos() } else { 360e6 };
        Self {
            south: south as i32,
            north: north as i32,
            west: (f64::from(self.west) - lon).max(-180e6) as i32,
            east: (f64::from(self.east) + lon).min(180e6) as i32,
        }
    }

    /// Whether the place lies inside or on the edge.
    pub const fn contains(&self, point: Point) -> bool {
        self.south <= point.lat_e6()
            && point.lat_e6() <= self.north
            && self.west <= point.lon_e6()
            && point.lon_e6() <= self.east
    }

    /// Whether the boxes share a place.
    pub const fn meets(&self, other: &Self) -> bool {
        self.south <= other.north
            && other.south <= self.north
            && self.west <= other.east
            && other.west <= self.east
    }

    /// The middle.
    pub fn centre(&self) -> Point {
        Point::wrapped(
            (f64::from(self.south) + f64::from(self.north)) / 2.0,
            (f64::from(self.west) + f64::from(self.east)) / 2.0,
        )
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::point::tests::p;

    #[test]
    fn edges_belong_to_the_box() {
        let b = Bounds::around([p(1.0, 2.0), p(3.0, 5.0)]).unwrap();
        assert!(b.contains(p(1.0, 5.0)) && !b.contains(p(0.999_999, 5.0)));
        assert_eq!(b.centre(), p(2.0, 3.5));
        assert!(Bounds::around([]).is_none());
    }

    proptest! {
        #[test]
        fn a_disc_is_in_its_box(
            lat in -85.0..85.0f64, lon in -170.0..170.0f64, bearing in 0.0..360.0f64, r in 1.0..50_000.0f64
        ) {
            let centre = p(lat, lon);
            prop_assert!(Bounds::of_disc(centre, r).contains(centre.destination(bearing, r)));
        }
    }
}
