//! Which file a fix belongs to. The rule must never change, because the check for duplicates relies on a fix
//! going to the same file again when the log is replayed.
//!
//! A fix is filed under the UTC day **of its position**, so that a question about a day reads that day's file
//! and a position that was sent again days later stands where it happened. A device's clock cannot be trusted
//! with the names of files, though: a fix whose own time is more than [`LATE_DAYS`] before or more than one day
//! after its arrival goes to the *strays* of the day on which it arrived. It keeps its own time and is found by
//! it, since every reading looks at the strays too; they are few and their index is small.

use std::fmt;

use super::Fix;

/// How late a position may arrive and still be filed under its own day.
pub const LATE_DAYS: i64 = 31;

const DAY: i64 = 86_400_000_000;

/// A civil day in UTC, as days since 1970-01-01.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(pub i32);

impl Day {
    /// The day of a time in UTC microseconds.
    pub fn of(at: i64) -> Self {
        Self(at.div_euclid(DAY) as i32)
    }

    /// Its first microsecond; the earliest or latest time there is for days beyond the range of times.
    pub fn start(self) -> i64 {
        i64::from(self.0).saturating_mul(DAY)
    }
}

/// As `20261124`; years below 1000 and above 9999 have as many digits as they need.
impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Days since 0000-03-01 in eras of 400 years, as in Howard Hinnant's `civil_from_days`.
        let z = i64::from(self.0) + 719_468;
        let (era, doe) = (z.div_euclid(146_097), z.rem_euclid(146_097));
        let yoe = (doe - doe / 1_460 + doe / 36_524 - doe / 146_096) / 365;
        let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
        let mp = (5 * doy + 2) / 153;
        let day = doy - (153 * mp + 2) / 5 + 1;
        let month = if mp < 10 { mp + 3 } else { mp - 9 };
        let year = yoe + era * 400 + i64::from(month <= 2);
        write!(f, "{year:04}{month:02}{day:02}")
    }
}

/// A file of blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Key {
    /// Positions of that day.
    Fixes(Day),
    /// Positions that arrived on that day with times that cannot be right.
    Strays(Day),
}

impl Key {
    pub(super) fn of(fix: &Fix) -> Self {
        let late = i128::from(fix.received_at) - i128::from(fix.at);
        if (-i128::from(DAY)..=i128::from(LATE_DAYS * DAY)).contains(&late) {
            Self::Fixes(Day::of(fix.at))
        } else {
            Self::Strays(Day::of(fix.received_at))
        }
    }

    pub(super) fn day(self) -> Day {
        match self {
            Self::Fixes(day) | Self::Strays(day) => day,
        }
    }

    /// The file's name. It carries the day twice, for people and, as plain days, for machines.
    pub(super) fn name(self) -> String {
        match self {
            Self::Fixes(day) => format!("fixes-{day}.{}.blk", day.0),
            Self::Strays(day) => format!("strays-{day}.{}.blk", day.0),
        }
    }

    /// The key of a file's name; names of other files are none of ours.
    pub(super) fn of_name(name: &str) -> Option<Self> {
        let day = Day(name.strip_suffix(".blk")?.rsplit('.').next()?.parse().ok()?);
        [Self::Fixes(day), Self::Strays(day)].into_iter().find(|k| k.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_have_names() {
        for (at, name) in [
            (0, "19700101"),
            (-1, "19691231"),
            (951_782_400_000_000, "20000229"),
            (1_795_478_400_000_000, "20261124"),
            (253_402_300_799_999_999, "99991231"),
        ] {
            assert_eq!(Day::of(at).to_string(), name);
        }
        for at in [i64::MIN, -1, 0, 1_795_478_400_000_000, i64::MAX] {
            for key in [Key::Fixes(Day::of(at)), Key::Strays(Day::of(at))] {
                assert_eq!(Key::of_name(&key.name()), Some(key));
            }
        }
        assert_eq!(Key::of_name("fixes-20261124.0.blk"), None);
        assert_eq!(Key::of_name("lock"), None);
    }

    #[test]
    fn a_clock_that_cannot_be_right_makes_a_stray() {
        let now = 1_795_500_000_000_000;
        let fix = |at| Fix { at, received_at: now, ..Fix::default() };
        assert_eq!(Key::of(&fix(now - 20 * DAY)), Key::Fixes(Day::of(now - 20 * DAY)));
        assert_eq!(Key::of(&fix(now + DAY / 2)), Key::Fixes(Day::of(now + DAY / 2)));
        for at in [0, i64::MIN, i64::MAX, now + 2 * DAY, now - 32 * DAY] {
            assert_eq!(Key::of(&fix(at)), Key::Strays(Day::of(now)));
        }
    }
}
