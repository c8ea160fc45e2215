//! The result sheet of a roadside check, as an A4 form: what was looked up, why, what was found, and also that nothing
//! was found. It must never look like a formal inspection record, and says that it is none.

use serde::Serialize;
use serde_json::json;

use super::engine::{self, Template};
use super::texts::CheckTexts;
use super::{Pdf, PdfError, mass};

const MAX_LINES: usize = 200;

/// What stands on a result sheet.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct CheckData {
    /// Number of the check.
    pub number: String,
    /// When it was made.
    pub checked_at: String,
    /// When this sheet was made.
    pub issued_at: String,
    /// Inspector.
    pub inspector: String,
    /// The inspector's organisation.
    pub organisation: String,
    /// Where, as words.
    pub place: Option<String>,
    /// Kind of look-up: a key of [`CheckTexts::kinds`].
    pub kind: String,
    /// What was scanned or typed.
    pub value: String,
    /// Why.
    pub purpose: String,
    /// Whether a document was found.
    pub found: bool,
    /// The truck.
    pub vehicle: Option<CheckVehicle>,
    /// Documents.
    pub manifests: Vec<CheckManifest>,
    /// The container.
    pub container: Option<CheckContainer>,
    /// Licences and certificates.
    pub papers: Vec<CheckPaper>,
    /// What the scanned code proved: a key of [`CheckTexts::codes`].
    pub code: Option<String>,
    /// Place of the check in the journal.
    pub journal_position: i64,
}

/// The truck on a result sheet.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct CheckVehicle {
    /// Plate with its colour, as words.
    pub plate: String,
    /// Carrier.
    pub carrier: String,
}

/// A document on a result sheet.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct CheckManifest {
    /// Number.
    pub number: String,
    /// Whether that number is officially assigned; otherwise the sheet says that it is not.
    pub official: bool,
    /// Status at the time of the check, as words.
    pub status: String,
    /// Consignor.
    pub consignor: String,
    /// Receiver.
    pub receiver: String,
    /// Waste codes, as words.
    pub waste: String,
    /// Containers.
    pub containers: i64,
    /// Mass sent, grams.
    #[serde(rename = "mass", serialize_with = "mass::as_tonnes")]
    pub mass_g: i64,
}

/// The container on a result sheet.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct CheckContainer {
    /// Identification code.
    pub id: String,
    /// Waste with its code, as words.
    pub waste: String,
    /// Whose it is.
    pub holder: String,
}

/// A licence or certificate on a result sheet.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct CheckPaper {
    /// A key of [`CheckTexts::papers`].
    pub kind: String,
    /// Whose.
    pub holder: String,
    /// Number; masked for a person.
    pub number: Option<String>,
    /// Last day.
    pub valid_to: Option<String>,
    /// A key of [`CheckTexts::validity`].
    pub validity: String,
}

/// The result sheet as PDF. `created_at` is UTC microseconds.
pub fn check(data: &CheckData, texts: &CheckTexts, created_at: i64) -> Result<Pdf, PdfError> {
    let count = data.manifests.len().max(data.papers.len());
    if count > MAX_LINES {
        return Err(PdfError::TooMany { what: "lines", count, allowed: MAX_LINES });
    }
    engine::make(Template::Check, json!({"data": data, "texts": texts}), vec![], created_at)
}
