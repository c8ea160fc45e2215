//! A connection of its own for maintenance: migrations, restore, reading the schema. It goes past the queue,
//! so it must not be used for business data while the application runs.

use crate::db::{Backend, EngineKind};
use crate::engine::postgres::Pg;
use crate::engine::sqlite::Lite;
use crate::{Db, DbError, Row, Sql, Tx, Value, tx};

impl Db {
    pub(crate) async fn direct(&self) -> Result<Tx, DbError> {
        if self.inner.read_only {
            return Err(crate::db::read_only());
        }
        let engine = match &self.inner.backend {
            Backend::Lite { path, .. } => tx::Engine::Lite(Lite::open_writer(path)?),
            Backend::Pg { config, .. } => tx::Engine::Pg(Pg::connect(config).await?),
        };
        Ok(Tx::new(engine, None))
    }
}

impl Tx {
    pub(crate) fn kind(&self) -> EngineKind {
        match &self.engine {
            tx::Engine::Lite(_) => EngineKind::Sqlite,
            tx::Engine::Pg(_) => EngineKind::Postgres,
        }
    }

    /// Runs one or more statements without parameters.
    pub(crate) async fn batch(&mut self, sql: &str) -> Result<(), DbError> {
        match &mut self.engine {
            tx::Engine::Lite(lite) => Ok(lite.conn.execute_batch(sql)?),
            tx::Engine::Pg(pg) => pg.batch(sql).await,
        }
    }

    /// Lets the engine read a statement without running it.
    pub(crate) async fn prepare(&mut self, sql: &str) -> Result<(), DbError> {
        match &mut self.engine {
            tx::Engine::Lite(lite) => lite.conn.prepare(sql).map(drop).map_err(Into::into),
            tx::Engine::Pg(pg) => pg.prepare(sql).await.map(drop),
        }
    }

    pub(crate) async fn begin(&mut self) -> Result<(), DbError> {
        self.failed = None;
        match &mut self.engine {
            tx::Engine::Lite(lite) => lite.run("begin immediate"),
            tx::Engine::Pg(pg) => pg.batch("begin").await,
        }
    }

    pub(crate) async fn commit(&mut self) -> Result<(), DbError> {
        self.batch("commit").await
    }

    pub(crate) async fn rollback(&mut self) -> Result<(), DbError> {
        self.failed = None;
        self.batch("rollback").await
    }
}

impl Db {
    /// The one dialect branch beside the row lock: how a claim steps over rows that another claim holds.
    pub(crate) fn skip_locked(&self) -> &'static str {
        match &self.inner.backend {
            // One writer: nobody else holds rows.
            Backend::Lite { .. } => "",
            Backend::Pg { .. } => "for update skip locked",
        }
    }

    /// One statement that touches no journal, so on PostgreSQL it need not wait for the tenant's writer.
    pub(crate) async fn write_aside(
        &self,
        tenant: &str,
        sql: String,
        params: Vec<Value>,
    ) -> Result<Vec<Row>, DbError> {
        if self.inner.read_only {
            return Err(crate::db::read_only());
        }
        match &self.inner.backend {
            Backend::Lite { .. } => {
                self.write(tenant, move |tx| Box::pin(async move { tx.query(&sql, &params).await })).await
            }
            Backend::Pg { readers, .. } => readers.write_aside(&sql, &params).await,
        }
    }
}
