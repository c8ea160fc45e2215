//! Who comes in, with which rights, on whose behalf, and what they did: accounts, passwords, second factors,
//! sessions, delegations, the audit log. It knows organisations through the registry and must never know
//! anything about waste. Passwords, secrets and sessions are not events; everything else here is.

mod account_list;
pub mod accounts;
mod api;
mod audit_log;
pub mod bootstrap;
pub mod delegations;
pub mod demo;
mod limits;
mod me;
pub mod middleware;
pub mod model;
mod password;
pub mod project;
mod reauth;
pub mod rules;
mod session;
mod sign_in;
pub mod signing_keys;
mod store;
pub mod totp;

pub use accounts::{FirstPassword, NewAccount, create as create_account};
pub use api::router;
pub use delegations::grant as grant_delegation;
pub use middleware::authenticate;
pub use reauth::{Method, Reauthenticated, reauthenticate};
pub use session::COOKIE;

/// The name of the person behind an account, as a document's handler; `None` when there is none (any more).
///
/// # Errors
/// 500 when the database refuses.
pub async fn person_name(
    sql: &mut dyn db::Sql,
    tenant: &str,
    account_id: &str,
) -> Result<Option<String>, crate::kit::Problem> {
    Ok(store::account(sql, tenant, account_id).await?.and_then(|account| account.name))
}
