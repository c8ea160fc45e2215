//! Use cases of the registers: read one row, save one. Saving is one function for the API, the import and
//! the seed; it runs inside a command, so that references, uniqueness and version are checked in the
//! transaction that writes.

use std::sync::Arc;

use domain::access::Permission;
use domain::problem::Violation;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::check::{self, RowMap};
use super::entity::{Entity, Owner};
use super::model::Record;
use super::personal::{self, Sight};
use super::profile::{Profile, profile};
use super::project::{self, Saved};
use super::{filing, lines, list, refs, rules, store};
use crate::kit::{Kit, OpContext, Problem, Work, audit};

/// Id and version of a row that was written. Holds nothing personal, because answers are kept with the
/// idempotency key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Written {
    /// Id.
    pub id: String,
    /// New version.
    pub version: i64,
}

/// The city's profile.
///
/// # Errors
/// 500 when the settings name a city that the build does not have.
pub fn city(kit: &Kit) -> Result<Arc<Profile>, Problem> {
    profile(&kit.settings.profile).ok_or_else(|| {
        tracing::error!(profile = kit.settings.profile, "the build has no such city profile");
        Problem::internal()
    })
}

/// The row just written, personal data masked: the writer has just given it, so nobody reads it anew.
///
/// # Errors
/// 500 when the database refuses.
pub async fn after_write(
    kit: &Arc<Kit>,
    ctx: &Arc<OpContext>,
    entity: &'static Entity,
    id: &str,
) -> Result<Record, Problem> {
    // Who may only write still sees the result.
    let view = personal::view(ctx, entity).unwrap_or(personal::View { full: None, directory: true });
    let (ctx, id) = (Arc::clone(ctx), id.to_owned());
    kit.db
        .read(move |s| {
            Box::pin(async move {
                let stored =
                    store::by_id(s, &ctx.tenant, entity, &id).await?.ok_or_else(Problem::not_found)?;
                let mut records = [personal::record(&ctx, entity, &view, stored, Sight::Masked)];
                list::resolve(s, &ctx.tenant, entity, &mut records).await?;
                let [record] = records;
                Ok(record)
            })
        })
        .await
}

/// Reads one row; unmasked and audited when the caller may see its personal data.
///
/// # Errors
/// 404 outside the caller's reach.
pub async fn get(
    kit: &Arc<Kit>,
    ctx: &Arc<OpContext>,
    entity: &'static Entity,
    id: &str,
) -> Result<Record, Problem> {
    let view = personal::view(ctx, entity)?;
    let (tenant, wanted) = (ctx.tenant.clone(), id.to_owned());
    let caller = Arc::clone(ctx);
    let (record, unmasked) = kit
        .db
        .read::<_, Problem, _>(move |s| {
            Box::pin(async move {
                let stored =
                    store::by_id(s, &tenant, entity, &wanted).await?.ok_or_else(Problem::not_found)?;
                let full = personal::covers(&view, &stored);
                if !full && !view.directory {
                    return Err(Problem::not_found());
                }
                let has_personal = entity.fields.iter().any(|f| f.personal && stored.row[f.key].is_string());
                let unmasked = full && has_personal && personal::may_see_personal(&caller, &stored);
                let sight = if unmasked { Sight::Full } else { Sight::Masked };
                let mut records = [personal::record(&caller, entity, &view, stored, sight)];
                list::resolve(s, &tenant, entity, &mut records).await?;
                let [mut record] = records;
                if full {
                    record.related = Some(list::related(s, &tenant, entity, &wanted).await?);
                }
                Ok((record, unmasked))
            })
        })
        .await?;
    if unmasked {
        audit_read(kit, ctx, entity, record.id.clone(), record.org.id.clone()).await?;
    }
    Ok(record)
}

/// The audit entry is written before the data leaves, outside any idempotency key: a read is no command.
async fn audit_read(
    kit: &Arc<Kit>,
    ctx: &Arc<OpContext>,
    entity: &'static Entity,
    id: String,
    org: String,
) -> Result<(), Problem> {
    let mut plain = (**ctx).clone();
    plain.idempotency_key = None;
    kit.command(&Arc::new(plain), "registry.personal_read", &(), move |mut work| {
        Box::pin(async move { audit::personal_read(&mut work, entity.table, &id, &org).await })
    })
    .await
}

/// What to save.
#[derive(Clone, Debug, Serialize)]
pub struct Save {
    /// Row to change; `None` makes a new one.
    pub id: Option<String>,
    /// Version that the caller saw.
    pub version: Option<i64>,
    /// Fields.
    pub input: RowMap,
}

/// Creates or changes a row as a command of its own.
///
/// # Errors
/// 403, 404, 412, or 422 with everything that is wrong.
pub async fn save(
    kit: &Arc<Kit>,
    ctx: &Arc<OpContext>,
    entity: &'static Entity,
    save: Save,
) -> Result<Written, Problem> {
    authorise_write(ctx, entity)?;
    let operation = if save.id.is_some() { "registry.update" } else { "registry.create" };
    let input = json!([entity.key, save]);
    let op = if save.id.is_some() { "updated" } else { "created" };
    kit.command(ctx, operation, &input, move |mut work| {
        Box::pin(async move { save_in(&mut work, entity, save, op, false).await })
    })
    .await
}

/// Whether the caller may write to the register at all.
///
/// # Errors
/// 403.
pub fn authorise_write(ctx: &OpContext, entity: &Entity) -> Result<(), Problem> {
    if ctx.may(Permission::RegistryWriteCity) || (entity.own_write && ctx.may(Permission::RegistryWriteOwn)) {
        return Ok(());
    }
    let needed = if entity.own_write { Permission::RegistryWriteOwn } else { Permission::RegistryWriteCity };
    Err(Problem::forbidden("ID-PERMISSION", [("permission", needed.as_str().to_owned())]))
}

/// Creates or changes a row within a command. `internal` lets the city profile set its own fields.
///
/// # Errors
/// As [`save`].
pub async fn save_in(
    work: &mut Work<'_>,
    entity: &'static Entity,
    save: Save,
    op: &'static str,
    internal: bool,
) -> Result<Written, Problem> {
    let tenant = work.tenant().to_owned();
    let city = city(&work.kit)?;
    let mut input = save.input;
    let current = match &save.id {
        None => None,
        Some(id) => {
            let stored = store::by_id(work.tx, &tenant, entity, id).await?.ok_or_else(Problem::not_found)?;
            if !personal::may_write(&work.ctx, entity, &stored.owner_id) {
                return Err(unreachable(&work.ctx, entity, &stored));
            }
            if save.version.is_some_and(|v| v != stored.version) {
                return Err(Problem::stale(stored.version));
            }
            if !stored.active() {
                return Err(Problem::field("/status", rules::NOT_ACTIVE, []));
            }
            Some(stored)
        }
    };
    let mut found = Vec::new();
    filing::prepare(&work.ctx, entity, current.as_ref().map(|c| &c.row), &mut input, &mut found);
    keep_unchanged(entity, current.as_ref().map(|c| &c.row), &mut input, internal, &mut found);
    if entity.field(filing::FILED_LINES).is_some() {
        // Checked when it was filed; the catalogue may have changed since.
        input.remove(filing::FILED_LINES);
    }
    if let (None, Owner::Org(column), false) = (&current, entity.owner, internal) {
        // An enterprise need not name itself.
        if !input.contains_key(column) && !work.ctx.may(Permission::RegistryWriteCity) {
            input.insert(column.to_owned(), work.ctx.acting_org().into());
        }
    }
    let (mut row, wrong) = check::row(entity, &input, &city);
    found.extend(wrong);
    if let Some(stored) = &current {
        for field in entity.fields.iter().filter(|f| f.fixed) {
            if row.get(field.key).is_some_and(|v| *v != stored.row[field.key]) {
                found
                    .push(Violation::error(rules::FIXED, format!("/{}", field.key)).with("field", field.key));
            }
        }
    }
    if !found.is_empty() {
        return Err(validation(found));
    }
    filing::settle(&work.ctx, entity, current.as_ref().map(|c| &c.row), &mut row);
    let owner = refs::references(work.tx, &tenant, entity, &row, &mut found).await?;
    if !found.is_empty() {
        return Err(validation(found));
    }
    let id = current.as_ref().map_or_else(|| work.id(), |c| c.id.clone());
    let org_id = owner.unwrap_or_else(|| id.clone());
    if !personal::may_write(&work.ctx, entity, &org_id) {
        let at = entity.fields.first().map_or("", |f| f.key);
        return Err(validation(vec![
            Violation::error(rules::REF_MISSING, format!("/{at}")).with("field", at),
        ]));
    }
    refs::unique(work.tx, &tenant, entity, &row, &id, &mut found).await?;
    if !found.is_empty() {
        return Err(validation(found));
    }
    let version = current.as_ref().map_or(1, |c| c.version + 1);
    lines::number(entity, current.as_ref().map(|c| &c.row), version, &mut row, &mut found);
    if !found.is_empty() {
        return Err(validation(found));
    }
    if current.as_ref().is_some_and(|c| c.row == row) {
        // Nothing changed: no event, the version stays.
        return Ok(Written { id, version: current.map_or(1, |c| c.version) });
    }
    project::emit_saved(
        work,
        Saved { entity, id: &id, version, status: "active", op, reason: None, org_id: &org_id, row: &row },
    )
    .await?;
    Ok(Written { id, version })
}

/// 403 when the row is visible to the caller but not writable, else 404.
pub(super) fn unreachable(ctx: &OpContext, entity: &Entity, stored: &store::Stored) -> Problem {
    match personal::view(ctx, entity) {
        Ok(view) if view.directory || personal::covers(&view, stored) => Problem::forbidden(
            "ID-PERMISSION",
            [("permission", Permission::RegistryWriteOwn.as_str().to_owned())],
        ),
        _ => Problem::not_found(),
    }
}

/// Fields wrong: 422 `validation_failed`.
pub fn validation(found: Vec<Violation>) -> Problem {
    Problem { code: crate::kit::Code::ValidationFailed, ..Problem::violations(found) }
}

/// A form shows personal fields masked: what comes back masked, or does not come back, stays as it was.
/// Fixed fields may be left out. Internal ones belong to the city profile and may only come back unchanged.
fn keep_unchanged(
    entity: &Entity,
    old: Option<&RowMap>,
    input: &mut RowMap,
    internal: bool,
    found: &mut Vec<Violation>,
) {
    for field in entity.fields {
        let stored = old.and_then(|row| row.get(field.key)).unwrap_or(&Value::Null);
        match input.get(field.key) {
            None if old.is_some() && (field.personal || field.fixed || field.internal) => {}
            Some(Value::String(text)) if field.personal => {
                if stored.as_str().is_none_or(|o| *text != personal::mask(field.key, o)) {
                    continue;
                }
            }
            Some(given) if field.internal && !internal => {
                if given != stored && !given.is_null() {
                    found.push(
                        Violation::error(rules::INTERNAL, format!("/{}", field.key)).with("field", field.key),
                    );
                }
            }
            _ => continue,
        }
        input.insert(field.key.to_owned(), stored.clone());
    }
}
