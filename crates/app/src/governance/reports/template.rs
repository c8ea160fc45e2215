//! Templates of reports as data: `data/reports`. What a template may name is a closed list, so that a wrong word is
//! found by the test of `check.rs` and never printed. This module must never know a figure's value.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use documents::report::{Align, ChartKind};
use serde::Deserialize;

use crate::kit::{Lang, data};

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
        /// Said in its place when none of its figures is there.
        #[serde(default)]
        missing: Option<Both>,
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
