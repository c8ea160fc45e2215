//! What the gateway does by the clock: ticks in the ingest log, from which silence is judged, and numbers for
//! Prometheus.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use app::monitoring::record;
use telemetry::log::Batch;
use tokio::sync::watch;

use super::{Shared, raised};

/// How often.
const BEAT: Duration = Duration::from_secs(10);
/// No ticks for so long after the start: terminals must have time to come back before their silence counts.
const FIRST: Duration = Duration::from_secs(30);

/// Ticks until the flag is raised.
pub(super) async fn run(shared: Arc<Shared>, mut stop: watch::Receiver<bool>) {
    let start = tokio::time::Instant::now();
    let mut beat = tokio::time::interval(BEAT);
    beat.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = raised(&mut stop) => break,
            _ = beat.tick() => {
                publish(&shared);
                if start.elapsed() >= FIRST {
                    tick(&shared).await;
                }
            }
        }
    }
    publish(&shared);
}

async fn tick(shared: &Shared) {
    let mut batch = Batch::new();
    let kept = match batch.push(0, shared.kit.clock.now(), record::TICK, &[]) {
        Ok(()) => shared.log.append(batch).await.map(drop),
        Err(error) => Err(error),
    };
    if let Err(error) = kept {
        tracing::error!(%error, "the ingest log takes nothing: terminals are not acknowledged");
    }
}

fn publish(shared: &Shared) {
    let c = &shared.gate.counters;
    let all: [(&'static str, &AtomicU64); 7] = [
        ("wufei_gateway_frames_total", &c.frames),
        ("wufei_gateway_bad_checksum_total", &c.bad_checksum),
        ("wufei_gateway_bad_frames_total", &c.bad_frames),
        ("wufei_gateway_garbage_bytes_total", &c.garbage_bytes),
        ("wufei_gateway_too_long_total", &c.too_long),
        ("wufei_gateway_refused_connections_total", &c.refused_connections),
        ("wufei_gateway_idle_closed_total", &c.idle_closed),
    ];
    for (name, value) in all {
        metrics::counter!(name).absolute(value.load(Ordering::Relaxed));
    }
    let gauge = |n: u64| u32::try_from(n).map_or(f64::from(u32::MAX), f64::from);
    metrics::gauge!("wufei_gateway_connections").set(gauge(c.connections.load(Ordering::Relaxed)));
    metrics::gauge!("wufei_gateway_terminals").set(gauge(shared.seats.len() as u64));
}
