//! Who carries: licence, vehicle, crew, what stands together on the vehicle, and exemption of transport.

use super::super::document::{Crew, Leg, Line, Manifest};
use super::super::facts::Facts;
use super::super::rules;
use super::quota::covers;
use crate::problem::{Severity, Violation};
use crate::quantity::Grams;

/// A line's claim of exemption from dangerous-goods transport rules, checked against the list by code and stage.
fn exempt(line: &Line, facts: &Facts<'_>) -> bool {
    line.exemption_id.as_deref().is_some_and(|id| {
        facts
            .codes
            .get(&line.waste_code)
            .is_some_and(|c| c.exemptions.iter().any(|e| e.id == id && e.transport))
    })
}

/// Every line is exempt, so the vehicle need not be a dangerous-goods vehicle.
fn all_exempt(document: &Manifest, facts: &Facts<'_>) -> bool {
    let lines = &document.consignor_part.lines;
    !lines.is_empty() && lines.iter().all(|line| exempt(line, facts))
}

/// Before the consignor signs: HW-TR-108, 301, 308–310.
pub(super) fn consignor_side(document: &Manifest, facts: &Facts<'_>) -> Vec<Violation> {
    let mut found = Vec::new();
    for (i, line) in document.consignor_part.lines.iter().enumerate() {
        let at = format!("/consignor_part/lines/{i}");
        match (&line.exemption_id, exempt(line, facts)) {
            (Some(id), false) => {
                let unknown = Violation::error(rules::EXEMPTION_UNKNOWN, format!("{at}/exemption_id"));
                found.push(unknown.with("code", &line.waste_code).with("exemption", id));
            }
            (Some(id), true) => {
                let claimed = Violation::warning(rules::EXEMPTION_CLAIMED, format!("{at}/exemption_id"));
                found.push(claimed.with("code", &line.waste_code).with("exemption", id));
            }
            (None, _) if line.dangerous_goods.is_none() => {
                let missing = Violation::warning(rules::DANGEROUS_GOODS, format!("{at}/dangerous_goods"));
                found.push(missing.with("code", &line.waste_code));
            }
            (None, _) => {}
        }
    }
    if let Some(leg) = document.legs.first() {
        found.extend(carrier_licence(document, leg, 0, facts));
    }
    found.extend(incompatible(document, facts));
    found
}

fn carrier_licence(document: &Manifest, leg: &Leg, index: usize, facts: &Facts<'_>) -> Option<Violation> {
    let today = facts.today();
    let qualified = facts.parties.get(&leg.carrier.id).is_some_and(|party| {
        party.dangerous_goods_licence_no.as_deref().is_some_and(|no| !no.trim().is_empty())
            && party.dangerous_goods_valid_to.is_some_and(|last| today <= last)
    });
    (!qualified && !all_exempt(document, facts)).then(|| {
        Violation::error(rules::CARRIER_UNQUALIFIED, format!("/legs/{index}/carrier/id"))
            .with("carrier", &leg.carrier.name)
    })
}

/// Before a carrier signs: HW-TR-107, 301–308 for the leg that it takes over.
pub(super) fn carrier_side(document: &Manifest, facts: &Facts<'_>) -> Vec<Violation> {
    let Some(index) = document.pending_leg() else { return Vec::new() };
    let Some(leg) = document.legs.get(index) else { return Vec::new() };
    let mut found = Vec::new();
    if !facts.parties.get(&leg.carrier.id).is_some_and(super::fits_as_carrier) {
        found.push(
            Violation::error(rules::PARTY_UNFIT, format!("/legs/{index}/carrier/id"))
                .with("party", "carrier"),
        );
    }
    found.extend(carrier_licence(document, leg, index, facts));
    let exempt = all_exempt(document, facts);
    found.extend(vehicle(document, leg, index, exempt, facts));
    if let Some(driver) = &leg.driver {
        found.extend(crew(leg, driver, "driver", index, exempt, facts));
    }
    match &leg.escort {
        Some(escort) => found.extend(crew(leg, escort, "escort", index, exempt, facts)),
        None if !exempt => {
            let severity = if facts.settings.escort_required { Severity::Error } else { Severity::Warning };
            found.push(Violation {
                severity,
                ..Violation::error(rules::NO_ESCORT, format!("/legs/{index}/escort"))
            });
        }
        None => {}
    }
    found.extend(incompatible(document, facts));
    found
}

fn vehicle(document: &Manifest, leg: &Leg, index: usize, exempt: bool, facts: &Facts<'_>) -> Vec<Violation> {
    let Some(vehicle) = &leg.vehicle else { return Vec::new() };
    let path = format!("/legs/{index}/vehicle/id");
    let Some(known) = facts.vehicles.get(&vehicle.id).filter(|v| v.active && v.org_id == leg.carrier.id)
    else {
        return vec![Violation::error(rules::VEHICLE_FOREIGN, path).with("plate", &vehicle.plate)];
    };
    let mut found = Vec::new();
    if !exempt && known.valid_to.is_none_or(|last| last < facts.today()) {
        found.push(Violation::error(rules::VEHICLE_EXPIRED, path.clone()).with("plate", &vehicle.plate));
    }
    let aboard = facts.aboard.iter().fold(document.mass_g(), |sum, other| sum.saturating_add(other.mass_g));
    if let Some(load) = known.load_g
        && aboard > load
    {
        found.push(
            Violation::warning(rules::OVERLOAD, path)
                .with("plate", &vehicle.plate)
                .with("load", Grams(load).to_tonnes())
                .with("mass", Grams(aboard).to_tonnes()),
        );
    }
    found
}

fn crew(
    leg: &Leg,
    person: &Crew,
    duty: &'static str,
    index: usize,
    exempt: bool,
    facts: &Facts<'_>,
) -> Option<Violation> {
    let path = format!("/legs/{index}/{duty}/id");
    let fits =
        |c: &&super::super::facts::CertificateFacts| c.active && c.org_id == leg.carrier.id && c.duty == duty;
    match facts.crew.get(&person.id).filter(fits) {
        None => Some(Violation::error(rules::CREW_FOREIGN, path).with("duty", duty)),
        Some(known) if !exempt && known.valid_to.is_none_or(|last| last < facts.today()) => {
            Some(Violation::error(rules::CREW_EXPIRED, path).with("duty", duty))
        }
        Some(_) => None,
    }
}

/// HW-TR-308: pairs of the configured list among this document's lines and what else is on the vehicle.
fn incompatible(document: &Manifest, facts: &Facts<'_>) -> Vec<Violation> {
    let lines = &document.consignor_part.lines;
    let mut found = Vec::new();
    for (i, line) in lines.iter().enumerate() {
        let path = format!("/consignor_part/lines/{i}/waste_code");
        let here =
            lines.iter().skip(i + 1).map(|other| (other.waste_code.as_str(), &document.internal_number));
        let aboard = facts.aboard.iter().flat_map(|other| {
            other.waste_codes.iter().map(move |code| (code.as_str(), &other.internal_number))
        });
        for (code, number) in here.chain(aboard) {
            let Some(severity) = clash(&line.waste_code, code, facts) else { continue };
            found.push(
                Violation { severity, ..Violation::error(rules::INCOMPATIBLE, path.clone()) }
                    .with("code", &line.waste_code)
                    .with("other", code)
                    .with("manifest", number),
            );
        }
    }
    found
}

/// The most serious configured pair that both codes fall under.
fn clash(a: &str, b: &str, facts: &Facts<'_>) -> Option<Severity> {
    let pairs = facts.settings.incompatible.iter();
    pairs
        .filter(|p| (covers(&p.a, a) && covers(&p.b, b)) || (covers(&p.a, b) && covers(&p.b, a)))
        .map(|pair| if pair.blocks { Severity::Error } else { Severity::Warning })
        .max()
}
