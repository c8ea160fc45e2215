//! A flat sheet laid on the earth at one place, for geometry that needs metres in x (east) and y (north). The
//! map is affine in latitude and longitude, so straight lines stay straight. Lengths along x are true at the
//! latitude of the origin and 0.15 % off at 15 km north or south of it: use a sheet near what is measured.

use crate::point::{METRES_PER_E6, Point, lon_between_e6};

/// A sheet with its origin.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plane {
    origin: Point,
    /// Metres in a micro-degree of longitude; never zero, so that the way back is defined at the poles.
    per_lon_e6: f64,
}

/// A place on the sheet: metres east and north of the origin.
pub(crate) type Xy = (f64, f64);

impl Plane {
    /// A sheet with its origin here.
    pub(crate) fn at(origin: Point) -> Self {
        Self { origin, per_lon_e6: METRES_PER_E6 * origin.lat().to_radians().cos().max(1e-6) }
    }

    /// From the earth to the sheet.
    pub(crate) fn xy(&self, point: Point) -> Xy {
        let y = f64::from(point.lat_e6()) - f64::from(self.origin.lat_e6());
        (lon_between_e6(self.origin, point) as f64 * self.per_lon_e6, y * METRES_PER_E6)
    }

    /// From the sheet to the earth.
    pub(crate) fn point(&self, (x, y): Xy) -> Point {
        Point::wrapped(
            f64::from(self.origin.lat_e6()) + y / METRES_PER_E6,
            f64::from(self.origin.lon_e6()) + x / self.per_lon_e6,
        )
    }
}

/// Distance from the origin of the sheet to the segment, and the share of the segment at the nearest place.
pub(crate) fn origin_to_segment(a: Xy, b: Xy) -> (f64, f64) {
    let (dx, dy) = (b.0 - a.0, b.1 - a.1);
    let squared = dx * dx + dy * dy;
    let share = if squared > 0.0 { (-(a.0 * dx + a.1 * dy) / squared).clamp(0.0, 1.0) } else { 0.0 };
    let (x, y) = (a.0 + dx * share, a.1 + dy * share);
    ((x * x + y * y).sqrt(), share)
}

/// Twice the signed area of the triangle: positive when `c` lies left of the way from `a` to `b`.
pub(crate) fn turn(a: Xy, b: Xy, c: Xy) -> f64 {
    (b.0 - a.0) * (c.1 - a.1) - (b.1 - a.1) * (c.0 - a.0)
}

/// Signed area of a ring, square metres; positive anticlockwise. The ring may be closed or not.
pub(crate) fn ring_area(ring: &[Xy]) -> f64 {
    let Some(&first) = ring.first() else { return 0.0 };
    ring.windows(2).map(|w| turn(first, w[0], w[1])).sum::<f64>() / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::point::tests::p;

    #[test]
    fn there_and_back() {
        let sheet = Plane::at(p(31.9, 120.2));
        let (x, y) = sheet.xy(p(31.91, 120.21));
        assert!((y - 1111.95).abs() < 0.01, "{y}");
        assert!((x - 1111.95 * 31.9f64.to_radians().cos()).abs() < 0.01, "{x}");
        assert_eq!(sheet.point((x, y)), p(31.91, 120.21));
        assert_eq!(Plane::at(p(90.0, 0.0)).point((0.0, 0.0)), p(90.0, 0.0));
    }

    #[test]
    fn segment_by_hand() {
        assert_eq!(origin_to_segment((-3.0, 4.0), (3.0, 4.0)), (4.0, 0.5));
        assert_eq!(origin_to_segment((3.0, 4.0), (9.0, 4.0)), (5.0, 0.0));
        assert_eq!(origin_to_segment((3.0, 4.0), (3.0, 4.0)), (5.0, 0.0));
        assert_eq!(ring_area(&[(0.0, 0.0), (2.0, 0.0), (2.0, 3.0), (0.0, 3.0)]), 6.0);
    }
}
