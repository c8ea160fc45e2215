//! XLSX: written by our writer, read by ours and by an independent reader.

use std::io::Cursor;

use calamine::{Data, Reader, Xlsx};
use proptest::prelude::*;

use super::{column, sample, text};
use crate::table::{Cell, Kind, Limits, RawSheet, Sheet, TableError, column_letters, read_xlsx, write_xlsx};

const CREATED: i64 = 1_795_499_254_000_000;

fn read(bytes: &[u8]) -> Vec<RawSheet> {
    read_xlsx(bytes, &Limits::default()).expect("workbook")
}

#[test]
fn read_back() {
    let bytes = write_xlsx(&[sample()], CREATED).expect("workbook");
    assert_eq!(bytes, write_xlsx(&[sample()], CREATED).expect("workbook"), "the same bytes");
    let sheets = read(&bytes);
    assert_eq!(sheets.len(), 1);
    let sheet = &sheets[0];
    assert_eq!((sheet.name.as_str(), sheet.header_row), ("产生台账", 1));
    assert_eq!(sheet.header, ["废物代码", "数量", "重量（吨）", "产生日期", "时间", "完成"]);
    assert_eq!(sheet.rows.iter().map(|r| r.number).collect::<Vec<_>>(), [2, 4, 5]);
    assert_eq!(
        sheet.rows[0].cells,
        ["900-249-08", "12", "0.2355", "2026-11-24", "2026-11-24 09:30:00", "true"]
    );
    assert_eq!(sheet.rows[1].cells[..3], ["=HYPERLINK(\"http://x\")", "-7", "12.34"]);
    assert_eq!(sheet.rows[2].cells, ["01234", "1234567890123456789", "", "", "", "false"]);
}

#[test]
fn formulas_are_text_for_an_independent_reader() {
    let bytes = write_xlsx(&[sample()], CREATED).expect("workbook");
    let mut workbook: Xlsx<_> = Xlsx::new(Cursor::new(&bytes[..])).expect("calamine");
    let range = workbook.worksheet_range("产生台账").expect("sheet");
    assert_eq!(range.get((3, 0)), Some(&Data::String("=HYPERLINK(\"http://x\")".to_owned())));
    assert!(workbook.worksheet_formula("产生台账").expect("formulas").used_cells().next().is_none());
    // A number beyond Excel's 15 digits goes out as text, whole.
    assert_eq!(range.get((4, 1)), Some(&Data::String("1234567890123456789".to_owned())));
}

#[test]
fn sheet_names_are_made_fit_and_unique() {
    let named =
        |name: &str| Sheet { name: name.to_owned(), columns: vec![column("a", Kind::Text)], rows: vec![] };
    let long = "很长的名字".repeat(20);
    let sheets = [
        named("a/b[c]:*?"),
        named("A_B_C____"),
        named(""),
        named(&long),
        named(&long),
        named("History"),
        named("'x'"),
    ];
    let back = read(&write_xlsx(&sheets, CREATED).expect("workbook"));
    let names: Vec<&str> = back.iter().map(|s| s.name.as_str()).collect();
    assert_eq!(names[..3], ["a_b_c____", "A_B_C____ (2)", "_"]);
    assert!(names.iter().all(|n| n.encode_utf16().count() <= 31));
    assert_eq!(names.iter().collect::<std::collections::BTreeSet<_>>().len(), 7);
    assert!(write_xlsx(&[], CREATED).is_ok());
}

#[test]
fn rows_longer_than_the_columns_are_refused() {
    let sheet = Sheet {
        name: "x".to_owned(),
        columns: vec![column("a", Kind::Text)],
        rows: vec![vec![text("1")], vec![text("1"), text("2")]],
    };
    assert_eq!(write_xlsx(std::slice::from_ref(&sheet), CREATED), Err(TableError::RowTooLong { row: 3 }));
    assert_eq!(crate::table::write_csv(&sheet), Err(TableError::RowTooLong { row: 3 }));
}

#[test]
fn texts_too_long_for_excel_are_cut_not_refused() {
    let sheet = Sheet {
        name: "x".to_owned(),
        columns: vec![column("a", Kind::Text)],
        rows: vec![vec![text(&"废".repeat(40_000))]],
    };
    let bytes = write_xlsx(&[sheet], CREATED).expect("workbook");
    let limits = Limits { cell_chars: 40_000, ..Limits::default() };
    let back = read_xlsx(&bytes, &limits).expect("workbook");
    assert_eq!(back[0].rows[0].cells[0].chars().count(), 32_767);
}

#[test]
fn letters() {
    for (n, letters) in [(1, "A"), (26, "Z"), (27, "AA"), (702, "ZZ"), (703, "AAA"), (16_384, "XFD")] {
        assert_eq!(column_letters(n), letters);
    }
}

/// A file of another producer (openpyxl 3.1): inline and rich text, percent, dates in Chinese format, a merged
/// cell, a formula that was never calculated, a hidden and an empty sheet.
#[test]
fn a_file_made_by_another_program() {
    let sheets = read(include_bytes!("openpyxl.xlsx"));
    assert_eq!(sheets.iter().map(|s| s.name.as_str()).collect::<Vec<_>>(), ["企业", "空表"]);
    assert!(sheets[1].header.is_empty() && sheets[1].rows.is_empty());
    let rows: Vec<(u32, Vec<&str>)> =
        sheets[0].rows.iter().map(|r| (r.number, r.cells.iter().map(String::as_str).collect())).collect();
    let first = [
        "江阴某某公司",
        "91320281MA1NQWAN0A",
        "0.3",
        "2026-11-24",
        "2026-11-24 09:30:05",
        "0.125",
        "普通粗体",
    ];
    assert_eq!(rows[0], (2, first.to_vec()));
    assert_eq!(rows[1], (3, vec!["", "00123", "12", "2024-02-29", "18:00:00", "", "true"]));
    assert_eq!(rows[2], (5, vec!["合并 & <标记>", "", "", "", "", "", ""]));
    assert_eq!(rows[3], (7, vec!["", "", "", "", "", "", "第七行"]));
}

fn decimal() -> impl Strategy<Value = String> {
    // Up to 15 significant digits, with up to six decimals.
    (any::<bool>(), 0i64..1_000_000_000, 0u32..1_000_000, 0usize..=6).prop_map(
        |(minus, whole, fraction, places)| {
            let sign = if minus && whole > 0 { "-" } else { "" };
            if places == 0 {
                return format!("{sign}{whole}");
            }
            let digits = format!("{fraction:06}");
            format!("{sign}{whole}.{}", &digits[..places])
        },
    )
}

/// Trailing zeros of the fraction are a matter of format in a workbook, not of the value.
fn trimmed(decimal: &str) -> &str {
    if decimal.contains('.') { decimal.trim_end_matches('0').trim_end_matches('.') } else { decimal }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn values_are_read_back_and_calamine_agrees(
        rows in prop::collection::vec((
            "[ -~废㛃𫖮\n\t_x0DA]{1,14}", any::<i64>(), decimal(), 1901i32..2200, 1u32..=12, 1u32..=28, 0u32..86_400,
        ), 1..12),
    ) {
        let kinds = [Kind::Text, Kind::Integer, Kind::Decimal, Kind::Date, Kind::DateTime];
        let sheet = Sheet {
            name: "s".to_owned(),
            columns: kinds.iter().enumerate().map(|(i, k)| column(&format!("c{i}"), *k)).collect(),
            rows: rows.iter().map(|(t, n, d, y, m, day, sec)| {
                let date = format!("{y:04}-{m:02}-{day:02}");
                let time = format!("{date} {:02}:{:02}:{:02}", sec / 3600, sec / 60 % 60, sec % 60);
                vec![
                    text(t), Cell::Integer(*n), Cell::Decimal(d.clone()), Cell::Date(date), Cell::Date(time),
                ]
            }).collect(),
        };
        let bytes = write_xlsx(std::slice::from_ref(&sheet), CREATED).expect("workbook");
        let back = read(&bytes);
        prop_assert_eq!(back[0].rows.len(), rows.len());
        for (row, (t, n, d, ..)) in back[0].rows.iter().zip(&rows) {
            prop_assert_eq!(&row.cells[0], t);
            prop_assert_eq!(&row.cells[1], &n.to_string());
            prop_assert_eq!(trimmed(&row.cells[2]), trimmed(d));
        }
        for (row, given) in back[0].rows.iter().zip(&sheet.rows) {
            let (Cell::Date(date), Cell::Date(time)) = (&given[3], &given[4]) else { unreachable!() };
            prop_assert_eq!(&row.cells[3], date);
            prop_assert_eq!(&row.cells[4], time);
        }
        // The independent reader finds the same texts and numbers.
        let mut workbook: Xlsx<_> = Xlsx::new(Cursor::new(&bytes[..])).expect("calamine");
        let range = workbook.worksheet_range("s").expect("sheet");
        for (i, row) in back[0].rows.iter().enumerate() {
            match range.get((i + 1, 0)) {
                Some(Data::String(s)) => prop_assert_eq!(s, &row.cells[0]),
                other => prop_assert!(false, "{:?}", other),
            }
            match range.get((i + 1, 2)) {
                Some(Data::Float(f)) => prop_assert_eq!(*f, row.cells[2].parse::<f64>().expect("number")),
                Some(Data::Int(n)) => prop_assert_eq!(&n.to_string(), &row.cells[2]),
                other => prop_assert!(false, "{:?}", other),
            }
        }
    }
}
