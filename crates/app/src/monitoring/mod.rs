//! Live supervision: where vehicles are, which document they carry, what does not fit, and what people do about it.
//! Positions come from the gateway's ingest log and stay outside of the journal; warnings, reports, checks and what
//! people decide are events like everything else. It calls transfer, ledger and registers, and must never write their
//! tables or stop a vehicle by itself.

mod api;
mod api_checks;
pub mod base;
pub mod checks;
pub mod engine;
pub mod events;
pub mod fleet;
pub mod gate;
pub mod health;
pub mod judge;
pub mod live;
pub mod photos;
pub mod place;
pub mod record;
pub mod reports;
pub mod rules;
pub mod scan;
pub mod today;
pub mod tracks;
pub mod video;
pub mod warnings;

#[cfg(test)]
mod tests;

use db::{DbError, StoredEvent, Tx};

pub use api::router;

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
        reports::REPORTED => reports::project(tx, event).await,
        kind if kind.starts_with("warning.") => warnings::project(tx, event).await,
        checks::MADE => checks::project(tx, event).await,
        video::REPORTED | video::DECIDED => video::project(tx, event).await,
        _ => Ok(()),
    }
}
