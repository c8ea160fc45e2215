//! The procedure: order of signatures, parties, staleness, hand-over, refusal, voiding, due date.

use super::super::*;
use super::world::*;
use crate::time::format_instant;

#[test]
fn from_draft_to_accepted() {
    let mut world = World::new();
    let m = at_status(&mut world, Status::Accepted);
    let steps: Vec<Step> = m.signatures.iter().map(|s| s.step).collect();
    assert_eq!(steps, [Step::Consignor, Step::Carrier, Step::Arrival, Step::Receiver]);
    assert_eq!(m.number_status(), NumberStatus::Demo);
    assert_eq!(m.next_step(), None);
    assert_eq!(m.version, 7);
    assert!(m.times.departed_at < m.times.arrived_at);
}

#[test]
fn each_signature_keeps_the_hash_of_what_was_displayed() {
    let mut world = World::new();
    let draft = at_status(&mut world, Status::Draft);
    let mut world = World::new();
    let signed = at_status(&mut world, Status::AwaitingCarrier);
    assert_eq!(signed.signatures[0].content_hash, draft.content_hash);
    assert_eq!(signed.signatures[0].version, 1);
    assert_ne!(signed.content_hash, draft.content_hash, "the number and version are part of the content");
    assert_eq!(signed.hash().as_deref(), Ok(signed.content_hash.as_str()));
}

#[test]
fn hw_tr_004_every_other_order_is_refused() {
    let possible = |status: Status, step: Step| match step {
        Step::Consignor => status == Status::Draft,
        Step::Carrier => status == Status::AwaitingCarrier,
        Step::Handover | Step::Arrival => status == Status::InTransit,
        Step::Receiver => status == Status::Arrived,
        Step::Return => matches!(status, Status::PartiallyRefused | Status::Refused),
        Step::Void => matches!(status, Status::Draft | Status::AwaitingCarrier),
    };
    for status in Status::ALL.iter().filter(|s| **s != Status::Voided) {
        let mut world = World::new();
        let m = at_status(&mut world, *status);
        for step in Step::ALL {
            let found = decide(Some(&m), &sign(&m, *step), &world.facts("plant")).err().unwrap_or_default();
            let expected =
                if *step == Step::Void { rules::VOID_AFTER_DEPARTURE } else { rules::OUT_OF_ORDER };
            assert_eq!(
                rules_of(&found).contains(&expected),
                !possible(*status, *step),
                "{status} {step} {found:?}"
            );
        }
    }
}

#[test]
fn hw_tr_005_only_the_right_party_signs() {
    let right = [
        (Status::Draft, Step::Consignor, "plant"),
        (Status::AwaitingCarrier, Step::Carrier, "haulier"),
        (Status::InTransit, Step::Handover, "haulier"),
        (Status::Arrived, Step::Receiver, "disposer"),
        (Status::Refused, Step::Return, "plant"),
        (Status::Draft, Step::Void, "plant"),
    ];
    for (status, step, party) in right {
        let mut world = World::new();
        let m = at_status(&mut world, status);
        for other in ["plant", "haulier", "disposer", "barge", "stranger"].into_iter().filter(|o| *o != party)
        {
            let found = decide(Some(&m), &sign(&m, step), &world.facts(other)).expect_err("wrong party");
            assert_eq!(rules_of(&found), [rules::WRONG_PARTY], "{step} by {other}");
        }
    }
}

#[test]
fn arrival_is_recorded_by_carrier_or_receiver() {
    for party in ["haulier", "disposer"] {
        let mut world = World::new();
        let m = at_status(&mut world, Status::InTransit);
        assert!(decide(Some(&m), &sign(&m, Step::Arrival), &world.facts(party)).is_ok(), "{party}");
    }
}

#[test]
fn hw_tr_006_what_was_not_displayed_cannot_be_signed() {
    let mut world = World::new();
    let m = at_status(&mut world, Status::Draft);
    let attempts = [(m.version - 1, m.content_hash.clone()), (m.version, "0".repeat(64))];
    for (version, content_hash) in attempts {
        let command = Command::Sign {
            step: Step::Consignor,
            version,
            content_hash,
            method: "password".into(),
            data: StepData::Nothing,
            key: None,
        };
        let found = decide(Some(&m), &command, &world.facts("plant")).expect_err("stale");
        assert_eq!(rules_of(&found), [rules::STALE]);
    }
}

#[test]
fn hw_tr_007_parts_open_and_close_with_the_status() {
    let mut world = World::new();
    let m = at_status(&mut world, Status::AwaitingCarrier);
    let edit = Command::EditConsignor(Box::new(draft_input()));
    let found = decide(Some(&m), &edit, &world.facts("plant")).expect_err("signed");
    assert_eq!(rules_of(&found), [rules::PART_CLOSED]);
    let edit = Command::EditReceiver(Box::new(receiver_part(&[])));
    let found = decide(Some(&m), &edit, &world.facts("disposer")).expect_err("not arrived");
    assert_eq!(rules_of(&found), [rules::PART_CLOSED]);
    let found = decide(Some(&m), &Command::EditCarrier(Box::new(leg_input())), &world.facts("plant"));
    assert_eq!(rules_of(&found.expect_err("foreign part")), [rules::WRONG_PARTY]);
}

#[test]
fn hw_tr_008_009_voiding_before_departure_with_a_reason() {
    let mut world = World::new();
    let m = at_status(&mut world, Status::AwaitingCarrier);
    let found = decide(Some(&m), &sign(&m, Step::Void), &world.facts("plant")).expect_err("no reason");
    assert_eq!(rules_of(&found), [rules::REASON_NEEDED]);
    let reason = StepData::Reason { reason: " 车辆故障 ".into() };
    let done = decide(Some(&m), &sign_with(&m, Step::Void, reason), &world.facts("plant")).expect("ok");
    assert_eq!(done.after.status, Status::Voided);
    assert_eq!(done.after.void_reason.as_deref(), Some("车辆故障"));
    assert!(done.after.uses.is_empty(), "quotas are free again");
    assert_eq!(done.recorded.event.kind(), "manifest.voided");
}

#[test]
fn hw_tr_012_a_driver_signs_only_their_own() {
    let mut world = World::new();
    let mut m = at_status(&mut world, Status::AwaitingCarrier);
    m = decide(Some(&m), &Command::EditCarrier(Box::new(leg_input())), &world.facts("haulier"))
        .expect("ok")
        .after;
    let found =
        decide(Some(&m), &sign(&m, Step::Carrier), &world.facts("haulier/driver-2")).expect_err("other");
    assert_eq!(rules_of(&found), [rules::NOT_THE_DRIVER]);
    assert!(decide(Some(&m), &sign(&m, Step::Carrier), &world.facts("haulier/driver-account")).is_ok());
}

#[test]
fn art_17_multi_leg_transport() {
    let mut world = World::new();
    let m = at_status(&mut world, Status::InTransit);
    world.later(30);
    let to = |carrier: &str, place: &str| {
        StepData::Handover(HandoverData {
            carrier: LegCarrier { id: carrier.into(), name: carrier.into(), ..LegCarrier::default() },
            licence_no: "320281000009".into(),
            place: place.into(),
            at: Some(world.now),
            vehicle: None,
            driver: None,
        })
    };
    let refused = |data: StepData| {
        rules_of(
            &decide(Some(&m), &sign_with(&m, Step::Handover, data), &world.facts("haulier"))
                .expect_err("refused"),
        )
    };
    assert_eq!(refused(StepData::Nothing), [rules::HANDOVER_DATA]);
    assert_eq!(refused(to("barge", " ")), [rules::HANDOVER_DATA]);
    assert_eq!(refused(to("haulier", "码头")), [rules::HANDOVER_SAME]);
    assert_eq!(refused(to("plant", "码头")), [rules::PARTY_UNFIT]);

    let m =
        decide(Some(&m), &sign_with(&m, Step::Handover, to("barge", "申港码头")), &world.facts("haulier"));
    let m = m.expect("handed over").after;
    assert_eq!(
        (m.status, m.next_step(), m.next_org()),
        (Status::InTransit, Some(Step::Carrier), Some("barge"))
    );
    assert_eq!(m.legs[0].arrived_at, m.legs[1].handover_at);
    let found = decide(Some(&m), &sign(&m, Step::Arrival), &world.facts("haulier")).expect_err("open");
    assert_eq!(rules_of(&found), [rules::HANDOVER_OPEN]);

    let mut input = leg_input();
    input.vehicle = Some(Vehicle { id: "boat".into(), plate: "苏澄货1".into(), ..Vehicle::default() });
    input.driver = Some(Crew { id: "skipper".into(), person_name: "孙八".into(), ..Crew::default() });
    input.escort = None;
    input.mode = "water".into();
    world.later(5);
    let edited =
        decide(Some(&m), &Command::EditCarrier(Box::new(input)), &world.facts("barge")).expect("ok").after;
    let m = decide(Some(&edited), &sign(&edited, Step::Carrier), &world.facts("barge")).expect("taken over");
    assert_eq!(rules_of(&m.warnings), [rules::NO_ESCORT]);
    let m = m.after;
    assert_eq!(m.signatures.last().and_then(|s| s.leg), Some(1));
    assert_eq!(m.current_leg(), Some(1));
    let first_departure = m.times.departed_at;
    let m = decide(Some(&m), &sign(&m, Step::Arrival), &world.facts("barge")).expect("arrived").after;
    assert_eq!(m.status, Status::Arrived);
    assert_eq!(m.times.departed_at, first_departure);
    assert!(m.legs[1].arrived_at.is_some());
}

#[test]
fn art_18_confirmation_is_due_after_five_working_days() {
    let mut world = World::new();
    let m = at_status(&mut world, Status::Arrived);
    // Arrived on Wednesday 18 November: Thu, Fri, Mon, Tue, Wed 25; the whole day counts.
    assert_eq!(m.due_at().map(format_instant).as_deref(), Some("2026-11-25T15:59:59.999999Z"));
    world.calendar = crate::time::WorkCalendar::default();
    let m = at_status(&mut World::new(), Status::InTransit);
    world.now += 60 * 60 * 1_000_000;
    let decision = decide(Some(&m), &sign(&m, Step::Arrival), &world.facts("haulier")).expect("ok");
    assert_eq!(rules_of(&decision.warnings), [rules::DUE_UNKNOWN]);
    assert_eq!(decision.after.due_at(), None);
}

#[test]
fn partial_refusal_and_return() {
    let mut world = World::new();
    let m = at_status(&mut world, Status::PartiallyRefused);
    assert_eq!((m.next_step(), m.next_org()), (Some(Step::Return), Some("plant")));
    let m = decide(Some(&m), &sign(&m, Step::Return), &world.facts("plant")).expect("back").after;
    assert_eq!(m.status, Status::Returned);
}

#[test]
fn quotas_follow_what_was_accepted() {
    let mut world = World::new();
    let held = at_status(&mut world, Status::InTransit).uses;
    assert_eq!(
        held.iter().map(|u| (u.kind, u.mass_g)).collect::<Vec<_>>(),
        [(QuotaKind::Plan, 380_500), (QuotaKind::Licence, 380_500)]
    );
    let mut world = World::new();
    let mut m = at_status(&mut world, Status::Arrived);
    let part = receiver_part(&[("lot-1", Some(199_000)), ("lot-2", None)]);
    m = decide(Some(&m), &Command::EditReceiver(Box::new(part)), &world.facts("disposer")).expect("ok").after;
    m = decide(Some(&m), &sign(&m, Step::Receiver), &world.facts("disposer")).expect("ok").after;
    assert_eq!(
        m.uses.iter().map(|u| (u.kind, u.mass_g)).collect::<Vec<_>>(),
        [(QuotaKind::Plan, 200_000), (QuotaKind::Licence, 199_000)]
    );
    let mut world = World::new();
    assert!(at_status(&mut world, Status::Refused).uses.is_empty());
}

#[test]
fn art_24_of_the_road_rules_the_waybill_is_filled_from_the_manifest() {
    let mut world = World::new();
    let m = at_status(&mut world, Status::Accepted);
    let bill = waybill(&m, 0).expect("leg");
    assert_eq!(bill.plate, "苏B12345");
    assert_eq!(bill.driver.map(|d| d.name).as_deref(), Some("李四"));
    assert_eq!(bill.manifest_number, "20263202900001");
    assert_eq!(bill.number, "WF2026-000001-1");
    assert_eq!((bill.goods[0].un_number.as_str(), bill.goods[0].mass_g), ("3082", 380_500));
    assert!(bill.urban);
    assert_eq!(waybill(&m, 1), None);
}

#[test]
fn events_replay_to_the_same_document_even_when_personal_data_is_erased() {
    let mut world = World::new();
    let drafted = decide(None, &draft_command(), &world.facts("plant")).expect("ok");
    world.later(1);
    let signed = decide(Some(&drafted.after), &sign(&drafted.after, Step::Consignor), &world.facts("plant"))
        .expect("ok");
    let mut state = None;
    for recorded in [&drafted.recorded, &signed.recorded] {
        let mut payload = serde_json::to_value(recorded).expect("json");
        let personal = split_personal(&mut payload);
        assert!(!payload.to_string().contains("张三") && !payload.to_string().contains("王五"));
        let erased: Recorded =
            serde_json::from_value(payload.clone()).expect("readable without personal data");
        assert_eq!(erased.content_hash, recorded.content_hash);
        join_personal(&mut payload, personal.iter().map(|(p, v)| (p.as_str(), Some(v.as_str()))));
        let whole: Recorded = serde_json::from_value(payload).expect("readable");
        assert_eq!(&whole, recorded);
        state = evolve(state, &whole);
    }
    assert_eq!(state, Some(signed.after));
}
