//! Messages that come in parts, with a bound for one connection and another for all of them together: a terminal may
//! announce what it wants, it gets the memory that is there.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use wire::jt808::{Assembler, Gap, Header, Joined, Limits};

use super::Shared;

/// Of one connection: a photograph has about 200 KiB.
const LIMITS: Limits = Limits { messages: 4, bytes: 512 << 10, age_us: 60_000_000 };
/// Of all connections.
const MOST_BYTES: usize = 128 << 20;
/// Parts that did not come for so long are asked for.
const QUIET_US: i64 = 5_000_000;

/// What became of a part.
pub(super) enum Part {
    /// It waits for the others, or is there already.
    Kept,
    /// Its message is in the log, or on its way there: it was sent again.
    Known,
    /// There is no room, or it contradicts the others.
    Refused(&'static str),
    /// It was the last.
    Whole {
        /// Header of the message.
        header: Header,
        /// All parts.
        body: Vec<u8>,
        /// How many there were.
        total: u16,
    },
}

/// The unfinished messages of a connection.
pub(super) struct Parts {
    shared: Arc<Shared>,
    assembler: Assembler,
    /// Bytes that this connection has in the common account.
    charged: usize,
    /// The message that was completed last: id, first serial, number of parts.
    last: Option<(u16, u16, u16)>,
}

impl Parts {
    pub fn new(shared: Arc<Shared>) -> Self {
        Self { shared, assembler: Assembler::new(LIMITS), charged: 0, last: None }
    }

    /// Nothing is unfinished.
    pub fn is_idle(&self) -> bool {
        self.assembler.pending() == 0
    }

    /// Takes a part.
    pub fn take(&mut self, header: &Header, body: &[u8], now: i64) -> Part {
        let Some(part) = header.part else { return Part::Kept };
        let first = header.serial.wrapping_sub(part.index).wrapping_add(1);
        if self.last == Some((header.id, first, part.total)) {
            return Part::Known;
        }
        let all = self.shared.part_bytes.load(Ordering::Relaxed);
        if all.saturating_sub(self.charged) + self.assembler.bytes() + body.len() > MOST_BYTES {
            return Part::Refused("no_room_for_parts");
        }
        let joined = self.assembler.offer(header, body, now);
        self.settle();
        match joined {
            Joined::Single | Joined::Waiting { .. } | Joined::Repeated => Part::Kept,
            Joined::Refused(refusal) => Part::Refused(refusal.code()),
            Joined::Whole { header, body } => {
                self.last = Some((header.id, header.serial, part.total));
                Part::Whole { header, body, total: part.total }
            }
        }
    }

    /// What to ask the terminal for; too old messages are given up.
    pub fn gaps(&mut self, now: i64) -> Vec<Gap> {
        self.assembler.expire(now);
        self.settle();
        self.assembler.gaps(now.saturating_sub(QUIET_US))
    }

    /// Brings the common account up to what is held.
    fn settle(&mut self) {
        let held = self.assembler.bytes();
        self.shared.part_bytes.fetch_add(held, Ordering::Relaxed);
        self.shared.part_bytes.fetch_sub(self.charged, Ordering::Relaxed);
        self.charged = held;
    }
}

impl Drop for Parts {
    fn drop(&mut self) {
        self.shared.part_bytes.fetch_sub(self.charged, Ordering::Relaxed);
    }
}
