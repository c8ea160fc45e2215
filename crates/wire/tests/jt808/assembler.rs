//! Messages in parts: any order, losses, repeats, and the limits of what is held.

use wire::jt808::{
    Assembler, Body, Header, Joined, Limits, Part, Refusal, Resend, Version, decode, reply, split,
};

use crate::{V2019, header, unescaped};

fn part(first: u16, total: u16, index: u16) -> Header {
    let serial = first.wrapping_add(index - 1);
    Header { part: Some(Part { total, index }), serial, ..header(0x0801, Version::V2013) }
}

fn limits(messages: usize, bytes: usize) -> Limits {
    Limits { messages, bytes, age_us: 1000 }
}

#[test]
fn any_order_around_the_end_of_the_serial_numbers() {
    let body = Body::Waybill((0..5000_u32).map(|n| (n % 251) as u8).collect());
    let first = Header { serial: u16::MAX - 1, ..header(0x0701, V2019) };
    let frames: Vec<_> = split(&first, &body).unwrap().iter().map(|f| unescaped(f)).collect();
    assert_eq!(frames.len(), 5);
    let mut assembler = Assembler::new(Limits::default());
    for (n, order) in [4_usize, 0, 3, 1].into_iter().enumerate() {
        let (header, raw) = Header::parse(&frames[order]).unwrap();
        assert_eq!(assembler.offer(&header, raw, 0), Joined::Waiting { missing: 4 - n as u16 });
        assert_eq!(assembler.offer(&header, raw, 0), Joined::Repeated);
    }
    let (last, raw) = Header::parse(&frames[2]).unwrap();
    let Joined::Whole { header, body: joined } = assembler.offer(&last, raw, 0) else { panic!("whole") };
    assert_eq!(header, first);
    assert_eq!(Body::decode_joined(header.id, header.version, &joined), Ok(body));
    assert_eq!((assembler.pending(), assembler.bytes()), (0, 0));
    assert_eq!((assembler.stats().joined, assembler.stats().repeated), (1, 4));
}

#[test]
fn missing_parts_are_asked_for() {
    let mut assembler = Assembler::new(limits(8, 1 << 20));
    for index in [1, 2, 5] {
        assembler.offer(&part(100, 6, index), b"x", 10 * i64::from(index));
    }
    assert!(assembler.gaps(49).is_empty(), "a part came since");
    let gaps = assembler.gaps(50);
    assert_eq!((gaps[0].total, &gaps[0].missing[..]), (6, &[3, 4, 6][..]));
    let (_, asked) = decode(&unescaped(&reply::resend(&gaps[0], 1).unwrap())).unwrap();
    assert_eq!(asked, Body::PlatformResend(Resend { first_serial: 100, parts: vec![3, 4, 6] }));
    // A claim of 65 535 parts makes a request of 255, which is what its count field can say.
    assembler.offer(&part(1, u16::MAX, 1), b"x", 0);
    let gap = assembler.gaps(0).remove(0);
    assert_eq!(gap.missing.len(), 255);
    assert!(reply::resend(&gap, 1).is_ok());
    // In 2019 the count is a WORD and the frame is the limit: 1023 bytes hold 509 numbers.
    let mut assembler = Assembler::new(limits(8, 1 << 20));
    let first = Part { total: u16::MAX, index: 1 };
    assembler.offer(&Header { part: Some(first), ..header(0x0801, V2019) }, b"x", 0);
    let gap = assembler.gaps(0).remove(0);
    assert_eq!(gap.missing.len(), 509);
    assert_eq!(unescaped(&reply::resend(&gap, 1).unwrap()).len(), 17 + 2 + 2 + 2 * 509);
}

#[test]
fn two_messages_are_never_mixed() {
    let mut assembler = Assembler::new(limits(8, 1 << 20));
    assembler.offer(&part(100, 2, 1), b"a", 0);
    assembler.offer(&part(200, 2, 1), b"b", 0);
    let other_total = part(100, 3, 2);
    assert_eq!(assembler.offer(&other_total, b"c", 0), Joined::Refused(Refusal::Differs));
    let encrypted = Header { encryption: 1, ..part(100, 2, 2) };
    assert_eq!(assembler.offer(&encrypted, b"d", 0), Joined::Refused(Refusal::Differs));
    let other_id = Header { id: 0x0701, ..part(100, 2, 2) };
    assert_eq!(assembler.offer(&other_id, b"e", 0), Joined::Waiting { missing: 1 });
    let Joined::Whole { body, .. } = assembler.offer(&part(200, 2, 2), b"f", 0) else { panic!("whole") };
    assert_eq!(body, b"bf");
    let Joined::Whole { body, .. } = assembler.offer(&part(100, 2, 2), b"g", 0) else { panic!("whole") };
    assert_eq!(body, b"ag");
}

#[test]
fn messages_in_one_part_are_left_alone() {
    let mut assembler = Assembler::new(Limits::default());
    assert_eq!(assembler.offer(&header(0x0200, V2019), b"x", 0), Joined::Single);
    assert_eq!(assembler.offer(&part(1, 1, 1), b"x", 0), Joined::Single);
    assert_eq!(assembler.pending(), 0);
}

#[test]
fn what_is_held_has_limits() {
    // By number: the oldest goes.
    let mut assembler = Assembler::new(limits(3, 1 << 20));
    for first in [10, 20, 30, 40, 50] {
        assembler.offer(&part(first, 2, 1), b"x", 0);
    }
    assert_eq!((assembler.pending(), assembler.stats().evicted), (3, 2));
    assert_eq!(assembler.offer(&part(30, 2, 1), b"x", 0), Joined::Repeated);
    // The one that goes is the oldest by its beginning, though a part of it came last.
    let mut assembler = Assembler::new(limits(2, 1 << 20));
    for (first, index) in [(10, 1), (20, 1), (10, 2), (30, 1)] {
        assembler.offer(&part(first, 3, index), b"x", 0);
    }
    let left: Vec<_> = assembler.gaps(0).iter().map(|g| g.header.serial).collect();
    assert_eq!(left, [20, 30]);
    // A part that pushes the oldest out leaves its own message where it was.
    let mut assembler = Assembler::new(limits(9, 5 * 65));
    for (first, index) in [(10, 1), (20, 1), (30, 1), (40, 1), (30, 2), (30, 3)] {
        assembler.offer(&part(first, 9, index), b"x", 0);
    }
    let left: Vec<_> = assembler.gaps(0).iter().map(|g| g.header.serial).collect();
    assert_eq!(left, [20, 30, 40]);
    // By bytes: a part costs its bytes and 64.
    let mut assembler = Assembler::new(limits(100, 10_000));
    for first in 0..50 {
        assembler.offer(&part(first * 10, 5, 1), &[0; 936], 0);
        assert!(assembler.bytes() <= 10_000);
    }
    assert_eq!((assembler.pending(), assembler.stats().evicted), (10, 40));
    // One message that is larger than all is given up, not collected for ever.
    let mut assembler = Assembler::new(limits(100, 10_000));
    let mut refused = 0;
    for index in 1..=2000 {
        let outcome = assembler.offer(&part(1, 2000, index), &[], 0);
        refused += u32::from(outcome == Joined::Refused(Refusal::TooLarge));
        assert!(assembler.bytes() <= 10_000);
    }
    assert!(refused > 0, "parts without a body cost too");
    // With no room at all nothing is kept and nothing panics.
    let mut assembler = Assembler::new(limits(0, 100));
    assembler.offer(&part(1, 2, 1), &[0; 30], 0);
    assert_eq!(assembler.offer(&part(3, 2, 1), &[0; 40], 0), Joined::Refused(Refusal::TooLarge));
}

#[test]
fn old_messages_are_given_up() {
    let mut assembler = Assembler::new(limits(8, 1 << 20));
    assembler.offer(&part(10, 3, 1), b"x", 0);
    assembler.offer(&part(20, 3, 1), b"x", 500);
    assembler.offer(&part(10, 3, 2), b"x", 600);
    assert!(assembler.expire(1499).is_empty());
    let gone = assembler.expire(1500);
    assert_eq!((gone.len(), gone[0].header.serial, &gone[0].missing[..]), (1, 20, &[2, 3][..]));
    assert_eq!((assembler.pending(), assembler.bytes()), (1, 2 + 2 * 64));
    // A clock that goes back neither panics nor expires.
    assert!(assembler.expire(i64::MIN).is_empty());
    assert_eq!(assembler.expire(i64::MAX).len(), 1);
    assert_eq!(assembler.bytes(), 0);
}
