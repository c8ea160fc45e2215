//! What the writers do around commands: the parts of a group's transaction that no command sees.

use std::sync::Arc;

use crate::engine::sqlite::{Arg, Lite};
use crate::journal::{Head, read::head_of};
use crate::tx::Engine;
use crate::{DbError, Tx, params};

const SAVE_HEAD: &str = "insert into journal_head (tenant_id, size, frontier) values ($1, $2, $3) \
     on conflict (tenant_id) do update set size = excluded.size, frontier = excluded.frontier";
const LOCK_HEAD: &str = "select size, frontier from journal_head where tenant_id = $1 for update";
const FIRST_HEAD: &str = "insert into journal_head (tenant_id, size, frontier) values ($1, 0, $2) \
     on conflict (tenant_id) do nothing";

impl Tx {
    /// Runs a statement without parameters and rows on SQLite.
    pub(crate) fn lite_run(&self, sql: &str) -> Result<(), DbError> {
        match &self.engine {
            Engine::Lite(lite) => lite.run(sql),
            Engine::Pg(_) => Err(wrong_engine()),
        }
    }

    /// Whether SQLite has an open transaction.
    pub(crate) fn lite_is_open(&self) -> bool {
        matches!(&self.engine, Engine::Lite(Lite { conn, .. }) if !conn.is_autocommit())
    }

    /// Writes the heads that moved.
    pub(crate) fn lite_save_heads(&self) -> Result<(), DbError> {
        let Engine::Lite(lite) = &self.engine else { return Err(wrong_engine()) };
        for (tenant, head) in self.heads.dirty() {
            let frontier = head.frontier_bytes();
            lite.exec(SAVE_HEAD, &[Arg::Text(tenant), Arg::Int(head.size()), Arg::Bytes(&frontier)])?;
        }
        Ok(())
    }

    /// Whether the connection to PostgreSQL is lost.
    pub(crate) fn is_closed(&self) -> bool {
        matches!(&self.engine, Engine::Pg(pg) if pg.is_closed())
    }

    /// Begins a group: the tenant's head row is locked and read.
    pub(crate) async fn pg_begin(&mut self, tenant: &Arc<str>) -> Result<(), DbError> {
        self.failed = None;
        self.tenant = tenant.clone();
        let Engine::Pg(pg) = &mut self.engine else { return Err(wrong_engine()) };
        pg.send_control("begin isolation level read committed");
        let mut rows = pg.query(LOCK_HEAD, &params![tenant]).await?;
        if rows.is_empty() {
            pg.exec(FIRST_HEAD, &params![tenant, Vec::new()]).await?;
            rows = pg.query(LOCK_HEAD, &params![tenant]).await?;
        }
        let head = rows.first().map_or(Ok(Head::default()), head_of)?;
        self.heads.load(tenant.clone(), head);
        Ok(())
    }

    /// Sends a control statement ahead.
    pub(crate) fn pg_control(&mut self, sql: &'static str) {
        if let Engine::Pg(pg) = &mut self.engine {
            pg.send_control(sql);
        }
    }

    /// Waits for writes of the command whose success is not known yet.
    pub(crate) async fn pg_confirm(&mut self) -> Result<(), DbError> {
        match &mut self.engine {
            Engine::Pg(pg) if pg.is_unconfirmed() => pg.settle().await,
            _ => Ok(()),
        }
    }

    /// Waits for what was sent ahead by a command that failed anyway.
    pub(crate) async fn pg_settle_failed(&mut self) {
        if let Engine::Pg(pg) = &mut self.engine
            && let Err(e) = pg.settle().await
        {
            tracing::debug!(error = %e, "statement of a failed command");
        }
    }

    /// Writes the head if it moved and commits. A commit after a failed statement is a silent rollback in
    /// PostgreSQL, therefore everything sent before must have succeeded.
    pub(crate) async fn pg_commit(&mut self) -> Result<(), DbError> {
        let Engine::Pg(pg) = &mut self.engine else { return Err(wrong_engine()) };
        for (tenant, head) in self.heads.dirty() {
            pg.send(SAVE_HEAD, params![tenant, head.size(), head.frontier_bytes()]).await?;
        }
        pg.send_control("commit");
        pg.settle().await
    }
}

fn wrong_engine() -> DbError {
    DbError::Config("this belongs to the other engine".to_owned())
}
