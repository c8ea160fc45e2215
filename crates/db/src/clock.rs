//! The only clock of this crate, for its own bookkeeping (when a migration was applied). Times of events and
//! jobs come from the application.

use std::time::{SystemTime, UNIX_EPOCH};

/// UTC µs.
#[expect(clippy::disallowed_methods, reason = "the one clock of this crate, for its own bookkeeping")]
pub(crate) fn now() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |d| i64::try_from(d.as_micros()).unwrap_or(i64::MAX))
}
