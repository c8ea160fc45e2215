//! Warnings: what the rules found, as something that people deal with. Rules of the procedure are in
//! `domain::monitoring::warning`; here are the transaction, lists, words and who may do what.

pub mod act;
pub mod api;
pub mod export;
pub mod list;
pub mod project;
pub mod raise;
mod search;
pub mod show;
pub mod words;

use std::sync::Arc;

use db::DbError;
use domain::monitoring::warning::Warning;

pub(super) use list::within;
pub use list::{WarningQuery, WarningSummary, of_vehicle, readable};
pub use project::{cause, project};
pub use raise::raise;

use crate::kit::{Kit, Problem};

/// A stored warning.
///
/// # Errors
/// When the table holds something else.
pub(super) fn parse(document: &str) -> Result<Warning, DbError> {
    serde_json::from_str(document).map_err(|e| DbError::Inconsistent(format!("warning.document: {e}")))
}

/// Counts the open warnings of every vehicle and shows them on the map.
///
/// # Errors
/// 500 when the database refuses.
pub async fn count_open(kit: &Arc<Kit>) -> Result<(), Problem> {
    let tenant = kit.settings.tenant.clone();
    let open = kit
        .db
        .read::<_, Problem, _>(move |sql| Box::pin(async move { list::open_by_vehicle(sql, &tenant).await }))
        .await?;
    raise::show_open(kit, &open);
    Ok(())
}
