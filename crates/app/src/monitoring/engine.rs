//! Follows the ingest log: decodes what terminals said, keeps positions, moves vehicles on the map, and asks the rules.
//! Everything that it decides depends on the records of the log and on documents joined by time, never on when it runs:
//! after a crash it goes on from its checkpoint, sees the same records again and comes to the same episodes, whose keys
//! keep a warning from being raised twice. It must never acknowledge anything and never change a document.

mod chores;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use domain::time::Zone;
use geo::Point;
use geo::track::{Settings as TrackSettings, Track, TrackEvent};
use geo::zone::{Hysteresis, Membership};
use serde::{Deserialize, Serialize};
use telemetry::blocks::{BlockStore, Fix};
use telemetry::checkpoint::CheckpointStore;
use telemetry::log::{Log, Offset, Record, Tailed};
use tokio::sync::watch;
use wire::jt808::{Batch, Header, Location, LocationCore, id};

use super::fleet::{Device, Fleet, FleetCell, Vehicle};
use super::health::{DeviceHealth, Healths};
use super::judge::{self, CarriageMemory, Finding, RuleStates, Rules, SiteMemory};
use super::live::{Live, Motion, Now};
use super::tracks::Positions;
use super::{record, warnings};
use crate::kit::{Kit, Problem};
use chores::{Chores, finished};

/// How often onlookers hear of movement and the registers are looked at again.
const BEAT: Duration = Duration::from_secs(1);
/// How often a warning that cannot be recorded is tried again, a beat apart: longer than a database restarts.
const TRIES: u32 = 120;
/// Beats between two checkpoints.
const SAVE_EVERY: u32 = 10;
/// A position may lie so far ahead of its arrival, microseconds; beyond, the terminal's clock is wrong.
pub(super) const AHEAD_US: i64 = 5 * 60 * 1_000_000;
/// And so far behind: the block store keeps no older ones.
pub(super) const BEHIND_US: i64 = telemetry::blocks::LATE_DAYS * 86_400 * 1_000_000;
/// Ignition bit of the status (JT/T 808, table 25).
const IGNITION: u32 = 1;
/// Positioned bit of the status.
const POSITIONED: u32 = 2;

/// What the engine remembers of a vehicle.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct VehicleState {
    /// Trips and stops.
    pub track: Track,
    /// Sites and zones that it is in.
    pub inside: Membership<u64>,
    /// Arrival of the last position, UTC microseconds.
    pub received_at: i64,
    /// Last heading.
    pub heading_deg: u16,
    /// Generators' sites that it stood on.
    #[serde(default)]
    pub site: SiteMemory,
    /// Documents that it carries.
    #[serde(default)]
    pub carriages: BTreeMap<String, CarriageMemory>,
    /// States of the rules about it.
    #[serde(default)]
    pub rules: RuleStates,
}

/// What the engine remembers.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Memory {
    vehicles: BTreeMap<String, VehicleState>,
    devices: BTreeMap<String, DeviceHealth>,
    /// States of the rules about registers, stock and documents.
    #[serde(default)]
    scans: RuleStates,
    /// Position of the journal up to which weights were compared.
    #[serde(default)]
    weighed: i64,
}

/// What makes an engine.
pub struct Parts {
    /// The house.
    pub kit: Arc<Kit>,
    /// The log that it follows.
    pub log: Arc<Log>,
    /// Where positions are kept.
    pub blocks: Arc<BlockStore>,
    /// Where its memory is kept.
    pub checkpoints: CheckpointStore,
    /// The newest checkpoint, as the store found it.
    pub from: Option<telemetry::checkpoint::Checkpoint>,
}

/// The engine.
pub struct Engine {
    kit: Arc<Kit>,
    log: Arc<Log>,
    blocks: Arc<BlockStore>,
    /// Lent to whoever saves one.
    checkpoints: Option<CheckpointStore>,
    live: Arc<Live>,
    cell: Arc<FleetCell>,
    healths: Arc<Healths>,
    rules: Arc<Rules>,
    memory: Memory,
    /// What the rules found in the records since the last commit.
    findings: Vec<Finding>,
    /// Vehicles that moved in the records since the map was last told.
    moved: BTreeSet<String>,
    /// Records before this offset are in `memory`.
    remembered: Offset,
    /// Position of the journal that the fleet knows.
    head: i64,
    track: TrackSettings,
    edges: Hysteresis,
    /// The city's zone.
    zone: Zone,
}

impl Engine {
    /// Puts an engine together and reads the fleet.
    ///
    /// # Errors
    /// 500 when the database refuses or the settings name no zone.
    pub async fn new(parts: Parts) -> Result<Self, Problem> {
        let kit = parts.kit;
        let (remembered, memory) = match parts.from {
            Some(checkpoint) => match recall(&checkpoint.state) {
                Some(memory) => (checkpoint.offset, memory),
                None => (0, Memory::default()),
            },
            None => (0, Memory::default()),
        };
        let zone = Zone::named(&kit.settings.zone).map_err(|_| Problem::internal())?;
        let mut engine = Self {
            live: kit.parts.get::<Live>(),
            cell: kit.parts.get::<FleetCell>(),
            healths: kit.parts.get::<Healths>(),
            rules: judge::pack(&kit),
            findings: Vec::new(),
            moved: BTreeSet::new(),
            kit,
            log: parts.log,
            blocks: parts.blocks,
            checkpoints: Some(parts.checkpoints),
            memory,
            remembered,
            head: -1,
            track: TrackSettings::default(),
            edges: Hysteresis::default(),
            zone,
        };
        if let Some(renewed) = chores::renew(&engine.kit, &engine.zone, -1).await? {
            engine.take_fleet(renewed);
        }
        engine.healths.replace(engine.memory.devices.clone());
        engine.show_all();
        warnings::count_open(&engine.kit).await?;
        Ok(engine)
    }

    /// Follows the log until `stopped` or the log ends.
    pub async fn run(mut self, mut stopped: watch::Receiver<bool>) {
        // What is in a block already is recognised there, so everything that the log still has is shown to it again.
        let start = self.log.first();
        let mut tail = match self.log.tail(start) {
            Ok(tail) => tail,
            Err(error) => {
                tracing::error!(%error, "the ingest log cannot be followed");
                return;
            }
        };
        let mut upto = start;
        let mut beat = tokio::time::interval(BEAT);
        beat.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let (mut beats, mut chores) = (0, Chores::default());
        // Nothing in this loop waits for a disk or reads a register: whoever waits for an alarm would wait too.
        loop {
            tokio::select! {
                biased;
                () = stop(&mut stopped) => break,
                Some(renewed) = finished(&mut chores.renewing) => self.take_renewed(renewed),
                Some(scanned) = finished(&mut chores.scanning) => self.take_scanned(scanned, &stopped).await,
                Some(checkpoints) = finished(&mut chores.saving) => self.checkpoints = Some(checkpoints),
                _ = beat.tick() => {
                    beats += 1;
                    self.beat(&mut chores, upto, beats % SAVE_EVERY == 0).await;
                }
                next = tail.next() => match next {
                    Ok(Some(Tailed::Records(records))) => {
                        let fleet = self.cell.get();
                        for record in records.iter() {
                            self.take(&fleet, &record);
                        }
                        self.show_moved(&fleet);
                        upto = records.end();
                        self.raise(&stopped).await;
                    }
                    Ok(Some(Tailed::Gap(gap))) => {
                        tracing::error!(?gap, "records of the ingest log cannot be read");
                        metrics::counter!("wufei_live_gaps_total").increment(1);
                        upto = tail.position();
                    }
                    Ok(None) => break,
                    Err(error) => {
                        tracing::error!(%error, "the ingest log has stopped");
                        tokio::time::sleep(BEAT).await;
                        if self.log.failure().is_some() {
                            break;
                        }
                    }
                },
            }
        }
        self.end(chores, upto).await;
        self.kit.parts.get::<Positions>().close();
        self.live.close();
    }

    /// Takes one record.
    fn take(&mut self, fleet: &Fleet, record: &Record<'_>) {
        match record.kind {
            record::FRAME | record::JOINED => self.frame(fleet, record),
            record::TICK if record.offset >= self.remembered => self.tick(fleet, record.received_at),
            _ => {}
        }
    }

    /// The clock of the log: what depends on silence is looked at.
    fn tick(&mut self, fleet: &Fleet, at: i64) {
        let Some(pack) = &self.rules.0 else { return };
        for vehicle_id in fleet.carriages.keys() {
            self.memory.vehicles.entry(vehicle_id.clone()).or_default();
        }
        for (vehicle_id, state) in &mut self.memory.vehicles {
            judge::look(pack, fleet, vehicle_id, state, at, &mut self.findings);
        }
    }

    /// Brings what the rules found into the journal. It is tried again while the database does not answer: the checkpoint
    /// must not pass what was not recorded. What the house leaves unrecorded when it closes stays in `findings`.
    async fn raise(&mut self, stopped: &watch::Receiver<bool>) {
        let findings = std::mem::take(&mut self.findings);
        if findings.is_empty() || warnings::raise(&self.kit, &findings).await.is_ok() {
            return;
        }
        // One by one, so that a single one that cannot be recorded keeps none of the others, nor the map, waiting.
        for finding in findings {
            let mut tries = 0;
            while let Err(problem) = warnings::raise(&self.kit, std::slice::from_ref(&finding)).await {
                tries += 1;
                tracing::error!(
                    ?problem,
                    rule = finding.rule,
                    episode = finding.episode,
                    "a warning cannot be recorded"
                );
                if *stopped.borrow() {
                    self.findings.push(finding);
                    break;
                }
                if tries > TRIES {
                    metrics::counter!("wufei_live_warnings_lost_total").increment(1);
                    break;
                }
                tokio::time::sleep(BEAT).await;
            }
        }
    }

    fn frame(&mut self, fleet: &Fleet, record: &Record<'_>) {
        // A message that came in parts is longer than a frame can be.
        let read = if record.kind == record::JOINED { Header::parse_joined } else { Header::parse };
        let Ok((header, body)) = read(record.payload) else {
            metrics::counter!("wufei_live_unreadable_total").increment(1);
            return;
        };
        // The gateway keeps a terminal's frames under the key of the number by which it signs.
        let device = fleet.device(record.source);
        match header.id {
            id::LOCATION => self.location(fleet, device, record, Location::peek(body).ok(), false),
            id::LOCATION_REPLY => {
                self.location(
                    fleet,
                    device,
                    record,
                    body.get(2..).and_then(|b| Location::peek(b).ok()),
                    false,
                );
            }
            id::BATCH => {
                let Ok(batch) = Batch::peek(body) else { return };
                for entry in batch {
                    self.location(fleet, device, record, entry.location.ok(), true);
                }
            }
            _ => {}
        }
    }

    fn location(
        &mut self,
        fleet: &Fleet,
        device: Option<&Device>,
        record: &Record<'_>,
        core: Option<LocationCore<'_>>,
        resent: bool,
    ) {
        let known = record.offset < self.remembered;
        if let Some(device) = device.filter(|_| !known) {
            let devices = &mut self.memory.devices;
            if !devices.contains_key(&device.terminal_number) {
                devices.insert(device.terminal_number.clone(), DeviceHealth::default());
            }
            let Some(health) = devices.get_mut(&device.terminal_number) else { return };
            match &core {
                Some(core) => health.saw(core.time_us, record.received_at, resent),
                None => health.bad_frames += 1,
            }
        }
        let Some(core) = core else { return };
        let skew = core.time_us.saturating_sub(record.received_at);
        if !(-BEHIND_US..=AHEAD_US).contains(&skew) {
            // A clock that is far off would put the vehicle into the past or the future.
            return;
        }
        let fix = Fix {
            at: core.time_us,
            received_at: record.received_at,
            lat_e6: core.lat_e6,
            lon_e6: core.lon_e6,
            altitude_m: i16::try_from(core.altitude_m).unwrap_or(i16::MAX),
            speed_dkmh: core.speed_kmh_tenths,
            heading_deg: core.heading_deg,
            alarm: core.alarm,
            status: core.status,
            extras: core.extras.to_vec(),
            offset: record.offset,
        };
        if let Err(error) = self.blocks.push(record.source, &fix) {
            tracing::error!(%error, "a position was not taken");
        }
        // What was acknowledged is kept, also of a terminal that has left the register since.
        let Some(device) = device.filter(|_| !known && core.status & POSITIONED != 0) else { return };
        let (lat, lon) = (f64::from(core.lat_e6) / 1e6, f64::from(core.lon_e6) / 1e6);
        let Ok(point) = geo::datum::to_wgs84(device.datum, lat, lon) else { return };
        if let Some(vehicle_id) = &device.vehicle_id {
            self.moved(fleet, vehicle_id, &fix, point);
        }
    }

    /// A believable position of a vehicle.
    fn moved(&mut self, fleet: &Fleet, vehicle_id: &str, fix: &Fix, point: Point) {
        if !fleet.vehicles.contains_key(vehicle_id) {
            return;
        }
        if !self.memory.vehicles.contains_key(vehicle_id) {
            self.memory.vehicles.insert(vehicle_id.to_owned(), VehicleState::default());
        }
        let Some(state) = self.memory.vehicles.get_mut(vehicle_id) else { return };
        let step = geo::track::Fix {
            at: fix.at,
            point,
            speed_dkmh: fix.speed_dkmh,
            ignition: Some(fix.status & IGNITION != 0),
        };
        let events = state.track.step(step, &self.track);
        if events.iter().any(|e| matches!(e, TrackEvent::Late { .. } | TrackEvent::Jump { .. })) {
            return;
        }
        state.inside.step(fix.at, point, &fleet.index, &self.edges);
        state.received_at = fix.received_at;
        state.heading_deg = fix.heading_deg;
        judge::remember_site(fleet, state, fix.at);
        if let Some(pack) = &self.rules.0 {
            judge::look(pack, fleet, vehicle_id, state, fix.at, &mut self.findings);
        }
        if !self.moved.contains(vehicle_id) {
            self.moved.insert(vehicle_id.to_owned());
        }
    }

    /// The map learns where vehicles are once for all records that came together, however many they are.
    fn show_moved(&mut self, fleet: &Fleet) {
        for id in std::mem::take(&mut self.moved) {
            let (vehicle, state) = (fleet.vehicles.get(&id), self.memory.vehicles.get(&id));
            if let Some(now) = vehicle.zip(state).and_then(|(vehicle, state)| now(fleet, &id, vehicle, state))
            {
                self.live.set(now);
            }
        }
    }

    /// After a start: every vehicle where it was last seen.
    fn show_all(&self) {
        let fleet = self.cell.get();
        for (id, state) in &self.memory.vehicles {
            if let Some(now) = fleet.vehicles.get(id).and_then(|vehicle| now(&fleet, id, vehicle, state)) {
                self.live.set(now);
            }
        }
    }

    /// Documents were signed: what vehicles carry may have changed.
    fn join_documents(&self) {
        let (fleet, now) = (self.cell.get(), self.kit.clock.now());
        self.live.update_all(|v| {
            let carriages = fleet.carried(&v.vehicle_id, v.at.max(now));
            let changed = carriages != v.carriages;
            v.carriages = carriages;
            changed
        });
    }
}

/// A vehicle as the map shows it; `None` while it was not seen.
fn now(fleet: &Fleet, vehicle_id: &str, vehicle: &Vehicle, state: &VehicleState) -> Option<Now> {
    let last = state.track.last()?;
    let stop = state.track.current_stop();
    Some(Now {
        vehicle_id: vehicle_id.to_owned(),
        plate: vehicle.plate.clone(),
        org_id: vehicle.org_id.clone(),
        org_name: vehicle.org_name.clone(),
        org_town: vehicle.town.clone(),
        lat_e6: last.point.lat_e6(),
        lon_e6: last.point.lon_e6(),
        speed_dkmh: last.speed_dkmh,
        heading_deg: state.heading_deg,
        at: last.at,
        received_at: state.received_at,
        state: if stop.is_some() { Motion::Stopped } else { Motion::Moving },
        stopped_since: stop.map(|s| s.since),
        carriages: fleet.carried(vehicle_id, last.at),
        open_warnings: 0,
    })
}

/// The memory of a checkpoint; `None` for that of another build, after which everything that the log still has is
/// learnt again.
fn recall(bytes: &[u8]) -> Option<Memory> {
    serde_json::from_slice(bytes)
        .inspect_err(|error| tracing::error!(%error, "the memory of the live part cannot be read"))
        .ok()
}

async fn stop(stopped: &mut watch::Receiver<bool>) {
    let _ = stopped.wait_for(|s| *s).await;
}
