//! How often one caller may try: sign-ins by address, changes by account. The limits stop machines, not people,
//! and are kept in memory only.

use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU32, Ordering};

use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use crate::kit::{Code, Kit, Problem};

/// The limiters of one house.
pub struct Limits {
    sign_in: Option<DefaultKeyedRateLimiter<String>>,
    writes: Option<DefaultKeyedRateLimiter<String>>,
    clock: DefaultClock,
    checks: AtomicU32,
}

impl Limits {
    fn new(kit: &Kit) -> Self {
        let limiter =
            |per_minute: u32| NonZeroU32::new(per_minute).map(|n| RateLimiter::keyed(Quota::per_minute(n)));
        Self {
            sign_in: limiter(kit.settings.limits.sign_in_per_minute),
            writes: limiter(kit.settings.limits.writes_per_minute),
            clock: DefaultClock::default(),
            checks: AtomicU32::new(0),
        }
    }

    fn check(&self, limiter: Option<&DefaultKeyedRateLimiter<String>>, key: &str) -> Result<(), Problem> {
        let Some(limiter) = limiter else { return Ok(()) };
        // Callers that have long gone are forgotten now and then, so that the memory stays bounded.
        if self.checks.fetch_add(1, Ordering::Relaxed) % 4_096 == 4_095 {
            limiter.retain_recent();
        }
        limiter.check_key(&key.to_owned()).map_err(|until| {
            let wait = until.wait_time_from(self.clock.now()).as_secs().saturating_add(1);
            Problem {
                retry_after: Some(wait),
                ..Problem::rule(Code::TooManyRequests, "ID-RATE", [("seconds", wait.to_string())])
            }
        })
    }
}

/// Counts a sign-in from this address.
///
/// # Errors
/// 429 with the seconds to wait.
pub fn sign_in(kit: &Kit, ip: Option<&str>) -> Result<(), Problem> {
    let limits = kit.parts.get_or(|| Limits::new(kit));
    limits.check(limits.sign_in.as_ref(), ip.unwrap_or_default())
}

/// Counts a change by this account.
///
/// # Errors
/// 429 with the seconds to wait.
pub fn write(kit: &Kit, account_id: &str) -> Result<(), Problem> {
    let limits = kit.parts.get_or(|| Limits::new(kit));
    limits.check(limits.writes.as_ref(), account_id)
}
