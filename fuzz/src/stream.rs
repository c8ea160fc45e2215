//! A stream of bytes of one connection, with garbage, half frames and wrong checksums: it must give the same frames
//! wherever it is cut, hold one frame at most, and never lose the good frame at its end.

use wire::jt808::{Deframer, FrameError, MAX_FRAME};

use crate::{Dice, Target, mutate, outcome, seeds};

pub const TARGET: Target =
    Target { name: "stream", about: "the bytes of one connection", seeds, damage, check };

fn seeds() -> Vec<Vec<u8>> {
    let mut all = seeds::made();
    all.push(all.concat());
    all.push(b"GET / HTTP/1.1\r\n\r\n".to_vec());
    all
}

fn damage(stream: &mut Vec<u8>, other: &[u8], dice: &mut Dice) {
    match dice.below(5) {
        0 => {
            // A delimiter more, or a broken escape.
            let at = dice.below(stream.len() + 1);
            let more = *dice.one_of(&[&[0x7e][..], &[0x7d], &[0x7d, 0x03], &[0x7e, 0x7e], &[0x7d, 0x7e]]);
            stream.splice(at..at, more.iter().copied());
        }
        1 if stream.len() < mutate::LONGEST / 2 => stream.extend_from_slice(other),
        _ => mutate::bytes(stream, other, dice),
    }
}

fn frames(stream: &[u8], step: usize) -> (Vec<Result<Vec<u8>, FrameError>>, Deframer) {
    let (mut deframer, mut out) = (Deframer::new(), Vec::new());
    for piece in stream.chunks(step.max(1)) {
        deframer.push(piece, &mut |f| {
            assert!(f.is_err() || f.is_ok_and(|f| f.len() < MAX_FRAME), "a frame within its bound");
            out.push(f.map(<[u8]>::to_vec));
        });
    }
    (out, deframer)
}

fn check(stream: &[u8]) -> u64 {
    let (whole, deframer) = frames(stream, stream.len());
    let (cut, other) = frames(stream, 1 + stream.len() % 7);
    assert_eq!(whole, cut, "the same frames wherever it is cut");
    assert_eq!(deframer.stats(), other.stats(), "and the same counts");
    let stats = deframer.stats();
    assert_eq!(stats.bytes, stream.len() as u64, "every byte is counted");
    assert_eq!(stats.frames as usize, whole.iter().filter(|f| f.is_ok()).count(), "and every frame");
    let good = &seeds::made()[0];
    let mut longer = stream.to_vec();
    longer.extend_from_slice(good);
    let (after, _) = frames(&longer, longer.len());
    assert_eq!(
        after.last().and_then(|f| f.as_ref().ok()),
        seeds::unescaped(good).first(),
        "the last good frame"
    );
    let first = whole.iter().find_map(|f| f.as_ref().err().map(|e| e.kind));
    outcome(&[
        &first,
        &(stats.frames.min(5), stats.bad_escape.min(3), stats.bad_checksum.min(3)),
        &(
            stats.too_short.min(3),
            stats.too_long.min(2),
            stats.garbage_bytes.min(2),
            deframer.pending().min(2),
        ),
    ])
}
