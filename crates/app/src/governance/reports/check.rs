//! Whether a template is sound: every placeholder, series, table, column and word list is one that the code answers.

use super::template::{Both, Part, Piece, Template, Words, pieces};

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
            Part::Sentence { sentence, missing } => {
                names(sentence, FIGURES, faults);
                missing.iter().for_each(|text| names(text, &["reason"], faults));
            }
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
