//! The plan as data of a city's profile: its clauses, the items that we read in them, the city's numbers for lights.
//! Loaded once a process and city; a city without the file has an empty programme.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use domain::programme::{Limits, Measure};
use rust_decimal::Decimal;
use serde::Deserialize;

use crate::kit::{Kit, Lang, Problem, data};
use crate::registry::profile::Profile;
use crate::registry::service;

/// A text in both languages, as data files have it.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Both {
    /// Chinese.
    #[serde(rename = "zh-CN")]
    pub zh: String,
    /// English.
    pub en: String,
}

impl Both {
    /// In a language.
    pub fn get(&self, lang: Lang) -> &str {
        if lang == Lang::En && !self.en.is_empty() { &self.en } else { &self.zh }
    }
}

/// A clause of the plan.
#[derive(Clone, Debug, Deserialize)]
pub struct Clause {
    /// Key, such as `2.3.2a`.
    pub id: String,
    /// Number as the plan writes it.
    pub no: String,
    /// Our own short title.
    pub title: Both,
    /// Parts of this platform that serve it.
    #[serde(default)]
    pub registers: Vec<String>,
    /// Why no item stands for it.
    #[serde(default)]
    pub reason: Option<Both>,
}

/// An item of the plan; units are keys of the profile's organisations.
#[derive(Clone, Debug, Deserialize)]
pub struct PlanItem {
    /// Number for people.
    pub code: String,
    /// The item as a body of the interface, without what the file says once for all.
    #[serde(flatten)]
    pub body: serde_json::Map<String, serde_json::Value>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
struct Lights {
    amber_lag_points: i64,
    red_lag_points: i64,
    stale_days: i64,
    blocked_red_days: i64,
    soon_days: i64,
}

#[derive(Debug, Deserialize)]
struct File {
    starts_on: String,
    horizon: i16,
    lights: Lights,
    clauses: Vec<Clause>,
    items: Vec<PlanItem>,
}

/// A unit of measurement with its words.
#[derive(Clone, Debug, Deserialize)]
pub struct MeasureRow {
    /// Key.
    pub code: String,
    #[serde(rename = "zh-CN")]
    zh: String,
    en: String,
    adds_up: bool,
    max: Option<String>,
}

impl MeasureRow {
    /// In a language.
    pub fn get(&self, lang: Lang) -> &str {
        if lang == Lang::Zh { &self.zh } else { &self.en }
    }

    /// Whether a cell names it.
    pub fn is_called(&self, text: &str) -> bool {
        self.code == text || self.zh == text || self.en.eq_ignore_ascii_case(text)
    }
}

/// The programme of a city.
#[derive(Debug, Default)]
pub struct Plan {
    /// First day of everything that names none.
    pub starts_on: String,
    /// Last year.
    pub horizon: i16,
    /// Clauses in the order of the plan.
    pub clauses: Vec<Clause>,
    /// Items that the plan brings.
    pub items: Vec<PlanItem>,
    /// Numbers for lights.
    pub limits: Option<Limits>,
    /// Something is due soon within so many days.
    pub soon_days: i64,
}

/// Lights where a city sets nothing.
const PLAIN: Limits = Limits { amber_lag: 10, red_lag: 30, stale_days: 180, blocked_red_days: 90 };

impl Plan {
    /// The numbers for lights.
    pub fn limits(&self) -> Limits {
        self.limits.unwrap_or(PLAIN)
    }

    /// First year.
    pub fn first_year(&self) -> i16 {
        self.starts_on.get(..4).and_then(|y| y.parse().ok()).unwrap_or(2000)
    }

    /// A clause by its key.
    pub fn clause(&self, id: &str) -> Option<&Clause> {
        self.clauses.iter().find(|c| c.id == id)
    }
}

static LOADED: LazyLock<Mutex<BTreeMap<String, Arc<Plan>>>> = LazyLock::new(Mutex::default);

/// The programme of the kit's city.
///
/// # Errors
/// 500 when the settings name a city that the build does not have.
pub fn plan(kit: &Kit) -> Result<Arc<Plan>, Problem> {
    Ok(of_profile(&*service::city(kit)?))
}

/// The programme of a city.
pub fn of_profile(profile: &Profile) -> Arc<Plan> {
    let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(found) = loaded.get(&profile.key) {
        return Arc::clone(found);
    }
    let plan = Arc::new(match &profile.programme {
        Some(path) => of(data::json(path)),
        None => Plan { starts_on: "2000-01-01".to_owned(), horizon: 2030, soon_days: 30, ..Plan::default() },
    });
    loaded.insert(profile.key.clone(), Arc::clone(&plan));
    plan
}

fn of(file: File) -> Plan {
    let l = file.lights;
    Plan {
        starts_on: file.starts_on,
        horizon: file.horizon,
        clauses: file.clauses,
        items: file.items,
        limits: Some(Limits {
            amber_lag: l.amber_lag_points,
            red_lag: l.red_lag_points,
            stale_days: l.stale_days,
            blocked_red_days: l.blocked_red_days,
        }),
        soon_days: l.soon_days,
    }
}

#[derive(Deserialize)]
struct MeasureFile {
    measures: Vec<MeasureRow>,
}

static MEASURES: LazyLock<Vec<MeasureRow>> =
    LazyLock::new(|| data::json::<MeasureFile>("codes/measures.json").measures);

/// Units of measurement.
pub fn measures() -> &'static [MeasureRow] {
    &MEASURES
}

/// The same for the checks.
pub fn known_measures() -> BTreeMap<String, Measure> {
    measures()
        .iter()
        .map(|m| {
            let max = m.max.as_deref().and_then(|t| Decimal::from_str_exact(t).ok());
            (m.code.clone(), Measure { adds_up: m.adds_up, max })
        })
        .collect()
}
