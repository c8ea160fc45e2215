//! Rule packs: the risk rules as data, with their texts, read and checked as a whole. A pack that does not load is
//! refused with every reason at once, so that a rule which is watched is a rule that was understood.

mod load;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::subjects::SubjectKind;
use crate::access::word_enum;
use crate::condition::{Condition, FactType, Facts, NotComputable, Schema, Value};

/// Rule ids of this module: what can be wrong with a pack. Its conditions have ids of their own.
pub mod ids {
    crate::rule_ids! {
        /// The pack is not the JSON that it should be.
        JSON = "MON-P-001";
        /// Two rules with one id, or an id that is none.
        ID = "MON-P-002";
        /// A parameter that is badly named, hides a fact, or lacks its source.
        PARAMETER = "MON-P-003";
        /// The list of facts is not what the condition reads.
        FACTS = "MON-P-004";
        /// A text is missing in one language.
        TEXT = "MON-P-005";
        /// A text names something that is neither fact nor parameter.
        PLACEHOLDER = "MON-P-006";
        /// A time limit that is negative or longer than thirty days.
        DWELL = "MON-P-007";
    }
}

word_enum! {
    /// How serious a warning is, from a note to danger. Ordered.
    Level {
        /// To know.
        Notice = "notice",
        /// To look at in time.
        Low = "low",
        /// To look at today.
        Medium = "medium",
        /// To look at now; never closed unseen.
        High = "high",
    }
}

word_enum! {
    /// How sure a number is.
    Certainty {
        /// Read in a law or standard, which the source names.
        Confirmed = "confirmed",
        /// A choice of the city.
        Configuration = "configuration",
    }
}

/// A number that a rule uses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parameter {
    /// The number.
    pub value: i64,
    /// Its unit, a key of the units' texts.
    pub unit: String,
    /// Whether it is law or configuration.
    pub certainty: Certainty,
    /// Where it comes from: a citation id when confirmed, else a sentence in both languages.
    pub source: Source,
}

/// Where a number comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Source {
    /// A key of `data/citations.json`.
    Citation(String),
    /// In words, by language.
    Words(BTreeMap<String, String>),
}

/// The texts of a rule in one language; `{name}` stands for a fact or a parameter, with its unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleTexts {
    /// Name of the rule.
    pub title: String,
    /// What happened, filled with facts.
    pub explanation: String,
    /// The condition in words, filled with parameters.
    pub condition: String,
}

/// A rule as it is written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleSource {
    /// Id, `MON-` and capitals.
    pub id: String,
    /// Counts up with every change; stored on each warning.
    pub version: i64,
    /// What it looks at.
    pub subject: SubjectKind,
    /// The facts that the condition reads.
    pub facts: Vec<String>,
    /// The condition.
    pub when: String,
    /// How long it must hold before a warning, s.
    pub dwell_s: i64,
    /// How long it must not hold before the episode is over, s.
    #[serde(default)]
    pub clear_s: i64,
    /// Its numbers, by name; usable in the condition.
    #[serde(default)]
    pub params: BTreeMap<String, Parameter>,
    /// How serious.
    pub severity: Level,
    /// Keys of `data/citations.json`.
    #[serde(default)]
    pub citations: Vec<String>,
    /// Whether it is watched.
    pub enabled: bool,
    /// Texts by language tag (`zh-CN`, `en`).
    pub texts: BTreeMap<String, RuleTexts>,
}

/// A rule that was checked.
#[derive(Clone, Debug)]
pub struct Rule {
    source: RuleSource,
    condition: Condition,
}

impl Rule {
    /// The rule as it was written.
    pub fn source(&self) -> &RuleSource {
        &self.source
    }

    /// Id.
    pub fn id(&self) -> &str {
        &self.source.id
    }

    /// Whether it holds for these facts.
    ///
    /// # Errors
    /// Why it cannot be told.
    pub fn holds(&self, facts: &Facts) -> Result<bool, NotComputable> {
        self.condition.eval(facts)
    }

    /// The facts of the subject that the rule reads or its texts show, for the snapshot on a warning: known
    /// ones only.
    pub fn snapshot(&self, facts: &Facts) -> Facts {
        let shown = self.source.texts.values().flat_map(|texts| placeholders(&texts.explanation));
        let wanted: std::collections::BTreeSet<&str> =
            self.condition.names().iter().map(String::as_str).chain(shown).collect();
        let mut out = Facts::new();
        for (name, value) in facts.iter().filter(|(name, _)| wanted.contains(name)) {
            out.set(name, value.clone());
        }
        out
    }

    /// Type and unit of a name in its texts: a fact of the subject or a parameter.
    pub fn unit_of(&self, name: &str) -> Option<(FactType, String)> {
        match self.source.params.get(name) {
            Some(param) => Some((FactType::Int, param.unit.clone())),
            None => self.source.subject.schema().fact(name).map(|fact| (fact.kind, fact.unit.clone())),
        }
    }
}

/// A pack that was checked.
#[derive(Clone, Debug)]
pub struct RulePack {
    /// Version of the pack.
    pub version: String,
    /// First day on which it is watched, `YYYY-MM-DD`.
    pub valid_from: crate::time::Date,
    rules: Vec<Rule>,
}

/// One reason why a pack is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackError(pub crate::problem::Violation);

impl RulePack {
    /// Reads a pack and checks everything in it.
    ///
    /// # Errors
    /// Everything that is wrong, each with a JSON pointer into the pack.
    pub fn load(json: &str) -> Result<Self, Vec<PackError>> {
        load::load(json)
    }

    /// Every rule, in the order of the file.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// The rule with this id.
    pub fn rule(&self, id: &str) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.id() == id)
    }

    /// The rules that are watched for a subject.
    pub fn watched(&self, subject: SubjectKind) -> impl Iterator<Item = &Rule> {
        self.rules.iter().filter(move |rule| rule.source.enabled && rule.source.subject == subject)
    }

    /// The citations that rules and parameters name, for the test that they exist.
    pub fn citations(&self) -> impl Iterator<Item = &str> {
        self.rules.iter().flat_map(|rule| {
            let params = rule.source.params.values().filter_map(|param| match &param.source {
                Source::Citation(id) => Some(id.as_str()),
                Source::Words(_) => None,
            });
            rule.source.citations.iter().map(String::as_str).chain(params)
        })
    }
}

/// The names in braces of a text.
pub(super) fn placeholders(text: &str) -> impl Iterator<Item = &str> {
    text.split('{').skip(1).filter_map(|rest| rest.split_once('}').map(|(name, _)| name))
}

/// The schema of a rule: the facts of its subject and its own parameters.
fn schema_of(source: &RuleSource) -> Schema {
    source.params.iter().fold(source.subject.schema(), |schema, (name, param)| {
        schema.with_constant(name, Value::Int(param.value))
    })
}

#[cfg(test)]
pub(in crate::monitoring) mod tests;
