//! How far a vehicle is from its planned way. This measures; whether it is too far is a rule of others.

use serde::{Deserialize, Serialize};

use crate::plane::{Plane, origin_to_segment};
use crate::point::Point;

/// A place measured against a line.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct OffLine {
    /// Metres from the place to the line.
    pub distance_m: f64,
    /// Metres along the line to its nearest place.
    pub along_m: f64,
    /// The nearest place of the line.
    pub nearest: Point,
}

/// Measures a place against a line; `None` for an empty line. Of equally near places the first counts.
pub fn off_line(point: Point, line: &[Point]) -> Option<OffLine> {
    let first = *line.first()?;
    let sheet = Plane::at(point);
    let mut best = OffLine { distance_m: point.near_distance_m(first), along_m: 0.0, nearest: first };
    let mut along = 0.0;
    for pair in line.windows(2) {
        let length = pair[0].near_distance_m(pair[1]);
        let (distance, share) = origin_to_segment(sheet.xy(pair[0]), sheet.xy(pair[1]));
        if distance < best.distance_m {
            best = OffLine {
                distance_m: distance,
                along_m: along + length * share,
                nearest: pair[0].interpolate(pair[1], share),
            };
        }
        along += length;
    }
    Some(best)
}

/// Metres from a place to a line; `None` for an empty line.
pub fn deviation_m(point: Point, line: &[Point]) -> Option<f64> {
    off_line(point, line).map(|o| o.distance_m)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::point::tests::p;

    #[test]
    fn distances_by_hand() {
        // At the equator 0.001° is 111.195 m both ways.
        let line = [p(0.0, 0.0), p(0.0, 0.01), p(0.01, 0.01)];
        let off = off_line(p(0.001, 0.004), &line).unwrap();
        assert!((off.distance_m - 111.195).abs() < 0.01);
        assert!((off.along_m - 444.78).abs() < 0.01);
        assert_eq!(off.nearest, p(0.0, 0.004));
        // Before the beginning and behind the end the ends count.
        assert!((deviation_m(p(0.0, -0.002), &line).unwrap() - 222.39).abs() < 0.01);
        assert!((off_line(p(0.013, 0.01), &line).unwrap().along_m - 2223.9).abs() < 0.1);
        assert_eq!(deviation_m(p(0.0, 0.005), &line), Some(0.0));
    }

    #[test]
    fn short_lines() {
        assert_eq!(deviation_m(p(0.0, 0.0), &[]), None);
        assert!((deviation_m(p(0.0, 0.0), &[p(0.001, 0.0)]).unwrap() - 111.195).abs() < 0.01);
    }
}
