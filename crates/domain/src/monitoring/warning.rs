//! The life of a warning: raised, assigned, verified, closed, with an appeal of the firm concerned. One warning
//! per cause (rule and subject) while it is open: what happens again is counted, not raised again. Commands are
//! decided against the *latest* warning of the cause, open or closed, so that a replay of old data never raises
//! twice. What a command must not do is change a status without an event.

mod decide;
mod evolve;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::rules::Level;
use super::subjects::SubjectKind;
use crate::access::word_enum;
use crate::condition;

pub use decide::{decide, may};
pub use evolve::evolve;

/// Rule ids of this module.
pub mod rules {
    crate::rule_ids! {
        /// There is no such warning.
        NO_WARNING = "MON-W-001";
        /// The status does not allow this.
        OUT_OF_ORDER = "MON-W-002";
        /// A note is missing, too short or too long.
        NOTE = "MON-W-003";
        /// The assignee is unknown, inactive or may not verify.
        ASSIGNEE = "MON-W-004";
        /// The due time has passed.
        DUE = "MON-W-005";
        /// Confirmed with neither photo nor place nor a reason.
        EVIDENCE = "MON-W-006";
        /// A photo that was never handed in, or too many.
        PHOTO = "MON-W-007";
        /// A serious warning closed without anybody having looked.
        UNSEEN = "MON-W-008";
        /// The outcome contradicts the finding.
        CONTRADICTION = "MON-W-009";
        /// Only a firm concerned may appeal.
        NOT_CONCERNED = "MON-W-010";
        /// The time for an appeal is over.
        APPEAL_LATE = "MON-W-011";
        /// The firm has appealed before.
        APPEALED_BEFORE = "MON-W-012";
        /// A firm concerned may not judge its own warning.
        INVOLVED = "MON-W-013";
        /// Only a person may do this.
        NO_ACTOR = "MON-W-014";
        /// The time lies in the future.
        FUTURE = "MON-W-015";
        /// A warning closed as false alarm leaves nothing to appeal against.
        NOTHING_TO_APPEAL = "MON-W-016";
        /// The episode belongs to another cause.
        OTHER_CAUSE = "MON-W-017";
        /// The finding is clear: close it.
        SETTLED = "MON-W-018";
        /// Not a place on earth.
        PLACE = "MON-W-019";
    }
}

word_enum! {
    /// Where a warning stands.
    Status {
        /// New, nobody answers for it.
        Raised = "raised",
        /// Somebody answers for it.
        Assigned = "assigned",
        /// Somebody looked.
        Verified = "verified",
        /// A firm concerned objects; it waits for a decision.
        Appealed = "appealed",
        /// Done.
        Closed = "closed",
    }
}

word_enum! {
    /// What was found on the spot.
    Finding {
        /// As the warning says.
        Confirmed = "confirmed",
        /// Not so.
        NotConfirmed = "not_confirmed",
        /// Could not be told; it may be assigned again.
        Unclear = "unclear",
    }
}

word_enum! {
    /// How a warning ended.
    Outcome {
        /// Put right.
        Resolved = "resolved",
        /// There was nothing.
        FalseAlarm = "false_alarm",
        /// There was something, with a good reason.
        Excused = "excused",
        /// Handed over as a case.
        Case = "case",
    }
}

word_enum! {
    /// What a person may do with a warning.
    Action {
        /// Give it to somebody.
        Assign = "assign",
        /// Say what was found.
        Verify = "verify",
        /// End it.
        Close = "close",
        /// Object.
        Appeal = "appeal",
        /// Decide an objection.
        Decide = "decide",
    }
}

/// A point on the map, WGS-84.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Latitude, 10⁻⁶ degree.
    pub lat_e6: i64,
    /// Longitude, 10⁻⁶ degree.
    pub lon_e6: i64,
    /// Radius of uncertainty, m, when the device says it.
    pub accuracy_m: Option<i64>,
}

/// Why there is a warning.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Cause {
    /// Rule id.
    pub rule: String,
    /// What kind of subject.
    pub subject_kind: SubjectKind,
    /// Id of the subject.
    pub subject_id: String,
}

/// One stretch of time in which the rule held: see [`super::watch`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Episode {
    /// Its key.
    pub key: String,
    /// Its beginning, µs UTC. Episodes of a cause follow each other in time.
    pub start: i64,
}

/// Everything that a new warning says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Raise {
    /// Id of the warning, should it be new.
    pub id: String,
    /// Why.
    pub cause: Cause,
    /// Version of the rule.
    pub rule_version: i64,
    /// How serious.
    pub severity: Level,
    /// When it began.
    pub episode: Episode,
    /// Firms concerned: they see it and may appeal.
    pub orgs: Vec<String>,
    /// The truck, when there is one.
    pub vehicle_id: Option<String>,
    /// The manifest, when there is one.
    pub manifest_id: Option<String>,
    /// The facts at that moment.
    pub facts: condition::Facts,
    /// Where.
    pub place: Option<Place>,
    /// When the rule fired, µs UTC.
    pub at: i64,
}

/// Who acts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// Account.
    pub account_id: String,
    /// Organisation for which the person acts.
    pub org_id: String,
}

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// A rule fired: a new warning, one more of an open one, or nothing for an episode that is known.
    Raise(Box<Raise>),
    /// One more episode of an open warning.
    Repeat {
        /// The episode.
        episode: Episode,
        /// When the rule fired, µs UTC.
        at: i64,
        /// The facts at that moment.
        facts: condition::Facts,
        /// Where.
        place: Option<Place>,
    },
    /// Give it to somebody.
    Assign {
        /// Account of the assignee.
        account_id: String,
        /// Until when, µs UTC.
        due_at: Option<i64>,
        /// May be empty the first time; who takes it from somebody says why.
        note: String,
    },
    /// Say what was found.
    Verify {
        /// What.
        finding: Finding,
        /// In words.
        note: String,
        /// SHA-256 of photos handed in before.
        photos: Vec<String>,
        /// Where the person stood.
        place: Option<Place>,
        /// When the person looked, µs UTC; now when empty.
        occurred_at: Option<i64>,
    },
    /// End it.
    Close {
        /// How.
        outcome: Outcome,
        /// Why.
        note: String,
    },
    /// Object on behalf of a firm concerned.
    Appeal {
        /// Why.
        note: String,
        /// SHA-256 of photos handed in before.
        photos: Vec<String>,
    },
    /// Decide an objection.
    Decide {
        /// Whether the firm is right.
        upheld: bool,
        /// Why.
        note: String,
    },
}

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

/// Who answers for a warning.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assignment {
    /// Account.
    pub account_id: String,
    /// Until when, µs UTC.
    pub due_at: Option<i64>,
    /// Since when, µs UTC.
    pub at: i64,
}

/// An end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Closing {
    /// How.
    pub outcome: Outcome,
    /// When, µs UTC.
    pub at: i64,
}

/// A warning as its events made it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Warning {
    /// What was raised; facts and place are those of the latest episode.
    pub raised: Raise,
    /// Number of events.
    pub version: i64,
    /// Where it stands.
    pub status: Status,
    /// The latest episode.
    pub last_episode: Episode,
    /// When the rule fired last, µs UTC.
    pub last_at: i64,
    /// Number of episodes.
    pub count: i64,
    /// Who answers for it.
    pub assignment: Option<Assignment>,
    /// What was found last.
    pub finding: Option<Finding>,
    /// How it ended.
    pub closing: Option<Closing>,
    /// Where it stood before the appeal that is open.
    pub before_appeal: Option<Status>,
    /// Firms that have appealed.
    pub appealed_by: BTreeSet<String>,
}

impl Warning {
    /// Whether somebody still has something to do.
    pub fn is_open(&self) -> bool {
        self.status != Status::Closed
    }

    /// Whether the date given to the assignee has passed.
    pub fn is_late(&self, now: i64) -> bool {
        let due = self.assignment.as_ref().and_then(|assignment| assignment.due_at);
        self.status == Status::Assigned && due.is_some_and(|due| now > due)
    }
}

/// Numbers that the city may set. The defaults are ours: no law gives them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Days after closing in which a firm may appeal.
    pub appeal_days: i64,
    /// Characters of a note that stands in for photo and place.
    pub bare_note_chars: usize,
    /// How far a device's clock may run ahead, s.
    pub clock_ahead_s: i64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { appeal_days: 15, bare_note_chars: 20, clock_ahead_s: 300 }
    }
}

/// What the decision needs to know.
#[derive(Clone, Debug)]
pub struct Facts<'a> {
    /// Now, µs UTC.
    pub now: i64,
    /// Who acts; `None` for the watching rules themselves.
    pub actor: Option<&'a Actor>,
    /// Whether the account named in [`Command::Assign`] is active and may verify this warning.
    pub assignee_fits: bool,
    /// SHA-256 of the photos that the actor has handed in.
    pub photos: &'a BTreeSet<String>,
    /// Numbers of the city.
    pub settings: Settings,
}

#[cfg(test)]
mod tests;
