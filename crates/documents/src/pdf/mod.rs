//! Documents as PDF, typeset by typst inside the process.
//!
//! What for: the label of a container, the manifest of a transfer, the waybill of a
//! journey, the result sheet of a roadside check. Each is a pure
//! function of data and texts. This module must never reach the network or the file system, and never put a
//! user's string into markup.

mod check;
mod engine;
mod error;
mod label;
mod manifest;
pub mod mass;
mod prepare;
mod qr;
mod report;
#[cfg(test)]
mod tests;
mod texts;
mod waybill;

pub use check::{CheckContainer, CheckData, CheckManifest, CheckPaper, CheckVehicle, check};
pub use error::PdfError;
pub use label::{HazardTrait, LabelData, LabelSize, MAX_LABELS, container_label, container_labels};
pub use manifest::{
    Attestation, ConsignorPart, ContainerLine, LegPart, ManifestData, ManifestLine, ManifestNumber,
    ReceiptLine, ReceiverPart, SignatureLine, manifest,
};
pub(crate) use prepare::is_invisible;
#[cfg(test)]
pub(crate) use report::report_layout;
pub(crate) use report::report_page;
#[cfg(test)]
pub(crate) use tests::page_text;
pub use texts::{CheckTexts, DocumentTexts, LabelTexts, ManifestTexts, TraitNames, WaybillTexts};
pub use waybill::{GoodsLine, Party, WaybillData, WaybillPerson, WaybillVehicle, waybill};

/// A finished document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pdf {
    /// The file (PDF/A-2b).
    pub bytes: Vec<u8>,
    /// Number of pages.
    pub pages: usize,
    /// Labels only: fields whose text had to be cut with `…` because it does not fit the paper at the least
    /// permitted size, as `index/field` (e.g. `0/precautions`). Empty for a document that shows everything.
    pub shortened: Vec<String>,
}
