//! The trips and stops of a day, for replay, from the same machine as the live picture.

use serde::{Deserialize, Serialize};

use crate::point::Point;
use crate::track::{Fix, Settings, Track, TrackEvent};

/// What a stretch of time was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SegmentKind {
    /// Driving from one longer stop to the next.
    Trip,
    /// Standing; a short stop lies within a trip.
    Stop,
}

/// A trip or a stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Segment {
    /// Which of both.
    pub kind: SegmentKind,
    /// Beginning, µs since 1970, UTC.
    pub from_at: i64,
    /// End; of an open one the last believed fix.
    pub to_at: i64,
    /// Where it began.
    pub from: Point,
    /// Where it ended; the same place for a stop.
    pub to: Point,
    /// Metres driven; 0 for a stop.
    pub distance_m: u64,
    /// Whether it was still going on at the last fix.
    pub open: bool,
}

/// The trips and stops in fixes that are in the order of their time (others are passed over), by beginning.
pub fn summarise(fixes: &[Fix], settings: &Settings) -> Vec<Segment> {
    let mut track = Track::new();
    let mut out = Vec::new();
    for fix in fixes {
        out.extend(track.step(*fix, settings).iter().filter_map(closed));
    }
    if let Some(last) = track.last() {
        if let (Some((from_at, from)), Some(distance_m)) = (track.trip_start(), track.trip_distance_m()) {
            let (to_at, to) = (last.at, last.point);
            out.push(Segment { kind: SegmentKind::Trip, from_at, to_at, from, to, distance_m, open: true });
        }
        if let Some(stop) = track.current_stop() {
            out.push(standing(stop.since, last.at, stop.point, true));
        }
    }
    out.sort_by_key(|s| (s.from_at, s.to_at, s.kind));
    out
}

fn closed(event: &TrackEvent) -> Option<Segment> {
    match *event {
        TrackEvent::TripEnded { at, started_at, from, to, distance_m } => Some(Segment {
            kind: SegmentKind::Trip,
            from_at: started_at,
            to_at: at,
            from,
            to,
            distance_m,
            open: false,
        }),
        TrackEvent::StopEnded { at, since, point, .. } => Some(standing(since, at, point, false)),
        _ => None,
    }
}

fn standing(from_at: i64, to_at: i64, point: Point, open: bool) -> Segment {
    Segment { kind: SegmentKind::Stop, from_at, to_at, from: point, to: point, distance_m: 0, open }
}
