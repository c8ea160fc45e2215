//! The bare equivalent of the whole path: what an application without log and blocks does. Every position becomes a row
//! of one table with the two indexes that such a table needs, by device and time for a truck's track, and by time for
//! everything of an hour; a transaction for each group, synced at its commit, then the answers. Frames are cut and
//! their fields read, or there would be nothing to insert; no rule is asked and nobody is told.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, params};
use wire::jt808::{Deframer, Header, Location};

use super::NOW;
use super::bare::Keeper;
use crate::Failure;

const TABLE: &str = "create table position (id integer primary key, device text not null, at integer not null, \
     received_at integer not null, lat_e6 integer not null, lon_e6 integer not null, altitude_m integer not null, \
     speed integer not null, heading integer not null, alarm integer not null, status integer not null, \
     extras blob not null) strict; \
     create index position_device on position (device, at); \
     create index position_at on position (at)";
const INSERT: &str = "insert into position (device, at, received_at, lat_e6, lon_e6, altitude_m, speed, heading, alarm, \
     status, extras) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";

/// A table of positions.
pub struct BareTable {
    db: Connection,
}

impl BareTable {
    /// Makes a new database: WAL, full durability, and the page cache and checkpoint interval of ours.
    pub fn create(file: &Path) -> Result<Self, Failure> {
        let open = || -> rusqlite::Result<Connection> {
            let db = Connection::open(file)?;
            db.pragma_update(None, "journal_mode", "wal")?;
            db.pragma_update(None, "synchronous", "full")?;
            db.pragma_update(None, "cache_size", -32_768)?;
            db.pragma_update(None, "wal_autocheckpoint", 4_000)?;
            db.execute_batch(TABLE)?;
            Ok(db)
        };
        Ok(Self { db: open().map_err(failed)? })
    }

    /// Rows in the file, which goes with them.
    pub fn count_and_remove(file: &Path) -> Result<usize, Failure> {
        let rows: i64 = {
            let db = Connection::open(file).map_err(failed)?;
            db.query_row("select count(*) from position", [], |row| row.get(0)).map_err(failed)?
        };
        for end in ["", "-wal", "-shm"] {
            let path = PathBuf::from(format!("{}{end}", file.display()));
            if path.exists() {
                std::fs::remove_file(path)?;
            }
        }
        Ok(usize::try_from(rows).unwrap_or_default())
    }
}

fn failed(error: rusqlite::Error) -> Failure {
    Failure::new(format!("bare SQLite: {error}"))
}

/// One row.
pub struct Row {
    device: String,
    location: Location,
}

/// What came in one read.
pub struct Piece {
    rows: Vec<Row>,
    bytes: usize,
}

impl Keeper for BareTable {
    type Cutter = Deframer;
    type Piece = Piece;

    fn cut(deframer: &mut Deframer, bytes: Vec<u8>) -> Piece {
        let mut rows = Vec::new();
        deframer.push(&bytes, &mut |frame| {
            let Some((header, body)) = frame.ok().and_then(|f| Header::parse(f).ok()) else { return };
            if let Ok(core) = Location::peek(body) {
                rows.push(Row { device: header.terminal.significant(), location: core.to_location() });
            }
        });
        Piece { rows, bytes: bytes.len() }
    }

    fn weight(piece: &Piece) -> usize {
        piece.bytes
    }

    fn keep(&mut self, group: &mut Vec<Piece>) -> Result<(), Failure> {
        let mut keep = || -> rusqlite::Result<()> {
            let transaction = self.db.transaction()?;
            let mut insert = transaction.prepare_cached(INSERT)?;
            for Row { device, location: l } in group.drain(..).flat_map(|piece| piece.rows) {
                insert.execute(params![
                    device,
                    l.time_us,
                    NOW,
                    l.lat_e6,
                    l.lon_e6,
                    l.altitude_m,
                    l.speed_kmh_tenths,
                    l.heading_deg,
                    l.alarm,
                    l.status,
                    l.extras,
                ])?;
            }
            drop(insert);
            transaction.commit()
        };
        keep().map_err(failed)
    }
}
