//! The live part of the house: the ingest log, with the gateway in front of it and the engine behind it. Everything that a data directory holds
//! of it is opened here, so that the server, the commands and the benchmarks agree on what lies where.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use app::kit::Kit;
use app::monitoring::engine::{Engine, Parts};
use app::monitoring::record;
use app::monitoring::tracks::Positions;
use telemetry::blocks::{BlockConfig, BlockStore};
use telemetry::checkpoint::CheckpointStore;
use telemetry::disk::RealDisk;
use telemetry::log::{Log, LogConfig, LogError, Offset, Opened};
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::Failure;
use crate::gateway::{Gateway, Limits};

/// Connections that wait to be accepted: all terminals of a city come back at once after a restart.
const BACKLOG: u32 = 4_096;

/// What is open.
pub struct Live {
    /// The ingest log.
    pub log: Arc<Log>,
    /// What follows it.
    engine: Engine,
}

impl From<LogError> for Failure {
    fn from(error: LogError) -> Self {
        Self(error.to_string())
    }
}

/// Opens the ingest log of a data directory; it continues at `at_least` if its end was lost.
///
/// # Errors
/// When the disk refuses, or another process has it open.
pub fn open_log(data_dir: &Path, at_least: Offset) -> Result<(Log, Opened), Failure> {
    let config = LogConfig { at_least, ..LogConfig::default() };
    Ok(Log::open(RealDisk::shared(), data_dir.join(record::LOG_DIR), config)?)
}

/// Opens the live part of a data directory: log, positions, and the engine with what it remembers.
///
/// # Errors
/// When the disk refuses, another process has it open, or the registers cannot be read.
pub async fn open_live(kit: &Arc<Kit>, data_dir: &Path) -> Result<Live, Failure> {
    let disk = RealDisk::shared();
    let failed = |e: &dyn std::fmt::Display| Failure::new(e.to_string());
    let blocks =
        BlockStore::open(Arc::clone(&disk), data_dir.join(record::BLOCK_DIR), BlockConfig::default())
            .map_err(|e| failed(&e))?;
    let blocks = Arc::new(blocks);
    let (checkpoints, from) =
        CheckpointStore::open(disk, data_dir.join(record::STATE_DIR), "engine").map_err(|e| failed(&e))?;
    let (log, opened) = open_log(data_dir, from.as_ref().map_or(0, |c| c.offset))?;
    tracing::info!(first = opened.first, next = opened.next, "ingest log open");
    let log = Arc::new(log);
    kit.parts.get::<Positions>().open(Arc::clone(&blocks));
    let parts = Parts { kit: Arc::clone(kit), log: Arc::clone(&log), blocks, checkpoints, from };
    let engine = Engine::new(parts).await?;
    Ok(Live { log, engine })
}

/// Listens for terminals.
///
/// # Errors
/// When the address is taken or not ours.
pub fn listen(address: SocketAddr) -> Result<TcpListener, Failure> {
    let bound = || {
        let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
        // As the standard listener does: a restart must not wait for old connections.
        #[cfg(unix)]
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        socket.listen(BACKLOG)
    };
    bound().map_err(|e| Failure::new(format!("cannot listen for terminals on {address}: {e}")))
}

impl Live {
    /// Starts what runs beside the server, until `stop` becomes true.
    pub fn start(
        self,
        kit: &Arc<Kit>,
        gateway: Option<(TcpListener, Limits)>,
        stop: &watch::Receiver<bool>,
    ) -> Vec<JoinHandle<()>> {
        let mut tasks = vec![tokio::spawn(self.engine.run(stop.clone()))];
        if let Some((listener, limits)) = gateway {
            tasks.push(Gateway::start(Arc::clone(kit), self.log, listener, stop.clone(), limits));
        }
        tasks
    }
}
