//! Against the text of the standard: its example of 4.4.2, and frames put together here from its tables.

use wire::jt808::flags::{self, Load};
use wire::jt808::{
    Authentication, Body, DecodeErrorKind, Deframer, EncodeError, FrameErrorKind, GeneralReply, Header, Item,
    Location, Outcome, Part, RegisterOutcome, RegisterReply, Registration, Resend, TerminalNumber, Text,
    TextMessage, Version, decode, encode, escape, reply, split,
};

use crate::{V2019, deframed, escaped, header, hex, unescaped};

/// 2024-05-01 08:30:15 in Beijing.
const TIME_US: i64 = 1_714_523_415_000_000;

#[test]
fn the_example_of_4_4_2() {
    // "7e 30 7d 02 08 7d 01 55 7e" carries 30 7e 08 7d 55. The standard's example has no header and its last
    // byte is no checksum of the others, so only the escaping can be compared.
    let mut out = Vec::new();
    escape(&hex("30 7e 08 7d"), &mut out);
    let checksum = 0x30 ^ 0x7e ^ 0x08 ^ 0x7d;
    assert_eq!(out, [&hex("7e 30 7d 02 08 7d 01")[..], &[checksum, 0x7e]].concat());
    // The other way, inside of the shortest frame: serial number 0x7e7d, and a checksum that is escaped too.
    let frame = [&hex("0002 0000 013800000000 7e7d")[..]].concat();
    let sent = escaped(&frame);
    assert!(sent.windows(4).any(|w| w == hex("7d 02 7d 01")), "{sent:02x?}");
    assert_eq!(unescaped(&sent), frame);
}

/// Table 2 (header), table 23 (location), table 27 (items), byte by byte.
#[test]
fn a_location_by_tables_2_23_and_27() {
    let frame = [
        hex("0200"),         // 0: message id
        hex("0049"),         // 2: attributes: length 73, plain, one part
        hex("013812345678"), // 4: phone number
        hex("007d"),         // 10: serial number 125 (to be escaped)
        hex("00080002"),     // 0: alarm: bits 1 overspeed, 19 parking
        hex("00040303"),     // 4: status: ACC, fixed, load 11 full, bit 18 GPS
        hex("01e6ccd0"),     // 8: latitude 31 902 928
        hex("072c25df"),     // 12: longitude 120 333 791
        hex("000f"),         // 16: altitude 15 m
        hex("0264"),         // 18: speed 61.2 km/h
        hex("010e"),         // 20: heading 270°
        hex("240501083015"), // 22: 2024-05-01 08:30:15
        hex("01 04 00012345"),
        hex("02 02 0064"),
        hex("03 02 0263"),
        hex("04 02 0001"),
        hex("11 05 02 0000007e"),
        hex("25 04 00000011"),
        hex("2a 02 0002"),
        hex("30 01 1f"),
        hex("31 01 0c"),
        hex("e1 02 7d7e"), // the maker's own
    ]
    .concat();
    let (header, body) = decode(&unescaped(&escaped(&frame))).expect("by the tables");
    assert_eq!((header.id, header.version, header.serial), (0x0200, Version::V2013, 125));
    assert_eq!(header.terminal.to_string(), "013812345678");
    assert_eq!(header.terminal.significant(), "13812345678");
    let Body::Location(location) = &body else { panic!("{body:?}") };
    assert_eq!((location.lat_e6, location.lon_e6), (31_902_928, 120_333_791));
    assert_eq!((location.altitude_m, location.speed_kmh_tenths, location.heading_deg), (15, 612, 270));
    assert_eq!(location.time_us, TIME_US);
    let alarms: Vec<_> = flags::alarm_names(location.alarm, header.version).collect();
    assert_eq!(alarms, ["overspeed", "parking_overtime"]);
    let status: Vec<_> = flags::status_names(location.status).collect();
    assert_eq!(status, ["acc_on", "fixed", "gps"]);
    assert_eq!(Load::of(location.status), Load::Full);
    let items: Vec<_> = location.items().map(|i| i.expect("an item")).collect();
    assert_eq!(
        items,
        [
            Item::Mileage { km_tenths: 0x12345 },
            Item::Fuel { litre_tenths: 100 },
            Item::RecorderSpeed { kmh_tenths: 611 },
            Item::ConfirmAlarm { event: 1 },
            Item::Overspeed { place: 2, area: Some(0x7e) },
            Item::VehicleSignals { bits: 0x11 },
            Item::IoState { bits: 2 },
            Item::SignalStrength { value: 31 },
            Item::Satellites { count: 12 },
            Item::Other { id: 0xe1, bytes: &[0x7d, 0x7e] },
        ]
    );
    assert_eq!(encode(&header, &body), Ok(escaped(&frame)));
}

/// Tables 4 to 9, 33, 37, 74 in the edition of 2013.
#[test]
fn small_messages_of_2013() {
    let reply = GeneralReply { serial: 0x1234, id: 0x8300, outcome: Outcome::UNSUPPORTED };
    let text = TextMessage { flags: 0b1101, kind: 0, text: Text::from("前方限行") };
    let registration = Registration {
        layout_2011: false,
        province: 32,
        county: 281,
        maker: Text::from("WF001"),
        model: Text::from("T-808"),
        terminal_id: Text::from("A000001"),
        plate_colour: 2,
        plate: Text::from("苏B12345"),
    };
    let register_reply = RegisterReply { serial: 9, outcome: RegisterOutcome::DONE, code: Text::from("abc") };
    let cases = [
        (Body::TerminalReply(reply), "1234 8300 03"),
        (Body::PlatformReply(reply), "1234 8300 03"),
        (Body::Heartbeat, ""),
        (Body::Logout, ""),
        (Body::LocationQuery, ""),
        (Body::PlatformResend(Resend { first_serial: 5, parts: vec![1, 258] }), "0005 02 0001 0102"),
        (
            Body::Register(registration),
            "0020 0119 5746303031 542d383038 000000000000000000000000000000 41303030303031 02
             cbd5 42 3132333435",
        ),
        (Body::RegisterReply(register_reply), "0009 00 616263"),
        (Body::Authenticate(Authentication { code: Text::from("abc"), ..Default::default() }), "616263"),
        (Body::Text(text), "0d c7b0 b7bd cfde d0d0"),
        (Body::Waybill(vec![1, 2, 3]), "00000003 010203"),
    ];
    for (body, bytes) in cases {
        let header = header(body.id(), Version::V2013);
        assert_eq!(Body::decode(&header, &hex(bytes)), Ok(body.clone()), "0x{:04x}", body.id());
        let mut written = Vec::new();
        body.write(Version::V2013, &mut written).expect("fits");
        assert_eq!(written, hex(bytes), "0x{:04x}", body.id());
    }
}

/// What 2019 changed: a WORD for the number of parts, longer fields, IMEI and version, the time in UTC.
#[test]
fn small_messages_of_2019() {
    let authentication = Authentication {
        code: Text::from("abc"),
        imei: Text::from("123456789012345"),
        software: Text::from("3.7.15"),
    };
    let text = TextMessage { flags: 4, kind: 1, text: Text::from("ok") };
    let cases = [
        (Body::TimeQuery, String::new()),
        (Body::TimeReply { time_us: TIME_US }, "240501003015".to_owned()),
        (
            Body::TerminalResend(Resend { first_serial: 5, parts: vec![1, 258] }),
            "0005 0002 0001 0102".to_owned(),
        ),
        (
            Body::Authenticate(authentication),
            format!("03 616263 313233343536373839303132333435 332e372e3135 {}", "00".repeat(14)),
        ),
        (Body::Text(text), "04 01 6f6b".to_owned()),
    ];
    for (body, bytes) in cases {
        let header = header(body.id(), V2019);
        assert_eq!(Body::decode(&header, &hex(&bytes)), Ok(body.clone()), "0x{:04x}", body.id());
        let mut written = Vec::new();
        body.write(V2019, &mut written).expect("fits");
        assert_eq!(written, hex(&bytes), "0x{:04x}", body.id());
    }
}

#[test]
fn headers_of_both_editions() {
    // Table 2 with table 3: part 2 of 3, encrypted, reserved bit 15.
    let narrow = hex("0801 a401 013812345678 0102 0003 0002 ff");
    let (header, body) = Header::parse(&narrow).expect("a header of 2013");
    assert_eq!(header.part, Some(Part { total: 3, index: 2 }));
    assert_eq!((header.encryption, header.reserved_bit, body), (1, true, &[0xff][..]));
    assert_eq!(decode(&narrow).unwrap().1, Body::Unknown { id: 0x0801, raw: vec![0xff] });
    assert_eq!(encode(&header, &Body::Unknown { id: 0x0801, raw: vec![0xff] }), Ok(escaped(&narrow)));
    let wide = hex("0002 4000 01 00000000013812345678 0102");
    let (header, _) = Header::parse(&wide).expect("a header of 2019");
    assert_eq!(header.version, V2019);
    assert_eq!(header.terminal.to_string(), "00000000013812345678");
    assert_eq!(header.wire_len(), 17);
    assert_eq!(encode(&header, &Body::Heartbeat), Ok(escaped(&wide)));
    // The same phone under both editions.
    let short: TerminalNumber = "013812345678".parse().unwrap();
    assert!(header.terminal.same_number(short) && header.terminal != short);
}

/// Each refusal with its place: `(frame, code, offset)`.
#[test]
fn what_is_refused_and_where() {
    let cases = [
        ("02", "truncated", 0),
        ("0002 0000 0138123456", "truncated", 4),
        ("0002 0001 013812345678 0001", "length_mismatch", 2),
        ("0002 0000 01381234567a 0001", "bad_bcd", 9),
        ("0002 4000 01 000000000138123f5678 0001", "bad_bcd", 12),
        ("0801 2000 013812345678 0001 0003 0000", "bad_part", 12),
        ("0801 2000 013812345678 0001 0003 0004", "bad_part", 12),
        ("0002 0001 013812345678 0001 00", "trailing_bytes", 12),
        ("0001 0006 013812345678 0001 0001 8300 00 ff", "trailing_bytes", 17),
        ("0001 0004 013812345678 0001 0001 8300", "truncated", 16),
        ("0102 0003 013812345678 0001 61 ff 62", "bad_text", 13),
        ("0102 4002 01 00000000013812345678 0001 0561", "beyond_end", 17),
        ("0701 0005 013812345678 0001 00000002 ff", "beyond_end", 12),
        ("8003 0005 013812345678 0001 0005 02 0001", "beyond_end", 14),
        ("0200 0004 013812345678 0001 00000000", "truncated", 16),
        // Latitude 90.000001, longitude 180.000001, and 0xffffffff.
        (
            "0200 001c 013812345678 0001 00000000 00000000 055d4a81 00000000 0000 0000 0000 240501083015",
            "latitude_off_planet",
            20,
        ),
        (
            "0200 001c 013812345678 0001 00000000 00000000 00000000 0aba9501 0000 0000 0000 240501083015",
            "longitude_off_planet",
            24,
        ),
        (
            "0200 001c 013812345678 0001 00000000 00000000 ffffffff 00000000 0000 0000 0000 240501083015",
            "latitude_off_planet",
            20,
        ),
        (
            "0200 001c 013812345678 0001 00000000 00000000 00000000 00000000 0000 0000 0000 000000000000",
            "no_time",
            34,
        ),
        // An item of 5 bytes with 4 left; an item without a length.
        (
            "0200 0022 013812345678 0001 00000000 00000000 00000000 00000000 0000 0000 0000 240501083015
             01 05 00000000",
            "beyond_end",
            41,
        ),
        (
            "0200 001d 013812345678 0001 00000000 00000000 00000000 00000000 0000 0000 0000 240501083015
             01",
            "truncated",
            41,
        ),
        // A batch that says two and holds one; an entry that is longer than the batch.
        ("0704 0005 013812345678 0001 0002 01 0000", "truncated", 17),
        ("0704 0005 013812345678 0001 0001 01 0001", "beyond_end", 15),
    ];
    for (frame, code, offset) in cases {
        let error = decode(&hex(frame)).expect_err(frame);
        assert_eq!((error.code(), error.offset), (code, offset), "{frame}: {error}");
    }
}

#[test]
fn times_that_cannot_be() {
    let with_time = |bcd: &str| hex(&format!("00000000 00000000 00000000 00000000 0000 0000 0000 {bcd}"));
    let kind = |bcd: &str| Location::peek(&with_time(bcd)).expect_err(bcd).kind;
    for bcd in [
        "241301083015", // month 13
        "240001083015", // month 0
        "240532083015", // day 32
        "230229083015", // no leap year
        "240431083015", // 31 April
        "240501243015", // hour 24
        "240501086015", // minute 60
        "240501083060", // second 60
    ] {
        assert_eq!(kind(bcd).code(), "bad_time", "{bcd}");
    }
    assert_eq!(kind("24050108301a"), DecodeErrorKind::BadBcd { byte: 0x1a });
    assert_eq!(Location::peek(&with_time("240501083f15")).unwrap_err().offset, 26);
    assert_eq!(kind("000000000000"), DecodeErrorKind::NoTime);
    assert!(Location::peek(&with_time("240229235959")).is_ok());
    assert_eq!(Location::peek(&with_time("000101000000")).unwrap().time_us, 946_656_000_000_000);
    let mut last = Location::decode(&with_time("991231235959")).unwrap();
    let mut out = Vec::new();
    last.write(&mut out).unwrap();
    assert_eq!(out, with_time("991231235959"));
    last.time_us += 1_000_000;
    assert_eq!(last.write(&mut out), Err(EncodeError::Time { us: last.time_us }));
    last.time_us = TIME_US + 1;
    assert_eq!(last.write(&mut out), Err(EncodeError::Time { us: TIME_US + 1 }));
}

#[test]
fn hemispheres_follow_the_sign() {
    let body = hex("00000000 0000000c 01e6ccd0 072c25df 0000 0000 0000 240501083015");
    let location = Location::decode(&body).unwrap();
    assert_eq!((location.lat_e6, location.lon_e6), (-31_902_928, -120_333_791));
    let mut out = Vec::new();
    location.write(&mut out).unwrap();
    assert_eq!(out, body);
    // A sender that sets the sign alone gets the bits.
    let forgetful = Location { status: 0, ..location };
    out.clear();
    forgetful.write(&mut out).unwrap();
    assert_eq!(out, body);
}

#[test]
fn poles_and_date_line_are_on_the_planet() {
    let body = hex("00000000 00000000 055d4a80 0aba9500 0000 0000 0000 240501083015");
    let location = Location::decode(&body).unwrap();
    assert_eq!((location.lat_e6, location.lon_e6), (90_000_000, 180_000_000));
    // A positive sign clears the bits of the other hemisphere, too.
    let mut out = Vec::new();
    Location { status: flags::SOUTH | flags::WEST, ..location.clone() }.write(&mut out).unwrap();
    assert_eq!(out, body);
    let off = Location { lat_e6: -90_000_001, ..location.clone() };
    assert_eq!(
        off.write(&mut out).unwrap_err(),
        EncodeError::OffPlanet { lat_e6: -90_000_001, lon_e6: 180_000_000 }
    );
    assert!(Location { lon_e6: i32::MIN, ..location }.write(&mut out).is_err());
}

#[test]
fn items_of_2019_and_of_odd_length() {
    let read = |id, bytes| Item::read(id, bytes);
    assert_eq!(read(0x06, &[0x00, 0x05]).celsius(), Some(5));
    assert_eq!(read(0x06, &[0x80, 0x12]).celsius(), Some(-18));
    assert_eq!(read(0x2b, &[0, 2, 0, 1]), Item::Analog { ad0: 1, ad1: 2 });
    assert_eq!(read(0x11, &[0]), Item::Overspeed { place: 0, area: None });
    assert_eq!(read(0x12, &[4, 0, 0, 0, 9, 1]), Item::AreaCrossed { place: 4, area: 9, direction: 1 });
    assert_eq!(read(0x13, &[0, 0, 0, 9, 1, 0, 1]), Item::RouteTime { section: 9, seconds: 256, result: 1 });
    assert!(matches!(read(0x05, &[0xff; 30]), Item::TyrePressures { .. }));
    for (id, bytes) in [(0x01, &[0; 3][..]), (0x05, &[0; 29]), (0x11, &[0; 2]), (0x30, &[]), (0x31, &[1, 2])]
    {
        assert_eq!(read(id, bytes), Item::Other { id, bytes }, "an odd length is kept");
    }
    let mut location =
        Location::decode(&hex("00000000 00000000 00000000 00000000 0000 0000 0000 240501083015")).unwrap();
    assert_eq!(
        location.add(&Item::Other { id: 0xe1, bytes: &[0; 256] }),
        Err(EncodeError::TooMany { count: 256, max: 255 })
    );
    assert!(location.extras.is_empty(), "nothing is left of an item that does not fit");
}

#[test]
fn a_registration_of_2011_is_known_by_its_length() {
    // Model of 8 bytes; header as in 2013.
    let body = hex("002c 0130 3730313131 42534a2d41362d42 44000000000000 01 d4c14238383838 38");
    let decoded = Body::decode(&header(0x0100, Version::V2013), &body).unwrap();
    let Body::Register(registration) = &decoded else { panic!("{decoded:?}") };
    assert!(registration.layout_2011);
    assert_eq!(registration.model.as_str(), "BSJ-A6-B");
    assert_eq!(registration.plate.as_str(), "粤B88888");
    let mut out = Vec::new();
    decoded.write(Version::V2013, &mut out).unwrap();
    assert_eq!(out, body);
    assert_eq!(decoded.write(V2019, &mut Vec::new()), Err(EncodeError::Layout));
}

#[test]
fn one_bad_fix_in_a_batch_costs_no_other() {
    let good = "001c 00000000 00000002 01e6ccd0 072c25df 0000 0000 0000 240501083015";
    let bad = "001c 00000000 00000000 01e6ccd0 072c25df 0000 0000 0000 000000000000";
    let body = hex(&format!("0003 01 {good} {bad} {good}"));
    let header = header(0x0704, Version::V2013);
    let decoded = Body::decode(&header, &body).unwrap();
    let Body::Batch(batch) = &decoded else { panic!("{decoded:?}") };
    let good_ones = batch.items.iter().filter(|i| matches!(i, wire::jt808::BatchItem::Location(_))).count();
    assert_eq!((batch.kind.name(), good_ones, batch.items.len()), ("resent", 2, 3));
    let peek = wire::jt808::Batch::peek(&body).unwrap();
    let errors: Vec<_> = peek.filter_map(|e| e.location.err()).collect();
    assert_eq!((errors.len(), errors[0].code(), errors[0].offset), (1, "no_time", 3 + 30 + 2 + 22));
    let mut out = Vec::new();
    decoded.write(Version::V2013, &mut out).unwrap();
    assert_eq!(out, body, "the damaged one is kept as it came");
}

#[test]
fn long_messages_are_split_never_cut() {
    let body = Body::Waybill((0..2500_u32).map(|n| n as u8).collect());
    let header = Header { serial: u16::MAX, ..header(0x0701, Version::V2013) };
    assert_eq!(encode(&header, &body), Err(EncodeError::BodyTooLong { bytes: 2504 }));
    let frames = split(&header, &body).unwrap();
    let parsed: Vec<_> = frames.iter().map(|f| unescaped(f)).collect();
    let headers: Vec<_> = parsed.iter().map(|f| Header::parse(f).unwrap().0).collect();
    assert_eq!(headers.iter().map(|h| h.serial).collect::<Vec<_>>(), [u16::MAX, 0, 1]);
    assert_eq!(
        headers.iter().map(|h| h.part.unwrap()).collect::<Vec<_>>(),
        [1, 2, 3].map(|index| Part { total: 3, index })
    );
    assert_eq!(split(&header, &Body::Waybill(vec![0; 1019])).unwrap().len(), 1);
    assert_eq!(split(&header, &Body::Waybill(vec![0; 1020])).unwrap().len(), 2);
    assert_eq!(encode(&header, &Body::Heartbeat), Err(EncodeError::WrongId { header: 0x0701, body: 0x0002 }));
}

#[test]
fn replies_go_in_the_edition_of_the_request() {
    for version in [Version::V2013, V2019] {
        let request = header(0x0100, version);
        let decoded = |frame: Vec<u8>| decode(&unescaped(&frame)).unwrap();
        let (h, body) = decoded(reply::general(&request, Outcome::DONE, 99).unwrap());
        assert_eq!((h.version, h.terminal, h.serial), (version, request.terminal, 99));
        let expected = GeneralReply { serial: 7, id: 0x0100, outcome: Outcome::DONE };
        assert_eq!(body, Body::PlatformReply(expected));
        let (_, body) = decoded(reply::register(&request, RegisterOutcome::NO_VEHICLE, "secret", 1).unwrap());
        let Body::RegisterReply(r) = body else { panic!("{body:?}") };
        assert_eq!((r.serial, r.code.as_str()), (7, ""), "no code without success");
        let (_, body) = decoded(reply::register(&request, RegisterOutcome::DONE, "secret", 1).unwrap());
        let Body::RegisterReply(r) = body else { panic!("{body:?}") };
        assert_eq!(r.code.as_str(), "secret");
        let (_, body) = decoded(reply::time(&request, TIME_US + 999_999, 1).unwrap());
        assert_eq!(body, Body::TimeReply { time_us: TIME_US });
    }
}

#[test]
fn delimiters_lost_and_shared() {
    let (a, b) = (escaped(&hex("0002 0000 013812345678 0001")), escaped(&hex("0002 0000 013812345678 0002")));
    let serials = |stream: &[u8]| -> Vec<u8> {
        deframed(stream).into_iter().map(|f| f.expect("a good frame")[11]).collect()
    };
    let open = |f: &[u8]| f[..f.len() - 1].to_vec();
    assert_eq!(serials(&[a.clone(), b.clone()].concat()), [1, 2]);
    assert_eq!(serials(&[open(&a), b.clone()].concat()), [1, 2], "closing delimiter lost");
    assert_eq!(serials(&[a.clone(), b[1..].to_vec()].concat()), [1, 2], "opening delimiter lost");
    assert_eq!(serials(&[&[0x7e, 0x7e, 0x7e], &a[..], &[0x7e, 0x7e], &b].concat()), [1, 2]);
    assert_eq!(serials(&a[1..]), [1], "the stream begins inside a delimiter");
}

#[test]
fn the_longest_frame_and_one_byte_more() {
    let part = Some(Part { total: 2, index: 1 });
    let header = Header { part, ..header(0x0801, V2019) };
    // Every byte of the body is escaped on the wire.
    let body = Body::Unknown { id: 0x0801, raw: vec![0x7e; 1023] };
    let frame = encode(&header, &body).unwrap();
    let mut plain = unescaped(&frame);
    assert_eq!(plain.len() + 1, wire::jt808::MAX_FRAME);
    assert_eq!(decode(&plain), Ok((header, body)));
    plain.push(0);
    let error = deframed(&escaped(&plain)).remove(0).expect_err("too long");
    assert_eq!(error.kind, FrameErrorKind::TooLong);
}

#[test]
fn garbage_with_a_right_checksum_is_garbage() {
    let good = escaped(&hex("0002 0000 013812345678 0001"));
    // After a closing delimiter: right checksum, but the length that it declares is not its own.
    let chance = &escaped(&hex("0002 0155 013812345678 0001"))[1..];
    let mut deframer = Deframer::new();
    let mut frames = 0;
    deframer.push(&[&good[..], chance, &good[1..]].concat(), &mut |f| frames += u32::from(f.is_ok()));
    assert_eq!((frames, deframer.stats().garbage_bytes), (2, 13));
}

#[test]
fn dropped_frames_are_counted_and_placed() {
    let good = escaped(&hex("0002 0000 013812345678 0001"));
    let mut wrong_sum = good.clone();
    wrong_sum[3] ^= 1;
    let stream = [
        &b"GET / HTTP/1.1"[..],
        &good,
        &[1, 2, 3],
        &good,
        &wrong_sum,
        &hex("7e 0102 7d 03 7e"),
        &hex("7e 0102 7d 7e"),
        &[0x7e, 1, 2, 0x7e],
        &[&[0x7e][..], &[0; 5000], &[0x7e]].concat(),
        &good,
    ]
    .concat();
    let mut deframer = Deframer::new();
    let (mut frames, mut errors) = (0, Vec::new());
    deframer.push(&stream, &mut |f| match f {
        Ok(_) => frames += 1,
        Err(e) => errors.push((e.kind, e.bytes)),
    });
    assert_eq!(frames, 3);
    assert_eq!(
        errors,
        [
            (FrameErrorKind::Checksum, 13),
            (FrameErrorKind::Escape, 4),
            (FrameErrorKind::Escape, 3),
            (FrameErrorKind::TooShort, 2),
            (FrameErrorKind::TooLong, 5000),
        ]
    );
    let stats = deframer.stats();
    assert_eq!((stats.frames, stats.garbage_bytes, stats.bytes), (3, 17, stream.len() as u64));
    assert_eq!((stats.bad_checksum, stats.bad_escape, stats.too_short, stats.too_long), (1, 2, 1, 1));
    assert_eq!(deframer.pending(), 0);
}

#[test]
fn terminal_numbers_keep_every_digit() {
    for text in ["000000000000", "013812345678", "99999999999999999999", "00000000013812345678"] {
        let number: TerminalNumber = text.parse().unwrap();
        assert_eq!(number.to_string(), text);
        assert_eq!(number.width_digits(), text.len());
        assert_eq!(serde_json::to_value(number).unwrap(), text);
    }
    for text in ["", "1381234567", "01381234567x", "0138123456789", "\u{661}13812345678"] {
        assert!(text.parse::<TerminalNumber>().is_err(), "{text}");
    }
    assert_eq!(TerminalNumber::padded("0", V2019).unwrap().significant(), "0");
    assert_eq!(TerminalNumber::padded("1234567890123", Version::V2013), None);
    // A number of 2019 does not lose its first digits in a header of 2013.
    let wide = TerminalNumber::padded("1234567890123", V2019).unwrap();
    let header = Header::new(0x0002, Version::V2013, wide, 0);
    assert_eq!(encode(&header, &Body::Heartbeat), Err(EncodeError::TerminalTooLong));
    let (one, two) = (TerminalNumber::padded("9", V2019), TerminalNumber::padded("10", V2019));
    assert!(one < two, "they sort by number");
}

#[test]
fn what_cannot_be_written_is_said() {
    let header = header(0x8300, Version::V2013);
    let text = |t: &str| Body::Text(TextMessage { flags: 0, kind: 0, text: Text::from(t) });
    // Hangul is in no GBK; U+20000 is in GB 18030 only, which is read but not written.
    for t in ["\u{ac00}", "\u{20000}"] {
        assert_eq!(encode(&header, &text(t)), Err(EncodeError::Unmappable { text: t.to_owned() }));
    }
    assert_eq!(Body::decode(&header, &hex("00 95328236")), Ok(text("\u{20000}")));
    let registration = Registration { maker: Text::from("123456"), ..Default::default() };
    let mut out = Vec::new();
    assert_eq!(
        Body::Register(registration).write(Version::V2013, &mut out),
        Err(EncodeError::TextTooLong { max: 5, actual: 6 })
    );
    let resend = Body::PlatformResend(Resend { first_serial: 0, parts: vec![1; 256] });
    assert_eq!(resend.write(Version::V2013, &mut out), Err(EncodeError::TooMany { count: 256, max: 255 }));
    let part = Some(Part { total: 2, index: 3 });
    assert_eq!(encode(&Header { part, ..header }, &text("a")), Err(EncodeError::BadHeader));
    assert_eq!(encode(&Header { encryption: 8, ..header }, &text("a")), Err(EncodeError::BadHeader));
}
