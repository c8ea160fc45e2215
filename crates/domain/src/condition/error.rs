//! What can be wrong with an expression. Each reason is a rule id with texts in `data/rules/monitoring.json`,
//! so that an editor can say it in words and point to the place.

use std::fmt;

use crate::problem::{Severity, Violation};

/// Rule ids of this module.
pub mod rules {
    crate::rule_ids! {
        /// The text cannot be read.
        SYNTAX = "MON-C-001";
        /// No fact and no parameter has this name.
        UNKNOWN_NAME = "MON-C-002";
        /// An operator or function got a value of the wrong type.
        WRONG_TYPE = "MON-C-003";
        /// A condition must be true or false.
        NOT_BOOL = "MON-C-004";
        /// A part of the language that conditions may not use.
        UNSUPPORTED = "MON-C-005";
        /// A function that conditions may not use: clock, chance, dates, loops, or unknown.
        FUNCTION = "MON-C-006";
        /// Too long.
        TOO_LONG = "MON-C-007";
        /// Too deeply nested.
        TOO_DEEP = "MON-C-008";
        /// A number with more digits than can be computed exactly.
        NUMBER = "MON-C-009";
        /// Quantities of different dimensions are added, compared or chosen between.
        DIMENSION = "MON-C-010";
        /// A number that can grow beyond what is computed exactly.
        TOO_LARGE = "MON-C-011";
        /// A division by a constant zero.
        ZERO = "MON-C-012";
        /// A formula must be a number.
        NOT_NUMBER = "MON-C-013";
    }
}

/// Why an expression is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// The text cannot be read.
    Syntax,
    /// Unknown name.
    UnknownName,
    /// Wrong type for an operator or function.
    WrongType,
    /// The whole is not true or false.
    NotBool,
    /// Not part of what conditions may use.
    Unsupported,
    /// A function that is not on the list.
    Function,
    /// Longer than [`super::MAX_CHARS`].
    TooLong,
    /// Deeper than [`super::MAX_DEPTH`].
    TooDeep,
    /// A number that is not exact.
    Number,
    /// Dimensions that do not go together.
    Dimension,
    /// A number beyond 28 digits, for values that may occur.
    TooLarge,
    /// A division by a constant zero.
    Zero,
    /// The whole is not a number.
    NotNumber,
}

impl Reason {
    /// The rule id, a key of `data/rules/monitoring.json`.
    pub const fn rule(self) -> &'static str {
        match self {
            Reason::Syntax => rules::SYNTAX,
            Reason::UnknownName => rules::UNKNOWN_NAME,
            Reason::WrongType => rules::WRONG_TYPE,
            Reason::NotBool => rules::NOT_BOOL,
            Reason::Unsupported => rules::UNSUPPORTED,
            Reason::Function => rules::FUNCTION,
            Reason::TooLong => rules::TOO_LONG,
            Reason::TooDeep => rules::TOO_DEEP,
            Reason::Number => rules::NUMBER,
            Reason::Dimension => rules::DIMENSION,
            Reason::TooLarge => rules::TOO_LARGE,
            Reason::Zero => rules::ZERO,
            Reason::NotNumber => rules::NOT_NUMBER,
        }
    }
}

/// An expression that is refused, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConditionError {
    /// Place in the text, in characters from 0.
    pub position: usize,
    /// What is wrong.
    pub reason: Reason,
    /// Values for the placeholders of the text.
    pub params: Vec<(&'static str, String)>,
}

impl ConditionError {
    /// An error at this place.
    pub fn new(reason: Reason, position: usize) -> Self {
        Self { position, reason, params: Vec::new() }
    }

    /// Adds the value of a placeholder, shortened because input may be hostile.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl fmt::Display) -> Self {
        self.params.push((name, value.to_string().chars().take(60).collect()));
        self
    }

    /// The blocking violation at this place of the request; `position` counts from 1 there, as people do.
    pub fn violation(self, path: impl Into<String>) -> Violation {
        let mut params = vec![("position", (self.position + 1).to_string())];
        params.extend(self.params);
        Violation { rule: self.reason.rule(), severity: Severity::Error, path: path.into(), params }
    }
}

impl fmt::Display for ConditionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at character {}", self.reason.rule(), self.position + 1)?;
        self.params.iter().try_for_each(|(k, v)| write!(f, " {k}={v}"))
    }
}

impl std::error::Error for ConditionError {}
