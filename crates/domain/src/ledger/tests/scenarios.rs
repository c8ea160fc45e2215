//! Generation, storage, repacking and correction, one rule at a time.

use super::bench::*;
use crate::codes::{BatchKind, ContainerKind};
use crate::ledger::*;
use crate::problem::Severity;
use crate::time::DAY_US;

#[test]
fn five_steps_in_one_go() {
    let mut b = Bench::new();
    assert_eq!(b.generate(OILY, &[120_000, 80_500], Some("g-store")), Ok(vec![]));
    let event = b.events.last().expect("event").clone();
    let batches: Vec<BatchKind> = event.batches.iter().map(|c| c.kind()).collect();
    assert_eq!(batches, [BatchKind::Generation, BatchKind::StoreIn]);
    assert_eq!(event.batches[0].to_string(), "HWCS20261102001");
    let lot = &event.lots[1];
    assert_eq!(lot.container.as_ref().expect("code").to_string(), "91320281MA1NQWAN0A9000414920261102002");
    assert_eq!((lot.state.status, lot.state.facility.as_deref()), (LotStatus::Stored, Some("g-store")));
    assert_eq!(lot.traits.to_string(), "T,In");
    assert_eq!(lot.state.deadline_at, Some(b.now + 365 * DAY_US));
    let tables: Vec<Table> = event.rows.iter().map(|r| r.table).collect();
    assert_eq!(tables, [Table::B1, Table::B2, Table::B1, Table::B2]);
    assert_eq!(event.rows[1].source_batches, [event.batches[0]]);
    b.generate(OILY, &[1_000], None).expect("second of the day");
    assert_eq!(b.events[1].batches[0].to_string(), "HWCS20261102002");
    assert!(b.events[1].lots[0].container.as_ref().expect("code").to_string().ends_with("003"));
    b.check();
}

#[test]
fn register_columns_follow_hj_1259() {
    let keys = |t: Table| t.columns().iter().map(|c| c.as_str()).collect::<Vec<_>>().join(" ");
    assert_eq!(
        keys(Table::B1),
        "batch at internal_name catalogue_name category code mass unit container packaging count generating_facility handler destination"
    );
    assert!(keys(Table::B3).ends_with("storage_kind handler transport_handler source_batch destination"));
    assert!(keys(Table::B4).ends_with("treatment_facility method finished_at handler source_batch"));
    let mut b = Bench::new();
    b.generate(OILY, &[1_234_567], Some("g-store")).expect("fine");
    let row = &b.state.rows[0];
    assert_eq!(row.cell(Column::Mass), Cell::Tonnes(1_234_567));
    assert_eq!(row.cell(Column::Category), Cell::Text("HW49".into()));
    assert_eq!(row.cell(Column::CatalogueName), Cell::Text(format!("national name of {OILY}")));
    assert_eq!(row.cell(Column::GeneratingFacility), Cell::Text("G-MAKE".into()));
    assert_eq!(row.cell(Column::Destination), Cell::Word("storage"));
    assert_eq!(row.cell(Column::Handler), Cell::Person(Column::Handler));
}

#[test]
fn led_005_006_007_times_are_sane() {
    let mut b = Bench::new();
    let mut command = b.generation(OILY, &[1_000], None);
    command.occurred_at = b.now + 6 * MINUTE;
    blocked(b.run("G", |w, i| decide_generate(w, i, &command)), &[rules::FUTURE]);
    command.occurred_at = b.now - 366 * DAY_US;
    blocked(b.run("G", |w, i| decide_generate(w, i, &command)), &[rules::BACKFILL]);
    command.occurred_at = b.now + 4 * MINUTE;
    b.run("G", |w, i| decide_generate(w, i, &command)).expect("a small skew of clocks is fine");
    let store = StoreIn { lots: b.made(), facility: "g-store".into(), occurred_at: b.now };
    blocked(b.run("G", |w, i| decide_store_in(w, i, &store)), &[rules::BEFORE_PREVIOUS]);
}

#[test]
fn led_001_002_004_lots_are_checked() {
    let mut b = Bench::new();
    b.generate(OILY, &[1_000], Some("g-store")).expect("fine");
    let id = b.made().remove(0);
    blocked(b.stage("R", &[&id], Purpose::Transfer, None), &[rules::LOT_UNKNOWN]);
    blocked(b.stage("G", &["nobody"], Purpose::Transfer, None), &[rules::LOT_UNKNOWN]);
    blocked(b.stage("G", &[&id, &id], Purpose::Transfer, None), &[rules::LOT_TWICE]);
    blocked(b.stage("G", &[], Purpose::Transfer, None), &[rules::EMPTY]);
    let store = StoreIn { lots: vec![id], facility: "g-store".into(), occurred_at: b.now };
    blocked(b.run("G", |w, i| decide_store_in(w, i, &store)), &[rules::LOT_STATUS]);
}

#[test]
fn led_020_to_027_the_waste_is_described() {
    let mut b = Bench::new();
    blocked(b.generate("900-001-49", &[1_000], None), &[rules::CODE_UNLISTED, rules::TRAITS_MISSING]);
    let mut command = b.generation(OILY, &[1_000], None);
    command.internal_name = " ".into();
    blocked(b.run("G", |w, i| decide_generate(w, i, &command)), &[rules::NAME_MISSING]);
    let mut command = b.generation(OILY, &[1_000, 2_000], None);
    command.packaging = ContainerKind::None;
    blocked(b.run("G", |w, i| decide_generate(w, i, &command)), &[rules::BULK_ONE]);
    let mut command = b.generation(OILY, &[1_000], None);
    command.containers[0].gross_g = Some(1_500);
    command.containers[0].tare_g = Some(400);
    blocked(b.run("G", |w, i| decide_generate(w, i, &command)), &[rules::GROSS_TARE]);
    let mut command = b.generation(OILY, &[3_000_000], None);
    command.traits = "C".parse().expect("valid");
    assert_eq!(
        rules_of(&b.run("G", |w, i| decide_generate(w, i, &command))),
        [rules::TRAITS_DIFFER, rules::DENSITY]
    );
    blocked(b.generate(OILY, &[0], None), &[crate::quantity::rules::NOT_POSITIVE]);
    blocked(b.generate(OILY, &[i64::MAX], None), &[crate::quantity::rules::ABSURD]);
    blocked(b.generate(OILY, &[], None), &[rules::EMPTY]);
    blocked(b.generate(OILY, &[1; 201], None), &[rules::TOO_MANY]);
}

#[test]
fn led_030_to_034_facilities_are_checked() {
    let mut b = Bench::new();
    blocked(b.generate(OILY, &[1], Some("r-store")), &[rules::FACILITY_UNKNOWN]);
    blocked(b.generate(OILY, &[1], Some("g-burn")), &[rules::FACILITY_USE]);
    b.facilities.get_mut("g-store").expect("there").active = false;
    blocked(b.generate(OILY, &[1], Some("g-store")), &[rules::FACILITY_INACTIVE]);
    let store = b.facilities.get_mut("g-store").expect("there");
    (store.active, store.site) = (true, "elsewhere".into());
    blocked(b.generate(OILY, &[1], Some("g-store")), &[rules::FACILITY_SITE]);
    let store = b.facilities.get_mut("g-store").expect("there");
    store.site = "G-site".into();
    store.accepts = AcceptList::parse(["HW08", ACID]).expect("valid");
    store.capacity_g = Some(1_000);
    blocked(b.generate(OILY, &[1], Some("g-store")), &[rules::FACILITY_CODE]);
    b.generate(ACID, &[600], Some("g-store")).expect("fits");
    assert_eq!(rules_of(&b.generate(ACID, &[600], Some("g-store"))), [rules::FACILITY_CAPACITY]);
    b.settings.capacity = Severity::Error;
    blocked(b.generate(ACID, &[600], Some("g-store")), &[rules::FACILITY_CAPACITY]);
}

#[test]
fn led_035_a_storage_point_holds_three_tonnes() {
    let mut b = Bench::new();
    b.generate(OILY, &[1_500_000, 1_500_000], Some("g-point")).expect("exactly three tonnes");
    blocked(b.generate(OILY, &[1], Some("g-point")), &[rules::STORAGE_POINT]);
}

#[test]
fn led_036_incompatible_wastes_do_not_meet() {
    let mut b = Bench::new();
    b.generate(ACID, &[1_000], Some("g-store")).expect("alone");
    blocked(b.generate(CYANIDE, &[1_000], Some("g-store")), &[rules::INCOMPATIBLE]);
    b.generate(CYANIDE, &[1_000], Some("g-point")).expect("elsewhere");
}

#[test]
fn led_040_041_storage_terms_are_said() {
    let mut b = Bench::new();
    b.generate(MEDICAL, &[1_000], Some("g-store")).expect("fine");
    let medical = b.made().remove(0);
    b.generate(OILY, &[1_000], Some("g-store")).expect("fine");
    let oily = b.made().remove(0);
    b.now += 2 * DAY_US + 1;
    assert_eq!(rules_of(&b.stage("G", &[&medical], Purpose::SelfDisposal, None)), [rules::MEDICAL_TERM]);
    b.now += 364 * DAY_US;
    assert_eq!(rules_of(&b.stage("G", &[&oily], Purpose::SelfDisposal, None)), [rules::STORAGE_TERM]);
}

#[test]
fn staging_is_undone_with_its_row() {
    let mut b = Bench::new();
    b.generate(OILY, &[1_000], Some("g-store")).expect("fine");
    let id = b.made().remove(0);
    b.stage("G", &[&id], Purpose::SelfDisposal, None).expect("fine");
    let out = |b: &Bench| {
        b.state.rows.iter().filter(|r| r.table == Table::B3).map(|r| r.mass_g).collect::<Vec<_>>()
    };
    assert_eq!(out(&b), [1_000]);
    let undo = Unstage { lots: vec![id.clone()], manifest: None, occurred_at: b.now };
    b.run("G", |w, i| decide_unstage(w, i, &undo)).expect("fine");
    assert_eq!((out(&b), b.lot(&id).state.status), (vec![0], LotStatus::Stored));
    // On a manifest only the manifest lets go.
    b.stage("G", &[&id], Purpose::Transfer, None).expect("fine");
    b.stage("G", &[&id], Purpose::Transfer, Some("m1")).expect("bound without a second storage-out");
    assert_eq!(out(&b), [0, 1_000]);
    blocked(b.stage("G", &[&id], Purpose::Transfer, Some("m2")), &[rules::ON_MANIFEST]);
    blocked(b.run("G", |w, i| decide_unstage(w, i, &undo)), &[rules::ON_MANIFEST]);
    let release = Unstage { manifest: Some("m1".into()), ..undo };
    b.run("G", |w, i| decide_unstage(w, i, &release)).expect("fine");
    b.check();
}

#[test]
fn led_050_to_054_repacking_keeps_mass_and_kind() {
    let mut b = Bench::new();
    b.generate(OILY, &[100, 50], Some("g-store")).expect("fine");
    let oily = b.made();
    b.generate(ACID, &[70], Some("g-point")).expect("fine");
    let acid = b.made().remove(0);
    let take = |lot: &str, mass_g| Take { lot: lot.to_owned(), mass_g };
    let into = |mass_g| NewContainer { packaging: ContainerKind::Drum, capacity_ml: None, mass_g };
    let at = b.now;
    let repack =
        |inputs, outputs| Repack { inputs, outputs, facility: Some("g-store".into()), occurred_at: at };
    let bad = repack(vec![take(&oily[0], 100), take(&acid, 70)], vec![into(170)]);
    blocked(b.run("G", |w, i| decide_repack(w, i, &bad)), &[rules::MERGE_CODES]);
    let bad = repack(vec![take(&oily[0], 100)], vec![into(99)]);
    blocked(b.run("G", |w, i| decide_repack(w, i, &bad)), &[rules::REPACK_SUM]);
    let bad = repack(vec![take(&oily[0], 101)], vec![into(101)]);
    blocked(b.run("G", |w, i| decide_repack(w, i, &bad)), &[rules::OVERDRAWN]);
    let bad = Repack { facility: None, ..repack(vec![take(&oily[0], 100)], vec![into(100)]) };
    blocked(b.run("G", |w, i| decide_repack(w, i, &bad)), &[rules::REPACK_FACILITY]);
    let since = b.lot(&oily[0]).state.stored_at;
    b.now += DAY_US;
    let good = Repack {
        occurred_at: b.now,
        ..repack(vec![take(&oily[0], 100), take(&oily[1], 20)], vec![into(40), into(80)])
    };
    b.run("G", |w, i| decide_repack(w, i, &good)).expect("fine");
    let made = b.made();
    assert_eq!(b.lot(&oily[0]).state.status, LotStatus::Consumed);
    assert_eq!((b.lot(&oily[1]).state.remaining_g, b.lot(&oily[1]).state.status), (30, LotStatus::Stored));
    assert_eq!(b.lot(&made[0]).state.stored_at, since, "new drums do not make old waste young");
    assert_eq!(b.lot(&made[0]).generation_batch, b.lot(&oily[0]).generation_batch);
    b.check();
}

#[test]
fn led_070_071_072_corrections_are_explained() {
    let mut b = Bench::new();
    b.generate(OILY, &[1_000], Some("g-store")).expect("fine");
    let id = b.made().remove(0);
    let adjust = |b: &mut Bench, mass_g, reason: &str| {
        let command = Adjust { lot: id.clone(), mass_g, reason: reason.into(), occurred_at: b.now };
        b.run("G", |w, i| decide_adjust(w, i, &command))
    };
    blocked(adjust(&mut b, 900, ""), &[rules::REASON_MISSING]);
    blocked(adjust(&mut b, 1_000, "again"), &[rules::NO_CHANGE]);
    blocked(adjust(&mut b, -1, "typo"), &[rules::NEGATIVE]);
    adjust(&mut b, 900, "scale checked").expect("down");
    adjust(&mut b, 1_200, "scale checked again").expect("up");
    assert_eq!((b.lot(&id).state.initial_g, b.lot(&id).state.remaining_g), (1_300, 1_200));
    b.check();
    adjust(&mut b, 0, "was empty").expect("to nothing");
    assert_eq!(b.lot(&id).state.status, LotStatus::Consumed);
    b.check();
}

#[test]
fn req_142_153_numbers_of_a_day_run_out() {
    let mut b = Bench::new();
    for _ in 0..5 {
        b.generate(OILY, &[1; 199], None).expect("fine");
    }
    blocked(b.generate(OILY, &[1; 5], None), &[crate::codes::rules::CONTAINER_EXHAUSTED]);
    b.generate(OILY, &[1; 4], None).expect("the last four");
    b.generate(ACID, &[1], None).expect("another code counts by itself");
}

#[test]
fn the_largest_event_stays_storable() {
    let mut b = Bench::new();
    let mut command = b.generation(WORDY, &[1_000; 200], Some("g-store"));
    command.internal_name = "名".repeat(60);
    command.components = "成".repeat(120);
    b.run("G", |w, i| decide_generate(w, i, &command)).expect("the most that one command may make");
    let ids = b.made();
    let lots: Vec<&str> = ids.iter().map(String::as_str).collect();
    b.send(&lots, "m1").expect("all on one manifest");
    let weighed: Vec<(&str, i64)> = lots.iter().map(|l| (*l, 999)).collect();
    b.receive(&weighed, "m1").expect("each with a difference");
    command.internal_name.push('名');
    blocked(b.run("G", |w, i| decide_generate(w, i, &command)), &[rules::TEXT_LENGTH]);
}
