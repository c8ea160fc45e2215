//! JT/T 808 from outside: the standard's own example, frames built by its tables, frames captured by others,
//! an independent implementation as a peer, properties, damage.

mod assembler;
mod captured;
mod damage;
mod described;
mod peer;
mod properties;
mod standard;
mod strategies;

use wire::jt808::{Deframer, FrameError, Header, TerminalNumber, Version};

/// Bytes of a hexadecimal text with blanks.
fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u32> = text.chars().filter_map(|c| c.to_digit(16)).collect();
    digits.chunks(2).map(|pair| (pair[0] * 16 + pair[1]) as u8).collect()
}

/// What a deframer makes of one push.
fn deframed(bytes: &[u8]) -> Vec<Result<Vec<u8>, FrameError>> {
    let mut out = Vec::new();
    Deframer::new().push(bytes, &mut |frame| out.push(frame.map(<[u8]>::to_vec)));
    out
}

/// The only frame in `bytes`, unescaped and without checksum.
fn unescaped(bytes: &[u8]) -> Vec<u8> {
    let mut frames = deframed(bytes);
    assert_eq!(frames.len(), 1, "one frame expected in {bytes:02x?}");
    frames.remove(0).expect("a good frame")
}

/// Frame bytes on the wire of an unescaped header and body.
fn escaped(frame: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    wire::jt808::escape(frame, &mut out);
    out
}

const V2019: Version = Version::V2019 { protocol: 1 };

fn header(id: u16, version: Version) -> Header {
    let terminal = TerminalNumber::padded("13812345678", version).expect("a number");
    Header::new(id, version, terminal, 7)
}
