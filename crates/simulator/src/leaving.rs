//! Trucks on the road when the curtain rises: documents of several firms that were signed for departure within the last
//! hour or so, each on a truck of its own, so that somebody drives on the map.

use app::kit::Problem;
use domain::access::Role;
use domain::manifest::Step;

use crate::play::Stage;
use crate::routes::Team;
use crate::shipping::{Load, Signing, Trip, depart_with, draft_load, sign_all};

const MINUTE: i64 = 60_000_000;
/// Minutes before the curtain at which the documents are drafted …
const DRAFTED: i64 = 75;
/// … and at which they leave, one after the other. The first ones have time for what their scripts want.
const LEAVE: [i64; 6] = [66, 50, 40, 16, 9, 6];
/// In a large city more leave at these minutes.
const MORE: [i64; 18] = [64, 62, 58, 52, 47, 43, 38, 34, 32, 30, 28, 26, 25, 23, 22, 19, 14, 12];
/// Containers on one document.
const CONTAINERS: usize = 3;
/// Trucks of one carrier that leave; the others stay empty.
const MOST_EACH: usize = 3;

/// Makes the documents and lets their trucks leave, but for those that are busy.
pub(crate) async fn on_the_road(stage: &mut Stage<'_>, curtain: i64, busy: &[String]) -> Result<(), Problem> {
    stage.clock.sim().set(curtain - DRAFTED * MINUTE);
    let city = stage.city;
    let most = if city.large { LEAVE.len() + MORE.len() } else { LEAVE.len() };
    let mut leaving: Vec<(Trip, Team)> = Vec::new();
    for (index, stream) in city.data.streams.iter().enumerate() {
        if leaving.len() >= most {
            break;
        }
        // In a large city not only the firms that come first in its data.
        if leaving.len() >= LEAVE.len() && !stage.chance(&format!("leave:{index}")).permille(60) {
            continue;
        }
        let ends = stream.carrier.as_deref().zip(stream.receiver.as_deref());
        let Some((carrier, receiver)) = ends else { continue };
        // Each consignor once, and no more trucks than a carrier has.
        let turn = leaving.iter().filter(|(trip, _)| trip.carrier == carrier).count();
        let fleet = stage.routes.fleet(carrier)?;
        let free = fleet.vehicles.iter().filter(|id| !busy.iter().any(|b| b == *id)).nth(turn);
        let Some(vehicle) = free.filter(|_| turn < MOST_EACH).map(|id| (*id).to_owned()) else { continue };
        if leaving.iter().any(|(trip, _)| trip.consignor == stream.org) {
            continue;
        }
        let team = Team { vehicle, ..fleet.team(carrier, turn)? };
        let lots = stage.shelf.take(index, CONTAINERS);
        if lots.is_empty() {
            continue;
        }
        let lines = vec![(stream, lots)];
        let load = Load { consignor: &stream.org, site: &stream.site, carrier, receiver, lines };
        leaving.push((draft_load(stage, load).await?, team));
    }
    let signing = leaving
        .iter()
        .map(|(trip, _)| Ok(Signing::plain(city.actors.of(&trip.consignor, Role::Manager)?, &trip.id)))
        .collect::<Result<Vec<_>, Problem>>()?;
    sign_all(stage, Step::Consignor, &signing).await?;
    let mut minutes: Vec<i64> = LEAVE.into_iter().chain(MORE).take(leaving.len()).collect();
    minutes.sort_unstable_by(|a, b| b.cmp(a));
    for ((trip, team), minutes) in leaving.into_iter().zip(minutes) {
        stage.clock.sim().set(curtain - minutes * MINUTE);
        depart_with(stage, &[trip], &[team]).await?;
    }
    Ok(())
}
