//! Unified social credit codes with their check character.

use std::fmt;
use std::str::FromStr;

use super::{canonical, rules, text_serde};
use crate::problem::ParseError;

const ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
const WEIGHTS: [u32; 17] = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];

/// Unified social credit code (统一社会信用代码), GB 32100-2015: registering department 1, kind of
/// organisation 1, division 6, organisation code 9, check character 1.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CreditCode([u8; 18]);

impl CreditCode {
    /// Number of characters.
    pub const LENGTH: usize = 18;

    /// The canonical text.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// The six-digit division of registration.
    pub fn division(&self) -> &str {
        self.as_str().get(2..8).unwrap_or_default()
    }

    /// The check character for the first 17 characters; `None` when one is outside the alphabet.
    pub fn check_character(body: &str) -> Option<char> {
        if body.len() != 17 {
            return None;
        }
        let sum = body
            .bytes()
            .zip(WEIGHTS)
            .map(|(byte, weight)| value_of(byte).map(|v| v * weight))
            .sum::<Option<u32>>()?;
        let index = usize::try_from((31 - sum % 31) % 31).ok()?;
        ALPHABET.get(index).map(|b| char::from(*b))
    }
}

fn value_of(byte: u8) -> Option<u32> {
    ALPHABET.iter().position(|b| *b == byte).and_then(|p| u32::try_from(p).ok())
}

impl FromStr for CreditCode {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let code = canonical(text);
        if code.chars().count() != Self::LENGTH {
            return Err(ParseError::new(rules::CREDIT_LENGTH, text).with("length", code.chars().count()));
        }
        for (position, c) in code.chars().enumerate() {
            let allowed = u8::try_from(c).is_ok_and(|b| ALPHABET.contains(&b));
            // Segment three is a division code: digits only.
            if !allowed || ((2..8).contains(&position) && !c.is_ascii_digit()) {
                return Err(ParseError::new(rules::CREDIT_CHARACTER, text)
                    .with("character", c)
                    .with("position", position + 1));
            }
        }
        let bytes: [u8; 18] =
            code.as_bytes().try_into().map_err(|_| ParseError::new(rules::CREDIT_LENGTH, text))?;
        let expected = code.get(..17).and_then(Self::check_character);
        if expected != Some(char::from(bytes[17])) {
            return Err(ParseError::new(rules::CREDIT_CHECK, text));
        }
        Ok(Self(bytes))
    }
}

impl fmt::Display for CreditCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for CreditCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CreditCode({self})")
    }
}

text_serde!(CreditCode);
