//! The messages that the platform understands, as one type that reads and writes every edition. What is not
//! understood, encrypted, or one part of several is kept as it came; a message must never be dropped because
//! nobody knows it.

use super::batch::Batch;
use super::header::{Header, Version};
use super::location::Location;
use super::messages::{Authentication, GeneralReply, RegisterReply, Registration, Resend, TextMessage};
use super::reader::Reader;
use super::time::{self, UTC};
use super::{DecodeError, EncodeError};

/// Message ids.
pub mod id {
    /// General reply of a terminal.
    pub const TERMINAL_REPLY: u16 = 0x0001;
    /// Heartbeat.
    pub const HEARTBEAT: u16 = 0x0002;
    /// The terminal is taken off its vehicle.
    pub const LOGOUT: u16 = 0x0003;
    /// The terminal asks for the time (2019).
    pub const TIME_QUERY: u16 = 0x0004;
    /// The terminal asks for missing parts (2019).
    pub const TERMINAL_RESEND: u16 = 0x0005;
    /// Registration.
    pub const REGISTER: u16 = 0x0100;
    /// Authentication.
    pub const AUTHENTICATE: u16 = 0x0102;
    /// Location.
    pub const LOCATION: u16 = 0x0200;
    /// Answer to a location query.
    pub const LOCATION_REPLY: u16 = 0x0201;
    /// Electronic waybill.
    pub const WAYBILL: u16 = 0x0701;
    /// Batch of locations.
    pub const BATCH: u16 = 0x0704;
    /// General reply of the platform.
    pub const PLATFORM_REPLY: u16 = 0x8001;
    /// The platform asks for missing parts.
    pub const PLATFORM_RESEND: u16 = 0x8003;
    /// Answer to a time query (2019).
    pub const TIME_REPLY: u16 = 0x8004;
    /// Answer to a registration.
    pub const REGISTER_REPLY: u16 = 0x8100;
    /// The platform asks where the terminal is.
    pub const LOCATION_QUERY: u16 = 0x8201;
    /// Text for the driver.
    pub const TEXT: u16 = 0x8300;
}

/// A message body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// 0x0001.
    TerminalReply(GeneralReply),
    /// 0x0002.
    Heartbeat,
    /// 0x0003.
    Logout,
    /// 0x0004 (2019).
    TimeQuery,
    /// 0x0005 (2019).
    TerminalResend(Resend),
    /// 0x0100.
    Register(Registration),
    /// 0x0102.
    Authenticate(Authentication),
    /// 0x0200.
    Location(Location),
    /// 0x0201 (table 33).
    LocationReply {
        /// Serial number of the query.
        serial: u16,
        /// Where the terminal is.
        location: Location,
    },
    /// 0x0701 (table 74): length and bytes, whose inside the standard leaves open.
    Waybill(Vec<u8>),
    /// 0x0704.
    Batch(Batch),
    /// 0x8001.
    PlatformReply(GeneralReply),
    /// 0x8003.
    PlatformResend(Resend),
    /// 0x8004 (2019): the time in UTC microseconds, sent as UTC.
    TimeReply {
        /// UTC microseconds.
        time_us: i64,
    },
    /// 0x8100.
    RegisterReply(RegisterReply),
    /// 0x8201.
    LocationQuery,
    /// 0x8300.
    Text(TextMessage),
    /// Every other message, and a body that cannot be read from its frame alone.
    Unknown {
        /// Message id.
        id: u16,
        /// The body as it came.
        raw: Vec<u8>,
    },
}

impl Body {
    /// Message id of this body.
    pub const fn id(&self) -> u16 {
        match self {
            Self::TerminalReply(_) => id::TERMINAL_REPLY,
            Self::Heartbeat => id::HEARTBEAT,
            Self::Logout => id::LOGOUT,
            Self::TimeQuery => id::TIME_QUERY,
            Self::TerminalResend(_) => id::TERMINAL_RESEND,
            Self::Register(_) => id::REGISTER,
            Self::Authenticate(_) => id::AUTHENTICATE,
            Self::Location(_) => id::LOCATION,
            Self::LocationReply { .. } => id::LOCATION_REPLY,
            Self::Waybill(_) => id::WAYBILL,
            Self::Batch(_) => id::BATCH,
            Self::PlatformReply(_) => id::PLATFORM_REPLY,
            Self::PlatformResend(_) => id::PLATFORM_RESEND,
            Self::TimeReply { .. } => id::TIME_REPLY,
            Self::RegisterReply(_) => id::REGISTER_REPLY,
            Self::LocationQuery => id::LOCATION_QUERY,
            Self::Text(_) => id::TEXT,
            Self::Unknown { id, .. } => *id,
        }
    }

    /// Reads the body of a frame. A body that is encrypted, or one part of several, is [`Body::Unknown`].
    ///
    /// # Errors
    /// When the body contradicts the layout of its message; the offset counts in the frame.
    pub fn decode(header: &Header, body: &[u8]) -> Result<Self, DecodeError> {
        if !header.is_whole_and_plain() {
            return Ok(Self::Unknown { id: header.id, raw: body.to_vec() });
        }
        Self::read(header.id, header.version, body, header.wire_len())
    }

    /// Reads the plain body of a message that was joined from its parts.
    ///
    /// # Errors
    /// When the body contradicts the layout of its message; the offset counts in the body.
    pub fn decode_joined(id: u16, version: Version, body: &[u8]) -> Result<Self, DecodeError> {
        Self::read(id, version, body, 0)
    }

    fn read(id: u16, version: Version, body: &[u8], base: usize) -> Result<Self, DecodeError> {
        let mut r = Reader::new(body, base);
        let decoded = match id {
            id::TERMINAL_REPLY => Self::TerminalReply(GeneralReply::read(&mut r)?),
            id::HEARTBEAT => Self::Heartbeat,
            id::LOGOUT => Self::Logout,
            id::TIME_QUERY => Self::TimeQuery,
            id::TERMINAL_RESEND => Self::TerminalResend(Resend::read(&mut r, version)?),
            id::REGISTER => Self::Register(Registration::read(&mut r, version)?),
            id::AUTHENTICATE => Self::Authenticate(Authentication::read(&mut r, version)?),
            id::LOCATION => {
                let at = r.offset();
                Self::Location(Location::read(r.rest(), at)?)
            }
            id::LOCATION_REPLY => {
                let (serial, at) = (r.u16()?, r.offset());
                Self::LocationReply { serial, location: Location::read(r.rest(), at)? }
            }
            id::WAYBILL => {
                let at = r.offset();
                let length = usize::try_from(r.u32()?).unwrap_or(usize::MAX);
                Self::Waybill(r.take_declared(length, at)?.to_vec())
            }
            id::BATCH => {
                let at = r.offset();
                Self::Batch(Batch::read(r.rest(), at)?)
            }
            id::PLATFORM_REPLY => Self::PlatformReply(GeneralReply::read(&mut r)?),
            id::PLATFORM_RESEND => Self::PlatformResend(Resend::read(&mut r, version)?),
            id::TIME_REPLY => {
                let at = r.offset();
                Self::TimeReply { time_us: time::read(r.array()?, at, UTC)? }
            }
            id::REGISTER_REPLY => Self::RegisterReply(RegisterReply::read(&mut r)?),
            id::LOCATION_QUERY => Self::LocationQuery,
            id::TEXT => Self::Text(TextMessage::read(&mut r, version)?),
            _ => Self::Unknown { id, raw: r.rest().to_vec() },
        };
        r.finish()?;
        Ok(decoded)
    }

    /// Appends the body in the layout of this edition.
    ///
    /// # Errors
    /// When a value does not fit into its field.
    pub fn write(&self, version: Version, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        match self {
            Self::TerminalReply(reply) | Self::PlatformReply(reply) => reply.write(out),
            Self::Heartbeat | Self::Logout | Self::TimeQuery | Self::LocationQuery => {}
            Self::TerminalResend(resend) | Self::PlatformResend(resend) => resend.write(version, out)?,
            Self::Register(registration) => registration.write(version, out)?,
            Self::Authenticate(authentication) => authentication.write(version, out)?,
            Self::Location(location) => location.write(out)?,
            Self::LocationReply { serial, location } => {
                out.extend_from_slice(&serial.to_be_bytes());
                location.write(out)?;
            }
            Self::Waybill(bytes) => {
                let too_many = EncodeError::TooMany { count: bytes.len(), max: u32::MAX as usize };
                let length = u32::try_from(bytes.len()).map_err(|_| too_many)?;
                out.extend_from_slice(&length.to_be_bytes());
                out.extend_from_slice(bytes);
            }
            Self::Batch(batch) => batch.write(out)?,
            Self::TimeReply { time_us } => out.extend_from_slice(&time::write(*time_us, UTC)?),
            Self::RegisterReply(reply) => reply.write(out)?,
            Self::Text(message) => message.write(version, out)?,
            Self::Unknown { raw, .. } => out.extend_from_slice(raw),
        }
        Ok(())
    }
}
