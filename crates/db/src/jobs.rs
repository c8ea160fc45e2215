//! Jobs: work to be done after the commit, enqueued in the command's own transaction so that none is lost and
//! none is done for a change that never was. A worker claims a job for a lease; when the lease runs out, another
//! may claim it, so a job must be safe to do twice.

use serde_json::Value as Json;
use uuid::Uuid;

use crate::{Db, DbError, Row, Tx, params};

/// Longest wait between two attempts, µs (one hour).
const MAX_BACKOFF: i64 = 3_600_000_000;

/// Work to enqueue.
#[derive(Clone, Debug)]
pub struct NewJob {
    /// Unique in the tenant; enqueuing the same id twice is an error.
    pub id: Uuid,
    /// Which handler does it.
    pub kind: &'static str,
    /// What the handler needs.
    pub payload: Json,
    /// Not before this time, UTC µs.
    pub run_at: i64,
    /// Attempts before it is given up.
    pub max_attempts: i64,
}

/// A claimed job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimedJob {
    /// Whose job.
    pub tenant: String,
    /// Its id.
    pub id: Uuid,
    /// Which handler does it.
    pub kind: String,
    /// What the handler needs.
    pub payload: Json,
    /// This attempt's number, from 1.
    pub attempt: i64,
    worker: String,
}

/// How many jobs a tenant has in each state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct JobCounts {
    /// Waiting or being done.
    pub open: i64,
    /// Done.
    pub done: i64,
    /// Given up after their last attempt.
    pub dead: i64,
}

impl Tx {
    /// Enqueues a job in this transaction.
    pub async fn enqueue(&mut self, job: NewJob) -> Result<(), DbError> {
        let sql = "insert into job (tenant_id, id, kind, payload, status, run_at, attempts, max_attempts, created_at) \
             values ($1, $2, $3, $4, 'ready', $5, 0, $6, $5)";
        let payload = job.payload.to_string();
        let params = params![self.tenant(), job.id, job.kind, payload, job.run_at, job.max_attempts.max(1)];
        self.exec(sql, &params).await?;
        Ok(())
    }
}

fn claimed(row: &Row, worker: &str) -> Result<ClaimedJob, DbError> {
    let payload = row.text("payload")?;
    Ok(ClaimedJob {
        tenant: row.get("tenant_id")?,
        id: row.get("id")?,
        kind: row.get("kind")?,
        payload: serde_json::from_str(payload).map_err(|e| {
            DbError::Inconsistent(format!("job {}: payload: {e}", row.text("id").unwrap_or("?")))
        })?,
        attempt: row.get("attempts")?,
        worker: worker.to_owned(),
    })
}

impl Db {
    /// Claims the tenant's most urgent due job for `worker` until `now + lease` (µs).
    pub async fn claim_job(
        &self,
        tenant: &str,
        worker: &str,
        now: i64,
        lease: i64,
    ) -> Result<Option<ClaimedJob>, DbError> {
        let lock = self.skip_locked();
        let sql = format!(
            "update job set status = 'leased', worker = $1, lease_until = $2, attempts = attempts + 1 \
             where tenant_id = $3 and id = (select id from job where tenant_id = $3 and run_at <= $4 \
                 and (status = 'ready' or (status = 'leased' and lease_until <= $4)) \
                 order by run_at, id limit 1 {lock}) \
             returning tenant_id, id, kind, payload, attempts"
        );
        let params = params![worker, now.saturating_add(lease), tenant, now];
        let rows = self.write_aside(tenant, sql, params).await?;
        rows.first().map(|row| claimed(row, worker)).transpose()
    }

    /// The job is done. False if the lease had passed to another worker.
    pub async fn complete_job(&self, job: &ClaimedJob) -> Result<bool, DbError> {
        let sql = "update job set status = 'done', lease_until = null, last_error = null \
             where tenant_id = $1 and id = $2 and status = 'leased' and worker = $3 and attempts = $4 returning id";
        let params = params![&job.tenant, job.id, &job.worker, job.attempt];
        Ok(!self.write_aside(&job.tenant, sql.to_owned(), params).await?.is_empty())
    }

    /// The attempt failed: the job waits (twice as long each time, from `backoff` µs up to an hour) or, after its
    /// last attempt, is dead. False if the lease had passed to another worker.
    pub async fn fail_job(
        &self,
        job: &ClaimedJob,
        error: &str,
        now: i64,
        backoff: i64,
    ) -> Result<bool, DbError> {
        let doublings = u32::try_from(job.attempt - 1).unwrap_or(0).min(30);
        let wait = backoff.max(1).saturating_mul(1 << doublings).min(MAX_BACKOFF);
        let sql = "update job set status = case when attempts >= max_attempts then 'dead' else 'ready' end, \
                 run_at = $1, lease_until = null, last_error = $2 \
             where tenant_id = $3 and id = $4 and status = 'leased' and worker = $5 and attempts = $6 returning id";
        let error: String = error.chars().filter(|c| *c != '\0').take(2000).collect();
        let params = params![now.saturating_add(wait), error, &job.tenant, job.id, &job.worker, job.attempt];
        Ok(!self.write_aside(&job.tenant, sql.to_owned(), params).await?.is_empty())
    }

    /// Forgets jobs that were done and were due before `before` (UTC µs); answers how many. Dead ones stay.
    pub async fn purge_jobs(&self, tenant: &str, before: i64) -> Result<usize, DbError> {
        let sql = "delete from job where tenant_id = $1 and status = 'done' and run_at < $2 returning id";
        Ok(self.write_aside(tenant, sql.to_owned(), params![tenant, before]).await?.len())
    }

    /// Forgets answers of commands from before `before` (UTC µs), the oldest first and at most so many at once, so
    /// that nobody waits long behind it; answers how many.
    pub async fn purge_answers(&self, tenant: &str, before: i64, at_most: i64) -> Result<usize, DbError> {
        let sql = "delete from idempotency where tenant_id = $1 and (account_id, key) in \
             (select account_id, key from idempotency where tenant_id = $1 and at < $2 order by at limit $3) \
             returning key";
        Ok(self.write_aside(tenant, sql.to_owned(), params![tenant, before, at_most.max(0)]).await?.len())
    }

    /// How many jobs the tenant has in each state.
    pub async fn job_counts(&self, tenant: &str) -> Result<JobCounts, DbError> {
        let tenant = tenant.to_owned();
        self.read(move |s| {
            Box::pin(async move {
                let sql = "select status, count(*) as n from job where tenant_id = $1 group by status";
                let mut counts = JobCounts::default();
                for row in crate::Sql::query(s, sql, &params![&tenant]).await? {
                    let n: i64 = row.get("n")?;
                    match row.text("status")? {
                        "done" => counts.done += n,
                        "dead" => counts.dead += n,
                        _ => counts.open += n,
                    }
                }
                Ok(counts)
            })
        })
        .await
    }
}
