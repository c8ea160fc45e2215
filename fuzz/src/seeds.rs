//! What every fuzzing of the device protocol begins with: the frames that others captured, which the codec's tests keep,
//! and one of ours for each kind of message.

use wire::jt808::{
    Authentication, Batch, BatchItem, BatchKind, Body, Deframer, Header, Item, Location, Registration,
    TerminalNumber, Text, Version, encode, id,
};

const CAPTURED: &str = include_str!("../../crates/wire/tests/jt808/captured_frames.txt");

/// Unescaped header and body of frames on the wire.
pub fn unescaped(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut out = Vec::new();
    Deframer::new().push(bytes, &mut |frame| out.extend(frame.ok().map(<[u8]>::to_vec)));
    out
}

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u32> = text.chars().filter_map(|c| c.to_digit(16)).collect();
    digits.chunks_exact(2).map(|pair| (pair[0] * 16 + pair[1]) as u8).collect()
}

/// Frames that others captured, unescaped, and ours.
pub fn frames() -> Vec<Vec<u8>> {
    let mut out = Vec::new();
    for line in CAPTURED.lines().filter(|l| !l.starts_with('#')) {
        let mut columns = line.split(' ').skip(1);
        let (form, digits) = (columns.next().unwrap_or_default(), columns.nth(1).unwrap_or_default());
        let bytes = hex(digits);
        if form == "wire" {
            out.extend(unescaped(&bytes));
        } else if let [0x7e, plain @ .., _, 0x7e] = &bytes[..] {
            out.push(plain.to_vec());
        }
    }
    out.extend(made().iter().flat_map(|f| unescaped(f)));
    out
}

/// One frame of ours for each kind of message, as on the wire.
pub fn made() -> Vec<Vec<u8>> {
    let mut location = Location {
        alarm: 1,
        status: 3,
        lat_e6: 31_900_000,
        lon_e6: 120_200_000,
        altitude_m: 5,
        speed_kmh_tenths: 480,
        heading_deg: 90,
        time_us: 1_772_409_600_000_000,
        extras: Vec::new(),
    };
    let _ = location.add(&Item::Mileage { km_tenths: 77 });
    let _ = location.add(&Item::Satellites { count: 9 });
    let items = vec![BatchItem::Location(location.clone()); 3];
    let bodies = [
        Body::Heartbeat,
        Body::Logout,
        Body::TimeQuery,
        Body::Register(Registration { plate: Text::from("TEST001"), ..Registration::default() }),
        Body::Authenticate(Authentication { code: Text::from("code"), ..Authentication::default() }),
        Body::LocationReply { serial: 9, location: location.clone() },
        Body::Location(location),
        Body::Batch(Batch { kind: BatchKind::RESENT, items }),
        Body::Waybill(vec![1, 2, 3, 0x7e, 0x7d]),
        Body::Unknown { id: 0x0900, raw: vec![0x7e; 30] },
    ];
    let mut out = Vec::new();
    for version in [Version::V2013, Version::V2019 { protocol: 1 }] {
        let Some(terminal) = TerminalNumber::padded("13812345678", version) else { continue };
        for (serial, body) in (1..).zip(&bodies) {
            out.extend(encode(&Header::new(body.id(), version, terminal, serial), body));
        }
    }
    out
}

/// Ids that something is known about, and some that nothing is.
pub const IDS: &[u16] = &[
    id::TERMINAL_REPLY,
    id::HEARTBEAT,
    id::LOGOUT,
    id::REGISTER,
    id::AUTHENTICATE,
    id::TIME_QUERY,
    id::TERMINAL_RESEND,
    id::LOCATION,
    id::LOCATION_REPLY,
    id::WAYBILL,
    id::BATCH,
    0x8001,
    0x8003,
    0x8004,
    0x8100,
    0x8201,
    0x8300,
    0x0900,
    0xffff,
];
