//! Chance from a seed, so that a run can be repeated.

use std::hash::{BuildHasher, Hasher};

/// A small generator (xorshift with a multiplier).
#[derive(Clone, Debug)]
pub struct Chance(u64);

impl Chance {
    /// From a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed ^ 0x9e37_79b9_7f4a_7c15 | 1)
    }

    /// A seed that nobody chose.
    pub fn any_seed() -> u64 {
        std::collections::hash_map::RandomState::new().build_hasher().finish() % 1_000_000
    }

    /// The next number.
    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// A number from 0 to `n - 1`.
    pub fn below(&mut self, n: u64) -> u64 {
        self.next() % n.max(1)
    }

    /// A key in the form of a UUID.
    pub fn key(&mut self) -> String {
        let (a, b) = (self.next(), self.next());
        format!(
            "{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}",
            a >> 32,
            a >> 16 & 0xffff,
            a & 0xfff,
            b >> 48 & 0xfff,
            b & 0xffff_ffff_ffff
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_keys_and_they_differ_among_themselves() {
        let (mut a, mut b) = (Chance::new(7), Chance::new(7));
        let first = a.key();
        assert_eq!(first, b.key());
        assert_ne!(first, a.key());
        assert_eq!(first.len(), 36);
    }
}
