//! Reading CSV as offices send it: UTF-8 with or without byte order mark, UTF-16 with one, or GBK (read as
//! GB 18030, its superset); comma, semicolon or tab. Values stay exactly as written. This module must never
//! replace a byte it cannot read by a question mark.

use super::write::looks_like_formula;
use super::{Limit, Limits, RawRow, RawSheet, TableError, assemble};

/// Reads one CSV file. Row numbers are line numbers, so that a text editor finds them.
pub fn read_csv(bytes: &[u8], limits: &Limits) -> Result<RawSheet, TableError> {
    if bytes.is_empty() {
        return Err(TableError::EmptyFile);
    }
    if bytes.len() > limits.file_bytes {
        return Err(TableError::TooLarge {
            limit: Limit::FileBytes,
            allowed: wide(limits.file_bytes),
            row: None,
            column: None,
        });
    }
    let text = decode(bytes)?;
    if text.trim().is_empty() {
        return Err(TableError::EmptyFile);
    }
    if let Some(line) = open_quote(&text, delimiter(&text)) {
        return Err(TableError::OpenQuote { row: line });
    }
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter(&text))
        .from_reader(text.as_bytes());
    let mut rows = Vec::new();
    let mut budget = limits.total_chars;
    let mut lines = Lines { text: text.as_bytes(), offset: 0, line: 1 };
    for record in reader.records() {
        let record = record.map_err(|e| TableError::Damaged {
            detail: e.to_string(),
            sheet: None,
            row: e.position().map(|p| lines.at(p.byte())),
            column: None,
        })?;
        let line = record.position().map_or(0, |p| lines.at(p.byte()));
        let over = |limit: Limit, allowed: u64, column: Option<usize>| TableError::TooLarge {
            limit,
            allowed,
            row: Some(line),
            column: column.map(|c| u32::try_from(c + 1).unwrap_or(u32::MAX)),
        };
        if wide(rows.len()) >= u64::from(limits.rows) {
            return Err(over(Limit::Rows, u64::from(limits.rows), None));
        }
        if wide(record.len()) > u64::from(limits.columns) {
            return Err(over(Limit::Columns, u64::from(limits.columns), Some(record.len() - 1)));
        }
        let mut cells = Vec::with_capacity(record.len());
        for (c, value) in record.iter().enumerate() {
            let chars = value.chars().count();
            if chars > limits.cell_chars {
                return Err(over(Limit::CellChars, wide(limits.cell_chars), Some(c)));
            }
            budget = budget
                .checked_sub(chars)
                .ok_or_else(|| over(Limit::TotalChars, wide(limits.total_chars), Some(c)))?;
            cells.push(unguard(value).to_owned());
        }
        rows.push(RawRow { number: line, cells });
    }
    assemble(String::new(), rows)
}

/// Turns byte offsets, which only grow, into line numbers. `csv` gives the offset at which it began to look
/// for a record, so the line ends before it are stepped over.
struct Lines<'a> {
    text: &'a [u8],
    offset: usize,
    line: u32,
}

impl Lines<'_> {
    fn at(&mut self, byte: u64) -> u32 {
        let target = usize::try_from(byte).unwrap_or(usize::MAX).min(self.text.len());
        while let Some(&byte) = self.text.get(self.offset) {
            if self.offset >= target && byte != b'\r' && byte != b'\n' {
                break;
            }
            // A lone CR ends a line too, as old programs write it.
            let ends = byte == b'\n' || (byte == b'\r' && self.text.get(self.offset + 1) != Some(&b'\n'));
            if ends {
                self.line = self.line.saturating_add(1);
            }
            self.offset += 1;
        }
        self.line
    }
}

fn wide(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}

/// Takes off the apostrophe that [`super::write_csv`] puts before a text that looks like a formula.
fn unguard(value: &str) -> &str {
    match value.strip_prefix('\'') {
        Some(rest) if looks_like_formula(rest) => rest,
        _ => value,
    }
}

fn decode(bytes: &[u8]) -> Result<String, TableError> {
    let body = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let utf16 = if bytes.starts_with(&[0xFF, 0xFE]) {
        Some(encoding_rs::UTF_16LE)
    } else if bytes.starts_with(&[0xFE, 0xFF]) {
        Some(encoding_rs::UTF_16BE)
    } else {
        None
    };
    let text = if let Some(encoding) = utf16 {
        encoding
            .decode_without_bom_handling_and_without_replacement(&bytes[2..])
            .map(std::borrow::Cow::into_owned)
            .ok_or(TableError::Encoding { row: 1 })?
    } else {
        match std::str::from_utf8(body) {
            Ok(text) => text.to_owned(),
            Err(error) => encoding_rs::GB18030
                .decode_without_bom_handling_and_without_replacement(body)
                .map(std::borrow::Cow::into_owned)
                .ok_or_else(|| TableError::Encoding { row: line_of(body, error.valid_up_to()) })?,
        }
    };
    // A NUL never stands in a text table: it means a binary file, or UTF-16 without its mark.
    match text.find('\0') {
        Some(at) => Err(TableError::Encoding { row: line_of(text.as_bytes(), at) }),
        None => Ok(text),
    }
}

fn line_of(bytes: &[u8], offset: usize) -> u32 {
    let newlines = bytes.iter().take(offset).filter(|b| **b == b'\n').count();
    u32::try_from(newlines).unwrap_or(u32::MAX).saturating_add(1)
}

/// The separator that occurs most in the first line outside quotes; a comma when none does.
fn delimiter(text: &str) -> u8 {
    let mut counts = [0usize; 3];
    let mut quoted = false;
    for byte in text.trim_start().bytes() {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' if !quoted => break,
            b',' if !quoted => counts[0] += 1,
            b';' if !quoted => counts[1] += 1,
            b'\t' if !quoted => counts[2] += 1,
            _ => {}
        }
    }
    let [comma, semicolon, tab] = counts;
    if tab > comma && tab >= semicolon {
        b'\t'
    } else if semicolon > comma {
        b';'
    } else {
        b','
    }
}

/// The line on which a quoted field begins that never ends. `csv` itself would silently swallow the rest.
fn open_quote(text: &str, delimiter: u8) -> Option<u32> {
    let (mut line, mut opened, mut field_start, mut quoted) = (1u32, 1u32, true, false);
    let bytes = text.as_bytes();
    let mut i = 0;
    while let Some(&byte) = bytes.get(i) {
        if byte == b'\n' {
            line = line.saturating_add(1);
        }
        if quoted {
            if byte == b'"' {
                if bytes.get(i + 1) == Some(&b'"') {
                    i += 1;
                } else {
                    quoted = false;
                }
            }
        } else if byte == b'"' && field_start {
            (quoted, opened, field_start) = (true, line, false);
        } else {
            field_start = byte == delimiter || byte == b'\n' || byte == b'\r';
        }
        i += 1;
    }
    quoted.then_some(opened)
}
