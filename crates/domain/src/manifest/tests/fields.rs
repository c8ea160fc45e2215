//! Every field of every part has a rule, and every rule a field.

use std::collections::BTreeSet;

use super::super::rulepack::nodes;
use super::super::*;
use super::world::*;

/// A document in which every optional thing is there.
fn full() -> Manifest {
    let mut world = World::new();
    let mut m = at_status(&mut world, Status::PartiallyRefused);
    if let Some(leg) = m.legs.first_mut() {
        leg.escort = Some(Crew { id: "e".into(), ..Crew::default() });
        leg.handover_at = Some(1);
    }
    m
}

#[test]
fn every_field_has_a_rule_and_every_rule_a_field() {
    let m = full();
    let pack = rule_pack(&m.rule_pack).expect("known");
    let patterns: BTreeSet<String> = nodes(&m).into_values().map(|node| node.pattern).collect();
    let table: BTreeSet<String> = pack.fields.iter().map(|rule| rule.path.to_owned()).collect();
    assert_eq!(table.len(), pack.fields.len(), "a path stands twice in the table");
    assert_eq!(patterns, table);
}

#[test]
fn every_part_of_the_content_is_walked() {
    let content = full().content();
    let keys: BTreeSet<&str> = content.as_object().expect("object").keys().map(String::as_str).collect();
    let walked = ["consignor", "receiver", "consignor_part", "legs", "receiver_part"];
    let kept_by_platform = ["id", "version", "class", "rule_pack", "internal_number", "number"];
    assert_eq!(keys, walked.into_iter().chain(kept_by_platform).collect());
}

#[test]
fn hw_tr_001_each_required_field_is_asked_for_by_its_signature() {
    let mut world = World::new();
    let mut m = at_status(&mut world, Status::Draft);
    m.consignor_part.handler_name = "  ".into();
    m.consignor_part.lines[0].traits.clear();
    let pack = rule_pack(&m.rule_pack).expect("known");
    let missing = pack.missing(&m, Step::Consignor, None);
    let paths: Vec<&str> = missing.iter().map(|v| v.path.as_str()).collect();
    assert_eq!(paths, ["/consignor_part/handler_name", "/consignor_part/lines/0/traits"]);
    let missing = pack.missing(&m, Step::Carrier, Some(0));
    let paths: Vec<&str> = missing.iter().map(|v| v.path.as_str()).collect();
    assert_eq!(
        paths,
        ["/legs/0/departed_at", "/legs/0/driver", "/legs/0/from", "/legs/0/to", "/legs/0/vehicle"]
    );
}

#[test]
fn hw_tr_002_a_sealed_field_is_named() {
    let mut world = World::new();
    let before = at_status(&mut world, Status::Arrived);
    let pack = rule_pack(&before.rule_pack).expect("known");
    let mut after = before.clone();
    after.consignor_part.lines[0].mass_g += 1;
    after.legs[0].to = "elsewhere".into();
    after.receiver_part = Some(receiver_part(&[("lot-1", Some(1))]));
    let found = pack.sealed_changes(&before, &after);
    let paths: Vec<&str> = found.iter().map(|v| v.path.as_str()).collect();
    assert_eq!(paths, ["/consignor_part/lines/0/mass_g", "/legs/0/to"]);
    assert!(found.iter().all(|v| v.rule == rules::SEALED && v.is_error()));
}

#[test]
fn a_new_container_or_line_counts_as_a_change() {
    let mut world = World::new();
    let before = at_status(&mut world, Status::AwaitingCarrier);
    let pack = rule_pack(&before.rule_pack).expect("known");
    let mut after = before.clone();
    after.consignor_part.lines[0].lots.push(Container {
        lot_id: "extra".into(),
        container_code: None,
        mass_g: 1,
    });
    assert!(!pack.sealed_changes(&before, &after).is_empty());
    let mut after = before.clone();
    after.consignor_part.lines[0].dangerous_goods = None;
    assert!(!pack.sealed_changes(&before, &after).is_empty());
}

#[test]
fn a_later_leg_is_open_while_the_first_is_sealed() {
    let mut world = World::new();
    let m = at_status(&mut world, Status::InTransit);
    world.later(30);
    let handover = StepData::Handover(HandoverData {
        carrier: LegCarrier { id: "barge".into(), name: "barge".into(), ..LegCarrier::default() },
        licence_no: "3".into(),
        place: "申港码头".into(),
        at: Some(world.now),
        vehicle: None,
        driver: None,
    });
    let m = decide(Some(&m), &sign_with(&m, Step::Handover, handover), &world.facts("haulier"))
        .expect("ok")
        .after;
    let pack = rule_pack(&m.rule_pack).expect("known");
    let states = pack.states(&m);
    assert_eq!(states["legs[].vehicle"], (false, Some(Step::Carrier)));
    assert!(states["legs[].carrier.id"].0);
    assert_eq!(states["consignor_part.lines"], (true, Some(Step::Consignor)));
    let mut after = m.clone();
    after.legs[1].to = "x".into();
    assert!(pack.sealed_changes(&m, &after).is_empty());
    after.legs[0].to = "x".into();
    assert_eq!(pack.sealed_changes(&m, &after)[0].path, "/legs/0/to");
}
