//! Frames a second that are acknowledged after they are on the disk, over real sockets, against a bare append log behind
//! the same sockets; and the whole path, through the engine with its rules to the position blocks, against inserts into
//! one indexed SQLite table behind the same sockets. The generator runs in this process and its time is in all figures.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use app::kit::Kit;
use app::monitoring::live::Live;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::bare::Bare;
use super::bare_log::BareLog;
use super::bare_table::BareTable;
use super::line::{Line, Run};
use super::load::Load;
use super::place::Place;
use super::{Bench, NOW, terminals};
use crate::Failure;
use crate::gateway::{Gateway, Limits};
use crate::live;

/// Frames a run, unless said otherwise.
const COUNT: usize = 400_000;
const CLIENTS: usize = 100;
/// Frames of a terminal that wait for their acknowledgement.
const WINDOW: usize = 32;

/// Measures both.
pub async fn measure(options: &Bench) -> Result<Vec<Line>, Failure> {
    let mut place = Place::new(options)?;
    let outcome = Box::pin(measure_at(options, &mut place)).await;
    let cleared = place.clear().await;
    let lines = outcome?;
    cleared?;
    Ok(lines)
}

async fn measure_at(options: &Bench, place: &mut Place) -> Result<Vec<Line>, Failure> {
    let url = place.create().await?;
    let (kit, _clock) = super::house(&url, place, NOW, None).await?;
    let clients = options.clients.unwrap_or(CLIENTS);
    let each = options.count.unwrap_or(COUNT).div_ceil(clients).max(1);
    let feeds = terminals::prepare(&kit, clients, each, NOW).await?;
    let bytes: usize = feeds.iter().map(|f| f.frames.len()).sum();
    let load = Load { feeds, window: WINDOW };
    let frame_bytes = bytes / load.frames().max(1);
    let (mut ours, mut bare, mut path, mut table) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for run in 0..options.runs {
        ours.push(gateway(&kit, &load, &place.dir().join(format!("ours-{run}"))).await?);
        let file = place.dir().join(format!("bare-{run}.log"));
        let server = Bare::start(BareLog::create(&file)?, load.feeds.clone()).await?;
        bare.push(load.run(server.address, || async { Ok(()) }).await?);
        drop(server);
        std::fs::remove_file(file)?;
    }
    for run in 0..options.runs {
        path.push(Box::pin(whole_path(&kit, &load, &place.dir().join(format!("path-{run}")))).await?);
        table.push(inserts(&place.dir().join(format!("table-{run}.db")), &load).await?);
    }
    drop(kit);
    let with = |line: Line| {
        line.with("clients", clients)
            .with("window", WINDOW)
            .with("frames", load.frames())
            .with("frame_bytes", frame_bytes)
    };
    let ingest = with(Line::new("ingest", "log", "frames/s", &ours, &bare));
    let per_core =
        ingest.detail.get("ours_cpu_us").and_then(serde_json::Value::as_f64).filter(|us| *us > 0.0);
    let ingest = ingest.with("ours_per_core_s", per_core.map(|us| (1e6 / us).round()));
    Ok(vec![ingest, with(Line::new("ingest_path", "sqlite", "positions/s", &path, &table))])
}

/// Something that serves for one run.
pub struct Serving {
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
}

impl Serving {
    /// The whole path behind a gateway that listens there.
    pub fn start(open: live::Live, kit: &Arc<Kit>, listener: TcpListener) -> Self {
        let (stop, stopped) = watch::channel(false);
        let tasks = open.start(kit, Some((listener, limits())), &stopped);
        Self { stop, tasks }
    }

    /// Ends it.
    pub async fn end(self) {
        self.stop.send_replace(true);
        for task in self.tasks {
            let _ = task.await;
        }
    }
}

fn limits() -> Limits {
    // One terminal of the measurement speaks for hundreds.
    Limits { frames_per_second: 0, ..Limits::default() }
}

/// The gateway and its log alone.
async fn gateway(kit: &Arc<Kit>, load: &Load, dir: &Path) -> Result<Run, Failure> {
    let (log, _) = live::open_log(dir, 0)?;
    let log = Arc::new(log);
    let listener = live::listen(([127, 0, 0, 1], 0).into())?;
    let address = listener.local_addr()?;
    let (stop, stopped) = watch::channel(false);
    let task = Gateway::start(Arc::clone(kit), Arc::clone(&log), listener, stopped, limits());
    let run = load.run(address, || async { Ok(()) }).await;
    Serving { stop, tasks: vec![task] }.end().await;
    let run = run?;
    let kept = log.durable_end();
    drop(log);
    std::fs::remove_dir_all(dir)?;
    if kept < load.frames() as u64 {
        return Err(Failure::new(format!("{} frames were acknowledged and {kept} kept", load.frames())));
    }
    Ok(run)
}

/// Gateway, log, engine with rules, position blocks: until the last position of every truck has come through.
pub async fn whole_path(kit: &Arc<Kit>, load: &Load, dir: &Path) -> Result<Run, Failure> {
    let seen = kit.parts.get::<Live>();
    // What an earlier run left would look like the end of this one.
    load.feeds.iter().for_each(|f| {
        seen.update(&f.vehicle_id, |v| {
            v.at = 0;
            true
        })
    });
    let open = Box::pin(live::open_live(kit, dir)).await?;
    let listener = live::listen(([127, 0, 0, 1], 0).into())?;
    let address = listener.local_addr()?;
    let serving = Serving::start(open, kit, listener);
    let through = || async {
        for feed in &load.feeds {
            while seen.vehicle(&feed.vehicle_id).is_none_or(|v| v.at < feed.last_at) {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        }
        Ok(())
    };
    let run = load.run(address, through).await;
    serving.end().await;
    let run = run?;
    std::fs::remove_dir_all(dir)?;
    Ok(run)
}

/// One table with indexes behind the same sockets.
async fn inserts(file: &Path, load: &Load) -> Result<Run, Failure> {
    let server = Bare::start(BareTable::create(file)?, load.feeds.clone()).await?;
    let run = load.run(server.address, || async { Ok(()) }).await?;
    drop(server);
    let rows = BareTable::count_and_remove(file)?;
    if rows != load.frames() {
        return Err(Failure::new(format!("{} positions were acknowledged and {rows} kept", load.frames())));
    }
    Ok(run)
}
