//! The registers: organisations, sites, facilities, licences, vehicles, crew, management plans and
//! cross-province approvals, on one mechanism of descriptors ([`entity`]); the code tables ([`catalogue`]);
//! the city profile ([`profile`]) and how an empty database is filled from it ([`seed`]).
//!
//! Other contexts read rows inside their own transaction through [`load`] and never touch the tables.
//! Personal fields go through the journal as commitments, are masked in lists, and can be erased.

pub mod api;
pub mod catalogue;
mod catalogue_api;
pub mod check;
mod cross;
pub mod demo;
mod describe;
pub mod entities;
pub mod entity;
pub mod facts;
mod filing;
pub mod find;
pub mod lifecycle;
mod lines;
pub mod list;
pub mod load;
pub mod model;
pub mod personal;
pub mod profile;
pub mod project;
mod refs;
pub mod rules;
pub mod seed;
pub mod service;
pub mod shape;
mod store;
pub mod table;
#[cfg(test)]
mod tests;
pub mod words;

pub use api::router;
pub use project::project;
