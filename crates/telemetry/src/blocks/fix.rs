//! A position as a device reports it, and the compact form in which positions wait in memory.

use std::mem::size_of;

use crate::log::Offset;

/// The most that a fix may carry in [`Fix::extras`], in bytes.
pub const MAX_EXTRAS: usize = 65_535;

/// One reported position. Every field comes back as it was given, whatever its value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fix {
    /// When the device was there, UTC microseconds by the device's clock.
    pub at: i64,
    /// When the report arrived, UTC microseconds.
    pub received_at: i64,
    /// Latitude, millionths of a degree.
    pub lat_e6: i32,
    /// Longitude, millionths of a degree.
    pub lon_e6: i32,
    /// Altitude, metres.
    pub altitude_m: i16,
    /// Speed, tenths of a kilometre per hour.
    pub speed_dkmh: u16,
    /// Heading, degrees clockwise from north.
    pub heading_deg: u16,
    /// The protocol's alarm bits.
    pub alarm: u32,
    /// The protocol's status bits.
    pub status: u32,
    /// The protocol's additional items as they came. A list of (id, length, bytes) is stored by columns.
    pub extras: Vec<u8>,
    /// Offset of the log record that it came in. One record may bring many fixes.
    pub offset: Offset,
}

/// A fix without its extras.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    pub at: i64,
    pub received_at: i64,
    pub lat_e6: i32,
    pub lon_e6: i32,
    pub altitude_m: i16,
    pub speed_dkmh: u16,
    pub heading_deg: u16,
    pub alarm: u32,
    pub status: u32,
    /// Where its extras end.
    extras_end: u32,
    pub offset: Offset,
}

/// Fixes of one device that wait to become a block.
#[derive(Default)]
pub(super) struct Buffer {
    rows: Vec<Row>,
    extras: Vec<u8>,
}

impl Buffer {
    pub(super) fn push(&mut self, fix: &Fix) {
        self.extras.extend_from_slice(&fix.extras);
        self.rows.push(Row {
            at: fix.at,
            received_at: fix.received_at,
            lat_e6: fix.lat_e6,
            lon_e6: fix.lon_e6,
            altitude_m: fix.altitude_m,
            speed_dkmh: fix.speed_dkmh,
            heading_deg: fix.heading_deg,
            alarm: fix.alarm,
            status: fix.status,
            extras_end: self.extras.len() as u32,
            offset: fix.offset,
        });
    }

    pub(super) fn rows(&self) -> &[Row] {
        &self.rows
    }

    pub(super) fn extras(&self, row: usize) -> &[u8] {
        let end = |i: usize| self.rows.get(i).map_or(0, |r| r.extras_end as usize);
        let start = row.checked_sub(1).map_or(0, end);
        self.extras.get(start..end(row)).unwrap_or(&[])
    }

    pub(super) fn fix(&self, row: usize) -> Option<Fix> {
        let r = self.rows.get(row)?;
        Some(Fix {
            at: r.at,
            received_at: r.received_at,
            lat_e6: r.lat_e6,
            lon_e6: r.lon_e6,
            altitude_m: r.altitude_m,
            speed_dkmh: r.speed_dkmh,
            heading_deg: r.heading_deg,
            alarm: r.alarm,
            status: r.status,
            extras: self.extras(row).to_vec(),
            offset: r.offset,
        })
    }

    /// Memory it takes, bytes.
    pub(super) fn weight(&self) -> usize {
        size_of::<(u64, u64, Self)>() + self.rows.capacity() * size_of::<Row>() + self.extras.capacity()
    }

    /// May it still grow by a fix? The ends of the extras are 32 bits wide.
    pub(super) fn has_room(&self) -> bool {
        self.extras.len() + MAX_EXTRAS <= u32::MAX as usize
    }
}
