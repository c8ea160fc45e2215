//! Mass in whole grams and volume in whole millilitres. Every quantity of the ledger is an integer:
//! decimal texts are read exactly or refused, sums are checked, and nothing here may ever use a float.

use std::fmt;
use std::iter::Sum;

use serde::{Deserialize, Serialize};

use crate::problem::ParseError;

/// Rule ids of this module.
pub mod rules {
    crate::rule_ids! {
        /// Not a decimal number.
        NOT_A_NUMBER = "REQ-201";
        /// More decimals than a gram (or millilitre) can hold.
        TOO_FINE = "REQ-202";
        /// Zero or negative where a quantity must be positive.
        NOT_POSITIVE = "REQ-203";
        /// Beyond the plausibility limit.
        ABSURD = "REQ-204";
    }
}

/// Plausibility limit for one lot or one document line: 10 000 t. This is **our own** bound against
/// slips of unit (kilograms typed as tonnes), not a rule of any standard: no lorry, ship's hold or day of a
/// pipeline in a city comes near it.
pub const ABSURD_G: i64 = 10_000 * GRAMS_PER_TONNE;
/// Plausibility limit for the capacity of one facility: 10 million t, our own bound like [`ABSURD_G`].
pub const ABSURD_CAPACITY_G: i64 = 10_000_000 * GRAMS_PER_TONNE;
/// Plausibility limit for one container: 10 000 m³ in millilitres, our own bound.
pub const ABSURD_ML: i64 = 10_000_000_000;
/// Grams in a tonne.
pub const GRAMS_PER_TONNE: i64 = 1_000_000;
/// Grams in a kilogram.
pub const GRAMS_PER_KILOGRAM: i64 = 1_000;

/// A mass in whole grams. May be negative as a difference; lots check that theirs is not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Grams(pub i64);

impl Grams {
    /// No mass.
    pub const ZERO: Self = Self(0);

    /// The number of grams.
    pub const fn get(self) -> i64 {
        self.0
    }

    /// Sum, or `None` when it leaves the range.
    pub const fn checked_add(self, other: Self) -> Option<Self> {
        match self.0.checked_add(other.0) {
            Some(g) => Some(Self(g)),
            None => None,
        }
    }

    /// Difference, or `None` when it leaves the range.
    pub const fn checked_sub(self, other: Self) -> Option<Self> {
        match self.0.checked_sub(other.0) {
            Some(g) => Some(Self(g)),
            None => None,
        }
    }

    /// The same mass with the opposite sign.
    pub const fn checked_neg(self) -> Option<Self> {
        match self.0.checked_neg() {
            Some(g) => Some(Self(g)),
            None => None,
        }
    }

    /// Whether it is above zero.
    pub const fn is_positive(self) -> bool {
        self.0 > 0
    }

    /// Sum of many, or `None` when it leaves the range.
    pub fn try_sum(masses: impl IntoIterator<Item = Self>) -> Option<Self> {
        masses.into_iter().try_fold(Self::ZERO, Self::checked_add)
    }

    /// Reads a decimal text in tonnes (`"1.25"`), exact to the gram.
    ///
    /// # Errors
    /// When the text is no plain decimal number, has more than six decimals, or is absurd.
    pub fn parse_tonnes(text: &str) -> Result<Self, ParseError> {
        parse_scaled(text, 6, ABSURD_CAPACITY_G).map(Self)
    }

    /// Reads a decimal text in kilograms (`"12.5"`), exact to the gram.
    ///
    /// # Errors
    /// When the text is no plain decimal number, has more than three decimals, or is absurd.
    pub fn parse_kilograms(text: &str) -> Result<Self, ParseError> {
        parse_scaled(text, 3, ABSURD_CAPACITY_G).map(Self)
    }

    /// The mass in tonnes as an exact decimal text without trailing zeros: `"1.25"`.
    pub fn to_tonnes(self) -> String {
        format_scaled(self.0, 6)
    }

    /// The mass in kilograms as an exact decimal text without trailing zeros: `"1250"`.
    pub fn to_kilograms(self) -> String {
        format_scaled(self.0, 3)
    }

    /// Checks that this can be the mass of one lot or line: positive and not absurd.
    ///
    /// # Errors
    /// [`rules::NOT_POSITIVE`] or [`rules::ABSURD`].
    pub fn plausible(self) -> Result<Self, ParseError> {
        if self.0 <= 0 {
            return Err(ParseError::new(rules::NOT_POSITIVE, &self.0.to_string()));
        }
        if self.0 > ABSURD_G {
            return Err(
                ParseError::new(rules::ABSURD, &self.to_tonnes()).with("limit", Self(ABSURD_G).to_tonnes())
            );
        }
        Ok(self)
    }
}

impl fmt::Display for Grams {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} g", self.0)
    }
}

/// Saturates instead of wrapping: use [`Grams::try_sum`] where a wrong sum could do harm.
impl Sum for Grams {
    fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
        Self(iter.fold(0_i64, |total, g| total.saturating_add(g.0)))
    }
}

/// A volume in whole millilitres, for container capacities.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Millilitres(pub i64);

impl Millilitres {
    /// Reads a decimal text in litres (`"200"`), exact to the millilitre.
    ///
    /// # Errors
    /// When the text is no plain decimal number, has more than three decimals, or is absurd.
    pub fn parse_litres(text: &str) -> Result<Self, ParseError> {
        parse_scaled(text, 3, ABSURD_ML).map(Self)
    }

    /// The volume in litres as an exact decimal text.
    pub fn to_litres(self) -> String {
        format_scaled(self.0, 3)
    }

    /// Checks that this can be the capacity of a container.
    ///
    /// # Errors
    /// [`rules::NOT_POSITIVE`] or [`rules::ABSURD`].
    pub fn plausible(self) -> Result<Self, ParseError> {
        if self.0 <= 0 {
            return Err(ParseError::new(rules::NOT_POSITIVE, &self.0.to_string()));
        }
        if self.0 > ABSURD_ML {
            return Err(
                ParseError::new(rules::ABSURD, &self.to_litres()).with("limit", Self(ABSURD_ML).to_litres())
            );
        }
        Ok(self)
    }
}

/// Reads `[-]digits[.digits]` as an integer scaled by 10^decimals, exactly. Full-width digits and the
/// ideographic full stop's cousin `．` are accepted because Chinese input methods produce them.
fn parse_scaled(text: &str, decimals: u32, limit: i64) -> Result<i64, ParseError> {
    let plain: String = text.trim().chars().map(half_width).collect();
    let (negative, digits) = match plain.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, plain.as_str()),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all_digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty()
        || (digits.contains('.') && fraction.is_empty())
        || !all_digits(whole)
        || !all_digits(fraction)
    {
        return Err(ParseError::new(rules::NOT_A_NUMBER, text));
    }
    let significant = fraction.trim_end_matches('0');
    let places = u32::try_from(significant.len()).unwrap_or(u32::MAX);
    if places > decimals {
        return Err(ParseError::new(rules::TOO_FINE, text).with("decimals", decimals));
    }
    let absurd = || ParseError::new(rules::ABSURD, text).with("limit", format_scaled(limit, decimals));
    let joined = format!("{}{significant}", whole.trim_start_matches('0'));
    let value = if joined.is_empty() { 0 } else { joined.parse::<i64>().map_err(|_| absurd())? };
    let scaled =
        value.checked_mul(10_i64.pow(decimals - places)).filter(|v| *v <= limit).ok_or_else(absurd)?;
    Ok(if negative { -scaled } else { scaled })
}

/// Full-width ASCII to ASCII; everything else unchanged.
pub(crate) fn half_width(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        '\u{3000}' => ' ',
        _ => c,
    }
}

fn format_scaled(value: i64, decimals: u32) -> String {
    let scale = 10_u64.pow(decimals);
    let magnitude = value.unsigned_abs();
    let sign = if value < 0 { "-" } else { "" };
    let (whole, fraction) = (magnitude / scale, magnitude % scale);
    if fraction == 0 {
        return format!("{sign}{whole}");
    }
    let digits = format!("{fraction:0width$}", width = decimals as usize);
    format!("{sign}{whole}.{}", digits.trim_end_matches('0'))
}

/// Splits `total` over `weights` in proportion, exactly: every share is at most its weight's ceiling share
/// and the shares add up to `total`. What rounding leaves over goes to the largest remainders, ties to the
/// earlier position, so the result is deterministic.
///
/// With `total ≤ Σ weights` no share exceeds its weight. Returns `None` when a number is negative or
/// `total` is positive while all weights are zero.
pub fn allocate(total: i64, weights: &[i64]) -> Option<Vec<i64>> {
    if total < 0 || weights.iter().any(|w| *w < 0) {
        return None;
    }
    let sum: i128 = weights.iter().map(|w| i128::from(*w)).sum();
    if sum == 0 {
        return (total == 0).then(|| vec![0; weights.len()]);
    }
    let mut shares = Vec::with_capacity(weights.len());
    let mut remainders = Vec::with_capacity(weights.len());
    let mut given = 0_i64;
    for (position, weight) in weights.iter().enumerate() {
        let exact = i128::from(total) * i128::from(*weight);
        let share = i64::try_from(exact / sum).ok()?;
        given += share;
        shares.push(share);
        remainders.push((exact % sum, position));
    }
    remainders.sort_unstable_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
    let left = usize::try_from(total - given).ok()?;
    for (_, position) in remainders.iter().take(left) {
        *shares.get_mut(*position)? += 1;
    }
    Some(shares)
}

/// Distributes rows over columns (Σ rows = Σ columns) in proportion, so that every row and every column
/// adds up exactly and no cell is negative: each row in turn takes its share of what the columns still
/// need. `None` when the sums differ or a number is negative.
pub fn allocate_matrix(rows: &[i64], columns: &[i64]) -> Option<Vec<Vec<i64>>> {
    let sum = |v: &[i64]| v.iter().map(|x| i128::from(*x)).sum::<i128>();
    if sum(rows) != sum(columns) {
        return None;
    }
    let mut open = columns.to_vec();
    rows.iter()
        .map(|row| {
            let shares = allocate(*row, &open)?;
            for (column, share) in open.iter_mut().zip(&shares) {
                *column -= share;
            }
            Some(shares)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn decimal_texts_are_exact() {
        assert_eq!(Grams::parse_tonnes("1.25"), Ok(Grams(1_250_000)));
        assert_eq!(Grams::parse_tonnes(" 0.000001 "), Ok(Grams(1)));
        assert_eq!(Grams::parse_tonnes("０．５"), Ok(Grams(500_000)));
        assert_eq!(Grams::parse_kilograms("12.500"), Ok(Grams(12_500)));
        assert_eq!(Grams::parse_kilograms("-3"), Ok(Grams(-3_000)));
        assert_eq!(Grams::parse_tonnes("007"), Ok(Grams(7_000_000)));
    }

    #[test]
    fn req_201_202_204_name_what_is_wrong() {
        for bad in ["", ".", "1.", ".5", "1e3", "1,000", "一吨", "--1", "+1", "NaN", "1 2"] {
            assert_eq!(Grams::parse_tonnes(bad).map_err(|e| e.rule), Err(rules::NOT_A_NUMBER), "{bad}");
        }
        assert_eq!(Grams::parse_tonnes("0.0000001").map_err(|e| e.rule), Err(rules::TOO_FINE));
        assert_eq!(Grams::parse_kilograms("0.0001").map_err(|e| e.rule), Err(rules::TOO_FINE));
        assert_eq!(Grams::parse_tonnes("99999999999999999999").map_err(|e| e.rule), Err(rules::ABSURD));
        assert_eq!(Grams(ABSURD_G + 1).plausible().map_err(|e| e.rule), Err(rules::ABSURD));
        assert_eq!(Grams(0).plausible().map_err(|e| e.rule), Err(rules::NOT_POSITIVE));
    }

    proptest! {
        #[test]
        fn formats_and_reads_back(g in -ABSURD_CAPACITY_G..=ABSURD_CAPACITY_G) {
            prop_assert_eq!(Grams::parse_tonnes(&Grams(g).to_tonnes()), Ok(Grams(g)));
            prop_assert_eq!(Grams::parse_kilograms(&Grams(g).to_kilograms()), Ok(Grams(g)));
        }

        #[test]
        fn no_text_panics(text in "\\PC*") {
            let _ = Grams::parse_tonnes(&text);
            let _ = Millilitres::parse_litres(&text);
        }

        #[test]
        fn shares_add_up(weights in proptest::collection::vec(0_i64..1_000_000, 1..12), part in 0_u32..=1000) {
            let sum: i64 = weights.iter().sum();
            let total = i64::try_from(i128::from(sum) * i128::from(part) / 1000).unwrap_or(0);
            let shares = allocate(total, &weights).expect("valid input");
            prop_assert_eq!(shares.iter().sum::<i64>(), total);
            prop_assert!(shares.iter().zip(&weights).all(|(s, w)| s <= w));
        }

        #[test]
        fn matrix_rows_and_columns_add_up(
            rows in proptest::collection::vec(0_i64..1_000_000, 1..7),
            cuts in proptest::collection::vec(0_u32..=1000, 0..6),
        ) {
            let total: i64 = rows.iter().sum();
            let mut bounds: Vec<i64> = cuts.iter().map(|c| total * i64::from(*c) / 1000).collect();
            bounds.push(0);
            bounds.push(total);
            bounds.sort_unstable();
            let columns: Vec<i64> = bounds.windows(2).map(|w| w[1] - w[0]).collect();
            let cells = allocate_matrix(&rows, &columns).expect("equal sums");
            for (row, want) in cells.iter().zip(&rows) {
                prop_assert_eq!(row.iter().sum::<i64>(), *want);
                prop_assert!(row.iter().all(|c| *c >= 0));
            }
            for (j, want) in columns.iter().enumerate() {
                prop_assert_eq!(cells.iter().map(|row| row[j]).sum::<i64>(), *want);
            }
        }
    }
}
