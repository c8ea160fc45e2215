//! Transfers: whoever has a truckload, or has stored long enough, sends it to the usual receiver by the usual
//! carrier. Four hours of a day: consignors sign, carriers leave, trucks arrive, receivers weigh and confirm.

use std::collections::BTreeMap;
use std::sync::Arc;

use app::kit::{OpContext, Problem};
use app::ledger::model::LotView;
use app::registry::demo::DemoStream;
use app::transfer::model::{
    CarrierBody, ConsignorBody, DraftBody, LineBody, ReceivedLineBody, ReceivedLotBody, ReceiverBody,
    SignData,
};
use app::transfer::{draft, parts, read, sign};
use domain::access::Role;
use domain::manifest::{Manifest, Step};

use crate::chance::Chance;
use crate::play::{Stage, proof};

/// Share of a truck that makes a load, per thousand.
const LOAD: i64 = 600;
/// Days after which a smaller load goes too.
const WAIT_DAYS: i64 = 12;
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

/// Refused loads that go back the next day, and the day of each consignor's last load by receiver.
#[derive(Default)]
pub(crate) struct Open {
    returning: Vec<Trip>,
    last: BTreeMap<(String, String), i64>,
}

/// What leaves together: lots of one site by stream.
pub(crate) struct Load<'a> {
    pub consignor: &'a str,
    pub site: &'a str,
    pub carrier: &'a str,
    pub receiver: &'a str,
    pub lines: Vec<(&'a DemoStream, Vec<LotView>)>,
}

/// Shipping of one working day.
pub(crate) async fn day(stage: &mut Stage<'_>, open: &mut Open) -> Result<(), Problem> {
    stage.at(565);
    for trip in std::mem::take(&mut open.returning) {
        let clerk = stage.city.actors.of(&trip.consignor, Role::Manager)?.clone();
        let data = SignData { received_at: Some(stage.now_text()), ..SignData::default() };
        sign_as(stage, &clerk, &trip.id, Step::Return, data).await?;
    }
    let mut trips = Vec::new();
    for load in loads(stage, open).await? {
        open.last.insert((load.consignor.to_owned(), load.receiver.to_owned()), stage.day);
        stage.at(570 + i64::try_from(trips.len()).unwrap_or(0) * 2);
        let trip = draft_load(stage, &load).await?;
        let manager = stage.city.actors.of(&trip.consignor, Role::Manager)?.clone();
        sign_as(stage, &manager, &trip.id, Step::Consignor, SignData::default()).await?;
        trips.push(trip);
    }
    stage.at(660);
    for (index, trip) in trips.iter().enumerate() {
        let before = trips[..index].iter().filter(|t| t.carrier == trip.carrier).count();
        depart(stage, trip, before).await?;
    }
    stage.at(780);
    for trip in &trips {
        arrive(stage, trip).await?;
    }
    stage.at(840);
    for trip in trips {
        let mut chance = stage.chance(&format!("receive:{}:{}", trip.consignor, trip.receiver));
        if receive(stage, &trip, &mut chance).await? {
            open.returning.push(trip);
        }
    }
    Ok(())
}

/// The loads of the day, from what each consignor has in store.
async fn loads<'a>(stage: &Stage<'a>, open: &Open) -> Result<Vec<Load<'a>>, Problem> {
    let data = &stage.city.data;
    let mut routes: BTreeMap<(&str, &str, &str, &str), Vec<&DemoStream>> = BTreeMap::new();
    for stream in &data.streams {
        if let (Some(receiver), Some(carrier)) = (&stream.receiver, &stream.carrier) {
            routes.entry((&stream.org, &stream.site, receiver, carrier)).or_default().push(stream);
        }
    }
    let mut found = Vec::new();
    for ((consignor, site, receiver, carrier), streams) in routes {
        let truck = truck_g(stage, carrier);
        let waited =
            stage.day - open.last.get(&(consignor.to_owned(), receiver.to_owned())).copied().unwrap_or(0);
        let manager = stage.city.actors.of(consignor, Role::Manager)?;
        let mut load = Load { consignor, site, carrier, receiver, lines: Vec::new() };
        let (mut mass, mut count, mut urgent) = (0, 0usize, false);
        for stream in streams {
            let mut chosen = Vec::new();
            for lot in stage.stored(manager, Some(&stream.waste_code)).await? {
                if mass + lot.remaining_g > truck * 95 / 100 || count >= MOST {
                    break;
                }
                mass += lot.remaining_g;
                count += 1;
                // Medical waste may lie two days at most: whatever has a short term goes at once.
                urgent |= stream.waste_code.ends_with("-01");
                chosen.push(lot);
            }
            if !chosen.is_empty() {
                load.lines.push((stream, chosen));
            }
        }
        let full = mass >= truck * LOAD / 1000 || count >= MOST;
        let trucks = data.vehicles.iter().filter(|v| v["org"] == carrier).count();
        let busy = found.iter().filter(|l: &&Load<'_>| l.carrier == carrier).count();
        // Whoever finds no truck waits for the next day.
        if !load.lines.is_empty() && busy < trucks && (full || urgent || waited >= WAIT_DAYS) {
            found.push(load);
        }
    }
    Ok(found)
}

fn truck_g(stage: &Stage<'_>, carrier: &str) -> i64 {
    let of = stage.city.data.vehicles.iter().filter(|v| v["org"] == carrier);
    of.filter_map(|v| v["load_g"].as_i64()).min().unwrap_or(0)
}

/// The usual method, or the receiver's own choice for what it only collects.
fn method(stream: &DemoStream) -> String {
    stream.method_code.clone().unwrap_or_default()
}

/// Drafts the document of a load.
pub(crate) async fn draft_load(stage: &mut Stage<'_>, load: &Load<'_>) -> Result<Trip, Problem> {
    let clerk = stage.city.actors.of(load.consignor, Role::Clerk)?.clone();
    let lines = load.lines.iter().map(|(stream, lots)| LineBody {
        lot_ids: lots.iter().map(|l| l.id.clone()).collect(),
        method_code: method(stream),
        name: None,
        components: Some(stream.components.clone()),
        dangerous_goods: None,
        exemption_id: None,
    });
    let body = DraftBody {
        receiver_org_id: stage.org(load.receiver)?,
        carrier_org_id: stage.org(load.carrier)?,
        consignor_part: ConsignorBody {
            site_id: stage
                .city
                .keys
                .sites
                .get(load.site)
                .cloned()
                .ok_or_else(|| crate::city::lost("site", load.site))?,
            emergency_phone: None,
            handler_name: None,
            handler_phone: None,
            planned_at: Some(stage.now_text()),
            note: String::new(),
            lines: lines.collect(),
        },
    };
    let written = draft::create(stage.kit, &clerk, body).await?;
    stage.played.manifests += 1;
    Ok(Trip {
        id: written.id,
        consignor: load.consignor.to_owned(),
        carrier: load.carrier.to_owned(),
        receiver: load.receiver.to_owned(),
    })
}

/// Signs a step over the version and content that stand.
pub(crate) async fn sign_as(
    stage: &Stage<'_>,
    ctx: &Arc<OpContext>,
    id: &str,
    step: Step,
    data: SignData,
) -> Result<(), Problem> {
    let (document, _) = read::document(stage.kit, ctx, id).await?;
    let request = sign::Request {
        step,
        version: document.version,
        content_hash: Some(document.content_hash),
        data,
        reason: String::new(),
    };
    let name = stage.city.actors.name(&ctx.account_id);
    sign::sign(stage.kit, ctx, id, request, proof(ctx, name, app::kit::Clock::now(stage.clock)))
        .await
        .map(drop)
}

fn pick<'a>(
    stage: &'a Stage<'_>,
    rows: &'a [serde_json::Value],
    keys: &'a BTreeMap<String, String>,
    carrier: &str,
    duty: Option<&str>,
    turn: usize,
) -> Result<String, Problem> {
    let of: Vec<&str> = rows
        .iter()
        .filter(|r| r["org"] == carrier && duty.is_none_or(|d| r["duty"] == d))
        .filter_map(|r| r["key"].as_str())
        .collect();
    let key = of.get((turn + usize::try_from(stage.day).unwrap_or(0)) % of.len().max(1)).copied();
    key.and_then(|k| keys.get(k)).cloned().ok_or_else(|| crate::city::lost("vehicle or crew of", carrier))
}

/// The carrier names truck and crew, signs and leaves; answers the truck.
pub(crate) async fn depart(stage: &Stage<'_>, trip: &Trip, turn: usize) -> Result<String, Problem> {
    let dispatcher = stage.city.actors.of(&trip.carrier, Role::Dispatcher)?.clone();
    let (data, keys) = (&stage.city.data, &stage.city.keys);
    let (document, _) = read::document(stage.kit, &dispatcher, &trip.id).await?;
    let vehicle = pick(stage, &data.vehicles, &keys.vehicles, &trip.carrier, None, turn)?;
    let body = CarrierBody {
        vehicle_id: Some(vehicle.clone()),
        driver_id: Some(pick(stage, &data.crew, &keys.crew, &trip.carrier, Some("driver"), turn)?),
        escort_id: Some(pick(stage, &data.crew, &keys.crew, &trip.carrier, Some("escort"), turn)?),
        mode: None,
        from: None,
        to: None,
        via: None,
        departed_at: Some(stage.now_text()),
    };
    parts::edit_carrier(stage.kit, &dispatcher, &trip.id, document.version, body).await?;
    sign_as(stage, &dispatcher, &trip.id, Step::Carrier, SignData::default()).await?;
    Ok(vehicle)
}

/// The truck is at the receiver's gate.
pub(crate) async fn arrive(stage: &Stage<'_>, trip: &Trip) -> Result<(), Problem> {
    let dispatcher = stage.city.actors.of(&trip.carrier, Role::Dispatcher)?.clone();
    let data = SignData { arrived_at: Some(stage.now_text()), ..SignData::default() };
    sign_as(stage, &dispatcher, &trip.id, Step::Arrival, data).await
}

/// The receiver weighs and confirms; answers whether something goes back.
pub(crate) async fn receive(stage: &Stage<'_>, trip: &Trip, chance: &mut Chance) -> Result<bool, Problem> {
    let receiver = stage.city.actors.of(&trip.receiver, Role::ReceiverManager)?.clone();
    let (document, _) = read::document(stage.kit, &receiver, &trip.id).await?;
    let refuse =
        document.consignor_part.lines.iter().map(|l| l.lots.len()).sum::<usize>() > 1 && chance.permille(40);
    let body = received(stage, &document, trip, chance, refuse)?;
    parts::edit_receiver(stage.kit, &receiver, &trip.id, document.version, body).await?;
    sign_as(stage, &receiver, &trip.id, Step::Receiver, SignData::default()).await?;
    Ok(refuse)
}

/// The receiver's part: every container weighed again; with `refuse`, the first one goes back.
fn received(
    stage: &Stage<'_>,
    document: &Manifest,
    trip: &Trip,
    chance: &mut Chance,
    refuse: bool,
) -> Result<ReceiverBody, Problem> {
    let mut lines = Vec::new();
    let mut back = refuse;
    for line in &document.consignor_part.lines {
        let stream = stage
            .city
            .data
            .streams
            .iter()
            .find(|s| s.org == trip.consignor && line.waste_code == s.waste_code);
        let mut lots = Vec::new();
        let mut refused = 0usize;
        for lot in &line.lots {
            if std::mem::take(&mut back) {
                refused += 1;
                lots.push(ReceivedLotBody {
                    lot_id: lot.lot_id.clone(),
                    decision: "refuse".to_owned(),
                    received_g: 0,
                });
                continue;
            }
            // Two scales never agree to the gram.
            let received_g = if chance.permille(300) {
                (chance.around(lot.mass_g, 2) / 100).max(1) * 100
            } else {
                lot.mass_g
            };
            lots.push(ReceivedLotBody {
                lot_id: lot.lot_id.clone(),
                decision: "accept".to_owned(),
                received_g,
            });
        }
        let opinion = match refused {
            0 => "accept",
            n if n == line.lots.len() => "refuse",
            _ => "partial",
        };
        lines.push(ReceivedLineBody {
            no: line.no,
            discrepancy: refused > 0,
            opinion: Some(opinion.to_owned()),
            reason: if refused > 0 { stage.city.data.refusal_reason.clone() } else { String::new() },
            method_code: stream.and_then(|s| s.method_code.clone()),
            lots,
        });
    }
    let code = document.consignor_part.lines.first().map(|l| l.waste_code.to_string()).unwrap_or_default();
    Ok(ReceiverBody {
        facility_id: Some(store_of(stage, &trip.receiver, &code)?),
        site_id: None,
        handler_name: None,
        handler_phone: None,
        received_at: Some(stage.now_text()),
        lines,
    })
}

/// The receiver's storage for a code: one that names it, else one that takes everything.
pub(crate) fn store_of(stage: &Stage<'_>, org: &str, code: &str) -> Result<String, Problem> {
    let sites: Vec<&str> =
        stage.city.data.sites.iter().filter(|s| s["org"] == org).filter_map(|s| s["key"].as_str()).collect();
    let stores = || {
        stage
            .city
            .data
            .facilities
            .iter()
            .filter(|f| f["kind"] == "storage" && f["site"].as_str().is_some_and(|s| sites.contains(&s)))
    };
    let names = |f: &&serde_json::Value| f["accepts"].as_array().is_some_and(|a| a.iter().any(|c| c == code));
    let all = |f: &&serde_json::Value| f["accepts"].as_array().is_none_or(Vec::is_empty);
    let key = stores().find(names).or_else(|| stores().find(all)).and_then(|f| f["key"].as_str());
    stage.facility(key.ok_or_else(|| crate::city::lost("storage of", org))?)
}
