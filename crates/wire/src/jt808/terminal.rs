//! The number by which a terminal signs every message: its phone number as BCD, 12 digits in 2013 and 20 in
//! 2019. It is kept with all its digits and its width; nothing here may strip a zero that was on the wire.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

use super::time::digits;
use super::{DecodeError, DecodeErrorKind, EncodeError, Version};

/// A terminal's number. Displays with its leading zeros: 12 digits (2013) or 20 (2019).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TerminalNumber {
    /// Packed digits, right-aligned, zeros before.
    bcd: [u8; 10],
    /// Bytes on the wire: 6 or 10.
    width: u8,
}

impl TerminalNumber {
    /// Reads BCD[6] that stand at `offset` of the frame.
    pub(super) fn narrow(bytes: [u8; 6], offset: usize) -> Result<Self, DecodeError> {
        let [a, b, c, d, e, f] = bytes;
        Self::checked([0, 0, 0, 0, a, b, c, d, e, f], 6, offset)
    }

    /// Reads BCD[10] that stand at `offset` of the frame.
    pub(super) fn wide(bytes: [u8; 10], offset: usize) -> Result<Self, DecodeError> {
        Self::checked(bytes, 10, offset)
    }

    fn checked(bcd: [u8; 10], width: u8, offset: usize) -> Result<Self, DecodeError> {
        let sent = bcd.into_iter().skip(10 - usize::from(width));
        match sent.enumerate().find(|(_, byte)| digits(*byte).is_none()) {
            Some((i, byte)) => Err(DecodeError::new(DecodeErrorKind::BadBcd { byte }, offset + i)),
            None => Ok(Self { bcd, width }),
        }
    }

    /// The number from decimal digits, padded with leading zeros to the edition's width; `None` when there
    /// are none, too many, or other characters.
    pub fn padded(number: &str, version: Version) -> Option<Self> {
        let width = version.number_bytes();
        if number.is_empty() || number.len() > usize::from(width) * 2 {
            return None;
        }
        let mut bcd = [0_u8; 10];
        for (i, c) in number.bytes().rev().enumerate() {
            if !c.is_ascii_digit() {
                return None;
            }
            let byte = bcd.get_mut(9 - i / 2)?;
            *byte |= (c - b'0') << (4 * (i % 2));
        }
        Some(Self { bcd, width })
    }

    /// Number of digits on the wire: 12 or 20.
    pub const fn width_digits(self) -> usize {
        self.width as usize * 2
    }

    /// The digits without leading zeros: what compares equal between a terminal's editions. A number of
    /// zeros only is `"0"`.
    pub fn significant(self) -> String {
        let all = self.to_string();
        let cut = all.trim_start_matches('0');
        if cut.is_empty() { "0".to_owned() } else { cut.to_owned() }
    }

    /// Whether both are the same phone number, whatever edition they came in.
    pub fn same_number(self, other: Self) -> bool {
        self.bcd == other.bcd
    }

    /// Appends the bytes of this edition's header field.
    pub(super) fn write(self, version: Version, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let skipped = 10 - usize::from(version.number_bytes());
        let (lead, sent) = self.bcd.split_at_checked(skipped).ok_or(EncodeError::TerminalTooLong)?;
        if lead.iter().any(|b| *b != 0) {
            return Err(EncodeError::TerminalTooLong);
        }
        out.extend_from_slice(sent);
        Ok(())
    }
}

impl fmt::Display for TerminalNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.bcd.iter().skip(10 - usize::from(self.width)).try_for_each(|b| write!(f, "{b:02x}"))
    }
}

impl fmt::Debug for TerminalNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TerminalNumber({self})")
    }
}

/// A text that is not 12 or 20 decimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a terminal number has 12 or 20 decimal digits")]
pub struct NotATerminalNumber;

/// Reads what `Display` writes: exactly 12 or 20 digits.
impl FromStr for TerminalNumber {
    type Err = NotATerminalNumber;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let version = match text.len() {
            12 => Version::V2013,
            20 => Version::V2019 { protocol: 1 },
            _ => return Err(NotATerminalNumber),
        };
        Self::padded(text, version).ok_or(NotATerminalNumber)
    }
}

impl Serialize for TerminalNumber {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
