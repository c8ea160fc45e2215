//! Conditions as somebody who may change rules types them, against the names of every subject. What is read must mean
//! the same when it is read again or put into brackets, and a fact that is not known must never decide anything.

use std::sync::OnceLock;

use domain::condition::{Condition, Expression, FactType, Facts, MAX_CHARS, Schema, Value};
use domain::monitoring::subjects::SubjectKind;

use crate::{Dice, Target, mutate, outcome};

pub const TARGET: Target =
    Target { name: "condition", about: "the text of a rule's condition", seeds, damage, check };

const RULES: &str = include_str!("../../data/warnings/rules.json");

/// Pieces of the language, and names that are and are not known.
const WORDS: &[&str] = &[
    "and",
    "or",
    "not",
    "in",
    "not in",
    "(",
    ")",
    "[",
    "]",
    "..",
    ",",
    "?",
    ":",
    "??",
    "==",
    "!=",
    "<",
    "<=",
    ">",
    ">=",
    "+",
    "-",
    "*",
    "/",
    "%",
    "^",
    "0",
    "1",
    "0.5",
    "-1",
    "79228162514264337593543950335",
    "1e9",
    "'a'",
    "\"b\"",
    "''",
    "true",
    "false",
    "null",
    "abs(",
    "min(",
    "max(",
    "round(",
    "floor(",
    "ceil(",
    "contains(",
    "startsWith(",
    "len(",
    "d('now')",
    "rand(1)",
    "some(",
    "#",
    "$root",
    ".",
    "`",
    "{",
    "}",
    "departed",
    "arrived",
    "stopped_minutes",
    "speed_kmh",
    "sent_g",
    "kind",
    "limit",
    "stop_minutes",
    "unknown_name",
    " ",
    "\n",
    "\u{4e2d}",
];

/// All facts of all subjects, some constants, and values for most of them.
fn known() -> &'static (Schema, Facts) {
    static KNOWN: OnceLock<(Schema, Facts)> = OnceLock::new();
    KNOWN.get_or_init(|| {
        let kinds = [
            SubjectKind::Transit,
            SubjectKind::Vehicle,
            SubjectKind::Receipt,
            SubjectKind::Lot,
            SubjectKind::Facility,
            SubjectKind::Confirmation,
            SubjectKind::Camera,
        ];
        let mut all = Vec::new();
        for fact in kinds.iter().flat_map(|k| k.schema().facts().to_vec()) {
            if !all.iter().any(|f: &domain::condition::FactDef| f.name == fact.name) {
                all.push(fact);
            }
        }
        let mut facts = Facts::new();
        for (n, fact) in (0_i64..).zip(&all) {
            match fact.kind {
                FactType::Bool => facts.set(&fact.name, n % 2 == 0),
                FactType::Int => facts.set(&fact.name, n * 37 - 90),
                FactType::Decimal => facts.set(&fact.name, Value::decimal(n * 1_003 - 900, 2)),
                FactType::Text => facts.set(&fact.name, "a"),
            }
        }
        let mut schema = Schema::new(all);
        for name in rule_parameters() {
            schema = schema.with_constant(&name, Value::Int(30));
        }
        (schema, facts)
    })
}

/// Values of `"key": "…"` in the rules; the file is ours, so its form is known.
fn strings_of(key: &str) -> Vec<String> {
    let mark = format!("\"{key}\": \"");
    let rest = RULES.split(mark.as_str()).skip(1);
    rest.filter_map(|r| r.split_once('"').map(|(text, _)| text.to_owned())).collect()
}

fn rule_parameters() -> Vec<String> {
    let marks = RULES.match_indices("\": {\"value\"");
    marks.filter_map(|(at, _)| RULES[..at].rsplit_once('"').map(|(_, name)| name.to_owned())).collect()
}

fn seeds() -> Vec<Vec<u8>> {
    let mut all: Vec<Vec<u8>> = strings_of("when").into_iter().map(String::into_bytes).collect();
    assert!(all.len() > 8, "the conditions of the rules");
    for text in [
        "departed ? stopped_minutes > 3 : arrived",
        "stopped_minutes in [45..60) or speed_kmh not in [1, 2.5]",
        "round(speed_kmh, 1) / 0 > 1",
        "max([sent_g, 3]) * 79228162514264337593543950335 > 0",
        "((((departed))))",
        "'open",
    ] {
        all.push(text.as_bytes().to_vec());
    }
    all
}

fn damage(text: &mut Vec<u8>, other: &[u8], dice: &mut Dice) {
    if dice.once_in(4) {
        return mutate::bytes(text, other, dice);
    }
    let shown = String::from_utf8_lossy(text).into_owned();
    let mut words: Vec<&str> =
        shown.split_inclusive(|c: char| c.is_whitespace() || "()[],".contains(c)).collect();
    let theirs = String::from_utf8_lossy(other).into_owned();
    let borrowed: Vec<&str> =
        theirs.split_inclusive(|c: char| c.is_whitespace() || "()[],".contains(c)).collect();
    let at = dice.below(words.len() + 1);
    match dice.below(6) {
        0 if at < words.len() => drop(words.remove(at)),
        1 if at < words.len() => words[at] = *dice.one_of(WORDS),
        2 if !borrowed.is_empty() => {
            let from = dice.below(borrowed.len());
            let to = (from + 1 + dice.below(8)).min(borrowed.len());
            words.splice(at..at, borrowed[from..to].iter().copied());
        }
        3 => {
            words.insert(0, "(");
            words.push(*dice.one_of(&[") and ", ") or not ", ") == ", ")"]));
        }
        _ => {
            let word = *dice.one_of(WORDS);
            words.splice(at..at, [" ", word, " "]);
        }
    }
    *text = words.concat().into_bytes();
    text.truncate(3 * MAX_CHARS);
}

fn check(bytes: &[u8]) -> u64 {
    let (schema, facts) = known();
    let text = String::from_utf8_lossy(bytes);
    let whole = match Expression::parse(&text, schema) {
        Ok(whole) => whole,
        Err(error) => {
            let length = text.chars().count();
            assert!(error.position <= length, "{} of {length} characters", error.position);
            assert!(Condition::parse(&text, schema).is_err(), "no condition that is no expression");
            return outcome(&[&error.reason, &(error.position * 8 / (length + 1)), &error.params.len()]);
        }
    };
    assert_eq!(whole.text(), text, "the text stays as it was written");
    assert!(whole.names().iter().all(|n| schema.fact(n).is_some()), "only known facts are read");
    let value = whole.eval(facts);
    if let Ok(value) = &value {
        // A whole number that does not fit into 64 bits stays a decimal.
        let (said, is) = (whole.result_type(), value.kind());
        assert!(said.takes(is) || said.is_number() && is.is_number(), "{value:?} is a {said:?}");
    }
    let again = Expression::parse(&text, schema).map(|e| e.eval(facts));
    assert_eq!(again.as_ref().ok(), Some(&value), "the same text means the same");
    if let Ok(inner) = Expression::parse(&format!("({text})"), schema) {
        assert_eq!(inner.eval(facts), value, "brackets change nothing");
    }
    if let Ok(condition) = Condition::parse(&text, schema) {
        let full = condition.eval(facts);
        assert_eq!(full.clone().map(Value::Bool), value, "a condition is an expression");
        // What is said without a fact is said with it too; `??` asks whether it is there.
        if !text.contains("??") {
            for name in condition.names() {
                let mut less = facts.clone();
                less.forget(name);
                if let Ok(said) = condition.eval(&less) {
                    assert_eq!(full, Ok(said), "decided without {name}, and otherwise with it");
                }
            }
        }
    }
    let names = whole.names().len().min(6);
    let shape: Vec<&str> = WORDS.iter().filter(|w| text.contains(**w)).take(12).copied().collect();
    outcome(&[
        &whole.result_type(),
        &value.map(|v| v.kind()).map_err(|e| std::mem::discriminant(&e)),
        &names,
        &shape,
    ])
}
