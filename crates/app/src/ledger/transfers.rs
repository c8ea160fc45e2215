//! What the transfer context does to lots, inside its own transaction. Each function records one event of the
//! ledger and answers it; the manifest's own rules are settled before, and a refusal here ends the whole
//! command. The acting organisation is given, because a carrier's signature moves the consignor's lots.

use std::collections::BTreeMap;

use db::Sql;
use domain::ledger::{
    Lot, Purpose, Receive, Refuse, Return, Send, Stage, Unstage, decide_receive, decide_refuse,
    decide_return, decide_send, decide_stage, decide_unstage,
};

use super::decide::{Named, Outcome, decide};
use super::store;
use crate::kit::{Problem, Work};

/// Lots by id, whoever holds them; unknown ids are left out.
///
/// # Errors
/// 500 when the database cannot answer.
pub async fn lots(s: &mut dyn Sql, tenant: &str, ids: &[String]) -> Result<BTreeMap<String, Lot>, Problem> {
    store::lots(s, tenant, &ids.iter().map(String::as_str).collect()).await
}

/// Lots that became the receiver's by this manifest, with what later came of them left out: for "how much of
/// it has been treated" compare `initial_g` with `remaining_g`.
///
/// # Errors
/// 500 when the database cannot answer.
pub async fn received_by(s: &mut dyn Sql, tenant: &str, manifest_id: &str) -> Result<Vec<Lot>, Problem> {
    let sql = format!(
        "select {} from lot l where l.tenant_id = $1 and l.source_manifest = $2 and l.origin = 'received' order by l.id",
        store::LOT_COLUMNS
    );
    let rows = s.query(&sql, &db::params![tenant, manifest_id]).await?;
    rows.iter().map(|row| store::lot_of(row).map_err(Problem::from)).collect()
}

fn named<'a>(lots: impl IntoIterator<Item = &'a String>) -> Named<'a> {
    Named { lots: lots.into_iter().map(String::as_str).collect(), ..Named::default() }
}

/// Binds lots of the consignor to a manifest, taking them out of storage where that has not been done.
///
/// # Errors
/// 422 with every rule that is not kept.
pub async fn bind(
    work: &mut Work<'_>,
    consignor_id: &str,
    manifest_id: &str,
    lots: &[String],
    at: i64,
) -> Result<Outcome, Problem> {
    let command = Stage {
        lots: lots.to_vec(),
        purpose: Purpose::Transfer,
        manifest: Some(manifest_id.to_owned()),
        occurred_at: at,
    };
    decide(work, consignor_id, at, named(lots), |world, ids| decide_stage(world, ids, &command)).await
}

/// Lets lots of the consignor go from a manifest, back to where they were.
///
/// # Errors
/// 422 with every rule that is not kept.
pub async fn release(
    work: &mut Work<'_>,
    consignor_id: &str,
    manifest_id: &str,
    lots: &[String],
    at: i64,
) -> Result<Outcome, Problem> {
    let command = Unstage { lots: lots.to_vec(), manifest: Some(manifest_id.to_owned()), occurred_at: at };
    decide(work, consignor_id, at, named(lots), |world, ids| decide_unstage(world, ids, &command)).await
}

/// The consignor's lots leave.
///
/// # Errors
/// 422 with every rule that is not kept.
pub async fn send(work: &mut Work<'_>, consignor_id: &str, command: &Send) -> Result<Outcome, Problem> {
    let lots = named(command.lines.iter().flat_map(|line| &line.lots));
    decide(work, consignor_id, command.occurred_at, lots, |world, ids| decide_send(world, ids, command)).await
}

/// The receiver accepts lots; the answer's event holds its own new lots.
///
/// # Errors
/// 422 with every rule that is not kept.
pub async fn receive(work: &mut Work<'_>, receiver_id: &str, command: &Receive) -> Result<Outcome, Problem> {
    let named = Named {
        facilities: vec![command.facility.as_str()],
        site: Some((command.site.as_str(), "/site_id")),
        ..named(command.lots.iter().map(|l| &l.lot))
    };
    decide(work, receiver_id, command.occurred_at, named, |world, ids| decide_receive(world, ids, command))
        .await
}

/// The receiver refuses lots.
///
/// # Errors
/// 422 with every rule that is not kept.
pub async fn refuse(work: &mut Work<'_>, receiver_id: &str, command: &Refuse) -> Result<Outcome, Problem> {
    let lots = named(&command.lots);
    decide(work, receiver_id, command.occurred_at, lots, |world, ids| decide_refuse(world, ids, command))
        .await
}

/// Refused lots are back at the consignor.
///
/// # Errors
/// 422 with every rule that is not kept.
pub async fn take_back(
    work: &mut Work<'_>,
    consignor_id: &str,
    command: &Return,
) -> Result<Outcome, Problem> {
    let lots = named(&command.lots);
    decide(work, consignor_id, command.occurred_at, lots, |world, ids| decide_return(world, ids, command))
        .await
}
