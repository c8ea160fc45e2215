//! How well terminals report: when they were last heard, how far their clocks are off, what they sent twice or late.
//! Told by the engine, shown to people; nothing here decides about a vehicle.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use domain::access::Permission;
use domain::time::format_instant;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::engine::{AHEAD_US, BEHIND_US};
use super::fleet::FleetCell;
use super::rules;
use crate::kit::{Kit, OpContext, Problem, Reach};

/// What is known of a terminal.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DeviceHealth {
    /// Newest position by its own clock, UTC microseconds.
    pub last_at: i64,
    /// Newest arrival, UTC microseconds.
    pub received_at: i64,
    /// Its clock minus ours at the last position that was not re-sent, microseconds.
    pub offset_us: i64,
    /// Positions.
    pub frames: u64,
    /// Locations that could not be read.
    pub bad_frames: u64,
    /// Positions older than one that came before, without being marked as re-sent.
    pub late: u64,
}

impl DeviceHealth {
    /// Takes a position's times.
    pub(super) fn saw(&mut self, at: i64, received_at: i64, resent: bool) {
        self.frames += 1;
        self.received_at = self.received_at.max(received_at);
        if !resent {
            self.offset_us = at.saturating_sub(received_at);
            self.late += u64::from(at < self.last_at);
        }
        if (-BEHIND_US..=AHEAD_US).contains(&at.saturating_sub(received_at)) {
            self.last_at = self.last_at.max(at);
        }
    }
}

/// The present health, shared. One of it lives in the house's parts.
#[derive(Default)]
pub struct Healths(RwLock<Arc<BTreeMap<String, DeviceHealth>>>);

impl Healths {
    /// Puts a new state in its place.
    pub fn replace(&self, all: BTreeMap<String, DeviceHealth>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(all);
    }

    /// The present state, by terminal number.
    pub fn get(&self) -> Arc<BTreeMap<String, DeviceHealth>> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Health of a terminal.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DeviceHealthView {
    /// Row of the register.
    pub device_id: String,
    /// Number.
    pub terminal_number: String,
    /// Plate of its vehicle.
    pub plate: Option<String>,
    /// Carrier.
    pub org_name: String,
    /// `jt808_2013` or `jt808_2019`.
    pub protocol: String,
    /// `online`, `silent`, `offline`, `never`, `clock_wrong`.
    pub state: &'static str,
    /// Newest position by its own clock.
    pub last_at: Option<String>,
    /// Newest arrival.
    pub last_received_at: Option<String>,
    /// Its clock minus ours, seconds.
    pub clock_offset_s: i64,
    /// Positions.
    pub frames: u64,
    /// Locations that could not be read.
    pub bad_frames: u64,
    /// Positions that came out of order.
    pub late: u64,
}

/// All terminals within reach.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DeviceHealthList {
    /// By number.
    pub items: Vec<DeviceHealthView>,
}

/// Filter of the list.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
pub struct HealthQuery {
    /// `online`, `silent`, `offline`, `never`, `clock_wrong`.
    pub state: Option<String>,
    /// Words of number, plate or carrier.
    pub q: Option<String>,
}

const STATES: [&str; 5] = ["online", "silent", "offline", "never", "clock_wrong"];

/// The health of the terminals within reach.
///
/// # Errors
/// 403; 422 for a state that is not offered.
pub fn list(kit: &Kit, ctx: &OpContext, query: &HealthQuery) -> Result<DeviceHealthList, Problem> {
    let reach = ctx.require(Permission::DeviceHealthRead)?;
    let wanted = query.state.as_deref().filter(|s| !s.is_empty());
    if let Some(state) = wanted
        && !STATES.contains(&state)
    {
        let shown = state.chars().take(40).collect();
        return Err(Problem::field(
            "/state",
            rules::WORD,
            [("value", shown), ("allowed", STATES.join(", "))],
        ));
    }
    let (fleet, healths, now) =
        (kit.parts.get::<FleetCell>().get(), kit.parts.get::<Healths>().get(), kit.clock.now());
    let words = query.q.as_deref().unwrap_or_default().trim().to_lowercase();
    let limits = &kit.settings.live;
    let mut items = Vec::new();
    for device in fleet.devices.values() {
        let vehicle = device.vehicle_id.as_ref().and_then(|v| fleet.vehicles.get(v));
        let town = vehicle.map(|v| v.town.as_str());
        if !matches!(reach, Reach::City) && !reach.covers(&device.org_id, town) {
            continue;
        }
        let health = healths.get(&device.terminal_number).filter(|h| h.received_at > 0);
        let state = match health {
            None => "never",
            Some(h) => {
                let age_s = now.saturating_sub(h.received_at) / 1_000_000;
                if age_s > i64::from(limits.offline_after_s) {
                    "offline"
                } else if !(-BEHIND_US..=AHEAD_US).contains(&h.offset_us) {
                    "clock_wrong"
                } else if age_s > i64::from(limits.silent_after_s) {
                    "silent"
                } else {
                    "online"
                }
            }
        };
        let view = DeviceHealthView {
            device_id: device.id.clone(),
            terminal_number: device.terminal_number.clone(),
            plate: vehicle.map(|v| v.plate.clone()),
            org_name: vehicle.map(|v| v.org_name.clone()).unwrap_or_default(),
            protocol: device.protocol.clone(),
            state,
            last_at: health.filter(|h| h.last_at > 0).map(|h| format_instant(h.last_at)),
            last_received_at: health.map(|h| format_instant(h.received_at)),
            clock_offset_s: health.map_or(0, |h| h.offset_us / 1_000_000),
            frames: health.map_or(0, |h| h.frames),
            bad_frames: health.map_or(0, |h| h.bad_frames),
            late: health.map_or(0, |h| h.late),
        };
        let text = format!(
            "{} {} {}",
            view.terminal_number,
            view.plate.as_deref().unwrap_or_default(),
            view.org_name
        );
        if wanted.is_none_or(|w| w == state) && text.to_lowercase().contains(&words) {
            items.push(view);
        }
    }
    items.sort_by(|a, b| a.terminal_number.cmp(&b.terminal_number));
    Ok(DeviceHealthList { items })
}
