//! A place that a person's device states, as it comes in and goes out: WGS-84, with its uncertainty.

use domain::problem::Violation;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::rules;

/// A place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Place {
    /// WGS-84 latitude in micro-degrees.
    pub lat_e6: i32,
    /// WGS-84 longitude in micro-degrees.
    pub lon_e6: i32,
    /// Radius within which the device believes to be, in metres.
    #[serde(default)]
    pub accuracy_m: i32,
}

impl Place {
    /// What is wrong with it.
    pub fn check(&self, path: &str) -> Option<Violation> {
        let fits = (-90_000_000..=90_000_000).contains(&self.lat_e6)
            && (-180_000_000..=180_000_000).contains(&self.lon_e6)
            && (0..=100_000).contains(&self.accuracy_m);
        (!fits).then(|| Violation::error(rules::PLACE, path))
    }
}
