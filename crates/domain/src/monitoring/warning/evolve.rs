//! What an event makes of a warning. It must never refuse: what was recorded, happened.

use super::{Assignment, Closing, Event, Outcome, Status, Warning};

/// The warning after an event. `None` only for an event that is not [`Event::Raised`] on no warning.
pub fn evolve(state: Option<Warning>, event: &Event) -> Option<Warning> {
    if let Event::Raised(raise) = event {
        return Some(Warning {
            version: 1,
            status: Status::Raised,
            last_episode: raise.episode.clone(),
            last_at: raise.at,
            count: 1,
            assignment: None,
            finding: None,
            closing: None,
            before_appeal: None,
            appealed_by: std::collections::BTreeSet::new(),
            raised: (**raise).clone(),
        });
    }
    let mut state = state?;
    state.version += 1;
    match event {
        Event::Raised(_) => {}
        Event::Repeated { episode, at, facts, place } => {
            state.count += 1;
            state.last_at = state.last_at.max(*at);
            state.last_episode = episode.clone();
            state.raised.facts = facts.clone();
            state.raised.place = place.or(state.raised.place);
        }
        Event::Assigned { account_id, due_at, at, .. } => {
            state.status = Status::Assigned;
            state.assignment = Some(Assignment { account_id: account_id.clone(), due_at: *due_at, at: *at });
        }
        Event::Verified { finding, .. } => {
            state.status = Status::Verified;
            state.finding = Some(*finding);
        }
        Event::Closed { outcome, at, .. } => close(&mut state, *outcome, *at),
        Event::Appealed { by, .. } => {
            state.before_appeal = Some(state.status);
            state.status = Status::Appealed;
            state.appealed_by.insert(by.org_id.clone());
        }
        Event::Decided { upheld, at, .. } => {
            let before = state.before_appeal.take();
            if *upheld {
                close(&mut state, Outcome::FalseAlarm, *at);
            } else {
                state.status = before.unwrap_or(Status::Raised);
            }
        }
    }
    Some(state)
}

fn close(state: &mut Warning, outcome: Outcome, at: i64) {
    state.status = Status::Closed;
    state.closing = Some(Closing { outcome, at });
}
