//! Photos as evidence: uploaded first, then named by their hash in the event that they prove. Who may see a photo
//! follows from what refers to it; its uploader sees it before anything does. Content is checked to be the picture
//! that it says it is, and is never changed.

use std::sync::Arc;

use db::{DbError, Sql, params};
use domain::access::Permission;
use domain::problem::Violation;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{rules, warnings};
use crate::kit::{Code, Kit, OpContext, Problem};
use crate::transfer::read::load_for;

/// Largest picture in bytes.
pub const LIMIT: usize = 5 * 1024 * 1024;
/// Most pictures of one record.
const MOST: usize = 12;

/// A stored picture.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PhotoView {
    /// SHA-256 of the content, hex: its name.
    pub sha256: String,
    /// Size.
    pub bytes: i64,
}

/// The media type that the content itself shows.
fn media_type(content: &[u8]) -> Option<&'static str> {
    match content {
        [0xff, 0xd8, 0xff, ..] => Some("image/jpeg"),
        [0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, ..] => Some("image/png"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("image/webp"),
        _ => None,
    }
}

/// Stores a picture for the caller.
///
/// # Errors
/// 403 for a caller who records nothing that a picture could prove; 413 when it is too large; 422 `LIVE-101` when it
/// is no JPEG, PNG or WebP.
pub async fn put(kit: &Arc<Kit>, ctx: &Arc<OpContext>, content: Vec<u8>) -> Result<PhotoView, Problem> {
    let may = [
        Permission::TripReport,
        Permission::WarningVerify,
        Permission::WarningAppeal,
        Permission::VideoEventWrite,
    ];
    if !may.iter().any(|p| ctx.may(*p)) {
        ctx.require(Permission::TripReport)?;
    }
    if content.len() > LIMIT {
        return Err(Problem::new(Code::PayloadTooLarge));
    }
    let Some(media) = media_type(&content) else {
        return Err(Problem::violations(vec![Violation::error(rules::NOT_A_PICTURE, "")]));
    };
    let bytes = i64::try_from(content.len()).unwrap_or(i64::MAX);
    let now = kit.clock.now();
    let sha256 = kit.db.put_attachment(&ctx.tenant, content, LIMIT, now).await?;
    let (caller, name) = (Arc::clone(ctx), sha256.clone());
    kit.db
        .write::<_, DbError, _>(&ctx.tenant, move |tx| {
            Box::pin(async move {
                tx.exec(
                    "insert into photo_upload (tenant_id, sha256, account_id, media_type, bytes, at) \
                     values ($1, $2, $3, $4, $5, $6) on conflict (tenant_id, sha256, account_id) do nothing",
                    &params![caller.tenant.as_str(), name, caller.account_id.as_str(), media, bytes, now],
                )
                .await
            })
        })
        .await?;
    Ok(PhotoView { sha256, bytes })
}

/// Checks that the caller uploaded what a record is to name.
///
/// # Errors
/// 422 `LIVE-102` for a picture that the caller did not upload, `LIVE-103` for too many.
pub async fn check(sql: &mut dyn Sql, ctx: &OpContext, photos: &[String], path: &str) -> Result<(), Problem> {
    let mut found = Vec::new();
    if photos.len() > MOST {
        found.push(Violation::error(rules::TOO_MANY_PHOTOS, path).with("max", MOST));
    }
    for (index, name) in photos.iter().take(MOST).enumerate() {
        let row = sql
            .query_opt(
                "select 1 as n from photo_upload where tenant_id = $1 and sha256 = $2 and account_id = $3",
                &params![ctx.tenant.as_str(), name.as_str(), ctx.account_id.as_str()],
            )
            .await?;
        if row.is_none() {
            found.push(Violation::error(rules::UNKNOWN_PHOTO, format!("{path}/{index}")));
        }
    }
    if found.is_empty() { Ok(()) } else { Err(Problem::violations(found)) }
}

/// A picture and its media type, for its uploader and whoever may read a record that names it.
///
/// # Errors
/// 404 for everybody else.
pub async fn get(
    kit: &Arc<Kit>,
    ctx: &Arc<OpContext>,
    sha256: &str,
) -> Result<(Vec<u8>, &'static str), Problem> {
    let (caller, name) = (Arc::clone(ctx), sha256.to_owned());
    let allowed = kit
        .db
        .read::<_, Problem, _>(move |sql| {
            Box::pin(async move {
                let values = params![caller.tenant.as_str(), name.as_str(), caller.account_id.as_str()];
                let own = sql
                    .query_opt(
                        "select 1 as n from photo_upload where tenant_id = $1 and sha256 = $2 and account_id = $3",
                        &values,
                    )
                    .await?;
                if own.is_some() {
                    return Ok(true);
                }
                let uses = sql
                    .query(
                        "select subject_type, subject_id from photo_use where tenant_id = $1 and sha256 = $2 \
                         order by subject_type, subject_id limit 20",
                        &values[..2],
                    )
                    .await?;
                for row in uses {
                    let (kind, id): (String, String) = (row.get("subject_type")?, row.get("subject_id")?);
                    let readable = match kind.as_str() {
                        "manifest" => load_for(sql, &caller, Permission::ManifestRead, &id).await.is_ok(),
                        "warning" => warnings::readable(sql, &caller, &id).await?,
                        super::video::SUBJECT => super::video::readable(sql, &caller, &id).await?,
                        _ => false,
                    };
                    if readable {
                        return Ok(true);
                    }
                }
                Ok(false)
            })
        })
        .await?;
    if !allowed {
        return Err(Problem::not_found());
    }
    let content = kit.db.attachment(&ctx.tenant, sha256).await?.ok_or_else(Problem::not_found)?;
    let media = media_type(&content).ok_or_else(Problem::not_found)?;
    Ok((content, media))
}
