//! The 37-character digital identification code on a label.

use std::fmt;
use std::str::FromStr;

use super::{CreditCode, WasteCode, all_digits, compact, rules, text_serde};
use crate::problem::ParseError;
use crate::time::{Date, format_compact_date, parse_compact_date};

/// Digital identification code of a label (数字识别码, HJ 1276-2022): 37 characters in four segments,
/// social credit code of the generating or collecting unit 18, waste code 8, day of generation or
/// collection 8, serial 3.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContainerId {
    unit: CreditCode,
    waste: WasteCode,
    date: Date,
    serial: u16,
}

impl ContainerId {
    /// Number of characters.
    pub const LENGTH: usize = 37;
    /// The largest serial of a unit, waste code and day.
    pub const MAX_SERIAL: u16 = 999;

    /// The code of this serial (1–999).
    ///
    /// # Errors
    /// [`rules::CONTAINER_EXHAUSTED`] beyond 999.
    pub fn new(unit: CreditCode, waste: WasteCode, date: Date, serial: u16) -> Result<Self, ParseError> {
        if serial == 0 || serial > Self::MAX_SERIAL {
            return Err(ParseError::new(rules::CONTAINER_EXHAUSTED, &serial.to_string())
                .with("waste_code", waste)
                .with("date", date));
        }
        Ok(Self { unit, waste, date, serial })
    }

    /// The unit whose label it is.
    pub fn unit(&self) -> &CreditCode {
        &self.unit
    }

    /// The waste.
    pub fn waste(&self) -> WasteCode {
        self.waste
    }

    /// The day of generation or collection.
    pub fn date(&self) -> Date {
        self.date
    }

    /// The number within unit, waste and day.
    pub fn serial(&self) -> u16 {
        self.serial
    }

    /// The four segments with spaces between, for people to compare.
    pub fn grouped(&self) -> String {
        format!(
            "{} {} {} {:03}",
            self.unit,
            self.waste.compact(),
            format_compact_date(self.date),
            self.serial
        )
    }
}

impl FromStr for ContainerId {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let plain = compact(text);
        if plain.len() != Self::LENGTH || !plain.is_ascii() {
            return Err(ParseError::new(rules::CONTAINER_SHAPE, text).with("length", plain.chars().count()));
        }
        let part = |from: usize, to: usize| plain.get(from..to).unwrap_or_default();
        let segment = |number: u8| ParseError::new(rules::CONTAINER_SEGMENT, text).with("segment", number);
        let unit = part(0, 18).parse().map_err(|_| segment(1))?;
        let waste = part(18, 26);
        let waste =
            if all_digits(waste) { waste.parse().map_err(|_| segment(2))? } else { return Err(segment(2)) };
        let date = parse_compact_date(part(26, 34)).ok_or_else(|| segment(3))?;
        let serial = Some(part(34, 37))
            .filter(|s| all_digits(s))
            .and_then(|s| s.parse::<u16>().ok())
            .filter(|s| *s > 0)
            .ok_or_else(|| segment(4))?;
        Ok(Self { unit, waste, date, serial })
    }
}

impl fmt::Display for ContainerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}{}{:03}", self.unit, self.waste.compact(), format_compact_date(self.date), self.serial)
    }
}

impl fmt::Debug for ContainerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ContainerId({self})")
    }
}

text_serde!(ContainerId);
