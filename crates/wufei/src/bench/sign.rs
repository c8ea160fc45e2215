//! Signatures per second of many clients through the real service and the database writer, against the very same
//! statements said again by a bare client on an identical copy of the database.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use app::kit::clock::SwitchClock;
use app::kit::{Clock, Kit, Problem};
use app::transfer::sign::sign;
use db::Recorder;
use simulator::Draft;

use super::bare_lite::{self, Replay};
use super::line::{Line, Run, Watch};
use super::place::Place;
use super::recording::{Recording, Tape};
use super::{Bench, Engine, NOW, SEED, bare_pg};
use crate::Failure;
use crate::server::metrics;

/// Signatures a run, unless said otherwise.
const COUNT: usize = 2_000;
const CLIENTS: usize = 32;
/// Signatures before the clock starts: connections, prepared statements and caches are ready then, on both sides.
const WARM: usize = 128;
/// Most commands that are committed one by one a run: each costs a sync of the disk.
const ONE_BY_ONE: usize = 500;

/// Measures.
pub async fn measure(options: &Bench) -> Result<Vec<Line>, Failure> {
    let mut place = Place::new(options)?;
    let outcome = Box::pin(measure_at(options, &mut place)).await;
    let cleared = place.clear().await;
    let lines = outcome?;
    cleared?;
    Ok(lines)
}

/// The prepared database and what is signed in it.
struct Scene {
    base: String,
    drafts: Arc<Vec<Draft>>,
    now: i64,
    clients: usize,
    warm: usize,
}

async fn measure_at(options: &Bench, place: &mut Place) -> Result<Vec<Line>, Failure> {
    let timed = options.count.unwrap_or(COUNT);
    let warm = WARM.min(timed);
    let scene = prepare(place, warm + timed, warm, options.clients.unwrap_or(CLIENTS)).await?;
    let recording = Arc::new(record(options, place, &scene).await?);
    let (mut ours, mut bare, mut single) = (Vec::new(), Vec::new(), Vec::new());
    let mut groups = Vec::new();
    for _ in 0..options.runs {
        let run = run_ours(place, &scene, None).await?;
        let group = run.group.unwrap_or_else(|| recording.group());
        ours.push(run.run);
        groups.push(group);
        let all = Replay { warm, until: recording.len(), group: whole(group), savepoints: true };
        let (again, events) = run_bare(options, place, &scene, &recording, all).await?;
        if events != run.events {
            return Err(Failure::new(format!(
                "the bare client left {events} events and ours {}: not the same work",
                run.events
            )));
        }
        bare.push(again);
        if options.engine == Engine::Sqlite {
            let until = (warm + ONE_BY_ONE).min(recording.len());
            let alone = Replay { warm, until, group: 1, savepoints: false };
            single.push(run_bare(options, place, &scene, &recording, alone).await?.0);
        }
    }
    let group = groups.iter().sum::<f64>() / groups.len().max(1) as f64;
    let finish = |line: Line| {
        line.with("clients", scene.clients)
            .with("count", timed)
            .with("group", (group * 10.0).round() / 10.0)
            .with("statements", (recording.statements() * 10.0).round() / 10.0)
    };
    let unit = "signatures/s";
    let mut lines = vec![finish(Line::new("sign", options.engine.name(), unit, &ours, &bare))];
    if !single.is_empty() {
        let line = Line::new("sign_vs_commit_per_request", options.engine.name(), unit, &ours, &single);
        lines.push(finish(line));
    }
    Ok(lines)
}

/// The group nearest to an average.
fn whole(group: f64) -> usize {
    let mut size = 1;
    while (size as f64) + 0.5 <= group {
        size += 1;
    }
    size
}

async fn prepare(place: &mut Place, count: usize, warm: usize, clients: usize) -> Result<Scene, Failure> {
    let base = place.create().await?;
    let (kit, clock) = super::house(&base, place, NOW, None).await?;
    let story = simulator::Options { seed: SEED, now: NOW, days: 0, size: simulator::Size::Small };
    let drafts = Box::pin(simulator::drafts(&kit, &clock, &story, count)).await?;
    let now = clock.now();
    drop(kit);
    place.rest(&base).await?;
    Ok(Scene { base, drafts: Arc::new(drafts), now, clients, warm })
}

async fn record(options: &Bench, place: &mut Place, scene: &Scene) -> Result<Recording, Failure> {
    let tape = Tape::default();
    run_ours(place, scene, Some(tape.recorder())).await?;
    let recording = Recording::cut(tape.take())?;
    if recording.len() != scene.drafts.len() {
        return Err(Failure::new(format!(
            "{} signatures gave {} commands",
            scene.drafts.len(),
            recording.len()
        )));
    }
    Ok(if options.engine == Engine::Sqlite { recording.numbered() } else { recording })
}

struct Ours {
    run: Run,
    /// Commands in a transaction while the clock ran.
    group: Option<f64>,
    /// Events in the journal afterwards.
    events: i64,
}

async fn run_ours(place: &mut Place, scene: &Scene, recorder: Option<Recorder>) -> Result<Ours, Failure> {
    metrics::install();
    let url = place.copy(&scene.base).await?;
    let (kit, clock) = super::house(&url, place, scene.now, recorder).await?;
    sign_all(&kit, &clock, scene, 0..scene.warm).await?;
    let before = grouped(&kit).await;
    let watch = Watch::start();
    sign_all(&kit, &clock, scene, scene.warm..scene.drafts.len()).await?;
    let run = watch.stop(scene.drafts.len() - scene.warm);
    let after = grouped(&kit).await;
    let group = before.zip(after).map(|((a, n), (b, m))| (b - a) / (m - n).max(1.0));
    let (events, _) = kit.db.head(&kit.settings.tenant).await?;
    drop(kit);
    place.rest(&url).await?;
    place.discard(&url).await?;
    Ok(Ours { run, group: group.filter(|g| *g >= 1.0), events })
}

/// Every client signs the next draft as soon as its last signature is stored.
async fn sign_all(
    kit: &Arc<Kit>,
    clock: &Arc<SwitchClock>,
    scene: &Scene,
    range: Range<usize>,
) -> Result<(), Failure> {
    let next = Arc::new(AtomicUsize::new(range.start));
    let clients: Vec<_> = (0..scene.clients)
        .map(|_| {
            let (kit, clock, drafts) = (Arc::clone(kit), Arc::clone(clock), Arc::clone(&scene.drafts));
            let (next, end) = (Arc::clone(&next), range.end);
            tokio::spawn(async move {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(draft) = drafts.get(index).filter(|_| index < end) else {
                        return Ok::<_, Problem>(());
                    };
                    let proof = draft.proof(clock.now());
                    sign(&kit, &draft.ctx, &draft.id, draft.request(), proof).await?;
                }
            })
        })
        .collect();
    for client in clients {
        client.await.map_err(|e| Failure::new(e.to_string()))??;
    }
    Ok(())
}

/// Commands and transactions of the writer so far, as its metrics say.
async fn grouped(kit: &Arc<Kit>) -> Option<(f64, f64)> {
    let text = metrics::text(kit).await;
    let value = |name: &str| {
        let line = text.lines().find(|l| l.starts_with(name))?;
        line.rsplit_once(' ')?.1.parse::<f64>().ok()
    };
    Some((value("wufei_db_group_size_sum")?, value("wufei_db_group_size_count")?))
}

async fn run_bare(
    options: &Bench,
    place: &mut Place,
    scene: &Scene,
    recording: &Arc<Recording>,
    replay: Replay,
) -> Result<(Run, i64), Failure> {
    let url = place.copy(&scene.base).await?;
    let run = match options.engine {
        Engine::Sqlite => {
            let (path, recording) = (place.file(&url), Arc::clone(recording));
            tokio::task::spawn_blocking(move || bare_lite::run(&path, &recording, replay))
                .await
                .map_err(|e| Failure::new(e.to_string()))??
        }
        Engine::Postgres => bare_pg::run(&url, recording, replay).await?,
    };
    place.discard(&url).await?;
    Ok(run)
}
