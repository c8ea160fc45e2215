//! The way out: read-only snapshots from their own connections, never in the way of the writer. Everything a
//! snapshot reads is of one moment.

use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};

use deadpool_postgres::{Manager, ManagerConfig, Object, Pool, RecyclingMethod};
use futures::FutureExt;
use futures::future::BoxFuture;
use tokio::sync::Semaphore;
use tokio_postgres::NoTls;

use crate::engine::postgres::{check, collect, columns};
use crate::engine::sqlite::{Lite, refuse_nul};
use crate::{DbError, Row, Sql, Value};

pub(crate) enum Engine {
    Lite(Lite),
    Pg(PgReader),
}

/// A consistent, read-only view.
pub struct Snapshot {
    pub(crate) engine: Engine,
}

impl Sql for Snapshot {
    fn query<'a>(
        &'a mut self,
        sql: &'a str,
        params: &'a [Value],
    ) -> BoxFuture<'a, Result<Vec<Row>, DbError>> {
        Box::pin(async move {
            match &mut self.engine {
                Engine::Lite(lite) => {
                    refuse_nul(params)?;
                    lite.query(sql, params)
                }
                Engine::Pg(pg) => pg.query(sql, params).await,
            }
        })
    }
}

/// Read-only SQLite connections.
pub(crate) struct LitePool {
    path: std::path::PathBuf,
    idle: Mutex<Vec<Lite>>,
    permits: Arc<Semaphore>,
}

impl LitePool {
    pub fn new(path: std::path::PathBuf, size: usize) -> Self {
        Self { path, idle: Mutex::new(Vec::new()), permits: Arc::new(Semaphore::new(size)) }
    }

    /// Runs `query` on a blocking thread in a deferred transaction.
    pub async fn read<T, E, F>(self: &Arc<Self>, query: F) -> Result<T, E>
    where
        F: for<'s> FnOnce(&'s mut Snapshot) -> BoxFuture<'s, Result<T, E>> + Send + 'static,
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        let permit = self.permits.clone().acquire_owned().await.map_err(|_| DbError::Closed)?;
        let pool = self.clone();
        let handle = tokio::runtime::Handle::current();
        let done = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            let idle = pool.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let lite = idle.map_or_else(|| Lite::open_reader(&pool.path), Ok)?;
            lite.run("begin")?;
            let mut snapshot = Snapshot { engine: Engine::Lite(lite) };
            let answer = handle.block_on(query(&mut snapshot));
            // A connection that cannot end its transaction is not used again.
            if let Engine::Lite(lite) = snapshot.engine
                && lite.run("commit").is_ok()
            {
                pool.idle.lock().unwrap_or_else(PoisonError::into_inner).push(lite);
            }
            answer
        });
        match done.await {
            Ok(answer) => answer,
            Err(e) if e.is_panic() => {
                Err(DbError::Panicked(crate::error::panic_text(&*e.into_panic())).into())
            }
            Err(_) => Err(DbError::Closed.into()),
        }
    }
}

/// PostgreSQL connections for reading.
pub(crate) struct PgPool {
    pool: Pool,
}

/// A connection in a read-only transaction, which ends when it is dropped.
pub(crate) struct PgReader {
    client: Object,
}

impl Drop for PgReader {
    fn drop(&mut self) {
        // Sent at the first poll; the next user's requests come after it.
        let _ = self.client.batch_execute("rollback").now_or_never();
    }
}

impl PgReader {
    async fn query(&mut self, sql: &str, params: &[Value]) -> Result<Vec<Row>, DbError> {
        query(&self.client, sql, params).await
    }
}

async fn query(client: &Object, sql: &str, params: &[Value]) -> Result<Vec<Row>, DbError> {
    let statement = client.prepare_cached(sql).await?;
    check(&statement, params)?;
    let rows = client.query_raw(&statement, params).await?;
    Ok(collect(rows, &Arc::new(columns(&statement, sql))).await?)
}

impl PgPool {
    pub fn new(config: &tokio_postgres::Config, size: usize) -> Result<Self, DbError> {
        let recycling = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        // Lists have the same text for a firm with ten rows and one with a hundred thousand: a plan for both suits neither.
        let mut config = config.clone();
        let options = config.get_options().unwrap_or_default().to_owned();
        config.options(format!("{options} -c plan_cache_mode=force_custom_plan"));
        let manager = Manager::from_config(config, NoTls, recycling);
        let pool =
            Pool::builder(manager).max_size(size).build().map_err(|e| DbError::Config(e.to_string()))?;
        Ok(Self { pool })
    }

    async fn connection(&self) -> Result<Object, DbError> {
        self.pool
            .get()
            .await
            .map_err(|e| DbError::Unavailable(format!("PostgreSQL: {}", crate::error::chain(&e))))
    }

    async fn begin(&self) -> Result<PgReader, DbError> {
        let client = self.connection().await?;
        // Sent ahead of the first query, in one round trip with it.
        let begun = client.batch_execute("begin isolation level repeatable read, read only").now_or_never();
        match begun {
            Some(Err(e)) => Err(e.into()),
            _ => Ok(PgReader { client }),
        }
    }

    pub async fn read<T, E, F>(&self, read: F) -> Result<T, E>
    where
        F: for<'s> FnOnce(&'s mut Snapshot) -> BoxFuture<'s, Result<T, E>> + Send + 'static,
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        let mut snapshot = Snapshot { engine: Engine::Pg(self.begin().await?) };
        match AssertUnwindSafe(async { read(&mut snapshot).await }).catch_unwind().await {
            Ok(answer) => answer,
            Err(panic) => Err(DbError::Panicked(crate::error::panic_text(&*panic)).into()),
        }
    }

    /// One statement in a transaction of its own.
    pub async fn write_aside(&self, sql: &str, params: &[Value]) -> Result<Vec<Row>, DbError> {
        query(&self.connection().await?, sql, params).await
    }
}

impl Snapshot {
    /// A snapshot that is not lent to a closure, for verification and backup. Its queries block on SQLite.
    pub(crate) async fn open(db: &crate::Db) -> Result<Self, DbError> {
        let engine = match &db.inner.backend {
            crate::db::Backend::Lite { path, .. } => {
                let lite = Lite::open_reader(path)?;
                lite.run("begin")?;
                Engine::Lite(lite)
            }
            crate::db::Backend::Pg { readers, .. } => Engine::Pg(readers.begin().await?),
        };
        Ok(Self { engine })
    }
}
