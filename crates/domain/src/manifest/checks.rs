//! Business checks before each signature. `check` collects everything at once, so that a person sees the
//! whole list; errors block, warnings do not. Each group of rules has its own file. Nothing here may change
//! the document or remember anything between calls.

mod carrier;
mod lots;
mod quota;
mod receiver;
mod shape;

use super::document::{Manifest, Step};
use super::facts::{Facts, PartyFacts};
use super::rulepack::rule_pack;
use super::rules;
use crate::access::OrgKind;
use crate::problem::Violation;

pub use quota::{licence_line, overload};
pub(super) use quota::{uses_when_received, uses_when_sent};
pub(super) use shape::{shape, text_limit, times};

/// All rules that `step` would meet on this document now.
pub fn check(document: &Manifest, step: Step, facts: &Facts<'_>) -> Vec<Violation> {
    let mut found = Vec::new();
    let Some(pack) = rule_pack(&document.rule_pack) else {
        return vec![Violation::error(rules::UNKNOWN_PACK, "").with("pack", &document.rule_pack)];
    };
    let prepared = with_defaults(document, step, facts.now);
    let leg = document.pending_leg();
    // By the carrier's signature everything that the consignor owed is sealed already, so each signature
    // asks for its own fields only.
    found.extend(pack.missing(&prepared, step, leg.filter(|_| step == Step::Carrier)));
    match step {
        Step::Consignor => {
            found.extend(shape(document));
            found.extend(parties(document, facts));
            found.extend(lots::lots(document, facts));
            found.extend(quota::sent(document, facts));
            found.extend(carrier::consignor_side(document, facts));
        }
        Step::Carrier => {
            found.extend(times(&prepared, facts));
            found.extend(carrier::carrier_side(document, facts));
        }
        Step::Receiver => {
            found.extend(times(&prepared, facts));
            found.extend(receiver::received(document, facts));
            found.extend(quota::received(document, facts));
        }
        Step::Handover | Step::Arrival | Step::Return | Step::Void => {}
    }
    found
}

/// What signing fills in: the moment of departure or receipt when nobody wrote another.
fn with_defaults(document: &Manifest, step: Step, now: i64) -> Manifest {
    let mut prepared = document.clone();
    match step {
        Step::Carrier => {
            if let Some(leg) = document.pending_leg().and_then(|leg| prepared.legs.get_mut(leg)) {
                leg.departed_at.get_or_insert(now);
            }
        }
        Step::Receiver => {
            if let Some(part) = &mut prepared.receiver_part {
                part.received_at.get_or_insert(now);
            }
        }
        _ => {}
    }
    prepared
}

/// HW-TR-106, HW-TR-107: the parties exist, are active and are what they act as.
fn parties(document: &Manifest, facts: &Facts<'_>) -> Vec<Violation> {
    let mut found = Vec::new();
    if document.consignor.id == document.receiver.id {
        found.push(Violation::error(rules::SAME_PARTY, "/receiver/id"));
    }
    let unfit =
        |path: &str, party: &'static str| Violation::error(rules::PARTY_UNFIT, path).with("party", party);
    let party = |id: &str| facts.parties.get(id);
    if !party(&document.consignor.id).is_some_and(|p| p.active) {
        found.push(unfit("/consignor/id", "consignor"));
    }
    if !party(&document.receiver.id).is_some_and(|p| p.active && p.kinds.contains(&OrgKind::Receiver)) {
        found.push(unfit("/receiver/id", "receiver"));
    }
    let carrier = document.legs.first().and_then(|leg| party(&leg.carrier.id));
    if !carrier.is_some_and(fits_as_carrier) {
        found.push(unfit("/legs/0/carrier/id", "carrier"));
    }
    found
}

/// An active carrier.
pub(super) fn fits_as_carrier(party: &PartyFacts) -> bool {
    party.active && party.kinds.contains(&OrgKind::Carrier)
}
