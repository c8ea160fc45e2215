//! Deterministic data for tests and measurements: a small generator of chance, and a truck's day. It must never
//! feed a real city.

use crate::blocks::Fix;

/// A small generator of pseudo-random numbers. Same seed, same numbers; not for secrets.
#[derive(Clone, Debug)]
pub struct Lcg(u64);

impl Lcg {
    /// A generator with a seed.
    pub fn new(seed: u64) -> Self {
        // Spreads small seeds apart (SplitMix64's increment).
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(0x632b_e59b_d9b4_e019))
    }

    /// The next number.
    pub fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        // The low bits of such a generator are poor; xor-shift the high ones into them.
        let x = self.0 ^ (self.0 >> 33);
        let x = x.wrapping_mul(0xff51_afd7_ed55_8ccd);
        x ^ (x >> 33)
    }

    /// A number below `n`; zero if `n` is zero.
    pub fn below(&mut self, n: u64) -> u64 {
        self.draw().checked_rem(n).unwrap_or(0)
    }
}

/// Trucks of the fleet that [`truck_day`] takes its truck from: so many records lie between two of its own.
pub const FLEET: u64 = 2_000;

/// A collection truck's day: it leaves the depot, drives, stops at collection points, and rests at the depot.
/// Fixes come every `interval_s` seconds from `start` (UTC microseconds) on, with additional items 01 (mileage,
/// 0.1 km), 30 (signal) and 31 (satellites) as of JT/T 808. Whole-number arithmetic only; the same seed gives
/// the same day everywhere.
pub fn truck_day(seed: u64, start: i64, interval_s: u32) -> Vec<Fix> {
    let interval_s = interval_s.max(1);
    let mut truck = Truck::new(seed, interval_s);
    (0..86_400 / u64::from(interval_s)).map(|n| truck.step(n, start)).collect()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Doing {
    Resting,
    Collecting,
    Driving,
}

struct Truck {
    chance: Lcg,
    interval_s: u32,
    doing: Doing,
    /// Steps until it does something else.
    left: u64,
    /// Thousandths of a millionth of a degree.
    lat_e9: i64,
    lon_e9: i64,
    /// What the receiver last said while standing.
    shown: (i32, i32),
    speed: i64,
    wanted: i64,
    heading: i64,
    altitude: i64,
    metres: u64,
    signal: i64,
    satellites: i64,
}

impl Truck {
    fn new(seed: u64, interval_s: u32) -> Self {
        let mut chance = Lcg::new(seed);
        let mut around = |middle: i64, width: u64| middle + chance.below(width) as i64;
        let (lat, lon) = (around(30_500_000, 200_000), around(114_200_000, 250_000));
        let (altitude, metres, heading) = (around(20, 15), around(1_000_000, 90_000_000), around(0, 360));
        Self {
            chance,
            interval_s,
            doing: Doing::Resting,
            left: 3_600 / u64::from(interval_s),
            lat_e9: lat * 1_000,
            lon_e9: lon * 1_000,
            shown: (lat as i32, lon as i32),
            speed: 0,
            wanted: 0,
            heading,
            altitude,
            metres: metres as u64,
            signal: 24,
            satellites: 14,
        }
    }

    /// A number around zero, up to `width` to either side, small ones more often.
    fn noise(&mut self, width: i64) -> i64 {
        let one = self.chance.below(width as u64 + 1) as i64;
        one - self.chance.below(width as u64 + 1) as i64
    }

    fn step(&mut self, n: u64, start: i64) -> Fix {
        self.change(n);
        self.drive();
        let position = match self.doing {
            // With the ignition off, terminals repeat the last position.
            Doing::Resting => self.shown,
            // At low speed they smooth it.
            Doing::Collecting if self.chance.below(3) > 0 => self.shown,
            Doing::Collecting => (self.noisy(self.lat_e9, 3), self.noisy_lon(3)),
            Doing::Driving => (self.noisy(self.lat_e9, 8), self.noisy_lon(8)),
        };
        self.shown = position;
        let late = i64::from(self.chance.below(30) == 0) * 1_000_000;
        let at = start + n as i64 * i64::from(self.interval_s) * 1_000_000 + late;
        // Mobile networks: mostly tenths of a second, now and then seconds.
        let delay = 80_000 + self.chance.below(400_000) as i64;
        let delay = delay + if self.chance.below(12) == 0 { self.chance.below(2_500_000) as i64 } else { 0 };
        let queued = delay as u64 * FLEET / (u64::from(self.interval_s) * 1_000_000);
        let offset = n * FLEET + queued + self.chance.below(24);
        let moving = self.doing == Doing::Driving;
        let mut extras = vec![0x01, 4];
        extras.extend_from_slice(&((self.metres / 100) as u32).to_be_bytes());
        extras.extend_from_slice(&[0x30, 1, self.signal as u8, 0x31, 1, self.satellites as u8]);
        Fix {
            at,
            received_at: at + delay,
            lat_e6: position.0,
            lon_e6: position.1,
            altitude_m: self.altitude as i16,
            speed_dkmh: self.speed as u16,
            heading_deg: self.heading.rem_euclid(360) as u16,
            alarm: if self.speed > 780 { 2 } else { 0 },
            status: 0x0c_0002 | u32::from(self.doing != Doing::Resting) | u32::from(moving) << 4,
            extras,
            offset,
        }
    }

    fn noisy(&mut self, e9: i64, width: i64) -> i32 {
        (e9 / 1_000 + self.noise(width)) as i32
    }

    fn noisy_lon(&mut self, width: i64) -> i32 {
        self.noisy(self.lon_e9, width)
    }

    fn change(&mut self, n: u64) {
        self.left = self.left.saturating_sub(1);
        if self.left > 0 {
            return;
        }
        let hour = n * u64::from(self.interval_s) / 3_600;
        let at_work = (4..12).contains(&hour) || (14..21).contains(&hour);
        let (doing, seconds) = match self.doing {
            _ if !at_work => (Doing::Resting, 1_200),
            Doing::Driving => (Doing::Collecting, 45 + self.chance.below(240)),
            _ => (Doing::Driving, 120 + self.chance.below(1_500)),
        };
        self.doing = doing;
        self.left = (seconds / u64::from(self.interval_s)).max(1);
    }

    fn drive(&mut self) {
        if self.chance.below(4) == 0 {
            self.signal = (self.signal + self.noise(2)).clamp(8, 31);
        }
        if self.chance.below(3) == 0 {
            self.satellites = (self.satellites + self.noise(1)).clamp(6, 24);
        }
        if self.doing != Doing::Driving {
            self.speed = 0;
            return;
        }
        if self.chance.below(6) == 0 {
            self.wanted = self.chance.below(820) as i64;
        }
        self.speed = (self.speed + (self.wanted - self.speed) / 2 + self.noise(15)).clamp(12, 850);
        if self.chance.below(5) == 0 {
            self.heading += self.noise(90);
        }
        self.heading += self.noise(3);
        self.altitude = (self.altitude + self.noise(2)).clamp(-20, 300);
        // Millimetres, and 1e-9 degrees: one of latitude has 111.2 km, one of longitude 95.8 km at 30.5° north.
        let mm = self.speed * 1_000 / 36 * i64::from(self.interval_s);
        self.metres += mm as u64 / 1_000;
        self.lat_e9 += mm * cosine(self.heading) / 1_000 * 10_000 / 1_112;
        self.lon_e9 += mm * cosine(self.heading - 90) / 1_000 * 10_000 / 958;
    }
}

/// Thousandths of the cosine of an angle in degrees, by Bhaskara's formula.
fn cosine(degrees: i64) -> i64 {
    let x = degrees.rem_euclid(360);
    let x = if x > 180 { 360 - x } else { x };
    let (x, sign) = if x > 90 { (180 - x, -1) } else { (x, 1) };
    sign * 1_000 * (32_400 - 4 * x * x) / (32_400 + x * x)
}
