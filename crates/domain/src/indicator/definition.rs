//! What a figure is. Names, texts and departments are data of the application; here is what computing needs.

use serde::{Deserialize, Serialize};

use super::Unit;
use crate::access::word_enum;

word_enum! {
    /// What kind of figure it is.
    Kind {
        /// A share of like quantities.
        Ratio = "ratio",
        /// A quantity per unit of another.
        Intensity = "intensity",
        /// An amount.
        Absolute = "absolute",
        /// A change against the year before or a base period; may be negative.
        Change = "change",
        /// Met or not, told in words.
        Qualitative = "qualitative",
        /// Found by asking people.
        Survey = "survey",
    }
}

word_enum! {
    /// Which way is better.
    Direction {
        /// More is better.
        Up = "up",
        /// Less is better.
        Down = "down",
        /// Neither: for information.
        None = "none",
    }
}

/// A name that formulas may use, with its unit: a measure that the ledger knows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Name {
    /// Name: ASCII letters, digits, `_`.
    pub name: String,
    /// Unit.
    pub unit: Unit,
}

/// One version of a definition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Definition {
    /// Key, a name in formulas: `n02`, `industrial_value_added`.
    pub key: String,
    /// Version, from 1.
    pub version: i64,
    /// Unit.
    pub unit: Unit,
    /// Kind.
    pub kind: Kind,
    /// Which way is better.
    pub direction: Direction,
    /// Decimals shown.
    pub decimals: u32,
    /// Formula; none when the figure is filled in.
    pub formula: Option<String>,
}

impl Definition {
    /// Whether its values are filled in.
    pub fn is_filled(&self) -> bool {
        self.formula.is_none()
    }

    /// Whether a value below zero makes sense.
    pub fn may_be_negative(&self) -> bool {
        self.kind == Kind::Change
    }
}
