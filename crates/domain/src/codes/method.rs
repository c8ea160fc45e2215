//! Codes of use and disposal methods.

use std::fmt;
use std::str::FromStr;

use super::{all_digits, compact, rules, text_serde};
use crate::problem::ParseError;

/// Whether a method uses waste or disposes of it. Which code does which is data (HJ 1033 附录 F), because
/// for C and G the letter alone does not say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MethodKind {
    /// 利用.
    Use,
    /// 处置.
    Disposal,
}

impl MethodKind {
    /// Its name in the API and in tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Use => "use",
            Self::Disposal => "disposal",
        }
    }
}

impl fmt::Display for MethodKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for MethodKind {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        match text.trim() {
            "use" => Ok(Self::Use),
            "disposal" => Ok(Self::Disposal),
            _ => Err(ParseError::new(rules::CHOICE, text).with("choices", "use, disposal")),
        }
    }
}

text_serde!(MethodKind);

/// Code of a way to use or dispose of hazardous waste (HJ 1033 附录 F): R use, D disposal, C other, Y medical
/// waste, G chromium slag, with a number. Which codes exist is data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MethodCode {
    letter: char,
    number: u8,
}

impl MethodCode {
    /// Its letter.
    pub fn letter(self) -> char {
        self.letter
    }

    /// Its number.
    pub fn number(self) -> u8 {
        self.number
    }

    /// The kind that the letter alone settles: R uses, D and Y dispose.
    pub fn kind_by_letter(self) -> Option<MethodKind> {
        match self.letter {
            'R' => Some(MethodKind::Use),
            'D' | 'Y' => Some(MethodKind::Disposal),
            _ => None,
        }
    }
}

impl FromStr for MethodCode {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let error = || ParseError::new(rules::METHOD, text);
        let plain = compact(text);
        let letter =
            plain.chars().next().filter(|c| matches!(c, 'R' | 'D' | 'C' | 'Y' | 'G')).ok_or_else(error)?;
        let digits = plain.get(1..).filter(|d| d.len() <= 2 && all_digits(d) && !d.starts_with('0'));
        let number = digits.and_then(|d| d.parse().ok()).ok_or_else(error)?;
        Ok(Self { letter, number })
    }
}

impl fmt::Display for MethodCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.letter, self.number)
    }
}

text_serde!(MethodCode);
