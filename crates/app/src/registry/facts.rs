//! The embedded tables in the types of the pure rules: what `domain` is given when it decides. Built once.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use domain::catalogue::{Catalogue, Edition, ExemptionRule, WasteEntry};
use domain::time::{CalendarYear, WorkCalendar, parse_date};
use serde::Deserialize;

use super::catalogue::catalogue;
use crate::kit::data;

#[derive(Deserialize)]
struct ExemptionFile {
    edition: String,
    rules: Vec<ExemptionRule>,
}

static WASTES: LazyLock<Catalogue> = LazyLock::new(load);

/// The catalogue of hazardous wastes with its editions and exemptions.
pub fn wastes() -> &'static Catalogue {
    &WASTES
}

#[expect(clippy::panic, reason = "embedded data is part of the build, like kit::data::json")]
fn load() -> Catalogue {
    let day = |text: &str| match parse_date(text) {
        Ok(day) => day,
        Err(error) => panic!("embedded catalogue: {text} is no day: {error}"),
    };
    let editions = catalogue().editions.iter().map(|e| Edition {
        edition: e.edition.clone(),
        valid_from: day(&e.valid_from),
        valid_to: e.valid_to.as_deref().map(day),
        imported: e.imported,
    });
    let entries = catalogue().wastes.iter().map(|w| WasteEntry {
        code: w.code.parse().unwrap_or_else(|error| panic!("embedded catalogue: {}: {error}", w.code)),
        category_name: w.category_name.clone(),
        industry: w.industry.clone(),
        description: w.description.clone(),
        traits: w
            .traits_text
            .parse()
            .unwrap_or_else(|error| panic!("embedded catalogue: {}: {error}", w.code)),
        traits_text: w.traits_text.clone(),
        edition: w.edition.clone(),
        valid_from: day(&w.valid_from),
        valid_to: w.valid_to.as_deref().map(day),
    });
    let exemptions = data::list("codes/exemptions_")
        .iter()
        .flat_map(|path| {
            let file: ExemptionFile = data::json(path);
            let edition = file.edition;
            file.rules.into_iter().map(move |rule| ExemptionRule { edition: edition.clone(), ..rule })
        })
        .collect();
    Catalogue::new(editions.collect(), entries, exemptions)
}

/// Working days of a country as far as the data covers them; a day of another year is refused, never guessed.
pub fn work_calendar(country: &str) -> &'static WorkCalendar {
    static CALENDARS: LazyLock<BTreeMap<String, WorkCalendar>> = LazyLock::new(calendars);
    static NONE: LazyLock<WorkCalendar> = LazyLock::new(WorkCalendar::default);
    CALENDARS.get(country).unwrap_or(&NONE)
}

fn calendars() -> BTreeMap<String, WorkCalendar> {
    let mut out: BTreeMap<String, WorkCalendar> = BTreeMap::new();
    for ((country, year), data) in &catalogue().calendars {
        let days = |list: &[super::catalogue::CalendarDay]| {
            list.iter().filter_map(|d| parse_date(&d.date).ok()).collect()
        };
        let Ok(year) = i16::try_from(*year) else { continue };
        out.entry(country.clone()).or_default().insert(
            year,
            CalendarYear {
                holidays: days(&data.days_off),
                workdays: days(&data.make_up_days),
                source: data.source.clone(),
            },
        );
    }
    out
}
