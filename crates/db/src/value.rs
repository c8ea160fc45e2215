//! Values that go into statements and rows that come out. Five kinds exist, the ones both engines store alike;
//! there is deliberately no floating point and no timestamp type.

use std::borrow::Cow;
use std::sync::Arc;

use uuid::Uuid;

use crate::DbError;

/// A parameter or a column.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Value {
    /// SQL NULL.
    Null,
    /// BIGINT.
    Int(i64),
    /// TEXT.
    Text(String),
    /// BYTEA.
    Bytes(Vec<u8>),
    /// BOOLEAN.
    Bool(bool),
}

/// Builds the parameters of a statement: `params![tenant, 5_i64, None::<i64>]` is a `Vec<Value>`.
#[macro_export]
macro_rules! params {
    () => { ::std::vec::Vec::<$crate::Value>::new() };
    ($($v:expr),+ $(,)?) => { ::std::vec![$($crate::Value::from($v)),+] };
}

macro_rules! from {
    ($($t:ty => |$v:ident| $e:expr;)*) => {$(
        impl From<$t> for Value {
            fn from($v: $t) -> Self { $e }
        }
    )*};
}
from! {
    i64 => |v| Value::Int(v);
    i32 => |v| Value::Int(v.into());
    u32 => |v| Value::Int(v.into());
    u16 => |v| Value::Int(v.into());
    u8 => |v| Value::Int(v.into());
    &i64 => |v| Value::Int(*v);
    bool => |v| Value::Bool(v);
    &bool => |v| Value::Bool(*v);
    &str => |v| Value::Text(v.to_owned());
    &&str => |v| Value::Text((*v).to_owned());
    String => |v| Value::Text(v);
    &String => |v| Value::Text(v.clone());
    Arc<str> => |v| Value::Text(v.as_ref().to_owned());
    &Arc<str> => |v| Value::Text(v.as_ref().to_owned());
    Cow<'_, str> => |v| Value::Text(v.into_owned());
    Uuid => |v| Value::Text(v.to_string());
    &Uuid => |v| Value::Text(v.to_string());
    Vec<u8> => |v| Value::Bytes(v);
    &Vec<u8> => |v| Value::Bytes(v.clone());
    &[u8] => |v| Value::Bytes(v.to_vec());
    [u8; 32] => |v| Value::Bytes(v.to_vec());
    &[u8; 32] => |v| Value::Bytes(v.to_vec());
    &Value => |v| v.clone();
    &Option<String> => |v| v.as_deref().into();
    &Option<i64> => |v| (*v).into();
    &Option<bool> => |v| (*v).into();
    &Option<Uuid> => |v| (*v).into();
    &Option<Vec<u8>> => |v| v.as_deref().into();
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(v: Option<T>) -> Self {
        v.map_or(Self::Null, Into::into)
    }
}

impl Value {
    /// The name of the kind, for error texts.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Int(_) => "integer",
            Self::Text(_) => "text",
            Self::Bytes(_) => "bytes",
            Self::Bool(_) => "boolean",
        }
    }
}

/// A Rust type that a column can become.
pub trait FromValue: Sized {
    /// What the column should hold, for error texts.
    const EXPECTED: &'static str;
    /// The conversion; `None` if the value is of another kind.
    fn from_value(value: &Value) -> Option<Self>;
}

impl FromValue for i64 {
    const EXPECTED: &'static str = "integer";
    fn from_value(value: &Value) -> Option<Self> {
        if let Value::Int(v) = value { Some(*v) } else { None }
    }
}
impl FromValue for u32 {
    const EXPECTED: &'static str = "integer from 0 to 4294967295";
    fn from_value(value: &Value) -> Option<Self> {
        i64::from_value(value).and_then(|v| Self::try_from(v).ok())
    }
}
impl FromValue for bool {
    const EXPECTED: &'static str = "boolean";
    fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::Bool(v) => Some(*v),
            // SQLite keeps booleans as integers.
            Value::Int(0) => Some(false),
            Value::Int(1) => Some(true),
            _ => None,
        }
    }
}
impl FromValue for String {
    const EXPECTED: &'static str = "text";
    fn from_value(value: &Value) -> Option<Self> {
        if let Value::Text(v) = value { Some(v.clone()) } else { None }
    }
}
impl FromValue for Vec<u8> {
    const EXPECTED: &'static str = "bytes";
    fn from_value(value: &Value) -> Option<Self> {
        if let Value::Bytes(v) = value { Some(v.clone()) } else { None }
    }
}
impl FromValue for [u8; 32] {
    const EXPECTED: &'static str = "32 bytes";
    fn from_value(value: &Value) -> Option<Self> {
        if let Value::Bytes(v) = value { v.as_slice().try_into().ok() } else { None }
    }
}
impl FromValue for Uuid {
    const EXPECTED: &'static str = "UUID as text";
    fn from_value(value: &Value) -> Option<Self> {
        if let Value::Text(v) = value { Self::try_parse(v).ok() } else { None }
    }
}
impl FromValue for Value {
    const EXPECTED: &'static str = "any value";
    fn from_value(value: &Value) -> Option<Self> {
        Some(value.clone())
    }
}
impl<T: FromValue> FromValue for Option<T> {
    const EXPECTED: &'static str = T::EXPECTED;
    fn from_value(value: &Value) -> Option<Self> {
        if matches!(value, Value::Null) { Some(None) } else { T::from_value(value).map(Some) }
    }
}

/// Names of the columns of a statement, shared by its rows.
#[derive(Debug)]
pub(crate) struct Columns {
    pub names: Vec<Box<str>>,
    pub sql: Box<str>,
}

impl Columns {
    /// The table of the first FROM, INTO or UPDATE, as far as plain reading tells.
    fn table(&self) -> &str {
        let mut words = self.sql.split_ascii_whitespace();
        while let Some(word) = words.next() {
            if ["from", "into", "update"].iter().any(|k| word.eq_ignore_ascii_case(k)) {
                let name = words.next().unwrap_or("?");
                return name.split('(').next().filter(|n| !n.is_empty()).unwrap_or("(subquery)");
            }
        }
        "(no table)"
    }
}

/// One row of a result; columns are read by name.
#[derive(Clone, Debug)]
pub struct Row {
    pub(crate) columns: Arc<Columns>,
    pub(crate) values: Vec<Value>,
}

impl Row {
    /// The column `name` as `T`.
    pub fn get<T: FromValue>(&self, name: &str) -> Result<T, DbError> {
        let index = self
            .columns
            .names
            .iter()
            .position(|n| &**n == name)
            .ok_or_else(|| self.error(name, "is not in the result".to_owned()))?;
        self.at(index)
    }

    /// The column at `index` (from 0) as `T`.
    pub fn at<T: FromValue>(&self, index: usize) -> Result<T, DbError> {
        let name = || self.columns.names.get(index).map_or("?", |n| n);
        let value = self
            .values
            .get(index)
            .ok_or_else(|| self.error(&index.to_string(), "is not in the result".into()))?;
        T::from_value(value)
            .ok_or_else(|| self.error(name(), format!("expected {}, found {}", T::EXPECTED, value.kind())))
    }

    /// The column `name` as borrowed text.
    pub fn text(&self, name: &str) -> Result<&str, DbError> {
        match self.columns.names.iter().position(|n| &**n == name).map(|i| &self.values[i]) {
            Some(Value::Text(v)) => Ok(v),
            Some(other) => Err(self.error(name, format!("expected text, found {}", other.kind()))),
            None => Err(self.error(name, "is not in the result".to_owned())),
        }
    }

    /// All values in column order.
    pub fn values(&self) -> &[Value] {
        &self.values
    }

    /// All values in column order, without a copy.
    pub fn into_values(self) -> Vec<Value> {
        self.values
    }

    /// Column names in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.columns.names.iter().map(|n| &**n)
    }

    fn error(&self, column: &str, detail: String) -> DbError {
        DbError::Column { table: self.columns.table().to_owned(), column: column.to_owned(), detail }
    }
}
