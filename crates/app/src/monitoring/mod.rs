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
pub mod project;
pub mod record;
pub mod reports;
pub mod rules;
pub mod samples;
pub mod scan;
pub mod today;
pub mod tracks;
pub mod video;
pub mod warnings;
pub mod workbench;

#[cfg(test)]
mod tests;

pub use api::router;
pub use project::{TABLES, project};
