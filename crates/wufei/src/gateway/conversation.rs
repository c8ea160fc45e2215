//! What is said on one connection, without its socket: a frame comes in, and answers, records for the log and
//! acknowledgements that wait for it come out. Only registration and authentication ask somebody else; they are in
//! [`super::door`], and frames behind them wait here.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use app::monitoring::gate::{Claim, Reason};
use app::monitoring::record;
use telemetry::log::Batch as LogBatch;
use tokio::sync::oneshot;
use wire::jt808::{
    Batch, Body, DecodeError, Deframer, DeframerStats, FrameError, Header, Location, LocationCore, Outcome,
    TerminalNumber, id, reply,
};

use super::Shared;
use super::parts::{Part, Parts};
use super::recent::Recent;

/// Refusals after which a connection is closed.
const STRIKES: u8 = 3;

/// A frame that is acknowledged once the log has it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ack {
    pub header: Header,
}

/// A terminal that was let in.
pub(super) struct Guest {
    /// The number by which it must sign.
    pub number: TerminalNumber,
    /// Key of its records.
    pub source: u64,
    /// Resolves when a newer connection takes its seat.
    pub evicted: oneshot::Receiver<()>,
    recent: Recent,
}

/// One connection's side of the protocol.
pub(super) struct Conversation {
    pub shared: Arc<Shared>,
    pub remote: SocketAddr,
    /// Number of the connection.
    pub number: u64,
    pub guest: Option<Guest>,
    /// Nothing more is taken from it.
    pub closing: bool,
    /// Answers to be sent.
    pub out: Vec<u8>,
    /// Records for the log, and who waits for them.
    pub batch: LogBatch,
    pub acks: Vec<Ack>,
    /// Frames that wait until one before them was decided at the door.
    pub waiting: VecDeque<Vec<u8>>,
    pub parts: Option<Box<Parts>>,
    strikes: u8,
    serial: u16,
    seen: DeframerStats,
}

/// Whether a frame is a registration or an authentication.
pub(super) fn is_for_the_door(frame: &[u8]) -> bool {
    let [high, low, ..] = *frame else { return false };
    matches!(u16::from_be_bytes([high, low]), id::REGISTER | id::AUTHENTICATE)
}

impl Conversation {
    pub fn new(shared: Arc<Shared>, remote: SocketAddr, number: u64) -> Self {
        Self {
            shared,
            remote,
            number,
            guest: None,
            closing: false,
            out: Vec::new(),
            batch: LogBatch::new(),
            acks: Vec::new(),
            waiting: VecDeque::new(),
            parts: None,
            strikes: 0,
            serial: 0,
            seen: DeframerStats::default(),
        }
    }

    /// So many bytes are about to be taken: room for their records is made at once.
    pub fn expect(&mut self, bytes: usize) {
        // The shortest location has 40 bytes on the wire and 25 of overhead in the log.
        if self.guest.is_some() && self.batch.is_empty() {
            self.batch = LogBatch::with_capacity(bytes + bytes / 2);
            self.acks.reserve(bytes / 40);
        }
    }

    /// Nothing of it was kept: the room is given back.
    pub fn expect_nothing(&mut self) {
        self.batch = LogBatch::new();
        self.acks = Vec::new();
    }

    /// Takes what the deframer gives.
    pub fn take(&mut self, frame: Result<&[u8], FrameError>, now: i64) {
        // Frames that were dropped are counted by `count`.
        let Ok(frame) = frame else { return };
        if self.closing {
            return;
        }
        if !self.waiting.is_empty() || is_for_the_door(frame) {
            self.waiting.push_back(frame.to_vec());
            return;
        }
        self.frame(frame, now);
    }

    /// Brings the counters up to what the deframer has seen; answers how many good frames are new.
    pub fn count(&mut self, deframer: &Deframer) -> u64 {
        let (new, old, c) = (deframer.stats(), self.seen, &self.shared.gate.counters);
        let frames = new.frames - old.frames;
        c.frames.fetch_add(frames, Ordering::Relaxed);
        let bad = (new.bad_checksum - old.bad_checksum, new.too_long - old.too_long);
        let broken = new.bad_escape - old.bad_escape + new.too_short - old.too_short;
        for (counter, n) in [
            (&c.bad_checksum, bad.0),
            (&c.too_long, bad.1),
            (&c.bad_frames, broken),
            (&c.garbage_bytes, new.garbage_bytes - old.garbage_bytes),
        ] {
            if n > 0 {
                counter.fetch_add(n, Ordering::Relaxed);
            }
        }
        self.seen = new;
        frames
    }

    /// Takes a frame that is not for the door.
    pub fn frame(&mut self, frame: &[u8], now: i64) {
        if self.closing {
            return;
        }
        let (header, body) = match Header::parse(frame) {
            Ok(parsed) => parsed,
            Err(error) => return self.unreadable(frame, error.code(), error.offset, now),
        };
        let known = self.guest.as_ref().map(|g| g.number.same_number(header.terminal));
        match (header.id, known) {
            (_, Some(false)) => self.refuse(&header, Reason::NotAuthenticated, "", now),
            (id::HEARTBEAT, _) => self.answer(&header, Outcome::DONE),
            (id::TIME_QUERY, _) => self.tell_time(&header, now),
            (id::LOGOUT, _) => {
                self.answer(&header, Outcome::DONE);
                self.leave();
            }
            (_, None) => self.refuse(&header, Reason::NotAuthenticated, "", now),
            // Answers to what the platform said: there is nothing to be answered.
            (id::TERMINAL_REPLY | id::TERMINAL_RESEND, _) => {}
            (id, _) if id >= 0x8000 => {
                self.unreadable(frame, "platform_message", 0, now);
                self.answer(&header, Outcome::UNSUPPORTED);
            }
            _ => self.data(&header, body, frame, now),
        }
    }

    fn data(&mut self, header: &Header, body: &[u8], frame: &[u8], now: i64) {
        if header.encryption != 0 {
            self.unreadable(frame, "encrypted", 2, now);
            return self.answer(header, Outcome::UNSUPPORTED);
        }
        if !header.is_whole_and_plain() {
            return self.part(header, body, now);
        }
        if let Err(error) = readable(header, body) {
            self.unreadable(frame, error.code(), header.wire_len() + error.offset, now);
            return self.answer(header, Outcome::MALFORMED);
        }
        let Some(guest) = &mut self.guest else { return };
        let timed = matches!(header.id, id::LOCATION | id::LOCATION_REPLY | id::BATCH);
        if timed && guest.recent.repeated(header.serial, frame) {
            metrics::counter!("wufei_gateway_repeated_total").increment(1);
            self.acks.push(Ack { header: *header });
            return;
        }
        match self.batch.push(guest.source, now, record::FRAME, frame) {
            Ok(()) => self.acks.push(Ack { header: *header }),
            Err(error) => {
                tracing::error!(%error, "a frame does not fit into the ingest log");
                self.answer(header, Outcome::FAILED);
            }
        }
    }

    /// A part of a longer message: the parts are acknowledged together, once the whole message is in the log.
    fn part(&mut self, header: &Header, body: &[u8], now: i64) {
        let Some(source) = self.guest.as_ref().map(|g| g.source) else { return };
        let parts = self.parts.get_or_insert_with(|| Box::new(Parts::new(Arc::clone(&self.shared))));
        match parts.take(header, body, now) {
            Part::Kept => {}
            Part::Known => self.acks.push(Ack { header: *header }),
            Part::Refused(code) => {
                self.unreadable(body, code, 0, now);
                self.answer(header, Outcome::FAILED);
            }
            Part::Whole { header: whole, body, total } => {
                let all = (0..total).map(|n| Header { serial: whole.serial.wrapping_add(n), ..whole });
                if let Err(error) = readable(&whole, &body) {
                    self.unreadable(&body, error.code(), error.offset, now);
                    return all.for_each(|part| self.answer(&part, Outcome::MALFORMED));
                }
                let mut message = Vec::with_capacity(whole.wire_len() + body.len());
                let written = whole.write_joined(body.len(), &mut message).is_ok();
                message.extend_from_slice(&body);
                if written && self.batch.push(source, now, record::JOINED, &message).is_ok() {
                    self.acks.extend(all.map(|header| Ack { header }));
                } else {
                    all.for_each(|part| self.answer(&part, Outcome::FAILED));
                }
            }
        }
    }

    /// Asks for parts that are missing for a while, and gives up what is too old.
    pub fn look_for_parts(&mut self, now: i64) {
        let Some(parts) = &mut self.parts else { return };
        for gap in parts.gaps(now) {
            self.serial = self.serial.wrapping_add(1);
            if let Ok(request) = reply::resend(&gap, self.serial) {
                self.out.extend_from_slice(&request);
            }
        }
        if parts.is_idle() {
            self.parts = None;
        }
    }

    /// A terminal was let in: it takes its seat.
    pub fn enter(&mut self, number: TerminalNumber, source: u64) {
        self.leave();
        let evicted = self.shared.seats.take(source, self.number);
        self.guest = Some(Guest { number, source, evicted, recent: Recent::default() });
    }

    /// The terminal is no longer known on this connection.
    pub fn leave(&mut self) {
        if let Some(guest) = self.guest.take() {
            self.shared.seats.leave(guest.source, self.number);
        }
        self.parts = None;
    }

    /// What a terminal claims to be.
    pub fn claim(&self, header: &Header, plate: &str) -> Claim {
        Claim {
            terminal_number: header.terminal.significant(),
            protocol: if header.version.is_2019() { "jt808_2019" } else { "jt808_2013" },
            plate: plate.to_owned(),
            remote: self.remote.to_string(),
        }
    }

    /// Somebody says what they may not: answered once, noted, and after a few times the connection ends.
    pub fn refuse(&mut self, header: &Header, reason: Reason, plate: &str, now: i64) {
        self.shared.gate.refuse(&self.claim(header, plate), reason, now);
        if self.strikes == 0 {
            self.answer(header, Outcome::FAILED);
        }
        self.strike();
    }

    /// Counts a refusal.
    pub fn strike(&mut self) {
        self.strikes += 1;
        self.closing |= self.strikes >= STRIKES;
    }

    /// A frame that contradicts the protocol: counted, and kept for people among a few others.
    pub fn unreadable(&mut self, frame: &[u8], code: &'static str, offset: usize, now: i64) {
        self.shared.gate.counters.bad_frames.fetch_add(1, Ordering::Relaxed);
        let number = self.guest.as_ref().map(|g| g.number.significant()).unwrap_or_default();
        self.shared.samples.keep(now, number, self.remote.to_string(), code, offset, frame);
    }

    /// 0x8001.
    pub fn answer(&mut self, to: &Header, outcome: Outcome) {
        self.serial = self.serial.wrapping_add(1);
        // A header that was read can be answered.
        if reply::general_into(to, outcome, self.serial, &mut self.out).is_err() {
            tracing::error!(terminal = %to.terminal, "a terminal cannot be answered");
        }
    }

    /// A message with a serial number of ours.
    pub fn send(&mut self, message: impl FnOnce(u16) -> Result<Vec<u8>, wire::jt808::EncodeError>) {
        self.serial = self.serial.wrapping_add(1);
        match message(self.serial) {
            Ok(frame) => self.out.extend_from_slice(&frame),
            Err(error) => tracing::error!(%error, "a message to a terminal cannot be written"),
        }
    }

    fn tell_time(&mut self, header: &Header, now: i64) {
        self.send(|serial| reply::time(header, now, serial));
    }
}

/// Whether a whole, plain body can be read; the offset counts in the body. Never allocates for a location.
fn readable(header: &Header, body: &[u8]) -> Result<(), DecodeError> {
    match header.id {
        id::LOCATION => whole(Location::peek(body)?),
        id::BATCH => {
            let mut batch = Batch::peek(body)?;
            // One damaged position must not cost the others: a batch with a good one is kept as it came.
            let mut first = Ok(());
            let any = batch.any(|entry| {
                let read = entry.location.and_then(whole).map_err(|e| e.shifted(entry.offset));
                let good = read.is_ok();
                first = std::mem::replace(&mut first, Ok(())).and(read);
                good
            });
            if any { Ok(()) } else { first }
        }
        id::LOCATION_REPLY | id::WAYBILL => Body::decode_joined(header.id, header.version, body).map(drop),
        _ => Ok(()),
    }
}

fn whole(core: LocationCore<'_>) -> Result<(), DecodeError> {
    core.items().try_for_each(|item| item.map(drop))
}
