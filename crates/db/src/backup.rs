//! Backup and restore. A backup is always one SQLite file, whatever the engine: with all tables, attachments
//! included, and the texts of the migrations that made them. So it can be restored into either engine, which is
//! also the way from one to the other. Restore fills only an empty database and verifies the journals after.

use std::path::Path;

use crate::db::{Backend, EngineKind};
use crate::engine::sqlite::Lite;
use crate::migrate::{self, Step};
use crate::schema::{self, Table};
use crate::{Db, DbError, Snapshot, Sql, Tx, Value, VerifyOptions, params, reader, tx};

/// Rows copied at a time.
const PAGE: i64 = 500;

impl Db {
    /// Writes a backup of one moment to the new file `path`, while the application runs.
    pub async fn backup(&self, path: &Path) -> Result<(), DbError> {
        let wrong = |e: std::io::Error| DbError::Config(format!("backup {}: {e}", path.display()));
        let part = path.with_added_extension("part");
        if path.exists() {
            return Err(DbError::Config(format!("backup {}: the file exists already", path.display())));
        }
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create(true).truncate(true);
        // A backup holds personal data.
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(&part).map_err(wrong)?;
        let written = match &self.inner.backend {
            Backend::Lite { path: from, .. } => {
                let (from, to) = (from.clone(), part.clone());
                tokio::task::spawn_blocking(move || copy_file(&from, &to))
                    .await
                    .map_err(|e| DbError::Unavailable(e.to_string()))?
            }
            Backend::Pg { .. } => self.dump(&part).await,
        };
        if let Err(e) = written {
            // Best effort: the half file is of no use.
            let _ = std::fs::remove_file(&part);
            return Err(e);
        }
        std::fs::File::open(&part).and_then(|f| f.sync_all()).map_err(wrong)?;
        std::fs::rename(&part, path).map_err(wrong)
    }

    async fn dump(&self, path: &Path) -> Result<(), DbError> {
        let mut source = Snapshot::open(self).await?;
        let mut target = Tx::new(tx::Engine::Lite(Lite::open_scratch(path)?), None);
        let steps = migrate::read_applied(&mut source).await?;
        let tables = schema::read(&mut source, EngineKind::Postgres).await?;
        target.begin().await?;
        fill(&mut source, &mut target, &steps, &tables).await?;
        target.commit().await
    }

    /// Loads the backup `path` into this empty database and verifies every journal.
    pub async fn restore(&self, path: &Path) -> Result<(), DbError> {
        if !path.is_file() {
            return Err(DbError::Config(format!("restore {}: there is no such file", path.display())));
        }
        if !self.schema().await?.is_empty() {
            return Err(DbError::Config("restore needs an empty database; this one has tables".to_owned()));
        }
        let lite = Lite::open_reader(path)?;
        lite.run("begin")?;
        let mut source = Snapshot { engine: reader::Engine::Lite(lite) };
        let sound =
            source.query_one("select quick_check as answer from pragma_quick_check limit 1", &[]).await?;
        if sound.text("answer")? != "ok" {
            return Err(DbError::Inconsistent(format!(
                "restore {}: {}",
                path.display(),
                sound.text("answer")?
            )));
        }
        let steps = migrate::read_applied(&mut source).await?;
        let mut target = self.direct().await?;
        if target.kind() == EngineKind::Sqlite {
            target.batch("pragma foreign_keys = off").await?;
        }
        target.begin().await?;
        let loaded = load(&mut source, &mut target, &steps).await;
        if let Err(e) = loaded {
            target.rollback().await?;
            return Err(e);
        }
        target.commit().await?;
        let report = self.verify(&VerifyOptions::default(), None).await?;
        match report.tenants.iter().find_map(|t| t.findings.first().map(|f| (&t.tenant, f))) {
            None => Ok(()),
            Some((tenant, finding)) => Err(DbError::Inconsistent(format!(
                "the backup was loaded, but the journal of {tenant} does not verify: {finding}"
            ))),
        }
    }
}

/// SQLite's own online backup.
fn copy_file(from: &Path, to: &Path) -> Result<(), DbError> {
    let source = Lite::open_reader(from)?;
    let mut target = rusqlite::Connection::open(to)?;
    rusqlite::backup::Backup::new(&source.conn, &mut target)?.run_to_completion(
        4096,
        std::time::Duration::ZERO,
        None,
    )?;
    // The copy says WAL like its source; a backup is to be one file.
    target.pragma_update(None, "journal_mode", "delete")?;
    Ok(())
}

/// Makes the tables and copies all rows; both sides have their transaction open.
async fn fill(
    source: &mut Snapshot,
    target: &mut Tx,
    steps: &[Step],
    tables: &[Table],
) -> Result<(), DbError> {
    migrate::applied(target).await?;
    for step in steps {
        migrate::apply(target, step, 0).await?;
    }
    for table in tables {
        // Migrations may have put rows in, which are in the backup too.
        target.exec(&format!("delete from {}", table.name), &[]).await?;
    }
    for table in tables {
        copy_table(source, target, table).await?;
    }
    Ok(())
}

async fn load(source: &mut Snapshot, target: &mut Tx, steps: &[Step]) -> Result<(), DbError> {
    migrate::applied(target).await?;
    for step in steps {
        migrate::apply(target, step, 0).await?;
    }
    let kind = target.kind();
    let tables = schema::read(target, kind).await?;
    let keys = drop_foreign_keys(target).await?;
    for table in &tables {
        target.exec(&format!("delete from {}", table.name), &[]).await?;
    }
    for table in &tables {
        copy_table(source, target, table).await?;
    }
    for sql in keys {
        target.batch(&sql).await?;
    }
    if target.kind() == EngineKind::Sqlite {
        let broken =
            target.query("select \"table\" as name from pragma_foreign_key_check limit 1", &[]).await?;
        if let Some(row) = broken.first() {
            return Err(DbError::Inconsistent(format!("a foreign key of {} is broken", row.text("name")?)));
        }
    }
    Ok(())
}

/// PostgreSQL checks foreign keys row by row, so they rest while rows come table by table. Answers the statements
/// that put them back, which checks all rows.
async fn drop_foreign_keys(target: &mut Tx) -> Result<Vec<String>, DbError> {
    if target.kind() == EngineKind::Sqlite {
        return Ok(Vec::new());
    }
    let list = "select cast(conname as text) as name, cast(cast(conrelid as regclass) as text) as owner, \
         pg_get_constraintdef(oid) as definition from pg_constraint \
         where contype = 'f' and connamespace = cast(current_schema() as regnamespace)";
    let mut again = Vec::new();
    for row in target.query(list, &[]).await? {
        let (name, owner, definition) = (row.text("name")?, row.text("owner")?, row.text("definition")?);
        target.batch(&format!("alter table {owner} drop constraint \"{name}\"")).await?;
        again.push(format!("alter table {owner} add constraint \"{name}\" {definition}"));
    }
    Ok(again)
}

/// Copies a table in order of its primary key. `table` is as the PostgreSQL side has it, if there is one, for
/// only there booleans can be told from integers.
async fn copy_table(source: &mut Snapshot, target: &mut Tx, table: &Table) -> Result<(), DbError> {
    let name = &table.name;
    if table.primary_key.is_empty() {
        return Err(DbError::Config(format!("table {name} has no primary key and cannot be copied")));
    }
    let columns: Vec<&str> = table.columns.iter().map(|c| c.name.as_str()).collect();
    let places = |from: usize, n: usize| -> String {
        (from..from + n).map(|i| format!("${i}")).collect::<Vec<_>>().join(", ")
    };
    let (list, key) = (columns.join(", "), table.primary_key.join(", "));
    let insert = format!("insert into {name} ({list}) values ({})", places(1, columns.len()));
    let first = format!("select {list} from {name} order by {key} limit $1");
    let next = format!(
        "select {list} from {name} where ({key}) > ({}) order by {key} limit $1",
        places(2, table.primary_key.len())
    );
    let mut after: Option<Vec<Value>> = None;
    loop {
        let mut params = params![PAGE];
        let text = if after.is_some() { &next } else { &first };
        params.extend(after.take().into_iter().flatten());
        let rows = source.query(text, &params).await?;
        let Some(last) = rows.last() else { return Ok(()) };
        let keys = table.primary_key.iter().map(|k| last.get::<Value>(k));
        after = Some(keys.collect::<Result<_, _>>()?);
        let mut statements = Vec::with_capacity(rows.len());
        for row in rows {
            let mut values = row.into_values();
            for (value, column) in values.iter_mut().zip(&table.columns) {
                if let (Value::Int(v), "BOOLEAN") = (&*value, column.kind.as_str()) {
                    *value = Value::Bool(*v != 0);
                }
            }
            statements.push((insert.as_str(), values));
        }
        target.exec_all(statements).await?;
    }
}
