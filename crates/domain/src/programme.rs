//! The city's programme: targets, tasks, projects and responsibilities that its plan names, what contradicts itself
//! in them, what a report of progress must say, and which light an item shows.
//!
//! For the governance context and for imports of the four lists. It must never know a city, a clause or a unit by
//! name: those are data, and come in as [`Known`].

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::access::word_enum;

mod check;
mod light;
mod progress;

pub use check::check;
pub use light::{Light, Limits, Matter, Phase, Reason, Shown, due_in, light, phase};
pub use progress::{Evidence, Progress, ProgressFacts, check_progress};

/// Rule ids of this module.
pub mod rules {
    crate::rule_ids! {
        /// A title is missing or too long.
        TITLE = "PRG-001";
        /// A word that a field does not know.
        WORD = "PRG-002";
        /// A clause that the plan does not have.
        CLAUSE = "PRG-003";
        /// An organisation that the city does not have.
        UNIT_UNKNOWN = "PRG-004";
        /// The same unit twice, or as lead and as joint unit.
        UNIT_TWICE = "PRG-005";
        /// A town that the city does not have.
        TOWN = "PRG-006";
        /// All towns, and some of them.
        TOWNS_TWICE = "PRG-007";
        /// It starts after it is due.
        DATES = "PRG-008";
        /// A date or value outside the years of the programme.
        HORIZON = "PRG-009";
        /// A unit of measurement that is not listed.
        MEASURE = "PRG-010";
        /// A value outside what its unit allows.
        RANGE = "PRG-011";
        /// Towns' shares do not add up to the city's value of the year.
        TOWNS_SUM = "PRG-012";
        /// Years' values do not add up to the total.
        YEARS_SUM = "PRG-013";
        /// The same year and town twice.
        SHARE_TWICE = "PRG-014";
        /// A value without unit.
        NO_MEASURE = "PRG-015";
        /// An indicator that is not defined.
        INDICATOR = "PRG-016";
        /// A code that is badly formed or taken.
        CODE = "PRG-017";
        /// A kind of item that needs a due date has none.
        NO_DUE = "PRG-018";
        /// Percent outside 0 to 100.
        PERCENT = "PRG-020";
        /// Percent and state contradict each other.
        STATE = "PRG-021";
        /// Finished, without evidence.
        NO_EVIDENCE = "PRG-022";
        /// Blocked, without saying by what.
        NO_OBSTACLE = "PRG-023";
        /// Nothing said, or too much.
        NOTE = "PRG-024";
        /// A day to come.
        DAY = "PRG-025";
        /// Less than was reported before, without a reason.
        BACKWARD = "PRG-026";
        /// The item is withdrawn.
        WITHDRAWN = "PRG-027";
    }
}

word_enum! {
    /// The four lists.
    List {
        /// What is to be reached (目标清单).
        Target = "target",
        /// What is to be done (任务清单).
        Task = "task",
        /// What is to be built or set up (项目清单).
        Project = "project",
        /// What somebody answers for all the time (责任清单).
        Responsibility = "responsibility",
    }
}

impl List {
    /// First letter of the codes of this list.
    pub const fn letter(self) -> char {
        match self {
            List::Target => 'G',
            List::Task => 'T',
            List::Project => 'P',
            List::Responsibility => 'R',
        }
    }
}

word_enum! {
    /// How often something falls due.
    Rhythm {
        /// Once.
        Once = "once",
        /// Every year, on the day and month of the due date.
        Yearly = "yearly",
    }
}

word_enum! {
    /// How a value is meant.
    Bound {
        /// This much or more.
        AtLeast = "at_least",
        /// This much or less.
        AtMost = "at_most",
        /// Ever closer to this.
        Towards = "towards",
    }
}

word_enum! {
    /// How far an item is, in the words of whoever reports.
    State {
        /// Not begun.
        NotStarted = "not_started",
        /// Under way.
        Running = "running",
        /// Held up by something that is named.
        Blocked = "blocked",
        /// Finished.
        Done = "done",
    }
}

/// A text in both languages.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Words {
    /// Chinese.
    #[serde(rename = "zh-CN")]
    pub zh: String,
    /// English; empty when nobody has written one.
    #[serde(default)]
    pub en: String,
}

/// A value for a year, a town, or both; without a year it is a share of the total.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Share {
    /// Year.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub year: Option<i16>,
    /// Town; the city where left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub town: Option<String>,
    /// Value.
    #[serde(with = "exact")]
    pub value: Decimal,
}

/// An item of one of the four lists.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// Which list.
    pub list: List,
    /// Number for people, such as `T-07`.
    pub code: String,
    /// Clause of the plan.
    pub clause: String,
    /// What it is.
    pub title: Words,
    /// More about it.
    #[serde(default)]
    pub detail: Words,
    /// Organisation that leads, where the plan names one.
    #[serde(default)]
    pub lead: Option<String>,
    /// Organisations that take part, each within its duties.
    #[serde(default)]
    pub joint: Vec<String>,
    /// All towns and parks carry it out.
    #[serde(default)]
    pub all_towns: bool,
    /// These towns carry it out.
    #[serde(default)]
    pub towns: Vec<String>,
    /// First day.
    #[serde(default)]
    pub starts_on: Option<Date>,
    /// Last day.
    #[serde(default)]
    pub due_on: Option<Date>,
    /// The plan names the last day itself; otherwise it is the programme's horizon.
    #[serde(default)]
    pub due_named: bool,
    /// How often it falls due.
    #[serde(default = "once")]
    pub rhythm: Rhythm,
    /// Indicator that tells how far it is.
    #[serde(default)]
    pub indicator: Option<String>,
    /// Unit of the values.
    #[serde(default)]
    pub unit: Option<String>,
    /// How the values are meant.
    #[serde(default)]
    pub bound: Option<Bound>,
    /// Sum over the years, for units that add up.
    #[serde(default, with = "exact_option")]
    pub total: Option<Decimal>,
    /// Values by year and town.
    #[serde(default)]
    pub shares: Vec<Share>,
    /// Last year of the programme that it belongs to.
    pub horizon: i16,
    /// Why it is withdrawn; `None` while it stands.
    #[serde(default)]
    pub withdrawn: Option<String>,
}

const fn once() -> Rhythm {
    Rhythm::Once
}

impl Item {
    /// The city's value for a year.
    pub fn target(&self, year: i16) -> Option<Decimal> {
        self.shares.iter().find(|s| s.year == Some(year) && s.town.is_none()).map(|s| s.value)
    }

    /// Whether a town carries it out.
    pub fn concerns_town(&self, town: &str) -> bool {
        self.all_towns || self.towns.iter().any(|t| t == town)
    }

    /// Whether an organisation leads it or takes part.
    pub fn concerns_org(&self, org: &str) -> bool {
        self.lead.as_deref() == Some(org) || self.joint.iter().any(|j| j == org)
    }
}

/// A unit of measurement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Measure {
    /// Shares add up: tonnes do, percent do not.
    pub adds_up: bool,
    /// Largest value.
    pub max: Option<Decimal>,
}

/// What exists in the city, for checks of an item.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// Clauses of the plan.
    pub clauses: BTreeSet<String>,
    /// Organisations.
    pub orgs: BTreeSet<String>,
    /// Towns and parks.
    pub towns: BTreeSet<String>,
    /// Indicators; `None` when nobody can tell.
    pub indicators: Option<BTreeSet<String>>,
    /// Units of measurement.
    pub measures: BTreeMap<String, Measure>,
    /// Codes of other items.
    pub taken: BTreeSet<String>,
    /// First year of the programme.
    pub first_year: i16,
}

/// A decimal as JSON text, so that no digit is lost.
mod exact {
    use rust_decimal::Decimal;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub fn serialize<S: Serializer>(value: &Decimal, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(&value.normalize())
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Decimal, D::Error> {
        let text = String::deserialize(from)?;
        Decimal::from_str_exact(&text).map_err(D::Error::custom)
    }
}

/// The same for one that may be missing.
mod exact_option {
    use rust_decimal::Decimal;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    #[expect(clippy::ref_option, reason = "serde gives a reference to the field")]
    pub fn serialize<S: Serializer>(value: &Option<Decimal>, to: S) -> Result<S::Ok, S::Error> {
        match value {
            Some(value) => to.collect_str(&value.normalize()),
            None => to.serialize_none(),
        }
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Decimal>, D::Error> {
        let text = Option::<String>::deserialize(from)?;
        text.map(|t| Decimal::from_str_exact(&t).map_err(D::Error::custom)).transpose()
    }
}

#[cfg(test)]
mod tests;
