//! Messages of every kind, in both editions, for the properties.

use proptest::collection::vec;
use proptest::prelude::*;
use wire::jt808::{
    Authentication, Batch, BatchItem, BatchKind, Body, GeneralReply, Header, Item, Location, Outcome, Part,
    RegisterOutcome, RegisterReply, Registration, Resend, TerminalNumber, Text, TextMessage, Version,
};

pub fn version() -> impl Strategy<Value = Version> {
    prop_oneof![Just(Version::V2013), any::<u8>().prop_map(|protocol| Version::V2019 { protocol })]
}

pub fn header(id: u16, version: Version) -> impl Strategy<Value = Header> {
    let digits = if version.is_2019() { 20 } else { 12 };
    (vec(0..10_u8, digits), any::<u16>(), any::<bool>()).prop_map(move |(digits, serial, reserved_bit)| {
        let number: String = digits.iter().map(|d| char::from(b'0' + d)).collect();
        let terminal = TerminalNumber::padded(&number, version).expect("digits");
        Header { reserved_bit, ..Header::new(id, version, terminal, serial) }
    })
}

/// A text of at most `bytes` bytes in GBK, that does not end in NUL.
fn text(bytes: usize) -> impl Strategy<Value = Text> {
    let char = prop_oneof![(0x20_u32..0x7f), (0x4e00_u32..0x9fa5)];
    vec(char.prop_map(|c| char::from_u32(c).expect("a character")), 0..=bytes / 2)
        .prop_map(|chars| Text::from(chars.into_iter().collect::<String>()))
}

fn item() -> impl Strategy<Value = (u8, Vec<u8>)> {
    let known = prop::sample::select(vec![
        (0x01, 4),
        (0x02, 2),
        (0x03, 2),
        (0x04, 2),
        (0x05, 30),
        (0x06, 2),
        (0x11, 1),
        (0x11, 5),
        (0x12, 6),
        (0x13, 7),
        (0x25, 4),
        (0x2a, 2),
        (0x2b, 4),
        (0x30, 1),
        (0x31, 1),
    ]);
    prop_oneof![
        known.prop_flat_map(|(id, n): (u8, usize)| (Just(id), vec(any::<u8>(), n))),
        (any::<u8>(), vec(any::<u8>(), 0..40)),
    ]
}

pub fn location() -> impl Strategy<Value = Location> {
    let fixed = (
        any::<u32>(),
        any::<u32>(),
        -90_000_000..=90_000_000_i32,
        -180_000_000..=180_000_000_i32,
        any::<[u16; 3]>(),
        // 2000-01-01 to 2099-12-31 in Beijing.
        946_656_000_i64..4_102_415_999,
    );
    (fixed, vec(item(), 0..8)).prop_map(|((alarm, status, lat_e6, lon_e6, words, time), items)| {
        let sign = |status: u32, bit: u32, n: i32| {
            if n < 0 {
                status | bit
            } else if n > 0 {
                status & !bit
            } else {
                status
            }
        };
        let mut location = Location {
            alarm,
            status: sign(sign(status, 4, lat_e6), 8, lon_e6),
            lat_e6,
            lon_e6,
            altitude_m: words[0],
            speed_kmh_tenths: words[1],
            heading_deg: words[2],
            time_us: time * 1_000_000,
            extras: Vec::new(),
        };
        for (id, bytes) in items {
            location.add(&Item::read(id, &bytes)).expect("short");
        }
        location
    })
}

fn registration(version: Version) -> BoxedStrategy<Registration> {
    let build = |layout_2011: bool, [maker, model, id]: [usize; 3], plate: usize| {
        let numbers = (any::<u16>(), any::<u16>(), any::<u8>());
        (numbers, text(maker), text(model), text(id), text(plate)).prop_map(
            move |((province, county, plate_colour), maker, model, terminal_id, plate)| Registration {
                layout_2011,
                province,
                county,
                maker,
                model,
                terminal_id,
                plate_colour,
                plate,
            },
        )
    };
    if version.is_2019() {
        build(false, [11, 30, 30], 40).boxed()
    } else {
        prop_oneof![build(false, [5, 20, 7], 40), build(true, [5, 8, 7], 11)].boxed()
    }
}

/// Every kind of message that this edition has.
pub fn body(version: Version) -> impl Strategy<Value = Body> {
    let reply = (any::<u16>(), any::<u16>(), any::<u8>()).prop_map(|(serial, id, outcome)| GeneralReply {
        serial,
        id,
        outcome: Outcome(outcome),
    });
    let resend = (any::<u16>(), vec(any::<u16>(), 0..256))
        .prop_map(|(first_serial, parts)| Resend { first_serial, parts });
    let v2019 = version.is_2019();
    let authentication =
        (text(200), text(15), text(20)).prop_map(move |(code, imei, software)| Authentication {
            code,
            imei: if v2019 { imei } else { Text::default() },
            software: if v2019 { software } else { Text::default() },
        });
    let message = (any::<u8>(), any::<u8>(), text(300)).prop_map(move |(flags, kind, text)| TextMessage {
        flags,
        kind: if v2019 { kind } else { 0 },
        text,
    });
    let batch = (any::<u8>(), vec(location(), 0..6)).prop_map(|(kind, locations)| Batch {
        kind: BatchKind(kind),
        items: locations.into_iter().map(BatchItem::Location).collect(),
    });
    let register_reply = (any::<u16>(), any::<u8>(), text(60)).prop_map(|(serial, outcome, code)| {
        RegisterReply { serial, outcome: RegisterOutcome(outcome), code }
    });
    let unknown =
        (0x8103..0x8110_u16, vec(any::<u8>(), 0..400)).prop_map(|(id, raw)| Body::Unknown { id, raw });
    prop_oneof![
        reply.clone().prop_map(Body::TerminalReply),
        reply.prop_map(Body::PlatformReply),
        prop::sample::select(vec![Body::Heartbeat, Body::Logout, Body::TimeQuery, Body::LocationQuery]),
        resend.clone().prop_map(Body::TerminalResend),
        resend.prop_map(Body::PlatformResend),
        registration(version).prop_map(Body::Register),
        register_reply.prop_map(Body::RegisterReply),
        authentication.prop_map(Body::Authenticate),
        location().prop_map(Body::Location),
        (any::<u16>(), location()).prop_map(|(serial, location)| Body::LocationReply { serial, location }),
        vec(any::<u8>(), 0..500).prop_map(Body::Waybill),
        batch.prop_map(Body::Batch),
        (946_684_800_i64..4_102_444_799).prop_map(|s| Body::TimeReply { time_us: s * 1_000_000 }),
        message.prop_map(Body::Text),
        unknown,
    ]
}

/// A message with its header.
pub fn message() -> impl Strategy<Value = (Header, Body)> {
    version().prop_flat_map(|version| {
        body(version).prop_flat_map(move |body| (header(body.id(), version), Just(body)))
    })
}

/// A part of a longer message.
pub fn part() -> impl Strategy<Value = Part> {
    (2..20_u16)
        .prop_flat_map(|total| (Just(total), 1..=total))
        .prop_map(|(total, index)| Part { total, index })
}
