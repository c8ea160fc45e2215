//! What can be wrong with a frame or with a message to be sent. Every decode error names a place and a reason
//! with a stable code, so that statistics, logs and the person at `wufei decode` speak of the same thing; an
//! error must never carry more of the input than it needs to be understood.

use thiserror::Error;

/// A frame that does not keep the standard: the place and the reason.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{kind} (byte {offset})")]
pub struct DecodeError {
    /// The reason.
    pub kind: DecodeErrorKind,
    /// Byte in the unescaped frame, counted from the first byte of the message id.
    pub offset: usize,
}

impl DecodeError {
    /// An error of this kind at this place.
    pub const fn new(kind: DecodeErrorKind, offset: usize) -> Self {
        Self { kind, offset }
    }

    /// The same error, its place moved by `bytes`: from a body's offset to a frame's.
    #[must_use]
    pub fn shifted(mut self, bytes: usize) -> Self {
        self.offset = self.offset.saturating_add(bytes);
        self
    }

    /// The stable code of the reason.
    pub const fn code(&self) -> &'static str {
        self.kind.code()
    }
}

/// Why a frame cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum DecodeErrorKind {
    /// The frame or body ends inside a field of fixed size.
    #[error("{needed} bytes needed, {left} left")]
    Truncated {
        /// Bytes that the field takes.
        needed: usize,
        /// Bytes that are left.
        left: usize,
    },
    /// The length in the header is not that of the body.
    #[error("the header declares a body of {declared} bytes, the frame holds {actual}")]
    LengthMismatch {
        /// Length in the header.
        declared: usize,
        /// Length of the body.
        actual: usize,
    },
    /// A length or count inside the body reaches beyond its end.
    #[error("{declared} bytes declared, {left} left")]
    BeyondEnd {
        /// Bytes that the field declares.
        declared: usize,
        /// Bytes that are left.
        left: usize,
    },
    /// The body goes on after its last field.
    #[error("{count} bytes after the last field")]
    TrailingBytes {
        /// How many.
        count: usize,
    },
    /// A byte that should hold two decimal digits does not.
    #[error("0x{byte:02x} is not two decimal digits")]
    BadBcd {
        /// The byte.
        byte: u8,
    },
    /// Part fields that cannot be: no parts at all, or a part beyond the last.
    #[error("part {index} of {total}")]
    BadPart {
        /// Number of parts.
        total: u16,
        /// Number of this part, from 1.
        index: u16,
    },
    /// Bytes that are no GBK text.
    #[error("not a GBK text, reads as '{lossy}'")]
    BadText {
        /// The text with U+FFFD for what cannot be read.
        lossy: String,
    },
    /// A time of zeros only: the terminal had none when it took the fix.
    #[error("the time is all zeros")]
    NoTime,
    /// Decimal digits that are no date or time of day.
    #[error("20{:02x}-{:02x}-{:02x} {:02x}:{:02x}:{:02x} is no time", bcd[0], bcd[1], bcd[2], bcd[3], bcd[4], bcd[5])]
    BadTime {
        /// The six bytes.
        bcd: [u8; 6],
    },
    /// A latitude beyond 90°.
    #[error("latitude of {raw} microdegrees is off the planet")]
    LatitudeOffPlanet {
        /// The field, in microdegrees.
        raw: u32,
    },
    /// A longitude beyond 180°.
    #[error("longitude of {raw} microdegrees is off the planet")]
    LongitudeOffPlanet {
        /// The field, in microdegrees.
        raw: u32,
    },
}

impl DecodeErrorKind {
    /// The stable code: what statistics are kept by.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Truncated { .. } => "truncated",
            Self::LengthMismatch { .. } => "length_mismatch",
            Self::BeyondEnd { .. } => "beyond_end",
            Self::TrailingBytes { .. } => "trailing_bytes",
            Self::BadBcd { .. } => "bad_bcd",
            Self::BadPart { .. } => "bad_part",
            Self::BadText { .. } => "bad_text",
            Self::NoTime => "no_time",
            Self::BadTime { .. } => "bad_time",
            Self::LatitudeOffPlanet { .. } => "latitude_off_planet",
            Self::LongitudeOffPlanet { .. } => "longitude_off_planet",
        }
    }

    /// What the standard expects at this place, for the person who reads a frame.
    pub fn expected(&self) -> String {
        match self {
            Self::Truncated { needed, .. } => format!("{needed} bytes"),
            Self::LengthMismatch { actual, .. } => format!("a length of {actual}"),
            Self::BeyondEnd { left, .. } => format!("at most {left} bytes"),
            Self::TrailingBytes { .. } => "the end of the body".to_owned(),
            Self::BadBcd { .. } => "BCD: two decimal digits in a byte".to_owned(),
            Self::BadPart { .. } => "a part number from 1 to the number of parts".to_owned(),
            Self::BadText { .. } => "a text in GBK".to_owned(),
            Self::NoTime | Self::BadTime { .. } => "BCD YY-MM-DD-hh-mm-ss".to_owned(),
            Self::LatitudeOffPlanet { .. } => "at most 90000000 microdegrees".to_owned(),
            Self::LongitudeOffPlanet { .. } => "at most 180000000 microdegrees".to_owned(),
        }
    }
}

/// Why a message cannot be written.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum EncodeError {
    /// The body is longer than one frame holds: use `split`.
    #[error("a body of {bytes} bytes does not fit into one frame")]
    BodyTooLong {
        /// Length of the body.
        bytes: usize,
    },
    /// The body needs more parts than can be numbered.
    #[error("a body of {bytes} bytes needs too many parts")]
    TooManyParts {
        /// Length of the body.
        bytes: usize,
    },
    /// A character that GBK does not have.
    #[error("'{text}' has a character that GBK does not have")]
    Unmappable {
        /// The text.
        text: String,
    },
    /// A text that does not fit into its field.
    #[error("a text of {actual} bytes in a field of {max}")]
    TextTooLong {
        /// Bytes that the field holds.
        max: usize,
        /// Bytes of the text in GBK.
        actual: usize,
    },
    /// More entries, or a longer value, than the count field can say.
    #[error("{count} is more than a count field can say ({max})")]
    TooMany {
        /// How many there are.
        count: usize,
        /// How many can be said.
        max: usize,
    },
    /// A time outside the years 2000 to 2099, or not in whole seconds.
    #[error("{us} µs is no time that six pairs of digits can say")]
    Time {
        /// UTC microseconds.
        us: i64,
    },
    /// A coordinate off the planet.
    #[error("latitude {lat_e6}, longitude {lon_e6} microdegrees are off the planet")]
    OffPlanet {
        /// Latitude in microdegrees.
        lat_e6: i32,
        /// Longitude in microdegrees.
        lon_e6: i32,
    },
    /// A terminal number with more digits than the edition's header holds.
    #[error("the terminal number has more than 12 digits, which a header of 2013 cannot hold")]
    TerminalTooLong,
    /// The header names another message than the body is.
    #[error("the header says 0x{header:04x}, the body is 0x{body:04x}")]
    WrongId {
        /// Message id of the header.
        header: u16,
        /// Message id of the body.
        body: u16,
    },
    /// A header that no reader would accept: encryption beyond three bits, or part fields that cannot be.
    #[error("encryption or part fields that cannot be written")]
    BadHeader,
    /// A registration of 2011 under a header of 2019, or so long that it would read as one of 2013.
    #[error("a registration in the layout of 2011 cannot be written here")]
    Layout,
}
