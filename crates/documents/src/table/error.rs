//! What can be wrong with a table file, and the limits that keep a hostile one harmless. Errors carry data
//! (row, column, limit), not prose for end users: the caller shows them in the user's language by
//! [`TableError::code`]. This module must never hold a message that only a programmer understands.

use thiserror::Error;

/// Upper bounds for a file that a user sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the file as sent.
    pub file_bytes: usize,
    /// Bytes of all parts after unpacking (XLSX is a ZIP archive).
    pub unpacked_bytes: u64,
    /// Sheets in a workbook.
    pub sheets: usize,
    /// Rows per sheet, header included.
    pub rows: u32,
    /// Columns per sheet.
    pub columns: u32,
    /// Characters per cell.
    pub cell_chars: usize,
    /// Characters of all cells together.
    pub total_chars: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            file_bytes: 10 << 20,
            unpacked_bytes: 100 << 20,
            sheets: 20,
            rows: 50_001,
            columns: 80,
            cell_chars: 4_000,
            total_chars: 40_000_000,
        }
    }
}

/// Which of the [`Limits`] a file goes beyond.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// [`Limits::file_bytes`]
    FileBytes,
    /// [`Limits::unpacked_bytes`]
    UnpackedBytes,
    /// [`Limits::sheets`]
    Sheets,
    /// [`Limits::rows`]
    Rows,
    /// [`Limits::columns`]
    Columns,
    /// [`Limits::cell_chars`]
    CellChars,
    /// [`Limits::total_chars`]
    TotalChars,
}

/// A table file that cannot be read, or a sheet that cannot be written. Rows and columns count from 1.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum TableError {
    /// The file has no content.
    #[error("the file is empty")]
    EmptyFile,
    /// Not a ZIP archive with a workbook in it (perhaps the old .xls format, or a renamed file).
    #[error("the file is not an .xlsx workbook")]
    NotAWorkbook,
    /// The workbook is protected by a password.
    #[error("the workbook is protected by a password")]
    Encrypted,
    /// The archive or its XML is damaged.
    #[error("the file is damaged: {detail}")]
    Damaged {
        /// What the reader met, for the log.
        detail: String,
        /// The sheet that was being read.
        sheet: Option<String>,
        /// The last row that could still be read.
        row: Option<u32>,
        /// The last column that could still be read.
        column: Option<u32>,
    },
    /// The file goes beyond a limit.
    #[error("the file exceeds a limit: {limit:?}, at most {allowed}")]
    TooLarge {
        /// Which limit.
        limit: Limit,
        /// Its value.
        allowed: u64,
        /// Where, if it is a place.
        row: Option<u32>,
        /// Where, if it is a place.
        column: Option<u32>,
    },
    /// The text is neither UTF-8 nor GBK (GB 18030).
    #[error("line {row}: neither UTF-8 nor GBK text")]
    Encoding {
        /// Line of the first bad byte.
        row: u32,
    },
    /// A quotation mark is opened and never closed.
    #[error("line {row}: a quotation mark is not closed")]
    OpenQuote {
        /// Line on which it is opened.
        row: u32,
    },
    /// Two header cells are the same.
    #[error("row {row}, column {column}: the header {title:?} occurs twice")]
    DuplicateHeader {
        /// Header row.
        row: u32,
        /// Column of the second.
        column: u32,
        /// The title.
        title: String,
    },
    /// A row has a value to the right of the last header.
    #[error("row {row}, column {column}: a value without a header above it")]
    BeyondHeader {
        /// Row.
        row: u32,
        /// First column without a header.
        column: u32,
    },
    /// A formula whose result is an error such as `#N/A`.
    #[error("row {row}, column {column}: the cell holds the error {value}")]
    ErrorCell {
        /// Row.
        row: u32,
        /// Column.
        column: u32,
        /// The error as Excel shows it.
        value: String,
    },
    /// A number with more than 15 digits: Excel has already lost the rest, so the cell must be text.
    #[error("row {row}, column {column}: a number of more than 15 digits must be entered as text")]
    NumberTooLong {
        /// Row.
        row: u32,
        /// Column.
        column: u32,
    },
    /// A number, date or time that has no unambiguous value.
    #[error("row {row}, column {column}: {value:?} is not a number or date that can be used")]
    BadValue {
        /// Row.
        row: u32,
        /// Column.
        column: u32,
        /// The value.
        value: String,
    },
    /// Writing: a row has more cells than there are columns.
    #[error("row {row} has more cells than columns")]
    RowTooLong {
        /// Row, header included.
        row: u32,
    },
    /// Writing failed inside the XLSX writer.
    #[error("the workbook cannot be written: {detail}")]
    Write {
        /// What the writer said.
        detail: String,
    },
}

impl TableError {
    /// Stable code for texts, e.g. `number_too_long`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::EmptyFile => "empty_file",
            Self::NotAWorkbook => "not_a_workbook",
            Self::Encrypted => "encrypted",
            Self::Damaged { .. } => "damaged",
            Self::TooLarge { limit, .. } => match limit {
                Limit::FileBytes => "too_large_file",
                Limit::UnpackedBytes => "too_large_unpacked",
                Limit::Sheets => "too_many_sheets",
                Limit::Rows => "too_many_rows",
                Limit::Columns => "too_many_columns",
                Limit::CellChars => "cell_too_long",
                Limit::TotalChars => "too_much_text",
            },
            Self::Encoding { .. } => "encoding",
            Self::OpenQuote { .. } => "open_quote",
            Self::DuplicateHeader { .. } => "duplicate_header",
            Self::BeyondHeader { .. } => "beyond_header",
            Self::ErrorCell { .. } => "error_cell",
            Self::NumberTooLong { .. } => "number_too_long",
            Self::BadValue { .. } => "bad_value",
            Self::RowTooLong { .. } => "row_too_long",
            Self::Write { .. } => "write_failed",
        }
    }

    /// Row (or line) and column of the fault, as far as known; both count from 1.
    pub fn position(&self) -> (Option<u32>, Option<u32>) {
        match self {
            Self::Damaged { row, column, .. } | Self::TooLarge { row, column, .. } => (*row, *column),
            Self::Encoding { row } | Self::OpenQuote { row } | Self::RowTooLong { row } => (Some(*row), None),
            Self::DuplicateHeader { row, column, .. }
            | Self::BeyondHeader { row, column }
            | Self::ErrorCell { row, column, .. }
            | Self::NumberTooLong { row, column }
            | Self::BadValue { row, column, .. } => (Some(*row), Some(*column)),
            Self::EmptyFile | Self::NotAWorkbook | Self::Encrypted | Self::Write { .. } => (None, None),
        }
    }
}
