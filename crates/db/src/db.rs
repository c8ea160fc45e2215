//! The handle that the application holds: opening, writing, reading.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use futures::future::BoxFuture;
use tokio::sync::{mpsc, oneshot};

use crate::engine::sqlite::Lite;
use crate::reader::{LitePool, PgPool, Snapshot};
use crate::writer::{Envelope, Job, Pulse, WriterState};
use crate::{DbError, Recorder, Tx, tx, writer};

/// Where the database is and how much it may use.
#[derive(Clone, Debug)]
pub struct DbConfig {
    /// `sqlite:PATH` or `postgres://…`.
    pub url: String,
    /// Most readers at a time.
    pub readers: usize,
    /// Commands that may wait; more callers than that wait for a place.
    pub queue: usize,
    /// Most commands in one transaction.
    pub group: usize,
    /// Nothing is written, not even a missing file created; for verification.
    pub read_only: bool,
    /// Salts of personal values follow from this seed instead of chance. Only for demonstrations and tests,
    /// where one seed shall give the same journal twice: whoever knows it can guess what was erased.
    pub salt_seed: Option<[u8; 32]>,
    /// Commits are not synced (SQLite): only for filling a database that is thrown away when that is interrupted, and
    /// that is synced and opened anew before anybody relies on it. What was acknowledged may be lost with the power.
    pub unsynced: bool,
    /// Hears every statement of the writer; only for measurements.
    pub recorder: Option<Recorder>,
}

impl DbConfig {
    /// Defaults for `url`.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            readers: 8,
            queue: 1024,
            group: 64,
            read_only: false,
            salt_seed: None,
            unsynced: false,
            recorder: None,
        }
    }
}

/// The engine behind a [`Db`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EngineKind {
    /// SQLite.
    Sqlite,
    /// PostgreSQL.
    Postgres,
}

pub(crate) enum Backend {
    Lite { path: PathBuf, queue: mpsc::Sender<Envelope>, pulse: Pulse, readers: Arc<LitePool> },
    Pg { config: Box<tokio_postgres::Config>, queues: PgQueues, readers: PgPool },
}

/// The queue of a tenant's writer, and how that writer stands.
type Queue = (mpsc::Sender<Envelope>, Pulse);

/// The queue of each tenant's writer.
pub(crate) struct PgQueues {
    by_tenant: Mutex<HashMap<Arc<str>, Queue>>,
    queue: usize,
    group: usize,
    salt_seed: Option<[u8; 32]>,
    recorder: Option<Recorder>,
}

impl PgQueues {
    /// The tenant's queue; its writer starts with the first command.
    fn get(&self, tenant: &Arc<str>, config: &tokio_postgres::Config) -> mpsc::Sender<Envelope> {
        let mut by_tenant = self.by_tenant.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((queue, _)) = by_tenant.get(tenant).filter(|(q, _)| !q.is_closed()) {
            return queue.clone();
        }
        let (queue, waiting) = mpsc::channel(self.queue);
        let (salt_seed, recorder) = (self.salt_seed, self.recorder.clone());
        let pulse = Pulse::default();
        tokio::spawn(writer::postgres::run(
            config.clone(),
            waiting,
            self.group,
            salt_seed,
            recorder,
            pulse.clone(),
        ));
        by_tenant.insert(tenant.clone(), (queue.clone(), pulse));
        queue
    }

    /// How the tenant's writer stands; one that has not begun, or ended, begins with the next command.
    fn state(&self, tenant: &str) -> WriterState {
        let by_tenant = self.by_tenant.lock().unwrap_or_else(PoisonError::into_inner);
        match by_tenant.get(tenant).filter(|(q, _)| !q.is_closed()) {
            Some((queue, pulse)) => state(queue, pulse),
            None => WriterState { running: true, waiting: 0, room: self.queue, busy_us: 0 },
        }
    }
}

fn state(queue: &mpsc::Sender<Envelope>, pulse: &Pulse) -> WriterState {
    let room = queue.capacity();
    WriterState {
        running: !queue.is_closed(),
        waiting: queue.max_capacity().saturating_sub(room),
        room,
        busy_us: pulse.busy_us(),
    }
}

pub(crate) struct Inner {
    pub backend: Backend,
    pub read_only: bool,
}

/// A database. Cheap to clone; the writer ends when the last clone is dropped.
#[derive(Clone)]
pub struct Db {
    pub(crate) inner: Arc<Inner>,
}

impl Db {
    /// Opens (and for SQLite creates) the database. Does not migrate.
    pub async fn open(config: &DbConfig) -> Result<Self, DbError> {
        let backend = match config.url.split_once(':') {
            Some(("sqlite", path)) if !path.is_empty() => open_lite(config, PathBuf::from(path)).await?,
            Some(("postgres" | "postgresql", _)) => open_pg(config)?,
            _ => {
                return Err(DbError::Config(format!(
                    "database address {:?} must be sqlite:PATH or postgres://USER@HOST/NAME",
                    without_password(&config.url)
                )));
            }
        };
        Ok(Self { inner: Arc::new(Inner { backend, read_only: config.read_only }) })
    }

    /// Which engine this is.
    pub fn engine(&self) -> EngineKind {
        match self.inner.backend {
            Backend::Lite { .. } => EngineKind::Sqlite,
            Backend::Pg { .. } => EngineKind::Postgres,
        }
    }

    /// Runs a command in the tenant's writer: queued, grouped, under its own savepoint, answered after the
    /// commit. `Err`, a panic, or any failed statement rolls back this command only. Slow work (hashing,
    /// signature checks, network) belongs before the call: inside, only the database may be awaited.
    pub async fn write<T, E, F>(&self, tenant: &str, command: F) -> Result<T, E>
    where
        F: for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Result<T, E>> + Send + 'static,
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        if tenant.is_empty() || tenant.len() > 64 || tenant.chars().any(char::is_control) {
            return Err(DbError::Invalid("a tenant id has 1 to 64 bytes".to_owned()).into());
        }
        if self.inner.read_only {
            return Err(read_only().into());
        }
        let (reply, answer) = oneshot::channel();
        let command = Box::new(Job { command: Some(command), answer: None, reply });
        let tenant: Arc<str> = Arc::from(tenant);
        let sent = match &self.inner.backend {
            Backend::Lite { queue, .. } => queue.send(Envelope { tenant, command }).await,
            Backend::Pg { config, queues, .. } => {
                queues.get(&tenant, config).send(Envelope { tenant, command }).await
            }
        };
        if sent.is_err() {
            return Err(DbError::Closed.into());
        }
        answer.await.unwrap_or_else(|_| Err(DbError::Closed.into()))
    }

    /// How the tenant's writer stands, without queueing behind its commands.
    pub fn writer_state(&self, tenant: &str) -> WriterState {
        match &self.inner.backend {
            Backend::Lite { queue, pulse, .. } => state(queue, pulse),
            Backend::Pg { queues, .. } => queues.state(tenant),
        }
    }

    /// Reads from a consistent snapshot.
    pub async fn read<T, E, F>(&self, query: F) -> Result<T, E>
    where
        F: for<'s> FnOnce(&'s mut Snapshot) -> BoxFuture<'s, Result<T, E>> + Send + 'static,
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        match &self.inner.backend {
            Backend::Lite { readers, .. } => readers.read(query).await,
            Backend::Pg { readers, .. } => readers.read(query).await,
        }
    }
}

pub(crate) fn read_only() -> DbError {
    DbError::Config("the database was opened for reading only".to_owned())
}

async fn open_lite(config: &DbConfig, path: PathBuf) -> Result<Backend, DbError> {
    let (queue, waiting) = mpsc::channel(config.queue.max(1));
    let pulse = Pulse::default();
    let (opened, read_only, unsynced) = (path.clone(), config.read_only, config.unsynced);
    let open = move || match (read_only, unsynced) {
        (true, _) => Lite::open_reader(&opened),
        (false, false) => Lite::open_writer(&opened),
        (false, true) => Lite::open_unsynced(&opened),
    };
    let mut lite = tokio::task::spawn_blocking(open)
        .await
        .map_err(|e| DbError::Config(e.to_string()))?
        .map_err(|e| DbError::Config(format!("cannot open {}: {e}", path.display())))?;
    lite.recorder = config.recorder.clone();
    if !config.read_only {
        let tx = Tx::new(tx::Engine::Lite(lite), config.salt_seed);
        let group = config.group.max(1);
        std::thread::Builder::new()
            .name("db-writer".to_owned())
            .spawn({
                let pulse = pulse.clone();
                move || writer::sqlite::run(tx, waiting, group, &pulse)
            })
            .map_err(|e| DbError::Config(format!("cannot start the writer thread: {e}")))?;
    }
    let readers = Arc::new(LitePool::new(path.clone(), config.readers.max(1)));
    Ok(Backend::Lite { path, queue, pulse, readers })
}

fn open_pg(config: &DbConfig) -> Result<Backend, DbError> {
    let mut pg: tokio_postgres::Config = config.url.parse().map_err(|e| {
        let url = without_password(&config.url);
        DbError::Config(format!("database address {url:?}: {}", crate::error::chain(&e)))
    })?;
    if pg.get_application_name().is_none() {
        pg.application_name("wufei");
    }
    if pg.get_connect_timeout().is_none() {
        pg.connect_timeout(std::time::Duration::from_secs(10));
    }
    let readers = PgPool::new(&pg, config.readers.max(1))?;
    let queues = PgQueues {
        by_tenant: Mutex::default(),
        queue: config.queue.max(1),
        group: config.group.max(1),
        salt_seed: config.salt_seed,
        recorder: config.recorder.clone(),
    };
    Ok(Backend::Pg { config: Box::new(pg), queues, readers })
}

/// The URL without what must not be logged.
fn without_password(url: &str) -> String {
    match (url.split_once("://"), url.rfind('@')) {
        (Some((scheme, rest)), Some(at)) => {
            let user = rest.split([':', '@']).next().unwrap_or_default();
            format!("{scheme}://{user}{}", &url[at..])
        }
        _ => url.to_owned(),
    }
}
