//! Tests of the tables, mostly by property: what is written is read back, an independent reader agrees, and
//! no bytes whatever make a reader panic.

mod broken;
mod csv_files;
mod workbooks;

use super::{Cell, Column, Kind, Sheet};

pub(super) fn column(title: &str, kind: Kind) -> Column {
    Column { key: title.to_owned(), title: title.to_owned(), kind }
}

pub(super) fn text(value: &str) -> Cell {
    Cell::Text(value.to_owned())
}

pub(super) fn sample() -> Sheet {
    Sheet {
        name: "产生台账".to_owned(),
        columns: vec![
            column("废物代码", Kind::Text),
            column("数量", Kind::Integer),
            column("重量（吨）", Kind::Decimal),
            column("产生日期", Kind::Date),
            column("时间", Kind::DateTime),
            column("完成", Kind::Text),
        ],
        rows: vec![
            vec![
                text("900-249-08"),
                Cell::Integer(12),
                Cell::Decimal("0.2355".to_owned()),
                Cell::Date("2026-11-24".to_owned()),
                Cell::Date("2026-11-24T09:30".to_owned()),
                Cell::Bool(true),
            ],
            vec![],
            vec![text("=HYPERLINK(\"http://x\")"), Cell::Integer(-7), Cell::Decimal("12.340".to_owned())],
            vec![
                text("01234"),
                Cell::Integer(1_234_567_890_123_456_789),
                Cell::Empty,
                Cell::Empty,
                Cell::Empty,
                Cell::Bool(false),
            ],
        ],
    }
}
