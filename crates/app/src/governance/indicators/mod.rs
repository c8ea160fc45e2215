//! Indicators: definitions with versions, figures computed from the ledger or filled in and approved, targets, lights,
//! and the way from each figure down to its rows. Rules are in `domain::indicator`; here are data, sums, transactions and
//! what goes out. It reads ledger and transfer through their own functions and must never write their tables.
//!
//! The way of a figure: [`snapshot`] reads definitions ([`book`]), sums ([`tally`]), approved values and targets in one
//! go; `domain::indicator::Graph` computes. Other parts ask [`standing()`].

pub mod act;
pub mod api;
mod ask;
pub mod book;
pub mod catalogue;
pub mod define;
pub mod model;
pub mod project;
pub mod rows;
pub mod series;
pub mod show;
pub mod snapshot;
pub mod standing;
pub mod sweep;
pub mod tally;
pub mod values;
mod words;
pub mod workbench;

#[cfg(test)]
mod tests;

pub use api::router;
pub use project::project;
pub use snapshot::State;
pub use standing::{Standing, standing, standing_in};
