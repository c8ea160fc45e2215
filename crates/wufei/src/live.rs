//! The live part of the house: the ingest log with the gateway in front of it. Everything that a data directory holds
//! of it is opened here, so that the server, the commands and the benchmarks agree on what lies where.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use app::kit::Kit;
use app::monitoring::record;
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

/// Opens the live part of a data directory.
///
/// # Errors
/// When the disk refuses, or another process has it open.
pub fn open_live(_kit: &Arc<Kit>, data_dir: &Path) -> Result<Live, Failure> {
    let (log, opened) = open_log(data_dir, 0)?;
    tracing::info!(first = opened.first, next = opened.next, "ingest log open");
    Ok(Live { log: Arc::new(log) })
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
        let start = |(listener, limits)| {
            Gateway::start(Arc::clone(kit), Arc::clone(&self.log), listener, stop.clone(), limits)
        };
        gateway.map(start).into_iter().collect()
    }
}
