//! Limits and order inside the document itself: no facts about the world beside the present.

use std::collections::BTreeSet;

use super::super::decide::follows;
use super::super::document::{Manifest, Step};
use super::super::facts::Facts;
use super::super::rulepack::nodes;
use super::super::rules;
use crate::problem::Violation;
use crate::quantity::Grams;

/// Lines of one document. Our own bound: one vehicle carries one document (Art. 16).
const MAX_LINES: usize = 50;
/// Containers of one document. Our own bound, that of one ledger event.
const MAX_CONTAINERS: usize = 200;
/// Legs of one document. Our own bound.
const MAX_LEGS: usize = 10;
/// Characters of a text. Our own bound; the note may be longer.
const MAX_TEXT: usize = 200;
/// Characters of the note.
const MAX_NOTE: usize = 2_000;

/// HW-TR-010 for a text beyond the limit.
pub(in super::super) fn text_limit(path: &str, text: &str) -> Option<Violation> {
    let limit = if path.ends_with("/note") { MAX_NOTE } else { MAX_TEXT };
    (text.chars().count() > limit).then(|| Violation::error(rules::TOO_LARGE, path).with("limit", limit))
}

/// Whether the document is well formed, however incomplete.
pub(in super::super) fn shape(document: &Manifest) -> Vec<Violation> {
    let mut found = Vec::new();
    let too_many = |path: &str, limit: usize| Violation::error(rules::TOO_LARGE, path).with("limit", limit);
    let lines = &document.consignor_part.lines;
    if lines.len() > MAX_LINES {
        found.push(too_many("/consignor_part/lines", MAX_LINES));
    }
    if document.containers().count() > MAX_CONTAINERS {
        found.push(too_many("/consignor_part/lines", MAX_CONTAINERS));
    }
    if document.legs.len() > MAX_LEGS {
        found.push(too_many("/legs", MAX_LEGS));
    }
    for (pointer, node) in nodes(document) {
        if let Some(text) = node.value.as_str() {
            found.extend(text_limit(&pointer, text));
        }
    }
    let mut seen = BTreeSet::new();
    for (i, line) in lines.iter().enumerate() {
        let at = format!("/consignor_part/lines/{i}");
        if usize::try_from(line.no) != Ok(i + 1) {
            found.push(Violation::error(rules::LINE_NUMBERS, format!("{at}/no")).with("expected", i + 1));
        }
        if let Err(error) = Grams(line.mass_g).plausible() {
            found.push(error.at(format!("{at}/mass_g")));
        }
        for (j, lot) in line.lots.iter().enumerate() {
            if let Err(error) = Grams(lot.mass_g).plausible() {
                found.push(error.at(format!("{at}/lots/{j}/mass_g")));
            }
            if !seen.insert(lot.lot_id.as_str()) {
                let container = lot.container_code.as_deref().unwrap_or(&lot.lot_id);
                let twice = Violation::error(rules::LOT_TWICE, format!("{at}/lots/{j}/lot_id"));
                found.push(twice.with("container", container));
            }
        }
    }
    let received = document.receiver_part.iter().flat_map(|part| &part.lines).enumerate();
    for (i, line) in received {
        for (j, lot) in line.lots.iter().enumerate() {
            let mass = Grams(lot.received_g);
            if mass.get() != 0
                && let Err(error) = mass.plausible()
            {
                found.push(error.at(format!("/receiver_part/lines/{i}/lots/{j}/received_g")));
            }
        }
    }
    found
}

/// HW-TR-011: departure after the consignor's signature, receipt after arrival, nothing in the future.
pub(in super::super) fn times(document: &Manifest, facts: &Facts<'_>) -> Vec<Violation> {
    let mut found = Vec::new();
    let signed_at = document.signatures.iter().find(|s| s.step == Step::Consignor).map(|s| s.at);
    if let Some(index) = document.pending_leg()
        && let Some(leg) = document.legs.get(index)
        && let Some(departed_at) = leg.departed_at
    {
        let since = leg.handover_at.or(signed_at);
        found.extend(follows(since, departed_at, facts.now, &format!("/legs/{index}/departed_at")));
    }
    if let Some(received_at) = document.receiver_part.as_ref().and_then(|part| part.received_at) {
        found.extend(follows(
            document.times.arrived_at,
            received_at,
            facts.now,
            "/receiver_part/received_at",
        ));
    }
    found
}
