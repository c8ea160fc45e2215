//! The time that a figure is about: a calendar year or a month.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::rules;
use crate::problem::ParseError;
use crate::time::{MAX_YEAR, MIN_YEAR, Month, Zone};

/// A year or a month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Span {
    /// A calendar year.
    Year(i16),
    /// A month.
    Month(Month),
}

impl Span {
    /// Reads `2025` or `2025-03`.
    ///
    /// # Errors
    /// [`rules::SPAN`] when it is neither.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        let text = text.trim();
        let year = || {
            (text.len() == 4 && text.bytes().all(|b| b.is_ascii_digit()))
                .then(|| text.parse::<i16>().ok())
                .flatten()
                .filter(|y| (MIN_YEAR..=MAX_YEAR).contains(y))
                .map(Span::Year)
        };
        year()
            .or_else(|| text.parse::<Month>().ok().map(Span::Month))
            .ok_or_else(|| ParseError::new(rules::SPAN, text))
    }

    /// First and last month.
    pub fn months(self) -> (Month, Month) {
        match self {
            Span::Month(month) => (month, month),
            Span::Year(year) => {
                let of = |m| Month::new(year, m).unwrap_or_else(|| Month::of(crate::time::Date::default()));
                (of(1), of(12))
            }
        }
    }

    /// The calendar year that it lies in.
    pub fn year(self) -> i16 {
        self.months().0.year()
    }

    /// The same time `years` before.
    #[must_use]
    pub fn before(self, years: i16) -> Self {
        match self {
            Span::Year(year) => Span::Year(year.saturating_sub(years).max(MIN_YEAR)),
            Span::Month(month) => {
                Span::Month(Month::new(month.year().saturating_sub(years), month.month()).unwrap_or(month))
            }
        }
    }

    /// The instant at which it begins, in the city's zone.
    pub fn begins(self, zone: &Zone) -> i64 {
        zone.start_of(self.months().0.first_day())
    }

    /// The instant at which it has ended.
    pub fn ends(self, zone: &Zone) -> i64 {
        zone.start_of(self.months().1.next().first_day())
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Span::Year(year) => write!(f, "{year:04}"),
            Span::Month(month) => write!(f, "{month}"),
        }
    }
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Span::parse(&String::deserialize(from)?).map_err(serde::de::Error::custom)
    }
}
