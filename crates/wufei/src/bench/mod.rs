//! Measurements against bare equivalents, `wufei bench NAME`. Each prints one line per figure; ours and the bare one
//! are measured in turn, so that a neighbour on the machine disturbs both. How to read them: docs/benchmarks.md.

mod alarm;
mod bare;
mod bare_lite;
mod bare_log;
mod bare_pg;
mod bare_table;
mod blocks;
mod indicators;
mod ingest;
mod line;
mod lists;
mod load;
mod onlooker;
mod place;
mod read;
mod recording;
mod sign;
mod terminals;

use std::path::PathBuf;
use std::sync::Arc;

use app::kit::clock::{RandomIds, SwitchClock};
use app::kit::{Clock, Kit, Settings};
use clap::{Args, ValueEnum};
use db::{CheckpointSigner, Db, DbConfig, Recorder};

use crate::Failure;
use crate::commands::{demo_settings, say};
use crate::house::{KEY_FILE, Profile};

pub use line::Line;

/// Options of `bench`.
#[derive(Clone, Debug, Args)]
pub struct Bench {
    /// Name of the measurement: sign, read, ingest, blocks, alarm, indicators, lists
    pub name: String,
    /// Database engine
    #[arg(long, value_enum, default_value_t = Engine::Sqlite)]
    pub engine: Engine,
    /// PostgreSQL server on which databases may be made and dropped; without it WUFEI_TEST_POSTGRES, then
    /// postgres://postgres@127.0.0.1:5432/postgres
    #[arg(long, value_name = "URL", hide_env_values = true)]
    pub database: Option<String>,
    /// Directory for the embedded databases: put it on the disk that is to be measured
    #[arg(long, value_name = "DIR")]
    pub dir: Option<PathBuf>,
    /// One JSON object per line
    #[arg(long)]
    pub json: bool,
    /// How often each side is measured
    #[arg(long, default_value_t = 5)]
    pub runs: usize,
    /// Signatures, requests, frames, reads or alarms a run
    #[arg(long)]
    pub count: Option<usize>,
    /// Clients or terminals at the same time; trucks of `blocks`
    #[arg(long)]
    pub clients: Option<usize>,
    /// Days of story in the database that `read` reads and that `lists` takes its patterns from
    #[arg(long, default_value_t = 20)]
    pub days: i64,
    /// Documents in the database of `lists`
    #[arg(long, default_value_t = 1_000_000)]
    pub rows: usize,
    /// An empty database for `lists` that is kept: a second run finds it filled
    #[arg(long, value_name = "URL", hide_env_values = true)]
    pub keep: Option<String>,
    /// Only the questions of `lists` whose name contains this
    #[arg(long, value_name = "TEXT")]
    pub only: Option<String>,
}

/// A database engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Engine {
    /// The embedded one.
    Sqlite,
    /// A server.
    Postgres,
}

impl Engine {
    fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        }
    }
}

/// Names of the measurements.
pub const NAMES: &[&str] = &["sign", "read", "ingest", "blocks", "alarm", "indicators", "lists"];

/// Runs a measurement and prints its lines.
///
/// # Errors
/// For an unknown name, naming those that exist; when something cannot be measured.
pub async fn run(options: Bench) -> Result<(), Failure> {
    if options.name == "lists" {
        return Box::pin(lists::run(&options)).await;
    }
    for line in measure(&options).await? {
        line.warn();
        say(&if options.json { line.json()? } else { line.text() });
    }
    Ok(())
}

/// Runs a measurement and answers its lines.
///
/// # Errors
/// For an unknown name, naming those that exist; when something cannot be measured.
pub async fn measure(options: &Bench) -> Result<Vec<Line>, Failure> {
    if options.runs == 0 || options.count == Some(0) || options.clients == Some(0) {
        return Err(Failure::new("--runs, --count and --clients must be at least 1"));
    }
    match options.name.as_str() {
        "sign" => Box::pin(sign::measure(options)).await,
        "read" => Box::pin(read::measure(options)).await,
        "ingest" => Box::pin(ingest::measure(options)).await,
        "blocks" => blocks::measure(options).await,
        "alarm" => Box::pin(alarm::measure(options)).await,
        "indicators" => Box::pin(indicators::measure(options)).await,
        "lists" => Err(Failure::new("lists prints a line per question and has no bare equivalent")),
        other => Err(Failure::new(format!("there is no measurement {other:?}; known: {}", NAMES.join(", ")))),
    }
}

/// The moment of every measurement: 2026-03-02 08:00 in Shanghai, a working day.
const NOW: i64 = 1_772_409_600_000_000;
/// The city that is measured: the first of the build.
fn city() -> Result<String, Failure> {
    let first = app::registry::seed::known_cities().into_iter().next();
    first.ok_or_else(|| Failure::new("this build holds no city profile to measure with"))
}
const SEED: u64 = 2026;

/// A house over a database, as the demonstration has it, with the clock at `now`.
async fn house(
    url: &str,
    place: &place::Place,
    now: i64,
    recorder: Option<Recorder>,
) -> Result<(Arc<Kit>, Arc<SwitchClock>), Failure> {
    let city = city()?;
    let profile = Profile::named(&city)?;
    let signer = CheckpointSigner::open_or_create(&profile.log_name(), &place.dir().join(KEY_FILE))?;
    let db = Db::open(&DbConfig { recorder, ..DbConfig::new(url) }).await?;
    db.migrate(app::migrations()).await?;
    let settings = Settings {
        tenant: profile.tenant_id.clone(),
        zone: profile.zone.clone(),
        ..demo_settings(&city, &profile)
    };
    let clock = Arc::new(SwitchClock::simulated(now));
    let kit =
        Kit::new(db, Arc::clone(&clock) as Arc<dyn Clock>, Arc::new(RandomIds), Arc::new(signer), settings);
    Ok((kit, clock))
}
