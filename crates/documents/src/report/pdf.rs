//! A report as PDF: the model goes to the typst template as data. Charts are drawn there as vectors.

use serde_json::{Value, json};

use super::{Block, Report, ReportError};
use crate::pdf::{Pdf, report_page};

/// The report as PDF. `created_at` is UTC microseconds.
///
/// # Errors
/// When it is larger than a report can be, or the layout fails.
pub fn pdf(report: &Report, created_at: i64) -> Result<Pdf, ReportError> {
    report.check()?;
    Ok(report_page(input(report)?, created_at)?)
}

/// The model with the lengths of the bars, for the template.
pub(super) fn input(report: &Report) -> Result<Value, ReportError> {
    let mut input = serde_json::to_value(report).map_err(|e| ReportError::Write(e.to_string()))?;
    let blocks = input.get_mut("blocks").and_then(Value::as_array_mut);
    for (value, block) in blocks.into_iter().flatten().zip(&report.blocks) {
        if let (Block::Chart(chart), Value::Object(fields)) = (block, value) {
            fields.insert("shares".to_owned(), json!(chart.shares()));
        }
    }
    Ok(input)
}
