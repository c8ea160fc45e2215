//! A road network: where the roads are, which way to take, and where along it a vehicle is. The network is data:
//! imported, or [`synthetic`], which is a sketch and must be labelled as one. Every road may be driven both ways.

mod chain;
mod graph;
mod route;
mod search;
mod synthetic;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

pub use graph::{Edge, GraphError, RoadGraph, Snap};
pub use route::{OnRoute, Route};
pub use synthetic::synthetic;

/// The kind of a road.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RoadClass {
    /// Motorway, entered at interchanges only.
    Expressway,
    /// Main road.
    Arterial,
    /// Street or lane.
    Local,
}

impl RoadClass {
    /// Every class, widest road first.
    pub const ALL: [Self; 3] = [Self::Expressway, Self::Arterial, Self::Local];

    /// Usual speed of a lorry, km/h.
    pub const fn speed_kmh(self) -> u8 {
        match self {
            Self::Expressway => 90,
            Self::Arterial => 60,
            Self::Local => 35,
        }
    }

    /// The word in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Expressway => "expressway",
            Self::Arterial => "arterial",
            Self::Local => "local",
        }
    }
}
