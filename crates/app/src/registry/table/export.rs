//! Export and template of a register as XLSX or CSV. Personal columns are whole only in the own
//! organisation's file; every export is an entry of the audit log.

use std::collections::BTreeMap;
use std::sync::Arc;

use documents::table::{Cell, Column, Kind as ColumnKind, Sheet, TableError, write_csv, write_xlsx};
use domain::Grams;
use domain::access::Permission;
use serde_json::{Value, json};

use super::{Source, TableColumn, columns, texts};
use crate::kit::{Kit, OpContext, Problem, audit};
use crate::registry::entity::{Entity, Field, Kind};
use crate::registry::list::{self, ListQuery};
use crate::registry::personal::{self, Sight};
use crate::registry::store::{self, Stored};
use crate::registry::{catalogue::catalogue, rules};

/// Most rows of an export.
pub const MAX_ROWS: i64 = 50_000;

/// A file to hand out.
pub struct TableFile {
    /// Content.
    pub bytes: Vec<u8>,
    /// MIME type.
    pub content_type: &'static str,
    /// Name.
    pub name: String,
}

/// File formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Excel workbook.
    Xlsx,
    /// Comma-separated, UTF-8 with byte-order mark.
    Csv,
}

impl Format {
    /// Reads the query parameter; XLSX when left out.
    ///
    /// # Errors
    /// `REG-209` for another word.
    pub fn of(word: Option<&str>) -> Result<Self, Problem> {
        match word.unwrap_or("xlsx") {
            "xlsx" => Ok(Self::Xlsx),
            "csv" => Ok(Self::Csv),
            other => Err(Problem::field(
                "/format",
                rules::FORMAT,
                [("value", other.chars().take(20).collect()), ("allowed", "xlsx, csv".to_owned())],
            )),
        }
    }
}

fn sheet(ctx: &OpContext, entity: &Entity, columns: &[TableColumn], rows: Vec<Vec<Cell>>) -> Sheet {
    let name = texts().get(entity.key).map_or(entity.key, |t| t.title.get(ctx.lang)).to_owned();
    let columns = columns
        .iter()
        .map(|c| Column { key: c.key.clone(), title: c.title(entity, ctx.lang), kind: c.kind() })
        .collect();
    Sheet { name, columns, rows }
}

fn file(now: i64, mut sheets: Vec<Sheet>, format: Format, stem: &str) -> Result<TableFile, Problem> {
    let written: Result<Vec<u8>, TableError> = match format {
        Format::Xlsx => write_xlsx(&sheets, now),
        Format::Csv => write_csv(&sheets.swap_remove(0)),
    };
    let bytes = written.map_err(|error| {
        tracing::error!(%error, "a table could not be written");
        Problem::internal()
    })?;
    let (content_type, ending) = match format {
        Format::Xlsx => ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"),
        Format::Csv => ("text/csv; charset=utf-8", "csv"),
    };
    Ok(TableFile { bytes, content_type, name: format!("{stem}.{ending}") })
}

/// The empty table for an import, with a second sheet (XLSX) of the words that list columns take.
///
/// # Errors
/// 403 without the right to import.
pub fn template(kit: &Kit, ctx: &OpContext, entity: &Entity, format: Format) -> Result<TableFile, Problem> {
    ctx.require(Permission::ImportRun)?;
    let columns: Vec<TableColumn> = columns(entity).into_iter().filter(|c| c.import).collect();
    let mut sheets = vec![sheet(ctx, entity, &columns, Vec::new())];
    let mut rows = Vec::new();
    for column in &columns {
        let (Source::Field(field) | Source::Line(field)) = column.source else { continue };
        if let Kind::Choice(list) | Kind::Choices(list) = field.kind {
            for choice in catalogue().list(list) {
                rows.push(vec![
                    Cell::Text(column.title(entity, ctx.lang)),
                    Cell::Text(choice.code.clone()),
                    Cell::Text(
                        if ctx.lang == crate::kit::Lang::Zh { &choice.zh } else { &choice.en }.clone(),
                    ),
                ]);
            }
        }
    }
    if !rows.is_empty() {
        let title = |key: &str| {
            texts().get("_help").and_then(|t| t.fields.get(key)).map_or(key, |w| w.get(ctx.lang)).to_owned()
        };
        let column = |key: &str| Column { key: key.to_owned(), title: title(key), kind: ColumnKind::Text };
        sheets.push(Sheet {
            name: texts().get("_help").map_or("help", |t| t.title.get(ctx.lang)).to_owned(),
            columns: vec![column("column"), column("code"), column("meaning")],
            rows,
        });
    }
    file(kit.clock.now(), sheets, format, &format!("{}-template", entity.key))
}

/// The rows of a list as a file.
///
/// # Errors
/// 403 without the right to read or export; 422 when there are too many rows.
pub async fn export(
    kit: &Arc<Kit>,
    ctx: &Arc<OpContext>,
    entity: &'static Entity,
    query: &ListQuery,
) -> Result<TableFile, Problem> {
    let format = Format::of(query.format.as_deref())?;
    let rows = list::all(kit, ctx, entity, query, MAX_ROWS).await?;
    if i64::try_from(rows.len()).unwrap_or(i64::MAX) > MAX_ROWS {
        return Err(Problem::field("", rules::LIMIT, [("limit", MAX_ROWS.to_string())]));
    }
    let names = Names::load(kit, ctx, &rows).await?;
    let columns = columns(entity);
    let mut cells = Vec::with_capacity(rows.len());
    for stored in &rows {
        let own = personal::may_see_personal(ctx, stored);
        let sight = if own { Sight::Full } else { Sight::Masked };
        let (row, _) = personal::masked(entity, &stored.row, sight);
        let lines = row.get("lines").and_then(Value::as_array).cloned().unwrap_or_default();
        let lines = if lines.is_empty() { vec![Value::Null] } else { lines };
        for line in &lines {
            cells.push(columns.iter().map(|c| names.cell(c, stored, &row, line)).collect());
        }
    }
    let count = rows.len();
    audit_export(kit, ctx, entity, count).await?;
    let sheet = sheet(ctx, entity, &columns, cells);
    let now = kit.clock.now();
    tokio::task::spawn_blocking(move || file(now, vec![sheet], format, entity.key)).await.map_err(
        |error| {
            tracing::error!(%error, "writing a table was interrupted");
            Problem::internal()
        },
    )?
}

async fn audit_export(
    kit: &Arc<Kit>,
    ctx: &Arc<OpContext>,
    entity: &'static Entity,
    rows: usize,
) -> Result<(), Problem> {
    let mut plain = (**ctx).clone();
    plain.idempotency_key = None;
    kit.command(&Arc::new(plain), "registry.export", &(), move |mut work| {
        Box::pin(async move {
            let purpose = work.ctx.purpose.clone();
            let entry = audit::Entry::new("audit.exported", entity.table, entity.key)
                .with(json!({"register": entity.key, "rows": rows, "purpose": purpose}));
            audit::record(&mut work, entry).await.map(drop)
        })
    })
    .await
}

/// Names and codes that cells need besides the row.
struct Names {
    codes: BTreeMap<String, String>,
    sites: BTreeMap<String, String>,
    facilities: BTreeMap<String, String>,
    plates: BTreeMap<String, String>,
}

impl Names {
    async fn load(kit: &Kit, ctx: &OpContext, rows: &[Stored]) -> Result<Self, Problem> {
        let mut orgs: Vec<String> = rows.iter().map(|r| r.owner_id.clone()).collect();
        orgs.extend(rows.iter().map(|r| r.text("receiver_org_id").to_owned()).filter(|id| !id.is_empty()));
        let mut sites: Vec<String> =
            rows.iter().map(|r| r.text("site_id").to_owned()).filter(|id| !id.is_empty()).collect();
        let lines = rows.iter().filter_map(|r| r.row.get("lines").and_then(Value::as_array)).flatten();
        let mut facilities: Vec<String> =
            lines.filter_map(|l| l.get("facility_id").and_then(Value::as_str)).map(str::to_owned).collect();
        let mut vehicles: Vec<String> =
            rows.iter().map(|r| r.text("vehicle_id").to_owned()).filter(|id| !id.is_empty()).collect();
        for ids in [&mut orgs, &mut sites, &mut facilities, &mut vehicles] {
            ids.sort_unstable();
            ids.dedup();
        }
        let tenant = ctx.tenant.clone();
        kit.db
            .read(move |s| {
                Box::pin(async move {
                    let codes = store::credit_codes(s, &tenant, &orgs).await?;
                    let site = Entity::of("sites").ok_or_else(Problem::internal)?;
                    let facility = Entity::of("facilities").ok_or_else(Problem::internal)?;
                    let sites = store::titles(s, &tenant, site, &sites).await?;
                    let vehicle = Entity::of("vehicles").ok_or_else(Problem::internal)?;
                    Ok(Self {
                        plates: store::titles(s, &tenant, vehicle, &vehicles).await?,
                        codes,
                        sites,
                        facilities: store::titles(s, &tenant, facility, &facilities).await?,
                    })
                })
            })
            .await
    }

    fn cell(
        &self,
        column: &TableColumn,
        stored: &Stored,
        row: &serde_json::Map<String, Value>,
        line: &Value,
    ) -> Cell {
        let code = |id: &str| self.codes.get(id).cloned().unwrap_or_default();
        match column.source {
            Source::Field(field) => value_cell(field, row.get(field.key).unwrap_or(&Value::Null)),
            Source::Line(field) => value_cell(field, line.get(field.key).unwrap_or(&Value::Null)),
            Source::LineFacility(field) => {
                let id = line.get(field.key).and_then(Value::as_str).unwrap_or_default();
                text(self.facilities.get(id).cloned().unwrap_or_default())
            }
            Source::OwnerCode => text(code(&stored.owner_id)),
            Source::OwnerName => text(stored.owner_name.clone()),
            Source::VehiclePlate(field) => {
                text(self.plates.get(stored.text(field.key)).cloned().unwrap_or_default())
            }
            Source::OrgCode(field) => text(code(stored.text(field.key))),
            Source::SiteName => text(self.sites.get(stored.text("site_id")).cloned().unwrap_or_default()),
            Source::Status => text(stored.status.clone()),
        }
    }
}

fn text(value: String) -> Cell {
    if value.is_empty() { Cell::Empty } else { Cell::Text(value) }
}

fn value_cell(field: &Field, value: &Value) -> Cell {
    match (field.kind, value) {
        (_, Value::Null) => Cell::Empty,
        (Kind::Mass, v) => v.as_i64().map_or(Cell::Empty, |g| Cell::Decimal(Grams(g).to_tonnes())),
        (Kind::Date, Value::String(day)) => Cell::Date(day.clone()),
        (_, Value::Number(n)) => n.as_i64().map_or(Cell::Empty, Cell::Integer),
        (_, Value::Bool(b)) => Cell::Bool(*b),
        (_, Value::Array(items)) => {
            text(items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", "))
        }
        (_, Value::String(s)) => text(s.clone()),
        (_, Value::Object(_)) => Cell::Empty,
    }
}
