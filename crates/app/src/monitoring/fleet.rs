//! What the live part must know of the registers and of documents on the road, held in memory and renewed when the
//! journal has moved: terminals, vehicles, sites, zones, and who carried which manifest from when to when. It can be
//! rebuilt at any time from the read tables and must never be the record. Documents are joined by time, so replayed
//! positions meet the documents of their own time.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use db::{Sql, Value as Sv, params};
use domain::time::{Zone, parse_date};
use geo::Point;
use geo::datum::Datum;
use geo::zone::{Shape, ZoneIndex};

use super::gate::source_of;
use crate::kit::Problem;
use crate::registry::{load, shape};

/// A terminal.
#[derive(Clone, Debug, PartialEq)]
pub struct Device {
    /// Row of the register.
    pub id: String,
    /// Number under which it reports.
    pub terminal_number: String,
    /// Carrier.
    pub org_id: String,
    /// Vehicle that it sits in.
    pub vehicle_id: Option<String>,
    /// `jt808_2013` or `jt808_2019`.
    pub protocol: String,
    /// In which its positions come.
    pub datum: Datum,
}

/// A vehicle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vehicle {
    /// Plate.
    pub plate: String,
    /// Carrier.
    pub org_id: String,
    /// Its name.
    pub org_name: String,
    /// Its town.
    pub town: String,
}

/// A document on a vehicle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Carriage {
    /// Document.
    pub manifest_id: String,
    /// Number for people.
    pub number: String,
    /// Its status now.
    pub status: String,
    /// Waste codes.
    pub waste_codes: Vec<String>,
    /// Consignor.
    pub consignor_id: String,
    /// Its name.
    pub consignor_name: String,
    /// Its site.
    pub consignor_site_id: String,
    /// Its town.
    pub consignor_town: String,
    /// Receiver.
    pub receiver_id: String,
    /// Its name.
    pub receiver_name: String,
    /// Its town.
    pub receiver_town: String,
    /// Account of the driver.
    pub driver_account_id: Option<String>,
    /// Taken over, UTC microseconds.
    pub departed_at: i64,
    /// Arrived or handed over, UTC microseconds.
    pub ended_at: Option<i64>,
    /// The end is the arrival at the receiver, not a hand-over to the next carrier.
    pub last_leg: bool,
}

impl Carriage {
    /// Whether the vehicle carried it at that time.
    pub fn at(&self, time: i64) -> bool {
        self.departed_at <= time && self.ended_at.is_none_or(|end| time < end)
    }
}

/// A site.
#[derive(Clone, Debug, PartialEq)]
pub struct Site {
    /// Row of the register.
    pub id: String,
    /// Organisation.
    pub org_id: String,
    /// Its name.
    pub org_name: String,
    /// Name of the site.
    pub name: String,
    /// Where it is.
    pub point: Point,
    /// What its organisation does.
    pub kinds: Vec<String>,
}

/// What an area is.
#[derive(Clone, Debug, PartialEq)]
pub enum Area {
    /// Index into the sites.
    Site(usize),
    /// Index into the zones.
    Zone(usize),
}

/// A zone of the register.
#[derive(Clone, Debug, PartialEq)]
pub struct ZoneRow {
    /// Row.
    pub id: String,
    /// Name.
    pub name: String,
    /// `restricted`, `parking` or `other`.
    pub kind: String,
    /// Area in its stored form.
    pub shape: serde_json::Value,
    /// In force from, UTC microseconds.
    pub from: i64,
    /// In force until, UTC microseconds.
    pub to: i64,
}

/// All of it.
pub struct Fleet {
    /// Terminals by number.
    pub devices: HashMap<String, Device>,
    /// Their numbers by the key of their records.
    sources: HashMap<u64, String>,
    /// Vehicles by id.
    pub vehicles: HashMap<String, Vehicle>,
    /// Documents by vehicle, oldest first.
    pub carriages: HashMap<String, Vec<Arc<Carriage>>>,
    /// Sites with coordinates.
    pub sites: Vec<Site>,
    /// Zones.
    pub zones: Vec<ZoneRow>,
    /// What each key of the index is.
    pub areas: HashMap<u64, Area>,
    /// Areas by place.
    pub index: ZoneIndex<u64>,
}

/// The key of an area in the index: the same for a row however often the fleet is read, because a vehicle's memory of
/// the zones that it is in outlives that.
fn area_key(id: &str) -> u64 {
    source_of(id)
}

/// The datum of a stored word.
pub(super) fn datum_of(word: &str) -> Datum {
    match word {
        "gcj02" => Datum::Gcj02,
        "cgcs2000" => Datum::Cgcs2000,
        _ => Datum::Wgs84,
    }
}

/// How long a finished carriage is kept for late positions, microseconds.
const KEEP_US: i64 = super::engine::BEHIND_US + 86_400 * 1_000_000;

impl Default for Fleet {
    fn default() -> Self {
        Self {
            devices: HashMap::new(),
            sources: HashMap::new(),
            vehicles: HashMap::new(),
            carriages: HashMap::new(),
            sites: Vec::new(),
            zones: Vec::new(),
            areas: HashMap::new(),
            index: ZoneIndex::new(std::iter::empty()),
        }
    }
}

impl Fleet {
    /// Reads everything. `site_radius_m` is how far a site reaches around its point.
    ///
    /// # Errors
    /// 500 when the database refuses.
    pub async fn load(
        sql: &mut dyn Sql,
        tenant: &str,
        zone: &Zone,
        now: i64,
        site_radius_m: f64,
    ) -> Result<Self, Problem> {
        let mut fleet = Self::default();
        for d in load::devices(sql, tenant).await? {
            let datum = datum_of(&d.datum);
            let device = Device {
                id: d.id,
                terminal_number: d.terminal_number.clone(),
                org_id: d.org_id,
                vehicle_id: d.vehicle_id,
                protocol: d.protocol,
                datum,
            };
            fleet.sources.insert(source_of(&d.terminal_number), d.terminal_number.clone());
            fleet.devices.insert(d.terminal_number, device);
        }
        let rows = sql
            .query(
                "select v.id, v.plate, v.org_id, o.name, coalesce(o.town_code, o.division_code) as town from vehicle v \
                 join org o on o.tenant_id = v.tenant_id and o.id = v.org_id \
                 where v.tenant_id = $1 and v.status = 'active'",
                &params![tenant],
            )
            .await?;
        for row in rows {
            let vehicle = Vehicle {
                plate: row.get("plate")?,
                org_id: row.get("org_id")?,
                org_name: row.get("name")?,
                town: row.get("town")?,
            };
            fleet.vehicles.insert(row.get("id")?, vehicle);
        }
        fleet.carriages = carriages(sql, tenant, now.saturating_sub(KEEP_US)).await?;
        fleet.places(sql, tenant, zone, site_radius_m).await?;
        Ok(fleet)
    }

    async fn places(
        &mut self,
        sql: &mut dyn Sql,
        tenant: &str,
        zone: &Zone,
        site_radius_m: f64,
    ) -> Result<(), Problem> {
        let mut shapes: Vec<(u64, Shape)> = Vec::new();
        let rows = sql
            .query(
                "select s.id, s.org_id, s.name, s.latitude_e6, s.longitude_e6, o.name as org_name, o.kinds from site s \
                 join org o on o.tenant_id = s.tenant_id and o.id = s.org_id where s.tenant_id = $1 \
                 and s.status = 'active' and s.latitude_e6 is not null and s.longitude_e6 is not null order by s.id",
                &params![tenant],
            )
            .await?;
        for row in rows {
            let place = (row.get::<i64>("latitude_e6")?, row.get::<i64>("longitude_e6")?);
            let (Ok(lat), Ok(lon)) = (i32::try_from(place.0), i32::try_from(place.1)) else { continue };
            let Ok(point) = Point::from_e6(lat, lon) else { continue };
            let Ok(area) = Shape::circle(point, site_radius_m) else { continue };
            let kinds: String = row.get("kinds")?;
            let id: String = row.get("id")?;
            let key = area_key(&id);
            self.sites.push(Site {
                id,
                org_id: row.get("org_id")?,
                org_name: row.get("org_name")?,
                name: row.get("name")?,
                point,
                kinds: serde_json::from_str(&kinds).unwrap_or_default(),
            });
            shapes.push((key, area));
            self.areas.insert(key, Area::Site(self.sites.len() - 1));
        }
        for z in load::zones(sql, tenant).await? {
            let Ok(area) = shape::read(&z.shape) else {
                tracing::error!(zone = %z.id, "a stored zone has no readable area");
                continue;
            };
            let day = |text: &Option<String>| text.as_deref().and_then(|t| parse_date(t).ok());
            let from = day(&z.valid_from).map_or(i64::MIN, |d| zone.start_of(d));
            let to = day(&z.valid_to).and_then(|d| d.tomorrow().ok()).map_or(i64::MAX, |d| zone.start_of(d));
            let key = area_key(&z.id);
            self.zones.push(ZoneRow { id: z.id, name: z.name, kind: z.kind, shape: z.shape, from, to });
            shapes.push((key, area));
            self.areas.insert(key, Area::Zone(self.zones.len() - 1));
        }
        self.index = ZoneIndex::new(shapes);
        Ok(())
    }

    /// The terminal whose records have this key.
    pub fn device(&self, source: u64) -> Option<&Device> {
        self.devices.get(self.sources.get(&source)?)
    }

    /// The documents that the vehicle carried at that time, the youngest last.
    pub fn carried(&self, vehicle_id: &str, at: i64) -> Vec<Arc<Carriage>> {
        self.carriages.get(vehicle_id).into_iter().flatten().filter(|c| c.at(at)).cloned().collect()
    }
}

/// Who carried what since `since`: the youngest documents last.
async fn carriages(
    sql: &mut dyn Sql,
    tenant: &str,
    since: i64,
) -> Result<HashMap<String, Vec<Arc<Carriage>>>, Problem> {
    let rows = sql
        .query(
            "select l.vehicle_id, l.departed_at, coalesce(l.arrived_at, m.arrived_at, n.departed_at) as ended_at, \
             l.driver_account_id, m.id, coalesce(m.number, m.internal_number) as number, m.status, m.waste_codes, \
             n.leg is null as last_leg, m.consignor_id, m.consignor_name, m.consignor_site_id, m.consignor_town, m.receiver_id, m.receiver_name, \
             m.receiver_town from manifest_leg l \
             join manifest m on m.tenant_id = l.tenant_id and m.id = l.manifest_id \
             left join manifest_leg n on n.tenant_id = l.tenant_id and n.manifest_id = l.manifest_id and n.leg = l.leg + 1 \
             where l.tenant_id = $1 and l.taken and l.departed_at is not null and l.vehicle_id is not null \
             and (l.departed_at >= $2 or m.status = 'in_transit') order by l.departed_at, m.id",
            &[Sv::from(tenant), Sv::Int(since)],
        )
        .await?;
    let mut out: HashMap<String, Vec<Arc<Carriage>>> = HashMap::new();
    for row in rows {
        let codes: String = row.get("waste_codes")?;
        let carriage = Carriage {
            manifest_id: row.get("id")?,
            number: row.get("number")?,
            status: row.get("status")?,
            waste_codes: serde_json::from_str(&codes).unwrap_or_default(),
            consignor_id: row.get("consignor_id")?,
            consignor_name: row.get("consignor_name")?,
            consignor_site_id: row.get("consignor_site_id")?,
            consignor_town: row.get("consignor_town")?,
            receiver_id: row.get("receiver_id")?,
            receiver_name: row.get("receiver_name")?,
            receiver_town: row.get("receiver_town")?,
            driver_account_id: row.get("driver_account_id")?,
            departed_at: row.get("departed_at")?,
            ended_at: row.get("ended_at")?,
            last_leg: row.get("last_leg")?,
        };
        out.entry(row.get("vehicle_id")?).or_default().push(Arc::new(carriage));
    }
    Ok(out)
}

/// The present fleet, shared. One of it lives in the house's parts.
#[derive(Default)]
pub struct FleetCell(RwLock<Arc<Fleet>>);

impl FleetCell {
    /// The fleet as last read.
    pub fn get(&self) -> Arc<Fleet> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Puts a new one in its place.
    pub fn set(&self, fleet: Fleet) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(fleet);
    }
}
