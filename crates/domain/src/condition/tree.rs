//! The checked tree: only what [`super::lower`] let through, with every name and type settled.

use rust_decimal::Decimal;

use super::value::FactType;

/// `+ - * / %`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}

/// `== != < <= > >=`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    More,
    MoreOrEqual,
}

/// The functions that an expression may call. All are pure and take bounded time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Function {
    Abs,
    Floor,
    Ceil,
    Round,
    Min,
    Max,
    StartsWith,
    EndsWith,
    Contains,
}

/// A checked node.
#[derive(Clone, Debug)]
pub(super) enum Node {
    Bool(bool),
    Number(Decimal),
    Text(String),
    Fact {
        name: String,
        kind: FactType,
        at: usize,
    },
    Not(Box<Node>),
    Negate(Box<Node>),
    And(Box<Node>, Box<Node>),
    Or(Box<Node>, Box<Node>),
    /// With the place of its right side in the text.
    Compare(Comparison, Box<Node>, Box<Node>, usize),
    /// With the place of its right side in the text.
    Arithmetic(Arithmetic, Box<Node>, Box<Node>, usize),
    OneOf {
        value: Box<Node>,
        list: Vec<Node>,
        negated: bool,
    },
    Within {
        value: Box<Node>,
        low: Box<Node>,
        high: Box<Node>,
        low_open: bool,
        high_open: bool,
        negated: bool,
    },
    If {
        condition: Box<Node>,
        on_true: Box<Node>,
        on_false: Box<Node>,
    },
    Otherwise(Box<Node>, Box<Node>),
    Call(Function, Vec<Node>),
}
