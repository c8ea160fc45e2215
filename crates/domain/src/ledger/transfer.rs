//! What a manifest does to lots: they leave, arrive as the receiver's own lots with the weight that its scale
//! shows, or are refused and come back. The manifest's own rules are in [`crate::manifest`].

use super::facility::Incoming;
use super::storage::{self, put_back, row_in};
use super::work::{Decision, Draft, label};
use super::{
    EdgeKind, EntryKind, EventKind, FacilityUse, Lot, LotKind, LotState, LotStatus, Method, Origin, Receiver,
    RegisterRow, RowChange, Table, World, rules,
};
use crate::codes::{BatchKind, MethodKind};
use crate::problem::Violation;

/// Lots leave with a manifest.
#[derive(Clone, Debug)]
pub struct Send {
    /// Manifest that they are bound to.
    pub manifest: String,
    /// Lines of the manifest.
    pub lines: Vec<SendLine>,
    /// Receiving unit.
    pub receiver: Receiver,
    /// Departure (µs UTC).
    pub occurred_at: i64,
}

/// One line of a manifest.
#[derive(Clone, Debug)]
pub struct SendLine {
    /// Its lots.
    pub lots: Vec<String>,
    /// Planned method.
    pub method: Method,
}

/// Lots are accepted by the receiver, who acts.
#[derive(Clone, Debug)]
pub struct Receive {
    /// Manifest.
    pub manifest: String,
    /// Receiver's site.
    pub site: String,
    /// Receiver's storage facility.
    pub facility: String,
    /// Accepted lots.
    pub lots: Vec<ReceivedLot>,
    /// Acceptance (µs UTC).
    pub occurred_at: i64,
}

/// One accepted lot.
#[derive(Clone, Debug)]
pub struct ReceivedLot {
    /// Consignor's lot.
    pub lot: String,
    /// What the receiver's scale shows, in grams.
    pub received_g: i64,
}

/// Lots are refused by the receiver, who acts.
#[derive(Clone, Debug)]
pub struct Refuse {
    /// Manifest.
    pub manifest: String,
    /// Refused lots.
    pub lots: Vec<String>,
    /// Refusal (µs UTC).
    pub occurred_at: i64,
}

/// Refused lots are back at the consignor, who acts.
#[derive(Clone, Debug)]
pub struct Return {
    /// Manifest.
    pub manifest: String,
    /// Lots.
    pub lots: Vec<String>,
    /// When they were back (µs UTC).
    pub occurred_at: i64,
}

/// Decides the departure of lots.
///
/// # Errors
/// Every rule that blocks, with the warnings.
pub fn decide_send(
    world: World<'_>,
    ids: &mut dyn FnMut() -> String,
    command: &Send,
) -> Result<Decision, Vec<Violation>> {
    let mut draft = Draft::begin(world, ids, EventKind::Sent, command.occurred_at, "/occurred_at");
    draft.event.manifest = Some(command.manifest.clone());
    draft.check_count(command.lines.iter().map(|l| l.lots.len()).sum(), "/lines");
    let month = world.settings.zone.month_of(command.occurred_at);
    for (index, line) in command.lines.iter().enumerate() {
        let kind = match line.method.kind {
            MethodKind::Use => BatchKind::EntrustedUse,
            MethodKind::Disposal => BatchKind::EntrustedDisposal,
        };
        let Some(batch) = draft.batch(kind, &format!("/lines/{index}")) else { continue };
        for (position, id) in line.lots.iter().enumerate() {
            let path = format!("/lines/{index}/lots/{position}");
            let Some(mut lot) = draft.lot(id, &path) else { continue };
            draft.check_status(&lot, &path, &[LotStatus::Staged]);
            check_bound(&mut draft, &lot, &path, &command.manifest);
            let mass = lot.state.remaining_g;
            draft.entry(&lot, EntryKind::Sent, mass.saturating_neg(), Some(batch));
            if let Some(code) = lot.waste_code {
                let name = draft.known_name(code);
                draft.event.rows.push(RegisterRow {
                    source_batches: lot.state.store_out_batch.or(lot.generation_batch).into_iter().collect(),
                    method: Some(line.method.code),
                    receiver: Some(command.receiver.clone()),
                    ..RegisterRow::about(
                        Table::B5,
                        batch,
                        &lot,
                        code,
                        name,
                        mass,
                        (command.occurred_at, month),
                    )
                });
            }
            lot.state.status = LotStatus::InTransit;
            lot.state.sent_batch = Some(batch);
            draft.update(lot);
        }
    }
    draft.finish()
}

/// Decides the acceptance of lots. Each becomes a new lot of the receiver, stored at once; what the scales
/// disagree about becomes a difference node.
///
/// # Errors
/// Every rule that blocks, with the warnings.
pub fn decide_receive(
    world: World<'_>,
    ids: &mut dyn FnMut() -> String,
    command: &Receive,
) -> Result<Decision, Vec<Violation>> {
    let mut draft = Draft::begin(world, ids, EventKind::Received, command.occurred_at, "/occurred_at");
    draft.event.manifest = Some(command.manifest.clone());
    draft.check_count(command.lots.len(), "/lots");
    let facility = draft.facility(&command.facility, "/facility_id", &command.site, &[FacilityUse::Storage]);
    let mut taken = Vec::new();
    for (index, received) in command.lots.iter().enumerate() {
        let path = format!("/lots/{index}");
        draft.check_mass(received.received_g, &format!("{path}/received_g"));
        if let Some(lot) = on_the_road(&mut draft, &received.lot, &path, &command.manifest) {
            taken.push((lot, received.received_g));
        }
    }
    let Some(facility) = facility else { return draft.finish() };
    let incoming: Vec<Incoming> = taken
        .iter()
        .filter_map(|(lot, mass_g)| Some(Incoming { code: lot.waste_code?, mass_g: *mass_g }))
        .collect();
    draft.check_storage(&facility, "/facility_id", &incoming, 0);
    draft.event.facility = Some(facility.id.clone());
    let Some(batch) = draft.batch(BatchKind::StoreIn, "") else { return draft.finish() };
    for (mut lot, received_g) in taken {
        let sent_g = lot.state.remaining_g;
        let mut own = Lot {
            id: draft.new_id(),
            origin: Origin::Received,
            holder: world.party.id.clone(),
            site: command.site.clone(),
            source_manifest: Some(command.manifest.clone()),
            created_at: command.occurred_at,
            state: LotState::new(received_g, LotStatus::Generated, command.occurred_at),
            ..lot.clone()
        };
        storage::put(&mut draft, &mut own, &facility, command.occurred_at);
        own.state.store_in_batch = Some(batch);
        let same = sent_g.min(received_g);
        draft.edge(&lot.id, &own.id, same, EdgeKind::Transfer);
        if sent_g != received_g {
            let difference = sent_g.abs_diff(received_g).try_into().unwrap_or(i64::MAX);
            let mut node = draft.node(LotKind::Difference, Origin::Weighed, "", &command.site, difference);
            node.waste_code = lot.waste_code;
            if sent_g > received_g {
                draft.edge(&lot.id, &node.id, difference, EdgeKind::Difference);
            } else {
                node.state.remaining_g = 0;
                draft.edge(&node.id, &own.id, difference, EdgeKind::Difference);
            }
            draft.add_lot(node);
        }
        row_in(&mut draft, &own, &facility, batch, own.generation_batch.into_iter().collect());
        draft.entry(&own, EntryKind::Received, received_g, Some(batch));
        draft.add_lot(own);
        lot.state.remaining_g = 0;
        lot.state.status = LotStatus::Received;
        lot.state.deadline_at = None;
        draft.update(lot);
    }
    draft.finish()
}

/// Decides the refusal of lots.
///
/// # Errors
/// Every rule that blocks, with the warnings.
pub fn decide_refuse(
    world: World<'_>,
    ids: &mut dyn FnMut() -> String,
    command: &Refuse,
) -> Result<Decision, Vec<Violation>> {
    let mut draft = Draft::begin(world, ids, EventKind::Refused, command.occurred_at, "/occurred_at");
    draft.event.manifest = Some(command.manifest.clone());
    draft.check_count(command.lots.len(), "/lots");
    for (index, id) in command.lots.iter().enumerate() {
        if let Some(mut lot) = on_the_road(&mut draft, id, &format!("/lots/{index}"), &command.manifest) {
            lot.state.status = LotStatus::Refused;
            draft.update(lot);
        }
    }
    draft.finish()
}

/// Decides the return of refused lots to where they were, and corrects the register.
///
/// # Errors
/// Every rule that blocks, with the warnings.
pub fn decide_return(
    world: World<'_>,
    ids: &mut dyn FnMut() -> String,
    command: &Return,
) -> Result<Decision, Vec<Violation>> {
    let mut draft = Draft::begin(world, ids, EventKind::Returned, command.occurred_at, "/occurred_at");
    draft.event.manifest = Some(command.manifest.clone());
    draft.check_count(command.lots.len(), "/lots");
    for (index, id) in command.lots.iter().enumerate() {
        let path = format!("/lots/{index}");
        let Some(mut lot) = draft.lot(id, &path) else { continue };
        draft.check_status(&lot, &path, &[LotStatus::Refused]);
        check_bound(&mut draft, &lot, &path, &command.manifest);
        let batch = lot.state.sent_batch.take();
        if let Some(batch) = batch {
            draft.event.row_changes.push(RowChange {
                table: Table::B5,
                batch,
                lot: lot.id.clone(),
                mass_g: 0,
            });
        }
        draft.entry(&lot, EntryKind::Returned, lot.state.remaining_g, batch);
        put_back(&mut draft, &mut lot);
        draft.update(lot);
    }
    draft.finish()
}

/// A lot of whatever consignor that is on the road with this manifest.
fn on_the_road(draft: &mut Draft<'_>, id: &str, path: &str, manifest: &str) -> Option<Lot> {
    // A receiver sees another firm's lot only through the manifest that brings it.
    let lot = draft.lot_of(id, path, |lot| lot.state.manifest.as_deref() == Some(manifest))?;
    draft.check_status(&lot, path, &[LotStatus::InTransit]);
    Some(lot)
}

fn check_bound(draft: &mut Draft<'_>, lot: &Lot, path: &str, manifest: &str) {
    if lot.state.manifest.as_deref() != Some(manifest) {
        draft.fail(Violation::error(rules::NOT_ON_MANIFEST, path).with("lot", label(lot)));
    }
}
