//! Indicators: what a figure is (unit, kind, direction), how it follows from others, why it cannot be computed, what
//! its light is, and how a figure that the ledger does not know comes to count. Pure: values come in as parameters.
//! A figure that is missing is missing: nothing here may turn it into zero.
//!
//! A formula works on quantities, not on bare numbers: `hw_used / hw_generated` is a share whatever the units are, and
//! comes out in the unit of its definition. Every value inside is in base units (g, CNY, pieces, m²/3, days).

pub mod definition;
pub mod graph;
pub mod light;
pub mod span;
pub mod unit;
pub mod value;

pub use definition::{Definition, Direction, Kind, Name};
pub use graph::{Figure, Graph, Input, Leaf, Why};
pub use light::{Light, light};
pub use span::Span;
pub use unit::Unit;

/// Rule ids of this module; their texts are in `data/rules/indicators.json`.
pub mod rules {
    crate::rule_ids! {
        /// The formula leads back to the indicator itself.
        CYCLE = "IND-F-001";
        /// The formula gives a quantity of another dimension than the unit.
        RESULT_UNIT = "IND-F-002";
        /// The key or name is taken, or badly formed.
        KEY = "IND-F-003";
        /// A new version must say why it replaces the one before.
        VERSION_REASON = "IND-F-004";
        /// A new version cannot hold from before the version that it replaces.
        VERSION_FROM = "IND-F-005";
        /// A computed indicator needs a formula, a filled one has none.
        FORMULA_EXPECTED = "IND-F-006";
        /// No definition has this key.
        UNKNOWN = "IND-F-007";
        /// Not a year or month.
        SPAN = "IND-P-001";
        /// Not one of the allowed words.
        WORD = "IND-P-002";
        /// Not a town of the city.
        TOWN = "IND-P-003";
        /// Not computable: the ledger has no such measure yet.
        NO_MEASURE = "IND-N-001";
        /// Not computable: no approved value.
        NO_VALUE = "IND-N-002";
        /// Not computable: division by zero.
        ZERO = "IND-N-003";
        /// Not computable: a number beyond 28 digits.
        OVERFLOW = "IND-N-004";
        /// Not computable: nothing is recorded for this time.
        NO_RECORDS = "IND-N-005";
        /// A value cannot be read as a number.
        NUMBER = "IND-V-001";
        /// A value lies outside what its unit can be.
        RANGE = "IND-V-002";
        /// The act does not fit the state of the value.
        STATE = "IND-V-003";
        /// Four eyes: another person must do this.
        FOUR_EYES = "IND-V-004";
        /// A note is needed.
        NOTE = "IND-V-005";
        /// Evidence is needed, or there is too much.
        EVIDENCE = "IND-V-006";
        /// This figure is computed and cannot be filled in.
        COMPUTED = "IND-V-007";
        /// Another unit answers for this figure.
        NOT_YOURS = "IND-V-008";
        /// The period has not begun.
        FUTURE = "IND-V-009";
        /// A value for the same period waits already.
        WAITING = "IND-V-010";
        /// Evidence that is not in the store, or of a kind that cannot be kept.
        EVIDENCE_KIND = "IND-V-011";
    }
}

#[cfg(test)]
mod tests;
