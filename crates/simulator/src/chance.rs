//! Seeded chance: small, fast, the same on every machine. Never for secrets.

/// A stream of pseudo-random numbers (SplitMix64).
#[derive(Clone, Debug)]
pub struct Chance(u64);

impl Chance {
    /// A stream for a seed and a name, so that one story does not shift another.
    pub fn new(seed: u64, name: &str) -> Self {
        let mut state = seed ^ 0x9e37_79b9_7f4a_7c15;
        for byte in name.bytes() {
            state = (state ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
        Self(state)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number in `low..=high`; `low` when the range is empty.
    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        if high <= low {
            return low;
        }
        let span = (high - low).unsigned_abs() + 1;
        low + i64::try_from(self.next() % span).unwrap_or(0)
    }

    /// True in `parts` of a thousand cases.
    pub fn permille(&mut self, parts: i64) -> bool {
        self.between(1, 1000) <= parts
    }

    /// `value` give or take so many parts per thousand.
    pub fn around(&mut self, value: i64, permille: i64) -> i64 {
        value + value * self.between(-permille, permille) / 1000
    }
}

#[cfg(test)]
mod tests {
    use super::Chance;

    #[test]
    fn streams_repeat_and_differ() {
        let draw = |name: &str| {
            let mut c = Chance::new(1, name);
            (0..8).map(|_| c.between(0, 1_000_000)).collect::<Vec<_>>()
        };
        assert_eq!(draw("a"), draw("a"));
        assert_ne!(draw("a"), draw("b"));
    }

    #[test]
    fn numbers_stay_in_their_range() {
        let mut c = Chance::new(9, "range");
        for _ in 0..10_000 {
            assert!((3..=7).contains(&c.between(3, 7)));
            assert!((950..=1050).contains(&c.around(1000, 50)));
        }
        assert_eq!(c.between(5, 5), 5);
    }
}
