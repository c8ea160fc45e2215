//! Who is calling: the session of the cookie becomes the [`OpContext`] of the request. A request without a session
//! passes as nobody, and the handler's extractor refuses it; so public routes need no exception here.

use std::sync::Arc;

use axum::extract::{OriginalUri, Request, State};
use axum::http::Method;
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use db::{DbError, Sql, params};
use domain::access::{DelegationScope, Permission};
use domain::time::Zone;

use super::session::{self, Session};
use super::{limits, rules};
use crate::kit::{ActingFor, Code, Kit, OpContext, Problem, RequestInfo};

/// Header that names the client to act for.
pub const ON_BEHALF: &str = "wufei-on-behalf";
/// Header that states why personal data is read.
pub const PURPOSE: &str = "wufei-purpose";
/// Header of the idempotency key.
pub const IDEMPOTENCY: &str = "idempotency-key";

/// Puts the caller into the request's extensions: `Arc<OpContext>` and `Arc<Session>`.
pub async fn authenticate(State(kit): State<Arc<Kit>>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    match identify(&kit, &parts).await {
        Err(problem) => problem.into_response(),
        Ok(None) => next.run(Request::from_parts(parts, body)).await,
        Ok(Some((ctx, session))) => {
            parts.extensions.insert(Arc::new(ctx));
            parts.extensions.insert(session);
            next.run(Request::from_parts(parts, body)).await
        }
    }
}

async fn identify(kit: &Arc<Kit>, parts: &Parts) -> Result<Option<(OpContext, Arc<Session>)>, Problem> {
    let info = RequestInfo::of(&parts.extensions);
    let headers = &parts.headers;
    let idempotency_key = match headers.get(IDEMPOTENCY) {
        None => None,
        Some(value) => Some(idempotency_key(value.to_str().unwrap_or_default())?),
    };
    let Some(token) = session::token_in(headers) else { return Ok(None) };
    let Some(session) = session::resolve(kit, token).await? else { return Ok(None) };
    let changes = !matches!(parts.method, Method::GET | Method::HEAD | Method::OPTIONS);
    if changes {
        limits::write(kit, &session.base.account_id)?;
    }
    let path = parts.extensions.get::<OriginalUri>().map_or_else(|| parts.uri.path(), |u| u.path());
    if let Some(rule) = session.confined()
        && !about_oneself(path)
    {
        return Err(Problem::forbidden(rule, []));
    }
    let purpose = headers.get(PURPOSE).map(|v| decoded(v.as_bytes())).transpose()?.filter(|p| !p.is_empty());
    let mut ctx = OpContext {
        lang: info.lang,
        trace_id: info.trace_id,
        ip: info.ip,
        idempotency_key,
        purpose,
        ..session.base.clone()
    };
    if let Some(client) =
        headers.get(ON_BEHALF).and_then(|v| v.to_str().ok()).filter(|c| !c.is_empty() && *c != ctx.org_id)
    {
        ctx.acting_for = Some(acting_for(kit, &ctx, client).await?);
    }
    Ok(Some((ctx, session)))
}

/// Paths that stay open to somebody who must first change the password or set up a second factor.
fn about_oneself(path: &str) -> bool {
    let path = path.strip_prefix("/api").unwrap_or(path);
    matches!(path, "/session" | "/me" | "/me/password" | "/me/totp" | "/me/totp/confirm")
}

fn idempotency_key(text: &str) -> Result<String, Problem> {
    let good = (8..=128).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
    if good { Ok(text.to_owned()) } else { Err(Problem::rule(Code::Malformed, "REQ-IDEMPOTENCY-KEY", [])) }
}

/// Headers carry Chinese as percent-encoded UTF-8.
fn decoded(bytes: &[u8]) -> Result<String, Problem> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let [first, tail @ ..] = rest {
        match (*first, tail) {
            (b'%', [a, b, after @ ..]) if a.is_ascii_hexdigit() && b.is_ascii_hexdigit() => {
                let digit =
                    |c: u8| char::from(c).to_digit(16).and_then(|d| u8::try_from(d).ok()).unwrap_or(0);
                out.push(digit(*a) << 4 | digit(*b));
                rest = after;
            }
            _ => {
                out.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8(out)
        .ok()
        .map(|t| t.trim().to_owned())
        .filter(|t| t.chars().count() <= 200 && !t.chars().any(char::is_control))
        .ok_or_else(|| Problem::rule(Code::Malformed, rules::PURPOSE, []))
}

/// The delegation under which the caller's organisation may act for this client today.
async fn acting_for(kit: &Arc<Kit>, ctx: &OpContext, client: &str) -> Result<ActingFor, Problem> {
    let refuse = || Problem::forbidden(rules::NO_DELEGATION, [("client", client.chars().take(64).collect())]);
    let zone = Zone::named(&kit.settings.zone).map_err(|_| Problem::internal())?;
    let today = zone.date_of(kit.clock.now()).to_string();
    let (tenant, agent, client_id) = (ctx.tenant.clone(), ctx.org_id.clone(), client.to_owned());
    let rows = kit
        .db
        .read(move |sql| {
            Box::pin(async move {
                sql.query(
                    "select d.id, d.scope from delegation d join org o on o.tenant_id = d.tenant_id and o.id = d.client_org_id \
                     where d.tenant_id = $1 and d.agent_org_id = $2 and d.client_org_id = $3 and d.status = 'active' \
                     and d.valid_from <= $4 and d.valid_to >= $4 and o.status = 'active' order by d.id",
                    &params![tenant, agent, client_id, today],
                )
                .await
            })
        })
        .await
        .map_err(|e: DbError| Problem::from(e))?;
    let mut scope: Vec<Permission> = Vec::new();
    let mut delegation_id = None;
    for row in &rows {
        let text: String = row.get("scope")?;
        let granted: DelegationScope = serde_json::from_str(&text).map_err(|error| {
            tracing::error!(%error, "scope of a stored delegation is not readable");
            Problem::internal()
        })?;
        scope.extend(granted.permissions());
        delegation_id.get_or_insert(row.get::<String>("id")?);
    }
    let delegation_id = delegation_id.ok_or_else(refuse)?;
    let scope = DelegationScope::new(&scope, "").map_err(|_| refuse())?;
    Ok(ActingFor { delegation_id, org_id: client.to_owned(), scope })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_idempotency_key_is_visible_ascii() {
        assert!(idempotency_key("0190a1b2-0000-7000-8000-000000000000").is_ok());
        assert!(idempotency_key("short").is_err());
        assert!(idempotency_key("with space in it").is_err());
        assert!(idempotency_key(&"x".repeat(129)).is_err());
    }

    #[test]
    fn a_purpose_may_be_chinese() {
        assert_eq!(decoded(b"%E6%A0%B8%E6%9F%A5").ok().as_deref(), Some("核查"));
        assert_eq!(decoded("核查".as_bytes()).ok().as_deref(), Some("核查"));
        assert!(decoded(b"%FF").is_err());
    }
}
