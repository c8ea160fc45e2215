//! The page of a report: prepares the texts of the model and hands it to the template. Unlike on forms, spaces at the
//! ends of a text stay, because a sentence is put together from several.

use serde_json::{Value, json};
use typst_layout::PagedDocument;

use super::engine::{self, Template};
use super::{Pdf, PdfError, prepare};

/// The language of a text whose language nobody knows (ISO 639-2).
const UNKNOWN: &str = "und";

/// Lays out a report model and exports it.
pub(crate) fn report_page(report: Value, created_at: i64) -> Result<Pdf, PdfError> {
    engine::export(&report_layout(report)?, created_at)
}

/// Lays out a report model.
pub(crate) fn report_layout(mut report: Value) -> Result<PagedDocument, PdfError> {
    prepare::running(&mut report);
    let lang = report.get("lang").and_then(Value::as_str).unwrap_or_default();
    let lang = lang.split('-').next().unwrap_or_default();
    let known = matches!(lang.len(), 2..=3) && lang.bytes().all(|b| b.is_ascii_lowercase());
    let lang = if known { lang.to_owned() } else { UNKNOWN.to_owned() };
    engine::layout(Template::Report, json!({}), vec![("texts", json!({"lang": lang})), ("report", report)])
}
