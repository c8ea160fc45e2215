//! Quotas: the management plan, the receiver's licence, the cross-province approval. Sums over the whole
//! document are checked against what other documents hold, inside the writing transaction, so that
//! concurrent documents together never exceed them.

use std::collections::BTreeMap;

use super::super::document::{Line, Manifest, QuotaKind, QuotaUse};
use super::super::facts::{ApprovalFacts, Facts, LicenceFacts};
use super::super::rules;
use crate::problem::{Severity, Violation};
use crate::quantity::Grams;
use crate::time::Date;

/// 国务院令第408号: beyond 120 % of the approved yearly quantity a new licence is needed.
const LICENCE_BLOCKS_AT_PERCENT: i128 = 120;

/// How a yearly total stands to the licensed quantity: nothing up to 100 %, a warning up to 120 %, then an error.
pub fn overload(yearly_g: i64, total_g: i64) -> Option<Severity> {
    let (yearly, total) = (i128::from(yearly_g), i128::from(total_g));
    if total * 100 > yearly * LICENCE_BLOCKS_AT_PERCENT {
        Some(Severity::Error)
    } else if total > yearly {
        Some(Severity::Warning)
    } else {
        None
    }
}

/// The licence and line that cover a code and method on a day: positions in the lists. The licensed line
/// with most room comes first.
///
/// # Errors
/// [`rules::NO_LICENCE`], [`rules::LICENCE_CODE`] or [`rules::LICENCE_METHOD`].
pub fn licence_line(
    licences: &[LicenceFacts],
    code: &str,
    method: &str,
    day: Date,
) -> Result<(usize, usize), &'static str> {
    let valid = |l: &LicenceFacts| l.active && l.valid_from <= day && day <= l.valid_to;
    let mut refusal = rules::NO_LICENCE;
    let mut best: Option<(i64, (usize, usize))> = None;
    for (i, licence) in licences.iter().enumerate().filter(|(_, licence)| valid(licence)) {
        if refusal == rules::NO_LICENCE {
            refusal = rules::LICENCE_CODE;
        }
        for (j, line) in licence.lines.iter().enumerate() {
            if !line.codes.iter().any(|pattern| covers(pattern, code)) {
                continue;
            }
            refusal = rules::LICENCE_METHOD;
            if !line.methods.is_empty() && !line.methods.iter().any(|m| m == method) {
                continue;
            }
            let room = line.yearly_g.saturating_sub(line.used_g);
            if best.is_none_or(|(most, _)| room > most) {
                best = Some((room, (i, j)));
            }
        }
    }
    best.map(|(_, place)| place).ok_or(refusal)
}

/// Whether a code (`900-214-08`) falls under a pattern: the code itself or its category (`HW08`).
pub(super) fn covers(pattern: &str, code: &str) -> bool {
    pattern == code
        || pattern
            .strip_prefix("HW")
            .is_some_and(|n| n.len() == 2 && code.len() == 10 && code.ends_with(&format!("-{n}")))
}

/// Whether the transfer leaves the province: the first two digits of the division codes differ.
fn leaves_province(document: &Manifest, facts: &Facts<'_>) -> bool {
    let receiver = match &document.receiver_part {
        Some(part) => part.site.division_code.as_str(),
        None => facts.parties.get(&document.receiver.id).map_or("", |party| party.division_code.as_str()),
    };
    document.consignor_part.site.division_code.get(..2) != receiver.get(..2)
}

/// HW-TR-101–103, 201–205, 401–403 before the consignor signs.
pub(super) fn sent(document: &Manifest, facts: &Facts<'_>) -> Vec<Violation> {
    let mut found = plan(document, facts);
    found.extend(licences(document, facts));
    if leaves_province(document, facts) {
        found.extend(approval(document, facts));
    }
    found
}

/// Mass of the document by code, with the position of the first line of each.
fn by_code(document: &Manifest) -> BTreeMap<&str, (usize, i64)> {
    let mut sums: BTreeMap<&str, (usize, i64)> = BTreeMap::new();
    for (i, line) in document.consignor_part.lines.iter().enumerate() {
        let entry = sums.entry(&line.waste_code).or_insert((i, 0));
        entry.1 = entry.1.saturating_add(line.mass_g);
    }
    sums
}

fn plan(document: &Manifest, facts: &Facts<'_>) -> Vec<Violation> {
    let Some(plan) = facts.plan.as_ref().filter(|plan| plan.filed) else {
        return vec![Violation::error(rules::NO_PLAN, "/consignor_part/site/id").with("year", facts.year())];
    };
    let mut found = Vec::new();
    for (code, (line, mass)) in by_code(document) {
        let at = format!("/consignor_part/lines/{line}");
        match plan.lines.iter().find(|l| l.waste_code == code) {
            None => {
                found.push(Violation::error(rules::PLAN_CODE, format!("{at}/waste_code")).with("code", code))
            }
            Some(quota) if quota.used_g.saturating_add(mass) > quota.quota_g => {
                found.push(
                    Violation::error(rules::PLAN_QUOTA, format!("{at}/mass_g"))
                        .with("code", code)
                        .with("quota", Grams(quota.quota_g).to_tonnes())
                        .with("left", Grams(quota.quota_g.saturating_sub(quota.used_g).max(0)).to_tonnes())
                        .with("asked", Grams(mass).to_tonnes()),
                );
            }
            Some(_) => {}
        }
    }
    found
}

fn licences(document: &Manifest, facts: &Facts<'_>) -> Vec<Violation> {
    let mut found = Vec::new();
    let mut sums: BTreeMap<(usize, usize), (usize, i64)> = BTreeMap::new();
    for (i, line) in document.consignor_part.lines.iter().enumerate() {
        match licence_line(&facts.licences, &line.waste_code, &line.method_code, facts.today()) {
            Ok(place) => {
                let entry = sums.entry(place).or_insert((i, 0));
                entry.1 = entry.1.saturating_add(line.mass_g);
            }
            Err(rule) => found.push(licence_refusal(rule, line, i)),
        }
    }
    for (place, (line, mass)) in sums {
        found.extend(yearly(facts, place, mass, &format!("/consignor_part/lines/{line}/mass_g")));
    }
    found
}

fn licence_refusal(rule: &'static str, line: &Line, index: usize) -> Violation {
    let field = if rule == rules::LICENCE_METHOD { "method_code" } else { "waste_code" };
    Violation::error(rule, format!("/consignor_part/lines/{index}/{field}"))
        .with("code", &line.waste_code)
        .with("method", &line.method_code)
}

fn yearly(facts: &Facts<'_>, (licence, line): (usize, usize), mass: i64, path: &str) -> Option<Violation> {
    let licence = facts.licences.get(licence)?;
    let quota = licence.lines.get(line)?;
    let total = quota.used_g.saturating_add(mass);
    let violation = match overload(quota.yearly_g, total)? {
        Severity::Error => Violation::error(rules::LICENCE_OVER, path),
        Severity::Warning => Violation::warning(rules::LICENCE_FULL, path),
    };
    Some(
        violation
            .with("licence", &licence.number)
            .with("yearly", Grams(quota.yearly_g).to_tonnes())
            .with("total", Grams(total).to_tonnes()),
    )
}

/// The approval between the two parties that holds a code: valid ones first.
fn approval_for<'a>(
    document: &Manifest,
    facts: &'a Facts<'_>,
    code: &str,
) -> Result<(&'a ApprovalFacts, usize), &'static str> {
    let names = |a: &&ApprovalFacts| {
        a.active && a.consignor_id == document.consignor.id && a.receiver_id == document.receiver.id
    };
    let today = facts.today();
    let mut refusal = rules::NO_APPROVAL;
    for approval in facts.approvals.iter().filter(names) {
        let Some(line) = approval.lines.iter().position(|line| line.waste_code == code) else { continue };
        if approval.valid_from <= today && today <= approval.valid_to {
            return Ok((approval, line));
        }
        refusal = rules::APPROVAL_EXPIRED;
    }
    Err(refusal)
}

fn approval(document: &Manifest, facts: &Facts<'_>) -> Vec<Violation> {
    let mut found = Vec::new();
    for (code, (line, mass)) in by_code(document) {
        let at = format!("/consignor_part/lines/{line}");
        match approval_for(document, facts, code) {
            Err(rule) => found.push(Violation::error(rule, format!("{at}/waste_code")).with("code", code)),
            Ok((approval, index)) => {
                let Some(quota) = approval.lines.get(index) else { continue };
                if quota.used_g.saturating_add(mass) > quota.quantity_g {
                    found.push(
                        Violation::error(rules::APPROVAL_QUOTA, format!("{at}/mass_g"))
                            .with("code", code)
                            .with("approval", &approval.number)
                            .with(
                                "left",
                                Grams(quota.quantity_g.saturating_sub(quota.used_g).max(0)).to_tonnes(),
                            )
                            .with("asked", Grams(mass).to_tonnes()),
                    );
                }
            }
        }
    }
    found
}

/// What the document holds from the consignor's signature on.
pub(in super::super) fn uses_when_sent(document: &Manifest, facts: &Facts<'_>) -> Vec<QuotaUse> {
    let year = facts.year();
    let mut uses: BTreeMap<(QuotaKind, String, i64, String), i64> = BTreeMap::new();
    let mut add = |kind, id: &str, line: i64, code: &str, mass: i64| {
        let key = (kind, id.to_owned(), line, code.to_owned());
        let entry = uses.entry(key).or_insert(0);
        *entry = entry.saturating_add(mass);
    };
    let leaves = leaves_province(document, facts);
    for line in &document.consignor_part.lines {
        let code = line.waste_code.as_str();
        if let Some(plan) = &facts.plan {
            add(QuotaKind::Plan, &plan.id, 0, code, line.mass_g);
        }
        if let Ok((licence, at)) = licence_line(&facts.licences, code, &line.method_code, facts.today())
            && let Some(licence) = facts.licences.get(licence)
            && let Some(quota) = licence.lines.get(at)
        {
            add(QuotaKind::Licence, &licence.id, quota.no, code, line.mass_g);
        }
        if leaves && let Ok((approval, _)) = approval_for(document, facts, code) {
            add(QuotaKind::Approval, &approval.id, 0, code, line.mass_g);
        }
    }
    uses.into_iter()
        .map(|((kind, ref_id, line, waste_code), mass_g)| QuotaUse {
            kind,
            ref_id,
            line,
            year,
            waste_code,
            mass_g,
        })
        .collect()
}

/// Accepted mass of the document by code: as sent, and as weighed by the receiver.
fn accepted_by_code(document: &Manifest) -> BTreeMap<&str, (i64, i64)> {
    let mut sums: BTreeMap<&str, (i64, i64)> = BTreeMap::new();
    let Some(part) = &document.receiver_part else { return sums };
    for received in &part.lines {
        let Some(line) = document.consignor_part.lines.iter().find(|line| line.no == received.no) else {
            continue;
        };
        let entry = sums.entry(&line.waste_code).or_insert((0, 0));
        for lot in received.lots.iter().filter(|lot| lot.accepted) {
            let sent = line.lots.iter().find(|c| c.lot_id == lot.lot_id).map_or(0, |c| c.mass_g);
            entry.0 = entry.0.saturating_add(sent);
            entry.1 = entry.1.saturating_add(lot.received_g);
        }
    }
    sums
}

/// What the document uses once the receiver has signed: of plan and approval the accepted mass as sent, of
/// the licence the accepted mass as weighed.
pub(in super::super) fn uses_when_received(document: &Manifest) -> Vec<QuotaUse> {
    let accepted = accepted_by_code(document);
    // One code may lie on two licence lines (two methods): each keeps its share in proportion of what it held.
    let mut uses = document.uses.clone();
    for kind in [QuotaKind::Plan, QuotaKind::Licence, QuotaKind::Approval] {
        for (code, (sent, received)) in &accepted {
            let target = if kind == QuotaKind::Licence { *received } else { *sent };
            let places: Vec<usize> = uses
                .iter()
                .enumerate()
                .filter(|(_, u)| u.kind == kind && u.waste_code == *code)
                .map(|(i, _)| i)
                .collect();
            let weights: Vec<i64> = places.iter().filter_map(|i| uses.get(*i)).map(|u| u.mass_g).collect();
            let Some(shares) = crate::quantity::allocate(target, &weights) else { continue };
            for (place, share) in places.into_iter().zip(shares) {
                if let Some(quota) = uses.get_mut(place) {
                    quota.mass_g = share;
                }
            }
        }
    }
    uses.retain(|quota| quota.mass_g > 0);
    uses
}

/// HW-TR-201, 204, 205 at the receiver, with the weights found there.
pub(super) fn received(document: &Manifest, facts: &Facts<'_>) -> Vec<Violation> {
    let mut found = Vec::new();
    let uses = uses_when_received(document);
    let mut sums: BTreeMap<(usize, usize), i64> = BTreeMap::new();
    for quota in uses.iter().filter(|quota| quota.kind == QuotaKind::Licence) {
        let licence = facts.licences.iter().position(|l| l.id == quota.ref_id);
        let today = facts.today();
        let valid =
            licence.and_then(|i| facts.licences.get(i)).is_some_and(|l| l.active && today <= l.valid_to);
        if !valid {
            let missing = Violation::error(rules::NO_LICENCE, "/receiver_part/licence_no");
            found.push(missing.with("code", &quota.waste_code).with("method", ""));
        }
        let Some(licence) = licence else { continue };
        let lines = facts.licences.get(licence).map_or(&[][..], |l| &l.lines);
        match lines.iter().position(|line| line.no == quota.line) {
            Some(line) => {
                let sum = sums.entry((licence, line)).or_insert(0);
                *sum = sum.saturating_add(quota.mass_g);
            }
            // An amendment took the line out while the document was on the road.
            None => found.push(
                Violation::error(rules::LICENCE_CODE, "/receiver_part/licence_no")
                    .with("code", &quota.waste_code)
                    .with("method", ""),
            ),
        }
    }
    for (place, mass) in sums {
        found.extend(yearly(facts, place, mass, "/receiver_part/lines"));
    }
    found
}
