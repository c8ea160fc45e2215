//! Tests of the report: both files are read back and must say what the model says, whatever stands in it.

mod files;
mod samples;

use std::io::{Cursor, Read};

use quick_xml::Reader;
use quick_xml::events::Event;

/// 2026-11-24T05:47:34Z
const CREATED: i64 = 1_795_499_254_000_000;

/// A part of a DOCX.
fn part(docx: &[u8], name: &str) -> String {
    let mut zip = zip::ZipArchive::new(Cursor::new(docx)).expect("a zip");
    let mut text = String::new();
    zip.by_name(name).expect("the part").read_to_string(&mut text).expect("UTF-8");
    text
}

/// The text of every paragraph of a part.
fn paragraphs(xml: &str) -> Vec<String> {
    let mut reader = Reader::from_str(xml);
    let (mut out, mut inside) = (Vec::new(), false);
    loop {
        match reader.read_event().expect("well-formed XML") {
            Event::Start(e) if e.name().as_ref() == "w:p" => out.push(String::new()),
            Event::Start(e) if e.name().as_ref() == "w:t" => inside = true,
            Event::End(e) if e.name().as_ref() == "w:t" => inside = false,
            Event::Text(t) if inside => out.last_mut().expect("a paragraph").push_str(&t),
            Event::GeneralRef(r) if inside => {
                let name = r.to_string();
                let c = match name.as_str() {
                    "amp" => '&',
                    "lt" => '<',
                    "gt" => '>',
                    "quot" => '"',
                    "#39" => '\'',
                    other => panic!("an entity {other}"),
                };
                out.last_mut().expect("a paragraph").push(c);
            }
            Event::Eof => return out,
            _ => {}
        }
    }
}

/// Every part is well-formed.
fn sound(docx: &[u8]) {
    let mut zip = zip::ZipArchive::new(Cursor::new(docx)).expect("a zip");
    for i in 0..zip.len() {
        let mut file = zip.by_index(i).expect("a part");
        let mut text = String::new();
        file.read_to_string(&mut text).expect("UTF-8");
        let name = file.name().expect("a name").into_owned();
        let mut reader = Reader::from_str(&text);
        reader.config_mut().check_end_names = true;
        loop {
            match reader.read_event() {
                Ok(Event::Eof) => break,
                Ok(_) => {}
                Err(error) => panic!("{name}: {error}"),
            }
        }
        let bad = text.chars().find(|c| c.is_control() && !matches!(c, '\n' | '\t' | '\r'));
        assert_eq!(bad, None, "{name} holds a character that XML cannot");
    }
}

fn keep(name: &str, bytes: &[u8]) {
    if let Some(folder) = std::env::var_os("WUFEI_DOCUMENTS_OUT") {
        let folder = std::path::PathBuf::from(folder);
        std::fs::create_dir_all(&folder).expect("folder");
        std::fs::write(folder.join(name), bytes).expect("write");
    }
}
