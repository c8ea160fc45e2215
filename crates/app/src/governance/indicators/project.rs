//! Indicator events into their read tables; the only place that writes them. Called live and again when the journal is
//! replayed, so it may use nothing but the event and the rows that earlier events made.

use db::{DbError, StoredEvent, Tx, params};
use domain::indicator::Span;
use domain::programme::Evidence;
use serde::{Deserialize, Serialize};

use super::book::Defined;
use crate::governance::evidence;
use crate::kit::work::Fact;
use crate::kit::{Problem, Work};

/// Read tables that [`project`] writes.
pub const TABLES: &[&str] = &["indicator_definition", "indicator_target", "indicator_value"];
/// Subject of values.
pub const VALUE: &str = "indicator_value";
/// Subject of definitions and targets.
pub const SUBJECT: &str = "indicator";

/// What happened.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Event {
    /// A value was filled in.
    Filled {
        /// Key.
        key: String,
        /// Year or month.
        period: Span,
        /// Town; empty for the whole city.
        town: String,
        /// Digits.
        value: String,
        /// Note.
        note: String,
        /// Evidence.
        evidence: Vec<Evidence>,
        /// Organisation that answers for it.
        org_id: String,
    },
    /// Another person checked it.
    Reviewed {
        /// Note.
        note: String,
    },
    /// The office let it count.
    Approved {
        /// Note.
        note: String,
    },
    /// It was sent back.
    Returned {
        /// Why.
        reason: String,
    },
    /// A definition got another version.
    Defined(Defined),
    /// A target was set or taken away.
    TargetSet {
        /// Key.
        key: String,
        /// Year.
        year: i16,
        /// Digits; none for "not set".
        value: Option<String>,
        /// Digits; none for "not set".
        baseline: Option<String>,
        /// Note.
        note: String,
    },
}

impl Event {
    const fn kind(&self) -> &'static str {
        match self {
            Event::Filled { .. } => "indicator.filled",
            Event::Reviewed { .. } => "indicator.reviewed",
            Event::Approved { .. } => "indicator.approved",
            Event::Returned { .. } => "indicator.returned",
            Event::Defined(_) => "indicator.defined",
            Event::TargetSet { .. } => "indicator.target_set",
        }
    }

    const fn subject(&self) -> &'static str {
        match self {
            Event::Defined(_) | Event::TargetSet { .. } => SUBJECT,
            _ => VALUE,
        }
    }
}

/// Appends an event and projects it.
///
/// # Errors
/// 500 when the database refuses.
pub async fn emit(work: &mut Work<'_>, id: &str, org_id: &str, event: &Event) -> Result<i64, Problem> {
    let payload = serde_json::to_value(event).map_err(|error| {
        tracing::error!(%error, "an indicator event cannot be written");
        Problem::internal()
    })?;
    let mut fact = Fact::new(event.kind(), event.subject(), id, work.now, payload);
    if !org_id.is_empty() {
        fact = fact.of_org(org_id);
    }
    let stored = work.append(fact).await?;
    write(work.tx, &stored, event).await?;
    Ok(stored.position)
}

/// Writes the rows of an event; events of others pass.
///
/// # Errors
/// When the payload is not an indicator event, or the database refuses.
pub async fn project(tx: &mut Tx, event: &StoredEvent) -> Result<(), DbError> {
    if !event.kind.starts_with("indicator.") {
        return Ok(());
    }
    let what: Event = serde_json::from_value(event.payload.clone()).map_err(|error| {
        DbError::Inconsistent(format!("event {} ({}): {error}", event.position, event.kind))
    })?;
    write(tx, event, &what).await
}

async fn write(tx: &mut Tx, event: &StoredEvent, what: &Event) -> Result<(), DbError> {
    let tenant = tx.tenant().to_owned();
    let (tenant, id) = (tenant.as_str(), event.subject_id.as_str());
    let (by, at) = (event.actor_id.as_str(), event.recorded_at);
    let step = |columns: &str| {
        format!(
            "update indicator_value set version = version + 1, changed_at = $3, position = $4, {columns} \
             where tenant_id = $1 and id = $2"
        )
    };
    match what {
        Event::Filled { key, period, town, value, note, evidence: files, org_id } => {
            let evidence = serde_json::to_string(files)
                .map_err(|e| DbError::Inconsistent(format!("event {}: evidence: {e}", event.position)))?;
            tx.exec(
                "insert into indicator_value (tenant_id, id, version, key, period, town, value, status, open, note, \
                 evidence, org_id, filled_by, filled_at, changed_at, position) \
                 values ($1, $2, 1, $3, $4, $5, $6, 'filled', true, $7, $8, $9, $10, $11, $11, $12)",
                &params![
                    tenant,
                    id,
                    key.as_str(),
                    period.to_string(),
                    town.as_str(),
                    value.as_str(),
                    note.as_str(),
                    evidence,
                    org_id.as_str(),
                    by,
                    at,
                    event.position
                ],
            )
            .await?;
            evidence::project::used(tx, files, VALUE, id).await?;
        }
        Event::Reviewed { note } => {
            let text = step("status = 'reviewed', reviewed_by = $5, reviewed_at = $3, reason = $6");
            tx.exec(&text, &params![tenant, id, at, event.position, by, note.as_str()]).await?;
        }
        Event::Approved { note } => {
            tx.exec(
                "update indicator_value set status = 'superseded', superseded_at = $3, superseded_by = $2, \
                 version = version + 1, changed_at = $3, position = $4 \
                 where tenant_id = $1 and id <> $2 and status = 'approved' and exists (select 1 from indicator_value n \
                 where n.tenant_id = $1 and n.id = $2 and n.key = indicator_value.key \
                 and n.period = indicator_value.period and n.town = indicator_value.town)",
                &params![tenant, id, at, event.position],
            )
            .await?;
            let text =
                step("status = 'approved', open = false, approved_by = $5, approved_at = $3, reason = $6");
            tx.exec(&text, &params![tenant, id, at, event.position, by, note.as_str()]).await?;
        }
        Event::Returned { reason } => {
            let text =
                step("status = 'returned', open = false, returned_by = $5, returned_at = $3, reason = $6");
            tx.exec(&text, &params![tenant, id, at, event.position, by, reason.as_str()]).await?;
        }
        Event::Defined(defined) => {
            let document = serde_json::to_string(defined)
                .map_err(|e| DbError::Inconsistent(format!("event {}: definition: {e}", event.position)))?;
            tx.exec(
                "insert into indicator_definition (tenant_id, key, version, valid_from, document, account_id, \
                 recorded_at, position) values ($1, $2, $3, $4, $5, $6, $7, $8)",
                &params![
                    tenant,
                    defined.key.as_str(),
                    defined.version,
                    defined.valid_from.as_str(),
                    document,
                    by,
                    at,
                    event.position
                ],
            )
            .await?;
        }
        Event::TargetSet { key, year, value, baseline, note } => {
            tx.exec(
                "insert into indicator_target (tenant_id, key, year, position, value, baseline, note, account_id, \
                 recorded_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
                &params![
                    tenant,
                    key.as_str(),
                    i64::from(*year),
                    event.position,
                    value.clone(),
                    baseline.clone(),
                    note.as_str(),
                    by,
                    at
                ],
            )
            .await?;
        }
    }
    Ok(())
}
