//! Transfer of hazardous waste: the manifest from draft to the receiver's confirmation and the return of what
//! was refused. All rules are in `domain::manifest`; here are facts from the registers and the ledger, the
//! transaction, numbers, lists, papers. It calls the ledger and the registers and must never write their
//! tables; it must never give out a number that looks official without an authority behind it.
//!
//! A use case has its own file; the way of a signature: [`api`] → re-authentication → [`sign`] → [`facts`] →
//! `domain::manifest::decide` → [`project::emit`] → [`lots`] (the ledger), all in one transaction.

pub mod api;
pub mod attest;
pub mod config;
pub mod draft;
mod facts;
pub mod figures;
mod find;
pub mod flow;
pub mod list;
mod lots;
pub mod model;
pub mod numbered;
pub mod numbers;
pub mod options;
pub mod paper;
pub mod parts;
pub mod project;
pub mod read;
pub mod rules;
mod show;
pub mod sign;
mod store;
pub mod view;
pub mod waybill_view;
pub mod workbench;

#[cfg(test)]
pub(crate) mod tests;

pub use api::router;
pub use project::project;
