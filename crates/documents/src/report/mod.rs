//! A report as data, and as a file: one model of headings, paragraphs, lists, tables, charts and sources, which both
//! writers read, so that the DOCX and the PDF never say different things. This module must never add a word or a
//! figure of its own, round one, or read a clock: what is on the paper is what the caller put into the model.

mod docx;
mod pdf;
#[cfg(test)]
mod tests;
mod xml;

use serde::{Deserialize, Serialize};

pub use docx::docx;
pub use pdf::pdf;

use crate::pdf::PdfError;

/// Most blocks of a report.
const MAX_BLOCKS: usize = 2_000;
/// Most characters of a report: about 200 pages.
const MAX_CHARS: usize = 200_000;
/// Most cells of all tables together.
const MAX_CELLS: usize = 20_000;
/// Most columns of a table, and most points of a chart.
const MAX_ACROSS: usize = 60;

/// A report.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// Language tag, e.g. `zh-CN` or `en`: decides how lines break.
    pub lang: String,
    /// Headline.
    pub title: String,
    /// Who reports, for which period, as of when: a line below the headline each.
    pub subtitle: Vec<String>,
    /// What stands at the top of every page: city and platform.
    pub header: String,
    /// What lies behind or beside every page, e.g. that the data are a demonstration's.
    pub mark: Option<String>,
    /// The content, in order.
    pub blocks: Vec<Block>,
}

/// A part of a report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Block {
    /// A heading; `level` 1 or 2, `label` its number as it is written.
    Heading {
        /// 1 or 2.
        level: u8,
        /// Number as it is written.
        label: String,
        /// Words.
        text: String,
    },
    /// A paragraph.
    Paragraph {
        /// Its runs.
        runs: Vec<Run>,
    },
    /// A numbered list.
    List {
        /// Items.
        items: Vec<Vec<Run>>,
    },
    /// A table.
    Table(Table),
    /// A chart.
    Chart(Chart),
    /// A remark in small type.
    Note {
        /// Its runs.
        runs: Vec<Run>,
    },
    /// Where the figures come from.
    Sources {
        /// One for each mark.
        items: Vec<Source>,
    },
}

/// A piece of text of one kind.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Run {
    /// The words.
    pub text: String,
    /// Stressed.
    #[serde(default)]
    pub bold: bool,
    /// Stands for a figure that there is none of.
    #[serde(default)]
    pub missing: bool,
    /// Mark of the source, as it is written.
    #[serde(default)]
    pub mark: Option<String>,
}

impl Run {
    /// Plain words.
    pub fn plain(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }
}

/// How the cells of a column stand.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Align {
    /// Words.
    #[default]
    Left,
    /// Short words.
    Center,
    /// Figures.
    Right,
}

/// A column of a table.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Column {
    /// Heading.
    pub title: String,
    /// Alignment.
    #[serde(default)]
    pub align: Align,
    /// Share of the width, against those of the other columns.
    pub width: u16,
}

/// A table with a heading that comes again on every page.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Table {
    /// What it shows.
    pub caption: String,
    /// Columns.
    pub columns: Vec<Column>,
    /// Rows of cells; one with fewer cells than columns is filled up with empty ones.
    pub rows: Vec<Vec<Vec<Run>>>,
}

/// What a chart looks like on paper.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChartKind {
    /// A bar per point.
    #[default]
    Bar,
    /// A line through the points.
    Line,
}

/// A chart of one series. In the DOCX it is a table with bars, because a picture there could not be read by everybody.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chart {
    /// Bars or a line.
    pub form: ChartKind,
    /// What it shows, with its unit.
    pub caption: String,
    /// What the points are, e.g. months.
    pub across: String,
    /// What the values are, with their unit.
    pub up: String,
    /// Points in order.
    pub points: Vec<Point>,
}

/// A point of a chart.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Point {
    /// Name.
    pub label: String,
    /// Exact decimal; `None` where there is no figure, which is no zero.
    pub value: Option<String>,
    /// The value, or what is said in its place.
    pub shown: String,
}

impl Point {
    /// The value as a share of `most`, in thousandths, for the length of a bar only.
    fn share(&self, most: f64) -> Option<u16> {
        let value = self.number()?;
        if most <= 0.0 {
            return Some(0);
        }
        let share = (value.max(0.0) / most * 1000.0).clamp(0.0, 1000.0).round();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "clamped to 0..=1000 above"
        )]
        let share = share as u16;
        Some(share)
    }

    fn number(&self) -> Option<f64> {
        self.value.as_deref()?.trim().parse::<f64>().ok().filter(|n| n.is_finite())
    }
}

impl Chart {
    /// The length of every bar in thousandths of the longest; `None` for a point without a value.
    fn shares(&self) -> Vec<Option<u16>> {
        let most = self.points.iter().filter_map(Point::number).fold(0.0, f64::max);
        self.points.iter().map(|p| p.share(most)).collect()
    }
}

/// Where a figure comes from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Mark, as it is written at the figure.
    pub mark: String,
    /// Name of the figure.
    pub title: String,
    /// How it came about.
    pub text: String,
    /// Where it can be opened.
    pub link: Option<String>,
}

/// Why a report could not be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReportError {
    /// More than a report can hold.
    #[error("too many {what}: {count}, at most {allowed}")]
    TooMany {
        /// `blocks`, `characters`, `cells`, `columns` or `points`.
        what: &'static str,
        /// How many were given.
        count: usize,
        /// How many are allowed.
        allowed: usize,
    },
    /// The PDF could not be made.
    #[error(transparent)]
    Pdf(#[from] PdfError),
    /// The DOCX could not be packed: a fault of this crate.
    #[error("the DOCX could not be written: {0}")]
    Write(String),
}

impl Report {
    /// Whether it is small enough to be laid out in reasonable time.
    fn check(&self) -> Result<(), ReportError> {
        let limit = |what, count, allowed| {
            if count > allowed { Err(ReportError::TooMany { what, count, allowed }) } else { Ok(()) }
        };
        limit("blocks", self.blocks.len(), MAX_BLOCKS)?;
        let (mut cells, mut chars) = (0, 0);
        let mut count = |text: &str| chars += text.chars().count();
        self.texts(&mut count);
        limit("characters", chars, MAX_CHARS)?;
        for block in &self.blocks {
            match block {
                Block::Table(t) => {
                    limit("columns", t.columns.len(), MAX_ACROSS)?;
                    cells += t.columns.len() * t.rows.len();
                }
                Block::Chart(c) => limit("points", c.points.len(), MAX_ACROSS)?,
                _ => {}
            }
        }
        limit("cells", cells, MAX_CELLS)
    }

    /// Shows every text of the report to `see`, in the order of the page.
    pub fn texts<'a>(&'a self, see: &mut dyn FnMut(&'a str)) {
        fn runs<'a>(runs: &'a [Run], see: &mut dyn FnMut(&'a str)) {
            for run in runs {
                see(&run.text);
                if let Some(mark) = &run.mark {
                    see(mark);
                }
            }
        }
        see(&self.title);
        self.subtitle.iter().for_each(|line| see(line));
        for block in &self.blocks {
            match block {
                Block::Heading { label, text, .. } => {
                    see(label);
                    see(text);
                }
                Block::Paragraph { runs: r } | Block::Note { runs: r } => runs(r, see),
                Block::List { items } => items.iter().for_each(|item| runs(item, see)),
                Block::Table(table) => {
                    see(&table.caption);
                    table.columns.iter().for_each(|c| see(&c.title));
                    for cell in table.rows.iter().flat_map(|r| r.iter().take(table.columns.len())) {
                        runs(cell, see);
                    }
                }
                Block::Chart(chart) => {
                    [&chart.caption, &chart.across, &chart.up].into_iter().for_each(|t| see(t));
                    for point in &chart.points {
                        see(&point.label);
                        see(&point.shown);
                    }
                }
                Block::Sources { items } => {
                    for source in items {
                        see(&source.mark);
                        see(&source.title);
                        see(&source.text);
                        if let Some(link) = &source.link {
                            see(link);
                        }
                    }
                }
            }
        }
    }
}
