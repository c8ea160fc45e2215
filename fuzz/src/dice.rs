//! A small generator of chance with a seed, so that a run comes again. Not for secrets.

/// Chance.
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    /// Chance of a seed.
    pub fn new(seed: u64) -> Self {
        // Spreads small seeds apart, and is never zero.
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// The next number.
    pub fn roll(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// A number below `n`; 0 when there is none.
    pub fn below(&mut self, n: usize) -> usize {
        usize::try_from((self.roll() >> 11) % (n.max(1) as u64)).unwrap_or(0)
    }

    /// Once in so many times.
    pub fn once_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    /// A byte.
    pub fn byte(&mut self) -> u8 {
        (self.roll() >> 24) as u8
    }

    /// One of several; the first when there is no other.
    pub fn one_of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }
}
