//! Numbers of transfer manifests.

use std::fmt;
use std::str::FromStr;

use super::{all_digits, compact, rules, text_serde};
use crate::problem::ParseError;
use crate::time::{MAX_YEAR, MIN_YEAR};

/// Number of a hazardous-waste transfer manifest (转移管理办法第十五条): 14 digits, year 4, province 2 and
/// city 2 of the place that sends out, serial 6 counted per city. Only the national and provincial systems
/// mint them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ManifestNumber {
    year: i16,
    province: u8,
    city: u8,
    serial: u32,
}

impl ManifestNumber {
    /// The largest serial of a city and year.
    pub const MAX_SERIAL: u32 = 999_999;

    /// The number made of these parts; `None` when one is out of range.
    pub fn new(year: i16, province: u8, city: u8, serial: u32) -> Option<Self> {
        let fits = (MIN_YEAR..=MAX_YEAR).contains(&year)
            && (11..=91).contains(&province)
            && city <= 99
            && (1..=Self::MAX_SERIAL).contains(&serial);
        fits.then_some(Self { year, province, city, serial })
    }

    /// Year of the number.
    pub fn year(self) -> i16 {
        self.year
    }

    /// Two-digit province.
    pub fn province(self) -> u8 {
        self.province
    }

    /// Two-digit city inside the province.
    pub fn city(self) -> u8 {
        self.city
    }

    /// Serial inside city and year.
    pub fn serial(self) -> u32 {
        self.serial
    }
}

impl FromStr for ManifestNumber {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let error = || ParseError::new(rules::MANIFEST_NUMBER, text);
        let plain = compact(text);
        if plain.len() != 14 || !all_digits(&plain) {
            return Err(error());
        }
        let part = |from: usize, to: usize| plain.get(from..to).and_then(|p| p.parse::<u32>().ok());
        let year = part(0, 4).and_then(|y| i16::try_from(y).ok()).ok_or_else(error)?;
        let two = |from: usize| part(from, from + 2).and_then(|p| u8::try_from(p).ok());
        let (province, city) = (two(4).ok_or_else(error)?, two(6).ok_or_else(error)?);
        Self::new(year, province, city, part(8, 14).ok_or_else(error)?).ok_or_else(error)
    }
}

impl fmt::Display for ManifestNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}{:02}{:02}{:06}", self.year, self.province, self.city, self.serial)
    }
}

text_serde!(ManifestNumber);
