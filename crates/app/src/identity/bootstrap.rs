//! The first start of a city's server: the three administrators with one-time passwords, shown once by whoever
//! calls this and stored only as hashes.

use std::sync::Arc;

use db::{DbError, Sql, params};
use domain::access::Role;
use serde::Deserialize;

use super::accounts::{self, FirstPassword, NewAccount};
use super::{password, store};
use crate::kit::{Kit, OpContext, Problem, data};

/// An administrator that was just made.
pub struct FirstAdministrator {
    /// Login.
    pub login: String,
    /// Role.
    pub role: Role,
    /// One-time password.
    pub password: String,
}

/// Makes the three administrators when nobody can sign in yet; answers them with their one-time passwords, or
/// nothing when there are accounts already.
///
/// # Errors
/// When no organisation of kind `platform` is in the registry, or the database refuses.
pub async fn administrators(kit: &Arc<Kit>) -> Result<Vec<FirstAdministrator>, Problem> {
    let tenant = kit.settings.tenant.clone();
    let home = kit
        .db
        .read(move |sql| {
            Box::pin(async move {
                if store::has_accounts(sql, &tenant).await? {
                    return Ok(None);
                }
                let row = sql
                    .query_opt(
                        "select id from org where tenant_id = $1 and status = 'active' and kinds like '%\"platform\"%' order by id limit 1",
                        &params![tenant],
                    )
                    .await?;
                row.map(|r| r.get::<String>("id")).transpose().map_err(Problem::from)?.map(Some).ok_or_else(|| {
                    tracing::error!("the registry has no organisation of kind platform, so the administrators have no home");
                    Problem::internal()
                })
            })
        })
        .await?;
    let Some(org_id) = home else { return Ok(Vec::new()) };
    let ctx = OpContext::system(&kit.settings.tenant);
    let names: Names = data::json("texts/administrators.json");
    let mut made = Vec::new();
    for (role, login, name) in [
        (Role::SystemAdmin, "sysadmin", names.system_admin),
        (Role::SecurityAdmin, "secadmin", names.security_admin),
        (Role::AuditAdmin, "auditadmin", names.audit_admin),
    ] {
        let text = password::one_time(kit);
        let new = NewAccount {
            login: login.to_owned(),
            name,
            phone: None,
            org_id: org_id.clone(),
            roles: vec![role],
            password: FirstPassword::OneTime(text.clone()),
        };
        accounts::create(kit, &ctx, new).await?;
        made.push(FirstAdministrator { login: login.to_owned(), role, password: text });
    }
    Ok(made)
}

#[derive(Deserialize)]
struct Names {
    system_admin: String,
    security_admin: String,
    audit_admin: String,
}

/// Sets a new one-time password for a login from the command line, when no administrator can sign in any more.
///
/// # Errors
/// 404 for an unknown login.
pub async fn recover(kit: &Arc<Kit>, login: &str) -> Result<String, Problem> {
    let (tenant, login) = (kit.settings.tenant.clone(), login.to_lowercase());
    let account = kit
        .db
        .read(move |sql| Box::pin(async move { store::account_by_login(sql, &tenant, &login).await }))
        .await
        .map_err(|e: DbError| Problem::from(e))?;
    let account = account.ok_or_else(Problem::not_found)?;
    let ctx = OpContext::system(&kit.settings.tenant);
    accounts::reset(kit, &ctx, &account.id).await?.ok_or_else(Problem::internal)
}
