//! Which light an item shows, and why: a pure function of dates, reports and, for targets, of the indicator's own light.
//! What nobody reported is not guessed: it shows no light, or a late one where a report was due.

use jiff::civil::Date;

use super::{List, Rhythm, State};
use crate::access::word_enum;

word_enum! {
    /// Colour of an item; pages write the word beside it.
    Light {
        /// On its way or reached.
        Green = "green",
        /// Look at it.
        Amber = "amber",
        /// Late, missed or held up.
        Red = "red",
        /// Nothing can be said.
        None = "none",
    }
}

word_enum! {
    /// Why an item shows its light.
    Reason {
        /// Finished in time.
        Done = "done",
        /// Finished, but after it was due.
        DoneLate = "done_late",
        /// As far as the time that has passed, or further.
        OnTrack = "on_track",
        /// Less far than the time that has passed.
        Behind = "behind",
        /// Due, and not finished.
        Overdue = "overdue",
        /// Something stands in the way.
        Blocked = "blocked",
        /// Not reported for long.
        Stale = "stale",
        /// Reported lately; it has no end.
        Kept = "kept",
        /// Nobody has reported.
        NoReport = "no_report",
        /// Its end lay before the platform began, and nobody has reported how it ended.
        AwaitingFinal = "awaiting_final",
        /// It has not begun.
        NotBegun = "not_begun",
        /// The indicator tells.
        Indicator = "indicator",
        /// The indicator has no figure.
        NoFigure = "no_figure",
        /// A target in words, judged by reports only.
        InWords = "in_words",
        /// The year lies after the programme; the city has set nothing for it.
        NotSet = "not_set",
        /// Withdrawn.
        Withdrawn = "withdrawn",
    }
}

word_enum! {
    /// Where a year lies.
    Phase {
        /// Within the programme, and running.
        Running = "running",
        /// The programme has ended: what is shown is its final result.
        Final = "final",
        /// After the programme's last year.
        NotSet = "not_set",
    }
}

/// The city's numbers for lights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Behind by more points than this is amber.
    pub amber_lag: i64,
    /// Behind by more points than this is red.
    pub red_lag: i64,
    /// Days without report until it is amber.
    pub stale_days: i64,
    /// A held-up item is red from so many days before it is due.
    pub blocked_red_days: i64,
}

/// What a light is made of.
#[derive(Clone, Copy, Debug)]
pub struct Matter {
    /// Which list.
    pub list: List,
    /// How often it falls due.
    pub rhythm: Rhythm,
    /// First day.
    pub starts_on: Option<Date>,
    /// Last day.
    pub due_on: Option<Date>,
    /// Last year of its programme.
    pub horizon: i16,
    /// Since when the platform has it.
    pub known_since: Date,
    /// Withdrawn.
    pub withdrawn: bool,
    /// Day, percent and state of the latest report.
    pub report: Option<(Date, i64, State)>,
    /// For a target with an indicator: its light, `None` where there is no figure.
    pub indicator: Option<Option<Light>>,
}

/// A light with its reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shown {
    /// The light.
    pub light: Light,
    /// Why.
    pub reason: Reason,
}

const fn shown(light: Light, reason: Reason) -> Shown {
    Shown { light, reason }
}

/// Where a year lies, seen from today.
pub fn phase(year: i16, horizon: i16, today: Date) -> Phase {
    if year > horizon {
        Phase::NotSet
    } else if today.year() > horizon {
        Phase::Final
    } else {
        Phase::Running
    }
}

/// The day on which something is due in a year: the day itself, or the same day of that year.
pub fn due_in(rhythm: Rhythm, due_on: Option<Date>, year: i16) -> Option<Date> {
    let due = due_on?;
    match rhythm {
        Rhythm::Once => Some(due),
        Rhythm::Yearly => Date::new(year.min(due.year()), due.month(), due.day().min(28)).ok().map(|day| {
            // The last day of a month stays the last day.
            if due.day() == due.days_in_month() { day.last_of_month() } else { day }
        }),
    }
}

fn days(from: Date, to: Date) -> i64 {
    from.until(to).map_or(0, |span| span.get_days().into())
}

/// The light of an item for a year, seen from a day.
pub fn light(m: &Matter, year: i16, today: Date, limits: &Limits) -> Shown {
    if m.withdrawn {
        return shown(Light::None, Reason::Withdrawn);
    }
    if phase(year, m.horizon, today) == Phase::NotSet {
        return shown(Light::None, Reason::NotSet);
    }
    if m.list == List::Target
        && let Some(standing) = m.indicator
    {
        return match standing {
            Some(Light::None) | None => shown(Light::None, Reason::NoFigure),
            Some(found) => shown(found, Reason::Indicator),
        };
    }
    let due = due_in(m.rhythm, m.due_on, year);
    let Some((day, percent, state)) = current(m, due) else { return unreported(m, due, today) };
    if state == State::Done {
        let reason = if due.is_some_and(|d| day > d) { Reason::DoneLate } else { Reason::Done };
        return shown(Light::Green, reason);
    }
    if due.is_some_and(|d| today > d) {
        return shown(Light::Red, Reason::Overdue);
    }
    if state == State::Blocked {
        let near = due.is_some_and(|d| days(today, d) <= limits.blocked_red_days);
        return shown(if near { Light::Red } else { Light::Amber }, Reason::Blocked);
    }
    let lag = due.and_then(|due| expected(m.starts_on?, due, today)).map_or(0, |e| e - percent);
    if lag > limits.red_lag {
        return shown(Light::Red, Reason::Behind);
    }
    if lag > limits.amber_lag {
        return shown(Light::Amber, Reason::Behind);
    }
    if days(day, today) > limits.stale_days {
        return shown(Light::Amber, Reason::Stale);
    }
    shown(Light::Green, if due.is_some() { Reason::OnTrack } else { Reason::Kept })
}

/// The report that counts: for something yearly, one of the same year.
fn current(m: &Matter, due: Option<Date>) -> Option<(Date, i64, State)> {
    let report = m.report?;
    match (m.rhythm, due) {
        (Rhythm::Yearly, Some(due)) if report.0.year() < due.year() => None,
        _ => Some(report),
    }
}

fn unreported(m: &Matter, due: Option<Date>, today: Date) -> Shown {
    if m.starts_on.is_some_and(|s| s > today) {
        return shown(Light::None, Reason::NotBegun);
    }
    match due {
        Some(due) if today > due && m.known_since > due => shown(Light::None, Reason::AwaitingFinal),
        Some(due) if today > due => shown(Light::Red, Reason::Overdue),
        _ if m.list == List::Target => shown(Light::None, Reason::InWords),
        _ => shown(Light::None, Reason::NoReport),
    }
}

/// How far an item would be if it went evenly.
fn expected(start: Date, due: Date, today: Date) -> Option<i64> {
    let whole = days(start, due);
    if whole <= 0 || today < start {
        return None;
    }
    Some((days(start, today).min(whole) * 100) / whole)
}
