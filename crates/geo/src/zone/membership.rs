//! Whether a vehicle is in a zone, with memory: satellite positions dance about an edge, and a zone that is
//! entered and left every ten seconds tells nobody anything. The state can be stored between fixes; the same
//! fixes give the same changes.

use serde::{Deserialize, Serialize};

use crate::point::Point;
use crate::zone::ZoneIndex;

/// How much evidence a change needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hysteresis {
    /// So many fixes inside in a row are an entry. 0 and 1 mean that one is enough.
    pub enter_fixes: u32,
    /// Or so many seconds inside without a fix outside; 0 means that one fix is enough.
    pub enter_s: u32,
    /// Metres outside that count as outside; nearer fixes are still "at the zone".
    pub leave_margin_m: u32,
    /// So many seconds outside by the margin, without a fix nearer, are a leaving. 0 means at once.
    pub leave_s: u32,
}

impl Default for Hysteresis {
    fn default() -> Self {
        Self { enter_fixes: 2, enter_s: 30, leave_margin_m: 30, leave_s: 60 }
    }
}

/// What changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// The vehicle is in the zone.
    Entered,
    /// The vehicle is no longer in the zone.
    Left,
}

/// A vehicle entered or left a zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change<Id> {
    /// Which of both.
    pub kind: ChangeKind,
    /// The zone.
    pub zone: Id,
    /// When it began: the first fix of the evidence, not the one that completed it (µs since 1970, UTC).
    pub at: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Phase {
    /// Seen inside since, so many fixes, not believed yet.
    Entering { since: i64, fixes: u32 },
    /// In the zone.
    Inside,
    /// In the zone, but seen outside since.
    Leaving { since: i64 },
}

/// The zones of one vehicle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Membership<Id> {
    zones: Vec<(Id, Phase)>,
    last_at: Option<i64>,
}

impl<Id> Default for Membership<Id> {
    fn default() -> Self {
        Self { zones: Vec::new(), last_at: None }
    }
}

impl<Id: Copy + Ord> Membership<Id> {
    /// In no zone, nothing known.
    pub fn new() -> Self {
        Self::default()
    }

    /// Zones that the vehicle is in, ascending; entries not believed yet are not among them.
    pub fn inside(&self) -> impl Iterator<Item = Id> {
        self.zones.iter().filter(|(_, p)| !matches!(p, Phase::Entering { .. })).map(|(id, _)| *id)
    }

    /// Takes a fix (µs since 1970) and says what changed, by zone. A fix not newer than the last is ignored. A
    /// zone that is no longer in the index has been left.
    pub fn step(
        &mut self,
        at: i64,
        point: Point,
        index: &ZoneIndex<Id>,
        settings: &Hysteresis,
    ) -> Vec<Change<Id>> {
        if self.last_at.is_some_and(|last| at <= last) {
            return Vec::new();
        }
        self.last_at = Some(at);
        let mut changes = Vec::new();
        let here = index.zones_at(point);
        self.zones.retain_mut(|(zone, phase)| {
            let is_here = here.binary_search(zone).is_ok();
            match phase {
                Phase::Entering { .. } => is_here,
                Phase::Inside | Phase::Leaving { .. } if is_here => {
                    *phase = Phase::Inside;
                    true
                }
                Phase::Inside | Phase::Leaving { .. } => {
                    let outside = index.shape(*zone).map(|s| s.outside_by_m(point));
                    if outside.is_some_and(|m| m <= f64::from(settings.leave_margin_m)) {
                        *phase = Phase::Inside;
                        return true;
                    }
                    let since = if let Phase::Leaving { since } = phase { *since } else { at };
                    if outside.is_none() || elapsed(since, at, settings.leave_s) {
                        changes.push(Change { kind: ChangeKind::Left, zone: *zone, at: since });
                        return false;
                    }
                    *phase = Phase::Leaving { since };
                    true
                }
            }
        });
        for zone in here {
            let place = match self.zones.binary_search_by_key(&zone, |z| z.0) {
                Ok(place) => place,
                Err(place) => {
                    self.zones.insert(place, (zone, Phase::Entering { since: at, fixes: 0 }));
                    place
                }
            };
            if let Phase::Entering { since, fixes } = &mut self.zones[place].1 {
                *fixes = fixes.saturating_add(1);
                if *fixes >= settings.enter_fixes || elapsed(*since, at, settings.enter_s) {
                    changes.push(Change { kind: ChangeKind::Entered, zone, at: *since });
                    self.zones[place].1 = Phase::Inside;
                }
            }
        }
        changes.sort_by_key(|c| (c.zone, c.kind));
        changes
    }
}

/// Whether so many seconds have passed.
fn elapsed(since: i64, at: i64, seconds: u32) -> bool {
    at.saturating_sub(since) >= i64::from(seconds) * 1_000_000
}
