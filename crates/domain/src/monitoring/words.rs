//! A warning in words: the texts of its rule filled with facts and parameters, each with its unit, and the table of
//! facts. Texts come from data in both languages; this file must never hold one. A fact that is not known reads so,
//! and never as zero.

use std::collections::BTreeMap;

use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Serialize};

use super::rules::{Rule, RuleTexts};
use crate::condition::{Facts, Value};

type Texts = BTreeMap<String, BTreeMap<String, String>>;

/// Labels, units and words of facts: `data/warnings/facts.json`.
#[derive(Clone, Debug, Deserialize)]
pub struct Words {
    facts: Texts,
    units: Texts,
    words: Texts,
}

/// One row of the table of facts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FactRow {
    /// Name of the fact.
    pub name: String,
    /// Its label.
    pub label: String,
    /// The value without its unit.
    pub value: String,
    /// The unit in words; empty for none.
    pub unit: String,
}

impl Words {
    /// Reads the texts.
    ///
    /// # Errors
    /// When the JSON is not of this form.
    pub fn load(json: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(json)
    }

    /// The label of a fact; an unknown one shows itself.
    pub fn label<'a>(&'a self, name: &'a str, lang: &str) -> &'a str {
        find(&self.facts, name, lang).unwrap_or(name)
    }

    /// Whether there is a text for the fact and its unit, for the test that nothing is forgotten.
    pub fn covers(&self, name: &str, unit: &str, lang: &str) -> bool {
        find(&self.facts, name, lang).is_some()
            && (unit.is_empty() || find(&self.units, unit, lang).is_some())
    }

    /// Name of the rule.
    pub fn title<'a>(&self, rule: &'a Rule, lang: &str) -> &'a str {
        texts(rule, lang).map_or(rule.id(), |texts| &texts.title)
    }

    /// What happened, filled with the facts.
    pub fn explanation(&self, rule: &Rule, facts: &Facts, lang: &str) -> String {
        texts(rule, lang).map_or_else(String::new, |texts| self.fill(&texts.explanation, rule, facts, lang))
    }

    /// The condition in words, filled with the rule's numbers.
    pub fn condition(&self, rule: &Rule, lang: &str) -> String {
        texts(rule, lang)
            .map_or_else(String::new, |texts| self.fill(&texts.condition, rule, &Facts::new(), lang))
    }

    /// The known facts of a warning, in the order of the subject's definition.
    pub fn table(&self, rule: &Rule, facts: &Facts, lang: &str) -> Vec<FactRow> {
        let schema = rule.source().subject.schema();
        let known = schema.facts().iter().filter_map(|def| facts.get(&def.name).map(|value| (def, value)));
        known
            .map(|(def, value)| {
                let (number, unit) = scaled(value, &def.unit);
                FactRow {
                    name: def.name.clone(),
                    label: self.label(&def.label, lang).to_owned(),
                    value: number.map_or_else(|| self.word(value, lang), |n| n.to_string()),
                    unit: self.unit(unit, lang).replace("{n}", "").trim().to_owned(),
                }
            })
            .collect()
    }

    /// A value with its unit, as it stands in a sentence.
    pub fn value(&self, value: &Value, unit: &str, lang: &str) -> String {
        match scaled(value, unit) {
            (Some(number), "") => number.to_string(),
            (Some(number), unit) => self.unit(unit, lang).replace("{n}", &number.to_string()),
            (None, _) => self.word(value, lang),
        }
    }

    fn unit<'a>(&'a self, unit: &'a str, lang: &str) -> &'a str {
        if unit.is_empty() { "" } else { find(&self.units, unit, lang).unwrap_or(unit) }
    }

    fn word(&self, value: &Value, lang: &str) -> String {
        let key = value.to_string();
        find(&self.words, &key, lang).map_or_else(|| key.clone(), str::to_owned)
    }

    fn fill(&self, template: &str, rule: &Rule, facts: &Facts, lang: &str) -> String {
        let mut parts = template.split('{');
        let mut out = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let Some((name, rest)) = part.split_once('}') else {
                out.push_str(part);
                continue;
            };
            let unit = rule.unit_of(name).map(|(_, unit)| unit).unwrap_or_default();
            let param = rule.source().params.get(name).map(|param| Value::Int(param.value));
            match param.as_ref().or_else(|| facts.get(name)) {
                Some(value) => out.push_str(&self.value(value, &unit, lang)),
                None => out.push_str(find(&self.words, "unknown", lang).unwrap_or("?")),
            }
            out.push_str(rest);
        }
        out
    }
}

fn texts<'a>(rule: &'a Rule, lang: &str) -> Option<&'a RuleTexts> {
    rule.source().texts.get(lang)
}

fn find<'a>(texts: &'a Texts, key: &str, lang: &str) -> Option<&'a str> {
    texts.get(key).and_then(|by_lang| by_lang.get(lang)).map(String::as_str)
}

/// The number as people read it and the unit that goes with it: grams become kilograms or tonnes, long ways
/// kilometres. `None` for what is no number.
fn scaled<'a>(value: &Value, unit: &'a str) -> (Option<Decimal>, &'a str) {
    let Some(number) = value.number() else { return (None, "") };
    let size = number.abs();
    let (number, places, unit) = match unit {
        "g" if size >= Decimal::from(1_000_000) => (number / Decimal::from(1_000_000), 3, "t"),
        "g" if size >= Decimal::from(1_000) => (number / Decimal::from(1_000), 1, "kg"),
        "m" if size >= Decimal::from(10_000) => (number / Decimal::from(1_000), 1, "km"),
        other => (number, 1, other),
    };
    let shown = number.round_dp_with_strategy(places, RoundingStrategy::MidpointAwayFromZero).normalize();
    (Some(shown), unit)
}

#[cfg(test)]
mod tests;
