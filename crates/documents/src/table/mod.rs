//! Tables in and out: XLSX and CSV.
//!
//! What for: every list of the product can be exported, and registers can be imported from what an office
//! already keeps. Writing takes a [`Sheet`] of typed cells; reading gives rows of strings with the row
//! numbers that the user sees in Excel, so that the caller's own checks can name them. This module never
//! interprets a value (it knows no waste codes), never loses a digit silently, never writes a text that a
//! spreadsheet would run as a formula, and never panics on a file, however broken.

mod dates;
mod error;
mod number;
mod package;
mod read_csv;
mod read_xlsx;
#[cfg(test)]
mod tests;
mod write;

pub use error::{Limit, Limits, TableError};
pub use read_csv::read_csv;
pub use read_xlsx::read_xlsx;
pub use write::{write_csv, write_xlsx};

/// One sheet of a workbook, or one CSV file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet {
    /// Name of the tab; characters that Excel forbids are replaced, and it is cut at 31 characters.
    pub name: String,
    /// Columns in order; their titles become the header row.
    pub columns: Vec<Column>,
    /// Rows; a row may be shorter than the columns, but not longer.
    pub rows: Vec<Vec<Cell>>,
}

/// A column of a [`Sheet`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Stable machine name, e.g. `mass_g`.
    pub key: String,
    /// Title shown to people.
    pub title: String,
    /// What the column holds: sets format, alignment and width.
    pub kind: Kind,
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Free text and codes (codes stay text, so that Excel drops no leading zero).
    Text,
    /// Whole numbers.
    Integer,
    /// Exact decimals.
    Decimal,
    /// Civil dates.
    Date,
    /// Civil date and time.
    DateTime,
}

/// One value of a [`Sheet`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// Nothing.
    Empty,
    /// Text, written as text whatever it looks like.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// An exact decimal as written, e.g. `0.735`.
    Decimal(String),
    /// A civil date `YYYY-MM-DD`, or date and time `YYYY-MM-DD HH:MM[:SS]` (a `T` may stand between them).
    Date(String),
    /// True or false, written as `true` and `false`.
    Bool(bool),
}

/// A table as read from a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawSheet {
    /// Name of the sheet; empty for CSV.
    pub name: String,
    /// Row number of the header as the user sees it (1 = first).
    pub header_row: u32,
    /// Header cells, trimmed; empty cells at the end are dropped.
    pub header: Vec<String>,
    /// Rows below the header; wholly empty rows are left out, the numbers of the others stay true.
    pub rows: Vec<RawRow>,
}

/// One row as read from a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawRow {
    /// Row number as the user sees it: the row in Excel, the line in a CSV file (1 = first).
    pub number: u32,
    /// Values, exactly as many as the header has columns. Dates are `YYYY-MM-DD`, with time
    /// `YYYY-MM-DD HH:MM:SS`; numbers have no grouping and no exponent; booleans are `true` and `false`.
    pub cells: Vec<String>,
}

impl RawSheet {
    /// Index of the first header cell that equals one of `titles`.
    pub fn column(&self, titles: &[&str]) -> Option<usize> {
        self.header.iter().position(|h| titles.contains(&h.as_str()))
    }
}

/// Turns rows with their numbers into a [`RawSheet`]: the first row that is not empty is the header, empty
/// rows vanish, every row gets the header's width, and a value beyond it is an error.
fn assemble(name: String, mut rows: Vec<RawRow>) -> Result<RawSheet, TableError> {
    for row in &mut rows {
        while row.cells.last().is_some_and(|c| c.trim().is_empty()) {
            row.cells.pop();
        }
    }
    rows.retain(|r| !r.cells.is_empty());
    if rows.is_empty() {
        return Ok(RawSheet { name, header_row: 1, header: Vec::new(), rows });
    }
    let head = rows.remove(0);
    let header: Vec<String> = head.cells.iter().map(|c| c.trim().to_owned()).collect();
    for (i, title) in header.iter().enumerate() {
        if !title.is_empty() && header[..i].contains(title) {
            return Err(TableError::DuplicateHeader {
                row: head.number,
                column: column_number(i),
                title: title.clone(),
            });
        }
    }
    for row in &mut rows {
        if row.cells.len() > header.len() {
            return Err(TableError::BeyondHeader { row: row.number, column: column_number(header.len()) });
        }
        row.cells.resize(header.len(), String::new());
    }
    Ok(RawSheet { name, header_row: head.number, header, rows })
}

fn column_number(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX).saturating_add(1)
}

/// The letters Excel shows above a column: 1 = `A`, 27 = `AA`.
pub fn column_letters(mut column: u32) -> String {
    let mut letters = Vec::new();
    while column > 0 {
        column -= 1;
        letters.push(char::from(b'A' + u8::try_from(column % 26).unwrap_or(0)));
        column /= 26;
    }
    letters.iter().rev().collect()
}
