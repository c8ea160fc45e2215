//! Who may speak to the gateway: registration and authentication of terminals against the register, with a credential
//! of their own, and what became of everybody else. A terminal that is unknown, claims another plate or has no valid
//! code gets no further; it is noted for a person to look at, in bounded memory. Credentials are no events.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use db::{DbError, Sql, params};
use domain::access::Permission;
use domain::time::format_instant;
use serde::Serialize;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use utoipa::ToSchema;

use super::fleet::{Device, Fleet, FleetCell};
use super::samples::{SampleView, Samples};
use crate::kit::{Kit, OpContext, Problem, Reach, hex};

/// Most terminals in quarantine; the oldest makes room.
const QUARANTINE: usize = 1_000;

/// Why somebody was not let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = QuarantineReason)]
pub enum Reason {
    /// The register has no such terminal.
    UnknownTerminal,
    /// The terminal claims another plate than the register has.
    WrongPlate,
    /// The authentication code is not the one that was given.
    WrongKey,
    /// It is registered already and may not register again.
    AlreadyRegistered,
    /// It sent data before it had authenticated.
    NotAuthenticated,
}

/// A terminal in quarantine.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Quarantined {
    /// Number as it was sent, without zeros in front.
    pub terminal_number: String,
    /// `jt808_2013` or `jt808_2019`.
    pub protocol: String,
    /// First seen.
    pub first_at: String,
    /// Last seen.
    pub last_at: String,
    /// Messages.
    pub frames: u64,
    /// Why, the last time.
    pub reason: Reason,
    /// Plate that it claims.
    pub plate: Option<String>,
    /// Address that it came from.
    pub remote: String,
}

struct Entry {
    first_at: i64,
    last_at: i64,
    frames: u64,
    reason: Reason,
    protocol: &'static str,
    plate: Option<String>,
    remote: String,
}

/// What the gateway counts, for the page and for `/metrics`.
#[derive(Debug, Default)]
pub struct Counters {
    /// Good frames.
    pub frames: AtomicU64,
    /// Frames whose checksum did not fit.
    pub bad_checksum: AtomicU64,
    /// Frames that contradict the protocol.
    pub bad_frames: AtomicU64,
    /// Bytes outside of frames.
    pub garbage_bytes: AtomicU64,
    /// Frames that were too long.
    pub too_long: AtomicU64,
    /// Connections now.
    pub connections: AtomicU64,
    /// Connections that were refused because there were too many.
    pub refused_connections: AtomicU64,
    /// Connections that were closed because nothing came.
    pub idle_closed: AtomicU64,
}

/// [`Counters`] as they go out.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CountersView {
    /// Good frames.
    pub frames: u64,
    /// Frames whose checksum did not fit.
    pub bad_checksum: u64,
    /// Frames that contradict the protocol.
    pub bad_frames: u64,
    /// Bytes outside of frames.
    pub garbage_bytes: u64,
    /// Frames that were too long.
    pub too_long: u64,
    /// Connections now.
    pub connections: u64,
    /// Connections that were refused because there were too many.
    pub refused_connections: u64,
    /// Connections that were closed because nothing came.
    pub idle_closed: u64,
}

/// The quarantine page.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct QuarantineView {
    /// Terminals, the latest first.
    pub items: Vec<Quarantined>,
    /// What the gateway counted since the start; for the city only.
    pub counters: Option<CountersView>,
    /// Some of the frames that could not be read, the newest first.
    pub samples: Vec<SampleView>,
}

#[derive(Default)]
struct Held {
    entries: BTreeMap<String, Entry>,
    order: VecDeque<String>,
}

/// The gate. One of it lives in the house's parts.
#[derive(Default)]
pub struct Gate {
    held: Mutex<Held>,
    /// What was counted.
    pub counters: Counters,
}

/// What a terminal says about itself.
#[derive(Clone, Debug)]
pub struct Claim {
    /// Number, without zeros in front.
    pub terminal_number: String,
    /// `jt808_2013` or `jt808_2019`.
    pub protocol: &'static str,
    /// Plate of the vehicle; empty before it has one.
    pub plate: String,
    /// Address that it comes from.
    pub remote: String,
}

/// What became of a registration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Registration {
    /// Accepted, with the code for authentication.
    Done(String),
    /// The register has no such vehicle, or another one (result 2).
    NoVehicle,
    /// It has a code already (result 3).
    AlreadyRegistered,
    /// The register has no such terminal (result 4).
    NoTerminal,
}

/// A terminal that was let in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Admitted {
    /// Key under which its records stand in the ingest log and the blocks.
    pub source: u64,
    /// Row of the register.
    pub device_id: String,
}

/// The key of a terminal in the ingest log: the first 8 bytes of the SHA-256 of its number without zeros in front.
pub fn source_of(name: &str) -> u64 {
    let digest = Sha256::digest(name.as_bytes());
    let mut first = [0; 8];
    first.copy_from_slice(&digest[..8]);
    u64::from_be_bytes(first)
}

impl Gate {
    /// Notes somebody who was not let in.
    pub fn refuse(&self, claim: &Claim, reason: Reason, now: i64) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let plate = (!claim.plate.is_empty()).then(|| claim.plate.chars().take(20).collect::<String>());
        if let Some(entry) = held.entries.get_mut(&claim.terminal_number) {
            entry.last_at = now;
            entry.frames += 1;
            entry.reason = reason;
            entry.protocol = claim.protocol;
            entry.remote.clone_from(&claim.remote);
            if plate.is_some() {
                entry.plate = plate;
            }
            return;
        }
        if held.order.len() >= QUARANTINE
            && let Some(oldest) = held.order.pop_front()
        {
            held.entries.remove(&oldest);
        }
        held.order.push_back(claim.terminal_number.clone());
        let entry = Entry {
            first_at: now,
            last_at: now,
            frames: 1,
            reason,
            protocol: claim.protocol,
            plate,
            remote: claim.remote.clone(),
        };
        held.entries.insert(claim.terminal_number.clone(), entry);
    }

    fn forget(&self, terminal_number: &str) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if held.entries.remove(terminal_number).is_some() {
            held.order.retain(|t| t != terminal_number);
        }
    }

    /// What is in quarantine.
    pub fn view(&self) -> QuarantineView {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let mut rows: Vec<(&String, &Entry)> = held.entries.iter().collect();
        rows.sort_by_key(|(_, e)| std::cmp::Reverse(e.last_at));
        let items = rows.into_iter().map(|(number, e)| Quarantined {
            terminal_number: number.clone(),
            protocol: e.protocol.to_owned(),
            first_at: format_instant(e.first_at),
            last_at: format_instant(e.last_at),
            frames: e.frames,
            reason: e.reason,
            plate: e.plate.clone(),
            remote: e.remote.clone(),
        });
        let items = items.collect();
        let n = |c: &AtomicU64| c.load(Ordering::Relaxed);
        let c = &self.counters;
        QuarantineView {
            items,
            counters: Some(CountersView {
                frames: n(&c.frames),
                bad_checksum: n(&c.bad_checksum),
                bad_frames: n(&c.bad_frames),
                garbage_bytes: n(&c.garbage_bytes),
                too_long: n(&c.too_long),
                connections: n(&c.connections),
                refused_connections: n(&c.refused_connections),
                idle_closed: n(&c.idle_closed),
            }),
            samples: Vec::new(),
        }
    }
}

/// The quarantine as far as the caller reaches: a firm sees terminals of its own, and those that claim one of its plates.
///
/// # Errors
/// 403 without the right to see how terminals report.
pub fn quarantine(kit: &Kit, ctx: &OpContext) -> Result<QuarantineView, Problem> {
    let reach = ctx.require(Permission::DeviceHealthRead)?;
    let mut view = kit.parts.get::<Gate>().view();
    view.samples = kit.parts.get::<Samples>().view().into_iter().map(SampleView::from).collect();
    if reach == Reach::City {
        return Ok(view);
    }
    let fleet = kit.parts.get::<FleetCell>().get();
    view.counters = None;
    let own = |number: &str| fleet.devices.get(number).is_some_and(|d| reach.covers(&d.org_id, None));
    view.samples.retain(|sample| own(&sample.terminal_number));
    view.items.retain(|item| {
        let claimed = |v: &super::fleet::Vehicle| {
            item.plate.as_deref() == Some(v.plate.as_str()) && reach.covers(&v.org_id, Some(&v.town))
        };
        own(&item.terminal_number) || fleet.vehicles.values().any(claimed)
    });
    Ok(view)
}

fn device(fleet: &Fleet, terminal_number: &str) -> Option<Device> {
    fleet.devices.get(terminal_number).cloned()
}

/// Decides about a registration (0x0100) and gives the code that authentication will ask for.
///
/// # Errors
/// 500 when the database refuses.
pub async fn register(kit: &Arc<Kit>, claim: &Claim) -> Result<Registration, Problem> {
    let (gate, now) = (kit.parts.get::<Gate>(), kit.clock.now());
    let fleet = kit.parts.get::<FleetCell>().get();
    let Some(known) = device(&fleet, &claim.terminal_number) else {
        gate.refuse(claim, Reason::UnknownTerminal, now);
        return Ok(Registration::NoTerminal);
    };
    let plate = known.vehicle_id.as_ref().and_then(|v| fleet.vehicles.get(v)).map(|v| v.plate.clone());
    if plate.as_deref() != Some(claim.plate.trim()) {
        gate.refuse(claim, Reason::WrongPlate, now);
        return Ok(Registration::NoVehicle);
    }
    let mut secret = [0; 12];
    kit.ids.fill(&mut secret);
    let code = hex(&secret);
    let hash = hash_of(&code);
    let (tenant, again) = (kit.settings.tenant.clone(), kit.settings.live.reregister);
    let given = kit
        .db
        .write::<_, DbError, _>(&kit.settings.tenant, move |tx| {
            Box::pin(async move {
                // A code that was never used may have been lost on its way: the terminal gets another one.
                let unused = if again { "" } else { " where device_credential.used_at is null" };
                let update =
                    format!("do update set code_hash = excluded.code_hash, at = excluded.at, used_at = null{unused}");
                tx.exec(
                    &format!(
                        "insert into device_credential (tenant_id, device_id, code_hash, at) values ($1, $2, $3, $4) \
                         on conflict (tenant_id, device_id) {update}"
                    ),
                    &params![tenant, known.id, hash, now],
                )
                .await
            })
        })
        .await?;
    if given == 0 {
        gate.refuse(claim, Reason::AlreadyRegistered, now);
        return Ok(Registration::AlreadyRegistered);
    }
    gate.forget(&claim.terminal_number);
    Ok(Registration::Done(code))
}

fn hash_of(code: &str) -> String {
    hex(&Sha256::digest(code.as_bytes()))
}

/// Decides about an authentication (0x0102).
///
/// # Errors
/// 500 when the database refuses.
pub async fn authenticate(kit: &Arc<Kit>, claim: &Claim, code: &str) -> Result<Option<Admitted>, Problem> {
    let (gate, now) = (kit.parts.get::<Gate>(), kit.clock.now());
    let fleet = kit.parts.get::<FleetCell>().get();
    let Some(known) = device(&fleet, &claim.terminal_number) else {
        gate.refuse(claim, Reason::UnknownTerminal, now);
        return Ok(None);
    };
    let (tenant, id) = (kit.settings.tenant.clone(), known.id.clone());
    let stored = kit
        .db
        .read::<_, DbError, _>(move |sql| {
            Box::pin(async move {
                let row = sql
                    .query_opt(
                        "select code_hash from device_credential where tenant_id = $1 and device_id = $2",
                        &params![tenant, id],
                    )
                    .await?;
                row.map(|r| r.get::<String>("code_hash")).transpose()
            })
        })
        .await?;
    let fits = stored.is_some_and(|s| bool::from(s.as_bytes().ct_eq(hash_of(code).as_bytes())));
    if !fits {
        gate.refuse(claim, Reason::WrongKey, now);
        return Ok(None);
    }
    let (tenant, id) = (kit.settings.tenant.clone(), known.id.clone());
    kit.db
        .write::<_, DbError, _>(&kit.settings.tenant, move |tx| {
            Box::pin(async move {
                tx.exec(
                    "update device_credential set used_at = $3 where tenant_id = $1 and device_id = $2 and used_at is null",
                    &params![tenant, id, now],
                )
                .await
            })
        })
        .await?;
    gate.forget(&claim.terminal_number);
    Ok(Some(Admitted { source: source_of(&claim.terminal_number), device_id: known.id }))
}
