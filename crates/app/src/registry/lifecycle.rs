//! What happens to a row besides saving: it is set inactive, or active again, and its personal data is
//! erased. Rows are never deleted, because documents and the journal point to them.

use std::sync::Arc;

use domain::problem::Violation;
use serde_json::json;

use super::entity::Entity;
use super::project::{self, Saved};
use super::service::{Written, authorise_write, unreachable, validation};
use super::{personal, refs, rules, store};
use crate::kit::{Kit, OpContext, Problem, audit};

/// Sets a row inactive or active again.
///
/// # Errors
/// 403, 404, 412; 422 without a reason, or while active rows hang on it.
pub async fn set_status(
    kit: &Arc<Kit>,
    ctx: &Arc<OpContext>,
    entity: &'static Entity,
    id: String,
    version: i64,
    reason: String,
    active: bool,
) -> Result<Written, Problem> {
    authorise_write(ctx, entity)?;
    let reason = reason_of(&reason)?;
    let input = json!([entity.key, id, version, reason, active]);
    let operation = if active { "registry.activate" } else { "registry.deactivate" };
    kit.command(ctx, operation, &input, move |mut work| {
        Box::pin(async move {
            let tenant = work.tenant().to_owned();
            let stored = store::by_id(work.tx, &tenant, entity, &id).await?.ok_or_else(Problem::not_found)?;
            if !personal::may_write(&work.ctx, entity, &stored.owner_id) {
                return Err(unreachable(&work.ctx, entity, &stored));
            }
            if stored.version != version {
                return Err(Problem::stale(stored.version));
            }
            if stored.active() == active {
                return Ok(Written { id, version });
            }
            let mut found = Vec::new();
            if active {
                refs::references(work.tx, &tenant, entity, &stored.row, &mut found).await?;
            } else {
                for (name, table, column) in store::dependants(entity) {
                    let n = store::count_of(work.tx, &tenant, table, column, &id, true).await?;
                    if n > 0 {
                        found.push(
                            Violation::error(rules::IN_USE, "").with("register", name).with("count", n),
                        );
                    }
                }
            }
            if !found.is_empty() {
                return Err(Problem::violations(found));
            }
            let version = version + 1;
            project::emit_saved(
                &mut work,
                Saved {
                    entity,
                    id: &id,
                    version,
                    status: if active { "active" } else { "inactive" },
                    op: if active { "activated" } else { "deactivated" },
                    reason: Some(&reason),
                    org_id: &stored.owner_id,
                    row: &stored.row,
                },
            )
            .await?;
            Ok(Written { id, version })
        })
    })
    .await
}

/// Erases the personal data of a row from the row and from all its events.
///
/// # Errors
/// 403, 404, 412; 422 without a reason or when nothing is left to erase.
pub async fn erase_personal(
    kit: &Arc<Kit>,
    ctx: &Arc<OpContext>,
    entity: &'static Entity,
    id: String,
    version: i64,
    reason: String,
) -> Result<Written, Problem> {
    authorise_write(ctx, entity)?;
    let reason = reason_of(&reason)?;
    let input = json!([entity.key, id, version, reason]);
    kit.command(ctx, "registry.erase_personal", &input, move |mut work| {
        Box::pin(async move {
            let tenant = work.tenant().to_owned();
            let stored = store::by_id(work.tx, &tenant, entity, &id).await?.ok_or_else(Problem::not_found)?;
            if !personal::may_write(&work.ctx, entity, &stored.owner_id) {
                return Err(unreachable(&work.ctx, entity, &stored));
            }
            if stored.version != version {
                return Err(Problem::stale(stored.version));
            }
            let version = version + 1;
            let owner = stored.owner_id.clone();
            let erased = project::emit_erased(&mut work, entity, &id, version, &owner, &reason).await?;
            if erased == 0 {
                return Err(validation(vec![Violation::error(rules::NOTHING_TO_ERASE, "")]));
            }
            let entry = audit::Entry::new("audit.erased", entity.table, id.clone()).of_org(owner);
            audit::record(&mut work, entry.with(json!({"reason": reason, "fields": erased}))).await?;
            Ok(Written { id, version })
        })
    })
    .await
}

fn reason_of(reason: &str) -> Result<String, Problem> {
    let reason = reason.trim();
    if reason.is_empty() || reason.chars().count() > 500 {
        return Err(Problem::field("/reason", rules::REASON, [("max", "500".to_owned())]));
    }
    Ok(reason.to_owned())
}
