//! Reading accounts: one, or a list within reach. A firm's managers see their own people, the security
//! administrator everybody; telephone numbers are masked without the right to personal data.

use std::sync::Arc;

use db::{DbError, Row, Snapshot, Sql};
use domain::access::{Permission, Role};
use domain::time::format_instant;

use super::model::{AccountFilter, AccountStatus, AccountView, Named};
use super::sign_in::guard_keys;
use super::{rules, store};
use crate::kit::{Filter, Key, Kit, OpContext, Page, PageQuery, Problem, Reach, like};

const SELECT: &str = "select a.id, a.login, a.person_id, a.name, a.phone, a.org_id, a.roles, a.status, a.created_at, a.version, \
     o.name as org_name, c.last_login_at, f.confirmed \
     from account a join org o on o.tenant_id = a.tenant_id and o.id = a.org_id \
     left join credential c on c.tenant_id = a.tenant_id and c.account_id = a.id \
     left join second_factor f on f.tenant_id = a.tenant_id and f.account_id = a.id";

async fn view(
    sql: &mut Snapshot,
    row: &Row,
    tenant: &str,
    masked: bool,
    now: i64,
) -> Result<AccountView, DbError> {
    let account = store::account_of(row)?;
    let mut status = account.status;
    if status == AccountStatus::Active {
        for key in guard_keys(tenant, &account.login, &account.id) {
            if store::locked_until(sql, tenant, &key).await? > now {
                status = AccountStatus::Locked;
            }
        }
    }
    Ok(AccountView {
        phone: account.phone.map(|p| if masked { mask_phone(&p) } else { p }),
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

/// Keeps the first three and the last two characters.
fn mask_phone(phone: &str) -> String {
    let chars: Vec<char> = phone.chars().collect();
    let hidden = chars.len().saturating_sub(2);
    chars.iter().enumerate().map(|(i, c)| if i < 3 || i >= hidden { *c } else { '*' }).collect()
}

/// One account.
///
/// # Errors
/// 403 without the right, 404 out of reach.
pub async fn get(kit: &Arc<Kit>, ctx: &Arc<OpContext>, id: &str) -> Result<AccountView, Problem> {
    let reach = ctx.require(Permission::AccountRead)?;
    let mut filter = Filter::tenant("a.tenant_id", &ctx.tenant);
    reach.filter(&mut filter, "a.org_id", "o.division_code");
    filter.and("a.id = ?", [id.into()]);
    let (text, values) = (format!("{SELECT} {}", filter.conditions()), filter.params().to_vec());
    let (tenant, masked, now) = (ctx.tenant.clone(), masks(ctx, &reach), kit.clock.now());
    kit.db
        .read(move |sql| {
            Box::pin(async move {
                match sql.query_opt(&text, &values).await? {
                    None => Err(Problem::not_found()),
                    Some(row) => Ok(view(sql, &row, &tenant, masked, now).await?),
                }
            })
        })
        .await
}

/// The security administrator works with telephone numbers; firms see those of their own people.
fn masks(ctx: &OpContext, reach: &Reach) -> bool {
    !ctx.may(Permission::PersonalRead) || !matches!(reach, Reach::City | Reach::Org(_))
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
    reach.filter(&mut filter, "a.org_id", "o.division_code");
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
    let (tenant, masked, now) = (ctx.tenant.clone(), masks(ctx, &reach), kit.clock.now());
    kit.db
        .read(move |sql| {
            Box::pin(async move {
                let rows = sql.query(&text, &values).await?;
                let mut items = Vec::with_capacity(rows.len());
                for row in &rows {
                    items.push(view(sql, row, &tenant, masked, now).await?);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_masked_telephone_keeps_its_ends() {
        assert_eq!(mask_phone("13812345678"), "138******78");
        assert_eq!(mask_phone("123"), "123");
    }
}
