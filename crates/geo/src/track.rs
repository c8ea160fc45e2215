//! The track of one vehicle: fixes in, trips and stops out. Live monitoring, replay of a day and the evidence of
//! a transport all use this one machine, so they cannot disagree. Its state can be stored between fixes; it is
//! kept in integers, so the same fixes give the same events wherever they are computed.
//!
//! The caller refuses fixes from the future: this machine has no clock, and one of them makes all later ones
//! look old.

mod machine;
mod place;
mod summary;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

pub use machine::{Stop, Track};
pub use summary::{Segment, SegmentKind, summarise};

use crate::point::Point;

/// A position report of a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fix {
    /// Time of the device, µs since 1970, UTC.
    pub at: i64,
    /// Place, WGS-84.
    pub point: Point,
    /// Speed as the device measured it, tenths of km/h.
    pub speed_dkmh: u16,
    /// Whether the engine is on, where the device tells.
    pub ignition: Option<bool>,
}

/// What counts as what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// A leap that would need more km/h is not believed at once.
    pub max_speed_kmh: u32,
    /// Fixes within so many metres of their middle are one place; twice as many while the engine is off.
    pub stop_radius_m: u32,
    /// So many seconds at one place are a stop.
    pub stop_after_s: u32,
    /// A trip begins when the vehicle is more than so many metres from where it stood.
    pub trip_start_m: u32,
    /// A stop of so many seconds ends the trip; less than `stop_after_s` counts as that.
    pub trip_end_after_s: u32,
    /// Shorter moves within a place, metres, are taken for the dance of the receiver and add no distance.
    pub min_leg_m: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            max_speed_kmh: 160,
            stop_radius_m: 60,
            stop_after_s: 180,
            trip_start_m: 300,
            trip_end_after_s: 900,
            min_leg_m: 15,
        }
    }
}

/// What a fix told. Events about trips and stops come in the order of their `at`, which lies in the past of the
/// fix that completed the evidence. A `TripStarted` is followed by a `TripEnded` before the next, a
/// `StopStarted` by a `StopEnded`; trips end only in a stop, and contain the shorter stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum TrackEvent {
    /// A trip began.
    TripStarted {
        /// When it left, estimated as for `StopEnded`.
        at: i64,
        /// Where it had stood, or where it was first seen.
        from: Point,
    },
    /// A trip ended, by a stop that is going on.
    TripEnded {
        /// When that stop began.
        at: i64,
        /// When the trip began.
        started_at: i64,
        /// Where it began.
        from: Point,
        /// Where it ended.
        to: Point,
        /// Metres driven.
        distance_m: u64,
    },
    /// The vehicle stands.
    StopStarted {
        /// First fix at the place.
        at: i64,
        /// Middle of the fixes there so far.
        point: Point,
    },
    /// The vehicle went on.
    StopEnded {
        /// When it left: between the last fix there and the first elsewhere, as if it had come at 30 km/h.
        at: i64,
        /// When the stop began.
        since: i64,
        /// Middle of all fixes there.
        point: Point,
        /// How long it stood, µs.
        duration_us: i64,
    },
    /// A fix that the vehicle cannot have reached; it is set aside until a second one confirms it.
    Jump {
        /// Its time.
        at: i64,
        /// Last believed place.
        from: Point,
        /// Place of the fix.
        to: Point,
    },
    /// A fix that is not newer than the newest one; it is not used.
    Late {
        /// Its time.
        at: i64,
        /// Time of the newest fix; the same time means a duplicate.
        newest: i64,
    },
}

impl TrackEvent {
    /// When it happened, µs since 1970, UTC.
    pub const fn at(&self) -> i64 {
        match self {
            Self::TripStarted { at, .. }
            | Self::TripEnded { at, .. }
            | Self::StopStarted { at, .. }
            | Self::StopEnded { at, .. }
            | Self::Jump { at, .. }
            | Self::Late { at, .. } => *at,
        }
    }
}
