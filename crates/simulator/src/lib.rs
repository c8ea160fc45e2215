//! A scripted city: fictional firms and people of a city profile who play the main job through the same
//! services as everybody else, under a simulated clock. Nothing here inserts a row of its own, so whatever the
//! rules forbid cannot appear in a demonstration either. The same seed and day give the same city.

mod actors;
mod chance;
mod city;
mod ending;
mod generating;
mod governing;
mod leaving;
mod play;
mod prepare;
mod shipping;
mod treating;
pub mod trucks;

use std::sync::Arc;

use app::kit::clock::SwitchClock;
use app::kit::{Kit, Problem};
use domain::time::Zone;

pub use actors::{Actors, Who};
pub use city::{City, build};
pub use prepare::{Draft, drafts};

/// What to play.
#[derive(Clone, Debug)]
pub struct Options {
    /// Seed of everything that varies.
    pub seed: u64,
    /// The day on which the demonstration is opened, UTC microseconds: the story ends just before it.
    pub now: i64,
    /// Days of story before that.
    pub days: i64,
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
    let zone = Zone::named(&kit.settings.zone).map_err(|_| Problem::internal())?;
    let start = options.now - options.days * DAY;
    clock.sim().set(start);
    let city = build(kit, &zone, start, options.now).await?;
    let played = play::days(kit, clock, &city, &zone, start, options, progress).await?;
    clock.sim().set(options.now);
    governing::play(kit, &city, options).await?;
    Ok(played)
}
