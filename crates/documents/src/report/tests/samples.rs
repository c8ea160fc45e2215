//! Sample reports.

use super::super::{Align, Block, Chart, ChartKind, Column, Point, Report, Run, Source, Table};

pub(super) fn marked(text: &str, mark: &str) -> Run {
    Run { text: text.to_owned(), bold: true, missing: false, mark: Some(mark.to_owned()) }
}

fn heading(level: u8, label: &str, text: &str) -> Block {
    Block::Heading { level, label: label.to_owned(), text: text.to_owned() }
}

fn point(label: &str, value: Option<&str>) -> Point {
    Point {
        label: label.to_owned(),
        value: value.map(str::to_owned),
        shown: value.unwrap_or("缺").to_owned(),
    }
}

pub(super) fn chart(form: ChartKind) -> Chart {
    let points = (1..=12).map(|m| point(&format!("{m}月"), if m == 7 { None } else { Some("12.5") }));
    Chart {
        form,
        caption: "图1 各月产生量".to_owned(),
        across: "月份".to_owned(),
        up: "产生量（吨）".to_owned(),
        points: points.collect(),
    }
}

pub(super) fn report() -> Report {
    let column = |title: &str, align, width| Column { title: title.to_owned(), align, width };
    let cell = |text: &str| vec![Run::plain(text)];
    Report {
        lang: "zh-CN".to_owned(),
        title: "某某街道“无废城市”建设年度总结（2025年）".to_owned(),
        subtitle: vec!["数据截止：2026-11-24 13:47".to_owned()],
        header: "某市“无废城市”智慧管理平台".to_owned(),
        mark: Some("演示数据".to_owned()),
        blocks: vec![
            heading(1, "一、", "总体情况"),
            Block::Paragraph {
                runs: vec![
                    Run::plain("2025年，全辖区共产生危险废物"),
                    marked("1,234.567 吨", "①"),
                    Run::plain("，转移联单"),
                    marked("321 份", "②"),
                    Run::plain("；综合利用率"),
                    Run { missing: true, ..marked("暂缺", "③") },
                    Run::plain("。"),
                ],
            },
            heading(2, "（一）", "主要做法"),
            Block::List { items: vec![cell("建立台账"), cell("巡查")] },
            Block::List { items: vec![cell("又一张清单"), cell("从一数起")] },
            Block::Table(Table {
                caption: "表1 指标完成情况".to_owned(),
                columns: vec![
                    column("指标", Align::Left, 50),
                    column("目标", Align::Right, 20),
                    column("实绩", Align::Right, 20),
                    column("评价", Align::Center, 10),
                ],
                rows: (0..40)
                    .map(|i| vec![cell(&format!("指标第{i}项")), cell("95"), cell("96.2"), cell("完成")])
                    .chain([vec![cell("短行")]])
                    .collect(),
            }),
            Block::Chart(chart(ChartKind::Bar)),
            Block::Chart(chart(ChartKind::Line)),
            Block::Note { runs: cell("注：缺数不以零计。") },
            heading(1, "二、", "数据来源"),
            Block::Sources {
                items: vec![Source {
                    mark: "①".to_owned(),
                    title: "产生量".to_owned(),
                    text: "台账，2025年，1204 行".to_owned(),
                    link: Some("/indicators/n01?period=2025".to_owned()),
                }],
            },
        ],
    }
}

/// Strings that try to break a file.
pub(super) const NASTY: [&str; 8] = [
    "#eval(\"1\") *bold* _x_ $x^2$ <label> @ref \\ // /* */ ]] } #set page(width: 1pt)",
    "</w:t></w:r></w:p><w:p><w:r><w:t>& &amp; &#0; <![CDATA[x]]> \"quoted\" 'single'",
    "a\u{0}b\u{1}c\u{8}d\u{B}e\u{1F}f\u{7F}g\u{9F}h\r\n\ti\u{FFFE}j\u{FFFF}",
    "😀👨‍👩‍👧‍👦🇨🇳 𠮷野家 ﷽ ẗ̶̢e̶x̶t̶",
    "\u{202E}desrever\u{202C} \u{2066}x\u{2069} \u{FEFF}",
    "=cmd|' /C calc'!A0",
    "",
    " \u{3000} ",
];

pub(super) fn nasty(seed: usize) -> Report {
    let n = |i: usize| NASTY[(seed + i) % NASTY.len()].to_owned();
    let long = "无废".repeat(3_000) + &"A".repeat(3_000);
    let run = |i: usize| Run { text: n(i), bold: true, missing: true, mark: Some(n(i + 1)) };
    let cells = || vec![run(0), Run::plain(long.as_str())];
    Report {
        lang: n(0),
        title: n(1),
        subtitle: vec![n(2), n(3)],
        header: n(4),
        mark: Some(n(5)),
        blocks: vec![
            heading(9, &n(0), &n(1)),
            Block::Paragraph { runs: (0..8).map(run).collect() },
            Block::Paragraph { runs: vec![Run::plain(long.as_str())] },
            Block::Paragraph { runs: vec![] },
            Block::List { items: vec![] },
            Block::List { items: vec![vec![], (0..8).map(run).collect()] },
            Block::Table(Table::default()),
            Block::Table(Table {
                caption: n(6),
                columns: (0..3).map(|i| Column { title: n(i), align: Align::Right, width: 0 }).collect(),
                rows: vec![vec![], vec![cells(), cells(), cells(), cells()]],
            }),
            Block::Chart(Chart::default()),
            Block::Chart(Chart {
                form: if seed.is_multiple_of(2) { ChartKind::Bar } else { ChartKind::Line },
                caption: n(0),
                across: n(1),
                up: n(2),
                points: ["-5", "NaN", "inf", "1e309", "0", "99999999999999999999999999", "abc"]
                    .iter()
                    .map(|v| Point { label: n(3), value: Some((*v).to_owned()), shown: n(4) })
                    .collect(),
            }),
            Block::Sources {
                items: vec![
                    Source { mark: n(0), title: n(1), text: n(2), link: Some(n(3)) },
                    Source::default(),
                ],
            },
        ],
    }
}
