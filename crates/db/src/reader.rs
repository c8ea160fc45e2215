//! The way out: read-only snapshots from their own connections, never in the way of the writer. Everything a
//! snapshot reads is of one moment.

use std::sync::{Arc, Mutex, PoisonError};

use futures::future::BoxFuture;
use tokio::sync::Semaphore;

use crate::engine::sqlite::{Lite, refuse_nul};
use crate::{DbError, Row, Sql, Value};

pub(crate) enum Engine {
    Lite(Lite),
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
            let Engine::Lite(lite) = snapshot.engine;
            // A connection that cannot end its transaction is not used again.
            if lite.run("commit").is_ok() {
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
