//! Where a vehicle was: positions read back from the blocks, with trips and stops made by the same machine that watches
//! live, gaps and the warnings of that time. A firm sees of a vehicle that is not its own only the time in which it
//! carried that firm's document.

use std::sync::{Arc, PoisonError, RwLock};

use db::{Sql, Value as Sv, params};
use domain::access::Permission;
use domain::problem::Violation;
use domain::time::{format_instant, parse_instant};
use geo::Point;
use geo::track::{SegmentKind, Settings as TrackSettings, summarise};
use serde::{Deserialize, Serialize};
use telemetry::blocks::{BlockStore, Fix};
use utoipa::{IntoParams, ToSchema};

use super::fleet::FleetCell;
use super::gate::source_of;
use super::rules;
use crate::kit::{Filter, Kit, OpContext, Problem, Reach};
use crate::transfer::read::load_for;

/// Longest period that is shown at once, microseconds.
const LONGEST_US: i64 = 7 * 86_400 * 1_000_000;
/// Most positions that are read.
const MOST: usize = 200_000;
/// Most points that go out; more are simplified.
const SHOWN: usize = 5_000;
/// How far a simplified line may lie off, metres.
const TOLERANCE_M: f64 = 8.0;
/// Silence that counts as a gap, microseconds.
const GAP_US: i64 = 10 * 60 * 1_000_000;

/// The block store of the house, while the live side has it open.
#[derive(Default)]
pub struct Positions(RwLock<Option<Arc<BlockStore>>>);

impl Positions {
    /// Gives the house its store.
    pub fn open(&self, store: Arc<BlockStore>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Some(store);
    }

    /// Takes the store away: the live side ends, and the files may be opened by another.
    pub fn close(&self) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// The store.
    pub fn get(&self) -> Option<Arc<BlockStore>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Period of a track.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
pub struct TrackQuery {
    /// Start, RFC 3339.
    pub from: String,
    /// End, RFC 3339.
    pub to: String,
}

/// A trip or a stop.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TrackSegment {
    /// `trip` or `stop`.
    pub kind: &'static str,
    /// Start.
    pub from: String,
    /// End.
    pub to: String,
    /// Metres driven.
    pub metres: u64,
    /// WGS-84 micro-degrees of the stop or of the start of the trip.
    pub lat_e6: i32,
    /// WGS-84 micro-degrees.
    pub lon_e6: i32,
}

/// A period without positions.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TrackGap {
    /// Last position before.
    pub from: String,
    /// First position after.
    pub to: String,
}

/// A warning on the way.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TrackWarning {
    /// Warning.
    pub id: String,
    /// Rule.
    pub rule: String,
    /// When it was raised.
    pub at: String,
    /// WGS-84 micro-degrees.
    pub lat_e6: Option<i64>,
    /// WGS-84 micro-degrees.
    pub lon_e6: Option<i64>,
    /// Severity.
    pub severity: String,
}

/// A track.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TrackView {
    /// Vehicle.
    pub vehicle_id: String,
    /// Plate.
    pub plate: String,
    /// Start of the period.
    pub from: String,
    /// End of the period.
    pub to: String,
    /// UTC milliseconds, latitude and longitude in micro-degrees, tenths of km/h, heading.
    pub points: Vec<[i64; 5]>,
    /// Trips and stops.
    pub segments: Vec<TrackSegment>,
    /// Periods without positions.
    pub gaps: Vec<TrackGap>,
    /// Warnings of that time.
    pub warnings: Vec<TrackWarning>,
    /// Positions that there are.
    pub total_points: usize,
    /// Points were left out where the line stays the same.
    pub simplified: bool,
}

/// The track of a vehicle in a period.
///
/// # Errors
/// 403; 404 for a vehicle out of reach; 422 for a period that cannot be shown.
pub async fn of_vehicle(
    kit: &Arc<Kit>,
    ctx: &Arc<OpContext>,
    vehicle_id: &str,
    query: &TrackQuery,
) -> Result<TrackView, Problem> {
    let reach = ctx.require(Permission::LiveRead)?;
    let fleet = kit.parts.get::<FleetCell>().get();
    let vehicle = fleet.vehicles.get(vehicle_id).ok_or_else(Problem::not_found)?;
    let at = |path: &str, text: &str| {
        parse_instant(text).map_err(|error| Problem::violations(vec![error.at(path)]))
    };
    let (from, to) = (at("/from", &query.from)?, at("/to", &query.to)?);
    if to <= from || to.saturating_sub(from) > LONGEST_US {
        let days = LONGEST_US / 86_400_000_000;
        return Err(Problem::violations(vec![Violation::error(rules::PERIOD, "/to").with("days", days)]));
    }
    let own = match &reach {
        Reach::City => true,
        Reach::Town(code) => vehicle.town == *code,
        Reach::Org(org) | Reach::Party(org) => vehicle.org_id == *org,
        Reach::Assigned { .. } => false,
    };
    let mut windows = vec![(from, to)];
    if !own {
        // Of a foreign vehicle: the time in which it carried a document of the caller.
        let mine = fleet.carriages.get(vehicle_id).into_iter().flatten().filter(|c| match &reach {
            Reach::City => true,
            Reach::Town(code) => c.consignor_town == *code || c.receiver_town == *code,
            Reach::Org(org) | Reach::Party(org) => c.consignor_id == *org || c.receiver_id == *org,
            Reach::Assigned { account_id, .. } => c.driver_account_id.as_deref() == Some(account_id),
        });
        windows = mine
            .map(|c| (from.max(c.departed_at), to.min(c.ended_at.unwrap_or(i64::MAX))))
            .filter(|(a, b)| a < b)
            .collect();
        windows = merged(windows);
        if windows.is_empty() {
            return Err(Problem::not_found());
        }
    }
    show(kit, ctx, vehicle_id, (from, to), &windows).await
}

/// The track of the vehicle that carries, or carried, a document: from departure to arrival, or to now.
///
/// # Errors
/// 403, 404.
pub async fn of_manifest(kit: &Arc<Kit>, ctx: &Arc<OpContext>, id: &str) -> Result<TrackView, Problem> {
    let (caller, name) = (Arc::clone(ctx), id.to_owned());
    let m = kit
        .db
        .read::<_, Problem, _>(move |sql| {
            Box::pin(async move { Ok(load_for(sql, &caller, Permission::ManifestRead, &name).await?.0) })
        })
        .await?;
    let now = kit.clock.now();
    let leg = m
        .legs
        .iter()
        .rev()
        .find_map(|leg| Some((leg.vehicle.as_ref()?.id.clone(), leg.departed_at?, leg.arrived_at)))
        .ok_or_else(Problem::not_found)?;
    let (vehicle_id, from, arrived) = leg;
    let to = arrived.or(m.times.arrived_at).unwrap_or(now).max(from + 1);
    let from = from.max(to.saturating_sub(LONGEST_US));
    show(kit, ctx, &vehicle_id, (from, to), &[(from, to)]).await
}

async fn show(
    kit: &Arc<Kit>,
    ctx: &Arc<OpContext>,
    vehicle_id: &str,
    period: (i64, i64),
    windows: &[(i64, i64)],
) -> Result<TrackView, Problem> {
    let fleet = kit.parts.get::<FleetCell>().get();
    let plate = fleet.vehicles.get(vehicle_id).map(|v| v.plate.clone()).unwrap_or_default();
    let devices = devices_of(kit, ctx, vehicle_id).await?;
    let warnings = warnings(kit, ctx, vehicle_id, windows).await?;
    let (store, windows, id) = (kit.parts.get::<Positions>().get(), windows.to_vec(), vehicle_id.to_owned());
    // Days of positions are unpacked, summarised and simplified: not on a thread that serves others.
    tokio::task::spawn_blocking(move || {
        let mut fixes: Vec<Fix> = Vec::new();
        if let Some(store) = store {
            for (device, datum) in devices {
                for (from, to) in &windows {
                    let room = MOST.saturating_sub(fixes.len());
                    let track = store.read(source_of(&device), *from, *to, room).map_err(|error| {
                        tracing::error!(%error, "positions cannot be read");
                        Problem::internal()
                    })?;
                    fixes.extend(track.fixes.into_iter().filter_map(|f| to_wgs84(f, datum)));
                }
            }
            fixes.sort_by_key(|f| (f.at, f.offset));
        }
        Ok(view(&id, plate, period, &fixes, warnings))
    })
    .await
    .map_err(|_| Problem::internal())?
}

/// Periods without overlap: of two documents on the road at once, no position is read twice.
fn merged(mut windows: Vec<(i64, i64)>) -> Vec<(i64, i64)> {
    windows.sort_unstable();
    let mut out: Vec<(i64, i64)> = Vec::new();
    for (from, to) in windows {
        match out.last_mut() {
            Some(last) if from <= last.1 => last.1 = last.1.max(to),
            _ => out.push((from, to)),
        }
    }
    out
}

/// Positions go out in one datum, whatever the terminal speaks.
fn to_wgs84(mut fix: Fix, datum: geo::datum::Datum) -> Option<Fix> {
    let point = geo::datum::to_wgs84(datum, f64::from(fix.lat_e6) / 1e6, f64::from(fix.lon_e6) / 1e6).ok()?;
    (fix.lat_e6, fix.lon_e6) = (point.lat_e6(), point.lon_e6());
    // Without a fix of the satellites the place is an old one.
    (fix.status & 2 != 0).then_some(fix)
}

fn view(
    vehicle_id: &str,
    plate: String,
    (from, to): (i64, i64),
    fixes: &[Fix],
    warnings: Vec<TrackWarning>,
) -> TrackView {
    let steps: Vec<geo::track::Fix> = fixes
        .iter()
        .filter_map(|f| {
            let point = Point::from_e6(f.lat_e6, f.lon_e6).ok()?;
            let ignition = Some(f.status & 1 != 0);
            Some(geo::track::Fix { at: f.at, point, speed_dkmh: f.speed_dkmh, ignition })
        })
        .collect();
    let segments = summarise(&steps, &TrackSettings::default())
        .into_iter()
        .map(|s| TrackSegment {
            kind: if s.kind == SegmentKind::Trip { "trip" } else { "stop" },
            from: format_instant(s.from_at),
            to: format_instant(s.to_at),
            metres: s.distance_m,
            lat_e6: s.from.lat_e6(),
            lon_e6: s.from.lon_e6(),
        })
        .collect();
    let gaps = fixes
        .windows(2)
        .filter(|w| w[1].at.saturating_sub(w[0].at) > GAP_US)
        .map(|w| TrackGap { from: format_instant(w[0].at), to: format_instant(w[1].at) })
        .collect();
    let point = |f: &Fix| {
        [
            f.at / 1_000,
            i64::from(f.lat_e6),
            i64::from(f.lon_e6),
            i64::from(f.speed_dkmh),
            i64::from(f.heading_deg),
        ]
    };
    let simplified = fixes.len() > SHOWN;
    let points = if simplified {
        let line: Vec<Point> = steps.iter().map(|s| s.point).collect();
        let kept: std::collections::BTreeSet<Point> = geo::simplify(&line, TOLERANCE_M).into_iter().collect();
        let every = fixes.len() / SHOWN + 1;
        let keep = |i: usize, f: &Fix| {
            i.is_multiple_of(every) || Point::from_e6(f.lat_e6, f.lon_e6).is_ok_and(|p| kept.contains(&p))
        };
        fixes.iter().enumerate().filter(|(i, f)| keep(*i, f)).map(|(_, f)| point(f)).collect()
    } else {
        fixes.iter().map(point).collect()
    };
    TrackView {
        vehicle_id: vehicle_id.to_owned(),
        plate,
        from: format_instant(from),
        to: format_instant(to),
        points,
        segments,
        gaps,
        warnings,
        total_points: fixes.len(),
        simplified,
    }
}

/// Terminals that sit, or sat, in a vehicle, with their datums.
async fn devices_of(
    kit: &Arc<Kit>,
    ctx: &OpContext,
    vehicle_id: &str,
) -> Result<Vec<(String, geo::datum::Datum)>, Problem> {
    let values = params![ctx.tenant.as_str(), vehicle_id];
    let rows = kit
        .db
        .read(move |sql| {
            Box::pin(async move {
                sql.query(
                    "select terminal_number, datum from device where tenant_id = $1 and vehicle_id = $2 order by id",
                    &values,
                )
                .await
            })
        })
        .await?;
    let mut out = Vec::new();
    for row in rows {
        let datum: String = row.get("datum")?;
        out.push((row.get("terminal_number")?, super::fleet::datum_of(&datum)));
    }
    Ok(out)
}

async fn warnings(
    kit: &Arc<Kit>,
    ctx: &OpContext,
    vehicle_id: &str,
    windows: &[(i64, i64)],
) -> Result<Vec<TrackWarning>, Problem> {
    let Ok(reach) = ctx.require(Permission::WarningRead) else { return Ok(Vec::new()) };
    let (Some(from), Some(to)) = (windows.iter().map(|w| w.0).min(), windows.iter().map(|w| w.1).max())
    else {
        return Ok(Vec::new());
    };
    let mut filter = Filter::tenant("w.tenant_id", &ctx.tenant);
    super::warnings::within(&reach, ctx, &mut filter);
    filter.and(
        "w.vehicle_id = ? and w.raised_at <= ? and w.last_at >= ?",
        [Sv::from(vehicle_id), Sv::Int(to), Sv::Int(from)],
    );
    let text = format!(
        "select w.id, w.rule, w.raised_at, w.lat_e6, w.lon_e6, w.severity from warning w {} order by w.raised_at, w.id limit 200",
        filter.conditions()
    );
    let values = filter.params().to_vec();
    let rows = kit.db.read(move |sql| Box::pin(async move { sql.query(&text, &values).await })).await?;
    let mut out = Vec::new();
    for row in rows {
        out.push(TrackWarning {
            id: row.get("id")?,
            rule: row.get("rule")?,
            at: format_instant(row.get("raised_at")?),
            lat_e6: row.get("lat_e6")?,
            lon_e6: row.get("lon_e6")?,
            severity: row.get("severity")?,
        });
    }
    Ok(out)
}
