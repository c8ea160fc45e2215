//! Figures and formulas in words.

use rust_decimal::Decimal;

use super::catalogue::Catalogue;
use super::snapshot::Snapshot;
use crate::kit::{Lang, texts};

/// Digits without a tail of zeros.
pub fn digits(value: Decimal) -> String {
    value.normalize().to_string()
}

/// A town in words.
pub fn town_name(s: &Snapshot, code: &str, lang: Lang) -> String {
    let town = s.towns.iter().find(|t| t.code == code);
    town.map_or_else(
        || code.to_owned(),
        |t| if lang == Lang::Zh { t.name.0.clone() } else { t.name.1.clone() },
    )
}

/// A formula with names in place of keys: `hw_used / hw_generated` as people read it.
pub fn named(catalogue: &Catalogue, formula: &str, lang: Lang) -> String {
    let mut out = String::with_capacity(formula.len() * 2);
    let mut word = String::new();
    for c in formula.chars().chain(['\n']) {
        if c.is_ascii_alphanumeric() || c == '_' {
            word.push(c);
            continue;
        }
        if !word.is_empty() {
            out.push_str(&name(catalogue, &word, lang));
            word.clear();
        }
        match c {
            '*' => out.push('×'),
            '/' => out.push('÷'),
            '\n' => {}
            other => out.push(other),
        }
    }
    out
}

fn name(catalogue: &Catalogue, word: &str, lang: Lang) -> String {
    let (base, earlier) = match word.strip_suffix(domain::indicator::graph::LAST_YEAR) {
        Some(base) => (base, true),
        None => (word, false),
    };
    if catalogue.get(base).is_none() && catalogue.measure(base).is_none() {
        return word.to_owned();
    }
    let name = catalogue.name(base, lang);
    if earlier { format!("{name}{}", texts().word("year_before", lang)) } else { name }
}
