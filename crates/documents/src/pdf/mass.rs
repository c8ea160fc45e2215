//! Grams as exact decimal text in kilograms and tonnes, and their serialisation for templates. No floats:
//! this module must never round.

use serde::Serializer;

/// Kilograms with as many decimals as needed: 235 500 g → `235.5`.
pub fn kilograms(grams: i64) -> String {
    decimal(i128::from(grams), 3, 0)
}

/// Tonnes with at least three decimals and at most six: 235 500 g → `0.2355`, 1 000 000 g → `1.000`.
pub fn tonnes(grams: i64) -> String {
    decimal(i128::from(grams), 6, 3)
}

pub(super) fn tonnes_sum(grams: impl Iterator<Item = i64>) -> String {
    decimal(grams.map(i128::from).sum(), 6, 3)
}

fn decimal(value: i128, places: usize, least: usize) -> String {
    let sign = if value < 0 { "-" } else { "" };
    let digits = format!("{:0>width$}", value.unsigned_abs(), width = places + 1);
    let (whole, fraction) = digits.split_at(digits.len() - places);
    let mut fraction = fraction.trim_end_matches('0').to_owned();
    while fraction.len() < least {
        fraction.push('0');
    }
    if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
}

/// For `#[serde(serialize_with)]`: grams as kilograms.
pub(super) fn as_kilograms<S: Serializer>(grams: &i64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&kilograms(*grams))
}

/// For `#[serde(serialize_with)]`: grams as tonnes.
pub(super) fn as_tonnes<S: Serializer>(grams: &i64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&tonnes(*grams))
}

/// For `#[serde(serialize_with)]`: optional grams as tonnes.
pub(super) fn as_tonnes_or_null<S: Serializer>(
    grams: &Option<i64>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match grams {
        Some(grams) => serializer.serialize_str(&tonnes(*grams)),
        None => serializer.serialize_none(),
    }
}

/// For `#[serde(serialize_with)]`: optional grams as kilograms.
pub(super) fn as_kilograms_or_null<S: Serializer>(
    grams: &Option<i64>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match grams {
        Some(grams) => serializer.serialize_str(&kilograms(*grams)),
        None => serializer.serialize_none(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact() {
        for (grams, kg, t) in [
            (0, "0", "0.000"),
            (1, "0.001", "0.000001"),
            (235_500, "235.5", "0.2355"),
            (1_000_000, "1000", "1.000"),
            (-1_500, "-1.5", "-0.0015"),
            (i64::MAX, "9223372036854775.807", "9223372036854.775807"),
            (i64::MIN, "-9223372036854775.808", "-9223372036854.775808"),
        ] {
            assert_eq!(kilograms(grams), kg);
            assert_eq!(tonnes(grams), t);
        }
        assert_eq!(tonnes_sum([i64::MAX, i64::MAX].into_iter()), "18446744073709.551614");
    }
}
