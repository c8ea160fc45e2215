//! Keys with which a person signs on the own device, also without a network: enrolled once with the password, kept
//! on the device behind a PIN, checked here by their public part. An event keeps the public part, so a signature
//! can be checked again from the journal alone. A private key must never reach the platform.

use std::sync::Arc;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use db::{DbError, Row, Sql, params};
use domain::manifest::KeySignature;
use domain::problem::Violation;
use domain::time::{format_instant, parse_instant};
use p256::ecdsa::signature::Verifier;
use p256::ecdsa::{Signature, VerifyingKey};
use p256::pkcs8::DecodePublicKey;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::reauth::{Method, Reauthenticated, reauthenticate};
use super::rules;
use crate::kit::work::Fact;
use crate::kit::{Kit, OpContext, Problem, Work};

/// A key was enrolled or revoked: the whole row.
pub const KEY_SAVED: &str = "identity.signing_key_saved";

/// Most active keys of an account: a phone, a spare, a tablet.
const MAX_KEYS: i64 = 5;
/// How long after its moment a signature is taken, in microseconds: a weekend without a network.
const KEEP_US: i64 = 72 * 3_600 * 1_000_000;
/// How far a device's clock may be ahead, in microseconds.
const AHEAD_US: i64 = 5 * 60 * 1_000_000;

/// A key to enrol.
#[derive(Clone, Deserialize, ToSchema)]
pub struct NewSigningKey {
    /// Name of the device.
    pub name: String,
    /// Public key, SPKI in base64: ECDSA on P-256.
    pub public_key: String,
    /// Password of the caller.
    pub password: String,
    /// One-time code, when a second factor is set up.
    #[serde(default)]
    pub totp: Option<String>,
}

/// A key of the caller.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SigningKeyView {
    /// Id.
    pub id: String,
    /// Name of the device.
    pub name: String,
    /// Public key, SPKI in base64.
    pub public_key: String,
    /// Enrolment.
    pub created_at: String,
    /// `active` or `revoked`.
    pub status: String,
}

/// A signature made with a key.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct KeyProof {
    /// Id of the key.
    pub id: String,
    /// When the person signed, RFC 3339.
    pub signed_at: String,
    /// ECDSA P-256 with SHA-256, r and s of 32 bytes each, base64.
    pub signature: String,
}

fn refused(rule: &'static str, path: &str) -> Problem {
    Problem::violations(vec![Violation::error(rule, path)])
}

fn public(text: &str) -> Option<VerifyingKey> {
    let bytes = BASE64_STANDARD.decode(text.trim()).ok().filter(|b| b.len() <= 200)?;
    VerifyingKey::from_public_key_der(&bytes).ok()
}

/// Enrols a key for the caller, who proves again who they are.
///
/// # Errors
/// 401 for a wrong password; 422 for a name or key that cannot be used, or too many keys.
pub async fn enrol(
    kit: &Arc<Kit>,
    ctx: &Arc<OpContext>,
    body: NewSigningKey,
) -> Result<SigningKeyView, Problem> {
    let name = body.name.trim().to_owned();
    let mut found = Vec::new();
    if name.is_empty() || name.chars().count() > 60 || name.chars().any(char::is_control) {
        found.push(Violation::error(rules::KEY_NAME, "/name"));
    }
    if public(&body.public_key).is_none() {
        found.push(Violation::error(rules::KEY_SHAPE, "/public_key"));
    }
    if !found.is_empty() {
        return Err(Problem::violations(found));
    }
    let public_key = body.public_key.trim().to_owned();
    let input = json!({"name": name, "public_key": public_key});
    if let Some(view) = kit.earlier(ctx, "identity.signing_key", &input).await? {
        return Ok(view);
    }
    reauthenticate(kit, ctx, &body.password, body.totp.as_deref()).await?;
    kit.command(ctx, "identity.signing_key", &input, move |mut work| {
        Box::pin(async move {
            let account = work.ctx.account_id.clone();
            let held = work
                .tx
                .query_one(
                    "select count(*) as n from signing_key where tenant_id = $1 and account_id = $2 and status = 'active'",
                    &params![work.ctx.tenant.as_str(), account.as_str()],
                )
                .await?
                .get::<i64>("n")?;
            if held >= MAX_KEYS {
                return Err(refused(rules::KEY_COUNT, "/name"));
            }
            let view = SigningKeyView {
                id: work.id(),
                name,
                public_key,
                created_at: format_instant(work.now),
                status: "active".to_owned(),
            };
            save(&mut work, &account, &view).await?;
            Ok(view)
        })
    })
    .await
}

async fn save(work: &mut Work<'_>, account: &str, view: &SigningKeyView) -> Result<(), Problem> {
    let payload = json!({
        "account_id": account, "name": view.name, "public_key": view.public_key,
        "created_at": view.created_at, "status": view.status,
    });
    let fact = Fact::new(KEY_SAVED, "signing_key", view.id.clone(), work.now, payload)
        .of_org(work.ctx.org_id.clone());
    let event = work.append(fact).await?;
    Ok(super::project::project(work.tx, &event).await?)
}

fn view(row: &Row) -> Result<SigningKeyView, DbError> {
    Ok(SigningKeyView {
        id: row.get("id")?,
        name: row.get("name")?,
        public_key: row.get("public_key")?,
        created_at: row.get("created_at")?,
        status: row.get("status")?,
    })
}

const SELECT: &str = "select id, name, public_key, created_at, status from signing_key \
     where tenant_id = $1 and account_id = $2";

/// The caller's active keys.
///
/// # Errors
/// 500 when the database cannot answer.
pub async fn list(kit: &Arc<Kit>, ctx: &OpContext) -> Result<Vec<SigningKeyView>, Problem> {
    let values = params![ctx.tenant.as_str(), ctx.account_id.as_str()];
    kit.db
        .read(move |s| {
            Box::pin(async move {
                let rows = s.query(&format!("{SELECT} and status = 'active' order by id"), &values).await?;
                rows.iter().map(view).collect::<Result<Vec<_>, DbError>>().map_err(Problem::from)
            })
        })
        .await
}

/// Revokes one of the caller's keys.
///
/// # Errors
/// 404 when it is not the caller's or revoked already.
pub async fn revoke(kit: &Arc<Kit>, ctx: &Arc<OpContext>, id: &str) -> Result<(), Problem> {
    let id = id.to_owned();
    kit.command(ctx, "identity.signing_key_revoke", &json!({"id": id}), move |mut work| {
        Box::pin(async move {
            let account = work.ctx.account_id.clone();
            let held = find(work.tx, &work.ctx.tenant, &account, &id).await?;
            let mut key = held.filter(|k| k.status == "active").ok_or_else(Problem::not_found)?;
            key.status = "revoked".to_owned();
            save(&mut work, &account, &key).await
        })
    })
    .await
}

async fn find(
    sql: &mut dyn Sql,
    tenant: &str,
    account: &str,
    id: &str,
) -> Result<Option<SigningKeyView>, Problem> {
    let row = sql.query_opt(&format!("{SELECT} and id = $3"), &params![tenant, account, id]).await?;
    Ok(row.as_ref().map(view).transpose()?)
}

/// The caller signed `text` with one of the own keys. `text` must name everything that is signed and the moment.
///
/// # Errors
/// 422 `ID-KEY-…` when the key is not an active one of the caller, the signature does not fit, or its moment lies
/// too far from now.
pub async fn verify(
    kit: &Arc<Kit>,
    ctx: &Arc<OpContext>,
    proof: &KeyProof,
    text: String,
) -> Result<Reauthenticated, Problem> {
    let now = kit.clock.now();
    let signed_at = parse_instant(&proof.signed_at)
        .map_err(|error| Problem::violations(vec![error.at("/key/signed_at")]))?;
    if signed_at > now.saturating_add(AHEAD_US) || signed_at < now.saturating_sub(KEEP_US) {
        return Err(refused(rules::KEY_TIME, "/key/signed_at"));
    }
    let (tenant, account, id) = (ctx.tenant.clone(), ctx.account_id.clone(), proof.id.clone());
    let (key, name) = kit
        .db
        .read::<_, Problem, _>(move |s| {
            Box::pin(async move {
                let key = find(s, &tenant, &account, &id).await?.filter(|k| k.status == "active");
                let row = s
                    .query_opt(
                        "select name from account where tenant_id = $1 and id = $2",
                        &params![tenant.as_str(), account.as_str()],
                    )
                    .await?;
                let name = row.map(|r| r.get::<Option<String>>("name")).transpose()?.flatten();
                Ok((key, name.unwrap_or_default()))
            })
        })
        .await?;
    // Nobody signed with a key before it was enrolled.
    let enrolled = key.as_ref().and_then(|k| parse_instant(&k.created_at).ok());
    if enrolled.is_some_and(|at| signed_at < at.saturating_sub(AHEAD_US)) {
        return Err(refused(rules::KEY_TIME, "/key/signed_at"));
    }
    let fits = key.as_ref().and_then(|k| public(&k.public_key)).is_some_and(|key| {
        let bytes = BASE64_STANDARD.decode(&proof.signature).unwrap_or_default();
        Signature::from_slice(&bytes).is_ok_and(|signature| key.verify(text.as_bytes(), &signature).is_ok())
    });
    if !fits {
        return Err(refused(rules::KEY_SIGNATURE, "/key/signature"));
    }
    Ok(Reauthenticated {
        account_id: ctx.account_id.clone(),
        person_id: ctx.person_id.clone(),
        person_name: name,
        method: Method::SigningKey,
        at: signed_at.min(now),
        key: Some(KeySignature {
            key_id: proof.id.clone(),
            signed_at,
            signature: proof.signature.clone(),
            text,
        }),
    })
}
