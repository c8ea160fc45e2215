//! CSV: encodings, formulas, positions.

use proptest::prelude::*;

use super::{column, sample, text};
use crate::table::{Cell, Kind, Limit, Limits, Sheet, TableError, read_csv, write_csv};

fn read(bytes: &[u8]) -> Result<crate::table::RawSheet, TableError> {
    read_csv(bytes, &Limits::default())
}

#[test]
fn bytes_on_disk() {
    let bytes = write_csv(&sample()).expect("csv");
    let expected = "\u{FEFF}废物代码,数量,重量（吨）,产生日期,时间,完成\r\n\
        900-249-08,12,0.2355,2026-11-24,2026-11-24T09:30,true\r\n\
        ,,,,,\r\n\
        \"'=HYPERLINK(\"\"http://x\"\")\",-7,12.340,,,\r\n\
        01234,1234567890123456789,,,,false\r\n";
    assert_eq!(String::from_utf8(bytes).expect("UTF-8"), expected);
}

#[test]
fn read_back_with_line_numbers() {
    let sheet = read(&write_csv(&sample()).expect("csv")).expect("csv");
    assert_eq!(sheet.header.len(), 6);
    assert_eq!(sheet.column(&["重量", "重量（吨）"]), Some(2));
    assert_eq!(sheet.rows.iter().map(|r| r.number).collect::<Vec<_>>(), [2, 4, 5]);
    assert_eq!(sheet.rows[1].cells[0], "=HYPERLINK(\"http://x\")");
    assert_eq!(sheet.rows[2].cells[1], "1234567890123456789");
}

#[test]
fn every_dangerous_beginning_is_guarded() {
    for value in
        ["=1+1", "+1", "-1+cmd|x", "@SUM(A1)", "\tx", "\rx", "\nx", "＝1", "＋1", "－1", "＠x", "'=1", "''=1"]
    {
        let sheet = Sheet {
            name: String::new(),
            columns: vec![column("a", Kind::Text)],
            rows: vec![
                vec![text(value)],
                vec![Cell::Decimal(value.to_owned())],
                vec![Cell::Date(value.to_owned())],
            ],
        };
        let bytes = write_csv(&sheet).expect("csv");
        let mut reader = csv::ReaderBuilder::new().from_reader(&bytes[3..]);
        for record in reader.records() {
            let record = record.expect("record");
            assert!(record[0].starts_with('\''), "{value:?} is written {:?}", &record[0]);
        }
        let back = read(&bytes).expect("csv");
        assert!(back.rows.iter().all(|r| r.cells[0] == value), "{value:?}: {back:?}");
    }
}

#[test]
fn encodings() {
    let content = "名称,代码\r\n废矿物油,900-249-08\r\n";
    let (gbk, _, _) = encoding_rs::GBK.encode(content);
    let utf16: Vec<u8> =
        [0xFF, 0xFE].into_iter().chain(content.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let bom = format!("\u{FEFF}{content}");
    for bytes in [content.as_bytes(), &gbk, &utf16, bom.as_bytes()] {
        let sheet = read(bytes).expect("csv");
        assert_eq!(sheet.header, ["名称", "代码"]);
        assert_eq!(sheet.rows[0].cells, ["废矿物油", "900-249-08"]);
    }
    let mut bad = content.as_bytes().to_vec();
    bad.extend([b'x', b'\n', 0xFF, 0xFF]);
    assert_eq!(read(&bad), Err(TableError::Encoding { row: 4 }));
    assert_eq!(read(b"a,b\n1,\0\n"), Err(TableError::Encoding { row: 2 }));
}

#[test]
fn separators_and_quotes() {
    for content in ["a;b\n1,5;2\n", "a\tb\n1,5\t2\n", "a,b\n\"1,5\",2\n"] {
        assert_eq!(read(content.as_bytes()).expect("csv").rows[0].cells, ["1,5", "2"], "{content}");
    }
    let sheet = read("a,b\n\"two\nlines \"\"x\"\"\",2\nlast,3".as_bytes()).expect("csv");
    assert_eq!(sheet.rows[0].cells[0], "two\nlines \"x\"");
    assert_eq!((sheet.rows[0].number, sheet.rows[1].number), (2, 4));
    assert_eq!(read(b"a,b\n1,2\n\"open,3\n4,5\n"), Err(TableError::OpenQuote { row: 3 }));
}

#[test]
fn faults_have_a_place() {
    assert_eq!(read(b""), Err(TableError::EmptyFile));
    assert_eq!(read(b"\xEF\xBB\xBF \r\n"), Err(TableError::EmptyFile));
    assert_eq!(
        read(b"\n\na,b,a\n"),
        Err(TableError::DuplicateHeader { row: 3, column: 3, title: "a".to_owned() })
    );
    assert_eq!(read(b"a,b\n1,2\n1,2,3\n"), Err(TableError::BeyondHeader { row: 3, column: 3 }));
    let limits = Limits { rows: 2, columns: 2, cell_chars: 3, ..Limits::default() };
    let large = |limit, allowed, row, column| TableError::TooLarge { limit, allowed, row: Some(row), column };
    assert_eq!(read_csv(b"a\n1\n2\n", &limits), Err(large(Limit::Rows, 2, 3, None)));
    assert_eq!(read_csv(b"a,b,c\n", &limits), Err(large(Limit::Columns, 2, 1, Some(3))));
    assert_eq!(read_csv(b"a,b\n1,1234\n", &limits), Err(large(Limit::CellChars, 3, 2, Some(2))));
    let limits = Limits { file_bytes: 3, ..Limits::default() };
    assert_eq!(read_csv(b"a,b\n", &limits).expect_err("too large").code(), "too_large_file");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn text_is_read_back_exactly(rows in prop::collection::vec(prop::collection::vec("[^\0]{0,12}", 3), 0..8)) {
        let sheet = Sheet {
            name: String::new(),
            columns: ["a", "b", "c"].map(|t| column(t, Kind::Text)).to_vec(),
            rows: rows.iter().map(|r| r.iter().map(|t| text(t)).collect()).collect(),
        };
        let back = read(&write_csv(&sheet).expect("csv")).expect("csv");
        let expected: Vec<Vec<String>> = rows
            .iter()
            .map(|r| {
                // Blank cells at the end of a row cannot be told from missing ones.
                let kept = r.iter().rposition(|c| !c.trim().is_empty()).map_or(0, |i| i + 1);
                r.iter().enumerate().map(|(i, c)| if i < kept { c.clone() } else { String::new() }).collect()
            })
            .filter(|r: &Vec<String>| r.iter().any(|c| !c.is_empty()))
            .collect();
        prop_assert_eq!(back.rows.into_iter().map(|r| r.cells).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = read(&bytes);
    }

    #[test]
    fn no_text_makes_it_panic(text in "[a-c,;\t\"'=\r\n废]{0,80}") {
        let _ = read(text.as_bytes());
        let (gbk, _, _) = encoding_rs::GBK.encode(&text);
        let _ = read(&gbk[..gbk.len().saturating_sub(1)]);
    }
}
