//! A hook that hears every statement of the writer, for measurements that replay them. Off by default: then the cost
//! is one test of an `Option` a statement. It sees personal values, so it must never be set in a server.

use std::fmt;
use std::sync::Arc;

use rusqlite::ToSql;
use rusqlite::types::{ToSqlOutput, Value as Lite, ValueRef};

use crate::Value;

type Heard = dyn Fn(&str, &[Value]) + Send + Sync;

/// Called with text and parameters of each statement before it runs, in order, `begin`, savepoints and `commit`
/// included.
#[derive(Clone)]
pub struct Recorder(Arc<Heard>);

impl Recorder {
    /// A recorder that calls `heard`, on the writer's thread.
    pub fn new(heard: impl Fn(&str, &[Value]) + Send + Sync + 'static) -> Self {
        Self(Arc::new(heard))
    }

    pub(crate) fn hear(&self, sql: &str, params: &[Value]) {
        (self.0)(sql, params);
    }

    /// Parameters as SQLite would get them: a boolean is heard as 0 or 1.
    pub(crate) fn hear_lite<P: ToSql>(&self, sql: &str, params: &[P]) {
        let values: Vec<Value> = params.iter().map(value).collect();
        self.hear(sql, &values);
    }
}

impl fmt::Debug for Recorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Recorder")
    }
}

fn value<P: ToSql>(param: &P) -> Value {
    match param.to_sql() {
        Ok(ToSqlOutput::Borrowed(ValueRef::Integer(v)) | ToSqlOutput::Owned(Lite::Integer(v))) => {
            Value::Int(v)
        }
        Ok(ToSqlOutput::Borrowed(ValueRef::Text(v))) => Value::Text(String::from_utf8_lossy(v).into_owned()),
        Ok(ToSqlOutput::Borrowed(ValueRef::Blob(v))) => Value::Bytes(v.to_vec()),
        _ => Value::Null,
    }
}
