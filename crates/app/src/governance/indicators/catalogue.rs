//! Definitions, measures, units and targets as they are shipped: the national system, base figures, and what the city's
//! folder adds. Read once a city; what people change later is in [`super::book`].

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, Mutex, OnceLock, PoisonError};

use domain::indicator::{Definition, Direction, Graph, Kind, Name, Unit};
use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer};

use crate::kit::{Lang, data};
use crate::registry::catalogue::Bilingual;

/// A definition with its words, as shipped.
#[derive(Clone, Debug, Deserialize)]
pub struct Shipped {
    /// Key.
    pub key: String,
    /// Number in the national system.
    pub number: Option<i64>,
    /// One of the five groups, `city`, `ledger` or `input`.
    pub group: String,
    /// Second level.
    pub subgroup: Option<String>,
    /// Name.
    pub name: Bilingual,
    /// Unit.
    pub unit: Unit,
    /// Kind.
    pub kind: Kind,
    /// Which way is better.
    pub direction: Direction,
    /// Decimals shown.
    pub decimals: u32,
    /// Marked as compulsory.
    pub required: bool,
    /// What about the mark or place is doubtful: `required`, `group`.
    pub doubt: Vec<String>,
    /// How sure name and place are.
    pub certainty: String,
    /// Formula; none when filled in.
    pub formula: Option<String>,
    /// Formula in words.
    pub formula_words: Bilingual,
    /// How sure the formula is.
    pub formula_certainty: String,
}

impl Shipped {
    /// What computing needs, as version 1.
    pub fn definition(&self) -> Definition {
        Definition {
            key: self.key.clone(),
            version: 1,
            unit: self.unit,
            kind: self.kind,
            direction: self.direction,
            decimals: self.decimals,
            formula: self.formula.clone(),
        }
    }
}

/// A measure of the ledger.
#[derive(Clone, Debug, Deserialize)]
pub struct Measure {
    /// Name in formulas.
    pub key: String,
    /// Name.
    pub name: Bilingual,
    /// Unit.
    pub unit: Unit,
    /// `flow` within the period, or `level` at its end.
    pub kind: String,
    /// `ledger` or `manifest`.
    pub rows: String,
    /// Where it is counted.
    pub attribution: Bilingual,
}

/// A target as shipped.
#[derive(Clone, Debug, Deserialize)]
pub struct ShippedTarget {
    /// Key.
    pub key: String,
    /// Year.
    pub year: i16,
    /// Value; none when the source gives no number.
    #[serde(deserialize_with = "decimal")]
    pub value: Option<Decimal>,
    /// How sure it is.
    pub certainty: String,
    /// In words.
    pub words: Bilingual,
}

#[derive(Deserialize)]
struct National {
    indicators: Vec<Shipped>,
    groups: BTreeMap<String, Bilingual>,
    subgroups: BTreeMap<String, Bilingual>,
}

#[derive(Deserialize)]
struct Base {
    indicators: Vec<Shipped>,
}

#[derive(Deserialize)]
struct Measures {
    measures: Vec<Measure>,
}

#[derive(Deserialize)]
struct Units {
    units: BTreeMap<String, Bilingual>,
}

#[derive(Deserialize)]
struct LightSetting {
    amber_permille: i64,
}

#[derive(Deserialize)]
struct City {
    light: LightSetting,
    by_town: Vec<String>,
    baselines: BTreeMap<String, String>,
    departments: BTreeMap<String, Vec<String>>,
    indicators: Vec<Shipped>,
    targets: Vec<ShippedTarget>,
}

/// Everything that is shipped for a city.
pub struct Catalogue {
    /// Definitions by key, in the order of the files.
    pub shipped: Vec<Shipped>,
    /// Measures.
    pub measures: Vec<Measure>,
    /// Groups by key.
    pub groups: BTreeMap<String, Bilingual>,
    /// Second level by key.
    pub subgroups: BTreeMap<String, Bilingual>,
    units: BTreeMap<String, Bilingual>,
    /// Which organisations (keys of the profile) answer for a figure.
    pub departments: BTreeMap<String, Vec<String>>,
    /// Keys that towns fill in too.
    pub by_town: Vec<String>,
    /// Baselines that the city set in its folder.
    pub baselines: BTreeMap<String, Decimal>,
    /// Targets that the city set in its folder.
    pub targets: Vec<ShippedTarget>,
    /// How much of the way may be missing for amber.
    pub amber_permille: i64,
    graph: OnceLock<Option<Arc<Graph>>>,
}

static LOADED: LazyLock<Mutex<BTreeMap<String, Arc<Catalogue>>>> = LazyLock::new(Mutex::default);

/// The catalogue of a city's folder. A city without indicators of its own has the national ones.
pub fn catalogue(profile: &str) -> Arc<Catalogue> {
    let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
    Arc::clone(loaded.entry(profile.to_owned()).or_insert_with(|| Arc::new(Catalogue::load(profile))))
}

impl Catalogue {
    fn load(profile: &str) -> Self {
        let national: National = data::json("indicators/national_2021.json");
        let base: Base = data::json("indicators/base_figures.json");
        let measures: Measures = data::json("indicators/measures.json");
        let units: Units = data::json("indicators/units.json");
        let path = format!("cities/{profile}/indicators.json");
        let named = !profile.is_empty() && !profile.contains(['/', '.']);
        let city = if named && data::file(&path).is_some() {
            data::json(&path)
        } else {
            City {
                light: LightSetting { amber_permille: 100 },
                by_town: Vec::new(),
                baselines: BTreeMap::new(),
                departments: BTreeMap::new(),
                indicators: Vec::new(),
                targets: Vec::new(),
            }
        };
        Self {
            shipped: national.indicators.into_iter().chain(city.indicators).chain(base.indicators).collect(),
            measures: measures.measures,
            groups: national.groups,
            subgroups: national.subgroups,
            units: units.units,
            departments: city.departments,
            by_town: city.by_town,
            baselines: city
                .baselines
                .iter()
                .filter_map(|(k, v)| Some((k.clone(), v.parse().ok()?)))
                .collect(),
            targets: city.targets,
            amber_permille: city.light.amber_permille,
            graph: OnceLock::new(),
        }
    }

    /// The shipped definitions in order; `None` when they do not go together, which a test rules out.
    pub fn base_graph(&self) -> Option<Arc<Graph>> {
        let make = || {
            let all = self.shipped.iter().map(Shipped::definition).collect();
            Graph::new(&self.names(), all).ok().map(Arc::new)
        };
        self.graph.get_or_init(make).clone()
    }

    /// A definition as shipped.
    pub fn get(&self, key: &str) -> Option<&Shipped> {
        self.shipped.iter().find(|s| s.key == key)
    }

    /// A measure.
    pub fn measure(&self, key: &str) -> Option<&Measure> {
        self.measures.iter().find(|m| m.key == key)
    }

    /// The names that the ledger gives to formulas.
    pub fn names(&self) -> Vec<Name> {
        self.measures.iter().map(|m| Name { name: m.key.clone(), unit: m.unit }).collect()
    }

    /// A unit in words.
    pub fn unit(&self, unit: Unit, lang: Lang) -> String {
        self.units.get(unit.as_str()).map_or_else(|| unit.as_str().to_owned(), |b| pick(b, lang))
    }

    /// A measure or key in words.
    pub fn name(&self, name: &str, lang: Lang) -> String {
        let found = self.get(name).map(|s| &s.name).or_else(|| self.measure(name).map(|m| &m.name));
        found.map_or_else(|| name.to_owned(), |b| pick(b, lang))
    }

    /// Who answers for a figure: keys of the profile.
    pub fn units_of(&self, key: &str) -> &[String] {
        self.departments.get(key).map_or(&[], Vec::as_slice)
    }
}

/// A text in a language.
pub fn pick(text: &Bilingual, lang: Lang) -> String {
    if lang == Lang::Zh { text.zh.clone() } else { text.en.clone() }
}

/// Numbers stand in data as text, so that no digit is lost.
fn decimal<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Decimal>, D::Error> {
    let text = Option::<String>::deserialize(from)?;
    text.map(|t| Decimal::from_str_exact(&t).map_err(serde::de::Error::custom)).transpose()
}
