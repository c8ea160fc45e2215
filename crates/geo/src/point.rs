//! A place on earth, and the arithmetic of two places. A [`Point`] is always on the planet: every way of making
//! one checks it, and results of arithmetic are brought back into range.

use serde::de::{Error as _, IgnoredAny, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Mean radius of the earth in metres (IUGG), used for all distances.
pub const EARTH_RADIUS_M: f64 = 6_371_008.8;
/// Metres in a micro-degree of latitude.
pub(crate) const METRES_PER_E6: f64 = EARTH_RADIUS_M * std::f64::consts::PI / 180e6;
const MAX_LAT_E6: i32 = 90_000_000;
const MAX_LON_E6: i32 = 180_000_000;

/// Coordinates that are no place on earth.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error("latitude {lat}, longitude {lon} is not on the planet")]
pub struct OffPlanet {
    /// Latitude as given, degrees.
    pub lat: f64,
    /// Longitude as given, degrees.
    pub lon: f64,
}

/// A place: WGS-84, micro-degrees (about 11 cm). In JSON `[longitude, latitude]` in degrees with at most six
/// decimals, the position of GeoJSON; reading refuses a place off the planet and ignores an altitude.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Point {
    lat_e6: i32,
    lon_e6: i32,
}

impl Point {
    /// From micro-degrees.
    ///
    /// # Errors
    /// [`OffPlanet`] beyond ±90° of latitude or ±180° of longitude.
    pub const fn from_e6(lat_e6: i32, lon_e6: i32) -> Result<Self, OffPlanet> {
        let fits =
            lat_e6 >= -MAX_LAT_E6 && lat_e6 <= MAX_LAT_E6 && lon_e6 >= -MAX_LON_E6 && lon_e6 <= MAX_LON_E6;
        if fits {
            Ok(Self { lat_e6, lon_e6 })
        } else {
            Err(OffPlanet { lat: lat_e6 as f64 / 1e6, lon: lon_e6 as f64 / 1e6 })
        }
    }

    /// From degrees, rounded to micro-degrees.
    ///
    /// # Errors
    /// [`OffPlanet`] as for [`Point::from_e6`], and for what is not a number.
    pub fn from_degrees(lat: f64, lon: f64) -> Result<Self, OffPlanet> {
        // The comparison also refuses NaN; a value in range cannot overflow the cast.
        if lat.abs() <= 90.0 && lon.abs() <= 180.0 {
            Ok(Self { lat_e6: (lat * 1e6).round() as i32, lon_e6: (lon * 1e6).round() as i32 })
        } else {
            Err(OffPlanet { lat, lon })
        }
    }

    /// From micro-degrees that arithmetic made: latitude stops at the pole, longitude goes round.
    pub(crate) fn wrapped(lat_e6: f64, lon_e6: f64) -> Self {
        let lat_e6 = lat_e6.clamp(-90e6, 90e6).round() as i32;
        let mut lon_e6 = lon_e6 % 360e6;
        if lon_e6 > 180e6 {
            lon_e6 -= 360e6;
        } else if lon_e6 < -180e6 {
            lon_e6 += 360e6;
        }
        Self { lat_e6, lon_e6: lon_e6.round() as i32 }
    }

    /// Latitude in micro-degrees.
    pub const fn lat_e6(self) -> i32 {
        self.lat_e6
    }

    /// Longitude in micro-degrees.
    pub const fn lon_e6(self) -> i32 {
        self.lon_e6
    }

    /// Latitude in degrees.
    pub fn lat(self) -> f64 {
        f64::from(self.lat_e6) / 1e6
    }

    /// Longitude in degrees.
    pub fn lon(self) -> f64 {
        f64::from(self.lon_e6) / 1e6
    }

    /// Metres to another place along the great circle (haversine).
    pub fn distance_m(self, to: Self) -> f64 {
        let half_lat = ((to.lat() - self.lat()) / 2.0).to_radians().sin();
        let half_lon = (lon_between_e6(self, to) as f64 / 2e6).to_radians().sin();
        let (a, b) = (self.lat().to_radians().cos(), to.lat().to_radians().cos());
        let h = half_lat * half_lat + a * b * half_lon * half_lon;
        2.0 * EARTH_RADIUS_M * h.min(1.0).sqrt().asin()
    }

    /// Metres to another place, as if the earth were flat between them: a quarter of the cost of
    /// [`Point::distance_m`] and within 0.01 % of it over 30 km of middle latitudes.
    pub fn near_distance_m(self, to: Self) -> f64 {
        let middle = (f64::from(self.lat_e6) + f64::from(to.lat_e6)) / 2e6;
        let y = f64::from(to.lat_e6) - f64::from(self.lat_e6);
        let x = lon_between_e6(self, to) as f64 * middle.to_radians().cos();
        (x * x + y * y).sqrt() * METRES_PER_E6
    }

    /// Initial bearing to another place in degrees, `0 ≤ b < 360`, 0 is north; 0 for the same place.
    pub fn bearing_deg(self, to: Self) -> f64 {
        if self == to {
            return 0.0;
        }
        let lon = (lon_between_e6(self, to) as f64 / 1e6).to_radians();
        let (a, b) = (self.lat().to_radians(), to.lat().to_radians());
        let y = lon.sin() * b.cos();
        let x = a.cos() * b.sin() - a.sin() * b.cos() * lon.cos();
        let bearing = y.atan2(x).to_degrees().rem_euclid(360.0);
        // A tiny negative angle rounds up to the full circle.
        if bearing >= 360.0 { 0.0 } else { bearing }
    }

    /// The place that lies so many metres away in this direction (degrees).
    pub fn destination(self, bearing_deg: f64, distance_m: f64) -> Self {
        if !bearing_deg.is_finite() || !distance_m.is_finite() {
            return self;
        }
        let (bearing, angle) = (bearing_deg.to_radians(), distance_m / EARTH_RADIUS_M);
        let lat = self.lat().to_radians();
        let sin = (lat.sin() * angle.cos() + lat.cos() * angle.sin() * bearing.cos()).clamp(-1.0, 1.0);
        let lon = (bearing.sin() * angle.sin() * lat.cos()).atan2(angle.cos() - lat.sin() * sin);
        Self::wrapped(sin.asin().to_degrees() * 1e6, f64::from(self.lon_e6) + lon.to_degrees() * 1e6)
    }

    /// The place at this share (0 to 1) of the way to another, on the straight line of the map; shares outside
    /// are held at the ends. Meant for stretches of kilometres.
    pub fn interpolate(self, to: Self, share: f64) -> Self {
        let share = if share.is_nan() { 0.0 } else { share.clamp(0.0, 1.0) };
        let lat = f64::from(self.lat_e6) + (f64::from(to.lat_e6) - f64::from(self.lat_e6)) * share;
        Self::wrapped(lat, f64::from(self.lon_e6) + lon_between_e6(self, to) as f64 * share)
    }

    /// `[longitude, latitude]` in degrees, the position of GeoJSON.
    pub fn position(self) -> [f64; 2] {
        [self.lon(), self.lat()]
    }
}

/// Micro-degrees of longitude from one place to another, the short way round.
pub(crate) fn lon_between_e6(from: Point, to: Point) -> i64 {
    let d = i64::from(to.lon_e6) - i64::from(from.lon_e6);
    if d > 180_000_000 {
        d - 360_000_000
    } else if d < -180_000_000 {
        d + 360_000_000
    } else {
        d
    }
}

impl Serialize for Point {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.position().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Point {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Position;
        impl<'de> Visitor<'de> for Position {
            type Value = Point;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("[longitude, latitude] in degrees")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Point, A::Error> {
                let lon = seq.next_element()?.ok_or_else(|| A::Error::invalid_length(0, &self))?;
                let lat = seq.next_element()?.ok_or_else(|| A::Error::invalid_length(1, &self))?;
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                Point::from_degrees(lat, lon).map_err(A::Error::custom)
            }
        }
        deserializer.deserialize_seq(Position)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A point for tests, degrees.
    pub(crate) fn p(lat: f64, lon: f64) -> Point {
        Point::from_degrees(lat, lon).unwrap()
    }

    prop_compose! {
        /// Any place on earth.
        pub(crate) fn any_point()(lat in -90_000_000..=90_000_000i32, lon in -180_000_000..=180_000_000i32)
            -> Point { Point::from_e6(lat, lon).unwrap() }
    }

    #[test]
    fn a_place_off_the_planet_is_refused() {
        assert!(Point::from_e6(90_000_001, 0).is_err());
        assert!(Point::from_e6(0, -180_000_001).is_err());
        assert!(Point::from_degrees(f64::NAN, 0.0).is_err());
        assert!(Point::from_degrees(0.0, f64::INFINITY).is_err());
        assert_eq!(Point::from_degrees(-90.0, 180.0).unwrap().lon_e6(), 180_000_000);
        assert!(serde_json::from_str::<Point>("[31.9, 120.2]").is_err());
        for bad in ["[120.2]", "[]", "{}", "\"x\"", "[null, 1]"] {
            assert!(serde_json::from_str::<Point>(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn json_is_the_position_of_geojson() {
        let here = Point::from_e6(31_911_020, 120_263_020).unwrap();
        assert_eq!(serde_json::to_string(&here).unwrap(), "[120.26302,31.91102]");
        assert_eq!(serde_json::from_str::<Point>("[120.26302, 31.91102, 12.5]").unwrap(), here);
    }

    #[test]
    fn distances_by_hand() {
        // One degree of latitude: 2πR / 360 = 111 195.080 m; of longitude at 60°: half of it along the parallel,
        // a little less along the great circle.
        assert!((p(0.0, 0.0).distance_m(p(1.0, 0.0)) - 111_195.080).abs() < 0.001);
        assert!((p(60.0, 0.0).distance_m(p(60.0, 1.0)) - 55_597.54).abs() < 2.0);
        // Pole to pole is half the circumference; across the 180th meridian the short way counts.
        assert!(
            (p(90.0, 0.0).distance_m(p(-90.0, 77.0)) - std::f64::consts::PI * EARTH_RADIUS_M).abs() < 0.01
        );
        assert!((p(0.0, 179.5).distance_m(p(0.0, -179.5)) - 111_195.080).abs() < 0.001);
        let (a, b) = (p(31.91, 120.0), p(31.75, 120.25));
        assert!((a.near_distance_m(b) / a.distance_m(b) - 1.0).abs() < 1e-4);
    }

    #[test]
    fn bearings_of_the_compass() {
        let here = p(0.0, 10.0);
        for (to, bearing) in
            [(p(1.0, 10.0), 0.0), (p(0.0, 11.0), 90.0), (p(-1.0, 10.0), 180.0), (p(0.0, 9.0), 270.0)]
        {
            assert!((here.bearing_deg(to) - bearing).abs() < 1e-9, "{to:?}");
        }
        assert_eq!(here.bearing_deg(here), 0.0);
    }

    #[test]
    fn halfway_is_in_the_middle() {
        assert_eq!(p(0.0, 179.0).interpolate(p(2.0, -179.0), 0.5), p(1.0, 180.0));
        assert_eq!(p(1.0, 1.0).interpolate(p(2.0, 2.0), 7.0), p(2.0, 2.0));
        assert_eq!(p(1.0, 1.0).interpolate(p(2.0, 2.0), f64::NAN), p(1.0, 1.0));
    }

    proptest! {
        #[test]
        fn json_round_trip(point in any_point()) {
            let text = serde_json::to_string(&point).unwrap();
            prop_assert_eq!(serde_json::from_str::<Point>(&text).unwrap(), point);
        }

        #[test]
        fn a_destination_lies_as_far_as_asked(
            lat in -80.0..80.0f64, lon in -180.0..180.0f64, bearing in 0.0..360.0f64, far in 1.0..50_000.0f64
        ) {
            let here = p(lat, lon);
            let there = here.destination(bearing, far);
            prop_assert!((here.distance_m(there) - far).abs() < 0.2);
            prop_assert!((there.distance_m(here) - far).abs() < 0.2);
        }

        #[test]
        fn a_bearing_is_an_angle(a in any_point(), b in any_point()) {
            prop_assert!((0.0..360.0).contains(&a.bearing_deg(b)));
            prop_assert!(a.distance_m(b) >= 0.0 && a.distance_m(b) <= 20_015_200.0);
        }
    }
}
