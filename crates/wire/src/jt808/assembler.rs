//! Joins messages that came in parts (4.4.3, 7.12). One assembler belongs to one connection and holds no more
//! messages and bytes than it was told to, whatever the terminal announces; time is a parameter. A message
//! must never be handed on with a part missing or with parts of two messages mixed.

use std::collections::BTreeMap;

use serde::Serialize;

use super::header::Header;
use super::messages::Resend;

/// What a part costs besides its bytes: keeps a message of many empty parts within the limit.
const PART_OVERHEAD: usize = 64;

/// How much an assembler holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Unfinished messages, one at least; when one more begins, the oldest is dropped.
    pub messages: usize,
    /// Bytes of all unfinished messages, with 64 for every part.
    pub bytes: usize,
    /// Microseconds after its last part at which a message is given up.
    pub age_us: i64,
}

impl Default for Limits {
    /// Eight messages, 2 MiB (a photograph has about 200 KiB), five minutes.
    fn default() -> Self {
        Self { messages: 8, bytes: 2 << 20, age_us: 300_000_000 }
    }
}

/// What became of a frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Joined {
    /// It is a message in one part: read its body as it is.
    Single,
    /// It was kept; as many parts are missing.
    Waiting {
        /// Parts that are missing.
        missing: u16,
    },
    /// It was here already: the first one is kept.
    Repeated,
    /// It was the last one that was missing.
    Whole {
        /// Header of the message: without part fields, with the serial number of the first part.
        header: Header,
        /// The bodies of the parts, one after the other.
        body: Vec<u8>,
    },
    /// It was not kept.
    Refused(Refusal),
}

/// Why a part is not kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Refusal {
    /// Its number of parts, edition or encryption is not that of the message's other parts.
    Differs,
    /// The message alone is larger than the limit; all of it was dropped.
    TooLarge,
}

impl Refusal {
    /// The stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Differs => "part_differs",
            Self::TooLarge => "message_too_large",
        }
    }
}

/// A message with parts missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// Header of the message: without part fields, with the serial number of the first part.
    pub header: Header,
    /// Number of parts.
    pub total: u16,
    /// Numbers of the missing parts, from 1; as many as one resend request can name.
    pub missing: Vec<u16>,
}

/// What an assembler has seen since it was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct AssemblerStats {
    /// Messages joined.
    pub joined: u64,
    /// Parts that came again.
    pub repeated: u64,
    /// Parts that were refused.
    pub refused: u64,
    /// Messages dropped to stay within the limits.
    pub evicted: u64,
    /// Messages given up for their age.
    pub expired: u64,
}

#[derive(Debug)]
struct Pending {
    header: Header,
    total: u16,
    parts: BTreeMap<u16, Vec<u8>>,
    cost: usize,
    last_us: i64,
}

impl Pending {
    fn missing(&self) -> u16 {
        self.total.saturating_sub(u16::try_from(self.parts.len()).unwrap_or(u16::MAX))
    }

    fn gap(&self) -> Gap {
        let absent = (1..=self.total).filter(|i| !self.parts.contains_key(i));
        let missing = absent.take(Resend::most(self.header.version)).collect();
        Gap { header: self.header, total: self.total, missing }
    }
}

/// Joins the parts that come on one connection.
#[derive(Debug, Default)]
pub struct Assembler {
    limits: Limits,
    /// In the order in which they began.
    pending: Vec<Pending>,
    bytes: usize,
    stats: AssemblerStats,
}

impl Assembler {
    /// An empty assembler.
    pub fn new(limits: Limits) -> Self {
        Self { limits, ..Self::default() }
    }

    /// What was seen so far.
    pub const fn stats(&self) -> AssemblerStats {
        self.stats
    }

    /// Messages with parts missing.
    pub const fn pending(&self) -> usize {
        self.pending.len()
    }

    /// Bytes held, with 64 for every part.
    pub const fn bytes(&self) -> usize {
        self.bytes
    }

    /// Takes a frame. Frames that are no part of a longer message are left alone.
    pub fn offer(&mut self, header: &Header, body: &[u8], now_us: i64) -> Joined {
        let Some(part) = header.part.filter(|p| p.total > 1) else { return Joined::Single };
        let serial = header.serial.wrapping_sub(part.index).wrapping_add(1);
        let whole = Header { part: None, serial, ..*header };
        let same = |p: &Pending| {
            let h = &p.header;
            (h.terminal, h.id, h.serial) == (whole.terminal, whole.id, whole.serial)
        };
        let known = self.pending.iter().position(same);
        if let Some(message) = known.and_then(|at| self.pending.get(at)) {
            if message.total != part.total || message.header != whole {
                self.stats.refused += 1;
                return Joined::Refused(Refusal::Differs);
            }
            if message.parts.contains_key(&part.index) {
                self.stats.repeated += 1;
                return Joined::Repeated;
            }
        }
        let mut message = match known {
            Some(at) => self.take(at),
            None => {
                Pending { header: whole, total: part.total, parts: BTreeMap::new(), cost: 0, last_us: now_us }
            }
        };
        let cost = body.len() + PART_OVERHEAD;
        if message.cost + cost > self.limits.bytes {
            self.stats.refused += 1;
            self.stats.evicted += u64::from(known.is_some());
            return Joined::Refused(Refusal::TooLarge);
        }
        message.parts.insert(part.index, body.to_vec());
        message.cost += cost;
        message.last_us = now_us;
        if message.missing() == 0 {
            self.stats.joined += 1;
            let body = message.parts.into_values().collect::<Vec<_>>().concat();
            return Joined::Whole { header: message.header, body };
        }
        let dropped = self.make_room(message.cost);
        let missing = message.missing();
        self.bytes += message.cost;
        // Back to its place, so that the order stays that of the beginnings.
        let at = known.map_or(self.pending.len(), |at| at.saturating_sub(dropped));
        self.pending.insert(at.min(self.pending.len()), message);
        Joined::Waiting { missing }
    }

    /// Messages of which no part came since `quiet_since_us`: what to ask the terminal for (0x8003).
    pub fn gaps(&self, quiet_since_us: i64) -> Vec<Gap> {
        self.pending.iter().filter(|p| p.last_us <= quiet_since_us).map(Pending::gap).collect()
    }

    /// Gives up the messages whose last part is too long ago.
    pub fn expire(&mut self, now_us: i64) -> Vec<Gap> {
        let oldest = now_us.saturating_sub(self.limits.age_us);
        let gone: Vec<Pending> = self.pending.extract_if(.., |p| p.last_us <= oldest).collect();
        self.bytes = self.pending.iter().map(|p| p.cost).sum();
        self.stats.expired += gone.len() as u64;
        gone.iter().map(Pending::gap).collect()
    }

    fn take(&mut self, at: usize) -> Pending {
        let message = self.pending.remove(at);
        self.bytes -= message.cost;
        message
    }

    /// Drops the oldest messages until one of this cost fits in; says how many.
    fn make_room(&mut self, cost: usize) -> usize {
        let before = self.pending.len();
        while !self.pending.is_empty()
            && (self.pending.len() >= self.limits.messages || self.bytes + cost > self.limits.bytes)
        {
            self.take(0);
            self.stats.evicted += 1;
        }
        before - self.pending.len()
    }
}
