//! What a report of progress must say. A report never changes an earlier one: it stands after it.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{Item, State, rules};
use crate::problem::Violation;

/// Shortest note in characters.
const NOTE_MIN: usize = 2;
/// Longest note in characters.
const NOTE_MAX: usize = 2_000;
/// A step back is explained in at least so many characters.
const BACKWARD_MIN: usize = 8;

/// A file that proves something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// SHA-256 of the content.
    pub sha256: String,
    /// Name for people.
    pub name: String,
    /// `pdf`, `image`, `xlsx`, `docx`: what the content is.
    pub kind: String,
    /// Size.
    pub bytes: i64,
}

/// A report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// Day that it speaks of.
    pub day: Date,
    /// Town that it is about; the whole item where left out.
    #[serde(default)]
    pub town: Option<String>,
    /// How far, 0 to 100.
    pub percent: i64,
    /// In which state.
    pub state: State,
    /// What was done.
    pub note: String,
    /// What stands in the way.
    #[serde(default)]
    pub obstacle: String,
    /// Files.
    #[serde(default)]
    pub evidence: Vec<Evidence>,
}

/// What a report is checked against.
#[derive(Clone, Debug)]
pub struct ProgressFacts {
    /// Today in the city.
    pub today: Date,
    /// Percent of the report before it, of the same town or of the whole.
    pub before: Option<i64>,
}

/// Everything that is wrong with a report.
pub fn check_progress(item: &Item, report: &Progress, facts: &ProgressFacts) -> Vec<Violation> {
    let mut found = Vec::new();
    if item.withdrawn.is_some() {
        found.push(Violation::error(rules::WITHDRAWN, ""));
    }
    if !(0..=100).contains(&report.percent) {
        found.push(Violation::error(rules::PERCENT, "/percent").with("value", report.percent));
    }
    let agree = match report.state {
        State::NotStarted => report.percent == 0,
        State::Done => report.percent == 100,
        State::Running | State::Blocked => report.percent < 100,
    };
    if !agree {
        let state = report.state.as_str();
        found.push(
            Violation::error(rules::STATE, "/state").with("state", state).with("percent", report.percent),
        );
    }
    if report.state == State::Done && report.evidence.is_empty() {
        found.push(Violation::error(rules::NO_EVIDENCE, "/evidence"));
    }
    let note = report.note.trim().chars().count();
    let backward = facts.before.is_some_and(|b| report.percent < b);
    if backward && (NOTE_MIN..BACKWARD_MIN).contains(&note) {
        let before = facts.before.unwrap_or_default();
        found.push(
            Violation::error(rules::BACKWARD, "/note").with("before", before).with("min", BACKWARD_MIN),
        );
    }
    if !(NOTE_MIN..=NOTE_MAX).contains(&note) {
        found.push(Violation::error(rules::NOTE, "/note").with("min", NOTE_MIN).with("max", NOTE_MAX));
    }
    let obstacle = report.obstacle.trim().chars().count();
    if report.state == State::Blocked && obstacle < NOTE_MIN {
        found.push(Violation::error(rules::NO_OBSTACLE, "/obstacle"));
    }
    if obstacle > NOTE_MAX {
        found.push(Violation::error(rules::NOTE, "/obstacle").with("min", 0).with("max", NOTE_MAX));
    }
    if report.day > facts.today {
        found.push(Violation::error(rules::DAY, "/day").with("value", report.day).with("today", facts.today));
    }
    found
}
