//! The live part through its use cases, on both engines.

mod checks;
mod engine;
mod video;
mod workbench;
