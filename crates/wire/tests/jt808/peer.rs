//! The crate `jt808` 0.1.1, written by others without knowledge of this one, as a peer: what it encodes
//! decodes here to the same values, and what is encoded here decodes there. (Left out is what it
//! cannot do: it writes a wrong length for empty and for split bodies, takes the length of an
//! additional item for its first byte, reads a time as binary though it writes BCD (so the time here has no
//! number above nine), and its 0x0704 is private.)

use jt808::JtPackage;
use jt808::bytes::JtBytes;
use jt808::models::jt0x0200::Jt0x0200;
use jt808::models::jt0x0201::Jt0x0201;
use jt808::models::{Jt0x0001, Jt0x0100, Jt0x0102, Jt0x8100, Jt808, Jt808BodyTrans};
use wire::jt808::{
    Authentication, Body, GeneralReply, Header, Location, Outcome, RegisterOutcome, RegisterReply,
    Registration, Text, Version, decode, encode,
};

use crate::{V2019, header, hex, unescaped};

/// The peer's frame of our bytes. Its buffer type is not exported: it is taken from one of its functions.
fn peer_frame(frame: &[u8]) -> Jt808 {
    fn read<B: From<Vec<u8>>>(_: fn(&B) -> Jt808, bytes: Vec<u8>) -> Jt808
    where
        Jt808: From<B>,
    {
        Jt808::from(B::from(bytes))
    }
    // It wants the leading delimiter and no escapes.
    read(Jt808::from_http, [&[0x7e][..], &unescaped(frame)].concat())
}

fn peer_body<T: Jt808BodyTrans>(frame: &Jt808) -> T {
    T::fill_new(&mut JtBytes::from(frame.get_body()), frame)
}

/// The peer as a sender, with the number that `header` of these tests has.
fn sender(version: Version) -> JtPackage {
    let mut number = Jt808::new().sim;
    let (digits, width) = if version.is_2019() { ("00000000013812345678", 20) } else { ("013812345678", 12) };
    number.set_val(digits, width);
    JtPackage::new(number, version.is_2019(), 1, 1023)
}

fn sent_here(version: Version, body: &Body) -> Jt808 {
    let header = header(body.id(), version);
    let frame = peer_frame(&encode(&header, body).expect("fits"));
    assert_eq!((frame.id, frame.sn, frame.v19), (header.id, header.serial, version.is_2019()));
    assert_eq!(frame.sim.get_val(), header.terminal.to_string());
    frame
}

fn sent_there(frame: &[u8], id: u16, version: Version) -> Body {
    let (decoded, body) = decode(&unescaped(frame)).expect("a frame");
    assert_eq!(decoded, Header { serial: 0, ..header(id, version) });
    body
}

const BOTH: [Version; 2] = [Version::V2013, V2019];

#[test]
fn general_replies() {
    for version in BOTH {
        let ours = GeneralReply { serial: 0x7e7d, id: 0x8300, outcome: Outcome::UNSUPPORTED };
        let theirs: Jt0x0001 = peer_body(&sent_here(version, &Body::TerminalReply(ours)));
        assert_eq!((theirs.answer_sn, theirs.answer_id, theirs.result), (0x7e7d, 0x8300, 3));
        let mut theirs = Jt0x0001 { answer_sn: 0x7e7d, answer_id: 0x8300, result: 3 };
        let frame = sender(version).serialize(0x0001, 0, &mut theirs);
        assert_eq!(sent_there(&frame, 0x0001, version), Body::TerminalReply(ours));
    }
}

#[test]
fn registrations() {
    for version in BOTH {
        let ours = Registration {
            layout_2011: false,
            province: 32,
            county: 281,
            maker: Text::from(if version.is_2019() { "WUFEI-00001" } else { "WF001" }),
            model: Text::from("T-808"),
            terminal_id: Text::from("A000001"),
            plate_colour: 2,
            plate: Text::from("苏B12345"),
        };
        let theirs: Jt0x0100 = peer_body(&sent_here(version, &Body::Register(ours.clone())));
        assert_eq!((theirs.province, theirs.city, theirs.color), (32, 281, 2));
        assert_eq!(theirs.maker.get_val(), ours.maker.as_str());
        assert_eq!(theirs.terminal_model.get_val(), "T-808");
        assert_eq!(theirs.terminal_id.get_val(), "A000001");
        assert_eq!(theirs.name.get_val(), "苏B12345");

        let mut theirs = Jt0x0100 { province: 32, city: 281, color: 2, ..Default::default() };
        theirs.maker.set_val(ours.maker.as_str());
        theirs.terminal_model.set_val("T-808");
        theirs.terminal_id.set_val("A000001");
        theirs.name.set_val("苏B12345");
        let frame = sender(version).serialize(0x0100, 0, &mut theirs);
        let Body::Register(read) = sent_there(&frame, 0x0100, version) else { panic!() };
        assert_eq!((read.province, read.county, read.plate_colour), (32, 281, 2));
        // It pads in front where we pad behind.
        let texts =
            |r: &Registration| [&r.maker, &r.model, &r.terminal_id, &r.plate].map(|t| t.as_str().to_owned());
        assert_eq!(texts(&read), texts(&ours));
    }
}

#[test]
fn register_replies_and_authentications() {
    for version in BOTH {
        let ours = RegisterReply { serial: 5, outcome: RegisterOutcome::DONE, code: Text::from("k-7e~}") };
        let theirs: Jt0x8100 = peer_body(&sent_here(version, &Body::RegisterReply(ours.clone())));
        assert_eq!((theirs.answer_sn, theirs.result), (5, 0));
        assert_eq!(theirs.authority_code.get_val(), "k-7e~}");
        let mut theirs = Jt0x8100 { answer_sn: 5, result: 0, ..Default::default() };
        theirs.authority_code.set_val("k-7e~}");
        let frame = sender(version).serialize(0x8100, 0, &mut theirs);
        assert_eq!(sent_there(&frame, 0x8100, version), Body::RegisterReply(ours));

        let mut ours = Authentication { code: Text::from("k-7e~}"), ..Default::default() };
        let mut theirs = Jt0x0102::default();
        theirs.authority_code.set_val("k-7e~}");
        if version.is_2019() {
            ours.imei = Text::from("123456789012345");
            ours.software = Text::from("1.0");
            theirs.imei.set_val("123456789012345");
            theirs.soft_version.set_val("1.0");
        }
        let frame = sender(version).serialize(0x0102, 0, &mut theirs);
        assert_eq!(sent_there(&frame, 0x0102, version), Body::Authenticate(ours.clone()));
        let theirs: Jt0x0102 = peer_body(&sent_here(version, &Body::Authenticate(ours.clone())));
        assert_eq!(theirs.authority_code.get_val(), "k-7e~}");
        assert_eq!(theirs.imei.get_val(), ours.imei.as_str());
        assert_eq!(theirs.soft_version.get_val(), ours.software.as_str());
    }
}

#[test]
fn locations_there_and_back() {
    let fixed = "00080000 0000000f 01e6ccd0 072c25df 007d 0264 010e 090807060504";
    let extras = hex("01 04 00012345 03 02 7e7d 30 01 1f 31 01 0c e1 02 7d7e");
    let bare = Location::decode(&hex(fixed)).expect("a location");
    let full = Location { extras, ..bare.clone() };
    for version in BOTH {
        let theirs: Jt0x0200 = peer_body(&sent_here(version, &Body::Location(full.clone())));
        assert_eq!((theirs.gps.alarm_data, theirs.gps.state), (full.alarm, full.status));
        assert_eq!((theirs.gps.lat, theirs.gps.lng), (31_902_928, 120_333_791));
        assert_eq!(
            (full.lat_e6, full.lon_e6),
            (-31_902_928, -120_333_791),
            "it leaves the signs to its user"
        );
        assert_eq!((theirs.gps.altitude, theirs.gps.speed, theirs.gps.direction), (125, 612, 270));

        let mut theirs: Jt0x0200 = peer_body(&sent_here(version, &Body::Location(bare.clone())));
        let frame = sender(version).serialize(0x0200, 0, &mut theirs);
        assert_eq!(sent_there(&frame, 0x0200, version), Body::Location(bare.clone()));

        let reply = Body::LocationReply { serial: 9, location: bare.clone() };
        let mut theirs: Jt0x0201 = peer_body(&sent_here(version, &reply));
        assert_eq!(theirs.answer_sn, 9);
        let frame = sender(version).serialize(0x0201, 0, &mut theirs);
        assert_eq!(sent_there(&frame, 0x0201, version), reply);
    }
}
