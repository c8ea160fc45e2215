//! From positions to facts, and from facts to findings: what the rules may know about a truck and about the document
//! that it carries. It is told everything by the engine, reads no clock and no database, so the same records always
//! give the same findings.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::condition::{Facts, Value};
use domain::monitoring::rules::RulePack;
use domain::monitoring::subjects::{SubjectKind, names as n};
use domain::monitoring::watch::{Observation, Outcome, RuleState, evaluate};
use geo::Point;
use serde::{Deserialize, Serialize};

use super::engine::VehicleState;
use super::fleet::{Area, Carriage, Fleet};

const MINUTE_US: i64 = 60_000_000;
/// How late a departure or an arrival may become known and still be measured by where the truck is.
const FRESH_US: i64 = 10 * MINUTE_US;
/// How long after its end a carriage is still looked at, so that episodes end and the place of arrival is judged.
const AFTER_US: i64 = 30 * MINUTE_US;

/// What is remembered of a document on a truck.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct CarriageMemory {
    /// Length of the track at departure, metres.
    pub start_m: Option<u64>,
    /// Metres to the receiver's site when arrival was recorded.
    pub arrival_m: Option<i64>,
    /// Departure, UTC microseconds: memory of old carriages is dropped by it.
    pub departed_at: i64,
}

/// What is remembered of a truck between sites.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct SiteMemory {
    /// The generator's site that it stands on, with the moment of entry.
    pub on: Option<(u64, i64)>,
    /// When it left a generator's site, how long it had stood there, and the length of its track then.
    pub left: Option<(i64, i64, u64)>,
}

/// The states of the rules, by rule and subject.
pub type RuleStates = BTreeMap<String, BTreeMap<String, RuleState>>;

/// Something that a rule found, or that is over.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// Rule.
    pub rule: String,
    /// What it is about.
    pub subject: SubjectKind,
    /// Id of that.
    pub subject_id: String,
    /// Key of the episode.
    pub episode: String,
    /// Its beginning, UTC microseconds.
    pub start: i64,
    /// Moment of this observation, UTC microseconds.
    pub at: i64,
    /// Facts that the rule read and its text shows.
    pub facts: Facts,
    /// Truck.
    pub vehicle_id: Option<String>,
    /// Document.
    pub manifest_id: Option<String>,
    /// Where the truck was.
    pub place: Option<Point>,
    /// Organisations concerned: the one that answers for it first.
    pub orgs: Vec<String>,
}

/// What a truck is seen with.
struct Sight<'a> {
    fleet: &'a Fleet,
    vehicle_id: &'a str,
    state: &'a VehicleState,
    at: i64,
}

impl Sight<'_> {
    fn point(&self) -> Option<Point> {
        self.state.track.last().map(|f| f.point)
    }

    fn in_zone(&self, kind: &str) -> bool {
        self.state.inside.inside().any(|key| match self.fleet.areas.get(&key) {
            Some(Area::Zone(i)) => self
                .fleet
                .zones
                .get(*i)
                .is_some_and(|z| z.kind == kind && z.from <= self.at && self.at < z.to),
            _ => false,
        })
    }

    /// Sites that it is on, with their organisations.
    fn site_orgs(&self) -> impl Iterator<Item = (&str, u64)> {
        self.state.inside.inside().filter_map(|key| match self.fleet.areas.get(&key) {
            Some(Area::Site(i)) => self.fleet.sites.get(*i).map(|s| (s.org_id.as_str(), key)),
            _ => None,
        })
    }

    /// Metres to the nearest site of an organisation; `None` without a position or a site.
    fn distance_to(&self, org_id: &str) -> Option<i64> {
        let point = self.point()?;
        let distances = self.fleet.areas.iter().filter_map(|(key, area)| match area {
            Area::Site(i) if self.fleet.sites.get(*i).is_some_and(|s| s.org_id == org_id) => {
                self.fleet.index.shape(*key).map(|shape| shape.outside_by_m(point))
            }
            _ => None,
        });
        distances.reduce(f64::min).map(whole)
    }

    fn common(&self, facts: &mut Facts) {
        let Some(last) = self.state.track.last() else { return };
        let stopped = self.state.track.current_stop().map_or(0, |s| minutes(self.at.saturating_sub(s.since)));
        facts.set(n::SILENT_MINUTES, minutes(self.at.saturating_sub(last.at)));
        facts.set(n::STOPPED_MINUTES, stopped);
        facts.set(n::SPEED_KMH, Value::decimal(i64::from(last.speed_dkmh), 1));
        facts.set(n::IN_RESTRICTED_ZONE, self.in_zone("restricted"));
        facts.set(n::PERMITTED_STOP, self.in_zone("parking"));
    }

    fn transit(&self, carriage: &Carriage, memory: &mut CarriageMemory) -> Facts {
        let mut facts = Facts::new();
        let arrived = carriage.ended_at.is_some_and(|end| end <= self.at);
        facts.set(n::DEPARTED, true);
        facts.set(n::ARRIVED, arrived);
        facts.set(n::MINUTES_SINCE_DEPARTURE, minutes(self.at.saturating_sub(carriage.departed_at)));
        let known = self.state.track.last().is_some_and(|last| last.at >= carriage.departed_at);
        facts.set(n::POSITION_KNOWN, known);
        if !known {
            return facts;
        }
        self.common(&mut facts);
        let length = self.state.track.distance_m();
        // A departure that became known late has no beginning on the odometer: then nothing is said about it.
        if memory.start_m.is_none() && self.at.saturating_sub(carriage.departed_at) <= FRESH_US {
            memory.start_m = Some(length);
        }
        let moved = memory.start_m.map(|start| length.saturating_sub(start));
        facts.set_known(n::MOVED_M, moved.map(|m| i64::try_from(m).unwrap_or(i64::MAX)));
        let (mut receiver, mut consignor, mut other) = (false, false, false);
        for (org, _) in self.site_orgs() {
            receiver |= org == carriage.receiver_id;
            consignor |= org == carriage.consignor_id;
            other |= org != carriage.receiver_id && org != carriage.consignor_id;
        }
        facts.set(n::AT_RECEIVER_SITE, receiver);
        facts.set(n::AT_CONSIGNOR_SITE, consignor);
        facts.set(n::AT_OTHER_SITE, other);
        let distance = self.distance_to(&carriage.receiver_id);
        facts.set_known(n::DISTANCE_TO_RECEIVER_M, distance);
        // Judged where the truck was when arrival was recorded. An arrival that became known later is not judged by
        // where the truck is by then, and a hand-over to the next carrier is no arrival at the receiver.
        let fresh = carriage.ended_at.is_some_and(|end| self.at.saturating_sub(end) <= FRESH_US);
        if arrived && carriage.last_leg {
            if memory.arrival_m.is_none() && fresh {
                memory.arrival_m = distance;
            }
            facts.set_known(n::ARRIVAL_DISTANCE_M, memory.arrival_m);
        }
        facts
    }

    fn vehicle(&self, memory: &SiteMemory, has_document: bool) -> Option<Facts> {
        self.state.track.last()?;
        let mut facts = Facts::new();
        self.common(&mut facts);
        // The rules about a truck without a document do not speak of stopping.
        facts.forget(n::STOPPED_MINUTES);
        facts.forget(n::PERMITTED_STOP);
        facts.set(n::HAS_OPEN_MANIFEST, has_document);
        facts.set(n::LEFT_GENERATOR_SITE, memory.left.is_some());
        if let Some((left_at, stood_us, start_m)) = memory.left {
            facts.set(n::SITE_MINUTES, minutes(stood_us));
            facts.set(n::MOVING_MINUTES, minutes(self.at.saturating_sub(left_at)));
            let moved = self.state.track.distance_m().saturating_sub(start_m);
            facts.set(n::MOVED_M, i64::try_from(moved).unwrap_or(i64::MAX));
        } else {
            facts.set(n::MOVED_M, 0);
            facts.set(n::MOVING_MINUTES, 0);
        }
        Some(facts)
    }
}

fn minutes(us: i64) -> i64 {
    us.max(0) / MINUTE_US
}

#[expect(clippy::cast_possible_truncation, reason = "a distance on earth fits")]
fn whole(metres: f64) -> i64 {
    metres.round() as i64
}

/// Notes which generator's site a truck stands on or has left.
pub fn remember_site(fleet: &Fleet, state: &mut VehicleState, at: i64) {
    let generator = state.inside.inside().find(|key| match fleet.areas.get(key) {
        Some(Area::Site(i)) => fleet.sites.get(*i).is_some_and(|s| {
            s.kinds.iter().any(|k| k == "enterprise") && !s.kinds.iter().any(|k| k == "receiver")
        }),
        _ => false,
    });
    let any_site = state.inside.inside().any(|key| matches!(fleet.areas.get(&key), Some(Area::Site(_))));
    let length = state.track.distance_m();
    match (generator, state.site.on) {
        (Some(key), Some((old, _))) if key == old => {}
        (Some(key), _) => {
            state.site.on = Some((key, at));
            state.site.left = None;
        }
        (None, Some((_, since))) => {
            state.site.on = None;
            state.site.left = Some((at, at.saturating_sub(since), length));
        }
        (None, None) if any_site => state.site.left = None,
        (None, None) => {}
    }
}

/// Looks at a truck and at what it carries.
pub fn look(
    pack: &RulePack,
    fleet: &Fleet,
    vehicle_id: &str,
    state: &mut VehicleState,
    at: i64,
    findings: &mut Vec<Finding>,
) {
    let carriages: Vec<&Carriage> = fleet
        .carriages
        .get(vehicle_id)
        .into_iter()
        .flatten()
        .map(AsRef::as_ref)
        .filter(|c: &&Carriage| {
            c.departed_at <= at && c.ended_at.is_none_or(|end| at < end.saturating_add(AFTER_US))
        })
        .collect();
    let mut memories = std::mem::take(&mut state.carriages);
    memories.retain(|_, m| at.saturating_sub(m.departed_at) < 10 * 86_400 * 1_000_000);
    let mut states = std::mem::take(&mut state.rules);
    let sight = Sight { fleet, vehicle_id, state, at };
    for &carriage in &carriages {
        let memory = memories.entry(carriage.manifest_id.clone()).or_default();
        memory.departed_at = carriage.departed_at;
        let facts = sight.transit(carriage, memory);
        let orgs = vec![
            fleet.vehicles.get(vehicle_id).map(|v| v.org_id.clone()).unwrap_or_default(),
            carriage.consignor_id.clone(),
            carriage.receiver_id.clone(),
        ];
        let about =
            About { kind: SubjectKind::Transit, id: &carriage.manifest_id, orgs, carriage: Some(carriage) };
        sight.ask(pack, &about, &facts, &mut states, findings);
    }
    let has_document = carriages.iter().any(|c| c.at(at));
    if let Some(facts) = sight.vehicle(&state.site, has_document) {
        let orgs = vec![fleet.vehicles.get(vehicle_id).map(|v| v.org_id.clone()).unwrap_or_default()];
        let about = About { kind: SubjectKind::Vehicle, id: vehicle_id, orgs, carriage: None };
        sight.ask(pack, &about, &facts, &mut states, findings);
    }
    states.retain(|_, by_subject| {
        by_subject.retain(|_, s| !s.is_quiet());
        !by_subject.is_empty()
    });
    state.rules = states;
    state.carriages = memories;
}

struct About<'a> {
    kind: SubjectKind,
    id: &'a str,
    orgs: Vec<String>,
    carriage: Option<&'a Carriage>,
}

impl Sight<'_> {
    fn ask(
        &self,
        pack: &RulePack,
        about: &About<'_>,
        facts: &Facts,
        states: &mut RuleStates,
        findings: &mut Vec<Finding>,
    ) {
        for rule in pack.watched(about.kind) {
            let kept = states.get(rule.id()).and_then(|s| s.get(about.id)).cloned();
            let quiet = kept.is_none();
            let mut state = kept.unwrap_or_default();
            let seen = Observation { subject: about.id, at: self.at, facts };
            let outcome = evaluate(rule, &seen, &mut state);
            if !(quiet && state.is_quiet()) {
                states.entry(rule.id().to_owned()).or_default().insert(about.id.to_owned(), state);
            }
            if let Outcome::Firing { episode, start, first: true } = outcome {
                findings.push(Finding {
                    rule: rule.id().to_owned(),
                    subject: about.kind,
                    subject_id: about.id.to_owned(),
                    episode,
                    start,
                    at: self.at,
                    facts: rule.snapshot(facts),
                    vehicle_id: Some(self.vehicle_id.to_owned()),
                    manifest_id: about.carriage.map(|c| c.manifest_id.clone()),
                    place: self.point(),
                    orgs: about.orgs.clone(),
                });
            }
        }
    }
}

/// The rules of the build, read once a house.
pub fn pack(kit: &crate::kit::Kit) -> Arc<Rules> {
    kit.parts.get_or(Rules::load)
}

/// The rule pack, or why there is none.
pub struct Rules(pub Option<RulePack>);

impl Rules {
    fn load() -> Self {
        let text = crate::kit::data::file("warnings/rules.json").unwrap_or_default();
        match RulePack::load(&String::from_utf8_lossy(&text)) {
            Ok(pack) => Self(Some(pack)),
            Err(errors) => {
                for error in errors {
                    tracing::error!(error = %error.0, "the rules of warnings cannot be read");
                }
                Self(None)
            }
        }
    }
}
