//! The life of a warning: `table.md` row by row, that every cell of status and command is in it, and random
//! commands.

mod properties;

use std::collections::BTreeSet;

use super::*;
use crate::time::DAY_US;

const NOW: i64 = 1_800_000_000_000_000;

fn official() -> Actor {
    Actor { account_id: "official".to_owned(), org_id: "department".to_owned() }
}

fn firm() -> Actor {
    Actor { account_id: "manager".to_owned(), org_id: "firm".to_owned() }
}

fn stranger() -> Actor {
    Actor { account_id: "other".to_owned(), org_id: "other-firm".to_owned() }
}

fn episode(number: i64) -> Episode {
    Episode { key: format!("MON-STOP/m1/{number}"), start: NOW - DAY_US + number * 1_000_000 }
}

fn raise(number: i64, severity: Level) -> Raise {
    Raise {
        id: format!("w{number}"),
        cause: Cause {
            rule: "MON-STOP".to_owned(),
            subject_kind: SubjectKind::Transit,
            subject_id: "m1".to_owned(),
        },
        rule_version: 1,
        severity,
        episode: episode(number),
        orgs: vec!["firm".to_owned(), "receiver".to_owned()],
        vehicle_id: Some("v1".to_owned()),
        manifest_id: Some("m1".to_owned()),
        facts: condition::Facts::new().with("stopped_minutes", 30 + number),
        place: Some(Place { lat_e6: 31_900_000, lon_e6: 120_300_000, accuracy_m: None }),
        at: episode(number).start,
    }
}

/// The command of a row, and who gives it.
fn command(words: &str) -> (Command, Option<Actor>) {
    let note = || if words.contains("without note") { " ".to_owned() } else { "seen on the spot".to_owned() };
    let strange_photo = words.contains("strange photo");
    let photos = |wanted: bool| match (wanted, strange_photo) {
        (_, true) => vec!["b".repeat(64)],
        (true, false) => vec!["a".repeat(64)],
        (false, false) => Vec::new(),
    };
    let kind = words.split(' ').next().unwrap_or_default();
    let number = if words.contains("same episode") { 0 } else { 9 };
    let command = match kind {
        "raise" => {
            let mut raise = raise(number, Level::Medium);
            if words.contains("other cause") {
                raise.cause.subject_id = "m2".to_owned();
            }
            Command::Raise(Box::new(raise))
        }
        "repeat" => {
            let Raise { episode, at, facts, place, .. } = raise(number, Level::Medium);
            Command::Repeat { episode, at, facts, place }
        }
        "assign" => Command::Assign {
            account_id: if words.contains("to another") { "colleague" } else { "inspector" }.to_owned(),
            due_at: Some(if words.contains("yesterday") { NOW - DAY_US } else { NOW + DAY_US }),
            note: note(),
        },
        "verify" => {
            let bare = words.contains("without evidence");
            let finding = match () {
                () if words.contains("not confirmed") => Finding::NotConfirmed,
                () if words.contains("unclear") => Finding::Unclear,
                () => Finding::Confirmed,
            };
            let lat_e6 = if words.contains("moon") { 384_400_000 } else { 31_900_000 };
            Command::Verify {
                finding,
                note: if words.contains("with a reason") {
                    "told so by the driver on the telephone".to_owned()
                } else {
                    note()
                },
                photos: photos(!bare),
                place: (!bare).then_some(Place { lat_e6, lon_e6: 120_300_000, accuracy_m: Some(8) }),
                occurred_at: words.contains("tomorrow").then_some(NOW + DAY_US),
            }
        }
        "close" => Command::Close {
            outcome: match () {
                () if words.contains("false alarm") => Outcome::FalseAlarm,
                () if words.contains("excused") => Outcome::Excused,
                () if words.contains("case") => Outcome::Case,
                () => Outcome::Resolved,
            },
            note: note(),
        },
        "appeal" => Command::Appeal { note: note(), photos: photos(true) },
        "decide" => Command::Decide { upheld: !words.contains("dismissed"), note: note() },
        other => panic!("no such command: {other}"),
    };
    let actor = match () {
        () if matches!(command, Command::Raise(_) | Command::Repeat { .. }) => None,
        () if words.contains("by nobody") => None,
        () if words.contains("by a stranger") => Some(stranger()),
        () if words.contains("by the firm") || kind == "appeal" => Some(firm()),
        () => Some(official()),
    };
    (command, actor)
}

/// Runs one command in words; what it leads to.
fn run(state: Option<Warning>, words: &str) -> Result<Option<Event>, Vec<crate::problem::Violation>> {
    let (command, actor) = command(words);
    let photos = BTreeSet::from(["a".repeat(64)]);
    let facts = Facts {
        now: NOW,
        actor: actor.as_ref(),
        assignee_fits: !words.contains("to a stranger"),
        photos: &photos,
        settings: Settings::default(),
    };
    decide(state.as_ref(), &command, &facts)
}

/// The warning of a state in words.
fn state(words: &str) -> Option<Warning> {
    let level = if words.contains("high") { Level::High } else { Level::Medium };
    let steps: &[&str] = match words.split(',').next().unwrap_or_default().trim_end_matches(" high") {
        "none" => return None,
        "raised" => &[],
        "assigned" => &["assign"],
        "verified confirmed" | "verified" => &["assign", "verify confirmed"],
        "verified not confirmed" => &["assign", "verify not confirmed"],
        "verified unclear" => &["assign", "verify unclear"],
        "assigned again after unclear" => &["assign", "verify unclear", "assign"],
        "appealed" => &["assign", "verify confirmed", "appeal"],
        "closed resolved" => &["assign", "verify confirmed", "close resolved"],
        "closed false alarm" => &["close false alarm"],
        "appeal dismissed" => &["assign", "verify confirmed", "appeal", "decide dismissed"],
        "appealed after closing" => &["assign", "verify confirmed", "close resolved", "appeal"],
        other => panic!("no such state: {other}"),
    };
    let mut warning = evolve(None, &Event::Raised(Box::new(raise(0, level))));
    for step in steps {
        let event = run(warning.clone(), step).unwrap_or_else(|found| panic!("{words}: {step}: {found:?}"));
        warning = evolve(warning, &event.unwrap());
    }
    let days = if words.contains("last day") { 15 } else { 16 };
    if let Some(closing) =
        warning.as_mut().and_then(|w| w.closing.as_mut()).filter(|_| words.contains("term"))
    {
        closing.at = NOW - days * DAY_US;
    }
    warning
}

fn rows() -> impl Iterator<Item = [&'static str; 3]> {
    include_str!("table.md")
        .lines()
        .filter(|line| line.starts_with("| ") && !line.starts_with("| state"))
        .map(|line| {
            let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
            cells.try_into().unwrap_or_else(|cells| panic!("{cells:?}"))
        })
}

#[test]
fn the_table() {
    for [from, words, expected] in rows() {
        let before = state(from);
        let said = match run(before.clone(), words) {
            Ok(None) => "nothing".to_owned(),
            Ok(Some(event)) => {
                let counted = matches!(event, Event::Repeated { .. });
                let next = evolve(before.clone(), &event).unwrap();
                if counted {
                    assert_eq!(
                        (next.count, next.status),
                        (before.as_ref().unwrap().count + 1, before.unwrap().status)
                    );
                    "counted".to_owned()
                } else {
                    next.status.as_str().to_owned()
                }
            }
            Err(found) => found.iter().map(|v| v.rule).collect::<Vec<_>>().join(" "),
        };
        assert_eq!(said, expected, "{from} | {words}");
    }
}

#[test]
fn every_cell_of_status_and_command_is_in_the_table() {
    let covered: BTreeSet<(Option<Status>, &str)> = rows()
        .map(|[from, words, _]| (state(from).map(|w| w.status), words.split(' ').next().unwrap_or_default()))
        .collect();
    let statuses = std::iter::once(None).chain(Status::ALL.iter().copied().map(Some));
    for status in statuses {
        for kind in ["raise", "repeat", "assign", "verify", "close", "appeal", "decide"] {
            assert!(covered.contains(&(status, kind)), "{status:?} {kind}");
        }
    }
    let refused: BTreeSet<&str> = rows().flat_map(|[_, _, result]| result.split(' ')).collect();
    for rule in rules::ALL {
        assert!(refused.contains(rule), "no row meets {rule}");
    }
}

#[test]
fn a_dismissed_appeal_leaves_the_closing_as_it_was() {
    let before = state("closed resolved").unwrap();
    let appealed = state("appealed after closing").unwrap();
    assert_eq!((appealed.before_appeal, appealed.is_open()), (Some(Status::Closed), true));
    let dismissed = run(Some(appealed.clone()), "decide dismissed").unwrap().unwrap();
    let dismissed = evolve(Some(appealed.clone()), &dismissed).unwrap();
    assert_eq!((dismissed.status, dismissed.closing), (Status::Closed, before.closing));
    let upheld = run(Some(appealed.clone()), "decide upheld").unwrap().unwrap();
    let upheld = evolve(Some(appealed), &upheld).unwrap();
    assert_eq!(upheld.closing.map(|c| c.outcome), Some(Outcome::FalseAlarm));
}

#[test]
fn what_a_person_may_do() {
    let said = |words: &str, actor: &Actor| -> Vec<&str> {
        let actions = may(&state(words).unwrap(), actor, NOW, Settings::default());
        actions.iter().map(|action| action.as_str()).collect()
    };
    assert_eq!(said("raised", &official()), ["assign", "close"]);
    assert_eq!(said("assigned", &official()), ["assign", "verify", "close"]);
    assert_eq!(said("verified confirmed", &official()), ["close"]);
    assert_eq!(said("appealed", &official()), ["decide"]);
    assert_eq!(said("verified confirmed", &firm()), ["appeal"]);
    assert_eq!(said("closed resolved, term over", &firm()), [""; 0]);
    assert_eq!(said("raised", &stranger()), ["assign", "close"], "permissions are asked elsewhere");
}

#[test]
fn a_date_that_passed_makes_it_late() {
    let assigned = state("assigned").unwrap();
    assert!(!assigned.is_late(NOW + DAY_US));
    assert!(assigned.is_late(NOW + DAY_US + 1));
    assert!(!state("verified confirmed").unwrap().is_late(NOW + 2 * DAY_US), "it was looked at");
}

/// Stored events must be readable for ever: one of each, as it is written.
#[test]
fn stored_form_of_the_events() {
    let mut stored = Vec::new();
    let mut warning = evolve(None, &Event::Raised(Box::new(raise(0, Level::Medium))));
    stored.push(Event::Raised(Box::new(raise(0, Level::Medium))));
    for words in ["repeat", "assign", "verify confirmed", "close resolved", "appeal", "decide dismissed"] {
        let event = run(warning.clone(), words).unwrap().unwrap();
        warning = evolve(warning, &event);
        stored.push(event);
    }
    let json = serde_json::to_string_pretty(&stored).unwrap();
    insta::assert_snapshot!(json);
    assert_eq!(serde_json::from_str::<Vec<Event>>(&json).unwrap(), stored);
}
