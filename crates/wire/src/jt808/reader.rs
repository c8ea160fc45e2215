//! A cursor over one unescaped frame that knows where in the frame it stands. Every read is checked and an
//! error names the byte; nothing here may ever index or allocate by a number found in the input.

use super::{DecodeError, DecodeErrorKind};

/// Reads big-endian fields one after the other.
pub(super) struct Reader<'a> {
    rest: &'a [u8],
    /// Offset in the frame of the first byte of `rest`.
    offset: usize,
}

impl<'a> Reader<'a> {
    /// A reader over `bytes`, whose first byte is byte `base` of the frame.
    pub(super) const fn new(bytes: &'a [u8], base: usize) -> Self {
        Self { rest: bytes, offset: base }
    }

    /// Offset in the frame of the next byte.
    pub(super) const fn offset(&self) -> usize {
        self.offset
    }

    /// Bytes left.
    pub(super) const fn left(&self) -> usize {
        self.rest.len()
    }

    /// The next `n` bytes of a field of fixed size.
    pub(super) fn take(&mut self, n: usize) -> Result<&'a [u8], DecodeError> {
        match self.rest.split_at_checked(n) {
            Some((taken, rest)) => {
                self.rest = rest;
                self.offset += n;
                Ok(taken)
            }
            None => Err(self.error(DecodeErrorKind::Truncated { needed: n, left: self.left() })),
        }
    }

    /// The next `n` bytes, where `n` was declared by the field at `declared_at`.
    pub(super) fn take_declared(&mut self, n: usize, declared_at: usize) -> Result<&'a [u8], DecodeError> {
        if n > self.left() {
            let kind = DecodeErrorKind::BeyondEnd { declared: n, left: self.left() };
            return Err(DecodeError::new(kind, declared_at));
        }
        self.take(n)
    }

    /// The next `N` bytes.
    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        let Some((taken, rest)) = self.rest.split_first_chunk::<N>() else {
            return Err(self.error(DecodeErrorKind::Truncated { needed: N, left: self.left() }));
        };
        self.rest = rest;
        self.offset += N;
        Ok(*taken)
    }

    /// BYTE.
    pub(super) fn u8(&mut self) -> Result<u8, DecodeError> {
        self.array::<1>().map(|[b]| b)
    }

    /// WORD.
    pub(super) fn u16(&mut self) -> Result<u16, DecodeError> {
        self.array().map(u16::from_be_bytes)
    }

    /// DWORD.
    pub(super) fn u32(&mut self) -> Result<u32, DecodeError> {
        self.array().map(u32::from_be_bytes)
    }

    /// Everything that is left.
    pub(super) fn rest(&mut self) -> &'a [u8] {
        self.offset += self.rest.len();
        std::mem::take(&mut self.rest)
    }

    /// Checks that nothing is left.
    pub(super) fn finish(self) -> Result<(), DecodeError> {
        if self.rest.is_empty() {
            return Ok(());
        }
        Err(self.error(DecodeErrorKind::TrailingBytes { count: self.left() }))
    }

    /// An error at the next byte.
    pub(super) const fn error(&self, kind: DecodeErrorKind) -> DecodeError {
        DecodeError::new(kind, self.offset)
    }
}
