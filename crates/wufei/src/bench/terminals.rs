//! Terminals for a measurement: rows of the register, codes, and everything that each of them will say, encoded before
//! the clock starts.

use std::ops::Range;
use std::sync::Arc;

use app::kit::{Kit, Problem};
use app::monitoring::fleet::{Fleet, FleetCell};
use app::monitoring::gate::{Claim, Registration, register};
use db::{DbError, Sql, Value, params};
use domain::time::Zone;
use telemetry::blocks::Fix;
use telemetry::sample::truck_day;
use wire::jt808::{
    Authentication, Body, EncodeError, Header, Location, Outcome, TerminalNumber, Text, Version,
};
use wire::jt808::{encode, id, reply};

use crate::Failure;

/// Seconds between two positions of a truck.
const INTERVAL_S: u32 = 5;
const VERSION: Version = Version::V2013;

/// A terminal and all that it says on one connection.
pub struct Feed {
    /// Vehicle that it sits in.
    pub vehicle_id: String,
    /// Its authentication.
    pub hello: Vec<u8>,
    /// Location frames, one after the other.
    pub frames: Vec<u8>,
    /// Where each of them ends.
    pub ends: Vec<usize>,
    /// The platform's answers to all of it, one after the other, the authentication's first.
    pub answers: Vec<u8>,
    /// Where each answer ends.
    pub answer_ends: Vec<usize>,
    /// Time of its last position.
    pub last_at: i64,
}

/// Puts terminals with vehicles into the registers, straight into the tables: how they got there is not measured.
pub async fn enrol(kit: &Arc<Kit>, numbers: Range<usize>) -> Result<(), Failure> {
    app::registry::seed::city(kit).await?;
    let tenant = kit.settings.tenant.clone();
    kit.db
        .write::<_, DbError, _>(&kit.settings.tenant, move |tx| {
            Box::pin(async move {
                let org = tx
                    .query_opt("select min(id) as id from org where tenant_id = $1", &params![tenant.clone()])
                    .await?;
                let org: String = org.map(|r| r.get("id")).transpose()?.unwrap_or_default();
                for n in numbers {
                    let (vehicle, device) = (vehicle(n), format!("bench-d{n}"));
                    tx.exec(
                        "insert into vehicle (tenant_id, id, version, status, updated_at, org_id, plate, plate_colour, \
                         transport_cert_no, valid_to, load_g) values ($1, $2, 1, 'active', 0, $3, $4, 'yellow', '', \
                         '2099-12-31', 1)",
                        &params![tenant.clone(), vehicle.clone(), org.clone(), plate(n)],
                    )
                    .await?;
                    tx.exec(
                        "insert into device (tenant_id, id, version, status, updated_at, org_id, terminal_number, \
                         vehicle_id, protocol, datum) values ($1, $2, 1, 'active', 0, $3, $4, $5, 'jt808_2013', 'wgs84')",
                        &[
                            Value::from(tenant.clone()),
                            device.into(),
                            org.clone().into(),
                            number(n).into(),
                            vehicle.into(),
                        ],
                    )
                    .await?;
                }
                Ok(())
            })
        })
        .await?;
    Ok(())
}

fn plate(n: usize) -> String {
    format!("BENCH{n}")
}

fn number(n: usize) -> String {
    format!("{}", 10_000_000_000 + n)
}

/// The terminals with what they say: `each` positions that end at `now`.
pub async fn prepare(kit: &Arc<Kit>, count: usize, each: usize, now: i64) -> Result<Vec<Arc<Feed>>, Failure> {
    enrol(kit, 0..count).await?;
    read_fleet(kit, now).await?;
    let mut feeds = Vec::with_capacity(count);
    for n in 0..count {
        feeds.push(speaker(kit, n, locations(n, each, now)).await?);
    }
    Ok(feeds)
}

/// Lets the gate know the terminals that were enrolled.
pub async fn read_fleet(kit: &Arc<Kit>, now: i64) -> Result<(), Failure> {
    let zone = Zone::named(&kit.settings.zone).map_err(|_| Problem::internal())?;
    let tenant = kit.settings.tenant.clone();
    let radius = f64::from(kit.settings.live.site_radius_m);
    let fleet = kit
        .db
        .read::<_, Problem, _>(move |sql| {
            Box::pin(async move { Fleet::load(sql, &tenant, &zone, now, radius).await })
        })
        .await?;
    kit.parts.get::<FleetCell>().set(fleet);
    Ok(())
}

/// A terminal that was enrolled: registers it, and encodes what it will say.
pub async fn speaker(kit: &Arc<Kit>, n: usize, locations: Vec<Location>) -> Result<Arc<Feed>, Failure> {
    let claim = Claim {
        terminal_number: number(n),
        protocol: "jt808_2013",
        plate: plate(n),
        remote: "bench".to_owned(),
    };
    let Registration::Done(code) = Box::pin(register(kit, &claim)).await? else {
        return Err(Failure::new("a terminal of the measurement was not registered"));
    };
    Ok(Arc::new(feed(n, &code, locations).map_err(|e| Failure::new(e.to_string()))?))
}

/// Vehicle of a terminal.
pub fn vehicle(n: usize) -> String {
    format!("bench-v{n}")
}

fn feed(n: usize, code: &str, locations: Vec<Location>) -> Result<Feed, EncodeError> {
    let terminal = TerminalNumber::padded(&number(n), VERSION).ok_or(EncodeError::TerminalTooLong)?;
    let mut serial = 1;
    let hello_header = Header::new(id::AUTHENTICATE, VERSION, terminal, serial);
    let body = Authentication { code: Text::from(code), ..Authentication::default() };
    let hello = encode(&hello_header, &Body::Authenticate(body))?;
    let (mut frames, mut ends) = (Vec::new(), Vec::with_capacity(locations.len()));
    let mut answers = reply::general(&hello_header, Outcome::DONE, 1)?;
    let mut answer_ends = vec![answers.len()];
    let mut last_at = 0;
    for (turn, location) in locations.into_iter().enumerate() {
        serial = serial.wrapping_add(1);
        let header = Header::new(id::LOCATION, VERSION, terminal, serial);
        last_at = location.time_us;
        frames.extend(encode(&header, &Body::Location(location))?);
        ends.push(frames.len());
        // The platform numbers its messages on each connection from 1.
        let own = u16::try_from((turn + 2) % 0x1_0000).unwrap_or_default();
        answers.extend(reply::general(&header, Outcome::DONE, own)?);
        answer_ends.push(answers.len());
    }
    Ok(Feed { vehicle_id: vehicle(n), hello, frames, ends, answers, answer_ends, last_at })
}

/// A truck's positions of its day, over and over until there are enough, ending at `now`.
pub fn locations(n: usize, each: usize, now: i64) -> Vec<Location> {
    let day = truck_day(n as u64 + 1, 0, INTERVAL_S);
    // From eight in the morning on, when trucks drive.
    let at_work = day.len() / 3;
    let step = i64::from(INTERVAL_S) * 1_000_000;
    let mut time = (now - now.rem_euclid(1_000_000)) - step * i64::try_from(each).unwrap_or(0);
    let mut next = || {
        time += step;
        time
    };
    (0..each).filter_map(|i| day.get((at_work + i) % day.len().max(1)).map(|fix| said(fix, next()))).collect()
}

/// A fix as a terminal says it, at a time of its own.
pub fn said(fix: &Fix, time_us: i64) -> Location {
    Location {
        alarm: fix.alarm,
        status: fix.status,
        lat_e6: fix.lat_e6,
        lon_e6: fix.lon_e6,
        altitude_m: u16::try_from(fix.altitude_m.max(0)).unwrap_or_default(),
        speed_kmh_tenths: fix.speed_dkmh,
        heading_deg: fix.heading_deg,
        time_us,
        extras: fix.extras.clone(),
    }
}
