//! The walk over a checked tree. Total: whatever the facts are, the answer is a value or a reason, in time
//! bounded by the size of the text.

use std::fmt;

use rust_decimal::{Decimal, RoundingStrategy};

use super::tree::{Arithmetic, Comparison, Function, Node};
use super::value::{FactType, Facts, Value};

/// Why an expression has no value for these facts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotComputable {
    /// The value depends on a fact that is not known.
    Missing {
        /// Name of the fact.
        fact: String,
    },
    /// The fact is there, but of another type than the schema says: a defect of whoever made the facts.
    WrongType {
        /// Name of the fact.
        fact: String,
    },
    /// A division by zero.
    DivisionByZero,
    /// A number beyond 28 digits.
    Overflow,
}

impl fmt::Display for NotComputable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NotComputable::Missing { fact } => write!(f, "the fact {fact} is not known"),
            NotComputable::WrongType { fact } => write!(f, "the fact {fact} has the wrong type"),
            NotComputable::DivisionByZero => f.write_str("division by zero"),
            NotComputable::Overflow => f.write_str("number too large"),
        }
    }
}

impl std::error::Error for NotComputable {}

/// A value during the walk.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Short<'a> {
    Bool(bool),
    Number(Decimal),
    Text(&'a str),
}

impl Short<'_> {
    /// The value as the outside sees it. A whole result beyond 64 bits stays a decimal.
    pub(super) fn into_value(self, kind: FactType) -> Value {
        match self {
            Short::Bool(value) => Value::Bool(value),
            Short::Text(text) => Value::Text(text.to_owned()),
            Short::Number(decimal) => match i64::try_from(decimal) {
                Ok(whole) if kind == FactType::Int => Value::Int(whole),
                _ => Value::Decimal { decimal },
            },
        }
    }
}

type Answer<'a> = Result<Short<'a>, NotComputable>;

/// The value of a node.
pub(super) fn eval<'a>(node: &'a Node, facts: &'a Facts) -> Answer<'a> {
    match node {
        Node::Bool(value) => Ok(Short::Bool(*value)),
        Node::Number(value) => Ok(Short::Number(*value)),
        Node::Text(value) => Ok(Short::Text(value)),
        Node::Fact { name, kind, .. } => fact(name, *kind, facts),
        Node::Not(inner) => eval_bool(inner, facts).map(|value| Short::Bool(!value)),
        Node::Negate(inner) => number(inner, facts).map(|value| Short::Number(-value)),
        Node::And(left, right) => both(left, right, false, facts).map(Short::Bool),
        Node::Or(left, right) => both(left, right, true, facts).map(Short::Bool),
        Node::Compare(comparison, left, right, _) => {
            compare(*comparison, left, right, facts).map(Short::Bool)
        }
        Node::Arithmetic(operator, left, right, _) => {
            arithmetic(*operator, number(left, facts)?, number(right, facts)?).map(Short::Number)
        }
        Node::OneOf { value, list, negated } => {
            one_of(value, list, facts).map(|is| Short::Bool(is != *negated))
        }
        Node::Within { value, low, high, low_open, high_open, negated } => {
            let value = number(value, facts)?;
            let (low, high) = (number(low, facts)?, number(high, facts)?);
            let above = if *low_open { value > low } else { value >= low };
            let below = if *high_open { value < high } else { value <= high };
            Ok(Short::Bool((above && below) != *negated))
        }
        Node::If { condition, on_true, on_false } => {
            eval(if eval_bool(condition, facts)? { on_true } else { on_false }, facts)
        }
        Node::Otherwise(value, instead) => match eval(value, facts) {
            Err(NotComputable::Missing { .. }) => eval(instead, facts),
            answer => answer,
        },
        Node::Call(function, arguments) => call(*function, arguments, facts),
    }
}

/// The value of a node that is true or false.
pub(super) fn eval_bool(node: &Node, facts: &Facts) -> Result<bool, NotComputable> {
    match eval(node, facts)? {
        Short::Bool(value) => Ok(value),
        // The types were checked when the text was read.
        Short::Number(_) | Short::Text(_) => Err(NotComputable::WrongType { fact: String::new() }),
    }
}

fn number(node: &Node, facts: &Facts) -> Result<Decimal, NotComputable> {
    match eval(node, facts)? {
        Short::Number(value) => Ok(value),
        Short::Bool(_) | Short::Text(_) => Err(NotComputable::WrongType { fact: String::new() }),
    }
}

fn text<'a>(node: &'a Node, facts: &'a Facts) -> Result<&'a str, NotComputable> {
    match eval(node, facts)? {
        Short::Text(value) => Ok(value),
        Short::Bool(_) | Short::Number(_) => Err(NotComputable::WrongType { fact: String::new() }),
    }
}

fn fact<'a>(name: &str, kind: FactType, facts: &'a Facts) -> Answer<'a> {
    let Some(value) = facts.get(name) else {
        return Err(NotComputable::Missing { fact: name.to_owned() });
    };
    match value {
        Value::Bool(value) if kind == FactType::Bool => Ok(Short::Bool(*value)),
        Value::Int(value) if kind.is_number() => Ok(Short::Number(Decimal::from(*value))),
        Value::Decimal { decimal } if kind == FactType::Decimal => Ok(Short::Number(*decimal)),
        Value::Text(value) if kind == FactType::Text => Ok(Short::Text(value)),
        _ => Err(NotComputable::WrongType { fact: name.to_owned() }),
    }
}

/// `and` (decided by a false) and `or` (decided by a true): either side decides, known or not the other. When
/// neither does, the reason of the left side is told first.
fn both(left: &Node, right: &Node, decides: bool, facts: &Facts) -> Result<bool, NotComputable> {
    let first = eval_bool(left, facts);
    if first.as_ref() == Ok(&decides) {
        return Ok(decides);
    }
    let second = eval_bool(right, facts);
    if second.as_ref() == Ok(&decides) {
        return Ok(decides);
    }
    first.and(second)
}

fn compare(comparison: Comparison, left: &Node, right: &Node, facts: &Facts) -> Result<bool, NotComputable> {
    let (a, b) = (eval(left, facts)?, eval(right, facts)?);
    Ok(match comparison {
        Comparison::Equal => a == b,
        Comparison::NotEqual => a != b,
        ordered => {
            let (Short::Number(a), Short::Number(b)) = (a, b) else {
                return Err(NotComputable::WrongType { fact: String::new() });
            };
            match ordered {
                Comparison::Less => a < b,
                Comparison::LessOrEqual => a <= b,
                Comparison::More => a > b,
                _ => a >= b,
            }
        }
    })
}

pub(super) fn arithmetic(operator: Arithmetic, a: Decimal, b: Decimal) -> Result<Decimal, NotComputable> {
    let result = match operator {
        Arithmetic::Add => a.checked_add(b),
        Arithmetic::Subtract => a.checked_sub(b),
        Arithmetic::Multiply => a.checked_mul(b),
        Arithmetic::Divide | Arithmetic::Remainder if b.is_zero() => {
            return Err(NotComputable::DivisionByZero);
        }
        Arithmetic::Divide => a.checked_div(b),
        Arithmetic::Remainder => a.checked_rem(b),
    };
    result.ok_or(NotComputable::Overflow)
}

/// Membership: a hit decides, even when another element is not known.
fn one_of(value: &Node, list: &[Node], facts: &Facts) -> Result<bool, NotComputable> {
    let value = eval(value, facts)?;
    let mut unknown = None;
    for element in list {
        match eval(element, facts) {
            Ok(element) if element == value => return Ok(true),
            Ok(_) => {}
            Err(why) => unknown = unknown.or(Some(why)),
        }
    }
    unknown.map_or(Ok(false), Err)
}

fn call<'a>(function: Function, arguments: &'a [Node], facts: &'a Facts) -> Answer<'a> {
    let (Some(first), second) = (arguments.first(), arguments.get(1)) else {
        return Err(NotComputable::WrongType { fact: String::new() });
    };
    Ok(match function {
        Function::Abs => Short::Number(number(first, facts)?.abs()),
        Function::Floor => Short::Number(number(first, facts)?.floor()),
        Function::Ceil => Short::Number(number(first, facts)?.ceil()),
        Function::Round => {
            let places = second.map(|node| number(node, facts)).transpose()?.unwrap_or_default();
            let places = u32::try_from(places).map_err(|_| NotComputable::Overflow)?;
            let value = number(first, facts)?;
            Short::Number(value.round_dp_with_strategy(places, RoundingStrategy::MidpointAwayFromZero))
        }
        Function::Min | Function::Max => {
            let mut best = number(first, facts)?;
            for node in arguments.iter().skip(1) {
                let value = number(node, facts)?;
                best = if function == Function::Min { best.min(value) } else { best.max(value) };
            }
            Short::Number(best)
        }
        Function::StartsWith | Function::EndsWith | Function::Contains => {
            let (whole, part) = (text(first, facts)?, second.map_or(Ok(""), |node| text(node, facts))?);
            Short::Bool(match function {
                Function::StartsWith => whole.starts_with(part),
                Function::EndsWith => whole.ends_with(part),
                _ => whole.contains(part),
            })
        }
    })
}
