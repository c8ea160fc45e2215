//! Names of the alarm, status, signal and input bits. A name is an id: rules, settings and statistics refer to
//! it, so it must never change once released; texts for people are looked up by it elsewhere.

use super::Version;

/// Status bit 0: ignition on.
pub const ACC_ON: u32 = 1;
/// Status bit 1: the position is a fix.
pub const FIXED: u32 = 1 << 1;
/// Status bit 2: southern latitude.
pub const SOUTH: u32 = 1 << 2;
/// Status bit 3: western longitude.
pub const WEST: u32 = 1 << 3;

/// Alarm bits of 2013 (table 24), by bit.
pub const ALARMS_2013: [&str; 32] = [
    "emergency",
    "overspeed",
    "fatigue",
    "danger_warning",
    "gnss_fault",
    "gnss_antenna_cut",
    "gnss_antenna_short",
    "main_power_low",
    "main_power_lost",
    "display_fault",
    "tts_fault",
    "camera_fault",
    "licence_card_reader_fault",
    "overspeed_warning",
    "fatigue_warning",
    "reserved_15",
    "reserved_16",
    "reserved_17",
    "daily_driving_exceeded",
    "parking_overtime",
    "area_crossed",
    "route_crossed",
    "route_time",
    "route_deviation",
    "speed_sensor_fault",
    "fuel_abnormal",
    "stolen",
    "illegal_ignition",
    "illegal_movement",
    "collision_warning",
    "rollover_warning",
    "illegal_door_open",
];

/// Alarm bits of 2019, by bit: 15 to 17 are new, 29 is wider, 31 is reserved again.
pub const ALARMS_2019: [&str; 32] = {
    let mut names = ALARMS_2013;
    names[15] = "driving_violation";
    names[16] = "tyre_pressure_warning";
    names[17] = "right_turn_blind_zone";
    names[29] = "collision_rollover";
    names[31] = "reserved_31";
    names
};

/// Status bits of both editions (table 25; 6, 7 and 22 are of 2019), by bit. Bits 8 and 9 are one number: see
/// [`Load`].
pub const STATUS: [&str; 32] = [
    "acc_on",
    "fixed",
    "south",
    "west",
    "out_of_service",
    "coordinates_encrypted",
    "forward_collision_warning",
    "lane_departure_warning",
    "load_low",
    "load_high",
    "fuel_cut",
    "circuit_cut",
    "doors_locked",
    "door_1_open",
    "door_2_open",
    "door_3_open",
    "door_4_open",
    "door_5_open",
    "gps",
    "beidou",
    "glonass",
    "galileo",
    "moving",
    "reserved_23",
    "reserved_24",
    "reserved_25",
    "reserved_26",
    "reserved_27",
    "reserved_28",
    "reserved_29",
    "reserved_30",
    "reserved_31",
];

/// Signals of the vehicle (table 31), by bit; higher bits are reserved.
pub const SIGNALS: [&str; 15] = [
    "low_beam",
    "high_beam",
    "right_indicator",
    "left_indicator",
    "brake",
    "reverse",
    "fog_lamp",
    "side_lamp",
    "horn",
    "air_conditioner",
    "neutral",
    "retarder",
    "abs",
    "heater",
    "clutch",
];

/// State of inputs and outputs (table 32), by bit; higher bits are reserved.
pub const IO: [&str; 2] = ["deep_sleep", "sleep"];

/// How full the vehicle is (status bits 8 and 9).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Load {
    /// 00.
    Empty,
    /// 01.
    Half,
    /// 10.
    Reserved,
    /// 11.
    Full,
}

impl Load {
    /// The load in a status.
    pub const fn of(status: u32) -> Self {
        match (status >> 8) & 0b11 {
            0 => Self::Empty,
            1 => Self::Half,
            2 => Self::Reserved,
            _ => Self::Full,
        }
    }

    /// Its id.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::Half => "half",
            Self::Reserved => "reserved",
            Self::Full => "full",
        }
    }
}

/// Ids of the alarms that are set, in the words of this edition.
pub fn alarm_names(alarm: u32, version: Version) -> impl Iterator<Item = &'static str> {
    names(alarm, if version.is_2019() { &ALARMS_2019 } else { &ALARMS_2013 })
}

/// Ids of the status bits that are set, without the load.
pub fn status_names(status: u32) -> impl Iterator<Item = &'static str> {
    names(status & !0x300, &STATUS)
}

/// Names of the bits that are set; bits beyond the table are left out.
pub fn names(bits: u32, table: &'static [&'static str]) -> impl Iterator<Item = &'static str> {
    table.iter().enumerate().filter(move |(bit, _)| bits >> bit & 1 == 1).map(|(_, name)| *name)
}
