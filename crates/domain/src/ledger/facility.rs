//! Rules of facilities: what a storage facility may take, how much, next to what, and for how long.

use std::collections::BTreeSet;

use super::work::Draft;
use super::{AcceptList, Party, Settings, rules};
use crate::codes::{StorageKind, WasteCategory, WasteCode, word_list};
use crate::problem::Violation;
use crate::quantity::Grams;
use crate::time::DAY_US;

word_list! {
    /// What a facility is for.
    FacilityUse {
        /// Makes waste.
        Generating = "generating",
        /// Stores waste.
        Storage = "storage",
        /// Own use.
        SelfUse = "self_use",
        /// Own disposal.
        SelfDisposal = "self_disposal",
        /// Licensed treatment of other firms' waste.
        Treatment = "treatment",
    }
}

/// A facility with what lies in it now.
#[derive(Clone, Debug)]
pub struct Facility {
    /// Id.
    pub id: String,
    /// Its code (`TS001`).
    pub code: String,
    /// Its organisation.
    pub org: String,
    /// Its site.
    pub site: String,
    /// What it is for.
    pub purpose: FacilityUse,
    /// Kind of storage.
    pub storage_kind: Option<StorageKind>,
    /// Capacity in grams.
    pub capacity_g: Option<i64>,
    /// What it takes.
    pub accepts: AcceptList,
    /// Own storage term in days.
    pub limit_days: Option<u32>,
    /// Whether it is in use.
    pub active: bool,
    /// Mass of waste in it, in grams.
    pub stock_g: i64,
    /// Codes in it.
    pub contents: BTreeSet<WasteCode>,
}

/// When the storage term of this waste ends, and the rule that says so.
pub fn storage_deadline(
    party: &Party,
    facility: &Facility,
    code: WasteCode,
    stored_at: i64,
    settings: &Settings,
) -> Option<(i64, &'static str)> {
    let days = |days: u32| stored_at.saturating_add(i64::from(days).saturating_mul(DAY_US));
    let medical = !party.licensed && WasteCategory::from_number(1) == Some(code.category());
    let hours = i64::from(settings.medical_limit_hours).saturating_mul(DAY_US / 24);
    [
        medical.then(|| (stored_at.saturating_add(hours), rules::MEDICAL_TERM)),
        facility.limit_days.map(|d| (days(d), rules::STORAGE_TERM)),
        party.licensed.then(|| (days(settings.licensed_limit_days), rules::LICENSED_YEAR)),
        settings
            .generator_limit_days
            .filter(|_| !party.licensed && facility.limit_days.is_none())
            .map(|d| (days(d), rules::STORAGE_TERM)),
    ]
    .into_iter()
    .flatten()
    .min_by_key(|(at, _)| *at)
}

/// Waste on its way into a storage facility.
pub(super) struct Incoming {
    pub code: WasteCode,
    pub mass_g: i64,
}

impl Draft<'_> {
    /// The facility, when it belongs to the acting organisation, is in use, lies on the site and is for this.
    pub(super) fn facility(
        &mut self,
        id: &str,
        path: &str,
        site: &str,
        uses: &[FacilityUse],
    ) -> Option<Facility> {
        let found = self.world.facilities.get(id).filter(|f| f.org == self.world.party.id).cloned();
        let Some(facility) = found else {
            self.fail(Violation::error(rules::FACILITY_UNKNOWN, path));
            return None;
        };
        if !facility.active {
            self.fail(Violation::error(rules::FACILITY_INACTIVE, path).with("facility", &facility.code));
        }
        if facility.site != site {
            self.fail(Violation::error(rules::FACILITY_SITE, path).with("facility", &facility.code));
        }
        if !uses.contains(&facility.purpose) {
            self.fail(
                Violation::error(rules::FACILITY_USE, path)
                    .with("facility", &facility.code)
                    .with("use", facility.purpose)
                    .with("needed", uses.iter().map(|u| u.as_str()).collect::<Vec<_>>().join(", ")),
            );
        }
        Some(facility)
    }

    /// Checks that the facility can take these wastes, beyond `leaving_g` that leaves it at the same time.
    pub(super) fn check_storage(
        &mut self,
        facility: &Facility,
        path: &str,
        incoming: &[Incoming],
        leaving_g: i64,
    ) {
        let codes: BTreeSet<WasteCode> = incoming.iter().map(|i| i.code).collect();
        for code in &codes {
            if !facility.accepts.accepts(*code) {
                self.fail(
                    Violation::error(rules::FACILITY_CODE, path)
                        .with("facility", &facility.code)
                        .with("code", code),
                );
            }
        }
        let Some(total) = Grams::try_sum(incoming.iter().map(|i| Grams(i.mass_g)))
            .and_then(|t| t.checked_add(Grams(facility.stock_g)))
            .and_then(|t| t.checked_sub(Grams(leaving_g)))
        else {
            self.fail(Violation::error(rules::OVERFLOW, path));
            return;
        };
        let over = |rule, severity, limit: i64| Violation {
            severity,
            ..Violation::error(rule, path)
                .with("facility", &facility.code)
                .with("stock", Grams(facility.stock_g).to_tonnes())
                .with("after", total.to_tonnes())
                .with("limit", Grams(limit).to_tonnes())
        };
        let settings = self.world.settings;
        if let Some(limit) = facility.capacity_g.filter(|c| total.get() > *c) {
            self.fail(over(rules::FACILITY_CAPACITY, settings.capacity, limit));
        }
        if facility.storage_kind == Some(StorageKind::Point) && total.get() > settings.storage_point_g {
            self.fail(over(rules::STORAGE_POINT, settings.storage_point, settings.storage_point_g));
        }
        self.check_neighbours(facility, path, &codes);
    }

    fn check_neighbours(&mut self, facility: &Facility, path: &str, incoming: &BTreeSet<WasteCode>) {
        let table = self.world.incompatibility;
        let mut said = BTreeSet::new();
        for one in incoming {
            for other in facility.contents.iter().chain(incoming) {
                let pair = (*one.min(other), *one.max(other));
                if one == other || !said.insert(pair) {
                    continue;
                }
                if let Some((severity, why)) = table.between(*one, *other) {
                    self.fail(Violation {
                        severity,
                        ..Violation::error(rules::INCOMPATIBLE, path)
                            .with("facility", &facility.code)
                            .with("code", one)
                            .with("other", other)
                            .with("reason_zh", &why.reason.zh)
                            .with("reason_en", &why.reason.en)
                    });
                }
            }
        }
    }
}
