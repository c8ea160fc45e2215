//! Templates of reports as data: `data/reports`. What a template may name is a closed list, so that a wrong word is
//! found by a test and never printed. This module must never know a figure's value.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use documents::report::{Align, ChartKind};
use serde::Deserialize;

use crate::kit::{Lang, data};

/// Figures that a sentence may name.
pub(super) const FIGURES: &[&str] = &[
    "indicators.all",
    "indicators.known",
    "indicators.reached",
    "ledger.codes",
    "ledger.disposed",
    "ledger.generated",
    "ledger.stock",
    "ledger.units",
    "ledger.used",
    "programme.all",
    "programme.amber",
    "programme.green",
    "programme.none",
    "programme.red",
    "transfer.confirmed",
    "transfer.departed",
    "transfer.mass",
    "warnings.closed",
    "warnings.raised",
];
/// Series that a chart may show.
pub(super) const SERIES: &[&str] = &["ledger.generated_by_code", "ledger.generated_by_month"];
/// Tables and their columns.
pub(super) const TABLES: &[(&str, &[&str])] = &[
    ("indicators", &["code", "light", "name", "target", "unit", "value"]),
    ("programme", &["code", "due", "light", "name", "progress"]),
];
/// Words that every sentence may name.
const PARAMETERS: &[&str] = &["area", "as_of", "from", "unit", "until", "year"];
/// Reasons why a figure is missing.
pub(super) const REASONS: &[&str] =
    &["before_records", "no_definition", "no_items", "no_rows", "not_filled", "overlay"];
/// Where figures come from.
const ORIGINS: &[&str] = &["indicator", "indicators", "ledger", "programme", "transfer", "warnings"];
const UNITS: &[&str] = &["firms", "items", "kinds", "sheets", "t", "warnings"];
const KINDS: &[&str] = &["department", "office", "town"];
const LIGHTS: &[&str] = &["amber", "green", "none", "red"];
const STATES: &[&str] = &["approved", "computed", "missing", "pending"];

/// A text in both languages.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Both {
    #[serde(rename = "zh-CN")]
    pub(super) zh: String,
    pub(super) en: String,
}

impl Both {
    /// The text in a language.
    pub(super) fn of(&self, lang: Lang) -> &str {
        if lang == Lang::Zh { &self.zh } else { &self.en }
    }
}

pub(super) type Words = BTreeMap<String, Both>;

/// A text that the reporting unit writes.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FreeText {
    pub(super) key: String,
    pub(super) label: Both,
    pub(super) hint: Both,
}

/// How a free text is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum TextForm {
    /// A paragraph a line.
    Paragraphs,
    /// A numbered item a line.
    List,
}

/// A column of a table.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Column {
    pub(super) key: String,
    pub(super) title: Both,
    pub(super) align: Align,
    pub(super) width: u16,
}

/// A part of a section.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Part {
    Heading {
        heading: Both,
    },
    Sentence {
        sentence: Both,
    },
    Text {
        text: String,
        form: TextForm,
        #[serde(default)]
        required: bool,
    },
    Chart {
        chart: String,
        form: ChartKind,
        caption: Both,
        across: Both,
        up: Both,
    },
    Table {
        table: String,
        caption: Both,
        columns: Vec<Column>,
    },
}

/// A section.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Section {
    pub(super) title: Both,
    pub(super) parts: Vec<Part>,
}

/// What is said about where figures come from.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Sources {
    pub(super) title: Both,
    pub(super) lead: Both,
    pub(super) states: Words,
    pub(super) origins: Words,
}

/// How tables and charts are numbered.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Captions {
    pub(super) table: Both,
    pub(super) chart: Both,
}

/// Numbers of headings, by level.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Labels {
    #[serde(rename = "zh-CN")]
    zh: Vec<Vec<String>>,
    en: Vec<Vec<String>>,
}

impl Labels {
    /// The number of the `n`th heading of a level, both from one.
    pub(super) fn of(&self, lang: Lang, level: usize, n: usize) -> &str {
        let all = if lang == Lang::Zh { &self.zh } else { &self.en };
        all.get(level.saturating_sub(1))
            .and_then(|labels| labels.get(n.saturating_sub(1)))
            .map_or("", String::as_str)
    }
}

/// A template.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Template {
    #[serde(rename = "source")]
    _source: String,
    #[serde(rename = "certainty")]
    _certainty: String,
    pub(super) key: String,
    pub(super) version: String,
    pub(super) name: Both,
    pub(super) title: Both,
    pub(super) subtitle: Vec<Both>,
    pub(super) labels: Labels,
    pub(super) captions: Captions,
    pub(super) areas: Words,
    pub(super) demo: Both,
    pub(super) missing: Both,
    pub(super) reasons: Words,
    pub(super) units: Words,
    pub(super) texts: Vec<FreeText>,
    pub(super) no_text: Both,
    pub(super) sections: Vec<Section>,
    pub(super) lights: Words,
    pub(super) sources: Sources,
    pub(super) figures: Words,
}

/// A piece of a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// As it stands.
    Words(&'a str),
    /// A placeholder.
    Name(&'a str),
}

/// Cuts a text at its placeholders; a brace without its other half stays text.
pub(super) fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((name, tail)) = after.split_once('}') else { break };
        if !before.is_empty() {
            out.push(Piece::Words(before));
        }
        out.push(Piece::Name(name));
        rest = tail;
    }
    if !rest.is_empty() {
        out.push(Piece::Words(rest));
    }
    out
}

/// A text with its placeholders filled from a list; unknown ones stay as they are written.
pub(super) fn fill(text: &str, values: &[(&str, &str)]) -> String {
    pieces(text).into_iter().fold(String::new(), |mut out, piece| {
        match piece {
            Piece::Words(words) => out.push_str(words),
            Piece::Name(name) => match values.iter().find(|(key, _)| *key == name) {
                Some((_, value)) => out.push_str(value),
                None => out.extend(["{", name, "}"]),
            },
        }
        out
    })
}

static ALL: LazyLock<Vec<Template>> =
    LazyLock::new(|| data::list("reports/").iter().map(|path| data::json(path)).collect());

/// Every template.
pub(super) fn templates() -> &'static [Template] {
    &ALL
}

impl Template {
    /// What is wrong with the template, in words for whoever writes it.
    pub(super) fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        let mut lists: Vec<(&str, &Words, Vec<&str>)> = vec![
            ("areas", &self.areas, KINDS.to_vec()),
            ("reasons", &self.reasons, REASONS.to_vec()),
            ("units", &self.units, UNITS.to_vec()),
            ("lights", &self.lights, LIGHTS.to_vec()),
            ("sources.states", &self.sources.states, STATES.to_vec()),
            ("sources.origins", &self.sources.origins, ORIGINS.to_vec()),
        ];
        lists.push(("figures", &self.figures, [FIGURES, SERIES].concat()));
        for (name, words, needed) in lists {
            let keys: Vec<&str> = words.keys().map(String::as_str).collect();
            faults.extend(needed.iter().filter(|k| !keys.contains(k)).map(|k| format!("{name} lacks {k}")));
            faults.extend(
                keys.iter().filter(|k| !needed.contains(k)).map(|k| format!("{name}: {k} is unknown")),
            );
        }
        let plain = |text: &Both, faults: &mut Vec<String>| names(text, &[], faults);
        std::iter::once(&self.title).chain(&self.subtitle).for_each(|text| plain(text, &mut faults));
        for section in &self.sections {
            plain(&section.title, &mut faults);
            section.parts.iter().for_each(|part| self.part(part, &mut faults));
        }
        faults
    }

    fn part(&self, part: &Part, faults: &mut Vec<String>) {
        match part {
            Part::Heading { heading } => names(heading, &[], faults),
            Part::Sentence { sentence } => names(sentence, FIGURES, faults),
            Part::Text { text, .. } => {
                if !self.texts.iter().any(|t| t.key == *text) {
                    faults.push(format!("the text {text} is not declared"));
                }
            }
            Part::Chart { chart, caption, .. } => {
                names(caption, &[], faults);
                if !SERIES.contains(&chart.as_str()) {
                    faults.push(format!("there is no series {chart}"));
                }
            }
            Part::Table { table, caption, columns } => {
                names(caption, &[], faults);
                match TABLES.iter().find(|(name, _)| name == table) {
                    None => faults.push(format!("there is no table {table}")),
                    Some((_, known)) => faults.extend(
                        columns
                            .iter()
                            .filter(|c| !known.contains(&c.key.as_str()))
                            .map(|c| format!("the table {table} has no column {}", c.key)),
                    ),
                }
            }
        }
    }
}

/// Placeholders that nothing answers, and figures that one language has and the other has not.
fn names(text: &Both, figures: &[&str], faults: &mut Vec<String>) {
    let of = |text: &str| -> Vec<String> {
        let found = pieces(text).into_iter();
        found.filter_map(|p| if let Piece::Name(n) = p { Some(n.to_owned()) } else { None }).collect()
    };
    let mut both = [of(&text.zh), of(&text.en)];
    for name in both.iter().flatten() {
        if !figures.contains(&name.as_str()) && !PARAMETERS.contains(&name.as_str()) {
            faults.push(format!("{{{name}}} is unknown"));
        }
    }
    for side in [&text.zh, &text.en] {
        let words =
            pieces(side).into_iter().filter_map(|p| if let Piece::Words(w) = p { Some(w) } else { None });
        if words.flat_map(str::chars).any(|c| matches!(c, '{' | '}')) || side.is_empty() {
            faults.push(format!("empty, or a brace without its other half: {side}"));
        }
    }
    both.iter_mut().for_each(|side| side.retain(|n| figures.contains(&n.as_str())));
    both.iter_mut().for_each(|side| side.sort());
    if both[0] != both[1] {
        faults.push(format!("the languages name different figures: {both:?}"));
    }
}
