//! Random commands by random parties: the status only moves along the procedure, what a signature sealed
//! never changes, accepted and refused add up to what was sent.

use proptest::prelude::*;

use super::super::rulepack::{nodes, sealed_now};
use super::super::*;
use super::world::*;

#[derive(Clone, Debug)]
enum Act {
    EditConsignor(i64),
    EditCarrier(bool),
    EditReceiver(Option<i64>, Option<i64>),
    Sign(Step, bool),
    Handover(&'static str),
    /// What the procedure expects, by the party that it expects it from: gets documents to their end.
    Next(bool),
}

fn any_act() -> impl Strategy<Value = Act> {
    let weight = prop_oneof![Just(None), (1_i64..400_000).prop_map(Some)];
    prop_oneof![
        1 => (1_i64..300_000).prop_map(Act::EditConsignor),
        2 => any::<bool>().prop_map(Act::EditCarrier),
        2 => (weight.clone(), weight).prop_map(|(a, b)| Act::EditReceiver(a, b)),
        6 => (proptest::sample::select(Step::ALL), proptest::bool::weighted(0.9)).prop_map(|(s, fresh)| Act::Sign(s, fresh)),
        4 => proptest::bool::weighted(0.7).prop_map(Act::Next),
        1 => proptest::sample::select(vec!["barge", "haulier", "plant"]).prop_map(Act::Handover),
    ]
}

fn any_actor() -> impl Strategy<Value = &'static str> {
    proptest::sample::select(vec![
        "plant",
        "haulier",
        "haulier/driver-account",
        "haulier/driver-2",
        "disposer",
        "barge",
    ])
}

/// The document's own words for what may follow what.
fn legal(from: Status, to: Status) -> bool {
    use Status as S;
    from == to && matches!(from, S::Draft | S::AwaitingCarrier | S::InTransit | S::Arrived)
        || matches!(
            (from, to),
            (S::Draft, S::AwaitingCarrier | S::Voided)
                | (S::AwaitingCarrier, S::InTransit | S::Voided)
                | (S::InTransit, S::Arrived)
                | (S::Arrived, S::Accepted | S::PartiallyRefused | S::Refused)
                | (S::PartiallyRefused | S::Refused, S::Returned)
        )
}

fn command(m: &Manifest, act: &Act, now: i64) -> Command {
    match act {
        Act::EditConsignor(mass) => {
            let mut input = draft_input();
            // Mostly the true mass, so that documents get past the consignor.
            if mass % 3 == 0 {
                input.part.lines[0].mass_g = *mass;
            }
            Command::EditConsignor(Box::new(input))
        }
        Act::EditCarrier(own) => {
            let mut input = leg_input();
            if !own {
                input.vehicle = Some(Vehicle { id: "boat".into(), plate: "x".into(), ..Vehicle::default() });
                input.driver =
                    Some(Crew { id: "skipper".into(), person_name: "孙八".into(), ..Crew::default() });
            }
            Command::EditCarrier(Box::new(input))
        }
        Act::EditReceiver(a, b) => {
            Command::EditReceiver(Box::new(receiver_part(&[("lot-1", *a), ("lot-2", *b)])))
        }
        Act::Sign(step, fresh) => {
            let data = match step {
                Step::Void => StepData::Reason { reason: "r".into() },
                _ => StepData::Nothing,
            };
            match sign_with(m, *step, data) {
                Command::Sign { step, content_hash, method, data, key, .. } if !fresh => {
                    Command::Sign { step, version: m.version - 1, content_hash, method, data, key }
                }
                command => command,
            }
        }
        Act::Next(accept) => match m.next_step() {
            Some(Step::Carrier)
                if m.pending_leg().and_then(|i| m.legs.get(i)).is_some_and(|l| l.vehicle.is_none()) =>
            {
                let own = m.next_org() == Some("haulier");
                command(m, &Act::EditCarrier(own), now)
            }
            Some(Step::Receiver) if m.receiver_part.is_none() => {
                command(m, &Act::EditReceiver(Some(200_000), accept.then_some(180_500)), now)
            }
            step => sign(m, step.unwrap_or(Step::Consignor)),
        },
        Act::Handover(carrier) => sign_with(
            m,
            Step::Handover,
            StepData::Handover(HandoverData {
                carrier: LegCarrier {
                    id: (*carrier).into(),
                    name: (*carrier).into(),
                    ..LegCarrier::default()
                },
                licence_no: "1".into(),
                place: "码头".into(),
                at: Some(now),
                vehicle: None,
                driver: None,
            }),
        ),
    }
}

/// Fields that the signatures of `m` have sealed, with their values.
fn sealed(m: &Manifest) -> Vec<(String, serde_json::Value)> {
    let pack = rule_pack(&m.rule_pack).expect("known");
    nodes(m)
        .into_iter()
        .filter(|(pointer, node)| {
            // The list of legs grows by hand-over; its elements are what is sealed.
            pointer != "/legs"
                && pack.field(&node.pattern).is_some_and(|rule| sealed_now(rule, m, &node.indices))
        })
        .map(|(pointer, node)| (pointer, node.value))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn random_commands_by_random_parties(
        acts in proptest::collection::vec((any_actor(), any_act()), 1..40)
    ) {
        let mut world = World::new();
        let mut m = decide(None, &draft_command(), &world.facts("plant")).expect("draft").after;
        for (actor, act) in acts {
            world.later(3);
            let before = m.clone();
            let fixed = sealed(&before);
            let expected = before.next_org().filter(|_| matches!(act, Act::Next(_))).map(str::to_owned);
            let actor = expected.as_deref().unwrap_or(actor);
            match decide(Some(&before), &command(&before, &act, world.now), &world.facts(actor)) {
                Err(found) => prop_assert!(found.iter().any(crate::problem::Violation::is_error)),
                Ok(decision) => {
                    prop_assert!(decision.warnings.iter().all(|v| !v.is_error()));
                    m = decision.after;
                    prop_assert!(legal(before.status, m.status), "{} → {}", before.status, m.status);
                    prop_assert_eq!(m.version, before.version + 1);
                    prop_assert_eq!(evolve(Some(before.clone()), &decision.recorded), Some(m.clone()));
                    prop_assert!(m.signatures.starts_with(&before.signatures));
                    let now = nodes(&m);
                    for (pointer, value) in fixed {
                        prop_assert_eq!(now.get(&pointer).map(|node| node.value.clone()), Some(value), "{}", pointer);
                    }
                    prop_assert_eq!(m.hash(), Ok(m.content_hash.clone()));
                }
            }
            if let (Some(part), true) = (&m.receiver_part, m.times.confirmed_at.is_some()) {
                for (line, received) in m.consignor_part.lines.iter().zip(&part.lines) {
                    let mass = |accepted: bool| -> i64 {
                        let chosen = received.lots.iter().filter(|lot| lot.accepted == accepted);
                        chosen.filter_map(|lot| line.lots.iter().find(|c| c.lot_id == lot.lot_id)).map(|c| c.mass_g).sum()
                    };
                    prop_assert_eq!(mass(true) + mass(false), line.mass_g);
                }
                let accepted = part.lines.iter().flat_map(|l| &l.lots).any(|lot| lot.accepted);
                prop_assert_eq!(accepted, matches!(before_return(&m), Status::Accepted | Status::PartiallyRefused));
            }
        }
    }

    #[test]
    fn garbage_never_panics(text in "\\PC{0,300}", number in any::<i64>()) {
        let world = World::new();
        let mut input = draft_input();
        input.part.note = text.clone();
        input.part.site.division_code = text.clone();
        input.part.lines[0].waste_code = text.clone();
        input.part.lines[0].mass_g = number;
        input.part.lines[0].containers = number;
        input.part.lines[0].no = number;
        input.part.lines[0].lots[0].mass_g = number;
        input.part.lines[0].lots[0].lot_id = text.clone();
        input.part.planned_at = Some(number);
        let m = decide(None, &draft_command(), &world.facts("plant")).expect("draft").after;
        if let Ok(edited) = decide(Some(&m), &Command::EditConsignor(Box::new(input)), &world.facts("plant")) {
            let m = edited.after;
            let _ = (check(&m, Step::Consignor, &world.facts("plant")), waybill(&m, 0), m.due_at());
        }
    }
}

/// The outcome that the receiver signed, also when refused containers are back since.
fn before_return(m: &Manifest) -> Status {
    if m.status != Status::Returned {
        return m.status;
    }
    let refuses = m.receiver_part.iter().flat_map(|p| &p.lines).all(|line| line.opinion == Opinion::Refuse);
    if refuses { Status::Refused } else { Status::PartiallyRefused }
}
