//! What a terminal says about where its truck is: how often, in which datum, with which additional items.

use geo::datum::{Datum, wgs84_to_gcj02};
use wire::jt808::flags::{ACC_ON, FIXED};
use wire::jt808::{EncodeError, Item, Location};

use super::course::Fix;
use super::plan::TruckPlan;

/// Load bits of the status: full.
const FULL: u32 = 0b11 << 8;
/// Seconds between positions: kept from before the start on the way and standing, then standing.
const PAST_DRIVING: i64 = 15;
const PAST_STANDING: i64 = 30;
const STANDING: i64 = 20;

/// Whether a position of this second is reported, when a driving truck reports every so many seconds.
pub fn reported(fix: &Fix, every: u32) -> bool {
    let step = match (fix.second < 0, fix.driving) {
        (true, true) => PAST_DRIVING,
        (true, false) => PAST_STANDING,
        (false, true) => i64::from(every.max(1)),
        (false, false) => STANDING,
    };
    fix.second.rem_euclid(step) == 0
}

/// The location that a terminal reports; `start` is the start of the demonstration, UTC microseconds.
///
/// # Errors
/// When the time cannot be written, which is in the next century.
pub fn location(truck: &TruckPlan, fix: &Fix, start: i64) -> Result<Location, EncodeError> {
    let (lat_e6, lon_e6) = match truck.datum {
        Datum::Gcj02 => {
            let (lat, lon) = wgs84_to_gcj02(fix.point.lat(), fix.point.lon());
            (micro(lat), micro(lon))
        }
        _ => (fix.point.lat_e6(), fix.point.lon_e6()),
    };
    let time = start + fix.second * 1_000_000;
    let mut location = Location {
        alarm: 0,
        status: FIXED | if fix.driving { ACC_ON } else { 0 } | if truck.loaded { FULL } else { 0 },
        lat_e6,
        lon_e6,
        altitude_m: 6,
        speed_kmh_tenths: fix.speed_dkmh,
        heading_deg: fix.heading_deg,
        time_us: time - time.rem_euclid(1_000_000),
        extras: Vec::with_capacity(16),
    };
    location.add(&Item::Mileage { km_tenths: fix.odometer })?;
    location.add(&Item::SignalStrength { value: 24 })?;
    location.add(&Item::Satellites { count: 14 })?;
    Ok(location)
}

#[expect(clippy::cast_possible_truncation, reason = "degrees on earth fit")]
fn micro(degrees: f64) -> i32 {
    (degrees * 1e6).round() as i32
}
