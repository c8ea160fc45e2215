//! Signatures: the one use case that binds people and moves waste. Re-authentication has happened before the
//! queue; here one transaction loads, decides, gives the number, writes the event and lets the ledger follow.

use std::sync::Arc;

use domain::access::Permission;
use domain::manifest::{Command, HandoverData, LegCarrier, Manifest, Status, Step, StepData, decide};
use domain::problem::Violation;
use serde_json::json;

use super::config::config;
use super::draft::{carrier, instant};
use super::facts::{Signer, about_step};
use super::model::{SignData, Written};
use super::{lots, numbers, project, read, store};
use crate::identity::Reauthenticated;
use crate::kit::{Kit, OpContext, Problem, Work};

/// What somebody signs.
#[derive(Clone, Debug)]
pub struct Request {
    /// Step.
    pub step: Step,
    /// Version displayed.
    pub version: i64,
    /// Content hash displayed; `None` where the form shows none (voiding), and then the version counts alone.
    pub content_hash: Option<String>,
    /// What the step brings.
    pub data: SignData,
    /// Why, for voiding.
    pub reason: String,
}

const OPERATION: &str = "manifest.sign";

fn input(id: &str, request: &Request) -> serde_json::Value {
    json!({
        "id": id, "step": request.step, "version": request.version, "hash": request.content_hash,
        "data": request.data, "reason": request.reason,
    })
}

/// What the same request, repeated after a lost answer, was answered: asked before the caller proves anything
/// again, because a one-time code that signed the first time cannot be given twice.
///
/// # Errors
/// 409 when the key was used for something else.
pub async fn earlier(
    kit: &Arc<Kit>,
    ctx: &Arc<OpContext>,
    id: &str,
    request: &Request,
) -> Result<Option<Written>, Problem> {
    kit.earlier(ctx, OPERATION, &input(id, request)).await
}

/// Signs a step as the person who has just proved who they are.
///
/// # Errors
/// 403, 404; 412 when another version stands; 422 with every rule that is not kept.
pub async fn sign(
    kit: &Arc<Kit>,
    ctx: &Arc<OpContext>,
    id: &str,
    request: Request,
    proof: Reauthenticated,
) -> Result<Written, Problem> {
    // Somebody else's proof must never sign for the caller.
    if proof.account_id != ctx.account_id {
        tracing::error!("a signature came with the proof of another account");
        return Err(Problem::internal());
    }
    let config = config(kit)?;
    let input = input(id, &request);
    let id = id.to_owned();
    kit.command(ctx, OPERATION, &input, move |mut work| {
        Box::pin(async move {
            let caller = Arc::clone(&work.ctx);
            let permission = permission(work.tx, &caller, &id, request.step).await?;
            let (m, reach) = read::load_for(work.tx, &caller, permission, &id).await?;
            if m.version != request.version {
                return Err(Problem::stale(m.version));
            }
            let signer = Signer { ctx: &caller, reach: &reach, permission, person_name: proof.person_name };
            let data = step_data(&mut work, &request).await?;
            let named: Vec<String> = match &data {
                StepData::Handover(handover) => vec![handover.carrier.id.clone()],
                _ => Vec::new(),
            };
            // A signature made without a network counts from its own moment.
            let at = proof.key.as_ref().map_or(work.now, |_| moment(proof.at, &m));
            let mut facts = about_step(work.tx, &config, &signer, at, &m, request.step, &named).await?;
            if request.step == Step::Consignor && m.status == Status::Draft {
                let authority = numbers::authority(&work.kit);
                let year = facts.today().year();
                facts.number = authority.next(work.tx, &config.number_prefix, year).await?;
            }
            let command = Command::Sign {
                step: request.step,
                version: request.version,
                content_hash: request.content_hash.unwrap_or_else(|| m.content_hash.clone()),
                method: proof.method.as_str().to_owned(),
                data,
                key: proof.key,
            };
            let decision = decide(Some(&m), &command, &facts)?;
            project::emit(&mut work, &decision).await?;
            move_waste(&mut work, &m, &decision.after, request.step).await?;
            Ok(Written { id: decision.after.id, version: decision.after.version })
        })
    })
    .await
}

/// The moment that a device states. A clock a little behind the platform's does not put a signature before the one
/// that it follows; a clock far behind does, and is refused.
fn moment(stated: i64, m: &Manifest) -> i64 {
    const BEHIND_US: i64 = 5 * 60 * 1_000_000;
    let last = m.signatures.last().map_or(stated, |s| s.at);
    if stated < last && last - stated <= BEHIND_US { last } else { stated }
}

/// What a signing key signs: everything that the signature binds, a line each.
pub fn key_text(
    id: &str,
    body_step: Step,
    version: i64,
    content_hash: &str,
    signed_at: &str,
    key: &str,
) -> String {
    format!("wufei-sign-1\n{id}\n{}\n{version}\n{content_hash}\n{signed_at}\n{key}", body_step.as_str())
}

async fn permission(tx: &mut db::Tx, ctx: &OpContext, id: &str, step: Step) -> Result<Permission, Problem> {
    Ok(match step {
        Step::Consignor => Permission::ManifestSignConsignor,
        Step::Carrier | Step::Handover => Permission::ManifestSignCarrier,
        Step::Arrival => Permission::ManifestArrive,
        Step::Receiver => Permission::ManifestSignReceiver,
        Step::Return => Permission::ManifestReturn,
        Step::Void => {
            let m = store::document(tx, &ctx.tenant, id).await?.ok_or_else(Problem::not_found)?;
            read::void_permission(&m)
        }
    })
}

/// The ledger follows the document in the same transaction.
async fn move_waste(
    work: &mut Work<'_>,
    before: &Manifest,
    after: &Manifest,
    step: Step,
) -> Result<(), Problem> {
    match step {
        Step::Consignor => lots::bind(work, after).await,
        // Only the first carrier takes waste out of the consignor's stock.
        Step::Carrier if before.status == Status::AwaitingCarrier => lots::send(work, after).await,
        Step::Receiver => lots::receive(work, after).await,
        Step::Return => lots::give_back(work, after).await,
        Step::Void if before.status == Status::AwaitingCarrier => lots::unbind(work, after).await,
        Step::Carrier | Step::Handover | Step::Arrival | Step::Void => Ok(()),
    }
}

async fn step_data(work: &mut Work<'_>, request: &Request) -> Result<StepData, Problem> {
    let mut found = Vec::new();
    let data = &request.data;
    let answer = match request.step {
        Step::Handover => {
            let at = instant("/data/at", data.at.as_deref(), &mut found);
            StepData::Handover(handover(work, data, at, &mut found).await?)
        }
        Step::Arrival => {
            StepData::At { at: instant("/data/arrived_at", data.arrived_at.as_deref(), &mut found) }
        }
        Step::Return => {
            StepData::At { at: instant("/data/received_at", data.received_at.as_deref(), &mut found) }
        }
        Step::Void => StepData::Reason { reason: request.reason.clone() },
        Step::Consignor | Step::Carrier | Step::Receiver => StepData::Nothing,
    };
    if found.is_empty() { Ok(answer) } else { Err(Problem::violations(found)) }
}

async fn handover(
    work: &mut Work<'_>,
    data: &SignData,
    at: Option<i64>,
    found: &mut Vec<Violation>,
) -> Result<HandoverData, Problem> {
    let tenant = work.tenant().to_owned();
    let next = data.carrier_org_id.clone().unwrap_or_default();
    let (named, licence_no) = if next.is_empty() {
        (LegCarrier::default(), String::new())
    } else {
        carrier(work.tx, &tenant, &next, "/data/carrier_org_id", found).await?
    };
    // The next carrier names its own vehicle and crew: one carrier does not look into another's register.
    Ok(HandoverData {
        carrier: named,
        licence_no,
        place: data.place.clone().unwrap_or_default(),
        at,
        vehicle: None,
        driver: None,
    })
}
