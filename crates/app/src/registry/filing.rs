//! Filing of management plans in their register: which fields are the authority's, and how the domain's rule is
//! applied when a row is saved and when an event is projected. What counts is decided in [`domain::plan`].

use domain::access::Permission;
use domain::plan::{Filing, Kept, save};
use domain::problem::Violation;
use serde_json::Value;

use super::check::RowMap;
use super::entity::{Entity, Field};
use super::rules;
use crate::kit::{OpContext, Reach};

/// Field with the filing status.
const STATUS: &str = "status";
/// Field with the lines in force; the house keeps it.
pub const FILED_LINES: &str = "filed_lines";

/// Whether the caller is the authority: whoever writes the registers of the city or a town.
pub fn is_authority(ctx: &OpContext) -> bool {
    matches!(ctx.require(Permission::RegistryWriteCity), Ok(Reach::City | Reach::Town(_)))
}

/// Whether the register's rows are filed.
fn is_filed(entity: &Entity) -> bool {
    entity.field(FILED_LINES).is_some()
}

fn status_of(row: Option<&RowMap>) -> Filing {
    match row.and_then(|row| row.get(STATUS)).and_then(Value::as_str) {
        Some("filed") => Filing::Filed,
        _ => Filing::Draft,
    }
}

/// Before the fields are checked: what only the authority says may come back as it was, and is put in where it was
/// left out. The lines in force are no input.
pub fn prepare(
    ctx: &OpContext,
    entity: &Entity,
    stored: Option<&RowMap>,
    input: &mut RowMap,
    found: &mut Vec<Violation>,
) {
    if !is_filed(entity) {
        return;
    }
    let draft = Value::from("draft");
    let authority = is_authority(ctx);
    for field in entity.fields.iter().filter(|f| f.authority) {
        let fallback = if field.key == STATUS { &draft } else { &Value::Null };
        let before = stored.and_then(|row| row.get(field.key)).unwrap_or(fallback);
        let given = input.get(field.key).unwrap_or(&Value::Null);
        let empty = given.is_null() || given.as_str().is_some_and(|s| s.trim().is_empty());
        if authority {
            if field.key == STATUS && empty {
                input.insert(STATUS.to_owned(), before.clone());
            }
            continue;
        }
        // A firm may say that it drafts, which is all that it can do.
        if !empty && given != before && !(field.key == STATUS && *given == draft) {
            let at = format!("/{}", field.key);
            found.push(Violation::error(rules::AUTHORITY, at).with("field", field.key));
        }
        input.insert(field.key.to_owned(), before.clone());
    }
}

/// After the fields are checked: whether the row is filed, and which lines are in force.
pub fn settle(ctx: &OpContext, entity: &Entity, stored: Option<&RowMap>, row: &mut RowMap) {
    if !is_filed(entity) {
        return;
    }
    let lines = row.get("lines").cloned().unwrap_or_default();
    let before = stored.map(|old| Kept {
        filing: status_of(stored),
        filed: old.get(FILED_LINES).filter(|lines| !lines.is_null()).cloned(),
    });
    let kept = save(is_authority(ctx), status_of(Some(row)), &lines, before.as_ref());
    let word = if kept.filing == Filing::Filed { "filed" } else { "draft" };
    row.insert(STATUS.to_owned(), word.into());
    row.insert(FILED_LINES.to_owned(), kept.filed.unwrap_or_default());
}

/// The value of a field in an event. Events from before revisions were kept apart hold no lines in force: what was
/// filed then was in force.
pub fn projected<'a>(field: &Field, row: &'a RowMap) -> Option<&'a Value> {
    let value = row.get(field.key);
    if field.key == FILED_LINES && value.is_none() && status_of(Some(row)) == Filing::Filed {
        return row.get("lines");
    }
    value
}
