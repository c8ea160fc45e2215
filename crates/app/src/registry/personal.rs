//! Who sees which fields of a row, and how a stored row becomes a [`Record`]. Personal fields are whole only
//! for a single row that the caller may see unmasked; lists always mask telephone and certificate numbers.

use std::collections::BTreeMap;

use domain::access::Permission;
use domain::time::format_instant;
use serde_json::Value;

use super::check::RowMap;
use super::entity::Entity;
use super::model::{Named, Record};
use super::store::Stored;
use crate::kit::{OpContext, Problem, Reach};

/// How much of a row's personal data is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sight {
    /// All of it.
    Full,
    /// Names only: a list of the own organisation.
    Names,
    /// None.
    Masked,
}

/// What the caller may read of a register.
#[derive(Clone, Debug)]
pub struct View {
    /// Rows that are read with all fields.
    pub full: Option<Reach>,
    /// The public fields of every row are readable.
    pub directory: bool,
}

/// Asks for the right to read a register.
///
/// # Errors
/// 403 when the caller may read nothing of it.
pub fn view(ctx: &OpContext, entity: &Entity) -> Result<View, Problem> {
    let full = ctx.require(Permission::RegistryRead);
    let directory = entity.directory && ctx.may(Permission::DirectoryRead);
    match full {
        Ok(reach) => Ok(View { full: Some(reach), directory }),
        Err(_) if directory => Ok(View { full: None, directory }),
        Err(problem) => Err(problem),
    }
}

/// Whether a row is readable with all its fields.
pub fn covers(view: &View, stored: &Stored) -> bool {
    view.full.as_ref().is_some_and(|r| r.covers(&stored.owner_id, Some(&stored.owner_town)))
}

/// Whether the caller may change rows of this owner.
pub fn may_write(ctx: &OpContext, entity: &Entity, owner_id: &str) -> bool {
    if matches!(ctx.require(Permission::RegistryWriteCity), Ok(Reach::City)) {
        return true;
    }
    entity.own_write && ctx.require(Permission::RegistryWriteOwn).is_ok_and(|r| r.covers(owner_id, None))
}

/// Whether the caller may see the personal data of a single row: its own organisation's people, or under the
/// permission with a stated purpose.
pub fn may_see_personal(ctx: &OpContext, stored: &Stored) -> bool {
    may_see_people_of(ctx, &stored.owner_id, Some(&stored.owner_town))
}

/// The same for a person of an organisation, whichever context holds the row. Who shows it writes an audit entry.
pub fn may_see_people_of(ctx: &OpContext, org_id: &str, town: Option<&str>) -> bool {
    if ctx.acting_for.is_none() && ctx.org_id == org_id {
        return true;
    }
    let purpose = ctx.purpose.as_deref().is_some_and(|p| !p.trim().is_empty());
    purpose && ctx.require(Permission::PersonalRead).is_ok_and(|r| r.covers(org_id, town))
}

/// How a list shows personal data of a row.
pub fn list_sight(ctx: &OpContext, stored: &Stored) -> Sight {
    if ctx.acting_for.is_none() && ctx.org_id == stored.owner_id { Sight::Names } else { Sight::Masked }
}

/// A masked value: the first character of a name, the last four of a number.
pub fn mask(key: &str, value: &str) -> String {
    let chars: Vec<char> = value.chars().collect();
    if key.ends_with("name") {
        return chars.first().map(|c| format!("{c}**")).unwrap_or_default();
    }
    let tail: String =
        if chars.len() > 7 { chars[chars.len() - 4..].iter().collect() } else { String::new() };
    format!("****{tail}")
}

/// The row with personal fields masked as `sight` says, and the keys of those masked.
pub fn masked(entity: &Entity, row: &RowMap, sight: Sight) -> (RowMap, Vec<String>) {
    let mut out = row.clone();
    let mut hidden = Vec::new();
    for field in entity.fields.iter().filter(|f| f.personal) {
        let shown = sight == Sight::Full || (sight == Sight::Names && field.key.ends_with("name"));
        if let (false, Some(Value::String(value))) = (shown, row.get(field.key)) {
            out.insert(field.key.to_owned(), mask(field.key, value).into());
            hidden.push(field.key.to_owned());
        }
    }
    (out, hidden)
}

/// A stored row as it is sent. Rows outside the full view keep their public fields only.
pub fn record(ctx: &OpContext, entity: &Entity, view: &View, stored: Stored, sight: Sight) -> Record {
    let full = covers(view, &stored);
    let (mut row, hidden) = masked(entity, &stored.row, if full { sight } else { Sight::Masked });
    if !full {
        row.retain(|key, _| entity.field(key).is_some_and(|f| f.public));
    }
    let hidden = hidden.into_iter().filter(|key| row.contains_key(key)).collect();
    let can_write = may_write(ctx, entity, &stored.owner_id);
    Record {
        title: title(entity, &row),
        can_write,
        id: stored.id,
        version: stored.version,
        status: stored.status,
        updated_at: format_instant(stored.updated_at),
        org: Named { id: stored.owner_id, name: stored.owner_name },
        row,
        refs: BTreeMap::new(),
        masked: hidden,
        related: None,
    }
}

fn title(entity: &Entity, row: &RowMap) -> String {
    let text = |key: &str| match row.get(key) {
        Some(Value::String(s)) => s.clone(),
        Some(Value::Number(n)) => n.to_string(),
        _ => String::new(),
    };
    match entity.key {
        "facilities" => format!("{} {}", text("code"), text("name")),
        _ => text(entity.title),
    }
}
