//! The SQL of identity. Read tables (`account`, `delegation`) are written in `project` only; here stand their
//! queries, and the secrets and transients that are not events: credentials, second factors, guards, sessions.

use db::{DbError, Row, Sql, Tx, params};
use domain::access::{OrgKind, Role};

use super::model::AccountStatus;
use crate::kit::Problem;

/// An account as it is stored.
#[derive(Clone, Debug)]
pub struct AccountRow {
    /// Id.
    pub id: String,
    /// Name to sign in with, lower case.
    pub login: String,
    /// The person.
    pub person_id: String,
    /// The person's name; `None` when erased.
    pub name: Option<String>,
    /// Telephone.
    pub phone: Option<String>,
    /// Organisation.
    pub org_id: String,
    /// Roles.
    pub roles: Vec<Role>,
    /// Set by an administrator.
    pub status: AccountStatus,
    /// UTC microseconds.
    pub created_at: i64,
    /// Version.
    pub version: i64,
}

/// What sign-in needs to know about an organisation.
#[derive(Clone, Debug)]
pub struct OrgRow {
    /// Name.
    pub name: String,
    /// What it is.
    pub kinds: Vec<OrgKind>,
    /// Division code of its town.
    pub division_code: Option<String>,
    /// Whether it is in business here.
    pub active: bool,
}

/// Reads a stored JSON list of words; an unknown word is a defect of the stored data and is said as such.
fn words<T>(row: &Row, column: &str, parse: impl Fn(&str) -> Option<T>) -> Result<Vec<T>, DbError> {
    let text: String = row.get(column)?;
    let bad = || DbError::Inconsistent(format!("column {column}: {text} is not a list of known words"));
    let list: Vec<String> = serde_json::from_str(&text).map_err(|_| bad())?;
    list.iter().map(|w| parse(w).ok_or_else(bad)).collect()
}

/// Columns of an account, for every query that reads one as `a`.
pub const ACCOUNT_COLUMNS: &str =
    "a.id, a.login, a.person_id, a.name, a.phone, a.org_id, a.roles, a.status, a.created_at, a.version";

/// Reads an account out of a row with [`ACCOUNT_COLUMNS`].
///
/// # Errors
/// When stored data is not what it should be.
pub fn account_of(row: &Row) -> Result<AccountRow, DbError> {
    let status: String = row.get("status")?;
    Ok(AccountRow {
        id: row.get("id")?,
        login: row.get("login")?,
        person_id: row.get("person_id")?,
        name: row.get("name")?,
        phone: row.get("phone")?,
        org_id: row.get("org_id")?,
        roles: words(row, "roles", Role::parse)?,
        status: AccountStatus::parse(&status)
            .ok_or_else(|| DbError::Inconsistent(format!("account.status: {status} is not known")))?,
        created_at: row.get("created_at")?,
        version: row.get("version")?,
    })
}

/// The account of this id.
///
/// # Errors
/// When the database cannot answer.
pub async fn account(sql: &mut dyn Sql, tenant: &str, id: &str) -> Result<Option<AccountRow>, DbError> {
    let text = format!("select {ACCOUNT_COLUMNS} from account a where a.tenant_id = $1 and a.id = $2");
    sql.query_opt(&text, &params![tenant, id]).await?.as_ref().map(account_of).transpose()
}

/// The account of this login (lower case).
///
/// # Errors
/// When the database cannot answer.
pub async fn account_by_login(
    sql: &mut dyn Sql,
    tenant: &str,
    login: &str,
) -> Result<Option<AccountRow>, DbError> {
    let text = format!("select {ACCOUNT_COLUMNS} from account a where a.tenant_id = $1 and a.login = $2");
    sql.query_opt(&text, &params![tenant, login]).await?.as_ref().map(account_of).transpose()
}

/// The organisation of this id, from the registry's read table.
///
/// # Errors
/// When the database cannot answer.
pub async fn org(sql: &mut dyn Sql, tenant: &str, id: &str) -> Result<Option<OrgRow>, DbError> {
    let row = sql
        .query_opt(
            "select name, kinds, division_code, status from org where tenant_id = $1 and id = $2",
            &params![tenant, id],
        )
        .await?;
    row.as_ref().map(org_of).transpose()
}

fn org_of(row: &Row) -> Result<OrgRow, DbError> {
    Ok(OrgRow {
        name: row.get("name")?,
        kinds: words(row, "kinds", OrgKind::parse)?,
        division_code: row.get("division_code")?,
        active: row.get::<String>("status")? == "active",
    })
}

/// How many active accounts hold a role besides this one.
///
/// # Errors
/// When the database cannot answer.
pub async fn others_with_role(
    sql: &mut dyn Sql,
    tenant: &str,
    role: Role,
    but: &str,
) -> Result<i64, DbError> {
    // The list is JSON of plain words, so a quoted word is found exactly.
    let pattern = format!("%\"{}\"%", role.as_str());
    let row = sql
        .query_one(
            "select count(*) as n from account where tenant_id = $1 and id <> $2 and status = 'active' and roles like $3",
            &params![tenant, but, pattern],
        )
        .await?;
    row.get("n")
}

/// Hash (PHC string) of an account's password.
///
/// # Errors
/// When the database cannot answer.
pub async fn password_hash(
    sql: &mut dyn Sql,
    tenant: &str,
    account_id: &str,
) -> Result<Option<String>, DbError> {
    let row = sql
        .query_opt(
            "select password_hash from credential where tenant_id = $1 and account_id = $2",
            &params![tenant, account_id],
        )
        .await?;
    row.map(|r| r.get("password_hash")).transpose()
}

/// Stores a password's hash.
///
/// # Errors
/// When the database refuses.
pub async fn set_credential(
    tx: &mut Tx,
    account_id: &str,
    hash: &str,
    must_change: bool,
    now: i64,
) -> Result<(), DbError> {
    let tenant = tx.tenant().to_owned();
    tx.exec(
        "insert into credential (tenant_id, account_id, password_hash, changed_at, must_change) values ($1, $2, $3, $4, $5) \
         on conflict (tenant_id, account_id) do update set password_hash = excluded.password_hash, \
         changed_at = excluded.changed_at, must_change = excluded.must_change",
        &params![tenant, account_id, hash, now, must_change],
    )
    .await
    .map(drop)
}

/// A second factor.
#[derive(Clone, Debug)]
pub struct FactorRow {
    /// Shared secret.
    pub secret: Vec<u8>,
    /// Proved once by its owner.
    pub confirmed: bool,
    /// Last step that was accepted.
    pub last_step: i64,
}

/// Second factor of an account, confirmed or not.
///
/// # Errors
/// When the database cannot answer.
pub async fn factor(sql: &mut dyn Sql, tenant: &str, account_id: &str) -> Result<Option<FactorRow>, DbError> {
    let row = sql
        .query_opt(
            "select secret, confirmed, last_step from second_factor where tenant_id = $1 and account_id = $2",
            &params![tenant, account_id],
        )
        .await?;
    row.map(|r| {
        Ok(FactorRow {
            secret: r.get("secret")?,
            confirmed: r.get("confirmed")?,
            last_step: r.get("last_step")?,
        })
    })
    .transpose()
}

/// Stores a new, unconfirmed second factor; a confirmed one must be removed first.
///
/// # Errors
/// When the database refuses.
pub async fn set_factor(tx: &mut Tx, account_id: &str, secret: &[u8], now: i64) -> Result<(), DbError> {
    let tenant = tx.tenant().to_owned();
    tx.exec(
        "insert into second_factor (tenant_id, account_id, secret, confirmed, last_step, created_at) values ($1, $2, $3, $4, 0, $5) \
         on conflict (tenant_id, account_id) do update set secret = excluded.secret, confirmed = excluded.confirmed, \
         last_step = 0, created_at = excluded.created_at",
        &params![tenant, account_id, secret, false, now],
    )
    .await
    .map(drop)
}

/// Takes a step for good; false when it, or a later one, was taken before (replay).
///
/// # Errors
/// When the database refuses.
pub async fn take_step(tx: &mut Tx, account_id: &str, step: i64) -> Result<bool, DbError> {
    let tenant = tx.tenant().to_owned();
    let changed = tx
        .exec(
            "update second_factor set last_step = $1, confirmed = $2 where tenant_id = $3 and account_id = $4 and last_step < $1",
            &params![step, true, tenant, account_id],
        )
        .await?;
    Ok(changed == 1)
}

/// Removes a second factor.
///
/// # Errors
/// When the database refuses.
pub async fn drop_factor(tx: &mut Tx, account_id: &str) -> Result<(), DbError> {
    let tenant = tx.tenant().to_owned();
    tx.exec(
        "delete from second_factor where tenant_id = $1 and account_id = $2",
        &params![tenant, account_id],
    )
    .await
    .map(drop)
}

/// Until when attempts under this key are refused; 0 for not at all.
///
/// # Errors
/// When the database cannot answer.
pub async fn locked_until(sql: &mut dyn Sql, tenant: &str, key: &str) -> Result<i64, DbError> {
    let row = sql
        .query_opt(
            "select locked_until from sign_in_guard where tenant_id = $1 and login_hash = $2",
            &params![tenant, key],
        )
        .await?;
    row.map_or(Ok(0), |r| r.get("locked_until"))
}

/// How many attempts under this key have failed since the last success.
///
/// # Errors
/// When the database cannot answer.
pub async fn failed_attempts(sql: &mut dyn Sql, tenant: &str, key: &str) -> Result<i64, DbError> {
    let row = sql
        .query_opt(
            "select failed from sign_in_guard where tenant_id = $1 and login_hash = $2",
            &params![tenant, key],
        )
        .await?;
    row.map_or(Ok(0), |r| r.get("failed"))
}

/// Counts a failed attempt and locks the key at the `limit`-th; answers whether it locked.
///
/// # Errors
/// When the database refuses.
pub async fn count_failure(
    tx: &mut Tx,
    key: &str,
    limit: i64,
    lock_us: i64,
    now: i64,
) -> Result<bool, DbError> {
    const DAY: i64 = 86_400_000_000;
    let tenant = tx.tenant().to_owned();
    // Forget attempts of yesterday: the table stays small, whatever logins are tried.
    tx.exec(
        "delete from sign_in_guard where tenant_id = $1 and last_at < $2 and locked_until < $3",
        &params![&tenant, now - DAY, now],
    )
    .await?;
    let row = tx
        .query_one(
            "insert into sign_in_guard (tenant_id, login_hash, failed, last_at, locked_until) values ($1, $2, 1, $3, 0) \
             on conflict (tenant_id, login_hash) do update set failed = sign_in_guard.failed + 1, last_at = excluded.last_at \
             returning failed",
            &params![&tenant, key, now],
        )
        .await?;
    if row.get::<i64>("failed")? < limit {
        return Ok(false);
    }
    tx.exec(
        "update sign_in_guard set failed = 0, locked_until = $1 where tenant_id = $2 and login_hash = $3",
        &params![now.saturating_add(lock_us), &tenant, key],
    )
    .await?;
    Ok(true)
}

/// Forgets failed attempts and a lock.
///
/// # Errors
/// When the database refuses.
pub async fn clear_guard(tx: &mut Tx, key: &str) -> Result<(), DbError> {
    let tenant = tx.tenant().to_owned();
    tx.exec("delete from sign_in_guard where tenant_id = $1 and login_hash = $2", &params![tenant, key])
        .await
        .map(drop)
}

/// Opens a session and removes those that have run out.
///
/// # Errors
/// When the database refuses.
pub async fn open_session(
    tx: &mut Tx,
    token_hash: &str,
    account_id: &str,
    second_factor: bool,
    now: i64,
    expires_at: i64,
) -> Result<(), DbError> {
    let tenant = tx.tenant().to_owned();
    tx.exec("delete from session where tenant_id = $1 and expires_at < $2", &params![&tenant, now]).await?;
    tx.exec(
        "insert into session (tenant_id, token_hash, account_id, second_factor, created_at, seen_at, expires_at) \
         values ($1, $2, $3, $4, $5, $5, $6)",
        &params![tenant, token_hash, account_id, second_factor, now, expires_at],
    )
    .await?;
    tx.exec(
        "update credential set last_login_at = $1 where tenant_id = $2 and account_id = $3",
        &params![now, tx.tenant().to_owned(), account_id],
    )
    .await
    .map(drop)
}

/// Ends a session.
///
/// # Errors
/// When the database refuses.
pub async fn close_session(tx: &mut Tx, token_hash: &str) -> Result<(), DbError> {
    let tenant = tx.tenant().to_owned();
    tx.exec("delete from session where tenant_id = $1 and token_hash = $2", &params![tenant, token_hash])
        .await
        .map(drop)
}

/// Ends all sessions of an account.
///
/// # Errors
/// When the database refuses.
pub async fn close_sessions_of(tx: &mut Tx, account_id: &str) -> Result<(), DbError> {
    let tenant = tx.tenant().to_owned();
    tx.exec("delete from session where tenant_id = $1 and account_id = $2", &params![tenant, account_id])
        .await
        .map(drop)
}

/// Whether anybody can sign in at all: false on an empty database.
///
/// # Errors
/// When the database cannot answer.
pub async fn has_accounts(sql: &mut dyn Sql, tenant: &str) -> Result<bool, Problem> {
    let row = sql.query_opt("select id from account where tenant_id = $1 limit 1", &params![tenant]).await?;
    Ok(row.is_some())
}
