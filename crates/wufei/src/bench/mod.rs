//! Measurements against bare equivalents, `wufei bench NAME`. Each prints one line per engine; ours and the bare
//! one are measured in turn.

use clap::Args;

use crate::Failure;

/// Options of `bench`.
#[derive(Debug, Args)]
pub struct Bench {
    /// Name of the measurement
    pub name: String,
    /// One JSON object per line
    #[arg(long)]
    pub json: bool,
}

/// Names of the measurements.
pub const NAMES: &[&str] = &[];

/// Runs a measurement.
///
/// # Errors
/// For an unknown name, naming those that exist.
pub async fn run(options: Bench) -> Result<(), Failure> {
    Err(Failure::new(format!("there is no measurement {:?}; known: {}", options.name, NAMES.join(", "))))
}
