//! Code tables and configuration in the form that the rules take, made once.

use std::sync::{Arc, LazyLock};

use domain::catalogue::{Catalogue, Edition, WasteEntry};
use domain::codes::{MethodCode, MethodKind};
use domain::ledger::{Incompatibility, Method, Settings};
use domain::problem::Severity;
use domain::time::{Zone, parse_date};

use super::rules;
use crate::kit::{Kit, Problem, data};
use crate::registry::catalogue::{self as registry_tables};
use crate::registry::profile::profile;

static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| {
    let tables = registry_tables::catalogue();
    let editions = tables.editions.iter().filter_map(|e| {
        Some(Edition {
            edition: e.edition.clone(),
            valid_from: parse_date(&e.valid_from).ok()?,
            valid_to: e.valid_to.as_deref().and_then(|d| parse_date(d).ok()),
            imported: e.imported,
        })
    });
    let entries = tables.wastes.iter().filter_map(|w| {
        Some(WasteEntry {
            code: w.code.parse().ok()?,
            category_name: w.category_name.clone(),
            industry: w.industry.clone(),
            description: w.description.clone(),
            traits: w.traits.join(",").parse().ok()?,
            traits_text: w.traits.join(","),
            edition: w.edition.clone(),
            valid_from: parse_date(&w.valid_from).ok()?,
            valid_to: w.valid_to.as_deref().and_then(|d| parse_date(d).ok()),
        })
    });
    Catalogue::new(editions.collect(), entries, Vec::new())
});

static INCOMPATIBILITY: LazyLock<Incompatibility> =
    LazyLock::new(|| data::json("codes/incompatibility.json"));

/// The national catalogue.
pub(super) fn waste_catalogue() -> &'static Catalogue {
    &CATALOGUE
}

/// Wastes to keep apart.
pub(super) fn incompatibility() -> &'static Incompatibility {
    &INCOMPATIBILITY
}

/// The national name of a code, from the newest imported edition.
pub(super) fn waste_name(code: &str) -> String {
    registry_tables::catalogue().waste(code).map(|w| w.description.clone()).unwrap_or_default()
}

/// A method of the code table.
///
/// # Errors
/// 422 when the code is malformed or unknown.
pub(super) fn method(code: &str, path: &str) -> Result<Method, Problem> {
    let parsed: MethodCode =
        code.parse().map_err(|e: domain::ParseError| Problem::violations(vec![e.at(path)]))?;
    let known = registry_tables::catalogue().method(&parsed.to_string());
    match known.and_then(|m| m.kind.parse::<MethodKind>().ok()) {
        Some(kind) => Ok(Method { code: parsed, kind }),
        None => Err(Problem::field(path, rules::METHOD_UNKNOWN, [("value", parsed.to_string())])),
    }
}

/// Settings of the ledger, made once a house.
///
/// # Errors
/// 500 when the settings name no known time zone.
pub(super) fn settings(kit: &Kit) -> Result<Arc<Settings>, Problem> {
    let zone = Zone::named(&kit.settings.zone).map_err(|error| {
        tracing::error!(%error, "the settings name an unknown time zone");
        Problem::internal()
    })?;
    Ok(kit.parts.get_or(|| load(kit, zone)))
}

fn load(kit: &Kit, zone: Zone) -> Settings {
    let city = profile(&kit.settings.profile);
    let field = &kit.settings.field;
    let number = |pointer: &str| city.as_ref().and_then(|c| c.setting(pointer));
    let days = |value: i64| u32::try_from(value).ok();
    let cautious = Settings::new(zone);
    Settings {
        backfill_days: days(field.back_fill_days).unwrap_or(cautious.backfill_days),
        capacity: if field.capacity_blocks { Severity::Error } else { Severity::Warning },
        storage_point_g: number("/storage/storage_point_limit_g").unwrap_or(cautious.storage_point_g),
        generator_limit_days: field
            .generator_storage_days
            .or_else(|| number("/storage/generator_limit_days"))
            .and_then(days),
        licensed_limit_days: number("/storage/licensed_limit_days")
            .and_then(days)
            .unwrap_or(cautious.licensed_limit_days),
        medical_limit_hours: number("/storage/medical_limit_hours")
            .and_then(days)
            .unwrap_or(cautious.medical_limit_hours),
        ..cautious
    }
}
