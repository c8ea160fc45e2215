//! The functions that an expression may call, with the types of their arguments. All are pure and take bounded
//! time; nothing that knows the clock, a date or chance may ever be added here.

use std::hash::BuildHasher;

use zen_expression::functions::{FunctionKind, InternalFunction};
use zen_expression::parser::Node as Parsed;

use super::error::{ConditionError, Reason};
use super::lower::{Lowering, Typed};
use super::tree::{Function, Node};
use super::value::FactType;

impl<S: BuildHasher> Lowering<'_, S> {
    pub(super) fn call(
        &mut self,
        kind: &FunctionKind,
        arguments: &[&Parsed<'_>],
        whole: &Parsed<'_>,
        depth: usize,
    ) -> Result<Typed, ConditionError> {
        let function = match kind {
            FunctionKind::Internal(InternalFunction::Abs) => Function::Abs,
            FunctionKind::Internal(InternalFunction::Floor) => Function::Floor,
            FunctionKind::Internal(InternalFunction::Ceil) => Function::Ceil,
            FunctionKind::Internal(InternalFunction::Round) => Function::Round,
            FunctionKind::Internal(InternalFunction::Min) => Function::Min,
            FunctionKind::Internal(InternalFunction::Max) => Function::Max,
            FunctionKind::Internal(InternalFunction::StartsWith) => Function::StartsWith,
            FunctionKind::Internal(InternalFunction::EndsWith) => Function::EndsWith,
            FunctionKind::Internal(InternalFunction::Contains) => Function::Contains,
            other => {
                return Err(ConditionError::new(Reason::Function, self.place(whole))
                    .with("name", other)
                    .with("allowed", allowed()));
            }
        };
        let name = kind.to_string();
        // `min` and `max` take one list.
        let arguments = match (function, arguments) {
            (Function::Min | Function::Max, [Parsed::Array(list)]) => *list,
            (Function::Min | Function::Max, _) => return self.unsupported(whole),
            _ => arguments,
        };
        let count = match function {
            Function::Abs | Function::Floor | Function::Ceil => 1..=1,
            Function::Round => 1..=2,
            Function::Min | Function::Max => 1..=32,
            Function::StartsWith | Function::EndsWith | Function::Contains => 2..=2,
        };
        if !count.contains(&arguments.len()) {
            return self.unsupported(whole);
        }
        let texts = matches!(function, Function::StartsWith | Function::EndsWith | Function::Contains);
        let mut kinds = Vec::new();
        let mut lowered = Vec::new();
        for argument in arguments {
            let (node, found) = self.node(argument, depth)?;
            let fits = if texts { found == FactType::Text } else { found.is_number() };
            if !fits {
                let expected = if texts { FactType::Text } else { FactType::Decimal };
                return Err(self.wrong(argument, expected, found, &name));
            }
            kinds.push(found);
            lowered.push(node);
        }
        let whole_numbers = kinds.iter().all(|kind| *kind == FactType::Int);
        let kind = match function {
            Function::Floor | Function::Ceil => FactType::Int,
            Function::Round if lowered.len() == 1 => FactType::Int,
            Function::Abs | Function::Min | Function::Max | Function::Round if whole_numbers => FactType::Int,
            Function::Abs | Function::Min | Function::Max | Function::Round => FactType::Decimal,
            Function::StartsWith | Function::EndsWith | Function::Contains => FactType::Bool,
        };
        Ok((Node::Call(function, lowered), kind))
    }
}

/// The functions on the list, for the message.
pub(super) fn allowed() -> &'static str {
    "abs, floor, ceil, round, min, max, startsWith, endsWith, contains"
}
