//! Coming in and going out. Unknown logins cost the same work
//! and are locked the same way as known ones, so that accounts cannot be guessed. Password work runs before the
//! writer's queue; the transaction then looks at the lock once more, so that parallel guesses gain nothing.

use std::sync::Arc;

use db::{BoxFuture, DbError};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::model::{AccountStatus, SignInBody};
use super::session::{self, Session, Sessions, Token};
use super::{limits, password, rules, store, totp};
use crate::kit::{Code, Kit, OpContext, Problem, RequestInfo, Work, audit, hex};

const MINUTE_US: i64 = 60_000_000;
const HOUR_US: i64 = 3_600_000_000;

/// The key under which failed attempts at a login are counted.
fn login_key(tenant: &str, login: &str) -> String {
    hex(&Sha256::digest(format!("login\n{tenant}\n{login}").as_bytes()))
}

/// The key for attempts within a session: outsiders who try a login must not stop its owner from signing.
pub(super) fn inner_key(tenant: &str, account_id: &str) -> String {
    hex(&Sha256::digest(format!("account\n{tenant}\n{account_id}").as_bytes()))
}

/// Keys under which an account may be locked, for whoever lifts the lock.
pub(super) fn guard_keys(tenant: &str, login: &str, account_id: &str) -> [String; 2] {
    [login_key(tenant, login), inner_key(tenant, account_id)]
}

pub(super) fn locked(until: i64, now: i64) -> Problem {
    let seconds = u64::try_from((until - now) / 1_000_000 + 1).unwrap_or(1);
    let minutes = seconds.div_ceil(60);
    Problem {
        retry_after: Some(seconds),
        ..Problem::rule(Code::Unauthenticated, rules::LOCKED, [("minutes", minutes.to_string())])
    }
}

fn wrong() -> Problem {
    Problem::rule(Code::Unauthenticated, rules::CREDENTIALS, [])
}

/// Everything that one attempt looks at, read at one moment.
pub(super) struct Known {
    pub(super) locked_until: i64,
    pub(super) failed: i64,
    pub(super) account: Option<store::AccountRow>,
    pub(super) org_active: bool,
    pub(super) password_hash: Option<String>,
    pub(super) factor: Option<store::FactorRow>,
}

pub(super) async fn look_up(kit: &Kit, key: String, find: Find) -> Result<Known, Problem> {
    let tenant = kit.settings.tenant.clone();
    kit.db
        .read(move |sql| {
            Box::pin(async move {
                let locked_until = store::locked_until(sql, &tenant, &key).await?;
                let failed = store::failed_attempts(sql, &tenant, &key).await?;
                let account = match &find {
                    Find::Login(login) => store::account_by_login(sql, &tenant, login).await?,
                    Find::Id(id) => store::account(sql, &tenant, id).await?,
                };
                let Some(found) = &account else {
                    return Ok(Known {
                        locked_until,
                        failed,
                        account: None,
                        org_active: false,
                        password_hash: None,
                        factor: None,
                    });
                };
                let org = store::org(sql, &tenant, &found.org_id).await?;
                let password_hash = store::password_hash(sql, &tenant, &found.id).await?;
                let factor = store::factor(sql, &tenant, &found.id).await?;
                Ok::<_, DbError>(Known {
                    locked_until,
                    failed,
                    org_active: org.is_some_and(|o| o.active),
                    password_hash,
                    factor,
                    account,
                })
            })
        })
        .await
        .map_err(Problem::from)
}

pub(super) enum Find {
    Login(String),
    Id(String),
}

/// Signs in: answers the session's token.
///
/// # Errors
/// 401 for wrong credentials, a lock or a missing code; 429 for too many attempts from one address.
pub async fn sign_in(
    kit: &Arc<Kit>,
    info: &RequestInfo,
    body: SignInBody,
    old: Option<String>,
) -> Result<Token, Problem> {
    limits::sign_in(kit, info.ip.as_deref())?;
    let login: String = body.login.trim().to_lowercase().chars().take(64).collect();
    let key = login_key(&kit.settings.tenant, &login);
    let known = look_up(kit, key.clone(), Find::Login(login.clone())).await?;
    let now = kit.clock.now();
    if known.locked_until > now {
        return Err(locked(known.locked_until, now));
    }
    let fits = password::verify(kit, &body.password, known.password_hash.clone()).await?;
    let account = known.account.as_ref();
    let usable = known.org_active && account.is_some_and(|a| a.status == AccountStatus::Active);
    let Some(account) = account.filter(|_| fits && usable) else {
        let reason = match (account, fits) {
            (None, _) => "unknown",
            (Some(_), false) => "password",
            (Some(_), true) => "not_active",
        };
        return Err(fail(
            kit,
            Attempt {
                key,
                login: Some(login),
                account,
                info,
                kind: "audit.sign_in_failed",
                reason,
                end_sessions: false,
                counts: true,
            },
        )
        .await);
    };
    let factor = known.factor.filter(|f| f.confirmed);
    let step = match (&factor, body.totp.as_deref().filter(|c| !c.is_empty())) {
        (None, _) => None,
        (Some(_), None) => return Err(Problem::rule(Code::SecondFactorRequired, rules::CODE_NEEDED, [])),
        (Some(f), Some(code)) => match totp::step_of(&f.secret, code, now) {
            Some(step) if step > f.last_step => Some(step),
            other => {
                // A code that was right and is used up is no guess.
                let (reason, rule) = match other {
                    Some(_) => ("code_used", rules::CODE_USED),
                    None => ("code", rules::CODE_WRONG),
                };
                let attempt = Attempt {
                    key,
                    login: Some(login),
                    account: Some(account),
                    info,
                    kind: "audit.sign_in_failed",
                    reason,
                    end_sessions: false,
                    counts: other.is_none(),
                };
                fail(kit, attempt).await;
                return Err(Problem::rule(Code::SecondFactorRequired, rule, []));
            }
        },
    };
    let ctx = Arc::new(actor(kit, info, Some(account)));
    let token = Token::random(kit);
    let (hash, old) = (token.hash(), old.map(|t| session::hash_of(&t)));
    let (account_id, strong) = (account.id.clone(), factor.is_some());
    let expires = now.saturating_add(kit.settings.session.absolute_hours.saturating_mul(HOUR_US));
    write(kit, &ctx, "session.open", move |mut w| {
        Box::pin(async move {
            let tenant = w.tenant().to_owned();
            let until = store::locked_until(w.tx, &tenant, &key).await?;
            if until > now {
                return Err(locked(until, now));
            }
            if let Some(step) = step
                && !store::take_step(w.tx, &account_id, step).await?
            {
                return Err(Problem::rule(Code::SecondFactorRequired, rules::CODE_USED, []));
            }
            store::clear_guard(w.tx, &key).await?;
            if let Some(old) = old {
                store::close_session(w.tx, &old).await?;
            }
            store::open_session(w.tx, &hash, &account_id, strong, now, expires).await?;
            let entry = audit::Entry::new("audit.signed_in", "account", account_id)
                .with(json!({"second_factor": strong}));
            audit::record(&mut w, entry).await.map(drop)
        })
    })
    .await?;
    kit.parts.get::<Sessions>().forget();
    Ok(token)
}

/// Ends the session of this token; without one there is nothing to do.
///
/// # Errors
/// When the database refuses.
pub async fn sign_out(kit: &Arc<Kit>, ctx: Option<Arc<OpContext>>, token: &str) -> Result<(), Problem> {
    let Some(ctx) = ctx else { return Ok(()) };
    let hash = session::hash_of(token);
    write(kit, &ctx, "session.close", move |mut w| {
        Box::pin(async move {
            store::close_session(w.tx, &hash).await?;
            let id = w.ctx.account_id.clone();
            audit::record(&mut w, audit::Entry::new("audit.signed_out", "account", id)).await.map(drop)
        })
    })
    .await?;
    kit.parts.get::<Sessions>().forget();
    Ok(())
}

/// A failed attempt, for the audit log and the count.
pub(super) struct Attempt<'a> {
    pub(super) key: String,
    pub(super) login: Option<String>,
    pub(super) account: Option<&'a store::AccountRow>,
    pub(super) info: &'a RequestInfo,
    pub(super) kind: &'static str,
    pub(super) reason: &'static str,
    pub(super) end_sessions: bool,
    /// It was a guess; too many lock.
    pub(super) counts: bool,
}

async fn fail(kit: &Arc<Kit>, attempt: Attempt<'_>) -> Problem {
    let ctx = Arc::new(actor(kit, attempt.info, attempt.account));
    fail_as(kit, &ctx, attempt).await
}

/// Counts and records a failed attempt; answers the problem to send.
pub(super) async fn fail_as(kit: &Arc<Kit>, ctx: &Arc<OpContext>, attempt: Attempt<'_>) -> Problem {
    let rules = &kit.settings.session;
    let (limit, lock_us) = (rules.lock_after.max(1), rules.lock_minutes.max(1).saturating_mul(MINUTE_US));
    let Attempt { key, login, kind, reason, end_sessions, counts, .. } = attempt;
    let counted = write(kit, ctx, "attempt.failed", move |mut w| {
        Box::pin(async move {
            let (now, id) = (w.now, w.ctx.account_id.clone());
            let tenant = w.tenant().to_owned();
            // Attempts that were under way when the lock fell say nothing new.
            if store::locked_until(w.tx, &tenant, &key).await? > now {
                return Ok(());
            }
            let locks = counts && store::count_failure(w.tx, &key, limit, lock_us, now).await?;
            let entry = audit::Entry {
                login: login.clone(),
                ..audit::Entry::new(kind, "account", id.clone()).failed().with(json!({"reason": reason}))
            };
            audit::record(&mut w, entry).await?;
            if locks {
                if end_sessions {
                    store::close_sessions_of(w.tx, &id).await?;
                }
                let entry = audit::Entry {
                    login,
                    ..audit::Entry::new("audit.locked", "account", id)
                        .with(json!({"minutes": lock_us / MINUTE_US}))
                };
                audit::record(&mut w, entry).await?;
            }
            Ok(())
        })
    })
    .await;
    if end_sessions {
        kit.parts.get::<Sessions>().forget();
    }
    match counted {
        Ok(()) => wrong(),
        Err(problem) => problem,
    }
}

/// The caller of a sign-in for the journal: the account, as far as there is one.
fn actor(kit: &Kit, info: &RequestInfo, account: Option<&store::AccountRow>) -> OpContext {
    let nobody = OpContext {
        lang: info.lang,
        trace_id: info.trace_id.clone(),
        ip: info.ip.clone(),
        ..OpContext::nobody(&kit.settings.tenant)
    };
    match account {
        None => nobody,
        Some(a) => OpContext {
            account_id: a.id.clone(),
            person_id: a.person_id.clone(),
            org_id: a.org_id.clone(),
            ..nobody
        },
    }
}

/// A command of identity that is never answered from the idempotency store, because it handles secrets.
async fn write<F>(
    kit: &Arc<Kit>,
    ctx: &Arc<OpContext>,
    operation: &'static str,
    run: F,
) -> Result<(), Problem>
where
    F: for<'a> FnOnce(Work<'a>) -> BoxFuture<'a, Result<(), Problem>> + Send + 'static,
{
    let ctx = Arc::new(OpContext { idempotency_key: None, ..(**ctx).clone() });
    kit.command(&ctx, operation, &(), run).await
}

/// A new session in place of the present one, after the password or the second factor changed. All other
/// sessions of the account end.
pub(super) async fn renew(
    kit: &Arc<Kit>,
    session: &Session,
    strong: bool,
    change: impl for<'a> FnOnce(Work<'a>) -> BoxFuture<'a, Result<(), Problem>> + Send + 'static,
) -> Result<Token, Problem> {
    let token = Token::random(kit);
    let hash = token.hash();
    let ctx = Arc::new(session.base.clone());
    let hours = kit.settings.session.absolute_hours;
    write(kit, &ctx, "session.renew", move |w| {
        Box::pin(async move {
            let (id, now) = (w.ctx.account_id.clone(), w.now);
            let Work { tx, kit, ctx, .. } = w;
            change(Work { tx: &mut *tx, kit, ctx, now }).await?;
            store::close_sessions_of(tx, &id).await?;
            store::open_session(
                tx,
                &hash,
                &id,
                strong,
                now,
                now.saturating_add(hours.saturating_mul(HOUR_US)),
            )
            .await
            .map_err(Problem::from)
        })
    })
    .await?;
    kit.parts.get::<Sessions>().forget();
    Ok(token)
}
