//! The binary's own library: it puts configuration, database, contexts and HTTP together. No rule of the field
//! lives here. Tests and benchmarks use the same pieces as the commands do.

pub mod bench;
mod caller;
pub mod cli;
pub mod commands;
pub mod config;
pub mod failure;
pub mod gateway;
pub mod house;
pub mod live;
pub mod server;
pub mod terminal;

pub use failure::Failure;
