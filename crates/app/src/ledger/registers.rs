//! The registers of HJ 1259-2022 (tables B.1 to B.5) as rows and as files, with the columns in the standard's
//! order. Names of people come from the events' personal data at reading, so that erasing them erases them here.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use db::{Row, Value};
use documents::table::{Cell as Field, Column as Heading, Kind, Sheet, TableError, write_csv, write_xlsx};
use domain::Grams;
use domain::access::Permission;
use domain::ledger::{Cell, Column, RegisterRow, Table};
use domain::time::Zone;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};

use super::entries::{handler_of, months, period};
use super::list::{choice, code_filter, within};
use super::{rules, tables};
use crate::kit::{
    Filter, Key, Kit, Lang, Listing, OpContext, Page, PageQuery, Problem, Total, audit, data, texts,
};

/// Scope of a register.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct RegisterQuery {
    /// Rows a page, 1 to 200; 50 when left out. Not for files.
    pub limit: Option<i64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// First month `YYYY-MM`.
    pub from: Option<String>,
    /// Last month `YYYY-MM`.
    pub to: Option<String>,
    /// Organisation.
    pub org_id: Option<String>,
    /// Site.
    pub site_id: Option<String>,
    /// Waste code, or category `HWnn`.
    pub waste_code: Option<String>,
    /// `json` (default), `xlsx`, `csv`.
    pub format: Option<String>,
}

/// A column of a register.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct RegisterColumn {
    /// Stable name.
    pub key: String,
    /// Heading in the caller's language.
    pub title: String,
}

/// A row of a register.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct RegisterLine {
    /// Key of the row.
    pub id: String,
    /// Journal position, for the proof.
    pub position: i64,
    /// Lot.
    pub lot_id: String,
    /// Grams.
    pub mass_g: i64,
    /// Whether the step was undone entirely.
    pub cancelled: bool,
    /// Cells in the order of the columns, in words.
    pub cells: Vec<String>,
}

/// A page of a register.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct RegisterPage {
    /// Title in the caller's language.
    pub title: String,
    /// Columns.
    pub columns: Vec<RegisterColumn>,
    /// Rows.
    pub items: Vec<RegisterLine>,
    /// Cursor of the next page; null on the last.
    pub next_cursor: Option<String>,
    /// All rows that match.
    pub total: Option<i64>,
    /// Counting ended at `total`: there are more.
    pub total_capped: bool,
}

/// A register as a page or a file.
pub enum Register {
    /// A page.
    Page(RegisterPage),
    /// A file.
    File {
        /// Content.
        bytes: Vec<u8>,
        /// MIME type.
        content_type: &'static str,
        /// Name to save it under.
        name: String,
    },
}

#[derive(Deserialize)]
struct Texts {
    tables: BTreeMap<String, BTreeMap<String, String>>,
    columns: BTreeMap<String, BTreeMap<String, String>>,
    headings: BTreeMap<String, BTreeMap<String, BTreeMap<String, String>>>,
}

static TEXTS: LazyLock<Texts> = LazyLock::new(|| data::json("texts/registers.json"));

fn title(table: Table, lang: Lang) -> String {
    TEXTS.tables.get(table.as_str()).and_then(|t| t.get(lang.tag())).cloned().unwrap_or_default()
}

/// The standard names the same column differently from table to table.
fn heading(table: Table, column: Column, lang: Lang) -> String {
    let own = TEXTS.headings.get(table.as_str()).and_then(|h| h.get(column.as_str()));
    let text = own.or_else(|| TEXTS.columns.get(column.as_str()));
    text.and_then(|t| t.get(lang.tag())).cloned().unwrap_or_else(|| column.as_str().to_owned())
}

/// Most rows of a file.
const MAX_ROWS: i64 = 50_000;

struct Line {
    id: String,
    at: i64,
    position: i64,
    lot_id: String,
    row: RegisterRow,
    handler: Option<String>,
}

/// A register of a period.
///
/// # Errors
/// 403 without the right; 404 for an unknown table; 422 for a scope that is not offered or too wide.
pub async fn register(
    kit: &Arc<Kit>,
    ctx: &Arc<OpContext>,
    table: &str,
    query: &RegisterQuery,
) -> Result<Register, Problem> {
    let table: Table = table.parse().map_err(|_| Problem::not_found())?;
    let file = match query.format.as_deref() {
        None | Some("json") => None,
        Some(format @ ("xlsx" | "csv")) => Some(format.to_owned()),
        Some(other) => return Err(choice("/format", other, "json, xlsx, csv")),
    };
    let reach = ctx.require(Permission::StockRead)?;
    if file.is_some() {
        ctx.require(Permission::ExportRun)?;
    }
    let period = period(query.from.as_deref(), query.to.as_deref())?;
    let page = PageQuery { limit: query.limit, cursor: query.cursor.clone(), sort: None, q: None };
    let (limit, after) = if file.is_some() { (MAX_ROWS, None) } else { (page.limit()?, page.after()?) };
    let mut filter = Filter::tenant("r.tenant_id", &ctx.tenant);
    filter.and("r.sheet = ?", [Value::from(table.as_str())]);
    filter.maybe("r.org_id = ?", query.org_id.as_deref()).maybe("r.site_id = ?", query.site_id.as_deref());
    let zone = &tables::settings(kit)?.zone;
    months(&mut filter, zone, ("r.month", "r.at"), Some(period.from), Some(period.until));
    code_filter(&mut filter, "r.waste_code", query.waste_code.as_deref())?;
    if after.as_ref().is_some_and(|(key, _)| !matches!(key, Key::Int(_))) {
        return Err(Problem::field("/cursor", "REQ-CURSOR", []));
    }
    let reader = Arc::clone(ctx);
    let (total, lines) = kit
        .db
        .read(move |s| {
            Box::pin(async move {
                within(s, &reader.tenant, &reach, &mut filter, "r.org_id", "r.site_id").await?;
                let listing = Listing {
                    columns: COLUMNS,
                    from: "from register_row r",
                    joins: JOINS,
                    order: "r.at",
                    descending: false,
                    indexed: true,
                    id: "r.id",
                    limit,
                };
                let (rows, total) = filter.read(s, &listing, after).await?;
                Ok::<_, Problem>((total, read(&reader, &rows)?))
            })
        })
        .await?;
    let settings = tables::settings(kit)?;
    match file {
        None => Ok(Register::Page(shown(ctx.lang, table, lines, limit, total, &settings.zone))),
        Some(format) => {
            if i64::try_from(lines.len()).unwrap_or(i64::MAX) > MAX_ROWS {
                return Err(Problem::field("/to", rules::TOO_MANY_ROWS, [("limit", MAX_ROWS.to_string())]));
            }
            audit_export(kit, ctx, table, lines.len()).await?;
            let sheet = sheet(ctx.lang, table, &lines, &settings.zone);
            let name = format!("{}-{}-{}.{format}", table.as_str(), period.from, period.until);
            write(kit.clock.now(), sheet, format, name).await
        }
    }
}

const COLUMNS: &str =
    "select r.id, r.at, r.position, r.org_id, r.lot_id, r.mass_g, r.content, p.value as handler";
const JOINS: &str = "left join personal_data p on p.tenant_id = r.tenant_id and p.position = r.position \
     and p.field = 'handler'";

fn read(ctx: &OpContext, rows: &[Row]) -> Result<Vec<Line>, Problem> {
    let mut lines = Vec::new();
    for row in rows {
        let content: String = row.get("content")?;
        let id: String = row.get("id")?;
        let stored: RegisterRow = serde_json::from_str(&content).map_err(|error| {
            tracing::error!(%error, id, "a register row is not readable");
            Problem::internal()
        })?;
        lines.push(Line {
            at: row.get("at")?,
            position: row.get("position")?,
            lot_id: row.get("lot_id")?,
            handler: handler_of(ctx, row, &row.get::<String>("org_id")?)?,
            // The column holds what later corrections left of it.
            row: RegisterRow { mass_g: row.get("mass_g")?, ..stored },
            id,
        });
    }
    Ok(lines)
}

fn shown(lang: Lang, table: Table, lines: Vec<Line>, limit: i64, total: Total, zone: &Zone) -> RegisterPage {
    let page = Page::cut(lines, limit, total, |l| (Key::Int(l.at), l.id.clone()));
    let columns = table.columns();
    RegisterPage {
        title: title(table, lang),
        columns: columns
            .iter()
            .map(|c| RegisterColumn { key: c.as_str().to_owned(), title: heading(table, *c, lang) })
            .collect(),
        items: page
            .items
            .iter()
            .map(|line| RegisterLine {
                id: line.id.clone(),
                position: line.position,
                lot_id: line.lot_id.clone(),
                mass_g: line.row.mass_g,
                cancelled: line.row.mass_g == 0,
                cells: columns.iter().map(|c| words(&field(line, *c, lang, zone))).collect(),
            })
            .collect(),
        next_cursor: page.next_cursor,
        total: page.total,
        total_capped: page.total_capped,
    }
}

fn words(field: &Field) -> String {
    match field {
        Field::Empty => String::new(),
        Field::Text(text) | Field::Decimal(text) | Field::Date(text) => text.clone(),
        Field::Integer(number) => number.to_string(),
        Field::Bool(value) => value.to_string(),
    }
}

fn field(line: &Line, column: Column, lang: Lang, zone: &Zone) -> Field {
    match line.row.cell(column) {
        Cell::Empty => Field::Empty,
        Cell::Text(text) if text.is_empty() => Field::Empty,
        Cell::Text(text) => Field::Text(text),
        Cell::Word(word) => Field::Text(texts().word(word, lang).to_owned()),
        Cell::Tonnes(grams) => Field::Decimal(Grams(grams).to_tonnes()),
        Cell::Count(number) => Field::Integer(number),
        Cell::Instant(at) => Field::Date(zone.wall_clock(at)),
        Cell::Person(Column::Handler) => line.handler.clone().map_or(Field::Empty, Field::Text),
        Cell::Person(_) => Field::Empty,
    }
}

fn kind(column: Column) -> Kind {
    match column {
        Column::Mass => Kind::Decimal,
        Column::Count => Kind::Integer,
        Column::At | Column::FinishedAt => Kind::DateTime,
        _ => Kind::Text,
    }
}

fn sheet(lang: Lang, table: Table, lines: &[Line], zone: &Zone) -> Sheet {
    let columns = table.columns();
    Sheet {
        name: title(table, lang),
        columns: columns
            .iter()
            .map(|c| Heading { key: c.as_str().to_owned(), title: heading(table, *c, lang), kind: kind(*c) })
            .collect(),
        rows: lines.iter().map(|l| columns.iter().map(|c| field(l, *c, lang, zone)).collect()).collect(),
    }
}

async fn write(now: i64, sheet: Sheet, format: String, name: String) -> Result<Register, Problem> {
    let written = tokio::task::spawn_blocking(move || -> Result<Register, TableError> {
        Ok(if format == "xlsx" {
            let content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
            Register::File { bytes: write_xlsx(&[sheet], now)?, content_type, name }
        } else {
            Register::File { bytes: write_csv(&sheet)?, content_type: "text/csv; charset=utf-8", name }
        })
    });
    written
        .await
        .map_err(|error| tracing::error!(%error, "writing a register was interrupted"))
        .and_then(|made| made.map_err(|error| tracing::error!(%error, "a register could not be written")))
        .map_err(|()| Problem::internal())
}

async fn audit_export(
    kit: &Arc<Kit>,
    ctx: &Arc<OpContext>,
    table: Table,
    rows: usize,
) -> Result<(), Problem> {
    let plain = Arc::new(OpContext { idempotency_key: None, ..OpContext::clone(ctx) });
    kit.command(&plain, "ledger.export", &(), move |mut work| {
        Box::pin(async move {
            let purpose = work.ctx.purpose.clone();
            let detail = json!({"register": table.as_str(), "rows": rows, "purpose": purpose});
            let entry = audit::Entry::new("audit.exported", "register", table.as_str()).with(detail);
            audit::record(&mut work, entry).await.map(drop)
        })
    })
    .await
}
