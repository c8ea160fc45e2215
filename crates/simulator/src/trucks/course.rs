//! A truck's drive, second by second: it speeds up, keeps to the roads' speed, brakes before it stops, and goes to and
//! fro when its acts are done.

use std::collections::VecDeque;
use std::sync::Arc;

use geo::Point;
use geo::roads::Route;

use super::plan::Plan;
use super::script::{Act, Opening, drive, lawful};
use crate::chance::Chance;

/// Faster than this no truck goes, m/s.
const TOP: f64 = 80.0 / 3.6;
/// Metres a second, each second.
const SPEEDS_UP: f64 = 0.9;
const BRAKES: f64 = 1.4;

/// Where a truck is in a second.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fix {
    /// Seconds from the start of the demonstration.
    pub second: i64,
    /// Where.
    pub point: Point,
    /// Degrees from north, clockwise.
    pub heading_deg: u16,
    /// Tenths of km/h.
    pub speed_dkmh: u16,
    /// Tenths of a kilometre since it was built.
    pub odometer: u32,
    /// On the way: its engine runs.
    pub driving: bool,
}

/// Motion along one way.
#[derive(Clone, Debug, Default)]
struct Motion {
    metres: f64,
    speed: f64,
}

impl Motion {
    /// One second further; true at the end of the way.
    fn step(&mut self, route: &Route, percent: u8) -> bool {
        let left = route.length_m() - self.metres;
        let road = f64::from(route.at(self.metres).speed_kmh) / 3.6 * f64::from(percent) / 100.0;
        let brake = (2.0 * BRAKES * left.max(0.0)).sqrt().max(1.0);
        self.speed = (self.speed + SPEEDS_UP).min(road.min(TOP)).min(brake);
        self.metres += self.speed;
        self.metres >= route.length_m()
    }
}

/// Seconds that a way takes.
pub(super) fn drive_seconds(route: &Route, percent: u8) -> i64 {
    seconds_to(route, percent, route.length_m())
}

/// Seconds until so many metres of a way are driven.
pub(super) fn seconds_to(route: &Route, percent: u8, metres: f64) -> i64 {
    let (mut motion, mut seconds) = (Motion::default(), 0);
    loop {
        seconds += 1;
        if motion.step(route, percent) || motion.metres >= metres {
            return seconds;
        }
    }
}

/// A truck's drive.
#[derive(Clone, Debug)]
pub struct Course {
    plan: Arc<Plan>,
    truck: usize,
    chance: Chance,
    acts: VecDeque<Act>,
    motion: Motion,
    /// Seconds left of a stop.
    left: i64,
    dark: Option<(i64, i64)>,
    fix: Fix,
    /// Metres since it was built.
    driven: f64,
    /// Whether the next way leads back to where it came from.
    back: bool,
}

impl Course {
    /// The drive of a truck of the plan, at `from` seconds from the start of the demonstration; `None` when the plan
    /// has no such truck.
    pub fn new(plan: &Arc<Plan>, truck: usize, from: i64) -> Option<Self> {
        let own = plan.trucks.get(truck)?;
        let mut chance = Chance::new(plan.seed, &format!("truck:{}", own.terminal_number));
        let opening = Opening::of(plan, own, &mut chance);
        let mut acts: VecDeque<Act> = opening.acts.into();
        let begins = opening.begins.max(from);
        if begins > from {
            acts.push_front(Act::Stand(begins - from));
        }
        let odometer = chance.between(200_000, 2_000_000);
        let fix = Fix {
            second: from,
            point: own.from,
            heading_deg: 0,
            speed_dkmh: 0,
            odometer: u32::try_from(odometer).unwrap_or_default(),
            driving: false,
        };
        let mut course = Self {
            plan: Arc::clone(plan),
            truck,
            chance,
            acts,
            motion: Motion::default(),
            left: 0,
            dark: opening.dark,
            driven: f64::from(fix.odometer) * 100.0,
            fix,
            back: true,
        };
        course.begin();
        // What lies before `from` was driven already.
        for _ in opening.begins..from.max(opening.begins) {
            course.step();
        }
        course.fix.second = from;
        Some(course)
    }

    /// How long before the start of the demonstration the opening began, seconds; 0 when it begins later.
    pub fn lead(plan: &Arc<Plan>, truck: usize) -> i64 {
        let Some(own) = plan.trucks.get(truck) else { return 0 };
        let mut chance = Chance::new(plan.seed, &format!("truck:{}", own.terminal_number));
        (-Opening::of(plan, own, &mut chance).begins).max(0)
    }

    /// Where it is.
    pub const fn fix(&self) -> Fix {
        self.fix
    }

    /// Whether nothing is heard of it in that second.
    pub fn is_dark(&self, second: i64) -> bool {
        self.dark.is_some_and(|(from, to)| (from..to).contains(&second))
    }

    /// One second further.
    pub fn step(&mut self) -> Fix {
        self.fix.second += 1;
        match self.acts.front() {
            Some(Act::Drive(route, percent)) => {
                let before = self.motion.metres;
                let ends = self.motion.step(route, *percent);
                let on = route.at(self.motion.metres);
                self.driven += self.motion.metres - before;
                self.fix.point = on.point;
                self.fix.heading_deg = whole(on.heading_deg) % 360;
                self.fix.speed_dkmh = whole(self.motion.speed * 36.0);
                self.fix.driving = true;
                self.fix.odometer = metres_to_odometer(self.driven);
                if ends {
                    self.next();
                }
            }
            Some(Act::Stand(_)) => {
                self.fix.speed_dkmh = 0;
                self.fix.driving = false;
                self.left -= 1;
                if self.left <= 0 {
                    self.next();
                }
            }
            None => self.extend(),
        }
        self.fix
    }

    fn next(&mut self) {
        self.acts.pop_front();
        if self.acts.is_empty() {
            self.extend();
        }
        self.begin();
    }

    fn begin(&mut self) {
        self.motion = Motion::default();
        self.left = match self.acts.front() {
            Some(Act::Stand(seconds)) => *seconds,
            _ => 0,
        };
    }

    /// To and fro between its two places.
    fn extend(&mut self) {
        let Some(own) = self.plan.trucks.get(self.truck) else { return };
        let (to, stands) = if self.back { (own.from, (90, 240)) } else { (own.to, (180, 420)) };
        self.back = !self.back;
        let stand = Act::Stand(self.chance.between(stands.0, stands.1));
        self.acts.push_back(stand);
        if let Some(route) = lawful(&self.plan, self.fix.point, to) {
            self.acts.push_back(drive(route, &mut self.chance));
        }
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the type")]
fn whole(value: f64) -> u16 {
    value.round().clamp(0.0, f64::from(u16::MAX)) as u16
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the type")]
fn metres_to_odometer(metres: f64) -> u32 {
    (metres / 100.0).clamp(0.0, f64::from(u32::MAX)) as u32
}
