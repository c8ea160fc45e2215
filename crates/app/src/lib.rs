//! The contexts of 无废. Order: `kit < registry < identity < proof < ledger < transfer < monitoring < governance`; a context calls only
//! those before it. Each has the same rooms: `api` (HTTP, thin), `service` (use cases), `store` (SQL),
//! `project` (events into read tables), `model` (what goes out).

pub mod governance;
pub mod identity;
pub mod kit;
pub mod ledger;
pub mod monitoring;
pub mod proof;
pub mod registry;
pub mod transfer;

mod assembly;
mod workbench;

pub use assembly::{ReadModel, api, migrations};
