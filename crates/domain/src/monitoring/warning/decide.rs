//! Which command is possible when and by whom, and the event that it leads to.

use super::{
    Action, Actor, Command, Episode, Event, Facts, Finding, Outcome, Place, Raise, Settings, Status, Warning,
    rules,
};
use crate::monitoring::rules::Level;
use crate::problem::{Violation, Violations};
use crate::time::DAY_US;

/// Shortest note that says anything, in characters: two Chinese ones make a word.
const MIN_NOTE: usize = 2;
/// Longest note, in characters.
const MAX_NOTE: usize = 2_000;
/// Most photos of one act.
const MAX_PHOTOS: usize = 20;

/// Decides a command against the latest warning of its cause, open or closed.
///
/// `Ok(None)`: the episode is known already and nothing happens, however often it is told.
///
/// # Errors
/// Every rule that the command does not keep; then nothing happens.
pub fn decide(
    latest: Option<&Warning>,
    command: &Command,
    facts: &Facts<'_>,
) -> Result<Option<Event>, Vec<Violation>> {
    match (latest, command) {
        (None, Command::Raise(raise)) => Ok(Some(Event::Raised(raise.clone()))),
        (Some(warning), Command::Raise(raise)) => raise_again(warning, raise),
        (Some(warning), Command::Repeat { episode, at, facts, place }) => {
            if is_known(warning, episode) {
                Ok(None)
            } else if warning.is_open() {
                let (episode, facts) = (episode.clone(), facts.clone());
                Ok(Some(Event::Repeated { episode, at: *at, facts, place: *place }))
            } else {
                Err(vec![out_of_order(warning, "repeat")])
            }
        }
        (None, _) => Err(vec![Violation::error(rules::NO_WARNING, "")]),
        (Some(warning), command) => by_a_person(warning, command, facts).map(Some),
    }
}

/// What this person's firm and the status allow, for the buttons of a page. Permissions are asked elsewhere, and
/// the command itself is still decided in full.
pub fn may(warning: &Warning, actor: &Actor, now: i64, settings: Settings) -> Vec<Action> {
    Action::ALL
        .iter()
        .copied()
        .filter(|action| allowed(warning, *action, actor, now, settings).is_ok())
        .collect()
}

/// Episodes of a cause follow each other, so one that does not begin later is known.
fn is_known(warning: &Warning, episode: &Episode) -> bool {
    episode.start <= warning.last_episode.start
}

fn raise_again(warning: &Warning, raise: &Raise) -> Result<Option<Event>, Vec<Violation>> {
    if warning.raised.cause != raise.cause {
        return Err(vec![Violation::error(rules::OTHER_CAUSE, "/cause").with("rule", &raise.cause.rule)]);
    }
    if is_known(warning, &raise.episode) {
        return Ok(None);
    }
    Ok(Some(if warning.is_open() {
        Event::Repeated {
            episode: raise.episode.clone(),
            at: raise.at,
            facts: raise.facts.clone(),
            place: raise.place,
        }
    } else {
        Event::Raised(Box::new(raise.clone()))
    }))
}

fn by_a_person(warning: &Warning, command: &Command, facts: &Facts<'_>) -> Result<Event, Vec<Violation>> {
    let Some(actor) = facts.actor else {
        return Err(vec![Violation::error(rules::NO_ACTOR, "")]);
    };
    let mut found = Violations::new();
    let (by, at) = (actor.clone(), facts.now);
    let guard = |action| match allowed(warning, action, actor, facts.now, facts.settings) {
        Ok(()) => Ok(()),
        Err(violation) => Err(vec![violation]),
    };
    let event = match command {
        Command::Assign { account_id, due_at, note } => {
            guard(Action::Assign)?;
            if account_id.is_empty() || !facts.assignee_fits {
                found.push(Violation::error(rules::ASSIGNEE, "/account_id"));
            }
            if due_at.is_some_and(|due| due <= facts.now) {
                found.push(Violation::error(rules::DUE, "/due_at"));
            }
            // Taking it from somebody else asks for a reason.
            let taken = warning.assignment.as_ref().is_some_and(|held| held.account_id != *account_id);
            let note = checked_note(note, taken, &mut found);
            Event::Assigned { account_id: account_id.clone(), due_at: *due_at, note, by, at }
        }
        Command::Verify { finding, note, photos, place, occurred_at } => {
            guard(Action::Verify)?;
            let note = checked_note(note, true, &mut found);
            let bare = photos.is_empty() && place.is_none();
            if *finding == Finding::Confirmed && bare && note.chars().count() < facts.settings.bare_note_chars
            {
                let chars = facts.settings.bare_note_chars;
                found.push(Violation::error(rules::EVIDENCE, "/note").with("chars", chars));
            }
            check_photos(photos, facts, &mut found);
            check_place(*place, &mut found);
            let latest = facts.now.saturating_add(facts.settings.clock_ahead_s.saturating_mul(1_000_000));
            if occurred_at.is_some_and(|occurred| occurred > latest) {
                found.push(Violation::error(rules::FUTURE, "/occurred_at"));
            }
            let occurred_at = occurred_at.unwrap_or(facts.now).min(facts.now);
            let (finding, photos, place) = (*finding, photos.clone(), *place);
            Event::Verified { finding, note, photos, place, occurred_at, by, at }
        }
        Command::Close { outcome, note } => {
            guard(Action::Close)?;
            found.extend(fits(warning, *outcome));
            let note = checked_note(note, true, &mut found);
            Event::Closed { outcome: *outcome, note, by, at }
        }
        Command::Appeal { note, photos } => {
            guard(Action::Appeal)?;
            let note = checked_note(note, true, &mut found);
            check_photos(photos, facts, &mut found);
            Event::Appealed { note, photos: photos.clone(), by, at }
        }
        Command::Decide { upheld, note } => {
            guard(Action::Decide)?;
            let note = checked_note(note, true, &mut found);
            Event::Decided { upheld: *upheld, note, by, at }
        }
        Command::Raise(_) | Command::Repeat { .. } => {
            return Err(vec![Violation::error(rules::NO_WARNING, "")]);
        }
    };
    found.finish()?;
    Ok(event)
}

/// Whether the status and the person's firm allow an action.
fn allowed(
    warning: &Warning,
    action: Action,
    actor: &Actor,
    now: i64,
    settings: Settings,
) -> Result<(), Violation> {
    let in_order = match action {
        Action::Assign => match warning.status {
            Status::Raised | Status::Assigned => true,
            Status::Verified if warning.finding == Some(Finding::Unclear) => true,
            Status::Verified => return Err(settled(warning)),
            Status::Appealed | Status::Closed => false,
        },
        Action::Verify => warning.status == Status::Assigned,
        Action::Close => matches!(warning.status, Status::Raised | Status::Assigned | Status::Verified),
        Action::Appeal => warning.status != Status::Appealed,
        Action::Decide => warning.status == Status::Appealed,
    };
    if !in_order {
        return Err(out_of_order(warning, action.as_str()));
    }
    let concerned = warning.raised.orgs.contains(&actor.org_id);
    if action != Action::Appeal {
        return if concerned { Err(Violation::error(rules::INVOLVED, "")) } else { Ok(()) };
    }
    if !concerned {
        return Err(Violation::error(rules::NOT_CONCERNED, ""));
    }
    if warning.appealed_by.contains(&actor.org_id) {
        return Err(Violation::error(rules::APPEALED_BEFORE, ""));
    }
    match warning.closing.filter(|_| warning.status == Status::Closed) {
        Some(closing) if closing.outcome == Outcome::FalseAlarm => {
            Err(Violation::error(rules::NOTHING_TO_APPEAL, ""))
        }
        Some(closing) if now > closing.at.saturating_add(settings.appeal_days.saturating_mul(DAY_US)) => {
            Err(Violation::error(rules::APPEAL_LATE, "").with("days", settings.appeal_days))
        }
        _ => Ok(()),
    }
}

/// Whether an outcome goes with what was found, or was not looked for.
fn fits(warning: &Warning, outcome: Outcome) -> Option<Violation> {
    let seen = warning.status == Status::Verified;
    let contradiction = match (outcome, warning.finding) {
        (Outcome::FalseAlarm, Some(Finding::Confirmed)) => true,
        (Outcome::Case, finding) => finding != Some(Finding::Confirmed) && seen,
        _ => false,
    };
    if contradiction {
        let finding = warning.finding.map_or("unclear", Finding::as_str);
        let violation = Violation::error(rules::CONTRADICTION, "/outcome");
        return Some(violation.with("outcome", outcome).with("finding", finding));
    }
    // A false alarm may be plain from the data; anything else about a serious one wants eyes, and a case always.
    let unseen = !seen
        && match outcome {
            Outcome::FalseAlarm => false,
            Outcome::Case => true,
            Outcome::Resolved | Outcome::Excused => warning.raised.severity == Level::High,
        };
    unseen.then(|| Violation::error(rules::UNSEEN, "/outcome").with("outcome", outcome))
}

fn out_of_order(warning: &Warning, action: &str) -> Violation {
    Violation::error(rules::OUT_OF_ORDER, "").with("status", warning.status).with("action", action)
}

fn settled(warning: &Warning) -> Violation {
    let finding = warning.finding.map_or("", Finding::as_str);
    Violation::error(rules::SETTLED, "").with("finding", finding)
}

/// The note without blanks around it; noted as missing when one is needed.
fn checked_note(note: &str, needed: bool, found: &mut Violations) -> String {
    let note = note.trim();
    let chars = note.chars().take(MAX_NOTE + 1).count();
    if (needed && chars < MIN_NOTE) || chars > MAX_NOTE {
        found.push(Violation::error(rules::NOTE, "/note").with("min", MIN_NOTE).with("max", MAX_NOTE));
    }
    note.to_owned()
}

fn check_photos(photos: &[String], facts: &Facts<'_>, found: &mut Violations) {
    if photos.len() > MAX_PHOTOS {
        found.push(Violation::error(rules::PHOTO, "/photos").with("max", MAX_PHOTOS));
    }
    for (index, _) in photos.iter().enumerate().filter(|(_, photo)| !facts.photos.contains(*photo)) {
        found.push(Violation::error(rules::PHOTO, format!("/photos/{index}")).with("max", MAX_PHOTOS));
    }
}

fn check_place(place: Option<Place>, found: &mut Violations) {
    let sound = |place: Place| {
        (-90_000_000..=90_000_000).contains(&place.lat_e6)
            && (-180_000_000..=180_000_000).contains(&place.lon_e6)
            && place.accuracy_m.is_none_or(|metres| (0..=1_000_000).contains(&metres))
    };
    if place.is_some_and(|place| !sound(place)) {
        found.push(Violation::error(rules::PLACE, "/place"));
    }
}
