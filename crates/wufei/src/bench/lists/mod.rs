//! `bench lists`: how long the lists take in a city with a million documents. The rows are made in bulk in a throw-away
//! database (never in a demonstration); the questions go through the routes that a browser asks, past the session only.

mod around;
mod fill;
mod firms;
mod pattern;
mod queries;
mod sink;

use std::io::Write;
use std::time::Instant;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use base64::Engine as _;
use serde::Serialize;
use tower::ServiceExt;

use super::place::Place;
use super::{Bench, NOW, SEED};
use crate::Failure;
use crate::commands::say;

/// What the issue allows for a page.
const LIMIT_MS: f64 = 100.0;
const RUNS: usize = 10;

/// One measured question.
#[derive(Debug, Serialize)]
struct Measured {
    bench: &'static str,
    engine: &'static str,
    rows: usize,
    query: String,
    p50_ms: f64,
    p95_ms: f64,
    items: usize,
    slow: bool,
}

/// Measures and prints as it goes.
pub(super) async fn run(options: &Bench) -> Result<(), Failure> {
    let mut place = Place::new(options)?;
    let outcome = Box::pin(run_at(options, &mut place)).await;
    let cleared = place.clear().await;
    outcome?;
    cleared
}

fn note(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

async fn run_at(options: &Bench, place: &mut Place) -> Result<(), Failure> {
    let url = match &options.keep {
        Some(url) => url.clone(),
        None => place.create().await?,
    };
    let (kit, clock) = super::house(&url, place, NOW, None).await?;
    let known = kit.db.read::<_, db::DbError, _>(|s| {
        Box::pin(async move {
            db::Sql::query_opt(s, "select id from manifest where id like '01900000-%' limit 1", &[]).await
        })
    });
    if known.await?.is_none() {
        let start = Instant::now();
        let story =
            simulator::Options { seed: SEED, now: NOW, days: options.days, size: simulator::Size::Small };
        Box::pin(simulator::play(&kit, &clock, &story, &|_, _| {})).await?;
        note(&format!("story after {:.0} s", start.elapsed().as_secs_f64()));
        let told = |what: &str| note(&format!("{what} after {:.0} s", start.elapsed().as_secs_f64()));
        fill::fill(&kit, options.engine, &url, options.rows, &told).await?;
        told("filled");
    }
    let firms = firms::Firms::known(&kit).await?;
    let (api, _) = app::api().split_for_parts();
    let api: Router = api.with_state(std::sync::Arc::clone(&kit));
    let runs = options.count.unwrap_or(RUNS);
    let (mut slow, mut asked) = (0, 0);
    for query in queries::queries(&kit.settings.tenant, &firms, options.rows) {
        if options.only.as_ref().is_some_and(|part| !query.name.contains(part.as_str())) {
            continue;
        }
        let one = ask(&api, &query, runs, options).await?;
        asked += 1;
        slow += usize::from(one.slow);
        if options.json {
            say(&serde_json::to_string(&one).map_err(|e| Failure::new(e.to_string()))?);
        } else {
            let mark = if one.slow { "  SLOW" } else { "" };
            say(&format!("{:8.1} {:8.1} ms  {:4}  {}{mark}", one.p50_ms, one.p95_ms, one.items, one.query));
        }
    }
    note(&format!("{}: {asked} questions, {slow} above {LIMIT_MS} ms", options.engine.name()));
    Ok(())
}

async fn ask(
    api: &Router,
    query: &queries::Query,
    runs: usize,
    options: &Bench,
) -> Result<Measured, Failure> {
    let mut took = Vec::new();
    let mut items = 0;
    for n in 0..=runs {
        let mut path = query.paths[n % query.paths.len()].clone();
        if let Some((key, id)) = &query.deep {
            let bytes = serde_json::to_vec(&(key, id)).map_err(|e| Failure::new(e.to_string()))?;
            let cursor = base64::prelude::BASE64_URL_SAFE_NO_PAD.encode(bytes);
            path = format!("{path}{}cursor={cursor}", if path.contains('?') { '&' } else { '?' });
        }
        let request = Request::get(&path).extension(std::sync::Arc::clone(&query.who)).body(Body::empty());
        let start = Instant::now();
        let Ok(answer) = api.clone().oneshot(request.map_err(|e| Failure::new(e.to_string()))?).await;
        let (parts, body) = answer.into_parts();
        let body = axum::body::to_bytes(body, usize::MAX).await.map_err(|e| Failure::new(e.to_string()))?;
        let spent = start.elapsed().as_secs_f64() * 1e3;
        if parts.status != StatusCode::OK {
            let text = String::from_utf8_lossy(&body).into_owned();
            return Err(Failure::new(format!("{}: {path} answered {}: {text}", query.name, parts.status)));
        }
        let page: serde_json::Value =
            serde_json::from_slice(&body).map_err(|e| Failure::new(e.to_string()))?;
        items = items.max(page["items"].as_array().map_or(0, Vec::len));
        // The first asking prepares the statement.
        if n > 0 {
            took.push(spent);
        }
        // What takes seconds needs no tenth look.
        if spent > 2_000.0 && n > 0 {
            break;
        }
    }
    took.sort_by(f64::total_cmp);
    let at =
        |share: usize| took.get((took.len() * share).div_ceil(100).saturating_sub(1)).copied().unwrap_or(0.0);
    let tenth = |v: f64| (v * 10.0).round() / 10.0;
    Ok(Measured {
        bench: "lists",
        engine: options.engine.name(),
        rows: options.rows,
        query: query.name.clone(),
        p50_ms: tenth(at(50)),
        p95_ms: tenth(at(95)),
        items,
        slow: at(95) > LIMIT_MS,
    })
}
