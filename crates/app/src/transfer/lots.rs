//! What the document does to lots: the ledger's own services, called inside the signature's transaction. A
//! refusal there ends the whole signature, so document and ledger never disagree.

use std::collections::BTreeMap;

use db::Sql;
use domain::codes::MethodKind;
use domain::ledger::{
    Lot, LotStatus, Method, Purpose, Receive, ReceivedLot, Receiver, ReceiverKind, Refuse, Return, Send,
    SendLine,
};
use domain::manifest::{LotFacts, Manifest, Step};

use super::store;
use super::view::TreatmentView;
use crate::kit::{Problem, Work};
use crate::ledger::transfers;
use crate::registry::catalogue::catalogue;

/// Lots by id; unknown ids are left out.
pub async fn load(sql: &mut dyn Sql, tenant: &str, ids: &[String]) -> Result<BTreeMap<String, Lot>, Problem> {
    transfers::lots(sql, tenant, ids).await
}

/// What a decision may know of the lots of a document.
pub async fn facts(
    sql: &mut dyn Sql,
    tenant: &str,
    manifest_id: &str,
    ids: &[String],
) -> Result<BTreeMap<String, LotFacts>, Problem> {
    let mut found = BTreeMap::new();
    for (id, lot) in load(sql, tenant, ids).await? {
        let held_by = match &lot.state.manifest {
            Some(other) if other != manifest_id => {
                Some(store::internal_number(sql, tenant, other).await?.unwrap_or_else(|| other.clone()))
            }
            _ => None,
        };
        let ready = match lot.state.status {
            LotStatus::Generated | LotStatus::Stored => true,
            LotStatus::Staged => lot.state.purpose == Some(Purpose::Transfer),
            _ => false,
        };
        found.insert(
            id,
            LotFacts {
                holder_org_id: lot.holder,
                site_id: lot.site,
                waste_code: lot.waste_code.map(|code| code.to_string()).unwrap_or_default(),
                remaining_g: lot.state.remaining_g,
                ready,
                held_by,
            },
        );
    }
    Ok(found)
}

fn signed_at(m: &Manifest, step: Step) -> i64 {
    m.signatures.iter().find(|s| s.step == step).map_or(0, |s| s.at)
}

fn ids(m: &Manifest) -> Vec<String> {
    m.containers().map(|(_, lot)| lot.lot_id.clone()).collect()
}

/// Binds the containers to the signed document, taking them out of storage.
pub async fn bind(work: &mut Work<'_>, m: &Manifest) -> Result<(), Problem> {
    let at = work.now;
    transfers::bind(work, &m.consignor.id, &m.id, &ids(m), at).await.map(drop)
}

/// Lets the containers go, back to where they were.
pub async fn unbind(work: &mut Work<'_>, m: &Manifest) -> Result<(), Problem> {
    let at = work.now;
    transfers::release(work, &m.consignor.id, &m.id, &ids(m), at).await.map(drop)
}

/// The containers leave the consignor's stock.
pub async fn send(work: &mut Work<'_>, m: &Manifest) -> Result<(), Problem> {
    let mut lines = Vec::new();
    for line in &m.consignor_part.lines {
        // The document was signed with a known method; a table that lost it since is a defect of ours.
        let kind = catalogue().method(&line.method_code).map(|method| method.kind.as_str());
        let kind = if kind == Some("use") { MethodKind::Use } else { MethodKind::Disposal };
        let code = line.method_code.parse().map_err(|_| Problem::internal())?;
        lines.push(SendLine {
            lots: line.lots.iter().map(|lot| lot.lot_id.clone()).collect(),
            method: Method { code, kind },
        });
    }
    let tenant = work.tenant().to_owned();
    let licence = crate::registry::load::licences_of(work.tx, &tenant, &m.receiver.id).await?;
    let used = m.uses.iter().find(|quota| quota.kind == domain::manifest::QuotaKind::Licence);
    let licence = licence.into_iter().find(|l| used.is_none_or(|quota| quota.ref_id == l.id));
    let command = Send {
        manifest: m.id.clone(),
        lines,
        receiver: Receiver {
            kind: ReceiverKind::Licensed,
            name: m.receiver.name.clone(),
            licence: licence.map(|l| l.number).unwrap_or_default(),
        },
        // A form sends whole minutes: within its minute, departure comes after the binding.
        occurred_at: m.times.departed_at.unwrap_or(work.now).max(signed_at(m, Step::Consignor)),
    };
    transfers::send(work, &m.consignor.id, &command).await.map(drop)
}

/// The receiver's decisions: accepted containers become its own lots, refused ones wait to go back.
pub async fn receive(work: &mut Work<'_>, m: &Manifest) -> Result<(), Problem> {
    let Some(part) = &m.receiver_part else { return Ok(()) };
    let sent_at = m.times.departed_at.unwrap_or_default().max(signed_at(m, Step::Consignor));
    let occurred_at = part.received_at.unwrap_or(work.now).max(sent_at);
    let decided = || part.lines.iter().flat_map(|line| &line.lots);
    let accepted: Vec<ReceivedLot> = decided()
        .filter(|lot| lot.accepted)
        .map(|lot| ReceivedLot { lot: lot.lot_id.clone(), received_g: lot.received_g })
        .collect();
    let refused: Vec<String> = decided().filter(|lot| !lot.accepted).map(|lot| lot.lot_id.clone()).collect();
    if !accepted.is_empty() {
        let command = Receive {
            manifest: m.id.clone(),
            site: part.site.id.clone(),
            facility: part.facility_id.clone(),
            lots: accepted,
            occurred_at,
        };
        transfers::receive(work, &m.receiver.id, &command).await?;
    }
    if !refused.is_empty() {
        let command = Refuse { manifest: m.id.clone(), lots: refused, occurred_at };
        transfers::refuse(work, &m.receiver.id, &command).await?;
    }
    Ok(())
}

/// Refused containers are back in the consignor's stock.
pub async fn give_back(work: &mut Work<'_>, m: &Manifest) -> Result<(), Problem> {
    let decided = m.receiver_part.iter().flat_map(|part| &part.lines).flat_map(|line| &line.lots);
    let lots: Vec<String> = decided.filter(|lot| !lot.accepted).map(|lot| lot.lot_id.clone()).collect();
    let received_at = m.receiver_part.as_ref().and_then(|part| part.received_at).unwrap_or_default();
    let occurred_at = m.times.returned_at.unwrap_or(work.now).max(received_at);
    let command = Return { manifest: m.id.clone(), lots, occurred_at };
    transfers::take_back(work, &m.consignor.id, &command).await.map(drop)
}

/// What became of what was accepted.
pub async fn treatment(sql: &mut dyn Sql, tenant: &str, manifest_id: &str) -> Result<TreatmentView, Problem> {
    let mut sum = TreatmentView::default();
    for lot in transfers::received_by(sql, tenant, manifest_id).await? {
        sum.remaining_g = sum.remaining_g.saturating_add(lot.state.remaining_g);
        let gone = lot.state.initial_g.saturating_sub(lot.state.remaining_g);
        sum.treated_g = sum.treated_g.saturating_add(gone);
    }
    Ok(sum)
}
