//! Reading accounts: one, or a list within reach. A firm's managers see their own people, the security
//! administrator everybody. Telephone numbers are shown as in the registers: masked in lists; whole for one account
//! of the own organisation, or with the right to personal data and a stated purpose, and then the audit log says so.

use std::sync::Arc;

use db::{DbError, Row, Snapshot, Sql};
use domain::access::{Permission, Role};
use domain::time::format_instant;

use super::model::{AccountFilter, AccountStatus, AccountView, Named};
use super::sign_in::guard_keys;
use super::{rules, store};
use crate::kit::{Filter, Key, Kit, OpContext, Page, PageQuery, Problem, audit, like};
use crate::registry::personal;

const SELECT: &str = "select a.id, a.login, a.person_id, a.name, a.phone, a.org_id, a.roles, a.status, a.created_at, a.version, \
     o.name as org_name, o.town_code as town, c.last_login_at, f.confirmed \
     from account a join org o on o.tenant_id = a.tenant_id and o.id = a.org_id \
     left join credential c on c.tenant_id = a.tenant_id and c.account_id = a.id \
     left join second_factor f on f.tenant_id = a.tenant_id and f.account_id = a.id";

async fn view(
    sql: &mut Snapshot,
    row: &Row,
    tenant: &str,
    sight: &(dyn Fn(&str, &str) -> bool + Sync),
    now: i64,
) -> Result<AccountView, DbError> {
    let town: String = row.get("town")?;
    let account = store::account_of(row)?;
    let mut status = account.status;
    if status == AccountStatus::Active {
        for key in guard_keys(tenant, &account.login, &account.id) {
            if store::locked_until(sql, tenant, &key).await? > now {
                status = AccountStatus::Locked;
            }
        }
    }
    let shown = sight(&account.org_id, &town);
    Ok(AccountView {
        masked: if account.phone.is_some() && !shown { vec!["phone".to_owned()] } else { Vec::new() },
        phone: account.phone.map(|p| if shown { p } else { personal::mask("phone", &p) }),
        person: Named { id: account.person_id, name: account.name.unwrap_or_default() },
        org: Named { id: account.org_id, name: row.get("org_name")? },
        second_factor: row.get::<Option<bool>>("confirmed")?.unwrap_or(false),
        last_login_at: row.get::<Option<i64>>("last_login_at")?.map(format_instant),
        id: account.id,
        login: account.login,
        roles: account.roles,
        version: account.version,
        status,
    })
}

/// One account, the telephone number whole where the caller may see it.
///
/// # Errors
/// 403 without the right, 404 out of reach.
pub async fn get(kit: &Arc<Kit>, ctx: &Arc<OpContext>, id: &str) -> Result<AccountView, Problem> {
    let caller = Arc::clone(ctx);
    let view =
        one(kit, ctx, id, move |org, town| personal::may_see_people_of(&caller, org, Some(town))).await?;
    if view.phone.is_some() && view.masked.is_empty() {
        audit_read(kit, ctx, view.id.clone(), view.org.id.clone()).await?;
    }
    Ok(view)
}

/// One account after it was written: whoever wrote it does not read it anew.
///
/// # Errors
/// 403 without the right, 404 out of reach.
pub(super) async fn after_write(
    kit: &Arc<Kit>,
    ctx: &Arc<OpContext>,
    id: &str,
) -> Result<AccountView, Problem> {
    one(kit, ctx, id, |_, _| false).await
}

async fn one(
    kit: &Arc<Kit>,
    ctx: &Arc<OpContext>,
    id: &str,
    sight: impl Fn(&str, &str) -> bool + Send + Sync + 'static,
) -> Result<AccountView, Problem> {
    let reach = ctx.require(Permission::AccountRead)?;
    let mut filter = Filter::tenant("a.tenant_id", &ctx.tenant);
    reach.filter(&mut filter, "a.org_id", "o.town_code");
    filter.and("a.id = ?", [id.into()]);
    let (text, values) = (format!("{SELECT} {}", filter.conditions()), filter.params().to_vec());
    let (tenant, now) = (ctx.tenant.clone(), kit.clock.now());
    kit.db
        .read(move |sql| {
            Box::pin(async move {
                match sql.query_opt(&text, &values).await? {
                    None => Err(Problem::not_found()),
                    Some(row) => Ok(view(sql, &row, &tenant, &sight, now).await?),
                }
            })
        })
        .await
}

/// The entry is written before the number leaves, outside any idempotency key: a read is no command.
async fn audit_read(kit: &Arc<Kit>, ctx: &Arc<OpContext>, id: String, org: String) -> Result<(), Problem> {
    let plain = Arc::new(OpContext { idempotency_key: None, ..(**ctx).clone() });
    kit.command(&plain, "account.personal_read", &(), move |mut work| {
        Box::pin(async move { audit::personal_read(&mut work, "account", &id, &org).await })
    })
    .await
}

/// The list of accounts within reach.
///
/// # Errors
/// 403 without the right, 422 for a wrong filter.
pub async fn list(
    kit: &Arc<Kit>,
    ctx: &Arc<OpContext>,
    query: &PageQuery,
    wanted: &AccountFilter,
) -> Result<Page<AccountView>, Problem> {
    let reach = ctx.require(Permission::AccountRead)?;
    let limit = query.limit()?;
    let (column, descending) =
        query.sort(&[("login", "a.login"), ("name", "coalesce(a.name, '')")], false)?;
    let mut filter = Filter::tenant("a.tenant_id", &ctx.tenant);
    reach.filter(&mut filter, "a.org_id", "o.town_code");
    filter.maybe("a.org_id = ?", wanted.org_id.as_deref());
    if let Some(role) = wanted.role.as_deref().filter(|r| !r.is_empty()) {
        let role = Role::parse(role).ok_or_else(|| unknown("/role", role))?;
        filter.and("a.roles like ?", [format!("%\"{}\"%", role.as_str()).into()]);
    }
    if let Some(status) = wanted.status.as_deref().filter(|s| !s.is_empty()) {
        let status = AccountStatus::parse(status).ok_or_else(|| unknown("/status", status))?;
        filter.and("a.status = ?", [status.as_str().into()]);
    }
    if let Some(words) = query.words() {
        let pattern = like(&words);
        filter.and(
            "(a.login like ? escape '\\' or a.name like ? escape '\\' or o.name like ? escape '\\')",
            [like(&words.to_lowercase()).into(), pattern.clone().into(), pattern.into()],
        );
    }
    filter.after(column, "a.id", descending, query.after()?);
    let by_name = column != "a.login";
    let (text, values) = filter.finish(SELECT, column, "a.id", descending, limit);
    let (tenant, now) = (ctx.tenant.clone(), kit.clock.now());
    kit.db
        .read(move |sql| {
            Box::pin(async move {
                let rows = sql.query(&text, &values).await?;
                let mut items = Vec::with_capacity(rows.len());
                for row in &rows {
                    items.push(view(sql, row, &tenant, &|_: &str, _: &str| false, now).await?);
                }
                Ok(Page::cut(items, limit, None, |a| {
                    let key = if by_name { a.person.name.clone() } else { a.login.clone() };
                    (Key::Text(key), a.id.clone())
                }))
            })
        })
        .await
}

pub(super) fn unknown(path: &str, value: &str) -> Problem {
    Problem::field(path, rules::FILTER, [("value", value.chars().take(40).collect())])
}
