//! Fills an empty database from a city profile, through the same [`save_in`] as everybody else: first the
//! organisations that govern, then, for a demonstration only, its fictional firms. Running it again adds
//! what is missing and changes nothing else.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::time::parse_date;
use jiff::Span;
use jiff::civil::Date;
use serde_json::{Value, json};

use super::check::RowMap;
use super::demo::DemoData;
use super::entity::Entity;
use super::service::{Save, city as profile_of, save_in};
use super::{load, profile};
use crate::kit::{Kit, OpContext, Problem, Work};

/// Ids by key.
pub type Keys = BTreeMap<String, String>;

/// Loads the organisations of the city's profile; answers their ids by key.
///
/// # Errors
/// What saving answers; 500 when the settings name no profile of the build.
pub async fn city(kit: &Arc<Kit>) -> Result<Keys, Problem> {
    let profile = profile_of(kit)?;
    let ctx = OpContext::system(&kit.settings.tenant);
    kit.command(&ctx, "registry.seed_city", &(), move |mut work| {
        Box::pin(async move {
            let mut keys = Keys::new();
            for org in &profile.organisations {
                let input = json!({
                    "name": org.name, "short_name": org.short_name, "name_en": org.name_en, "kinds": org.kinds,
                    "division_code": org.division_code, "listed": org.listed, "annex_no": org.annex_no,
                    "overlay": org.overlay, "note": org.note, "profile_key": org.key,
                    "parent_id": org.parent_key.as_ref().and_then(|k| keys.get(k)),
                    "lead_org_id": org.lead_key.as_ref().and_then(|k| keys.get(k)),
                });
                let id = org_once(&mut work, &org.key, object(input)).await?;
                keys.insert(org.key.clone(), id);
            }
            Ok(keys)
        })
    })
    .await
}

/// Ids of the demonstration's rows by their keys in `demo.json`.
#[derive(Clone, Debug, Default, serde::Serialize, serde::Deserialize)]
pub struct DemoKeys {
    /// Organisations, those of the profile included.
    pub orgs: Keys,
    /// Sites.
    pub sites: Keys,
    /// Facilities.
    pub facilities: Keys,
    /// Licences.
    pub licences: Keys,
    /// Vehicles.
    pub vehicles: Keys,
    /// Crew.
    pub crew: Keys,
    /// Management plans by key and year, `plating-plan:2026`.
    pub plans: Keys,
}

/// Loads the fictional firms of the profile with plans for `years`; dates of the data count from the month
/// of `as_of`. `None` when they are there already or the profile has none.
///
/// # Errors
/// What saving answers.
pub async fn demo(kit: &Arc<Kit>, as_of: Date, years: &[i64]) -> Result<Option<DemoKeys>, Problem> {
    let Some(data) = DemoData::of(&*profile_of(kit)?) else { return Ok(None) };
    firms(kit, Arc::new(data), as_of, years).await
}

/// Loads the fictional firms of `data`, as [`demo`] does those of the profile.
///
/// # Errors
/// What saving answers.
pub async fn firms(
    kit: &Arc<Kit>,
    data: Arc<DemoData>,
    as_of: Date,
    years: &[i64],
) -> Result<Option<DemoKeys>, Problem> {
    let governing = city(kit).await?;
    let tenant = kit.settings.tenant.clone();
    let first = data.organisations.first().and_then(|o| o["key"].as_str()).map(demo_key).unwrap_or_default();
    let loaded = kit
        .db
        .read::<_, Problem, _>(move |s| {
            Box::pin(async move { Ok(load::org_by_key(s, &tenant, &first).await?.is_some()) })
        })
        .await?;
    if loaded {
        return Ok(None);
    }
    let years = years.to_vec();
    let ctx = OpContext::system(&kit.settings.tenant);
    kit.command(&ctx, "registry.seed_demo", &(), move |mut work| {
        Box::pin(async move {
            let mut keys = DemoKeys { orgs: governing, ..DemoKeys::default() };
            fill(&mut work, &data, as_of, &years, &mut keys).await?;
            Ok(keys)
        })
    })
    .await
    .map(Some)
}

/// The profile key of a demonstration's organisation.
pub fn demo_key(key: &str) -> String {
    format!("demo:{key}")
}

async fn fill(
    work: &mut Work<'_>,
    data: &DemoData,
    as_of: Date,
    years: &[i64],
    keys: &mut DemoKeys,
) -> Result<(), Problem> {
    for org in &data.organisations {
        let key = text(org, "key");
        let mut input = prepared(org, as_of);
        input.insert("profile_key".to_owned(), demo_key(&key).into());
        let id = org_once(work, &demo_key(&key), input).await?;
        keys.orgs.insert(key, id);
    }
    for site in &data.sites {
        let mut input = prepared(site, as_of);
        refer(&mut input, "org", "org_id", &keys.orgs);
        keys.sites.insert(text(site, "key"), save(work, "sites", input).await?);
    }
    for facility in &data.facilities {
        let mut input = prepared(facility, as_of);
        refer(&mut input, "site", "site_id", &keys.sites);
        keys.facilities.insert(text(facility, "key"), save(work, "facilities", input).await?);
    }
    for (register, rows, out) in [
        ("licences", &data.licences, &mut keys.licences),
        ("vehicles", &data.vehicles, &mut keys.vehicles),
        ("crew", &data.crew, &mut keys.crew),
    ] {
        for row in rows {
            let mut input = prepared(row, as_of);
            refer(&mut input, "org", "org_id", &keys.orgs);
            out.insert(text(row, "key"), save(work, register, input).await?);
        }
    }
    for device in &data.devices {
        let mut input = prepared(device, as_of);
        refer(&mut input, "org", "org_id", &keys.orgs);
        refer(&mut input, "vehicle", "vehicle_id", &keys.vehicles);
        save(work, "devices", input).await?;
    }
    for zone in &data.zones {
        let mut input = prepared(zone, as_of);
        refer(&mut input, "org", "org_id", &keys.orgs);
        save(work, "zones", input).await?;
    }
    for camera in &data.cameras {
        let mut input = prepared(camera, as_of);
        refer(&mut input, "site", "site_id", &keys.sites);
        save(work, "cameras", input).await?;
    }
    for (index, plan) in data.plans.iter().enumerate() {
        for year in years {
            let mut input = prepared(plan, as_of);
            refer(&mut input, "site", "site_id", &keys.sites);
            input.insert("year".to_owned(), (*year).into());
            input.insert("status".to_owned(), "filed".into());
            input.insert("filing_no".to_owned(), format!("DEMO-{year}-{:03}", index + 1).into());
            input.insert("filed_on".to_owned(), format!("{year:04}-03-20").into());
            for line in input.get_mut("lines").and_then(Value::as_array_mut).into_iter().flatten() {
                if let Some(line) = line.as_object_mut() {
                    refer(line, "facility", "facility_id", &keys.facilities);
                }
            }
            let id = save(work, "plans", input).await?;
            keys.plans.insert(format!("{}:{year}", text(plan, "key")), id);
        }
    }
    Ok(())
}

fn text(row: &Value, key: &str) -> String {
    row[key].as_str().unwrap_or_default().to_owned()
}

fn object(value: Value) -> RowMap {
    match value {
        Value::Object(map) => map,
        _ => RowMap::new(),
    }
}

/// The row without its key, relative dates made civil days.
fn prepared(row: &Value, as_of: Date) -> RowMap {
    let mut map = object(row.clone());
    map.remove("key");
    for value in map.values_mut() {
        if let Some(day) = value.as_str().and_then(|s| relative(s, as_of)) {
            *value = day.to_string().into();
        }
    }
    map
}

/// `+18m`, `-6m`: the first day of the month so many months away.
pub fn relative(text: &str, as_of: Date) -> Option<Date> {
    let months: i32 = text.strip_suffix('m').filter(|t| t.starts_with(['+', '-']))?.parse().ok()?;
    as_of.first_of_month().checked_add(Span::new().try_months(months).ok()?).ok()
}

/// A date of the demonstration: relative, or a civil day.
pub fn day_of(text: &str, as_of: Date) -> Option<Date> {
    relative(text, as_of).or_else(|| parse_date(text).ok())
}

fn refer(input: &mut RowMap, from: &str, to: &str, keys: &Keys) {
    if let Some(key) = input.remove(from).as_ref().and_then(Value::as_str) {
        // A key that the data does not have stays visible in the refusal.
        let id = keys.get(key).cloned().unwrap_or_else(|| key.to_owned());
        input.insert(to.to_owned(), id.into());
    }
}

async fn save(work: &mut Work<'_>, register: &str, input: RowMap) -> Result<String, Problem> {
    let entity = Entity::of(register).ok_or_else(Problem::internal)?;
    let save = Save { id: None, version: None, input };
    Ok(save_in(work, entity, save, "imported", true).await?.id)
}

/// Saves an organisation unless one with its profile key exists.
async fn org_once(work: &mut Work<'_>, key: &str, input: RowMap) -> Result<String, Problem> {
    let tenant = work.tenant().to_owned();
    if let Some(org) = load::org_by_key(work.tx, &tenant, key).await? {
        return Ok(org.id);
    }
    save(work, "orgs", input).await
}

/// Whether the profile of the settings is one of the build's, for a start that says so.
pub fn known_cities() -> Vec<String> {
    profile::cities()
}
