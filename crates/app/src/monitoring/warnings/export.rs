//! The list of warnings as a file. Every export is in the audit log.

use std::sync::Arc;

use db::DbError;
use documents::table::{Cell, Column, Kind, Sheet, write_xlsx};
use domain::access::Permission;
use domain::time::{Zone, parse_instant};
use serde_json::json;

use super::super::rules;
use super::list::{WarningQuery, WarningSummary, list};
use crate::kit::page::MAX_LIMIT;
use crate::kit::{Kit, Lang, OpContext, Problem, audit, texts};

/// Most rows of a file.
const MOST: usize = 10_000;

const COLUMNS: [(&str, Kind); 13] = [
    ("number", Kind::Text),
    ("title", Kind::Text),
    ("severity", Kind::Text),
    ("status", Kind::Text),
    ("explanation", Kind::Text),
    ("subject", Kind::Text),
    ("org", Kind::Text),
    ("plate", Kind::Text),
    ("manifest", Kind::Text),
    ("raised_at", Kind::Text),
    ("last_at", Kind::Text),
    ("count", Kind::Integer),
    ("assigned_to", Kind::Text),
];

/// The rows of a list as a workbook, with its name.
///
/// # Errors
/// 403 without the right to read or export; 422 when there are too many rows.
pub async fn export(
    kit: &Arc<Kit>,
    ctx: &Arc<OpContext>,
    query: WarningQuery,
) -> Result<(Vec<u8>, String), Problem> {
    ctx.require(Permission::ExportRun)?;
    let mut rows: Vec<WarningSummary> = Vec::new();
    let mut cursor = None;
    loop {
        let page = list(kit, ctx, WarningQuery { limit: Some(MAX_LIMIT), cursor, ..query.clone() }).await?;
        rows.extend(page.items);
        if rows.len() > MOST {
            return Err(Problem::field("", rules::EXPORT_LIMIT, [("max", MOST.to_string())]));
        }
        cursor = page.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    let zone = Zone::named(&kit.settings.zone).map_err(|_| Problem::internal())?;
    let sheet = sheet(&rows, &zone, ctx.lang);
    let count = rows.len();
    let plain = Arc::new(OpContext { idempotency_key: None, ..(**ctx).clone() });
    kit.command(&plain, "warning.export", &(), move |mut work| {
        Box::pin(async move {
            let purpose = work.ctx.purpose.clone();
            let entry = audit::Entry::new("audit.exported", "warning", "warnings")
                .with(json!({"register": "warnings", "rows": count, "purpose": purpose}));
            audit::record(&mut work, entry).await.map(drop)
        })
    })
    .await?;
    let now = kit.clock.now();
    let bytes = tokio::task::spawn_blocking(move || write_xlsx(&[sheet], now))
        .await
        .map_err(|_| Problem::internal())?
        .map_err(|error| DbError::Inconsistent(format!("a table could not be written: {error}")))?;
    Ok((bytes, format!("warnings-{}.xlsx", zone.date_of(now))))
}

fn sheet(rows: &[WarningSummary], zone: &Zone, lang: Lang) -> Sheet {
    let title = |key: &str| texts().word(&format!("column.warning.{key}"), lang).to_owned();
    let columns = COLUMNS
        .iter()
        .map(|(key, kind)| Column { key: (*key).to_owned(), title: title(key), kind: *kind })
        .collect();
    let time = |text: &str| parse_instant(text).map_or_else(|_| text.to_owned(), |at| zone.wall_clock(at));
    let word = |text: &str| texts().word(text, lang).to_owned();
    let cells = rows.iter().map(|w| {
        vec![
            Cell::Text(w.number.clone()),
            Cell::Text(w.title.clone()),
            Cell::Text(word(&w.severity)),
            Cell::Text(word(&w.status)),
            Cell::Text(w.explanation.clone()),
            Cell::Text(w.subject.label.clone()),
            Cell::Text(w.org_name.clone()),
            Cell::Text(w.plate.clone().unwrap_or_default()),
            Cell::Text(w.manifest_number.clone().unwrap_or_default()),
            Cell::Text(time(&w.raised_at)),
            Cell::Text(time(&w.last_at)),
            Cell::Integer(w.count),
            Cell::Text(w.assigned_to.as_ref().map(|a| a.name.clone()).unwrap_or_default()),
        ]
    });
    Sheet { name: title("sheet"), columns, rows: cells.collect() }
}
