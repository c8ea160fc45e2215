//! A command's view of the database: statements, the journal, jobs. A [`Tx`] belongs to a writer and is lent
//! to one command at a time, inside that command's savepoint. The first failing statement poisons it: on both
//! engines the command then ends in an error, whatever it answers.

use std::sync::Arc;

use futures::future::BoxFuture;

use crate::engine::postgres::Pg;
use crate::engine::sqlite::{Arg, Lite, refuse_nul};
use crate::journal::{Hash, Head, Heads, NewEvent, StoredEvent};
use crate::{DbError, Row, Sql, Value, params};

const INSERT_EVENT: &str = "insert into journal_event (tenant_id, position, id, kind, subject_type, subject_id, \
     org_id, actor_id, on_behalf_of, occurred_at, recorded_at, rule_version, canonical, leaf_hash) \
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";
const INSERT_PERSONAL: &str =
    "insert into personal_data (tenant_id, position, field, salt, value) values ($1, $2, $3, $4, $5)";
const INSERT_BLOCK: &str = "insert into journal_block (tenant_id, block, hash) values ($1, $2, $3)";
const LOAD_HEAD: &str = "select size, frontier from journal_head where tenant_id = $1";

pub(crate) enum Engine {
    Lite(Lite),
    Pg(Pg),
}

/// The write transaction as one command sees it.
pub struct Tx {
    pub(crate) engine: Engine,
    pub(crate) tenant: Arc<str>,
    pub(crate) heads: Heads,
    pub(crate) failed: Option<DbError>,
}

impl Tx {
    pub(crate) fn new(engine: Engine, salt_seed: Option<[u8; 32]>) -> Self {
        Self { engine, tenant: Arc::from(""), heads: Heads::new(salt_seed), failed: None }
    }

    /// The tenant whose data this command changes.
    pub fn tenant(&self) -> &str {
        &self.tenant
    }

    /// Executes a statement and counts the rows it changed.
    pub async fn exec(&mut self, sql: &str, params: &[Value]) -> Result<u64, DbError> {
        self.check()?;
        let result = match &mut self.engine {
            Engine::Lite(lite) => refuse_nul(params).and_then(|()| lite.exec(sql, params)),
            Engine::Pg(pg) => pg.exec(sql, params).await,
        };
        self.note(result)
    }

    /// Executes statements one after the other; on PostgreSQL in one round trip.
    pub async fn exec_all(&mut self, statements: Vec<(&str, Vec<Value>)>) -> Result<(), DbError> {
        self.check()?;
        let result = match &mut self.engine {
            Engine::Lite(lite) => statements.iter().try_for_each(|(sql, params)| {
                refuse_nul(params).and_then(|()| lite.exec(sql, params).map(drop))
            }),
            Engine::Pg(pg) => send_all(pg, statements).await,
        };
        self.note(result)
    }

    /// Appends an event: position, canonical bytes and Merkle leaf are settled here, in this transaction.
    pub async fn append(&mut self, event: NewEvent) -> Result<StoredEvent, DbError> {
        self.check()?;
        let result = self.append_inner(event).await;
        self.note(result)
    }

    async fn append_inner(&mut self, event: NewEvent) -> Result<StoredEvent, DbError> {
        self.load_head().await?;
        let p = self.heads.prepare(&self.tenant, event)?;
        let (tenant, e) = (&*self.tenant, &p.event);
        match &mut self.engine {
            Engine::Lite(lite) => {
                lite.exec(
                    INSERT_EVENT,
                    &[
                        Arg::Text(tenant),
                        Arg::Int(e.position),
                        Arg::Text(&p.id),
                        Arg::Text(&e.kind),
                        Arg::Text(&e.subject_type),
                        Arg::Text(&e.subject_id),
                        Arg::opt(e.org_id.as_deref()),
                        Arg::Text(&e.actor_id),
                        Arg::opt(e.on_behalf_of.as_deref()),
                        Arg::Int(e.occurred_at),
                        Arg::Int(e.recorded_at),
                        Arg::opt(e.rule_version.as_deref()),
                        Arg::Text(&p.canonical),
                        Arg::Bytes(&e.leaf_hash),
                    ],
                )?;
                for ((field, value), salt) in e.personal.iter().zip(&p.salts) {
                    let value = Arg::opt(value.as_deref());
                    lite.exec(
                        INSERT_PERSONAL,
                        &[Arg::Text(tenant), Arg::Int(e.position), Arg::Text(field), Arg::Bytes(salt), value],
                    )?;
                }
                if let Some((block, hash)) = &p.block {
                    lite.exec(INSERT_BLOCK, &[Arg::Text(tenant), Arg::Int(*block), Arg::Bytes(hash)])?;
                }
            }
            Engine::Pg(pg) => {
                let event = params![
                    tenant,
                    e.position,
                    p.id,
                    &e.kind,
                    &e.subject_type,
                    &e.subject_id,
                    &e.org_id,
                    &e.actor_id,
                    &e.on_behalf_of,
                    e.occurred_at,
                    e.recorded_at,
                    &e.rule_version,
                    p.canonical,
                    &e.leaf_hash,
                ];
                pg.send(INSERT_EVENT, event).await?;
                for ((field, value), salt) in e.personal.iter().zip(&p.salts) {
                    pg.send(INSERT_PERSONAL, params![tenant, e.position, field, &salt[..], value]).await?;
                }
                if let Some((block, hash)) = &p.block {
                    pg.send(INSERT_BLOCK, params![tenant, *block, hash]).await?;
                }
            }
        }
        Ok(p.event)
    }

    /// Size and root of the tenant's journal, with what this command appended.
    pub async fn head(&mut self) -> Result<(i64, Hash), DbError> {
        self.load_head().await?;
        let head = self.heads.get(&self.tenant);
        Ok(head.map_or_else(|| (0, Head::default().root()), |h| (h.size(), h.root())))
    }

    async fn load_head(&mut self) -> Result<(), DbError> {
        if self.heads.is_loaded(&self.tenant) {
            return Ok(());
        }
        let tenant = self.tenant.clone();
        let row = match &mut self.engine {
            Engine::Lite(lite) => lite.query(LOAD_HEAD, &[Arg::Text(&tenant)])?.into_iter().next(),
            Engine::Pg(pg) => pg.query(LOAD_HEAD, &params![&tenant]).await?.into_iter().next(),
        };
        let head = match row {
            None => Head::default(),
            Some(row) => crate::journal::read::head_of(&row)?,
        };
        self.heads.load(tenant, head);
        Ok(())
    }

    /// Erases personal values of an event for good: value and salt. The leaf, which holds only a commitment,
    /// stays as it is. `fields` empty means all. Answers how many were erased.
    pub async fn erase_personal(&mut self, position: i64, fields: &[&str], now: i64) -> Result<u64, DbError> {
        const ERASE: &str = "update personal_data set salt = null, value = null, erased_at = $1 \
             where tenant_id = $2 and position = $3 and erased_at is null";
        let mut params = params![now, &self.tenant, position];
        if fields.is_empty() {
            return self.exec(ERASE, &params).await;
        }
        let sql = format!("{ERASE} and field = $4");
        let mut erased = 0;
        for field in fields {
            params.truncate(3);
            params.push((*field).into());
            erased += self.exec(&sql, &params).await?;
        }
        Ok(erased)
    }

    fn check(&self) -> Result<(), DbError> {
        match &self.failed {
            None => Ok(()),
            Some(e) => Err(DbError::Poisoned(e.to_string())),
        }
    }

    fn note<T>(&mut self, result: Result<T, DbError>) -> Result<T, DbError> {
        if let Err(e) = &result
            && self.failed.is_none()
        {
            self.failed = Some(e.clone());
        }
        result
    }
}

impl Sql for Tx {
    fn query<'a>(
        &'a mut self,
        sql: &'a str,
        params: &'a [Value],
    ) -> BoxFuture<'a, Result<Vec<Row>, DbError>> {
        Box::pin(async move {
            self.check()?;
            let result = match &mut self.engine {
                Engine::Lite(lite) => refuse_nul(params).and_then(|()| lite.query(sql, params)),
                Engine::Pg(pg) => pg.query(sql, params).await,
            };
            self.note(result)
        })
    }
}

/// Sends all, then waits for all: one round trip once the statements are prepared.
async fn send_all(pg: &mut Pg, statements: Vec<(&str, Vec<Value>)>) -> Result<(), DbError> {
    let mut outcome = Ok(());
    for (sql, params) in statements {
        outcome = pg.send(sql, params).await;
        if outcome.is_err() {
            break;
        }
    }
    // A failure among those sent came before one in sending.
    pg.settle().await.and(outcome)
}
