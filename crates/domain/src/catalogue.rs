//! The national hazardous-waste catalogue as data with editions: which code exists on which day, and which
//! exemptions may apply to it at which stage. A missing edition is said, never papered over: when the edition
//! in force has not been imported, look-ups answer from the last imported one and say so.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::codes::{Traits, WasteCategory, WasteCode, word_list};
use crate::time::Date;

/// An edition of the catalogue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edition {
    /// Its name, `2021`.
    pub edition: String,
    /// First day in force.
    pub valid_from: Date,
    /// Last day in force; open when none is known.
    pub valid_to: Option<Date>,
    /// Whether its table of codes is here.
    pub imported: bool,
}

impl Edition {
    fn in_force(&self, date: Date) -> bool {
        self.valid_from <= date && self.valid_to.is_none_or(|end| date <= end)
    }
}

/// One code of one edition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WasteEntry {
    /// The code.
    pub code: WasteCode,
    /// Name of its category (`其他废物`).
    pub category_name: String,
    /// Trade it comes from.
    pub industry: String,
    /// The catalogue's description: the "national name" of the ledger tables.
    pub description: String,
    /// Hazard properties as a set.
    pub traits: Traits,
    /// Hazard properties as printed: `,` joins those that all hold, `/` those of which one or more hold.
    pub traits_text: String,
    /// Edition.
    pub edition: String,
    /// First day in force.
    pub valid_from: Date,
    /// Last day in force.
    pub valid_to: Option<Date>,
}

impl WasteEntry {
    /// The category of the code.
    pub fn category(&self) -> WasteCategory {
        self.code.category()
    }
}

/// Which edition answers for a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EditionStatus<'a> {
    /// The edition in force is imported.
    InForce(&'a Edition),
    /// The edition in force is not imported; look-ups use the earlier one, if there is any.
    NotImported {
        /// The edition in force.
        in_force: &'a Edition,
        /// The edition that answers instead.
        used: Option<&'a Edition>,
    },
    /// No edition is known for the day.
    Unknown,
}

/// Answer to "what is this code on that day".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lookup<'a> {
    /// In the edition in force.
    Listed(&'a WasteEntry),
    /// In an earlier edition, because the one in force is not imported.
    ListedEarlier(&'a WasteEntry, &'a Edition),
    /// A code for waste found hazardous by identification; no catalogue lists it.
    ByIdentification,
    /// Not in the edition that answers.
    Unlisted,
}

impl<'a> Lookup<'a> {
    /// The entry, wherever it was found.
    pub fn entry(self) -> Option<&'a WasteEntry> {
        match self {
            Self::Listed(entry) | Self::ListedEarlier(entry, _) => Some(entry),
            Self::ByIdentification | Self::Unlisted => None,
        }
    }
}

word_list! {
    /// Stage of management that an exemption covers (豁免环节).
    Stage {
        /// 全部环节.
        All = "all",
        /// 收集.
        Collect = "collect",
        /// 运输.
        Transport = "transport",
        /// 利用.
        Use = "use",
        /// 处置.
        Dispose = "dispose",
    }
}

/// A text in both languages, carried as data.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bilingual {
    /// Chinese.
    #[serde(rename = "zh-CN")]
    pub zh: String,
    /// English.
    pub en: String,
}

/// To which wastes an exemption may apply.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Matcher {
    /// Eight-digit codes.
    #[serde(default)]
    pub codes: Vec<WasteCode>,
    /// Whole categories.
    #[serde(default)]
    pub categories: Vec<WasteCategory>,
    /// What no code can say ("household waste", "after an emergency").
    #[serde(default)]
    pub note: Option<String>,
    /// Any code (item 32).
    #[serde(default)]
    pub all_codes: bool,
}

impl Matcher {
    /// Whether the code is named by it.
    pub fn matches(&self, code: WasteCode) -> bool {
        self.all_codes || self.codes.contains(&code) || self.categories.contains(&code.category())
    }
}

/// One rule of the exemption list (豁免管理清单). A match only says that the exemption *may* apply: its
/// condition is for a person to declare and to prove.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExemptionRule {
    /// Our id of the rule.
    pub id: String,
    /// Number in the list.
    pub no: u32,
    /// Wastes.
    pub matcher: Matcher,
    /// Stage.
    pub stage: Stage,
    /// Narrower kind of disposal, when the rule names one.
    #[serde(default)]
    pub disposal_scope: Option<String>,
    /// Waste as the list names it.
    pub waste: Bilingual,
    /// Condition.
    pub condition: Bilingual,
    /// What is exempt.
    pub effect: Bilingual,
    /// Edition of the catalogue that it is annexed to.
    #[serde(default)]
    pub edition: String,
}

/// All imported editions with their codes and exemptions.
#[derive(Clone, Debug, Default)]
pub struct Catalogue {
    editions: Vec<Edition>,
    entries: BTreeMap<WasteCode, Vec<WasteEntry>>,
    exemptions: Vec<ExemptionRule>,
}

impl Catalogue {
    /// A catalogue of these tables.
    pub fn new(
        mut editions: Vec<Edition>,
        entries: impl IntoIterator<Item = WasteEntry>,
        exemptions: Vec<ExemptionRule>,
    ) -> Self {
        editions.sort_by_key(|e| e.valid_from);
        let mut by_code: BTreeMap<WasteCode, Vec<WasteEntry>> = BTreeMap::new();
        for entry in entries {
            by_code.entry(entry.code).or_default().push(entry);
        }
        Self { editions, entries: by_code, exemptions }
    }

    /// The editions, oldest first.
    pub fn editions(&self) -> &[Edition] {
        &self.editions
    }

    /// Which edition answers for a day.
    pub fn status(&self, date: Date) -> EditionStatus<'_> {
        let Some(in_force) = self.editions.iter().rev().find(|e| e.in_force(date)) else {
            return EditionStatus::Unknown;
        };
        if in_force.imported {
            return EditionStatus::InForce(in_force);
        }
        let used = self.editions.iter().rev().find(|e| e.imported && e.valid_from < in_force.valid_from);
        EditionStatus::NotImported { in_force, used }
    }

    /// What a code is on a day.
    pub fn find(&self, code: WasteCode, date: Date) -> Lookup<'_> {
        let in_edition = |edition: &Edition| {
            self.entries.get(&code).and_then(|all| all.iter().find(|e| e.edition == edition.edition))
        };
        let found = match self.status(date) {
            EditionStatus::InForce(edition) => in_edition(edition).map(Lookup::Listed),
            EditionStatus::NotImported { in_force, used } => {
                used.and_then(in_edition).map(|entry| Lookup::ListedEarlier(entry, in_force))
            }
            EditionStatus::Unknown => None,
        };
        found.unwrap_or(if code.is_by_identification() { Lookup::ByIdentification } else { Lookup::Unlisted })
    }

    /// Exemptions of the edition that answers for the day which may apply to this code at this stage. Rules
    /// for all stages are included; rules that only a description can match (no code) are not.
    pub fn exemptions(&self, code: WasteCode, stage: Stage, date: Date) -> Vec<&ExemptionRule> {
        let edition = match self.status(date) {
            EditionStatus::InForce(edition) | EditionStatus::NotImported { used: Some(edition), .. } => {
                edition
            }
            EditionStatus::NotImported { used: None, .. } | EditionStatus::Unknown => return Vec::new(),
        };
        self.exemptions
            .iter()
            .filter(|rule| rule.edition == edition.edition && rule.matcher.matches(code))
            .filter(|rule| stage == Stage::All || rule.stage == Stage::All || rule.stage == stage)
            .collect()
    }

    /// Every entry, for lists.
    pub fn entries(&self) -> impl Iterator<Item = &WasteEntry> {
        self.entries.values().flatten()
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn entry(code: &str, edition: &str) -> WasteEntry {
        WasteEntry {
            code: code.parse().expect("valid"),
            category_name: "其他废物".into(),
            industry: "非特定行业".into(),
            description: "沾染物".into(),
            traits: "T/In".parse().expect("valid"),
            traits_text: "T/In".into(),
            edition: edition.into(),
            valid_from: date(2021, 1, 1),
            valid_to: Some(date(2024, 12, 31)),
        }
    }

    fn catalogue(second_imported: bool) -> Catalogue {
        let editions = vec![
            Edition {
                edition: "2025".into(),
                valid_from: date(2025, 1, 1),
                valid_to: None,
                imported: second_imported,
            },
            Edition {
                edition: "2021".into(),
                valid_from: date(2021, 1, 1),
                valid_to: Some(date(2024, 12, 31)),
                imported: true,
            },
        ];
        let exemption = ExemptionRule {
            id: "EX-1".into(),
            no: 24,
            matcher: Matcher { codes: vec!["900-041-49".parse().expect("valid")], ..Matcher::default() },
            stage: Stage::All,
            disposal_scope: None,
            waste: Bilingual::default(),
            condition: Bilingual::default(),
            effect: Bilingual::default(),
            edition: "2021".into(),
        };
        Catalogue::new(editions, [entry("900-041-49", "2021"), entry("900-039-49", "2021")], vec![exemption])
    }

    #[test]
    fn the_edition_in_force_answers() {
        let (old, code) = (catalogue(false), "900-041-49".parse().expect("valid"));
        assert!(matches!(old.status(date(2024, 12, 31)), EditionStatus::InForce(e) if e.edition == "2021"));
        assert!(matches!(old.find(code, date(2024, 12, 31)), Lookup::Listed(_)));
        assert!(matches!(old.status(date(2020, 1, 1)), EditionStatus::Unknown));
    }

    #[test]
    fn a_missing_edition_is_said_and_the_earlier_one_answers() {
        let (catalogue, code) = (catalogue(false), "900-041-49".parse().expect("valid"));
        let day = date(2026, 11, 24);
        assert!(
            matches!(catalogue.status(day), EditionStatus::NotImported { in_force, used: Some(u) } if in_force.edition == "2025" && u.edition == "2021")
        );
        assert!(matches!(catalogue.find(code, day), Lookup::ListedEarlier(_, e) if e.edition == "2025"));
        assert_eq!(catalogue.find("900-001-49".parse().expect("valid"), day), Lookup::Unlisted);
        assert_eq!(catalogue.find("900-000-49".parse().expect("valid"), day), Lookup::ByIdentification);
        assert_eq!(catalogue.exemptions(code, Stage::Transport, day).len(), 1);
        assert_eq!(catalogue.exemptions("900-039-49".parse().expect("valid"), Stage::All, day).len(), 0);
    }

    #[test]
    fn once_imported_the_new_edition_answers_alone() {
        let (catalogue, code) = (catalogue(true), "900-041-49".parse().expect("valid"));
        assert_eq!(catalogue.find(code, date(2026, 1, 1)), Lookup::Unlisted);
        assert!(catalogue.exemptions(code, Stage::All, date(2026, 1, 1)).is_empty());
    }
}
