//! Waste codes and categories of the national catalogue by code, name and sound. The catalogue is everybody's.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::find::Hit;
use super::pinyin::{Rank, Sounds};
use crate::registry::catalogue::catalogue;

struct Waste {
    code: String,
    /// The code without its hyphens.
    compact: String,
    name: String,
    sounds: Sounds,
}

static WASTES: LazyLock<Vec<Waste>> = LazyLock::new(|| {
    // Categories first; of each code the newest edition.
    let mut all: BTreeMap<(bool, String), String> = BTreeMap::new();
    for waste in &catalogue().wastes {
        all.insert((false, waste.category.clone()), waste.category_name.clone());
        all.insert((true, waste.code.clone()), waste.description.clone());
    }
    all.into_iter()
        .map(|((_, code), name)| Waste {
            compact: code.replace('-', "").to_lowercase(),
            sounds: Sounds::of(&name),
            code,
            name,
        })
        .collect()
});

/// Most characters of a description.
const SHOWN: usize = 60;

fn rank(waste: &Waste, words: &str, compact: &str) -> Option<Rank> {
    if compact.len() >= 3 && waste.compact.starts_with(compact) {
        return Some(0);
    }
    // Long descriptions would sound like anything: only short names are found by sound.
    let short = waste.name.chars().count() <= 16;
    waste.sounds.rank(words).filter(|rank| *rank < 2 || short)
}

/// Codes and categories that match, the best first.
pub(super) fn wastes(words: &str, limit: usize) -> Vec<Hit> {
    let compact: String = words.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
    let mut matches: Vec<(Rank, &Waste)> =
        WASTES.iter().filter_map(|waste| rank(waste, words, &compact).map(|rank| (rank, waste))).collect();
    matches.sort_by_key(|(rank, _)| *rank);
    matches
        .into_iter()
        .take(limit)
        .map(|(_, waste)| Hit {
            id: waste.code.clone(),
            title: waste.code.clone(),
            note: waste.name.chars().take(SHOWN).collect(),
            link: format!("/catalogue?q={}", waste.code),
            status: None,
        })
        .collect()
}
