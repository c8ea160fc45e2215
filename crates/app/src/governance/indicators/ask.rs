//! What a question about figures names: town, day, period. One way to read them, and one to stay within reach.

use std::sync::Arc;

use domain::indicator::{Span, rules};
use domain::problem::Violation;
use domain::time::{Zone, parse_date, parse_instant};

use super::snapshot::{Snapshot, towns};
use super::tally::Place;
use crate::kit::{Kit, OpContext, Problem, Reach};
use crate::registry::profile::profile;

/// A question's town and day.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Town; the whole city when `None`.
    pub town: Option<String>,
    /// Instant; the present when `None`.
    pub as_of: Option<i64>,
}

impl Asked {
    /// Reads them. Sums of the whole city are for everybody who may read indicators; a town's are for the town.
    ///
    /// # Errors
    /// 404 for a town out of reach; 422 for what is no town of the city or no day.
    pub fn read(kit: &Kit, reach: &Reach, town: Option<&str>, as_of: Option<&str>) -> Result<Self, Problem> {
        let town = town.map(str::trim).filter(|t| !t.is_empty());
        if let Some(code) = town {
            if own_town(reach).is_some_and(|own| own != code) {
                return Err(Problem::not_found());
            }
            known(kit, code, "/town")?;
        }
        Ok(Self { town: town.map(str::to_owned), as_of: day(kit, as_of)? })
    }

    /// Whose figures.
    pub fn place(&self) -> Place<'_> {
        self.town.as_deref().map_or(Place::City, Place::Town)
    }
}

/// The only town whose rows the caller may see.
pub fn own_town(reach: &Reach) -> Option<String> {
    match reach {
        Reach::Town(code) => Some(code.clone()),
        _ => None,
    }
}

/// Refuses what is no town of the city; parks overlap towns and are none.
///
/// # Errors
/// 422 `IND-P-003`.
pub fn known(kit: &Kit, code: &str, path: &str) -> Result<(), Problem> {
    let all = profile(&kit.settings.profile).map(|p| towns(&p)).unwrap_or_default();
    if all.iter().any(|t| t.code == code) {
        return Ok(());
    }
    let shown: String = code.chars().take(40).collect();
    Err(Problem::violations(vec![Violation::error(rules::TOWN, path).with("value", shown)]))
}

/// A day, whole, or an instant; a day or instant to come is the present.
fn day(kit: &Kit, text: Option<&str>) -> Result<Option<i64>, Problem> {
    let Some(text) = text.map(str::trim).filter(|t| !t.is_empty()) else { return Ok(None) };
    let at = if text.contains('T') {
        parse_instant(text).map_err(|e| Problem::violations(vec![e.at("/as_of")]))?
    } else {
        let date = parse_date(text).map_err(|e| Problem::violations(vec![e.at("/as_of")]))?;
        let next = date.tomorrow().map_err(|_| Problem::internal())?;
        zone(kit)?.start_of(next) - 1
    };
    Ok(Some(at).filter(|at| *at < kit.clock.now()))
}

/// The city's zone.
///
/// # Errors
/// 500 when the settings name none.
pub fn zone(kit: &Kit) -> Result<Zone, Problem> {
    Zone::named(&kit.settings.zone).map_err(|_| Problem::internal())
}

/// A year or month; the present year when left out.
///
/// # Errors
/// 422 when it is neither.
pub fn span(kit: &Kit, text: Option<&str>, path: &str) -> Result<Span, Problem> {
    match text.map(str::trim).filter(|t| !t.is_empty()) {
        Some(text) => Span::parse(text).map_err(|e| Problem::violations(vec![e.at(path)])),
        None => Ok(Span::Year(zone(kit)?.date_of(kit.clock.now()).year())),
    }
}

/// A year; the present one when left out.
///
/// # Errors
/// 422 when it is none.
pub fn year(kit: &Kit, text: Option<&str>, path: &str) -> Result<Span, Problem> {
    match span(kit, text, path)? {
        year @ Span::Year(_) => Ok(year),
        Span::Month(month) => Err(Problem::field(path, rules::SPAN, [("value", month.to_string())])),
    }
}

/// Refuses a word that is not offered.
///
/// # Errors
/// 422 `IND-P-002`.
pub fn word<'a>(
    value: Option<&str>,
    mut allowed: impl Iterator<Item = &'a str> + Clone,
    path: &str,
) -> Result<(), Problem> {
    let Some(value) = value else { return Ok(()) };
    let all = allowed.clone();
    if allowed.any(|a| a == value) {
        return Ok(());
    }
    let shown: String = value.chars().take(40).collect();
    let all = all.collect::<Vec<_>>().join(", ");
    Err(Problem::field(path, rules::WORD, [("value", shown), ("allowed", all)]))
}

/// A snapshot for a question.
///
/// # Errors
/// 500 when the database refuses.
pub async fn snapshot(kit: &Arc<Kit>, ctx: &Arc<OpContext>, as_of: Option<i64>) -> Result<Snapshot, Problem> {
    let (house, tenant) = (Arc::clone(kit), ctx.tenant.clone());
    kit.db.read(move |sql| Box::pin(async move { Snapshot::load(&house, sql, &tenant, as_of).await })).await
}
