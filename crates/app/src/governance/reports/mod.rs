//! Reports: what a department, a town or the task force tells about a year, from a template that is data and figures
//! that come from the same places as everywhere else. A report is kept as it was made, with the hash of what went into
//! it. This part must never count anything by a way of its own that another part knows better, and never write a zero
//! where a figure is missing.

mod api;
mod build;
#[cfg(test)]
mod check;
mod figures;
mod model;
mod project;
pub mod rules;
mod service;
mod store;
mod template;
#[cfg(test)]
mod tests;
mod unit;

pub use api::router;
pub use project::{TABLES, project};
