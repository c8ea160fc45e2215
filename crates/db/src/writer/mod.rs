//! The way in: commands queue, are drained in groups, run one by one under a savepoint each in one
//! transaction, and get their answers after the commit. A group is whatever waits when the writer is free, so
//! a lone command commits at once and load forms groups by itself.

mod around;
pub(crate) mod postgres;
mod pulse;
pub(crate) mod sqlite;

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use tokio::sync::{mpsc, oneshot};

pub(crate) use pulse::Pulse;
pub use pulse::WriterState;

use crate::error::panic_text;
use crate::{DbError, Tx};

/// Clients that were answered a moment ago are about to come back, so a group smaller than the one before waits
/// for them, for a fraction of a sync. A lone client never waits: its groups have one command.
const LINGER: Duration = Duration::from_micros(200);

/// A command in the queue.
pub(crate) struct Envelope {
    pub tenant: Arc<str>,
    pub command: Box<dyn Command>,
}

/// A queued command, its answer and the one who waits for it.
pub(crate) trait Command: Send {
    /// Nobody waits any more, so it need not run.
    fn is_abandoned(&self) -> bool;
    /// Runs it to its end without waiting (SQLite). True if its changes stay.
    fn run_now(&mut self, tx: &mut Tx) -> bool;
    /// Runs it (PostgreSQL). True if its changes stay.
    fn run<'t>(&'t mut self, tx: &'t mut Tx) -> BoxFuture<'t, bool>;
    /// Replaces a kept answer: its changes do not stay after all.
    fn fail(&mut self, error: DbError);
    /// Sends the answer.
    fn answer(self: Box<Self>);
}

pub(crate) struct Job<F, T, E> {
    pub command: Option<F>,
    pub answer: Option<Result<T, E>>,
    pub reply: oneshot::Sender<Result<T, E>>,
}

impl<F, T, E> Job<F, T, E>
where
    F: for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Result<T, E>> + Send,
    T: Send,
    E: From<DbError> + Send,
{
    /// Settles what the command's end means; a poisoned transaction is never kept.
    fn settle(&mut self, tx: &mut Tx, end: Result<Result<T, E>, DbError>) -> bool {
        let failed = tx.failed.take();
        let answer = match (end, failed) {
            (Ok(Ok(value)), None) => Ok(value),
            (Ok(Ok(_)), Some(e)) => Err(E::from(e)),
            (Ok(Err(e)), _) => Err(e),
            (Err(e), _) => Err(E::from(e)),
        };
        let keep = answer.is_ok();
        self.answer = Some(answer);
        keep
    }
}

impl<F, T, E> Command for Job<F, T, E>
where
    F: for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Result<T, E>> + Send,
    T: Send,
    E: From<DbError> + Send,
{
    fn is_abandoned(&self) -> bool {
        self.reply.is_closed()
    }

    fn run_now(&mut self, tx: &mut Tx) -> bool {
        let Some(command) = self.command.take() else { return false };
        // Whatever a panic leaves half done is in the savepoint, the head and `failed`, all of which are reset.
        let end = std::panic::catch_unwind(AssertUnwindSafe(|| {
            command(tx).poll_unpin(&mut Context::from_waker(Waker::noop()))
        }));
        let end = match end {
            Ok(Poll::Ready(end)) => Ok(end),
            Ok(Poll::Pending) => Err(DbError::Suspended),
            Err(panic) => Err(DbError::Panicked(panic_text(&*panic))),
        };
        self.settle(tx, end)
    }

    fn run<'t>(&'t mut self, tx: &'t mut Tx) -> BoxFuture<'t, bool> {
        Box::pin(async move {
            let Some(command) = self.command.take() else { return false };
            let end = AssertUnwindSafe(async { command(tx).await }).catch_unwind().await;
            let end = end.map_err(|panic| DbError::Panicked(panic_text(&*panic)));
            self.settle(tx, end)
        })
    }

    fn fail(&mut self, error: DbError) {
        if matches!(self.answer, None | Some(Ok(_))) {
            self.answer = Some(Err(E::from(error)));
        }
    }

    fn answer(self: Box<Self>) {
        if let Some(answer) = self.answer {
            // The receiver may have gone; the change stands all the same.
            let _ = self.reply.send(answer);
        }
    }
}

/// Takes what waits, up to `max` in all.
pub(crate) fn drain(queue: &mut mpsc::Receiver<Envelope>, group: &mut Vec<Envelope>, max: usize) {
    while group.len() < max {
        match queue.try_recv() {
            Ok(next) => group.push(next),
            Err(_) => break,
        }
    }
}

/// Numbers for the operator, once per group.
pub(crate) fn observe(engine: &'static str, group: usize, waiting: usize, commit: Duration) {
    metrics::histogram!("wufei_db_group_size", "engine" => engine).record(group as f64);
    metrics::histogram!("wufei_db_commit_seconds", "engine" => engine).record(commit.as_secs_f64());
    metrics::gauge!("wufei_db_queue_depth", "engine" => engine).set(waiting as f64);
}
