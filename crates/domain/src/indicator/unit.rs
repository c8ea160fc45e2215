//! Units of figures: dimension, and how many base units one is. A new unit gets a line in each of the two tables and
//! its words in `data/indicators/units.json`.

use rust_decimal::Decimal;

use crate::access::word_enum;
use crate::condition::Dimension;

word_enum! {
    /// A unit.
    Unit {
        /// Gram.
        Gram = "g",
        /// Kilogram.
        Kilogram = "kg",
        /// Tonne.
        Tonne = "t",
        /// Ten thousand tonnes (万吨).
        TenThousandTonnes = "t_10k",
        /// Yuan.
        Yuan = "cny",
        /// Ten thousand yuan (万元).
        TenThousandYuan = "cny_10k",
        /// A hundred million yuan (亿元).
        HundredMillionYuan = "cny_100m",
        /// Per cent.
        Percent = "percent",
        /// A pure number.
        One = "one",
        /// Things counted: pieces, units, items, sites.
        Piece = "piece",
        /// Documents counted.
        Document = "document",
        /// Met (1) or not (0).
        YesNo = "yes_no",
        /// Tonnes per ten thousand yuan.
        TonnesPerTenThousandYuan = "t_per_cny_10k",
        /// Tonnes a day.
        TonnesPerDay = "t_per_day",
        /// Hectare.
        Hectare = "ha",
        /// Chinese acre, a fifteenth of a hectare (亩).
        Mu = "mu",
        /// Ten thousand square metres (万平方米).
        TenThousandSquareMetres = "m2_10k",
        /// Kilograms a mu.
        KilogramsPerMu = "kg_per_mu",
    }
}

impl Unit {
    /// What kind of quantity it measures.
    pub const fn dimension(self) -> Dimension {
        let none = Dimension::NONE;
        match self {
            Unit::Gram | Unit::Kilogram | Unit::Tonne | Unit::TenThousandTonnes => {
                Dimension { mass: 1, ..none }
            }
            Unit::Yuan | Unit::TenThousandYuan | Unit::HundredMillionYuan => Dimension { money: 1, ..none },
            Unit::Percent | Unit::One | Unit::YesNo => none,
            Unit::Piece | Unit::Document => Dimension { count: 1, ..none },
            Unit::TonnesPerTenThousandYuan => Dimension { mass: 1, money: -1, ..none },
            Unit::TonnesPerDay => Dimension { mass: 1, time: -1, ..none },
            Unit::Hectare | Unit::Mu | Unit::TenThousandSquareMetres => Dimension { area: 1, ..none },
            Unit::KilogramsPerMu => Dimension { mass: 1, area: -1, ..none },
        }
    }

    /// Base units in one of it, as a fraction: a mu is 2,000 thirds of a square metre.
    const fn base(self) -> (i64, i64) {
        match self {
            Unit::Gram | Unit::Yuan | Unit::One | Unit::Piece | Unit::Document | Unit::YesNo => (1, 1),
            Unit::Kilogram => (1_000, 1),
            Unit::Tonne | Unit::TonnesPerDay => (1_000_000, 1),
            Unit::TenThousandTonnes => (10_000_000_000, 1),
            Unit::TenThousandYuan => (10_000, 1),
            Unit::HundredMillionYuan => (100_000_000, 1),
            Unit::Percent => (1, 100),
            Unit::TonnesPerTenThousandYuan => (100, 1),
            Unit::Hectare | Unit::TenThousandSquareMetres => (30_000, 1),
            Unit::Mu => (2_000, 1),
            Unit::KilogramsPerMu => (1, 2),
        }
    }

    /// A value of this unit in base units; `None` beyond 28 digits.
    pub fn to_base(self, value: Decimal) -> Option<Decimal> {
        let (over, under) = self.base();
        value.checked_mul(Decimal::from(over))?.checked_div(Decimal::from(under))
    }

    /// A value in base units as one of this unit; `None` beyond 28 digits.
    pub fn of_base(self, base: Decimal) -> Option<Decimal> {
        let (over, under) = self.base();
        base.checked_mul(Decimal::from(under))?.checked_div(Decimal::from(over))
    }

    /// Smallest and largest value that makes sense of a figure that may not fall below zero.
    pub fn range(self) -> (Decimal, Decimal) {
        let most = match self {
            Unit::Percent => Decimal::ONE_HUNDRED,
            Unit::YesNo => Decimal::ONE,
            _ => self.of_base(most()).unwrap_or(Decimal::MAX),
        };
        (Decimal::ZERO, most)
    }
}

/// No figure of a city is larger than this in base units (10^13 g are ten million tonnes); what a formula may do with
/// such numbers is checked when it is written.
pub fn most() -> Decimal {
    Decimal::from(10_000_000_000_000_i64)
}
