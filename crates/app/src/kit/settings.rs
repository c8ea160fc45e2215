//! Settings that the contexts read: who mints numbers, tolerances, sessions. Defaults suit a city server;
//! a city's own values come from its profile or the configuration file.

use serde::{Deserialize, Serialize};

/// Who mints manifest numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum NumberAuthoritySetting {
    /// Nobody yet: documents keep their internal number.
    None,
    /// A demonstration range, which is never official.
    DemoRange {
        /// Four digits: province and prefecture code, e.g. `3202`.
        prefix: String,
        /// First serial of the range.
        from: i64,
        /// Last serial of the range.
        to: i64,
    },
}

/// Session and sign-in rules.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default)]
pub struct SessionSettings {
    /// Minutes without a request after which a session ends.
    pub idle_minutes: i64,
    /// Hours after which a session ends in any case.
    pub absolute_hours: i64,
    /// Wrong passwords in a row that lock an account.
    pub lock_after: i64,
    /// Minutes that a lock lasts.
    pub lock_minutes: i64,
    /// Administrators must use a second factor.
    pub require_second_factor: bool,
    /// Days after which a password must be changed; 0 for never.
    pub password_days: i64,
}

impl Default for SessionSettings {
    fn default() -> Self {
        Self {
            idle_minutes: 30,
            absolute_hours: 12,
            lock_after: 5,
            lock_minutes: 15,
            require_second_factor: true,
            password_days: 90,
        }
    }
}

/// How many requests one caller may make, and what the house takes on. Generous: they stop machines that guess or
/// flood, not people.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default)]
pub struct LimitSettings {
    /// Sign-ins a minute from one address; 0 for no limit.
    pub sign_in_per_minute: u32,
    /// Changes a minute by one account; 0 for no limit.
    pub writes_per_minute: u32,
    /// Papers that are laid out at once; 0 for as many as there are cores.
    pub papers_at_once: u32,
    /// Seconds that somebody waits for a place among them.
    pub paper_wait_seconds: u64,
    /// Days that answers are kept for requests that are repeated with their key; at least 1.
    pub idempotency_days: i64,
}

impl Default for LimitSettings {
    fn default() -> Self {
        Self {
            sign_in_per_minute: 60,
            writes_per_minute: 6_000,
            papers_at_once: 0,
            paper_wait_seconds: 10,
            idempotency_days: 30,
        }
    }
}

/// Limits of the field that the law leaves to local configuration. They are never "the national rule".
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default)]
pub struct FieldSettings {
    /// Weighing difference at receipt above which a discrepancy must be explained, in parts per thousand.
    pub weight_tolerance_permille: i64,
    /// The same in grams; the larger of both counts.
    pub weight_tolerance_g: i64,
    /// Days that a generator may store waste before it counts as late; `None` leaves it to the facility.
    pub generator_storage_days: Option<i64>,
    /// Days that an event may lie back when it is recorded.
    pub back_fill_days: i64,
    /// Stock above a facility's capacity is refused (otherwise a warning).
    pub capacity_blocks: bool,
}

impl Default for FieldSettings {
    fn default() -> Self {
        Self {
            weight_tolerance_permille: 5,
            weight_tolerance_g: 20_000,
            generator_storage_days: None,
            back_fill_days: 10,
            capacity_blocks: true,
        }
    }
}

/// The live part: terminals, positions, the map.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default)]
pub struct LiveSettings {
    /// A terminal that has a code may register again and gets a new one; otherwise an administrator resets it first.
    pub reregister: bool,
    /// How far a site reaches around its point, metres.
    pub site_radius_m: u32,
    /// A vehicle that has not reported for so many seconds is silent.
    pub silent_after_s: u32,
    /// And after so many seconds offline.
    pub offline_after_s: u32,
    /// Positions are kept for so many days; 0 keeps them for good.
    pub keep_days: u32,
    /// Seed of the schematic road network, while the city has none of its own.
    pub road_seed: u64,
}

impl Default for LiveSettings {
    fn default() -> Self {
        Self {
            reregister: false,
            site_radius_m: 300,
            silent_after_s: 120,
            offline_after_s: 3_600,
            keep_days: 0,
            road_seed: 1,
        }
    }
}

/// All settings of the contexts.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// City id (`tenant_id`), from the profile.
    pub tenant: String,
    /// Folder of the city profile under `data/cities`.
    pub profile: String,
    /// IANA zone of the city.
    pub zone: String,
    /// Public address of the server, for QR codes; empty for relative ones.
    pub public_url: String,
    /// Demonstration: demo accounts are listed on the sign-in page.
    pub demo: bool,
    /// Manifest numbers.
    pub numbers: NumberAuthoritySetting,
    /// Sessions.
    pub session: SessionSettings,
    /// Requests a minute.
    pub limits: LimitSettings,
    /// Field limits.
    pub field: FieldSettings,
    /// Live part.
    pub live: LiveSettings,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            tenant: String::new(),
            profile: String::new(),
            zone: "Asia/Shanghai".to_owned(),
            public_url: String::new(),
            demo: false,
            numbers: NumberAuthoritySetting::None,
            session: SessionSettings::default(),
            limits: LimitSettings::default(),
            field: FieldSettings::default(),
            live: LiveSettings::default(),
        }
    }
}
