//! HJ 1276: sizes, heights, colours, and a QR code that leads back to the container.

use typst::layout::Abs;

use super::samples::{CONTAINER, label, long_name, nasty_label};
use super::{CREATED, decode, glyphs, keep, page_text, texts};
use crate::pdf::label::layout;
use crate::pdf::{HazardTrait, LabelData, LabelSize, PdfError, container_label, container_labels};

const SIZES: [LabelSize; 3] = [LabelSize::S100, LabelSize::S150, LabelSize::S200];

#[test]
fn page_is_exactly_the_size_of_the_label() {
    for size in SIZES {
        let document = layout(&[label()], &texts("zh").label, size).expect("label");
        let side = Abs::mm(f64::from(size.side_mm()));
        assert_eq!(document.pages().len(), 1);
        let page = &document.pages()[0].frame;
        assert!((page.width() - side).abs() < Abs::pt(1e-6), "{size:?}");
        assert!((page.height() - side).abs() < Abs::pt(1e-6), "{size:?}");
        // The same in the file itself.
        let pdf = container_label(&label(), &texts("zh").label, size, CREATED).expect("label");
        keep(&format!("label-{}", size.side_mm()), &pdf);
        let points = side.to_pt();
        let text = String::from_utf8_lossy(&pdf.bytes);
        let at = text.find("/MediaBox").expect("a page");
        let numbers: Vec<f64> = text[at..]
            .split(['[', ']'])
            .nth(1)
            .expect("four numbers")
            .split_whitespace()
            .map(|n| n.parse().expect("number"))
            .collect();
        assert!((numbers[2] - points).abs() < 0.01 && (numbers[3] - points).abs() < 0.01, "{numbers:?}");
    }
}

#[test]
fn qr_codes_decode_from_the_picture_in_all_sizes() {
    for (size, scale) in [(LabelSize::S100, 3.0), (LabelSize::S150, 2.0), (LabelSize::S200, 1.5)] {
        for lang in ["zh", "en"] {
            let document = layout(&[label()], &texts(lang).label, size).expect("label");
            assert_eq!(decode(&document, 0, scale), [label().qr_payload], "{size:?} {lang}");
        }
        let bare = LabelData { qr_payload: CONTAINER.to_owned(), ..label() };
        let document = layout(&[bare], &texts("zh").label, size).expect("label");
        assert_eq!(decode(&document, 0, scale), [CONTAINER], "{size:?} bare code");
    }
}

/// A digit or capital is a full-height character of the Latin script; 国 stands for the Chinese ones.
fn check_heights(labels: &[LabelData], lang: &str, size: LabelSize) {
    let document = layout(labels, &texts(lang).label, size).expect("label");
    let least = Abs::mm(f64::from(size.min_text_mm())) - Abs::pt(1e-3);
    let side = Abs::mm(f64::from(size.side_mm()));
    for page in document.pages() {
        let all = glyphs(&page.frame);
        assert!(all.len() > 60);
        for glyph in all {
            let c = glyph.text.chars().next().expect("a character");
            if c.is_ascii_digit() || c.is_ascii_uppercase() {
                assert!(glyph.ink >= least, "{size:?} {lang}: {c} is {} mm", glyph.ink.to_mm());
            } else if ('\u{4E00}'..='\u{9FFF}').contains(&c) {
                assert!(
                    glyph.size * 0.875 >= least,
                    "{size:?} {lang}: {c} is {} mm",
                    (glyph.size * 0.875).to_mm()
                );
            }
            let edge = side - Abs::mm(4.0);
            assert!(
                glyph.right <= edge && glyph.bottom <= edge,
                "{size:?} {lang}: {c} runs over the frame at {} / {} mm: {}",
                glyph.right.to_mm(),
                glyph.bottom.to_mm(),
                page_text(&document, 0),
            );
        }
    }
}

#[test]
fn characters_have_the_least_height() {
    for size in SIZES {
        for lang in ["zh", "en"] {
            check_heights(&[label()], lang, size);
        }
    }
}

#[test]
fn ordinary_data_is_not_shortened() {
    for size in SIZES {
        for lang in ["zh", "en"] {
            let pdf = container_label(&label(), &texts(lang).label, size, CREATED).expect("label");
            keep(&format!("label-{}-{lang}", size.side_mm()), &pdf);
            assert_eq!(pdf.shortened, Vec::<String>::new(), "{size:?} {lang}");
        }
    }
}

#[test]
fn hostile_labels_stay_within_the_frame_and_say_what_was_cut() {
    for size in SIZES {
        let labels: Vec<LabelData> = (0..6).map(nasty_label).collect();
        for lang in ["zh", "en"] {
            check_heights(&labels, lang, size);
        }
        let pdf = container_labels(&labels, &texts("zh").label, size, CREATED).expect("labels");
        keep(&format!("label-nasty-{}", size.side_mm()), &pdf);
        assert_eq!(pdf.pages, 6);
        assert!(pdf.shortened.contains(&"0/producer".to_owned()), "{:?}", pdf.shortened);
        assert!(pdf.shortened.contains(&"5/remarks".to_owned()), "{:?}", pdf.shortened);
    }
}

#[test]
fn everything_too_long_at_once_still_fits_and_keeps_what_must_be_whole() {
    let crammed = LabelData {
        name: long_name(),
        category: "HW08".to_owned(),
        form: long_name(),
        traits: vec![HazardTrait::T, HazardTrait::C, HazardTrait::I, HazardTrait::R, HazardTrait::In],
        main_components: long_name(),
        hazardous_components: long_name(),
        precautions: long_name(),
        producer: long_name(),
        contact: long_name(),
        phone: "0510-86000001转12345".to_owned(),
        mass_g: Some(i64::MAX),
        remarks: long_name(),
        ..label()
    };
    for size in SIZES {
        check_heights(std::slice::from_ref(&crammed), "zh", size);
        let document = layout(std::slice::from_ref(&crammed), &texts("zh").label, size).expect("label");
        let text: String = page_text(&document, 0).chars().filter(|c| !c.is_whitespace()).collect();
        for whole in [CONTAINER, "0510-86000001转12345", "900-249-08", "9223372036854775.807"] {
            assert!(text.contains(whole), "{size:?}: {whole} in {text}");
        }
        let pdf = container_label(&crammed, &texts("zh").label, size, CREATED).expect("label");
        keep(&format!("label-crammed-{}", size.side_mm()), &pdf);
    }
}

#[test]
fn colours_frame_and_margin() {
    let document = layout(&[label()], &texts("zh").label, LabelSize::S100).expect("label");
    let options = typst_render::RenderOptions { pixel_per_pt: 4.0.into(), render_bleed: false };
    let picture = typst_render::render(&document.pages()[0], &options);
    let at = |x_mm: f64, y_mm: f64| {
        let px = |mm: f64| u32_of(Abs::mm(mm).to_pt() * 4.0);
        let p = picture.pixel(px(x_mm), px(y_mm)).expect("inside");
        (p.red(), p.green(), p.blue())
    };
    assert_eq!(at(1.5, 50.0), (255, 255, 255), "margin of at least 3 mm");
    assert_eq!(at(2.9, 50.0), (255, 255, 255), "margin of at least 3 mm");
    for x in [3.4, 3.9, 4.4] {
        assert_eq!(at(x, 50.0), (0, 0, 0), "frame of at least 1 mm");
    }
    assert_eq!(at(5.0, 6.0), (255, 150, 0), "orange");
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small positive pixels")]
fn u32_of(value: f64) -> u32 {
    value.round() as u32
}

#[test]
fn same_data_same_bytes_and_rare_characters_are_in_the_text() {
    let data = LabelData { contact: "张㛃𫖮".to_owned(), ..label() };
    let make = |at| container_label(&data, &texts("zh").label, LabelSize::S150, at).expect("label").bytes;
    assert_eq!(make(CREATED), make(CREATED));
    assert_ne!(make(CREATED), make(CREATED + 1_000_000));
    let document = layout(std::slice::from_ref(&data), &texts("zh").label, LabelSize::S150).expect("label");
    assert!(page_text(&document, 0).contains("张㛃𫖮"));
}

#[test]
fn sizes_follow_from_the_volume() {
    for (ml, size) in [
        (0, LabelSize::S100),
        (50_000, LabelSize::S100),
        (50_001, LabelSize::S150),
        (450_000, LabelSize::S150),
        (450_001, LabelSize::S200),
    ] {
        assert_eq!(LabelSize::for_capacity(ml), size);
    }
    assert_eq!(HazardTrait::parse_list("T/C/I/R").len(), 4);
    assert_eq!(HazardTrait::parse_list("In,X, T"), [HazardTrait::In, HazardTrait::T]);
}

#[test]
fn refuses_no_labels_and_too_many() {
    for labels in [Vec::new(), vec![label(); 201]] {
        let error =
            container_labels(&labels, &texts("zh").label, LabelSize::S100, CREATED).expect_err("refused");
        assert!(matches!(error, PdfError::TooMany { what: "labels", .. }));
    }
}
