//! `wufei trucks`: a process of its own that drives the trucks of a plan and speaks JT/T 808 to a gateway, as terminals
//! on trucks do. The demonstration starts it as a child; by hand it drives against any gateway that knows its terminals.

use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use app::kit::Clock;
use app::kit::clock::SystemClock;
use simulator::trucks::Plan;
use tokio::sync::watch;

use super::{log, say};
use crate::Failure;
use crate::cli::Trucks;
use crate::config::LogFormat;
use crate::terminal::{Tally, Terminal};

/// How often numbers are printed.
const BEAT: Duration = Duration::from_secs(10);

/// Drives until a signal comes or, when asked for, standard input ends.
pub async fn run(options: Trucks) -> Result<(), Failure> {
    log(LogFormat::Text, "warn");
    let bytes = std::fs::read(&options.plan)
        .map_err(|e| Failure::new(format!("plan {}: {e}", options.plan.display())))?;
    let plan = Arc::new(Plan::read(&bytes).map_err(|e| Failure::new(e.to_string()))?);
    if plan.trucks.is_empty() {
        return Err(Failure::new("the plan has no trucks: no vehicle of the register has a terminal"));
    }
    let (stop, stopped) = watch::channel(false);
    if options.until_eof {
        let stop = stop.clone();
        at_eof(move || {
            stop.send_replace(true);
        })?;
    }
    let (start, tally) = (SystemClock.now(), Arc::new(Tally::default()));
    let drives: Vec<_> = (0..plan.trucks.len())
        .filter_map(|truck| Terminal::new(&plan, truck, start, options.every, Arc::clone(&tally)))
        .map(|terminal| tokio::spawn(terminal.drive(options.gateway.clone(), stopped.clone())))
        .collect();
    let trucks = drives.len();
    let all = async {
        for drive in drives {
            let _ = drive.await;
        }
    };
    tokio::pin!(all);
    let mut beat = tokio::time::interval(BEAT);
    loop {
        tokio::select! {
            () = &mut all => return Ok(()),
            _ = tokio::signal::ctrl_c() => { stop.send_replace(true); }
            _ = beat.tick(), if options.json => say(&numbers(trucks, &tally)),
        }
    }
}

fn numbers(trucks: usize, tally: &Tally) -> String {
    let n = |c: &std::sync::atomic::AtomicU64| c.load(Ordering::Relaxed);
    serde_json::json!({
        "trucks": trucks, "connected": n(&tally.connected), "positions": n(&tally.positions),
        "acknowledged": n(&tally.acknowledged), "refused": n(&tally.refused),
    })
    .to_string()
}

/// Acts when standard input ends: its other end belongs to the process that wants this one to run.
pub(super) fn at_eof(act: impl FnOnce() + Send + 'static) -> Result<(), Failure> {
    let wait = move || {
        let (mut input, mut some) = (std::io::stdin().lock(), [0; 64]);
        while input.read(&mut some).is_ok_and(|count| count > 0) {}
        act();
    };
    std::thread::Builder::new().name("until-eof".to_owned()).spawn(wait)?;
    Ok(())
}
