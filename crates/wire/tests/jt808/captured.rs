//! Frames captured by others (sources and forms in `captured_frames.txt`): all of them come out of one stream,
//! all decode or are refused for the reason that they deserve, all encode to the bytes that came.

use wire::jt808::{Body, Header, Item, Version, decode, encode};

use crate::{deframed, escaped, hex, unescaped};

const FRAMES: &str = include_str!("captured_frames.txt");

/// Expectation and bytes on the wire of every frame, with a right checksum.
fn lines() -> impl Iterator<Item = (&'static str, Vec<u8>)> {
    let data = FRAMES.lines().filter(|l| !l.starts_with('#'));
    data.map(|line| {
        let [_, form, expected, digits] = line.split(' ').collect::<Vec<_>>()[..] else {
            panic!("four columns in {line}")
        };
        let given = hex(digits);
        if form == "wire" {
            return (expected, given);
        }
        let [0x7e, plain @ .., checksum, 0x7e] = &given[..] else { panic!("delimiters in {line}") };
        let wrong = plain.iter().fold(0, |x, b| x ^ b) != *checksum;
        assert_eq!(wrong, form == "altered", "the checksum of {line}");
        (expected, escaped(plain))
    })
}

/// Bytes on the wire of every frame.
pub fn all() -> impl Iterator<Item = Vec<u8>> {
    lines().map(|(_, frame)| frame)
}

/// The frame that begins with these digits.
fn frame(digits: &str) -> (Header, Body) {
    let start = hex(digits);
    let found = all().find(|f| f.starts_with(&start)).expect("in the file");
    decode(&unescaped(&found)).expect(digits)
}

/// UTC microseconds of a civil time in Beijing.
fn beijing(time: &str) -> i64 {
    format!("{time}+08:00").parse::<jiff::Timestamp>().expect("a time").as_microsecond()
}

#[test]
fn every_frame_is_read_or_refused_as_it_deserves() {
    let mut read = 0;
    for (expected, frame) in lines() {
        let plain = unescaped(&frame);
        match decode(&plain) {
            Ok((header, body)) => {
                assert_eq!(expected, "ok", "{frame:02x?}");
                assert_eq!(encode(&header, &body), Ok(frame), "{header:?} {body:?}");
                read += 1;
            }
            Err(error) => assert_eq!(error.code(), expected, "{error} in {frame:02x?}"),
        }
    }
    assert_eq!(read, 55);
}

#[test]
fn one_stream_of_all_of_them() {
    let stream: Vec<u8> = all().flatten().collect();
    let expected: Vec<_> = all().map(|f| Ok(unescaped(&f))).collect();
    assert_eq!(deframed(&stream), expected);
}

/// Values that traccar's and SmallChi's tests assert, or that stand in the frame by table 23.
#[test]
fn known_positions() {
    let cases = [
        // (frame, latitude, longitude, 1/10 km/h, time in Beijing)
        ("7E0200002A0138335017440019", 22_642_600, 114_032_984, 0, "2015-08-18T07:21:21"),
        ("7E0200002611223344556622B8", 12_222_222, 132_444_444, 60, "2018-07-15T10:10:10"),
        ("7E02000026123456789012007D02", 12_222_222, 132_444_444, 60, "2018-10-15T10:10:10"),
        // Status bit 3: west.
        ("7e0200007c0191718447540dcd", 43_953_090, -79_329_361, 0, "2021-11-18T23:21:12"),
        // Status bit 2 alone: south.
        ("7e0200004e0802630000300648", -34_895_833, 138_514_951, 0, "2019-11-05T15:19:40"),
    ];
    for (digits, lat, lon, speed, time) in cases {
        let (_, Body::Location(l)) = frame(digits) else { panic!("{digits}") };
        assert_eq!((l.lat_e6, l.lon_e6, l.speed_kmh_tenths), (lat, lon, speed), "{digits}");
        assert_eq!(l.time_us, beijing(time), "{digits}");
    }
    let (header, Body::Location(l)) = frame("7E02000026123456789012007D02") else { panic!() };
    assert_eq!((header.terminal.to_string().as_str(), header.serial), ("123456789012", 126));
    assert_eq!((l.alarm, l.status, l.altitude_m), (1, 2, 40));
    let items: Vec<_> = l.items().flatten().collect();
    assert_eq!(items, [Item::Mileage { km_tenths: 100 }, Item::Fuel { litre_tenths: 125 }]);
}

#[test]
fn batches_of_terminals_in_the_field() {
    let (_, Body::Batch(batch)) = frame("7E0704014301356777777707F5") else { panic!() };
    assert_eq!((batch.kind.name(), batch.items.len()), ("resent", 8));
    let (_, Body::Batch(batch)) = frame("7e07040226046110426684002b") else { panic!() };
    assert_eq!(batch.items.len(), 6);
    // Made by a program with latitude and longitude exchanged: kept, each marked as damaged.
    let (header, Body::Batch(batch)) = frame("7e0704405d0100000000017299841738") else { panic!() };
    assert_eq!(header.terminal.to_string(), "00000000017299841738");
    let codes: Vec<_> = batch
        .items
        .iter()
        .map(|i| match i {
            wire::jt808::BatchItem::Damaged { error, .. } => (error.code(), error.offset),
            wire::jt808::BatchItem::Location(_) => ("ok", 0),
        })
        .collect();
    // The entries begin at 17 + 3 + 2 and are 30 bytes apart; the latitude is 8 bytes into each.
    assert_eq!(codes, [30, 60, 90].map(|at| ("latitude_off_planet", at)));
}

#[test]
fn registrations_of_three_editions() {
    // 2011, told by its length.
    let (_, Body::Register(r)) = frame("7E01000021013345678906000F") else { panic!() };
    assert!(r.layout_2011);
    assert_eq!((r.maker.as_str(), r.model.as_str(), r.terminal_id.as_str()), ("70111", "BSJ-M7B", "0000000"));
    assert_eq!((r.province, r.county, r.plate_colour, r.plate.as_str()), (44, 303, 1, "粤B88888"));
    // 2013.
    let (_, Body::Register(r)) = frame("7E0100002D0135112211220005") else { panic!() };
    assert!(!r.layout_2011);
    assert_eq!((r.maker.as_str(), r.model.as_str()), ("70107", "HB-R03GBD"));
    assert_eq!((r.terminal_id.as_str(), r.plate_colour, r.plate.as_str()), ("2366104", 2, "苏BA6860"));
    // 2019, padded in front.
    let (header, Body::Register(r)) = frame("7e010040550100000000017299841738") else { panic!() };
    assert_eq!(header.version, Version::V2019 { protocol: 1 });
    assert_eq!((r.maker.as_str(), r.model.as_str(), r.terminal_id.as_str()), ("4", "BSJ-GF-06", "test123"));
    assert_eq!((r.province, r.county, r.plate_colour, r.plate.as_str()), (31, 115, 1, "测A888888"));
}

#[test]
fn authentications_and_texts_of_both_editions() {
    let (_, Body::Authenticate(a)) = frame("7E0102000E0135112211220006") else { panic!() };
    assert_eq!(a.code.as_str(), "authentication");
    let (_, Body::Authenticate(a)) = frame("7e010240500100000000017299841738") else { panic!() };
    assert_eq!(a.code.as_str(), "pmYGzGukO8K4Z5lpIOTg8dqb3eprYaHBbXSPLtdbyG8=");
    assert_eq!((a.imei.as_str(), a.software.as_str()), ("123456789012345", "3.7.15"));
    let (_, Body::Text(t)) = frame("7E8300000D0123456789000001") else { panic!() };
    assert_eq!((t.flags, t.kind, t.text.as_str()), (5, 0, "smallchi 518"));
    let (_, Body::Text(t)) = frame("7E8300400E01000000000123456789") else { panic!() };
    assert_eq!((t.flags, t.kind, t.text.as_str()), (5, 1, "smallchi 518"));
    let (_, Body::Text(t)) = frame("7e830040190100000000017299841738") else { panic!() };
    assert_eq!(t.text.as_str(), "测试123@456#abc!...结束");
}
