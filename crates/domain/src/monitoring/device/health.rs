//! The clock and the pulse of a terminal, frame by frame.

use serde::{Deserialize, Serialize};

use crate::access::word_enum;

/// Limits of the city. The defaults are ours: no standard gives them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How far a terminal's clock may be off, s.
    pub clock_s: i64,
    /// How old a position may be that a terminal kept while it had no network, s.
    pub backlog_s: i64,
    /// How many live frames in a row with one and the same offset make a wrong clock.
    pub steady_frames: u8,
    /// After how long without a frame it is silent, s.
    pub silent_s: i64,
    /// After how long without a frame it is offline, s.
    pub offline_s: i64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { clock_s: 300, backlog_s: 7 * 86_400, steady_frames: 3, silent_s: 300, offline_s: 1_800 }
    }
}

word_enum! {
    /// In what state a terminal is.
    DeviceState {
        /// Frames arrive.
        Online = "online",
        /// None for a while.
        Silent = "silent",
        /// None for long.
        Offline = "offline",
        /// It has never sent anything.
        Never = "never",
        /// Its frames arrive, and their times cannot be believed.
        ClockWrong = "clock_wrong",
    }
}

/// What to do with a position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeVerdict {
    /// The newest of the track.
    Use,
    /// Believable, and older than the last one: it goes into the track and is not the present.
    Late,
    /// The same time as the last one: leave it.
    Duplicate,
    /// The time cannot be believed: keep it aside, out of every track.
    ClockWrong,
}

/// What is remembered of a terminal between frames.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Health {
    /// Newest believable time of a position, µs UTC.
    pub last_at: Option<i64>,
    /// When the last position was received, µs UTC.
    pub last_received_at: Option<i64>,
    /// The frame against which the pace is measured: claimed and received, µs UTC.
    pub pace_from: Option<(i64, i64)>,
    /// Claimed minus received at the last live frame, s: positive for a clock that is ahead.
    pub clock_offset_s: Option<i64>,
    /// Whether the clock is off.
    pub clock_wrong: bool,
    /// Live frames in a row that were off by the same.
    pub steady: u8,
    /// Positions received.
    pub positions: u64,
    /// Of these: older than the last one.
    pub late: u64,
    /// Of these: the same as the last one.
    pub duplicates: u64,
    /// Of these: kept aside for their time.
    pub quarantined: u64,
}

impl Health {
    /// Takes in one position: the time that the terminal claims and the time at which it was received, µs UTC.
    ///
    /// A clock that is ahead is wrong at once: nothing comes from the future. One that is behind may be a backlog
    /// sent after a dead spot, where frames come faster than they were made; it is a wrong clock when frames come
    /// at the pace at which they were made and stay off, or when they are older than any backlog.
    pub fn step(&mut self, claimed_at: i64, received_at: i64, limits: &Limits) -> TimeVerdict {
        let offset_s = claimed_at.saturating_sub(received_at) / 1_000_000;
        let pace = self.pace(claimed_at, received_at);
        let live = pace == Some(true);
        let first = self.last_received_at.is_none();
        let off = offset_s.saturating_abs() > limits.clock_s;
        self.steady = match pace {
            Some(true) if off => self.steady.saturating_add(1),
            None if off => self.steady,
            _ => 0,
        };
        let as_wrong_as_before = self.clock_wrong
            && self.clock_offset_s.is_some_and(|known| offset_s.saturating_sub(known).saturating_abs() <= 60);
        self.positions += 1;
        if pace.is_some() || first {
            self.pace_from = Some((claimed_at, received_at));
        }
        self.last_received_at = Some(self.last_received_at.unwrap_or(received_at).max(received_at));
        let beyond = offset_s > limits.clock_s || offset_s < -limits.backlog_s;
        if beyond
            || self.steady >= limits.steady_frames
            || (off && (as_wrong_as_before || (self.clock_wrong && live)))
        {
            self.clock_wrong = true;
            self.clock_offset_s = Some(offset_s);
            self.quarantined += 1;
            return TimeVerdict::ClockWrong;
        }
        if !off {
            self.clock_wrong = false;
        }
        if live || first || !off {
            self.clock_offset_s = Some(offset_s);
        }
        match self.last_at {
            Some(last) if claimed_at == last => {
                self.duplicates += 1;
                TimeVerdict::Duplicate
            }
            Some(last) if claimed_at < last => {
                self.late += 1;
                TimeVerdict::Late
            }
            _ => {
                self.last_at = Some(claimed_at);
                TimeVerdict::Use
            }
        }
    }

    /// Whether frames come at the pace at which they were made; `None` within five seconds, which tell nothing.
    fn pace(&self, claimed_at: i64, received_at: i64) -> Option<bool> {
        let (claimed, received) = self.pace_from?;
        let made_s = claimed_at.saturating_sub(claimed) / 1_000_000;
        let came_s = received_at.saturating_sub(received) / 1_000_000;
        (came_s >= 5).then(|| made_s.saturating_sub(came_s).saturating_abs() <= (came_s / 4).max(3))
    }
}

/// The state of a terminal at a moment, µs UTC.
pub fn state(health: Option<&Health>, now: i64, limits: &Limits) -> DeviceState {
    let Some((health, received)) = health.and_then(|h| h.last_received_at.map(|at| (h, at))) else {
        return DeviceState::Never;
    };
    match now.saturating_sub(received) / 1_000_000 {
        age if age > limits.offline_s => DeviceState::Offline,
        age if age > limits.silent_s => DeviceState::Silent,
        _ if health.clock_wrong => DeviceState::ClockWrong,
        _ => DeviceState::Online,
    }
}
