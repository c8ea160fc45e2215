//! Which number formats of a workbook mean dates, and what date a serial number is. This module must never
//! guess: a serial that Excel itself shows as an impossible day gives `None`.

use quick_xml::Reader;
use quick_xml::events::Event;

use super::TableError;
use super::package::{attribute, next};
use crate::civil;

/// How a number is to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    Number,
    Date,
    DateTime,
    Time,
    /// Elapsed time `[h]:mm`.
    Duration,
}

/// The meaning of each cell style (`s` attribute), from `styles.xml`.
pub(super) fn style_meanings(xml: &str) -> Result<Vec<Meaning>, TableError> {
    let mut custom: Vec<(u32, Meaning)> = Vec::new();
    let mut meanings = Vec::new();
    let mut in_cell_formats = false;
    let mut reader = Reader::from_str(xml);
    reader.config_mut().expand_empty_elements = true;
    loop {
        match next(&mut reader)? {
            Event::Start(e) => match e.local_name().as_ref() {
                "numFmt" => {
                    let id = attribute(&e, "numFmtId")?.and_then(|v| v.parse().ok());
                    let code = attribute(&e, "formatCode")?;
                    if let (Some(id), Some(code)) = (id, code) {
                        custom.push((id, format_meaning(&code)));
                    }
                }
                "cellXfs" => in_cell_formats = true,
                "xf" if in_cell_formats => {
                    let id = attribute(&e, "numFmtId")?.and_then(|v| v.parse().ok()).unwrap_or(0);
                    let found = custom.iter().rev().find(|(i, _)| *i == id).map(|(_, m)| *m);
                    meanings.push(found.unwrap_or_else(|| built_in(id)));
                }
                _ => {}
            },
            Event::End(e) if e.local_name().as_ref() == "cellXfs" => in_cell_formats = false,
            Event::Eof => return Ok(meanings),
            _ => {}
        }
    }
}

/// Built-in formats (ECMA-376 part 1, 18.8.30), the Chinese ones among them.
fn built_in(id: u32) -> Meaning {
    match id {
        14..=17 | 27..=31 | 36 | 50..=54 | 57 | 58 => Meaning::Date,
        18..=21 | 32..=35 | 45 | 47 | 55 | 56 => Meaning::Time,
        22 => Meaning::DateTime,
        46 => Meaning::Duration,
        _ => Meaning::Number,
    }
}

/// The meaning of a custom format code, from its first section.
fn format_meaning(code: &str) -> Meaning {
    let lower = code.to_lowercase();
    let (mut day, mut time, mut month) = (false, false, false);
    let mut chars = lower.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' => {
                for q in chars.by_ref() {
                    if q == '"' {
                        break;
                    }
                }
            }
            '\\' | '_' | '*' => {
                chars.next();
            }
            '[' => {
                let inner: String = chars.by_ref().take_while(|c| *c != ']').collect();
                if !inner.is_empty() && inner.chars().all(|c| "hms".contains(c)) {
                    return Meaning::Duration;
                }
            }
            ';' => break,
            'g' if lower.starts_with("general") || lower.starts_with("g/") => return Meaning::Number,
            'y' | 'd' => day = true,
            'h' | 's' => time = true,
            'm' => month = true,
            _ => {}
        }
    }
    match (day, time, month) {
        (true, true, _) => Meaning::DateTime,
        (true, false, _) | (false, false, true) => Meaning::Date,
        (false, true, _) => Meaning::Time,
        (false, false, false) => Meaning::Number,
    }
}

/// A serial number as text: `YYYY-MM-DD`, `YYYY-MM-DD HH:MM:SS`, `HH:MM:SS` or hours `H:MM:SS`.
pub(super) fn serial_text(serial: f64, meaning: Meaning, epoch_1904: bool) -> Option<String> {
    const DAY: i64 = 86_400;
    if !(0.0..2_958_466.0).contains(&serial) {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, reason = "the range is checked above")]
    let seconds = (serial * 86_400.0).round() as i64;
    let (days, second) = (seconds / DAY, seconds % DAY);
    let clock = format!("{:02}:{:02}:{:02}", second / 3600, second / 60 % 60, second % 60);
    match meaning {
        Meaning::Duration => {
            return Some(format!("{}:{:02}:{:02}", seconds / 3600, second / 60 % 60, second % 60));
        }
        Meaning::Time if days == 0 => return Some(clock),
        Meaning::Number => return None,
        Meaning::Date | Meaning::DateTime | Meaning::Time => {}
    }
    // Excel's 1900 system counts a 29 February 1900 (serial 60) that never was.
    let since_1970 = match (epoch_1904, days) {
        (true, _) => days - 24_107,
        (false, 0 | 60) => return None,
        (false, 1..60) => days - 25_568,
        (false, _) => days - 25_569,
    };
    let (year, month, day) = civil::date_of_day(since_1970);
    let date = format!("{year:04}-{month:02}-{day:02}");
    Some(if meaning == Meaning::Date && second == 0 { date } else { format!("{date} {clock}") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn format_codes() {
        for (code, meaning) in [
            ("General", Meaning::Number),
            ("G/通用格式", Meaning::Number),
            ("0.00", Meaning::Number),
            ("#,##0\"days\"", Meaning::Number),
            ("[Red]0.0", Meaning::Number),
            ("yyyy\"年\"m\"月\"d\"日\"", Meaning::Date),
            ("[$-804]yyyy/m/d;@", Meaning::Date),
            ("yyyy-mm-dd hh:mm", Meaning::DateTime),
            ("h:mm:ss", Meaning::Time),
            ("[h]:mm", Meaning::Duration),
            ("0.00E+00", Meaning::Number),
        ] {
            assert_eq!(format_meaning(code), meaning, "{code}");
        }
    }

    #[test]
    fn serials() {
        let text = |v, m| serial_text(v, m, false);
        assert_eq!(text(45_943.0, Meaning::Date).as_deref(), Some("2025-10-13"));
        assert_eq!(text(45_943.5, Meaning::DateTime).as_deref(), Some("2025-10-13 12:00:00"));
        assert_eq!(text(45_943.25, Meaning::Date).as_deref(), Some("2025-10-13 06:00:00"));
        assert_eq!(text(59.0, Meaning::Date).as_deref(), Some("1900-02-28"));
        assert_eq!(text(61.0, Meaning::Date).as_deref(), Some("1900-03-01"));
        assert_eq!(text(60.0, Meaning::Date), None);
        assert_eq!(text(0.75, Meaning::Time).as_deref(), Some("18:00:00"));
        assert_eq!(text(1.5, Meaning::Duration).as_deref(), Some("36:00:00"));
        assert_eq!(text(-1.0, Meaning::Date), None);
        assert_eq!(text(f64::NAN, Meaning::Date), None);
        assert_eq!(text(3e6, Meaning::Date), None);
        assert_eq!(serial_text(0.0, Meaning::Date, true).as_deref(), Some("1904-01-01"));
    }
}
