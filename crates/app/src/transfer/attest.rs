//! What a printed document proves: a short text signed by the platform's key, in the QR code of every paper.
//!
//! `WF1.<manifest id>.<version>.<content hash>.<issued at, UTC seconds>.<Ed25519 signature, base64url>`
//!
//! The signature covers everything before the last dot. Whoever holds the public key (`GET /proof/key`) can
//! check offline that this platform issued that version with that content at that time. What became of the
//! document since, the code cannot know: a paper checked offline says that the live status is unknown, and
//! only this server's answer may say `live`.

use std::sync::Arc;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use db::Sql;
use domain::manifest::Manifest;
use domain::time::format_instant;
use serde::Serialize;
use utoipa::ToSchema;

use super::rules;
use crate::kit::{Kit, Problem};

const PREFIX: &str = "WF1";

/// The live status of an attested document.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Live {
    /// Status now.
    pub status: String,
    /// Version now.
    pub version: i64,
    /// Whether the attested version is still the one that stands.
    pub current: bool,
}

/// What a code attests.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AttestView {
    /// Whether this platform signed the code.
    pub valid: bool,
    /// Document.
    pub manifest_id: String,
    /// Version at issue.
    pub version: i64,
    /// Content hash at issue.
    pub content_hash: String,
    /// Issue.
    pub issued_at: String,
    /// What the document is now; null when the code is not valid or the document is unknown here.
    pub live: Option<Live>,
}

/// The code of a document as it stands at `issued_at` (UTC microseconds).
pub fn issue(kit: &Kit, m: &Manifest, issued_at: i64) -> String {
    let text =
        format!("{PREFIX}.{}.{}.{}.{}", m.id, m.version, m.content_hash, issued_at.div_euclid(1_000_000));
    let signature = BASE64_URL_SAFE_NO_PAD.encode(kit.signer.sign_text(&text));
    format!("{text}.{signature}")
}

/// The parts of a code, and whether the signature is this platform's.
struct Read {
    manifest_id: String,
    version: i64,
    content_hash: String,
    issued_s: i64,
    valid: bool,
}

fn read(kit: &Kit, code: &str) -> Option<Read> {
    if code.len() > 400 {
        return None;
    }
    let (text, signature) = code.trim().rsplit_once('.')?;
    let mut parts = text.split('.');
    if parts.next()? != PREFIX {
        return None;
    }
    let (manifest_id, version) = (parts.next()?.to_owned(), parts.next()?.parse().ok()?);
    let (content_hash, issued_s) = (parts.next()?.to_owned(), parts.next()?.parse().ok()?);
    let shaped = parts.next().is_none()
        && content_hash.len() == 64
        && content_hash.bytes().all(|b| b.is_ascii_hexdigit())
        && manifest_id.len() <= 40;
    let signature = BASE64_URL_SAFE_NO_PAD.decode(signature).ok()?;
    let valid = kit.signer.verifier(&kit.settings.tenant).signed_text(text, &signature);
    shaped.then_some(Read { manifest_id, version, content_hash, issued_s, valid })
}

/// Checks a code. Public: it tells no more than the paper itself and the live status.
///
/// # Errors
/// HW-TR-804 for a text that is no such code.
pub async fn verify(kit: &Arc<Kit>, code: &str) -> Result<AttestView, Problem> {
    let read = read(kit, code).ok_or_else(|| Problem::field("/code", rules::BAD_ATTESTATION, []))?;
    let mut view = AttestView {
        valid: read.valid,
        manifest_id: read.manifest_id.clone(),
        version: read.version,
        content_hash: read.content_hash,
        issued_at: format_instant(read.issued_s.saturating_mul(1_000_000)),
        live: None,
    };
    if !read.valid {
        return Ok(view);
    }
    let (tenant, id, attested) = (kit.settings.tenant.clone(), read.manifest_id, read.version);
    view.live = kit
        .db
        .read(move |sql| {
            Box::pin(async move {
                let row = sql
                    .query_opt(
                        "select status, version from manifest where tenant_id = $1 and id = $2",
                        &db::params![tenant.as_str(), id.as_str()],
                    )
                    .await?;
                let live = row.map(|row| {
                    let version: i64 = row.get("version")?;
                    Ok::<_, db::DbError>(Live {
                        status: row.get("status")?,
                        version,
                        current: version == attested,
                    })
                });
                live.transpose().map_err(Problem::from)
            })
        })
        .await?;
    Ok(view)
}
