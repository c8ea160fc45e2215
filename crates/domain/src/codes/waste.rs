//! Codes, categories and hazard properties of the national catalogue.

use std::fmt;
use std::str::FromStr;

use super::{all_digits, canonical, compact, rules, text_serde};
use crate::problem::ParseError;

/// Category of the national catalogue, `HW01`–`HW50` without `HW41`–`HW44`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WasteCategory(u8);

impl WasteCategory {
    /// The category of this number.
    pub fn from_number(number: u8) -> Option<Self> {
        matches!(number, 1..=40 | 45..=50).then_some(Self(number))
    }

    /// Its number, 1–50.
    pub fn number(self) -> u8 {
        self.0
    }
}

impl fmt::Display for WasteCategory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HW{:02}", self.0)
    }
}

impl FromStr for WasteCategory {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let plain = compact(text);
        plain
            .strip_prefix("HW")
            .filter(|digits| digits.len() == 2 && all_digits(digits))
            .and_then(|digits| digits.parse().ok())
            .and_then(Self::from_number)
            .ok_or_else(|| ParseError::new(rules::WASTE_CATEGORY, text))
    }
}

text_serde!(WasteCategory);

/// Eight-digit code of the national hazardous-waste catalogue, written `NNN-NNN-NN`: trade (GB/T 4754
/// middle class, `900` = no specific trade), serial, category. Whether the code exists, and since when, is
/// the catalogue's matter.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WasteCode {
    digits: [u8; 8],
}

impl WasteCode {
    /// The category in the last two digits.
    pub fn category(self) -> WasteCategory {
        WasteCategory(self.number(6) * 10 + self.number(7))
    }

    /// The trade digits.
    pub fn industry(self) -> String {
        self.digits.iter().take(3).map(|d| char::from(*d)).collect()
    }

    /// The eight digits without dashes, as the container code carries them.
    pub fn compact(self) -> String {
        self.digits.iter().map(|d| char::from(*d)).collect()
    }

    /// Whether it is one of the codes kept for wastes found hazardous by identification (`900-000-××`).
    pub fn is_by_identification(self) -> bool {
        self.digits.starts_with(b"900000")
    }

    fn number(self, index: usize) -> u8 {
        self.digits.get(index).map_or(0, |d| d.wrapping_sub(b'0'))
    }
}

impl FromStr for WasteCode {
    type Err = ParseError;

    /// Reads `900-041-49`, `90004149`, `HW49 900-041-49`, `HW49其他废物 900-041-49`, any dash, any width.
    fn from_str(text: &str) -> Result<Self, ParseError> {
        let shape = || ParseError::new(rules::WASTE_SHAPE, text);
        let plain = compact(text);
        let written = plain.strip_prefix("HW").and_then(|rest| rest.get(0..2)).filter(|d| all_digits(d));
        let body = match (written, plain.strip_prefix("HW")) {
            (Some(_), Some(rest)) => {
                rest.get(2..).unwrap_or_default().trim_start_matches(|c: char| !c.is_ascii_digit())
            }
            (None, Some(_)) => return Err(shape()),
            (_, None) => plain.as_str(),
        };
        if !all_digits(body) {
            return Err(shape());
        }
        let digits: [u8; 8] = body.as_bytes().try_into().map_err(|_| shape())?;
        let code = Self { digits };
        if WasteCategory::from_number(code.number(6) * 10 + code.number(7)).is_none() {
            return Err(ParseError::new(rules::WASTE_CATEGORY, text));
        }
        if let Some(written) = written.filter(|w| code.category().to_string().strip_prefix("HW") != Some(w)) {
            return Err(ParseError::new(rules::WASTE_CATEGORY_MISMATCH, text)
                .with("written", format_args!("HW{written}"))
                .with("category", code.category()));
        }
        Ok(code)
    }
}

impl fmt::Display for WasteCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.compact();
        let part = |from: usize, to: usize| text.get(from..to).unwrap_or_default();
        write!(f, "{}-{}-{}", part(0, 3), part(3, 6), part(6, 8))
    }
}

impl fmt::Debug for WasteCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WasteCode({self})")
    }
}

text_serde!(WasteCode);

/// Hazard property of the national catalogue (危险特性).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Trait {
    /// T, 毒性.
    Toxic,
    /// C, 腐蚀性.
    Corrosive,
    /// I, 易燃性.
    Ignitable,
    /// R, 反应性.
    Reactive,
    /// In, 感染性.
    Infectious,
}

impl Trait {
    /// All of them, in the order of the label.
    pub const ALL: [Self; 5] =
        [Self::Toxic, Self::Corrosive, Self::Ignitable, Self::Reactive, Self::Infectious];

    /// The catalogue's letter.
    pub fn letter(self) -> &'static str {
        match self {
            Self::Toxic => "T",
            Self::Corrosive => "C",
            Self::Ignitable => "I",
            Self::Reactive => "R",
            Self::Infectious => "In",
        }
    }

    fn bit(self) -> u8 {
        match self {
            Self::Toxic => 1,
            Self::Corrosive => 2,
            Self::Ignitable => 4,
            Self::Reactive => 8,
            Self::Infectious => 16,
        }
    }
}

/// A set of hazard properties, written `T,C,I,R,In` in this order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Traits(u8);

impl Traits {
    /// No property.
    pub const NONE: Self = Self(0);

    /// Whether the property is among them.
    pub fn contains(self, t: Trait) -> bool {
        self.0 & t.bit() != 0
    }

    /// Whether all of `other` are among them.
    pub fn contains_all(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// With this property too.
    #[must_use]
    pub fn with(self, t: Trait) -> Self {
        Self(self.0 | t.bit())
    }

    /// Those of both.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether there is none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The properties in the order of the label.
    pub fn iter(self) -> impl Iterator<Item = Trait> {
        Trait::ALL.into_iter().filter(move |t| self.contains(*t))
    }
}

impl FromIterator<Trait> for Traits {
    fn from_iter<I: IntoIterator<Item = Trait>>(iter: I) -> Self {
        iter.into_iter().fold(Self::NONE, Self::with)
    }
}

impl FromStr for Traits {
    type Err = ParseError;

    /// Reads letters separated by `,` `/` `、` `;` or blanks (the catalogue writes `C,T` for "and" and
    /// `T/C/I/R` for "one or more of"; as a set both are the same). Empty text is the empty set.
    fn from_str(text: &str) -> Result<Self, ParseError> {
        canonical(text)
            .split(|c: char| matches!(c, ',' | '/' | '、' | ';') || c.is_whitespace())
            .filter(|part| !part.is_empty())
            .map(|part| {
                Trait::ALL
                    .into_iter()
                    .find(|t| t.letter().eq_ignore_ascii_case(part))
                    .ok_or_else(|| ParseError::new(rules::TRAIT, text).with("letter", part))
            })
            .collect()
    }
}

impl fmt::Display for Traits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, t) in self.iter().enumerate() {
            if position > 0 {
                f.write_str(",")?;
            }
            f.write_str(t.letter())?;
        }
        Ok(())
    }
}

text_serde!(Traits);
