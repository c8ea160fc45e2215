//! One figure for every town, for the colours of the map. Towns are those of the city's profile; a park that overlaps
//! towns is none of them, so nothing is counted twice.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::Grams;
use domain::access::Permission;
use domain::time::{Zone, format_instant};
use serde::Deserialize;
use utoipa::IntoParams;

use super::link::link;
use super::model::{TownFigure, TownFigures};
use super::period::Span;
use super::rules;
use super::screen::{period, town_label};
use crate::kit::{Kit, OpContext, Problem, Reach};
use crate::ledger::sums;
use crate::registry::profile::profile;

/// Which figure of which period.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct TownsQuery {
    /// `generated` (default).
    pub indicator: Option<String>,
    /// Month, `YYYY-MM`.
    pub month: Option<String>,
    /// Year; the present one when neither is given.
    pub year: Option<String>,
}

const GENERATED: &str = "generated";

/// A figure for every town within reach.
///
/// # Errors
/// 403 for a caller who may not see it; 422 for a period or a figure that is none.
pub async fn towns(kit: &Arc<Kit>, ctx: &Arc<OpContext>, query: &TownsQuery) -> Result<TownFigures, Problem> {
    let reach = ctx.require(Permission::CityRead)?;
    let zone = Zone::named(&kit.settings.zone).map_err(|_| Problem::internal())?;
    let now = kit.clock.now();
    let span = Span::read(query.month.as_deref(), query.year.as_deref(), zone.date_of(now))?;
    let wanted = query.indicator.as_deref().filter(|key| !key.is_empty()).unwrap_or(GENERATED);
    if wanted != GENERATED {
        let value = wanted.chars().take(40).collect();
        let allowed = ("allowed", GENERATED.to_owned());
        return Err(Problem::field("/indicator", rules::WORD, [("value", value), allowed]));
    }
    let (tenant, within) = (ctx.tenant.clone(), reach.clone());
    let rows = kit
        .db
        .read(move |sql| {
            Box::pin(async move { sums::generated_by_town(sql, &tenant, &within, span.months()).await })
        })
        .await?;
    let mut masses: BTreeMap<String, i64> = rows.into_iter().collect();
    let city = profile(&kit.settings.profile);
    for town in city.iter().flat_map(|city| &city.towns) {
        let seen = match &reach {
            Reach::Town(code) => *code == town.code,
            _ => true,
        };
        if seen {
            masses.entry(town.code.clone()).or_default();
        }
    }
    let (from, to) = (span.months().from.to_string(), span.months().until.to_string());
    let towns = masses
        .into_iter()
        .map(|(code, mass)| TownFigure {
            label: town_label(kit, &code),
            value: Some(Grams(mass).to_tonnes()),
            reason: None,
            link: link(
                "/ledger/entries",
                &[("kind", GENERATED), ("town", &code), ("from", &from), ("to", &to)],
            ),
            code,
        })
        .collect();
    Ok(TownFigures {
        at: format_instant(now),
        indicator: wanted.to_owned(),
        label: None,
        unit: "t".to_owned(),
        period: period(span),
        towns,
    })
}
