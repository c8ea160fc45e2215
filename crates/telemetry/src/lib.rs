//! Ingest log, columnar blocks and last values of devices.
//!
//! The [`log`] takes records from the network and acknowledges them after a sync; consumers follow its
//! [`log::Tail`]. This crate knows no waste rules and no protocol: a record's payload is bytes to it. It reads
//! no clock; times are parameters, in UTC microseconds.

pub mod disk;
pub mod log;
pub mod sample;
