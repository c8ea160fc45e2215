//! Facility codes of a discharge permit.

use std::fmt;
use std::str::FromStr;

use super::{all_digits, compact, rules, text_serde};
use crate::problem::ParseError;

/// What a facility code stands for (HJ 608).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FacilityKind {
    /// `MF` + 4 digits, production facility.
    Production,
    /// `TA` + 3 digits, treatment of air.
    AirTreatment,
    /// `TW` + 3 digits, treatment of water.
    WaterTreatment,
    /// `TN` + 3 digits, treatment of noise.
    NoiseTreatment,
    /// `TS` + 3 digits, treatment of solid waste: storage, self use, self disposal.
    SolidTreatment,
    /// `DA` + 3 digits, air outlet.
    AirOutlet,
    /// `DW` + 3 digits, water outlet.
    WaterOutlet,
}

impl FacilityKind {
    const ALL: [Self; 7] = [
        Self::Production,
        Self::AirTreatment,
        Self::WaterTreatment,
        Self::NoiseTreatment,
        Self::SolidTreatment,
        Self::AirOutlet,
        Self::WaterOutlet,
    ];

    /// Its two letters.
    pub fn prefix(self) -> &'static str {
        match self {
            Self::Production => "MF",
            Self::AirTreatment => "TA",
            Self::WaterTreatment => "TW",
            Self::NoiseTreatment => "TN",
            Self::SolidTreatment => "TS",
            Self::AirOutlet => "DA",
            Self::WaterOutlet => "DW",
        }
    }

    fn digits(self) -> usize {
        if self == Self::Production { 4 } else { 3 }
    }
}

/// Code of a facility inside a site, as the discharge permit numbers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FacilityCode {
    kind: FacilityKind,
    number: u16,
}

impl FacilityCode {
    /// What it stands for.
    pub fn kind(self) -> FacilityKind {
        self.kind
    }

    /// Its number.
    pub fn number(self) -> u16 {
        self.number
    }
}

impl FromStr for FacilityCode {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let plain = compact(text);
        FacilityKind::ALL
            .into_iter()
            .find_map(|kind| {
                let digits = plain.strip_prefix(kind.prefix())?;
                let number =
                    Some(digits).filter(|d| d.len() == kind.digits() && all_digits(d))?.parse().ok()?;
                (number > 0).then_some(Self { kind, number })
            })
            .ok_or_else(|| ParseError::new(rules::FACILITY, text))
    }
}

impl fmt::Display for FacilityCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{:0width$}", self.kind.prefix(), self.number, width = self.kind.digits())
    }
}

text_serde!(FacilityCode);
