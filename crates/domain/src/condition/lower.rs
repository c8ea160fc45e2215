//! From text to a checked tree: the library's lexer and parser, then our own allow-list and types. Whatever is
//! not named here is refused.

use std::collections::HashMap;
use std::hash::BuildHasher;

use bumpalo::Bump;
use rust_decimal::Decimal;
use zen_expression::lexer::{
    ArithmeticOperator, Bracket, ComparisonOperator, Lexer, LexerError, LogicalOperator, Operator, Token,
    TokenKind,
};
use zen_expression::parser::{AstNodeError, Node as Parsed, NodeMetadata, Parser};

use super::calls::allowed;
use super::error::{ConditionError, Reason};
use super::schema::Schema;
use super::tree::{Arithmetic, Comparison, Node};
use super::value::{FactType, Value};
use super::{MAX_CHARS, MAX_DEPTH};

pub(super) type Typed = (Node, FactType);

/// Reads, checks and types an expression: the tree, its type, and the facts that it reads (sorted).
pub(super) fn lower(text: &str, schema: &Schema) -> Result<(Node, FactType, Vec<String>), ConditionError> {
    if text.chars().nth(MAX_CHARS).is_some() {
        return Err(ConditionError::new(Reason::TooLong, MAX_CHARS).with("max", MAX_CHARS));
    }
    let bump = Bump::new();
    let mut lexer = Lexer::new();
    let tokens = lexer.tokenize(&bump, text).map_err(|error| unread(text, &error))?;
    guard_depth(text, &tokens)?;
    let parser = Parser::try_new(&tokens, &bump).map_err(|_| ConditionError::new(Reason::Syntax, 0))?;
    let parsed = parser.standard().with_metadata().parse();
    let spans = parsed.metadata.unwrap_or_default();
    let mut lowering = Lowering { text, schema, spans: &spans, names: Vec::new() };
    let (root, kind) = lowering.node(parsed.root, 0)?;
    if !parsed.is_complete {
        return Err(ConditionError::new(Reason::Syntax, text.chars().count()));
    }
    let mut names = lowering.names;
    names.sort();
    names.dedup();
    Ok((root, kind, names))
}

/// Characters before this byte.
fn chars_before(text: &str, byte: u32) -> usize {
    text.get(..byte as usize).map_or_else(|| text.chars().count(), |head| head.chars().count())
}

fn unread(text: &str, error: &LexerError) -> ConditionError {
    let byte = match error {
        LexerError::UnexpectedSymbol { span, .. } => span.0,
        LexerError::UnmatchedSymbol { position, .. } | LexerError::UnexpectedEof { position, .. } => {
            *position
        }
    };
    ConditionError::new(Reason::Syntax, chars_before(text, byte))
}

/// Refuses texts whose parsing would recurse deeply: brackets, and operators that bind to the right.
fn guard_depth(text: &str, tokens: &[Token<'_>]) -> Result<(), ConditionError> {
    let (mut brackets, mut rightward) = (0_usize, 0_usize);
    for token in tokens {
        match token.kind {
            TokenKind::Bracket(
                Bracket::LeftParenthesis | Bracket::LeftSquareBracket | Bracket::LeftCurlyBracket,
            ) => brackets += 1,
            TokenKind::Bracket(_) => brackets = brackets.saturating_sub(1),
            TokenKind::Operator(
                Operator::QuestionMark
                | Operator::Slice
                | Operator::Assign
                | Operator::Semi
                | Operator::Logical(LogicalOperator::Not)
                | Operator::Arithmetic(ArithmeticOperator::Power),
            ) => rightward += 1,
            _ => {}
        }
        if brackets > MAX_DEPTH || rightward > MAX_DEPTH {
            let place = chars_before(text, token.span.0);
            return Err(ConditionError::new(Reason::TooDeep, place).with("max", MAX_DEPTH));
        }
    }
    // Signs in a row (`- - - x`) nest too.
    let signs = tokens.iter().scan(0_usize, |run, token| {
        let sign = matches!(
            token.kind,
            TokenKind::Operator(Operator::Arithmetic(ArithmeticOperator::Subtract | ArithmeticOperator::Add))
        );
        *run = if sign { *run + 1 } else { 0 };
        Some((*run, token.span.0))
    });
    match signs.into_iter().find(|(run, _)| *run > MAX_DEPTH) {
        Some((_, byte)) => {
            Err(ConditionError::new(Reason::TooDeep, chars_before(text, byte)).with("max", MAX_DEPTH))
        }
        None => Ok(()),
    }
}

pub(super) struct Lowering<'a, S> {
    text: &'a str,
    schema: &'a Schema,
    spans: &'a HashMap<usize, NodeMetadata, S>,
    names: Vec<String>,
}

impl<S: BuildHasher> Lowering<'_, S> {
    pub(super) fn place(&self, node: &Parsed<'_>) -> usize {
        let key = std::ptr::from_ref(node) as usize;
        self.spans.get(&key).map_or(0, |meta| chars_before(self.text, meta.span.0))
    }

    fn fail<T>(&self, reason: Reason, node: &Parsed<'_>) -> Result<T, ConditionError> {
        Err(ConditionError::new(reason, self.place(node)))
    }

    pub(super) fn node(&mut self, node: &Parsed<'_>, depth: usize) -> Result<Typed, ConditionError> {
        // A chain of `and` nests to the left without brackets: allow it more than brackets get.
        if depth > MAX_DEPTH * 4 {
            return Err(ConditionError::new(Reason::TooDeep, self.place(node)).with("max", MAX_DEPTH));
        }
        let depth = depth + 1;
        match node {
            Parsed::Bool(value) => Ok((Node::Bool(*value), FactType::Bool)),
            Parsed::Number(value) => Ok(number(*value)),
            Parsed::String(value) => Ok((Node::Text((*value).to_owned()), FactType::Text)),
            Parsed::Identifier(name) => self.name(name, node),
            Parsed::Parenthesized(inner) => self.node(inner, depth),
            Parsed::Unary { node: inner, operator } => self.unary(inner, operator, depth),
            Parsed::Binary { left, operator, right } => self.binary(left, operator, right, node, depth),
            Parsed::Conditional { condition, on_true, on_false } => {
                let condition = self.expect(condition, FactType::Bool, "?", depth)?;
                let on_true = self.node(on_true, depth)?;
                let (on_false, kind) = self.alike(on_true.1, on_false, "?", depth)?;
                let (condition, on_true, on_false) =
                    (Box::new(condition), Box::new(on_true.0), Box::new(on_false));
                Ok((Node::If { condition, on_true, on_false }, kind))
            }
            Parsed::FunctionCall { kind, arguments } => self.call(kind, arguments, node, depth),
            Parsed::Error { error, .. } => Err(self.broken(error)),
            Parsed::Null
            | Parsed::TemplateString(_)
            | Parsed::Pointer
            | Parsed::Array(_)
            | Parsed::Object(_)
            | Parsed::Assignments { .. }
            | Parsed::Closure { .. }
            | Parsed::Root
            | Parsed::Member { .. }
            | Parsed::Slice { .. }
            | Parsed::Interval { .. }
            | Parsed::MethodCall { .. } => self.unsupported(node),
        }
    }

    pub(super) fn unsupported<T>(&self, node: &Parsed<'_>) -> Result<T, ConditionError> {
        // A part that the parser could not read explains more than the form around it.
        match node.first_error() {
            Some(error) => Err(self.broken(&error)),
            None => self.fail(Reason::Unsupported, node),
        }
    }

    fn broken(&self, error: &AstNodeError<'_>) -> ConditionError {
        let at = |byte: u32| chars_before(self.text, byte);
        match error {
            AstNodeError::UnknownBuiltIn { name, span } | AstNodeError::UnknownMethod { name, span } => {
                ConditionError::new(Reason::Function, at(span.0))
                    .with("name", name)
                    .with("allowed", allowed())
            }
            AstNodeError::InvalidNumber { number, span } => {
                ConditionError::new(Reason::Number, at(span.0)).with("value", number)
            }
            AstNodeError::UnexpectedIdentifier { span, .. }
            | AstNodeError::UnexpectedToken { span, .. }
            | AstNodeError::InvalidBoolean { span, .. }
            | AstNodeError::InvalidProperty { span, .. }
            | AstNodeError::ExpectedProperty { span }
            | AstNodeError::ExpectedLiteral { span }
            | AstNodeError::UnexpectedEnd { span }
            | AstNodeError::Custom { span, .. } => ConditionError::new(Reason::Syntax, at(span.0)),
            AstNodeError::MissingToken { .. } => {
                ConditionError::new(Reason::Syntax, self.text.chars().count())
            }
        }
    }

    fn name(&mut self, name: &str, node: &Parsed<'_>) -> Result<Typed, ConditionError> {
        if let Some(fact) = self.schema.fact(name) {
            self.names.push(fact.name.clone());
            let at = self.place(node);
            return Ok((Node::Fact { name: fact.name.clone(), kind: fact.kind, at }, fact.kind));
        }
        match self.schema.constant(name) {
            Some(Value::Bool(value)) => Ok((Node::Bool(*value), FactType::Bool)),
            Some(Value::Int(value)) => Ok((Node::Number(Decimal::from(*value)), FactType::Int)),
            Some(Value::Decimal { decimal }) => Ok((Node::Number(*decimal), FactType::Decimal)),
            Some(Value::Text(value)) => Ok((Node::Text(value.clone()), FactType::Text)),
            None => {
                let nearest = self.schema.nearest(name).unwrap_or_default();
                Err(ConditionError::new(Reason::UnknownName, self.place(node))
                    .with("name", name)
                    .with("nearest", nearest))
            }
        }
    }

    /// The node, of a type that may stand where `kind` is expected by `operator`.
    fn expect(
        &mut self,
        node: &Parsed<'_>,
        kind: FactType,
        operator: &str,
        depth: usize,
    ) -> Result<Node, ConditionError> {
        let (lowered, found) = self.node(node, depth)?;
        if kind.takes(found) { Ok(lowered) } else { Err(self.wrong(node, kind, found, operator)) }
    }

    pub(super) fn wrong(
        &self,
        node: &Parsed<'_>,
        kind: FactType,
        found: FactType,
        operator: &str,
    ) -> ConditionError {
        ConditionError::new(Reason::WrongType, self.place(node))
            .with("operator", operator)
            .with("expected", kind)
            .with("found", found)
    }

    /// The node, of the same type as `kind`; numbers of both types go together.
    fn alike(
        &mut self,
        kind: FactType,
        node: &Parsed<'_>,
        operator: &str,
        depth: usize,
    ) -> Result<Typed, ConditionError> {
        let (lowered, found) = self.node(node, depth)?;
        if kind == found {
            Ok((lowered, kind))
        } else if kind.is_number() && found.is_number() {
            Ok((lowered, FactType::Decimal))
        } else {
            Err(self.wrong(node, kind, found, operator))
        }
    }

    fn unary(
        &mut self,
        inner: &Parsed<'_>,
        operator: &Operator,
        depth: usize,
    ) -> Result<Typed, ConditionError> {
        match operator {
            Operator::Logical(LogicalOperator::Not) => {
                let inner = self.expect(inner, FactType::Bool, "not", depth)?;
                Ok((Node::Not(Box::new(inner)), FactType::Bool))
            }
            Operator::Arithmetic(ArithmeticOperator::Subtract | ArithmeticOperator::Add) => {
                let (lowered, kind) = self.node(inner, depth)?;
                if !kind.is_number() {
                    return Err(self.wrong(inner, FactType::Decimal, kind, &operator.to_string()));
                }
                let plus = matches!(operator, Operator::Arithmetic(ArithmeticOperator::Add));
                Ok((if plus { lowered } else { Node::Negate(Box::new(lowered)) }, kind))
            }
            _ => self.fail(Reason::Unsupported, inner),
        }
    }

    fn binary(
        &mut self,
        left: &Parsed<'_>,
        operator: &Operator,
        right: &Parsed<'_>,
        whole: &Parsed<'_>,
        depth: usize,
    ) -> Result<Typed, ConditionError> {
        let sign = operator.to_string();
        match operator {
            Operator::Logical(logical @ (LogicalOperator::And | LogicalOperator::Or)) => {
                let left = Box::new(self.expect(left, FactType::Bool, &sign, depth)?);
                let right = Box::new(self.expect(right, FactType::Bool, &sign, depth)?);
                let and = *logical == LogicalOperator::And;
                Ok((if and { Node::And(left, right) } else { Node::Or(left, right) }, FactType::Bool))
            }
            Operator::Logical(LogicalOperator::NullishCoalescing) => {
                let (value, kind) = self.node(left, depth)?;
                let (instead, kind) = self.alike(kind, right, &sign, depth)?;
                Ok((Node::Otherwise(Box::new(value), Box::new(instead)), kind))
            }
            Operator::Comparison(ComparisonOperator::In) => self.within(left, right, false, depth),
            Operator::Comparison(ComparisonOperator::NotIn) => self.within(left, right, true, depth),
            Operator::Comparison(comparison) => {
                let (a, kind) = self.node(left, depth)?;
                let comparison = match comparison {
                    ComparisonOperator::Equal => Comparison::Equal,
                    ComparisonOperator::NotEqual => Comparison::NotEqual,
                    ComparisonOperator::LessThan => Comparison::Less,
                    ComparisonOperator::LessThanOrEqual => Comparison::LessOrEqual,
                    ComparisonOperator::GreaterThan => Comparison::More,
                    _ => Comparison::MoreOrEqual,
                };
                let ordered = !matches!(comparison, Comparison::Equal | Comparison::NotEqual);
                if ordered && !kind.is_number() {
                    return Err(self.wrong(left, FactType::Decimal, kind, &sign));
                }
                let at = self.place(right);
                let (b, _) = self.alike(kind, right, &sign, depth)?;
                Ok((Node::Compare(comparison, Box::new(a), Box::new(b), at), FactType::Bool))
            }
            Operator::Arithmetic(arithmetic) => {
                let arithmetic = match arithmetic {
                    ArithmeticOperator::Add => Arithmetic::Add,
                    ArithmeticOperator::Subtract => Arithmetic::Subtract,
                    ArithmeticOperator::Multiply => Arithmetic::Multiply,
                    ArithmeticOperator::Divide => Arithmetic::Divide,
                    ArithmeticOperator::Modulus => Arithmetic::Remainder,
                    // A power of decimals is not exact.
                    ArithmeticOperator::Power => return self.fail(Reason::Unsupported, whole),
                };
                let (a, kind) = self.node(left, depth)?;
                if !kind.is_number() {
                    return Err(self.wrong(left, FactType::Decimal, kind, &sign));
                }
                let at = self.place(right);
                let (b, kind) = self.alike(kind, right, &sign, depth)?;
                let kind = if arithmetic == Arithmetic::Divide { FactType::Decimal } else { kind };
                Ok((Node::Arithmetic(arithmetic, Box::new(a), Box::new(b), at), kind))
            }
            _ => self.fail(Reason::Unsupported, whole),
        }
    }

    /// `x in [a, b]` and `x in (low..high]`.
    fn within(
        &mut self,
        value: &Parsed<'_>,
        right: &Parsed<'_>,
        negated: bool,
        depth: usize,
    ) -> Result<Typed, ConditionError> {
        let (lowered, kind) = self.node(value, depth)?;
        let value_node = Box::new(lowered);
        match right {
            Parsed::Array(elements) => {
                let list = elements
                    .iter()
                    .map(|element| self.alike(kind, element, "in", depth).map(|(node, _)| node))
                    .collect::<Result<_, _>>()?;
                Ok((Node::OneOf { value: value_node, list, negated }, FactType::Bool))
            }
            Parsed::Interval { left, right, left_bracket, right_bracket } => {
                if !kind.is_number() {
                    return Err(self.wrong(value, FactType::Decimal, kind, "in"));
                }
                let low = Box::new(self.expect(left, FactType::Decimal, "..", depth)?);
                let high = Box::new(self.expect(right, FactType::Decimal, "..", depth)?);
                // `]a..b[` is the other way to write `(a..b)`.
                let low_open = !matches!(left_bracket, Bracket::LeftSquareBracket);
                let high_open = !matches!(right_bracket, Bracket::RightSquareBracket);
                let node = Node::Within { value: value_node, low, high, low_open, high_open, negated };
                Ok((node, FactType::Bool))
            }
            other => self.unsupported(other),
        }
    }
}

fn number(value: Decimal) -> Typed {
    let kind = if value.is_integer() { FactType::Int } else { FactType::Decimal };
    (Node::Number(value), kind)
}
