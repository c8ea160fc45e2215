//! The additional items of a location (tables 26 to 32): a list of id, length, value. They are kept as the
//! bytes that came and read on demand, so that unknown items, odd lengths and the order survive; a reader
//! must never stop at an item that it does not know.

use super::reader::Reader;
use super::{DecodeError, EncodeError};

/// One additional item. An item of a known id with another length than the table's is [`Item::Other`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Item<'a> {
    /// 0x01: odometer, in tenths of a kilometre.
    Mileage {
        /// 1/10 km.
        km_tenths: u32,
    },
    /// 0x02: fuel gauge, in tenths of a litre.
    Fuel {
        /// 1/10 L.
        litre_tenths: u16,
    },
    /// 0x03: speed of the tachograph, in tenths of km/h.
    RecorderSpeed {
        /// 1/10 km/h.
        kmh_tenths: u16,
    },
    /// 0x04: number of an alarm that a person must confirm, from 1.
    ConfirmAlarm {
        /// The number.
        event: u16,
    },
    /// 0x05 (2019): tyre pressures in Pa, wheel by wheel from the front, 0xFF where there is no wheel.
    TyrePressures {
        /// The 30 bytes.
        bytes: &'a [u8; 30],
    },
    /// 0x06 (2019): temperature of the cargo space.
    CargoTemperature {
        /// The WORD as it came: bit 15 says that it is below zero. [`Item::celsius`] reads it.
        raw: u16,
    },
    /// 0x11: speeding (table 28).
    Overspeed {
        /// 0 nowhere in particular, 1 circle, 2 rectangle, 3 polygon, 4 road section.
        place: u8,
        /// Area or section; absent when `place` is 0.
        area: Option<u32>,
    },
    /// 0x12: entering or leaving an area or route (table 29).
    AreaCrossed {
        /// 1 circle, 2 rectangle, 3 polygon, 4 route.
        place: u8,
        /// Area or route.
        area: u32,
        /// 0 in, 1 out.
        direction: u8,
    },
    /// 0x13: too short or too long on a road section (table 30).
    RouteTime {
        /// The section.
        section: u32,
        /// Seconds spent on it.
        seconds: u16,
        /// 0 too short, 1 too long.
        result: u8,
    },
    /// 0x25: signals of the vehicle (table 31), see [`super::flags::SIGNALS`].
    VehicleSignals {
        /// The bits.
        bits: u32,
    },
    /// 0x2A: state of inputs and outputs (table 32), see [`super::flags::IO`].
    IoState {
        /// The bits.
        bits: u16,
    },
    /// 0x2B: two analogue inputs.
    Analog {
        /// Low half.
        ad0: u16,
        /// High half.
        ad1: u16,
    },
    /// 0x30: strength of the radio signal.
    SignalStrength {
        /// As the terminal says it.
        value: u8,
    },
    /// 0x31: satellites in use.
    Satellites {
        /// How many.
        count: u8,
    },
    /// Every other item.
    Other {
        /// Id of the item.
        id: u8,
        /// Value of the item.
        bytes: &'a [u8],
    },
}

impl<'a> Item<'a> {
    /// Reads the value of an item.
    pub fn read(id: u8, bytes: &'a [u8]) -> Self {
        Self::known(id, bytes).unwrap_or(Self::Other { id, bytes })
    }

    fn known(id: u8, bytes: &'a [u8]) -> Option<Self> {
        let byte = || <[u8; 1]>::try_from(bytes).ok().map(|[b]| b);
        let word = || bytes.try_into().ok().map(u16::from_be_bytes);
        let dword = |from: usize| bytes.get(from..)?.first_chunk().copied().map(u32::from_be_bytes);
        let exactly = |n: usize| (bytes.len() == n).then_some(());
        Some(match id {
            0x01 => {
                exactly(4)?;
                Self::Mileage { km_tenths: dword(0)? }
            }
            0x02 => Self::Fuel { litre_tenths: word()? },
            0x03 => Self::RecorderSpeed { kmh_tenths: word()? },
            0x04 => Self::ConfirmAlarm { event: word()? },
            0x05 => Self::TyrePressures { bytes: bytes.try_into().ok()? },
            0x06 => Self::CargoTemperature { raw: word()? },
            0x11 => match bytes {
                [place] => Self::Overspeed { place: *place, area: None },
                [place, _, _, _, _] => Self::Overspeed { place: *place, area: Some(dword(1)?) },
                _ => return None,
            },
            0x12 => match bytes {
                [place, _, _, _, _, direction] => {
                    Self::AreaCrossed { place: *place, area: dword(1)?, direction: *direction }
                }
                _ => return None,
            },
            0x13 => match bytes {
                [_, _, _, _, high, low, result] => Self::RouteTime {
                    section: dword(0)?,
                    seconds: u16::from_be_bytes([*high, *low]),
                    result: *result,
                },
                _ => return None,
            },
            0x25 => {
                exactly(4)?;
                Self::VehicleSignals { bits: dword(0)? }
            }
            0x2a => Self::IoState { bits: word()? },
            0x2b => match bytes {
                // One DWORD: AD1 is its high half and comes first.
                [a, b, c, d] => {
                    Self::Analog { ad0: u16::from_be_bytes([*c, *d]), ad1: u16::from_be_bytes([*a, *b]) }
                }
                _ => return None,
            },
            0x30 => Self::SignalStrength { value: byte()? },
            0x31 => Self::Satellites { count: byte()? },
            _ => return None,
        })
    }

    /// Id of the item.
    pub const fn id(&self) -> u8 {
        match self {
            Self::Mileage { .. } => 0x01,
            Self::Fuel { .. } => 0x02,
            Self::RecorderSpeed { .. } => 0x03,
            Self::ConfirmAlarm { .. } => 0x04,
            Self::TyrePressures { .. } => 0x05,
            Self::CargoTemperature { .. } => 0x06,
            Self::Overspeed { .. } => 0x11,
            Self::AreaCrossed { .. } => 0x12,
            Self::RouteTime { .. } => 0x13,
            Self::VehicleSignals { .. } => 0x25,
            Self::IoState { .. } => 0x2a,
            Self::Analog { .. } => 0x2b,
            Self::SignalStrength { .. } => 0x30,
            Self::Satellites { .. } => 0x31,
            Self::Other { id, .. } => *id,
        }
    }

    /// The temperature in °C of a cargo space. The standard says "-32767 to 32767, the highest bit means
    /// negative", which is sign and magnitude; it says nothing of the two's complement that some makers send.
    pub fn celsius(&self) -> Option<i16> {
        let Self::CargoTemperature { raw } = self else { return None };
        let magnitude = (raw & 0x7fff).cast_signed();
        Some(if raw & 0x8000 == 0 { magnitude } else { -magnitude })
    }

    /// Appends id, length and value.
    ///
    /// # Errors
    /// When a value has more than 255 bytes.
    pub fn write(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let start = out.len();
        out.extend_from_slice(&[self.id(), 0]);
        match *self {
            Self::Mileage { km_tenths: n } | Self::VehicleSignals { bits: n } => put32(out, n),
            Self::Fuel { litre_tenths: n }
            | Self::RecorderSpeed { kmh_tenths: n }
            | Self::ConfirmAlarm { event: n }
            | Self::CargoTemperature { raw: n }
            | Self::IoState { bits: n } => put16(out, n),
            Self::TyrePressures { bytes } => out.extend_from_slice(bytes),
            Self::Overspeed { place, area } => {
                out.push(place);
                if let Some(area) = area {
                    put32(out, area);
                }
            }
            Self::AreaCrossed { place, area, direction } => {
                out.push(place);
                put32(out, area);
                out.push(direction);
            }
            Self::RouteTime { section, seconds, result } => {
                put32(out, section);
                put16(out, seconds);
                out.push(result);
            }
            Self::Analog { ad0, ad1 } => {
                put16(out, ad1);
                put16(out, ad0);
            }
            Self::SignalStrength { value: n } | Self::Satellites { count: n } => out.push(n),
            Self::Other { bytes, .. } => out.extend_from_slice(bytes),
        }
        let count = out.len() - start - 2;
        let Ok(length) = u8::try_from(count) else {
            out.truncate(start);
            return Err(EncodeError::TooMany { count, max: 255 });
        };
        if let Some(field) = out.get_mut(start + 1) {
            *field = length;
        }
        Ok(())
    }
}

fn put16(out: &mut Vec<u8>, n: u16) {
    out.extend_from_slice(&n.to_be_bytes());
}

fn put32(out: &mut Vec<u8>, n: u32) {
    out.extend_from_slice(&n.to_be_bytes());
}

/// Reads a list of items, one after the other. After an error it is at its end.
pub struct Items<'a> {
    reader: Reader<'a>,
    broken: bool,
}

impl<'a> Items<'a> {
    /// The items in `bytes`, whose first byte is byte `base` of what errors shall count in.
    pub(super) const fn new(bytes: &'a [u8], base: usize) -> Self {
        Self { reader: Reader::new(bytes, base), broken: false }
    }

    fn read(&mut self) -> Result<Item<'a>, DecodeError> {
        let id = self.reader.u8()?;
        let length_at = self.reader.offset();
        let length = usize::from(self.reader.u8()?);
        Ok(Item::read(id, self.reader.take_declared(length, length_at)?))
    }
}

impl<'a> Iterator for Items<'a> {
    type Item = Result<Item<'a>, DecodeError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.broken || self.reader.left() == 0 {
            return None;
        }
        let item = self.read();
        self.broken = item.is_err();
        Some(item)
    }
}
