//! Reads of the journal within the caller's reach. An organisation sees events that belong to it or that its own
//! people caused; officials and the audit administrator see all.

use std::sync::Arc;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use db::{Checkpoint, DbError, Row, Sql};
use domain::access::Permission;
use domain::time::format_instant;

use super::model::{
    CheckpointView, ConsistencyQuery, ConsistencyView, EventFilter, EventParty, EventView, InclusionQuery,
    InclusionView, KeyView,
};
use crate::kit::{Filter, Key, Kit, OpContext, Page, PageQuery, Problem, Reach, hex};

/// The key that signs this city's checkpoints.
pub fn key(kit: &Kit) -> KeyView {
    let key = kit.signer.verifier(&kit.settings.tenant);
    KeyView {
        name: key.name().to_owned(),
        algorithm: "Ed25519",
        public_key: BASE64_STANDARD.encode(key.public_key()),
        vkey: key.to_string(),
    }
}

fn checkpoint_view(c: Checkpoint) -> CheckpointView {
    CheckpointView { size: c.size, root: hex(&c.root), at: format_instant(c.created_at), text: c.note }
}

/// The newest checkpoints first. They are public to whoever is signed in: a checkpoint is worth something only
/// when others keep it.
///
/// # Errors
/// 422 for a wrong limit.
pub async fn checkpoints(kit: &Kit, query: &PageQuery) -> Result<Page<CheckpointView>, Problem> {
    let limit = query.limit()?;
    let mut filter = Filter::tenant("tenant_id", &kit.settings.tenant);
    if let Some((Key::Int(size), _)) = query.after()? {
        filter.and("size < ?", [size.into()]);
    }
    let (text, values) = filter.finish(
        "select size, root, note, created_at from checkpoint",
        "size",
        "created_at",
        true,
        limit,
    );
    let rows = kit.db.read(move |sql| Box::pin(async move { sql.query(&text, &values).await })).await?;
    let items = rows.iter().map(checkpoint_of).collect::<Result<Vec<_>, _>>()?;
    Ok(Page::cut(items, limit, None, |c| (Key::Int(c.size), String::new())))
}

fn checkpoint_of(row: &Row) -> Result<CheckpointView, DbError> {
    Ok(checkpoint_view(Checkpoint {
        size: row.get("size")?,
        root: row.get("root")?,
        note: row.get("note")?,
        created_at: row.get("created_at")?,
    }))
}

/// The newest checkpoint.
///
/// # Errors
/// 404 when none was signed yet.
pub async fn newest(kit: &Kit) -> Result<CheckpointView, Problem> {
    let mut list = kit.db.checkpoints(&kit.settings.tenant, 1).await?;
    list.pop().map(checkpoint_view).ok_or_else(Problem::not_found)
}

/// Proof that an event is in the journal.
///
/// # Errors
/// 403 without the right, 404 for a position beyond the journal, 422 for a size that does not cover it.
pub async fn inclusion(kit: &Kit, ctx: &OpContext, query: InclusionQuery) -> Result<InclusionView, Problem> {
    ctx.require(Permission::ProofRead)?;
    let tenant = ctx.tenant.clone();
    let proof = kit
        .db
        .read(move |sql| {
            Box::pin(async move {
                let (head, _) = db::head(sql, &tenant).await?;
                if !(0..head).contains(&query.position) {
                    return Err(Problem::not_found());
                }
                let size = match query.size {
                    Some(size) => size,
                    None => signed_size(sql, &tenant, query.position).await?.unwrap_or(head),
                };
                if !(query.position + 1..=head).contains(&size) {
                    return Err(range("/size", query.position + 1, head));
                }
                let proof = db::inclusion_proof(sql, &tenant, query.position, size).await?;
                Ok((proof, stored(sql, &tenant, size).await?))
            })
        })
        .await?;
    let (proof, checkpoint) = proof;
    Ok(InclusionView {
        position: proof.position,
        size: proof.size,
        leaf_hash: hex(&proof.leaf),
        root: hex(&proof.root),
        path: proof.path.iter().map(|h| hex(h)).collect(),
        checkpoint,
    })
}

async fn signed_size(sql: &mut dyn Sql, tenant: &str, position: i64) -> Result<Option<i64>, DbError> {
    let row = sql
        .query_opt(
            "select size from checkpoint where tenant_id = $1 and size > $2 order by size desc limit 1",
            &db::params![tenant, position],
        )
        .await?;
    row.map(|r| r.get("size")).transpose()
}

async fn stored(sql: &mut dyn Sql, tenant: &str, size: i64) -> Result<Option<CheckpointView>, DbError> {
    let row = sql
        .query_opt(
            "select size, root, note, created_at from checkpoint where tenant_id = $1 and size = $2",
            &db::params![tenant, size],
        )
        .await?;
    row.as_ref().map(checkpoint_of).transpose()
}

fn range(path: &str, from: i64, to: i64) -> Problem {
    Problem::field(path, "REQ-RANGE", [("from", from.to_string()), ("to", to.to_string())])
}

/// Proof that the journal only grew between two sizes.
///
/// # Errors
/// 403 without the right, 422 for sizes outside the journal.
pub async fn consistency(
    kit: &Kit,
    ctx: &OpContext,
    query: ConsistencyQuery,
) -> Result<ConsistencyView, Problem> {
    ctx.require(Permission::ProofRead)?;
    let tenant = ctx.tenant.clone();
    let proof = kit
        .db
        .read(move |sql| {
            Box::pin(async move {
                let (head, _) = db::head(sql, &tenant).await?;
                let to = query.to.unwrap_or(head);
                if !(1..=head).contains(&to) {
                    return Err(range("/to", 1, head));
                }
                if !(1..=to).contains(&query.from) {
                    return Err(range("/from", 1, to));
                }
                Ok(db::consistency_proof(sql, &tenant, query.from, to).await?)
            })
        })
        .await?;
    Ok(ConsistencyView {
        from: proof.from,
        to: proof.to,
        from_root: hex(&proof.from_root),
        to_root: hex(&proof.to_root),
        path: proof.path.iter().map(|h| hex(h)).collect(),
    })
}

const SELECT: &str = "select e.position, e.id, e.kind, e.subject_type, e.subject_id, e.org_id, e.actor_id, e.on_behalf_of, \
     e.occurred_at, e.recorded_at, e.rule_version, e.canonical, e.leaf_hash, o.name as org_name, c.name as client_name, a.login \
     from journal_event e left join org o on o.tenant_id = e.tenant_id and o.id = e.org_id \
     left join org c on c.tenant_id = e.tenant_id and c.id = e.on_behalf_of \
     left join account a on a.tenant_id = e.tenant_id and a.id = e.actor_id";

fn within(reach: &Reach, filter: &mut Filter) {
    match reach {
        Reach::City => {}
        Reach::Town(code) => {
            filter.and("o.town_code = ?", [code.as_str().into()]);
        }
        Reach::Org(id) | Reach::Party(id) | Reach::Assigned { org_id: id, .. } => {
            let id = id.as_str();
            filter.and(
                "(e.org_id = ? or e.on_behalf_of = ? or a.org_id = ?)",
                [id.into(), id.into(), id.into()],
            );
        }
    }
}

/// Events of sign-in and administration, which only the audit log shows.
fn confidential(kind: &str) -> bool {
    kind.starts_with("audit.") || kind.starts_with("identity.")
}

fn view(row: &Row, sees_audit: bool, with_canonical: bool) -> Result<EventView, DbError> {
    let kind: String = row.get("kind")?;
    let canonical: String = row.get("canonical")?;
    let open = sees_audit || !confidential(&kind);
    let payload = if open {
        let mut whole: serde_json::Value = serde_json::from_str(&canonical)
            .map_err(|_| DbError::Inconsistent("journal_event.canonical: not JSON; run verify".to_owned()))?;
        Some(whole["payload"].take())
    } else {
        None
    };
    let party = |id: Option<String>, name: Option<String>| id.map(|id| EventParty { id, name });
    Ok(EventView {
        position: row.get("position")?,
        id: row.get("id")?,
        subject_type: row.get("subject_type")?,
        subject_id: row.get("subject_id")?,
        org: party(row.get("org_id")?, row.get("org_name")?),
        actor: EventParty { id: row.get("actor_id")?, name: if open { row.get("login")? } else { None } },
        on_behalf_of: party(row.get("on_behalf_of")?, row.get("client_name")?),
        occurred_at: format_instant(row.get("occurred_at")?),
        recorded_at: format_instant(row.get("recorded_at")?),
        rule_version: row.get("rule_version")?,
        payload,
        leaf_hash: hex(&row.get::<[u8; 32]>("leaf_hash")?),
        canonical: (open && with_canonical).then_some(canonical),
        kind,
    })
}

/// Events within reach, oldest first unless `sort` says `-position`.
///
/// # Errors
/// 403 without the right, 422 for a wrong filter.
pub async fn events(
    kit: &Arc<Kit>,
    ctx: &OpContext,
    query: &PageQuery,
    wanted: &EventFilter,
) -> Result<Page<EventView>, Problem> {
    let reach = ctx.require(Permission::ProofRead)?;
    let limit = query.limit()?;
    let (column, descending) = query.sort(&[("position", "e.position")], false)?;
    let mut filter = Filter::tenant("e.tenant_id", &ctx.tenant);
    within(&reach, &mut filter);
    filter.maybe("e.subject_type = ?", wanted.subject_type.as_deref().filter(|t| !t.is_empty()));
    filter.maybe("e.subject_id = ?", wanted.subject_id.as_deref().filter(|t| !t.is_empty()));
    filter.maybe("e.kind = ?", wanted.kind.as_deref().filter(|t| !t.is_empty()));
    filter.maybe("e.position >= ?", wanted.from_position);
    if let Some((Key::Int(position), _)) = query.after()? {
        filter.and(if descending { "e.position < ?" } else { "e.position > ?" }, [position.into()]);
    }
    let (text, values) = filter.finish(SELECT, column, "e.id", descending, limit);
    let sees_audit = ctx.may(Permission::AuditRead);
    let rows = kit.db.read(move |sql| Box::pin(async move { sql.query(&text, &values).await })).await?;
    let items = rows.iter().map(|r| view(r, sees_audit, false)).collect::<Result<Vec<_>, DbError>>()?;
    Ok(Page::cut(items, limit, None, |e| (Key::Int(e.position), String::new())))
}

/// One event with its canonical bytes.
///
/// # Errors
/// 403 without the right, 404 out of reach.
pub async fn event(kit: &Arc<Kit>, ctx: &OpContext, position: i64) -> Result<EventView, Problem> {
    let reach = ctx.require(Permission::ProofRead)?;
    let mut filter = Filter::tenant("e.tenant_id", &ctx.tenant);
    within(&reach, &mut filter);
    filter.and("e.position = ?", [position.into()]);
    let (text, values) = (format!("{SELECT} {}", filter.conditions()), filter.params().to_vec());
    let row = kit.db.read(move |sql| Box::pin(async move { sql.query_opt(&text, &values).await })).await?;
    Ok(view(&row.ok_or_else(Problem::not_found)?, ctx.may(Permission::AuditRead), true)?)
}
