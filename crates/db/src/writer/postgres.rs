//! The PostgreSQL writer: one task and one connection per tenant. The transaction first locks the tenant's
//! `journal_head` row, so that several processes may serve one tenant and still positions have no gaps.

use std::time::{Duration, Instant};

use tokio::sync::mpsc;
use tokio_postgres::Config;

use super::{Envelope, LINGER, Pulse, drain, observe};
use crate::engine::postgres::Pg;
use crate::tx::Engine;
use crate::{DbError, Recorder, Tx};

/// Runs until every [`Db`](crate::Db) handle is gone.
pub(crate) async fn run(
    config: Config,
    mut queue: mpsc::Receiver<Envelope>,
    max_group: usize,
    salt_seed: Option<[u8; 32]>,
    recorder: Option<Recorder>,
    pulse: Pulse,
) {
    let mut tx: Option<Tx> = None;
    let mut group = Vec::with_capacity(max_group);
    let mut previous = 1;
    while let Some(first) = queue.recv().await {
        pulse.begin();
        group.push(first);
        drain(&mut queue, &mut group, max_group);
        let start = Instant::now();
        while group.len() < previous && start.elapsed() < LINGER {
            tokio::task::yield_now().await;
            drain(&mut queue, &mut group, previous);
        }
        previous = group.len();
        if tx.as_ref().is_none_or(Tx::is_closed) {
            tx = match Pg::connect(&config).await {
                Ok(mut pg) => {
                    pg.recorder = recorder.clone();
                    Some(Tx::new(Engine::Pg(pg), salt_seed))
                }
                Err(e) => {
                    answer(&mut group, Err(e));
                    pulse.rest();
                    continue;
                }
            };
        }
        if let Some(tx) = &mut tx {
            let size = group.len();
            let commit = run_group(tx, &mut group).await;
            observe("postgres", size, queue.len(), commit);
        }
        pulse.rest();
    }
}

/// One transaction. Answers every command of the group and leaves it empty.
async fn run_group(tx: &mut Tx, group: &mut Vec<Envelope>) -> Duration {
    let mut outcome = match group.first() {
        Some(first) => tx.pg_begin(&first.tenant).await,
        None => Ok(()),
    };
    if outcome.is_ok() {
        for envelope in group.iter_mut() {
            outcome = run_command(tx, envelope).await;
            if outcome.is_err() {
                break;
            }
        }
    }
    let start = Instant::now();
    if outcome.is_ok() {
        outcome = tx.pg_commit().await;
    }
    let spent = start.elapsed();
    if let Err(e) = &outcome {
        tracing::error!(error = %e, commands = group.len(), "group not committed");
        if let Err(e) = tx.rollback().await {
            tracing::warn!(error = %e, "rollback of a group failed");
        }
    }
    tx.heads.clear();
    answer(group, outcome.map_err(not_committed));
    spent
}

/// When the connection is lost while committing, nobody here knows; the idempotency key lets the client ask again.
fn not_committed(e: DbError) -> DbError {
    match e {
        DbError::Unavailable(e) => {
            DbError::Unavailable(format!("{e}; whether the command was stored is not known"))
        }
        e => DbError::NotCommitted(e.to_string()),
    }
}

fn answer(group: &mut Vec<Envelope>, outcome: Result<(), DbError>) {
    for mut envelope in group.drain(..) {
        if let Err(e) = &outcome {
            envelope.command.fail(e.clone());
        }
        envelope.command.answer();
    }
}

/// One savepoint. An error here ends the whole group.
async fn run_command(tx: &mut Tx, envelope: &mut Envelope) -> Result<(), DbError> {
    if envelope.command.is_abandoned() {
        return Ok(());
    }
    tx.failed = None;
    tx.pg_control("savepoint command");
    let mut keep = envelope.command.run(tx).await;
    if keep && let Err(e) = tx.pg_confirm().await {
        envelope.command.fail(e);
        keep = false;
    }
    if keep {
        tx.heads.keep();
        tx.pg_control("release command");
        return Ok(());
    }
    tx.heads.undo(&envelope.tenant);
    if tx.is_closed() {
        return Err(DbError::Unavailable("the connection was lost".to_owned()));
    }
    // What was sent ahead may have failed; that failure is the command's, and the savepoint undoes it.
    tx.pg_settle_failed().await;
    tx.pg_control("rollback to command; release command");
    Ok(())
}
