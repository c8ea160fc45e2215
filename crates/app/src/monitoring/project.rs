//! Events of the live part into their read tables; the only place, with that of warnings, that changes them. Called live
//! in the command's transaction and again when `wufei verify --rebuild` replays the journal.

mod checks;
pub(super) mod photos;
mod reports;
mod video;

use db::{DbError, StoredEvent, Tx};

use super::checks::MADE;
use super::reports::REPORTED;

/// Tables that this context's events fill, for the comparison after a rebuild.
pub const TABLES: &[&str] = &[
    "photo_use",
    "trip_report",
    "warning",
    "warning_org",
    "warning_counter",
    "roadside_check",
    "check_counter",
    "video_event",
];

/// Applies an event; others are left alone.
///
/// # Errors
/// When the database refuses or the event does not hold what it must.
pub async fn project(tx: &mut Tx, event: &StoredEvent) -> Result<(), DbError> {
    match event.kind.as_str() {
        REPORTED => reports::report(tx, event).await,
        kind if kind.starts_with("warning.") => super::warnings::project(tx, event).await,
        MADE => checks::check(tx, event).await,
        super::video::REPORTED | super::video::DECIDED => video::video_event(tx, event).await,
        _ => Ok(()),
    }
}
