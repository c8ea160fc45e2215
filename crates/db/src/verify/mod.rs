//! Verification: from the stored bytes alone, without network and without writing, shows that nothing was
//! altered, or names what was. What it cannot name it narrows to the interval that it can prove. It trusts the
//! database for nothing; it trusts SHA-256, the given keys, and a checkpoint that somebody else kept.

mod log;
mod rebuild;
mod report;
mod trees;

use futures::future::BoxFuture;

use crate::journal::{NoteKey, open_checkpoint};
use crate::{Db, DbError, Migration, Sql, StoredEvent, Tx};

pub use report::{ExternalCheckpoint, Finding, RebuildReport, TenantReport, VerifyReport};

/// What to verify.
#[derive(Clone, Debug, Default)]
pub struct VerifyOptions {
    /// These tenants; all that have a journal, if empty.
    pub tenants: Vec<String>,
    /// The text of a checkpoint that somebody else kept.
    pub checkpoint: Option<String>,
    /// Public keys of the logs. Without the key of a log, signatures of its checkpoints are not checked, and
    /// the report says so.
    pub keys: Vec<NoteKey>,
    /// Findings listed per tenant at most (0: 100); the rest is counted.
    pub limit: usize,
}

/// A table that only projectors write.
#[derive(Clone, Copy, Debug)]
pub struct ReadTable {
    /// Its name.
    pub name: &'static str,
    /// Its key after `tenant_id`.
    pub key: &'static [&'static str],
    /// Columns that are no event's business (a password hash beside an account) and are not compared.
    pub ignore: &'static [&'static str],
}

/// How the application rebuilds its read tables from the journal.
pub trait Rebuild: Send + Sync {
    /// The migrations of the application, as for [`Db::migrate`].
    fn migrations(&self) -> &[Migration];

    /// The tables to compare.
    fn tables(&self) -> &[ReadTable];

    /// Writes the rows that follow from `event`, with the same projectors that commands use. `tx.tenant()` is
    /// the tenant of the event. Foreign keys are not enforced while rebuilding, because rows that are no
    /// event's business are absent.
    fn project<'a>(&'a self, tx: &'a mut Tx, event: &'a StoredEvent) -> BoxFuture<'a, Result<(), DbError>>;
}

impl Db {
    /// Verifies journals, and with `rebuild` the read tables. Reads only. An `Err` means that verification
    /// could not be done; what it found is in the report.
    pub async fn verify(
        &self,
        options: &VerifyOptions,
        rebuild: Option<&dyn Rebuild>,
    ) -> Result<VerifyReport, DbError> {
        match rebuild {
            Some(rebuild) => self.check_schema(rebuild.migrations()).await?,
            None => self.check_core_schema().await?,
        }
        let external = options.checkpoint.as_deref().map(open_checkpoint).transpose()?;
        let mut tenants =
            if options.tenants.is_empty() { self.journal_tenants().await? } else { options.tenants.clone() };
        if let Some(note) = &external {
            let tenant = crate::journal::tenant_of(&note.origin).to_owned();
            // A tenant whose whole journal was deleted is still named by the checkpoint.
            if !tenants.contains(&tenant) {
                tenants.push(tenant);
            }
        }
        let limit = if options.limit == 0 { 100 } else { options.limit };
        let mut report = VerifyReport::default();
        for tenant in &tenants {
            let note = external.as_ref().filter(|n| crate::journal::tenant_of(&n.origin) == tenant);
            report.tenants.push(log::verify(self, tenant, note, &options.keys, limit).await?);
        }
        if let Some(rebuild) = rebuild {
            let all = options.tenants.is_empty();
            report.rebuild = Some(rebuild::verify(self, &tenants, all, rebuild, limit).await?);
        }
        report.ok = report.tenants.iter().all(|t| t.findings_total == 0)
            && report.rebuild.as_ref().is_none_or(|r| r.findings_total == 0);
        Ok(report)
    }

    /// Every tenant of whom a trace is left.
    async fn journal_tenants(&self) -> Result<Vec<String>, DbError> {
        let text = "select tenant_id from journal_head union select tenant_id from journal_event \
             union select tenant_id from checkpoint union select tenant_id from personal_data \
             union select tenant_id from attachment order by 1";
        let rows = self.read(move |s| Box::pin(async move { s.query(text, &[]).await })).await?;
        rows.iter().map(|r| r.at(0)).collect()
    }
}
