//! What reading needs, implemented by the writing [`Tx`](crate::Tx) and the read-only
//! [`Snapshot`](crate::Snapshot), so that a store function serves both.

use futures::future::BoxFuture;

use crate::{DbError, Row, Value};

/// Something that answers queries. Parameters are `$1`, `$2`, … on both engines.
pub trait Sql: Send {
    /// All rows of `sql`.
    fn query<'a>(&'a mut self, sql: &'a str, params: &'a [Value])
    -> BoxFuture<'a, Result<Vec<Row>, DbError>>;

    /// The first row, if there is one.
    fn query_opt<'a>(
        &'a mut self,
        sql: &'a str,
        params: &'a [Value],
    ) -> BoxFuture<'a, Result<Option<Row>, DbError>> {
        let rows = self.query(sql, params);
        Box::pin(async move { Ok(rows.await?.into_iter().next()) })
    }

    /// The first row; [`DbError::NoRow`] if there is none.
    fn query_one<'a>(&'a mut self, sql: &'a str, params: &'a [Value]) -> BoxFuture<'a, Result<Row, DbError>> {
        let rows = self.query(sql, params);
        Box::pin(async move { rows.await?.into_iter().next().ok_or_else(|| DbError::NoRow(shorten(sql))) })
    }
}

/// A statement cut to a length that fits an error text.
pub(crate) fn shorten(sql: &str) -> String {
    let mut short: String = sql.split_ascii_whitespace().collect::<Vec<_>>().join(" ");
    if let Some((end, _)) = short.char_indices().nth(200) {
        short.truncate(end);
        short.push('…');
    }
    short
}
