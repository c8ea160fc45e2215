//! Weight correction: the scale shows something else than the ledger. The difference becomes a node of its
//! own, so that no gram appears or vanishes unexplained.

use super::work::{Decision, Draft, MAX_TEXT};
use super::{EdgeKind, EntryKind, EventKind, LotKind, LotStatus, Origin, RowChange, Table, World, rules};
use crate::problem::Violation;
use crate::quantity::ABSURD_G;

/// A lot is weighed again.
#[derive(Clone, Debug)]
pub struct Adjust {
    /// Lot.
    pub lot: String,
    /// What the scale shows now, in grams: the mass that remains, after all that already left.
    pub mass_g: i64,
    /// Why.
    pub reason: String,
    /// When (µs UTC).
    pub occurred_at: i64,
}

/// Decides a weight correction.
///
/// # Errors
/// Every rule that blocks, with the warnings.
pub fn decide_adjust(
    world: World<'_>,
    ids: &mut dyn FnMut() -> String,
    command: &Adjust,
) -> Result<Decision, Vec<Violation>> {
    let mut draft = Draft::begin(world, ids, EventKind::Adjusted, command.occurred_at, "/occurred_at");
    if command.reason.trim().is_empty() {
        draft.fail(Violation::error(rules::REASON_MISSING, "/reason"));
    }
    draft.check_text(&command.reason, MAX_TEXT, "/reason");
    if command.mass_g < 0 {
        draft.fail(Violation::error(rules::NEGATIVE, "/mass_g").with("value", command.mass_g));
    } else if command.mass_g > ABSURD_G {
        draft.check_mass(command.mass_g, "/mass_g");
    }
    let Some(mut lot) = draft.lot(&command.lot, "/lot_id") else { return draft.finish() };
    draft.check_status(&lot, "/lot_id", &[LotStatus::Generated, LotStatus::Stored, LotStatus::Staged]);
    if lot.state.manifest.is_some() {
        draft.fail(Violation::error(rules::ON_MANIFEST, "/lot_id").with("lot", super::work::label(&lot)));
    }
    let change = command.mass_g.saturating_sub(lot.state.remaining_g);
    if change == 0 {
        draft.fail(Violation::error(rules::NO_CHANGE, "/mass_g"));
    }
    if draft.blocked() {
        return draft.finish();
    }
    draft.event.reason = Some(command.reason.trim().to_owned());
    let mut node = draft.node(LotKind::Difference, Origin::Weighed, "", &lot.site, change.saturating_abs());
    node.waste_code = lot.waste_code;
    if change > 0 {
        node.state.remaining_g = 0;
        lot.state.initial_g = lot.state.initial_g.saturating_add(change);
        lot.state.remaining_g = lot.state.remaining_g.saturating_add(change);
        draft.edge(&node.id, &lot.id, change, EdgeKind::Difference);
    } else {
        draft.edge(&lot.id, &node.id, change.saturating_neg(), EdgeKind::Difference);
        draft.take(&mut lot, change.saturating_neg(), "/mass_g");
    }
    if let Some(batch) = lot.state.store_out_batch.filter(|_| lot.state.purpose.is_some()) {
        // The storage-out row says what was really taken out.
        let mass_g = lot.state.staged_g.saturating_add(change).max(0);
        draft.event.row_changes.push(RowChange { table: Table::B3, batch, lot: lot.id.clone(), mass_g });
    }
    lot.state.staged_g = lot.state.staged_g.saturating_add(change).max(0);
    draft.entry(&lot, EntryKind::Adjusted, change, None);
    draft.add_lot(node);
    draft.update(lot);
    draft.finish()
}
