//! The form of a record and of a group on disk. A group is what was written and synced together; it is found
//! whole or not at all. Nothing here does I/O.
//!
//! All numbers are little-endian. A segment file is a sequence of groups:
//!
//! | group header | bytes | |
//! |---|---|---|
//! | magic | 4 | `WLG1` |
//! | crc | 4 | CRC-32C of the rest of the header |
//! | len | 4 | bytes of the records that follow |
//! | count | 4 | how many records follow |
//! | first | 8 | offset of the first of them |
//! | position | 8 | where in the file this header stands |
//! | segment | 8 | first offset of the file |
//!
//! | record | bytes | |
//! |---|---|---|
//! | len | 4 | bytes after the crc |
//! | crc | 4 | CRC-32C of them |
//! | received_at | 8 | UTC microseconds |
//! | source | 8 | the caller's key of the device |
//! | kind | 1 | the caller's sort of record |
//! | payload | len − 17 | |
//!
//! Position and segment make a header prove itself: it was written there, after a sync of all that precedes it.
//! So damage before a good header is damage, and damage after the last one is a write that power interrupted.

use std::sync::Arc;

use super::{LogError, MAX_BATCH_BYTES, Offset};

pub(super) const HEADER: usize = 40;
const MAGIC: &[u8; 4] = b"WLG1";
const PREFIX: usize = 8;
const FIXED: usize = 17;
/// The most that a group may hold: it is filled up to one batch's worth, and the last batch may overlap.
const MAX_GROUP_BYTES: usize = 2 * MAX_BATCH_BYTES;

/// Records to be appended together, in one contiguous buffer. They become durable together or not at all.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    bytes: Vec<u8>,
    count: u32,
}

impl Batch {
    /// An empty batch.
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty batch with room for so many bytes of records, 25 of overhead each.
    pub fn with_capacity(bytes: usize) -> Self {
        Self { bytes: Vec::with_capacity(bytes), count: 0 }
    }

    /// Adds a record: the caller's key of the device, UTC microseconds, the caller's sort of record, the bytes.
    ///
    /// # Errors
    /// [`LogError::TooLarge`] if the batch would have more than [`MAX_BATCH_BYTES`]; it is unchanged then.
    pub fn push(&mut self, source: u64, received_at: i64, kind: u8, payload: &[u8]) -> Result<(), LogError> {
        let size = self.bytes.len() + PREFIX + FIXED + payload.len();
        if size > MAX_BATCH_BYTES {
            return Err(LogError::TooLarge(size));
        }
        let start = self.bytes.len();
        self.bytes.extend_from_slice(&((FIXED + payload.len()) as u32).to_le_bytes());
        self.bytes.extend_from_slice(&[0; 4]);
        self.bytes.extend_from_slice(&received_at.to_le_bytes());
        self.bytes.extend_from_slice(&source.to_le_bytes());
        self.bytes.push(kind);
        self.bytes.extend_from_slice(payload);
        let crc = crc32c::crc32c(&self.bytes[start + PREFIX..]);
        self.bytes[start + 4..start + PREFIX].copy_from_slice(&crc.to_le_bytes());
        self.count += 1;
        Ok(())
    }

    /// Number of records.
    pub fn len(&self) -> usize {
        self.count as usize
    }

    /// True without records.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Bytes on disk.
    pub fn bytes(&self) -> usize {
        self.bytes.len()
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// The header of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub len: u32,
    pub count: u32,
    pub first: Offset,
    pub position: u64,
    pub segment: Offset,
}

impl Header {
    pub(super) fn encode(&self) -> [u8; HEADER] {
        let mut out = [0; HEADER];
        out[..4].copy_from_slice(MAGIC);
        out[8..12].copy_from_slice(&self.len.to_le_bytes());
        out[12..16].copy_from_slice(&self.count.to_le_bytes());
        out[16..24].copy_from_slice(&self.first.to_le_bytes());
        out[24..32].copy_from_slice(&self.position.to_le_bytes());
        out[32..40].copy_from_slice(&self.segment.to_le_bytes());
        let crc = crc32c::crc32c(&out[8..]);
        out[4..8].copy_from_slice(&crc.to_le_bytes());
        out
    }

    /// The header at the start of the bytes, if there is a sound one that belongs at this place.
    pub(super) fn decode(bytes: &[u8], segment: Offset, position: u64) -> Option<Self> {
        let bytes: &[u8; HEADER] = bytes.first_chunk()?;
        if &bytes[..4] != MAGIC || u32_at(bytes, 4)? != crc32c::crc32c(&bytes[8..]) {
            return None;
        }
        let header = Self {
            len: u32_at(bytes, 8)?,
            count: u32_at(bytes, 12)?,
            first: u64_at(bytes, 16)?,
            position: u64_at(bytes, 24)?,
            segment: u64_at(bytes, 32)?,
        };
        let sound = header.position == position
            && header.segment == segment
            && header.count > 0
            && header.len as usize <= MAX_GROUP_BYTES
            && header.first >= segment
            && header.first.checked_add(u64::from(header.count)).is_some();
        sound.then_some(header)
    }

    /// Bytes of header and records.
    pub(super) fn size(&self) -> u64 {
        HEADER as u64 + u64::from(self.len)
    }

    /// Offset after the last record.
    pub(super) fn end(&self) -> Offset {
        self.first + u64::from(self.count)
    }

    /// Are these the header's records, each with its checksum?
    pub(super) fn holds(&self, records: &[u8]) -> bool {
        let mut rest = records;
        for _ in 0..self.count {
            let Some((_, crc, body, after)) = split(rest) else { return false };
            if crc32c::crc32c(body) != crc {
                return false;
            }
            rest = after;
        }
        rest.is_empty() && records.len() == self.len as usize
    }
}

/// Finds the next sound header at or after `from` in bytes that stand at `base` in the file.
pub(super) fn find_header(bytes: &[u8], from: usize, segment: Offset, base: u64) -> Option<(usize, Header)> {
    (from..bytes.len().saturating_sub(HEADER - 1)).find_map(|i| {
        // Most places fail on the first byte.
        if bytes[i] != MAGIC[0] {
            return None;
        }
        Some((i, Header::decode(&bytes[i..], segment, base + i as u64)?))
    })
}

/// A durable record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record<'a> {
    /// Its number in the log.
    pub offset: Offset,
    /// When it arrived, UTC microseconds.
    pub received_at: i64,
    /// The caller's key of the device.
    pub source: u64,
    /// The caller's sort of record.
    pub kind: u8,
    /// The bytes.
    pub payload: &'a [u8],
}

/// Successive durable records, sharing one buffer.
#[derive(Clone, Debug)]
pub struct Records {
    first: Offset,
    end: Offset,
    /// The group, with its header.
    bytes: Arc<Vec<u8>>,
    /// Where in `bytes` the first one to be seen starts.
    start: usize,
}

impl Records {
    /// The records of a group, given with its header, from an offset on.
    pub(super) fn new(header: &Header, bytes: Arc<Vec<u8>>, from: Offset) -> Self {
        let mut start = HEADER;
        let mut first = header.first;
        while first < from {
            let Some((size, ..)) = bytes.get(start..).and_then(split) else { break };
            start += size;
            first += 1;
        }
        Self { first, end: header.end(), bytes, start }
    }

    /// Offset of the first record.
    pub fn first(&self) -> Offset {
        self.first
    }

    /// Offset after the last record.
    pub fn end(&self) -> Offset {
        self.end
    }

    /// Number of records.
    pub fn len(&self) -> usize {
        self.end.saturating_sub(self.first) as usize
    }

    /// True without records, which does not happen.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The records in the order of the log.
    pub fn iter(&self) -> impl Iterator<Item = Record<'_>> {
        let mut rest = self.bytes.get(self.start..).unwrap_or(&[]);
        (self.first..self.end).map_while(move |offset| {
            let (_, _, body, after) = split(rest)?;
            rest = after;
            Some(Record {
                offset,
                received_at: i64::from_le_bytes(*body.first_chunk()?),
                source: u64_at(body, 8)?,
                kind: *body.get(16)?,
                payload: body.get(FIXED..)?,
            })
        })
    }
}

/// Size, checksum and body of the first record, and what follows it.
fn split(bytes: &[u8]) -> Option<(usize, u32, &[u8], &[u8])> {
    let len = u32_at(bytes, 0)? as usize;
    let crc = u32_at(bytes, 4)?;
    if len < FIXED {
        return None;
    }
    let (body, after) = bytes.get(PREFIX..)?.split_at_checked(len)?;
    Some((PREFIX + len, crc, body, after))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}
