//! Labels, manifests and waybills as PDF, reports as PDF and DOCX, lists as XLSX and CSV, and reading such tables.
//!
//! What for: everything that leaves the product as a file. The crate knows layout and file formats; it must
//! never decide anything (no rules, no SQL, no clock, no network), and no user-facing word stands in its
//! code: texts come as data ([`pdf::DocumentTexts`], kept in `data/texts/documents.*.json`).
//!
//! All functions are synchronous and pure: the same input gives the same bytes. Making a PDF takes tens of
//! milliseconds of processor time, so a server calls it from a blocking thread.
//!
//! # Adding a document
//!
//! Take `pdf/waybill.rs` and `pdf/templates/waybill.typ` as a pattern.
//!
//! 1. **Data**: a struct `…Data` with plain fields, in the order of the form. Quantities are `i64` grams and
//!    serialised by [`pdf::mass`]; dates and times come as strings that the caller has already put into the
//!    city's zone; an empty or missing value is printed as a dash. Derive `Serialize`.
//! 2. **Texts**: a struct `…Texts` with one field per word on the paper, `deny_unknown_fields`, and a field
//!    of this type in [`pdf::DocumentTexts`]; then the words in `data/texts/documents.zh-CN.json` and
//!    `documents.en.json`. Serde refuses a missing or superfluous one, and a test loads both files.
//! 3. **Template**: `pdf/templates/NAME.typ`. It begins with `#import "common.typ": *` and reads everything
//!    from `input` (the virtual file `/data.json`: `data`, `texts`, and what the Rust side adds, such as a
//!    QR code as SVG). Never build markup from a string: a value put in with `#value` stays text, whatever
//!    it contains. Register the file in `engine::Template`.
//! 4. **Function**: `pub fn NAME(data, texts) -> Result<Pdf, PdfError>`, which calls `engine::make`. The
//!    creation time is an argument (`created_at`), never the clock.
//! 5. **Tests**, in `pdf/tests`: page size, page count for much data, hostile strings, the same bytes twice,
//!    QR codes decoded from the rendered page. Then look at it: `WUFEI_DOCUMENTS_OUT=/tmp/pdf cargo test -p
//!    documents` writes every sample there; `pdftoppm -r 100 -png FILE OUT` makes pictures.
//!
//! Fonts: `fonts/README.md` says where they come from and how the subset is made.

mod civil;
pub mod kind;
pub mod pdf;
pub mod report;
pub mod table;
