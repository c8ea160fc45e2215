//! Warnings in words: the rules' texts filled with facts, from the data of the build.

use std::sync::Arc;

use domain::condition::{Facts, Value};
use domain::monitoring::rules::RulePack;
use domain::monitoring::words::{FactRow, Words};

use super::super::judge;
use crate::kit::{Kit, Lang, data};

/// Rules with their texts.
pub struct Wording {
    rules: Arc<judge::Rules>,
    words: Option<Words>,
}

/// The house's wording.
pub fn wording(kit: &Kit) -> Arc<Wording> {
    let rules = judge::pack(kit);
    kit.parts.get_or(|| Wording {
        rules,
        words: data::file("warnings/facts.json")
            .and_then(|bytes| Words::load(&String::from_utf8_lossy(&bytes)).ok()),
    })
}

impl Wording {
    /// The rules.
    pub fn pack(&self) -> Option<&RulePack> {
        self.rules.0.as_ref()
    }

    /// Name of a rule; an unknown one shows its id.
    pub fn title(&self, rule: &str, lang: Lang) -> String {
        let found = self.pack().and_then(|p| p.rule(rule)).zip(self.words.as_ref());
        found.map_or_else(|| rule.to_owned(), |(r, w)| w.title(r, lang.tag()).to_owned())
    }

    /// What happened.
    pub fn explanation(&self, rule: &str, facts: &Facts, lang: Lang) -> String {
        let found = self.pack().and_then(|p| p.rule(rule)).zip(self.words.as_ref());
        found.map_or_else(String::new, |(r, w)| w.explanation(r, facts, lang.tag()))
    }

    /// The condition of a rule.
    pub fn condition(&self, rule: &str, lang: Lang) -> String {
        let found = self.pack().and_then(|p| p.rule(rule)).zip(self.words.as_ref());
        found.map_or_else(String::new, |(r, w)| w.condition(r, lang.tag()))
    }

    /// A value with its unit.
    pub fn value(&self, value: &Value, unit: &str, lang: Lang) -> String {
        self.words.as_ref().map_or_else(|| value.to_string(), |w| w.value(value, unit, lang.tag()))
    }

    /// The facts as a table.
    pub fn table(&self, rule: &str, facts: &Facts, lang: Lang) -> Vec<FactRow> {
        let found = self.pack().and_then(|p| p.rule(rule)).zip(self.words.as_ref());
        found.map_or_else(Vec::new, |(r, w)| w.table(r, facts, lang.tag()))
    }
}
