//! Applies an event to a document. The only place that writes a status. It must never refuse what a decision
//! made: an event that does not fit the state is a broken journal and is answered with `None`.

use super::command::{Event, LegInput, Recorded};
use super::document::{Leg, LegCarrier, Manifest, Signature, Status, Times};

/// The document after a recorded event; `None` when the event cannot follow the state.
pub fn evolve(state: Option<Manifest>, recorded: &Recorded) -> Option<Manifest> {
    let mut next = apply(state, &recorded.event)?;
    next.version = recorded.version;
    next.content_hash.clone_from(&recorded.content_hash);
    Some(next)
}

/// Applies a fresh event, and computes the version and hash to record with it.
pub fn record(state: Option<Manifest>, event: Event) -> Option<(Manifest, Recorded)> {
    let version = state.as_ref().map_or(0, |s| s.version) + 1;
    let mut next = apply(state, &event)?;
    next.version = version;
    next.content_hash = next.hash().ok()?;
    let content_hash = next.content_hash.clone();
    Some((next, Recorded { event, version, content_hash }))
}

fn apply(state: Option<Manifest>, event: &Event) -> Option<Manifest> {
    if let Event::Drafted { id, internal_number, class, rule_pack, at, input } = event {
        if state.is_some() {
            return None;
        }
        return Some(Manifest {
            id: id.clone(),
            version: 0,
            status: Status::Draft,
            class: *class,
            rule_pack: rule_pack.clone(),
            internal_number: internal_number.clone(),
            number: None,
            consignor: input.consignor.clone(),
            receiver: input.receiver.clone(),
            consignor_part: input.part.clone(),
            legs: vec![first_leg(&input.carrier, &input.carrier_licence_no)],
            receiver_part: None,
            signatures: Vec::new(),
            times: Times { created_at: *at, ..Times::default() },
            uses: Vec::new(),
            void_reason: None,
            content_hash: String::new(),
        });
    }
    let mut m = state?;
    match event {
        Event::Drafted { .. } => return None,
        Event::ConsignorEdited { input } => {
            m.consignor = input.consignor.clone();
            m.receiver = input.receiver.clone();
            m.consignor_part = input.part.clone();
            m.legs = vec![first_leg(&input.carrier, &input.carrier_licence_no)];
        }
        Event::CarrierEdited { leg, input } => fill(m.legs.get_mut(*leg)?, input),
        Event::ReceiverEdited { part } => m.receiver_part = Some(part.clone()),
        Event::ConsignorSigned { signature, number, uses } => {
            sign(&mut m, signature, Status::AwaitingCarrier);
            m.number.clone_from(number);
            m.uses.clone_from(uses);
        }
        Event::CarrierSigned { signature, departed_at } => {
            let leg = m.legs.get_mut(signature.leg?)?;
            leg.departed_at = Some(*departed_at);
            m.times.departed_at.get_or_insert(*departed_at);
            sign(&mut m, signature, Status::InTransit);
        }
        Event::HandedOver { signature, leg } => {
            m.legs.get_mut(signature.leg?)?.arrived_at = leg.handover_at;
            m.legs.push(leg.clone());
            sign(&mut m, signature, Status::InTransit);
        }
        Event::Arrived { signature, arrived_at, confirm_due_at } => {
            m.legs.get_mut(signature.leg?)?.arrived_at = Some(*arrived_at);
            m.times.arrived_at = Some(*arrived_at);
            m.times.confirm_due_at = *confirm_due_at;
            sign(&mut m, signature, Status::Arrived);
        }
        Event::ReceiverSigned { signature, received_at, outcome, uses } => {
            m.receiver_part.as_mut()?.received_at = Some(*received_at);
            m.times.confirmed_at = Some(signature.at);
            m.uses.clone_from(uses);
            sign(&mut m, signature, *outcome);
        }
        Event::Returned { signature, received_at } => {
            m.times.returned_at = Some(*received_at);
            sign(&mut m, signature, Status::Returned);
        }
        Event::Voided { signature, reason } => {
            m.times.voided_at = Some(signature.at);
            m.void_reason = Some(reason.clone());
            m.uses.clear();
            sign(&mut m, signature, Status::Voided);
        }
    }
    Some(m)
}

fn sign(m: &mut Manifest, signature: &Signature, status: Status) {
    m.signatures.push(signature.clone());
    m.status = status;
}

fn first_leg(carrier: &LegCarrier, licence_no: &str) -> Leg {
    Leg {
        no: 1,
        carrier: carrier.clone(),
        licence_no: licence_no.to_owned(),
        mode: "road".to_owned(),
        ..Leg::default()
    }
}

fn fill(leg: &mut Leg, input: &LegInput) {
    leg.licence_no.clone_from(&input.licence_no);
    leg.mode.clone_from(&input.mode);
    leg.vehicle.clone_from(&input.vehicle);
    leg.driver.clone_from(&input.driver);
    leg.escort.clone_from(&input.escort);
    leg.from.clone_from(&input.from);
    leg.to.clone_from(&input.to);
    leg.via.clone_from(&input.via);
    leg.departed_at = input.departed_at;
}
