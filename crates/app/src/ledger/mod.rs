//! The waste ledger: containers from generation to their end, stock, balance, registers, trace and labels. All
//! rules are in `domain::ledger`; here are facts, the transaction, the read tables and what goes out. It calls
//! the registers and identity, and must never change a status or a mass except through an event.
//!
//! The way of a command: [`api`] → [`commands`] → `decide` (facts → rules → event → [`project`]), in one
//! transaction. The transfer context moves lots through [`transfers`], inside its own.

pub mod api;
pub mod balance;
pub mod commands;
mod decide;
pub mod entries;
pub mod figures;
pub mod find;
pub mod history;
pub mod label;
pub mod list;
pub mod model;
pub mod project;
pub mod registers;
pub mod stock;
mod store;
pub mod sums;
mod tables;
pub mod trace;
pub mod transfers;
pub mod workbench;

#[cfg(test)]
mod tests;

pub use api::router;
pub use decide::Outcome;
pub use domain::ledger::rules;
pub use project::project;
