//! Why a command ended: one sentence for the person at the terminal.

use app::kit::{Lang, Problem};
use db::DbError;

/// A failed command.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Failure(pub String);

impl Failure {
    /// A failure with its sentence.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

impl From<DbError> for Failure {
    fn from(error: DbError) -> Self {
        Self(error.to_string())
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self(error.to_string())
    }
}

impl From<figment::Error> for Failure {
    fn from(error: figment::Error) -> Self {
        Self(error.to_string())
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        let body = problem.body(Lang::En, "");
        let more: Vec<String> =
            body.errors.iter().map(|e| format!("{} {} ({})", e.path, e.message, e.rule)).collect();
        if more.is_empty() { Self(body.detail) } else { Self(format!("{}: {}", body.title, more.join("; "))) }
    }
}
