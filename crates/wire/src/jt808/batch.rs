//! The batch of locations (0x0704, tables 76 and 77), in which a terminal sends what it kept while it had no
//! network. One bad fix must never cost the others: each entry is good or damaged by itself.

use super::location::{Location, LocationCore};
use super::reader::Reader;
use super::{DecodeError, EncodeError};

/// Why locations come as a batch (table 76).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct BatchKind(
    /// The byte.
    pub u8,
);

impl BatchKind {
    /// Collected on purpose.
    pub const NORMAL: Self = Self(0);
    /// Sent again after a blind spot of the network.
    pub const RESENT: Self = Self(1);

    /// The stable id, or `"unknown"`.
    pub const fn name(self) -> &'static str {
        match self.0 {
            0 => "normal",
            1 => "resent",
            _ => "unknown",
        }
    }
}

/// A batch of locations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// Why they come as a batch.
    pub kind: BatchKind,
    /// The entries, in the order of the message.
    pub items: Vec<BatchItem>,
}

/// One entry of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BatchItem {
    /// A location.
    Location(Location),
    /// An entry that is no location.
    Damaged {
        /// Its bytes.
        raw: Vec<u8>,
        /// What is wrong with it.
        error: DecodeError,
    },
}

impl Batch {
    /// Reads the frame of a batch and borrows its entries, without allocating.
    ///
    /// # Errors
    /// When the entries do not end where the body ends; the offset counts in `body`.
    pub fn peek(body: &[u8]) -> Result<BatchPeek<'_>, DecodeError> {
        BatchPeek::read(body, 0)
    }

    pub(super) fn read(body: &[u8], base: usize) -> Result<Self, DecodeError> {
        let peek = BatchPeek::read(body, base)?;
        let kind = peek.kind;
        let items = peek.map(|entry| match Location::read(entry.raw, entry.offset) {
            Ok(location) => BatchItem::Location(location),
            Err(error) => BatchItem::Damaged { raw: entry.raw.to_vec(), error },
        });
        Ok(Self { kind, items: items.collect() })
    }

    pub(super) fn write(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let max = usize::from(u16::MAX);
        let too_many = |count| EncodeError::TooMany { count, max };
        let count = u16::try_from(self.items.len()).map_err(|_| too_many(self.items.len()))?;
        out.extend_from_slice(&count.to_be_bytes());
        out.push(self.kind.0);
        let mut one = Vec::new();
        for item in &self.items {
            one.clear();
            match item {
                BatchItem::Location(location) => location.write(&mut one)?,
                BatchItem::Damaged { raw, .. } => one.extend_from_slice(raw),
            }
            let length = u16::try_from(one.len()).map_err(|_| too_many(one.len()))?;
            out.extend_from_slice(&length.to_be_bytes());
            out.extend_from_slice(&one);
        }
        Ok(())
    }
}

/// The entries of a batch, borrowed from its body.
pub struct BatchPeek<'a> {
    /// Why they come as a batch.
    pub kind: BatchKind,
    /// How many there are.
    pub count: u16,
    reader: Reader<'a>,
}

/// One entry of a borrowed batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatchEntry<'a> {
    /// Its bytes.
    pub raw: &'a [u8],
    /// Byte at which they begin.
    pub offset: usize,
    /// The location, or what is wrong with its fixed part.
    pub location: Result<LocationCore<'a>, DecodeError>,
}

impl<'a> BatchPeek<'a> {
    fn read(body: &'a [u8], base: usize) -> Result<Self, DecodeError> {
        let mut r = Reader::new(body, base);
        let (count, kind) = (r.u16()?, BatchKind(r.u8()?));
        let entries_at = r.offset();
        let entries = r.rest();
        // Walked once here, so that iterating later cannot fail.
        let mut walk = Reader::new(entries, entries_at);
        for _ in 0..count {
            entry(&mut walk)?;
        }
        walk.finish()?;
        Ok(Self { kind, count, reader: Reader::new(entries, entries_at) })
    }
}

/// Offset and bytes of the next entry.
fn entry<'a>(r: &mut Reader<'a>) -> Result<(usize, &'a [u8]), DecodeError> {
    let length_at = r.offset();
    let length = usize::from(r.u16()?);
    let at = r.offset();
    Ok((at, r.take_declared(length, length_at)?))
}

impl<'a> Iterator for BatchPeek<'a> {
    type Item = BatchEntry<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.reader.left() == 0 {
            return None;
        }
        let (offset, raw) = entry(&mut self.reader).ok()?;
        Some(BatchEntry { raw, offset, location: LocationCore::read(raw, offset) })
    }
}
