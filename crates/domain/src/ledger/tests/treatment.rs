//! Use and disposal.

use super::bench::*;
use crate::codes::{BatchKind, ContainerKind, Traits, WasteForm};
use crate::ledger::*;
use crate::problem::Violation;

fn residue(mass_g: i64) -> Residue {
    Residue {
        waste_code: code(SLUDGE),
        name: "ash".into(),
        form: WasteForm::Solid,
        traits: Traits::NONE,
        packaging: ContainerKind::BulkBag,
        capacity_ml: None,
        mass_g,
    }
}

fn treat(b: &Bench, facility: &str, way: &str, inputs: &[(&str, i64)], destroyed_g: i64) -> Treat {
    Treat {
        facility: facility.into(),
        method: method(way),
        inputs: inputs.iter().map(|(lot, g)| Take { lot: (*lot).to_owned(), mass_g: *g }).collect(),
        residues: Vec::new(),
        products: Vec::new(),
        destroyed_g,
        started_at: b.now,
        finished_at: b.now,
        note: None,
    }
}

fn run(b: &mut Bench, command: &Treat) -> Result<Vec<Violation>, Vec<Violation>> {
    b.run("G", |w, i| decide_treat(w, i, command))
}

#[test]
fn inputs_become_residue_product_and_end() {
    let mut b = Bench::new();
    b.generate(OILY, &[100, 50], Some("g-store")).expect("fine");
    let ids = b.made();
    let mut command = treat(&b, "g-burn", "D10", &[(&ids[0], 100), (&ids[1], 31)], 90);
    command.residues = vec![residue(30)];
    command.products = vec![Product { name: "steam".into(), mass_g: 11 }];
    run(&mut b, &command).expect("fine");
    let event = b.events.last().expect("event").clone();
    let kinds: Vec<BatchKind> = event.batches.iter().map(|c| c.kind()).collect();
    assert_eq!(kinds, [BatchKind::SelfDisposal, BatchKind::StoreOut, BatchKind::Generation]);
    assert_eq!(
        event.lots.iter().map(|l| l.kind).collect::<Vec<_>>(),
        [LotKind::Waste, LotKind::Product, LotKind::Treated]
    );
    for lot in &event.lots {
        let into: i64 = event.edges.iter().filter(|e| e.dst == lot.id).map(|e| e.mass_g).sum();
        assert_eq!(into, lot.state.initial_g);
    }
    assert_eq!(b.lot(&ids[1]).state.remaining_g, 19);
    let tables: Vec<Table> = event.rows.iter().map(|r| r.table).collect();
    assert_eq!(tables, [Table::B1, Table::B3, Table::B4, Table::B3, Table::B4]);
    assert_eq!(event.rows[2].source_batches, [event.batches[1]]);
    b.check();
}

#[test]
fn led_061_to_064_treatment_is_checked() {
    let mut b = Bench::new();
    b.generate(OILY, &[100], Some("g-store")).expect("fine");
    let id = b.made().remove(0);
    let bad = treat(&b, "g-burn", "D10", &[(&id, 100)], 99);
    blocked(run(&mut b, &bad), &[rules::TREAT_SUM]);
    let bad = treat(&b, "g-use", "D10", &[(&id, 100)], 100);
    blocked(run(&mut b, &bad), &[rules::METHOD_FACILITY]);
    let bad = treat(&b, "g-store", "D10", &[(&id, 100)], 100);
    blocked(run(&mut b, &bad), &[rules::FACILITY_USE]);
    let bad = Treat { started_at: b.now + MINUTE, ..treat(&b, "g-burn", "D10", &[(&id, 100)], 100) };
    blocked(run(&mut b, &bad), &[rules::TREAT_TIMES]);
    let bad = treat(&b, "g-burn", "D10", &[(&id, 100)], -1);
    assert!(rules_of(&run(&mut b, &bad)).contains(&rules::NEGATIVE));
    b.facilities.get_mut("g-burn").expect("there").accepts = AcceptList::parse([ACID]).expect("valid");
    let bad = treat(&b, "g-burn", "D10", &[(&id, 100)], 100);
    blocked(run(&mut b, &bad), &[rules::FACILITY_CODE]);
    b.stage("G", &[&id], Purpose::Transfer, None).expect("fine");
    let bad = treat(&b, "g-use", "R1", &[(&id, 100)], 100);
    blocked(run(&mut b, &bad), &[rules::PURPOSE]);
}

#[test]
fn a_staged_lot_may_be_treated_in_parts() {
    let mut b = Bench::new();
    b.generate(OILY, &[100], Some("g-store")).expect("fine");
    let id = b.made().remove(0);
    b.stage("G", &[&id], Purpose::SelfUse, None).expect("fine");
    let first = treat(&b, "g-use", "R1", &[(&id, 40)], 40);
    run(&mut b, &first).expect("fine");
    assert_eq!(b.lot(&id).state.status, LotStatus::Staged);
    let undo = Unstage { lots: vec![id.clone()], manifest: None, occurred_at: b.now };
    b.run("G", |w, i| decide_unstage(w, i, &undo)).expect("the rest goes back");
    let out: Vec<i64> = b.state.rows.iter().filter(|r| r.table == Table::B3).map(|r| r.mass_g).collect();
    assert_eq!((out, b.lot(&id).state.remaining_g), (vec![40], 60));
    b.check();
}
