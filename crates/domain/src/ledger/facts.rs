//! What a decision needs to know besides the command: handed in by the caller, read inside the writing
//! transaction, so that checks and writes cannot interleave.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Facility, Lot};
use crate::catalogue::{Bilingual, Catalogue};
use crate::codes::{BatchKind, CreditCode, WasteCategory, WasteCode};
use crate::problem::{ParseError, Severity};
use crate::time::{Date, MINUTE_US, Zone};

/// The organisation that acts.
#[derive(Clone, Debug)]
pub struct Party {
    /// Id.
    pub id: String,
    /// Its social credit code, first segment of the labels it prints.
    pub credit_code: CreditCode,
    /// Whether it holds a licence for hazardous waste (one-year storage limit of the law).
    pub licensed: bool,
}

/// Configuration of the city. The defaults are cautious; none is a national rule unless it says so.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The city's zone.
    pub zone: Zone,
    /// How far ahead of our clock an event may lie (µs).
    pub future_skew_us: i64,
    /// How far back an event may be entered, in days.
    pub backfill_days: u32,
    /// Whether exceeding a facility's capacity blocks or is only said.
    pub capacity: Severity,
    /// Whether exceeding the storage point's limit (GB 18597-2023, 8.3.5) blocks or is only said.
    pub storage_point: Severity,
    /// The storage point's limit in grams: 3 t.
    pub storage_point_g: i64,
    /// Storage term of generators in days; a facility may set its own.
    pub generator_limit_days: Option<u32>,
    /// Storage term of licensed operators in days (固废法第八十一条: one year).
    pub licensed_limit_days: u32,
    /// Storage term of medical waste at the institution, in hours (two days).
    pub medical_limit_hours: u32,
}

impl Settings {
    /// The defaults in this zone.
    pub fn new(zone: Zone) -> Self {
        Self {
            zone,
            future_skew_us: 5 * MINUTE_US,
            backfill_days: 365,
            capacity: Severity::Warning,
            storage_point: Severity::Error,
            storage_point_g: 3_000_000,
            generator_limit_days: Some(365),
            licensed_limit_days: 365,
            medical_limit_hours: 48,
        }
    }
}

/// Last serials given out, for the acting organisation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Batch serials per kind and day.
    pub batches: BTreeMap<(BatchKind, Date), u16>,
    /// Container serials per code and day.
    pub containers: BTreeMap<(WasteCode, Date), u16>,
}

/// Codes and categories that a facility takes; empty takes all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AcceptList {
    codes: BTreeSet<WasteCode>,
    categories: BTreeSet<WasteCategory>,
}

impl AcceptList {
    /// Reads a list of eight-digit codes and `HWnn` categories.
    ///
    /// # Errors
    /// When an item is neither.
    pub fn parse<S: AsRef<str>>(items: impl IntoIterator<Item = S>) -> Result<Self, ParseError> {
        let mut list = Self::default();
        for item in items {
            match item.as_ref().parse::<WasteCategory>() {
                Ok(category) => {
                    list.categories.insert(category);
                }
                Err(_) => {
                    list.codes.insert(item.as_ref().parse()?);
                }
            }
        }
        Ok(list)
    }

    /// Whether the code is taken.
    pub fn accepts(&self, code: WasteCode) -> bool {
        let everything = self.codes.is_empty() && self.categories.is_empty();
        everything || self.codes.contains(&code) || self.categories.contains(&code.category())
    }
}

/// A group of wastes that behave alike.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct WasteGroup {
    /// Its id.
    pub id: String,
    /// Whole categories.
    #[serde(default)]
    pub categories: Vec<WasteCategory>,
    /// Single codes.
    #[serde(default)]
    pub codes: Vec<WasteCode>,
}

/// Two groups that must not meet.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct IncompatiblePair {
    /// One group.
    pub a: String,
    /// The other.
    pub b: String,
    /// `error` blocks, `warning` is only said.
    pub severity: String,
    /// Why, for people.
    #[serde(flatten)]
    pub reason: Bilingual,
}

/// Which wastes are kept apart. A table of the city's own: the standard gives no matrix by code.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct Incompatibility {
    /// Groups.
    pub groups: Vec<WasteGroup>,
    /// Pairs of groups.
    pub pairs: Vec<IncompatiblePair>,
}

impl Incompatibility {
    /// The pair that keeps two codes apart, the blocking one first.
    pub fn between(&self, one: WasteCode, other: WasteCode) -> Option<(Severity, &IncompatiblePair)> {
        let (left, right) = (self.groups_of(one), self.groups_of(other));
        self.pairs
            .iter()
            .filter(|p| {
                (left.contains(p.a.as_str()) && right.contains(p.b.as_str()))
                    || (left.contains(p.b.as_str()) && right.contains(p.a.as_str()))
            })
            .map(|p| (if p.severity == "error" { Severity::Error } else { Severity::Warning }, p))
            .max_by_key(|(severity, _)| *severity)
    }

    fn groups_of(&self, code: WasteCode) -> BTreeSet<&str> {
        self.groups
            .iter()
            .filter(|g| g.codes.contains(&code) || g.categories.contains(&code.category()))
            .map(|g| g.id.as_str())
            .collect()
    }
}

/// Everything a decision may look at.
#[derive(Clone, Copy)]
pub struct World<'a> {
    /// Our clock (µs UTC).
    pub now: i64,
    /// Who acts.
    pub party: &'a Party,
    /// The lots that the command names, as the transaction read them.
    pub lots: &'a BTreeMap<String, Lot>,
    /// The facilities that the command or its lots name.
    pub facilities: &'a BTreeMap<String, Facility>,
    /// Last serials.
    pub counters: &'a Counters,
    /// The national catalogue.
    pub catalogue: &'a Catalogue,
    /// Wastes to keep apart.
    pub incompatibility: &'a Incompatibility,
    /// Configuration.
    pub settings: &'a Settings,
}
