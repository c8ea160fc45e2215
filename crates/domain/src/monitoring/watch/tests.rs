//! Episodes over time, and the property that batches and replays change nothing.

use proptest::prelude::*;

use super::*;
use crate::monitoring::rules::RulePack;

const S: i64 = 1_000_000;

/// A rule that fires after 60 s of `verified` and ends after 30 s without.
fn rule() -> Rule {
    let json = include_str!("../../../../../data/warnings/rules.json").replace(
        r#""when": "verified", "dwell_s": 0, "clear_s": 0"#,
        r#""when": "verified", "dwell_s": 60, "clear_s": 30"#,
    );
    RulePack::load(&json).unwrap().rule("MON-VIDEO").unwrap().clone()
}

fn look(state: &mut RuleState, at_s: i64, verified: Option<bool>) -> Outcome {
    let mut facts = Facts::new();
    facts.set_known("verified", verified);
    evaluate(&rule(), &Observation { subject: "v1", at: at_s * S, facts: &facts }, state)
}

#[test]
fn an_episode_from_first_sign_to_end() {
    let mut state = RuleState::default();
    let episode = || "MON-VIDEO/v1/1970-01-01T00:00:10.000Z".to_owned();
    let firing = |first| Outcome::Firing { episode: episode(), start: 10 * S, first };
    assert_eq!(look(&mut state, 0, Some(false)), Outcome::Quiet);
    assert_eq!(look(&mut state, 10, Some(true)), Outcome::Pending { since: 10 * S });
    assert_eq!(look(&mut state, 69, Some(true)), Outcome::Pending { since: 10 * S });
    assert_eq!(look(&mut state, 70, Some(true)), firing(true));
    assert_eq!(look(&mut state, 80, Some(true)), firing(false));
    assert_eq!(look(&mut state, 90, Some(false)), firing(false), "not cleared yet");
    assert_eq!(look(&mut state, 100, Some(true)), firing(false), "one episode, not two");
    assert_eq!(look(&mut state, 110, Some(false)), firing(false));
    assert_eq!(
        look(&mut state, 140, Some(false)),
        Outcome::Ended { episode: episode(), start: 10 * S, end: 110 * S }
    );
    assert_eq!(look(&mut state, 141, Some(false)), Outcome::Quiet);
    assert_eq!(look(&mut state, 150, Some(true)), Outcome::Pending { since: 150 * S });
    assert_eq!(look(&mut state, 151, Some(false)), Outcome::Quiet, "a short sign is forgotten");
    assert!(state.is_quiet());
}

#[test]
fn what_is_not_known_changes_nothing() {
    let mut state = RuleState::default();
    look(&mut state, 10, Some(true));
    look(&mut state, 70, Some(true));
    let before = state.clone();
    assert!(matches!(look(&mut state, 200, None), Outcome::NotComputable(_)));
    assert_eq!(state, before, "an episode neither ends nor begins with silence");
    assert_eq!(look(&mut state, 60, Some(false)), Outcome::Stale);
    assert_eq!(state, before);
}

fn observations() -> impl Strategy<Value = Vec<(i64, Option<bool>)>> {
    prop::collection::vec((0_i64..40, prop::option::weighted(0.9, any::<bool>())), 0..60).prop_map(|steps| {
        let mut at = 0;
        steps
            .into_iter()
            .map(|(step, value)| {
                at += step;
                (at, value)
            })
            .collect()
    })
}

fn run(observations: &[(i64, Option<bool>)], state: &mut RuleState) -> Vec<Outcome> {
    observations.iter().map(|(at, value)| look(state, *at, *value)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn two_batches_are_one(all in observations(), cut in 0_usize..60) {
        let mut whole = RuleState::default();
        let expected = run(&all, &mut whole);
        let (head, tail) = all.split_at(cut.min(all.len()));
        let mut state = RuleState::default();
        let mut outcomes = run(head, &mut state);
        let stored = serde_json::to_string(&state).unwrap();
        let mut state: RuleState = serde_json::from_str(&stored).unwrap();
        outcomes.extend(run(tail, &mut state));
        prop_assert_eq!(outcomes, expected);
        prop_assert_eq!(state, whole);
    }

    #[test]
    fn episodes_follow_each_other_and_replay_alike(all in observations()) {
        let first = run(&all, &mut RuleState::default());
        prop_assert_eq!(&run(&all, &mut RuleState::default()), &first);
        let mut last_start = i64::MIN;
        let mut open: Option<String> = None;
        for outcome in first {
            match outcome {
                Outcome::Firing { episode, start, first } => {
                    if first {
                        prop_assert!(start > last_start, "a later episode begins later");
                        prop_assert!(open.is_none());
                        last_start = start;
                        open = Some(episode);
                    } else {
                        prop_assert_eq!(open.as_ref(), Some(&episode));
                    }
                }
                Outcome::Ended { episode, start, end } => {
                    prop_assert_eq!(open.take(), Some(episode));
                    prop_assert!(end >= start);
                }
                Outcome::Pending { .. } => prop_assert!(open.is_none()),
                Outcome::Quiet | Outcome::NotComputable(_) | Outcome::Stale => {}
            }
        }
    }
}
#[test]
fn zz_bench() {
    let pack = crate::monitoring::rules::tests::shipped();
    let mut facts = Facts::new();
    for (n, v) in [
        ("departed", true),
        ("arrived", false),
        ("at_receiver_site", false),
        ("at_consignor_site", false),
        ("at_other_site", false),
        ("permitted_stop", false),
        ("position_known", true),
        ("in_restricted_zone", false),
        ("unloading_signal", false),
    ] {
        facts.set(n, v);
    }
    for n in
        ["stopped_minutes", "silent_minutes", "minutes_since_departure", "moved_m", "distance_to_receiver_m"]
    {
        facts.set(n, 5_i64);
    }
    let rules: Vec<_> = pack.watched(crate::monitoring::subjects::SubjectKind::Transit).collect();
    let mut states = vec![RuleState::default(); rules.len()];
    let t = std::time::Instant::now();
    for i in 0..200_000_i64 {
        for (r, s) in rules.iter().zip(&mut states) {
            std::hint::black_box(evaluate(r, &Observation { subject: "m", at: i, facts: &facts }, s));
        }
    }
    eprintln!("{} ns for {} rules", t.elapsed().as_nanos() / 200_000, rules.len());
}
