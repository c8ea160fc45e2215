//! Bits in a row, lowest first. Reading checks every step, since the bytes come from a disk.

/// Longest unary part of a Rice code; longer ones escape to the whole number.
const ESCAPE: u32 = 24;

/// Writes bits.
#[derive(Default)]
pub(super) struct BitWriter {
    bytes: Vec<u8>,
    waiting: u64,
    bits: u32,
}

impl BitWriter {
    /// The low `bits` (at most 32) of the value.
    fn put(&mut self, value: u64, bits: u32) {
        self.waiting |= (value & ((1 << bits) - 1)) << self.bits;
        self.bits += bits;
        if self.bits >= 32 {
            self.bytes.extend_from_slice(&(self.waiting as u32).to_le_bytes());
            self.waiting >>= 32;
            self.bits -= 32;
        }
    }

    /// The low `bits` (at most 64) of the value.
    pub(super) fn wide(&mut self, value: u64, bits: u32) {
        self.put(value, bits.min(32));
        if bits > 32 {
            self.put(value >> 32, bits - 32);
        }
    }

    /// A number that is mostly small, by its length.
    pub(super) fn number(&mut self, value: u64) {
        let bits = 64 - value.leading_zeros();
        self.put(u64::from(bits), 7);
        self.wide(value, bits);
    }

    /// A Rice code with `k` low bits.
    pub(super) fn rice(&mut self, value: u64, k: u32) {
        let high = value >> k;
        if high >= u64::from(ESCAPE) {
            self.put((1 << ESCAPE) - 1, ESCAPE);
            self.wide(value, 64);
        } else {
            self.put((1 << high) - 1, high as u32 + 1);
            self.wide(value, k);
        }
    }

    pub(super) fn finish(mut self) -> Vec<u8> {
        self.bytes.extend_from_slice(&self.waiting.to_le_bytes()[..self.bits.div_ceil(8) as usize]);
        self.bytes
    }
}

/// Length in bits of what [`BitWriter::rice`] writes.
pub(super) fn rice_bits(value: u64, k: u32) -> u64 {
    let high = value >> k;
    if high >= u64::from(ESCAPE) { u64::from(ESCAPE) + 64 } else { high + 1 + u64::from(k) }
}

/// Reads what [`BitWriter`] wrote; `None` at the end of the bytes.
pub(super) struct BitReader<'a> {
    rest: &'a [u8],
    waiting: u64,
    bits: u32,
}

impl<'a> BitReader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, waiting: 0, bits: 0 }
    }

    /// Makes at least 32 bits wait, if there are any left.
    fn fill(&mut self) {
        if let Some((next, rest)) = self.rest.split_first_chunk::<4>() {
            self.waiting |= u64::from(u32::from_le_bytes(*next)) << self.bits;
            self.bits += 32;
            self.rest = rest;
            return;
        }
        while let Some((&next, rest)) = self.rest.split_first().filter(|_| self.bits < 32) {
            self.waiting |= u64::from(next) << self.bits;
            self.bits += 8;
            self.rest = rest;
        }
    }

    fn get(&mut self, bits: u32) -> Option<u64> {
        if self.bits < bits {
            self.fill();
            if self.bits < bits {
                return None;
            }
        }
        let value = self.waiting & ((1 << bits) - 1);
        self.waiting >>= bits;
        self.bits -= bits;
        Some(value)
    }

    pub(super) fn wide(&mut self, bits: u32) -> Option<u64> {
        let low = self.get(bits.min(32))?;
        if bits > 32 { Some(low | self.get(bits - 32)? << 32) } else { Some(low) }
    }

    pub(super) fn number(&mut self) -> Option<u64> {
        let bits = self.get(7)? as u32;
        if bits > 64 { None } else { self.wide(bits) }
    }

    pub(super) fn rice(&mut self, k: u32) -> Option<u64> {
        if self.bits <= ESCAPE {
            self.fill();
        }
        let high = self.waiting.trailing_ones().min(ESCAPE);
        if high == ESCAPE {
            self.get(ESCAPE)?;
            return self.wide(64);
        }
        self.get(high + 1)?;
        Some(u64::from(high) << k | self.wide(k)?)
    }
}
