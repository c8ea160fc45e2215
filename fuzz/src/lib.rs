//! A mutating fuzzer over everything that reads bytes or texts of others: frames of terminals, messages in parts, lines
//! for `wufei decode`, the ingest log's files, conditions of rules. It knows the structure of what it damages, so that
//! the damage gets past lengths and checksums, and it keeps every input that made something new happen. It runs on the
//! stable compiler and in the tests; it must never need anything that a clean clone does not have.
//!
//! A target says more than "does not panic": what is decoded must encode to the same bytes, a neighbour must survive,
//! an acknowledged record must be found again. A failure is shrunk, written to a file and can be repeated from it.

mod condition;
mod dice;
mod frame;
mod line;
mod log;
mod mutate;
mod parts;
mod runner;
mod seeds;
mod stream;

pub use dice::Dice;
pub use runner::{Failure, Limits, Outcome, fuzz, replay, speak_of_panics};

/// Something to be fuzzed.
#[derive(Clone, Copy)]
pub struct Target {
    /// Name on the command line.
    pub name: &'static str,
    /// What it reads.
    pub about: &'static str,
    /// Good and bad inputs to begin with.
    pub seeds: fn() -> Vec<Vec<u8>>,
    /// Damages an input once; the other one is there to take pieces from.
    pub damage: fn(&mut Vec<u8>, &[u8], &mut Dice),
    /// Reads it, and panics when something is wrong. Answers what happened, so that inputs that make something new
    /// happen can be kept: equal for what is alike.
    pub check: fn(&[u8]) -> u64,
}

/// All targets.
pub const TARGETS: &[Target] =
    &[frame::TARGET, stream::TARGET, parts::TARGET, line::TARGET, log::TARGET, condition::TARGET];

/// What a name means: a target, the group `jt808`, or `all`; `None` for an unknown one.
pub fn named(name: &str) -> Option<Vec<Target>> {
    match name {
        "all" => Some(TARGETS.to_vec()),
        "jt808" => Some(vec![frame::TARGET, stream::TARGET, parts::TARGET, line::TARGET]),
        one => TARGETS.iter().find(|t| t.name == one).map(|t| vec![*t]),
    }
}

/// A short number for what happened.
pub(crate) fn outcome(parts: &[&dyn std::fmt::Debug]) -> u64 {
    use std::hash::{DefaultHasher, Hasher};
    let mut hasher = DefaultHasher::new();
    for part in parts {
        hasher.write(format!("{part:?}").as_bytes());
        hasher.write_u8(0xff);
    }
    hasher.finish()
}
