//! The live part through its use cases, on both engines.

mod engine;
