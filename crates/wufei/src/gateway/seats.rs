//! One connection per terminal: a terminal that connects again takes the seat of its older connection, which then
//! ends. A network that dies silently leaves such a connection behind, and its terminal must not wait for a time-out.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use tokio::sync::oneshot;

/// Terminals that are connected, by source.
#[derive(Default)]
pub(super) struct Seats(Mutex<HashMap<u64, (u64, oneshot::Sender<()>)>>);

impl Seats {
    /// Takes the terminal's seat for the connection; whoever sat there is told through what this returned to them.
    pub fn take(&self, source: u64, connection: u64) -> oneshot::Receiver<()> {
        let (evict, evicted) = oneshot::channel();
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // The old sender goes: its receiver hears that.
        all.insert(source, (connection, evict));
        evicted
    }

    /// Gives the seat back, unless another connection has it by now.
    pub fn leave(&self, source: u64, connection: u64) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.get(&source).is_some_and(|(holder, _)| *holder == connection) {
            all.remove(&source);
        }
    }

    /// Terminals that are connected.
    pub fn len(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_newer_connection_keeps_the_seat() {
        let seats = Seats::default();
        let old = seats.take(7, 1);
        let mut new = seats.take(7, 2);
        assert!(old.await.is_err());
        seats.leave(7, 1);
        assert_eq!(seats.len(), 1);
        assert!(new.try_recv().is_err_and(|e| e == oneshot::error::TryRecvError::Empty));
        seats.leave(7, 2);
        assert_eq!(seats.len(), 0);
    }
}
