//! A scripted city: fictional firms and people of a city profile who play the main job through the same
//! services as everybody else, under a simulated clock. Nothing here inserts a row of its own, so whatever the
//! rules forbid cannot appear in a demonstration either. The same seed and day give the same city.

mod actors;
mod chance;
mod city;
mod ending;
pub mod errands;
mod figures;
pub mod founding;
mod generating;
mod governing;
mod kept;
mod leaving;
mod play;
mod prepare;
mod receiving;
mod resuming;
mod routes;
mod shelf;
mod shipping;
mod treating;
pub mod trucks;

use std::sync::Arc;

use app::kit::clock::SwitchClock;
use app::kit::{Kit, Problem};
use domain::time::Zone;
use serde::{Deserialize, Serialize};

pub use actors::{Actors, Who};
pub use chance::Chance;
pub use city::{City, build};
pub use kept::Kept;
pub use prepare::{Draft, drafts};

/// How large a city.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Size {
    /// Twenty firms that deal with each other.
    #[default]
    Small,
    /// Some three hundred plants, forty carriers, fifteen receivers, hospitals and laboratories.
    City,
}

/// What to play.
#[derive(Clone, Debug)]
pub struct Options {
    /// Seed of everything that varies.
    pub seed: u64,
    /// The day on which the demonstration is opened, UTC microseconds: the story ends just before it.
    pub now: i64,
    /// Days of story before that.
    pub days: i64,
    /// How large the city is.
    pub size: Size,
}

/// How far the story is: called with the day played and the number of days.
pub type Progress<'a> = &'a (dyn Fn(i64, i64) + Sync);

/// What was played.
#[derive(Clone, Copy, Debug, Default)]
pub struct Played {
    /// Containers generated.
    pub containers: u64,
    /// Transfer documents made.
    pub manifests: u64,
    /// Treatments recorded.
    pub treatments: u64,
}

/// Microseconds of a day.
pub(crate) const DAY: i64 = 86_400_000_000;

/// Fills an empty database with the profile's firms and accounts and plays the days up to `options.now`. The
/// clock is left at `options.now`.
///
/// # Errors
/// What a service refuses: the script keeps the rules, so a refusal is a defect of script or data.
pub async fn play(
    kit: &Arc<Kit>,
    clock: &SwitchClock,
    options: &Options,
    progress: Progress<'_>,
) -> Result<Played, Problem> {
    begin(kit, clock, options, progress).await.map(|(played, _)| played)
}

/// As [`play`]; answers also what a later start needs to play on.
///
/// # Errors
/// As [`play`].
pub async fn begin(
    kit: &Arc<Kit>,
    clock: &SwitchClock,
    options: &Options,
    progress: Progress<'_>,
) -> Result<(Played, Kept), Problem> {
    let zone = Zone::named(&kit.settings.zone).map_err(|_| Problem::internal())?;
    let start = options.now - options.days * DAY;
    clock.sim().set(start);
    let city = build(kit, &zone, start, options).await?;
    let span = play::Span { zone: &zone, start, resumed: false };
    let played = play::days(kit, clock, &city, &span, options, progress).await?;
    clock.sim().set(options.now);
    governing::play(kit, &city, options).await?;
    figures::play(kit, &city).await?;
    Ok((played, Kept::of(&city, options)))
}

/// Plays the days from where a kept city stands up to `now`: what was left open is done, and the days that nobody
/// played follow. Does nothing on the day itself. `None` when the years differ, because plans are filed by the year.
///
/// # Errors
/// What a service refuses.
pub async fn resume(
    kit: &Arc<Kit>,
    clock: &SwitchClock,
    kept: &Kept,
    now: i64,
    progress: Progress<'_>,
) -> Result<Option<Played>, Problem> {
    let zone = Zone::named(&kit.settings.zone).map_err(|_| Problem::internal())?;
    let (events, _) = kit.db.head(&kit.settings.tenant).await?;
    let last = kit.db.event(&kit.settings.tenant, events - 1).await?.map_or(now, |e| e.recorded_at);
    let (from, to) = (zone.date_of(last), zone.date_of(now));
    if zone.date_of(kept.now).year() != to.year() {
        return Ok(None);
    }
    if from >= to {
        return Ok(Some(Played::default()));
    }
    clock.sim().set(last);
    let days = zone.start_of(to) / DAY - zone.start_of(from) / DAY;
    let options = Options { seed: kept.seed ^ events.unsigned_abs(), now, days, size: kept.size };
    let city = kept.city(kit, &zone).await?;
    let span = play::Span { zone: &zone, start: last, resumed: true };
    let played = play::days(kit, clock, &city, &span, &options, progress).await?;
    clock.sim().set(now);
    Ok(Some(played))
}
