//! PostgreSQL: a connection that sends ahead. Statements whose only result is success (savepoints, the journal's
//! inserts, a list of writes) are sent without waiting and settled with the next statement that must be waited
//! for, so a command needs few round trips. Order on the connection is the order of sending; the first failure
//! makes the server refuse what follows, and is the error that is reported.

use std::collections::HashMap;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use futures::{FutureExt, TryStreamExt};
use tokio_postgres::types::{IsNull, ToSql, Type, private::BytesMut};
use tokio_postgres::{Client, Config, NoTls, RowStream, Statement};

use super::sqlite::{count, refuse_nul};
use crate::value::Columns;
use crate::{DbError, Recorder, Row, Value};

/// Prepared statements kept per connection.
const STATEMENTS: usize = 1024;

type Sent = Pin<Box<dyn Future<Output = Result<(), tokio_postgres::Error>> + Send>>;

/// One connection with its caches and what it has sent ahead.
pub(crate) struct Pg {
    client: Arc<Client>,
    prepared: HashMap<Box<str>, Prepared>,
    sent: Vec<Sent>,
    /// Among what was sent is a statement that the command depends on.
    unconfirmed: bool,
    pub recorder: Option<Recorder>,
}

#[derive(Clone)]
pub(crate) struct Prepared {
    statement: Statement,
    columns: Arc<Columns>,
}

impl Pg {
    pub async fn connect(config: &Config) -> Result<Self, DbError> {
        let (client, connection) = config
            .connect(NoTls)
            .await
            .map_err(|e| DbError::Unavailable(format!("PostgreSQL: {}", crate::error::chain(&e))))?;
        tokio::spawn(async move {
            if let Err(e) = connection.await {
                tracing::warn!(error = %e, "PostgreSQL connection ended");
            }
        });
        Ok(Self {
            client: Arc::new(client),
            prepared: HashMap::new(),
            sent: Vec::new(),
            unconfirmed: false,
            recorder: None,
        })
    }

    fn hear(&self, sql: &str, params: &[Value]) {
        if let Some(recorder) = &self.recorder {
            recorder.hear(sql, params);
        }
    }

    pub fn is_closed(&self) -> bool {
        self.client.is_closed()
    }

    /// The prepared statement, from the cache or the server.
    pub async fn prepare(&mut self, sql: &str) -> Result<Prepared, DbError> {
        if let Some(found) = self.prepared.get(sql) {
            return Ok(found.clone());
        }
        let statement = match self.client.prepare(sql).await {
            Ok(statement) => statement,
            Err(e) => return Err(self.first_error(e).await),
        };
        let prepared = Prepared { columns: Arc::new(columns(&statement, sql)), statement };
        if self.prepared.len() >= STATEMENTS {
            self.prepared.clear();
        }
        self.prepared.insert(sql.into(), prepared.clone());
        Ok(prepared)
    }

    /// Executes a statement and counts the changed rows.
    pub async fn exec(&mut self, sql: &str, params: &[Value]) -> Result<u64, DbError> {
        self.hear(sql, params);
        let p = self.prepare(sql).await?;
        check(&p.statement, params)?;
        match self.client.execute_raw(&p.statement, params).await {
            Ok(n) => {
                self.confirmed();
                Ok(n)
            }
            Err(e) => Err(self.first_error(e).await),
        }
    }

    /// All rows of a query.
    pub async fn query(&mut self, sql: &str, params: &[Value]) -> Result<Vec<Row>, DbError> {
        self.hear(sql, params);
        let p = self.prepare(sql).await?;
        check(&p.statement, params)?;
        let rows = match self.client.query_raw(&p.statement, params).await {
            Ok(stream) => collect(stream, &p.columns).await,
            Err(e) => Err(Failure::Server(e)),
        };
        match rows {
            Ok(rows) => {
                self.confirmed();
                Ok(rows)
            }
            Err(Failure::Server(e)) => Err(self.first_error(e).await),
            Err(Failure::Column(e)) => Err(e),
        }
    }

    /// Sends a write ahead.
    pub async fn send(&mut self, sql: &str, params: Vec<Value>) -> Result<(), DbError> {
        self.hear(sql, &params);
        let p = self.prepare(sql).await?;
        check(&p.statement, &params)?;
        let client = self.client.clone();
        self.push(async move { client.execute_raw(&p.statement, params).await.map(drop) });
        self.unconfirmed = true;
        Ok(())
    }

    /// Sends `begin`, savepoints and the like ahead.
    pub fn send_control(&mut self, sql: &'static str) {
        self.hear(sql, &[]);
        let client = self.client.clone();
        self.push(async move { client.batch_execute(sql).await });
    }

    /// tokio-postgres puts a request on the wire at the first poll.
    fn push(&mut self, request: impl Future<Output = Result<(), tokio_postgres::Error>> + Send + 'static) {
        let mut request: Sent = Box::pin(request);
        if let Poll::Ready(done) = request.poll_unpin(&mut Context::from_waker(Waker::noop())) {
            request = Box::pin(std::future::ready(done));
        }
        self.sent.push(request);
    }

    /// Waits for everything sent ahead; the first failure is the answer.
    pub async fn settle(&mut self) -> Result<(), DbError> {
        self.unconfirmed = false;
        let mut outcome = Ok(());
        for request in self.sent.drain(..) {
            if let Err(e) = request.await
                && outcome.is_ok()
            {
                outcome = Err(e.into());
            }
        }
        outcome
    }

    /// Whether a write was sent whose success is not known yet.
    pub fn is_unconfirmed(&self) -> bool {
        self.unconfirmed
    }

    /// A later statement succeeded, so all earlier ones of the transaction did.
    fn confirmed(&mut self) {
        self.sent.clear();
        self.unconfirmed = false;
    }

    async fn first_error(&mut self, error: tokio_postgres::Error) -> DbError {
        self.settle().await.err().unwrap_or_else(|| error.into())
    }

    /// Runs statements without parameters and waits.
    pub async fn batch(&mut self, sql: &str) -> Result<(), DbError> {
        match self.client.batch_execute(sql).await {
            Ok(()) => {
                self.confirmed();
                Ok(())
            }
            Err(e) => Err(self.first_error(e).await),
        }
    }
}

/// The columns of a statement.
pub(crate) fn columns(statement: &Statement, sql: &str) -> Columns {
    Columns { names: statement.columns().iter().map(|c| c.name().into()).collect(), sql: sql.into() }
}

/// What the client library would panic or complain about less clearly.
pub(crate) fn check(statement: &Statement, params: &[Value]) -> Result<(), DbError> {
    if statement.params().len() != params.len() {
        return Err(count(statement.params().len(), params.len()));
    }
    refuse_nul(params)
}

pub(crate) enum Failure {
    Server(tokio_postgres::Error),
    Column(DbError),
}

impl From<Failure> for DbError {
    fn from(f: Failure) -> Self {
        match f {
            Failure::Server(e) => e.into(),
            Failure::Column(e) => e,
        }
    }
}

/// Reads a result to its end.
pub(crate) async fn collect(stream: RowStream, columns: &Arc<Columns>) -> Result<Vec<Row>, Failure> {
    let mut stream = pin!(stream);
    let mut rows = Vec::new();
    let mut broken = None;
    while let Some(row) = stream.try_next().await.map_err(Failure::Server)? {
        match decode(&row) {
            Ok(values) => rows.push(Row { columns: columns.clone(), values }),
            // Read on: an error of the server comes at the end and says more.
            Err(e) => broken = broken.or(Some(e)),
        }
    }
    broken.map_or(Ok(rows), |e| Err(Failure::Column(e)))
}

fn decode(row: &tokio_postgres::Row) -> Result<Vec<Value>, DbError> {
    row.columns()
        .iter()
        .enumerate()
        .map(|(i, column)| {
            Ok(match *column.type_() {
                Type::INT8 => row.try_get::<_, Option<i64>>(i)?.into(),
                Type::INT4 => row.try_get::<_, Option<i32>>(i)?.into(),
                Type::INT2 => row.try_get::<_, Option<i16>>(i)?.map(i32::from).into(),
                Type::TEXT | Type::VARCHAR | Type::BPCHAR | Type::NAME => {
                    row.try_get::<_, Option<String>>(i)?.into()
                }
                Type::BYTEA => row.try_get::<_, Option<Vec<u8>>>(i)?.into(),
                Type::BOOL => row.try_get::<_, Option<bool>>(i)?.into(),
                ref other => {
                    return Err(DbError::Statement(format!(
                        "column {} has the type {other}; cast it to bigint or text",
                        column.name()
                    )));
                }
            })
        })
        .collect()
}

impl ToSql for Value {
    fn to_sql(
        &self,
        ty: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match (self, ty) {
            (Self::Null, _) => Ok(IsNull::Yes),
            (Self::Int(v), &Type::INT8) => v.to_sql(ty, out),
            (Self::Int(v), &Type::INT4) => i32::try_from(*v)?.to_sql(ty, out),
            (Self::Int(v), &Type::INT2) => i16::try_from(*v)?.to_sql(ty, out),
            (Self::Text(v), _) if <&str as ToSql>::accepts(ty) => v.as_str().to_sql(ty, out),
            (Self::Bytes(v), &Type::BYTEA) => v.as_slice().to_sql(ty, out),
            (Self::Bool(v), &Type::BOOL) => v.to_sql(ty, out),
            _ => Err(format!("a parameter is {}, the statement expects {ty}", self.kind()).into()),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    fn to_sql_checked(
        &self,
        ty: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        self.to_sql(ty, out)
    }
}
