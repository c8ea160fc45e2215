//! Official codes as types: a value of these types has been checked, is kept in its canonical writing, and
//! prints and serialises as that. Parsing forgives what people and other systems do (spaces, lower case,
//! full-width characters, a leading category) but never guesses a missing character.

mod batch;
mod container;
mod credit;
mod division;
mod facility;
mod kinds;
mod manifest_number;
mod method;
mod plate;
mod waste;

pub use batch::{BatchCode, BatchKind};
pub use container::ContainerId;
pub use credit::CreditCode;
pub use division::{DivisionCode, DivisionLevel, town_of};
pub use facility::{FacilityCode, FacilityKind};
pub(crate) use kinds::word_list;
pub use kinds::{ContainerKind, StorageKind, WasteForm};
pub use manifest_number::ManifestNumber;
pub use method::{MethodCode, MethodKind};
pub use plate::{PlateColour, PlateNumber};
pub use waste::{Trait, Traits, WasteCategory, WasteCode};

/// Rule ids of this module.
pub mod rules {
    crate::rule_ids! {
        /// Social credit code: not 18 characters.
        CREDIT_LENGTH = "REQ-101";
        /// Social credit code: a character outside the alphabet (I, O, S, V, Z never occur).
        CREDIT_CHARACTER = "REQ-102";
        /// Social credit code: the check character does not fit.
        CREDIT_CHECK = "REQ-103";
        /// Waste code: not NNN-NNN-NN.
        WASTE_SHAPE = "REQ-111";
        /// Waste code: no category of that number exists.
        WASTE_CATEGORY = "REQ-112";
        /// Waste code: the written category differs from the last two digits.
        WASTE_CATEGORY_MISMATCH = "REQ-113";
        /// Hazard property: unknown letter.
        TRAIT = "REQ-114";
        /// Division code: not 6, 9 or 12 digits.
        DIVISION = "REQ-121";
        /// Plate: not a plate number.
        PLATE = "REQ-131";
        /// Plate: the colour does not go with the number.
        PLATE_COLOUR = "REQ-132";
        /// Batch code: unknown prefix or shape.
        BATCH = "REQ-141";
        /// Batch code: the day's 999 numbers are used up.
        BATCH_EXHAUSTED = "REQ-142";
        /// Container code: not 37 characters of four segments.
        CONTAINER_SHAPE = "REQ-151";
        /// Container code: a segment is invalid.
        CONTAINER_SEGMENT = "REQ-152";
        /// Container code: the day's 999 numbers for this waste are used up.
        CONTAINER_EXHAUSTED = "REQ-153";
        /// Facility code: not one of the shapes of HJ 608.
        FACILITY = "REQ-161";
        /// Manifest number: not 14 digits of year, province, city and serial.
        MANIFEST_NUMBER = "REQ-171";
        /// Method code: not R, D, C, Y or G with a number.
        METHOD = "REQ-181";
        /// A word from a fixed list was expected.
        CHOICE = "REQ-191";
    }
}

/// Trims, turns full-width characters into ASCII, and upper-cases.
fn canonical(text: &str) -> String {
    text.trim().chars().map(crate::quantity::half_width).map(|c| c.to_ascii_uppercase()).collect()
}

/// Like [`canonical`], without any white space or dashes inside (`900-041-49`, `900–041–49`, `900 041 49`).
fn compact(text: &str) -> String {
    canonical(text)
        .chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, '-' | '‐' | '‑' | '–' | '—' | '−' | '﹣'))
        .collect()
}

fn all_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// Serialises a code as its canonical text and reads it through its parser.
macro_rules! text_serde {
    ($name:ty) => {
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <String as serde::Deserialize>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}
pub(crate) use text_serde;

#[cfg(test)]
mod tests;
