//! Pure rules of solid-waste governance: quantities, official codes, the waste ledger and its genealogy,
//! transfer documents, access. Everything here is `decide(state, command, facts) -> events` and
//! `evolve(state, event)`: this crate must never read a clock, make a random id, or do I/O of any kind.
//! Texts for people are not here either: a problem is a rule id with parameters, and `data/rules/*.json`
//! says it in both languages.

pub mod access;
pub mod catalogue;
pub mod codes;
pub mod condition;
pub mod indicator;
pub mod ledger;
pub mod licence;
pub mod manifest;
pub mod monitoring;
pub mod plan;
pub mod problem;
pub mod programme;
pub mod quantity;
pub mod time;
pub mod trace;

pub use problem::{ParseError, Severity, Violation};
pub use quantity::Grams;
