//! The location report (0x0200, tables 23 to 27), which is nearly all that a terminal says. [`Location::peek`]
//! reads the fixed part without allocating: it is the path of every fix. A coordinate off the planet or a
//! time that cannot be is an error, never a value.

use super::extras::{Item, Items};
use super::flags::{SOUTH, WEST};
use super::reader::Reader;
use super::time::{self, BEIJING};
use super::{DecodeError, DecodeErrorKind, EncodeError};

const MAX_LAT_E6: u32 = 90_000_000;
const MAX_LON_E6: u32 = 180_000_000;
/// Bytes before the additional items.
const FIXED: usize = 28;

/// A location whose additional items are borrowed from the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LocationCore<'a> {
    /// Alarm bits (table 24), see [`super::flags::alarm_names`].
    pub alarm: u32,
    /// Status bits (table 25), see [`super::flags::status_names`].
    pub status: u32,
    /// Latitude in microdegrees, south (status bit 2) negative. WGS-84 unless status bit 5 says otherwise.
    pub lat_e6: i32,
    /// Longitude in microdegrees, west (status bit 3) negative.
    pub lon_e6: i32,
    /// Altitude in metres.
    pub altitude_m: u16,
    /// Speed in tenths of km/h.
    pub speed_kmh_tenths: u16,
    /// Heading in degrees, clockwise from north; 0 to 359 says the standard, it is not checked.
    pub heading_deg: u16,
    /// Time of the terminal in UTC microseconds.
    pub time_us: i64,
    /// The additional items as they came: id, length, value, one after the other. Not checked by `peek`.
    pub extras: &'a [u8],
}

impl<'a> LocationCore<'a> {
    /// The additional items. Errors count from the start of the location's body.
    pub const fn items(&self) -> Items<'a> {
        Items::new(self.extras, FIXED)
    }

    /// The same location with items of its own.
    pub fn to_location(self) -> Location {
        Location {
            alarm: self.alarm,
            status: self.status,
            lat_e6: self.lat_e6,
            lon_e6: self.lon_e6,
            altitude_m: self.altitude_m,
            speed_kmh_tenths: self.speed_kmh_tenths,
            heading_deg: self.heading_deg,
            time_us: self.time_us,
            extras: self.extras.to_vec(),
        }
    }

    /// Reads the body of a location that starts at byte `base` of what errors shall count in.
    pub(super) fn read(body: &'a [u8], base: usize) -> Result<Self, DecodeError> {
        let mut r = Reader::new(body, base);
        let (alarm, status) = (r.u32()?, r.u32()?);
        let lat_at = r.offset();
        let raw = r.u32()?;
        let lat_e6 = signed(raw, MAX_LAT_E6, status & SOUTH != 0)
            .ok_or_else(|| DecodeError::new(DecodeErrorKind::LatitudeOffPlanet { raw }, lat_at))?;
        let lon_at = r.offset();
        let raw = r.u32()?;
        let lon_e6 = signed(raw, MAX_LON_E6, status & WEST != 0)
            .ok_or_else(|| DecodeError::new(DecodeErrorKind::LongitudeOffPlanet { raw }, lon_at))?;
        let (altitude_m, speed_kmh_tenths, heading_deg) = (r.u16()?, r.u16()?, r.u16()?);
        let time_at = r.offset();
        let time_us = time::read(r.array()?, time_at, BEIJING)?;
        let extras = r.rest();
        Ok(Self { alarm, status, lat_e6, lon_e6, altitude_m, speed_kmh_tenths, heading_deg, time_us, extras })
    }

    /// Appends the body of this location. The hemisphere bits follow the signs of the coordinates.
    pub(super) fn write(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let (lat, lon) = (self.lat_e6.unsigned_abs(), self.lon_e6.unsigned_abs());
        if lat > MAX_LAT_E6 || lon > MAX_LON_E6 {
            return Err(EncodeError::OffPlanet { lat_e6: self.lat_e6, lon_e6: self.lon_e6 });
        }
        let time = time::write(self.time_us, BEIJING)?;
        let status = hemisphere(hemisphere(self.status, SOUTH, self.lat_e6), WEST, self.lon_e6);
        for dword in [self.alarm, status, lat, lon] {
            out.extend_from_slice(&dword.to_be_bytes());
        }
        for word in [self.altitude_m, self.speed_kmh_tenths, self.heading_deg] {
            out.extend_from_slice(&word.to_be_bytes());
        }
        out.extend_from_slice(&time);
        out.extend_from_slice(self.extras);
        Ok(())
    }
}

/// A location with its additional items.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// Alarm bits (table 24), see [`super::flags::alarm_names`].
    pub alarm: u32,
    /// Status bits (table 25), see [`super::flags::status_names`].
    pub status: u32,
    /// Latitude in microdegrees, south negative; decides status bit 2 when written, unless it is 0.
    pub lat_e6: i32,
    /// Longitude in microdegrees, west negative; decides status bit 3 when written, unless it is 0.
    pub lon_e6: i32,
    /// Altitude in metres.
    pub altitude_m: u16,
    /// Speed in tenths of km/h.
    pub speed_kmh_tenths: u16,
    /// Heading in degrees, clockwise from north.
    pub heading_deg: u16,
    /// Time of the terminal in UTC microseconds; whole seconds of the years 2000 to 2099 can be written.
    pub time_us: i64,
    /// The additional items: id, length, value, one after the other. [`Location::add`] appends one.
    pub extras: Vec<u8>,
}

impl Location {
    /// Reads the fixed 28 bytes of a location's body and borrows the rest, without allocating.
    ///
    /// # Errors
    /// When the body is too short, a coordinate is off the planet, or the time cannot be; the offset counts
    /// in `body`.
    pub fn peek(body: &[u8]) -> Result<LocationCore<'_>, DecodeError> {
        LocationCore::read(body, 0)
    }

    /// Reads a location's body and checks that its additional items end where it ends.
    ///
    /// # Errors
    /// Those of [`Location::peek`], and an item that reaches beyond the body.
    pub fn decode(body: &[u8]) -> Result<Self, DecodeError> {
        Self::read(body, 0)
    }

    pub(super) fn read(body: &[u8], base: usize) -> Result<Self, DecodeError> {
        let core = LocationCore::read(body, base)?;
        Items::new(core.extras, base + FIXED).try_for_each(|item| item.map(drop))?;
        Ok(core.to_location())
    }

    /// The same location with its items borrowed.
    pub fn core(&self) -> LocationCore<'_> {
        LocationCore {
            alarm: self.alarm,
            status: self.status,
            lat_e6: self.lat_e6,
            lon_e6: self.lon_e6,
            altitude_m: self.altitude_m,
            speed_kmh_tenths: self.speed_kmh_tenths,
            heading_deg: self.heading_deg,
            time_us: self.time_us,
            extras: &self.extras,
        }
    }

    /// The additional items.
    pub fn items(&self) -> Items<'_> {
        Items::new(&self.extras, FIXED)
    }

    /// Appends an additional item.
    ///
    /// # Errors
    /// When its value has more than 255 bytes.
    pub fn add(&mut self, item: &Item<'_>) -> Result<(), EncodeError> {
        item.write(&mut self.extras)
    }

    /// Appends the location as a message body.
    ///
    /// # Errors
    /// When a coordinate is off the planet or the time cannot be written.
    pub fn write(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        self.core().write(out)
    }
}

fn signed(raw: u32, max: u32, negative: bool) -> Option<i32> {
    let value = i32::try_from(raw).ok().filter(|_| raw <= max)?;
    Some(if negative { -value } else { value })
}

/// The status with the bit of a hemisphere set as the sign of the coordinate says; at 0 it stays.
const fn hemisphere(status: u32, bit: u32, coordinate: i32) -> u32 {
    match coordinate.signum() {
        -1 => status | bit,
        1 => status & !bit,
        _ => status,
    }
}
