//! The receivers' afternoon: every container is weighed again; now and then one goes back, and now and then a scale
//! tells that somebody's did not.

use std::sync::Arc;

use app::kit::{OpContext, Problem};
use app::transfer::model::{ReceivedLineBody, ReceivedLotBody, ReceiverBody};
use app::transfer::parts;
use domain::access::Role;
use domain::manifest::{Manifest, Step};

use crate::chance::Chance;
use crate::play::Stage;
use crate::shipping::{Signing, Trip, documents, sign_all};

/// Documents, of a thousand with more than one container, of which one goes back.
const REFUSED: i64 = 40;
/// Documents, of a thousand, that weigh less than was signed for.
const SHORT: i64 = 25;

/// What a receiver does with a document.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Accept,
    /// The first container goes back.
    Refuse,
    /// The first container weighs so many permille less.
    Short(i64),
}

/// The receivers weigh and confirm; answers of each document whether something goes back.
pub(crate) async fn receive_all(stage: &Stage<'_>, trips: &[Trip]) -> Result<Vec<bool>, Problem> {
    let receivers = trips
        .iter()
        .map(|t| Ok((stage.city.actors.of(&t.receiver, Role::ReceiverManager)?.clone(), t.id.clone())))
        .collect::<Result<Vec<(Arc<OpContext>, String)>, Problem>>()?;
    let shown = documents(stage, &receivers).await?;
    let mut parts = Vec::with_capacity(trips.len());
    let mut refused = Vec::with_capacity(trips.len());
    for (trip, document) in trips.iter().zip(&shown) {
        let mut chance = stage.chance(&format!("receive:{}:{}", trip.consignor, trip.receiver));
        let verdict = verdict(stage, document, &mut chance);
        refused.push(verdict == Verdict::Refuse);
        parts.push(received(stage, document, trip, &mut chance, verdict)?);
    }
    let all: Vec<_> = receivers.iter().zip(&shown).zip(&parts).collect();
    stage
        .each(&all, |(((ctx, id), document), part)| {
            let mut body = (*part).clone();
            body.received_at = Some(stage.now_text());
            let (ctx, id, version) = (Arc::clone(ctx), id.clone(), document.version);
            Ok(async move { parts::edit_receiver(stage.kit, &ctx, &id, version, body).await })
        })
        .await?;
    let signing: Vec<_> = receivers.iter().map(|(ctx, id)| Signing::plain(ctx, id)).collect();
    sign_all(stage, Step::Receiver, &signing).await?;
    Ok(refused)
}

fn verdict(stage: &Stage<'_>, document: &Manifest, chance: &mut Chance) -> Verdict {
    let containers: usize = document.consignor_part.lines.iter().map(|l| l.lots.len()).sum();
    if containers > 1 && chance.permille(REFUSED) {
        return Verdict::Refuse;
    }
    if !stage.city.data.discrepancy_reason.is_empty() && chance.permille(SHORT) {
        return Verdict::Short(chance.between(40, 90));
    }
    Verdict::Accept
}

/// The receiver's part: every container weighed again.
fn received(
    stage: &Stage<'_>,
    document: &Manifest,
    trip: &Trip,
    chance: &mut Chance,
    verdict: Verdict,
) -> Result<ReceiverBody, Problem> {
    let mut lines = Vec::new();
    let mut first = true;
    for line in &document.consignor_part.lines {
        let place = stage.shelf.place(&trip.consignor, line.waste_code.as_str());
        let stream = place.and_then(|place| stage.city.data.streams.get(place));
        let mut lots = Vec::new();
        let (mut refused, mut short) = (0usize, false);
        for lot in &line.lots {
            let at_first = std::mem::take(&mut first);
            if at_first && verdict == Verdict::Refuse {
                refused += 1;
                let decision = "refuse".to_owned();
                lots.push(ReceivedLotBody { lot_id: lot.lot_id.clone(), decision, received_g: 0 });
                continue;
            }
            let received_g = match verdict {
                Verdict::Short(permille) if at_first => {
                    short = true;
                    (lot.mass_g * (1_000 - permille) / 100_000).max(1) * 100
                }
                // Two scales never agree to the gram.
                _ if chance.permille(300) => (chance.around(lot.mass_g, 2) / 100).max(1) * 100,
                _ => lot.mass_g,
            };
            let decision = "accept".to_owned();
            lots.push(ReceivedLotBody { lot_id: lot.lot_id.clone(), decision, received_g });
        }
        let opinion = match refused {
            0 => "accept",
            n if n == line.lots.len() => "refuse",
            _ => "partial",
        };
        let reason = match (refused > 0, short) {
            (true, _) => stage.city.data.refusal_reason.clone(),
            (false, true) => stage.city.data.discrepancy_reason.clone(),
            (false, false) => String::new(),
        };
        lines.push(ReceivedLineBody {
            no: line.no,
            discrepancy: refused > 0 || short,
            opinion: Some(opinion.to_owned()),
            reason,
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
        received_at: None,
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
