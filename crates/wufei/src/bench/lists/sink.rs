//! Rows in bulk into a throw-away database, past the services and without foreign keys: the only place of the house
//! that does so, and never for a demonstration. Indexes are dropped first and made again at the end, as a restore does.

use std::io::Cursor;
use std::pin::pin;

use db::Value;
use futures::SinkExt;
use tokio_postgres::{Client, NoTls};

use crate::Failure;
use crate::bench::Engine;

/// Rows a statement of SQLite's transaction.
const CHUNK: usize = 50_000;
/// Bytes sent to PostgreSQL at once.
const PIECE: usize = 1 << 20;

/// A database that is being filled.
pub(super) enum Sink {
    Lite(rusqlite::Connection),
    Pg(Client),
}

fn lite(error: rusqlite::Error) -> Failure {
    Failure::new(format!("the database of the measurement: {error}"))
}

fn pg(error: tokio_postgres::Error) -> Failure {
    let why = error.as_db_error().map_or_else(|| error.to_string(), ToString::to_string);
    Failure::new(format!("the database of the measurement: {why}"))
}

impl Sink {
    pub async fn open(engine: Engine, url: &str) -> Result<Self, Failure> {
        if engine == Engine::Sqlite {
            let conn = rusqlite::Connection::open(url.trim_start_matches("sqlite:")).map_err(lite)?;
            for (name, value) in [("synchronous", "off"), ("foreign_keys", "off"), ("cache_size", "-400000")]
            {
                conn.pragma_update(None, name, value).map_err(lite)?;
            }
            return Ok(Self::Lite(conn));
        }
        let (client, connection) = tokio_postgres::connect(url, NoTls).await.map_err(pg)?;
        tokio::spawn(connection);
        let settings = "set session_replication_role = replica; set synchronous_commit = off; \
                        set maintenance_work_mem = '512MB'";
        client.batch_execute(settings).await.map_err(pg)?;
        Ok(Self::Pg(client))
    }

    /// Statements without parameters.
    pub async fn run(&mut self, sql: &str) -> Result<(), Failure> {
        match self {
            Self::Lite(conn) => conn.execute_batch(sql).map_err(lite),
            Self::Pg(client) => client.batch_execute(sql).await.map_err(pg),
        }
    }

    /// Drops the indexes that are no keys and answers what makes them again.
    pub async fn drop_indexes(&mut self) -> Result<Vec<String>, Failure> {
        let mut made = Vec::new();
        match self {
            Self::Lite(conn) => {
                let text = "select name, sql from sqlite_master where type = 'index' and sql is not null";
                let mut st = conn.prepare(text).map_err(lite)?;
                let all = st.query_map([], |r| Ok((r.get(0)?, r.get(1)?))).map_err(lite)?;
                made.extend(all.collect::<Result<Vec<(String, String)>, _>>().map_err(lite)?);
            }
            Self::Pg(client) => {
                let text = "select indexname, indexdef from pg_indexes where schemaname = 'public' \
                            and indexname not like '%_pkey'";
                for row in client.query(text, &[]).await.map_err(pg)? {
                    made.push((row.get(0), row.get(1)));
                }
            }
        }
        for (name, _) in &made {
            self.run(&format!("drop index {name}")).await?;
        }
        Ok(made.into_iter().map(|(_, sql)| sql).collect())
    }

    /// Puts rows into a table.
    pub async fn put(
        &mut self,
        table: &str,
        columns: &[String],
        rows: impl Iterator<Item = Vec<Value>>,
    ) -> Result<u64, Failure> {
        let names = columns.join(", ");
        let mut count = 0;
        match self {
            Self::Lite(conn) => {
                let places: Vec<String> = (1..=columns.len()).map(|n| format!("?{n}")).collect();
                let text = format!("insert into {table} ({names}) values ({})", places.join(", "));
                let mut rows = rows.peekable();
                while rows.peek().is_some() {
                    let tx = conn.transaction().map_err(lite)?;
                    {
                        let mut st = tx.prepare_cached(&text).map_err(lite)?;
                        for row in rows.by_ref().take(CHUNK) {
                            st.execute(rusqlite::params_from_iter(row)).map_err(lite)?;
                            count += 1;
                        }
                    }
                    tx.commit().map_err(lite)?;
                }
            }
            Self::Pg(client) => {
                let text = format!("copy {table} ({names}) from stdin");
                let mut out = pin!(client.copy_in::<_, Cursor<Vec<u8>>>(&text).await.map_err(pg)?);
                let mut piece = Vec::with_capacity(PIECE + 8_192);
                for row in rows {
                    line(&row, &mut piece);
                    count += 1;
                    if piece.len() >= PIECE {
                        out.send(Cursor::new(std::mem::take(&mut piece))).await.map_err(pg)?;
                    }
                }
                out.send(Cursor::new(piece)).await.map_err(pg)?;
                out.as_mut().finish().await.map_err(pg)?;
            }
        }
        Ok(count)
    }

    /// What a house has after a while: counts for the planner (SQLite's at the next start) and pages known to be visible.
    pub async fn settle(&mut self) -> Result<(), Failure> {
        match self {
            Self::Lite(_) => {
                self.run(
                    "pragma analysis_limit = 400; pragma optimize = 0x10002; pragma wal_checkpoint(truncate)",
                )
                .await
            }
            Self::Pg(_) => {
                self.run("vacuum analyze").await?;
                self.run("checkpoint").await
            }
        }
    }
}

/// A row in the text form of `copy`.
fn line(row: &[Value], out: &mut Vec<u8>) {
    for (i, value) in row.iter().enumerate() {
        if i > 0 {
            out.push(b'\t');
        }
        match value {
            Value::Null => out.extend(b"\\N"),
            Value::Int(v) => out.extend(v.to_string().bytes()),
            Value::Bool(v) => out.push(if *v { b't' } else { b'f' }),
            Value::Bytes(v) => {
                out.extend(b"\\\\x");
                out.extend(v.iter().flat_map(|b| format!("{b:02x}").into_bytes()));
            }
            Value::Text(v) => {
                for byte in v.bytes() {
                    match byte {
                        b'\\' => out.extend(b"\\\\"),
                        b'\t' => out.extend(b"\\t"),
                        b'\n' => out.extend(b"\\n"),
                        b'\r' => out.extend(b"\\r"),
                        other => out.push(other),
                    }
                }
            }
        }
    }
    out.push(b'\n');
}
