//! Civil dates from UTC microseconds and strings. Only what PDF and XLSX need for their own metadata; time
//! zones and calendars belong to `domain::time`, and this module must never guess either.

/// A moment as calendar fields in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Civil {
    pub(crate) year: u16,
    pub(crate) month: u8,
    pub(crate) day: u8,
    pub(crate) hour: u8,
    pub(crate) minute: u8,
    pub(crate) second: u8,
}

const DAY: i64 = 86_400_000_000;
/// 1970-01-01 and 9999-12-31T23:59:59Z in microseconds: what both file formats can hold.
const MIN: i64 = 0;
const MAX: i64 = 253_402_300_799_000_000;

/// Calendar fields of `micros` (UTC microseconds since 1970), clamped to the years 1970–9999.
pub(crate) fn utc(micros: i64) -> Civil {
    let micros = micros.clamp(MIN, MAX);
    let (year, month, day) = date_of_day(micros / DAY);
    let second = micros % DAY / 1_000_000;
    let small = |n: i64| u8::try_from(n).unwrap_or(0);
    Civil {
        year: u16::try_from(year).unwrap_or(1970),
        month,
        day,
        hour: small(second / 3600),
        minute: small(second / 60 % 60),
        second: small(second % 60),
    }
}

/// Year, month and day of a day counted from 1970-01-01 (years 0–9999).
pub(crate) fn date_of_day(days: i64) -> (i64, u8, u8) {
    // After Howard Hinnant's algorithm: years begin in March, so that the leap day is last.
    let days = days.clamp(-719_468, 2_932_896) + 719_468;
    let era = days / 146_097;
    let day_of_era = days % 146_097;
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, u8::try_from(month).unwrap_or(1), u8::try_from(day).unwrap_or(1))
}

/// `YYYY-MM-DD` as numbers, if it is a date that exists.
pub(crate) fn parse_date(text: &str) -> Option<(u16, u8, u8)> {
    let mut parts = text.split('-');
    let mut number = |width: usize| -> Option<u16> {
        parts.next().filter(|p| p.len() == width && p.bytes().all(|b| b.is_ascii_digit()))?.parse().ok()
    };
    let (year, month, day) = (number(4)?, number(2)?, number(2)?);
    if parts.next().is_some() {
        return None;
    }
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => return None,
    };
    if day == 0 || day > days {
        return None;
    }
    Some((year, u8::try_from(month).ok()?, u8::try_from(day).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utc_fields() {
        let c = utc(1_795_499_254_123_456); // 2026-11-24T05:47:34Z
        assert_eq!((c.year, c.month, c.day, c.hour, c.minute, c.second), (2026, 11, 24, 5, 47, 34));
        let c = utc(951_782_400_000_000); // 2000-02-29
        assert_eq!((c.year, c.month, c.day), (2000, 2, 29));
        assert_eq!(utc(i64::MIN).year, 1970);
        assert_eq!(utc(i64::MAX).year, 9999);
    }

    #[test]
    fn dates_that_exist() {
        assert_eq!(parse_date("2024-02-29"), Some((2024, 2, 29)));
        for bad in ["2023-02-29", "2024-13-01", "2024-1-1", "2024-01-00", "", "2024-01-01-01", "+024-01-01"] {
            assert_eq!(parse_date(bad), None, "{bad}");
        }
    }
}
