//! Figures as they go out: the list of a year, one figure with what it is made of.

use std::collections::BTreeMap;
use std::sync::Arc;

use db::{Sql, params};
use domain::access::Permission;
use domain::indicator::{Definition, Graph, Light, Span};
use domain::time::format_instant;
use serde::Deserialize;
use utoipa::IntoParams;

use super::ask;
use super::catalogue::{Shipped, pick};
use super::model::{
    IndicatorFigure, IndicatorInput, IndicatorList, IndicatorRow, IndicatorUnit, IndicatorVersion,
};
use super::snapshot::{Computed, Snapshot};
use super::tally::Place;
use super::words::{digits, named, town_name};
use crate::kit::{Kit, Lang, OpContext, Problem};

/// Order of the groups.
const GROUPS: [&str; 8] =
    ["reduction", "utilisation", "disposal", "capability", "satisfaction", "city", "ledger", "input"];
/// Narrows the list.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct IndicatorQuery {
    /// Year; the present one when left out.
    pub year: Option<String>,
    /// Day `YYYY-MM-DD`, whole, or instant (RFC 3339); the present when left out.
    pub as_of: Option<String>,
    /// Town.
    pub town: Option<String>,
    /// Group.
    pub group: Option<String>,
    /// `green`, `amber`, `red`, `none`.
    pub light: Option<String>,
    /// `computed` or `filled`.
    pub source: Option<String>,
    /// Words of name or key.
    pub q: Option<String>,
}

/// Which figure.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct FigureQuery {
    /// Year or month; the present year when left out.
    pub period: Option<String>,
    /// Town.
    pub town: Option<String>,
    /// Day or instant.
    pub as_of: Option<String>,
}

fn name_of(org: &str, s: &Snapshot, lang: Lang) -> IndicatorUnit {
    IndicatorUnit { key: org.to_owned(), name: s.org_name(org, lang) }
}

fn row(s: &Snapshot, shipped: &Shipped, span: Span, figure: &Computed, lang: Lang) -> IndicatorRow {
    let catalogue = s.catalogue();
    let target = s.target(&shipped.key, span.year());
    let yearly = matches!(span, Span::Year(_));
    // A target is of a year: a month has none.
    let light = if yearly { s.light(&shipped.key, figure.exact, &target) } else { Light::None };
    let group = |key: &str| catalogue.groups.get(key).map_or_else(|| key.to_owned(), |b| pick(b, lang));
    IndicatorRow {
        key: shipped.key.clone(),
        number: shipped.number,
        group: shipped.group.clone(),
        group_name: group(&shipped.group),
        subgroup_name: shipped
            .subgroup
            .as_ref()
            .and_then(|k| catalogue.subgroups.get(k))
            .map(|b| pick(b, lang)),
        name: pick(&shipped.name, lang),
        unit: shipped.unit.as_str().to_owned(),
        unit_label: catalogue.unit(shipped.unit, lang),
        kind: shipped.kind.as_str().to_owned(),
        direction: shipped.direction.as_str().to_owned(),
        decimals: shipped.decimals,
        required: shipped.required,
        doubt: shipped.doubt.clone(),
        certainty: shipped.certainty.clone(),
        formula_certainty: shipped.formula_certainty.clone(),
        source: if shipped.formula.is_some() { "computed" } else { "filled" }.to_owned(),
        units: catalogue.units_of(&shipped.key).iter().map(|k| name_of(k, s, lang)).collect(),
        by_town: catalogue.by_town.contains(&shipped.key),
        period: span.to_string(),
        value: figure.value.map(digits),
        state: figure.state.as_str().to_owned(),
        reason: figure.why.as_ref().map(|why| s.explain(why, lang)),
        target: target.value.map(digits),
        target_words: target.words.map(|(zh, en)| if lang == Lang::Zh { zh } else { en }),
        target_certainty: Some(target.certainty).filter(|c| !c.is_empty()),
        baseline: target.baseline.map(digits),
        light: light.as_str().to_owned(),
        version: figure.version,
    }
}

/// The indicators of a year.
///
/// # Errors
/// 403; 404 for another town; 422 for a filter that cannot be read.
pub async fn list(
    kit: &Arc<Kit>,
    ctx: &Arc<OpContext>,
    query: &IndicatorQuery,
) -> Result<IndicatorList, Problem> {
    let reach = ctx.require(Permission::IndicatorRead)?;
    let asked = ask::Asked::read(kit, &reach, query.town.as_deref(), query.as_of.as_deref())?;
    let span = ask::year(kit, query.year.as_deref(), "/year")?;
    ask::word(query.light.as_deref(), Light::ALL.iter().map(|l| l.as_str()), "/light")?;
    ask::word(query.source.as_deref(), ["computed", "filled"].into_iter(), "/source")?;
    ask::word(query.group.as_deref(), GROUPS.into_iter(), "/group")?;
    let snapshot = ask::snapshot(kit, ctx, asked.as_of).await?;
    let lang = ctx.lang;
    let place = asked.place();
    let words: String =
        query.q.as_deref().unwrap_or_default().trim().to_lowercase().chars().take(100).collect();
    let (mut items, mut lights) = (Vec::new(), BTreeMap::new());
    for shipped in &snapshot.catalogue().shipped {
        let figure = snapshot.figure(&shipped.key, span, place)?;
        let row = row(&snapshot, shipped, span, &figure, lang);
        let wanted = query.group.as_ref().is_none_or(|g| *g == row.group)
            && query.source.as_ref().is_none_or(|s| *s == row.source)
            && (words.is_empty()
                || row.key.contains(&words)
                || row.name.to_lowercase().contains(&words)
                || row.units.iter().any(|u| u.name.to_lowercase().contains(&words)));
        if !wanted {
            continue;
        }
        *lights.entry(row.light.clone()).or_insert(0) += 1;
        if query.light.as_ref().is_none_or(|l| *l == row.light) {
            items.push(row);
        }
    }
    items.sort_by_key(|r| GROUPS.iter().position(|g| *g == r.group));
    let group = |key: &&str| IndicatorUnit {
        key: (*key).to_owned(),
        name: snapshot.catalogue().groups.get(*key).map(|b| pick(b, lang)).unwrap_or_default(),
    };
    Ok(IndicatorList {
        year: span.year(),
        town: asked.town,
        as_of: asked.as_of.map(format_instant),
        data_time: format_instant(snapshot.present()),
        position: snapshot.tally.position,
        items,
        lights,
        groups: GROUPS.iter().map(group).collect(),
    })
}

fn inputs(s: &Snapshot, graph: &Graph, span: Span, figure: &Computed, lang: Lang) -> Vec<IndicatorInput> {
    let catalogue = s.catalogue();
    figure
        .inputs
        .iter()
        .map(|input| {
            let measure = catalogue.measure(&input.name);
            let filled = graph.definition(&input.name).is_some_and(Definition::is_filled);
            let rests_on = if measure.is_some() || filled { Vec::new() } else { graph.leaves(&input.name) };
            let decimals = graph.definition(&input.name).map_or(6, |d| d.decimals);
            IndicatorInput {
                label: catalogue.name(&input.name, lang),
                years_before: input.years_before,
                period: span.before(input.years_before).to_string(),
                unit_label: catalogue.unit(input.unit, lang),
                value: input
                    .value
                    .as_ref()
                    .ok()
                    .map(|v| digits(domain::indicator::graph::round(*v, decimals))),
                reason: input.value.as_ref().err().map(|why| s.explain(why, lang)),
                kind: if measure.is_some() {
                    "measure"
                } else if filled {
                    "filled"
                } else {
                    "computed"
                }
                .to_owned(),
                attribution: measure.map(|m| pick(&m.attribution, lang)),
                rests_on: rests_on
                    .into_iter()
                    .map(|key| IndicatorUnit { name: catalogue.name(&key, lang), key })
                    .collect(),
                name: input.name.clone(),
            }
        })
        .collect()
}

/// One figure.
///
/// # Errors
/// 403; 404 for an unknown key or another town; 422 for a period or day that cannot be read.
pub async fn figure(
    kit: &Arc<Kit>,
    ctx: &Arc<OpContext>,
    key: &str,
    query: &FigureQuery,
) -> Result<IndicatorFigure, Problem> {
    let reach = ctx.require(Permission::IndicatorRead)?;
    let asked = ask::Asked::read(kit, &reach, query.town.as_deref(), query.as_of.as_deref())?;
    let span = ask::span(kit, query.period.as_deref(), "/period")?;
    let snapshot = ask::snapshot(kit, ctx, asked.as_of).await?;
    let lang = ctx.lang;
    let shipped = snapshot.catalogue().get(key).ok_or_else(Problem::not_found)?;
    let place = asked.place();
    let graph = snapshot.book.graph(span)?;
    let figure = snapshot.figure(key, span, place)?;
    let names = by_names(kit, ctx, &snapshot, key).await?;
    let definition = snapshot.book.definition(key, figure.version).ok_or_else(Problem::internal)?;
    let mut versions = Vec::new();
    for version in (1..=snapshot.book.newest(key)).rev() {
        versions.push(version_view(&snapshot, shipped, version, &figure, span, place, lang, &names)?);
    }
    let formula_words = versions.iter().find(|v| v.in_force).map(|v| v.words.clone()).unwrap_or_default();
    let mut may = Vec::new();
    if shipped.formula.is_none() && super::values::may_fill(kit, ctx, shipped).await? {
        may.push("fill");
    }
    if ctx.may(Permission::IndicatorDefine) {
        may.extend(["define", "target"]);
    }
    Ok(IndicatorFigure {
        row: row(&snapshot, shipped, span, &figure, lang),
        town_name: asked.town.as_deref().map(|code| town_name(&snapshot, code, lang)),
        town: asked.town.clone(),
        as_of: asked.as_of.map(format_instant),
        data_time: format_instant(snapshot.present()),
        formula_named: definition.formula.as_deref().map(|f| named(snapshot.catalogue(), f, lang)),
        formula: definition.formula,
        formula_words,
        inputs: inputs(&snapshot, &graph, span, &figure, lang),
        versions,
        records_from: snapshot.tally.first_month().map(|m| m.to_string()),
        may,
    })
}

fn version_view(
    s: &Snapshot,
    shipped: &Shipped,
    version: i64,
    figure: &Computed,
    span: Span,
    place: Place<'_>,
    lang: Lang,
    names: &BTreeMap<String, String>,
) -> Result<IndicatorVersion, Problem> {
    let stored = s.book.later(&shipped.key).iter().find(|v| v.defined.version == version);
    let by = s.figure_by(&shipped.key, version, span, place)?;
    let formula = stored.map_or(shipped.formula.as_deref(), |v| v.defined.formula.as_deref());
    let words = match stored {
        Some(v) if lang == Lang::Zh => v.defined.words.zh.clone(),
        Some(v) => v.defined.words.en.clone(),
        None => pick(&shipped.formula_words, lang),
    };
    Ok(IndicatorVersion {
        version,
        valid_from: stored.map(|v| v.defined.valid_from.clone()),
        in_force: figure.version == version,
        formula_named: formula.map(|f| named(s.catalogue(), f, lang)),
        formula: formula.map(str::to_owned),
        words,
        reason: stored.map(|v| v.defined.reason.clone()),
        recorded_at: stored.map(|v| format_instant(v.recorded_at)),
        by_name: stored.and_then(|v| names.get(&v.by).cloned()),
        value: by.value.map(digits),
        why: by.why.as_ref().map(|why| s.explain(why, lang)),
    })
}

/// Names of the people who changed a definition.
async fn by_names(
    kit: &Arc<Kit>,
    ctx: &Arc<OpContext>,
    s: &Snapshot,
    key: &str,
) -> Result<BTreeMap<String, String>, Problem> {
    let accounts: Vec<String> = s.book.later(key).iter().map(|v| v.by.clone()).collect();
    if accounts.is_empty() {
        return Ok(BTreeMap::new());
    }
    let tenant = ctx.tenant.clone();
    kit.db
        .read(move |sql| {
            Box::pin(async move {
                let mut out = BTreeMap::new();
                for id in accounts {
                    let values = params![tenant.as_str(), id.as_str()];
                    let text = "select name from account where tenant_id = $1 and id = $2";
                    let name = sql.query_opt(text, &values).await?;
                    if let Some(name) = name.and_then(|r| r.get::<Option<String>>("name").ok().flatten()) {
                        out.insert(id, name);
                    }
                }
                Ok::<_, Problem>(out)
            })
        })
        .await
}
