//! One unescaped frame: header, body, additional items. The damage knows where the fields stand and, half of the time,
//! makes the declared length true again, so that it reaches the body.

use wire::jt808::{Batch, Body, Deframer, Header, Location, decode, encode, escape};

use crate::{Dice, Target, mutate, outcome, seeds};

pub const TARGET: Target = Target {
    name: "frame",
    about: "one JT/T 808 frame: header, body, additional items",
    seeds: seeds::frames,
    damage,
    check,
};

/// Bytes of the header of this frame.
fn header_len(frame: &[u8]) -> usize {
    let high = frame.get(2).copied().unwrap_or_default();
    let fixed = if high & 0x40 == 0 { 12 } else { 17 };
    fixed + if high & 0x20 == 0 { 0 } else { 4 }
}

pub fn damage(frame: &mut Vec<u8>, other: &[u8], dice: &mut Dice) {
    match dice.below(8) {
        0 => {
            let id = *dice.one_of(seeds::IDS);
            if let Some(field) = frame.get_mut(..2) {
                field.copy_from_slice(&id.to_be_bytes());
            }
        }
        1 => {
            // Edition, parts, encryption.
            if let Some(attributes) = frame.get_mut(2) {
                *attributes ^= *dice.one_of(&[0x40, 0x20, 0x04, 0x08, 0x10, 0x80]);
            }
        }
        2 => items(frame, dice),
        3 => {
            // The body of another message under this header.
            let (own, theirs) = (header_len(frame).min(frame.len()), header_len(other).min(other.len()));
            frame.truncate(own);
            frame.extend_from_slice(&other[theirs..]);
        }
        _ => mutate::bytes(frame, other, dice),
    }
    if dice.once_in(2) {
        let body = frame.len().saturating_sub(header_len(frame)).min(0x3ff);
        if let Some([high, low]) = frame.get_mut(2..4) {
            *high = *high & 0xfc | (body >> 8) as u8;
            *low = body as u8;
        }
    }
}

/// Damage to the additional items of a location: id, length, value.
fn items(frame: &mut Vec<u8>, dice: &mut Dice) {
    let mut at = header_len(frame) + 28;
    let skip = dice.below(6);
    for _ in 0..skip {
        match frame.get(at + 1) {
            Some(length) if at + 2 + usize::from(*length) < frame.len() => at += 2 + usize::from(*length),
            _ => break,
        }
    }
    if at > frame.len() {
        return;
    }
    if dice.once_in(3) && at + 2 <= frame.len() {
        frame[at] = *dice.one_of(&[
            0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x11, 0x12, 0x13, 0x25, 0x2a, 0x2b, 0x30, 0x31, 0xe0,
        ]);
        if dice.once_in(2) {
            frame[at + 1] = *dice.one_of(&[0, 1, 2, 4, 5, 6, 7, 30, 255]);
        }
        return;
    }
    let length = dice.below(9);
    let mut item =
        vec![*dice.one_of(&[0x01, 0x05, 0x11, 0x12, 0x13, 0x25, 0x30, 0x31, 0x57, 0xff]), length as u8];
    item.extend((0..length).map(|_| dice.byte()));
    frame.splice(at..at, item);
}

/// Texts have more than one spelling in GBK, so only the other messages must come back byte by byte.
fn has_text(body: &Body) -> bool {
    matches!(body, Body::Register(_) | Body::RegisterReply(_) | Body::Authenticate(_) | Body::Text(_))
}

pub fn check(frame: &[u8]) -> u64 {
    let mut sent = Vec::new();
    escape(frame, &mut sent);
    survives(frame, &sent);
    let peeked = Header::parse(frame).map(|(header, body)| {
        let location = Location::peek(body).map(|core| {
            core.items().take(4).map(|i| i.map(|i| i.id()).map_err(|e| e.code())).collect::<Vec<_>>()
        });
        let batch = Batch::peek(body).map(|all| {
            let announced = all.count;
            let entries: Vec<_> = all.map(|e| e.location.map(|_| ()).map_err(|e| e.code())).collect();
            assert_eq!(entries.len(), usize::from(announced), "a batch has as many entries as it says");
            (entries.len().min(4), entries.first().cloned())
        });
        (header.id, header.part.is_some(), location.map_err(|e| e.code()), batch.map_err(|e| e.code()))
    });
    match decode(frame) {
        Ok((header, body)) => {
            if !has_text(&body) && frame.len() <= 1_044 {
                assert_eq!(encode(&header, &body).as_ref(), Ok(&sent), "what is read is written as it came");
            }
            outcome(&[&"ok", &header.version.is_2019(), &peeked.map_err(|e| e.code())])
        }
        Err(error) => {
            assert!(error.offset <= frame.len(), "{error} points into the frame of {} bytes", frame.len());
            assert!(!error.kind.expected().is_empty(), "{error} says what was expected");
            outcome(&[&error.code(), &error.offset.min(64), &peeked.map_err(|e| e.code())])
        }
    }
}

/// The frame comes out of a stream as it went in, and so do its neighbours, wherever the stream is cut.
fn survives(frame: &[u8], sent: &[u8]) {
    let fits = (12..=1_044).contains(&frame.len());
    let neighbour = [0x00, 0x02, 0x00, 0x00, 0x01, 0x39, 0x32, 0x02, 0x81, 0x01, 0x00, 0x01];
    let mut stream = Vec::new();
    escape(&neighbour, &mut stream);
    stream.extend_from_slice(sent);
    escape(&neighbour, &mut stream);
    let (mut deframer, mut found) = (Deframer::new(), Vec::new());
    for piece in stream.chunks(1 + frame.len() % 37) {
        deframer.push(piece, &mut |f| found.push(f.map(<[u8]>::to_vec)));
    }
    assert_eq!(found.first(), Some(&Ok(neighbour.to_vec())), "the neighbour before");
    assert_eq!(found.last(), Some(&Ok(neighbour.to_vec())), "the neighbour behind");
    if fits {
        assert_eq!(found.len(), 3, "three frames");
        assert_eq!(found.get(1), Some(&Ok(frame.to_vec())), "the frame itself");
    }
}
