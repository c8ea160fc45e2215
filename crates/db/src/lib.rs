//! Two database engines behind one small interface, with an append-only journal whose events are leaves of a
//! Merkle tree. This crate knows no waste: it stores what the application's commands say, in the order in
//! which they are accepted, and can prove afterwards that nothing was altered.
//!
//! ```text
//! db.write(tenant, |tx| Box::pin(async move {            // queued, grouped, a savepoint of its own
//!     let row = tx.query_one("select … where tenant_id = $1 and id = $2", &params![tx.tenant(), id]).await?;
//!     let event = tx.append(NewEvent { … }).await?;       // position, canonical bytes, leaf
//!     tx.exec_all(vec![(UPDATE, params![…]), (INSERT, params![…])]).await?;   // one round trip
//!     Ok(event)
//! })).await                                               // answered after the commit
//! ```
//!
//! - [`Db::write`], [`Tx`]: the way in. Statements, [`Tx::append`], [`Tx::enqueue`], [`Tx::put_attachment`].
//! - [`Db::read`], [`Snapshot`], [`Sql`]: the way out; everything of one moment.
//! - [`Db::migrate`], [`Migration`]: one text for both engines (ADR 0002).
//! - [`Db::inclusion_proof`], [`Db::consistency_proof`], [`Db::checkpoint`], [`open_checkpoint`]: proofs, and what
//!   an auditor needs to check them without us.
//! - [`Db::verify`], [`Rebuild`]: the proof that nothing was altered, or what was.
//! - [`Db::backup`], [`Db::restore`]: one SQLite file for both engines.
//! - [`testing`], [`both!`]: tests on both engines.
//!
//! Metrics: `wufei_db_group_size`, `wufei_db_commit_seconds` (histograms), `wufei_db_queue_depth` (gauge), each with
//! the label `engine`. Why it is so: ADR 0006.

mod attachment;
mod backup;
mod clock;
mod db;
mod direct;
mod engine;
mod error;
mod jobs;
mod journal;
mod migrate;
mod reader;
mod recorder;
mod schema;
mod sql;
pub mod testing;
mod tx;
mod value;
mod verify;
mod writer;

pub use futures::future::BoxFuture;

pub use attachment::attachment;
pub use db::{Db, DbConfig, EngineKind};
pub use error::{Constraint, DbError};
pub use jobs::{ClaimedJob, JobCounts, NewJob};
pub use journal::*;
pub use migrate::{CORE, Migration};
pub use reader::Snapshot;
pub use recorder::Recorder;
pub use schema::{Column, Table};
pub use sql::Sql;
pub use tx::Tx;
pub use value::{FromValue, Row, Value};
pub use verify::*;
pub use writer::WriterState;
