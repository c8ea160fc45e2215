//! Every target for a few thousand inputs with a seed that stays; and a planted fault, which must be found, made small
//! and written down, or the rest would prove nothing.

use std::time::Duration;

use fuzz::{Dice, Limits, TARGETS, Target, fuzz, named, replay};

fn short(target: &Target, inputs: u64) {
    let dir = tempfile::tempdir().expect("directory");
    let limits = Limits { time: Duration::from_secs(20), inputs };
    match fuzz(target, 2026, limits, dir.path()) {
        Ok(done) => assert!(done.outcomes > 20, "{}: only {} different outcomes", target.name, done.outcomes),
        Err(failure) => panic!("{}: {} for {:02x?}", target.name, failure.what, failure.input),
    }
}

#[test]
fn frames_streams_parts_and_lines() {
    for target in named("jt808").expect("the group") {
        short(&target, 6_000);
    }
}

#[test]
fn files_of_the_ingest_log() {
    for target in named("log").expect("the target") {
        short(&target, 1_500);
    }
}

#[test]
fn conditions() {
    for target in named("condition").expect("the target") {
        short(&target, 6_000);
    }
}

#[test]
fn a_planted_fault_is_found_made_small_and_written_down() {
    let planted = Target {
        name: "planted",
        about: "fails at two bytes after one another",
        seeds: || vec![b"a long beginning without anything in it".to_vec()],
        damage: |input, _, dice: &mut Dice| {
            let at = dice.below(input.len() + 1);
            input.insert(at, dice.byte());
        },
        check: |input| {
            assert!(!input.windows(2).any(|w| w == [0x7e, 0x7d]), "there it is");
            input.iter().filter(|b| **b == 0x7e).count() as u64
        },
    };
    let dir = tempfile::tempdir().expect("directory");
    let limits = Limits { time: Duration::from_secs(60), inputs: 2_000_000 };
    let failure = fuzz(&planted, 1, limits, dir.path()).expect_err("it is found");
    assert_eq!(failure.input, [0x7e, 0x7d]);
    assert!(failure.what.contains("there it is"), "{}", failure.what);
    let kept = std::fs::read(failure.file.expect("a file")).expect("readable");
    assert!(replay(&planted, &kept).is_err() && replay(&planted, b"else").is_ok());
}

#[test]
fn names() {
    assert_eq!(named("all").map(|t| t.len()), Some(TARGETS.len()));
    assert!(named("nothing").is_none());
}
