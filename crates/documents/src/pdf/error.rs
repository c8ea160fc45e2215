//! What can go wrong when a PDF is made. A failure here is a fault of the program or absurd input, never of
//! ordinary data; this module must never leak typst's spans and paths to end users (`Display` is for logs).

use thiserror::Error;

/// A PDF that could not be made.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PdfError {
    /// The text for a QR code is longer than a QR code holds.
    #[error("the text for the QR code is too long or empty ({length} bytes)")]
    QrPayload {
        /// Bytes of the payload.
        length: usize,
    },
    /// More labels, lines or containers than one document may have.
    #[error("too many {what}: {count}, at most {allowed}")]
    TooMany {
        /// `labels`, `lines`, `containers`, `legs` or `signatures`.
        what: &'static str,
        /// How many were given.
        count: usize,
        /// How many are allowed.
        allowed: usize,
    },
    /// A template did not compile or lay out: a fault of this crate.
    #[error("the document could not be laid out: {0}")]
    Layout(String),
    /// The PDF could not be written: a fault of this crate.
    #[error("the PDF could not be written: {0}")]
    Export(String),
    /// The embedded fonts could not be read: a broken build.
    #[error("the embedded fonts cannot be read")]
    Fonts,
}
