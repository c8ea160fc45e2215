//! Datums of positions and the way to WGS-84, in which everything here is stored. GCJ-02 is the shifted datum of
//! Chinese public maps: JT/T 808 terminals speak WGS-84, but some platforms forward GCJ-02, so a source of
//! positions is tagged with its datum and converted once, where it comes in. Nothing behind that may convert.

use serde::{Deserialize, Serialize};

use crate::point::{OffPlanet, Point};

/// What a pair of coordinates refers to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Datum {
    /// World Geodetic System 1984 (EPSG:4326), what satellites give.
    #[default]
    Wgs84,
    /// The shifted datum of public maps in mainland China; hundreds of metres off.
    Gcj02,
    /// China Geodetic Coordinate System 2000 (EPSG:4490), of surveys and official data. It differs from WGS-84
    /// by centimetres and is treated as equal.
    Cgcs2000,
}

/// Semi-major axis of the Krasovsky ellipsoid in metres, part of the definition of GCJ-02.
const AXIS_M: f64 = 6_378_245.0;
/// First eccentricity squared of the same ellipsoid.
const ECCENTRICITY_SQUARED: f64 = 0.006_693_421_622_965_943;

/// A place given in a datum, as WGS-84.
///
/// # Errors
/// [`OffPlanet`] when the coordinates (degrees) are no place on earth.
pub fn to_wgs84(datum: Datum, lat: f64, lon: f64) -> Result<Point, OffPlanet> {
    Point::from_degrees(lat, lon)?;
    let (lat, lon) = match datum {
        Datum::Wgs84 | Datum::Cgcs2000 => (lat, lon),
        Datum::Gcj02 => gcj02_to_wgs84(lat, lon),
    };
    Point::from_degrees(lat, lon)
}

/// WGS-84 degrees to GCJ-02 degrees, `(latitude, longitude)`. Outside the box around China there is no shift.
pub fn wgs84_to_gcj02(lat: f64, lon: f64) -> (f64, f64) {
    if !is_shifted(lat, lon) {
        return (lat, lon);
    }
    let (dlat, dlon) = shift(lat, lon);
    (lat + dlat, lon + dlon)
}

/// GCJ-02 degrees to WGS-84 degrees, `(latitude, longitude)`. There is no closed form: it looks for the place
/// whose shift leads here, and is right to a millimetre inside the box around China, outside which there is no
/// shift. Within about a kilometre of the edge of the box the question has no single answer.
pub fn gcj02_to_wgs84(lat: f64, lon: f64) -> (f64, f64) {
    if !is_shifted(lat, lon) {
        return (lat, lon);
    }
    let (mut at_lat, mut at_lon) = (lat, lon);
    // The shift changes by under 1 % over its own length: every round gains two digits and more.
    for _ in 0..12 {
        let (dlat, dlon) = shift(at_lat, at_lon);
        let (miss_lat, miss_lon) = (at_lat + dlat - lat, at_lon + dlon - lon);
        at_lat -= miss_lat;
        at_lon -= miss_lon;
        if miss_lat.abs() < 1e-10 && miss_lon.abs() < 1e-10 {
            break;
        }
    }
    (at_lat, at_lon)
}

/// The box in which public maps are shifted. NaN is outside.
fn is_shifted(lat: f64, lon: f64) -> bool {
    (0.8293..=55.8271).contains(&lat) && (72.004..=137.8347).contains(&lon)
}

/// The shift at a place, degrees of latitude and longitude.
fn shift(lat: f64, lon: f64) -> (f64, f64) {
    use std::f64::consts::PI;
    let (x, y) = (lon - 105.0, lat - 35.0);
    let wave = |v: f64, period: f64| (v / period * PI).sin();
    let fine = (20.0 * wave(x, 1.0 / 6.0) + 20.0 * wave(x, 0.5)) * 2.0 / 3.0;
    let north = -100.0
        + 2.0 * x
        + 3.0 * y
        + 0.2 * y * y
        + 0.1 * x * y
        + 0.2 * x.abs().sqrt()
        + fine
        + (20.0 * wave(y, 1.0) + 40.0 * wave(y, 3.0)) * 2.0 / 3.0
        + (160.0 * wave(y, 12.0) + 320.0 * wave(y, 30.0)) * 2.0 / 3.0;
    let east = 300.0
        + x
        + 2.0 * y
        + 0.1 * x * x
        + 0.1 * x * y
        + 0.1 * x.abs().sqrt()
        + fine
        + (20.0 * wave(x, 1.0) + 40.0 * wave(x, 3.0)) * 2.0 / 3.0
        + (150.0 * wave(x, 12.0) + 300.0 * wave(x, 30.0)) * 2.0 / 3.0;
    let radians = lat.to_radians();
    let w = 1.0 - ECCENTRICITY_SQUARED * radians.sin() * radians.sin();
    let meridian = AXIS_M * (1.0 - ECCENTRICITY_SQUARED) / (w * w.sqrt());
    let parallel = AXIS_M / w.sqrt() * radians.cos();
    ((north / meridian).to_degrees(), (east / parallel).to_degrees())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::point::tests::p;

    #[test]
    fn a_known_place() {
        // From gcoord 1.0.7.
        let (lat, lon) = wgs84_to_gcj02(31.91, 120.28);
        assert!((lat - 31.908_037).abs() < 5e-7 && (lon - 120.284_612).abs() < 5e-7, "{lat} {lon}");
        let off = p(31.91, 120.28).distance_m(p(lat, lon));
        assert!((off - 487.0).abs() < 2.0, "{off}");
        assert_eq!(to_wgs84(Datum::Gcj02, 31.908_037, 120.284_612).unwrap(), p(31.91, 120.28));
    }

    #[test]
    fn other_datums_and_countries_stay() {
        assert_eq!(to_wgs84(Datum::Wgs84, 31.91, 120.28).unwrap(), p(31.91, 120.28));
        assert_eq!(to_wgs84(Datum::Cgcs2000, 31.91, 120.28).unwrap(), p(31.91, 120.28));
        assert_eq!(to_wgs84(Datum::Gcj02, 48.85, 2.35).unwrap(), p(48.85, 2.35));
        assert!(to_wgs84(Datum::Gcj02, 95.0, 120.0).is_err());
        assert!(to_wgs84(Datum::Gcj02, f64::NAN, 120.0).is_err());
        assert_eq!(serde_json::to_string(&Datum::Gcj02).unwrap(), "\"gcj02\"");
    }

    proptest! {
        #[test]
        fn there_and_back_within_a_centimetre(lat in 1.0..55.5f64, lon in 73.0..137.0f64) {
            let (g_lat, g_lon) = wgs84_to_gcj02(lat, lon);
            let (b_lat, b_lon) = gcj02_to_wgs84(g_lat, g_lon);
            // A centimetre is 9e-8 of a degree.
            prop_assert!((b_lat - lat).abs() < 9e-8 && (b_lon - lon).abs() < 9e-8);
        }

        #[test]
        fn nothing_panics(lat in proptest::num::f64::ANY, lon in proptest::num::f64::ANY) {
            for datum in [Datum::Wgs84, Datum::Gcj02, Datum::Cgcs2000] {
                let _ = to_wgs84(datum, lat, lon);
            }
            let _ = wgs84_to_gcj02(lat, lon);
        }
    }
}
