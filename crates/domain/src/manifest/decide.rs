//! The state machine: which command is possible when and by whom, and the event that it leads to. Business
//! checks are in [`super::checks`]; this file must never look into quotas, licences or lots itself.

use super::checks;
use super::command::{Command, Decision, DraftInput, Event, HandoverData, StepData};
use super::document::{KeySignature, Leg, Manifest, Opinion, Signature, SignedWarning, Status, Step};
use super::evolve::record;
use super::facts::Facts;
use super::rulepack::{PartName, RulePack, rule_pack};
use super::rules;
use crate::problem::{Violation, Violations};
use crate::time::MINUTE_US;

/// Decides a command.
///
/// # Errors
/// Every rule that the command does not keep (warnings among them); then nothing happens.
pub fn decide(
    state: Option<&Manifest>,
    command: &Command,
    facts: &Facts<'_>,
) -> Result<Decision, Vec<Violation>> {
    match (state, command) {
        (None, Command::Draft { id, internal_number, class, input }) => {
            require_party(facts, &input.consignor.id, "consignor")?;
            let event = Event::Drafted {
                id: id.clone(),
                internal_number: internal_number.clone(),
                class: *class,
                rule_pack: RulePack::current().id.to_owned(),
                at: facts.now,
                input: (**input).clone(),
            };
            finish(None, event, Vec::new(), facts)
        }
        (Some(state), Command::EditConsignor(input)) => edit_consignor(state, input, facts),
        (Some(state), Command::EditCarrier(input)) => {
            let leg = state
                .pending_leg()
                .filter(|_| matches!(state.status, Status::AwaitingCarrier | Status::InTransit));
            let Some((index, leg)) = leg.and_then(|i| state.legs.get(i).map(|leg| (i, leg))) else {
                return Err(vec![closed(PartName::Carrier, state)]);
            };
            require_party(facts, &leg.carrier.id, "carrier")?;
            finish(
                Some(state),
                Event::CarrierEdited { leg: index, input: (**input).clone() },
                Vec::new(),
                facts,
            )
        }
        (Some(state), Command::EditReceiver(part)) => {
            if state.status != Status::Arrived {
                return Err(vec![closed(PartName::Receiver, state)]);
            }
            require_party(facts, &state.receiver.id, "receiver")?;
            finish(Some(state), Event::ReceiverEdited { part: (**part).clone() }, Vec::new(), facts)
        }
        (Some(state), Command::Sign { step, version, content_hash, method, data, key }) => {
            let key = key.as_ref();
            sign(state, &Signing { step: *step, version: *version, content_hash, method, data, key }, facts)
        }
        (None, _) | (Some(_), Command::Draft { .. }) => Err(vec![Violation::error(rules::NO_DOCUMENT, "")]),
    }
}

fn edit_consignor(
    state: &Manifest,
    input: &DraftInput,
    facts: &Facts<'_>,
) -> Result<Decision, Vec<Violation>> {
    require_party(facts, &state.consignor.id, "consignor")?;
    let mut found = Violations::new();
    if input.consignor.id != state.consignor.id {
        // A document never changes hands: another consignor makes another document (Art. 16).
        found.push(Violation::error(rules::WRONG_PARTY, "/consignor/id").with("party", "consignor"));
    }
    if state.status != Status::Draft {
        found.push(closed(PartName::Consignor, state));
    }
    let warnings = found.finish()?;
    finish(Some(state), Event::ConsignorEdited { input: input.clone() }, warnings, facts)
}

/// Applies, guards the seals and the shape, and answers.
fn finish(
    state: Option<&Manifest>,
    event: Event,
    warnings: Vec<Violation>,
    facts: &Facts<'_>,
) -> Result<Decision, Vec<Violation>> {
    let signing = event.signature().is_some();
    let Some((after, recorded)) = record(state.cloned(), event) else {
        return Err(vec![Violation::error(rules::NO_DOCUMENT, "")]);
    };
    if !signing {
        let mut found = Violations::new();
        if let (Some(before), Some(pack)) = (state, rule_pack(&after.rule_pack)) {
            found.extend(pack.sealed_changes(before, &after));
        }
        found.extend(checks::shape(&after));
        found.extend(checks::times(&after, facts));
        found.finish()?;
    }
    Ok(Decision { recorded, after, warnings })
}

struct Signing<'a> {
    step: Step,
    version: i64,
    content_hash: &'a str,
    method: &'a str,
    data: &'a StepData,
    key: Option<&'a KeySignature>,
}

fn sign(state: &Manifest, signing: &Signing<'_>, facts: &Facts<'_>) -> Result<Decision, Vec<Violation>> {
    let step = signing.step;
    let Some(pack) = rule_pack(&state.rule_pack) else {
        return Err(vec![Violation::error(rules::UNKNOWN_PACK, "").with("pack", &state.rule_pack)]);
    };
    may_sign(state, step, facts)?;
    if signing.version != state.version || signing.content_hash != state.content_hash {
        return Err(vec![Violation::error(rules::STALE, "/version").with("version", state.version)]);
    }
    let mut found = Violations::new();
    // A signature made without a network counts from its own moment, which must not lie before the last one.
    found.extend(follows(state.signatures.last().map(|s| s.at), facts.now, facts.now, "/key/signed_at"));
    found.extend(checks::check(state, step, facts));
    let data = step_data(state, signing, facts, &mut found);
    let mut warnings = found.finish()?;
    let signature = signature(state, signing, facts, &warnings);
    let event = match step {
        Step::Consignor => Event::ConsignorSigned {
            signature,
            number: facts.number.clone(),
            uses: checks::uses_when_sent(state, facts),
        },
        Step::Carrier => Event::CarrierSigned {
            departed_at: state
                .pending_leg()
                .and_then(|leg| state.legs.get(leg))
                .and_then(|leg| leg.departed_at)
                .unwrap_or(facts.now),
            signature,
        },
        Step::Handover => Event::HandedOver { signature, leg: next_leg(state, data.handover, facts.now) },
        Step::Arrival => {
            let arrived_at = data.at.unwrap_or(facts.now);
            let due =
                facts.calendar.add_working_days(facts.zone.date_of(arrived_at), pack.confirm_working_days);
            if due.is_err() {
                warnings.push(Violation::warning(rules::DUE_UNKNOWN, ""));
            }
            let confirm_due_at =
                due.ok().and_then(|date| date.tomorrow().ok()).map(|next| facts.zone.start_of(next) - 1);
            Event::Arrived { signature, arrived_at, confirm_due_at }
        }
        Step::Receiver => Event::ReceiverSigned {
            received_at: state.receiver_part.as_ref().and_then(|part| part.received_at).unwrap_or(facts.now),
            outcome: outcome(state),
            uses: checks::uses_when_received(state),
            signature,
        },
        Step::Return => Event::Returned { received_at: data.at.unwrap_or(facts.now), signature },
        Step::Void => Event::Voided { signature, reason: data.reason },
    };
    finish(Some(state), event, warnings, facts)
}

/// Whether the step is possible now and by this actor.
fn may_sign(state: &Manifest, step: Step, facts: &Facts<'_>) -> Result<(), Vec<Violation>> {
    let possible = match step {
        Step::Consignor => state.status == Status::Draft,
        Step::Carrier => {
            matches!(state.status, Status::AwaitingCarrier | Status::InTransit)
                && state.pending_leg().is_some()
        }
        Step::Handover | Step::Arrival => state.status == Status::InTransit,
        Step::Receiver => state.status == Status::Arrived,
        Step::Return => matches!(state.status, Status::PartiallyRefused | Status::Refused),
        Step::Void => matches!(state.status, Status::Draft | Status::AwaitingCarrier),
    };
    if !possible {
        let rule = if step == Step::Void { rules::VOID_AFTER_DEPARTURE } else { rules::OUT_OF_ORDER };
        return Err(vec![Violation::error(rule, "/step").with("step", step).with("status", state.status)]);
    }
    let pending = state.pending_leg().and_then(|leg| state.legs.get(leg));
    let current = state.current_leg().and_then(|leg| state.legs.get(leg));
    if matches!(step, Step::Handover | Step::Arrival) && pending.is_some() {
        return Err(vec![Violation::error(rules::HANDOVER_OPEN, "/step")]);
    }
    let leg = if step == Step::Carrier { pending } else { current };
    let org = facts.actor.org_id.as_str();
    let (fits, party) = match step {
        Step::Consignor | Step::Return | Step::Void => (org == state.consignor.id, "consignor"),
        Step::Carrier | Step::Handover => (leg.is_some_and(|leg| leg.carrier.id == org), "carrier"),
        Step::Arrival => {
            (org == state.receiver.id || leg.is_some_and(|leg| leg.carrier.id == org), "carrier")
        }
        Step::Receiver => (org == state.receiver.id, "receiver"),
    };
    if !fits {
        return Err(vec![Violation::error(rules::WRONG_PARTY, "/step").with("party", party)]);
    }
    let drives = |leg: &Leg| {
        leg.driver.as_ref().and_then(|d| d.account_id.as_deref()) == Some(&facts.actor.account_id)
    };
    if facts.actor.only_as_driver && !leg.is_some_and(drives) {
        return Err(vec![Violation::error(rules::NOT_THE_DRIVER, "/step")]);
    }
    Ok(())
}

/// What the step brought, checked.
struct Data<'a> {
    handover: Option<&'a HandoverData>,
    at: Option<i64>,
    reason: String,
}

fn step_data<'a>(
    state: &Manifest,
    signing: &Signing<'a>,
    facts: &Facts<'_>,
    found: &mut Violations,
) -> Data<'a> {
    let mut data = Data { handover: None, at: None, reason: String::new() };
    match (signing.step, signing.data) {
        (Step::Handover, StepData::Handover(handover)) => {
            if handover.place.trim().is_empty() || handover.at.is_none() || handover.carrier.id.is_empty() {
                found.push(Violation::error(rules::HANDOVER_DATA, "/data"));
            }
            if state
                .current_leg()
                .and_then(|i| state.legs.get(i))
                .is_some_and(|leg| leg.carrier.id == handover.carrier.id)
            {
                found.push(Violation::error(rules::HANDOVER_SAME, "/data/carrier_org_id"));
            }
            let fit = facts.parties.get(&handover.carrier.id).is_some_and(checks::fits_as_carrier);
            if !handover.carrier.id.is_empty() && !fit {
                found.push(
                    Violation::error(rules::PARTY_UNFIT, "/data/carrier_org_id").with("party", "carrier"),
                );
            }
            found.extend(checks::text_limit("/data/place", &handover.place));
            if let Some(at) = handover.at {
                found.extend(follows(state.times.departed_at, at, facts.now, "/data/at"));
            }
            data.handover = Some(handover);
        }
        (Step::Handover, _) => found.push(Violation::error(rules::HANDOVER_DATA, "/data")),
        (Step::Arrival, StepData::At { at: Some(at) }) => {
            let since = state.current_leg().and_then(|i| state.legs.get(i)).and_then(|leg| leg.departed_at);
            found.extend(follows(since, *at, facts.now, "/data/arrived_at"));
            data.at = Some(*at);
        }
        (Step::Return, StepData::At { at: Some(at) }) => {
            found.extend(follows(state.times.confirmed_at, *at, facts.now, "/data/received_at"));
            data.at = Some(*at);
        }
        (Step::Void, StepData::Reason { reason }) if !reason.trim().is_empty() => {
            found.extend(checks::text_limit("/reason", reason));
            reason.trim().clone_into(&mut data.reason);
        }
        (Step::Void, _) => found.push(Violation::error(rules::REASON_NEEDED, "/reason")),
        _ => {}
    }
    data
}

/// HW-TR-011 when `at` lies before `since` or after now. Forms send whole minutes, so minutes are compared.
pub(super) fn follows(since: Option<i64>, at: i64, now: i64, path: &str) -> Option<Violation> {
    let minute = |us: i64| us.div_euclid(MINUTE_US);
    let fits = minute(at) <= minute(now) && since.is_none_or(|since| minute(at) >= minute(since));
    (!fits).then(|| Violation::error(rules::TIME_ORDER, path))
}

fn next_leg(state: &Manifest, handover: Option<&HandoverData>, now: i64) -> Leg {
    let given = handover.cloned().unwrap_or_default();
    Leg {
        no: i64::try_from(state.legs.len()).unwrap_or(i64::MAX).saturating_add(1),
        carrier: given.carrier,
        licence_no: given.licence_no,
        mode: "road".to_owned(),
        vehicle: given.vehicle,
        driver: given.driver,
        from: given.place.trim().to_owned(),
        handover_place: given.place.trim().to_owned(),
        handover_at: Some(given.at.unwrap_or(now)),
        ..Leg::default()
    }
}

fn outcome(state: &Manifest) -> Status {
    let opinions: Vec<Opinion> =
        state.receiver_part.iter().flat_map(|part| &part.lines).map(|line| line.opinion).collect();
    if opinions.iter().all(|opinion| *opinion == Opinion::Accept) {
        Status::Accepted
    } else if opinions.iter().all(|opinion| *opinion == Opinion::Refuse) {
        Status::Refused
    } else {
        Status::PartiallyRefused
    }
}

fn signature(
    state: &Manifest,
    signing: &Signing<'_>,
    facts: &Facts<'_>,
    warnings: &[Violation],
) -> Signature {
    let actor = &facts.actor;
    let warnings = warnings
        .iter()
        .map(|warning| SignedWarning {
            rule: warning.rule.to_owned(),
            path: warning.path.clone(),
            params: warning.params.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect(),
        })
        .collect();
    Signature {
        step: signing.step,
        leg: match signing.step {
            Step::Carrier => state.pending_leg(),
            Step::Handover | Step::Arrival => state.current_leg(),
            _ => None,
        },
        account_id: actor.account_id.clone(),
        person_id: actor.person_id.clone(),
        person_name: actor.person_name.clone(),
        org_id: actor.org_id.clone(),
        org_name: actor.org_name.clone(),
        agent_org_id: actor.agent_org_id.clone(),
        agent_org_name: actor.agent_org_name.clone(),
        role: actor.role.clone(),
        method: signing.method.to_owned(),
        version: signing.version,
        content_hash: signing.content_hash.to_owned(),
        warnings,
        at: facts.now,
        key: signing.key.cloned(),
    }
}

fn require_party(facts: &Facts<'_>, org: &str, party: &'static str) -> Result<(), Vec<Violation>> {
    if facts.actor.org_id == org {
        Ok(())
    } else {
        Err(vec![Violation::error(rules::WRONG_PARTY, "").with("party", party)])
    }
}

fn closed(part: PartName, state: &Manifest) -> Violation {
    Violation::error(rules::PART_CLOSED, "").with("part", part).with("status", state.status)
}
