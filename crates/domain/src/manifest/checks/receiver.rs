//! The receiver's part against what was sent: the same containers, decisions that fit the opinion, weights.

use std::collections::BTreeMap;

use super::super::document::{Container, Line, Manifest, Opinion, ReceivedLine};
use super::super::facts::Facts;
use super::super::rules;
use crate::problem::Violation;
use crate::quantity::Grams;

/// HW-TR-105 and 601–608.
pub(super) fn received(document: &Manifest, facts: &Facts<'_>) -> Vec<Violation> {
    let Some(part) = &document.receiver_part else { return Vec::new() };
    let mut found = Vec::new();
    if part.lines.len() != document.consignor_part.lines.len() {
        found.push(Violation::error(rules::RECEIVED_SET, "/receiver_part/lines"));
    }
    for (i, line) in document.consignor_part.lines.iter().enumerate() {
        let Some((at, received)) = part.lines.iter().enumerate().find(|(_, r)| r.no == line.no) else {
            let missing = Violation::error(rules::RECEIVED_SET, format!("/receiver_part/lines/{i}"));
            found.push(missing.with("line", line.no));
            continue;
        };
        found.extend(one_line(line, received, &format!("/receiver_part/lines/{at}"), facts));
    }
    let accepts = part.lines.iter().any(|line| line.opinion != Opinion::Refuse);
    let usable = facts.facility.as_ref().is_some_and(|f| {
        f.usable && f.org_id == document.receiver.id && (part.site.id.is_empty() || f.site_id == part.site.id)
    });
    if accepts && !part.facility_id.is_empty() && !usable {
        found.push(Violation::error(rules::FACILITY_FOREIGN, "/receiver_part/facility_id"));
    }
    if document.times.confirm_due_at.is_some_and(|due| due < facts.now) {
        found.push(Violation::warning(rules::CONFIRMED_LATE, "/receiver_part"));
    }
    found
}

fn one_line(line: &Line, received: &ReceivedLine, at: &str, facts: &Facts<'_>) -> Vec<Violation> {
    let mut found = Vec::new();
    if received.opinion != Opinion::Refuse
        && !received.method_code.is_empty()
        && !facts.methods.contains(&received.method_code)
    {
        let unknown = Violation::error(rules::METHOD_UNKNOWN, format!("{at}/method_code"));
        found.push(unknown.with("method", &received.method_code));
    }
    let mut sent: BTreeMap<&str, &Container> =
        line.lots.iter().map(|lot| (lot.lot_id.as_str(), lot)).collect();
    let (mut accepted, mut refused) = (0_usize, 0_usize);
    let mut differs = false;
    for (j, lot) in received.lots.iter().enumerate() {
        let Some(container) = sent.remove(lot.lot_id.as_str()) else {
            let foreign = Violation::error(rules::RECEIVED_SET, format!("{at}/lots/{j}/lot_id"));
            found.push(foreign.with("line", line.no));
            continue;
        };
        let shown = container.container_code.as_deref().unwrap_or(&container.lot_id);
        if lot.accepted {
            accepted += 1;
        } else {
            refused += 1;
        }
        if lot.accepted != (lot.received_g > 0) {
            let wrong = Violation::error(rules::RECEIVED_MASS, format!("{at}/lots/{j}/received_g"));
            found.push(wrong.with("container", shown));
        } else if lot.accepted && beyond_tolerance(container.mass_g, lot.received_g, facts) {
            differs = true;
            found.push(
                Violation::warning(rules::WEIGHT_DIFFERS, format!("{at}/lots/{j}/received_g"))
                    .with("container", shown)
                    .with("sent", Grams(container.mass_g).to_kilograms())
                    .with("received", Grams(lot.received_g).to_kilograms()),
            );
        }
    }
    if !sent.is_empty() {
        let missing = Violation::error(rules::RECEIVED_SET, format!("{at}/lots"));
        found.push(missing.with("line", line.no));
    }
    let fits = match received.opinion {
        Opinion::Accept => refused == 0,
        Opinion::Refuse => accepted == 0,
        Opinion::Partial => accepted > 0 && refused > 0,
    };
    if !fits {
        found.push(
            Violation::error(rules::OPINION, format!("{at}/opinion")).with("opinion", received.opinion),
        );
    }
    if received.discrepancy || (differs && received.opinion != Opinion::Accept) {
        found.push(Violation::warning(rules::DISCREPANCY, format!("{at}/discrepancy")).with("line", line.no));
    }
    found
}

fn beyond_tolerance(sent: i64, received: i64, facts: &Facts<'_>) -> bool {
    let share = i128::from(sent) * i128::from(facts.settings.tolerance_permille) / 1_000;
    let allowed = share.max(i128::from(facts.settings.tolerance_g));
    (i128::from(sent) - i128::from(received)).abs() > allowed
}
