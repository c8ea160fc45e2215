//! The audit log: who signed in, read personal data, exported or administered what, with which outcome. Every
//! entry is an event of the journal, so it cannot be altered afterwards; `audit_entry` is its read table.
//! Addresses and typed logins are personal data and stand in the journal only as commitments.

use db::{StoredEvent, Tx, params};
use serde_json::{Value, json};

use super::problem::Problem;
use super::work::{Fact, Work};

/// Kinds of audit events. A new kind is added here, so that the list of the page is complete.
pub const KINDS: [&str; 18] = [
    "audit.signed_in",
    "audit.sign_in_failed",
    "audit.locked",
    "audit.signed_out",
    "audit.reauthentication_failed",
    "audit.password_changed",
    "audit.second_factor_enabled",
    "audit.second_factor_disabled",
    "audit.account_created",
    "audit.account_changed",
    "audit.account_reset",
    "audit.delegation_granted",
    "audit.delegation_revoked",
    "audit.personal_read",
    "audit.exported",
    "audit.imported",
    "audit.erased",
    "audit.roadside_check",
];

/// One entry.
#[derive(Clone, Debug)]
pub struct Entry {
    /// One of [`KINDS`].
    pub kind: &'static str,
    /// Whether it was carried out.
    pub success: bool,
    /// What it was about (`account`, `crew`, …).
    pub subject_type: &'static str,
    /// Id of that thing; empty when there is none.
    pub subject_id: String,
    /// Organisation of that thing.
    pub org_id: Option<String>,
    /// Further words, without personal data.
    pub detail: Value,
    /// The login as typed, for failed sign-ins.
    pub login: Option<String>,
}

impl Entry {
    /// An entry about something that was carried out.
    pub fn new(kind: &'static str, subject_type: &'static str, subject_id: impl Into<String>) -> Self {
        Self {
            kind,
            success: true,
            subject_type,
            subject_id: subject_id.into(),
            org_id: None,
            detail: json!({}),
            login: None,
        }
    }

    /// The organisation.
    #[must_use]
    pub fn of_org(mut self, org_id: impl Into<String>) -> Self {
        self.org_id = Some(org_id.into());
        self
    }

    /// Further words; never personal data.
    #[must_use]
    pub fn with(mut self, detail: Value) -> Self {
        self.detail = detail;
        self
    }

    /// It was refused.
    #[must_use]
    pub fn failed(mut self) -> Self {
        self.success = false;
        self
    }
}

/// Appends an entry to the journal and the read table, within the command's transaction.
///
/// # Errors
/// 500 when the database refuses.
pub async fn record(work: &mut Work<'_>, entry: Entry) -> Result<StoredEvent, Problem> {
    let mut personal = Vec::new();
    if let Some(ip) = &work.ctx.ip {
        personal.push(("ip".to_owned(), ip.clone()));
    }
    if let Some(login) = entry.login {
        personal.push(("login".to_owned(), login));
    }
    let outcome = if entry.success { "success" } else { "failure" };
    let fact = Fact {
        org_id: entry.org_id.or_else(|| Some(work.ctx.org_id.clone()).filter(|o| !o.is_empty())),
        personal,
        ..Fact::new(
            entry.kind,
            entry.subject_type,
            entry.subject_id,
            work.now,
            json!({"outcome": outcome, "detail": entry.detail}),
        )
    };
    let event = work.append(fact).await?;
    project(work.tx, &event).await?;
    Ok(event)
}

/// Writes the read row of an audit event; called live and when the read tables are rebuilt.
///
/// # Errors
/// 500 when the database refuses.
pub async fn project(tx: &mut Tx, event: &StoredEvent) -> Result<(), db::DbError> {
    let outcome = event.payload["outcome"].as_str().unwrap_or("success").to_owned();
    let detail = event.payload["detail"].to_string();
    let personal = |field: &str| event.personal.get(field).cloned().flatten();
    tx.exec(
        "insert into audit_entry (tenant_id, position, at, kind, actor_id, on_behalf_of, org_id, subject_type, subject_id, \
         outcome, detail, login, ip) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        &params![
            tx.tenant().to_owned(),
            event.position,
            event.recorded_at,
            &event.kind,
            &event.actor_id,
            &event.on_behalf_of,
            &event.org_id,
            &event.subject_type,
            &event.subject_id,
            outcome,
            detail,
            personal("login"),
            personal("ip")
        ],
    )
    .await
    .map(drop)
}

/// Says in the audit log that personal data was read unmasked, and for what purpose.
///
/// # Errors
/// 500 when the database refuses.
pub async fn personal_read(
    work: &mut Work<'_>,
    subject_type: &'static str,
    subject_id: &str,
    org_id: &str,
) -> Result<(), Problem> {
    let purpose = work.ctx.purpose.clone();
    record(
        work,
        Entry::new("audit.personal_read", subject_type, subject_id)
            .of_org(org_id)
            .with(json!({"purpose": purpose})),
    )
    .await?;
    Ok(())
}
