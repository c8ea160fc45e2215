//! One search over what people know by name or number: documents, firms, vehicles, containers, waste codes, and people
//! for those who have the right. Every part asks its own permission, and the caller's reach is part of each query:
//! what a list would not show, the search does not find.

mod api;
mod find;
mod firms;
mod people;
mod pinyin;
mod rules;
mod wastes;

pub use api::router;
pub use find::{Hit, HitGroup, SearchAnswer, SearchQuery, search};

#[cfg(test)]
mod tests;
