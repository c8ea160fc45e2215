//! Lines on the map: thinning them for drawing.

use crate::plane::{Plane, origin_to_segment};
use crate::point::Point;

/// Thins a line for drawing (Douglas-Peucker): what is left out lies within so many metres of the result. The
/// ends stay; the order stays; every point of the result is one of the input.
pub fn simplify(points: &[Point], tolerance_m: f64) -> Vec<Point> {
    if points.len() < 3 || tolerance_m.is_nan() || tolerance_m <= 0.0 {
        return points.to_vec();
    }
    let mut keep = vec![false; points.len()];
    keep[0] = true;
    keep[points.len() - 1] = true;
    // A stack of our own: a day of fixes could nest deeper than the thread's.
    let mut open = vec![(0, points.len() - 1)];
    while let Some((from, to)) = open.pop() {
        let mut worst = (0.0, from);
        for at in from + 1..to {
            let sheet = Plane::at(points[at]);
            let (off, _) = origin_to_segment(sheet.xy(points[from]), sheet.xy(points[to]));
            if off > worst.0 {
                worst = (off, at);
            }
        }
        if worst.0 > tolerance_m {
            keep[worst.1] = true;
            open.push((from, worst.1));
            open.push((worst.1, to));
        }
    }
    points.iter().zip(keep).filter(|(_, k)| *k).map(|(p, _)| *p).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::deviation::off_line;
    use crate::point::tests::p;

    #[test]
    fn a_bend_stays_and_a_wobble_goes() {
        // 0.0001° of latitude is 11.1 m, 0.001° is 111 m.
        let line = [p(31.0, 120.0), p(31.0001, 120.01), p(31.001, 120.02), p(31.0, 120.03)];
        assert_eq!(simplify(&line, 200.0), [line[0], line[3]]);
        assert_eq!(simplify(&line, 50.0), [line[0], line[2], line[3]]);
        assert_eq!(simplify(&line, 1.0), line);
        assert_eq!(simplify(&line, 0.0), line);
        assert_eq!(simplify(&line[..1], 5.0), line[..1]);
    }

    proptest! {
        #[test]
        fn nothing_strays_further_than_allowed(
            steps in prop::collection::vec((-2000..2000i32, -2000..2000i32), 0..60), tolerance in 1.0..300.0f64
        ) {
            let mut at = (31_900_000, 120_200_000);
            let line: Vec<Point> = steps.iter().map(|(a, b)| {
                at = (at.0 + a, at.1 + b);
                Point::from_e6(at.0, at.1).unwrap()
            }).collect();
            let thin = simplify(&line, tolerance);
            for point in &line {
                prop_assert!(off_line(*point, &thin).unwrap().distance_m <= tolerance + 0.01);
            }
        }
    }
}
