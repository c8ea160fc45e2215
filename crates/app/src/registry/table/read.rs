//! Reads an uploaded table into drafts of rows: finds the columns, turns cells into values, and groups the
//! table rows that make one row of the register. It asks no database and changes nothing.

use std::str::FromStr;

use documents::table::{Limits, RawSheet, TableError, column_letters, read_csv, read_xlsx};
use domain::codes::PlateNumber;
use domain::problem::Violation;
use domain::{Grams, Severity};
use serde_json::{Map, Value};

use super::{FACILITY_CODE, Source, TableColumn, columns};
use crate::kit::{Code, FieldProblem, Problem};
use crate::registry::check::RowMap;
use crate::registry::entity::{CodeKind, Entity, Field, Kind};
use crate::registry::rules;

/// Most rows of an import: they are written in one transaction.
pub const MAX_ROWS: usize = 5_000;
/// Most errors that are listed; the rest would not help.
pub const MAX_ERRORS: usize = 500;

/// A row of the register as a file describes it.
#[derive(Debug)]
pub struct Draft {
    /// Row numbers in the file: the first describes the row, each describes one line.
    pub numbers: Vec<u32>,
    /// Fields of the row.
    pub row: RowMap,
    /// Lines, for registers that have them.
    pub lines: Vec<Value>,
    /// Social credit code of the owner.
    pub owner_code: String,
    /// Name of the site.
    pub site_name: String,
    /// Credit codes that stand for other references: field key, code.
    pub org_codes: Vec<(&'static str, String)>,
    /// Plates of vehicles that the row refers to.
    pub plates: Vec<(&'static str, String)>,
}

/// What a file holds.
#[derive(Debug)]
pub struct Drafts {
    /// Rows.
    pub drafts: Vec<Draft>,
    /// Fields that the file has a column for.
    pub given: Vec<&'static str>,
    /// Number of table rows.
    pub rows: usize,
}

/// Reads an XLSX or CSV file.
///
/// # Errors
/// 422 with every error that can be told without the database.
pub fn read(entity: &'static Entity, bytes: &[u8]) -> Result<Drafts, Problem> {
    let sheet = sheet(bytes)?;
    if sheet.rows.is_empty() {
        return Err(Problem::field("", rules::EMPTY, []));
    }
    if sheet.rows.len() > MAX_ROWS {
        return Err(Problem::field("", rules::LIMIT, [("limit", MAX_ROWS.to_string())]));
    }
    let mut found = Vec::new();
    let columns = columns(entity);
    let placed = place(entity, &columns, &sheet, &mut found);
    if !found.is_empty() {
        return Err(refuse(found));
    }
    let mut drafts: Vec<(String, Draft)> = Vec::new();
    for raw in &sheet.rows {
        let draft = draft(&placed, raw.number, &raw.cells, &mut found);
        let key = key(entity, &draft);
        // Rows of one thing need not stand together; a row without its key stands for itself.
        let earlier = if key.is_empty() { None } else { drafts.iter_mut().find(|(k, _)| *k == key) };
        match earlier {
            Some((_, first)) if entity.field("lines").is_some() => merge(first, draft, &mut found),
            Some((_, first)) => found.push(place_of(
                raw.number,
                entity.natural_key.last().copied().unwrap_or_default(),
                rules::CONFLICTING_ROWS,
                vec![("row", first.numbers.first().copied().unwrap_or_default().to_string())],
            )),
            None => drafts.push((key, draft)),
        }
        if found.len() > MAX_ERRORS {
            break;
        }
    }
    if !found.is_empty() {
        return Err(refuse(found));
    }
    let given = placed
        .iter()
        .filter_map(|(_, column)| match column.source {
            Source::Field(field) | Source::OrgCode(field) | Source::VehiclePlate(field) => Some(field.key),
            Source::Line(_) | Source::LineFacility(_) => Some("lines"),
            _ => None,
        })
        .collect();
    Ok(Drafts { drafts: drafts.into_iter().map(|(_, d)| d).collect(), given, rows: sheet.rows.len() })
}

/// 422 with these errors, at most [`MAX_ERRORS`].
pub fn refuse(mut errors: Vec<FieldProblem>) -> Problem {
    errors.truncate(MAX_ERRORS);
    Problem { errors, ..Problem::new(Code::ValidationFailed) }
}

/// A problem at a cell.
pub fn place_of(row: u32, column: &str, rule: &str, params: Vec<(&str, String)>) -> FieldProblem {
    FieldProblem {
        path: format!("/rows/{row}/columns/{}", column.replace('~', "~0").replace('/', "~1")),
        rule: rule.to_owned(),
        severity: Severity::Error,
        params: params.into_iter().map(|(k, v)| (k.to_owned(), v)).collect(),
    }
}

/// The first sheet of an XLSX or CSV file.
///
/// # Errors
/// 422 with the place where it cannot be read.
pub fn sheet(bytes: &[u8]) -> Result<RawSheet, Problem> {
    let limits = Limits::default();
    // XLSX is a ZIP archive; the old .xls and encrypted files start like this, too.
    let workbook = bytes.starts_with(b"PK") || bytes.starts_with(&[0xD0, 0xCF, 0x11, 0xE0]);
    let read = if workbook {
        read_xlsx(bytes, &limits).and_then(|s| s.into_iter().next().ok_or(TableError::EmptyFile))
    } else {
        read_csv(bytes, &limits)
    };
    read.map_err(|error| {
        let (row, column) = error.position();
        let place = match (row, column) {
            (Some(row), Some(column)) => format!("{}{row}", column_letters(column)),
            (Some(row), None) => row.to_string(),
            _ => "-".to_owned(),
        };
        let path = row.map_or_else(String::new, |row| {
            column.map_or_else(
                || format!("/rows/{row}"),
                |c| format!("/rows/{row}/columns/{}", column_letters(c)),
            )
        });
        let code = format!("{}.{}", rules::FILE, error.code());
        Problem::field(&path, &code, [("place", place)])
    })
}

/// Which cell belongs to which column.
fn place(
    entity: &Entity,
    columns: &[TableColumn],
    sheet: &RawSheet,
    found: &mut Vec<FieldProblem>,
) -> Vec<(usize, TableColumn)> {
    let mut placed: Vec<(usize, TableColumn)> = Vec::new();
    for (index, title) in sheet.header.iter().enumerate() {
        if title.is_empty() {
            continue;
        }
        // A required column may be marked with a star.
        let wanted = title.trim().trim_end_matches(['*', '＊']).trim();
        match columns.iter().find(|c| c.names(entity).iter().any(|n| n == wanted)) {
            Some(column) if column.import => placed.push((index, column.clone())),
            Some(_) => {}
            None => {
                let shown: String = title.chars().take(60).collect();
                let params = vec![("value", shown.clone())];
                found.push(place_of(sheet.header_row, &shown, rules::COLUMN_UNKNOWN, params));
            }
        }
    }
    for column in columns.iter().filter(|c| c.import && c.required) {
        let optional_owner = matches!(column.source, Source::OwnerCode);
        if !optional_owner && !placed.iter().any(|(_, p)| p.key == column.key) {
            let params = vec![
                ("zh", column.title(entity, crate::kit::Lang::Zh)),
                ("en", column.title(entity, crate::kit::Lang::En)),
            ];
            found.push(place_of(sheet.header_row, &column.key, rules::COLUMN_MISSING, params));
        }
    }
    placed
}

fn draft(
    placed: &[(usize, TableColumn)],
    number: u32,
    cells: &[String],
    found: &mut Vec<FieldProblem>,
) -> Draft {
    let mut draft = Draft {
        numbers: vec![number],
        row: RowMap::new(),
        lines: Vec::new(),
        owner_code: String::new(),
        site_name: String::new(),
        org_codes: Vec::new(),
        plates: Vec::new(),
    };
    let mut line = Map::new();
    for (index, column) in placed {
        let cell = cells.get(*index).map(|c| c.trim()).unwrap_or_default();
        let mut value_of = |field: &Field| match value(field, cell) {
            Ok(value) => value,
            Err(v) => {
                found.push(FieldProblem {
                    path: format!("/rows/{number}/columns/{}", column.key),
                    ..FieldProblem::from(v)
                });
                Value::Null
            }
        };
        match column.source {
            Source::Field(field) => {
                let value = value_of(field);
                draft.row.insert(field.key.to_owned(), value);
            }
            Source::Line(field) => {
                let value = value_of(field);
                if !value.is_null() {
                    line.insert(field.key.to_owned(), value);
                }
            }
            Source::LineFacility(_) if cell.is_empty() => {}
            Source::LineFacility(_) => {
                line.insert(FACILITY_CODE.to_owned(), cell.to_ascii_uppercase().into());
            }
            Source::OwnerCode => draft.owner_code = cell.to_ascii_uppercase(),
            Source::SiteName => draft.site_name = cell.to_owned(),
            Source::VehiclePlate(field) => draft.plates.push((field.key, cell.to_owned())),
            Source::OrgCode(field) => draft.org_codes.push((field.key, cell.to_ascii_uppercase())),
            Source::OwnerName | Source::Status => {}
        }
    }
    if !line.is_empty() {
        draft.lines.push(Value::Object(line));
    }
    draft
}

/// What tells one thing from another: owner, site and the natural key.
fn key(entity: &Entity, draft: &Draft) -> String {
    let mut parts = vec![draft.owner_code.clone(), draft.site_name.clone()];
    let mut any = false;
    for name in entity.natural_key {
        match draft.row.get(*name) {
            Some(Value::String(s)) => {
                any = true;
                // The same plate can be written in several ways.
                let plate = entity.field(name).is_some_and(|f| f.kind == Kind::Code(CodeKind::Plate));
                let written = PlateNumber::from_str(s).ok().filter(|_| plate).map(|p| p.to_string());
                parts.push(written.unwrap_or_else(|| s.clone()));
            }
            Some(Value::Number(n)) => {
                any = true;
                parts.push(n.to_string());
            }
            _ => {}
        }
    }
    if any { parts.join("\u{1f}") } else { String::new() }
}

/// Adds a table row as a further line; what describes the row itself must agree with the first.
fn merge(first: &mut Draft, next: Draft, found: &mut Vec<FieldProblem>) {
    let number = next.numbers.first().copied().unwrap_or_default();
    let other = first.row.iter().find(|(key, value)| next.row.get(*key).is_some_and(|v| v != *value));
    if let Some((key, _)) = other {
        let row = first.numbers.first().copied().unwrap_or_default().to_string();
        found.push(place_of(number, key, rules::CONFLICTING_ROWS, vec![("row", row)]));
        return;
    }
    first.numbers.push(number);
    first.lines.extend(next.lines);
}

/// A cell as a value; empty cells are null.
fn value(field: &Field, cell: &str) -> Result<Value, Violation> {
    if cell.is_empty() {
        return Ok(Value::Null);
    }
    Ok(match field.kind {
        Kind::Mass => {
            let grams = Grams::parse_tonnes(cell)
                .map_err(|_| Violation::error(rules::TONNES, "").with("value", shown(cell)))?;
            grams.0.into()
        }
        Kind::Integer(..) | Kind::Degrees(..) => match cell.parse::<i64>() {
            Ok(n) => n.into(),
            Err(_) => {
                return Err(Violation::error(rules::TYPE, "")
                    .with("field", field.key)
                    .with("expected", "integer")
                    .with("value", shown(cell)));
            }
        },
        Kind::Bool => match cell.to_ascii_lowercase().as_str() {
            "true" | "1" | "是" => true.into(),
            "false" | "0" | "否" => false.into(),
            _ => {
                return Err(Violation::error(rules::TYPE, "")
                    .with("field", field.key)
                    .with("expected", "true, false"));
            }
        },
        Kind::Choice(list) => word(list, cell).into(),
        Kind::Choices(list) => items(cell).map(|c| Value::from(word(list, c))).collect::<Vec<_>>().into(),
        Kind::WasteCodes(_) | Kind::Methods => items(cell).map(Value::from).collect::<Vec<_>>().into(),
        Kind::Text(_) | Kind::Code(_) | Kind::Date | Kind::Ref(_) | Kind::Shape | Kind::Lines(_) => {
            cell.into()
        }
    })
}

fn shown(cell: &str) -> String {
    cell.chars().take(60).collect()
}

/// The stored word of a list, written as code or as either name.
fn word(list: &str, cell: &str) -> String {
    let all = crate::registry::catalogue::catalogue().list(list);
    let found = all.iter().find(|c| c.code == cell || c.zh == cell || c.en.eq_ignore_ascii_case(cell));
    found.map_or_else(|| cell.to_owned(), |c| c.code.clone())
}

fn items(cell: &str) -> impl Iterator<Item = &str> {
    cell.split([',', '，', ';', '；', '、', '\n', ' ']).map(str::trim).filter(|s| !s.is_empty())
}
