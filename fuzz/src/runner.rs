//! The loop: take an input that did something new, damage it, look at what happens, keep it if that is new. A panic is
//! a failure, and so is an answer that takes too long; both are made small, written to a file, and end the run.

use std::cell::RefCell;
use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::{Dice, Target};

/// No input may take longer.
const PATIENCE: Duration = Duration::from_secs(5);
/// Inputs that are kept; beyond, a new one takes the place of an old one.
const POOL: usize = 20_000;
/// Attempts at making a failure smaller.
const SHRINKS: usize = 2_000;

/// When a run ends.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// After so long.
    pub time: Duration,
    /// Or after so many inputs.
    pub inputs: u64,
}

/// A run without failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Inputs tried.
    pub inputs: u64,
    /// Different things that happened.
    pub outcomes: usize,
}

/// An input that must not do what it does.
#[derive(Clone, Debug)]
pub struct Failure {
    /// Target.
    pub target: &'static str,
    /// What happened.
    pub what: String,
    /// The input, made small.
    pub input: Vec<u8>,
    /// Where it is kept.
    pub file: Option<PathBuf>,
}

thread_local! {
    static PANIC: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Keeps message and place of panics for the report, instead of printing each of them while a failure is made small.
/// Threads other than the one that fuzzes print as before.
pub fn speak_of_panics() {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        let ours = std::thread::current().name().is_some_and(|n| n == "main" || n.starts_with("fuzz"));
        PANIC.with(|p| *p.borrow_mut() = Some(info.to_string()));
        if !ours {
            before(info);
        }
    }));
}

/// What an input does: a number for it, or what is wrong.
fn attempt(target: &Target, input: &[u8]) -> Result<u64, String> {
    PANIC.with(|p| p.borrow_mut().take());
    let begun = Instant::now();
    let result = catch_unwind(AssertUnwindSafe(|| (target.check)(input)));
    let took = begun.elapsed();
    match result {
        Err(payload) => {
            let said = payload.downcast_ref::<String>().cloned();
            let said = said.or_else(|| payload.downcast_ref::<&str>().map(|s| (*s).to_owned()));
            let kept = PANIC.with(|p| p.borrow_mut().take());
            Err(kept.or(said).unwrap_or_else(|| "a panic without words".to_owned()))
        }
        Ok(_) if took > PATIENCE => Err(format!("it took {:.1} s", took.as_secs_f64())),
        Ok(outcome) => Ok(outcome),
    }
}

/// Fuzzes one target; a failure's input goes to `dir`.
///
/// # Errors
/// The first input that does what it must not.
pub fn fuzz(target: &Target, seed: u64, limits: Limits, dir: &Path) -> Result<Outcome, Failure> {
    let (begun, mut dice) = (Instant::now(), Dice::new(seed));
    let (mut pool, mut seen, mut inputs) = (Vec::new(), HashSet::new(), 0);
    for input in (target.seeds)() {
        inputs += 1;
        seen.insert(attempt(target, &input).map_err(|what| failed(target, &input, what, dir))?);
        pool.push(input);
    }
    if pool.is_empty() {
        pool.push(Vec::new());
    }
    while inputs < limits.inputs && begun.elapsed() < limits.time {
        // What was found last is looked at most: half of the time one of the newest.
        let newest = pool.len().min(64);
        let at = if dice.once_in(2) { pool.len() - 1 - dice.below(newest) } else { dice.below(pool.len()) };
        let mut input = pool[at].clone();
        for _ in 0..=dice.below(4) {
            let other = dice.below(pool.len());
            (target.damage)(&mut input, &pool[other], &mut dice);
        }
        inputs += 1;
        let outcome = attempt(target, &input).map_err(|what| failed(target, &input, what, dir))?;
        if seen.insert(outcome) {
            if pool.len() < POOL {
                pool.push(input);
            } else {
                let at = dice.below(pool.len());
                pool[at] = input;
            }
        }
    }
    Ok(Outcome { inputs, outcomes: seen.len() })
}

/// Looks at one input again.
///
/// # Errors
/// When it still does what it must not.
pub fn replay(target: &Target, input: &[u8]) -> Result<(), Failure> {
    attempt(target, input).map(drop).map_err(|what| Failure {
        target: target.name,
        what,
        input: input.to_vec(),
        file: None,
    })
}

fn failed(target: &Target, input: &[u8], what: String, dir: &Path) -> Failure {
    let (input, what) = shrink(target, input.to_vec(), what);
    let file = dir.join(format!("{}-{:016x}.bin", target.name, crate::outcome(&[&input])));
    let kept = std::fs::create_dir_all(dir).and_then(|()| std::fs::write(&file, &input)).is_ok();
    Failure { target: target.name, what, input, file: kept.then_some(file) }
}

/// Takes pieces out for as long as it still fails.
fn shrink(target: &Target, mut input: Vec<u8>, mut what: String) -> (Vec<u8>, String) {
    let mut left = SHRINKS;
    let mut piece = input.len().div_ceil(2);
    while piece > 0 && left > 0 {
        let (mut at, mut smaller) = (0, false);
        while at < input.len() && left > 0 {
            left -= 1;
            let mut less = input.clone();
            less.drain(at..(at + piece).min(less.len()));
            match attempt(target, &less) {
                Err(same) => {
                    (input, what, smaller) = (less, same, true);
                }
                Ok(_) => at += piece,
            }
        }
        if !smaller {
            piece /= 2;
        }
    }
    (input, what)
}
