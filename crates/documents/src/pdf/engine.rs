//! The typst compiler as a function: template + JSON in, PDF out. Its world holds two fonts, the templates
//! and one data file, all in memory; it must never open a file, a socket or a package, nor ask for the date.

use std::sync::LazyLock;

use serde_json::Value;
use typst::diag::{FileError, FileResult, SourceDiagnostic};
use typst::foundations::{Bytes, Datetime, Duration, Label, Selector, Smart, Value as TypstValue};
use typst::introspection::{Introspector, MetadataElem};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::{LazyHash, PicoStr};
use typst::{Library, LibraryExt, World, comemo};
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards, Timestamp};

use super::{Pdf, PdfError, prepare};
use crate::civil;

/// Compilations after which an unused layout result is forgotten. Small: every document is different, only
/// the fonts and templates are worth remembering.
const CACHE_AGE: usize = 3;

static REGULAR: &[u8] = include_bytes!("../../fonts/NotoSansSC-Regular.ttf");
static BOLD: &[u8] = include_bytes!("../../fonts/NotoSansSC-Bold-GB2312.ttf");

/// What is the same for every document.
struct Shared {
    library: LazyHash<Library>,
    book: LazyHash<FontBook>,
    fonts: Vec<Font>,
    sources: Vec<Source>,
    data: FileId,
    standards: PdfStandards,
}

static SHARED: LazyLock<Option<Shared>> = LazyLock::new(|| {
    let fonts: Vec<Font> =
        [REGULAR, BOLD].into_iter().map(|data| Font::new(Bytes::new(data), 0)).collect::<Option<_>>()?;
    let mut sources = Vec::new();
    for (path, text) in [
        (COMMON, include_str!("templates/common.typ")),
        (Template::Label.path(), include_str!("templates/label.typ")),
        (Template::Manifest.path(), include_str!("templates/manifest.typ")),
        (Template::Waybill.path(), include_str!("templates/waybill.typ")),
        (Template::Check.path(), include_str!("templates/check.typ")),
        (Template::Report.path(), include_str!("templates/report.typ")),
    ] {
        sources.push(Source::new(file_id(path)?, text.to_owned()));
    }
    Some(Shared {
        library: LazyHash::new(Library::default()),
        book: LazyHash::new(FontBook::from_fonts(&fonts)),
        fonts,
        sources,
        data: file_id("/data.json")?,
        standards: PdfStandards::new(&[PdfStandard::A_2b]).ok()?,
    })
});

const COMMON: &str = "/common.typ";

fn file_id(path: &str) -> Option<FileId> {
    Some(RootedPath::new(VirtualRoot::Project, VirtualPath::new(path).ok()?).intern())
}

/// The templates of this crate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Template {
    Label,
    Manifest,
    Waybill,
    Check,
    Report,
}

impl Template {
    const fn path(self) -> &'static str {
        match self {
            Self::Label => "/label.typ",
            Self::Manifest => "/manifest.typ",
            Self::Waybill => "/waybill.typ",
            Self::Check => "/check.typ",
            Self::Report => "/report.typ",
        }
    }
}

/// True when one of the embedded fonts can draw `c`.
pub(super) fn has_glyph(c: char) -> bool {
    SHARED.as_ref().is_some_and(|s| {
        (0..s.fonts.len()).any(|i| s.book.info(i).is_some_and(|info| info.coverage.contains(u32::from(c))))
    })
}

struct DocumentWorld {
    shared: &'static Shared,
    main: FileId,
    data: Bytes,
}

impl World for DocumentWorld {
    fn library(&self) -> &LazyHash<Library> {
        &self.shared.library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &self.shared.book
    }

    fn main(&self) -> FileId {
        self.main
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        self.shared.sources.iter().find(|s| s.id() == id).cloned().ok_or(FileError::AccessDenied)
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        if id == self.shared.data { Ok(self.data.clone()) } else { Err(FileError::AccessDenied) }
    }

    fn font(&self, index: usize) -> Option<Font> {
        self.shared.fonts.get(index).cloned()
    }

    fn today(&self, _: Option<Duration>) -> Option<Datetime> {
        None
    }
}

/// Lays a document out. `plain` fields go to the template untouched (SVG); strings in `input` are prepared.
pub(super) fn layout(
    template: Template,
    mut input: Value,
    plain: Vec<(&str, Value)>,
) -> Result<PagedDocument, PdfError> {
    let shared = SHARED.as_ref().ok_or(PdfError::Fonts)?;
    prepare::strings(&mut input);
    if let Value::Object(fields) = &mut input {
        fields.extend(plain.into_iter().map(|(key, value)| (key.to_owned(), value)));
    }
    let main = file_id(template.path()).ok_or(PdfError::Fonts)?;
    let data = serde_json::to_vec(&input).map_err(|e| PdfError::Layout(e.to_string()))?;
    let world = DocumentWorld { shared, main, data: Bytes::new(data) };
    let result = typst::compile::<PagedDocument>(&world).output;
    comemo::evict(CACHE_AGE);
    result.map_err(|errors| PdfError::Layout(messages(&errors)))
}

/// Lays out and exports a document. `created_at` is UTC microseconds.
pub(super) fn make(
    template: Template,
    input: Value,
    plain: Vec<(&str, Value)>,
    created_at: i64,
) -> Result<Pdf, PdfError> {
    let document = layout(template, input, plain)?;
    export(&document, created_at)
}

pub(super) fn export(document: &PagedDocument, created_at: i64) -> Result<Pdf, PdfError> {
    let shared = SHARED.as_ref().ok_or(PdfError::Fonts)?;
    let c = civil::utc(created_at);
    let options = PdfOptions {
        ident: Smart::Auto,
        creator: Smart::Custom(Some("Wufei".to_owned())),
        timestamp: Datetime::from_ymd_hms(i32::from(c.year), c.month, c.day, c.hour, c.minute, c.second)
            .map(Timestamp::new_utc),
        page_ranges: None,
        standards: shared.standards.clone(),
        tagged: true,
        pretty: false,
    };
    let bytes = typst_pdf::pdf(document, &options).map_err(|errors| PdfError::Export(messages(&errors)))?;
    Ok(Pdf { bytes, pages: document.pages().len(), shortened: shortened(document) })
}

/// The strings that the template reported under the label `<shortened>`.
pub(super) fn shortened(document: &PagedDocument) -> Vec<String> {
    let Some(label) = Label::new(PicoStr::intern("shortened")) else { return Vec::new() };
    let mut found = Vec::new();
    for element in document.introspector().query(&Selector::Label(label)) {
        if let Some(metadata) = element.to_packed::<MetadataElem>()
            && let TypstValue::Str(field) = &metadata.value
        {
            found.push(field.to_string());
        }
    }
    found
}

fn messages(errors: &[SourceDiagnostic]) -> String {
    errors.iter().map(|e| e.message.as_str()).collect::<Vec<_>>().join("; ")
}
