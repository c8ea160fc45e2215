//! Trucks on the road network: where each is at every second, and what its terminal says about that. No socket and no
//! clock here: a plan, a number and a start give the same drive everywhere. A script is kept or broken by driving alone;
//! nothing tells the platform what it should find.

mod course;
mod plan;
mod post;
mod report;
mod script;
#[cfg(test)]
mod tests;

pub use course::{Course, Fix};
pub use plan::{Plan, PlanError, TruckPlan, plan};
pub use post::{Message, Post};
pub use report::{location, reported};
pub use script::{Act, Opening, Script};
