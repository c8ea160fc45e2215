//! What happened to a warning, as it is stored. Notes are free text of people and may name them: whoever stores an
//! event keeps them where personal data can be erased.

use serde::{Deserialize, Serialize};

use super::{Actor, Episode, Finding, Outcome, Place, Raise};
use crate::condition;

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Event {
    /// A new warning.
    Raised(Box<Raise>),
    /// One more episode.
    Repeated {
        /// The episode.
        episode: Episode,
        /// When the rule fired, µs UTC.
        at: i64,
        /// The facts at that moment.
        facts: condition::Facts,
        /// Where.
        place: Option<Place>,
    },
    /// Somebody answers for it.
    Assigned {
        /// Account of the assignee.
        account_id: String,
        /// Until when, µs UTC.
        due_at: Option<i64>,
        /// Note.
        note: String,
        /// Who assigned.
        by: Actor,
        /// When, µs UTC.
        at: i64,
    },
    /// Somebody looked.
    Verified {
        /// What was found.
        finding: Finding,
        /// Note.
        note: String,
        /// SHA-256 of photos.
        photos: Vec<String>,
        /// Where.
        place: Option<Place>,
        /// When the person looked, µs UTC.
        occurred_at: i64,
        /// Who looked.
        by: Actor,
        /// When it was recorded, µs UTC.
        at: i64,
    },
    /// It ended.
    Closed {
        /// How.
        outcome: Outcome,
        /// Note.
        note: String,
        /// Who closed.
        by: Actor,
        /// When, µs UTC.
        at: i64,
    },
    /// A firm concerned objects.
    Appealed {
        /// Note.
        note: String,
        /// SHA-256 of photos.
        photos: Vec<String>,
        /// Who objects, and for which firm.
        by: Actor,
        /// When, µs UTC.
        at: i64,
    },
    /// The objection was decided.
    Decided {
        /// Whether the firm was right.
        upheld: bool,
        /// Note.
        note: String,
        /// Who decided.
        by: Actor,
        /// When, µs UTC.
        at: i64,
    },
}
