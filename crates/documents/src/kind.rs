//! What a file is, by its content and never by its name: for files that people bring as evidence. It opens an archive's
//! list of parts and must never unpack one.

use std::io::Cursor;

use zip::ZipArchive;

/// Most parts that an office file may have.
const MOST_PARTS: usize = 10_000;

/// A file that can serve as evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// PDF.
    Pdf,
    /// JPEG picture.
    Jpeg,
    /// PNG picture.
    Png,
    /// WebP picture.
    Webp,
    /// Excel workbook.
    Xlsx,
    /// Word document.
    Docx,
}

/// Why a file cannot serve.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KindError {
    /// Something else.
    #[error("the content is none of the kinds that serve as evidence")]
    Other,
    /// It holds macros.
    #[error("the file holds macros")]
    Macros,
    /// Encrypted, or broken.
    #[error("the file is encrypted or damaged")]
    Closed,
}

impl FileKind {
    /// The media type.
    pub const fn media_type(self) -> &'static str {
        match self {
            FileKind::Pdf => "application/pdf",
            FileKind::Jpeg => "image/jpeg",
            FileKind::Png => "image/png",
            FileKind::Webp => "image/webp",
            FileKind::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            FileKind::Docx => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        }
    }

    /// One word for it; pictures of all formats are `image`.
    pub const fn word(self) -> &'static str {
        match self {
            FileKind::Pdf => "pdf",
            FileKind::Jpeg | FileKind::Png | FileKind::Webp => "image",
            FileKind::Xlsx => "xlsx",
            FileKind::Docx => "docx",
        }
    }

    /// What the content is.
    ///
    /// # Errors
    /// When it is none of these, holds macros, or cannot be opened.
    pub fn of(content: &[u8]) -> Result<Self, KindError> {
        match content {
            [b'%', b'P', b'D', b'F', b'-', ..] => Ok(FileKind::Pdf),
            [0xff, 0xd8, 0xff, ..] => Ok(FileKind::Jpeg),
            [0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, ..] => Ok(FileKind::Png),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Ok(FileKind::Webp),
            // An encrypted office file, or one of the old binary formats.
            [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1, ..] => Err(KindError::Closed),
            [b'P', b'K', 3, 4, ..] => office(content),
            _ => Err(KindError::Other),
        }
    }
}

fn office(content: &[u8]) -> Result<FileKind, KindError> {
    let archive = ZipArchive::new(Cursor::new(content)).map_err(|_| KindError::Closed)?;
    if archive.len() > MOST_PARTS {
        return Err(KindError::Other);
    }
    for name in archive.file_names() {
        let name = name.map_err(|_| KindError::Closed)?;
        if name.to_ascii_lowercase().ends_with("vbaproject.bin") {
            return Err(KindError::Macros);
        }
    }
    let has = |part: &str| archive.index_for_name(part).is_some();
    match (has("[Content_Types].xml"), has("xl/workbook.xml"), has("word/document.xml")) {
        (true, true, false) => Ok(FileKind::Xlsx),
        (true, false, true) => Ok(FileKind::Docx),
        _ => Err(KindError::Other),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;

    fn archive(parts: &[&str]) -> Vec<u8> {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        for part in parts {
            zip.start_file(*part, SimpleFileOptions::default()).expect("part");
            zip.write_all(b"<x/>").expect("content");
        }
        zip.finish().expect("archive").into_inner()
    }

    #[test]
    fn the_content_counts() {
        assert_eq!(FileKind::of(b"%PDF-1.7\n"), Ok(FileKind::Pdf));
        assert_eq!(FileKind::of(&[0xff, 0xd8, 0xff, 0xe0]), Ok(FileKind::Jpeg));
        let xlsx = archive(&["[Content_Types].xml", "xl/workbook.xml"]);
        assert_eq!(FileKind::of(&xlsx), Ok(FileKind::Xlsx));
        let docx = archive(&["[Content_Types].xml", "word/document.xml"]);
        assert_eq!(FileKind::of(&docx), Ok(FileKind::Docx));
        assert_eq!(FileKind::of(b"MZ\x90\0"), Err(KindError::Other));
        assert_eq!(FileKind::of(b""), Err(KindError::Other));
        assert_eq!(FileKind::of(&archive(&["a.exe"])), Err(KindError::Other));
        let macros = archive(&["[Content_Types].xml", "xl/workbook.xml", "xl/vbaProject.bin"]);
        assert_eq!(FileKind::of(&macros), Err(KindError::Macros));
        assert_eq!(FileKind::of(&xlsx[..40]), Err(KindError::Closed));
        assert_eq!(FileKind::of(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest"), Err(KindError::Closed));
    }
}
