//! The only two sources of time and identity. Everything else receives them, so that the demo city, the
//! tests and the verifier can run on a clock of their own and the same seed gives the same journal.

use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, Ordering};

use uuid::Uuid;

/// Where the present comes from.
pub trait Clock: Send + Sync {
    /// The present as UTC microseconds since 1970.
    fn now(&self) -> i64;
}

/// The machine's clock.
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the machine's clock")]
    fn now(&self) -> i64 {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
    }
}

/// A clock that stands until it is moved: for simulated months and for tests.
pub struct SimClock(AtomicI64);

impl SimClock {
    /// Starts at `micros`.
    pub fn new(micros: i64) -> Self {
        Self(AtomicI64::new(micros))
    }
    /// Sets the present; never backwards.
    pub fn set(&self, micros: i64) {
        self.0.fetch_max(micros, Ordering::SeqCst);
    }
    /// Moves the present forward.
    pub fn advance(&self, micros: i64) {
        self.0.fetch_add(micros.max(0), Ordering::SeqCst);
    }
}

impl Clock for SimClock {
    fn now(&self) -> i64 {
        self.0.load(Ordering::SeqCst)
    }
}

/// A clock that follows the machine's but can be handed over from a simulated one: until
/// [`SwitchClock::go_live`] it stands where the simulation puts it.
pub struct SwitchClock {
    sim: SimClock,
    live: std::sync::atomic::AtomicBool,
}

impl SwitchClock {
    /// Starts simulated at `micros`.
    pub fn simulated(micros: i64) -> Self {
        Self { sim: SimClock::new(micros), live: std::sync::atomic::AtomicBool::new(false) }
    }
    /// The simulated hand.
    pub fn sim(&self) -> &SimClock {
        &self.sim
    }
    /// From now on the machine's clock counts.
    pub fn go_live(&self) {
        self.live.store(true, Ordering::SeqCst);
    }
}

impl Clock for SwitchClock {
    fn now(&self) -> i64 {
        if self.live.load(Ordering::SeqCst) { SystemClock.now() } else { self.sim.now() }
    }
}

/// Where new ids come from.
pub trait IdSource: Send + Sync {
    /// A new UUIDv7 for an object made at `now` (UTC microseconds).
    fn next(&self, now: i64) -> Uuid;
    /// Fills `out` with unpredictable bytes (salts, tokens). Seeded sources are for demos and tests only.
    fn fill(&self, out: &mut [u8]);
}

/// Ids from the operating system's randomness.
pub struct RandomIds;

impl IdSource for RandomIds {
    fn next(&self, now: i64) -> Uuid {
        let mut random = [0u8; 10];
        self.fill(&mut random);
        v7(now, random)
    }
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place that asks the system for randomness"
    )]
    fn fill(&self, out: &mut [u8]) {
        if getrandom::fill(out).is_err() {
            // Without randomness no token or salt can be trusted: stopping is the only safe answer.
            tracing::error!("the operating system gives no randomness; stopping");
            std::process::abort();
        }
    }
}

/// Ids from a seed, so that a simulated city is the same twice.
pub struct SeededIds(Mutex<(u64, u64)>);

impl SeededIds {
    /// A source that gives the same ids for the same seed.
    pub fn new(seed: u64) -> Self {
        Self(Mutex::new((seed, 0)))
    }
}

impl IdSource for SeededIds {
    fn next(&self, now: i64) -> Uuid {
        let mut random = [0u8; 10];
        self.fill(&mut random);
        v7(now, random)
    }
    fn fill(&self, out: &mut [u8]) {
        use sha2::{Digest, Sha256};
        let mut state = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        for chunk in out.chunks_mut(32) {
            state.1 += 1;
            let mut h = Sha256::new();
            h.update(state.0.to_be_bytes());
            h.update(state.1.to_be_bytes());
            chunk.copy_from_slice(&h.finalize()[..chunk.len()]);
        }
    }
}

fn v7(now: i64, random: [u8; 10]) -> Uuid {
    let millis = u64::try_from(now / 1_000).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_ids() {
        let (a, b) = (SeededIds::new(7), SeededIds::new(7));
        assert_eq!(a.next(1_000_000), b.next(1_000_000));
        assert_ne!(a.next(1_000_000), a.next(1_000_000));
    }

    #[test]
    fn a_simulated_clock_never_runs_backwards() {
        let c = SimClock::new(10);
        c.set(5);
        assert_eq!(c.now(), 10);
        c.advance(3);
        assert_eq!(c.now(), 13);
    }
}
