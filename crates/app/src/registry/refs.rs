//! Checks against other rows, inside the transaction that writes: what a row refers to exists and is active,
//! and what must be unique is.

use db::Sql;
use domain::problem::Violation;
use serde_json::Value;

use super::check::RowMap;
use super::entity::{Entity, Field, Kind, Owner};
use super::{personal, rules, store};
use crate::kit::Problem;

/// Checks that what the row refers to exists and is active; answers the owning organisation.
pub async fn references(
    s: &mut dyn Sql,
    tenant: &str,
    entity: &Entity,
    row: &RowMap,
    found: &mut Vec<Violation>,
) -> Result<Option<String>, Problem> {
    let mut owner = None;
    for field in entity.fields {
        match field.kind {
            Kind::Ref(target) => {
                let Some(id) = row.get(field.key).and_then(Value::as_str) else { continue };
                let at = format!("/{}", field.key);
                let Some(stored) = reference(s, tenant, target, id, field, &at, found).await? else {
                    continue;
                };
                // A terminal reports for a vehicle of its own carrier only.
                if target == "vehicles" && stored.row.get("org_id") != row.get("org_id") {
                    found.push(Violation::error(rules::FOREIGN_VEHICLE, at.clone()));
                }
                match entity.owner {
                    Owner::Org(column) if column == field.key => owner = Some(stored.id),
                    Owner::Site if field.key == "site_id" => owner = Some(stored.owner_id),
                    _ => {}
                }
            }
            // What the house keeps was checked when it was said.
            Kind::Lines(_) if field.internal => {}
            Kind::Lines(inner) => {
                let lines =
                    row.get(field.key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
                for (index, line) in lines.iter().enumerate() {
                    for part in inner {
                        let Kind::Ref(target) = part.kind else { continue };
                        let Some(id) = line.get(part.key).and_then(Value::as_str) else { continue };
                        let at = format!("/{}/{index}/{}", field.key, part.key);
                        let stored = reference(s, tenant, target, id, part, &at, found).await?;
                        let site = row.get("site_id").unwrap_or(&Value::Null);
                        if stored.is_some_and(|f| f.row.get("site_id") != Some(site)) {
                            found.push(Violation::error(rules::FOREIGN_FACILITY, at));
                        }
                    }
                }
            }
            _ => {}
        }
    }
    Ok(owner)
}

async fn reference(
    s: &mut dyn Sql,
    tenant: &str,
    target: &str,
    id: &str,
    field: &Field,
    at: &str,
    found: &mut Vec<Violation>,
) -> Result<Option<store::Stored>, Problem> {
    let Some(entity) = Entity::of(target) else { return Err(Problem::internal()) };
    match store::by_id(s, tenant, entity, id).await? {
        None => {
            found.push(Violation::error(rules::REF_MISSING, at).with("field", field.key));
            Ok(None)
        }
        Some(stored) if !stored.active() => {
            let name = stored.text(entity.title).to_owned();
            found.push(Violation::error(rules::REF_INACTIVE, at).with("field", field.key).with("name", name));
            Ok(None)
        }
        Some(stored) => Ok(Some(stored)),
    }
}

/// Unique fields, and the natural key where all of it is public to the writer.
pub async fn unique(
    s: &mut dyn Sql,
    tenant: &str,
    entity: &Entity,
    row: &RowMap,
    id: &str,
    found: &mut Vec<Violation>,
) -> Result<(), Problem> {
    let mut sets: Vec<Vec<&Field>> = entity.fields.iter().filter(|f| f.unique).map(|f| vec![f]).collect();
    let natural: Vec<&Field> = entity.natural_key.iter().filter_map(|k| entity.field(k)).collect();
    if natural.len() > 1 {
        sets.push(natural);
    }
    for set in sets {
        let equal: Vec<(&Field, &Value)> =
            set.iter().filter_map(|f| row.get(f.key).filter(|v| !v.is_null()).map(|v| (*f, v))).collect();
        if equal.len() < set.len() {
            continue;
        }
        if store::by_fields(s, tenant, entity, &equal).await?.iter().any(|other| other.id != id)
            && let Some((field, value)) = equal.last()
        {
            let shown = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            let shown = if field.personal { personal::mask(field.key, &shown) } else { shown };
            found.push(
                Violation::error(rules::DUPLICATE, format!("/{}", field.key))
                    .with("field", field.key)
                    .with("value", shown),
            );
        }
    }
    Ok(())
}
