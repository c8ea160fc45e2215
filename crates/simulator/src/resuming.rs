//! The first morning after a pause: everybody looks into the store again and finishes what was left open. People may
//! have done anything in the meantime, so what cannot be finished is left as it is and said in the log.

use std::collections::{BTreeMap, BTreeSet};

use app::kit::{OpContext, Problem};
use app::transfer::list::list;
use app::transfer::model::{ManifestQuery, SignData};
use domain::access::{OrgKind, Role};
use domain::manifest::Step;

use crate::play::Stage;
use crate::receiving::receive_all;
use crate::shelf::Held;
use crate::shipping::{Trip, arrive_all, depart_all, sign_as};

/// Minute at which the day begins.
const MORNING: i64 = 400;

/// Fills the shelves from the ledger and closes open documents.
pub(crate) async fn carry_on(stage: &mut Stage<'_>) -> Result<(), Problem> {
    stage.at(MORNING);
    let names: BTreeMap<String, String> =
        stage.city.keys.orgs.iter().map(|(key, id)| (id.clone(), key.clone())).collect();
    // What stands at a gate first, so that trucks are free for what waits.
    for status in ["arrived", "in_transit", "awaiting_carrier", "partially_refused", "refused"] {
        for trip in open(stage, status, &names).await? {
            if let Err(problem) = finish(stage, status, &trip).await {
                tracing::warn!(manifest = trip.id, ?problem, "a document of the kept city stays open");
            }
        }
    }
    shelves(stage).await
}

async fn open(
    stage: &Stage<'_>,
    status: &str,
    names: &BTreeMap<String, String>,
) -> Result<Vec<Trip>, Problem> {
    let office = std::sync::Arc::new(OpContext {
        org_kinds: vec![OrgKind::Department],
        roles: vec![Role::Department],
        ..OpContext::nobody(&stage.kit.settings.tenant)
    });
    let mut query =
        ManifestQuery { status: Some(status.to_owned()), limit: Some(200), ..ManifestQuery::default() };
    let mut found = Vec::new();
    loop {
        let page = list(stage.kit, &office, query.clone()).await?;
        for row in page.items {
            let key = |id: &str| names.get(id).cloned();
            let carrier = row.carrier.as_ref().and_then(|c| key(&c.id));
            let Some(((consignor, receiver), carrier)) =
                key(&row.consignor.id).zip(key(&row.receiver.id)).zip(carrier)
            else {
                continue;
            };
            found.push(Trip { id: row.id, consignor, carrier, receiver });
        }
        match page.next_cursor {
            Some(cursor) => query.cursor = Some(cursor),
            None => return Ok(found),
        }
    }
}

async fn finish(stage: &Stage<'_>, status: &str, trip: &Trip) -> Result<(), Problem> {
    let one = std::slice::from_ref(trip);
    stage.clock.sim().advance(30_000_000);
    if status == "awaiting_carrier" {
        depart_all(stage, one).await?;
    }
    if matches!(status, "awaiting_carrier" | "in_transit") {
        arrive_all(stage, one).await?;
    }
    if matches!(status, "awaiting_carrier" | "in_transit" | "arrived")
        && !receive_all(stage, one).await?.contains(&true)
    {
        return Ok(());
    }
    let manager = stage.city.actors.of(&trip.consignor, Role::Manager)?.clone();
    let data = SignData { received_at: Some(stage.now_text()), ..SignData::default() };
    sign_as(stage, &manager, &trip.id, Step::Return, data).await
}

/// What the ledger says that everybody has.
async fn shelves(stage: &mut Stage<'_>) -> Result<(), Problem> {
    let orgs: BTreeSet<&str> = stage.city.data.streams.iter().map(|s| s.org.as_str()).collect();
    for org in orgs {
        let manager = stage.city.actors.of(org, Role::Manager)?.clone();
        for lot in stage.stored(&manager, None).await? {
            let place = lot.waste_code.as_deref().and_then(|code| stage.shelf.place(org, code));
            if let Some(place) = place {
                stage.shelf.put(place, [Held::from(lot)]);
            }
        }
    }
    Ok(())
}
