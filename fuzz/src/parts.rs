//! Messages in parts. The input is a list of parts that arrive, seven bytes each: first serial, total, index, length,
//! waiting time, kind. Every part's bytes follow from its place, so a joined message can be checked against them.

use wire::jt808::{Assembler, Header, Joined, Limits, Part, TerminalNumber, Version};

use crate::{Dice, Target, mutate, outcome};

pub const TARGET: Target =
    Target { name: "parts", about: "messages in parts, in any order and number", seeds, damage, check };

const STEP: usize = 7;
const LIMITS: Limits = Limits { messages: 3, bytes: 2_000, age_us: 60_000_000 };

fn seeds() -> Vec<Vec<u8>> {
    let message = |first: u8, total: u8, length: u8| -> Vec<u8> {
        (1..=total).flat_map(|index| [0, first, total, index, length, 1, 0]).collect()
    };
    vec![
        message(1, 3, 10),
        message(9, 20, 200),
        [message(1, 2, 5), message(100, 4, 50), message(200, 3, 0)].concat(),
        [&message(1, 3, 10)[..14], &message(1, 3, 10)[..], &message(50, 5, 255)[..]].concat(),
    ]
}

fn damage(list: &mut Vec<u8>, other: &[u8], dice: &mut Dice) {
    let rows = list.len() / STEP;
    if rows < 2 || dice.once_in(3) {
        return mutate::bytes(list, other, dice);
    }
    let (a, b) = (dice.below(rows) * STEP, dice.below(rows) * STEP);
    match dice.below(3) {
        0 => (0..STEP).for_each(|i| list.swap(a + i, b + i)),
        1 => {
            let row = list[a..a + STEP].to_vec();
            list.splice(b..b, row);
        }
        _ => drop(list.drain(a..a + STEP)),
    }
    list.truncate(4_096);
}

/// The bytes of a part, by its place.
fn body(first: u16, index: u16, length: u8) -> Vec<u8> {
    let [high, low] = first.to_be_bytes();
    (0..length).map(|n| n ^ high ^ low ^ index as u8).collect()
}

fn check(list: &[u8]) -> u64 {
    let Some(terminal) = TerminalNumber::padded("13812345678", Version::V2013) else { return 0 };
    let (mut assembler, mut now, mut happened) = (Assembler::new(LIMITS), 0_i64, Vec::new());
    for row in list.chunks_exact(STEP).take(400) {
        let first = u16::from_be_bytes([row[0], row[1]]);
        let (total, index) = (u16::from(row[2]), u16::from(row[3]));
        // The length belongs to the message, so that its parts agree whoever sends them.
        let length = (first as u8).wrapping_mul(31) & 0x7f;
        now += i64::from(row[5]) * 500_000;
        let mut header = Header::new(0x0801, Version::V2013, terminal, 0);
        header.encryption = row[6] & 1;
        header.serial = first.wrapping_add(index).wrapping_sub(1);
        header.part = (index > 0 && index <= total).then_some(Part { total, index });
        let bytes = body(first, index, length);
        let before = assembler.stats();
        let joined = assembler.offer(&header, &bytes, now);
        match &joined {
            Joined::Whole { header: whole, body: got } => {
                let expected: Vec<u8> = (1..=total).flat_map(|i| body(first, i, length)).collect();
                assert_eq!(got, &expected, "a whole message has its own parts, in their order");
                assert_eq!((whole.serial, whole.part), (first, None), "and the first serial");
            }
            Joined::Single => assert!(total <= 1 || header.part.is_none(), "a part of several is no message"),
            _ => {}
        }
        assert!(assembler.bytes() <= LIMITS.bytes, "{} bytes held", assembler.bytes());
        assert!(assembler.pending() <= LIMITS.messages, "{} messages held", assembler.pending());
        if row[6] & 2 != 0 {
            for gap in assembler.gaps(now - 1_000_000) {
                assert!(!gap.missing.is_empty(), "what is asked for is missing");
                assert!(gap.missing.iter().all(|i| (1..=gap.total).contains(i)), "and is one of its parts");
            }
            assembler.expire(now);
        }
        let after = assembler.stats();
        happened.push((
            std::mem::discriminant(&joined),
            after.evicted > before.evicted,
            after.expired > before.expired,
        ));
    }
    happened.dedup();
    happened.truncate(12);
    outcome(&[&happened, &assembler.pending()])
}
