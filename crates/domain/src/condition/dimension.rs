//! Dimensions of quantities, and the second check of a formula: that only like is added to like, and that no number
//! can outgrow exact arithmetic. It works on the tree that [`super::lower`] let through and never evaluates facts.

use std::fmt;

use rust_decimal::Decimal;

use super::error::{ConditionError, Reason};
use super::eval::arithmetic;
use super::tree::{Arithmetic, Function, Node};
use super::{Expression, NotComputable};

/// What kind of quantity a number is, as powers of base quantities: t/CNY is mass 1, money -1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Dimension {
    /// Mass.
    pub mass: i8,
    /// Money.
    pub money: i8,
    /// Things counted.
    pub count: i8,
    /// Area.
    pub area: i8,
    /// Time.
    pub time: i8,
}

impl Dimension {
    /// A pure number.
    pub const NONE: Self = Self { mass: 0, money: 0, count: 0, area: 0, time: 0 };

    /// The powers with their names.
    fn powers(self) -> [(&'static str, i8); 5] {
        [
            ("mass", self.mass),
            ("money", self.money),
            ("count", self.count),
            ("area", self.area),
            ("time", self.time),
        ]
    }

    fn with(self, other: Self, f: fn(i8, i8) -> i8) -> Self {
        Self {
            mass: f(self.mass, other.mass),
            money: f(self.money, other.money),
            count: f(self.count, other.count),
            area: f(self.area, other.area),
            time: f(self.time, other.time),
        }
    }
}

/// Words for a message, such as `mass/money`; `1` for a pure number.
impl fmt::Display for Dimension {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let part = |sign: i8| {
            self.powers()
                .into_iter()
                .filter(|(_, power)| power.signum() == sign)
                .map(|(name, power)| match power.abs() {
                    1 => name.to_owned(),
                    n => format!("{name}^{n}"),
                })
                .collect::<Vec<_>>()
                .join("·")
        };
        let (over, under) = (part(1), part(-1));
        let over = if over.is_empty() { "1" } else { over.as_str() };
        if under.is_empty() { f.write_str(over) } else { write!(f, "{over}/{under}") }
    }
}

impl Expression {
    /// The dimension of its value, when `of` tells the dimension of each fact and no fact is larger than `most`.
    ///
    /// # Errors
    /// Where unlike quantities meet, where a number can outgrow 28 digits, where a constant zero divides, or that the
    /// whole is no number.
    pub fn dimension(
        &self,
        of: &dyn Fn(&str) -> Dimension,
        most: Decimal,
    ) -> Result<Dimension, ConditionError> {
        if !self.kind.is_number() {
            return Err(ConditionError::new(Reason::NotNumber, 0).with("found", self.kind));
        }
        Walk { of, most }.node(&self.root).map(|known| known.dimension)
    }

    /// Where a fact stands first in the text.
    pub fn place_of(&self, fact: &str) -> Option<usize> {
        find(&self.root, fact)
    }
}

/// What is known of a node before any fact is.
#[derive(Clone, Copy)]
struct Known {
    dimension: Dimension,
    /// No value is larger, whatever its sign.
    most: Decimal,
    /// Its value, when it is the same for all facts.
    constant: Option<Decimal>,
}

impl Known {
    fn number(value: Decimal) -> Self {
        Self { dimension: Dimension::NONE, most: value.abs(), constant: Some(value) }
    }

    fn truth() -> Self {
        Self { dimension: Dimension::NONE, most: Decimal::ONE, constant: None }
    }
}

struct Walk<'a> {
    of: &'a dyn Fn(&str) -> Dimension,
    most: Decimal,
}

impl Walk<'_> {
    fn node(&self, node: &Node) -> Result<Known, ConditionError> {
        match node {
            Node::Bool(_) | Node::Text(_) => Ok(Known::truth()),
            Node::Number(value) => Ok(Known::number(*value)),
            Node::Fact { name, .. } => {
                Ok(Known { dimension: (self.of)(name), most: self.most, constant: None })
            }
            Node::Not(inner) => self.node(inner),
            Node::Negate(inner) => self.node(inner).map(|k| Known { constant: k.constant.map(|c| -c), ..k }),
            Node::And(left, right) | Node::Or(left, right) => {
                self.node(left)?;
                self.node(right)
            }
            Node::Compare(_, left, right, at) => {
                self.alike(self.node(left)?, self.node(right)?, *at)?;
                Ok(Known::truth())
            }
            Node::Arithmetic(operator, left, right, at) => {
                self.arithmetic(*operator, self.node(left)?, self.node(right)?, *at)
            }
            Node::OneOf { value, list, .. } => {
                let value = self.node(value)?;
                for element in list {
                    self.alike(value, self.node(element)?, place(element))?;
                }
                Ok(Known::truth())
            }
            Node::Within { value, low, high, .. } => {
                let value = self.node(value)?;
                self.alike(value, self.node(low)?, place(low))?;
                self.alike(value, self.node(high)?, place(high))?;
                Ok(Known::truth())
            }
            Node::If { condition, on_true, on_false } => {
                self.node(condition)?;
                self.alike(self.node(on_true)?, self.node(on_false)?, place(on_false))
            }
            Node::Otherwise(value, instead) => {
                self.alike(self.node(value)?, self.node(instead)?, place(instead))
            }
            Node::Call(function, arguments) => self.call(*function, arguments),
        }
    }

    /// Two nodes of which one is the value: the larger bound.
    fn alike(&self, left: Known, right: Known, at: usize) -> Result<Known, ConditionError> {
        // Zero is zero in every unit.
        let zero = |k: Known| k.constant.is_some_and(|c| c.is_zero());
        if left.dimension != right.dimension && !zero(left) && !zero(right) {
            return Err(ConditionError::new(Reason::Dimension, at)
                .with("expected", left.dimension)
                .with("found", right.dimension));
        }
        let dimension = if zero(left) { right.dimension } else { left.dimension };
        Ok(Known { dimension, most: left.most.max(right.most), constant: None })
    }

    fn arithmetic(
        &self,
        operator: Arithmetic,
        left: Known,
        right: Known,
        at: usize,
    ) -> Result<Known, ConditionError> {
        let dimension = match operator {
            Arithmetic::Add | Arithmetic::Subtract | Arithmetic::Remainder => {
                self.alike(left, right, at)?.dimension
            }
            Arithmetic::Multiply => left.dimension.with(right.dimension, i8::saturating_add),
            Arithmetic::Divide => left.dimension.with(right.dimension, i8::saturating_sub),
        };
        let too_large = || ConditionError::new(Reason::TooLarge, at);
        let constant = match (left.constant, right.constant) {
            (Some(a), Some(b)) => match arithmetic(operator, a, b) {
                Ok(value) => Some(value),
                Err(NotComputable::DivisionByZero) => return Err(ConditionError::new(Reason::Zero, at)),
                Err(_) => return Err(too_large()),
            },
            (None, Some(zero))
                if zero.is_zero() && matches!(operator, Arithmetic::Divide | Arithmetic::Remainder) =>
            {
                return Err(ConditionError::new(Reason::Zero, at));
            }
            _ => None,
        };
        let most = match operator {
            Arithmetic::Add | Arithmetic::Subtract => left.most.checked_add(right.most),
            Arithmetic::Multiply => left.most.checked_mul(right.most),
            // A divisor that is a fact counts as one of its base units at least: a share is no larger than what is
            // shared. What is smaller shows when it is computed.
            Arithmetic::Divide => match right.constant.map(|c| c.abs()) {
                Some(small) if small < Decimal::ONE => left.most.checked_div(small),
                _ => Some(left.most),
            },
            Arithmetic::Remainder => Some(right.most),
        };
        Ok(Known { dimension, most: most.ok_or_else(too_large)?, constant })
    }

    fn call(&self, function: Function, arguments: &[Node]) -> Result<Known, ConditionError> {
        let mut all = arguments.iter();
        let Some(first) = all.next() else { return Ok(Known::truth()) };
        let mut known = self.node(first)?;
        for node in all {
            let next = self.node(node)?;
            match function {
                Function::Min | Function::Max => known = self.alike(known, next, place(node))?,
                // The places of `round` are a pure number.
                Function::Round => {
                    self.alike(Known::number(Decimal::ONE), next, place(node))?;
                }
                _ => {}
            }
        }
        Ok(match function {
            Function::StartsWith | Function::EndsWith | Function::Contains => Known::truth(),
            _ => Known { constant: None, ..known },
        })
    }
}

/// The first place in the text that a node knows.
fn place(node: &Node) -> usize {
    match node {
        Node::Bool(_) | Node::Number(_) | Node::Text(_) => 0,
        Node::Fact { at, .. } => *at,
        Node::Not(inner) | Node::Negate(inner) => place(inner),
        Node::And(left, right) | Node::Or(left, right) | Node::Otherwise(left, right) => {
            first(place(left), place(right))
        }
        Node::Compare(_, left, _, at) | Node::Arithmetic(_, left, _, at) => first(place(left), *at),
        Node::OneOf { value, .. } | Node::Within { value, .. } => place(value),
        Node::If { condition, .. } => place(condition),
        Node::Call(_, arguments) => arguments.iter().map(place).find(|p| *p > 0).unwrap_or(0),
    }
}

fn first(known: usize, otherwise: usize) -> usize {
    if known == 0 { otherwise } else { known }
}

/// Where a fact stands first below a node.
fn find(node: &Node, fact: &str) -> Option<usize> {
    match node {
        Node::Bool(_) | Node::Number(_) | Node::Text(_) => None,
        Node::Fact { name, at, .. } => (name == fact).then_some(*at),
        Node::Not(inner) | Node::Negate(inner) => find(inner, fact),
        Node::And(left, right)
        | Node::Or(left, right)
        | Node::Otherwise(left, right)
        | Node::Compare(_, left, right, _)
        | Node::Arithmetic(_, left, right, _) => find(left, fact).or_else(|| find(right, fact)),
        Node::OneOf { value, list, .. } => {
            find(value, fact).or_else(|| list.iter().find_map(|node| find(node, fact)))
        }
        Node::Within { value, low, high, .. } => {
            find(value, fact).or_else(|| find(low, fact)).or_else(|| find(high, fact))
        }
        Node::If { condition, on_true, on_false } => {
            find(condition, fact).or_else(|| find(on_true, fact)).or_else(|| find(on_false, fact))
        }
        Node::Call(_, arguments) => arguments.iter().find_map(|node| find(node, fact)),
    }
}
