//! Import of a table into a register: all rows or none, in one command. Every row goes through the same
//! [`save_in`](crate::registry::service::save_in) as the API; what it refuses is told with row and column.

use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError};

use domain::access::Permission;
use domain::codes::PlateNumber;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use super::read::{self, Draft, Drafts, place_of};
use super::{FACILITY_CODE, PLATE, Source, columns};
use crate::kit::{Code, FieldProblem, FieldProblemBody, Kit, OpContext, Problem, Work, audit, hex};
use crate::registry::entity::{Entity, Field, Owner};
use crate::registry::service::{self, Save, save_in};
use crate::registry::{load, rules, store};

/// What an import did, or would do.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ImportReport {
    /// Rows of the table.
    pub rows: i64,
    /// Rows of the register that are new.
    pub created: i64,
    /// Rows that changed.
    pub updated: i64,
    /// Rows that were so already.
    pub unchanged: i64,
    /// Nothing was written.
    pub dry_run: bool,
}

/// The report with the list of errors that the interface promises (empty: errors make a problem).
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ImportAnswer {
    /// The report.
    #[serde(flatten)]
    pub report: ImportReport,
    /// Always empty in a success.
    pub errors: Vec<FieldProblemBody>,
}

/// Imports a file.
///
/// # Errors
/// 403 without the right; 422 with row and column of everything that is wrong, and nothing written.
pub async fn import(
    kit: &Arc<Kit>,
    ctx: &Arc<OpContext>,
    entity: &'static Entity,
    bytes: Vec<u8>,
    dry_run: bool,
) -> Result<ImportReport, Problem> {
    ctx.require(Permission::ImportRun)?;
    service::authorise_write(ctx, entity)?;
    let input = json!([entity.key, hex(&Sha256::digest(&bytes)), dry_run]);
    let drafts =
        tokio::task::spawn_blocking(move || read::read(entity, &bytes)).await.map_err(|error| {
            tracing::error!(%error, "reading a table was interrupted");
            Problem::internal()
        })??;
    if !dry_run {
        return kit
            .command(ctx, "registry.import", &input, move |mut work| {
                Box::pin(async move {
                    let report = write(&mut work, entity, drafts).await?;
                    let entry = audit::Entry::new("audit.imported", entity.table, entity.key)
                        .with(json!({"register": entity.key, "rows": report.rows, "created": report.created, "updated": report.updated}));
                    audit::record(&mut work, entry).await?;
                    Ok(report)
                })
            })
            .await;
    }
    // A dry run does everything and is then refused, so that the transaction rolls it back.
    let result: Arc<Mutex<Option<ImportReport>>> = Arc::default();
    let kept = Arc::clone(&result);
    let mut plain = (**ctx).clone();
    plain.idempotency_key = None;
    let outcome: Result<ImportReport, Problem> = kit
        .command(&Arc::new(plain), "registry.import", &input, move |mut work| {
            Box::pin(async move {
                let report = write(&mut work, entity, drafts).await?;
                *kept.lock().unwrap_or_else(PoisonError::into_inner) = Some(report);
                Err(Problem::new(Code::Conflict))
            })
        })
        .await;
    let report = result.lock().unwrap_or_else(PoisonError::into_inner).take();
    match (report, outcome) {
        (Some(report), _) => Ok(ImportReport { dry_run: true, ..report }),
        (None, Err(problem)) => Err(problem),
        (None, Ok(_)) => Err(Problem::internal()),
    }
}

async fn write(
    work: &mut Work<'_>,
    entity: &'static Entity,
    drafts: Drafts,
) -> Result<ImportReport, Problem> {
    let mut report =
        ImportReport { rows: i64::try_from(drafts.rows).unwrap_or(i64::MAX), ..ImportReport::default() };
    let mut found = Vec::new();
    for draft in drafts.drafts {
        match one(work, entity, draft, &drafts.given).await {
            Ok(Done::Created) => report.created += 1,
            Ok(Done::Updated) => report.updated += 1,
            Ok(Done::Unchanged) => report.unchanged += 1,
            // A database that fails is no error of the file.
            Err(Failed::House(problem)) => return Err(problem),
            Err(Failed::Row(errors)) => found.extend(errors),
        }
        if found.len() > read::MAX_ERRORS {
            break;
        }
    }
    if found.is_empty() { Ok(report) } else { Err(read::refuse(found)) }
}

enum Done {
    Created,
    Updated,
    Unchanged,
}

enum Failed {
    House(Problem),
    Row(Vec<FieldProblem>),
}

impl From<Problem> for Failed {
    fn from(problem: Problem) -> Self {
        Self::House(problem)
    }
}

async fn one(
    work: &mut Work<'_>,
    entity: &'static Entity,
    draft: Draft,
    given: &[&'static str],
) -> Result<Done, Failed> {
    let number = draft.numbers.first().copied().unwrap_or_default();
    let tenant = work.tenant().to_owned();
    let mut input = draft.row;
    owner(work, entity, number, &draft.owner_code, &draft.site_name, &mut input).await?;
    for (key, code) in &draft.org_codes {
        if code.is_empty() {
            continue;
        }
        let column = format!("{}_credit_code", key.trim_end_matches("_org_id"));
        let id = org(work, code).await?.ok_or_else(|| unknown(number, &column, code))?;
        input.insert((*key).to_owned(), id.into());
    }
    for (key, plate) in &draft.plates {
        if plate.is_empty() {
            continue;
        }
        let id = vehicle(work, plate).await?.ok_or_else(|| unknown(number, PLATE, plate))?;
        input.insert((*key).to_owned(), id.into());
    }
    if entity.field("lines").is_some() {
        let site = input.get("site_id").and_then(Value::as_str).unwrap_or_default().to_owned();
        let lines = facilities(work, &site, &draft.numbers, draft.lines).await?;
        input.insert("lines".to_owned(), Value::Array(lines));
    }
    let natural: Vec<(&Field, &Value)> = entity
        .natural_key
        .iter()
        .filter_map(|key| entity.field(key))
        .filter_map(|f| input.get(f.key).filter(|v| !v.is_null()).map(|v| (f, v)))
        .collect();
    // The key may be written in another way than it is stored; then the check of uniqueness speaks.
    let existing = if natural.len() == entity.natural_key.len() {
        let city = service::city(&work.kit)?;
        let (canonical, _) = crate::registry::check::row(entity, &input, &city);
        let equal: Vec<(&Field, &Value)> =
            natural.iter().map(|(f, v)| (*f, canonical.get(f.key).unwrap_or(v))).collect();
        store::by_fields(work.tx, &tenant, entity, &equal).await?.into_iter().next()
    } else {
        None
    };
    let (id, before) = match existing {
        None => (None, None),
        Some(stored) => {
            for field in entity.fields {
                if !given.contains(&field.key) && !input.contains_key(field.key) {
                    input.insert(field.key.to_owned(), stored.row[field.key].clone());
                }
            }
            (Some(stored.id), Some(stored.version))
        }
    };
    let save = Save { id, version: None, input };
    match save_in(work, entity, save, "imported", false).await {
        Ok(written) if before.is_none() => {
            let _ = written;
            Ok(Done::Created)
        }
        Ok(written) if before == Some(written.version) => Ok(Done::Unchanged),
        Ok(_) => Ok(Done::Updated),
        Err(problem) if problem.errors.is_empty() => Err(Failed::House(problem)),
        Err(problem) => {
            let errors = problem.errors.into_iter().map(|e| relocate(entity, &draft.numbers, e)).collect();
            Err(Failed::Row(errors))
        }
    }
}

fn unknown(number: u32, column: &str, code: &str) -> Failed {
    Failed::Row(vec![place_of(
        number,
        column,
        rules::OWNER_UNKNOWN,
        vec![("value", code.chars().take(60).collect())],
    )])
}

/// Puts the owner's id into the row: the organisation by its credit code (the caller's own when left out),
/// the site by its name.
async fn owner(
    work: &mut Work<'_>,
    entity: &'static Entity,
    number: u32,
    code: &str,
    site_name: &str,
    input: &mut serde_json::Map<String, Value>,
) -> Result<(), Failed> {
    let column = match entity.owner {
        Owner::Itself => return Ok(()),
        Owner::Org(column) => column,
        Owner::Site => "site_id",
    };
    let org_id = if code.is_empty() {
        if work.ctx.may(Permission::RegistryWriteCity) {
            return Err(unknown(number, "owner_credit_code", code));
        }
        work.ctx.acting_org().to_owned()
    } else {
        org(work, code).await?.ok_or_else(|| unknown(number, "owner_credit_code", code))?
    };
    let id = if entity.owner == Owner::Site {
        let sites = Entity::of("sites").ok_or_else(Problem::internal)?;
        let (Some(org_field), Some(name)) = (sites.field("org_id"), sites.field("name")) else {
            return Err(Failed::House(Problem::internal()));
        };
        let (org_value, name_value) = (Value::from(org_id), Value::from(site_name));
        let equal = [(org_field, &org_value), (name, &name_value)];
        let tenant = work.tenant().to_owned();
        let found = store::by_fields(work.tx, &tenant, sites, &equal).await?;
        found.into_iter().next().map(|s| s.id).ok_or_else(|| unknown(number, "site_name", site_name))?
    } else {
        org_id
    };
    input.insert(column.to_owned(), id.into());
    Ok(())
}

/// Puts the ids of facilities into lines that name them by code.
async fn facilities(
    work: &mut Work<'_>,
    site_id: &str,
    numbers: &[u32],
    mut lines: Vec<Value>,
) -> Result<Vec<Value>, Failed> {
    let tenant = work.tenant().to_owned();
    for (index, line) in lines.iter_mut().enumerate() {
        let Some(line) = line.as_object_mut() else { continue };
        let Some(Value::String(code)) = line.remove(FACILITY_CODE) else { continue };
        let found =
            load::facilities_of(work.tx, &tenant, site_id).await?.into_iter().find(|f| f.code == code);
        let number = numbers.get(index).copied().unwrap_or_default();
        let id = found.map(|f| f.id).ok_or_else(|| unknown(number, FACILITY_CODE, &code))?;
        line.insert("facility_id".to_owned(), id.into());
    }
    Ok(lines)
}

async fn org(work: &mut Work<'_>, code: &str) -> Result<Option<String>, Problem> {
    let orgs = Entity::of("orgs").ok_or_else(Problem::internal)?;
    let field = orgs.field("credit_code").ok_or_else(Problem::internal)?;
    let tenant = work.tenant().to_owned();
    let found = store::by_fields(work.tx, &tenant, orgs, &[(field, &Value::from(code))]).await?;
    Ok(found.into_iter().next().map(|o| o.id))
}

async fn vehicle(work: &mut Work<'_>, plate: &str) -> Result<Option<String>, Problem> {
    let vehicles = Entity::of("vehicles").ok_or_else(Problem::internal)?;
    let field = vehicles.field("plate").ok_or_else(Problem::internal)?;
    let tenant = work.tenant().to_owned();
    let written = PlateNumber::from_str(plate).map_or_else(|_| plate.to_owned(), |p| p.to_string());
    let found = store::by_fields(work.tx, &tenant, vehicles, &[(field, &Value::from(written))]).await?;
    Ok(found.into_iter().next().map(|v| v.id))
}

/// Points an error of a row to the cell that it came from.
fn relocate(entity: &'static Entity, numbers: &[u32], error: FieldProblem) -> FieldProblem {
    let segments: Vec<&str> = error.path.split('/').skip(1).collect();
    let (index, field) = match segments.as_slice() {
        ["lines", index, field, ..] => (index.parse().unwrap_or(0), *field),
        ["lines", index] => (index.parse().unwrap_or(0), "lines"),
        [field, ..] => (0, *field),
        [] => (0, ""),
    };
    let row = numbers.get(index).or_else(|| numbers.first()).copied().unwrap_or_default();
    let column = columns(entity)
        .into_iter()
        .find(|c| match c.source {
            Source::Field(f)
            | Source::Line(f)
            | Source::LineFacility(f)
            | Source::OrgCode(f)
            | Source::VehiclePlate(f) => f.key == field,
            Source::OwnerCode => matches!(entity.owner, Owner::Org(name) if name == field),
            Source::SiteName => field == "site_id",
            _ => false,
        })
        .map_or_else(|| field.to_owned(), |c| c.key);
    FieldProblem { path: format!("/rows/{row}/columns/{column}"), ..error }
}
