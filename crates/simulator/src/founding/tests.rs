//! The large city's data keeps what the registers and the rules ask for, before any database sees it.

use std::collections::{BTreeMap, BTreeSet};

use app::registry::catalogue::catalogue;
use app::registry::demo::DemoData;
use app::registry::profile::profile;
use domain::codes::{CreditCode, PlateNumber};
use geo::Point;

use super::{Sources, found};

fn city(seed: u64) -> (Sources, DemoData) {
    let profile = profile("jiangyin").expect("profile");
    let sources = Sources::of(&profile).expect("sources");
    let base = DemoData::of(&profile).expect("small city");
    let data = found(base, &sources, seed, &|_| true).expect("large city");
    (sources, data)
}

fn word<'a>(row: &'a serde_json::Value, key: &str) -> &'a str {
    row[key].as_str().unwrap_or_default()
}

#[test]
fn a_seed_gives_one_city() {
    let names =
        |seed| city(seed).1.organisations.iter().map(|o| word(o, "name").to_owned()).collect::<Vec<_>>();
    assert_eq!(names(2026), names(2026));
    assert_ne!(names(2026), names(2027));
}

#[test]
fn it_is_as_large_as_asked_for() {
    let (_, data) = city(2026);
    let of = |kind: &str| {
        let has = |o: &&serde_json::Value| o["kinds"].as_array().is_some_and(|k| k.iter().any(|k| k == kind));
        data.organisations.iter().filter(has).count()
    };
    assert!((300..400).contains(&(of("enterprise") - of("receiver"))));
    assert_eq!((of("carrier"), of("receiver")), (40, 15));
    assert_eq!((data.vehicles.len(), data.devices.len()), (120, 120));
}

#[test]
fn codes_are_valid_and_nobody_has_anothers() {
    let (sources, data) = city(2026);
    let mut seen = BTreeSet::new();
    for org in &data.organisations {
        let code: CreditCode = word(org, "credit_code").parse().expect("credit code");
        assert!(word(org, "name").starts_with(&sources.names.prefix.zh), "{}", word(org, "name"));
        assert!(seen.insert(code.as_str().to_owned()) && seen.insert(word(org, "name").to_owned()));
    }
    for vehicle in &data.vehicles {
        word(vehicle, "plate").parse::<PlateNumber>().expect("plate");
        assert!(seen.insert(word(vehicle, "plate").to_owned()));
    }
    for row in data
        .devices
        .iter()
        .map(|d| word(d, "terminal_number"))
        .chain(data.accounts.iter().map(|a| a.login.as_str()))
    {
        assert!(seen.insert(row.to_owned()), "{row} is there twice");
    }
    for stream in &data.streams {
        assert!(catalogue().waste(&stream.waste_code).is_some(), "{} is no code", stream.waste_code);
    }
}

#[test]
fn licences_cover_what_goes_to_their_holders_and_plans_what_leaves() {
    let (_, data) = city(2026);
    let mut coming: BTreeMap<(&str, usize), i64> = BTreeMap::new();
    for stream in &data.streams {
        let Some(receiver) = stream.receiver.as_deref() else { continue };
        let licence = data.licences.iter().find(|l| l["org"] == receiver).expect("licence");
        let category = format!("HW{}", &stream.waste_code[8..]);
        let line = licence["lines"].as_array().expect("lines").iter().position(|line| {
            let codes = line["codes"].as_array().expect("codes");
            let methods = line["methods"].as_array().expect("methods");
            codes.iter().any(|c| *c == stream.waste_code || *c == category)
                && (methods.is_empty() || methods.iter().any(|m| stream.method_code.as_deref() == m.as_str()))
        });
        let line =
            line.unwrap_or_else(|| panic!("{receiver} may not take {} of {}", stream.waste_code, stream.org));
        *coming.entry((receiver, line)).or_default() += stream.monthly_g * 12;
        let plan = data.plans.iter().find(|p| p["site"] == stream.site).expect("plan");
        let planned =
            plan["lines"].as_array().expect("lines").iter().find(|l| l["waste_code"] == stream.waste_code);
        let quota = planned.and_then(|l| l["transfer_quota_g"].as_i64()).expect("line of the plan");
        assert!(quota >= stream.monthly_g * 12, "{} of {}", stream.waste_code, stream.org);
        assert!(data.accounts.iter().any(|a| a.org == stream.org));
    }
    for ((receiver, line), yearly_g) in coming {
        let licence = data.licences.iter().find(|l| l["org"] == receiver).expect("licence");
        let licensed = licence["lines"][line]["yearly_quantity_g"].as_i64().expect("quantity");
        assert!(licensed >= yearly_g, "{receiver} line {line}: {yearly_g} of {licensed}");
    }
}

#[test]
fn every_firm_stands_in_its_own_town() {
    let (sources, data) = city(2026);
    for site in &data.sites {
        let degree = |key: &str| i32::try_from(site[key].as_i64().expect("degrees")).expect("degrees");
        let point = Point::from_e6(degree("latitude_e6"), degree("longitude_e6")).expect("point");
        let distance = |p: &Point| p.distance_m(point);
        let nearest =
            sources.seats.iter().min_by(|a, b| distance(a.1).total_cmp(&distance(b.1))).expect("town");
        // Parks of the small city overlap towns.
        if sources.seats.contains_key(word(site, "division_code")) && word(site, "key").contains('-') {
            assert_eq!(nearest.0, word(site, "division_code"), "{}", word(site, "key"));
        }
    }
}
