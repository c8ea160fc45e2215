//! What the writer said to the database, cut into commands, so that a bare client can say the same again in groups of
//! any size.

use std::sync::{Arc, Mutex, PoisonError};

use db::{Recorder, Value};

use crate::Failure;

/// A statement with its parameters.
#[derive(Clone, Debug)]
pub struct Statement {
    pub sql: String,
    pub params: Vec<Value>,
}

/// Collects statements while the writer runs.
#[derive(Clone, Default)]
pub struct Tape(Arc<Mutex<Vec<Statement>>>);

impl Tape {
    pub fn recorder(&self) -> Recorder {
        let tape = Arc::clone(&self.0);
        Recorder::new(move |sql, params| {
            let statement = Statement { sql: sql.to_owned(), params: params.to_vec() };
            tape.lock().unwrap_or_else(PoisonError::into_inner).push(statement);
        })
    }

    pub fn take(&self) -> Vec<Statement> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A recorded command and the transaction it was in.
struct Command {
    statements: Vec<Statement>,
    group: usize,
}

/// A recorded run.
pub struct Recording {
    begin: String,
    commands: Vec<Command>,
    /// What each transaction says before its first command: the lock of the journal's head.
    openings: Vec<Vec<Statement>>,
    /// What it says after its last one: the new head.
    closings: Vec<Vec<Statement>>,
}

/// A transaction to be said again.
pub struct Transaction<'a> {
    pub begin: &'a str,
    pub opening: &'a [Statement],
    pub commands: Vec<&'a [Statement]>,
    pub closing: &'a [Statement],
    /// Each command has a savepoint, as ours has.
    pub savepoints: bool,
}

/// The two statements around a command.
pub const SAVEPOINT: &str = "savepoint command";
pub const RELEASE: &str = "release command";

impl Recording {
    /// Cuts what was heard.
    ///
    /// # Errors
    /// When a command was rolled back: then there is nothing to compare with.
    pub fn cut(heard: Vec<Statement>) -> Result<Self, Failure> {
        let mut all =
            Self { begin: String::new(), commands: Vec::new(), openings: Vec::new(), closings: Vec::new() };
        let mut inside: Option<Vec<Statement>> = None;
        let mut between: Vec<Statement> = Vec::new();
        let mut open = false;
        for statement in heard {
            match statement.sql.as_str() {
                sql if sql.starts_with("rollback") => {
                    return Err(Failure::new("a command of the recorded run was rolled back"));
                }
                sql if sql.starts_with("begin") => {
                    all.begin = statement.sql;
                    between.clear();
                    open = false;
                }
                SAVEPOINT => {
                    if !open {
                        all.openings.push(std::mem::take(&mut between));
                        open = true;
                    }
                    inside = Some(Vec::new());
                }
                RELEASE => {
                    let group = all.openings.len().saturating_sub(1);
                    all.commands.extend(inside.take().map(|statements| Command { statements, group }));
                }
                "commit" if open => all.closings.push(std::mem::take(&mut between)),
                "commit" => {}
                _ => inside.as_mut().unwrap_or(&mut between).push(statement),
            }
        }
        if all.commands.is_empty() || all.openings.len() != all.closings.len() {
            return Err(Failure::new("the recorded run is not whole"));
        }
        Ok(all)
    }

    pub fn len(&self) -> usize {
        self.commands.len()
    }

    /// Commands in a transaction, on average.
    pub fn group(&self) -> f64 {
        self.commands.len() as f64 / self.openings.len().max(1) as f64
    }

    /// Statements of a command, on average, without savepoints.
    pub fn statements(&self) -> f64 {
        let all: usize = self.commands.iter().map(|c| c.statements.len()).sum();
        all as f64 / self.commands.len().max(1) as f64
    }

    /// All statements.
    pub fn all(&self) -> impl Iterator<Item = &Statement> {
        let commands = self.commands.iter().flat_map(|c| &c.statements);
        self.openings.iter().flatten().chain(commands).chain(self.closings.iter().flatten())
    }

    /// Commands from `from` up to `to` in transactions of `size`; without savepoints one transaction is one command of
    /// a plain application.
    pub fn transactions(
        &self,
        from: usize,
        to: usize,
        size: usize,
        savepoints: bool,
    ) -> Vec<Transaction<'_>> {
        let range = self.commands.get(from..to.min(self.commands.len())).unwrap_or_default();
        let chunks = range.chunks(size.max(1)).filter_map(|chunk| {
            let (first, last) = (chunk.first()?, chunk.last()?);
            Some(Transaction {
                begin: &self.begin,
                opening: self.openings.get(first.group)?,
                commands: chunk.iter().map(|c| c.statements.as_slice()).collect(),
                closing: self.closings.get(last.group)?,
                savepoints,
            })
        });
        chunks.collect()
    }

    /// Writes `$n` as `?n`, which SQLite binds by number: the bare client need not look names up.
    pub fn numbered(mut self) -> Self {
        let statements = self.openings.iter_mut().flatten().chain(self.closings.iter_mut().flatten());
        for s in statements.chain(self.commands.iter_mut().flat_map(|c| &mut c.statements)) {
            s.sql = s.sql.replace('$', "?");
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(texts: &[&str]) -> Vec<Statement> {
        texts.iter().map(|t| Statement { sql: (*t).to_owned(), params: Vec::new() }).collect()
    }

    #[test]
    fn cut_and_grouped_anew() {
        let all = heard(&[
            "begin immediate",
            SAVEPOINT,
            "a $1",
            RELEASE,
            SAVEPOINT,
            "b",
            "c",
            RELEASE,
            "head 1",
            "commit",
            "begin immediate",
            "lock",
            SAVEPOINT,
            "d",
            RELEASE,
            "head 2",
            "commit",
        ]);
        let recording = Recording::cut(all).expect("whole").numbered();
        assert_eq!((recording.len(), recording.group()), (3, 1.5));
        let again = recording.transactions(0, 3, 3, true);
        assert_eq!(again.len(), 1);
        assert_eq!(again[0].commands.iter().map(|c| c.len()).collect::<Vec<_>>(), [1, 2, 1]);
        assert_eq!(again[0].commands[0][0].sql, "a ?1");
        assert_eq!(again[0].closing[0].sql, "head 2");
        assert_eq!(recording.transactions(1, 3, 1, false).len(), 2);
        assert!(Recording::cut(heard(&["begin", SAVEPOINT, "a", "rollback to command"])).is_err());
    }
}
