//! STRING and BYTE[n] texts in GBK. A text keeps every character that was on the wire, padding before it
//! too, so that it encodes to the same bytes; readers ask for the text without padding.

use std::fmt;

use encoding_rs::{DecoderResult, GBK};
use serde::{Serialize, Serializer};

use super::{DecodeError, DecodeErrorKind, EncodeError};

/// A text of the protocol. Terminals pad with NUL or blanks, before or after: [`Text::as_str`] is without,
/// [`Text::exact`] with. Reading takes what GB 18030 adds to GBK as well; such a character cannot be written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Text(String);

impl Text {
    /// The text without padding (NUL and white space at both ends): what to compare and to store.
    pub fn as_str(&self) -> &str {
        self.0.trim_matches(|c: char| c == '\0' || c.is_whitespace())
    }

    /// The text as it was on the wire. Only the NULs that fill a field of fixed size at its end are not in it.
    pub fn exact(&self) -> &str {
        &self.0
    }

    /// Reads a STRING that starts at `offset` of the frame.
    pub(super) fn read(bytes: &[u8], offset: usize) -> Result<Self, DecodeError> {
        match GBK.decode_without_bom_handling_and_without_replacement(bytes) {
            Some(text) => Ok(Self(text.into_owned())),
            None => {
                let (lossy, _) = GBK.decode_without_bom_handling(bytes);
                let kind = DecodeErrorKind::BadText { lossy: lossy.into_owned() };
                Err(DecodeError::new(kind, offset + first_malformed(bytes)))
            }
        }
    }

    /// Reads a field of fixed size, without the NULs that fill it up.
    pub(super) fn read_fixed(bytes: &[u8], offset: usize) -> Result<Self, DecodeError> {
        let end = bytes.iter().rposition(|b| *b != 0).map_or(0, |last| last + 1);
        Self::read(bytes.get(..end).unwrap_or_default(), offset)
    }

    /// Appends the text as a STRING.
    pub(super) fn write(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let (bytes, _, unmappable) = GBK.encode(&self.0);
        if unmappable {
            return Err(EncodeError::Unmappable { text: self.0.clone() });
        }
        out.extend_from_slice(&bytes);
        Ok(())
    }

    /// Appends the text as a field of `size` bytes, filled up with NUL.
    pub(super) fn write_fixed(&self, size: usize, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let start = out.len();
        self.write(out)?;
        let actual = out.len() - start;
        if actual > size {
            return Err(EncodeError::TextTooLong { max: size, actual });
        }
        out.resize(start + size, 0);
        Ok(())
    }
}

/// Index of the first byte that no GBK character begins with or goes on with.
fn first_malformed(bytes: &[u8]) -> usize {
    let mut decoder = GBK.new_decoder_without_bom_handling();
    let mut out = vec![0_u8; bytes.len().saturating_mul(4)];
    match decoder.decode_to_utf8_without_replacement(bytes, &mut out, true) {
        (DecoderResult::Malformed(length, after), read, _) => {
            read.saturating_sub(usize::from(length) + usize::from(after))
        }
        _ => 0,
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Text {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
