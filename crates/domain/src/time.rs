//! Times of the product: instants are UTC microseconds, dates and months are civil in the city's zone, and
//! working days come from a calendar that somebody entered with its source. The zone data is compiled in, so
//! a machine without tzdata gives the same answers. Nothing here may know the present: "now" is a parameter.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::problem::ParseError;

mod calendar;

pub use calendar::{CalendarYear, NotCovered, WorkCalendar};
pub use jiff::civil::Date;

/// Rule ids of this module.
pub mod rules {
    crate::rule_ids! {
        /// Not a civil date `YYYY-MM-DD`.
        DATE = "REQ-301";
        /// Not a month `YYYY-MM`.
        MONTH = "REQ-302";
        /// Not an RFC 3339 time.
        INSTANT = "REQ-303";
        /// The end of a period lies before its start, or the period is too long.
        PERIOD = "REQ-304";
        /// Unknown time zone name.
        ZONE = "REQ-305";
        /// The working-day calendar has no data for this year.
        CALENDAR_NOT_COVERED = "REQ-306";
    }
}

/// Microseconds in a day of 24 hours.
pub const DAY_US: i64 = 86_400_000_000;
/// Microseconds in a minute.
pub const MINUTE_US: i64 = 60_000_000;
/// Earliest year that any date may have.
pub const MIN_YEAR: i16 = 1950;
/// Latest year that any date may have.
pub const MAX_YEAR: i16 = 2150;

/// The city's time zone.
#[derive(Clone, Debug)]
pub struct Zone(TimeZone);

impl Zone {
    /// The zone of this IANA name (`Asia/Shanghai`), from the compiled-in database.
    ///
    /// # Errors
    /// [`rules::ZONE`] when the name is unknown.
    pub fn named(name: &str) -> Result<Self, ParseError> {
        TimeZoneDatabase::bundled().get(name).map(Self).map_err(|_| ParseError::new(rules::ZONE, name))
    }

    /// Plain UTC.
    pub fn utc() -> Self {
        Self(TimeZone::UTC)
    }

    /// Civil date of an instant (µs since 1970, UTC). Instants outside the calendar clamp to its ends.
    pub fn date_of(&self, micros: i64) -> Date {
        let instant = Timestamp::from_microsecond(micros).unwrap_or(if micros < 0 {
            Timestamp::MIN
        } else {
            Timestamp::MAX
        });
        self.0.to_datetime(instant).date()
    }

    /// Civil month of an instant.
    pub fn month_of(&self, micros: i64) -> Month {
        Month::of(self.date_of(micros))
    }

    /// The instant at which this civil date begins.
    pub fn start_of(&self, date: Date) -> i64 {
        date.to_zoned(self.0.clone()).map_or_else(
            |_| if date.year() < 0 { i64::MIN } else { i64::MAX },
            |zoned| zoned.timestamp().as_microsecond(),
        )
    }

    /// The civil date and wall-clock time `YYYY-MM-DD HH:MM` of an instant, for documents.
    pub fn wall_clock(&self, micros: i64) -> String {
        Timestamp::from_microsecond(micros)
            .map(|instant| self.0.to_datetime(instant).strftime("%Y-%m-%d %H:%M").to_string())
            .unwrap_or_default()
    }

    /// Bounds `[from, until)` of a period of months.
    pub fn bounds(&self, period: Period) -> (i64, i64) {
        (self.start_of(period.from.first_day()), self.start_of(period.until.next().first_day()))
    }
}

/// Reads an RFC 3339 time as UTC microseconds.
///
/// # Errors
/// [`rules::INSTANT`] when it is none.
pub fn parse_instant(text: &str) -> Result<i64, ParseError> {
    Timestamp::from_str(text.trim())
        .map(|t| t.as_microsecond())
        .ok()
        .filter(|us| {
            let year = TimeZone::UTC.to_datetime(Timestamp::from_microsecond(*us).unwrap_or_default()).year();
            (MIN_YEAR..=MAX_YEAR).contains(&year)
        })
        .ok_or_else(|| ParseError::new(rules::INSTANT, text))
}

/// Writes UTC microseconds as RFC 3339 in UTC with at least milliseconds (`2026-11-24T05:47:34.123Z`).
pub fn format_instant(micros: i64) -> String {
    let precision = if micros % 1_000 == 0 { 3 } else { 6 };
    Timestamp::from_microsecond(micros).map(|t| format!("{t:.precision$}")).unwrap_or_default()
}

/// Reads a civil date `YYYY-MM-DD`.
///
/// # Errors
/// [`rules::DATE`] when it is none or outside [`MIN_YEAR`]–[`MAX_YEAR`].
pub fn parse_date(text: &str) -> Result<Date, ParseError> {
    let text = text.trim();
    let shaped = text.len() == 10
        && text.bytes().enumerate().all(|(i, b)| match i {
            4 | 7 => b == b'-',
            _ => b.is_ascii_digit(),
        });
    Date::from_str(text)
        .ok()
        .filter(|d| shaped && (MIN_YEAR..=MAX_YEAR).contains(&d.year()))
        .ok_or_else(|| ParseError::new(rules::DATE, text))
}

/// Reads eight digits `YYYYMMDD`, as official codes embed dates.
pub fn parse_compact_date(text: &str) -> Option<Date> {
    if text.len() != 8 || !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let year: i16 = text.get(0..4)?.parse().ok()?;
    let month: i8 = text.get(4..6)?.parse().ok()?;
    let day: i8 = text.get(6..8)?.parse().ok()?;
    Date::new(year, month, day).ok().filter(|d| (MIN_YEAR..=MAX_YEAR).contains(&d.year()))
}

/// Writes a date as eight digits.
pub fn format_compact_date(date: Date) -> String {
    format!("{:04}{:02}{:02}", date.year(), date.month(), date.day())
}

/// A civil month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month {
    year: i16,
    month: i8,
}

impl Month {
    /// The month of a date.
    pub fn of(date: Date) -> Self {
        Self { year: date.year(), month: date.month() }
    }

    /// A month of a year; `None` when there is none.
    pub fn new(year: i16, month: i8) -> Option<Self> {
        ((MIN_YEAR..=MAX_YEAR).contains(&year) && (1..=12).contains(&month)).then_some(Self { year, month })
    }

    /// The calendar year.
    pub fn year(self) -> i16 {
        self.year
    }

    /// 1–12.
    pub fn month(self) -> i8 {
        self.month
    }

    /// Its first day.
    pub fn first_day(self) -> Date {
        Date::new(self.year, self.month, 1).unwrap_or_default()
    }

    /// Its last day.
    pub fn last_day(self) -> Date {
        self.first_day().last_of_month()
    }

    /// The month after.
    #[must_use]
    pub fn next(self) -> Self {
        if self.month == 12 {
            Self { year: self.year + 1, month: 1 }
        } else {
            Self { year: self.year, month: self.month + 1 }
        }
    }

    /// The month before.
    #[must_use]
    pub fn previous(self) -> Self {
        if self.month == 1 {
            Self { year: self.year - 1, month: 12 }
        } else {
            Self { year: self.year, month: self.month - 1 }
        }
    }

    /// Months since year 0, for differences.
    pub fn index(self) -> i32 {
        i32::from(self.year) * 12 + i32::from(self.month) - 1
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}

impl FromStr for Month {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let error = || ParseError::new(rules::MONTH, text);
        let (year, month) = text.trim().split_once('-').ok_or_else(error)?;
        let digits = |s: &str, n: usize| s.len() == n && s.bytes().all(|b| b.is_ascii_digit());
        if !digits(year, 4) || !digits(month, 2) {
            return Err(error());
        }
        Self::new(year.parse().map_err(|_| error())?, month.parse().map_err(|_| error())?).ok_or_else(error)
    }
}

impl Serialize for Month {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Month {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// A period of whole months, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Period {
    /// First month.
    pub from: Month,
    /// Last month.
    pub until: Month,
}

impl Period {
    /// The longest period that a report may cover: ten years, the statutory life of the records.
    pub const MAX_MONTHS: i32 = 120;

    /// A period, checked.
    ///
    /// # Errors
    /// [`rules::PERIOD`] when it ends before it starts or covers more than [`Self::MAX_MONTHS`].
    pub fn new(from: Month, until: Month) -> Result<Self, ParseError> {
        if until < from || until.index() - from.index() >= Self::MAX_MONTHS {
            return Err(
                ParseError::new(rules::PERIOD, &format!("{from}/{until}")).with("months", Self::MAX_MONTHS)
            );
        }
        Ok(Self { from, until })
    }

    /// Whether the month lies inside.
    pub fn contains(self, month: Month) -> bool {
        self.from <= month && month <= self.until
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    fn shanghai() -> Zone {
        Zone::named("Asia/Shanghai").expect("bundled")
    }

    #[test]
    fn months_turn_at_local_midnight() {
        let before = parse_instant("2026-10-31T15:59:59.999Z").expect("valid");
        let after = parse_instant("2026-10-31T16:00:00Z").expect("valid");
        assert_eq!(shanghai().month_of(before).to_string(), "2026-10");
        assert_eq!(shanghai().month_of(after).to_string(), "2026-11");
        assert_eq!(shanghai().start_of(date(2026, 11, 1)), after);
        assert_eq!(shanghai().wall_clock(after), "2026-11-01 00:00");
        let november = Month::new(2026, 11).expect("valid");
        let (from, until) = shanghai().bounds(Period::new(november, november).expect("valid"));
        assert_eq!((from, until - from), (after, 30 * DAY_US));
    }

    #[test]
    fn instants_read_and_write() {
        assert_eq!(
            format_instant(parse_instant("2026-11-24T13:47:34.123+08:00").expect("ok")),
            "2026-11-24T05:47:34.123Z"
        );
        assert_eq!(format_instant(1), "1970-01-01T00:00:00.000001Z");
        for bad in [
            "",
            "2026-11-24",
            "2026-11-24T05:47",
            "yesterday",
            "0001-01-01T00:00:00Z",
            "2026-02-30T00:00:00Z",
        ] {
            assert_eq!(parse_instant(bad).map_err(|e| e.rule), Err(rules::INSTANT), "{bad}");
        }
    }

    #[test]
    fn dates_and_months_are_strict() {
        for bad in ["2026-2-3", "20260203", "2026-02-30", "1800-01-01", "", "2026-02-03T00:00"] {
            assert_eq!(parse_date(bad).map_err(|e| e.rule), Err(rules::DATE), "{bad}");
        }
        for bad in ["2026-13", "2026-1", "26-01", "2026", "2026-00"] {
            assert_eq!(bad.parse::<Month>().map_err(|e| e.rule), Err(rules::MONTH), "{bad}");
        }
        let (jan, dec) = (Month::new(2026, 1).expect("ok"), Month::new(2026, 12).expect("ok"));
        assert_eq!(dec.next().to_string(), "2027-01");
        assert_eq!(jan.previous().to_string(), "2025-12");
        assert_eq!(Period::new(dec, jan).map_err(|e| e.rule), Err(rules::PERIOD));
    }

    proptest! {
        #[test]
        fn dates_contain_their_instants(us in -600_000_000_000_000_i64..5_000_000_000_000_000) {
            let zone = shanghai();
            let date = zone.date_of(us);
            let start = zone.start_of(date);
            prop_assert!(start <= us && us - start < 25 * DAY_US / 24);
            prop_assert_eq!(parse_instant(&format_instant(us)), Ok(us));
            prop_assert_eq!(parse_compact_date(&format_compact_date(date)), Some(date));
        }

        #[test]
        fn no_text_panics(text in "\\PC*") {
            let _ = (parse_instant(&text), parse_date(&text), text.parse::<Month>(), parse_compact_date(&text));
        }
    }
}
