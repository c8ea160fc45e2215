//! Reading a pack: everything that is wrong with it, each with a pointer to the place.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::{Certainty, PackError, Rule, RulePack, RuleSource, Source, ids, placeholders, schema_of};
use crate::condition::Condition;
use crate::problem::Violation;
use crate::time::Date;

/// Languages that every text must have.
const LANGS: [&str; 2] = ["zh-CN", "en"];
/// Longest dwell and clearing time, s.
const MAX_DWELL_S: i64 = 30 * 86_400;

#[derive(Deserialize)]
struct File {
    version: String,
    valid_from: Date,
    rules: Vec<RuleSource>,
}

pub(super) fn load(json: &str) -> Result<RulePack, Vec<PackError>> {
    let file: File = serde_json::from_str(json).map_err(|error| {
        vec![PackError(Violation::error(ids::JSON, "").with("line", error.line()).with("detail", error))]
    })?;
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    let mut rules = Vec::new();
    for (index, source) in file.rules.into_iter().enumerate() {
        let at = format!("/rules/{index}");
        if !is_rule_id(&source.id) || !seen.insert(source.id.clone()) {
            found.push(Violation::error(ids::ID, format!("{at}/id")).with("id", &source.id));
        }
        for (name, seconds) in [("dwell_s", source.dwell_s), ("clear_s", source.clear_s)] {
            if !(0..=MAX_DWELL_S).contains(&seconds) {
                found.push(Violation::error(ids::DWELL, format!("{at}/{name}")).with("value", seconds));
            }
        }
        parameters(&source, &at, &mut found);
        texts(&source, &at, &mut found);
        match Condition::parse(&source.when, &schema_of(&source)) {
            Ok(condition) => {
                facts(&source, &condition, &at, &mut found);
                rules.push(Rule { source, condition });
            }
            Err(error) => found.push(error.violation(format!("{at}/when"))),
        }
    }
    if found.is_empty() {
        Ok(RulePack { version: file.version, valid_from: file.valid_from, rules })
    } else {
        Err(found.into_iter().map(PackError).collect())
    }
}

/// `MON-` and a word of capitals and digits; one letter between dashes is for the rules of the machinery itself.
fn is_rule_id(id: &str) -> bool {
    id.strip_prefix("MON-").is_some_and(|word| {
        (2..=24).contains(&word.len()) && word.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
    })
}

fn is_name(name: &str) -> bool {
    name.bytes().next().is_some_and(|b| b.is_ascii_lowercase())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

fn parameters(source: &RuleSource, at: &str, found: &mut Vec<Violation>) {
    let schema = source.subject.schema();
    for (name, param) in &source.params {
        let sourced = match (&param.source, param.certainty) {
            // A number of the law says which; a number without a source is a choice and says so.
            (Source::Citation(id), _) => !id.is_empty(),
            (Source::Words(_), Certainty::Confirmed) => false,
            (Source::Words(words), Certainty::Configuration) => {
                LANGS.iter().all(|lang| words.get(*lang).is_some_and(|text| !text.trim().is_empty()))
            }
        };
        if !is_name(name) || schema.fact(name).is_some() || !sourced {
            let path = format!("{at}/params/{name}");
            found.push(Violation::error(ids::PARAMETER, path).with("name", name));
        }
    }
}

fn facts(source: &RuleSource, condition: &Condition, at: &str, found: &mut Vec<Violation>) {
    let listed: BTreeSet<&str> = source.facts.iter().map(String::as_str).collect();
    let read: BTreeSet<&str> = condition.names().iter().map(String::as_str).collect();
    if listed != read || listed.len() != source.facts.len() {
        let read: Vec<&str> = read.into_iter().collect();
        found.push(Violation::error(ids::FACTS, format!("{at}/facts")).with("read", read.join(", ")));
    }
}

fn texts(source: &RuleSource, at: &str, found: &mut Vec<Violation>) {
    let schema = schema_of(source);
    for lang in LANGS {
        let path = format!("{at}/texts/{lang}");
        let Some(texts) = source.texts.get(lang) else {
            found.push(Violation::error(ids::TEXT, path).with("language", lang));
            continue;
        };
        let parts =
            [("title", &texts.title), ("explanation", &texts.explanation), ("condition", &texts.condition)];
        for (part, text) in parts {
            let path = format!("{path}/{part}");
            if text.trim().is_empty() {
                found.push(Violation::error(ids::TEXT, path.clone()).with("language", lang));
            }
            for name in placeholders(text) {
                // The condition in words speaks of numbers of the rule, never of one case.
                let known = match part {
                    "title" => false,
                    "condition" => source.params.contains_key(name),
                    _ => schema.knows(name),
                };
                if !known {
                    found.push(Violation::error(ids::PLACEHOLDER, path.clone()).with("name", name));
                }
            }
        }
    }
}
