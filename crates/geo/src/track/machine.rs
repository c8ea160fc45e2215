//! The machine itself: one fix at a time.

use serde::{Deserialize, Serialize};

use crate::point::Point;
use crate::track::place::{Place, millimetres};
use crate::track::{Fix, Settings, TrackEvent};

/// From this device speed on (tenths of km/h) one fix outside a place is enough to have left it.
const ROLLING_DKMH: u16 = 100;
/// So many radii from the middle one fix is enough, too.
const FAR_RADII: f64 = 4.0;
/// Microseconds for a millimetre at 30 km/h.
const MICROS_PER_MM: i64 = 120;

/// A stop that is going on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stop {
    /// First fix at the place, µs.
    pub since: i64,
    /// Middle of the fixes there.
    pub point: Point,
}

impl Stop {
    /// How long it has lasted at `now`, µs.
    pub fn duration_us(&self, now: i64) -> i64 {
        now.saturating_sub(self.since).max(0)
    }
}

/// A mark in time and on the odometer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Mark {
    at: i64,
    odometer_mm: u64,
}

/// Where the next trip starts, or where this one started.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Origin {
    point: Point,
    /// When it was left; open while the vehicle is there.
    left: Option<Mark>,
    /// Whether the trip is on.
    on_trip: bool,
}

/// The track of one vehicle.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Track {
    now: Option<Now>,
    odometer_mm: u64,
}

/// What is known once there was a fix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Now {
    /// Newest believed fix.
    last: Fix,
    place: Place,
    origin: Origin,
    /// A fix outside the place, not yet taken for a departure.
    outside: Option<Fix>,
    /// A fix after a leap, not yet believed.
    suspect: Option<Fix>,
}

impl Track {
    /// Nothing known.
    pub fn new() -> Self {
        Self::default()
    }

    /// Newest believed fix.
    pub fn last(&self) -> Option<Fix> {
        self.now.map(|n| n.last)
    }

    /// Metres driven since the first fix; the dance of the receiver while standing is not in it, nor is a leap.
    pub fn distance_m(&self) -> u64 {
        metres(self.odometer_mm)
    }

    /// Metres of the trip that is on.
    pub fn trip_distance_m(&self) -> Option<u64> {
        let origin = self.now.map(|n| n.origin).filter(|o| o.on_trip)?;
        Some(metres(self.odometer_mm.saturating_sub(origin.left?.odometer_mm)))
    }

    /// When and where the trip that is on began.
    pub fn trip_start(&self) -> Option<(i64, Point)> {
        let origin = self.now.map(|n| n.origin).filter(|o| o.on_trip)?;
        Some((origin.left?.at, origin.point))
    }

    /// The stop that is going on.
    pub fn current_stop(&self) -> Option<Stop> {
        let place = self.now.map(|n| n.place).filter(|p| p.is_stop)?;
        Some(Stop { since: place.since, point: place.middle() })
    }

    /// How long nothing has been heard at `now`, µs; `None` when nothing was ever heard.
    pub fn silent_for(&self, now: i64) -> Option<i64> {
        self.now.map(|n| now.saturating_sub(n.newest()).max(0))
    }

    /// Takes the next fix.
    pub fn step(&mut self, fix: Fix, settings: &Settings) -> Vec<TrackEvent> {
        let mut events = Vec::new();
        let Some(now) = &mut self.now else {
            let origin = Origin { point: fix.point, left: None, on_trip: false };
            self.now = Some(Now { last: fix, place: Place::new(&fix), origin, outside: None, suspect: None });
            return events;
        };
        let newest = now.newest();
        if fix.at <= newest {
            events.push(TrackEvent::Late { at: fix.at, newest });
            return events;
        }
        if is_leap(&now.last, &fix, settings) {
            match now.suspect.take() {
                Some(suspect) if !is_leap(&suspect, &fix, settings) => {
                    now.relocate(suspect, &mut self.odometer_mm, &mut events);
                }
                _ => {
                    now.suspect = Some(fix);
                    events.push(TrackEvent::Jump { at: fix.at, from: now.last.point, to: fix.point });
                    return events;
                }
            }
        }
        now.suspect = None;
        now.accept(fix, settings, &mut self.odometer_mm, &mut events);
        events
    }
}

impl Now {
    fn newest(&self) -> i64 {
        self.suspect.map_or(self.last.at, |s| s.at.max(self.last.at))
    }

    /// Takes a believed fix.
    fn accept(&mut self, fix: Fix, s: &Settings, odometer: &mut u64, events: &mut Vec<TrackEvent>) {
        let gone = self.goes(&fix, s);
        match (gone, self.outside.take()) {
            (Gone::No, _) => self.place.add(&fix, s.min_leg_m),
            (Gone::Yes, _) => self.depart(fix, odometer, events),
            (Gone::Perhaps, None) => self.outside = Some(fix),
            (Gone::Perhaps, Some(first)) => {
                // The second fix outside confirms the first; it may itself be outside the new place.
                self.depart(first, odometer, events);
                match self.goes(&fix, s) {
                    Gone::No => self.place.add(&fix, s.min_leg_m),
                    Gone::Yes => self.depart(fix, odometer, events),
                    Gone::Perhaps => self.outside = Some(fix),
                }
            }
        }
        self.last = fix;
        if self.outside.is_none() {
            self.judge(s, events);
        }
        if !self.place.is_stop && self.place.dwell() >= seconds(s.stop_after_s) {
            self.stand(s, odometer, events);
        }
        let ends = self.place.is_stop
            && self.origin.on_trip
            && self.place.dwell() >= seconds(s.trip_end_after_s.max(s.stop_after_s));
        if ends {
            self.end_trip(*odometer, events);
        }
    }

    /// Whether the fix is somewhere else.
    fn goes(&self, fix: &Fix, s: &Settings) -> Gone {
        let radius = f64::from(s.stop_radius_m) * if fix.ignition == Some(false) { 2.0 } else { 1.0 };
        let away = self.place.middle().near_distance_m(fix.point);
        if away <= radius {
            Gone::No
        } else if fix.speed_dkmh >= ROLLING_DKMH || away > radius * FAR_RADII {
            Gone::Yes
        } else {
            Gone::Perhaps
        }
    }

    /// Leaves the place; the fix is the first elsewhere.
    fn depart(&mut self, fix: Fix, odometer: &mut u64, events: &mut Vec<TrackEvent>) {
        let place = self.place;
        let from = if place.is_stop { place.middle() } else { place.measured };
        let leg = millimetres(from, fix.point);
        let travel = i64::try_from(leg).unwrap_or(i64::MAX).saturating_mul(MICROS_PER_MM);
        let at = fix.at.saturating_sub(travel).max(place.until);
        if place.is_stop {
            events.push(place.ended(at));
        }
        if self.origin.left.is_none() {
            self.origin.left = Some(Mark { at, odometer_mm: *odometer });
        }
        *odometer = odometer.saturating_add(place.pending_mm).saturating_add(leg);
        self.place = Place::new(&fix);
    }

    /// Believes a leap: the vehicle is at the fix, and nobody knows how it got there, so no distance is counted.
    fn relocate(&mut self, fix: Fix, odometer: &mut u64, events: &mut Vec<TrackEvent>) {
        *odometer = odometer.saturating_add(self.place.pending_mm);
        if self.place.is_stop {
            events.push(self.place.ended(self.place.until));
        }
        if !self.origin.on_trip {
            self.origin = Origin { point: fix.point, left: None, on_trip: false };
        }
        self.place = Place::new(&fix);
        self.outside = None;
        self.last = fix;
    }

    /// Begins a trip when the vehicle is far enough.
    fn judge(&mut self, s: &Settings, events: &mut Vec<TrackEvent>) {
        let Some(left) = self.origin.left.filter(|_| !self.origin.on_trip && !self.place.is_stop) else {
            return;
        };
        if self.origin.point.near_distance_m(self.last.point) > f64::from(s.trip_start_m) {
            self.origin.on_trip = true;
            events.push(TrackEvent::TripStarted { at: left.at, from: self.origin.point });
        }
    }

    /// The place turns out to be a stop.
    fn stand(&mut self, s: &Settings, odometer: &mut u64, events: &mut Vec<TrackEvent>) {
        let point = self.place.middle();
        // What was measured on the spot was dance; how far it rolled in is the way to the middle.
        let rolled = millimetres(self.place.anchor, point);
        if rolled >= u64::from(s.min_leg_m) * 1000 {
            *odometer = odometer.saturating_add(rolled);
        }
        self.place.pending_mm = 0;
        self.place.is_stop = true;
        if !self.origin.on_trip {
            self.origin = Origin { point, left: None, on_trip: false };
        }
        events.push(TrackEvent::StopStarted { at: self.place.since, point });
    }

    fn end_trip(&mut self, odometer: u64, events: &mut Vec<TrackEvent>) {
        let to = self.place.middle();
        if let Some(left) = self.origin.left {
            events.push(TrackEvent::TripEnded {
                at: self.place.since,
                started_at: left.at,
                from: self.origin.point,
                to,
                distance_m: metres(odometer.saturating_sub(left.odometer_mm)),
            });
        }
        self.origin = Origin { point: to, left: None, on_trip: false };
    }
}

impl Place {
    fn ended(&self, at: i64) -> TrackEvent {
        TrackEvent::StopEnded {
            at,
            since: self.since,
            point: self.middle(),
            duration_us: at.saturating_sub(self.since),
        }
    }
}

enum Gone {
    No,
    Perhaps,
    Yes,
}

/// Whether no vehicle gets from one fix to the other in time. Within the radius of a place it is dance.
fn is_leap(from: &Fix, to: &Fix, s: &Settings) -> bool {
    let metres = from.point.near_distance_m(to.point);
    let micros = to.at.saturating_sub(from.at) as f64;
    metres > f64::from(s.stop_radius_m) && metres * 3.6e6 > f64::from(s.max_speed_kmh) * micros
}

fn seconds(s: u32) -> i64 {
    i64::from(s) * 1_000_000
}

fn metres(mm: u64) -> u64 {
    mm.saturating_add(500) / 1000
}
