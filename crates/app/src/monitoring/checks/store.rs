//! What a check found, as the journal keeps it: ids, and their state at that moment. Names, numbers and people are read
//! from registers and documents when a check is shown, so nothing personal stands here.

use db::{DbError, Row};
use serde::{Deserialize, Serialize};

/// A document that was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::monitoring) struct FoundManifest {
    /// Id.
    pub id: String,
    /// Version then.
    pub version: i64,
    /// Status then.
    pub status: String,
}

/// A licence or certificate that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::monitoring) struct FoundPaper {
    /// `carrier_licence`, `transport_certificate`, `driver`, `escort`.
    pub kind: String,
    /// Row of the register: an organisation, a vehicle, a person of the crew.
    pub id: String,
    /// Its last day, as registered then.
    pub valid_to: Option<String>,
    /// Whether it was in force on that day; unknown when the register says no day.
    pub valid: Option<bool>,
}

/// What the scanned code of a paper proved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::monitoring) struct FoundCode {
    /// This platform signed it.
    pub valid: bool,
    /// Version that it states.
    pub version: i64,
    /// The stated hash is that of the stated version.
    pub stated_hash_matches: bool,
    /// That version still stands.
    pub current: bool,
}

/// Everything that a check found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::monitoring) struct Outcome {
    /// Truck.
    #[serde(default)]
    pub vehicle_id: Option<String>,
    /// Container.
    #[serde(default)]
    pub lot_id: Option<String>,
    /// Documents.
    #[serde(default)]
    pub manifests: Vec<FoundManifest>,
    /// Licences and certificates.
    #[serde(default)]
    pub papers: Vec<FoundPaper>,
    /// The code.
    #[serde(default)]
    pub code: Option<FoundCode>,
}

impl Outcome {
    /// Whether a document was found. A registered truck without a document on the road is not enough.
    pub fn found(&self) -> bool {
        !self.manifests.is_empty()
    }

    /// Reads the column.
    pub fn read(row: &Row) -> Result<Self, DbError> {
        serde_json::from_str(&row.get::<String>("outcome")?)
            .map_err(|e| DbError::Inconsistent(format!("roadside_check.outcome: {e}")))
    }
}
