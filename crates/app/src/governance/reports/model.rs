//! What goes in and out of reports.

use std::collections::BTreeMap;

use documents::report::{Block, Chart, Report, Run, Table};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// A report to make.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReportBody {
    /// Template.
    pub template: String,
    /// Unit that reports.
    pub org_id: String,
    /// Year reported.
    pub year: i64,
    /// A date (its end) or a time; now when left out.
    #[serde(default)]
    pub as_of: Option<String>,
    /// `zh-CN` or `en`; the language of the request when left out.
    #[serde(default)]
    pub lang: Option<String>,
    /// What the unit writes itself, by the template's keys; a line each paragraph or item.
    #[serde(default)]
    pub texts: BTreeMap<String, String>,
}

/// What a report would say.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PreviewQuery {
    /// Template.
    pub template: String,
    /// Unit that reports.
    pub org_id: String,
    /// Year reported.
    pub year: i64,
    /// A date (its end) or a time; now when left out.
    pub as_of: Option<String>,
    /// `zh-CN` or `en`.
    pub lang: Option<String>,
}

/// What the list can be narrowed to.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ReportQuery {
    /// Rows a page.
    pub limit: Option<i64>,
    /// Where to go on.
    pub cursor: Option<String>,
    /// `made_at` (default, newest first) or `year`.
    pub sort: Option<String>,
    /// Words of the title.
    pub q: Option<String>,
    /// Unit.
    pub org_id: Option<String>,
    /// Year reported.
    pub year: Option<i64>,
}

/// Which file.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct FileQuery {
    /// `docx` or `pdf`.
    pub format: String,
}

/// A report in the list.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ReportSummary {
    /// Id.
    pub id: String,
    /// Template.
    pub template: String,
    /// Its version.
    pub template_version: String,
    /// Unit.
    pub org_id: String,
    /// Its name.
    pub org_name: String,
    /// Year reported.
    pub year: i64,
    /// Data as of.
    pub as_of: String,
    /// Language.
    pub lang: String,
    /// Headline.
    pub title: String,
    /// Hash of everything that went into it.
    pub content_hash: String,
    /// Who made it.
    pub by_name: String,
    /// When.
    pub made_at: String,
}

/// A report with its content.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ReportView {
    /// What the list shows.
    #[serde(flatten)]
    pub summary: ReportSummary,
    /// Place in the journal.
    pub position: i64,
    /// What the unit wrote itself.
    pub texts: BTreeMap<String, String>,
    /// What stands in the files.
    pub content: ReportContent,
}

/// What a report says; both files are made from the same.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ReportContent {
    /// Language.
    pub lang: String,
    /// Headline.
    pub title: String,
    /// Lines below it.
    pub subtitle: Vec<String>,
    /// Mark of a demonstration.
    pub mark: Option<String>,
    /// Parts in order.
    pub blocks: Vec<ReportBlock>,
}

/// A part of a report.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub struct ReportBlock {
    /// `heading`, `paragraph`, `list`, `table`, `chart`, `note`, `sources`.
    pub kind: &'static str,
    /// Of a heading.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub level: Option<u8>,
    /// Heading with its number, or caption.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Of a paragraph or note.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub runs: Vec<ReportRun>,
    /// Of a list.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<Vec<ReportRun>>,
    /// Of a table; a chart has its points as two columns.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<ReportColumn>,
    /// Of a table or chart.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rows: Vec<Vec<Vec<ReportRun>>>,
    /// Of a chart: exact decimals, `null` where there is no figure.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<Option<String>>,
    /// Where figures come from.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<ReportSource>,
}

/// A piece of text.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ReportRun {
    /// Words.
    pub text: String,
    /// Stressed.
    pub bold: bool,
    /// Stands for a figure that there is none of.
    pub missing: bool,
    /// Mark of the source.
    pub mark: Option<String>,
}

/// A column.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ReportColumn {
    /// Heading.
    pub title: String,
    /// `left`, `center`, `right`.
    pub align: &'static str,
}

/// Where a figure comes from.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ReportSource {
    /// Mark.
    pub mark: String,
    /// Figure.
    pub title: String,
    /// How it came about.
    pub text: String,
    /// Page that shows it.
    pub link: Option<String>,
}

/// What reports can be made.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ReportOptions {
    /// Templates.
    pub templates: Vec<ReportTemplate>,
    /// Units within the caller's reach.
    pub units: Vec<ReportUnit>,
    /// First year.
    pub from_year: i64,
    /// Last year.
    pub to_year: i64,
    /// Most characters of a text.
    pub max_text: usize,
}

/// A template.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ReportTemplate {
    /// Key.
    pub key: String,
    /// Version.
    pub version: String,
    /// Name.
    pub name: String,
    /// What the unit writes itself.
    pub texts: Vec<ReportText>,
}

/// A text that the unit writes itself.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ReportText {
    /// Key.
    pub key: String,
    /// Name.
    pub label: String,
    /// How to write it.
    pub hint: String,
}

/// A unit that reports.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ReportUnit {
    /// Id.
    pub id: String,
    /// Name.
    pub name: String,
    /// `town`, `department`, `office`.
    pub kind: String,
}

fn run(run: &Run) -> ReportRun {
    ReportRun { text: run.text.clone(), bold: run.bold, missing: run.missing, mark: run.mark.clone() }
}

fn runs(all: &[Run]) -> Vec<ReportRun> {
    all.iter().map(run).collect()
}

impl From<&Report> for ReportContent {
    fn from(report: &Report) -> Self {
        Self {
            lang: report.lang.clone(),
            title: report.title.clone(),
            subtitle: report.subtitle.clone(),
            mark: report.mark.clone(),
            blocks: report.blocks.iter().map(ReportBlock::from).collect(),
        }
    }
}

impl From<&Block> for ReportBlock {
    fn from(block: &Block) -> Self {
        let empty = Self::default();
        match block {
            Block::Heading { level, label, text } => {
                Self { kind: "heading", level: Some(*level), text: Some(format!("{label}{text}")), ..empty }
            }
            Block::Paragraph { runs: all } => Self { kind: "paragraph", runs: runs(all), ..empty },
            Block::Note { runs: all } => Self { kind: "note", runs: runs(all), ..empty },
            Block::List { items } => {
                Self { kind: "list", items: items.iter().map(|item| runs(item)).collect(), ..empty }
            }
            Block::Table(table) => Self { kind: "table", ..Self::from(table) },
            Block::Chart(chart) => Self::from(chart),
            Block::Sources { items } => {
                let sources = items.iter().map(|s| ReportSource {
                    mark: s.mark.clone(),
                    title: s.title.clone(),
                    text: s.text.clone(),
                    link: s.link.clone(),
                });
                Self { kind: "sources", sources: sources.collect(), ..empty }
            }
        }
    }
}

impl From<&Table> for ReportBlock {
    fn from(table: &Table) -> Self {
        use documents::report::Align;
        let column = |c: &documents::report::Column| ReportColumn {
            title: c.title.clone(),
            align: match c.align {
                Align::Left => "left",
                Align::Center => "center",
                Align::Right => "right",
            },
        };
        Self {
            kind: "table",
            text: Some(table.caption.clone()),
            columns: table.columns.iter().map(column).collect(),
            rows: table.rows.iter().map(|row| row.iter().map(|cell| runs(cell)).collect()).collect(),
            ..Self::default()
        }
    }
}

impl From<&Chart> for ReportBlock {
    fn from(chart: &Chart) -> Self {
        let plain = |text: &str| vec![run(&Run::plain(text))];
        Self {
            kind: "chart",
            text: Some(chart.caption.clone()),
            columns: vec![
                ReportColumn { title: chart.across.clone(), align: "left" },
                ReportColumn { title: chart.up.clone(), align: "right" },
            ],
            rows: chart.points.iter().map(|p| vec![plain(&p.label), plain(&p.shown)]).collect(),
            values: chart.points.iter().map(|p| p.value.clone()).collect(),
            ..Self::default()
        }
    }
}
