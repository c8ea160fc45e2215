//! One column of a block: whole numbers, one per fix. Each is predicted from those before it, and what the
//! prediction missed is written in an adaptive Rice code, or, where it mostly hits, as runs. The encoder tries
//! the ways there are and keeps what looks shortest; every way gives back every number, because all arithmetic wraps.

use super::bits::{BitReader, BitWriter, rice_bits};

/// How a value is predicted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Guess {
    /// Always the same.
    Level,
    /// As the one before.
    Last,
    /// As the one before, moved by half of the last move.
    Damped,
    /// As the one before, moved by the whole last move.
    Trend,
}

impl Guess {
    const ALL: [Self; 4] = [Self::Level, Self::Last, Self::Damped, Self::Trend];

    #[inline]
    fn next(self, before: i64, last: i64) -> i64 {
        let step = last.wrapping_sub(before);
        match self {
            Self::Level => 0,
            Self::Last => last,
            Self::Damped => last.wrapping_add(step >> 1),
            Self::Trend => last.wrapping_add(step),
        }
    }
}

/// How a miss becomes a number from zero upwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fold {
    /// Above the smallest one.
    Floor,
    /// On both sides of the middle one.
    Centre,
}

impl Fold {
    #[inline]
    fn fold(self, miss: i64, base: i64) -> u64 {
        let off = miss.wrapping_sub(base);
        match self {
            Self::Floor => off as u64,
            Self::Centre => zigzag(off),
        }
    }

    #[inline]
    fn unfold(self, code: u64, base: i64) -> i64 {
        base.wrapping_add(match self {
            Self::Floor => code as i64,
            Self::Centre => unzigzag(code),
        })
    }
}

/// Times mostly come in whole seconds or milliseconds.
const UNITS: [i64; 3] = [1_000_000, 1_000, 1];

/// Mean size of recent codes, from which the number of low bits follows (as in JPEG-LS).
#[derive(Clone, Copy)]
struct Mean {
    sum: u64,
    count: u64,
}

impl Mean {
    const START: Self = Self { sum: 4, count: 1 };

    #[inline]
    fn k(self) -> u32 {
        // The smallest k with count << k >= sum.
        let k = (64 - self.sum.leading_zeros()).saturating_sub(64 - self.count.leading_zeros());
        k + u32::from(self.count << k < self.sum)
    }

    #[inline]
    fn learn(&mut self, code: u64) {
        self.sum += code.min(1 << 57);
        self.count += 1;
        if self.count == 24 {
            self.sum >>= 1;
            self.count >>= 1;
        }
    }
}

/// The writer, or only the length of what it would write.
trait Sink {
    fn rice(&mut self, value: u64, k: u32);
}

impl Sink for BitWriter {
    #[inline]
    fn rice(&mut self, value: u64, k: u32) {
        self.rice(value, k);
    }
}

struct Length(u64);

impl Sink for Length {
    #[inline]
    fn rice(&mut self, value: u64, k: u32) {
        self.0 += rice_bits(value, k);
    }
}

fn write_codes(sink: &mut impl Sink, codes: &[u64], group: &[bool]) {
    let mut means = [Mean::START; 2];
    for (&code, &g) in codes.iter().zip(group) {
        let mean = &mut means[usize::from(g)];
        sink.rice(code, mean.k());
        mean.learn(code);
    }
}

/// Alternately a number of zeros and a number that is not.
fn write_runs(sink: &mut impl Sink, codes: &[u64]) {
    let mut means = [Mean::START; 2];
    let mut put = |which: usize, value: u64| {
        sink.rice(value, means[which].k());
        means[which].learn(value);
    };
    let mut zeros = 0;
    for &code in codes {
        if code == 0 {
            zeros += 1;
        } else {
            put(0, zeros);
            put(1, code - 1);
            zeros = 0;
        }
    }
    if zeros > 0 {
        put(0, zeros);
    }
}

/// Scratch space of the encoder, kept between columns.
#[derive(Default)]
pub(super) struct Encoder {
    values: Vec<i64>,
    misses: Vec<i64>,
    sample: Vec<i64>,
    codes: Vec<u64>,
}

impl Encoder {
    /// Writes a column. `group` tells for each value which of two populations it belongs to; each has its own
    /// statistics. The decoder is given the same.
    pub(super) fn column(&mut self, out: &mut BitWriter, values: impl Iterator<Item = i64>, group: &[bool]) {
        self.values.clear();
        self.values.extend(values);
        let Some(&origin) = self.values.first() else { return };
        let unit = self.scale(origin);
        let (guess, fold, base) = self.choose();
        let (mut before, mut last) = (0, 0);
        self.codes.clear();
        self.codes.extend(self.values.iter().map(|&v| {
            let miss = v.wrapping_sub(guess.next(before, last));
            (before, last) = (last, v);
            fold.fold(miss, base)
        }));
        let (mut codes, mut runs) = (Length(0), Length(0));
        write_codes(&mut codes, &self.codes, group);
        write_runs(&mut runs, &self.codes);
        let runs = runs.0 < codes.0;
        out.wide(unit as u64, 2);
        out.wide(guess as u64, 2);
        out.wide(fold as u64, 1);
        out.wide(u64::from(runs), 1);
        out.number(zigzag(origin));
        out.number(zigzag(base));
        if runs {
            write_runs(out, &self.codes);
        } else {
            write_codes(out, &self.codes, group);
        }
    }

    /// The way that leaves the least to write. The number of digits ranks them as the code's length would, in
    /// a tenth of the time.
    fn choose(&mut self) -> (Guess, Fold, i64) {
        let mut best = (u64::MAX, Guess::Level, Fold::Floor, 0);
        for guess in Guess::ALL {
            let (mut before, mut last) = (0, 0);
            self.misses.clear();
            self.misses.extend(self.values.iter().map(|&v| {
                let miss = v.wrapping_sub(guess.next(before, last));
                (before, last) = (last, v);
                miss
            }));
            let floor = self.misses.iter().copied().min().unwrap_or(0);
            // A sample tells the middle well enough.
            self.sample.clear();
            self.sample.extend(self.misses.iter().step_by(self.misses.len() / 32 + 1));
            self.sample.sort_unstable();
            let middle = self.sample.get(self.sample.len() / 2).copied().unwrap_or(0);
            for (fold, base) in [(Fold::Floor, floor), (Fold::Centre, middle)] {
                let digits = |&m: &i64| u64::from(64 - fold.fold(m, base).leading_zeros());
                let digits = self.misses.iter().map(digits).sum();
                if digits < best.0 {
                    best = (digits, guess, fold, base);
                }
            }
            if best.0 == 0 {
                break;
            }
        }
        (best.1, best.2, best.3)
    }

    /// Turns the values into distances from the first in the largest unit that fits; returns the unit's index.
    fn scale(&mut self, origin: i64) -> usize {
        let whole = |v: &i64, unit: i64| v.checked_sub(origin).is_some_and(|d| d % unit == 0);
        let index = if self.values.iter().all(|v| whole(v, UNITS[0])) {
            0
        } else if self.values.iter().all(|v| whole(v, UNITS[1])) {
            1
        } else {
            2
        };
        // Divisions by a constant are multiplications.
        match index {
            0 => self.values.iter_mut().for_each(|v| *v = v.wrapping_sub(origin) / UNITS[0]),
            1 => self.values.iter_mut().for_each(|v| *v = v.wrapping_sub(origin) / UNITS[1]),
            _ => self.values.iter_mut().for_each(|v| *v = v.wrapping_sub(origin)),
        }
        index
    }
}

/// Reads a column of `group.len()` values; `None` if the bytes are none.
pub(super) fn decode(bits: &mut BitReader<'_>, group: &[bool]) -> Option<Vec<i64>> {
    if group.is_empty() {
        return Some(Vec::new());
    }
    let unit = *UNITS.get(bits.wide(2)? as usize)?;
    let guess = *Guess::ALL.get(bits.wide(2)? as usize)?;
    let fold = if bits.wide(1)? == 0 { Fold::Floor } else { Fold::Centre };
    let runs = bits.wide(1)? == 1;
    let origin = unzigzag(bits.number()?);
    let base = unzigzag(bits.number()?);
    let mut means = [Mean::START; 2];
    let mut values = Vec::with_capacity(group.len());
    let (mut before, mut last) = (0, 0);
    let mut take = |code: u64| {
        let value = guess.next(before, last).wrapping_add(fold.unfold(code, base));
        (before, last) = (last, value);
        values.push(origin.wrapping_add(value.wrapping_mul(unit)));
    };
    if runs {
        let mut left = group.len();
        while left > 0 {
            let zeros = bits.rice(means[0].k())?;
            means[0].learn(zeros);
            let n = usize::try_from(zeros).ok().filter(|&n| n <= left)?;
            (0..n).for_each(|_| take(0));
            left -= n;
            if left > 0 {
                let code = bits.rice(means[1].k())?;
                means[1].learn(code);
                take(code.checked_add(1)?);
                left -= 1;
            }
        }
    } else {
        for &g in group {
            let mean = &mut means[usize::from(g)];
            let code = bits.rice(mean.k())?;
            mean.learn(code);
            take(code);
        }
    }
    Some(values)
}

fn zigzag(v: i64) -> u64 {
    (v << 1 ^ v >> 63) as u64
}

fn unzigzag(v: u64) -> i64 {
    (v >> 1) as i64 ^ -((v & 1) as i64)
}
