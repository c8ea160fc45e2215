//! What the transfer rules take from the city's configuration and the code tables, read once a house.

use std::collections::BTreeSet;
use std::sync::Arc;

use domain::manifest::{CodeFacts, ExemptionFacts, IncompatiblePair, TransferSettings};
use domain::time::{CalendarYear, Date, WorkCalendar, Zone, parse_date};
use serde::Deserialize;

use crate::kit::{Kit, Problem, data};
use crate::registry::catalogue::{Catalogue, catalogue};
use crate::registry::profile::profile;

/// Configuration of the transfer context.
pub struct Config {
    /// The city's zone.
    pub zone: Zone,
    /// Working days, from the code tables.
    pub calendar: WorkCalendar,
    /// Local limits.
    pub settings: TransferSettings,
    /// Known methods.
    pub methods: BTreeSet<String>,
    /// Province and prefecture, four digits: the start of demonstration numbers (Art. 15).
    pub number_prefix: String,
}

/// The house's configuration.
///
/// # Errors
/// 500 when the settings name no known time zone.
pub fn config(kit: &Kit) -> Result<Arc<Config>, Problem> {
    let zone = Zone::named(&kit.settings.zone).map_err(|error| {
        tracing::error!(%error, "the settings name an unknown time zone");
        Problem::internal()
    })?;
    Ok(kit.parts.get_or(|| Config::load(kit, zone)))
}

impl Config {
    fn load(kit: &Kit, zone: Zone) -> Self {
        let city = profile(&kit.settings.profile);
        let tables = catalogue();
        let country = city.as_ref().map_or("cn", |city| city.calendar.as_str());
        let field = &kit.settings.field;
        let setting = |pointer: &str| city.as_ref().and_then(|city| city.setting(pointer));
        Self {
            zone,
            calendar: calendar(tables, country),
            settings: TransferSettings {
                tolerance_permille: setting("/weighing/warn_permille")
                    .unwrap_or(field.weight_tolerance_permille),
                tolerance_g: setting("/weighing/floor_g").unwrap_or(field.weight_tolerance_g),
                incompatible: incompatible(),
                escort_required: false,
            },
            methods: tables.methods.iter().map(|method| method.code.clone()).collect(),
            number_prefix: city.map(|c| format!("{}{}", c.province_code, c.city_code)).unwrap_or_default(),
        }
    }

    /// A waste code on a day. While the edition in force is not imported, the newest imported one counts (and
    /// every page says so).
    pub fn code(&self, code: &str, on: Date) -> CodeFacts {
        let (tables, day) = (catalogue(), on.to_string());
        let imported = tables.in_force_is_imported(&day);
        let in_force = tables.waste(code).is_some_and(|entry| {
            !imported
                || (entry.valid_from <= day
                    && entry.valid_to.as_deref().is_none_or(|last| day.as_str() <= last))
        });
        let exemptions = tables
            .exemptions_for(code, Some("transport"))
            .map(|rule| ExemptionFacts { id: rule.id.clone(), transport: true })
            .collect();
        CodeFacts { in_force, exemptions }
    }
}

fn calendar(tables: &Catalogue, country: &str) -> WorkCalendar {
    let mut calendar = WorkCalendar::default();
    for ((of, year), days) in &tables.calendars {
        let Ok(year) = i16::try_from(*year) else { continue };
        if of != country {
            continue;
        }
        let dates = |list: &[crate::registry::catalogue::CalendarDay]| {
            list.iter().filter_map(|day| parse_date(&day.date).ok()).collect()
        };
        let data = CalendarYear {
            holidays: dates(&days.days_off),
            workdays: dates(&days.make_up_days),
            source: days.source.clone(),
        };
        calendar.insert(year, data);
    }
    calendar
}

#[derive(Deserialize)]
struct IncompatibilityFile {
    groups: Vec<Group>,
    pairs: Vec<Pair>,
}

#[derive(Deserialize)]
struct Group {
    id: String,
    categories: Vec<String>,
    codes: Vec<String>,
}

#[derive(Deserialize)]
struct Pair {
    a: String,
    b: String,
    severity: String,
}

/// The configured pairs of groups, written out as pairs of categories and codes.
fn incompatible() -> Vec<IncompatiblePair> {
    let file: IncompatibilityFile = data::json("codes/incompatibility.json");
    let members = |id: &str| -> Vec<String> {
        let group = file.groups.iter().find(|group| group.id == id);
        group.map(|group| group.categories.iter().chain(&group.codes).cloned().collect()).unwrap_or_default()
    };
    let mut pairs = Vec::new();
    for pair in &file.pairs {
        let others = members(&pair.b);
        for a in members(&pair.a) {
            pairs.extend(others.iter().map(|b| IncompatiblePair {
                a: a.clone(),
                b: b.clone(),
                blocks: pair.severity == "error",
            }));
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batteries_may_be_carried_under_the_exemption_of_the_list() {
        let stages: Vec<&str> = catalogue()
            .exemptions_for("900-052-31", Some("transport"))
            .map(|rule| rule.stage.as_str())
            .collect();
        assert_eq!(stages, ["transport"], "item 18 and nothing else");
        assert_eq!(catalogue().exemptions_for("900-214-08", Some("transport")).count(), 0);
    }

    #[test]
    fn acid_and_cyanide_are_kept_apart() {
        let pairs = incompatible();
        assert!(pairs.iter().any(|p| p.a == "HW34" && p.b == "HW33" && p.blocks));
        assert!(pairs.iter().any(|p| p.a == "HW34" && p.b == "HW35" && !p.blocks));
    }
}
