//! The city on one screen: figures of ledger, transfer and monitoring side by side, each with the time of its data and
//! the address of the list that it opens. It must never count by itself what a list counts: it asks the same functions.

mod api;
mod flow;
mod link;
mod model;
mod period;
mod rules;
mod screen;
mod towns;

pub use api::router;
pub use model::{CityScreen, TownFigures};
pub use screen::{ScreenQuery, screen};

#[cfg(test)]
mod tests;
