//! Damage that needs no knowledge of a format: bits, bytes, pieces taken out, doubled, moved, or borrowed from elsewhere.

use crate::Dice;

/// Bytes at which things tend to change.
const ODD: &[u8] = &[0x00, 0x01, 0x7d, 0x7e, 0x7f, 0x80, 0xff, 0x02, 0x10, 0x99, 0x40];
/// No input grows beyond this.
pub const LONGEST: usize = 1 << 16;

/// Damages bytes once.
pub fn bytes(input: &mut Vec<u8>, other: &[u8], dice: &mut Dice) {
    if input.is_empty() {
        input.push(dice.byte());
        return;
    }
    let at = dice.below(input.len());
    match dice.below(9) {
        0 => input[at] ^= 1 << dice.below(8),
        1 => input[at] = *dice.one_of(ODD),
        2 => input[at] = dice.byte(),
        3 => input.truncate(at),
        4 => {
            let end = (at + 1 + dice.below(16)).min(input.len());
            input.drain(at..end);
        }
        5 => {
            let count = 1 + dice.below(8);
            let more: Vec<u8> = (0..count).map(|_| dice.byte()).collect();
            input.splice(at..at, more);
        }
        6 => {
            let end = (at + 1 + dice.below(64)).min(input.len());
            let piece = input[at..end].to_vec();
            let to = dice.below(input.len());
            input.splice(to..to, piece);
        }
        7 if !other.is_empty() => {
            let from = dice.below(other.len());
            let end = (from + 1 + dice.below(64)).min(other.len());
            let cut = (at + dice.below(64)).min(input.len());
            input.splice(at..cut, other[from..end].iter().copied());
        }
        _ => {
            // Two bytes as a number: lengths and counts.
            if let Some(pair) = input.get_mut(at..at + 2) {
                let number = u16::from_be_bytes([pair[0], pair[1]]);
                let change = [1, 0xffff, 0x0100, 0x8000][dice.below(4)];
                pair.copy_from_slice(&number.wrapping_add(change).to_be_bytes());
            }
        }
    }
    input.truncate(LONGEST);
}
