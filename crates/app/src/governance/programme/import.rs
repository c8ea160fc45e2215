//! The four lists from a workbook or CSV: all rows or none. Every row goes through the same saving as the page; what it
//! refuses is told with row and column. Rows with the same code are one item with several values.

use std::sync::{Arc, Mutex, PoisonError};

use db::{Sql, params};
use domain::access::Permission;
use domain::programme::{Bound, List, Rhythm};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::edit::{ItemBody, ShareBody, save_in};
use super::export::{COLUMNS, SHOWN, title, word};
use super::list::Scene;
use super::plan::measures;
use super::rules;
use super::store::{self, Names};
use crate::kit::{Code, FieldProblem, Kit, Lang, OpContext, Problem, Work, audit, hex};
use crate::registry::rules as register_rules;
use crate::registry::table::import::ImportReport;
use crate::registry::table::read::{MAX_ERRORS, MAX_ROWS, place_of, refuse, sheet};

/// A cell with its column.
type Cells = Vec<(&'static str, String)>;

/// An item as a file describes it.
struct Draft {
    /// Row numbers: the first describes the item, each may hold a value.
    numbers: Vec<u32>,
    cells: Cells,
    /// Row number and cells of each value.
    values: Vec<(u32, Cells)>,
}

/// Columns that make a value of the breakdown.
const VALUE: [&str; 3] = ["year", "town", "value"];

/// Imports a file; a dry run tells what would happen and changes nothing.
///
/// # Errors
/// 403 without the right to change the lists; 422 with row and column of everything that is wrong.
pub async fn import(
    kit: &Arc<Kit>,
    ctx: &Arc<OpContext>,
    bytes: Vec<u8>,
    dry_run: bool,
) -> Result<ImportReport, Problem> {
    ctx.require(Permission::ProgrammeWrite)?;
    let input = json!(["programme", hex(&Sha256::digest(&bytes)), dry_run]);
    let drafts = tokio::task::spawn_blocking(move || read(&bytes)).await.map_err(|error| {
        tracing::error!(%error, "reading a table was interrupted");
        Problem::internal()
    })??;
    let scene = Scene::of(kit)?;
    if !dry_run {
        return kit
            .command(ctx, "programme.import", &input, move |mut work| {
                Box::pin(async move {
                    let report = write(&mut work, &scene, drafts).await?;
                    let entry =
                        audit::Entry::new("audit.imported", super::SUBJECT, "programme").with(json!({
                            "register": "programme", "rows": report.rows,
                            "created": report.created, "updated": report.updated,
                        }));
                    audit::record(&mut work, entry).await?;
                    Ok(report)
                })
            })
            .await;
    }
    // A dry run does everything and is then refused, so that the transaction rolls it back.
    let result: Arc<Mutex<Option<ImportReport>>> = Arc::default();
    let kept = Arc::clone(&result);
    let plain = Arc::new(OpContext { idempotency_key: None, ..(**ctx).clone() });
    let outcome: Result<ImportReport, Problem> = kit
        .command(&plain, "programme.import", &input, move |mut work| {
            Box::pin(async move {
                let report = write(&mut work, &scene, drafts).await?;
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

/// The table as drafts; rows with the same code together.
fn read(bytes: &[u8]) -> Result<(Vec<Draft>, i64), Problem> {
    let sheet = sheet(bytes)?;
    if sheet.rows.is_empty() {
        return Err(Problem::field("", register_rules::EMPTY, []));
    }
    if sheet.rows.len() > MAX_ROWS {
        return Err(Problem::field("", register_rules::LIMIT, [("limit", MAX_ROWS.to_string())]));
    }
    let mut found = Vec::new();
    let mut placed: Vec<(usize, &'static str)> = Vec::new();
    for (index, name) in sheet.header.iter().enumerate().filter(|(_, t)| !t.is_empty()) {
        let wanted = name.trim().trim_end_matches(['*', '＊']).trim();
        let called = |key: &str| key == wanted || Lang::ALL.iter().any(|l| title(key, *l) == wanted);
        if let Some((key, _)) = COLUMNS.iter().find(|(key, _)| called(key)) {
            placed.push((index, *key));
        } else if !SHOWN.iter().any(|(key, _)| called(key)) {
            let shown: String = name.chars().take(60).collect();
            let params = vec![("value", shown.clone())];
            found.push(place_of(sheet.header_row, &shown, register_rules::COLUMN_UNKNOWN, params));
        }
    }
    for key in ["list", "clause", "title_zh"] {
        if !placed.iter().any(|(_, k)| *k == key) {
            let params = vec![("zh", title(key, Lang::Zh)), ("en", title(key, Lang::En))];
            found.push(place_of(sheet.header_row, key, register_rules::COLUMN_MISSING, params));
        }
    }
    if !found.is_empty() {
        return Err(refuse(found));
    }
    let mut drafts: Vec<Draft> = Vec::new();
    for raw in &sheet.rows {
        let cell = |index: usize| raw.cells.get(index).map(|c| c.trim().to_owned()).unwrap_or_default();
        let all: Cells = placed.iter().map(|(index, key)| (*key, cell(*index))).collect();
        let (value, cells): (Cells, Cells) = all.into_iter().partition(|(key, _)| VALUE.contains(key));
        let values =
            if value.iter().all(|(_, c)| c.is_empty()) { Vec::new() } else { vec![(raw.number, value)] };
        let code = of(&cells, "code");
        let earlier = drafts.iter_mut().find(|d| !code.is_empty() && of(&d.cells, "code") == code);
        match earlier {
            None => drafts.push(Draft { numbers: vec![raw.number], cells, values }),
            Some(first) => {
                let row = first.numbers.first().copied().unwrap_or_default().to_string();
                let other = first.cells.iter().zip(&cells).find(|(a, b)| a != b && !b.1.is_empty());
                if let Some(((key, _), _)) = other {
                    let column = title(key, Lang::Zh);
                    found.push(place_of(
                        raw.number,
                        key,
                        rules::ROWS,
                        vec![("row", row), ("column", column)],
                    ));
                } else {
                    first.numbers.push(raw.number);
                    first.values.extend(values);
                }
            }
        }
        if found.len() > MAX_ERRORS {
            break;
        }
    }
    if !found.is_empty() {
        return Err(refuse(found));
    }
    Ok((drafts, i64::try_from(sheet.rows.len()).unwrap_or(i64::MAX)))
}

fn of(cells: &Cells, key: &str) -> String {
    cells.iter().find(|(k, _)| *k == key).map(|(_, c)| c.clone()).unwrap_or_default()
}

async fn write(
    work: &mut Work<'_>,
    scene: &Scene,
    (drafts, rows): (Vec<Draft>, i64),
) -> Result<ImportReport, Problem> {
    let tenant = work.tenant().to_owned();
    let names = store::names(work.tx, &tenant, &scene.profile).await?;
    let mut report = ImportReport { rows, ..ImportReport::default() };
    let mut found: Vec<FieldProblem> = Vec::new();
    for draft in drafts {
        let before = by_code(work, &tenant, &of(&draft.cells, "code")).await?;
        let (body, wrong) = body(&draft, before.as_ref().map(|b| b.2.clone()), &names);
        let numbers = draft.numbers.clone();
        let values: Vec<u32> = draft.values.iter().map(|(row, _)| *row).collect();
        if !wrong.is_empty() {
            found.extend(wrong);
            continue;
        }
        let target = before.as_ref().map(|(id, version, _)| (id.clone(), *version));
        match (save_in(work, scene, &names, target, body).await, &before) {
            (Ok(_), None) => report.created += 1,
            (Ok(written), Some((_, version, _))) if written.version == *version => report.unchanged += 1,
            (Ok(_), Some(_)) => report.updated += 1,
            // A database that fails is no error of the file.
            (Err(problem), _) if problem.errors.is_empty() => return Err(problem),
            (Err(problem), _) => {
                found.extend(problem.errors.into_iter().map(|e| relocate(&numbers, &values, e)));
            }
        }
        if found.len() > MAX_ERRORS {
            break;
        }
    }
    if found.is_empty() { Ok(report) } else { Err(refuse(found)) }
}

async fn by_code(
    work: &mut Work<'_>,
    tenant: &str,
    code: &str,
) -> Result<Option<(String, i64, ItemBody)>, Problem> {
    if code.is_empty() {
        return Ok(None);
    }
    let row = work
        .tx
        .query_opt("select id from programme_item where tenant_id = $1 and code = $2", &params![tenant, code])
        .await?;
    let Some(row) = row else { return Ok(None) };
    let id: String = row.get("id")?;
    let stored = store::by_id(work.tx, tenant, &id).await?.ok_or_else(Problem::internal)?;
    Ok(Some((stored.id, stored.version, ItemBody::from(stored.item))))
}

/// The item that a draft describes: what the file has no column for stays as it was.
fn body(draft: &Draft, before: Option<ItemBody>, names: &Names) -> (ItemBody, Vec<FieldProblem>) {
    let number = draft.numbers.first().copied().unwrap_or_default();
    let mut found = Vec::new();
    let mut body = before.unwrap_or_default();
    for (key, cell) in &draft.cells {
        let text = cell.clone();
        let some = || Some(text.clone()).filter(|t| !t.is_empty());
        let items =
            || cell.split(['、', ',', '，', ';', '；', '\n']).map(str::trim).filter(|s| !s.is_empty());
        match *key {
            "code" => body.code = some(),
            "list" => body.list = stored("list", cell, List::ALL.iter().map(|l| l.as_str())),
            "clause" => body.clause = text.clone(),
            "title_zh" => body.title.zh = text.clone(),
            "title_en" => body.title.en = text.clone(),
            "detail_zh" => body.detail.zh = text.clone(),
            "detail_en" => body.detail.en = text.clone(),
            "lead" => body.lead = some(),
            "joint" => body.joint = items().map(str::to_owned).collect(),
            "towns" => {
                body.all_towns = stored("towns", cell, ["all"].into_iter()) == "all";
                body.towns = if body.all_towns {
                    Vec::new()
                } else {
                    items().map(|t| names.town(t).unwrap_or_else(|| t.to_owned())).collect()
                };
            }
            "starts_on" => body.starts_on = some(),
            "due_on" => body.due_on = some(),
            "rhythm" => {
                body.rhythm = some().map(|t| stored("rhythm", &t, Rhythm::ALL.iter().map(|r| r.as_str())));
            }
            "indicator" => body.indicator = some(),
            "unit" => {
                let called = |t: &String| measures().iter().find(|m| m.is_called(t));
                body.unit = some().map(|t| called(&t).map_or(t, |m| m.code.clone()));
            }
            "bound" => {
                body.bound = some().map(|t| stored("bound", &t, Bound::ALL.iter().map(|b| b.as_str())));
            }
            "total" => body.total = some(),
            "horizon" => body.horizon = whole(number, "horizon", cell, &mut found),
            _ => {}
        }
    }
    if !draft.values.is_empty() {
        body.shares = draft
            .values
            .iter()
            .map(|(row, cells)| {
                let town = of(cells, "town");
                ShareBody {
                    year: whole(*row, "year", &of(cells, "year"), &mut found),
                    town: Some(town).filter(|t| !t.is_empty()).map(|t| names.town(&t).unwrap_or(t)),
                    value: of(cells, "value"),
                }
            })
            .collect();
    }
    (body, found)
}

/// The stored word of a cell that has the word itself or its name in either language.
fn stored<'a>(group: &str, cell: &str, mut all: impl Iterator<Item = &'a str>) -> String {
    let called =
        |w: &str| w == cell || Lang::ALL.iter().any(|l| word(group, w, *l).eq_ignore_ascii_case(cell));
    all.find(|w| called(w)).map_or_else(|| cell.to_owned(), str::to_owned)
}

fn whole(row: u32, column: &str, cell: &str, found: &mut Vec<FieldProblem>) -> Option<i16> {
    if cell.is_empty() {
        return None;
    }
    let number = cell.parse().ok();
    if number.is_none() {
        let shown: String = cell.chars().take(40).collect();
        found.push(place_of(row, column, rules::NUMBER, vec![("value", shown)]));
    }
    number
}

/// Points an error of an item to the cell that it came from.
fn relocate(numbers: &[u32], values: &[u32], error: FieldProblem) -> FieldProblem {
    let first = numbers.first().copied().unwrap_or_default();
    let segments: Vec<&str> = error.path.split('/').skip(1).collect();
    let (row, column) = match segments.as_slice() {
        ["shares", index, field] => {
            let index: usize = index.parse().unwrap_or(0);
            (values.get(index).copied().unwrap_or(first), (*field).to_owned())
        }
        ["shares"] => (values.first().copied().unwrap_or(first), "value".to_owned()),
        [text @ ("title" | "detail"), lang] => {
            (first, format!("{text}_{}", if *lang == "en" { "en" } else { "zh" }))
        }
        [field, ..] => (first, (*field).to_owned()),
        [] => (first, "code".to_owned()),
    };
    FieldProblem { path: format!("/rows/{row}/columns/{column}"), ..error }
}
