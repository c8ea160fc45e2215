//! The message header (tables 2 and 3; in 2019 with a protocol version and a longer number). Reading a header
//! checks it against the frame: a body whose length is not the declared one must never be handed on.

use super::reader::Reader;
use super::{DecodeError, DecodeErrorKind, EncodeError, MAX_BODY, TerminalNumber};

/// The edition in which a message is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Version {
    /// 2013, and 2011 which has the same header: bit 14 of the attributes is 0.
    V2013,
    /// 2019: bit 14 is 1 and the header says which revision.
    V2019 {
        /// Revision of the protocol, 1 at first.
        protocol: u8,
    },
}

impl Version {
    /// Whether this is an edition from 2019 on.
    pub const fn is_2019(self) -> bool {
        matches!(self, Self::V2019 { .. })
    }

    /// Bytes of the terminal number in a header.
    pub(super) const fn number_bytes(self) -> u8 {
        if self.is_2019() { 10 } else { 6 }
    }
}

/// Which part of a long message a frame is (table 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Part {
    /// Number of parts, at least 1.
    pub total: u16,
    /// Number of this part, from 1.
    pub index: u16,
}

/// The header of a message. The length of the body is not in it: it follows from the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Header {
    /// Message id.
    pub id: u16,
    /// Edition.
    pub version: Version,
    /// Bits 10 to 12 of the attributes: 0 plain, 1 RSA, others reserved.
    pub encryption: u8,
    /// Bit 15 of the attributes, reserved; kept so that a frame encodes to the same bytes.
    pub reserved_bit: bool,
    /// Who sends, or to whom it is sent.
    pub terminal: TerminalNumber,
    /// Serial number of the message; wraps around.
    pub serial: u16,
    /// Set when the message is sent in parts.
    pub part: Option<Part>,
}

impl Header {
    /// The header of a plain message in one part.
    pub const fn new(id: u16, version: Version, terminal: TerminalNumber, serial: u16) -> Self {
        Self { id, version, encryption: 0, reserved_bit: false, terminal, serial, part: None }
    }

    /// Length of the header on the wire, in bytes.
    pub const fn wire_len(&self) -> usize {
        let fixed = if self.version.is_2019() { 17 } else { 12 };
        if self.part.is_some() { fixed + 4 } else { fixed }
    }

    /// Whether the body can be read from this frame alone: not encrypted and not one part of several.
    pub fn is_whole_and_plain(&self) -> bool {
        self.encryption == 0 && self.part.is_none_or(|p| p.total == 1)
    }

    /// Splits an unescaped frame without checksum into header and body.
    ///
    /// # Errors
    /// When the frame is too short, the number is no BCD, the part fields cannot be, or the body is not as
    /// long as declared.
    pub fn parse(frame: &[u8]) -> Result<(Self, &[u8]), DecodeError> {
        let mut r = Reader::new(frame, 0);
        let (header, declared) = Self::read(&mut r)?;
        let body = r.rest();
        if body.len() != declared {
            let kind = DecodeErrorKind::LengthMismatch { declared, actual: body.len() };
            return Err(DecodeError::new(kind, 2));
        }
        Ok((header, body))
    }

    /// The header and the length that it declares.
    fn read(r: &mut Reader<'_>) -> Result<(Self, usize), DecodeError> {
        let id = r.u16()?;
        let attributes = r.u16()?;
        let (version, terminal) = if attributes & 0x4000 == 0 {
            let at = r.offset();
            (Version::V2013, TerminalNumber::narrow(r.array()?, at)?)
        } else {
            let protocol = r.u8()?;
            let at = r.offset();
            (Version::V2019 { protocol }, TerminalNumber::wide(r.array()?, at)?)
        };
        let serial = r.u16()?;
        let part = if attributes & 0x2000 == 0 { None } else { Some(read_part(r)?) };
        let encryption = ((attributes >> 10) & 0b111) as u8;
        let reserved_bit = attributes & 0x8000 != 0;
        let header = Self { id, version, encryption, reserved_bit, terminal, serial, part };
        Ok((header, usize::from(attributes) & MAX_BODY))
    }

    /// Splits what [`Self::write_joined`] wrote into header and body: the body is all that follows the header.
    ///
    /// # Errors
    /// When there is no whole header, or the number is no BCD.
    pub fn parse_joined(message: &[u8]) -> Result<(Self, &[u8]), DecodeError> {
        let mut r = Reader::new(message, 0);
        let (header, _) = Self::read(&mut r)?;
        Ok((header, r.rest()))
    }

    /// Appends the header of a message that was joined from its parts: without part fields, and with a length of zero
    /// when the body is longer than the field can say.
    ///
    /// # Errors
    /// When the number does not fit its edition, which no decoded header has.
    pub fn write_joined(&self, body_len: usize, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let length = if body_len > MAX_BODY { 0 } else { body_len };
        Self { part: None, ..*self }.write(length, out)
    }

    /// Appends the header of a body of `body_len` bytes.
    pub(super) fn write(&self, body_len: usize, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let length = u16::try_from(body_len).ok().filter(|n| usize::from(*n) <= MAX_BODY);
        let length = length.ok_or(EncodeError::BodyTooLong { bytes: body_len })?;
        let impossible = self.part.is_some_and(|p| p.index == 0 || p.index > p.total);
        if self.encryption > 0b111 || impossible {
            return Err(EncodeError::BadHeader);
        }
        let mut attributes = length | u16::from(self.encryption) << 10;
        attributes |= u16::from(self.part.is_some()) << 13;
        attributes |= u16::from(self.version.is_2019()) << 14;
        attributes |= u16::from(self.reserved_bit) << 15;
        out.extend_from_slice(&self.id.to_be_bytes());
        out.extend_from_slice(&attributes.to_be_bytes());
        if let Version::V2019 { protocol } = self.version {
            out.push(protocol);
        }
        self.terminal.write(self.version, out)?;
        out.extend_from_slice(&self.serial.to_be_bytes());
        if let Some(part) = self.part {
            out.extend_from_slice(&part.total.to_be_bytes());
            out.extend_from_slice(&part.index.to_be_bytes());
        }
        Ok(())
    }
}

fn read_part(r: &mut Reader<'_>) -> Result<Part, DecodeError> {
    let at = r.offset();
    let (total, index) = (r.u16()?, r.u16()?);
    if index == 0 || index > total {
        return Err(DecodeError::new(DecodeErrorKind::BadPart { total, index }, at));
    }
    Ok(Part { total, index })
}
