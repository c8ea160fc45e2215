//! The read tables against the journal: all events are replayed through the application's projectors into a
//! scratch database, and each table is compared with the stored one row by row in order of its key, both sides
//! read in pages.

use std::collections::VecDeque;
use std::sync::Arc;

use super::report::{Finding, Findings, RebuildReport};
use super::{ReadTable, Rebuild};
use crate::db::EngineKind;
use crate::engine::sqlite::Lite;
use crate::journal::{self, MAX_PAGE, to_hex};
use crate::migrate::{all, statements};
use crate::{Db, DbError, Row, Snapshot, Sql, Tx, Value, params, tx};

/// Rows of one page.
const PAGE: i64 = 1000;

pub(super) async fn verify(
    db: &Db,
    tenants: &[String],
    everybody: bool,
    rebuild: &dyn Rebuild,
    limit: usize,
) -> Result<RebuildReport, DbError> {
    let file = tempfile::Builder::new()
        .prefix("wufei-rebuild-")
        .suffix(".db")
        .tempfile()
        .map_err(|e| DbError::Unavailable(format!("scratch file: {e}")))?;
    let mut scratch = Tx::new(tx::Engine::Lite(Lite::open_scratch(file.path())?), None);
    for step in all(rebuild.migrations())? {
        for statement in statements(&step.sql, EngineKind::Sqlite)? {
            scratch.batch(&statement).await?;
        }
    }
    // One snapshot for events and rows, so that a running application does not disturb the comparison.
    let mut live = Snapshot::open(db).await?;
    let mut report = RebuildReport::default();
    let mut findings = Findings::new(limit);
    for tenant in tenants {
        if let Err(finding) = replay(&mut live, &mut scratch, tenant, rebuild, &mut report).await? {
            findings.add(finding);
        }
    }
    for table in rebuild.tables() {
        let mut of: Vec<String> = tenants.to_vec();
        if everybody {
            let text = format!("select tenant_id from {} group by tenant_id order by tenant_id", table.name);
            for row in live.query(&text, &[]).await? {
                let tenant = row.at(0)?;
                if !of.contains(&tenant) {
                    of.push(tenant);
                }
            }
        }
        let mut rows = 0;
        for tenant in of {
            rows += compare(&mut live, &mut scratch, &tenant, table, &mut findings).await?;
        }
        report.rows.insert(table.name.to_owned(), rows);
    }
    report.findings = findings.list;
    report.findings_total = findings.total;
    Ok(report)
}

/// Replays one journal; the inner error is the event that could not be replayed.
async fn replay(
    live: &mut Snapshot,
    scratch: &mut Tx,
    tenant: &str,
    rebuild: &dyn Rebuild,
    report: &mut RebuildReport,
) -> Result<Result<(), Finding>, DbError> {
    scratch.tenant = Arc::from(tenant);
    let mut from = 0;
    loop {
        let failed = |position, e: DbError| Finding::ReplayFailed {
            tenant: tenant.to_owned(),
            position,
            detail: e.to_string(),
        };
        let events = match journal::events(live, tenant, from, MAX_PAGE).await {
            Ok(events) => events,
            // An altered record may not even be readable.
            Err(e @ (DbError::Inconsistent(_) | DbError::Column { .. })) => return Ok(Err(failed(from, e))),
            Err(e) => return Err(e),
        };
        let Some(last) = events.last() else { return Ok(Ok(())) };
        from = last.position + 1;
        scratch.begin().await?;
        for event in &events {
            let done = rebuild.project(scratch, event).await;
            if let Err(e) = done.and_then(|()| scratch.failed.take().map_or(Ok(()), Err)) {
                scratch.failed = None;
                scratch.commit().await?;
                return Ok(Err(failed(event.position, e)));
            }
            report.events += 1;
        }
        scratch.commit().await?;
    }
}

/// One side of the comparison: rows of a table in order of the key.
struct Side {
    first: String,
    next: String,
    buffer: VecDeque<Row>,
    after: Option<Vec<Value>>,
    done: bool,
}

impl Side {
    fn new(table: &ReadTable) -> Self {
        let key: String = table.key.iter().map(|k| format!(", {k}")).collect();
        let places: String = (0..table.key.len()).map(|i| format!(", ${}", i + 3)).collect();
        let (name, order) = (table.name, format!("order by tenant_id{key} limit $2"));
        Self {
            first: format!("select * from {name} where tenant_id = $1 {order}"),
            next: format!(
                "select * from {name} where tenant_id = $1 and (tenant_id{key}) > ($1{places}) {order}"
            ),
            buffer: VecDeque::new(),
            after: None,
            done: false,
        }
    }

    /// Makes sure that the buffer has a row if there is one more.
    async fn fill(&mut self, sql: &mut dyn Sql, tenant: &str, table: &ReadTable) -> Result<(), DbError> {
        if self.done || !self.buffer.is_empty() {
            return Ok(());
        }
        let mut params = params![tenant, PAGE];
        let text = match &self.after {
            None => &self.first,
            Some(after) => {
                params.extend(after.iter().cloned());
                &self.next
            }
        };
        let rows = sql.query(text, &params).await?;
        self.done = rows.len() < PAGE as usize;
        if let Some(last) = rows.last() {
            self.after = Some(table.key.iter().map(|k| last.get(k)).collect::<Result<_, _>>()?);
        }
        self.buffer = rows.into();
        Ok(())
    }
}

/// Compares a tenant's rows; answers how many were read from the live side.
async fn compare(
    live: &mut Snapshot,
    scratch: &mut Tx,
    tenant: &str,
    table: &ReadTable,
    findings: &mut Findings,
) -> Result<u64, DbError> {
    let (mut stored, mut expected) = (Side::new(table), Side::new(table));
    let mut rows = 0;
    loop {
        stored.fill(live, tenant, table).await?;
        expected.fill(scratch, tenant, table).await?;
        let order = match (stored.buffer.front(), expected.buffer.front()) {
            (None, None) => return Ok(rows),
            (Some(_), None) => std::cmp::Ordering::Less,
            (None, Some(_)) => std::cmp::Ordering::Greater,
            (Some(a), Some(b)) => key_of(a, table)?.cmp(&key_of(b, table)?),
        };
        let name = || table.name.to_owned();
        if order.is_le() {
            rows += 1;
        }
        let one = if order.is_le() { stored.buffer.pop_front() } else { None };
        let two = if order.is_ge() { expected.buffer.pop_front() } else { None };
        match (one, two) {
            (Some(row), None) => {
                findings.add(Finding::RowExtra { table: name(), key: show_key(&row, tenant, table)? })
            }
            (None, Some(row)) => {
                findings.add(Finding::RowMissing { table: name(), key: show_key(&row, tenant, table)? });
            }
            (Some(a), Some(b)) => compare_row(&a, &b, tenant, table, findings)?,
            (None, None) => return Ok(rows),
        }
    }
}

fn compare_row(
    stored: &Row,
    expected: &Row,
    tenant: &str,
    table: &ReadTable,
    findings: &mut Findings,
) -> Result<(), DbError> {
    for column in expected.names().filter(|c| !table.ignore.contains(c)) {
        let (a, b) = (plain(stored.get(column)?), plain(expected.get(column)?));
        if a != b {
            findings.add(Finding::RowAltered {
                table: table.name.to_owned(),
                key: show_key(stored, tenant, table)?,
                column: column.to_owned(),
                stored: show(&a),
                expected: show(&b),
            });
        }
    }
    Ok(())
}

fn key_of(row: &Row, table: &ReadTable) -> Result<Vec<Value>, DbError> {
    table.key.iter().map(|k| row.get(k).map(plain)).collect()
}

/// SQLite keeps booleans as integers.
fn plain(value: Value) -> Value {
    match value {
        Value::Bool(b) => Value::Int(b.into()),
        other => other,
    }
}

fn show_key(row: &Row, tenant: &str, table: &ReadTable) -> Result<String, DbError> {
    let mut text = format!("tenant_id={tenant}");
    for column in table.key {
        text.push_str(&format!(", {column}={}", show(&row.get(column)?)));
    }
    Ok(text)
}

fn show(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Int(v) => v.to_string(),
        Value::Bool(v) => v.to_string(),
        Value::Bytes(v) => format!("x'{}'", to_hex(&v[..v.len().min(64)])),
        Value::Text(v) => match v.char_indices().nth(200) {
            Some((end, _)) => format!("{}…", &v[..end]),
            None => v.clone(),
        },
    }
}
