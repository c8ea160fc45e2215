//! The light of a figure against its target. It says how far the figure is from the target, and nothing about whose
//! merit that is; without a figure or a target there is no light.

use rust_decimal::Decimal;

use super::Direction;
use crate::access::word_enum;

word_enum! {
    /// A traffic light.
    Light {
        /// The target is reached.
        Green = "green",
        /// Close to it.
        Amber = "amber",
        /// Far from it.
        Red = "red",
        /// No figure, no target, or neither direction is better.
        None = "none",
    }
}

/// The light of `value`. Reached is green. Short of it: what lies between value and target is compared with the way to
/// go, which is target minus baseline where a baseline is set, and the target itself where none is; up to
/// `amber_permille` of that way is amber, more is red. Where there is no way to measure by (a target of zero without a
/// baseline), short of the target is red.
pub fn light(
    value: Option<Decimal>,
    target: Option<Decimal>,
    baseline: Option<Decimal>,
    direction: Direction,
    amber_permille: i64,
) -> Light {
    let (Some(value), Some(target)) = (value, target) else { return Light::None };
    let short = match direction {
        Direction::Up => target.checked_sub(value),
        Direction::Down => value.checked_sub(target),
        Direction::None => return Light::None,
    };
    let Some(short) = short else { return Light::Red };
    if short <= Decimal::ZERO {
        return Light::Green;
    }
    let way = match baseline.filter(|b| *b != target) {
        Some(baseline) => target.checked_sub(baseline),
        None => Some(target),
    };
    let allowed = way
        .and_then(|way| way.abs().checked_mul(Decimal::from(amber_permille)))
        .and_then(|scaled| scaled.checked_div(Decimal::ONE_THOUSAND));
    if allowed.is_some_and(|allowed| short <= allowed) { Light::Amber } else { Light::Red }
}
