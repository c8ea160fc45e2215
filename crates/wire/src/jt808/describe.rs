//! One frame in words, for the person who has a hexadecimal line and a question (`wufei decode jt808`). Units
//! are in the names of the fields. What it says is for people and may change; programs use [`super::decode`].

use std::fmt;

use super::batch::{Batch, BatchItem};
use super::body::Body;
use super::extras::Item;
use super::flags::{self, Load};
use super::location::Location;
use super::messages::{GeneralReply, Registration, Resend};
use super::names::message_name;
use super::time::{self, BEIJING, UTC};
use super::tree::{Object, Tree};
use super::{DELIMITER, DecodeError, DecodeErrorKind, Deframer, FrameError, FrameErrorKind, Header, Version};

/// A frame in words: a JSON object, on one line with `{}` and on many with `{:#}`.
#[derive(Clone, Debug, PartialEq)]
pub struct Described(Object);

impl Described {
    /// Whether the frame could not be read; `error` is then one of its keys.
    pub fn is_error(&self) -> bool {
        self.0.get("error").is_some()
    }

    /// The object for programs. Keys are sorted there; the order for reading is that of `Display`.
    pub fn to_value(&self) -> serde_json::Value {
        serde_json::from_str(&self.to_string()).unwrap_or_default()
    }
}

impl fmt::Display for Described {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// Describes one frame, given as hexadecimal digits: escaped as on the wire and with its checksum, with or
/// without delimiters; blanks are skipped.
pub fn describe(hex_line: &str) -> Described {
    let mut out = Object::default();
    if let Err(error) = describe_into(hex_line, &mut out) {
        out.put("error", error);
    }
    Described(out)
}

fn describe_into(hex_line: &str, out: &mut Object) -> Result<(), Object> {
    let bytes = read_hex(hex_line)?;
    let frame = only_frame(&bytes)?;
    let (header, body) = Header::parse(&frame).map_err(|e| decode_error(&e, &frame))?;
    describe_header(&header, body.len(), out);
    if !header.is_whole_and_plain() {
        let why = if header.encryption == 0 { "one part of several" } else { "encrypted" };
        out.put("not_decoded", why).put("body_hex", Tree::hex(body));
        return Ok(());
    }
    let decoded = Body::decode(&header, body).map_err(|e| decode_error(&e, &frame))?;
    describe_body(&decoded, &header, out);
    Ok(())
}

fn error(code: &'static str, reason: impl Into<String>) -> Object {
    let mut error = Object::default();
    error.put("code", code).put("reason", reason.into());
    error
}

fn decode_error(e: &DecodeError, frame: &[u8]) -> Object {
    let mut out = error(e.code(), e.kind.to_string());
    out.put("offset", e.offset).put("expected", e.kind.expected());
    let from = e.offset.min(frame.len());
    let found = frame.get(from..frame.len().min(from + 8)).unwrap_or_default();
    if !found.is_empty() {
        out.put("found_hex", Tree::hex(found));
    }
    if e.kind == DecodeErrorKind::NoTime {
        out.put("hint", "the terminal had no time yet: it was switched on without a fix");
    }
    out
}

fn read_hex(line: &str) -> Result<Vec<u8>, Object> {
    let mut bytes = Vec::with_capacity(line.len() / 2);
    let mut high = None;
    for (at, c) in line.char_indices().filter(|(_, c)| !c.is_whitespace()) {
        let Some(digit) = c.to_digit(16).and_then(|d| u8::try_from(d).ok()) else {
            let mut e = error("not_hex", format!("'{}' is no hexadecimal digit", c.escape_debug()));
            e.put("column", at + 1).put("expected", "digits 0-9 and a-f, blanks between them");
            return Err(e);
        };
        match high.take() {
            None => high = Some(digit),
            Some(first) => bytes.push(first << 4 | digit),
        }
    }
    match high {
        Some(_) => Err(error("not_hex", "an odd number of hexadecimal digits")),
        None if bytes.is_empty() => Err(error("empty", "no bytes")),
        None => Ok(bytes),
    }
}

/// The one frame in `bytes`, unescaped and without checksum.
fn only_frame(bytes: &[u8]) -> Result<Vec<u8>, Object> {
    let inner = bytes.strip_prefix(&[DELIMITER]).unwrap_or(bytes);
    let inner = inner.strip_suffix(&[DELIMITER]).unwrap_or(inner);
    if inner.contains(&DELIMITER) {
        return Err(error("not_one_frame", "a delimiter (7e) inside: give one frame at a time"));
    }
    let mut found = None;
    let mut deframer = Deframer::new();
    let mut sink = |frame: Result<&[u8], FrameError>| found = Some(frame.map(<[u8]>::to_vec));
    for piece in [&[DELIMITER], inner, &[DELIMITER]] {
        deframer.push(piece, &mut sink);
    }
    match found {
        Some(Ok(frame)) => Ok(frame),
        Some(Err(e)) => Err(frame_error(e.kind, inner)),
        None => Err(error("empty", "nothing between the delimiters")),
    }
}

fn frame_error(kind: FrameErrorKind, inner: &[u8]) -> Object {
    let mut e = error(
        kind.code(),
        match kind {
            FrameErrorKind::Escape => "7d is followed by neither 01 nor 02".to_owned(),
            FrameErrorKind::Checksum => "the XOR over header and body is not the last byte".to_owned(),
            FrameErrorKind::TooShort => format!("{} bytes are no frame", inner.len()),
            FrameErrorKind::TooLong => format!("{} bytes are more than a frame can have", inner.len()),
        },
    );
    match kind {
        FrameErrorKind::Escape => {
            let bad = |w: &&[u8]| w.first() == Some(&0x7d) && !matches!(w.get(1), Some(0x01 | 0x02));
            let windows = (0..inner.len()).filter_map(|i| Some((i, inner.get(i..)?)));
            if let Some((at, _)) = windows.clone().find(|(_, w)| bad(w)) {
                e.put("escaped_offset", at);
            }
            e.put("expected", "7d 01 for 7d, 7d 02 for 7e");
        }
        FrameErrorKind::Checksum => {
            // The frame as it should be: unescaped here again, because a deframer drops what is wrong.
            let mut plain = Vec::with_capacity(inner.len());
            let mut bytes = inner.iter().copied();
            while let Some(byte) = bytes.next() {
                plain.push(match byte {
                    0x7d => {
                        if bytes.next() == Some(0x02) {
                            0x7e
                        } else {
                            0x7d
                        }
                    }
                    other => other,
                });
            }
            let (last, frame) = plain.split_last().map_or((0, &[][..]), |(l, f)| (*l, f));
            let right = frame.iter().fold(0, |x, b| x ^ b);
            e.put("offset", frame.len());
            e.put("expected", format!("{right:02x}")).put("found_hex", format!("{last:02x}"));
        }
        FrameErrorKind::TooShort => {
            e.put("expected", format!("at least {} bytes", super::MIN_FRAME));
        }
        FrameErrorKind::TooLong => {
            e.put("expected", format!("at most {} bytes", super::MAX_FRAME));
        }
    }
    e
}

fn hex_id(id: u16) -> String {
    format!("0x{id:04x}")
}

fn describe_header(header: &Header, body_bytes: usize, out: &mut Object) {
    out.put("message", message_name(header.id).unwrap_or("unknown")).put("id", hex_id(header.id));
    match header.version {
        Version::V2013 => out.put("edition", "2013"),
        Version::V2019 { protocol } => out.put("edition", "2019").put("protocol", protocol),
    };
    out.put("terminal", header.terminal.to_string()).put("serial", header.serial);
    if header.encryption != 0 {
        out.put("encryption", if header.encryption == 1 { "rsa" } else { "reserved" });
    }
    if let Some(part) = header.part {
        out.put("part", part.index).put("parts", part.total);
    }
    out.put("body_bytes", body_bytes);
}

fn describe_body(body: &Body, header: &Header, out: &mut Object) {
    match body {
        Body::Heartbeat | Body::Logout | Body::TimeQuery | Body::LocationQuery => {}
        Body::TerminalReply(reply) | Body::PlatformReply(reply) => describe_reply(*reply, out),
        Body::TerminalResend(r) | Body::PlatformResend(r) => describe_resend(r, out),
        Body::Register(r) => describe_registration(r, out),
        Body::Authenticate(a) => {
            out.put("code", a.code.as_str());
            if header.version.is_2019() {
                out.put("imei", a.imei.as_str()).put("software", a.software.as_str());
            }
        }
        Body::Location(location) => describe_location(location, header.version, out),
        Body::LocationReply { serial, location } => {
            out.put("reply_to_serial", *serial);
            describe_location(location, header.version, out);
        }
        Body::Waybill(bytes) => {
            out.put("waybill_bytes", bytes.len()).put("waybill_hex", Tree::hex(bytes));
        }
        Body::Batch(batch) => describe_batch(batch, header.version, out),
        Body::TimeReply { time_us } => {
            out.put("time", time::show(*time_us, UTC));
        }
        Body::RegisterReply(r) => {
            out.put("reply_to_serial", r.serial).put("outcome", r.outcome.name());
            out.put("outcome_code", r.outcome.0).put("code", r.code.as_str());
        }
        Body::Text(message) => {
            out.put("flags", message.flags);
            if header.version.is_2019() {
                out.put("kind", message.kind);
            }
            out.put("text", message.text.as_str());
        }
        Body::Unknown { raw, .. } => {
            out.put("not_decoded", "no layout known").put("body_hex", Tree::hex(raw));
        }
    }
}

fn describe_reply(reply: GeneralReply, out: &mut Object) {
    out.put("reply_to_serial", reply.serial).put("reply_to_id", hex_id(reply.id));
    out.put("reply_to_message", message_name(reply.id).unwrap_or("unknown"));
    out.put("outcome", reply.outcome.name()).put("outcome_code", reply.outcome.0);
}

fn describe_resend(resend: &Resend, out: &mut Object) {
    out.put("first_serial", resend.first_serial).put("parts", Tree::list(resend.parts.iter().copied()));
}

fn describe_registration(r: &Registration, out: &mut Object) {
    if r.layout_2011 {
        out.put("layout", "2011");
    }
    out.put("province", r.province).put("county", r.county);
    out.put("maker", r.maker.as_str()).put("model", r.model.as_str());
    out.put("terminal_id", r.terminal_id.as_str()).put("plate_colour", r.plate_colour);
    out.put(if r.plate_colour == 0 { "vin" } else { "plate" }, r.plate.as_str());
}

fn describe_batch(batch: &Batch, version: Version, out: &mut Object) {
    out.put("batch", batch.kind.name()).put("count", batch.items.len());
    let items = batch.items.iter().map(|item| {
        let mut entry = Object::default();
        match item {
            BatchItem::Location(location) => describe_location(location, version, &mut entry),
            BatchItem::Damaged { raw, error } => {
                entry.put("raw_hex", Tree::hex(raw)).put("error", decode_error(error, &[]));
            }
        }
        entry
    });
    out.put("locations", Tree::list(items));
}

fn describe_location(location: &Location, version: Version, out: &mut Object) {
    out.put("time", time::show(location.time_us, BEIJING));
    out.put("latitude_deg", Tree::decimal(location.lat_e6, 6));
    out.put("longitude_deg", Tree::decimal(location.lon_e6, 6));
    out.put("altitude_m", location.altitude_m);
    out.put("speed_kmh", Tree::decimal(location.speed_kmh_tenths, 1));
    out.put("heading_deg", location.heading_deg);
    out.put("alarms", Tree::list(flags::alarm_names(location.alarm, version)));
    out.put("alarm_bits", format!("0x{:08x}", location.alarm));
    out.put("status", Tree::list(flags::status_names(location.status)));
    out.put("load", Load::of(location.status).name());
    out.put("status_bits", format!("0x{:08x}", location.status));
    // Items were checked when the location was read.
    out.put("items", Tree::list(location.items().flatten().map(|item| describe_item(&item))));
}

fn describe_item(item: &Item<'_>) -> Object {
    let mut out = Object::default();
    out.put("id", format!("0x{:02x}", item.id()));
    match *item {
        Item::Mileage { km_tenths } => out.put("mileage_km", Tree::decimal(km_tenths, 1)),
        Item::Fuel { litre_tenths } => out.put("fuel_l", Tree::decimal(litre_tenths, 1)),
        Item::RecorderSpeed { kmh_tenths } => out.put("recorder_speed_kmh", Tree::decimal(kmh_tenths, 1)),
        Item::ConfirmAlarm { event } => out.put("confirm_alarm_event", event),
        Item::TyrePressures { bytes } => out.put("tyre_pressures_hex", Tree::hex(bytes)),
        Item::CargoTemperature { raw } => {
            out.put("cargo_temperature_c", item.celsius().unwrap_or_default());
            out.put("raw_hex", format!("{raw:04x}"))
        }
        Item::Overspeed { place, area } => {
            out.put("overspeed_place", place_name(place));
            match area {
                Some(area) => out.put("area", area),
                None => &mut out,
            }
        }
        Item::AreaCrossed { place, area, direction } => {
            out.put("crossed_place", place_name(place)).put("area", area);
            out.put(
                "direction",
                match direction {
                    0 => "in",
                    1 => "out",
                    _ => "unknown",
                },
            )
        }
        Item::RouteTime { section, seconds, result } => {
            out.put("section", section).put("section_time_s", seconds);
            out.put(
                "result",
                match result {
                    0 => "too_short",
                    1 => "too_long",
                    _ => "unknown",
                },
            )
        }
        Item::VehicleSignals { bits } => {
            out.put("signals", Tree::list(flags::names(bits, &flags::SIGNALS)));
            out.put("signal_bits", format!("0x{bits:08x}"))
        }
        Item::IoState { bits } => {
            out.put("io", Tree::list(flags::names(bits.into(), &flags::IO)));
            out.put("io_bits", format!("0x{bits:04x}"))
        }
        Item::Analog { ad0, ad1 } => out.put("ad0", ad0).put("ad1", ad1),
        Item::SignalStrength { value } => out.put("signal_strength", value),
        Item::Satellites { count } => out.put("satellites", count),
        Item::Other { bytes, .. } => out.put("raw_hex", Tree::hex(bytes)),
    };
    out
}

/// Table 28 and 29; 4 is a road section in the one and a route in the other.
const fn place_name(place: u8) -> &'static str {
    match place {
        0 => "none",
        1 => "circle",
        2 => "rectangle",
        3 => "polygon",
        4 => "road",
        _ => "unknown",
    }
}
