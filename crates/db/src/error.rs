//! The one error type of this crate. It is `Clone`, because a failed commit is the answer to every command
//! of the group, and it never carries parameter values, which may be personal data.

use std::fmt;

/// Which constraint a statement broke.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Constraint {
    /// A unique index or primary key.
    Unique,
    /// A foreign key.
    ForeignKey,
    /// NOT NULL.
    NotNull,
    /// A CHECK clause, or a value of the wrong type.
    Check,
}

impl fmt::Display for Constraint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unique => "unique",
            Self::ForeignKey => "foreign key",
            Self::NotNull => "not null",
            Self::Check => "check",
        })
    }
}

/// Everything that can go wrong between a command and its database.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DbError {
    /// A constraint refused the statement. `detail` names table and column as the engine reports them.
    #[error("{kind} constraint broken: {detail}")]
    Constraint {
        /// The kind of constraint.
        kind: Constraint,
        /// The engine's words.
        detail: String,
    },
    /// `query_one` found no row.
    #[error("no row found by: {0}")]
    NoRow(String),
    /// A column is absent or holds another type than was asked for.
    #[error("column {column} of {table}: {detail}")]
    Column {
        /// Table as far as the statement tells it.
        table: String,
        /// Column name.
        column: String,
        /// What is wrong.
        detail: String,
    },
    /// The statement itself is wrong (syntax, unknown table, number of parameters).
    #[error("statement refused: {0}")]
    Statement(String),
    /// The database cannot be reached, is full, or lost the connection. The outcome may be unknown.
    #[error("database unavailable: {0}")]
    Unavailable(String),
    /// The group's transaction failed and nothing of the command is stored (after an I/O error of the disk, this
    /// is certain only after the next start).
    #[error("transaction not committed: {0}")]
    NotCommitted(String),
    /// The command panicked; only it was rolled back.
    #[error("the command panicked: {0}")]
    Panicked(String),
    /// A command awaited something other than its database handle.
    #[error("a command inside a write transaction may await only the database")]
    Suspended,
    /// An earlier statement of this command failed, so nothing more can be done in it.
    #[error("an earlier statement of this command failed: {0}")]
    Poisoned(String),
    /// The database is being closed.
    #[error("the database is closed")]
    Closed,
    /// Configuration: URL, paths, migrations.
    #[error("{0}")]
    Config(String),
    /// An event, attachment, job, note or proof breaks the rules of this crate.
    #[error("{0}")]
    Invalid(String),
    /// Stored data contradicts itself (table, key, what).
    #[error("stored data is inconsistent: {0}")]
    Inconsistent(String),
}

impl DbError {
    /// True if a unique constraint refused the statement.
    pub fn is_unique(&self) -> bool {
        matches!(self, Self::Constraint { kind: Constraint::Unique, .. })
    }

    /// True if a foreign key refused the statement.
    pub fn is_foreign_key(&self) -> bool {
        matches!(self, Self::Constraint { kind: Constraint::ForeignKey, .. })
    }

    /// True if trying again later may help.
    pub fn is_unavailable(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::NotCommitted(_) | Self::Closed)
    }
}

impl From<rusqlite::Error> for DbError {
    fn from(e: rusqlite::Error) -> Self {
        use rusqlite::ffi::{self, ErrorCode};
        match &e {
            rusqlite::Error::SqliteFailure(code, message) => {
                let detail = message.clone().unwrap_or_else(|| code.to_string());
                match code.code {
                    ErrorCode::ConstraintViolation => {
                        let kind = match code.extended_code {
                            ffi::SQLITE_CONSTRAINT_FOREIGNKEY => Constraint::ForeignKey,
                            ffi::SQLITE_CONSTRAINT_NOTNULL => Constraint::NotNull,
                            ffi::SQLITE_CONSTRAINT_UNIQUE
                            | ffi::SQLITE_CONSTRAINT_PRIMARYKEY
                            | ffi::SQLITE_CONSTRAINT_ROWID => Constraint::Unique,
                            _ => Constraint::Check,
                        };
                        Self::Constraint { kind, detail }
                    }
                    ErrorCode::Unknown | ErrorCode::TypeMismatch | ErrorCode::ParameterOutOfRange => {
                        Self::Statement(detail)
                    }
                    _ => Self::Unavailable(detail),
                }
            }
            rusqlite::Error::SqlInputError { msg, sql, .. } => Self::Statement(format!("{msg} in: {sql}")),
            _ => Self::Statement(e.to_string()),
        }
    }
}

impl From<tokio_postgres::Error> for DbError {
    fn from(e: tokio_postgres::Error) -> Self {
        let Some(db) = e.as_db_error() else {
            return if e.is_closed() || std::error::Error::source(&e).is_some_and(|s| s.is::<std::io::Error>())
            {
                Self::Unavailable(chain(&e))
            } else {
                Self::Statement(chain(&e))
            };
        };
        let detail = match (db.table(), db.constraint()) {
            (Some(table), Some(constraint)) => format!("{} ({table}, {constraint})", db.message()),
            _ => db.message().to_owned(),
        };
        let code = db.code().code();
        match code {
            "23505" => Self::Constraint { kind: Constraint::Unique, detail },
            "23503" => Self::Constraint { kind: Constraint::ForeignKey, detail },
            "23502" => Self::Constraint { kind: Constraint::NotNull, detail },
            "23514" => Self::Constraint { kind: Constraint::Check, detail },
            _ => match &code[..2.min(code.len())] {
                // connection, resources, operator intervention, system, serialisation
                "08" | "40" | "53" | "55" | "57" | "58" => Self::Unavailable(detail),
                _ => Self::Statement(detail),
            },
        }
    }
}

/// An error and its causes in one line.
pub(crate) fn chain(e: &dyn std::error::Error) -> String {
    let mut text = e.to_string();
    let mut next = e.source();
    while let Some(cause) = next {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        next = cause.source();
    }
    text
}

/// The words of a caught panic.
pub(crate) fn panic_text(p: &(dyn std::any::Any + Send)) -> String {
    p.downcast_ref::<&str>()
        .map(|s| (*s).to_owned())
        .or_else(|| p.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "no message".to_owned())
}
