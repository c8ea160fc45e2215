//! From the device to the browser: a position goes out over a real socket of a terminal, breaks a rule, and its warning
//! arrives as a server-sent event at a real HTTP client, while other terminals keep half of the load that the whole path
//! can carry. Beside it, as the bare side, the time until the same position is acknowledged: what the same machine needs
//! under the same load before anything was decided.
//!
//! The rule is the one about trips without a manifest: the truck stood at a generator's site, has left, and this position
//! is the one that makes its way long enough. Nothing dwells, so nothing may be waited for.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use app::identity::demo;
use app::kit::{Kit, OpContext};
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use db::{DbError, Sql, params};
use domain::access::Role;
use geo::Point;
use telemetry::sample::Lcg;
use tokio::io::AsyncWriteExt;
use tokio::task::JoinHandle;
use wire::jt808::Location;

use super::line::Line;
use super::load::{Load, connect};
use super::onlooker::Onlooker;
use super::place::Place;
use super::read::{Served, call};
use super::terminals::{self, Feed, enrol, locations, read_fleet, speaker, vehicle};
use super::{Bench, NOW, SEED, ingest};
use crate::Failure;
use crate::live;
use crate::server::{self, metrics};

/// Alarms a run.
const COUNT: usize = 100;
/// Terminals that carry the load.
const CLIENTS: usize = 100;
/// Positions by which the capacity is measured.
const FRAMES: usize = 200_000;
const WINDOW: usize = 32;
/// Between two alarms, milliseconds: from, and how much more by chance.
const PAUSE_MS: (u64, u64) = (25, 50);
/// The background sends so often.
const TICK: Duration = Duration::from_millis(20);
/// No alarm takes longer, or it is lost.
const PATIENCE: Duration = Duration::from_secs(30);
/// What is to be reached.
const GOAL_MS: f64 = 200.0;

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
    let (kit, _clock) = super::house(&url, place, NOW, None).await?;
    metrics::install();
    let (clients, alarms) = (options.clients.unwrap_or(CLIENTS), options.count.unwrap_or(COUNT));
    // A few alarms in a test need no long look at the capacity.
    let frames = if alarms < 50 { clients * 50 } else { FRAMES };
    let feeds = terminals::prepare(&kit, clients, frames.div_ceil(clients), NOW).await?;
    let load = Load { feeds, window: WINDOW };
    let capacity = Box::pin(ingest::whole_path(&kit, &load, &place.dir().join("capacity"))).await?.rate();
    let half = capacity / 2.0;

    // The load for as long as the alarms take, with some to spare.
    let seconds = (options.runs * alarms) as u64 * (PAUSE_MS.0 + PAUSE_MS.1) / 1_000 + 15;
    let each = ((half * seconds as f64) as usize).div_ceil(clients);
    let mut background = Vec::with_capacity(clients);
    for n in 0..clients {
        background.push(speaker(&kit, n, locations(n, each, NOW)).await?);
    }
    let trucks = clients..clients + options.runs * alarms;
    enrol(&kit, trucks.clone()).await?;
    let site = generator_site(&kit).await?;
    read_fleet(&kit, NOW).await?;
    let mut speakers = Vec::with_capacity(trucks.len());
    for n in trucks {
        speakers.push((n, speaker(&kit, n, way(site)?).await?));
    }

    let dir = place.dir().join("live");
    let open = Box::pin(live::open_live(&kit, &dir)).await?;
    let listener = live::listen(([127, 0, 0, 1], 0).into())?;
    let address = listener.local_addr()?;
    let serving = ingest::Serving::start(open, &kit, listener);
    let router = server::router(&kit, &server::Options::default())?;
    let cookie = sign_in(&kit, &router).await?;
    let web = Served::start(router).await?;
    let onlooker = Onlooker::connect(web.address, &cookie).await?;

    let noise = Noise::start(address, background, half).await?;
    let outcome = runs(options, alarms, address, &speakers, &onlooker).await;
    let rate = noise.end().await?;
    let (messages, positions) = onlooker.moved();
    drop((onlooker, web));
    serving.end().await;
    let (ours, bare) = outcome?;
    if rate < half * 0.9 && alarms >= 50 {
        return Err(Failure::new(format!(
            "only {rate:.0} of {half:.0} positions/s were taken beside the alarms"
        )));
    }
    let line = Line::latency("alarm", options.engine.name(), &ours, &bare);
    let goal = line.detail.get("p99_ms").and_then(serde_json::Value::as_f64).is_some_and(|p| p <= GOAL_MS);
    Ok(line
        .with("goal_ms", GOAL_MS)
        .with("reached", goal)
        .with("capacity_s", capacity.round())
        .with("load_s", rate.round())
        .with("clients", clients)
        .with("map_messages", messages)
        .with("map_positions", positions))
}

/// Milliseconds to the event and to the acknowledgement, by run.
type Times = (Vec<Vec<f64>>, Vec<Vec<f64>>);

async fn runs(
    options: &Bench,
    alarms: usize,
    address: SocketAddr,
    speakers: &[(usize, Arc<Feed>)],
    onlooker: &Onlooker,
) -> Result<Times, Failure> {
    let mut chance = Lcg::new(SEED);
    let (mut ours, mut bare) = (Vec::new(), Vec::new());
    for run in speakers.chunks(alarms).take(options.runs) {
        let (mut events, mut acks) = (Vec::new(), Vec::new());
        for (n, feed) in run {
            tokio::time::sleep(Duration::from_millis(PAUSE_MS.0 + chance.below(PAUSE_MS.1))).await;
            let (event, ack) = alarm(address, &vehicle(*n), feed, onlooker).await?;
            events.push(event);
            acks.push(ack);
        }
        ours.push(events);
        bare.push(acks);
    }
    Ok((ours, bare))
}

/// One alarm: the way up to it first, then the position that counts.
async fn alarm(
    address: SocketAddr,
    vehicle_id: &str,
    feed: &Feed,
    onlooker: &Onlooker,
) -> Result<(f64, f64), Failure> {
    let (mut stream, mut answers) = connect(address, feed).await?;
    let before = feed.ends.len().saturating_sub(1);
    let cut = before.checked_sub(1).and_then(|i| feed.ends.get(i)).copied().unwrap_or(0);
    stream.write_all(feed.frames.get(..cut).unwrap_or_default()).await?;
    while answers.count < 1 + before {
        answers.read(&mut stream).await?;
    }
    if onlooker.warned(vehicle_id).is_some() {
        return Err(Failure::new("a warning came before the position that breaks the rule"));
    }
    let sent = Instant::now();
    stream.write_all(feed.frames.get(cut..).unwrap_or_default()).await?;
    while answers.count < 2 + before {
        answers.read(&mut stream).await?;
    }
    let acknowledged = sent.elapsed();
    let heard = loop {
        if let Some(at) = onlooker.warned(vehicle_id) {
            break at;
        }
        if sent.elapsed() > PATIENCE {
            return Err(Failure::new(format!(
                "no warning about {vehicle_id} within {} s",
                PATIENCE.as_secs()
            )));
        }
        tokio::time::sleep(Duration::from_micros(500)).await;
    };
    let ms = |d: Duration| d.as_secs_f64() * 1_000.0;
    Ok((ms(heard.saturating_duration_since(sent)), ms(acknowledged)))
}

/// The load beside the alarms.
struct Noise {
    stop: Arc<AtomicBool>,
    sent: Arc<AtomicUsize>,
    begun: Instant,
    tasks: Vec<JoinHandle<Result<(), Failure>>>,
}

impl Noise {
    /// Begins to send so many positions a second, spread over the terminals.
    async fn start(address: SocketAddr, feeds: Vec<Arc<Feed>>, per_second: f64) -> Result<Self, Failure> {
        let (stop, sent) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let each = per_second / feeds.len().max(1) as f64;
        let mut tasks = Vec::with_capacity(feeds.len());
        for feed in feeds {
            let (stream, answers) = connect(address, &feed).await?;
            let (stop, sent) = (Arc::clone(&stop), Arc::clone(&sent));
            tasks.push(tokio::spawn(async move {
                let (mut reading, mut writing) = stream.into_split();
                let mut answers = answers;
                let (begun, mut told) = (Instant::now(), 0);
                let mut tick = tokio::time::interval(TICK);
                tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
                while !stop.load(Ordering::Relaxed) {
                    tokio::select! {
                        _ = tick.tick() => {
                            let due = ((begun.elapsed().as_secs_f64() * each) as usize).min(feed.ends.len());
                            let end = |n: usize| n.checked_sub(1).and_then(|i| feed.ends.get(i)).copied().unwrap_or(0);
                            writing.write_all(feed.frames.get(end(told)..end(due)).unwrap_or_default()).await?;
                            told = due;
                        }
                        read = answers.read(&mut reading) => read?,
                    }
                }
                sent.fetch_add(answers.count.saturating_sub(1), Ordering::Relaxed);
                Ok(())
            }));
        }
        Ok(Self { stop, sent, begun: Instant::now(), tasks })
    }

    /// Ends it; answers how many positions a second were acknowledged.
    async fn end(self) -> Result<f64, Failure> {
        let took = self.begun.elapsed();
        self.stop.store(true, Ordering::Relaxed);
        for task in self.tasks {
            task.await.map_err(|e| Failure::new(format!("a terminal of the measurement: {e}")))??;
        }
        Ok(self.sent.load(Ordering::Relaxed) as f64 / took.as_secs_f64().max(1e-9))
    }
}

/// A generator with a site; answers where it is.
async fn generator_site(kit: &Arc<Kit>) -> Result<Point, Failure> {
    let tenant = kit.settings.tenant.clone();
    let place = Point::from_degrees(31.85, 120.30).map_err(|e| Failure::new(e.to_string()))?;
    kit.db
        .write::<_, DbError, _>(&kit.settings.tenant, move |tx| {
            Box::pin(async move {
                tx.exec(
                    "insert into org (tenant_id, id, version, status, updated_at, name, kinds, division_code) values \
                     ($1, 'bench-generator', 1, 'active', 0, 'bench', '[\"enterprise\"]', '')",
                    &params![tenant.clone()],
                )
                .await?;
                tx.exec(
                    "insert into site (tenant_id, id, version, status, updated_at, org_id, name, division_code, \
                     longitude_e6, latitude_e6) values ($1, 'bench-site', 1, 'active', 0, 'bench-generator', 'bench', '', \
                     $2, $3)",
                    &params![tenant, i64::from(place.lon_e6()), i64::from(place.lat_e6())],
                )
                .await?;
                Ok(())
            })
        })
        .await?;
    Ok(place)
}

/// A way from the site: a quarter of an hour there, then away; the last position makes it longer than the rule allows.
fn way(site: Point) -> Result<Vec<Location>, Failure> {
    // Seconds before now, metres from the site.
    let steps: [(i64, f64); 12] = [
        (1_800, 0.0),
        (1_700, 0.0),
        (1_600, 0.0),
        (1_400, 0.0),
        (1_200, 0.0),
        (1_000, 0.0),
        (940, 0.0),
        (900, 700.0),
        (830, 1_400.0),
        (780, 2_000.0),
        (740, 2_700.0),
        (600, 5_200.0),
    ];
    let at = |(before, metres): (i64, f64)| {
        let point = site.destination(90.0, metres);
        Location {
            alarm: 0,
            status: 0b11,
            lat_e6: point.lat_e6(),
            lon_e6: point.lon_e6(),
            altitude_m: 5,
            speed_kmh_tenths: if metres > 0.0 { 500 } else { 0 },
            heading_deg: 90,
            time_us: NOW - NOW.rem_euclid(1_000_000) - before * 1_000_000,
            extras: Vec::new(),
        }
    };
    Ok(steps.into_iter().map(at).collect())
}

/// Somebody who sees the whole city; answers their cookie.
async fn sign_in(kit: &Arc<Kit>, router: &axum::Router) -> Result<String, Failure> {
    let tenant = kit.settings.tenant.clone();
    let office = kit
        .db
        .read::<_, DbError, _>(move |sql| {
            Box::pin(async move {
                sql.query_opt(
                    "select min(id) as id from org where tenant_id = $1 and kinds like '%\"office\"%'",
                    &params![tenant],
                )
                .await?
                .map(|r| r.get::<String>("id"))
                .transpose()
            })
        })
        .await?;
    let hash = demo::password_hash(kit).await?;
    let new = demo::NewDemoAccount {
        login: "bench",
        name: "bench",
        phone: None,
        org_id: &office.unwrap_or_default(),
        roles: &[Role::Office],
        listed: None,
    };
    demo::create(kit, &OpContext::system(&kit.settings.tenant), &hash, new).await?;
    let body = serde_json::json!({"login": "bench", "password": demo::PASSWORD});
    let request = Request::post("/api/session")
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from(body.to_string()));
    let (status, headers, _) = call(router, request).await?;
    let cookie = headers.get(header::SET_COOKIE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let cookie = cookie.split(';').next().unwrap_or_default();
    if status != StatusCode::OK || cookie.is_empty() {
        return Err(Failure::new(format!("the onlooker could not sign in: {status}")));
    }
    Ok(cookie.to_owned())
}
