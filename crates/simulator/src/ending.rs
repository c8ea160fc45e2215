//! The open ends: documents of the listed accounts' firms at every station, so that each role finds something to do.

use app::kit::Problem;
use app::registry::demo::DemoStream;
use domain::access::Role;
use domain::manifest::Step;

use crate::play::Stage;
use crate::shipping::{Load, arrive_all, depart_with, draft_load, sign_as};
use app::transfer::model::SignData;

/// How far a document goes before the curtain.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Station {
    Draft,
    AwaitingCarrier,
    InTransit,
    Arrived,
}

const STATIONS: [Station; 5] =
    [Station::Arrived, Station::InTransit, Station::AwaitingCarrier, Station::Draft, Station::Arrived];

/// One container a document: the streams of the first listed consignor that have a receiver and a carrier. Answers the
/// trucks that are on the road with one.
pub(crate) async fn open_documents(stage: &mut Stage<'_>) -> Result<Vec<String>, Problem> {
    let city = stage.city;
    let Some(first) = city.data.accounts.iter().find(|a| a.show && a.roles.contains(&Role::Clerk)) else {
        return Ok(Vec::new());
    };
    let mut on_the_road = Vec::new();
    let manager = city.actors.of(&first.org, Role::Manager)?.clone();
    let streams: Vec<(usize, &DemoStream)> = city
        .data
        .streams
        .iter()
        .enumerate()
        .filter(|(_, s)| s.org == first.org && s.receiver.is_some())
        .collect();
    for (turn, station) in STATIONS.into_iter().enumerate() {
        stage.at(1000 + i64::try_from(turn).unwrap_or(0) * 45);
        let stream = streams.get(turn % streams.len().max(1)).copied();
        let Some(((index, stream), carrier, receiver)) =
            stream.and_then(|s| Some((s, s.1.carrier.as_deref()?, s.1.receiver.as_deref()?)))
        else {
            return Ok(on_the_road);
        };
        let lots = stage.shelf.take(index, 2);
        if lots.is_empty() {
            continue;
        }
        let load = Load {
            consignor: &first.org,
            site: &stream.site,
            carrier,
            receiver,
            lines: vec![(stream, lots)],
        };
        let trip = draft_load(stage, load).await?;
        if station >= Station::AwaitingCarrier {
            sign_as(stage, &manager, &trip.id, Step::Consignor, SignData::default()).await?;
        }
        if station >= Station::InTransit {
            let today = usize::try_from(stage.day).unwrap_or(0);
            let team = stage.routes.fleet(carrier)?.team(carrier, turn + today)?;
            let truck = team.vehicle.clone();
            depart_with(stage, std::slice::from_ref(&trip), &[team]).await?;
            if station == Station::InTransit {
                on_the_road.push(truck);
            }
        }
        if station >= Station::Arrived {
            stage.clock.sim().advance(30 * 60_000_000);
            arrive_all(stage, std::slice::from_ref(&trip)).await?;
        }
    }
    Ok(on_the_road)
}
