//! The manifest: what it shows, that it never passes for official when it is not, and its QR code.

use typst::layout::Abs;

use super::samples::{HASH, draft, manifest};
use super::{CREATED, decode, keep, page_text, texts};
use crate::pdf::manifest::layout;
use crate::pdf::{ContainerLine, ManifestData, ManifestLine, ManifestNumber, PdfError, manifest as make};

fn whole_text(data: &ManifestData, lang: &str) -> String {
    let document = layout(data, &texts(lang).manifest).expect("manifest");
    let text: String = (0..document.pages().len()).map(|p| page_text(&document, p)).collect();
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

#[test]
fn is_a4_and_its_qr_code_decodes() {
    for lang in ["zh", "en"] {
        for (name, data) in [("manifest", manifest()), ("manifest-draft", draft())] {
            let document = layout(&data, &texts(lang).manifest).expect("manifest");
            for page in document.pages() {
                assert!((page.frame.width() - Abs::mm(210.0)).abs() < Abs::pt(1e-6));
                assert!((page.frame.height() - Abs::mm(297.0)).abs() < Abs::pt(1e-6));
            }
            assert_eq!(
                decode(&document, 0, 3.0),
                std::slice::from_ref(&data.attestation.qr_payload),
                "{name} {lang}"
            );
            let pdf = make(&data, &texts(lang).manifest, CREATED).expect("manifest");
            keep(&format!("{name}-{lang}"), &pdf);
        }
    }
}

#[test]
fn shows_every_part_and_exact_quantities() {
    let text = whole_text(&manifest(), "zh");
    for part in [
        "20263202000123",
        "91320281MA1NQWAN0A",
        "2.166500",
        "0.812345",
        "2.978845", // total sent
        "2.7983",   // total accepted
        "苏B12345（黄）",
        "部分接受",
        "张㛃",
        HASH,
        "18204",
        "离线核验只能证明签发时的版本与内容；实时状态未知。",
        "theliverstatusisunknown",
    ] {
        let part = part.replace("liver", "live");
        assert!(text.contains(&part), "{part} is missing");
    }
    assert!(!text.contains("非法定联单"));
}

#[test]
fn an_internal_number_is_never_taken_for_an_official_one() {
    let text = whole_text(&draft(), "zh");
    assert!(text.contains("非法定联单") && text.contains("内部编号WF-2026-000042"));
    assert!(!text.contains("联单编号WF"));
    assert!(text.contains("（尚未填写）"));
    let demo = ManifestData { number: ManifestNumber::Demo("20263202900001".to_owned()), ..manifest() };
    let text = whole_text(&demo, "zh");
    assert!(text.contains("非法定联单") && text.contains("演示编号20263202900001"));
    let text = whole_text(&draft(), "en");
    assert!(text.contains("Notastatutorymanifest"));
}

#[test]
fn many_lines_run_over_several_pages_with_number_and_page_on_each() {
    let base = manifest();
    let data = ManifestData {
        lines: (0..120).map(|_| base.lines[0].clone()).collect(),
        containers: (0..400).map(|_| base.containers[0].clone()).collect(),
        legs: vec![base.legs[0].clone(); 3],
        ..base
    };
    let document = layout(&data, &texts("zh").manifest).expect("manifest");
    let pages = document.pages().len();
    assert!(pages > 8, "{pages} pages");
    for page in 1..pages {
        let text: String = page_text(&document, page).chars().filter(|c| !c.is_whitespace()).collect();
        assert!(text.contains("联单编号20263202000123"), "page {page}");
        assert!(text.contains(&format!("页{}/{pages}", page + 1)), "page {page}");
    }
    let text = whole_text(&data, "zh");
    assert!(text.contains("第1承运人") && text.contains("第3承运人"));
    keep("manifest-long", &make(&data, &texts("zh").manifest, CREATED).expect("manifest"));
}

#[test]
fn drafts_and_voided_documents_are_marked_on_every_page() {
    let count = |status: &str, name: &str| {
        let data = ManifestData { status: status.to_owned(), ..manifest() };
        let document = layout(&data, &texts("zh").manifest).expect("manifest");
        (0..document.pages().len()).filter(|p| page_text(&document, *p).contains(name)).count()
    };
    assert_eq!(count("voided", "已作废"), 2);
    assert_eq!(count("draft", "草稿"), 2);
    assert_eq!(count("in_transit", "运输中"), 1);
}

#[test]
fn same_data_same_bytes() {
    let once = || make(&manifest(), &texts("zh").manifest, CREATED).expect("manifest").bytes;
    assert_eq!(once(), once());
    let text = String::from_utf8_lossy(&once()).into_owned();
    assert!(text.contains("D:20261124054734Z"), "the caller's time is the creation time");
    assert!(text.contains("pdfaid"), "PDF/A");
}

#[test]
fn absurd_sizes_are_refused() {
    let too_many_lines = ManifestData { lines: vec![ManifestLine::default(); 501], ..manifest() };
    let too_many_containers =
        ManifestData { containers: vec![ContainerLine::default(); 5_001], ..manifest() };
    for (data, which) in [(too_many_lines, "lines"), (too_many_containers, "containers")] {
        let error = make(&data, &texts("zh").manifest, CREATED).expect_err("refused");
        assert!(matches!(error, PdfError::TooMany { what, .. } if what == which), "{error}");
    }
    let mut data = manifest();
    data.attestation.qr_payload = "x".repeat(5_000);
    let error = make(&data, &texts("zh").manifest, CREATED).expect_err("refused");
    assert_eq!(error, PdfError::QrPayload { length: 5_000 });
}
