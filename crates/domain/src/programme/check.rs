//! What contradicts itself in an item: dates, units, years, sums. It tells everything at once, each with its field, and
//! must never correct anything by itself.

use std::collections::BTreeMap;

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::{Item, Known, List, rules};
use crate::problem::Violation;

/// Longest title in characters.
const TITLE: usize = 200;
/// Longest detail in characters.
const DETAIL: usize = 2_000;

/// Everything that is wrong with an item.
pub fn check(item: &Item, known: &Known) -> Vec<Violation> {
    let mut found = Vec::new();
    words(item, known, &mut found);
    who(item, known, &mut found);
    dates(item, known, &mut found);
    values(item, known, &mut found);
    sums(item, known, &mut found);
    found
}

fn shown(text: &str) -> String {
    text.chars().take(60).collect()
}

fn words(item: &Item, known: &Known, found: &mut Vec<Violation>) {
    let long = |text: &str, most: usize| text.chars().count() > most;
    if item.title.zh.trim().is_empty() || long(&item.title.zh, TITLE) {
        found.push(Violation::error(rules::TITLE, "/title/zh-CN").with("max", TITLE));
    }
    if long(&item.title.en, TITLE) {
        found.push(Violation::error(rules::TITLE, "/title/en").with("max", TITLE));
    }
    for (text, path) in [(&item.detail.zh, "/detail/zh-CN"), (&item.detail.en, "/detail/en")] {
        if long(text, DETAIL) {
            found.push(Violation::error(rules::NOTE, path).with("min", 0).with("max", DETAIL));
        }
    }
    let mut rest = item.code.chars();
    let formed = rest.next() == Some(item.list.letter())
        && rest.next() == Some('-')
        && (2..=5).contains(&rest.clone().count())
        && rest.all(|c| c.is_ascii_digit());
    if !formed || known.taken.contains(&item.code) {
        let example = format!("{}-01", item.list.letter());
        found.push(
            Violation::error(rules::CODE, "/code").with("value", shown(&item.code)).with("example", example),
        );
    }
    if !known.clauses.contains(&item.clause) {
        found.push(Violation::error(rules::CLAUSE, "/clause").with("value", shown(&item.clause)));
    }
    if let (Some(key), Some(all)) = (&item.indicator, &known.indicators)
        && !all.contains(key)
    {
        found.push(Violation::error(rules::INDICATOR, "/indicator").with("value", shown(key)));
    }
}

fn who(item: &Item, known: &Known, found: &mut Vec<Violation>) {
    if let Some(lead) = item.lead.as_ref().filter(|l| !known.orgs.contains(*l)) {
        found.push(Violation::error(rules::UNIT_UNKNOWN, "/lead").with("value", shown(lead)));
    }
    for (index, org) in item.joint.iter().enumerate() {
        let path = format!("/joint/{index}");
        let earlier = item.joint.iter().take(index).any(|o| o == org);
        if !known.orgs.contains(org) {
            found.push(Violation::error(rules::UNIT_UNKNOWN, path).with("value", shown(org)));
        } else if earlier || item.lead.as_ref() == Some(org) {
            found.push(Violation::error(rules::UNIT_TWICE, path).with("value", shown(org)));
        }
    }
    for (index, town) in item.towns.iter().enumerate() {
        if !known.towns.contains(town) {
            let path = format!("/towns/{index}");
            found.push(Violation::error(rules::TOWN, path).with("value", shown(town)));
        }
    }
    if item.all_towns && !item.towns.is_empty() {
        found.push(Violation::error(rules::TOWNS_TWICE, "/towns"));
    }
}

fn dates(item: &Item, known: &Known, found: &mut Vec<Violation>) {
    if let (Some(start), Some(due)) = (item.starts_on, item.due_on)
        && start > due
    {
        found.push(Violation::error(rules::DATES, "/starts_on").with("start", start).with("due", due));
    }
    let years = |v: Violation| v.with("first", known.first_year).with("last", item.horizon);
    let outside = |day: &Date| day.year() < known.first_year || day.year() > item.horizon;
    for (day, path) in [(item.starts_on, "/starts_on"), (item.due_on, "/due_on")] {
        if let Some(day) = day.filter(outside) {
            found.push(years(Violation::error(rules::HORIZON, path).with("value", day)));
        }
    }
    if item.horizon < known.first_year || item.horizon > known.first_year.saturating_add(30) {
        found.push(years(Violation::error(rules::HORIZON, "/horizon").with("value", item.horizon)));
    }
    if matches!(item.list, List::Target | List::Project) && item.due_on.is_none() {
        found.push(Violation::error(rules::NO_DUE, "/due_on"));
    }
}

fn values(item: &Item, known: &Known, found: &mut Vec<Violation>) {
    let measure = match &item.unit {
        Some(unit) => {
            let measure = known.measures.get(unit);
            if measure.is_none() {
                let allowed = known.measures.keys().cloned().collect::<Vec<_>>().join(", ");
                found.push(
                    Violation::error(rules::MEASURE, "/unit")
                        .with("value", shown(unit))
                        .with("allowed", allowed),
                );
            }
            measure
        }
        None => {
            if item.total.is_some() || !item.shares.is_empty() {
                found.push(Violation::error(rules::NO_MEASURE, "/unit"));
            }
            None
        }
    };
    let fits = |v: Decimal| v >= Decimal::ZERO && measure.and_then(|m| m.max).is_none_or(|max| v <= max);
    let range = |path: String, v: Decimal| {
        let max = measure.and_then(|m| m.max).map_or_else(|| "∞".to_owned(), |m| m.normalize().to_string());
        Violation::error(rules::RANGE, path).with("value", v.normalize()).with("max", max)
    };
    if let Some(total) = item.total.filter(|t| !fits(*t)) {
        found.push(range("/total".to_owned(), total));
    }
    for (index, share) in item.shares.iter().enumerate() {
        let at = |field: &str| format!("/shares/{index}/{field}");
        if !fits(share.value) {
            found.push(range(at("value"), share.value));
        }
        if let Some(year) = share.year.filter(|y| *y < known.first_year || *y > item.horizon) {
            found.push(
                Violation::error(rules::HORIZON, at("year"))
                    .with("value", year)
                    .with("first", known.first_year)
                    .with("last", item.horizon),
            );
        }
        if let Some(town) = share.town.as_ref().filter(|t| !known.towns.contains(*t)) {
            found.push(Violation::error(rules::TOWN, at("town")).with("value", shown(town)));
        }
        let earlier = item.shares.iter().take(index).any(|s| (s.year, &s.town) == (share.year, &share.town));
        if earlier {
            found.push(Violation::error(rules::SHARE_TWICE, at("year")));
        }
    }
}

/// Shares of towns against the city's value, years against the total: only for units that add up.
fn sums(item: &Item, known: &Known, found: &mut Vec<Violation>) {
    let adds_up = item.unit.as_ref().and_then(|u| known.measures.get(u)).is_some_and(|m| m.adds_up);
    if !adds_up {
        return;
    }
    let mut towns: BTreeMap<Option<i16>, Decimal> = BTreeMap::new();
    for share in item.shares.iter().filter(|s| s.town.is_some()) {
        let sum = towns.entry(share.year).or_default();
        *sum = sum.saturating_add(share.value);
    }
    for (year, sum) in towns {
        let whole = match year {
            Some(year) => item.target(year),
            None => item.total,
        };
        if let Some(whole) = whole.filter(|w| *w != sum) {
            found.push(
                Violation::error(rules::TOWNS_SUM, "/shares")
                    .with("year", year.map_or_else(|| "—".to_owned(), |y| y.to_string()))
                    .with("sum", sum.normalize())
                    .with("whole", whole.normalize()),
            );
        }
    }
    let years: Vec<Decimal> =
        item.shares.iter().filter(|s| s.town.is_none() && s.year.is_some()).map(|s| s.value).collect();
    let sum = years.iter().fold(Decimal::ZERO, |a, b| a.saturating_add(*b));
    if let Some(total) = item.total.filter(|t| !years.is_empty() && *t != sum) {
        found.push(
            Violation::error(rules::YEARS_SUM, "/total")
                .with("sum", sum.normalize())
                .with("total", total.normalize()),
        );
    }
}
