//! Bodies of the small messages: replies, registration, authentication, resend requests, texts. Each reads
//! and writes the layout of the edition that it is asked for, and must never guess one from another.

use super::reader::Reader;
use super::text::Text;
use super::{DecodeError, EncodeError, Version};

/// Result of a general reply (tables 4 and 5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Outcome(
    /// The byte.
    pub u8,
);

impl Outcome {
    /// Done, or confirmed.
    pub const DONE: Self = Self(0);
    /// Not done.
    pub const FAILED: Self = Self(1);
    /// The message is wrong.
    pub const MALFORMED: Self = Self(2);
    /// The message is not supported.
    pub const UNSUPPORTED: Self = Self(3);
    /// The alarm was dealt with (platform only).
    pub const ALARM_CONFIRMED: Self = Self(4);

    /// The stable id, or `"unknown"`.
    pub const fn name(self) -> &'static str {
        match self.0 {
            0 => "done",
            1 => "failed",
            2 => "malformed",
            3 => "unsupported",
            4 => "alarm_confirmed",
            _ => "unknown",
        }
    }
}

/// Answer to a message that has no answer of its own (0x0001 and 0x8001, tables 4 and 5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GeneralReply {
    /// Serial number of the message that is answered.
    pub serial: u16,
    /// Id of the message that is answered.
    pub id: u16,
    /// What became of it.
    pub outcome: Outcome,
}

impl GeneralReply {
    pub(super) fn read(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self { serial: r.u16()?, id: r.u16()?, outcome: Outcome(r.u8()?) })
    }

    pub(super) fn write(self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.serial.to_be_bytes());
        out.extend_from_slice(&self.id.to_be_bytes());
        out.push(self.outcome.0);
    }
}

/// Asks for parts that did not arrive (0x8003, table 6, and 0x0005 of 2019). The count is a BYTE in 2013 and
/// a WORD in 2019.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resend {
    /// Serial number of the message's first part.
    pub first_serial: u16,
    /// Numbers of the parts, from 1.
    pub parts: Vec<u16>,
}

impl Resend {
    /// Most part numbers that one request of this edition can name.
    pub const fn most(version: Version) -> usize {
        // In 2019 the body is the limit: 1023 bytes less serial number and count, two bytes each.
        if version.is_2019() { (super::MAX_BODY - 4) / 2 } else { 255 }
    }

    pub(super) fn read(r: &mut Reader<'_>, version: Version) -> Result<Self, DecodeError> {
        let first_serial = r.u16()?;
        let count_at = r.offset();
        let count = if version.is_2019() { r.u16()? } else { u16::from(r.u8()?) };
        let list = r.take_declared(usize::from(count) * 2, count_at)?;
        let parts = list.as_chunks::<2>().0.iter().map(|pair| u16::from_be_bytes(*pair));
        Ok(Self { first_serial, parts: parts.collect() })
    }

    pub(super) fn write(&self, version: Version, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let count = self.parts.len();
        out.extend_from_slice(&self.first_serial.to_be_bytes());
        if version.is_2019() {
            let max = usize::from(u16::MAX);
            let count = u16::try_from(count).map_err(|_| EncodeError::TooMany { count, max })?;
            out.extend_from_slice(&count.to_be_bytes());
        } else {
            out.push(u8::try_from(count).map_err(|_| EncodeError::TooMany { count, max: 255 })?);
        }
        out.extend(self.parts.iter().flat_map(|part| part.to_be_bytes()));
        Ok(())
    }
}

/// Registration of a terminal (0x0100, table 7).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Registration {
    /// The layout of 2011, in which the model has 8 bytes. Such terminals have a header of 2013; they are told
    /// by a body shorter than the shortest of 2013 (37 bytes).
    pub layout_2011: bool,
    /// First two digits of the GB/T 2260 code; 0 leaves it to the platform.
    pub province: u16,
    /// Last four digits of the GB/T 2260 code; 0 leaves it to the platform.
    pub county: u16,
    /// Maker: 5 bytes, 11 in 2019.
    pub maker: Text,
    /// Model: 20 bytes, 30 in 2019, 8 in 2011.
    pub model: Text,
    /// Id of the terminal by its maker: 7 bytes, 30 in 2019.
    pub terminal_id: Text,
    /// Colour of the plate by JT/T 415; 0 for a vehicle without a plate.
    pub plate_colour: u8,
    /// Number plate, or the VIN when the colour is 0.
    pub plate: Text,
}

impl Registration {
    /// Bytes of maker, model and terminal id.
    const fn sizes(layout_2011: bool, version: Version) -> [usize; 3] {
        match (version, layout_2011) {
            (Version::V2019 { .. }, _) => [11, 30, 30],
            (Version::V2013, false) => [5, 20, 7],
            (Version::V2013, true) => [5, 8, 7],
        }
    }

    /// Shortest body of 2013: everything but the plate.
    const SHORTEST_2013: usize = 37;

    pub(super) fn read(r: &mut Reader<'_>, version: Version) -> Result<Self, DecodeError> {
        let layout_2011 = !version.is_2019() && r.left() < Self::SHORTEST_2013;
        let sizes = Self::sizes(layout_2011, version);
        let (province, county) = (r.u16()?, r.u16()?);
        let mut fixed = |size: usize| {
            let at = r.offset();
            Text::read_fixed(r.take(size)?, at)
        };
        let [maker_size, model_size, id_size] = sizes;
        let (maker, model, terminal_id) = (fixed(maker_size)?, fixed(model_size)?, fixed(id_size)?);
        let plate_colour = r.u8()?;
        let at = r.offset();
        let plate = Text::read(r.rest(), at)?;
        Ok(Self { layout_2011, province, county, maker, model, terminal_id, plate_colour, plate })
    }

    pub(super) fn write(&self, version: Version, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let start = out.len();
        out.extend_from_slice(&self.province.to_be_bytes());
        out.extend_from_slice(&self.county.to_be_bytes());
        let sizes = Self::sizes(self.layout_2011, version);
        for (field, size) in [&self.maker, &self.model, &self.terminal_id].into_iter().zip(sizes) {
            field.write_fixed(size, out)?;
        }
        out.push(self.plate_colour);
        self.plate.write(out)?;
        let misread = version.is_2019() || out.len() - start >= Self::SHORTEST_2013;
        if self.layout_2011 && misread { Err(EncodeError::Layout) } else { Ok(()) }
    }
}

/// Result of a registration (table 8).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RegisterOutcome(
    /// The byte.
    pub u8,
);

impl RegisterOutcome {
    /// Registered.
    pub const DONE: Self = Self(0);
    /// The vehicle has a terminal already.
    pub const VEHICLE_TAKEN: Self = Self(1);
    /// No such vehicle.
    pub const NO_VEHICLE: Self = Self(2);
    /// The terminal is registered already.
    pub const TERMINAL_TAKEN: Self = Self(3);
    /// No such terminal.
    pub const NO_TERMINAL: Self = Self(4);

    /// The stable id, or `"unknown"`.
    pub const fn name(self) -> &'static str {
        match self.0 {
            0 => "done",
            1 => "vehicle_taken",
            2 => "no_vehicle",
            3 => "terminal_taken",
            4 => "no_terminal",
            _ => "unknown",
        }
    }
}

/// Answer to a registration (0x8100, table 8).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegisterReply {
    /// Serial number of the registration.
    pub serial: u16,
    /// What became of it.
    pub outcome: RegisterOutcome,
    /// The code to authenticate with; empty unless it succeeded.
    pub code: Text,
}

impl RegisterReply {
    pub(super) fn read(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let (serial, outcome) = (r.u16()?, RegisterOutcome(r.u8()?));
        let at = r.offset();
        Ok(Self { serial, outcome, code: Text::read(r.rest(), at)? })
    }

    pub(super) fn write(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        out.extend_from_slice(&self.serial.to_be_bytes());
        out.push(self.outcome.0);
        self.code.write(out)
    }
}

/// Authentication (0x0102, table 9; in 2019 with IMEI and software version).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Authentication {
    /// The code that the registration gave.
    pub code: Text,
    /// IMEI, 15 bytes; 2019 only.
    pub imei: Text,
    /// Software version, 20 bytes; 2019 only.
    pub software: Text,
}

impl Authentication {
    pub(super) fn read(r: &mut Reader<'_>, version: Version) -> Result<Self, DecodeError> {
        let length_at = r.offset();
        if !version.is_2019() {
            return Ok(Self { code: Text::read(r.rest(), length_at)?, ..Self::default() });
        }
        let length = usize::from(r.u8()?);
        let at = r.offset();
        let code = Text::read(r.take_declared(length, length_at)?, at)?;
        let at = r.offset();
        let imei = Text::read_fixed(r.take(15)?, at)?;
        let at = r.offset();
        let software = Text::read_fixed(r.take(20)?, at)?;
        Ok(Self { code, imei, software })
    }

    pub(super) fn write(&self, version: Version, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        if !version.is_2019() {
            return self.code.write(out);
        }
        let mut code = Vec::new();
        self.code.write(&mut code)?;
        let too_long = EncodeError::TextTooLong { max: 255, actual: code.len() };
        out.push(u8::try_from(code.len()).map_err(|_| too_long)?);
        out.extend_from_slice(&code);
        self.imei.write_fixed(15, out)?;
        self.software.write_fixed(20, out)
    }
}

/// A text for the driver (0x8300, tables 37 and 38).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TextMessage {
    /// Bits: 0 urgent, 2 show, 3 read aloud, 4 advertising screen, 5 CAN fault code instead of navigation.
    pub flags: u8,
    /// 1 notice, 2 service; 2019 only, not written in 2013.
    pub kind: u8,
    /// The text.
    pub text: Text,
}

impl TextMessage {
    pub(super) fn read(r: &mut Reader<'_>, version: Version) -> Result<Self, DecodeError> {
        let flags = r.u8()?;
        let kind = if version.is_2019() { r.u8()? } else { 0 };
        let at = r.offset();
        Ok(Self { flags, kind, text: Text::read(r.rest(), at)? })
    }

    pub(super) fn write(&self, version: Version, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        out.push(self.flags);
        if version.is_2019() {
            out.push(self.kind);
        }
        self.text.write(out)
    }
}
