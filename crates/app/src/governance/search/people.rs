//! People of firms by name: only when asked for, only with the right, of others only with a stated purpose, and every
//! such search is kept in the audit log before its answer leaves.

use std::sync::Arc;

use domain::access::Permission;
use serde_json::json;

use super::find::Hit;
use super::rules;
use crate::kit::{Code, Kit, OpContext, Problem, Reach, audit};
use crate::registry::find;

/// Whether the caller may look for people at all.
pub(super) fn may(ctx: &OpContext) -> bool {
    ctx.may(Permission::PersonalRead) && ctx.may(Permission::RegistryRead)
}

/// People whose name holds the words.
///
/// # Errors
/// 403 without the right; 422 for people of others without a purpose.
pub(super) async fn people(
    kit: &Arc<Kit>,
    ctx: &Arc<OpContext>,
    words: &str,
    limit: i64,
) -> Result<Vec<Hit>, Problem> {
    let reach = ctx.require(Permission::PersonalRead)?;
    ctx.require(Permission::RegistryRead)?;
    let own = matches!(&reach, Reach::Org(org) if *org == ctx.org_id && ctx.acting_for.is_none());
    let purpose = ctx.purpose.as_deref().is_some_and(|p| !p.trim().is_empty());
    if !own && !purpose {
        return Err(Problem::rule(Code::RuleViolated, rules::PURPOSE, []));
    }
    let (tenant, asked) = (ctx.tenant.clone(), words.to_owned());
    let found = kit
        .db
        .read(move |sql| Box::pin(async move { find::people(sql, &tenant, &reach, &asked, limit).await }))
        .await?;
    let count = found.len();
    let plain = Arc::new(OpContext { idempotency_key: None, ..(**ctx).clone() });
    kit.command(&plain, "search.personal_read", &(), move |mut work| {
        Box::pin(async move {
            let account = work.ctx.account_id.clone();
            let detail = json!({"search": true, "found": count, "purpose": work.ctx.purpose});
            let entry = audit::Entry::new("audit.personal_read", "search", account).with(detail);
            audit::record(&mut work, entry).await.map(|_| ())
        })
    })
    .await?;
    Ok(found
        .into_iter()
        .map(|one| Hit {
            link: format!("/registry/crew/{}", one.id),
            id: one.id,
            title: one.title,
            note: one.org_name,
            status: None,
        })
        .collect())
}
