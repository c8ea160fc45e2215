//! Files as evidence: uploaded first, then named by their hash in the event that they prove. The content decides what a
//! file is; it is never changed and never opened here. Who may see a file follows from what names it.

mod api;
pub mod project;

use std::sync::Arc;

use db::{DbError, Sql, params};
use documents::kind::{FileKind, KindError};
use domain::access::Permission;
use domain::problem::Violation;
use domain::programme::Evidence;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{indicators, programme};
use crate::kit::{Code, Kit, OpContext, Problem};

pub use api::router;

/// Rule ids of evidence.
pub mod rules {
    domain::rule_ids! {
        /// No file of the kinds that serve.
        KIND = "EVID-001";
        /// Not uploaded by the caller.
        UNKNOWN = "EVID-002";
        /// Too many files.
        TOO_MANY = "EVID-003";
        /// A file with macros.
        MACROS = "EVID-004";
        /// Encrypted or damaged.
        CLOSED = "EVID-005";
        /// A name that is missing or too long.
        NAME = "EVID-006";
    }
}

/// Largest file in bytes.
pub const LIMIT: usize = 10 * 1024 * 1024;
/// Most files of one record.
const MOST: usize = 12;
/// Longest name in characters.
const NAME: usize = 120;

/// A stored file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EvidenceView {
    /// SHA-256 of the content, hex.
    pub sha256: String,
    /// Name for people.
    pub name: String,
    /// `pdf`, `image`, `xlsx`, `docx`: what the content is.
    pub kind: String,
    /// Size.
    pub bytes: i64,
}

impl From<Evidence> for EvidenceView {
    fn from(e: Evidence) -> Self {
        Self { sha256: e.sha256, name: e.name, kind: e.kind, bytes: e.bytes }
    }
}

/// Stores a file for the caller.
///
/// # Errors
/// 403 for a caller who reports nothing; 413 when it is too large; 422 `EVID-001`, `EVID-004` or `EVID-005` for content
/// that does not serve.
pub async fn put(
    kit: &Arc<Kit>,
    ctx: &Arc<OpContext>,
    name: &str,
    content: Vec<u8>,
) -> Result<EvidenceView, Problem> {
    if !ctx.may(Permission::IndicatorFill) {
        ctx.require(Permission::ProgrammeReport)?;
    }
    let name = clean(name);
    let length = name.chars().count();
    if length == 0 || length > NAME {
        return Err(Problem::violations(vec![Violation::error(rules::NAME, "/name").with("max", NAME)]));
    }
    if content.len() > LIMIT {
        return Err(Problem::new(Code::PayloadTooLarge));
    }
    let kind = FileKind::of(&content).map_err(|error| {
        let rule = match error {
            KindError::Other => rules::KIND,
            KindError::Macros => rules::MACROS,
            KindError::Closed => rules::CLOSED,
        };
        Problem::violations(vec![Violation::error(rule, "").with("name", &name)])
    })?;
    let bytes = i64::try_from(content.len()).unwrap_or(i64::MAX);
    let now = kit.clock.now();
    let sha256 = kit.db.put_attachment(&ctx.tenant, content, LIMIT, now).await?;
    let view = EvidenceView { sha256, name, kind: kind.word().to_owned(), bytes };
    let (caller, row) = (Arc::clone(ctx), view.clone());
    kit.db
        .write::<_, DbError, _>(&ctx.tenant, move |tx| {
            Box::pin(async move {
                tx.exec(
                    "insert into evidence_upload (tenant_id, sha256, account_id, name, kind, bytes, at) \
                     values ($1, $2, $3, $4, $5, $6, $7) \
                     on conflict (tenant_id, sha256, account_id) do update set name = excluded.name",
                    &params![
                        caller.tenant.as_str(),
                        row.sha256,
                        caller.account_id.as_str(),
                        row.name,
                        row.kind,
                        row.bytes,
                        now
                    ],
                )
                .await
            })
        })
        .await?;
    Ok(view)
}

/// A name without path and without characters that steer a terminal or a page.
fn clean(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    last.chars().filter(|c| !c.is_control()).collect::<String>().trim().to_owned()
}

/// What the caller uploaded, for a record that is to name it.
///
/// # Errors
/// 422 `EVID-002` for a file that the caller did not upload, `EVID-003` for too many.
pub async fn take(
    sql: &mut dyn Sql,
    ctx: &OpContext,
    names: &[String],
    path: &str,
) -> Result<Vec<Evidence>, Problem> {
    let mut found = Vec::new();
    let mut out = Vec::new();
    if names.len() > MOST {
        found.push(Violation::error(rules::TOO_MANY, path).with("max", MOST));
    }
    for (index, sha256) in names.iter().take(MOST).enumerate() {
        let row = sql
            .query_opt(
                "select name, kind, bytes from evidence_upload \
                 where tenant_id = $1 and sha256 = $2 and account_id = $3",
                &params![ctx.tenant.as_str(), sha256.as_str(), ctx.account_id.as_str()],
            )
            .await?;
        match row {
            Some(row) => out.push(Evidence {
                sha256: sha256.clone(),
                name: row.get("name")?,
                kind: row.get("kind")?,
                bytes: row.get("bytes")?,
            }),
            None => found.push(Violation::error(rules::UNKNOWN, format!("{path}/{index}"))),
        }
    }
    if found.is_empty() { Ok(out) } else { Err(Problem::violations(found)) }
}

/// A file for its uploader and whoever may read a record that names it.
///
/// # Errors
/// 404 for everybody else.
pub async fn get(
    kit: &Arc<Kit>,
    ctx: &Arc<OpContext>,
    sha256: &str,
) -> Result<(Vec<u8>, FileKind, String), Problem> {
    let (caller, wanted) = (Arc::clone(ctx), sha256.to_owned());
    let name = kit
        .db
        .read::<_, Problem, _>(move |sql| {
            Box::pin(async move { name_for(sql, &caller, &wanted).await?.ok_or_else(Problem::not_found) })
        })
        .await?;
    let content = kit.db.attachment(&ctx.tenant, sha256).await?.ok_or_else(Problem::not_found)?;
    let kind = FileKind::of(&content).map_err(|_| Problem::not_found())?;
    Ok((content, kind, name))
}

/// The file's name, where the caller may see it.
async fn name_for(sql: &mut dyn Sql, ctx: &OpContext, sha256: &str) -> Result<Option<String>, Problem> {
    let values = params![ctx.tenant.as_str(), sha256, ctx.account_id.as_str()];
    let own = sql
        .query_opt(
            "select name from evidence_upload where tenant_id = $1 and sha256 = $2 and account_id = $3",
            &values,
        )
        .await?;
    if let Some(row) = own {
        return Ok(Some(row.get("name")?));
    }
    let uses = sql
        .query(
            "select subject_type, subject_id, name from evidence_use where tenant_id = $1 and sha256 = $2 \
             order by subject_type, subject_id limit 20",
            &values[..2],
        )
        .await?;
    for row in uses {
        let (kind, id): (String, String) = (row.get("subject_type")?, row.get("subject_id")?);
        let readable = match kind.as_str() {
            programme::SUBJECT => programme::readable(sql, ctx, &id).await?,
            indicators::project::VALUE => indicators::values::readable(sql, ctx, &id).await?,
            _ => false,
        };
        if readable {
            return Ok(Some(row.get("name")?));
        }
    }
    Ok(None)
}
