//! The label of a container after HJ 1276-2022: three sizes, black on orange RGB(255,150,0), least heights of
//! characters 3, 5 and 6 mm, and a QR code. It prints what it is given; it must never compose or check the
//! identification code, which is the work of `domain::codes`.

use serde::Serialize;
use serde_json::json;

use super::engine::{self, Template};
use super::texts::LabelTexts;
use super::{Pdf, PdfError, mass, qr};

/// Labels that one call may print.
pub const MAX_LABELS: usize = 200;

/// Size of a label; which one a container needs follows from its volume.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LabelSize {
    /// 100 × 100 mm, characters at least 3 mm: containers up to 50 L.
    S100,
    /// 150 × 150 mm, characters at least 5 mm: above 50 L, up to 450 L.
    S150,
    /// 200 × 200 mm, characters at least 6 mm: above 450 L (to be put on two opposite sides).
    S200,
}

impl LabelSize {
    /// The size that HJ 1276 asks for a container of `millilitres`.
    pub fn for_capacity(millilitres: i64) -> Self {
        match millilitres {
            ..=50_000 => Self::S100,
            50_001..=450_000 => Self::S150,
            _ => Self::S200,
        }
    }

    /// Side of the square in millimetres.
    pub const fn side_mm(self) -> u32 {
        match self {
            Self::S100 => 100,
            Self::S150 => 150,
            Self::S200 => 200,
        }
    }

    /// Least height of a character in millimetres.
    pub const fn min_text_mm(self) -> u32 {
        match self {
            Self::S100 => 3,
            Self::S150 => 5,
            Self::S200 => 6,
        }
    }
}

/// A hazard trait of the national catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
pub enum HazardTrait {
    /// Toxic (毒性).
    T,
    /// Corrosive (腐蚀性).
    C,
    /// Ignitable (易燃性).
    I,
    /// Reactive (反应性).
    R,
    /// Infectious (感染性).
    In,
}

impl HazardTrait {
    /// The traits in a catalogue entry such as `T,I` or `T/C/I/R`; letters that are none are left out.
    pub fn parse_list(text: &str) -> Vec<Self> {
        text.split([',', '/', '，', '、', ' '])
            .filter_map(|letter| match letter.trim() {
                "T" => Some(Self::T),
                "C" => Some(Self::C),
                "I" => Some(Self::I),
                "R" => Some(Self::R),
                "In" => Some(Self::In),
                _ => None,
            })
            .collect()
    }
}

/// What stands on a label.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LabelData {
    /// Name of the waste.
    pub name: String,
    /// Category, e.g. `HW08`.
    pub category: String,
    /// Code, e.g. `900-249-08`.
    pub code: String,
    /// Physical form, as words.
    pub form: String,
    /// Hazard traits, ticked on the label.
    pub traits: Vec<HazardTrait>,
    /// Main components.
    pub main_components: String,
    /// Hazardous components.
    pub hazardous_components: String,
    /// Precautions.
    pub precautions: String,
    /// The 37-digit identification code, printed in its four parts.
    pub container_id: String,
    /// Producing or collecting unit.
    pub producer: String,
    /// Contact person.
    pub contact: String,
    /// Telephone of the contact; never shortened.
    pub phone: String,
    /// Date of generation, `YYYY-MM-DD`.
    pub generated_on: String,
    /// Mass of the waste in grams; empty for a container that is still being filled.
    #[serde(rename = "mass", serialize_with = "mass::as_kilograms_or_null")]
    pub mass_g: Option<i64>,
    /// Remarks.
    pub remarks: String,
    /// Content of the QR code: the identification code, or an address whose last part it is.
    #[serde(skip)]
    pub qr_payload: String,
}

/// One label as a PDF of one page. `created_at` is UTC microseconds.
pub fn container_label(
    data: &LabelData,
    texts: &LabelTexts,
    size: LabelSize,
    created_at: i64,
) -> Result<Pdf, PdfError> {
    container_labels(std::slice::from_ref(data), texts, size, created_at)
}

/// Several labels of one size, one page each.
pub fn container_labels(
    labels: &[LabelData],
    texts: &LabelTexts,
    size: LabelSize,
    created_at: i64,
) -> Result<Pdf, PdfError> {
    engine::export(&layout(labels, texts, size)?, created_at)
}

pub(super) fn layout(
    labels: &[LabelData],
    texts: &LabelTexts,
    size: LabelSize,
) -> Result<typst_layout::PagedDocument, PdfError> {
    if labels.len() > MAX_LABELS || labels.is_empty() {
        return Err(PdfError::TooMany { what: "labels", count: labels.len(), allowed: MAX_LABELS });
    }
    let codes = labels.iter().map(|l| qr::svg(&l.qr_payload)).collect::<Result<Vec<_>, _>>()?;
    let input = json!({
        "side_mm": size.side_mm(),
        "min_text_mm": size.min_text_mm(),
        "texts": texts,
        "labels": labels,
    });
    engine::layout(Template::Label, input, vec![("qr", json!(codes))])
}
