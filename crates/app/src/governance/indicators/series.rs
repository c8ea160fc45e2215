//! One indicator across towns and across time.

use std::sync::Arc;

use domain::access::Permission;
use domain::indicator::{Direction, Kind, Span};
use domain::time::Month;
use rust_decimal::Decimal;
use serde::Deserialize;
use utoipa::IntoParams;

use super::model::{IndicatorPoint, IndicatorSeries, IndicatorTown, IndicatorTowns};
use super::show::FigureQuery;
use super::snapshot::{Computed, Snapshot};
use super::tally::Place;
use super::words::{digits, town_name};
use super::{ask, tally};
use crate::kit::{Kit, Lang, OpContext, Problem};

/// Longest series in points.
const MOST_POINTS: usize = 60;

/// Which series.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct SeriesQuery {
    /// First year or month.
    pub from: Option<String>,
    /// Last year or month, of the same kind.
    pub to: Option<String>,
    /// Town.
    pub town: Option<String>,
    /// Day or instant.
    pub as_of: Option<String>,
}

fn town(s: &Snapshot, code: Option<&str>, figure: Computed, lang: Lang) -> IndicatorTown {
    IndicatorTown {
        name: code.map(|c| town_name(s, c, lang)),
        town: code.map(str::to_owned),
        value: figure.value.map(digits),
        state: figure.state.as_str().to_owned(),
        reason: figure.why.as_ref().map(|why| s.explain(why, lang)),
    }
}

/// Figures of all towns within reach.
///
/// # Errors
/// As [`figure`].
pub async fn towns(
    kit: &Arc<Kit>,
    ctx: &Arc<OpContext>,
    key: &str,
    query: &FigureQuery,
) -> Result<IndicatorTowns, Problem> {
    let reach = ctx.require(Permission::IndicatorRead)?;
    let asked = ask::Asked::read(kit, &reach, query.town.as_deref(), query.as_of.as_deref())?;
    let span = ask::span(kit, query.period.as_deref(), "/period")?;
    let snapshot = ask::snapshot(kit, ctx, asked.as_of).await?;
    let lang = ctx.lang;
    let shipped = snapshot.catalogue().get(key).ok_or_else(Problem::not_found)?;
    let only = ask::own_town(&reach).or(asked.town);
    let graph = snapshot.book.graph(span)?;
    let version = snapshot.book.at(key, span.months().0);
    let of = |place| snapshot.by(&graph, key, version, span, place);
    let mut towns: Vec<IndicatorTown> = snapshot
        .towns
        .iter()
        .filter(|t| only.as_ref().is_none_or(|code| *code == t.code))
        .map(|t| town(&snapshot, Some(&t.code), of(Place::Town(&t.code)), lang))
        .collect();
    order(&mut towns, shipped.direction);
    let leaves = graph.leaves(key);
    let additive = shipped.kind == Kind::Absolute
        && shipped.formula.is_some()
        && leaves.iter().all(|n| tally::is_measure(n));
    Ok(IndicatorTowns {
        key: key.to_owned(),
        period: span.to_string(),
        unit_label: snapshot.catalogue().unit(shipped.unit, lang),
        additive,
        city: town(&snapshot, None, of(Place::City), lang),
        towns,
        elsewhere: town(&snapshot, None, of(Place::Elsewhere), lang),
    })
}

/// Best first; towns without a figure last.
fn order(towns: &mut [IndicatorTown], direction: Direction) {
    let value = |t: &IndicatorTown| t.value.as_ref().and_then(|v| v.parse::<Decimal>().ok());
    towns.sort_by(|a, b| match (value(a), value(b)) {
        (Some(x), Some(y)) if direction == Direction::Down => x.cmp(&y),
        (Some(x), Some(y)) => y.cmp(&x),
        (x, y) => y.is_some().cmp(&x.is_some()),
    });
}

/// A series of years or months.
///
/// # Errors
/// As [`figure`]; 422 when the ends are of different kinds, turned round, or too far apart.
pub async fn series(
    kit: &Arc<Kit>,
    ctx: &Arc<OpContext>,
    key: &str,
    query: &SeriesQuery,
) -> Result<IndicatorSeries, Problem> {
    let reach = ctx.require(Permission::IndicatorRead)?;
    let asked = ask::Asked::read(kit, &reach, query.town.as_deref(), query.as_of.as_deref())?;
    let snapshot = ask::snapshot(kit, ctx, asked.as_of).await?;
    let lang = ctx.lang;
    let shipped = snapshot.catalogue().get(key).ok_or_else(Problem::not_found)?;
    let this = snapshot.zone.month_of(snapshot.present());
    let to = match query.to.as_deref() {
        Some(text) => Span::parse(text).map_err(|e| Problem::violations(vec![e.at("/to")]))?,
        None => Span::Month(this),
    };
    let from = match query.from.as_deref() {
        Some(text) => Span::parse(text).map_err(|e| Problem::violations(vec![e.at("/from")]))?,
        None => match to {
            Span::Year(year) => Span::Year(year.saturating_sub(4)),
            // Twenty-four months.
            Span::Month(month) => Span::Month(Span::Month(month).before(2).months().0.next()),
        },
    };
    let spans = between(from, to)?;
    let place = asked.place();
    let mut points = Vec::with_capacity(spans.len());
    for span in spans {
        let figure = snapshot.figure(key, span, place)?;
        let target = match span {
            Span::Year(year) => snapshot.target(key, year).value.map(digits),
            Span::Month(_) => None,
        };
        points.push(IndicatorPoint {
            period: span.to_string(),
            value: figure.value.map(digits),
            reason: figure.why.as_ref().map(|why| snapshot.explain(why, lang)),
            version: figure.version,
            target,
        });
    }
    Ok(IndicatorSeries {
        key: key.to_owned(),
        unit_label: snapshot.catalogue().unit(shipped.unit, lang),
        points,
    })
}

fn between(from: Span, to: Span) -> Result<Vec<Span>, Problem> {
    let wrong = || {
        let shown = format!("{from}/{to}");
        Problem::field("/to", domain::indicator::rules::SPAN, [("value", shown)])
    };
    let spans: Vec<Span> = match (from, to) {
        (Span::Year(a), Span::Year(b)) if a <= b => (a..=b).take(MOST_POINTS + 1).map(Span::Year).collect(),
        (Span::Month(a), Span::Month(b)) if a <= b => {
            std::iter::successors(Some(a), |m: &Month| Some(m.next()).filter(|n| *n <= b))
                .take(MOST_POINTS + 1)
                .map(Span::Month)
                .collect()
        }
        _ => return Err(wrong()),
    };
    if spans.len() > MOST_POINTS { Err(wrong()) } else { Ok(spans) }
}
