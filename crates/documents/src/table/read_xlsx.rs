//! Reading workbooks. A small reader of our own over `zip` and `quick-xml`: it streams cells under limits,
//! keeps numbers as they are written, and knows row and column of every fault. It reads values only; it must
//! never evaluate a formula, follow a link, or expand an entity that is not one of XML's own five.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::dates::{Meaning, serial_text, style_meanings};
use super::number::{exact_in_excel, plain_decimal};
use super::package::{Package, attribute, damaged, next, too_large};
use super::{Limit, Limits, RawRow, RawSheet, TableError, assemble};

/// Reads every visible worksheet of an .xlsx file. Hidden sheets are left out: templates keep their code
/// lists there.
pub fn read_xlsx(bytes: &[u8], limits: &Limits) -> Result<Vec<RawSheet>, TableError> {
    let mut package = Package::open(bytes, limits)?;
    let root = package.relations("")?;
    let workbook_path = root
        .iter()
        .find(|r| r.kind.ends_with("/officeDocument"))
        .map_or("xl/workbook.xml", |r| r.target.as_str())
        .to_owned();
    let workbook = package.text(&workbook_path)?.ok_or(TableError::NotAWorkbook)?;
    let relations = package.relations(&workbook_path)?;
    let (epoch_1904, sheets) = sheet_list(&workbook)?;
    if sheets.len() > limits.sheets {
        return Err(too_large(Limit::Sheets, limits.sheets));
    }
    let part = |kind: &str| relations.iter().find(|r| r.kind.ends_with(kind)).map(|r| r.target.clone());
    let strings = match part("/sharedStrings").map(|p| package.text(&p)).transpose()?.flatten() {
        Some(xml) => shared_strings(&xml)?,
        None => Vec::new(),
    };
    let meanings = match part("/styles").map(|p| package.text(&p)).transpose()?.flatten() {
        Some(xml) => style_meanings(&xml)?,
        None => Vec::new(),
    };
    let mut budget = limits.total_chars;
    let mut out = Vec::new();
    for (name, id) in sheets {
        let relation = relations.iter().find(|r| r.id == id);
        // Chart sheets and dialogues have no cells.
        let Some(relation) = relation.filter(|r| r.kind.ends_with("/worksheet")) else { continue };
        let xml = package
            .text(&relation.target)?
            .ok_or_else(|| damaged(format!("{} is missing", relation.target)))?;
        let mut cells = CellReader {
            reader: Reader::from_str(&xml),
            strings: &strings,
            meanings: &meanings,
            epoch_1904,
            limits,
            row: 0,
            column: 0,
        };
        let rows = cells.rows(&mut budget).map_err(|e| cells.locate(e, &name))?;
        out.push(assemble(name, rows)?);
    }
    Ok(out)
}

/// Whether dates count from 1904, and name and relationship id of each visible sheet.
fn sheet_list(xml: &str) -> Result<(bool, Vec<(String, String)>), TableError> {
    let mut reader = Reader::from_str(xml);
    reader.config_mut().expand_empty_elements = true;
    let (mut epoch_1904, mut sheets) = (false, Vec::new());
    loop {
        match next(&mut reader)? {
            Event::Start(e) => match e.local_name().as_ref() {
                "workbookPr" => {
                    epoch_1904 = matches!(attribute(&e, "date1904")?.as_deref(), Some("1" | "true"));
                }
                "sheet" => {
                    let visible = attribute(&e, "state")?.is_none_or(|s| s == "visible");
                    let name = attribute(&e, "name")?.unwrap_or_default();
                    if let (true, Some(id)) = (visible, attribute(&e, "id")?) {
                        sheets.push((name, id));
                    }
                }
                _ => {}
            },
            Event::Eof => return Ok((epoch_1904, sheets)),
            _ => {}
        }
    }
}

fn shared_strings(xml: &str) -> Result<Vec<String>, TableError> {
    let mut reader = Reader::from_str(xml);
    reader.config_mut().expand_empty_elements = true;
    let mut strings = Vec::new();
    loop {
        match next(&mut reader)? {
            Event::Start(e) if e.local_name().as_ref() == "si" => strings.push(rich_text(&mut reader, "si")?),
            Event::Eof => return Ok(strings),
            _ => {}
        }
    }
}

/// The text of all `t` elements up to the end of `end`; phonetic guides (`rPh`) are not text.
fn rich_text(reader: &mut Reader<&[u8]>, end: &str) -> Result<String, TableError> {
    let mut text = String::new();
    let mut phonetic = false;
    loop {
        match next(reader)? {
            Event::Start(e) => match e.local_name().as_ref() {
                "rPh" => phonetic = true,
                "t" => {
                    let part = element_text(reader, "t")?;
                    if !phonetic {
                        text.push_str(&part);
                    }
                }
                _ => {}
            },
            Event::End(e) if e.local_name().as_ref() == "rPh" => phonetic = false,
            Event::End(e) if e.local_name().as_ref() == end => return Ok(unescape_excel(&text)),
            Event::Eof => return Err(damaged("the file ends within a text")),
            _ => {}
        }
    }
}

/// Character data up to the end of the element `end`.
fn element_text(reader: &mut Reader<&[u8]>, end: &str) -> Result<String, TableError> {
    let mut text = String::new();
    loop {
        match next(reader)? {
            Event::Text(t) => text.push_str(&t.xml10_content()),
            Event::CData(t) => text.push_str(&t.xml10_content()),
            Event::GeneralRef(reference) => {
                let character = reference.resolve_char_ref().map_err(|e| damaged(e.to_string()))?;
                match character {
                    Some(c) => text.push(c),
                    None => match reference.xml10_content().as_ref() {
                        "amp" => text.push('&'),
                        "lt" => text.push('<'),
                        "gt" => text.push('>'),
                        "quot" => text.push('"'),
                        "apos" => text.push('\''),
                        other => return Err(damaged(format!("unknown entity {other}"))),
                    },
                }
            }
            Event::End(e) if e.local_name().as_ref() == end => return Ok(text),
            Event::Eof => return Err(damaged(format!("the file ends within <{end}>"))),
            _ => {}
        }
    }
}

/// Excel writes control characters as `_x000D_` (and a literal `_x` as `_x005F_x`).
fn unescape_excel(text: &str) -> String {
    if !text.contains("_x") {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("_x") {
        out.push_str(&rest[..at]);
        let code = rest.get(at + 2..at + 6).filter(|c| c.bytes().all(|b| b.is_ascii_hexdigit()));
        let closed = rest.get(at + 6..at + 7) == Some("_");
        let character =
            code.filter(|_| closed).and_then(|c| u32::from_str_radix(c, 16).ok()).and_then(char::from_u32);
        match character {
            Some(c) => {
                out.push(c);
                rest = &rest[at + 7..];
            }
            None => {
                out.push_str("_x");
                rest = &rest[at + 2..];
            }
        }
    }
    out.push_str(rest);
    out
}

/// Reads the cells of one worksheet. `row` and `column` are where it stands, from 1.
struct CellReader<'a> {
    reader: Reader<&'a [u8]>,
    strings: &'a [String],
    meanings: &'a [Meaning],
    epoch_1904: bool,
    limits: &'a Limits,
    row: u32,
    column: u32,
}

impl CellReader<'_> {
    /// Gives a fault without a place the sheet, row and column reached.
    fn locate(&self, error: TableError, name: &str) -> TableError {
        let place = |n: u32| if n == 0 { None } else { Some(n) };
        match error {
            TableError::Damaged { detail, .. } => TableError::Damaged {
                detail,
                sheet: Some(name.to_owned()),
                row: place(self.row),
                column: place(self.column),
            },
            other => other,
        }
    }

    fn rows(&mut self, budget: &mut usize) -> Result<Vec<RawRow>, TableError> {
        self.reader.config_mut().expand_empty_elements = true;
        let mut rows: Vec<RawRow> = Vec::new();
        let mut in_data = false;
        loop {
            match next(&mut self.reader)? {
                Event::Start(e) => match e.local_name().as_ref() {
                    "sheetData" => in_data = true,
                    "row" if in_data => {
                        let given = attribute(&e, "r")?.and_then(|r| r.parse::<u32>().ok());
                        self.row = given.unwrap_or_else(|| self.row.saturating_add(1));
                        self.column = 0;
                    }
                    "c" if in_data => self.cell(&e, &mut rows, budget)?,
                    _ => {}
                },
                Event::End(e) if e.local_name().as_ref() == "sheetData" => return Ok(rows),
                Event::Eof if !in_data => return Err(damaged("the worksheet has no cells part")),
                Event::Eof => return Err(damaged("the file ends within the cells")),
                _ => {}
            }
        }
    }

    fn cell(
        &mut self,
        element: &BytesStart<'_>,
        rows: &mut Vec<RawRow>,
        budget: &mut usize,
    ) -> Result<(), TableError> {
        self.column = match attribute(element, "r")? {
            Some(reference) => {
                let (column, row) = parse_reference(&reference)
                    .ok_or_else(|| damaged(format!("{reference:?} is not a cell reference")))?;
                self.row = row;
                column
            }
            None => self.column.saturating_add(1),
        };
        let kind = attribute(element, "t")?;
        let style = attribute(element, "s")?.and_then(|s| s.parse::<usize>().ok());
        let (mut value, mut inline) = (None, None);
        loop {
            match next(&mut self.reader)? {
                Event::Start(e) => match e.local_name().as_ref() {
                    "v" => value = Some(element_text(&mut self.reader, "v")?),
                    "is" => inline = Some(rich_text(&mut self.reader, "is")?),
                    _ => {}
                },
                Event::End(e) if e.local_name().as_ref() == "c" => break,
                Event::Eof => return Err(damaged("the file ends within a cell")),
                _ => {}
            }
        }
        let text = match (kind.as_deref(), inline, value) {
            (_, Some(text), _) => text,
            (_, None, None) => return Ok(()),
            (kind, None, Some(value)) => self.value(kind, &value, style)?,
        };
        if text.is_empty() {
            return Ok(());
        }
        self.put(text, rows, budget)
    }

    fn value(&self, kind: Option<&str>, value: &str, style: Option<usize>) -> Result<String, TableError> {
        let (row, column) = (self.row, self.column);
        let bad = || TableError::BadValue { row, column, value: value.chars().take(80).collect() };
        match kind {
            Some("s") => {
                let string = value.trim().parse().ok().and_then(|i: usize| self.strings.get(i));
                string.cloned().ok_or_else(|| damaged("a text is missing from the list of texts"))
            }
            Some("str" | "inlineStr") => Ok(unescape_excel(value)),
            Some("b") => match value.trim() {
                "1" | "true" => Ok("true".to_owned()),
                "0" | "false" => Ok("false".to_owned()),
                _ => Err(bad()),
            },
            Some("e") => Err(TableError::ErrorCell { row, column, value: value.chars().take(80).collect() }),
            Some("d") => iso_date(value.trim()).ok_or_else(bad),
            Some("n") | None => {
                let value = value.trim();
                if value.is_empty() {
                    return Ok(String::new());
                }
                let number: f64 = value.parse().map_err(|_| bad())?;
                let meaning = style.and_then(|s| self.meanings.get(s)).copied().unwrap_or(Meaning::Number);
                if meaning != Meaning::Number {
                    return serial_text(number, meaning, self.epoch_1904).ok_or_else(bad);
                }
                if exact_in_excel(value).is_some() {
                    return Ok(value.to_owned());
                }
                if number.is_finite() && number.abs() >= 1e15 {
                    return Err(TableError::NumberTooLong { row, column });
                }
                plain_decimal(number).ok_or_else(bad)
            }
            Some(other) => Err(damaged(format!("unknown cell type {other:?}"))),
        }
    }

    fn put(&self, text: String, rows: &mut Vec<RawRow>, budget: &mut usize) -> Result<(), TableError> {
        let (row, column) = (self.row, self.column);
        let limit = |limit: Limit, allowed: u64| TableError::TooLarge {
            limit,
            allowed,
            row: Some(row),
            column: Some(column),
        };
        let wide = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
        if row > self.limits.rows {
            return Err(limit(Limit::Rows, u64::from(self.limits.rows)));
        }
        if column > self.limits.columns {
            return Err(limit(Limit::Columns, u64::from(self.limits.columns)));
        }
        let chars = text.chars().count();
        if chars > self.limits.cell_chars {
            return Err(limit(Limit::CellChars, wide(self.limits.cell_chars)));
        }
        *budget = budget
            .checked_sub(chars)
            .ok_or_else(|| limit(Limit::TotalChars, wide(self.limits.total_chars)))?;
        if rows.last().is_none_or(|r| r.number != row) {
            if rows.last().is_some_and(|r| r.number > row) {
                return Err(damaged("the rows are not in order"));
            }
            rows.push(RawRow { number: row, cells: Vec::new() });
        }
        if let Some(current) = rows.last_mut() {
            let index = usize::try_from(column).unwrap_or(usize::MAX).saturating_sub(1);
            if current.cells.len() <= index {
                current.cells.resize(index + 1, String::new());
            }
            current.cells[index] = text;
        }
        Ok(())
    }
}

/// `AB12` as column 28 and row 12.
fn parse_reference(reference: &str) -> Option<(u32, u32)> {
    let split = reference.find(|c: char| c.is_ascii_digit())?;
    let (letters, digits) = reference.split_at(split);
    if letters.is_empty() || letters.len() > 3 || digits.len() > 7 {
        return None;
    }
    let mut column = 0u32;
    for byte in letters.bytes() {
        if !byte.is_ascii_alphabetic() {
            return None;
        }
        column = column * 26 + u32::from(byte.to_ascii_uppercase() - b'A') + 1;
    }
    let row: u32 = digits.parse().ok()?;
    (row > 0).then_some((column, row))
}

/// ISO 8601 date or date-time of a `t="d"` cell, without zone.
fn iso_date(value: &str) -> Option<String> {
    let (date, time) = value.split_once('T').map_or((value, None), |(d, t)| (d, Some(t)));
    crate::civil::parse_date(date)?;
    let Some(time) = time else { return Some(date.to_owned()) };
    let time = time.trim_end_matches('Z');
    let clock = time.split('.').next()?;
    let ok = clock.len() == 8
        && clock
            .bytes()
            .enumerate()
            .all(|(i, b)| if i == 2 || i == 5 { b == b':' } else { b.is_ascii_digit() });
    ok.then(|| format!("{date} {clock}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references() {
        assert_eq!(parse_reference("A1"), Some((1, 1)));
        assert_eq!(parse_reference("XFD1048576"), Some((16_384, 1_048_576)));
        for bad in ["", "1", "A", "AAAA1", "A0", "A99999999", "É1", "A1B"] {
            assert_eq!(parse_reference(bad), None, "{bad}");
        }
    }

    #[test]
    fn excel_escapes() {
        assert_eq!(unescape_excel("a_x000A_b"), "a\nb");
        assert_eq!(unescape_excel("_x005F_x000A_"), "_x000A_");
        assert_eq!(unescape_excel("_x00_x废_xZZZZ_"), "_x00_x废_xZZZZ_");
    }
}
