//! Values of facts and their types. Numbers are exact decimals; a fact that is not known is absent, never zero.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::access::word_enum;

word_enum! {
    /// The type of a fact, a constant or an expression.
    FactType {
        /// A whole number.
        Int = "int",
        /// An exact decimal number.
        Decimal = "decimal",
        /// True or false.
        Bool = "bool",
        /// A text, compared exactly.
        Text = "text",
    }
}

impl FactType {
    /// Whether it counts or measures.
    pub const fn is_number(self) -> bool {
        matches!(self, FactType::Int | FactType::Decimal)
    }

    /// Whether a value of `other` may stand where this type is expected.
    pub const fn takes(self, other: FactType) -> bool {
        matches!(
            (self, other),
            (FactType::Int, FactType::Int)
                | (FactType::Decimal, FactType::Int | FactType::Decimal)
                | (FactType::Bool, FactType::Bool)
                | (FactType::Text, FactType::Text)
        )
    }
}

/// One value. In JSON: a number, a boolean, a string, or `{"decimal":"12.5"}`, so that no digit is lost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    /// True or false.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A text.
    Text(String),
    /// An exact decimal.
    Decimal {
        /// The number.
        #[serde(serialize_with = "write_decimal", deserialize_with = "read_decimal")]
        decimal: Decimal,
    },
}

fn write_decimal<S: Serializer>(value: &Decimal, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(value)
}

fn read_decimal<'de, D: Deserializer<'de>>(from: D) -> Result<Decimal, D::Error> {
    let text = String::deserialize(from)?;
    Decimal::from_str_exact(&text).map_err(serde::de::Error::custom)
}

impl Value {
    /// A decimal of `mantissa` / 10^`scale`, e.g. `decimal(123, 1)` is 12.3. Scales above 28 count as 28.
    pub fn decimal(mantissa: i64, scale: u32) -> Self {
        Value::Decimal { decimal: Decimal::new(mantissa, scale.min(Decimal::MAX_SCALE)) }
    }

    /// A decimal from its digits (`12.30`); `None` when they are no number of at most 28 digits.
    pub fn parse_decimal(digits: &str) -> Option<Self> {
        Decimal::from_str(digits).ok().map(|decimal| Value::Decimal { decimal })
    }

    /// Its type.
    pub const fn kind(&self) -> FactType {
        match self {
            Value::Bool(_) => FactType::Bool,
            Value::Int(_) => FactType::Int,
            Value::Text(_) => FactType::Text,
            Value::Decimal { .. } => FactType::Decimal,
        }
    }

    /// The number, when it is one.
    pub fn number(&self) -> Option<Decimal> {
        match self {
            Value::Int(n) => Some(Decimal::from(*n)),
            Value::Decimal { decimal } => Some(*decimal),
            Value::Bool(_) | Value::Text(_) => None,
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Bool(value) => write!(f, "{value}"),
            Value::Int(value) => write!(f, "{value}"),
            Value::Text(value) => f.write_str(value),
            Value::Decimal { decimal } => write!(f, "{}", decimal.normalize()),
        }
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Value::Bool(value)
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Value::Int(value)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Value::Text(value.to_owned())
    }
}

/// Facts about one subject at one moment, by name. What is not known is not in it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Facts(BTreeMap<String, Value>);

impl Facts {
    /// No facts.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds or replaces a fact.
    pub fn set(&mut self, name: &str, value: impl Into<Value>) {
        self.0.insert(name.to_owned(), value.into());
    }

    /// Adds a fact when it is known.
    pub fn set_known(&mut self, name: &str, value: Option<impl Into<Value>>) {
        if let Some(value) = value {
            self.set(name, value);
        }
    }

    /// The same with one more fact.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.set(name, value);
        self
    }

    /// The value of a fact, when it is known.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// Takes a fact away.
    pub fn forget(&mut self, name: &str) {
        self.0.remove(name);
    }

    /// Every known fact, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }
}
