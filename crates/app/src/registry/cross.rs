//! Rules between the fields of one row: dates in order, kinds that fit, what a licence or plan must say.
//! Each has an id of its own and cites where it comes from; none looks at another row.

use std::str::FromStr;

use domain::codes::{FacilityCode, FacilityKind, PlateColour, PlateNumber};
use domain::problem::Violation;
use domain::time::parse_date;
use jiff::civil::Date;
use serde_json::Value;

use super::catalogue::catalogue;
use super::check::RowMap;
use super::entity::Entity;
use super::profile::Profile;
use super::rules;

/// Kinds of organisation that must have a social credit code: the firms.
const FIRMS: [&str; 3] = ["enterprise", "carrier", "receiver"];

/// Checks the rules of the register.
pub fn check(entity: &Entity, row: &RowMap, profile: &Profile, found: &mut Vec<Violation>) {
    match entity.key {
        "orgs" => org(row, found),
        "sites" => site(row, found),
        "facilities" => facility(row, profile, found),
        "licences" => licence(row, found),
        "vehicles" => vehicle(row, found),
        "plans" => plan(row, found),
        "approvals" => approval(row, found),
        _ => {}
    }
}

fn word<'a>(row: &'a RowMap, key: &str) -> &'a str {
    row.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn day(row: &RowMap, key: &str) -> Option<Date> {
    parse_date(word(row, key)).ok()
}

fn org(row: &RowMap, found: &mut Vec<Violation>) {
    let kinds = row.get("kinds").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let firm = kinds.iter().filter_map(Value::as_str).any(|k| FIRMS.contains(&k));
    let from_profile = !word(row, "profile_key").is_empty();
    if firm && !from_profile && word(row, "credit_code").is_empty() {
        found.push(Violation::error(rules::CREDIT_NEEDED, "/credit_code"));
    }
}

fn site(row: &RowMap, found: &mut Vec<Violation>) {
    let given = |key: &str| row.get(key).is_some_and(|v| !v.is_null());
    if given("longitude_e6") != given("latitude_e6") {
        found.push(Violation::error(rules::COORDINATES, "/longitude_e6"));
    }
}

fn facility(row: &RowMap, profile: &Profile, found: &mut Vec<Violation>) {
    let (kind, type_name) = (word(row, "kind"), word(row, "facility_type"));
    let capacity = row.get("capacity_g").and_then(Value::as_i64);
    if let Some(choice) = catalogue().choice("facility_types", type_name) {
        let prefix_fits = match FacilityCode::from_str(word(row, "code")).map(|c| c.kind()) {
            Ok(FacilityKind::Production) => choice.prefix.as_deref() == Some("MF"),
            Ok(FacilityKind::SolidTreatment) => choice.prefix.as_deref() == Some("TS"),
            // A facility that cleans air or water makes waste, too.
            Ok(FacilityKind::AirTreatment | FacilityKind::WaterTreatment) => kind == "generating",
            _ => false,
        };
        if !choice.kinds.iter().any(|k| k == kind) || !prefix_fits {
            found.push(
                Violation::error(rules::FACILITY_TYPE, "/facility_type")
                    .with("kind", kind)
                    .with("type", type_name)
                    .with("code", word(row, "code")),
            );
        }
    }
    if kind == "storage" && capacity.is_none() {
        found.push(Violation::error(rules::CAPACITY_NEEDED, "/capacity_g"));
    }
    let limit = profile.setting("/storage/storage_point_limit_g");
    if let (Some(limit), Some(capacity), "point") = (limit, capacity, type_name)
        && capacity > limit
    {
        found.push(
            Violation::error(rules::POINT_CAPACITY, "/capacity_g")
                .with("limit", domain::Grams(limit).to_tonnes())
                .with("value", domain::Grams(capacity).to_tonnes()),
        );
    }
}

fn ordered(row: &RowMap, found: &mut Vec<Violation>) -> Option<(Date, Date)> {
    let (from, to) = (day(row, "valid_from")?, day(row, "valid_to")?);
    if to < from {
        found.push(Violation::error(rules::DATES, "/valid_to").with("from", from).with("to", to));
        return None;
    }
    Some((from, to))
}

fn licence(row: &RowMap, found: &mut Vec<Violation>) {
    let kind = word(row, "kind");
    let max = catalogue().choice("licence_modes", kind).and_then(|c| c.max_years);
    if let (Some((from, to)), Some(years)) = (ordered(row, found), max) {
        let last = i16::try_from(years)
            .ok()
            .and_then(|y| from.checked_add(jiff::Span::new().years(y)).ok())
            .unwrap_or(Date::MAX);
        if to > last {
            found.push(
                Violation::error(rules::LICENCE_TERM, "/valid_to").with("years", years).with("kind", kind),
            );
        }
    }
    for (index, line) in lines(row).enumerate() {
        let methods = line.get("methods").and_then(Value::as_array).map_or(0, Vec::len);
        if (kind == "comprehensive") != (methods > 0) {
            let at = format!("/lines/{index}/methods");
            found.push(Violation::error(rules::METHOD_NEEDED, at).with("kind", kind));
        }
    }
}

fn lines(row: &RowMap) -> impl Iterator<Item = &RowMap> {
    row.get("lines").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object)
}

fn vehicle(row: &RowMap, found: &mut Vec<Violation>) {
    if let (Ok(plate), Ok(colour)) =
        (PlateNumber::from_str(word(row, "plate")), PlateColour::from_str(word(row, "plate_colour")))
        && let Err(error) = plate.check_colour(colour)
    {
        found.push(error.at("/plate_colour"));
    }
}

fn repeated(row: &RowMap, found: &mut Vec<Violation>) {
    let mut seen: Vec<&str> = Vec::new();
    for (index, line) in lines(row).enumerate() {
        let code = word(line, "waste_code");
        if seen.contains(&code) {
            let at = format!("/lines/{index}/waste_code");
            found.push(Violation::error(rules::REPEATED, at).with("value", code));
        }
        seen.push(code);
    }
}

fn plan(row: &RowMap, found: &mut Vec<Violation>) {
    repeated(row, found);
    if word(row, "status") == "filed" {
        for key in ["filing_no", "filed_on"] {
            if word(row, key).is_empty() {
                found.push(Violation::error(rules::FILING, format!("/{key}")));
            }
        }
    }
}

fn approval(row: &RowMap, found: &mut Vec<Violation>) {
    repeated(row, found);
    if word(row, "consignor_org_id") == word(row, "receiver_org_id") {
        found.push(Violation::error(rules::SAME_PARTIES, "/receiver_org_id"));
    }
    if let Some((from, to)) = ordered(row, found) {
        let last = from.checked_add(jiff::Span::new().months(12)).unwrap_or(Date::MAX);
        if to > last {
            found.push(Violation::error(rules::APPROVAL_TERM, "/valid_to").with("from", from));
        }
    }
}
