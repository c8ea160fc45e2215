//! Live supervision: the risk rules that a regulator writes as data, how they are watched over time, the life of
//! a warning, and what the gateway decides about a terminal. Pure as the rest of the crate: facts come in with
//! their time, and nothing here may fetch them, guess a missing one, or know the present.
//!
//! - [`subjects`]: which facts there are about what, defined once.
//! - [`rules`]: rule packs, read and checked from `data/warnings/rules.json`.
//! - [`watch`]: a rule over time: dwell, episodes, the same answer however the data is cut into batches.
//! - [`words`]: explanations and tables of facts, from the texts of the pack and of `data/warnings/facts.json`.
//! - [`warning`]: from raised to closed, with appeal.
//! - [`device`]: registration, clock and health of a terminal.

pub mod device;
pub mod rules;
pub mod subjects;
pub mod warning;
pub mod watch;
pub mod words;
