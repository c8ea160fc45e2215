//! The period of the screen: one year or one month.

use domain::time::{Date, Month, Period};

use super::rules;
use crate::kit::Problem;
use crate::transfer::flow::Days;

/// A year or a month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Span {
    from: Month,
    until: Month,
}

impl Span {
    /// Reads `month` or `year`; without both, the year of `today`.
    ///
    /// # Errors
    /// `CITY-001` for both at once, or for one that is none.
    pub(super) fn read(month: Option<&str>, year: Option<&str>, today: Date) -> Result<Self, Problem> {
        let given = |text: Option<&str>| text.map(str::trim).filter(|t| !t.is_empty()).map(str::to_owned);
        let wrong = |path: &str, value: &str| {
            Problem::field(path, rules::PERIOD, [("value", value.chars().take(20).collect())])
        };
        match (given(month), given(year)) {
            (Some(month), Some(_)) => Err(wrong("/month", &month)),
            (Some(text), None) => {
                let month: Month = text.parse().map_err(|_| wrong("/month", &text))?;
                Ok(Self { from: month, until: month })
            }
            (None, Some(text)) => {
                let year: i16 = text.parse().map_err(|_| wrong("/year", &text))?;
                Self::of_year(year).ok_or_else(|| wrong("/year", &text))
            }
            (None, None) => Self::of_year(today.year()).ok_or_else(Problem::internal),
        }
    }

    fn of_year(year: i16) -> Option<Self> {
        Some(Self { from: Month::new(year, 1)?, until: Month::new(year, 12)? })
    }

    /// `2026` or `2026-03`.
    pub(super) fn key(self) -> String {
        if self.from == self.until { self.from.to_string() } else { self.from.year().to_string() }
    }

    /// First and last month.
    pub(super) fn months(self) -> Period {
        Period { from: self.from, until: self.until }
    }

    /// First and last day.
    pub(super) fn days(self) -> Days {
        Days { from: self.from.first_day(), to: self.until.last_day() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_is_a_year_or_a_month() {
        let today = Date::constant(2026, 3, 2);
        let read =
            |month, year| Span::read(month, year, today).map(Span::key).map_err(|p| p.errors[0].path.clone());
        assert_eq!(read(None, None), Ok("2026".to_owned()));
        assert_eq!(read(Some("2025-11"), None), Ok("2025-11".to_owned()));
        assert_eq!(read(None, Some("2024")), Ok("2024".to_owned()));
        assert_eq!(read(Some("2025-13"), None), Err("/month".to_owned()));
        assert_eq!(read(None, Some("soon")), Err("/year".to_owned()));
        assert_eq!(read(Some("2025-01"), Some("2025")), Err("/month".to_owned()));
        let days = Span::read(Some("2024-02"), None, today).map(Span::days).expect("a month");
        assert_eq!(
            (days.from.to_string(), days.to.to_string()),
            ("2024-02-01".to_owned(), "2024-02-29".to_owned())
        );
    }
}
