//! A run of fixes near each other, with their middle. The middle moves with the fixes, so that a place that was
//! first seen while rolling in settles where the vehicle stands.

use serde::{Deserialize, Serialize};

use crate::point::{Point, lon_between_e6};
use crate::track::Fix;

/// Where the vehicle has been since `since`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Place {
    /// First fix: the distance up to here is in the odometer.
    pub(super) anchor: Point,
    /// Sums of offsets from the anchor, micro-degrees.
    lat_sum: i64,
    lon_sum: i64,
    fixes: i64,
    /// Times of the first and the last fix, µs.
    pub(super) since: i64,
    pub(super) until: i64,
    /// Last fix whose distance from the one before was measured.
    pub(super) measured: Point,
    /// Millimetres from the anchor to there; they count only if this turns out to be no stop.
    pub(super) pending_mm: u64,
    /// Whether it is a stop.
    pub(super) is_stop: bool,
}

impl Place {
    pub(super) fn new(fix: &Fix) -> Self {
        Self {
            anchor: fix.point,
            lat_sum: 0,
            lon_sum: 0,
            fixes: 1,
            since: fix.at,
            until: fix.at,
            measured: fix.point,
            pending_mm: 0,
            is_stop: false,
        }
    }

    /// Middle of the fixes.
    pub(super) fn middle(&self) -> Point {
        let n = self.fixes.max(1);
        let lat = i64::from(self.anchor.lat_e6()) + self.lat_sum / n;
        let lon = i64::from(self.anchor.lon_e6()) + self.lon_sum / n;
        Point::wrapped(lat as f64, lon as f64)
    }

    pub(super) fn add(&mut self, fix: &Fix, min_leg_m: u32) {
        // A sum over years of parking stays far inside the range; a stored state that lies must not panic.
        self.lat_sum =
            self.lat_sum.saturating_add(i64::from(fix.point.lat_e6()) - i64::from(self.anchor.lat_e6()));
        self.lon_sum = self.lon_sum.saturating_add(lon_between_e6(self.anchor, fix.point));
        self.fixes = self.fixes.saturating_add(1);
        self.until = fix.at;
        if !self.is_stop {
            let leg = millimetres(self.measured, fix.point);
            if leg >= u64::from(min_leg_m) * 1000 {
                self.pending_mm = self.pending_mm.saturating_add(leg);
                self.measured = fix.point;
            }
        }
    }

    /// How long the vehicle has been here, µs.
    pub(super) fn dwell(&self) -> i64 {
        self.until.saturating_sub(self.since)
    }
}

/// Whole millimetres between two places.
pub(super) fn millimetres(a: Point, b: Point) -> u64 {
    (a.near_distance_m(b) * 1000.0).round() as u64
}
