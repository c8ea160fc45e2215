//! From a byte stream to frames: cuts at the delimiter, undoes the escapes, checks the checksum (4.4.2 and
//! 4.4.4 of the standard). It holds one frame at most, whatever a peer sends, and must never let a damaged
//! frame take its neighbour with it.
//!
//! Every delimiter ends what came before and begins what follows, so a lost closing delimiter costs nothing
//! and one delimiter between two frames will do. What stands between a frame that was closed and the next
//! delimiter may be garbage or a frame whose opening delimiter was lost: it counts as a frame when checksum
//! and declared length agree, and as garbage otherwise.

use serde::Serialize;

use super::{DELIMITER, ESCAPE, MAX_BODY, MAX_FRAME, MIN_FRAME};

/// Why the bytes between two delimiters are no frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FrameErrorKind {
    /// 0x7d is followed by neither 0x01 nor 0x02.
    Escape,
    /// The XOR over the frame is not its last byte.
    Checksum,
    /// Shorter than the shortest header with its checksum.
    TooShort,
    /// Longer than a frame can be.
    TooLong,
}

impl FrameErrorKind {
    /// The stable code: what statistics are kept by.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Escape => "bad_escape",
            Self::Checksum => "bad_checksum",
            Self::TooShort => "frame_too_short",
            Self::TooLong => "frame_too_long",
        }
    }
}

/// A frame that was dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{} ({bytes} bytes at byte {offset} of the stream)", kind.code())]
pub struct FrameError {
    /// The reason.
    pub kind: FrameErrorKind,
    /// Bytes between the delimiters, as they came.
    pub bytes: u64,
    /// Byte of the stream at which they began.
    pub offset: u64,
}

/// What a deframer has seen since it was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct DeframerStats {
    /// Bytes pushed.
    pub bytes: u64,
    /// Frames handed out.
    pub frames: u64,
    /// Frames dropped for a broken escape.
    pub bad_escape: u64,
    /// Frames dropped for their checksum.
    pub bad_checksum: u64,
    /// Frames dropped as too short.
    pub too_short: u64,
    /// Frames dropped as too long.
    pub too_long: u64,
    /// Bytes that stood between frames.
    pub garbage_bytes: u64,
}

/// Cuts one connection's bytes into frames.
#[derive(Debug)]
pub struct Deframer {
    /// Unescaped bytes since the last delimiter, [`MAX_FRAME`] at most.
    frame: Vec<u8>,
    /// Bytes as they came since the last delimiter.
    raw: u64,
    /// Whether the last delimiter opened a frame (it closed one otherwise).
    opened: bool,
    /// Whether the last byte was the first of an escape pair.
    escaping: bool,
    /// What is already known to be wrong since the last delimiter.
    spoiled: Option<FrameErrorKind>,
    stats: DeframerStats,
}

impl Default for Deframer {
    fn default() -> Self {
        Self::new()
    }
}

impl Deframer {
    /// A deframer at the start of a stream.
    pub fn new() -> Self {
        Self {
            frame: Vec::with_capacity(MAX_FRAME),
            raw: 0,
            opened: false,
            escaping: false,
            spoiled: None,
            stats: DeframerStats::default(),
        }
    }

    /// What was seen so far.
    pub const fn stats(&self) -> DeframerStats {
        self.stats
    }

    /// Bytes held since the last delimiter, as they came: a connection that ends here ends inside a frame.
    pub const fn pending(&self) -> u64 {
        self.raw
    }

    /// Takes the next bytes of the stream, cut anywhere, and hands every frame that they complete to `sink`:
    /// unescaped header and body, checksum verified and stripped. [`super::escape`] makes the original again.
    pub fn push(&mut self, bytes: &[u8], sink: &mut impl FnMut(Result<&[u8], FrameError>)) {
        let mut rest = bytes;
        while let Some((&first, after)) = rest.split_first() {
            if self.escaping && first != DELIMITER {
                self.escaping = false;
                match first {
                    0x01 => self.keep(&[ESCAPE]),
                    0x02 => self.keep(&[DELIMITER]),
                    _ => self.spoil(FrameErrorKind::Escape),
                }
                self.count(1);
                rest = after;
                continue;
            }
            let run = rest.iter().position(|b| matches!(*b, DELIMITER | ESCAPE)).unwrap_or(rest.len());
            let (plain, special) = rest.split_at(run);
            self.keep(plain);
            self.count(run);
            rest = match special.split_first() {
                Some((&DELIMITER, after)) => {
                    self.end(sink);
                    after
                }
                Some((_, after)) => {
                    self.escaping = true;
                    self.count(1);
                    after
                }
                None => special,
            };
        }
    }

    fn count(&mut self, bytes: usize) {
        self.raw += bytes as u64;
        self.stats.bytes += bytes as u64;
    }

    fn keep(&mut self, plain: &[u8]) {
        if self.frame.len() + plain.len() > MAX_FRAME {
            self.spoil(FrameErrorKind::TooLong);
        }
        if self.spoiled.is_none() {
            self.frame.extend_from_slice(plain);
        }
    }

    fn spoil(&mut self, kind: FrameErrorKind) {
        self.spoiled.get_or_insert(kind);
    }

    /// A delimiter: judges what came before it.
    fn end(&mut self, sink: &mut impl FnMut(Result<&[u8], FrameError>)) {
        if self.escaping {
            self.spoil(FrameErrorKind::Escape);
        }
        let began = self.stats.bytes - self.raw;
        self.stats.bytes += 1;
        if self.raw == 0 {
            self.opened = true;
            return;
        }
        match self.judge() {
            None => {
                self.opened = false;
                self.stats.frames += 1;
                sink(Ok(self.without_checksum()));
            }
            Some(kind) => {
                if self.opened {
                    *match kind {
                        FrameErrorKind::Escape => &mut self.stats.bad_escape,
                        FrameErrorKind::Checksum => &mut self.stats.bad_checksum,
                        FrameErrorKind::TooShort => &mut self.stats.too_short,
                        FrameErrorKind::TooLong => &mut self.stats.too_long,
                    } += 1;
                    sink(Err(FrameError { kind, bytes: self.raw, offset: began }));
                } else {
                    self.stats.garbage_bytes += self.raw;
                }
                self.opened = true;
            }
        }
        self.frame.clear();
        self.raw = 0;
        self.escaping = false;
        self.spoiled = None;
    }

    /// What is wrong with the bytes since the last delimiter, if anything.
    fn judge(&self) -> Option<FrameErrorKind> {
        if self.spoiled.is_some() {
            return self.spoiled;
        }
        if self.frame.len() < MIN_FRAME {
            return Some(FrameErrorKind::TooShort);
        }
        // One in 256 pieces of garbage has a right checksum: without an opening delimiter, more is asked.
        let right = self.frame.iter().fold(0, |x, b| x ^ b) == 0
            && (self.opened || declares_its_length(self.without_checksum()));
        (!right).then_some(FrameErrorKind::Checksum)
    }

    fn without_checksum(&self) -> &[u8] {
        self.frame.split_last().map_or(&[], |(_, frame)| frame)
    }
}

/// Whether the length field of an unescaped frame agrees with its length.
fn declares_its_length(frame: &[u8]) -> bool {
    let [_, _, high, low, ..] = *frame else { return false };
    let attributes = u16::from_be_bytes([high, low]);
    let fixed = if attributes & 0x4000 == 0 { 12 } else { 17 };
    let parts = if attributes & 0x2000 == 0 { 0 } else { 4 };
    frame.len() == fixed + parts + (usize::from(attributes) & MAX_BODY)
}
