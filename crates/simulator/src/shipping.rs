//! Transfers: whoever has a truckload, or has stored long enough, sends it to the usual receiver by the usual
//! carrier. Four hours of a day: consignors sign, carriers leave, trucks arrive, receivers weigh and confirm.

use std::collections::BTreeMap;
use std::sync::Arc;

use app::kit::{Clock, OpContext, Problem};
use app::registry::demo::DemoStream;
use app::transfer::model::{CarrierBody, ConsignorBody, DraftBody, LineBody, SignData, Written};
use app::transfer::{draft, parts, read, sign};
use domain::access::Role;
use domain::manifest::{Manifest, Step};

use crate::chance::Chance;
use crate::play::{Stage, proof};
use crate::receiving;
use crate::routes::Team;
use crate::shelf::Held;

/// Share of a truck that makes a load, per thousand.
const LOAD: i64 = 600;
/// Days after which a smaller load goes too, where a stream does not say.
const WAIT_DAYS: i64 = 12;
/// Arrivals, of a thousand, that are not confirmed, so many days before the curtain.
const FORGOTTEN: i64 = 40;
const FORGOTTEN_DAYS: std::ops::RangeInclusive<i64> = 9..=25;
/// Most containers on one document of the story.
const MOST: usize = 40;

/// A document on its way.
#[derive(Clone, Debug)]
pub(crate) struct Trip {
    pub id: String,
    pub consignor: String,
    pub carrier: String,
    pub receiver: String,
}

/// Refused loads that go back the next day, and for each route the day of its last load.
pub(crate) struct Open {
    returning: Vec<Trip>,
    last: Vec<i64>,
}

impl Open {
    /// Nothing is under way, and everybody's last truck came on a day of its own.
    pub fn new(stage: &Stage<'_>) -> Self {
        let last = stage.routes.all.iter().map(|route| {
            let mut chance =
                Chance::new(stage.seed, &format!("route:{}:{}", route.consignor, route.receiver));
            route.wait_days.map_or(0, |days| -chance.between(0, days))
        });
        Self { returning: Vec::new(), last: last.collect() }
    }
}

/// What leaves together: containers of one site by stream.
pub(crate) struct Load<'a> {
    pub consignor: &'a str,
    pub site: &'a str,
    pub carrier: &'a str,
    pub receiver: &'a str,
    pub lines: Vec<(&'a DemoStream, Vec<Held>)>,
}

/// A signature that somebody is about to give.
pub(crate) struct Signing {
    pub ctx: Arc<OpContext>,
    pub id: String,
    pub data: SignData,
}

impl Signing {
    /// A signature that brings nothing but itself.
    pub fn plain(ctx: &Arc<OpContext>, id: &str) -> Self {
        Self { ctx: Arc::clone(ctx), id: id.to_owned(), data: SignData::default() }
    }
}

/// Shipping of one day; on a day of rest only what is fetched daily.
pub(crate) async fn day(stage: &mut Stage<'_>, open: &mut Open, working: bool) -> Result<(), Problem> {
    if working {
        stage.at(565);
        let back = std::mem::take(&mut open.returning);
        come_back(stage, &back).await?;
    }
    let loads = loads(stage, open, working);
    if loads.is_empty() {
        return Ok(());
    }
    stage.at(570);
    let trips = draft_loads(stage, &loads).await?;
    stage.at(600);
    let signing =
        trips.iter().map(|t| Ok(Signing::plain(stage.city.actors.of(&t.consignor, Role::Manager)?, &t.id)));
    sign_all(stage, Step::Consignor, &signing.collect::<Result<Vec<_>, Problem>>()?).await?;
    stage.at(660);
    depart_all(stage, &trips).await?;
    stage.at(780);
    arrive_all(stage, &trips).await?;
    stage.at(840);
    let trips: Vec<Trip> = trips.into_iter().filter(|trip| !forgotten(stage, trip)).collect();
    let refused = receiving::receive_all(stage, &trips).await?;
    open.returning
        .extend(trips.into_iter().zip(refused).filter(|(_, refused)| *refused).map(|(trip, _)| trip));
    Ok(())
}

/// In a large city somebody always forgets to confirm: the document is still open when the curtain rises.
fn forgotten(stage: &Stage<'_>, trip: &Trip) -> bool {
    let mut chance = stage.chance(&format!("forget:{}:{}", trip.consignor, trip.receiver));
    stage.city.large && FORGOTTEN_DAYS.contains(&stage.left) && chance.permille(FORGOTTEN)
}

/// Refused containers are back at their consignors.
async fn come_back(stage: &mut Stage<'_>, trips: &[Trip]) -> Result<(), Problem> {
    if trips.is_empty() {
        return Ok(());
    }
    let at = stage.now_text();
    let signing = trips.iter().map(|trip| {
        let data = SignData { received_at: Some(at.clone()), ..SignData::default() };
        Ok(Signing {
            data,
            ..Signing::plain(stage.city.actors.of(&trip.consignor, Role::Manager)?, &trip.id)
        })
    });
    let signing = signing.collect::<Result<Vec<_>, Problem>>()?;
    for document in sign_all(stage, Step::Return, &signing).await? {
        let Some(trip) = trips.iter().find(|t| t.id == document.id) else { continue };
        let decided = document.receiver_part.iter().flat_map(|part| &part.lines).flat_map(|line| &line.lots);
        let refused: Vec<&str> = decided.filter(|l| !l.accepted).map(|l| l.lot_id.as_str()).collect();
        for line in &document.consignor_part.lines {
            let Some(place) = stage.shelf.place(&trip.consignor, line.waste_code.as_str()) else { continue };
            let lots = line.lots.iter().filter(|l| refused.contains(&l.lot_id.as_str()));
            stage.shelf.put(place, lots.map(|l| Held { id: l.lot_id.clone(), mass_g: l.mass_g }));
        }
    }
    Ok(())
}

/// The loads of the day, from what each consignor has in store.
fn loads<'a>(stage: &mut Stage<'a>, open: &mut Open, working: bool) -> Vec<Load<'a>> {
    let city = stage.city;
    let mut busy: BTreeMap<&str, usize> = BTreeMap::new();
    let mut found = Vec::new();
    for (route, last) in stage.routes.all.iter().zip(&mut open.last) {
        if !(working || route.daily) {
            continue;
        }
        let (truck, trucks) =
            stage.routes.fleets.get(route.carrier).map_or((0, 0), |f| (f.truck_g, f.vehicles.len()));
        let (mut mass, mut count) = (0, 0usize);
        let mut chosen = Vec::new();
        for stream in &route.streams {
            let before = count;
            for lot in stage.shelf.look(*stream) {
                if mass + lot.mass_g > truck * 95 / 100 || count >= MOST {
                    break;
                }
                mass += lot.mass_g;
                count += 1;
            }
            if count > before {
                chosen.push((*stream, count - before));
            }
        }
        let full = mass >= truck * LOAD / 1000 || count >= MOST;
        let urgent = route.urgent && route.wait_days.is_none();
        let late = stage.day - *last >= route.wait_days.unwrap_or(WAIT_DAYS);
        let taken = busy.entry(route.carrier).or_default();
        // Whoever finds no truck waits for the next day.
        if chosen.is_empty() || *taken >= trucks || !(full || urgent || late) {
            continue;
        }
        *taken += 1;
        *last = stage.day;
        let lines = chosen.into_iter().filter_map(|(stream, count)| {
            Some((city.data.streams.get(stream)?, stage.shelf.take(stream, count)))
        });
        found.push(Load {
            consignor: route.consignor,
            site: route.site,
            carrier: route.carrier,
            receiver: route.receiver,
            lines: lines.collect(),
        });
    }
    found
}

/// Drafts the documents of loads.
pub(crate) async fn draft_loads(stage: &mut Stage<'_>, loads: &[Load<'_>]) -> Result<Vec<Trip>, Problem> {
    let scene: &Stage<'_> = stage;
    let written = scene
        .each(loads, |load| {
            let clerk = scene.city.actors.of(load.consignor, Role::Clerk)?.clone();
            let body = body(scene, load)?;
            Ok(async move { draft::create(scene.kit, &clerk, body).await })
        })
        .await?;
    stage.played.manifests += u64::try_from(loads.len()).unwrap_or(0);
    let trip = |(load, written): (&Load<'_>, Written)| Trip {
        id: written.id,
        consignor: load.consignor.to_owned(),
        carrier: load.carrier.to_owned(),
        receiver: load.receiver.to_owned(),
    };
    Ok(loads.iter().zip(written).map(trip).collect())
}

/// Drafts the document of a load.
pub(crate) async fn draft_load(stage: &mut Stage<'_>, load: Load<'_>) -> Result<Trip, Problem> {
    draft_loads(stage, &[load]).await?.pop().ok_or_else(Problem::internal)
}

fn body(stage: &Stage<'_>, load: &Load<'_>) -> Result<DraftBody, Problem> {
    let lines = load.lines.iter().map(|(stream, lots)| LineBody {
        lot_ids: lots.iter().map(|l| l.id.clone()).collect(),
        // The usual method, or the receiver's own choice for what it only collects.
        method_code: stream.method_code.clone().unwrap_or_default(),
        name: None,
        components: Some(stream.components.clone()),
        dangerous_goods: None,
        exemption_id: None,
    });
    let site = stage.city.keys.sites.get(load.site).cloned();
    Ok(DraftBody {
        receiver_org_id: stage.org(load.receiver)?,
        carrier_org_id: stage.org(load.carrier)?,
        consignor_part: ConsignorBody {
            site_id: site.ok_or_else(|| crate::city::lost("site", load.site))?,
            emergency_phone: None,
            handler_name: None,
            handler_phone: None,
            planned_at: Some(stage.now_text()),
            note: String::new(),
            lines: lines.collect(),
        },
    })
}

/// The documents as their parties see them now.
pub(crate) async fn documents(
    stage: &Stage<'_>,
    of: &[(Arc<OpContext>, String)],
) -> Result<Vec<Manifest>, Problem> {
    stage
        .each(of, |(ctx, id)| {
            let (ctx, id) = (Arc::clone(ctx), id.clone());
            Ok(async move { read::document(stage.kit, &ctx, &id).await.map(|(document, _)| document) })
        })
        .await
}

/// Signs a step of each document over the version and content that stand; answers what was signed.
pub(crate) async fn sign_all(
    stage: &Stage<'_>,
    step: Step,
    signing: &[Signing],
) -> Result<Vec<Manifest>, Problem> {
    let of: Vec<_> = signing.iter().map(|s| (Arc::clone(&s.ctx), s.id.clone())).collect();
    let shown = documents(stage, &of).await?;
    let all: Vec<(&Signing, &Manifest)> = signing.iter().zip(&shown).collect();
    stage
        .each(&all, |(signing, document)| {
            let request = sign::Request {
                step,
                version: document.version,
                content_hash: Some(document.content_hash.clone()),
                data: signing.data.clone(),
                reason: String::new(),
            };
            let ctx = Arc::clone(&signing.ctx);
            let name = stage.city.actors.name(&ctx.account_id);
            let (proof, id) = (proof(&ctx, name, stage.clock.now()), signing.id.clone());
            Ok(async move { sign::sign(stage.kit, &ctx, &id, request, proof).await })
        })
        .await?;
    Ok(shown)
}

/// Signs a step of one document.
pub(crate) async fn sign_as(
    stage: &Stage<'_>,
    ctx: &Arc<OpContext>,
    id: &str,
    step: Step,
    data: SignData,
) -> Result<(), Problem> {
    sign_all(stage, step, &[Signing { data, ..Signing::plain(ctx, id) }]).await.map(drop)
}

/// The carriers name trucks and crews, sign and leave.
pub(crate) async fn depart_all(stage: &Stage<'_>, trips: &[Trip]) -> Result<(), Problem> {
    let today = usize::try_from(stage.day).unwrap_or(0);
    let mut turns: BTreeMap<&str, usize> = BTreeMap::new();
    let teams = trips.iter().map(|trip| {
        let turn = turns.entry(&trip.carrier).or_default();
        *turn += 1;
        stage.routes.fleet(&trip.carrier)?.team(&trip.carrier, *turn - 1 + today)
    });
    let teams = teams.collect::<Result<Vec<_>, Problem>>()?;
    depart_with(stage, trips, &teams).await
}

/// The same with the teams that are given.
pub(crate) async fn depart_with(stage: &Stage<'_>, trips: &[Trip], teams: &[Team]) -> Result<(), Problem> {
    let dispatchers = trips
        .iter()
        .map(|t| Ok((stage.city.actors.of(&t.carrier, Role::Dispatcher)?.clone(), t.id.clone())))
        .collect::<Result<Vec<_>, Problem>>()?;
    let shown = documents(stage, &dispatchers).await?;
    let all: Vec<_> = dispatchers.iter().zip(&shown).zip(teams).collect();
    stage
        .each(&all, |(((ctx, id), document), team)| {
            let body = CarrierBody {
                vehicle_id: Some(team.vehicle.clone()),
                driver_id: Some(team.driver.clone()),
                escort_id: Some(team.escort.clone()),
                mode: None,
                from: None,
                to: None,
                via: None,
                departed_at: Some(stage.now_text()),
            };
            let (ctx, id, version) = (Arc::clone(ctx), id.clone(), document.version);
            Ok(async move { parts::edit_carrier(stage.kit, &ctx, &id, version, body).await })
        })
        .await?;
    let signing: Vec<_> = dispatchers.iter().map(|(ctx, id)| Signing::plain(ctx, id)).collect();
    sign_all(stage, Step::Carrier, &signing).await.map(drop)
}

/// The trucks are at the receivers' gates.
pub(crate) async fn arrive_all(stage: &Stage<'_>, trips: &[Trip]) -> Result<(), Problem> {
    let at = stage.now_text();
    let signing = trips.iter().map(|trip| {
        let data = SignData { arrived_at: Some(at.clone()), ..SignData::default() };
        Ok(Signing {
            data,
            ..Signing::plain(stage.city.actors.of(&trip.carrier, Role::Dispatcher)?, &trip.id)
        })
    });
    let signing = signing.collect::<Result<Vec<_>, Problem>>()?;
    sign_all(stage, Step::Arrival, &signing).await.map(drop)
}
