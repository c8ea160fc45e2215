//! Conditions and formulas over typed facts, written by a regulator and checked before they are used. The
//! grammar is that of `zen-expression`; what is more than a condition needs (loops, objects, dates, the clock,
//! chance) is refused when the text is read, and every name and operator is checked against a [`Schema`].
//! Evaluation is our own walk over the checked tree, because the library answers null for a division by zero
//! and false for a comparison with null: here a value that cannot be known is [`NotComputable`], with the
//! reason, and must never quietly count as false.

mod calls;
mod dimension;
mod error;
mod eval;
mod lower;
mod schema;
mod tree;
mod value;

pub use dimension::Dimension;
pub use error::{ConditionError, Reason, rules};
pub use eval::NotComputable;
pub use schema::{FactDef, Schema};
pub use value::{FactType, Facts, Value};

use tree::Node;

/// Longest text of an expression, in characters.
pub const MAX_CHARS: usize = 2_000;
/// Deepest nesting of brackets, operators and calls.
pub const MAX_DEPTH: usize = 64;

/// A checked expression of any type: the common ground of rule conditions and of indicator formulas.
#[derive(Clone, Debug)]
pub struct Expression {
    text: String,
    root: Node,
    kind: FactType,
    names: Vec<String>,
}

impl Expression {
    /// Reads and checks an expression against a schema.
    ///
    /// # Errors
    /// The first thing that is wrong, with its place and, for an unknown name, the nearest known one.
    pub fn parse(text: &str, schema: &Schema) -> Result<Self, ConditionError> {
        let (root, kind, names) = lower::lower(text, schema)?;
        Ok(Self { text: text.to_owned(), root, kind, names })
    }

    /// The text as it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The type of its value. A whole number may stand wherever a decimal is expected.
    pub fn result_type(&self) -> FactType {
        self.kind
    }

    /// Names of the facts that it reads, sorted; constants of the schema are not among them.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Its value for these facts.
    ///
    /// # Errors
    /// Why it cannot be computed: a missing fact that the value depends on, a division by zero, an overflow.
    pub fn eval(&self, facts: &Facts) -> Result<Value, NotComputable> {
        eval::eval(&self.root, facts).map(|value| value.into_value(self.kind))
    }
}

/// A checked expression whose value is true or false.
#[derive(Clone, Debug)]
pub struct Condition(Expression);

impl Condition {
    /// Reads and checks a condition against a schema.
    ///
    /// # Errors
    /// As [`Expression::parse`]; besides, an expression that is not true or false.
    pub fn parse(text: &str, schema: &Schema) -> Result<Self, ConditionError> {
        let expression = Expression::parse(text, schema)?;
        if expression.kind == FactType::Bool {
            Ok(Self(expression))
        } else {
            Err(ConditionError::new(Reason::NotBool, 0).with("found", expression.kind))
        }
    }

    /// The text as it was written.
    pub fn text(&self) -> &str {
        self.0.text()
    }

    /// Names of the facts that it reads, sorted.
    pub fn names(&self) -> &[String] {
        self.0.names()
    }

    /// Whether it holds. `and` and `or` are decided as soon as one side decides them, whichever side that is:
    /// `position_known and speed_kmh > 80` is false without a speed when no position is known.
    ///
    /// # Errors
    /// Why it cannot be computed; the caller decides what that means and must not read it as false.
    pub fn eval(&self, facts: &Facts) -> Result<bool, NotComputable> {
        eval::eval_bool(&self.0.root, facts)
    }
}

#[cfg(test)]
mod tests;
