//! `wufei demo`: a city to play with. An empty database is filled through the same services as people use, under a
//! simulated clock; then the machine's clock takes over and the server starts.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use app::kit::clock::{RandomIds, SystemClock};
use app::kit::settings::{LimitSettings, LiveSettings, NumberAuthoritySetting, SessionSettings};
use app::kit::{Kit, Settings};

use super::past::{self, Home};
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

/// Starts the demonstration and stays until a signal comes.
pub async fn run(options: Demo) -> Result<(), Failure> {
    log(LogFormat::Text, "warn");
    let profile = Profile::named(&options.profile)?;
    // Taken first: a port that is in use should be said before a city is built.
    let listener = server::listen(SocketAddr::from((Ipv4Addr::LOCALHOST, options.port))).await?;
    let terminals = live::listen(SocketAddr::from((Ipv4Addr::LOCALHOST, options.gateway_port)))?;
    // Kept until the end: a temporary directory goes when it is dropped.
    let home = Home::of(&options)?;
    let url = options.database.database.clone().unwrap_or_else(|| house::sqlite_url(&home.dir));
    Box::pin(past::ensure(&options, &home, &url)).await?;
    if options.only_past {
        return Ok(());
    }
    let data_dir = home.dir.clone();
    let kit = house::open(Plan {
        url,
        data_dir: data_dir.clone(),
        settings: settings(&options.profile, &profile),
        profile,
        clock: Arc::new(SystemClock),
        ids: Arc::new(RandomIds),
        past: None,
    })
    .await?;
    accounts(&kit).await?;
    let (address, gateway) = (listener.local_addr()?, terminals.local_addr()?);
    let live = Box::pin(live::open_live(&kit, &data_dir)).await?;
    let errands = past::errands(&kit, &home).await?;
    let plan = drives::write_plan(&kit, &data_dir, &errands, options.seed).await?;
    let people = drives::write_errands(&data_dir, &errands)?;
    let mut beside_us = Vec::new();
    let house = Arc::clone(&kit);
    let beside = |stop: &_| live.start(&house, Some((terminals, Limits::default())), stop);
    let ready = || {
        say(&format!("terminals at 终端接入: {gateway} (JT/T 808)"));
        if !options.no_trucks && !options.empty {
            beside_us.extend(drives::trucks(&plan, gateway));
            if !options.no_people && !errands.all.is_empty() {
                beside_us.extend(drives::people(&people, address));
            }
        }
        say(&format!("无废 ready at http://{address}"));
    };
    let done = server::until_signal(kit, listener, Options::default(), beside, ready).await;
    drop(beside_us);
    drop(home);
    done
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
