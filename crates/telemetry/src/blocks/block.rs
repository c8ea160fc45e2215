//! A block on disk: up to some hundred fixes of one device, as columns behind a header that proves itself.
//! Nothing here does I/O.
//!
//! The header is 92 bytes, little-endian: magic `WFB1`, CRC-32C of the rest of the header, CRC-32C of the
//! body, length of the body, count of the fixes, then as 8-byte numbers: position of the header in the file,
//! length of the file that was durable when the block was written, device, least and greatest time, least and
//! greatest log offset; then as 4-byte numbers: least and greatest latitude, least and greatest longitude.

use super::bits::{BitReader, BitWriter};
use super::column::{self, Encoder};
use super::extras;
use super::fix::{Buffer, Fix, Row};
use crate::log::Offset;

pub(super) const HEADER: usize = 92;
const MAGIC: &[u8; 4] = b"WFB1";
/// Far more than a block ever has; a header that says more is none.
const MAX_COUNT: u32 = 1 << 24;
/// Far more than a block ever takes.
const MAX_BODY: u32 = 1 << 30;

/// What a block's header tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockInfo {
    /// The caller's key of the device.
    pub device: u64,
    /// Number of fixes.
    pub count: u32,
    /// Least and greatest time, UTC microseconds.
    pub at: (i64, i64),
    /// Least and greatest log offset.
    pub offsets: (Offset, Offset),
    /// Least and greatest latitude, millionths of a degree.
    pub lat_e6: (i32, i32),
    /// Least and greatest longitude, millionths of a degree.
    pub lon_e6: (i32, i32),
    /// Where it stands in the file, bytes.
    pub position: u64,
    /// Its size with the header, bytes.
    pub size: u32,
}

/// A header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub info: BlockInfo,
    pub body_crc: u32,
    /// So much of the file was durable before this block was written.
    pub synced: u64,
}

impl Header {
    fn encode(&self) -> Vec<u8> {
        let i = &self.info;
        let mut out = Vec::with_capacity(HEADER);
        out.extend_from_slice(MAGIC);
        out.extend_from_slice(&[0; 4]);
        for n in [self.body_crc, i.size - HEADER as u32, i.count] {
            out.extend_from_slice(&n.to_le_bytes());
        }
        let (at, offsets) = (i.at, i.offsets);
        let wide = [i.position, self.synced, i.device, at.0 as u64, at.1 as u64, offsets.0, offsets.1];
        wide.iter().for_each(|n| out.extend_from_slice(&n.to_le_bytes()));
        let corners = [i.lat_e6.0, i.lat_e6.1, i.lon_e6.0, i.lon_e6.1];
        corners.iter().for_each(|n| out.extend_from_slice(&n.to_le_bytes()));
        let crc = crc32c::crc32c(&out[8..]);
        out[4..8].copy_from_slice(&crc.to_le_bytes());
        out
    }

    /// The header at the start of the bytes, if there is a sound one that belongs at this position.
    pub(super) fn decode(bytes: &[u8], position: u64) -> Option<Self> {
        let bytes: &[u8; HEADER] = bytes.first_chunk()?;
        let n32 = |at: usize| Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?));
        let n64 = |at: usize| Some(u64::from_le_bytes(*bytes.get(at..)?.first_chunk()?));
        if &bytes[..4] != MAGIC || n32(4)? != crc32c::crc32c(&bytes[8..]) {
            return None;
        }
        let (body, count) = (n32(12)?, n32(16)?);
        let at = |i: usize| n64(20 + 8 * i);
        let corner = |i: usize| Some(n32(76 + 4 * i)? as i32);
        let info = BlockInfo {
            device: at(2)?,
            count,
            at: (at(3)? as i64, at(4)? as i64),
            offsets: (at(5)?, at(6)?),
            lat_e6: (corner(0)?, corner(1)?),
            lon_e6: (corner(2)?, corner(3)?),
            position: at(0)?,
            size: body.min(MAX_BODY) + HEADER as u32,
        };
        let header = Self { info, body_crc: n32(8)?, synced: at(1)? };
        let sound = info.position == position
            && header.synced <= position
            && (1..=MAX_COUNT).contains(&count)
            && body <= MAX_BODY;
        sound.then_some(header)
    }

    pub(super) fn end(&self) -> u64 {
        self.info.position + u64::from(self.info.size)
    }

    /// Is this the header's body?
    pub(super) fn holds(&self, body: &[u8]) -> bool {
        body.len() + HEADER == self.info.size as usize && crc32c::crc32c(body) == self.body_crc
    }
}

/// Makes the block of a buffer, to stand at the position. `None` for an empty buffer.
pub(super) fn encode(
    encoder: &mut Encoder,
    buffer: &Buffer,
    device: u64,
    position: u64,
    synced: u64,
) -> Option<(BlockInfo, Vec<u8>)> {
    let rows = buffer.rows();
    let mut out = BitWriter::default();
    // Moving and standing trucks are two populations, so the speed comes first and tells which.
    let even = vec![false; rows.len()];
    let mut column = |out: &mut BitWriter, value: fn(&Row) -> i64, group: &[bool]| {
        encoder.column(out, rows.iter().map(value), group);
    };
    column(&mut out, |r| i64::from(r.speed_dkmh), &even);
    let group: Vec<bool> = rows.iter().map(|r| r.speed_dkmh > 0).collect();
    column(&mut out, |r| r.at, &group);
    column(&mut out, |r| r.received_at.wrapping_sub(r.at), &group);
    column(&mut out, |r| i64::from(r.lat_e6), &group);
    column(&mut out, |r| i64::from(r.lon_e6), &group);
    column(&mut out, |r| i64::from(r.altitude_m), &group);
    column(&mut out, |r| i64::from(r.heading_deg), &group);
    column(&mut out, |r| i64::from(r.alarm), &group);
    column(&mut out, |r| i64::from(r.status), &group);
    column(&mut out, |r| r.offset as i64, &group);
    extras::encode(&mut out, encoder, buffer, &group);
    let body = out.finish();
    let info = BlockInfo {
        device,
        count: rows.len() as u32,
        at: range(rows, |r| r.at)?,
        offsets: range(rows, |r| r.offset)?,
        lat_e6: range(rows, |r| r.lat_e6)?,
        lon_e6: range(rows, |r| r.lon_e6)?,
        position,
        size: (HEADER + body.len()) as u32,
    };
    let header = Header { info, body_crc: crc32c::crc32c(&body), synced };
    let mut bytes = header.encode();
    bytes.extend_from_slice(&body);
    Some((info, bytes))
}

fn range<T: Ord + Copy>(rows: &[Row], value: impl Fn(&Row) -> T + Copy) -> Option<(T, T)> {
    Some((rows.iter().map(value).min()?, rows.iter().map(value).max()?))
}

/// The fixes of a block, in the order in which they were pushed; `None` if the bytes are no body of one.
pub(super) fn decode(info: &BlockInfo, body: &[u8]) -> Option<Vec<Fix>> {
    let mut bits = BitReader::new(body);
    let count = info.count as usize;
    let speed = column::decode(&mut bits, &vec![false; count])?;
    let group: Vec<bool> = speed.iter().map(|&s| s > 0).collect();
    let mut column = || column::decode(&mut bits, &group);
    let (at, delay, lat, lon) = (column()?, column()?, column()?, column()?);
    let (altitude, heading, alarm, status, offset) = (column()?, column()?, column()?, column()?, column()?);
    let extras = extras::decode(&mut bits, &group)?;
    let fixes = extras.into_iter().enumerate().map(|(i, extras)| Fix {
        at: at[i],
        received_at: at[i].wrapping_add(delay[i]),
        lat_e6: lat[i] as i32,
        lon_e6: lon[i] as i32,
        altitude_m: altitude[i] as i16,
        speed_dkmh: speed[i] as u16,
        heading_deg: heading[i] as u16,
        alarm: alarm[i] as u32,
        status: status[i] as u32,
        extras,
        offset: offset[i] as u64,
    });
    Some(fixes.collect())
}
