//! Numbers of a licence's lines: where they stand in a row, and how the domain's rule is applied when a row is
//! saved. Which number a line gets is decided in [`domain::licence`].

use domain::licence::{LineKey, number_lines};
use domain::problem::Violation;
use serde_json::Value;

use super::check::RowMap;
use super::entity::{Entity, Kind};
use super::rules;

/// Field of a line with its number.
pub const NO: &str = "no";

/// Whether the register's lines have numbers.
pub fn numbered(entity: &Entity) -> bool {
    entity.fields.iter().any(|field| match field.kind {
        Kind::Lines(inner) => inner.iter().any(|part| part.key == NO),
        _ => false,
    })
}

/// Gives stored lines from before lines had numbers the number of their place, by which quotas were booked then.
pub fn fill(lines: &mut Value) {
    for (index, line) in (0_i64..).zip(lines.as_array_mut().into_iter().flatten()) {
        if let Some(line) = line.as_object_mut()
            && line.get(NO).is_none_or(Value::is_null)
        {
            line.insert(NO.to_owned(), index.into());
        }
    }
}

/// Numbers the lines of a row that is about to be saved as `version`, against the row as it is stored.
pub fn number(
    entity: &Entity,
    stored: Option<&RowMap>,
    version: i64,
    row: &mut RowMap,
    found: &mut Vec<Violation>,
) {
    if !numbered(entity) {
        return;
    }
    let before = parts(stored.and_then(|row| row.get("lines")));
    let after = parts(row.get("lines"));
    match number_lines(version, &borrowed(&before), &borrowed(&after)) {
        Ok(numbers) => {
            let lines = row.get_mut("lines").and_then(Value::as_array_mut);
            for (line, no) in lines.into_iter().flatten().zip(numbers) {
                line[NO] = no.into();
            }
        }
        Err(positions) => found.extend(positions.into_iter().map(|at| {
            let no = after.get(at).and_then(|line| line.0).unwrap_or_default();
            Violation::error(rules::LINE_UNKNOWN, format!("/lines/{at}/{NO}")).with("value", no)
        })),
    }
}

/// Number, codes and methods of a line.
type Parts = (Option<i64>, Vec<String>, Vec<String>);

fn parts(lines: Option<&Value>) -> Vec<Parts> {
    let words = |value: &Value| -> Vec<String> {
        value.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
    };
    lines
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .map(|line| (line[NO].as_i64(), words(&line["codes"]), words(&line["methods"])))
        .collect()
}

fn borrowed(parts: &[Parts]) -> Vec<LineKey<'_>> {
    parts.iter().map(|(no, codes, methods)| LineKey { no: *no, codes, methods }).collect()
}
