//! Two database engines behind one small interface, with an append-only journal whose events are leaves of a
//! Merkle tree. This crate knows no waste: it stores what the application's commands say, in the order in
//! which they are accepted, and can prove afterwards that nothing was altered.
//!
//! - [`Db::write`] runs a command: queued per tenant, grouped, a savepoint each, answered after the commit.
//! - [`Db::read`] reads from a consistent snapshot.

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
pub use schema::{Column, Table};
pub use sql::Sql;
pub use tx::Tx;
pub use value::{FromValue, Row, Value};
pub use verify::*;
