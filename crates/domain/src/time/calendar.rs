//! Working days, which somebody entered with their source.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use jiff::civil::Weekday;
use serde::{Deserialize, Serialize};

use super::{Date, rules};
use crate::problem::ParseError;

/// Working days as data: for each covered year the public holidays (days off beyond the weekend) and the
/// weekend days that are worked instead. A year without data is "not covered", never guessed, because the
/// State Council's office announces each year's arrangement late in the year before.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct WorkCalendar {
    years: BTreeMap<i16, CalendarYear>,
}

/// One year of a [`WorkCalendar`].
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct CalendarYear {
    /// Days off that may fall on any weekday.
    pub holidays: BTreeSet<Date>,
    /// Weekend days that are worked (调休).
    pub workdays: BTreeSet<Date>,
    /// Where the data comes from, for people.
    pub source: String,
}

/// The calendar has no data for a year that the question needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotCovered {
    /// The missing year.
    pub year: i16,
}

impl NotCovered {
    /// As an error of the request.
    pub fn into_parse_error(self) -> ParseError {
        ParseError::new(rules::CALENDAR_NOT_COVERED, &self.year.to_string()).with("year", self.year)
    }
}

impl fmt::Display for NotCovered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no working-day data for {}", self.year)
    }
}

impl std::error::Error for NotCovered {}

impl WorkCalendar {
    /// Adds or replaces the data of a year.
    pub fn insert(&mut self, year: i16, data: CalendarYear) {
        self.years.insert(year, data);
    }

    /// Years with data, and their source.
    pub fn covered(&self) -> impl Iterator<Item = (i16, &str)> {
        self.years.iter().map(|(year, data)| (*year, data.source.as_str()))
    }

    /// Whether people work on this day.
    ///
    /// # Errors
    /// [`NotCovered`] when the year has no data.
    pub fn is_working_day(&self, date: Date) -> Result<bool, NotCovered> {
        let year = self.years.get(&date.year()).ok_or(NotCovered { year: date.year() })?;
        if year.workdays.contains(&date) {
            return Ok(true);
        }
        let weekend = matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday);
        Ok(!weekend && !year.holidays.contains(&date))
    }

    /// The n-th working day after `start`. The day of the event itself does not count, as in Chinese
    /// procedural law: with `n = 1` on a Friday this is normally the next Monday.
    ///
    /// # Errors
    /// [`NotCovered`] when a year on the way has no data.
    pub fn add_working_days(&self, start: Date, n: u32) -> Result<Date, NotCovered> {
        let mut date = start;
        let mut left = n;
        while left > 0 {
            date = date.tomorrow().map_err(|_| NotCovered { year: date.year() })?;
            if self.is_working_day(date)? {
                left -= 1;
            }
        }
        Ok(date)
    }

    /// Working days in `(from, until]`; zero when `until` is not after `from`.
    ///
    /// # Errors
    /// [`NotCovered`] when a year on the way has no data.
    pub fn working_days_between(&self, from: Date, until: Date) -> Result<u32, NotCovered> {
        let mut date = from;
        let mut count = 0;
        while date < until {
            date = date.tomorrow().map_err(|_| NotCovered { year: date.year() })?;
            if self.is_working_day(date)? {
                count += 1;
            }
        }
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn working_days_follow_the_data() {
        // 2026 年国庆:10-01 至 10-07 放假,10-10 (周六) 上班 — test data in the shape of a notice.
        let mut calendar = WorkCalendar::default();
        let holidays = (1..=7).map(|d| date(2026, 10, d)).collect();
        calendar.insert(
            2026,
            CalendarYear { holidays, workdays: [date(2026, 10, 10)].into(), source: "test".into() },
        );
        // Wednesday 30 Sep + 2: Thu 8 Oct, Fri 9 Oct; + 3: the worked Saturday.
        assert_eq!(calendar.add_working_days(date(2026, 9, 30), 2), Ok(date(2026, 10, 9)));
        assert_eq!(calendar.add_working_days(date(2026, 9, 30), 3), Ok(date(2026, 10, 10)));
        assert_eq!(calendar.add_working_days(date(2026, 9, 30), 4), Ok(date(2026, 10, 12)));
        assert_eq!(calendar.working_days_between(date(2026, 9, 30), date(2026, 10, 12)), Ok(4));
        assert_eq!(calendar.add_working_days(date(2026, 12, 31), 1), Err(NotCovered { year: 2027 }));
        assert_eq!(calendar.is_working_day(date(2025, 6, 2)), Err(NotCovered { year: 2025 }));
    }
}
