//! The past of a demonstration: where it is kept, whether it can be used again, and playing it. A past that was not
//! played to its end is thrown away; a kept one that is used again is played on to today.

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use app::kit::clock::{SeededIds, SwitchClock, SystemClock};
use app::kit::{Clock, IdSource, Kit, data, hex};
use db::{Sql, params};
use sha2::{Digest, Sha256};
use simulator::errands::Errands;
use simulator::{Kept, Played, Size};

use super::demo::settings;
use super::say;
use crate::Failure;
use crate::cli::{CitySize, Demo};
use crate::house::{self, DATABASE_FILE, Plan, Profile};

/// What a later start needs to play on; written last, so it says that the past is whole.
const KEPT_FILE: &str = "city.json";
/// Changes whenever the script plays another story over the same data.
const STORY: &str = "1";

/// How often the files of a closing database are looked through.
const PASSES: u32 = 20;

/// Days of story before today.
const fn days(options: &Demo) -> i64 {
    match (options.empty, options.size) {
        (true, _) => 0,
        (false, CitySize::Small) => 90,
        (false, CitySize::City) => 730,
    }
}

const fn size(options: &Demo) -> Size {
    match options.size {
        CitySize::Small => Size::Small,
        CitySize::City => Size::City,
    }
}

/// Where a demonstration lives.
pub struct Home {
    /// Data directory.
    pub dir: PathBuf,
    /// Gone when this is dropped.
    temporary: Option<tempfile::TempDir>,
    /// Belongs to `--keep-in`, so a past that is not whole may be thrown away.
    own: bool,
}

impl Home {
    /// Chooses the directory and says which.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn of(options: &Demo) -> Result<Self, Failure> {
        let home = match (&options.database.data_dir, &options.keep_in) {
            (Some(dir), _) => Self { dir: dir.clone(), temporary: None, own: false },
            (None, Some(root)) if options.database.database.is_none() => {
                let dir = root.join(name(options));
                if options.fresh && dir.exists() {
                    std::fs::remove_dir_all(&dir)?;
                }
                Self { dir, temporary: None, own: true }
            }
            _ => {
                let temporary = tempfile::Builder::new().prefix("wufei-demo-").tempdir()?;
                Self { dir: temporary.path().to_owned(), temporary: Some(temporary), own: false }
            }
        };
        let lasts =
            if home.temporary.is_some() { "temporary 临时目录,退出后删除" } else { "kept 保留" };
        say(&format!("data directory 数据目录: {} ({lasts})", home.dir.display()));
        if home.own && home.dir.join(DATABASE_FILE).exists() && !home.dir.join(KEPT_FILE).exists() {
            say("what is kept there was not played to its end; playing it anew 上次未生成完整,重新生成");
            std::fs::remove_dir_all(&home.dir)?;
        }
        std::fs::create_dir_all(&home.dir)?;
        Ok(home)
    }

    fn kept(&self) -> Option<Kept> {
        serde_json::from_slice(&std::fs::read(self.dir.join(KEPT_FILE)).ok()?).ok()
    }
}

/// Name of a kept city: seed, size and what its story follows from.
fn name(options: &Demo) -> String {
    let mut hash = Sha256::new();
    hash.update(STORY);
    let city = format!("cities/{}/", options.profile);
    for prefix in [city.as_str(), "trades/", "codes/", "calendar/"] {
        for path in data::list(prefix) {
            hash.update(&path);
            hash.update(data::file(&path).unwrap_or_default());
        }
    }
    let version = hex(&hash.finalize());
    let size = if options.size == CitySize::City { "city" } else { "small" };
    let empty = if options.empty { "-empty" } else { "" };
    format!("{}-{}-{size}{empty}-{}", options.profile, options.seed, &version[..12])
}

/// Makes sure that the demonstration has its past.
///
/// # Errors
/// When the database holds something else, or a service refuses.
pub async fn ensure(options: &Demo, home: &Home, url: &str) -> Result<(), Failure> {
    let profile = Profile::named(&options.profile)?;
    let clock = Arc::new(SwitchClock::simulated(0));
    let ids = Arc::new(SeededIds::new(options.seed));
    let open = |past: Option<u64>, ids: Arc<dyn IdSource>| {
        house::open(Plan {
            url: url.to_owned(),
            data_dir: home.dir.clone(),
            settings: settings(&options.profile, &profile),
            profile: profile.clone(),
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
            ids,
            past,
        })
    };
    let kit = open(None, Arc::clone(&ids) as Arc<dyn IdSource>).await?;
    let filled = app::identity::demo::any(&kit.db).await?;
    let (events, _) = kit.db.head(&kit.settings.tenant).await?;
    if !filled && events > 0 {
        return Err(Failure::new(
            "this database holds a city that is no demonstration; demo accounts and sample data do not go in there",
        ));
    }
    drop(kit);
    let started = Instant::now();
    if !filled {
        let kit = open(Some(options.seed), ids).await?;
        let kept = fill(&kit, &clock, options).await?;
        drop(kit);
        let text = serde_json::to_vec(&kept).map_err(|e| Failure::new(e.to_string()))?;
        settle(home, &text)?;
        say(&format!("  {} s", started.elapsed().as_secs()));
        return Ok(());
    }
    let Some(kept) = home.kept() else { return Ok(()) };
    // Ids that were given out must not come again.
    let seed = options.seed ^ events.unsigned_abs().rotate_left(32);
    let kit = open(None, Arc::new(SeededIds::new(seed))).await?;
    let progress = Progress::new();
    let played =
        simulator::resume(&kit, &clock, &kept, SystemClock.now(), &|day, all| progress.show(day, all))
            .await?;
    progress.end();
    match played {
        None => say(
            "the kept city ends in an earlier year; --fresh plays a new one 已保留的城市止于往年,可用 --fresh 重新生成",
        ),
        Some(played) if played.containers > 0 => say(&format!(
            "days since the last start 补演至今天: {} containers, {} manifests in {} s",
            played.containers,
            played.manifests,
            started.elapsed().as_secs()
        )),
        Some(_) => {}
    }
    Ok(())
}

/// What the people of a large city do; nothing in a small one, or when nobody knows how the city was made.
///
/// # Errors
/// When the city cannot be read.
pub async fn errands(kit: &Arc<Kit>, home: &Home) -> Result<Errands, Failure> {
    match home.kept() {
        Some(kept) if kept.size == Size::City => Ok(simulator::errands::errands(kit, &kept).await?),
        _ => Ok(Errands::default()),
    }
}

/// Everything that was written is on the disk, and then the file that says so.
fn settle(home: &Home, kept: &[u8]) -> Result<(), Failure> {
    // A database that is just closing folds its log into its file and takes the log away: then once more.
    let mut left = PASSES;
    while let Err(error) = sync_files(&home.dir) {
        left -= 1;
        if error.kind() != std::io::ErrorKind::NotFound || left == 0 {
            return Err(error.into());
        }
    }
    let path = home.dir.join(KEPT_FILE);
    std::fs::write(&path, kept)?;
    std::fs::File::open(&path)?.sync_all()?;
    sync_dir(&home.dir)
}

fn sync_files(dir: &Path) -> std::io::Result<()> {
    for entry in std::fs::read_dir(dir)? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            std::fs::File::open(entry.path())?.sync_all()?;
        }
    }
    Ok(())
}

fn sync_dir(dir: &Path) -> Result<(), Failure> {
    // Where directories cannot be opened there is nothing to sync.
    if let Ok(dir) = std::fs::File::open(dir) {
        dir.sync_all()?;
    }
    Ok(())
}

/// How far the story is, on standard error: one line that changes at a terminal, else a line every tenth.
struct Progress {
    started: Instant,
    terminal: bool,
}

impl Progress {
    fn new() -> Self {
        Self { started: Instant::now(), terminal: std::io::stderr().is_terminal() }
    }

    fn show(&self, day: i64, all: i64) {
        let tenth = (all / 10).max(1);
        if !self.terminal && (all < 10 || day % tenth != 0) {
            return;
        }
        let spent = i64::try_from(self.started.elapsed().as_secs()).unwrap_or(0);
        let left = spent * (all - day) / day.max(1);
        let line =
            format!("playing the city's past 正在生成演示数据 {day}/{all} days 天, {left} s left 剩余 ");
        let mut err = std::io::stderr().lock();
        let _ = if self.terminal { write!(err, "\r{line}") } else { writeln!(err, "{line}") };
    }

    fn end(&self) {
        if self.terminal {
            let _ = writeln!(std::io::stderr().lock());
        }
    }
}

/// Fills an empty database with a city and its past.
async fn fill(kit: &Arc<Kit>, clock: &SwitchClock, options: &Demo) -> Result<Kept, Failure> {
    let days = days(options);
    let now = match &options.as_of {
        Some(text) => domain::time::parse_instant(text)
            .map_err(|_| Failure::new(format!("--as-of {text}: no instant")))?,
        None => SystemClock.now(),
    };
    let story = simulator::Options { seed: options.seed, now, days, size: size(options) };
    let progress = Progress::new();
    let (played, kept) = simulator::begin(kit, clock, &story, &|day, all| progress.show(day, all)).await?;
    progress.end();
    report(kit, days, played).await?;
    Ok(kept)
}

/// What was played, in figures.
async fn report(kit: &Arc<Kit>, days: i64, played: Played) -> Result<(), Failure> {
    let tenant = kit.settings.tenant.clone();
    let entries: i64 = kit
        .db
        .read::<_, db::DbError, _>(move |sql| {
            Box::pin(async move {
                let text = "select count(*) as n from ledger_entry where tenant_id = $1";
                sql.query_one(text, &params![tenant]).await?.get("n")
            })
        })
        .await?;
    let (events, root) = kit.db.head(&kit.settings.tenant).await?;
    say(&format!(
        "sample city 演示数据: {} containers, {} manifests, {} treatments, {entries} ledger entries in {days} days; \
         journal {events} events, root {}",
        played.containers,
        played.manifests,
        played.treatments,
        hex(&root)
    ));
    Ok(())
}
