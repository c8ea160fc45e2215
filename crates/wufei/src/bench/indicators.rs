//! All figures that the ledger alone gives, for every town and 24 months: after one change ("ours"), and from empty, which
//! is the bare equivalent of keeping nothing ("bare").

use std::sync::Arc;

use app::governance::indicators::sweep::{Sweep, sweep};
use app::governance::indicators::tally;
use app::kit::{Kit, OpContext};
use app::ledger::commands;
use app::ledger::model::{ContainerInput, GenerationInput};
use db::{Sql, params};
use domain::access::{OrgKind, Role};
use domain::time::{Month, Zone, format_instant};

use super::line::{Line, Run, Watch};
use super::place::Place;
use super::{Bench, NOW, SEED};
use crate::Failure;

const MONTHS: usize = 24;

/// Measures.
pub async fn measure(options: &Bench) -> Result<Vec<Line>, Failure> {
    let mut place = Place::new(options)?;
    let outcome = Box::pin(measure_at(options, &mut place)).await;
    let cleared = place.clear().await;
    let line = outcome?;
    cleared?;
    Ok(vec![line])
}

async fn measure_at(options: &Bench, place: &mut Place) -> Result<Line, Failure> {
    let url = place.create().await?;
    let (kit, clock) = super::house(&url, place, NOW, None).await?;
    let story = simulator::Options { seed: SEED, now: NOW, days: options.days, size: simulator::Size::Small };
    let played = Box::pin(simulator::play(&kit, &clock, &story, &|_, _| {})).await?;
    let tenant = kit.settings.tenant.clone();
    let zone = Zone::named(&kit.settings.zone).map_err(|e| Failure::new(e.to_string()))?;
    let last = zone.month_of(kit.clock.now());
    let (mut changed, mut empty, mut seen) = (Vec::new(), Vec::new(), Sweep::default());
    for _ in 0..options.runs {
        tally::forget(&kit);
        let (run, found) = timed(&kit, &tenant, last).await?;
        empty.push(run);
        seen = found;
        change(&kit, &tenant).await?;
        changed.push(timed(&kit, &tenant, last).await?.0);
    }
    let entries = count(&kit, &tenant).await?;
    drop(kit);
    let (after, fresh) = (millis(&changed), millis(&empty));
    Ok(Line::new("indicators", options.engine.name(), "sweeps/s", &changed, &empty)
        .with("figures", seen.figures)
        .with("values", seen.values)
        .with("months", MONTHS)
        .with("entries", entries)
        .with("manifests", played.manifests)
        .with("from_empty_ms", fresh)
        .with("after_change_ms", after))
}

async fn timed(kit: &Arc<Kit>, tenant: &str, last: Month) -> Result<(Run, Sweep), Failure> {
    let watch = Watch::start();
    let found = sweep(kit, tenant, last, MONTHS).await?;
    Ok((watch.stop(1), found))
}

/// The median in whole milliseconds.
fn millis(runs: &[Run]) -> u64 {
    let mut all: Vec<f64> = runs.iter().map(|run| 1_000.0 / run.rate()).collect();
    all.sort_by(f64::total_cmp);
    let middle = all.get(all.len() / 2).copied().unwrap_or_default();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a time in milliseconds")]
    {
        middle.ceil() as u64
    }
}

/// One container more, generated where one was generated before.
async fn change(kit: &Arc<Kit>, tenant: &str) -> Result<(), Failure> {
    let name = tenant.to_owned();
    let row = kit
        .db
        .read(move |sql| {
            Box::pin(async move {
                let text = "select holder_id, site_id, waste_code, name, form, packaging from lot \
                     where tenant_id = $1 and origin = 'generated' and waste_code is not null order by id limit 1";
                let row = sql.query_opt(text, &params![name]).await?;
                let Some(row) = row else { return Ok(None) };
                Ok::<_, db::DbError>(Some((
                    row.get::<String>("holder_id")?,
                    row.get::<String>("site_id")?,
                    row.get::<String>("waste_code")?,
                    row.get::<String>("name")?,
                    row.get::<String>("form")?,
                    row.get::<String>("packaging")?,
                )))
            })
        })
        .await
        .map_err(|e| Failure::new(e.to_string()))?;
    let Some((holder, site_id, waste_code, internal_name, form, packaging)) = row else {
        return Err(Failure::new("the story generated nothing: give more --days"));
    };
    let ctx = Arc::new(OpContext {
        account_id: "bench".to_owned(),
        person_id: "bench".to_owned(),
        org_id: holder,
        org_kinds: vec![OrgKind::Enterprise],
        roles: vec![Role::Manager],
        ..OpContext::nobody(tenant)
    });
    let input = GenerationInput {
        site_id,
        generating_facility_id: None,
        waste_code,
        internal_name,
        form,
        traits: Vec::new(),
        components: String::new(),
        packaging,
        capacity_ml: Some(200_000),
        containers: vec![ContainerInput { mass_g: 10_000, gross_g: None, tare_g: None }],
        occurred_at: format_instant(kit.clock.now()),
        storage_facility_id: None,
        note: None,
    };
    commands::generate(kit, &ctx, input).await?;
    Ok(())
}

async fn count(kit: &Arc<Kit>, tenant: &str) -> Result<i64, Failure> {
    let name = tenant.to_owned();
    kit.db
        .read(move |sql| {
            Box::pin(async move {
                let text = "select count(*) as n from ledger_entry where tenant_id = $1";
                let row = sql.query_opt(text, &params![name]).await?;
                row.map_or(Ok(0), |row| row.get("n"))
            })
        })
        .await
        .map_err(|e: db::DbError| Failure::new(e.to_string()))
}
