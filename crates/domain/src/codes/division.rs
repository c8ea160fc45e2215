//! Statistical division codes and how they contain each other.

use std::fmt;
use std::str::FromStr;

use super::{all_digits, compact, rules, text_serde};
use crate::problem::ParseError;

/// Level of a [`DivisionCode`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DivisionLevel {
    /// 省, `NN0000`.
    Province,
    /// 设区市, `NNNN00`.
    City,
    /// 县、县级市, 6 digits.
    County,
    /// 镇、街道, 9 digits.
    Town,
    /// 村、社区, 12 digits.
    Village,
}

/// Statistical division code of 6, 9 or 12 digits (GB/T 2260 and the statistics office's lower levels).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DivisionCode(String);

impl DivisionCode {
    /// The canonical text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Its level.
    pub fn level(&self) -> DivisionLevel {
        match self.0.len() {
            12 => DivisionLevel::Village,
            9 => DivisionLevel::Town,
            _ if self.0.ends_with("0000") => DivisionLevel::Province,
            _ if self.0.ends_with("00") => DivisionLevel::City,
            _ => DivisionLevel::County,
        }
    }

    /// The two digits of the province.
    pub fn province(&self) -> &str {
        self.0.get(0..2).unwrap_or_default()
    }

    /// The two digits of the city inside its province.
    pub fn city(&self) -> &str {
        self.0.get(2..4).unwrap_or_default()
    }

    /// The unit one level up; `None` for a province.
    pub fn parent(&self) -> Option<Self> {
        let text = &self.0;
        match self.level() {
            DivisionLevel::Province => None,
            DivisionLevel::City => text.get(0..2).map(|p| Self(format!("{p}0000"))),
            DivisionLevel::County => text.get(0..4).map(|p| Self(format!("{p}00"))),
            DivisionLevel::Town => text.get(0..6).map(|p| Self(p.to_owned())),
            DivisionLevel::Village => text.get(0..9).map(|p| Self(p.to_owned())),
        }
    }

    /// Whether `other` is this unit or lies inside it.
    pub fn contains(&self, other: &Self) -> bool {
        let significant = match self.level() {
            DivisionLevel::Province => self.0.get(0..2),
            DivisionLevel::City => self.0.get(0..4),
            _ => Some(self.0.as_str()),
        };
        significant.is_some_and(|prefix| other.0.starts_with(prefix))
    }
}

/// The unit that a town's officials answer for: the town of a village, any other unit itself. Codes are compared
/// as they stand in a row, so padding (`NNNNNNNNN000`) goes first.
pub fn town_of(code: &str) -> &str {
    let code = code.strip_suffix("000").filter(|rest| matches!(rest.len(), 6 | 9)).unwrap_or(code);
    let code = code.strip_suffix("000").filter(|rest| rest.len() == 6).unwrap_or(code);
    if code.len() == 12 { code.get(..9).unwrap_or(code) } else { code }
}

impl FromStr for DivisionCode {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let code = compact(text);
        if !all_digits(&code) || !matches!(code.len(), 6 | 9 | 12) || code.starts_with('0') {
            return Err(ParseError::new(rules::DIVISION, text));
        }
        // Statistics tables pad upper levels with zeros to 12 digits; keep the shortest writing.
        let trimmed = match (code.get(6..9), code.get(9..12)) {
            (Some("000"), None | Some("000")) => code.get(0..6),
            (Some(_), Some("000")) => code.get(0..9),
            _ => Some(code.as_str()),
        };
        trimmed.map(|t| Self(t.to_owned())).ok_or_else(|| ParseError::new(rules::DIVISION, text))
    }
}

impl fmt::Display for DivisionCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

text_serde!(DivisionCode);
