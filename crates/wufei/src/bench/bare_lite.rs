//! The bare client of SQLite: rusqlite alone, prepared cached statements, one connection, WAL and full durability, with
//! the same page cache and checkpoint interval as ours.

use std::path::Path;

use rusqlite::{Connection, Statement as Prepared};

use super::line::{Run, Watch};
use super::recording::{RELEASE, Recording, SAVEPOINT, Statement, Transaction};
use crate::Failure;

/// What is said again.
#[derive(Clone, Copy)]
pub struct Replay {
    /// Commands before the clock starts.
    pub warm: usize,
    /// Commands in all.
    pub until: usize,
    /// Commands in a transaction.
    pub group: usize,
    /// A savepoint for each.
    pub savepoints: bool,
}

/// Says the recording again on a copy of the database; answers the run and the number of events it leaves.
pub fn run(path: &Path, recording: &Recording, replay: Replay) -> Result<(Run, i64), Failure> {
    replay_on(path, recording, replay).map_err(|e| Failure::new(format!("bare SQLite: {e}")))
}

fn replay_on(path: &Path, recording: &Recording, replay: Replay) -> rusqlite::Result<(Run, i64)> {
    let Replay { warm, until, group, savepoints } = replay;
    let conn = Connection::open(path)?;
    conn.pragma_update(None, "journal_mode", "wal")?;
    conn.pragma_update(None, "synchronous", "full")?;
    conn.pragma_update(None, "cache_size", -32_768)?;
    conn.pragma_update(None, "wal_autocheckpoint", 4_000)?;
    conn.pragma_update(None, "foreign_keys", true)?;
    conn.set_prepared_statement_cache_capacity(512);
    let before = recording.transactions(0, warm, group, savepoints);
    let timed = recording.transactions(warm, until, group, savepoints);
    before.iter().try_for_each(|t| transact(&conn, t))?;
    let watch = Watch::start();
    timed.iter().try_for_each(|t| transact(&conn, t))?;
    let run = watch.stop(timed.iter().map(|t| t.commands.len()).sum());
    let events = conn.query_row("select count(*) from journal_event", [], |row| row.get(0))?;
    Ok((run, events))
}

fn transact(conn: &Connection, t: &Transaction<'_>) -> rusqlite::Result<()> {
    control(conn, t.begin)?;
    t.opening.iter().try_for_each(|s| say(conn, s))?;
    for command in &t.commands {
        if t.savepoints {
            control(conn, SAVEPOINT)?;
        }
        command.iter().try_for_each(|s| say(conn, s))?;
        if t.savepoints {
            control(conn, RELEASE)?;
        }
    }
    t.closing.iter().try_for_each(|s| say(conn, s))?;
    control(conn, "commit")
}

fn control(conn: &Connection, sql: &str) -> rusqlite::Result<()> {
    conn.prepare_cached(sql)?.raw_execute().map(drop)
}

fn say(conn: &Connection, s: &Statement) -> rusqlite::Result<()> {
    let mut prepared = conn.prepare_cached(&s.sql)?;
    let prepared: &mut Prepared<'_> = &mut prepared;
    for (index, value) in s.params.iter().enumerate() {
        prepared.raw_bind_parameter(index + 1, value)?;
    }
    let width = prepared.column_count();
    if width == 0 {
        return prepared.raw_execute().map(drop);
    }
    let mut rows = prepared.raw_query();
    while let Some(row) = rows.next()? {
        for column in 0..width {
            std::hint::black_box(row.get_ref(column)?);
        }
    }
    Ok(())
}
