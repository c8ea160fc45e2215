//! Hand-made and damaged workbooks: each gives a typed error with its place, and none a panic.

use std::io::{Cursor, Write};

use proptest::prelude::*;
use zip::write::SimpleFileOptions;

use super::sample;
use crate::table::{Limit, Limits, RawSheet, TableError, read_xlsx, write_xlsx};

const RELS: &str = r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#;
const WORKBOOK_RELS: &str = r#"<Relationships><Relationship Id="r1" Type="x/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="r2" Type="x/sharedStrings" Target="/xl/sharedStrings.xml"/><Relationship Id="r3" Type="x/styles" Target="styles.xml"/></Relationships>"#;
const WORKBOOK: &str =
    r#"<workbook xmlns:r="x"><sheets><sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>"#;
const STYLES: &str = r#"<styleSheet><numFmts><numFmt numFmtId="164" formatCode="yyyy&quot;年&quot;m&quot;月&quot;d&quot;日&quot;"/></numFmts><cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs><xf numFmtId="0"/><xf numFmtId="164"/><xf numFmtId="22"/></cellXfs></styleSheet>"#;
const STRINGS: &str = r#"<sst><si><t>名称</t></si><si><r><t>废</t></r><r><t xml:space="preserve">矿物油 </t></r><rPh><t>kuang</t></rPh></si><si><t/></si></sst>"#;

fn zip(parts: &[(&str, &str)]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
    for (path, content) in parts {
        writer.start_file(*path, options).expect("part");
        writer.write_all(content.as_bytes()).expect("part");
    }
    writer.finish().expect("zip").into_inner()
}

fn workbook(rows: &str) -> Vec<u8> {
    let sheet = format!("<worksheet><sheetData>{rows}</sheetData></worksheet>");
    zip(&[
        ("_rels/.rels", RELS),
        ("xl/workbook.xml", WORKBOOK),
        ("xl/_rels/workbook.xml.rels", WORKBOOK_RELS),
        ("xl/styles.xml", STYLES),
        ("xl/sharedStrings.xml", STRINGS),
        ("xl/worksheets/sheet1.xml", &sheet),
    ])
}

fn read(bytes: &[u8]) -> Result<Vec<RawSheet>, TableError> {
    read_xlsx(bytes, &Limits::default())
}

fn head_and(cell: &str) -> Vec<u8> {
    workbook(&format!(
        r#"<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="str"><v>x</v></c></row><row r="3">{cell}</row>"#
    ))
}

/// The value of B3, or the error.
fn b3(cell: &str) -> Result<String, TableError> {
    read(&head_and(cell)).map(|sheets| sheets[0].rows[0].cells[1].clone())
}

#[test]
fn kinds_of_cells() {
    for (cell, value) in [
        (r#"<c r="B3" t="s"><v>1</v></c>"#, "废矿物油 "),
        (r#"<c r="B3" t="inlineStr"><is><t>内联 &amp; &#x5E9F;</t></is></c>"#, "内联 & 废"),
        (r#"<c r="B3" t="str"><f>A1&amp;"x"</f><v>名称x</v></c>"#, "名称x"),
        (r#"<c r="B3" t="str"><v><![CDATA[a<b]]></v></c>"#, "a<b"),
        (r#"<c r="B3" t="b"><v>1</v></c>"#, "true"),
        (r#"<c r="B3"><v>0.1</v></c>"#, "0.1"),
        (r#"<c r="B3"><v>0.30000000000000004</v></c>"#, "0.3"),
        (r#"<c r="B3"><v>12.50</v></c>"#, "12.50"),
        (r#"<c r="B3"><v>1E3</v></c>"#, "1000"),
        (r#"<c r="B3"><v>1.5E-7</v></c>"#, "0.00000015"),
        (r#"<c r="B3"><v>-2.5E2</v></c>"#, "-250"),
        (r#"<c r="B3" t="n"><v>999999999999999</v></c>"#, "999999999999999"),
        (r#"<c r="B3" s="1"><v>46350</v></c>"#, "2026-11-24"),
        (r#"<c r="B3" s="2"><v>46350.5</v></c>"#, "2026-11-24 12:00:00"),
        (r#"<c r="B3" t="d"><v>2026-11-24T09:30:00Z</v></c>"#, "2026-11-24 09:30:00"),
        (r#"<c r="A3"/><c t="str"><v>no reference</v></c>"#, "no reference"),
    ] {
        assert_eq!(b3(cell).as_deref(), Ok(value), "{cell}");
    }
}

#[test]
fn cells_that_are_refused_with_their_place() {
    let (row, column) = (3, 2);
    let bad = |value: &str| TableError::BadValue { row, column, value: value.to_owned() };
    for (cell, error) in [
        (r#"<c r="B3"><v>9007199254740993</v></c>"#, TableError::NumberTooLong { row, column }),
        (r#"<c r="B3"><v>320281198001010011</v></c>"#, TableError::NumberTooLong { row, column }),
        (r#"<c r="B3"><v>1E300</v></c>"#, TableError::NumberTooLong { row, column }),
        (r#"<c r="B3"><v>NaN</v></c>"#, bad("NaN")),
        (r#"<c r="B3"><v>inf</v></c>"#, bad("inf")),
        (r#"<c r="B3"><v>twelve</v></c>"#, bad("twelve")),
        (r#"<c r="B3" t="b"><v>2</v></c>"#, bad("2")),
        (r#"<c r="B3" s="1"><v>-5</v></c>"#, bad("-5")),
        (r#"<c r="B3" s="1"><v>60</v></c>"#, bad("60")),
        (r#"<c r="B3" s="1"><v>99999999</v></c>"#, bad("99999999")),
        (r#"<c r="B3" t="d"><v>2026-02-30</v></c>"#, bad("2026-02-30")),
        (
            r#"<c r="B3" t="e"><v>#N/A</v></c>"#,
            TableError::ErrorCell { row, column, value: "#N/A".to_owned() },
        ),
        (r#"<c r="C3" t="str"><v>x</v></c>"#, TableError::BeyondHeader { row, column: 3 }),
    ] {
        assert_eq!(b3(cell), Err(error.clone()), "{cell}");
        assert_eq!(error.position().0, Some(3));
    }
}

#[test]
fn damaged_sheets_name_sheet_row_and_column() {
    for cell in [
        r#"<c r="B3" t="s"><v>99</v></c>"#,
        r#"<c r="B3" t="s"><v>-1</v></c>"#,
        r#"<c r="B3" t="zz"><v>1</v></c>"#,
        r#"<c r="B3" t="str"><v>&lol;</v></c>"#,
        r#"<c r="B3"><v>1</w></c>"#,
        r#"<c r="B3"><v>1"#,
    ] {
        let error = b3(cell).expect_err(cell);
        assert!(
            matches!(&error, TableError::Damaged { sheet: Some(s), row: Some(3), column: Some(2), .. } if s == "S"),
            "{cell}: {error:?}"
        );
    }
    for cell in [
        r#"<c r="AAAAAAAAAAAAAA3"><v>1</v></c>"#,
        r#"<c r="B99999999999"><v>1</v></c>"#,
        r#"<c r="é1"><v>1</v></c>"#,
    ] {
        assert_eq!(b3(cell).expect_err(cell).code(), "damaged", "{cell}");
    }
    let rows =
        r#"<row r="5"><c r="A5" t="str"><v>x</v></c></row><row r="2"><c r="A2" t="str"><v>y</v></c></row>"#;
    assert_eq!(read(&workbook(rows)).expect_err("order").code(), "damaged");
}

#[test]
fn far_cells_cost_nothing() {
    let far = workbook(
        r#"<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>"#,
    );
    let error = read(&far).expect_err("too many rows");
    assert_eq!((error.code(), error.position()), ("too_many_rows", (Some(1_048_576), Some(16_384))));
    let wide = workbook(r#"<row r="1"><c r="XFD1"><v>1</v></c></row>"#);
    assert_eq!(read(&wide).expect_err("too wide").code(), "too_many_columns");
    // Formatted but empty cells far out are no content.
    let formatted = workbook(r#"<row r="1"><c r="A1"><v>1</v></c><c r="XFD1" s="1"/></row>"#);
    assert_eq!(read(&formatted).expect("read")[0].header, ["1"]);
}

#[test]
fn hidden_sheets_and_other_files() {
    let hidden = WORKBOOK.replace("sheetId", "state=\"hidden\" sheetId");
    let parts = [("xl/workbook.xml", hidden.as_str()), ("xl/_rels/workbook.xml.rels", WORKBOOK_RELS)];
    assert_eq!(read(&zip(&parts)), Ok(Vec::new()));
    assert_eq!(read(&zip(&parts[..0])), Err(TableError::NotAWorkbook));
    assert_eq!(read(b""), Err(TableError::EmptyFile));
    assert_eq!(read(b"name,code\n"), Err(TableError::NotAWorkbook));
    let mut ole = vec![0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1];
    assert_eq!(read(&ole), Err(TableError::NotAWorkbook));
    ole.extend("EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes));
    assert_eq!(read(&ole), Err(TableError::Encrypted));
    let visible = [("xl/workbook.xml", WORKBOOK), ("xl/_rels/workbook.xml.rels", WORKBOOK_RELS)];
    assert_eq!(read(&zip(&visible)).expect_err("no sheet part").code(), "damaged");
}

#[test]
fn a_zip_bomb_is_stopped_by_what_comes_out() {
    let spaces = " ".repeat(30 << 20);
    let bomb = zip(&[("_rels/.rels", RELS), ("xl/workbook.xml", &spaces)]);
    assert!(bomb.len() < 100_000);
    let limits = Limits { unpacked_bytes: 1 << 20, ..Limits::default() };
    let error = read_xlsx(&bomb, &limits).expect_err("bomb");
    assert!(matches!(error, TableError::TooLarge { limit: Limit::UnpackedBytes, .. }), "{error:?}");
    // One long text in every cell is stopped as well.
    let cells: String =
        (1..=2_000).map(|r| format!(r#"<row r="{r}"><c r="A{r}" t="s"><v>0</v></c></row>"#)).collect();
    let sheet = format!("<worksheet><sheetData>{cells}</sheetData></worksheet>");
    let strings = format!("<sst><si><t>{}</t></si></sst>", "废".repeat(3_000));
    let many = zip(&[
        ("xl/workbook.xml", WORKBOOK),
        ("xl/_rels/workbook.xml.rels", WORKBOOK_RELS),
        ("xl/sharedStrings.xml", &strings),
        ("xl/worksheets/sheet1.xml", &sheet),
    ]);
    let limits = Limits { total_chars: 1_000_000, ..Limits::default() };
    assert_eq!(read_xlsx(&many, &limits).expect_err("text").code(), "too_much_text");
    let limits = Limits { sheets: 0, ..Limits::default() };
    assert_eq!(read_xlsx(&many, &limits).expect_err("sheets").code(), "too_many_sheets");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn random_bytes(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        let _ = read(&bytes);
    }

    #[test]
    fn damaged_archives(cut in 0usize..8_000, flips in prop::collection::vec((0usize..8_000, any::<u8>()), 0..4)) {
        let mut bytes = write_xlsx(&[sample()], 0).expect("workbook");
        for (at, with) in flips {
            if let Some(byte) = bytes.get_mut(at) {
                *byte = with;
            }
        }
        if cut < bytes.len() && cut % 3 == 0 {
            bytes.truncate(cut);
        }
        let _ = read(&bytes);
    }

    #[test]
    fn damaged_xml(
        at in 0usize..600,
        with in "[<>/&;\"=a-z0-9 ]{0,6}",
        remove in 0usize..12,
    ) {
        let mut rows = String::from(concat!(
            r#"<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="str"><v>x</v></c></row>"#,
            r#"<row r="2"><c r="A2" s="1"><v>46350</v></c><c r="B2" t="inlineStr"><is><t>y</t></is></c></row>"#,
            r#"<row r="3"><c r="A3" t="b"><v>1</v></c><c r="B3"><f>A1</f><v>1.25</v></c></row>"#,
        ));
        let at = at % rows.len();
        let end = (at + remove).min(rows.len());
        rows.replace_range(at..end, &with);
        let _ = read(&workbook(&rows));
    }
}
