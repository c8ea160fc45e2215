//! From messages to frames: header, body, checksum, escapes, delimiters. A message that is too long for one
//! frame must never be cut silently: `encode` refuses it and `split` sends it in parts.

use super::body::Body;
use super::header::{Header, Part};
use super::{DELIMITER, ESCAPE, EncodeError, MAX_BODY};

/// Appends the frame on the wire of an unescaped header and body: delimiter, escaped bytes with their
/// checksum, delimiter. For what [`super::Deframer`] hands out, these are the bytes that it was given.
pub fn escape(frame: &[u8], out: &mut Vec<u8>) {
    let checksum = frame.iter().fold(0, |x, b| x ^ b);
    out.push(DELIMITER);
    for byte in frame.iter().copied().chain([checksum]) {
        match byte {
            DELIMITER => out.extend_from_slice(&[ESCAPE, 0x02]),
            ESCAPE => out.extend_from_slice(&[ESCAPE, 0x01]),
            plain => out.push(plain),
        }
    }
    out.push(DELIMITER);
}

/// The frame of a message, ready to be sent.
///
/// # Errors
/// When a value does not fit into its field, or the body into one frame.
pub fn encode(header: &Header, body: &Body) -> Result<Vec<u8>, EncodeError> {
    let body = written(header, body)?;
    framed(header, &body)
}

/// The frames of a message, in parts when its body is longer than one frame. Parts have consecutive serial
/// numbers from the header's on (7.12); part fields in `header` are replaced.
///
/// # Errors
/// When a value does not fit into its field, or the body needs more parts than can be numbered.
pub fn split(header: &Header, body: &Body) -> Result<Vec<Vec<u8>>, EncodeError> {
    let body = written(header, body)?;
    if body.len() <= MAX_BODY {
        return Ok(vec![framed(&Header { part: None, ..*header }, &body)?]);
    }
    let chunks = body.chunks(MAX_BODY);
    let total = u16::try_from(chunks.len()).map_err(|_| EncodeError::TooManyParts { bytes: body.len() })?;
    let frames = (1..=total).zip(chunks).map(|(index, chunk)| {
        let part = Some(Part { total, index });
        framed(&Header { part, serial: header.serial.wrapping_add(index - 1), ..*header }, chunk)
    });
    frames.collect()
}

fn written(header: &Header, body: &Body) -> Result<Vec<u8>, EncodeError> {
    if header.id != body.id() {
        return Err(EncodeError::WrongId { header: header.id, body: body.id() });
    }
    let mut out = Vec::new();
    body.write(header.version, &mut out)?;
    Ok(out)
}

fn framed(header: &Header, body: &[u8]) -> Result<Vec<u8>, EncodeError> {
    let mut frame = Vec::with_capacity(header.wire_len() + body.len());
    header.write(body.len(), &mut frame)?;
    frame.extend_from_slice(body);
    let mut out = Vec::with_capacity(frame.len() + frame.len() / 8 + 3);
    escape(&frame, &mut out);
    Ok(out)
}
