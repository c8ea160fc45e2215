//! Containers of the lines against the ledger: held here, staged, free, the same waste, the same mass.

use super::super::document::{Container, Line, Manifest};
use super::super::facts::Facts;
use super::super::rules;
use crate::problem::Violation;
use crate::quantity::Grams;

/// HW-TR-104, 105 and 501–509 for every line.
pub(super) fn lots(document: &Manifest, facts: &Facts<'_>) -> Vec<Violation> {
    let mut found = Vec::new();
    for (i, line) in document.consignor_part.lines.iter().enumerate() {
        let at = format!("/consignor_part/lines/{i}");
        if !facts.codes.get(&line.waste_code).is_some_and(|code| code.in_force) {
            found.push(
                Violation::error(rules::WASTE_CODE, format!("{at}/waste_code"))
                    .with("code", &line.waste_code),
            );
        }
        if !line.method_code.is_empty() && !facts.methods.contains(&line.method_code) {
            let unknown = Violation::error(rules::METHOD_UNKNOWN, format!("{at}/method_code"));
            found.push(unknown.with("method", &line.method_code));
        }
        found.extend(sums(line, &at));
        for (j, lot) in line.lots.iter().enumerate() {
            found.extend(container(document, line, lot, &format!("{at}/lots/{j}"), facts));
        }
    }
    found
}

fn sums(line: &Line, at: &str) -> Vec<Violation> {
    let mut found = Vec::new();
    let sum = Grams::try_sum(line.lots.iter().map(|lot| Grams(lot.mass_g)));
    if !line.lots.is_empty() && sum != Some(Grams(line.mass_g)) {
        let differs = Violation::error(rules::LINE_SUM, format!("{at}/mass_g"));
        let lots = sum.map_or_else(String::new, Grams::to_kilograms);
        found.push(differs.with("line", Grams(line.mass_g).to_kilograms()).with("containers", lots));
    }
    if !line.lots.is_empty() && usize::try_from(line.containers) != Ok(line.lots.len()) {
        let differs = Violation::error(rules::LINE_COUNT, format!("{at}/containers"));
        found.push(differs.with("line", line.containers).with("containers", line.lots.len()));
    }
    found
}

fn container(
    document: &Manifest,
    line: &Line,
    lot: &Container,
    at: &str,
    facts: &Facts<'_>,
) -> Vec<Violation> {
    let shown = lot.container_code.as_deref().unwrap_or(&lot.lot_id);
    let wrong = |rule: &'static str, field: &str| {
        Violation::error(rule, format!("{at}/{field}")).with("container", shown)
    };
    let Some(known) = facts.lots.get(&lot.lot_id).filter(|l| l.holder_org_id == document.consignor.id) else {
        return vec![wrong(rules::LOT_FOREIGN, "lot_id")];
    };
    let mut found = Vec::new();
    if let Some(other) = &known.held_by {
        found.push(wrong(rules::LOT_TAKEN, "lot_id").with("manifest", other));
    } else if !known.ready {
        found.push(wrong(rules::LOT_NOT_READY, "lot_id"));
    }
    if known.waste_code != line.waste_code {
        found.push(
            wrong(rules::LOT_CODE, "lot_id").with("code", &known.waste_code).with("line", &line.waste_code),
        );
    }
    if known.remaining_g != lot.mass_g {
        let ledger = Grams(known.remaining_g).to_kilograms();
        found.push(wrong(rules::LOT_MASS, "mass_g").with("ledger", ledger));
    }
    if known.site_id != document.consignor_part.site.id {
        found.push(wrong(rules::LOT_SITE, "lot_id"));
    }
    found
}
