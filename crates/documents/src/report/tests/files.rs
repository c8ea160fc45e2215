//! What stands in the files.

use super::super::pdf::input;
use super::super::{Block, ChartKind, Report, ReportError, Run, docx, pdf};
use super::samples::{NASTY, chart, nasty, report};
use super::{CREATED, keep, paragraphs, part, sound};
use crate::pdf::{page_text, report_layout};

fn squeeze(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, '\u{200B}' | '\u{AD}' | '-' | '\u{2010}'))
        .collect()
}

fn pdf_text(report: &Report) -> String {
    let document = report_layout(input(report).expect("input")).expect("layout");
    (0..document.pages().len()).map(|page| squeeze(&page_text(&document, page))).collect()
}

#[test]
fn both_files_say_what_the_model_says() {
    let report = report();
    let file = docx(&report, CREATED).expect("docx");
    keep("report.docx", &file);
    sound(&file);
    let word = squeeze(&paragraphs(&part(&file, "word/document.xml")).concat()).replace('\u{2588}', "");
    let mut expected = String::new();
    report.texts(&mut |text| expected.push_str(text));
    assert_eq!(word, squeeze(&expected), "the DOCX holds the model's text, in its order and nothing else");

    let paper = pdf_text(&report);
    let mut seen = 0;
    report.texts(&mut |text| {
        seen += 1;
        assert!(paper.contains(&squeeze(text)), "{text} is not in the PDF: {paper}");
    });
    assert!(seen > 60, "{seen}");
    let made = pdf(&report, CREATED).expect("pdf");
    keep("report.pdf", &made.bytes);
    assert!(made.bytes.starts_with(b"%PDF") && made.pages >= 3, "{}", made.pages);
}

#[test]
fn every_page_is_marked_and_numbered() {
    let report = report();
    let file = docx(&report, CREATED).expect("docx");
    let header = paragraphs(&part(&file, "word/header1.xml")).concat();
    assert!(header.contains(&report.header) && header.contains("演示数据"), "{header}");
    assert!(part(&file, "word/footer1.xml").contains(" PAGE "));
    let document = report_layout(input(&report).expect("input")).expect("layout");
    for page in 0..document.pages().len() {
        let text = page_text(&document, page);
        assert!(text.contains(&report.header) && text.contains("演示数据"), "page {page}");
        assert!(squeeze(&text).contains(&format!("—{}—", page + 1)), "page {page}: {text}");
    }
    let bare = Report { mark: None, ..report };
    assert!(
        !paragraphs(&part(&docx(&bare, CREATED).expect("docx"), "word/header1.xml"))
            .concat()
            .contains("演示")
    );
}

#[test]
fn tables_repeat_their_heads_and_lists_begin_anew() {
    let file = docx(&report(), CREATED).expect("docx");
    let document = part(&file, "word/document.xml");
    assert_eq!(document.matches("<w:tblHeader/>").count(), 3, "one table and two charts");
    assert!(document.contains("<w:jc w:val=\"right\"/>") && document.contains("<w:numId w:val=\"2\"/>"));
    assert_eq!(part(&file, "word/numbering.xml").matches("<w:num ").count(), 2);
    assert!(part(&file, "word/styles.xml").contains("w:eastAsia=\"仿宋\""));
    assert!(part(&file, "word/fontTable.xml").contains("FangSong"));
    let heads = pdf_text(&report()).matches("指标目标实绩评价").count();
    assert!(heads >= 2, "the head stands on each page of the table: {heads}");
}

#[test]
fn the_same_report_gives_the_same_bytes() {
    assert_eq!(docx(&report(), CREATED), docx(&report(), CREATED));
    assert_eq!(pdf(&report(), CREATED), pdf(&report(), CREATED));
    assert!(
        part(&docx(&report(), CREATED).expect("docx"), "docProps/core.xml").contains("2026-11-24T05:47:34Z")
    );
}

#[test]
fn a_missing_figure_is_a_gap_and_no_zero() {
    for form in [ChartKind::Bar, ChartKind::Line] {
        let chart = chart(form);
        let shares = chart.shares();
        assert_eq!(shares[6], None);
        assert_eq!(shares[5], Some(1000));
        let report = Report { lang: "zh-CN".into(), blocks: vec![Block::Chart(chart)], ..Report::default() };
        let word = paragraphs(&part(&docx(&report, CREATED).expect("docx"), "word/document.xml"));
        let at = word.iter().position(|p| p == "7月").expect("July");
        assert_eq!((word[at + 1].as_str(), word[at + 2].as_str()), ("", "缺"));
    }
}

#[test]
fn hostile_text_never_breaks_a_file() {
    for seed in 0..NASTY.len() {
        let report = nasty(seed);
        let file = docx(&report, CREATED).expect("docx");
        sound(&file);
        keep(&format!("report-nasty-{seed}.docx"), &file);
        let made = pdf(&report, CREATED).expect("pdf");
        assert!(made.bytes.starts_with(b"%PDF"));
        keep(&format!("report-nasty-{seed}.pdf"), &made.bytes);
    }
    let one = |text: &str| Report {
        lang: "zh-CN".into(),
        blocks: vec![Block::Paragraph { runs: vec![Run::plain(text)] }],
        ..Report::default()
    };
    for text in [NASTY[0], NASTY[1].split('\u{0}').next().unwrap_or_default(), NASTY[3]] {
        let word = paragraphs(&part(&docx(&one(text), CREATED).expect("docx"), "word/document.xml")).concat();
        let visible: String = text.chars().filter(|c| !crate::pdf::is_invisible(*c)).collect();
        assert!(word.contains(&visible), "{word}");
    }
    assert!(pdf_text(&one(NASTY[0])).contains(&squeeze(NASTY[0])), "markup stays text");
}

#[test]
fn too_much_is_said_and_not_tried() {
    let long = Report {
        blocks: vec![Block::Paragraph { runs: vec![Run::plain("长".repeat(200_001))] }],
        ..Report::default()
    };
    let many = ReportError::TooMany { what: "characters", count: 200_001, allowed: 200_000 };
    assert_eq!(docx(&long, CREATED), Err(many.clone()));
    assert_eq!(pdf(&long, CREATED), Err(many));
    let blocks = Report { blocks: vec![Block::Note { runs: vec![] }; 2_001], ..Report::default() };
    assert!(matches!(docx(&blocks, CREATED), Err(ReportError::TooMany { what: "blocks", .. })));
}

/// A blocking thread of the server has 2 MiB.
#[test]
fn a_small_stack_and_little_time_are_enough() {
    let begun = std::time::Instant::now();
    let work = || {
        pdf(&nasty(0), CREATED).expect("pdf");
    };
    std::thread::Builder::new().stack_size(1 << 20).spawn(work).expect("thread").join().expect("no overflow");
    assert!(begun.elapsed().as_secs() < 20, "{:?}", begun.elapsed());
}
