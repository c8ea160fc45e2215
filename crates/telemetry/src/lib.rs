//! Ingest log, columnar blocks and last values of devices.
//!
//! A record goes through three stages. The [`log`] takes it from the network and acknowledges it after a sync.
//! A consumer follows the log's [`log::Tail`], decodes and judges the records, and hands positions to the
//! [`blocks`], which keep them for good in a tenth of the space, and to the [`last`] values. It keeps its own
//! state and its place in the log in a [`checkpoint`], starts there after a crash, and retires the part of the
//! log that everything downstream has made durable.
//!
//! This crate knows no waste rules and no protocol: a record's payload, a fix's status bits and its additional
//! items are bytes to it. It reads no clock; times are parameters, in UTC microseconds.

pub mod blocks;
pub mod checkpoint;
pub mod disk;
pub mod last;
pub mod log;
pub mod sample;
