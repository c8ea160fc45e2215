//! How a figure that the ledger does not know comes to count: filled in by one person, checked by another, approved by
//! the office; sent back with a reason at either step. Only an approved value is a figure; a later approved value for
//! the same period takes its place, and both stay readable.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{Definition, Span, rules};
use crate::access::word_enum;
use crate::problem::Violation;

/// Shortest reason for sending back.
pub const MIN_NOTE: usize = 4;
/// Longest note.
pub const MAX_NOTE: usize = 1_000;
/// Most pieces of evidence.
pub const MAX_EVIDENCE: usize = 10;

word_enum! {
    /// Where a filled value stands.
    Status {
        /// Filled in; waits for another person.
        Filled = "filled",
        /// Checked; waits for the office.
        Reviewed = "reviewed",
        /// Counts, until a later one is approved.
        Approved = "approved",
        /// Sent back; a new one may be filled in.
        Returned = "returned",
        /// A later value took its place.
        Superseded = "superseded",
    }
}

word_enum! {
    /// What may be done with a filled value.
    Action {
        /// Check it.
        Review = "review",
        /// Let it count.
        Approve = "approve",
        /// Send it back.
        Return = "return",
    }
}

/// What the rules need to know of a stored value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// Where it stands.
    pub status: Status,
    /// Who filled it in.
    pub filled_by: String,
    /// Who checked it.
    pub reviewed_by: Option<String>,
}

impl Action {
    /// Whether this person may do it now, by state and four eyes; rights are asked for elsewhere.
    ///
    /// # Errors
    /// The wrong state; the same person as in an earlier step; a missing reason.
    pub fn check(self, value: &Standing, person: &str, note: &str) -> Result<Status, Vec<Violation>> {
        let (fits, next) = match self {
            Action::Review => (value.status == Status::Filled, Status::Reviewed),
            Action::Approve => (value.status == Status::Reviewed, Status::Approved),
            Action::Return => (matches!(value.status, Status::Filled | Status::Reviewed), Status::Returned),
        };
        if !fits {
            return Err(vec![
                Violation::error(rules::STATE, "").with("status", value.status).with("action", self),
            ]);
        }
        let mut found = Vec::new();
        let earlier = value.filled_by == person || value.reviewed_by.as_deref() == Some(person);
        // Who filled it in may take it back; nobody else's step may be done by the same person.
        if earlier && self != Action::Return {
            found.push(Violation::error(rules::FOUR_EYES, ""));
        }
        let length = note.trim().chars().count();
        if (self == Action::Return && length < MIN_NOTE) || length > MAX_NOTE {
            found.push(Violation::error(rules::NOTE, "/note").with("min", MIN_NOTE).with("max", MAX_NOTE));
        }
        if found.is_empty() { Ok(next) } else { Err(found) }
    }
}

/// Reads a filled value: plain digits with a point, within what its unit can be.
///
/// # Errors
/// Not a number of at most 12 whole digits and 6 decimals; outside the range of the unit.
pub fn read(definition: &Definition, text: &str, path: &str) -> Result<Decimal, Violation> {
    let shown: String = text.chars().take(40).collect();
    let value =
        plain(text.trim()).ok_or_else(|| Violation::error(rules::NUMBER, path).with("value", &shown))?;
    let (least, most) = definition.unit.range();
    let least = if definition.may_be_negative() { -most } else { least };
    if value < least || value > most {
        return Err(Violation::error(rules::RANGE, path)
            .with("value", shown)
            .with("min", least.normalize())
            .with("max", most.normalize()));
    }
    Ok(value)
}

fn plain(text: &str) -> Option<Decimal> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let good = |part: &str, most: usize| {
        (1..=most).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit())
    };
    (good(whole, 14) && good(fraction, 6)).then(|| Decimal::from_str_exact(text).ok()).flatten()
}

/// Checks what is filled in besides the number.
pub fn check_fill(span: Span, now_span_begins: bool, note: &str, evidence: usize) -> Vec<Violation> {
    let mut found = Vec::new();
    if !now_span_begins {
        found.push(Violation::error(rules::FUTURE, "/period").with("period", span));
    }
    if note.chars().count() > MAX_NOTE {
        found.push(Violation::error(rules::NOTE, "/note").with("min", 0).with("max", MAX_NOTE));
    }
    if evidence == 0 || evidence > MAX_EVIDENCE {
        found.push(Violation::error(rules::EVIDENCE, "/evidence").with("max", MAX_EVIDENCE));
    }
    found
}
