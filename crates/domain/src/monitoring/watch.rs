//! A rule over time. Each subject and rule has a small state; each observation moves it and says whether there is
//! anything to warn of. An episode is one stretch of time in which the condition holds; its key is made of the
//! rule, the subject and its beginning, so that the same data gives the same key, however it is cut into batches
//! and however often it is replayed. An observation older than the last one is ignored.

use serde::{Deserialize, Serialize};

use super::rules::Rule;
use crate::condition::{Facts, NotComputable};
use crate::time::format_instant;

/// What is remembered between observations. Starts empty; keep it per rule and subject.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleState {
    /// Time of the last observation, µs UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_at: Option<i64>,
    /// Since when the condition holds, µs UTC: the beginning of the episode.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<i64>,
    /// Whether the dwell time was reached.
    #[serde(default)]
    pub firing: bool,
    /// Since when it no longer holds while the episode is not over, µs UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub false_since: Option<i64>,
}

impl RuleState {
    /// Whether it says nothing, so that it need not be stored.
    pub fn is_quiet(&self) -> bool {
        self.since.is_none()
    }
}

/// One look at a subject.
#[derive(Clone, Copy, Debug)]
pub struct Observation<'a> {
    /// Id of the subject.
    pub subject: &'a str,
    /// When the facts were true, µs UTC.
    pub at: i64,
    /// The facts.
    pub facts: &'a Facts,
}

/// What an observation means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The condition does not hold.
    Quiet,
    /// It holds, not long enough yet.
    Pending {
        /// Since when, µs UTC.
        since: i64,
    },
    /// It has held long enough: there is, or there already was, a warning of this episode.
    Firing {
        /// Key of the episode.
        episode: String,
        /// Its beginning, µs UTC.
        start: i64,
        /// Whether this observation is the first to say so.
        first: bool,
    },
    /// The episode is over.
    Ended {
        /// Key of the episode.
        episode: String,
        /// Its beginning, µs UTC.
        start: i64,
        /// When the condition stopped to hold, µs UTC.
        end: i64,
    },
    /// It cannot be told; the state stays as it was.
    NotComputable(NotComputable),
    /// The observation is older than the last one; nothing changed.
    Stale,
}

/// Key of an episode.
pub fn episode_key(rule: &str, subject: &str, start: i64) -> String {
    format!("{rule}/{subject}/{}", format_instant(start))
}

/// Moves the state by one observation.
pub fn evaluate(rule: &Rule, seen: &Observation<'_>, state: &mut RuleState) -> Outcome {
    if state.last_at.is_some_and(|last| seen.at < last) {
        return Outcome::Stale;
    }
    let holds = match rule.holds(seen.facts) {
        Ok(holds) => holds,
        Err(why) => return Outcome::NotComputable(why),
    };
    state.last_at = Some(seen.at);
    let source = rule.source();
    let episode = |start| episode_key(&source.id, seen.subject, start);
    if holds {
        let start = *state.since.get_or_insert(seen.at);
        state.false_since = None;
        let first = !state.firing;
        if first && seconds(start, seen.at) < source.dwell_s {
            return Outcome::Pending { since: start };
        }
        state.firing = true;
        return Outcome::Firing { episode: episode(start), start, first };
    }
    let Some(start) = state.since.filter(|_| state.firing) else {
        state.since = None;
        return Outcome::Quiet;
    };
    let end = *state.false_since.get_or_insert(seen.at);
    if seconds(end, seen.at) < source.clear_s {
        return Outcome::Firing { episode: episode(start), start, first: false };
    }
    *state = RuleState { last_at: state.last_at, ..RuleState::default() };
    Outcome::Ended { episode: episode(start), start, end }
}

/// Whole seconds between two instants.
fn seconds(from: i64, to: i64) -> i64 {
    to.saturating_sub(from) / 1_000_000
}

#[cfg(test)]
mod tests;
