//! Plate numbers and colours of road vehicles.

use std::fmt;
use std::str::FromStr;

use super::{compact, rules, text_serde};
use crate::problem::ParseError;

const PROVINCES: &str = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼";

/// Plate colour with the code of JT/T 808 and its companions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PlateColour {
    /// 1, small vehicles.
    Blue,
    /// 2, large vehicles and trailers: what a dangerous-goods lorry normally carries.
    Yellow,
    /// 3.
    Black,
    /// 4.
    White,
    /// 5, small new-energy vehicles.
    Green,
    /// 94, large new-energy vehicles (渐变黄绿); the code is from practice, not from a text at hand.
    YellowGreen,
    /// 9.
    Other,
}

impl PlateColour {
    /// All colours.
    pub const ALL: [Self; 7] =
        [Self::Blue, Self::Yellow, Self::Black, Self::White, Self::Green, Self::YellowGreen, Self::Other];

    /// Its code number.
    pub fn code(self) -> u8 {
        match self {
            Self::Blue => 1,
            Self::Yellow => 2,
            Self::Black => 3,
            Self::White => 4,
            Self::Green => 5,
            Self::Other => 9,
            Self::YellowGreen => 94,
        }
    }

    /// Its name in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Blue => "blue",
            Self::Yellow => "yellow",
            Self::Black => "black",
            Self::White => "white",
            Self::Green => "green",
            Self::YellowGreen => "yellow_green",
            Self::Other => "other",
        }
    }
}

impl fmt::Display for PlateColour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for PlateColour {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let wanted = text.trim();
        Self::ALL
            .into_iter()
            .find(|c| c.as_str() == wanted || c.code().to_string() == wanted)
            .ok_or_else(|| ParseError::new(rules::PLATE_COLOUR, text))
    }
}

text_serde!(PlateColour);

/// Chinese road-vehicle plate number: province, letter, and five places (six for new-energy vehicles),
/// without the letters I and O; trailers end in 挂.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PlateNumber(String);

impl PlateNumber {
    /// The canonical text without separators.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it belongs to a trailer.
    pub fn is_trailer(&self) -> bool {
        self.0.ends_with('挂')
    }

    /// Whether it is an eight-place new-energy number.
    pub fn is_new_energy(&self) -> bool {
        self.0.chars().count() == 8
    }

    /// Checks that number and colour go together: new-energy numbers are green or yellow-green, trailers
    /// yellow (or of another colour), and the other numbers never green.
    ///
    /// # Errors
    /// [`rules::PLATE_COLOUR`].
    pub fn check_colour(&self, colour: PlateColour) -> Result<(), ParseError> {
        let green = matches!(colour, PlateColour::Green | PlateColour::YellowGreen);
        let fits = if self.is_trailer() {
            matches!(colour, PlateColour::Yellow | PlateColour::Other)
        } else {
            self.is_new_energy() == green || colour == PlateColour::Other
        };
        if fits {
            Ok(())
        } else {
            Err(ParseError::new(rules::PLATE_COLOUR, colour.as_str()).with("plate", self))
        }
    }
}

impl FromStr for PlateNumber {
    type Err = ParseError;

    /// Reads `苏B12345`, `苏B·12345`, `苏b 12345`.
    fn from_str(text: &str) -> Result<Self, ParseError> {
        let plate: String = compact(text).chars().filter(|c| !matches!(c, '·' | '•' | '.' | '・')).collect();
        let chars: Vec<char> = plate.chars().collect();
        let place = |c: &char| c.is_ascii_digit() || (c.is_ascii_uppercase() && !matches!(c, 'I' | 'O'));
        let energy = |c: &char| ('A'..='K').contains(c) && *c != 'I';
        let digit = |c: &char| c.is_ascii_digit();
        let head = matches!(chars.as_slice(), [p, l, ..] if PROVINCES.contains(*p) && l.is_ascii_uppercase() && !matches!(l, 'I'));
        let tail = chars.get(2..).unwrap_or_default();
        let fits = match tail {
            [body @ .., last] if body.len() == 4 && body.iter().all(place) => {
                place(last) || matches!(last, '挂' | '学' | '警' | '港' | '澳' | '领' | '使')
            }
            [first, second, rest @ ..] if tail.len() == 6 && energy(first) => {
                place(second) && rest.iter().all(digit)
            }
            [body @ .., last] if body.len() == 5 => body.iter().all(digit) && energy(last),
            _ => false,
        };
        if head && fits { Ok(Self(plate)) } else { Err(ParseError::new(rules::PLATE, text)) }
    }
}

impl fmt::Display for PlateNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

text_serde!(PlateNumber);
