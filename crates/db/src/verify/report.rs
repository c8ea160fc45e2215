//! What a verification says.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

/// The result of a verification.
#[derive(Clone, Debug, Default, Serialize)]
pub struct VerifyReport {
    /// Nothing was found.
    pub ok: bool,
    /// Each journal.
    pub tenants: Vec<TenantReport>,
    /// The read tables, if they were rebuilt.
    pub rebuild: Option<RebuildReport>,
}

/// One journal.
#[derive(Clone, Debug, Default, Serialize)]
pub struct TenantReport {
    /// Whose.
    pub tenant: String,
    /// Events read.
    pub events: i64,
    /// Root recomputed from them, in hex.
    pub root: String,
    /// Stored checkpoints compared.
    pub checkpoints: u64,
    /// Stored checkpoints whose signature was checked with a given key.
    pub signatures_checked: u64,
    /// Personal values that fit their commitments.
    pub personal_present: u64,
    /// Personal values that were erased, which is allowed.
    pub personal_erased: u64,
    /// Attachments whose content has its name's hash.
    pub attachments: u64,
    /// The given checkpoint, if it is of this log.
    pub external: Option<ExternalCheckpoint>,
    /// What is wrong, as far as the limit goes.
    pub findings: Vec<Finding>,
    /// How much is wrong in all.
    pub findings_total: u64,
}

/// The outcome for a checkpoint that somebody else kept.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ExternalCheckpoint {
    /// Its size.
    pub size: i64,
    /// The journal is consistent with it.
    pub consistent: bool,
    /// Its signature was checked with a given key and holds.
    pub signed: bool,
}

/// The read tables.
#[derive(Clone, Debug, Default, Serialize)]
pub struct RebuildReport {
    /// Events replayed.
    pub events: u64,
    /// Rows compared, by table.
    pub rows: BTreeMap<String, u64>,
    /// What differs, as far as the limit goes.
    pub findings: Vec<Finding>,
    /// How much differs in all.
    pub findings_total: u64,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "what", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Finding {
    /// This event was altered.
    EventAltered {
        /// Its position.
        position: i64,
        /// What shows it.
        detail: String,
    },
    /// Events are missing.
    EventsMissing {
        /// First missing position.
        from: i64,
        /// Last missing position.
        to: i64,
    },
    /// Some event in this interval was altered together with its hash, or put in; which one cannot be proved.
    IntervalAltered {
        /// First position of the interval.
        from: i64,
        /// Last position of the interval.
        to: i64,
        /// Between which proofs it lies.
        detail: String,
    },
    /// A personal value was altered, added or removed without erasure.
    PersonalAltered {
        /// The event's position.
        position: i64,
        /// The field.
        field: String,
        /// What shows it.
        detail: String,
    },
    /// A checkpoint is not of this journal, or its signature or columns are wrong.
    CheckpointBroken {
        /// Its size.
        size: i64,
        /// What is wrong.
        detail: String,
    },
    /// The stored head is not that of the events.
    HeadBroken {
        /// What is wrong.
        detail: String,
    },
    /// A stored hash of a block of 256 leaves is not that of its events.
    BlockBroken {
        /// First position of the block.
        from: i64,
        /// What is wrong.
        detail: String,
    },
    /// The content of an attachment is not the one that was stored.
    AttachmentAltered {
        /// Its name, the SHA-256 of what was stored.
        sha256: String,
    },
    /// A projector failed at this event, so the comparison stopped here.
    ReplayFailed {
        /// Whose event.
        tenant: String,
        /// Its position.
        position: i64,
        /// Why.
        detail: String,
    },
    /// A row holds something else than its events say.
    RowAltered {
        /// The table.
        table: String,
        /// The row's key, `column=value` with commas.
        key: String,
        /// The column.
        column: String,
        /// What is stored.
        stored: String,
        /// What the events say.
        expected: String,
    },
    /// A row that the events say is not there.
    RowMissing {
        /// The table.
        table: String,
        /// The row's key.
        key: String,
    },
    /// A row that no event says.
    RowExtra {
        /// The table.
        table: String,
        /// The row's key.
        key: String,
    },
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EventAltered { position, detail } => write!(f, "event {position} was altered: {detail}"),
            Self::EventsMissing { from, to } if from == to => write!(f, "event {from} is missing"),
            Self::EventsMissing { from, to } => write!(f, "events {from} to {to} are missing"),
            Self::IntervalAltered { from, to, detail } => {
                write!(f, "an event from {from} to {to} was altered: {detail}")
            }
            Self::PersonalAltered { position, field, detail } => {
                write!(f, "personal value {field} of event {position}: {detail}")
            }
            Self::CheckpointBroken { size, detail } => write!(f, "checkpoint of size {size}: {detail}"),
            Self::HeadBroken { detail } => write!(f, "journal head: {detail}"),
            Self::BlockBroken { from, detail } => write!(f, "block of events from {from}: {detail}"),
            Self::AttachmentAltered { sha256 } => write!(f, "attachment {sha256}: the content was altered"),
            Self::ReplayFailed { tenant, position, detail } => {
                write!(f, "event {position} of {tenant} cannot be replayed: {detail}")
            }
            Self::RowAltered { table, key, column, stored, expected } => {
                write!(f, "{table} ({key}): {column} is {stored}, the journal says {expected}")
            }
            Self::RowMissing { table, key } => write!(f, "{table} ({key}): the row is missing"),
            Self::RowExtra { table, key } => write!(f, "{table} ({key}): no event says this row"),
        }
    }
}

/// Keeps findings up to a limit and counts them all.
pub(super) struct Findings {
    pub list: Vec<Finding>,
    pub total: u64,
    limit: usize,
}

impl Findings {
    pub fn new(limit: usize) -> Self {
        Self { list: Vec::new(), total: 0, limit }
    }

    pub fn add(&mut self, finding: Finding) {
        self.total += 1;
        if self.list.len() < self.limit {
            self.list.push(finding);
        }
    }
}
