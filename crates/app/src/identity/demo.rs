//! Demonstration accounts: one password for all, listed on the sign-in page. `wufei serve` refuses a database that
//! has any.

use std::sync::Arc;

use db::{DbError, Sql, params};

use super::accounts::{self as service, FirstPassword, NewAccount};
use super::password;
use crate::kit::{Kit, OpContext, Problem};

pub use super::me::demo_accounts as accounts;

/// The password of every demonstration account. Publicly known, so a production start refuses it.
pub const PASSWORD: &str = "Wufei-2026";

/// The hash of [`PASSWORD`], made once for all demonstration accounts.
///
/// # Errors
/// 500 when hashing fails.
pub async fn password_hash(kit: &Kit) -> Result<String, Problem> {
    password::hash(kit, PASSWORD).await
}

/// A demonstration account.
pub struct NewDemoAccount<'a> {
    /// The account; its password is [`PASSWORD`].
    pub login: &'a str,
    /// The person's name.
    pub name: &'a str,
    /// Telephone.
    pub phone: Option<&'a str>,
    /// Organisation.
    pub org_id: &'a str,
    /// Roles.
    pub roles: &'a [domain::access::Role],
    /// Place in the list on the sign-in page; `None` leaves it out there.
    pub listed: Option<Listed<'a>>,
}

/// How a demonstration account is listed.
pub struct Listed<'a> {
    /// Place.
    pub sort: i64,
    /// What to try with it, Chinese.
    pub hint_zh: &'a str,
    /// What to try with it, English.
    pub hint_en: &'a str,
}

/// Makes a demonstration account with a hash from [`password_hash`]; answers its id.
///
/// # Errors
/// As for any account; 403 outside a demonstration.
pub async fn create(
    kit: &Arc<Kit>,
    ctx: &Arc<OpContext>,
    hash: &str,
    new: NewDemoAccount<'_>,
) -> Result<String, Problem> {
    if !kit.settings.demo {
        return Err(Problem::new(crate::kit::Code::Forbidden));
    }
    let account = NewAccount {
        login: new.login.to_owned(),
        name: new.name.to_owned(),
        phone: new.phone.map(str::to_owned),
        org_id: new.org_id.to_owned(),
        roles: new.roles.to_vec(),
        password: FirstPassword::Hashed(hash.to_owned()),
    };
    let (id, _) = service::create(kit, ctx, account).await?;
    if let Some(listed) = new.listed {
        let role = new.roles.first().map_or("", |r| r.as_str());
        let row = params![ctx.tenant.as_str(), new.login, listed.sort, role, listed.hint_zh, listed.hint_en];
        kit.db
            .write(&ctx.tenant, move |tx| {
                Box::pin(async move {
                    tx.exec("insert into demo_account (tenant_id, login, sort, role, hint_zh, hint_en) values ($1, $2, $3, $4, $5, $6)", &row)
                        .await
                        .map(drop)
                })
            })
            .await
            .map_err(|e: DbError| Problem::from(e))?;
    }
    Ok(id)
}

/// Whether the database holds demonstration accounts.
///
/// # Errors
/// When the database cannot answer.
pub async fn any(db: &db::Db) -> Result<bool, DbError> {
    db.read(|sql| {
        Box::pin(
            async move { Ok(sql.query_opt("select login from demo_account limit 1", &[]).await?.is_some()) },
        )
    })
    .await
}
