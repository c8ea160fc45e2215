//! Writing sheets as XLSX and CSV. The same rows give the same bytes. This module must never write a text
//! that a spreadsheet runs as a formula, and never round a number: what Excel cannot keep goes out as text.

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, FormatAlign, Workbook, Worksheet, XlsxError};

use super::number::{decimals, exact_in_excel, is_plain_decimal};
use super::{Cell, Kind, Sheet, TableError};
use crate::civil;

/// Excel's own limits.
const MAX_ROWS: usize = 1_048_576;
const MAX_COLUMNS: usize = 16_384;
const MAX_CELL_CHARS: usize = 32_767;

/// Writes a workbook. `created_at` (UTC microseconds) becomes its creation time, so that the bytes depend on
/// the input alone.
pub fn write_xlsx(sheets: &[Sheet], created_at: i64) -> Result<Vec<u8>, TableError> {
    let mut workbook = Workbook::new();
    let created = civil::utc(created_at);
    let created = ExcelDateTime::from_ymd(created.year, created.month, created.day)
        .and_then(|d| d.and_hms(u16::from(created.hour), created.minute, f64::from(created.second)))
        .map_err(write_error)?;
    workbook.set_properties(&DocProperties::new().set_creation_datetime(&created));
    let mut names: Vec<String> = Vec::new();
    for sheet in sheets {
        let name = sheet_name(&sheet.name, &names);
        let worksheet = workbook.add_worksheet();
        worksheet.set_name(&name).map_err(write_error)?;
        names.push(name);
        fill(worksheet, sheet)?;
    }
    if sheets.is_empty() {
        workbook.add_worksheet();
    }
    workbook.save_to_buffer().map_err(write_error)
}

fn write_error(error: XlsxError) -> TableError {
    TableError::Write { detail: error.to_string() }
}

/// A name that Excel takes: no `[]:*?/\`, no apostrophe at an end, at most 31 UTF-16 units, unique.
fn sheet_name(wanted: &str, taken: &[String]) -> String {
    let cleaned: String =
        wanted.chars().map(|c| if c.is_control() || "[]:*?/\\".contains(c) { '_' } else { c }).collect();
    let base = cleaned.trim().trim_matches('\'');
    let base = if base.is_empty() || base.eq_ignore_ascii_case("history") { "_" } else { base };
    let cut = |limit: usize| -> String {
        let mut units = 0;
        base.chars()
            .take_while(|c| {
                units += c.len_utf16();
                units <= limit
            })
            .collect()
    };
    let mut name = cut(31);
    let mut n = 2;
    while taken.iter().any(|t| t.to_lowercase() == name.to_lowercase()) {
        name = format!("{} ({n})", cut(25));
        n += 1;
    }
    name
}

fn fill(worksheet: &mut Worksheet, sheet: &Sheet) -> Result<(), TableError> {
    if sheet.rows.len() >= MAX_ROWS || sheet.columns.len() > MAX_COLUMNS {
        return Err(TableError::Write { detail: "more rows or columns than a sheet can hold".to_owned() });
    }
    let header = Format::new().set_bold().set_align(FormatAlign::VerticalCenter);
    for (c, column) in sheet.columns.iter().enumerate() {
        let c = index16(c);
        worksheet.write_string_with_format(0, c, fit(&column.title), &header).map_err(write_error)?;
        let width = column_width(sheet, usize::from(c));
        worksheet.set_column_width(c, width).map_err(write_error)?;
    }
    worksheet.set_freeze_panes(1, 0).map_err(write_error)?;
    if !sheet.columns.is_empty() && !sheet.rows.is_empty() {
        let last_row = u32::try_from(sheet.rows.len()).unwrap_or(u32::MAX);
        worksheet.autofilter(0, 0, last_row, index16(sheet.columns.len() - 1)).map_err(write_error)?;
    }
    for (r, row) in sheet.rows.iter().enumerate() {
        let r = u32::try_from(r + 1).unwrap_or(u32::MAX);
        if row.len() > sheet.columns.len() {
            return Err(TableError::RowTooLong { row: r + 1 });
        }
        for (c, cell) in row.iter().enumerate() {
            write_cell(worksheet, r, index16(c), sheet.columns[c].kind, cell)?;
        }
    }
    Ok(())
}

fn write_cell(sheet: &mut Worksheet, r: u32, c: u16, kind: Kind, cell: &Cell) -> Result<(), TableError> {
    let done = match cell {
        Cell::Empty => return Ok(()),
        Cell::Text(text) => sheet.write_string(r, c, fit(text)),
        Cell::Bool(value) => sheet.write_boolean(r, c, *value),
        Cell::Integer(value) => match exact_in_excel(&value.to_string()) {
            Some(number) => sheet.write_number_with_format(r, c, number, &number_format(0)),
            None => sheet.write_string(r, c, value.to_string()),
        },
        Cell::Decimal(text) => match exact_in_excel(text) {
            Some(number) => sheet.write_number_with_format(r, c, number, &number_format(decimals(text))),
            None => sheet.write_string(r, c, fit(text)),
        },
        Cell::Date(text) => match excel_date(text) {
            Some(date) => {
                let with_time = kind == Kind::DateTime || text.len() > 10;
                let format = if with_time { "yyyy-mm-dd hh:mm:ss" } else { "yyyy-mm-dd" };
                sheet.write_datetime_with_format(r, c, &date, &Format::new().set_num_format(format))
            }
            None => sheet.write_string(r, c, fit(text)),
        },
    };
    done.map(drop).map_err(write_error)
}

fn number_format(decimals: usize) -> Format {
    if decimals == 0 {
        return Format::new().set_num_format("0");
    }
    Format::new().set_num_format(format!("0.{}", "0".repeat(decimals)))
}

fn excel_date(text: &str) -> Option<ExcelDateTime> {
    let (date, time) = match text.split_once(['T', ' ']) {
        Some((d, t)) => (d, Some(t)),
        None => (text, None),
    };
    let (year, month, day) = civil::parse_date(date)?;
    // Excel counts 29 February 1900; dates before March 1900 stay text.
    if year < 1901 {
        return None;
    }
    let date = ExcelDateTime::from_ymd(year, month, day).ok()?;
    let Some(time) = time else { return Some(date) };
    let mut parts = time.split(':');
    let mut number = || -> Option<u8> { parts.next().filter(|p| p.len() == 2)?.parse().ok() };
    let (hour, minute) = (number()?, number()?);
    let second = if time.len() > 5 { number()? } else { 0 };
    if hour > 23 || minute > 59 || second > 59 || !(time.len() == 5 || time.len() == 8) {
        return None;
    }
    date.and_hms(u16::from(hour), minute, f64::from(second)).ok()
}

/// Excel takes 32 767 UTF-16 units per cell; a longer text is cut with an ellipsis rather than refused.
fn fit(text: &str) -> String {
    if text.encode_utf16().count() <= MAX_CELL_CHARS {
        return text.to_owned();
    }
    let mut units = 0;
    let mut cut: String = text
        .chars()
        .take_while(|c| {
            units += c.len_utf16();
            units < MAX_CELL_CHARS
        })
        .collect();
    cut.push('…');
    cut
}

/// Width in characters from the header and the first rows: East Asian characters count double.
fn column_width(sheet: &Sheet, c: usize) -> f64 {
    let width = |text: &str| text.chars().map(|ch| if ch.is_ascii() { 1u32 } else { 2 }).sum::<u32>();
    let mut widest = width(&sheet.columns[c].title) + 2;
    for row in sheet.rows.iter().take(200) {
        let w = match row.get(c) {
            Some(Cell::Text(t) | Cell::Decimal(t)) => width(t),
            Some(Cell::Date(t)) => {
                if t.len() > 10 {
                    19
                } else {
                    10
                }
            }
            Some(Cell::Integer(i)) => width(&i.to_string()),
            _ => 0,
        };
        widest = widest.max(w + 1);
    }
    f64::from(widest.clamp(8, 50))
}

fn index16(index: usize) -> u16 {
    u16::try_from(index).unwrap_or(u16::MAX)
}

/// Writes one sheet as CSV: UTF-8 with byte order mark (Excel needs it to recognise the encoding), commas,
/// CRLF, and texts that a spreadsheet would run as a formula guarded by an apostrophe, which [`read_csv`]
/// takes off again.
///
/// [`read_csv`]: super::read_csv
pub fn write_csv(sheet: &Sheet) -> Result<Vec<u8>, TableError> {
    let mut writer =
        csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(b"\xEF\xBB\xBF".to_vec());
    let failed = |e: csv::Error| TableError::Write { detail: e.to_string() };
    if sheet.columns.is_empty() {
        return Ok(b"\xEF\xBB\xBF".to_vec());
    }
    writer.write_record(sheet.columns.iter().map(|c| guard(&c.title))).map_err(failed)?;
    let mut record: Vec<String> = Vec::with_capacity(sheet.columns.len());
    for (r, row) in sheet.rows.iter().enumerate() {
        if row.len() > sheet.columns.len() {
            return Err(TableError::RowTooLong { row: u32::try_from(r + 2).unwrap_or(u32::MAX) });
        }
        record.clear();
        record.extend(row.iter().map(csv_cell));
        record.resize(sheet.columns.len(), String::new());
        writer.write_record(&record).map_err(failed)?;
    }
    writer.into_inner().map_err(|e| TableError::Write { detail: e.to_string() })
}

fn csv_cell(cell: &Cell) -> String {
    match cell {
        Cell::Empty => String::new(),
        Cell::Text(text) => guard(text),
        Cell::Integer(value) => value.to_string(),
        // Only a true number may begin with a minus; anything else is treated as text.
        Cell::Decimal(text) if is_plain_decimal(text) => text.clone(),
        Cell::Decimal(text) | Cell::Date(text) => guard(text),
        Cell::Bool(value) => value.to_string(),
    }
}

/// True when a spreadsheet may take the text for a formula, however many guards it already has. The
/// full-width signs are there because some East Asian editions of Excel take them too.
pub(super) fn looks_like_formula(text: &str) -> bool {
    text.trim_start_matches('\'').starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'])
}

fn guard(text: &str) -> String {
    if looks_like_formula(text) { format!("'{text}") } else { text.to_owned() }
}
