//! What the gateway decides about a terminal: whether it may register and sign on, whether the time of a position
//! can be believed, and in what state the terminal is. A terminal's clock is never trusted by itself: a position
//! whose time cannot be believed is kept aside and must never enter a track.

use serde::{Deserialize, Serialize};

use crate::access::word_enum;

mod health;

pub use health::{DeviceState, Health, Limits, TimeVerdict, state};

word_enum! {
    /// Edition of JT/T 808 that a terminal speaks.
    Protocol {
        /// JT/T 808-2013.
        Jt808V2013 = "jt808_2013",
        /// JT/T 808-2019.
        Jt808V2019 = "jt808_2019",
    }
}

word_enum! {
    /// Why the gateway keeps frames of a terminal aside.
    Refusal {
        /// No terminal with this number is registered.
        UnknownTerminal = "unknown_terminal",
        /// It claims another vehicle than the one that it is registered for.
        WrongPlate = "wrong_plate",
        /// The authentication code is not the one that it was given.
        WrongKey = "wrong_key",
        /// The terminal or its vehicle is suspended.
        Suspended = "suspended",
        /// It sends before it has signed on.
        NotAuthenticated = "not_authenticated",
    }
}

/// A terminal as the registry knows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// Number in the header of its frames, digits without leading zeros.
    pub terminal_number: String,
    /// Plate of its vehicle, as registered.
    pub plate: String,
    /// Edition that it is registered with.
    pub protocol: Protocol,
    /// Whether the terminal, its vehicle and its carrier are active.
    pub active: bool,
}

/// What a registration (0x0100) claims.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claim<'a> {
    /// Plate in the frame; may be empty.
    pub plate: &'a str,
    /// Whether a vehicle with this plate is registered at all.
    pub plate_known: bool,
    /// Edition of the frame.
    pub protocol: Protocol,
}

/// Result of a registration, as 0x8100 carries it (JT/T 808 table "终端注册应答").
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum RegisterResult {
    /// 0: registered.
    Success,
    /// 1: the vehicle is registered already, with another terminal.
    VehicleTaken,
    /// 2: there is no such vehicle.
    NoSuchVehicle,
    /// 3: the terminal is registered already, with another vehicle.
    TerminalTaken,
    /// 4: there is no such terminal.
    NoSuchTerminal,
}

impl RegisterResult {
    /// The code on the wire.
    pub const fn code(self) -> u8 {
        match self {
            RegisterResult::Success => 0,
            RegisterResult::VehicleTaken => 1,
            RegisterResult::NoSuchVehicle => 2,
            RegisterResult::TerminalTaken => 3,
            RegisterResult::NoSuchTerminal => 4,
        }
    }
}

/// The answer to a registration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Admission {
    /// What goes back to the terminal.
    pub result: RegisterResult,
    /// Why it was refused, for the list of what is kept aside.
    pub refusal: Option<Refusal>,
    /// The terminal speaks another edition than registered: admitted, and shown.
    pub protocol_differs: bool,
}

/// Decides a registration. The registry alone says which terminal belongs to which vehicle: a terminal never
/// registers itself, and one that claims another plate is refused. Registering again is a success, because
/// terminals do so after every restart.
pub fn admit(known: Option<&Device>, claim: &Claim<'_>) -> Admission {
    let refused = |result, refusal| Admission { result, refusal: Some(refusal), protocol_differs: false };
    let Some(device) = known else {
        return refused(RegisterResult::NoSuchTerminal, Refusal::UnknownTerminal);
    };
    if !device.active {
        return refused(RegisterResult::NoSuchTerminal, Refusal::Suspended);
    }
    if !same_plate(&device.plate, claim.plate) {
        let result =
            if claim.plate_known { RegisterResult::TerminalTaken } else { RegisterResult::NoSuchVehicle };
        return refused(result, Refusal::WrongPlate);
    }
    Admission {
        result: RegisterResult::Success,
        refusal: None,
        protocol_differs: device.protocol != claim.protocol,
    }
}

/// Decides a sign-on (0x0102). `code_matches` is the caller's comparison in constant time of the code that was
/// sent with the code that was given out.
///
/// # Errors
/// Why it is refused.
pub fn authenticate(known: Option<&Device>, code_matches: bool) -> Result<(), Refusal> {
    match known {
        None => Err(Refusal::UnknownTerminal),
        Some(device) if !device.active => Err(Refusal::Suspended),
        Some(_) if !code_matches => Err(Refusal::WrongKey),
        Some(_) => Ok(()),
    }
}

/// Plates are compared without blanks and separators, which installers type in many ways.
fn same_plate(registered: &str, claimed: &str) -> bool {
    let plain = |plate: &str| -> Vec<char> {
        plate.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_uppercase).collect()
    };
    let claimed = plain(claimed);
    !claimed.is_empty() && plain(registered) == claimed
}

#[cfg(test)]
mod tests;
