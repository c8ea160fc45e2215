//! Turns the fields of a request into a canonical row, or says everything that is wrong with them. Pure but
//! for the embedded tables: it asks no database, so references and uniqueness are checked by the service.

use std::str::FromStr;

use domain::codes::{CreditCode, FacilityCode, PlateColour, PlateNumber, WasteCode};
use domain::problem::{ParseError, Violation};
use domain::time::parse_date;
use serde_json::{Map, Value};

use super::catalogue::catalogue;
use super::entity::{CodeKind, Entity, Field, Kind};
use super::profile::Profile;
use super::rules;

/// A row by field keys.
pub type RowMap = Map<String, Value>;

/// Largest mass that a register takes: a hundred million tonnes.
const MAX_MASS_G: i64 = 100_000_000_000_000;
/// Most items of a list.
const MAX_ITEMS: usize = 500;

/// Checks the fields one by one and among each other. Fields that are missing become null.
pub fn row(entity: &Entity, input: &RowMap, profile: &Profile) -> (RowMap, Vec<Violation>) {
    let mut found = Vec::new();
    let out = fields(entity.fields, input, "", profile, &mut found);
    if found.is_empty() {
        super::cross::check(entity, &out, profile, &mut found);
    }
    (out, found)
}

fn fields(
    list: &[Field],
    input: &RowMap,
    path: &str,
    profile: &Profile,
    found: &mut Vec<Violation>,
) -> RowMap {
    for key in input.keys() {
        if !list.iter().any(|f| f.key == key) {
            let known = list.iter().filter(|f| !f.internal).map(|f| f.key).collect::<Vec<_>>().join(", ");
            let shown: String = key.chars().take(60).collect();
            found.push(
                Violation::error(rules::UNKNOWN_FIELD, format!("{path}/{}", pointer(&shown)))
                    .with("value", shown)
                    .with("allowed", known),
            );
        }
    }
    let mut out = RowMap::new();
    for field in list {
        let at = format!("{path}/{}", field.key);
        let given = input.get(field.key).unwrap_or(&Value::Null);
        let mut value = Value::Null;
        if !is_empty(given) {
            match one(field, given, &at, profile, found) {
                Some(v) => value = v,
                None => continue,
            }
        }
        if value.is_null() && matches!(field.kind, Kind::WasteCodes(_) | Kind::Methods) && !field.required {
            value = Value::Array(Vec::new());
        }
        if field.required && is_empty(&value) {
            found.push(Violation::error(rules::REQUIRED, at).with("field", field.key));
            continue;
        }
        out.insert(field.key.to_owned(), value);
    }
    out
}

fn pointer(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(s) => s.trim().is_empty(),
        Value::Array(a) => a.is_empty(),
        _ => false,
    }
}

fn one(
    field: &Field,
    given: &Value,
    at: &str,
    profile: &Profile,
    found: &mut Vec<Violation>,
) -> Option<Value> {
    let wrong = |expected: &'static str| {
        Violation::error(rules::TYPE, at).with("field", field.key).with("expected", expected)
    };
    let mut fail = |v: Violation| -> Option<Value> {
        found.push(v);
        None
    };
    match field.kind {
        Kind::Text(max) => match text(given, at, max) {
            Ok(t) if field.key.ends_with("phone") && !is_phone(&t) => {
                fail(Violation::error(rules::PHONE, at).with("value", t))
            }
            Ok(t) => Some(t.into()),
            Err(v) => fail(v),
        },
        Kind::Code(kind) => match text(given, at, 200).map(|t| code(kind, &t, at, profile)) {
            Ok(Ok(t)) => Some(t.into()),
            Ok(Err(v)) | Err(v) => fail(v),
        },
        Kind::Date => match text(given, at, 40).map(|t| parse_date(&t).map_err(|e| e.at(at))) {
            Ok(Ok(date)) => Some(date.to_string().into()),
            Ok(Err(v)) | Err(v) => fail(v),
        },
        Kind::Bool => match given.as_bool() {
            Some(b) => Some(b.into()),
            None => fail(wrong("true, false")),
        },
        Kind::Integer(min, max) | Kind::Degrees(min, max) => bounded(given, min, max, at, field, found),
        Kind::Mass => bounded(given, 0, MAX_MASS_G, at, field, found),
        Kind::Choice(list) => match text(given, at, 60).map(|t| choice(list, &t, at)) {
            Ok(Ok(t)) => Some(t.into()),
            Ok(Err(v)) | Err(v) => fail(v),
        },
        Kind::Ref(_) => match text(given, at, 64) {
            Ok(t) => Some(t.into()),
            Err(v) => fail(v),
        },
        Kind::Choices(list) => items(field, given, at, found, |v, at| choice(list, &text(v, at, 60)?, at)),
        Kind::WasteCodes(categories) => {
            items(field, given, at, found, |v, at| waste(&text(v, at, 40)?, categories, at))
        }
        Kind::Methods => items(field, given, at, found, |v, at| {
            let t = text(v, at, 20)?.to_ascii_uppercase();
            match catalogue().method(&t) {
                Some(m) => Ok(m.code.clone()),
                None => Err(Violation::error(rules::METHOD_UNKNOWN, at).with("value", t)),
            }
        }),
        Kind::Shape => match super::shape::canonical(given) {
            Ok(shape) => Some(shape),
            Err(reason) => fail(Violation::error(rules::SHAPE, at).with("reason", reason)),
        },
        Kind::Lines(inner) => {
            let Value::Array(lines) = given else { return fail(wrong("list")) };
            if lines.len() > MAX_ITEMS {
                return fail(Violation::error(rules::TOO_MANY, at).with("max", MAX_ITEMS));
            }
            let before = found.len();
            let mut out = Vec::with_capacity(lines.len());
            for (index, line) in lines.iter().enumerate() {
                let at = format!("{at}/{index}");
                match line {
                    Value::Object(map) => {
                        out.push(Value::Object(fields(inner, map, &at, profile, found)));
                    }
                    _ => found.push(
                        Violation::error(rules::TYPE, at).with("field", field.key).with("expected", "object"),
                    ),
                }
            }
            (found.len() == before).then_some(Value::Array(out))
        }
    }
}

/// A text without control characters, trimmed, at most `max` characters.
fn text(given: &Value, at: &str, max: usize) -> Result<String, Violation> {
    let Value::String(raw) = given else {
        return Err(Violation::error(rules::TYPE, at)
            .with("field", at.rsplit('/').next().unwrap_or_default())
            .with("expected", "text"));
    };
    let trimmed = raw.trim();
    if trimmed.chars().count() > max {
        return Err(Violation::error(rules::TOO_LONG, at)
            .with("max", max)
            .with("length", trimmed.chars().count()));
    }
    if trimmed.chars().any(|c| c.is_control() && c != '\n') {
        return Err(Violation::error(rules::CONTROL, at));
    }
    Ok(trimmed.to_owned())
}

fn is_phone(text: &str) -> bool {
    text.chars().any(|c| c.is_ascii_digit())
        && text.chars().all(|c| c.is_ascii_digit() || matches!(c, '+' | '-' | ' ' | '(' | ')' | '转'))
}

fn bounded(
    given: &Value,
    min: i64,
    max: i64,
    at: &str,
    field: &Field,
    found: &mut Vec<Violation>,
) -> Option<Value> {
    match given.as_i64() {
        Some(n) if (min..=max).contains(&n) => Some(n.into()),
        Some(n) => {
            let v = Violation::error(rules::RANGE, at).with("value", n).with("min", min).with("max", max);
            found.push(v);
            None
        }
        None if given.as_u64().is_some() => {
            found.push(
                Violation::error(rules::RANGE, at).with("value", given).with("min", min).with("max", max),
            );
            None
        }
        None => {
            let v = Violation::error(rules::TYPE, at).with("field", field.key).with("expected", "integer");
            found.push(v);
            None
        }
    }
}

fn choice(list: &'static str, word: &str, at: &str) -> Result<String, Violation> {
    if list == "plate_colours" {
        // The domain also reads the colour's number.
        return PlateColour::from_str(word).map(|c| c.as_str().to_owned()).map_err(|e| e.at(at));
    }
    match catalogue().choice(list, word) {
        Some(c) => Ok(c.code.clone()),
        None => {
            let known = catalogue().list(list).iter().map(|c| c.code.as_str()).collect::<Vec<_>>().join(", ");
            Err(Violation::error(rules::CHOICE, at).with("value", word).with("allowed", known))
        }
    }
}

fn items(
    field: &Field,
    given: &Value,
    at: &str,
    found: &mut Vec<Violation>,
    read: impl Fn(&Value, &str) -> Result<String, Violation>,
) -> Option<Value> {
    let Value::Array(list) = given else {
        found.push(Violation::error(rules::TYPE, at).with("field", field.key).with("expected", "list"));
        return None;
    };
    if list.len() > MAX_ITEMS {
        found.push(Violation::error(rules::TOO_MANY, at).with("max", MAX_ITEMS));
        return None;
    }
    let before = found.len();
    let mut out: Vec<Value> = Vec::with_capacity(list.len());
    for (index, item) in list.iter().enumerate() {
        let at = format!("{at}/{index}");
        match read(item, &at) {
            Ok(word) if out.iter().any(|o| o.as_str() == Some(&word)) => {
                found.push(Violation::error(rules::REPEATED, at).with("value", word));
            }
            Ok(word) => out.push(word.into()),
            Err(v) => found.push(v),
        }
    }
    (found.len() == before).then_some(Value::Array(out))
}

fn waste(word: &str, categories: bool, at: &str) -> Result<String, Violation> {
    let upper = word.trim().to_ascii_uppercase();
    if categories && upper.len() == 4 && upper.starts_with("HW") {
        return if catalogue().has_category(&upper) {
            Ok(upper)
        } else {
            Err(Violation::error(rules::WASTE_UNKNOWN, at).with("value", upper))
        };
    }
    let parsed = WasteCode::from_str(word).map_err(|e| e.at(at))?;
    let written = parsed.to_string();
    // A waste that was identified (900-000-nn) stands in no catalogue.
    if parsed.is_by_identification() || catalogue().waste(&written).is_some() {
        Ok(written)
    } else {
        Err(Violation::error(rules::WASTE_UNKNOWN, at).with("value", written))
    }
}

fn code(kind: CodeKind, word: &str, at: &str, profile: &Profile) -> Result<String, Violation> {
    let canonical = |r: Result<String, ParseError>| r.map_err(|e| e.at(at));
    match kind {
        CodeKind::Credit => canonical(CreditCode::from_str(word).map(|c| c.to_string())),
        CodeKind::Facility => canonical(FacilityCode::from_str(word).map(|c| c.to_string())),
        CodeKind::Plate => canonical(PlateNumber::from_str(word).map(|c| c.to_string())),
        CodeKind::Waste => waste(word, false, at),
        CodeKind::Industry => {
            if word.len() == 4 && word.bytes().all(|b| b.is_ascii_digit()) {
                Ok(word.to_owned())
            } else {
                Err(Violation::error(rules::INDUSTRY, at).with("value", word))
            }
        }
        CodeKind::Terminal => {
            // Zeros in front only fill the field, whose width depends on the edition.
            let number = word.trim_start_matches('0');
            if (1..=20).contains(&word.len())
                && word.bytes().all(|b| b.is_ascii_digit())
                && !number.is_empty()
            {
                Ok(number.to_owned())
            } else {
                Err(Violation::error(rules::TERMINAL, at).with("value", word))
            }
        }
        CodeKind::Gb28181 => {
            if word.len() == 20 && word.bytes().all(|b| b.is_ascii_digit()) {
                Ok(word.to_owned())
            } else {
                Err(Violation::error(rules::GB28181, at).with("value", word))
            }
        }
        CodeKind::Division => {
            // A city whose profile lists no divisions accepts any that lies inside it.
            let inside = if profile.towns.is_empty() {
                word.starts_with(&profile.county_code) && matches!(word.len(), 6 | 9 | 12)
            } else {
                profile.has_division(word)
            };
            if inside {
                Ok(word.to_owned())
            } else {
                Err(Violation::error(rules::DIVISION_UNKNOWN, at)
                    .with("value", word.chars().take(20).collect::<String>())
                    .with("city", &profile.county_code))
            }
        }
    }
}
