//! How a writer stands, to be asked without queueing behind its commands: for supervisors.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// Since when the writer works at its present group; shared by the writer and the handles.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pulse(Arc<AtomicI64>);

impl Pulse {
    /// A group begins.
    pub(crate) fn begin(&self) {
        self.0.store(crate::clock::now(), Ordering::Relaxed);
    }

    /// The group is answered.
    pub(crate) fn rest(&self) {
        self.0.store(0, Ordering::Relaxed);
    }

    /// How long the present group takes already, µs; 0 between groups.
    pub(crate) fn busy_us(&self) -> i64 {
        match self.0.load(Ordering::Relaxed) {
            0 => 0,
            since => crate::clock::now().saturating_sub(since).max(0),
        }
    }
}

/// How a tenant's writer stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WriterState {
    /// It takes commands.
    pub running: bool,
    /// Commands that wait for it.
    pub waiting: usize,
    /// Commands that may still be queued.
    pub room: usize,
    /// How long it works at its present group already, µs; 0 when it rests.
    pub busy_us: i64,
}
