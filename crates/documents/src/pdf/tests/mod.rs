//! Tests of the documents: what is on the page is measured on the laid-out page and read back from its
//! picture. Samples go to the folder in `WUFEI_DOCUMENTS_OUT`, if it is set.

mod check;
mod hostile;
mod label;
mod manifest;
mod samples;
mod waybill;

use std::path::PathBuf;

use typst::layout::Abs;
use typst_layout::PagedDocument;
use typst_render::RenderOptions;

use super::{DocumentTexts, Pdf};

/// 2026-11-24T05:47:34Z
const CREATED: i64 = 1_795_499_254_000_000;

fn texts(lang: &str) -> DocumentTexts {
    let json = match lang {
        "en" => include_str!("../../../../../data/texts/documents.en.json"),
        _ => include_str!("../../../../../data/texts/documents.zh-CN.json"),
    };
    DocumentTexts::from_json(json).expect("the texts fit the structs")
}

fn keep(name: &str, pdf: &Pdf) {
    if let Some(folder) = std::env::var_os("WUFEI_DOCUMENTS_OUT") {
        let folder = PathBuf::from(folder);
        std::fs::create_dir_all(&folder).expect("folder");
        std::fs::write(folder.join(format!("{name}.pdf")), &pdf.bytes).expect("write");
    }
}

/// The text of every QR code on a page, read from its picture.
fn decode(document: &PagedDocument, page: usize, pixel_per_pt: f64) -> Vec<String> {
    let options = RenderOptions { pixel_per_pt: pixel_per_pt.into(), render_bleed: false };
    let picture = typst_render::render(&document.pages()[page], &options);
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let data = picture.data();
    let mut prepared = rqrr::PreparedImage::prepare_from_greyscale(width, height, |x, y| {
        let at = (y * width + x) * 4;
        let sum = u32::from(data[at]) + u32::from(data[at + 1]) + u32::from(data[at + 2]);
        u8::try_from(sum / 3).expect("a mean of bytes")
    });
    prepared.detect_grids().iter().map(|g| g.decode().expect("a readable code").1).collect()
}

/// Every glyph on a page: character cluster, font size, height of its ink, and the place of its box.
struct Glyph {
    text: String,
    size: Abs,
    ink: Abs,
    right: Abs,
    bottom: Abs,
}

fn glyphs(frame: &typst::layout::Frame) -> Vec<Glyph> {
    fn walk(frame: &typst::layout::Frame, dx: Abs, dy: Abs, out: &mut Vec<Glyph>) {
        for (at, item) in frame.items() {
            match item {
                typst::layout::FrameItem::Group(group) => walk(&group.frame, dx + at.x, dy + at.y, out),
                typst::layout::FrameItem::Text(text) => {
                    let mut x = dx + at.x;
                    for glyph in &text.glyphs {
                        let face = text.font.ttf();
                        let cluster = text.text[glyph.range()].to_owned();
                        let id = cluster.chars().next().and_then(|c| face.glyph_index(c));
                        let bounds = id.and_then(|id| face.glyph_bounding_box(id));
                        let ink = bounds.map_or(0.0, |b| f64::from(b.y_max - b.y_min));
                        x += glyph.x_advance.at(text.size);
                        out.push(Glyph {
                            text: cluster,
                            size: text.size,
                            ink: text.size * (ink / f64::from(face.units_per_em())),
                            right: x,
                            bottom: dy + at.y,
                        });
                    }
                }
                _ => {}
            }
        }
    }
    let mut out = Vec::new();
    walk(frame, Abs::zero(), Abs::zero(), &mut out);
    out
}

/// The text of a page, in the order in which it is set.
pub(crate) fn page_text(document: &PagedDocument, page: usize) -> String {
    glyphs(&document.pages()[page].frame).iter().map(|g| g.text.as_str()).collect()
}
