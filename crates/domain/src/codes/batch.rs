//! Batch codes of the HJ 1259-2022 tables.

use std::fmt;
use std::str::FromStr;

use super::{all_digits, compact, rules, text_serde};
use crate::problem::ParseError;
use crate::time::{Date, format_compact_date, parse_compact_date};

/// What a batch code numbers (HJ 1259-2022, notes to tables B.1–B.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BatchKind {
    /// 产生 `HWCS`.
    Generation,
    /// 入库 `HWRK`.
    StoreIn,
    /// 出库 `HWCK`.
    StoreOut,
    /// 自行利用 `HWZXLY`.
    SelfUse,
    /// 自行处置 `HWZXCZ`.
    SelfDisposal,
    /// 委外利用 `HWWWLY`.
    EntrustedUse,
    /// 委外处置 `HWWWCZ`.
    EntrustedDisposal,
    /// 出口利用 `HWCKLY`.
    ExportUse,
    /// 出口处置 `HWCKCZ`.
    ExportDisposal,
}

impl BatchKind {
    /// All kinds.
    pub const ALL: [Self; 9] = [
        Self::Generation,
        Self::StoreIn,
        Self::StoreOut,
        Self::SelfUse,
        Self::SelfDisposal,
        Self::EntrustedUse,
        Self::EntrustedDisposal,
        Self::ExportUse,
        Self::ExportDisposal,
    ];

    /// Its prefix.
    pub fn prefix(self) -> &'static str {
        match self {
            Self::Generation => "HWCS",
            Self::StoreIn => "HWRK",
            Self::StoreOut => "HWCK",
            Self::SelfUse => "HWZXLY",
            Self::SelfDisposal => "HWZXCZ",
            Self::EntrustedUse => "HWWWLY",
            Self::EntrustedDisposal => "HWWWCZ",
            Self::ExportUse => "HWCKLY",
            Self::ExportDisposal => "HWCKCZ",
        }
    }
}

impl fmt::Display for BatchKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.prefix())
    }
}

impl FromStr for BatchKind {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        Self::ALL.into_iter().find(|k| k.prefix() == text).ok_or_else(|| ParseError::new(rules::BATCH, text))
    }
}

text_serde!(BatchKind);

/// Batch code: prefix, `YYYYMMDD`, three digits counted per organisation, kind and day.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BatchCode {
    kind: BatchKind,
    date: Date,
    serial: u16,
}

impl BatchCode {
    /// The largest serial of a day.
    pub const MAX_SERIAL: u16 = 999;

    /// The code of this serial (1–999).
    ///
    /// # Errors
    /// [`rules::BATCH_EXHAUSTED`] beyond 999.
    pub fn new(kind: BatchKind, date: Date, serial: u16) -> Result<Self, ParseError> {
        if serial == 0 || serial > Self::MAX_SERIAL {
            return Err(ParseError::new(rules::BATCH_EXHAUSTED, &serial.to_string())
                .with("kind", kind.prefix())
                .with("date", date));
        }
        Ok(Self { kind, date, serial })
    }

    /// What it numbers.
    pub fn kind(self) -> BatchKind {
        self.kind
    }

    /// Its day.
    pub fn date(self) -> Date {
        self.date
    }

    /// Its number within the day.
    pub fn serial(self) -> u16 {
        self.serial
    }
}

impl FromStr for BatchCode {
    type Err = ParseError;

    /// `HWCK…` and `HWCKLY…` overlap, so the longest prefix decides.
    fn from_str(text: &str) -> Result<Self, ParseError> {
        let error = || ParseError::new(rules::BATCH, text);
        let plain = compact(text);
        let (kind, rest) = BatchKind::ALL
            .into_iter()
            .filter_map(|kind| plain.strip_prefix(kind.prefix()).map(|rest| (kind, rest)))
            .min_by_key(|(_, rest)| rest.len())
            .ok_or_else(error)?;
        let serial = rest.get(8..).filter(|s| s.len() == 3 && all_digits(s)).ok_or_else(error)?;
        let date = rest.get(0..8).and_then(parse_compact_date).ok_or_else(error)?;
        let serial = serial.parse::<u16>().ok().filter(|s| *s > 0).ok_or_else(error)?;
        Ok(Self { kind, date, serial })
    }
}

impl fmt::Display for BatchCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}{:03}", self.kind.prefix(), format_compact_date(self.date), self.serial)
    }
}

impl fmt::Debug for BatchCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BatchCode({self})")
    }
}

text_serde!(BatchCode);
