//! Random commands: statuses stay legal, episodes are counted once, events tell the whole story.

use proptest::prelude::*;

use super::*;

fn any_words() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "raise",
        "raise same episode",
        "raise other cause",
        "repeat",
        "repeat same episode",
        "assign",
        "assign to another",
        "assign without note",
        "assign by the firm",
        "verify confirmed",
        "verify unclear",
        "verify not confirmed",
        "verify without evidence",
        "close resolved",
        "close false alarm",
        "close excused",
        "close case",
        "close without note",
        "appeal",
        "appeal by a stranger",
        "decide upheld",
        "decide dismissed",
    ])
}

/// Steps from one status to another that a person or a rule may take.
fn legal(from: Option<Status>, event: &Event, to: Status) -> bool {
    match event {
        Event::Raised(_) => matches!(from, None | Some(Status::Closed)) && to == Status::Raised,
        Event::Repeated { .. } => from == Some(to) && to != Status::Closed,
        Event::Assigned { .. } => {
            matches!(from, Some(Status::Raised | Status::Assigned | Status::Verified))
                && to == Status::Assigned
        }
        Event::Verified { .. } => from == Some(Status::Assigned) && to == Status::Verified,
        Event::Closed { .. } => {
            matches!(from, Some(Status::Raised | Status::Assigned | Status::Verified)) && to == Status::Closed
        }
        Event::Appealed { .. } => !matches!(from, None | Some(Status::Appealed)) && to == Status::Appealed,
        Event::Decided { .. } => from == Some(Status::Appealed) && to != Status::Appealed,
    }
}

proptest! {
    #[test]
    fn random_commands_keep_the_warning_in_order(
        steps in prop::collection::vec((any_words(), 0_i64..12), 1..60)
    ) {
        let photos = BTreeSet::from(["a".repeat(64)]);
        let mut warning: Option<Warning> = None;
        let mut events: Vec<Event> = Vec::new();
        for (words, number) in steps {
            let (mut command, actor) = command(words);
            match &mut command {
                Command::Raise(raise) if !words.contains("same episode") => raise.episode = episode(number),
                Command::Repeat { episode: told, .. } if !words.contains("same episode") => *told = episode(number),
                _ => {}
            }
            let facts = Facts {
                now: NOW, actor: actor.as_ref(), assignee_fits: true, photos: &photos, settings: Settings::default(),
            };
            let decided = decide(warning.as_ref(), &command, &facts);
            if let Some(before) = &warning {
                let told = match &command {
                    Command::Raise(raise) => Some(&raise.episode),
                    Command::Repeat { episode, .. } => Some(episode),
                    _ => None,
                };
                if told.is_some_and(|told| told.start <= before.last_episode.start) {
                    prop_assert!(!matches!(decided, Ok(Some(_))), "a known episode changes nothing");
                }
            }
            let Ok(Some(event)) = decided else { continue };
            let from = warning.as_ref().map(|w| w.status);
            let fresh = matches!(event, Event::Raised(_));
            warning = evolve(warning, &event);
            if fresh {
                events.clear();
            }
            events.push(event);
            let (Some(now), Some(event)) = (warning.as_ref(), events.last()) else { continue };
            prop_assert!(legal(from, event, now.status), "{:?} {:?} {:?}", from, event, now.status);
            prop_assert_eq!(now.version as usize, events.len());
            let told = events.iter().filter(|e| matches!(e, Event::Raised(_) | Event::Repeated { .. })).count();
            prop_assert_eq!(now.count as usize, told);
            prop_assert_eq!(now.status == Status::Appealed, now.before_appeal.is_some());
            if now.status == Status::Closed {
                prop_assert!(now.closing.is_some());
                let case = now.closing.is_some_and(|c| c.outcome == Outcome::Case);
                prop_assert!(!case || now.finding == Some(Finding::Confirmed), "a case was seen");
            }
            // The events alone give the same warning, and its stored form is complete.
            let folded = events.iter().fold(None, evolve);
            prop_assert_eq!(folded.as_ref(), Some(now));
            let json = serde_json::to_string(now).unwrap();
            prop_assert_eq!(&serde_json::from_str::<Warning>(&json).unwrap(), now);
        }
    }
}
