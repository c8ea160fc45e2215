//! Figures that the ledger does not know: what departments fill in for past years, with the mark that it is made up. Most
//! are checked and approved by other people, some still wait, so that every step is there to be looked at.

use std::sync::Arc;

use app::governance::evidence;
use app::governance::indicators::act::{self, ActBody, FillBody};
use app::kit::{Kit, OpContext, Problem, data};
use app::registry::service;
use domain::indicator::value::Action;
use serde::Deserialize;

use crate::City;
use crate::governing::EVIDENCE;

/// Figures of a demonstration, and who handles them.
#[derive(Deserialize)]
struct Figures {
    note: String,
    evidence: String,
    approver: String,
    hands: Vec<Hands>,
}

/// Figures that the same people handle.
#[derive(Deserialize)]
struct Hands {
    filler: String,
    reviewer: String,
    /// `key`, then the values of the years in order.
    figures: Vec<Given>,
}

/// Values of one figure.
#[derive(Deserialize)]
struct Given {
    key: String,
    #[serde(default)]
    town: Option<String>,
    years: Vec<(String, String)>,
    /// How far it has come: `approved` when left out, `reviewed`, `filled`.
    #[serde(default)]
    until: Option<String>,
}

/// Plays them. A city without such data has none.
pub(crate) async fn play(kit: &Arc<Kit>, city: &City) -> Result<(), Problem> {
    let path = format!("cities/{}/figures_demo.json", service::city(kit)?.key);
    if data::file(&path).is_none() {
        return Ok(());
    }
    let figures: Figures = data::json(&path);
    let Some(office) = city.actors.login(&figures.approver) else { return Ok(()) };
    for hands in &figures.hands {
        let (Some(filler), Some(reviewer)) =
            (city.actors.login(&hands.filler), city.actors.login(&hands.reviewer))
        else {
            continue;
        };
        let file = evidence::put(kit, &filler.ctx, &figures.evidence, EVIDENCE.to_vec()).await?.sha256;
        for given in &hands.figures {
            for (year, value) in &given.years {
                let body = FillBody {
                    period: year.clone(),
                    town: given.town.clone(),
                    value: value.clone(),
                    note: figures.note.clone(),
                    evidence: vec![file.clone()],
                };
                let until = given.until.as_deref().unwrap_or("approved");
                one(kit, [&filler.ctx, &reviewer.ctx, &office.ctx], &given.key, body, until).await?;
            }
        }
    }
    Ok(())
}

async fn one(
    kit: &Arc<Kit>,
    [filler, reviewer, office]: [&Arc<OpContext>; 3],
    key: &str,
    body: FillBody,
    until: &str,
) -> Result<(), Problem> {
    let value = act::fill(kit, filler, key, body).await?;
    if until == "filled" {
        return Ok(());
    }
    let value = act::act(kit, reviewer, &value.id, value.version, Action::Review, ActBody::default()).await?;
    if until == "reviewed" {
        return Ok(());
    }
    act::act(kit, office, &value.id, value.version, Action::Approve, ActBody::default()).await.map(drop)
}
