//! Where vehicles are now: the last believed position of each, in memory, and what changed once a second for whoever
//! looks on. Filled by the engine from acknowledged frames only; it can be rebuilt from the ingest log and must never
//! be the record. Who sees a vehicle is decided here, in one place: its carrier always, the parties of a document while
//! it carries that document, a town while a party of it lies there.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use domain::time::format_instant;
use serde::Serialize;
use tokio::sync::broadcast;
use utoipa::ToSchema;

use super::fleet::Carriage;
use crate::kit::Reach;

/// What a vehicle does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Motion {
    /// Drives.
    Moving,
    /// Stands.
    Stopped,
    /// Has not reported for a while.
    Silent,
    /// Has not reported for long.
    Offline,
}

/// A vehicle now.
#[derive(Clone, Debug, PartialEq)]
pub struct Now {
    /// Vehicle.
    pub vehicle_id: String,
    /// Plate.
    pub plate: String,
    /// Carrier.
    pub org_id: String,
    /// Its name.
    pub org_name: String,
    /// Its town.
    pub org_town: String,
    /// WGS-84 micro-degrees.
    pub lat_e6: i32,
    /// WGS-84 micro-degrees.
    pub lon_e6: i32,
    /// Tenths of km/h.
    pub speed_dkmh: u16,
    /// Degrees from north, clockwise.
    pub heading_deg: u16,
    /// Time of the position, UTC microseconds.
    pub at: i64,
    /// When it came, UTC microseconds.
    pub received_at: i64,
    /// What it does.
    pub state: Motion,
    /// Stands since, UTC microseconds.
    pub stopped_since: Option<i64>,
    /// The documents that it carries, the youngest last.
    pub carriages: Vec<Arc<Carriage>>,
    /// Open warnings about it.
    pub open_warnings: i64,
}

impl Now {
    /// Whether a caller of this reach may see it.
    pub fn visible(&self, reach: &Reach) -> bool {
        self.is_own(reach) || self.documents(reach).next().is_some()
    }

    /// Whether it belongs to the caller's firm or town, or they see everything.
    fn is_own(&self, reach: &Reach) -> bool {
        match reach {
            Reach::City => true,
            Reach::Town(code) => self.org_town == *code,
            Reach::Org(org) | Reach::Party(org) => self.org_id == *org,
            Reach::Assigned { .. } => false,
        }
    }

    /// What it carries as far as the caller may know of it, the youngest first: one truck may collect from several
    /// firms, and none of them learns what it took over from another.
    fn documents(&self, reach: &Reach) -> impl Iterator<Item = &Arc<Carriage>> {
        let own = self.is_own(reach);
        self.carriages.iter().rev().filter(move |c| {
            own || match reach {
                Reach::City => true,
                Reach::Town(code) => c.consignor_town == *code || c.receiver_town == *code,
                Reach::Org(org) | Reach::Party(org) => c.consignor_id == *org || c.receiver_id == *org,
                Reach::Assigned { org_id, account_id } => {
                    self.org_id == *org_id && c.driver_account_id.as_deref() == Some(account_id)
                }
            }
        })
    }
}

/// The document on a vehicle.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct LiveManifest {
    /// Id.
    pub id: String,
    /// Number.
    pub number: String,
    /// Status.
    pub status: String,
    /// Waste codes.
    pub waste_codes: Vec<String>,
    /// Consignor.
    pub consignor_name: String,
    /// Receiver.
    pub receiver_name: String,
}

/// A vehicle with everything that its card shows.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct LiveVehicle {
    /// Vehicle.
    pub vehicle_id: String,
    /// Plate.
    pub plate: String,
    /// Carrier.
    pub org_id: String,
    /// Its name.
    pub org_name: String,
    /// WGS-84 micro-degrees.
    pub lat_e6: i32,
    /// WGS-84 micro-degrees.
    pub lon_e6: i32,
    /// Speed, one decimal.
    pub speed_kmh: f64,
    /// Degrees from north, clockwise.
    pub heading_deg: u16,
    /// Time of the position.
    pub at: String,
    /// When it came.
    pub received_at: String,
    /// What it does.
    pub state: Motion,
    /// Stands since.
    pub stopped_since: Option<String>,
    /// The youngest of what it carries.
    pub manifest: Option<LiveManifest>,
    /// Everything that it carries, the youngest first.
    pub manifests: Vec<LiveManifest>,
    /// Open warnings about it.
    pub open_warnings: i64,
}

impl From<&Arc<Carriage>> for LiveManifest {
    fn from(c: &Arc<Carriage>) -> Self {
        Self {
            id: c.manifest_id.clone(),
            number: c.number.clone(),
            status: c.status.clone(),
            waste_codes: c.waste_codes.clone(),
            consignor_name: c.consignor_name.clone(),
            receiver_name: c.receiver_name.clone(),
        }
    }
}

impl LiveVehicle {
    /// The vehicle as a caller of this reach may see it.
    pub fn seen(now: &Now, reach: &Reach) -> Self {
        let manifests: Vec<LiveManifest> = now.documents(reach).map(LiveManifest::from).collect();
        Self {
            vehicle_id: now.vehicle_id.clone(),
            plate: now.plate.clone(),
            org_id: now.org_id.clone(),
            org_name: now.org_name.clone(),
            lat_e6: now.lat_e6,
            lon_e6: now.lon_e6,
            speed_kmh: f64::from(now.speed_dkmh) / 10.0,
            heading_deg: now.heading_deg,
            at: format_instant(now.at),
            received_at: format_instant(now.received_at),
            state: now.state,
            stopped_since: now.stopped_since.map(format_instant),
            manifest: manifests.first().cloned(),
            manifests,
            open_warnings: now.open_warnings,
        }
    }
}

/// What changes from second to second.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Moved {
    /// Vehicle.
    pub vehicle_id: String,
    /// WGS-84 micro-degrees.
    pub lat_e6: i32,
    /// WGS-84 micro-degrees.
    pub lon_e6: i32,
    /// Speed, one decimal.
    pub speed_kmh: f64,
    /// Degrees from north, clockwise.
    pub heading_deg: u16,
    /// Time of the position.
    pub at: String,
    /// What it does.
    pub state: Motion,
    /// The youngest of what it carries.
    pub manifest_id: Option<String>,
    /// Open warnings about it.
    pub open_warnings: i64,
}

impl Moved {
    /// The movement as a caller of this reach may see it.
    pub fn seen(now: &Now, reach: &Reach) -> Self {
        Self {
            vehicle_id: now.vehicle_id.clone(),
            lat_e6: now.lat_e6,
            lon_e6: now.lon_e6,
            speed_kmh: f64::from(now.speed_dkmh) / 10.0,
            heading_deg: now.heading_deg,
            at: format_instant(now.at),
            state: now.state,
            manifest_id: now.documents(reach).next().map(|c| c.manifest_id.clone()),
            open_warnings: now.open_warnings,
        }
    }
}

/// Something that happened to a warning, as onlookers hear it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct WarningNews {
    /// Warning.
    pub id: String,
    /// `raised`, `repeated`, `assigned`, `verified`, `closed`, `appealed`, `decided`.
    pub action: String,
    /// Rule.
    pub rule: String,
    /// Severity.
    pub severity: String,
    /// Vehicle, if it is about one.
    pub vehicle_id: Option<String>,
    /// Organisations that it concerns: who may hear of it.
    #[serde(skip)]
    pub orgs: Vec<String>,
    /// Town of the place or of the organisation.
    #[serde(skip)]
    pub town: Option<String>,
    /// Account that it was given to.
    #[serde(skip)]
    pub assigned_to: Option<String>,
}

/// News for onlookers, numbered.
#[derive(Clone, Debug)]
pub enum News {
    /// Vehicles that changed, with the moment.
    Moved(u64, i64, Arc<Vec<Now>>),
    /// A warning.
    Warning(u64, Arc<WarningNews>),
    /// The house closes.
    End,
}

/// The present. One of it lives in the house's parts.
pub struct Live {
    vehicles: RwLock<BTreeMap<String, Now>>,
    changed: Mutex<BTreeSet<String>>,
    news: broadcast::Sender<News>,
    number: AtomicU64,
}

impl Default for Live {
    fn default() -> Self {
        Self {
            vehicles: RwLock::default(),
            changed: Mutex::default(),
            // An onlooker that falls this far behind loads everything anew.
            news: broadcast::channel(256).0,
            number: AtomicU64::new(1),
        }
    }
}

impl Live {
    /// Takes a vehicle's new state. The count of its warnings stays: those who raise and close them keep it.
    pub fn set(&self, mut now: Now) {
        let id = now.vehicle_id.clone();
        let mut all = self.vehicles.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(before) = all.get(&id) {
            now.open_warnings = before.open_warnings;
        }
        all.insert(id.clone(), now);
        drop(all);
        self.changed.lock().unwrap_or_else(PoisonError::into_inner).insert(id);
    }

    /// Changes a vehicle that is known; `change` says whether it did.
    pub fn update(&self, vehicle_id: &str, change: impl FnOnce(&mut Now) -> bool) {
        let mut all = self.vehicles.write().unwrap_or_else(PoisonError::into_inner);
        if all.get_mut(vehicle_id).is_some_and(change) {
            drop(all);
            self.changed.lock().unwrap_or_else(PoisonError::into_inner).insert(vehicle_id.to_owned());
        }
    }

    /// Changes every vehicle for which `change` says that it did.
    pub fn update_all(&self, mut change: impl FnMut(&mut Now) -> bool) {
        let mut all = self.vehicles.write().unwrap_or_else(PoisonError::into_inner);
        let ids: Vec<String> =
            all.values_mut().filter_map(|v| change(v).then(|| v.vehicle_id.clone())).collect();
        drop(all);
        self.changed.lock().unwrap_or_else(PoisonError::into_inner).extend(ids);
    }

    /// The vehicles within reach.
    pub fn snapshot(&self, reach: &Reach) -> Vec<LiveVehicle> {
        let all = self.vehicles.read().unwrap_or_else(PoisonError::into_inner);
        all.values().filter(|v| v.visible(reach)).map(|v| LiveVehicle::seen(v, reach)).collect()
    }

    /// One vehicle.
    pub fn vehicle(&self, vehicle_id: &str) -> Option<Now> {
        self.vehicles.read().unwrap_or_else(PoisonError::into_inner).get(vehicle_id).cloned()
    }

    /// Tells onlookers what changed since the last call.
    pub fn publish(&self, at: i64) {
        let ids = std::mem::take(&mut *self.changed.lock().unwrap_or_else(PoisonError::into_inner));
        if ids.is_empty() {
            return;
        }
        let all = self.vehicles.read().unwrap_or_else(PoisonError::into_inner);
        let moved: Vec<Now> = ids.iter().filter_map(|id| all.get(id).cloned()).collect();
        drop(all);
        // Nobody looks on: then there is nobody to tell.
        let _ = self.news.send(News::Moved(self.next(), at, Arc::new(moved)));
    }

    /// Tells onlookers about a warning.
    pub fn tell(&self, news: WarningNews) {
        let _ = self.news.send(News::Warning(self.next(), Arc::new(news)));
    }

    /// Ends every stream: the house closes.
    pub fn close(&self) {
        let _ = self.news.send(News::End);
    }

    /// Listens from now on.
    pub fn listen(&self) -> broadcast::Receiver<News> {
        self.news.subscribe()
    }

    fn next(&self) -> u64 {
        self.number.fetch_add(1, Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn carriage(id: &str, consignor: &str, receiver: &str, driver: Option<&str>) -> Arc<Carriage> {
        Arc::new(Carriage {
            manifest_id: id.to_owned(),
            number: format!("no-{id}"),
            status: "in_transit".to_owned(),
            waste_codes: Vec::new(),
            consignor_id: consignor.to_owned(),
            consignor_name: consignor.to_owned(),
            consignor_site_id: String::new(),
            consignor_town: format!("town-{consignor}"),
            receiver_id: receiver.to_owned(),
            receiver_name: receiver.to_owned(),
            receiver_town: format!("town-{receiver}"),
            driver_account_id: driver.map(str::to_owned),
            departed_at: 0,
            ended_at: None,
            last_leg: true,
        })
    }

    fn ids(live: &Live, reach: &Reach) -> Option<Vec<String>> {
        let seen = live.snapshot(reach).pop()?;
        assert_eq!(seen.manifest.as_ref().map(|m| &m.id), seen.manifests.first().map(|m| &m.id));
        Some(seen.manifests.into_iter().map(|m| m.id).collect())
    }

    #[test]
    fn everyone_with_a_document_on_a_truck_sees_it_and_their_own_documents_only() {
        let live = Live::default();
        live.set(Now {
            vehicle_id: "v".to_owned(),
            plate: String::new(),
            org_id: "carrier".to_owned(),
            org_name: String::new(),
            org_town: "town-carrier".to_owned(),
            lat_e6: 0,
            lon_e6: 0,
            speed_dkmh: 0,
            heading_deg: 0,
            at: 0,
            received_at: 0,
            state: Motion::Moving,
            stopped_since: None,
            carriages: vec![
                carriage("old", "a", "plant", Some("driver")),
                carriage("young", "b", "other", None),
            ],
            open_warnings: 0,
        });
        let org = |id: &str| Reach::Party(id.to_owned());
        let both = Some(vec!["young".to_owned(), "old".to_owned()]);
        assert_eq!(ids(&live, &Reach::City), both);
        assert_eq!(ids(&live, &org("carrier")), both);
        assert_eq!(ids(&live, &Reach::Town("town-carrier".to_owned())), both);
        for who in ["a", "plant"] {
            assert_eq!(ids(&live, &org(who)), Some(vec!["old".to_owned()]), "{who}");
            assert_eq!(ids(&live, &Reach::Town(format!("town-{who}"))), Some(vec!["old".to_owned()]));
        }
        assert_eq!(ids(&live, &org("b")), Some(vec!["young".to_owned()]));
        assert_eq!(ids(&live, &org("stranger")), None);
        let driver =
            |account: &str| Reach::Assigned { org_id: "carrier".to_owned(), account_id: account.to_owned() };
        assert_eq!(ids(&live, &driver("driver")), Some(vec!["old".to_owned()]));
        assert_eq!(ids(&live, &driver("another")), None);
    }
}
