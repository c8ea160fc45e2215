//! `wufei demo`: a city to play with. An empty database is filled through the same services as people use, under a
//! simulated clock; then the machine's clock takes over and the server starts.

use std::io::{IsTerminal, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use app::kit::clock::{RandomIds, SeededIds, SwitchClock, SystemClock};
use app::kit::settings::{LimitSettings, LiveSettings, NumberAuthoritySetting, SessionSettings};
use app::kit::{Clock, IdSource, Kit, Settings};
use uuid::Uuid;

use super::{drives, log, say};
use crate::Failure;
use crate::cli::Demo;
use crate::config::LogFormat;
use crate::gateway::Limits;
use crate::house::{self, Plan, Profile};
use crate::live;
use crate::server::{Options, run as server};

/// Settings of a demonstration: everything is softer than in a city, and says so on the pages.
pub fn settings(profile_name: &str, profile: &Profile) -> Settings {
    Settings {
        profile: profile_name.to_owned(),
        demo: true,
        numbers: NumberAuthoritySetting::DemoRange {
            prefix: format!("{}{}", profile.province_code, profile.city_code),
            from: profile.number_authority.first_serial,
            to: profile.number_authority.last_serial,
        },
        session: SessionSettings {
            require_second_factor: false,
            password_days: 0,
            idle_minutes: 240,
            ..SessionSettings::default()
        },
        limits: LimitSettings {
            sign_in_per_minute: 1_200,
            writes_per_minute: 120_000,
            ..LimitSettings::default()
        },
        // The simulated trucks remember no code from one start to the next.
        live: LiveSettings { reregister: true, ..LiveSettings::default() },
        ..Settings::default()
    }
}

/// Ids from a seed while the city is played, so that a seed gives the same city; from then on unpredictable ones,
/// because session tokens come from the same source.
struct DemoIds {
    seeded: SeededIds,
    live: AtomicBool,
}

impl IdSource for DemoIds {
    fn next(&self, now: i64) -> Uuid {
        if self.live.load(Ordering::SeqCst) { RandomIds.next(now) } else { self.seeded.next(now) }
    }
    fn fill(&self, out: &mut [u8]) {
        if self.live.load(Ordering::SeqCst) { RandomIds.fill(out) } else { self.seeded.fill(out) }
    }
}

/// Starts the demonstration and stays until a signal comes.
pub async fn run(options: Demo) -> Result<(), Failure> {
    log(LogFormat::Text, "warn");
    let profile = Profile::named(&options.profile)?;
    // Taken first: a port that is in use should be said before a city is built.
    let listener = server::listen(SocketAddr::from((Ipv4Addr::LOCALHOST, options.port))).await?;
    let terminals = live::listen(SocketAddr::from((Ipv4Addr::LOCALHOST, options.gateway_port)))?;
    // Kept until the end: a temporary directory goes when it is dropped.
    let mut temporary = None;
    let data_dir = match &options.database.data_dir {
        Some(dir) => dir.clone(),
        None => {
            let dir = tempfile::Builder::new().prefix("wufei-demo-").tempdir()?;
            let path = dir.path().to_owned();
            temporary = Some(dir);
            path
        }
    };
    let lasts = if temporary.is_some() { "temporary 临时目录,退出后删除" } else { "kept 保留" };
    say(&format!("data directory 数据目录: {} ({lasts})", data_dir.display()));
    let clock = Arc::new(SwitchClock::simulated(0));
    let ids = Arc::new(DemoIds { seeded: SeededIds::new(options.seed), live: AtomicBool::new(false) });
    let kit = house::open(Plan {
        url: options.database.database.clone().unwrap_or_else(|| house::sqlite_url(&data_dir)),
        data_dir: data_dir.clone(),
        settings: settings(&options.profile, &profile),
        profile,
        clock: Arc::clone(&clock) as Arc<dyn Clock>,
        ids: Arc::clone(&ids) as Arc<dyn IdSource>,
    })
    .await?;
    if !app::identity::demo::any(&kit.db).await? {
        let (events, _) = kit.db.head(&kit.settings.tenant).await?;
        if events > 0 {
            return Err(Failure::new(
                "this database holds a city that is no demonstration; demo accounts and sample data do not go in there",
            ));
        }
        fill(&kit, &clock, &options).await?;
    }
    clock.go_live();
    ids.live.store(true, Ordering::SeqCst);
    accounts(&kit).await?;
    let (address, gateway) = (listener.local_addr()?, terminals.local_addr()?);
    let live = Box::pin(live::open_live(&kit, &data_dir)).await?;
    let plan = drives::write_plan(&kit, &data_dir, options.seed).await?;
    let mut trucks = None;
    let house = Arc::clone(&kit);
    let beside = |stop: &_| live.start(&house, Some((terminals, Limits::default())), stop);
    let ready = || {
        say(&format!("terminals at 终端接入: {gateway} (JT/T 808)"));
        if !options.no_trucks && !options.empty {
            trucks = drives::start(&plan, gateway);
        }
        say(&format!("无废 ready at http://{address}"));
    };
    let done = server::until_signal(kit, listener, Options::default(), beside, ready).await;
    drop(trucks);
    drop(temporary);
    done
}

/// Days of story before today.
const DAYS: i64 = 90;

/// Fills an empty database with a city and its last months.
async fn fill(kit: &Arc<Kit>, clock: &SwitchClock, options: &Demo) -> Result<(), Failure> {
    let days = if options.empty { 0 } else { DAYS };
    let story = simulator::Options { seed: options.seed, now: SystemClock.now(), days };
    let shown = std::io::stderr().is_terminal();
    let progress = |day: i64, all: i64| {
        if shown {
            let _ =
                write!(std::io::stderr().lock(), "\rplaying the city's past 正在生成演示数据 {day}/{all} ");
        }
    };
    let played = simulator::play(kit, clock, &story, &progress).await?;
    if shown {
        let _ = writeln!(std::io::stderr().lock());
    }
    say(&format!(
        "sample city 演示数据: {} containers, {} manifests, {} treatments in {days} days",
        played.containers, played.manifests, played.treatments
    ));
    Ok(())
}

/// The table of accounts to sign in with.
async fn accounts(kit: &Arc<Kit>) -> Result<(), Failure> {
    let list = app::identity::demo::accounts(kit).await?;
    if list.accounts.is_empty() {
        return Ok(());
    }
    say(&format!("\ndemo accounts 演示账号 · password 口令: {}", list.password));
    for a in &list.accounts {
        say(&format!("  {:<18} {:<16} {} · {}", a.login, a.role, a.org, a.person));
    }
    say("");
    Ok(())
}
