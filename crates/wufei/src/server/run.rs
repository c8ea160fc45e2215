//! Runs the server: accepts until a signal comes, signs checkpoints beside it, lets requests finish and signs once
//! more before it ends.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use app::kit::Kit;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::{Options, metrics, router, upkeep};
use crate::Failure;

/// How long requests may take to finish after a signal.
const GRACE: Duration = Duration::from_secs(10);

/// Listens on an address.
///
/// # Errors
/// When it is taken or not ours.
pub async fn listen(address: SocketAddr) -> Result<TcpListener, Failure> {
    TcpListener::bind(address).await.map_err(|e| Failure::new(format!("cannot listen on {address}: {e}")))
}

/// Serves until SIGTERM or SIGINT. `beside` starts what runs beside the server and ends with it, such as the gateway.
/// Calls `ready` when a signal would be heard.
///
/// # Errors
/// When the server cannot be put together or the listener fails.
pub async fn until_signal(
    kit: Arc<Kit>,
    listener: TcpListener,
    options: Options,
    beside: impl FnOnce(&watch::Receiver<bool>) -> Vec<JoinHandle<()>>,
    ready: impl FnOnce(),
) -> Result<(), Failure> {
    let mut signals = Signals::listen()?;
    let (stop, stopped) = watch::channel(false);
    let stop = Arc::new(stop);
    let signal = Arc::clone(&stop);
    tokio::spawn(async move {
        signals.next().await;
        tracing::info!("stopping: letting requests finish");
        signal.send_replace(true);
    });
    let others = beside(&stopped);
    ready();
    let served = serve(kit, listener, options, stopped).await;
    // Without a signal when the server failed.
    stop.send_replace(true);
    let all = async {
        for other in others {
            let _ = other.await;
        }
    };
    if tokio::time::timeout(GRACE, all).await.is_err() {
        tracing::warn!("something beside the server did not finish in time");
    }
    served
}

/// Serves until `stopped` becomes true.
///
/// # Errors
/// When the server cannot be put together or the listener fails.
pub async fn serve(
    kit: Arc<Kit>,
    listener: TcpListener,
    options: Options,
    stopped: watch::Receiver<bool>,
) -> Result<(), Failure> {
    metrics::install();
    let app = router(&kit, &options)?.into_make_service_with_connect_info::<SocketAddr>();
    let checkpoints = tokio::spawn(checkpoints(Arc::clone(&kit), stopped.clone()));
    let upkeep = tokio::spawn(upkeep::run(Arc::clone(&kit), stopped.clone()));
    let mut wish = stopped.clone();
    let server = axum::serve(listener, app).with_graceful_shutdown(async move {
        raised(&mut wish).await;
    });
    let mut late = stopped;
    tokio::select! {
        done = server => done?,
        () = async { raised(&mut late).await; tokio::time::sleep(GRACE).await } => {
            tracing::warn!("some requests did not finish in time");
        }
    }
    // A sweep may be under way; its last piece is whole or not there.
    upkeep.abort();
    let _ = checkpoints.await;
    sign(&kit).await;
    Ok(())
}

/// Signs the head every second in which it moved.
async fn checkpoints(kit: Arc<Kit>, mut stopped: watch::Receiver<bool>) {
    let mut beat = tokio::time::interval(Duration::from_secs(1));
    beat.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = beat.tick() => {
                sign(&kit).await;
                metrics::upkeep();
            }
            () = raised(&mut stopped) => return,
        }
    }
}

/// Waits until the flag is raised, or nobody can raise it any more.
pub(super) async fn raised(flag: &mut watch::Receiver<bool>) {
    let _ = flag.wait_for(|s| *s).await.map(drop);
}

async fn sign(kit: &Kit) {
    match kit.db.checkpoint(&kit.settings.tenant, &kit.signer, kit.clock.now()).await {
        Ok(Some(checkpoint)) => metrics::journal(checkpoint.size, Some(checkpoint.size)),
        Ok(None) => {}
        Err(error) => tracing::error!(%error, "checkpoint was not signed"),
    }
}

/// SIGTERM and SIGINT, heard from the moment this exists.
#[cfg(unix)]
struct Signals {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn listen() -> Result<Self, Failure> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }
    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn listen() -> Result<Self, Failure> {
        Ok(Self)
    }
    async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
