//! Sessions: a random 256-bit token in a cookie, of which only the SHA-256 is stored. A session ends when
//! idle too long, at its absolute end, at sign-out and whenever the account's rights or password change. Reads
//! do not write: what a session may do is kept in memory for two seconds, and its time of last use is written at
//! most once a minute.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use db::{DbError, Row, Sql, params};
use domain::access::{OrgKind, Role, second_factor_required};
use domain::codes::town_of;
use sha2::{Digest, Sha256};

use super::model::AccountStatus;
use super::store;
use crate::kit::{Kit, OpContext, Problem, hex};

/// Name of the cookie.
pub const COOKIE: &str = "wufei_session";
/// How long another process' change may stay unseen, in microseconds.
const FRESH_US: i64 = 2_000_000;
const MINUTE_US: i64 = 60_000_000;
/// Most sessions kept in memory.
const KEEP: usize = 20_000;

/// A new session's token; only the browser ever has it.
pub struct Token(String);

impl Token {
    /// A new random token.
    pub fn random(kit: &Kit) -> Self {
        let mut bytes = [0u8; 32];
        kit.ids.fill(&mut bytes);
        Self(BASE64_URL_SAFE_NO_PAD.encode(bytes))
    }

    /// The token itself.
    pub(super) fn text(&self) -> &str {
        &self.0
    }

    /// What is stored of it.
    pub fn hash(&self) -> String {
        hash_of(&self.0)
    }

    /// The cookie that carries it.
    pub fn cookie(&self, kit: &Kit) -> String {
        let seconds = kit.settings.session.absolute_hours.max(0).saturating_mul(3_600);
        format!("{COOKIE}={}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{}", self.0, secure(kit))
    }
}

/// The cookie that removes the token from the browser.
pub fn no_cookie(kit: &Kit) -> String {
    format!("{COOKIE}=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0{}", secure(kit))
}

fn secure(kit: &Kit) -> &'static str {
    if kit.settings.public_url.starts_with("https://") { "; Secure" } else { "" }
}

/// SHA-256 of a token, as stored.
pub fn hash_of(token: &str) -> String {
    hex(&Sha256::digest(token.as_bytes()))
}

/// The token in a request's cookies, if it looks like one of ours.
pub fn token_in(headers: &axum::http::HeaderMap) -> Option<&str> {
    headers
        .get_all(axum::http::header::COOKIE)
        .iter()
        .filter_map(|v| v.to_str().ok())
        .flat_map(|v| v.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, value)| *name == COOKIE && value.len() == 43)
        .map(|(_, value)| value)
}

/// A session with what its account may do.
#[derive(Debug)]
pub struct Session {
    /// Hash of its token.
    pub token_hash: String,
    /// Login.
    pub login: String,
    /// The person's name.
    pub person_name: String,
    /// The organisation's name.
    pub org_name: String,
    /// The password must be changed first.
    pub must_change: bool,
    /// A second factor is set up.
    pub factor_enabled: bool,
    /// A role demands it and the city enforces it.
    pub factor_required: bool,
    /// Who, for every operation; language, trace and so on are the request's.
    pub base: OpContext,
    expires_at: i64,
    used_at: AtomicI64,
    written_at: AtomicI64,
    loaded_at: i64,
}

impl Session {
    fn alive(&self, kit: &Kit, now: i64) -> bool {
        let idle = kit.settings.session.idle_minutes.saturating_mul(MINUTE_US);
        now < self.expires_at && now - self.used_at.load(Ordering::Relaxed) < idle
    }

    /// Nothing but one's own account can be used: a one-time password or a missing second factor.
    pub fn confined(&self) -> Option<&'static str> {
        if self.must_change {
            Some(super::rules::MUST_CHANGE)
        } else if self.factor_required && !self.factor_enabled {
            Some(super::rules::FACTOR_MISSING)
        } else {
            None
        }
    }
}

/// Sessions in memory.
#[derive(Default)]
pub struct Sessions(RwLock<HashMap<String, Arc<Session>>>);

impl Sessions {
    /// Forgets everything: call it after every change of sessions, accounts, credentials.
    pub fn forget(&self) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).clear();
    }

    fn get(&self, hash: &str) -> Option<Arc<Session>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(hash).cloned()
    }

    fn put(&self, session: Arc<Session>) {
        let mut map = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if map.len() >= KEEP {
            map.clear();
        }
        map.insert(session.token_hash.clone(), session);
    }
}

/// The live session of a token; `None` when there is none (any more).
///
/// # Errors
/// When the database cannot answer.
pub async fn resolve(kit: &Arc<Kit>, token: &str) -> Result<Option<Arc<Session>>, Problem> {
    let now = kit.clock.now();
    let hash = hash_of(token);
    let sessions = kit.parts.get::<Sessions>();
    let kept = sessions.get(&hash);
    let session = match &kept {
        Some(session) if (0..FRESH_US).contains(&(now - session.loaded_at)) => session.clone(),
        _ => match load(kit, hash, now).await? {
            None => return Ok(None),
            Some(fresh) => {
                if let Some(old) = kept {
                    fresh.used_at.fetch_max(old.used_at.load(Ordering::Relaxed), Ordering::Relaxed);
                    fresh.written_at.fetch_max(old.written_at.load(Ordering::Relaxed), Ordering::Relaxed);
                }
                let fresh = Arc::new(fresh);
                sessions.put(fresh.clone());
                fresh
            }
        },
    };
    if !session.alive(kit, now) {
        return Ok(None);
    }
    session.used_at.fetch_max(now, Ordering::Relaxed);
    touch(kit, &session, now);
    Ok(Some(session))
}

/// Writes the time of last use once a minute, beside the request.
fn touch(kit: &Arc<Kit>, session: &Arc<Session>, now: i64) {
    let written = session.written_at.load(Ordering::Relaxed);
    if now - written < MINUTE_US
        || session.written_at.compare_exchange(written, now, Ordering::Relaxed, Ordering::Relaxed).is_err()
    {
        return;
    }
    let (db, tenant, hash) = (kit.db.clone(), session.base.tenant.clone(), session.token_hash.clone());
    tokio::spawn(async move {
        let owner = tenant.clone();
        let done: Result<(), DbError> = db
            .write(&tenant, move |tx| {
                Box::pin(async move {
                    tx.exec(
                        "update session set seen_at = $1 where tenant_id = $2 and token_hash = $3 and seen_at < $1",
                        &params![now, owner, hash],
                    )
                    .await
                    .map(drop)
                })
            })
            .await;
        if let Err(error) = done {
            tracing::warn!(%error, "time of last use of a session was not written");
        }
    });
}

const LOAD: &str = "select s.second_factor, s.seen_at, s.expires_at, a.id, a.login, a.person_id, a.name, a.phone, a.org_id, a.roles, \
     a.status, a.created_at, a.version, c.must_change, c.changed_at, f.confirmed \
     from session s \
     join account a on a.tenant_id = s.tenant_id and a.id = s.account_id \
     join credential c on c.tenant_id = a.tenant_id and c.account_id = a.id \
     left join second_factor f on f.tenant_id = a.tenant_id and f.account_id = a.id \
     where s.tenant_id = $1 and s.token_hash = $2";

async fn load(kit: &Arc<Kit>, hash: String, now: i64) -> Result<Option<Session>, Problem> {
    let tenant = kit.settings.tenant.clone();
    let (key, owner) = (hash.clone(), tenant.clone());
    let found = kit
        .db
        .read(move |sql| {
            Box::pin(async move {
                let Some(row) = sql.query_opt(LOAD, &params![&owner, &key]).await? else {
                    return Ok::<_, DbError>(None);
                };
                let account = store::account_of(&row)?;
                let org = store::org(sql, &owner, &account.org_id).await?;
                Ok(Some((row, account, org)))
            })
        })
        .await?;
    let Some((row, account, org)) = found else { return Ok(None) };
    if account.status != AccountStatus::Active || org.as_ref().is_some_and(|o| !o.active) {
        return Ok(None);
    }
    let enabled = row.get::<Option<bool>>("confirmed")?.unwrap_or(false);
    let (org_name, kinds, division) =
        org.map_or_else(Default::default, |o| (o.name, o.kinds, o.division_code));
    let seen: i64 = row.get("seen_at")?;
    Ok(Some(Session {
        login: account.login.clone(),
        person_name: account.name.clone().unwrap_or_default(),
        org_name,
        must_change: must_change(kit, &row, now)?,
        factor_enabled: enabled,
        factor_required: kit.settings.session.require_second_factor && second_factor_required(&account.roles),
        base: context(tenant, account, kinds, division, row.get("second_factor")?),
        expires_at: row.get("expires_at")?,
        used_at: AtomicI64::new(seen),
        written_at: AtomicI64::new(seen),
        loaded_at: now,
        token_hash: hash,
    }))
}

fn must_change(kit: &Kit, row: &Row, now: i64) -> Result<bool, DbError> {
    const DAY_US: i64 = 86_400_000_000;
    let days = kit.settings.session.password_days;
    let changed: i64 = row.get("changed_at")?;
    Ok(row.get::<bool>("must_change")? || days > 0 && now - changed > days.saturating_mul(DAY_US))
}

fn context(
    tenant: String,
    account: store::AccountRow,
    kinds: Vec<OrgKind>,
    division: Option<String>,
    second_factor: bool,
) -> OpContext {
    // Only a town's own officials are bound to a town; a firm's address is no right.
    let town_code =
        division.filter(|_| account.roles.contains(&Role::Town)).map(|code| town_of(&code).to_owned());
    OpContext {
        account_id: account.id,
        person_id: account.person_id,
        org_id: account.org_id,
        org_kinds: kinds,
        town_code,
        roles: account.roles,
        second_factor,
        ..OpContext::nobody(&tenant)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_is_found_among_other_cookies() {
        let mut headers = axum::http::HeaderMap::new();
        let token = "a".repeat(43);
        let value = format!("x=1; {COOKIE}={token}; y=2");
        headers.insert(axum::http::header::COOKIE, value.parse().expect("header"));
        assert_eq!(token_in(&headers), Some(token.as_str()));
        headers.insert(axum::http::header::COOKIE, format!("{COOKIE}=short").parse().expect("header"));
        assert_eq!(token_in(&headers), None);
    }
}
