//! What manifests do to lots.

use super::bench::*;
use crate::ledger::*;
use crate::trace::{Direction, Flow, Graph, Node};

pub(super) fn graph(state: &State) -> Graph {
    let nodes = state.lots.values().map(|l| Node {
        id: l.id.clone(),
        initial_g: l.state.initial_g,
        remaining_g: l.state.remaining_g,
    });
    let flows = state.edges.iter().map(|e| Flow { src: e.src.clone(), dst: e.dst.clone(), mass_g: e.mass_g });
    Graph::build(nodes, flows).expect("complete")
}

#[test]
fn accepted_lots_continue_at_the_receiver_with_its_weight() {
    let mut b = Bench::new();
    b.generate(OILY, &[1_000, 2_000], Some("g-store")).expect("fine");
    let ids = b.made();
    let [one, two] = [ids[0].as_str(), ids[1].as_str()];
    b.send(&[one, two], "m1").expect("fine");
    assert_eq!(b.lot(one).state.status, LotStatus::InTransit);
    b.check();
    b.receive(&[(one, 990), (two, 2_004)], "m1").expect("fine");
    assert_eq!(b.lot(one).state.status, LotStatus::Received);
    let own = b.made();
    assert_eq!(own.iter().map(|id| b.lot(id).state.remaining_g).collect::<Vec<_>>(), [990, 2_004]);
    assert_eq!(b.lot(&own[0]).container, b.lot(one).container, "the label stays on the drum");
    assert_eq!(
        (b.lot(&own[0]).holder.as_str(), b.lot(&own[0]).source_manifest.as_deref()),
        ("R", Some("m1"))
    );
    b.check();
    let g = graph(&b.state);
    let back = g.trace(&own[1], Direction::Backward).expect("sound");
    assert_eq!(back.nodes.iter().map(|n| n.own_g).filter(|g| *g > 0).collect::<Vec<_>>(), [2_000, 4]);
    let forward = g.trace(one, Direction::Forward).expect("sound");
    assert_eq!(forward.nodes.iter().map(|n| n.own_g).filter(|g| *g > 0).sum::<i64>(), 1_000);
    let rows: Vec<&RegisterRow> = b.state.rows.iter().filter(|r| r.table == Table::B5).collect();
    assert_eq!(rows[0].batch.kind(), crate::codes::BatchKind::EntrustedDisposal);
    assert_eq!(rows[0].cell(Column::LicensedName), Cell::Text("R".into()));
    assert_eq!(rows[0].cell(Column::ExemptName), Cell::Empty);
}

#[test]
fn refused_lots_come_back_and_correct_the_register() {
    let mut b = Bench::new();
    b.generate(OILY, &[1_000], Some("g-store")).expect("fine");
    let id = b.made().remove(0);
    b.send(&[&id], "m1").expect("fine");
    let refuse = Refuse { manifest: "m1".into(), lots: vec![id.clone()], occurred_at: b.now };
    b.run("R", |w, i| decide_refuse(w, i, &refuse)).expect("fine");
    b.check();
    let back = Return { manifest: "m1".into(), lots: vec![id.clone()], occurred_at: b.now };
    blocked(b.run("R", |w, i| decide_return(w, i, &back)), &[rules::LOT_UNKNOWN]);
    b.run("G", |w, i| decide_return(w, i, &back)).expect("fine");
    let state = &b.lot(&id).state;
    assert_eq!((state.status, state.manifest.as_deref()), (LotStatus::Stored, None));
    let later: Vec<i64> =
        b.state.rows.iter().filter(|r| matches!(r.table, Table::B3 | Table::B5)).map(|r| r.mass_g).collect();
    assert_eq!(later, [0, 0]);
    let kinds: Vec<EntryKind> = b.state.entries.iter().map(|e| e.kind).collect();
    assert_eq!(kinds, [EntryKind::Generated, EntryKind::Sent, EntryKind::Returned]);
    b.check();
}

#[test]
fn led_080_only_the_manifest_moves_its_lots() {
    let mut b = Bench::new();
    b.generate(OILY, &[1_000], Some("g-store")).expect("fine");
    let id = b.made().remove(0);
    b.send(&[&id], "m1").expect("fine");
    blocked(b.receive(&[(&id, 1_000)], "m2"), &[rules::LOT_UNKNOWN]);
    b.receive(&[(&id, 1_000)], "m1").expect("fine");
    blocked(b.receive(&[(&id, 1_000)], "m1"), &[rules::LOT_STATUS]);
    b.generate(OILY, &[1_000], Some("g-store")).expect("fine");
    let other = b.made().remove(0);
    b.stage("G", &[&other], Purpose::Transfer, Some("m3")).expect("fine");
    let send = Send {
        manifest: "m4".into(),
        lines: vec![SendLine { lots: vec![other], method: method("D10") }],
        receiver: Receiver { kind: ReceiverKind::Licensed, name: String::new(), licence: String::new() },
        occurred_at: b.now,
    };
    blocked(b.run("G", |w, i| decide_send(w, i, &send)), &[rules::NOT_ON_MANIFEST]);
}

#[test]
fn led_039_a_licensed_operator_stores_one_year() {
    let mut b = Bench::new();
    b.generate(OILY, &[1_000], Some("g-store")).expect("fine");
    let id = b.made().remove(0);
    b.send(&[&id], "m1").expect("fine");
    b.receive(&[(&id, 1_000)], "m1").expect("fine");
    let own = b.made().remove(0);
    b.now += 365 * crate::time::DAY_US + 1;
    assert_eq!(rules_of(&b.stage("R", &[&own], Purpose::Treatment, None)), [rules::LICENSED_YEAR]);
}
