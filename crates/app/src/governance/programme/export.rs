//! The lists as a workbook, in the columns that the import reads, and with what people want to see besides. Every
//! export is in the audit log.

use std::sync::Arc;

use db::DbError;
use documents::table::{Cell, Column, Kind, Sheet, write_xlsx};
use domain::access::Permission;
use domain::programme::Item;
use serde_json::json;

use super::list::{ItemQuery, Scene, gather};
use super::model::{Frame, ItemSummary, text_of, unit_word};
use super::rules;
use super::store::Stored;
use crate::kit::{Kit, Lang, OpContext, Problem, audit, texts};

/// Most rows of a file.
const MOST: usize = 10_000;

/// Columns that the import reads, with the kind of their cells.
pub(super) const COLUMNS: [(&str, Kind); 21] = [
    ("code", Kind::Text),
    ("list", Kind::Text),
    ("clause", Kind::Text),
    ("title_zh", Kind::Text),
    ("title_en", Kind::Text),
    ("detail_zh", Kind::Text),
    ("detail_en", Kind::Text),
    ("lead", Kind::Text),
    ("joint", Kind::Text),
    ("towns", Kind::Text),
    ("starts_on", Kind::Date),
    ("due_on", Kind::Date),
    ("rhythm", Kind::Text),
    ("indicator", Kind::Text),
    ("unit", Kind::Text),
    ("bound", Kind::Text),
    ("total", Kind::Decimal),
    ("horizon", Kind::Integer),
    ("year", Kind::Integer),
    ("town", Kind::Text),
    ("value", Kind::Decimal),
];

/// Columns for people only.
pub(super) const SHOWN: [(&str, Kind); 5] = [
    ("light", Kind::Text),
    ("reason", Kind::Text),
    ("percent", Kind::Integer),
    ("state", Kind::Text),
    ("reported_on", Kind::Date),
];

/// Title of a column in a language.
pub(super) fn title(key: &str, lang: Lang) -> String {
    texts().word(&format!("column.programme.{key}"), lang).to_owned()
}

/// Word of a stored value of the programme in a language.
pub(super) fn word(group: &str, value: &str, lang: Lang) -> String {
    texts().word(&format!("programme.{group}.{value}"), lang).to_owned()
}

/// The rows of the lists as a workbook, with its name.
///
/// # Errors
/// 403 without the right to read or export; 422 when there are too many rows.
pub async fn export(
    kit: &Arc<Kit>,
    ctx: &Arc<OpContext>,
    query: ItemQuery,
) -> Result<(Vec<u8>, String), Problem> {
    ctx.require(Permission::ExportRun)?;
    let reach = ctx.require(Permission::ProgrammeRead)?;
    let wanted = query.light.clone().filter(|l| !l.is_empty());
    let (caller, scene) = (Arc::clone(ctx), Scene::of(kit)?);
    let day = scene.zone.date_of(scene.now);
    let (cells, count) = kit
        .db
        .read::<_, Problem, _>(move |sql| {
            Box::pin(async move {
                let year = scene.year(query.year);
                let all = gather(sql, &caller, &scene, &reach, &query, year).await?;
                let frame = scene.frame(&all.names, caller.lang, year);
                let mut cells = Vec::new();
                let mut count = 0usize;
                for stored in &all.stored {
                    let row = frame.row(stored, all.figure(stored));
                    if wanted.as_ref().is_none_or(|l| *l == row.light) {
                        count += 1;
                        cells.extend(lines(&frame, stored, &row));
                    }
                }
                Ok((cells, count))
            })
        })
        .await?;
    if cells.len() > MOST {
        return Err(Problem::field("", rules::EXPORT_LIMIT, [("max", MOST.to_string())]));
    }
    let lang = ctx.lang;
    let columns = COLUMNS.iter().chain(&SHOWN);
    let columns =
        columns.map(|(key, kind)| Column { key: (*key).to_owned(), title: title(key, lang), kind: *kind });
    let sheet = Sheet { name: title("sheet", lang), columns: columns.collect(), rows: cells };
    record(kit, ctx, count).await?;
    let now = kit.clock.now();
    let bytes = tokio::task::spawn_blocking(move || write_xlsx(&[sheet], now))
        .await
        .map_err(|_| Problem::internal())?
        .map_err(|error| DbError::Inconsistent(format!("a table could not be written: {error}")))?;
    Ok((bytes, format!("programme-{day}.xlsx")))
}

async fn record(kit: &Arc<Kit>, ctx: &Arc<OpContext>, count: usize) -> Result<(), Problem> {
    let plain = Arc::new(OpContext { idempotency_key: None, ..(**ctx).clone() });
    kit.command(&plain, "programme.export", &(), move |mut work| {
        Box::pin(async move {
            let purpose = work.ctx.purpose.clone();
            let entry = audit::Entry::new("audit.exported", super::SUBJECT, "programme")
                .with(json!({"register": "programme", "rows": count, "purpose": purpose}));
            audit::record(&mut work, entry).await.map(drop)
        })
    })
    .await
}

fn cell(text: impl Into<String>) -> Cell {
    let text = text.into();
    if text.is_empty() { Cell::Empty } else { Cell::Text(text) }
}

fn date(text: Option<String>) -> Cell {
    text.map_or(Cell::Empty, Cell::Date)
}

/// The table rows of an item: one, or one for each value of its breakdown.
fn lines(frame: &Frame<'_>, stored: &Stored, row: &ItemSummary) -> Vec<Vec<Cell>> {
    let item = &stored.item;
    let lang = frame.lang;
    let shares: Vec<Option<&domain::programme::Share>> =
        if item.shares.is_empty() { vec![None] } else { item.shares.iter().map(Some).collect() };
    shares
        .into_iter()
        .map(|share| {
            let mut cells = described(frame, item, row);
            cells.push(share.and_then(|s| s.year).map_or(Cell::Empty, |y| Cell::Integer(y.into())));
            let town = share.and_then(|s| s.town.as_deref()).map(|t| frame.town(t).name);
            cells.push(cell(town.unwrap_or_default()));
            cells.push(share.map_or(Cell::Empty, |s| Cell::Decimal(text_of(s.value))));
            cells.push(cell(word("light", &row.light, lang)));
            cells.push(cell(word("reason", &row.reason, lang)));
            cells.push(row.percent.map_or(Cell::Empty, Cell::Integer));
            cells.push(cell(row.state.as_deref().map(|s| word("state", s, lang)).unwrap_or_default()));
            cells.push(date(row.reported_on.clone()));
            cells
        })
        .collect()
}

fn described(frame: &Frame<'_>, item: &Item, row: &ItemSummary) -> Vec<Cell> {
    let lang = frame.lang;
    let names = |all: Vec<String>| all.join("、");
    let towns = if item.all_towns {
        word("towns", "all", lang)
    } else {
        names(row.towns.iter().map(|t| t.name.clone()).collect())
    };
    vec![
        cell(&item.code),
        cell(word("list", item.list.as_str(), lang)),
        cell(&item.clause),
        cell(&item.title.zh),
        cell(&item.title.en),
        cell(&item.detail.zh),
        cell(&item.detail.en),
        cell(row.lead.as_ref().map(|l| l.name.clone()).unwrap_or_default()),
        cell(names(row.joint.iter().map(|j| j.name.clone()).collect())),
        cell(towns),
        date(item.starts_on.map(|d| d.to_string())),
        date(item.due_on.map(|d| d.to_string())),
        cell(word("rhythm", item.rhythm.as_str(), lang)),
        cell(item.indicator.clone().unwrap_or_default()),
        cell(item.unit.as_deref().map(|u| unit_word(u, lang)).unwrap_or_default()),
        cell(item.bound.map(|b| word("bound", b.as_str(), lang)).unwrap_or_default()),
        item.total.map_or(Cell::Empty, |t| Cell::Decimal(text_of(t))),
        Cell::Integer(item.horizon.into()),
    ]
}
