//! Re-authentication: what a signature is made of. Attempts count apart from those at the sign-in page, so that
//! outsiders who try a login cannot stop its owner from signing.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::model::AccountStatus;
use super::sign_in::{Attempt, Find, fail_as, inner_key, locked, look_up};
use super::{password, rules, store, totp};
use crate::kit::{Code, Kit, OpContext, Problem, RequestInfo};

/// How somebody proved again who they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// Password.
    Password,
    /// Password and one-time code.
    PasswordTotp,
    /// A key of the person's own device, opened with a PIN.
    SigningKey,
    /// Nobody: a script of the demonstration signed for a fictional person.
    Simulated,
}

impl Method {
    /// The stored word.
    pub fn as_str(self) -> &'static str {
        match self {
            Method::Password => "password",
            Method::PasswordTotp => "password_totp",
            Method::SigningKey => "signing_key",
            Method::Simulated => "simulated",
        }
    }
}

/// Proof that the caller has just shown again who they are: what a signature is made of.
#[derive(Clone, Debug)]
pub struct Reauthenticated {
    /// Account.
    pub account_id: String,
    /// Person.
    pub person_id: String,
    /// The person's name at this moment.
    pub person_name: String,
    /// How.
    pub method: Method,
    /// When, UTC microseconds.
    pub at: i64,
    /// What a signing key signed, where one did.
    pub key: Option<domain::manifest::KeySignature>,
}

/// Lets the caller prove again who they are: password, and the one-time code when a second factor is set up.
/// Attempts count; too many lock the account's signatures and end its sessions.
///
/// # Errors
/// 401 as for a sign-in.
pub async fn reauthenticate(
    kit: &Arc<Kit>,
    ctx: &Arc<OpContext>,
    password: &str,
    code: Option<&str>,
) -> Result<Reauthenticated, Problem> {
    prove(kit, ctx, password, code, true).await
}

/// The same without the second factor, for changes of the second factor and password themselves.
pub(super) async fn prove_password(
    kit: &Arc<Kit>,
    ctx: &Arc<OpContext>,
    password: &str,
) -> Result<Reauthenticated, Problem> {
    prove(kit, ctx, password, None, false).await
}

async fn prove(
    kit: &Arc<Kit>,
    ctx: &Arc<OpContext>,
    password: &str,
    code: Option<&str>,
    with_code: bool,
) -> Result<Reauthenticated, Problem> {
    let key = inner_key(&ctx.tenant, &ctx.account_id);
    let known = look_up(kit, key.clone(), Find::Id(ctx.account_id.clone())).await?;
    let now = kit.clock.now();
    if known.locked_until > now {
        return Err(locked(known.locked_until, now));
    }
    let info = RequestInfo { trace_id: ctx.trace_id.clone(), lang: ctx.lang, ip: ctx.ip.clone() };
    let fits = password::verify(kit, password, known.password_hash.clone()).await?;
    // Guesses sent together all passed the look above; whoever comes after the lock is refused, right or wrong.
    let since = look_up(kit, key.clone(), Find::Id(ctx.account_id.clone())).await?.locked_until;
    if since > now {
        return Err(locked(since, now));
    }
    let failed = |reason, counts| Attempt {
        key: key.clone(),
        login: None,
        account: None,
        info: &info,
        kind: "audit.reauthentication_failed",
        reason,
        end_sessions: true,
        counts,
    };
    let Some(account) = known.account.filter(|a| fits && a.status == AccountStatus::Active) else {
        return Err(fail_as(kit, ctx, failed("password", true)).await);
    };
    let proof = |method| Reauthenticated {
        account_id: account.id.clone(),
        person_id: account.person_id.clone(),
        person_name: account.name.clone().unwrap_or_default(),
        method,
        at: now,
        key: None,
    };
    let factor = known.factor.filter(|f| f.confirmed);
    let Some(factor) = factor.as_ref().filter(|_| with_code) else {
        // The password alone is the whole proof only where there is no second factor: otherwise whoever knows it
        // could set the count of guessed codes back.
        if known.failed > 0 && factor.is_none() {
            settle(kit, ctx, key, None, now).await?;
        }
        return Ok(proof(Method::Password));
    };
    let Some(code) = code.filter(|c| !c.is_empty()) else {
        return Err(Problem::rule(Code::SecondFactorRequired, rules::CODE_NEEDED, []));
    };
    let used = || Problem::rule(Code::SecondFactorRequired, rules::CODE_USED, []);
    match totp::step_of(&factor.secret, code, now) {
        None => {
            fail_as(kit, ctx, failed("code", true)).await;
            Err(Problem::rule(Code::SecondFactorRequired, rules::CODE_WRONG, []))
        }
        // A code that was right and is used up is no guess.
        Some(step) if step <= factor.last_step => {
            fail_as(kit, ctx, failed("code_used", false)).await;
            Err(used())
        }
        Some(step) if settle(kit, ctx, key.clone(), Some(step), now).await? => {
            Ok(proof(Method::PasswordTotp))
        }
        Some(_) => {
            fail_as(kit, ctx, failed("code_used", false)).await;
            Err(used())
        }
    }
}

/// Takes the step of a one-time code and forgets failed attempts; false when the step was taken before. A lock
/// that fell in the meantime stays.
async fn settle(
    kit: &Arc<Kit>,
    ctx: &Arc<OpContext>,
    key: String,
    step: Option<i64>,
    now: i64,
) -> Result<bool, Problem> {
    let id = ctx.account_id.clone();
    kit.db
        .write(&ctx.tenant, move |tx| {
            Box::pin(async move {
                let tenant = tx.tenant().to_owned();
                let until = store::locked_until(tx, &tenant, &key).await?;
                if until > now {
                    return Err(locked(until, now));
                }
                if let Some(step) = step
                    && !store::take_step(tx, &id, step).await?
                {
                    return Ok(false);
                }
                store::clear_guard(tx, &key).await?;
                Ok(true)
            })
        })
        .await
}
