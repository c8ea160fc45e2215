//! The device gateway: JT/T 808 over TCP. It takes frames, writes them to the ingest log and acknowledges them, and it
//! decides nothing about what they mean. What it must never do: acknowledge a frame before the log has synced it, let
//! anybody speak who has not authenticated, grow with what a peer sends, or let one device hold up another.
//!
//! A connection is one task with one loop. It reads while earlier frames still wait for the disk, up to a bound, and
//! all connections together hold a bounded number of reads: who asks first gets the next one, so a device that floods
//! gets its turn and no more. A connection that never sent anything owns no buffer.

mod accept;
mod connection;
mod conversation;
mod door;
mod parts;
mod pulse;
mod recent;
mod seats;

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use app::kit::Kit;
use app::monitoring::gate::Gate;
use app::monitoring::samples::Samples;
use serde::{Deserialize, Serialize};
use telemetry::log::Log;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinHandle;

/// How much one gateway takes on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Connections at once.
    pub connections: usize,
    /// Of these, from one address. Generous: mobile networks hide thousands of terminals behind few addresses.
    pub per_address: usize,
    /// Seconds within which a terminal must have authenticated.
    pub unauthenticated_s: u32,
    /// Seconds without a byte after which an authenticated connection is closed.
    pub idle_s: u32,
    /// Frames a second from one terminal, in the long run; 0 for no limit. Beyond, its socket is read more slowly:
    /// nothing is lost, it waits in the terminal.
    pub frames_per_second: u32,
    /// Frames that may come at once, such as after a blind spot of the network.
    pub burst: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 12_000,
            per_address: 6_000,
            unauthenticated_s: 30,
            idle_s: 600,
            frames_per_second: 200,
            burst: 20_000,
        }
    }
}

/// Reads that wait for the disk at once, of all connections: 16 KiB each at most.
const READS: usize = 2_048;
/// Registrations and authentications at once: each asks the database.
const DOORS: usize = 64;

/// What the connections share.
struct Shared {
    kit: Arc<Kit>,
    log: Arc<Log>,
    gate: Arc<Gate>,
    samples: Arc<Samples>,
    limits: Limits,
    seats: seats::Seats,
    reads: Arc<Semaphore>,
    doors: Semaphore,
    /// Bytes of unfinished messages in parts, of all connections.
    part_bytes: AtomicUsize,
}

/// The gateway.
pub struct Gateway;

impl Gateway {
    /// Serves terminals until `stop` becomes true: then it takes no more, finishes what waits for the disk, answers it
    /// and ends. Bad frames are kept for people in the house's part [`Samples`].
    pub fn start(
        kit: Arc<Kit>,
        log: Arc<Log>,
        listener: TcpListener,
        stop: watch::Receiver<bool>,
        limits: Limits,
    ) -> JoinHandle<()> {
        let shared = Arc::new(Shared {
            gate: kit.parts.get::<Gate>(),
            samples: kit.parts.get::<Samples>(),
            kit,
            log,
            limits,
            seats: seats::Seats::default(),
            reads: Arc::new(Semaphore::new(READS)),
            doors: Semaphore::new(DOORS),
            part_bytes: AtomicUsize::new(0),
        });
        tokio::spawn(async move {
            let beat = tokio::spawn(pulse::run(Arc::clone(&shared), stop.clone()));
            accept::run(&shared, listener, stop).await;
            // It has seen the same signal.
            let _ = beat.await;
        })
    }
}

/// Waits until the flag is raised, or nobody can raise it any more.
async fn raised(flag: &mut watch::Receiver<bool>) {
    let _ = flag.wait_for(|s| *s).await.map(drop);
}
