//! The one way to write: authorise → queue to the tenant's writer → load → decide → append events and
//! change read tables, in one transaction, with the idempotency record inside it.

use std::sync::Arc;

use db::{BoxFuture, NewEvent, Sql, StoredEvent, Tx, params};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use super::Kit;
use super::context::OpContext;
use super::problem::{Code, Problem};

/// A command's view of the world inside its transaction.
pub struct Work<'a> {
    /// The transaction.
    pub tx: &'a mut Tx,
    /// The house.
    pub kit: Arc<Kit>,
    /// The caller.
    pub ctx: Arc<OpContext>,
    /// The present of this command, UTC microseconds; the same for all its events.
    pub now: i64,
}

/// Something that happened, before it has a place in the journal.
#[derive(Clone, Debug)]
pub struct Fact {
    /// Kind, `context.past_participle`.
    pub kind: &'static str,
    /// Type of the thing that it happened to.
    pub subject_type: &'static str,
    /// Id of that thing.
    pub subject_id: String,
    /// Organisation that it belongs to.
    pub org_id: Option<String>,
    /// When it happened in the world, UTC microseconds.
    pub occurred_at: i64,
    /// Rule pack that decided, where one did.
    pub rule_version: Option<String>,
    /// Everything that the read tables need; integers, never floats.
    pub payload: serde_json::Value,
    /// Personal data: kept in an erasable table, in the journal only as salted commitments.
    pub personal: Vec<(String, String)>,
}

impl Fact {
    /// A fact that happened now, without rule pack or personal data.
    pub fn new(
        kind: &'static str,
        subject_type: &'static str,
        subject_id: impl Into<String>,
        now: i64,
        payload: serde_json::Value,
    ) -> Self {
        Self {
            kind,
            subject_type,
            subject_id: subject_id.into(),
            org_id: None,
            occurred_at: now,
            rule_version: None,
            payload,
            personal: Vec::new(),
        }
    }

    /// The organisation that it belongs to.
    #[must_use]
    pub fn of_org(mut self, org_id: impl Into<String>) -> Self {
        self.org_id = Some(org_id.into());
        self
    }
}

impl Work<'_> {
    /// Appends a fact to the journal. The context's own `emit` calls this and then projects the event.
    ///
    /// # Errors
    /// 500 when the database refuses.
    pub async fn append(&mut self, fact: Fact) -> Result<StoredEvent, Problem> {
        let event = NewEvent {
            id: self.kit.ids.next(self.now),
            kind: fact.kind,
            subject_type: fact.subject_type,
            subject_id: fact.subject_id,
            org_id: fact.org_id,
            actor_id: self.ctx.account_id.clone(),
            on_behalf_of: self.ctx.on_behalf_of(),
            occurred_at: fact.occurred_at,
            recorded_at: self.now,
            rule_version: fact.rule_version,
            payload: fact.payload,
            personal: fact.personal,
        };
        Ok(self.tx.append(event).await?)
    }

    /// A new id.
    pub fn id(&self) -> String {
        self.kit.ids.next(self.now).to_string()
    }

    /// The tenant.
    pub fn tenant(&self) -> &str {
        &self.ctx.tenant
    }
}

impl Kit {
    /// Runs a command in the tenant's writer. With an idempotency key, the same request answers what it
    /// answered the first time and does nothing twice; another request under the same key is refused.
    /// `input` must hold everything that makes the request what it is, but no secret.
    ///
    /// # Errors
    /// What `run` answers; `REQ-IDEMPOTENCY` (409) for a key used for something else.
    pub async fn command<T, I, F>(
        self: &Arc<Self>,
        ctx: &Arc<OpContext>,
        operation: &'static str,
        input: &I,
        run: F,
    ) -> Result<T, Problem>
    where
        T: Serialize + DeserializeOwned + Send + 'static,
        I: Serialize + ?Sized,
        F: for<'a> FnOnce(Work<'a>) -> BoxFuture<'a, Result<T, Problem>> + Send + 'static,
    {
        let key = ctx.idempotency_key.clone();
        let hash = if key.is_some() { request_hash(ctx, input)? } else { String::new() };
        let (kit, ctx) = (Arc::clone(self), Arc::clone(ctx));
        let tenant = ctx.tenant.clone();
        let now = self.clock.now();
        self.db
            .write(&tenant, move |tx: &mut Tx| {
                Box::pin(async move {
                    if let Some(key) = &key
                        && let Some(earlier) = replay(&mut *tx, &ctx, key, operation, &hash).await?
                    {
                        return Ok(earlier);
                    }
                    let work = Work { tx: &mut *tx, kit, ctx: Arc::clone(&ctx), now };
                    let answer = run(work).await?;
                    if let Some(key) = &key {
                        let body = serde_json::to_string(&answer).map_err(|_| Problem::internal())?;
                        tx.exec(
                            "insert into idempotency (tenant_id, account_id, key, operation, request_hash, status, body, at) \
                             values ($1, $2, $3, $4, $5, 200, $6, $7)",
                            &params![ctx.tenant.as_str(), ctx.account_id.as_str(), key.as_str(), operation, hash.as_str(), body, now],
                        )
                        .await?;
                    }
                    Ok(answer)
                })
            })
            .await
    }

    /// What this request was answered before, if it was: for work that must not happen again even before the
    /// queue, such as taking a one-time code. [`Kit::command`] looks once more inside its transaction.
    ///
    /// # Errors
    /// `REQ-IDEMPOTENCY` (409) for a key used for something else; 500 when the database refuses.
    pub async fn earlier<T, I>(
        &self,
        ctx: &Arc<OpContext>,
        operation: &'static str,
        input: &I,
    ) -> Result<Option<T>, Problem>
    where
        T: DeserializeOwned + Send + 'static,
        I: Serialize + ?Sized,
    {
        let Some(key) = ctx.idempotency_key.clone() else { return Ok(None) };
        let (ctx, hash) = (Arc::clone(ctx), request_hash(ctx, input)?);
        self.db
            .read(move |sql| Box::pin(async move { replay(sql, &ctx, &key, operation, &hash).await }))
            .await
    }
}

/// What makes a request the same one: for whom the caller acts belongs to it, because the same body for another
/// client is another request.
fn request_hash<I: Serialize + ?Sized>(ctx: &OpContext, input: &I) -> Result<String, Problem> {
    let bytes = serde_json::to_vec(&(ctx.on_behalf_of(), input)).map_err(|_| Problem::internal())?;
    Ok(hex(&Sha256::digest(&bytes)))
}

async fn replay<T: DeserializeOwned>(
    tx: &mut dyn Sql,
    ctx: &OpContext,
    key: &str,
    operation: &str,
    hash: &str,
) -> Result<Option<T>, Problem> {
    let row = tx
        .query_opt(
            "select operation, request_hash, body from idempotency where tenant_id = $1 and account_id = $2 and key = $3",
            &params![ctx.tenant.as_str(), ctx.account_id.as_str(), key],
        )
        .await?;
    let Some(row) = row else { return Ok(None) };
    if row.get::<String>("operation")? != operation || row.get::<String>("request_hash")? != hash {
        return Err(Problem::rule(
            Code::Conflict,
            "REQ-IDEMPOTENCY",
            [("key", key.chars().take(64).collect())],
        ));
    }
    let body: String = row.get("body")?;
    serde_json::from_str(&body).map(Some).map_err(|error| {
        tracing::error!(%error, operation, "stored answer of an idempotency key is not readable");
        Problem::internal()
    })
}

/// Lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, b| {
        let _ = write!(out, "{b:02x}");
        out
    })
}
