//! The ZIP package of a workbook: which parts it has, unpacked under one budget. An archive may claim any
//! size for a part; this module counts what really comes out and must never read past the budget.

use std::io::{Cursor, Read};

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use zip::ZipArchive;

use super::{Limit, Limits, TableError};

/// The signature of an OLE container: an encrypted workbook, or the old .xls format.
const OLE_MAGIC: &[u8] = &[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1];
const ENCRYPTED: &[u8] = b"E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e\0";

/// An opened workbook file.
pub(super) struct Package<'a> {
    zip: ZipArchive<Cursor<&'a [u8]>>,
    left: u64,
    allowed: u64,
}

/// One relationship of a part.
pub(super) struct Relation {
    pub(super) id: String,
    pub(super) kind: String,
    pub(super) target: String,
}

impl<'a> Package<'a> {
    pub(super) fn open(bytes: &'a [u8], limits: &Limits) -> Result<Self, TableError> {
        if bytes.is_empty() {
            return Err(TableError::EmptyFile);
        }
        if bytes.len() > limits.file_bytes {
            return Err(too_large(Limit::FileBytes, limits.file_bytes));
        }
        if bytes.starts_with(OLE_MAGIC) {
            let encrypted = bytes.windows(ENCRYPTED.len()).any(|w| w == ENCRYPTED);
            return Err(if encrypted { TableError::Encrypted } else { TableError::NotAWorkbook });
        }
        let zip = ZipArchive::new(Cursor::new(bytes)).map_err(|_| TableError::NotAWorkbook)?;
        Ok(Self { zip, left: limits.unpacked_bytes, allowed: limits.unpacked_bytes })
    }

    /// The text of a part (UTF-8, or UTF-16 with a byte order mark), or `None` if there is no such part.
    pub(super) fn text(&mut self, path: &str) -> Result<Option<String>, TableError> {
        let Some(index) = self.zip.index_for_name(path) else { return Ok(None) };
        let file = self.zip.by_index(index).map_err(|e| damaged(format!("{path}: {e}")))?;
        let mut bytes = Vec::new();
        // One byte more than is left, so that reaching the budget can be told from passing it.
        file.take(self.left.saturating_add(1))
            .read_to_end(&mut bytes)
            .map_err(|e| damaged(format!("{path}: {e}")))?;
        let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        self.left = self.left.checked_sub(size).ok_or(TableError::TooLarge {
            limit: Limit::UnpackedBytes,
            allowed: self.allowed,
            row: None,
            column: None,
        })?;
        if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
            let (text, _, bad) = encoding_rs::UTF_8.decode(&bytes);
            return if bad {
                Err(damaged(format!("{path}: bad UTF-16")))
            } else {
                Ok(Some(text.into_owned()))
            };
        }
        if bytes.starts_with(b"\xEF\xBB\xBF") {
            bytes.drain(..3);
        }
        String::from_utf8(bytes).map(Some).map_err(|_| damaged(format!("{path}: not UTF-8")))
    }

    /// The relationships of `part` (`""` for the package itself), their targets as paths in the archive.
    pub(super) fn relations(&mut self, part: &str) -> Result<Vec<Relation>, TableError> {
        let (folder, file) = part.rsplit_once('/').unwrap_or(("", part));
        let prefix = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        let Some(xml) = self.text(&format!("{prefix}_rels/{file}.rels"))? else { return Ok(Vec::new()) };
        let mut relations = Vec::new();
        let mut reader = Reader::from_str(&xml);
        reader.config_mut().expand_empty_elements = true;
        loop {
            match next(&mut reader)? {
                Event::Start(e) if e.local_name().as_ref() == "Relationship" => {
                    let get = |name| attribute(&e, name).map(Option::unwrap_or_default);
                    let (id, kind, target) = (get("Id")?, get("Type")?, get("Target")?);
                    relations.push(Relation { id, kind, target: resolve(folder, &target) });
                }
                Event::Eof => return Ok(relations),
                _ => {}
            }
        }
    }
}

/// A relationship target as a path without leading slash.
fn resolve(folder: &str, target: &str) -> String {
    let joined = match target.strip_prefix('/') {
        Some(absolute) => absolute.to_owned(),
        None => format!("{folder}/{target}"),
    };
    let mut parts: Vec<&str> = Vec::new();
    for part in joined.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            name => parts.push(name),
        }
    }
    parts.join("/")
}

/// The next XML event, with a typed error.
pub(super) fn next<'x>(reader: &mut Reader<&'x [u8]>) -> Result<Event<'x>, TableError> {
    reader.read_event().map_err(|e| damaged(e.to_string()))
}

/// An attribute by local name, entities resolved.
pub(super) fn attribute(element: &BytesStart<'_>, name: &str) -> Result<Option<String>, TableError> {
    for attribute in element.attributes().with_checks(false) {
        let attribute = attribute.map_err(|e| damaged(e.to_string()))?;
        if attribute.key.local_name().as_ref() == name {
            let value = quick_xml::escape::unescape(&attribute.value).map_err(|e| damaged(e.to_string()))?;
            return Ok(Some(value.into_owned()));
        }
    }
    Ok(None)
}

pub(super) fn damaged(detail: impl Into<String>) -> TableError {
    TableError::Damaged { detail: detail.into(), sheet: None, row: None, column: None }
}

pub(super) fn too_large(limit: Limit, allowed: usize) -> TableError {
    TableError::TooLarge {
        limit,
        allowed: u64::try_from(allowed).unwrap_or(u64::MAX),
        row: None,
        column: None,
    }
}
