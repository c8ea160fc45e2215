//! SQLite: opening with the safe settings, binding `$n` parameters by name, reading rows. All calls block;
//! callers run them on the writer thread or a blocking thread, never on an async worker.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, OpenFlags, Statement, ToSql};

use crate::value::Columns;
use crate::{DbError, Recorder, Row, Value};

/// How long a connection waits for a lock held by another process.
const BUSY: Duration = Duration::from_secs(30);
/// Bytes of the file that a reader maps: as many as the library allows.
const MAPPED: i64 = 0x7fff_0000;
/// Prepared statements kept per connection.
const STATEMENTS: usize = 512;

/// One connection with its caches.
pub(crate) struct Lite {
    pub conn: Connection,
    columns: HashMap<Box<str>, Arc<Columns>>,
    pub recorder: Option<Recorder>,
}

/// A parameter that borrows, for this crate's own statements.
#[derive(Clone, Copy)]
pub(crate) enum Arg<'a> {
    Null,
    Int(i64),
    Text(&'a str),
    Bytes(&'a [u8]),
}

impl<'a> Arg<'a> {
    pub fn opt(text: Option<&'a str>) -> Self {
        text.map_or(Self::Null, Self::Text)
    }
}

impl ToSql for Arg<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Int(v) => ValueRef::Integer(*v),
            Self::Text(v) => ValueRef::Text(v.as_bytes()),
            Self::Bytes(v) => ValueRef::Blob(v),
        }))
    }
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Int(v) => ValueRef::Integer(*v),
            Self::Bool(v) => ValueRef::Integer((*v).into()),
            Self::Text(v) => ValueRef::Text(v.as_bytes()),
            Self::Bytes(v) => ValueRef::Blob(v),
        }))
    }
}

/// PostgreSQL cannot store NUL in text; SQLite refuses it too, so that both behave alike.
pub(crate) fn refuse_nul(params: &[Value]) -> Result<(), DbError> {
    let bad = params.iter().position(|v| matches!(v, Value::Text(t) if t.as_bytes().contains(&0)));
    match bad {
        None => Ok(()),
        Some(i) => Err(DbError::Invalid(format!("parameter ${} contains the character U+0000", i + 1))),
    }
}

impl Lite {
    /// Opens the writing connection and puts the file into WAL mode with full durability.
    pub fn open_writer(path: &Path) -> Result<Self, DbError> {
        let conn = Connection::open_with_flags(
            path,
            OpenFlags::SQLITE_OPEN_READ_WRITE
                | OpenFlags::SQLITE_OPEN_CREATE
                | OpenFlags::SQLITE_OPEN_NO_MUTEX,
        )?;
        conn.busy_timeout(BUSY)?;
        conn.pragma_update(None, "journal_mode", "wal")?;
        conn.pragma_update(None, "synchronous", "full")?;
        conn.pragma_update(None, "cache_size", -32_768)?;
        // A larger WAL before a checkpoint: fewer pauses of the writer, still only some 16 MiB on disk.
        conn.pragma_update(None, "wal_autocheckpoint", 4_000)?;
        // Counts for the planner, from a sample of each index: some hundredths of a second however large the tables are.
        conn.pragma_update(None, "analysis_limit", 400)?;
        conn.execute_batch("pragma optimize = 0x10002")?;
        Self::finish(conn)
    }

    /// Opens the writing connection without syncing: see `DbConfig::unsynced`.
    pub fn open_unsynced(path: &Path) -> Result<Self, DbError> {
        let lite = Self::open_writer(path)?;
        lite.conn.pragma_update(None, "synchronous", "off")?;
        // Pages that many commands change are written once in a while instead of each time.
        lite.conn.pragma_update(None, "cache_size", -98_304)?;
        lite.conn.pragma_update(None, "wal_autocheckpoint", 24_000)?;
        lite.conn.pragma_update(None, "temp_store", "memory")?;
        Ok(lite)
    }

    /// Opens a read-only connection.
    pub fn open_reader(path: &Path) -> Result<Self, DbError> {
        let conn = Connection::open_with_flags(
            path,
            OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
        )?;
        conn.busy_timeout(BUSY)?;
        conn.pragma_update(None, "query_only", true)?;
        conn.pragma_update(None, "cache_size", -8_192)?;
        // Pages come from the system's own cache, without a call and a copy each.
        conn.pragma_update(None, "mmap_size", MAPPED)?;
        Self::finish(conn)
    }

    /// A private database that need not survive a crash, for rebuilding read tables.
    pub fn open_scratch(path: &Path) -> Result<Self, DbError> {
        let conn = Connection::open(path)?;
        conn.pragma_update(None, "journal_mode", "memory")?;
        conn.pragma_update(None, "synchronous", "off")?;
        let lite = Self::finish(conn)?;
        lite.conn.pragma_update(None, "foreign_keys", false)?;
        Ok(lite)
    }

    fn finish(conn: Connection) -> Result<Self, DbError> {
        conn.pragma_update(None, "foreign_keys", true)?;
        conn.pragma_update(None, "trusted_schema", false)?;
        conn.set_prepared_statement_cache_capacity(STATEMENTS);
        Ok(Self { conn, columns: HashMap::new(), recorder: None })
    }

    /// Runs a statement of this crate that has neither parameters nor rows.
    pub fn run(&self, sql: &str) -> Result<(), DbError> {
        if let Some(recorder) = &self.recorder {
            recorder.hear(sql, &[]);
        }
        self.conn.prepare_cached(sql)?.raw_execute()?;
        Ok(())
    }

    /// Executes a statement and counts the changed rows.
    pub fn exec<P: ToSql>(&self, sql: &str, params: &[P]) -> Result<u64, DbError> {
        if let Some(recorder) = &self.recorder {
            recorder.hear_lite(sql, params);
        }
        let mut st = self.conn.prepare_cached(sql)?;
        bind(&mut st, params)?;
        Ok(st.raw_execute()? as u64)
    }

    /// All rows of a query.
    pub fn query<P: ToSql>(&mut self, sql: &str, params: &[P]) -> Result<Vec<Row>, DbError> {
        if let Some(recorder) = &self.recorder {
            recorder.hear_lite(sql, params);
        }
        let mut st = self.conn.prepare_cached(sql)?;
        bind(&mut st, params)?;
        let width = st.column_count();
        let columns = match self.columns.get(sql) {
            Some(c) if c.names.len() == width => c.clone(),
            _ => {
                let names = st.column_names().map(Into::into).collect();
                let columns = Arc::new(Columns { names, sql: sql.into() });
                if self.columns.len() >= STATEMENTS {
                    self.columns.clear();
                }
                self.columns.insert(sql.into(), columns.clone());
                columns
            }
        };
        let mut rows = st.raw_query();
        let mut out = Vec::new();
        while let Some(row) = rows.next()? {
            let mut values = Vec::with_capacity(width);
            for i in 0..width {
                values.push(match row.get_ref(i)? {
                    ValueRef::Null => Value::Null,
                    ValueRef::Integer(v) => Value::Int(v),
                    ValueRef::Text(v) => Value::Text(text(v, &columns.names[i])?),
                    ValueRef::Blob(v) => Value::Bytes(v.to_vec()),
                    ValueRef::Real(_) => {
                        return Err(DbError::Statement(format!(
                            "column {} is a floating-point number; cast it to bigint",
                            columns.names[i]
                        )));
                    }
                });
            }
            out.push(Row { columns: columns.clone(), values });
        }
        Ok(out)
    }
}

fn text(bytes: &[u8], column: &str) -> Result<String, DbError> {
    match std::str::from_utf8(bytes) {
        Ok(v) => Ok(v.to_owned()),
        Err(_) => Err(DbError::Inconsistent(format!("column {column} is not UTF-8"))),
    }
}

/// SQLite takes `$3` for a name and numbers names by first occurrence, so the name decides which value it gets.
fn bind<P: ToSql>(st: &mut Statement<'_>, params: &[P]) -> Result<(), DbError> {
    let mut used = 0;
    for i in 1..=st.parameter_count() {
        let slot = match st.parameter_name(i) {
            Some(name) => name.get(1..).and_then(|n| n.parse::<usize>().ok()).unwrap_or(0),
            None => i,
        };
        used = used.max(slot);
        match params.get(slot.wrapping_sub(1)) {
            Some(value) => st.raw_bind_parameter(i, value)?,
            None => return Err(count(slot, params.len())),
        }
    }
    if used == params.len() { Ok(()) } else { Err(count(used, params.len())) }
}

pub(crate) fn count(wanted: usize, given: usize) -> DbError {
    DbError::Statement(format!("the statement has {wanted} parameters, {given} were given"))
}
