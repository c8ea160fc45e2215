//! The SQLite writer: one thread that owns the only writing connection.

use std::time::{Duration, Instant};

use tokio::sync::mpsc;

use super::{Envelope, LINGER, Pulse, drain, observe};
use crate::{DbError, Tx};

/// Runs until every [`Db`](crate::Db) handle is gone.
pub(crate) fn run(mut tx: Tx, mut queue: mpsc::Receiver<Envelope>, max_group: usize, pulse: &Pulse) {
    let mut group = Vec::with_capacity(max_group);
    let mut previous = 1;
    while let Some(first) = queue.blocking_recv() {
        pulse.begin();
        group.push(first);
        drain(&mut queue, &mut group, max_group);
        linger(&mut queue, &mut group, previous);
        let size = group.len();
        previous = size;
        let commit = run_group(&mut tx, &mut group);
        pulse.rest();
        observe("sqlite", size, queue.len(), commit);
    }
}

/// See [`LINGER`].
fn linger(queue: &mut mpsc::Receiver<Envelope>, group: &mut Vec<Envelope>, previous: usize) {
    if group.len() >= previous {
        return;
    }
    let start = Instant::now();
    while group.len() < previous && start.elapsed() < LINGER {
        std::thread::yield_now();
        drain(queue, group, previous);
    }
}

/// One transaction. Answers every command of the group and leaves it empty.
fn run_group(tx: &mut Tx, group: &mut Vec<Envelope>) -> Duration {
    let begun = tx.lite_run("begin immediate");
    let mut outcome = begun.and_then(|()| group.iter_mut().try_for_each(|e| run_command(tx, e)));
    if outcome.is_ok() {
        outcome = tx.lite_save_heads();
    }
    let start = Instant::now();
    if outcome.is_ok() {
        outcome = tx.lite_run("commit");
    }
    let spent = start.elapsed();
    if let Err(e) = outcome {
        if tx.lite_is_open()
            && let Err(e) = tx.lite_run("rollback")
        {
            tracing::error!(error = %e, "rollback of a group failed");
        }
        tracing::error!(error = %e, commands = group.len(), "group not committed");
        for envelope in group.iter_mut() {
            envelope.command.fail(DbError::NotCommitted(e.to_string()));
        }
    }
    tx.heads.clear();
    for envelope in group.drain(..) {
        envelope.command.answer();
    }
    spent
}

/// One savepoint. An error here ends the whole group.
fn run_command(tx: &mut Tx, envelope: &mut Envelope) -> Result<(), DbError> {
    if envelope.command.is_abandoned() {
        return Ok(());
    }
    tx.tenant = envelope.tenant.clone();
    tx.failed = None;
    tx.lite_run("savepoint command")?;
    if envelope.command.run_now(tx) {
        tx.heads.keep();
        return tx.lite_run("release command");
    }
    tx.heads.undo(&envelope.tenant);
    // After some errors (disk full, I/O) SQLite has rolled back everything by itself.
    if !tx.lite_is_open() {
        return Err(DbError::Unavailable("the transaction was rolled back by the engine".to_owned()));
    }
    tx.lite_run("rollback to command")?;
    tx.lite_run("release command")
}
