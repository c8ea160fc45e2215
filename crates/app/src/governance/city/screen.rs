//! The screen: counts, stock, flow and warnings within the caller's reach. Counts are asked of the lists that they
//! open. An answer that took long to find is held for a while, and says of when it is.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use domain::access::Permission;
use domain::time::{Zone, format_instant};
use serde::Deserialize;
use utoipa::IntoParams;

use super::link::link;
use super::model::{
    CategoryRow, CityFigure, CityLabel, CityPeriod, CityScreen, CityStock, CityWarnings, SeverityFigure,
    StoreRow,
};
use super::period::Span;
use super::{flow, rules};
use crate::kit::{Kit, OpContext, Problem, Reach};
use crate::ledger::sums::{self, CategoryStock, Store};
use crate::monitoring::warnings::list::{self as warnings, WarningQuery};
use crate::registry::catalogue::catalogue;
use crate::registry::entity::Entity;
use crate::registry::list::{self as registry, ListQuery};
use crate::registry::profile::profile;
use crate::transfer::flow::{Flow, Source};
use crate::transfer::list as manifests;
use crate::transfer::model::ManifestQuery;

/// What the screen shows.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ScreenQuery {
    /// Month of the flow, `YYYY-MM`.
    pub month: Option<String>,
    /// Year of the flow; the present one when neither is given.
    pub year: Option<String>,
    /// Sources of the flow: `town` (default) or `trade`.
    pub by: Option<String>,
}

/// Words of the lots that are in stock.
const IN_STOCK: &str = "generated,stored,staged";
/// Stores shown as nearly full.
const FULLEST: usize = 3;
/// Warnings shown.
const LATEST: i64 = 5;
/// What takes longer than this to find (microseconds) is held so many times as long, at most [`HELD`].
const SLOW: i64 = 250_000;
const TIMES: i64 = 20;
const HELD: i64 = 30_000_000;
/// Answers held at once.
const PLACES: usize = 64;

/// Answers that took long, with the time until which they are good.
#[derive(Default)]
struct Holding(Mutex<BTreeMap<String, (i64, Arc<CityScreen>)>>);

/// The screen.
///
/// # Errors
/// 403 for a caller who may not see it; 422 for a period or a word that is none.
pub async fn screen(
    kit: &Arc<Kit>,
    ctx: &Arc<OpContext>,
    query: &ScreenQuery,
) -> Result<Arc<CityScreen>, Problem> {
    let reach = ctx.require(Permission::CityRead)?;
    let zone = Zone::named(&kit.settings.zone).map_err(|_| Problem::internal())?;
    let now = kit.clock.now();
    let today = zone.date_of(now);
    let span = Span::read(query.month.as_deref(), query.year.as_deref(), today)?;
    let by = match query.by.as_deref().unwrap_or("town") {
        "town" => Source::Town,
        "trade" => Source::Trade,
        other => {
            let value = other.chars().take(40).collect();
            return Err(Problem::field(
                "/by",
                rules::WORD,
                [("value", value), ("allowed", "town, trade".to_owned())],
            ));
        }
    };
    let key = format!("{}|{reach:?}|{}|{by:?}|{}", ctx.tenant, span.key(), ctx.lang.tag());
    let holding = kit.parts.get::<Holding>();
    if let Some((until, held)) = holding.0.lock().unwrap_or_else(PoisonError::into_inner).get(&key)
        && now < *until
    {
        return Ok(Arc::clone(held));
    }
    let made = Arc::new(make(kit, ctx, &reach, span, by, &zone, now).await?);
    let took = kit.clock.now().saturating_sub(now);
    if took > SLOW {
        let mut all = holding.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|_, (until, _)| now < *until);
        if all.len() < PLACES {
            all.insert(key, (now + took + (took * TIMES).min(HELD), Arc::clone(&made)));
        }
    }
    Ok(made)
}

async fn make(
    kit: &Arc<Kit>,
    ctx: &Arc<OpContext>,
    reach: &Reach,
    span: Span,
    by: Source,
    zone: &Zone,
    now: i64,
) -> Result<CityScreen, Problem> {
    let today = zone.date_of(now).to_string();
    let (categories, stores, flows) = {
        let (tenant, reach, zone) = (ctx.tenant.clone(), reach.clone(), zone.clone());
        kit.db
            .read(move |sql| {
                Box::pin(async move {
                    let categories = sums::stock_by_category(sql, &tenant, &reach, now).await?;
                    let stores = sums::stores(sql, &tenant, &reach).await?;
                    let flow =
                        crate::transfer::flow::flow(sql, &tenant, &reach, span.days(), &zone, by).await?;
                    Ok::<_, Problem>((categories, stores, flow))
                })
            })
            .await?
    };
    let at = format_instant(now);
    let period = period(span);
    let town = match reach {
        Reach::Town(code) => Some(town_label(kit, code)),
        _ => None,
    };
    Ok(CityScreen {
        counts: counts(kit, ctx, reach, &today, categories.iter().map(|row| row.containers).sum()).await?,
        stock: stock(&categories, &stores, &at),
        flow: flow_of(kit, &flows, by, &period, &at),
        warnings: open_warnings(kit, ctx).await?,
        at,
        period,
        town,
    })
}

/// The period as it is sent.
pub(super) fn period(span: Span) -> CityPeriod {
    let days = span.days();
    CityPeriod { key: span.key(), from: days.from.to_string(), to: days.to.to_string() }
}

/// The name of a town, from the city's profile.
pub(super) fn town_label(kit: &Kit, code: &str) -> CityLabel {
    let city = profile(&kit.settings.profile);
    let org = city.as_ref().and_then(|city| {
        city.organisations
            .iter()
            .find(|o| o.division_code == code && !o.overlay && o.kinds.iter().any(|k| k == "town"))
    });
    if let Some(org) = org {
        let zh = if org.short_name.is_empty() { &org.name } else { &org.short_name };
        return CityLabel { zh: zh.clone(), en: org.name_en.clone() };
    }
    let name =
        city.as_ref().and_then(|city| city.towns.iter().find(|t| t.code == code)).map(|t| t.name.clone());
    let name = name.unwrap_or_else(|| code.to_owned());
    CityLabel { zh: name.clone(), en: name }
}

fn category_name(category: &str) -> String {
    catalogue()
        .wastes
        .iter()
        .rev()
        .find(|waste| waste.category == category)
        .map(|waste| waste.category_name.clone())
        .unwrap_or_default()
}

async fn counts(
    kit: &Arc<Kit>,
    ctx: &Arc<OpContext>,
    reach: &Reach,
    today: &str,
    containers: i64,
) -> Result<Vec<CityFigure>, Problem> {
    let some = |text: &str| Some(text.to_owned());
    let one = Some(1);
    let mut out = Vec::new();
    let mut put = |key: &str, value: Option<i64>, link: String| {
        let at = format_instant(kit.clock.now());
        out.push(CityFigure { key: key.to_owned(), value: value.unwrap_or_default(), at, link });
    };
    let moving = ManifestQuery { status: some("in_transit"), limit: one, ..ManifestQuery::default() };
    let total = manifests::list(kit, ctx, moving).await?.total;
    put("in_transit", total, link("/manifests", &[("status", "in_transit")]));
    let departed = ManifestQuery {
        departed_from: some(today),
        departed_to: some(today),
        limit: one,
        ..ManifestQuery::default()
    };
    let total = manifests::list(kit, ctx, departed).await?.total;
    put("departed_today", total, link("/manifests", &[("departed_from", today), ("departed_to", today)]));
    let confirmed = ManifestQuery {
        confirmed_from: some(today),
        confirmed_to: some(today),
        limit: one,
        ..ManifestQuery::default()
    };
    let total = manifests::list(kit, ctx, confirmed).await?.total;
    put("confirmed_today", total, link("/manifests", &[("confirmed_from", today), ("confirmed_to", today)]));
    put("containers", Some(containers), link("/lots", &[("status", IN_STOCK)]));
    let town = match reach {
        Reach::Town(code) => code.as_str(),
        _ => "",
    };
    if let Some(orgs) = Entity::of("orgs") {
        let query = ListQuery {
            kind: some("enterprise"),
            status: some("active"),
            town: (!town.is_empty()).then(|| town.to_owned()),
            limit: one,
            ..ListQuery::default()
        };
        let total = registry::list(kit, ctx, orgs, &query).await?.total;
        let filters = [("kind", "enterprise"), ("status", "active"), ("town", town)];
        put("firms", total, link("/registry/orgs", &filters));
    }
    Ok(out)
}

fn stock(categories: &[CategoryStock], stores: &[Store], at: &str) -> CityStock {
    let rows = categories
        .iter()
        .map(|row| {
            let takes = |store: &&Store| {
                let code = format!("-{}", row.category.trim_start_matches("HW"));
                store.accepts.is_empty()
                    || store.accepts.iter().any(|one| *one == row.category || one.ends_with(&code))
            };
            CategoryRow {
                category: row.category.clone(),
                name: category_name(&row.category),
                mass_g: row.mass_g,
                containers: row.containers,
                late: row.late,
                capacity_g: stores.iter().filter(takes).map(|store| store.capacity_g).sum(),
                link: link("/lots", &[("status", IN_STOCK), ("waste_code", &row.category)]),
            }
        })
        .collect();
    let fullest = stores
        .iter()
        .filter(|store| store.mass_g > 0)
        .take(FULLEST)
        .map(|store| StoreRow {
            id: store.id.clone(),
            name: store.name.clone(),
            org_name: store.org_name.clone(),
            mass_g: store.mass_g,
            capacity_g: store.capacity_g,
            link: link("/lots", &[("status", IN_STOCK), ("facility_id", &store.id)]),
        })
        .collect();
    CityStock {
        at: at.to_owned(),
        mass_g: categories.iter().map(|row| row.mass_g).sum(),
        containers: categories.iter().map(|row| row.containers).sum(),
        late: categories.iter().map(|row| row.late).sum(),
        capacity_g: stores.iter().map(|store| store.capacity_g).sum(),
        stored_g: stores.iter().map(|store| store.mass_g).sum(),
        rows,
        fullest,
        link: link("/lots", &[("status", IN_STOCK)]),
    }
}

fn flow_of(kit: &Kit, flows: &Flow, by: Source, period: &CityPeriod, at: &str) -> super::model::CityFlow {
    let category =
        |key: &str| Some(CityLabel { zh: format!("{key} {}", category_name(key)), en: key.to_owned() });
    let source = |key: &str| match by {
        Source::Town => Some(town_label(kit, key)),
        Source::Trade => None,
    };
    let by = match by {
        Source::Town => "town",
        Source::Trade => "trade",
    };
    let names =
        flow::Names { source: &source, category: &category, by, from: &period.from, to: &period.to, at };
    flow::build(flows, &names)
}

async fn open_warnings(kit: &Arc<Kit>, ctx: &Arc<OpContext>) -> Result<CityWarnings, Problem> {
    let open = || WarningQuery { status: Some("open".to_owned()), ..WarningQuery::default() };
    let counts = warnings::counts(kit, ctx, open()).await?;
    let latest = warnings::list(kit, ctx, WarningQuery { limit: Some(LATEST), ..open() }).await?;
    let by_severity = ["high", "medium", "low", "notice"]
        .into_iter()
        .map(|severity| SeverityFigure {
            severity: severity.to_owned(),
            count: counts.by_severity.iter().find(|one| one.key == severity).map_or(0, |one| one.count),
            link: link("/warnings", &[("status", "open"), ("severity", severity)]),
        })
        .collect::<Vec<_>>();
    Ok(CityWarnings {
        at: format_instant(kit.clock.now()),
        open: by_severity.iter().map(|one| one.count).sum(),
        by_severity,
        latest: latest.items,
        link: link("/warnings", &[("status", "open")]),
    })
}
