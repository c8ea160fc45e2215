//! JT/T 808, the protocol between vehicle terminals and platforms, in the editions of 2013 and 2019 (and the
//! registration layout of 2011, which terminals in the field still send). Sans-I/O: [`Deframer`] cuts a byte
//! stream into frames, [`Header`] and [`Body`] read and write them, [`Assembler`] joins messages that came in
//! parts, [`describe()`] shows one frame to a person. Decoding must never panic, never allocate by a length
//! that a device merely claims, and never lose a good frame because its neighbour was bad.
//!
//! Table numbers in this module are those of the edition of 2013; what is new in 2019 says so.
//!
//! Three kinds of offset: a [`FrameError`] counts in the stream, a [`DecodeError`] in the unescaped frame
//! (byte 0 is the first byte of the message id, the leading delimiter is not counted), and the `peek`
//! functions, which see a body only, count in that body ([`DecodeError::shifted`] moves them).

mod assembler;
mod batch;
mod body;
mod deframer;
mod describe;
mod encode;
mod error;
mod extras;
pub mod flags;
mod header;
mod location;
mod messages;
mod names;
mod reader;
pub mod reply;
mod terminal;
mod text;
mod time;
mod tree;

pub use assembler::{Assembler, AssemblerStats, Gap, Joined, Limits, Refusal};
pub use batch::{Batch, BatchEntry, BatchItem, BatchKind, BatchPeek};
pub use body::{Body, id};
pub use deframer::{Deframer, DeframerStats, FrameError, FrameErrorKind};
pub use describe::{Described, describe};
pub use encode::{encode, escape, split};
pub use error::{DecodeError, DecodeErrorKind, EncodeError};
pub use extras::{Item, Items};
pub use header::{Header, Part, Version};
pub use location::{Location, LocationCore};
pub use messages::{
    Authentication, GeneralReply, Outcome, RegisterOutcome, RegisterReply, Registration, Resend, TextMessage,
};
pub use names::message_name;
pub use terminal::{NotATerminalNumber, TerminalNumber};
pub use text::Text;

/// The byte that opens and closes a frame.
pub const DELIMITER: u8 = 0x7e;
/// The byte that opens an escape pair.
pub const ESCAPE: u8 = 0x7d;
/// Longest body of one frame: the length field has ten bits.
pub const MAX_BODY: usize = 0x3ff;
/// Longest unescaped frame with its checksum: a header of 2019 with part fields (21), body, checksum.
pub const MAX_FRAME: usize = 21 + MAX_BODY + 1;
/// Shortest unescaped frame with its checksum: a header of 2013 without parts (12), no body, checksum.
pub const MIN_FRAME: usize = 12 + 1;

/// Reads one unescaped frame (without checksum, as [`Deframer`] hands it out). A body that cannot be read
/// from this frame alone, because it is encrypted or one part of several, is [`Body::Unknown`].
///
/// # Errors
/// When header or body contradict the standard; the offset counts in the frame.
pub fn decode(frame: &[u8]) -> Result<(Header, Body), DecodeError> {
    let (header, body) = Header::parse(frame)?;
    let body = Body::decode(&header, body)?;
    Ok((header, body))
}
