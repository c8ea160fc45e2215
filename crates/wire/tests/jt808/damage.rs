//! Two hundred thousand damaged frames: nothing panics, every error points into the frame, and what still
//! decodes encodes to the bytes that it came from.

use wire::jt808::{Body, decode, encode};

use crate::{captured, deframed, escaped, unescaped};

/// A small generator with a fixed seed, so that a failure comes again.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % n.max(1) as u64) as usize
    }
}

fn damage(frame: &mut Vec<u8>, dice: &mut Dice) {
    for _ in 0..=dice.below(3) {
        let at = dice.below(frame.len());
        match dice.below(5) {
            0 => frame[at] ^= 1 << dice.below(8),
            1 => frame[at] = [0x00, 0xff, 0x7e, 0x7d, 0x01][dice.below(5)],
            2 => frame.truncate(at.max(1)),
            3 => frame.insert(at, dice.below(256) as u8),
            _ => {
                let from = dice.below(frame.len());
                let piece: Vec<u8> = frame[from..frame.len().min(from + 8)].to_vec();
                frame.splice(at..at, piece);
            }
        }
    }
}

/// Texts have more than one spelling in GBK, so only the other messages must come back byte by byte.
fn has_text(body: &Body) -> bool {
    matches!(body, Body::Register(_) | Body::RegisterReply(_) | Body::Authenticate(_) | Body::Text(_))
}

#[test]
fn damaged_frames() {
    let mut dice = Dice(0x0808_2013_2019_0704);
    let good: Vec<Vec<u8>> = captured::all().map(|f| unescaped(&f)).collect();
    let (mut decoded, mut refused) = (0, 0);
    for round in 0..200_000 {
        let mut frame = good[round % good.len()].clone();
        damage(&mut frame, &mut dice);
        // Half of them keep a length that agrees, so that the damage reaches the body.
        if round % 2 == 0 && frame.len() > 20 {
            let fixed = if frame[2] & 0x40 == 0 { 12 } else { 17 } + if frame[2] & 0x20 == 0 { 0 } else { 4 };
            let length = (frame.len() - fixed.min(frame.len())).min(1023);
            frame[2] = frame[2] & 0xfc | (length >> 8) as u8;
            frame[3] = length as u8;
        }
        match decode(&frame) {
            Ok((header, body)) => {
                decoded += 1;
                if !has_text(&body) {
                    assert_eq!(encode(&header, &body), Ok(escaped(&frame)), "{frame:02x?}");
                }
            }
            Err(error) => {
                refused += 1;
                assert!(error.offset <= frame.len(), "{error} in {frame:02x?}");
                assert!(!error.kind.expected().is_empty());
            }
        }
        if round % 4 == 0 {
            // Damage to the frame as sent, between two good ones: both are found.
            let neighbour = escaped(&good[0]);
            let mut sent = escaped(&good[round % good.len()]);
            damage(&mut sent, &mut dice);
            let stream = [&neighbour[..], &sent, &neighbour].concat();
            let found = deframed(&stream);
            let first = found.first().and_then(|f| f.as_ref().ok());
            let last = found.last().and_then(|f| f.as_ref().ok());
            // A cut frame may end in the first half of an escape pair; even then its neighbour is whole.
            assert_eq!((first, last), (Some(&good[0]), Some(&good[0])), "{sent:02x?}");
        }
    }
    assert!(decoded > 20_000 && refused > 20_000, "{decoded} decoded, {refused} refused");
}
