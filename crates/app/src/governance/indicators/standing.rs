//! What other parts ask: how does the city stand on these indicators in a year? One call, one snapshot.

use std::collections::BTreeMap;

use db::Sql;
use domain::indicator::{Direction, Light, Span, Why};
use rust_decimal::Decimal;

use super::catalogue::pick;
use super::snapshot::{Snapshot, State};
use super::tally::Place;
use crate::kit::{Kit, Lang, Problem};

/// How an indicator stands in a year.
#[derive(Clone, Debug)]
pub struct Standing {
    /// Name (Chinese, English).
    pub name: (String, String),
    /// The figure as published.
    pub value: Option<Decimal>,
    /// Unit.
    pub unit: &'static str,
    /// Unit in words (Chinese, English).
    pub unit_label: (String, String),
    /// Where it comes from.
    pub state: State,
    /// Why there is no figure.
    pub reason: Option<Why>,
    /// The same in words (Chinese, English).
    pub reason_text: Option<(String, String)>,
    /// Baseline; not set when `None`.
    pub baseline: Option<Decimal>,
    /// Target of the year; not set when `None`.
    pub target: Option<Decimal>,
    /// Target in words (Chinese, English), where its source gives some.
    pub target_words: Option<(String, String)>,
    /// Which way is better.
    pub direction: Direction,
    /// Its light.
    pub light: Light,
    /// Version of the definition.
    pub version: i64,
}

/// How these indicators stand in a year, for the city or a town; unknown keys are left out.
///
/// # Errors
/// 500 when the database refuses.
pub async fn standing_in(
    kit: &Kit,
    sql: &mut dyn Sql,
    tenant: &str,
    keys: &[String],
    year: i16,
    town: Option<&str>,
    as_of: Option<i64>,
) -> Result<BTreeMap<String, Standing>, Problem> {
    let snapshot = Snapshot::load(kit, sql, tenant, as_of).await?;
    let place = town.map_or(Place::City, Place::Town);
    let mut out = BTreeMap::new();
    for key in keys {
        let Some(shipped) = snapshot.catalogue().get(key) else { continue };
        let figure = snapshot.figure(key, Span::Year(year), place)?;
        let target = snapshot.target(key, year);
        let unit = |lang| snapshot.catalogue().unit(shipped.unit, lang);
        let said = |why: &Why| (snapshot.explain(why, Lang::Zh), snapshot.explain(why, Lang::En));
        let standing = Standing {
            name: (pick(&shipped.name, Lang::Zh), pick(&shipped.name, Lang::En)),
            unit: shipped.unit.as_str(),
            unit_label: (unit(Lang::Zh), unit(Lang::En)),
            state: figure.state,
            reason_text: figure.why.as_ref().map(said),
            light: snapshot.light(key, figure.exact, &target),
            value: figure.value,
            reason: figure.why,
            baseline: target.baseline,
            target: target.value,
            target_words: target.words,
            direction: shipped.direction,
            version: figure.version,
        };
        out.insert(key.clone(), standing);
    }
    Ok(out)
}

/// How these indicators stand in a year for the whole city.
///
/// # Errors
/// As [`standing_in`].
pub async fn standing(
    kit: &Kit,
    sql: &mut dyn Sql,
    tenant: &str,
    keys: &[String],
    year: i16,
    as_of: Option<i64>,
) -> Result<BTreeMap<String, Standing>, Problem> {
    standing_in(kit, sql, tenant, keys, year, None, as_of).await
}
