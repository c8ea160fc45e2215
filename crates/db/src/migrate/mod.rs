//! Bringing a database to the schema of this binary: numbered migrations, each in one transaction, each
//! remembered with its text. A text that has changed since, or a number this binary does not know, is an
//! error and never ignored.

mod translate;

use sha2::{Digest, Sha256};

use crate::journal::to_hex;
use crate::{Db, DbError, Sql, Tx, params};

pub(crate) use translate::statements;

/// One step of the schema. Numbers 1–99 belong to this crate.
#[derive(Clone, Copy, Debug)]
pub struct Migration {
    /// Its place; ascending, gaps are fine.
    pub number: i64,
    /// A short name.
    pub name: &'static str,
    /// One text for both engines, in PostgreSQL types (ADR 0002).
    pub sql: &'static str,
}

/// The migrations of this crate.
pub const CORE: &[Migration] =
    &[Migration { number: 1, name: "core", sql: include_str!("../../migrations/0001_core.sql") }];

const TABLE: &str = "create table if not exists schema_migration (
    number BIGINT NOT NULL,
    name TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    sql TEXT NOT NULL,
    applied_at BIGINT NOT NULL,
    PRIMARY KEY (number)
)";

/// A migration as the database remembers it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    pub number: i64,
    pub name: String,
    pub sql: String,
}

impl From<&Migration> for Step {
    fn from(m: &Migration) -> Self {
        Self { number: m.number, name: m.name.to_owned(), sql: m.sql.replace("\r\n", "\n") }
    }
}

/// This crate's migrations followed by `extra`; numbers must ascend.
pub(crate) fn all(extra: &[Migration]) -> Result<Vec<Step>, DbError> {
    let steps: Vec<Step> = CORE.iter().chain(extra).map(Step::from).collect();
    match steps.windows(2).find(|w| w[0].number >= w[1].number) {
        Some(w) => Err(DbError::Config(format!("migration {} must come after {}", w[1].number, w[0].number))),
        None => Ok(steps),
    }
}

/// What a database remembers; empty for a new one.
pub(crate) async fn applied(tx: &mut Tx) -> Result<Vec<Step>, DbError> {
    for statement in statements(TABLE, tx.kind())? {
        tx.batch(&statement).await?;
    }
    read_applied(tx).await
}

/// What a database remembers, where the table is known to exist.
pub(crate) async fn read_applied(sql: &mut impl Sql) -> Result<Vec<Step>, DbError> {
    let rows =
        sql.query("select number, name, sha256, sql from schema_migration order by number", &[]).await?;
    rows.iter()
        .map(|row| {
            let step = Step { number: row.get("number")?, name: row.get("name")?, sql: row.get("sql")? };
            let stored: String = row.get("sha256")?;
            if stored == checksum(&step.sql) {
                Ok(step)
            } else {
                Err(DbError::Inconsistent(format!(
                    "schema_migration {}: text and sha256 differ",
                    step.number
                )))
            }
        })
        .collect()
}

/// Compares what is applied with what this binary wants; answers what is missing.
pub(crate) fn missing<'a>(wanted: &'a [Step], applied: &[Step]) -> Result<&'a [Step], DbError> {
    for (i, have) in applied.iter().enumerate() {
        match wanted.get(i) {
            Some(want) if want.number == have.number && want.sql == have.sql => {}
            Some(want) if want.number == have.number => {
                return Err(DbError::Config(format!(
                    "migration {} ({}) was changed after it had been applied to this database",
                    have.number, have.name
                )));
            }
            Some(want) if want.number < have.number => {
                return Err(DbError::Config(format!(
                    "migration {} ({}) is older than {}, which is applied already",
                    want.number, want.name, have.number
                )));
            }
            _ => {
                return Err(DbError::Config(format!(
                    "the database has migration {} ({}), which this version does not know; use a newer version",
                    have.number, have.name
                )));
            }
        }
    }
    Ok(&wanted[applied.len()..])
}

/// Applies one step inside the open transaction.
pub(crate) async fn apply(tx: &mut Tx, step: &Step, now: i64) -> Result<(), DbError> {
    for statement in statements(&step.sql, tx.kind())? {
        tx.batch(&statement).await.map_err(|e| {
            DbError::Config(format!(
                "migration {} ({}): {e}\nin: {}",
                step.number,
                step.name,
                crate::sql::shorten(&statement)
            ))
        })?;
    }
    let sql =
        "insert into schema_migration (number, name, sha256, sql, applied_at) values ($1, $2, $3, $4, $5)";
    tx.exec(sql, &params![step.number, &step.name, checksum(&step.sql), &step.sql, now]).await?;
    Ok(())
}

fn checksum(sql: &str) -> String {
    to_hex(&Sha256::digest(sql))
}

impl Db {
    /// Applies what is missing of this crate's and the given migrations; answers the numbers applied.
    pub async fn migrate(&self, migrations: &[Migration]) -> Result<Vec<i64>, DbError> {
        let wanted = all(migrations)?;
        let mut tx = self.direct().await?;
        let mut done = Vec::new();
        loop {
            // Read again in every transaction: another process may be migrating too.
            tx.begin().await?;
            let step = async {
                let applied = applied(&mut tx).await?;
                let step = missing(&wanted, &applied)?.first();
                if let Some(step) = step {
                    apply(&mut tx, step, crate::clock::now()).await?;
                }
                Ok(step)
            }
            .await;
            match step {
                Ok(step) => {
                    tx.commit().await?;
                    let Some(step) = step else { return Ok(done) };
                    done.push(step.number);
                }
                Err(e) => {
                    tx.rollback().await?;
                    return Err(e);
                }
            }
        }
    }

    /// Whether the database has exactly the schema of this binary; the error says what is wrong.
    pub async fn check_schema(&self, migrations: &[Migration]) -> Result<(), DbError> {
        let wanted = all(migrations)?;
        let applied = self.applied().await?;
        match missing(&wanted, &applied)?.first() {
            None => Ok(()),
            Some(step) => Err(not_applied(step)),
        }
    }

    /// Whether this crate's own tables are those of this binary.
    pub(crate) async fn check_core_schema(&self) -> Result<(), DbError> {
        let mut applied = self.applied().await?;
        applied.retain(|step| step.number < 100);
        match missing(&all(&[])?, &applied)?.first() {
            None => Ok(()),
            Some(step) => Err(not_applied(step)),
        }
    }

    async fn applied(&self) -> Result<Vec<Step>, DbError> {
        self.read(|s| Box::pin(async move { read_applied(s).await })).await.map_err(|e: DbError| match e {
            DbError::Statement(e) => {
                DbError::Config(format!("the database has no schema yet ({e}); run migrate first"))
            }
            other => other,
        })
    }
}

fn not_applied(step: &Step) -> DbError {
    DbError::Config(format!(
        "migration {} ({}) is not applied to this database; run migrate first",
        step.number, step.name
    ))
}
