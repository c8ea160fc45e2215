//! Trucks on the road when the curtain rises: documents of several firms that were signed for departure within the last
//! hour or so, each on a truck of its own, so that somebody drives on the map.

use app::kit::Problem;
use app::registry::demo::DemoStream;
use app::transfer::model::{CarrierBody, SignData};
use app::transfer::{parts, read};
use domain::access::Role;
use domain::manifest::Step;
use serde_json::Value;

use crate::play::Stage;
use crate::shipping::{Load, Trip, draft_load, sign_as};

const MINUTE: i64 = 60_000_000;
/// Minutes before the curtain at which the documents are drafted …
const DRAFTED: i64 = 75;
/// … and at which they leave, one after the other. The first ones have time for what their scripts want.
const LEAVE: [i64; 6] = [66, 50, 40, 16, 9, 6];
/// Containers on one document.
const CONTAINERS: usize = 3;
/// Trucks of one carrier that leave; the others stay empty.
const MOST_EACH: usize = 3;

/// A document and what carries it.
struct Leaving {
    trip: Trip,
    vehicle: String,
    driver: String,
    escort: String,
}

/// Makes the documents and lets their trucks leave, but for those that are busy.
pub(crate) async fn on_the_road(stage: &mut Stage<'_>, curtain: i64, busy: &[String]) -> Result<(), Problem> {
    stage.clock.sim().set(curtain - DRAFTED * MINUTE);
    let city = stage.city;
    let mut leaving: Vec<Leaving> = Vec::new();
    for stream in &city.data.streams {
        if leaving.len() >= LEAVE.len() {
            break;
        }
        let ends = stream.carrier.as_deref().zip(stream.receiver.as_deref());
        let Some((carrier, receiver)) = ends else { continue };
        // Each consignor once, and no more trucks than a carrier has.
        let turn = leaving.iter().filter(|l| l.trip.carrier == carrier).count();
        let free: Vec<&String> = keys(&city.data.vehicles, carrier, None)
            .into_iter()
            .filter_map(|key| city.keys.vehicles.get(key))
            .filter(|id| !busy.contains(id))
            .collect();
        let Some(vehicle) = free.get(turn).filter(|_| turn < MOST_EACH) else { continue };
        if leaving.iter().any(|l| l.trip.consignor == stream.org) {
            continue;
        }
        let Some(trip) = draft(stage, stream, carrier, receiver).await? else { continue };
        let crew = |duty: &str| {
            let all = keys(&city.data.crew, carrier, Some(duty));
            let key = all.get(turn % all.len().max(1)).copied();
            let found = key.and_then(|k| city.keys.crew.get(k)).cloned();
            found.ok_or_else(|| crate::city::lost("crew of", carrier))
        };
        leaving.push(Leaving {
            vehicle: (*vehicle).clone(),
            driver: crew("driver")?,
            escort: crew("escort")?,
            trip,
        });
    }
    for (one, minutes) in leaving.iter().zip(LEAVE) {
        stage.clock.sim().set(curtain - minutes * MINUTE);
        depart(stage, one).await?;
    }
    Ok(())
}

/// Keys of a carrier's rows.
fn keys<'a>(rows: &'a [Value], carrier: &str, duty: Option<&str>) -> Vec<&'a str> {
    let own = rows.iter().filter(|r| r["org"] == carrier && duty.is_none_or(|d| r["duty"] == d));
    own.filter_map(|r| r["key"].as_str()).collect()
}

/// A document over some of what the consignor has in store, signed by it; `None` when it has nothing.
async fn draft(
    stage: &mut Stage<'_>,
    stream: &DemoStream,
    carrier: &str,
    receiver: &str,
) -> Result<Option<Trip>, Problem> {
    let manager = stage.city.actors.of(&stream.org, Role::Manager)?.clone();
    let mut lots = stage.stored(&manager, Some(&stream.waste_code)).await?;
    lots.truncate(CONTAINERS);
    if lots.is_empty() {
        return Ok(None);
    }
    let load =
        Load { consignor: &stream.org, site: &stream.site, carrier, receiver, lines: vec![(stream, lots)] };
    let trip = draft_load(stage, &load).await?;
    sign_as(stage, &manager, &trip.id, Step::Consignor, SignData::default()).await?;
    Ok(Some(trip))
}

/// The carrier signs for truck and crew.
async fn depart(stage: &Stage<'_>, leaving: &Leaving) -> Result<(), Problem> {
    let trip = &leaving.trip;
    let dispatcher = stage.city.actors.of(&trip.carrier, Role::Dispatcher)?.clone();
    let (document, _) = read::document(stage.kit, &dispatcher, &trip.id).await?;
    let body = CarrierBody {
        vehicle_id: Some(leaving.vehicle.clone()),
        driver_id: Some(leaving.driver.clone()),
        escort_id: Some(leaving.escort.clone()),
        mode: None,
        from: None,
        to: None,
        via: None,
        departed_at: Some(stage.now_text()),
    };
    parts::edit_carrier(stage.kit, &dispatcher, &trip.id, document.version, body).await?;
    sign_as(stage, &dispatcher, &trip.id, Step::Carrier, SignData::default()).await
}
