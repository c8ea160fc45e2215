//! Accounts: made, changed and reset by the security administrator, who never changes the own rights. Every
//! change of rights ends the account's sessions. One-time passwords are made before the queue and are in no
//! stored answer, so a repeated request cannot show them twice.

use std::sync::Arc;

use domain::Violation;
use domain::access::{Permission, Role, check_roles};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::model::{AccountBody, AccountStatus, AccountView, NewAccountBody};
use super::project::{self, ACCOUNT_SAVED};
use super::session::Sessions;
use super::sign_in::guard_keys;
use super::{password, rules, store};
use crate::kit::{Code, Fact, Kit, OpContext, Problem, Work, audit};
use crate::registry::personal;

pub(super) use super::account_list::{after_write, unknown};
pub use super::account_list::{get, list};

/// First password of a new account.
pub enum FirstPassword {
    /// Chosen or made for this account; must be changed at the first sign-in.
    OneTime(String),
    /// A hash made before, as it is (demonstrations and tests): no change is demanded.
    Hashed(String),
}

/// A new account, as the service takes it.
pub struct NewAccount {
    /// Login.
    pub login: String,
    /// The person's name.
    pub name: String,
    /// Telephone.
    pub phone: Option<String>,
    /// Organisation.
    pub org_id: String,
    /// Roles.
    pub roles: Vec<Role>,
    /// First password.
    pub password: FirstPassword,
}

/// What a creation or a reset answers and may be stored for repetitions: no secret, but a tag by which the
/// first caller knows the own answer.
#[derive(Serialize, Deserialize)]
struct Tagged {
    id: String,
    tag: String,
}

fn login_shape(login: &str) -> bool {
    let mut chars = login.chars();
    (3..=32).contains(&login.len())
        && chars.next().is_some_and(|c| c.is_ascii_lowercase())
        && chars.all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '_' | '-'))
}

fn check_person(name: &str, phone: Option<&str>, found: &mut Vec<Violation>) {
    let count = name.trim().chars().count();
    if !(1..=50).contains(&count) || name.chars().any(char::is_control) {
        found.push(Violation::error(rules::NAME, "/name").with("max", 50));
    }
    let fine =
        |p: &str| (5..=20).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_digit() || b"+- ".contains(&b));
    if phone.is_some_and(|p| !fine(p)) {
        found.push(Violation::error(rules::PHONE, "/phone"));
    }
}

fn blank_to_none(text: Option<String>) -> Option<String> {
    text.map(|t| t.trim().to_owned()).filter(|t| !t.is_empty())
}

/// Makes an account. Answers its id, and the one-time password when this call (not an earlier one with the same
/// idempotency key) made it.
///
/// # Errors
/// 403 without the right; 422 with every field that is wrong.
pub async fn create(
    kit: &Arc<Kit>,
    ctx: &Arc<OpContext>,
    new: NewAccount,
) -> Result<(String, bool), Problem> {
    ctx.require(Permission::AccountAdmin)?;
    ctx.require(Permission::RoleGrant)?;
    let login = new.login.trim().to_lowercase();
    let phone = blank_to_none(new.phone);
    let mut found = Vec::new();
    if !login_shape(&login) {
        found.push(Violation::error(rules::LOGIN_SHAPE, "/login"));
    }
    check_person(&new.name, phone.as_deref(), &mut found);
    if let FirstPassword::OneTime(text) = &new.password {
        found.extend(password::check(text, &login, "/password"));
    }
    if !found.is_empty() {
        return Err(invalid(found));
    }
    let (hash, must_change) = match new.password {
        FirstPassword::OneTime(text) => (password::hash(kit, &text).await?, true),
        FirstPassword::Hashed(hash) => (hash, false),
    };
    let tag = kit.ids.next(kit.clock.now()).to_string();
    let mine = tag.clone();
    let (name, org_id, roles) = (new.name.trim().to_owned(), new.org_id, new.roles);
    let input = json!({"login": login, "name": name, "phone": phone, "org_id": org_id, "roles": roles});
    let made: Tagged = kit
        .command(ctx, "account.create", &input, move |mut w| {
            Box::pin(async move {
                let tenant = w.tenant().to_owned();
                let mut found = Vec::new();
                match store::org(w.tx, &tenant, &org_id).await?.filter(|o| o.active) {
                    None => found.push(Violation::error(rules::ORG, "/org_id")),
                    Some(org) => found.extend(check_roles(&org.kinds, &roles, "/roles")),
                }
                if store::account_by_login(w.tx, &tenant, &login).await?.is_some() {
                    found.push(Violation::error(rules::LOGIN_TAKEN, "/login").with("login", &login));
                }
                if !found.is_empty() {
                    return Err(invalid(found));
                }
                let id = w.id();
                let row = Saved {
                    login: &login,
                    person_id: w.id(),
                    org_id: &org_id,
                    roles: &roles,
                    status: AccountStatus::Active,
                    created_at: w.now,
                    version: 1,
                };
                save(&mut w, &id, &row, &name, phone.as_deref()).await?;
                let now = w.now;
                store::set_credential(w.tx, &id, &hash, must_change, now).await?;
                let entry = audit::Entry::new("audit.account_created", "account", &id)
                    .of_org(&org_id)
                    .with(json!({"roles": roles}));
                audit::record(&mut w, entry).await?;
                Ok(Tagged { id, tag })
            })
        })
        .await?;
    Ok((made.id, made.tag == mine))
}

/// Makes an account out of a request; a one-time password is made when none is given.
///
/// # Errors
/// As [`create`].
pub async fn create_from(
    kit: &Arc<Kit>,
    ctx: &Arc<OpContext>,
    body: NewAccountBody,
) -> Result<(AccountView, Option<String>), Problem> {
    let made = body.password.is_none().then(|| password::one_time(kit));
    let given = body.password.or_else(|| made.clone()).unwrap_or_default();
    let new = NewAccount {
        login: body.login,
        name: body.name,
        phone: body.phone,
        org_id: body.org_id,
        roles: body.roles,
        password: FirstPassword::OneTime(given),
    };
    let (id, first) = create(kit, ctx, new).await?;
    let view = after_write(kit, ctx, &id).await?;
    Ok((view, made.filter(|_| first)))
}

/// Changes an account.
///
/// # Errors
/// 403, 404, 412 for a stale version, 422 with every field that is wrong.
pub async fn change(
    kit: &Arc<Kit>,
    ctx: &Arc<OpContext>,
    id: &str,
    version: i64,
    body: AccountBody,
) -> Result<AccountView, Problem> {
    ctx.require(Permission::AccountAdmin)?;
    let phone = blank_to_none(body.phone.clone());
    // A masked number that comes back is looked at where the stored one is known.
    let typed = phone.as_deref().filter(|p| !p.starts_with('*'));
    let mut found = Vec::new();
    check_person(&body.name, typed, &mut found);
    if !found.is_empty() {
        return Err(invalid(found));
    }
    let input = json!({"id": id, "version": version, "body": body});
    let key = id.to_owned();
    let AccountBody { name, roles, status, .. } = body;
    kit.command(ctx, "account.change", &input, move |mut w| {
        Box::pin(async move {
            let (tenant, id) = (w.tenant().to_owned(), key);
            let before = store::account(w.tx, &tenant, &id).await?.ok_or_else(Problem::not_found)?;
            if before.version != version {
                return Err(Problem::stale(before.version));
            }
            let mut found = Vec::new();
            let phone = match (&before.phone, phone) {
                (Some(stored), Some(given)) if given == personal::mask("phone", stored) => {
                    Some(stored.clone())
                }
                (_, given) => given,
            };
            check_person(&name, phone.as_deref(), &mut found);
            let roles_change = before.roles != roles;
            let status_changes = before.status != status;
            if w.ctx.account_id == id && (roles_change || status_changes) {
                found.push(Violation::error(rules::SELF, "/roles"));
            }
            if roles_change {
                w.ctx.require(Permission::RoleGrant)?;
                let org = store::org(w.tx, &tenant, &before.org_id).await?;
                found.extend(check_roles(&org.map(|o| o.kinds).unwrap_or_default(), &roles, "/roles"));
            }
            let was_admin =
                before.status == AccountStatus::Active && before.roles.contains(&Role::SecurityAdmin);
            let stays_admin = status == AccountStatus::Active && roles.contains(&Role::SecurityAdmin);
            if was_admin
                && !stays_admin
                && store::others_with_role(w.tx, &tenant, Role::SecurityAdmin, &id).await? == 0
            {
                found.push(Violation::error(rules::LAST_ADMIN, "/roles"));
            }
            if !found.is_empty() {
                return Err(invalid(found));
            }
            let row = Saved {
                login: &before.login,
                person_id: before.person_id.clone(),
                org_id: &before.org_id,
                roles: &roles,
                status,
                created_at: before.created_at,
                version: before.version + 1,
            };
            save(&mut w, &id, &row, name.trim(), phone.as_deref()).await?;
            if roles_change || status_changes {
                store::close_sessions_of(w.tx, &id).await?;
            }
            if status == AccountStatus::Active {
                for key in guard_keys(&tenant, &before.login, &id) {
                    store::clear_guard(w.tx, &key).await?;
                }
            }
            let detail = json!({
                "roles": {"from": before.roles, "to": roles},
                "status": {"from": before.status, "to": status},
            });
            let entry = audit::Entry::new("audit.account_changed", "account", &id)
                .of_org(&before.org_id)
                .with(detail);
            audit::record(&mut w, entry).await.map(drop)
        })
    })
    .await?;
    kit.parts.get::<Sessions>().forget();
    after_write(kit, ctx, id).await
}

/// Gives an account a new one-time password, takes its second factor away and ends its sessions.
///
/// # Errors
/// 403, 404.
pub async fn reset(kit: &Arc<Kit>, ctx: &Arc<OpContext>, id: &str) -> Result<Option<String>, Problem> {
    ctx.require(Permission::AccountAdmin)?;
    let text = password::one_time(kit);
    let hash = password::hash(kit, &text).await?;
    let tag = kit.ids.next(kit.clock.now()).to_string();
    let (mine, key) = (tag.clone(), id.to_owned());
    let done: Tagged = kit
        .command(ctx, "account.reset", &id, move |mut w| {
            Box::pin(async move {
                let (tenant, id, now) = (w.tenant().to_owned(), key, w.now);
                let account = store::account(w.tx, &tenant, &id).await?.ok_or_else(Problem::not_found)?;
                if w.ctx.account_id == id {
                    return Err(invalid(vec![Violation::error(rules::SELF, "")]));
                }
                store::set_credential(w.tx, &id, &hash, true, now).await?;
                store::drop_factor(w.tx, &id).await?;
                store::close_sessions_of(w.tx, &id).await?;
                for key in guard_keys(&tenant, &account.login, &id) {
                    store::clear_guard(w.tx, &key).await?;
                }
                audit::record(
                    &mut w,
                    audit::Entry::new("audit.account_reset", "account", &id).of_org(account.org_id),
                )
                .await?;
                Ok(Tagged { id, tag })
            })
        })
        .await?;
    kit.parts.get::<Sessions>().forget();
    Ok((done.tag == mine).then_some(text))
}

pub(super) fn invalid(found: Vec<Violation>) -> Problem {
    Problem { code: Code::ValidationFailed, ..Problem::violations(found) }
}

struct Saved<'a> {
    login: &'a str,
    person_id: String,
    org_id: &'a str,
    roles: &'a [Role],
    status: AccountStatus,
    created_at: i64,
    version: i64,
}

async fn save(
    w: &mut Work<'_>,
    id: &str,
    row: &Saved<'_>,
    name: &str,
    phone: Option<&str>,
) -> Result<(), Problem> {
    let payload = json!({
        "login": row.login,
        "person_id": row.person_id,
        "org_id": row.org_id,
        "roles": row.roles,
        "status": row.status,
        "created_at": row.created_at,
        "version": row.version,
    });
    let mut personal = vec![("name".to_owned(), name.to_owned())];
    personal.extend(phone.map(|p| ("phone".to_owned(), p.to_owned())));
    let fact = Fact { personal, ..Fact::new(ACCOUNT_SAVED, "account", id, w.now, payload) };
    let event = w.append(fact.of_org(row.org_id)).await?;
    Ok(project::project(w.tx, &event).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn id_account_001_shape_of_a_login() {
        assert!(login_shape("zhang.san-2"));
        for bad in ["ab", "1abc", "Abc", "a b c", "张三啊", &"a".repeat(33)] {
            assert!(!login_shape(bad), "{bad}");
        }
    }
}
