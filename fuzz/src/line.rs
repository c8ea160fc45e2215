//! A line of text as somebody pastes it into `wufei decode jt808`: the answer is always one JSON object, and says
//! "error" exactly when the frame cannot be read.

use wire::jt808::{decode, describe, escape};

use crate::{Dice, Target, frame, mutate, outcome, seeds};

pub const TARGET: Target =
    Target { name: "line", about: "a hexadecimal line for `wufei decode jt808`", seeds, damage, check };

fn digits(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().flat_map(|b| format!("{b:02x}").into_bytes()).collect()
}

fn on_the_wire(frame: &[u8]) -> Vec<u8> {
    let mut sent = Vec::new();
    escape(frame, &mut sent);
    sent
}

fn seeds() -> Vec<Vec<u8>> {
    let mut all: Vec<Vec<u8>> = seeds::frames().iter().map(|f| digits(&on_the_wire(f))).collect();
    all.extend([b"".to_vec(), b"zz".to_vec(), "\u{ff17}e \u{8eca}".as_bytes().to_vec(), b"7e 7e".to_vec()]);
    all
}

fn damage(line: &mut Vec<u8>, other: &[u8], dice: &mut Dice) {
    let text = String::from_utf8_lossy(line).into_owned();
    let bytes: Vec<u8> = text
        .as_bytes()
        .chunks_exact(2)
        .filter_map(|p| u8::from_str_radix(std::str::from_utf8(p).ok()?, 16).ok())
        .collect();
    let mut frames = seeds::unescaped(&bytes);
    match frames.pop() {
        // Through the frame, so that the checksum is right again.
        Some(mut inner) if !dice.once_in(3) => {
            frame::damage(&mut inner, other, dice);
            *line = digits(&on_the_wire(&inner));
        }
        _ => mutate::bytes(line, other, dice),
    }
}

fn check(line: &[u8]) -> u64 {
    let text = String::from_utf8_lossy(line);
    let said = describe(&text);
    let value = said.to_value();
    assert!(value.is_object(), "one JSON object, not {value}");
    let shown = said.to_string();
    assert!(!shown.contains('\n'), "on one line");
    assert_eq!(value.get("error").is_some(), said.is_error(), "an error is said as one");
    let bytes: Option<Vec<u8>> = text
        .is_ascii()
        .then(|| {
            let digits: Vec<char> = text.chars().filter(|c| !c.is_whitespace()).collect();
            let pairs = digits.chunks_exact(2).map(|p| u8::from_str_radix(&p.iter().collect::<String>(), 16));
            pairs.collect::<Result<Vec<u8>, _>>().ok().filter(|_| digits.len().is_multiple_of(2))
        })
        .flatten();
    if let Some(frame) = bytes.as_deref().and_then(only_frame)
        && let Ok((header, _)) = decode(&frame)
    {
        assert!(!said.is_error(), "what is read is described: {shown}");
        assert_eq!(value["serial"], header.serial, "with its serial number");
    }
    let code = value.pointer("/error/code").and_then(|c| c.as_str()).unwrap_or_default().to_owned();
    let mut keys: Vec<&String> = value.as_object().map(|o| o.keys().collect()).unwrap_or_default();
    keys.truncate(24);
    outcome(&[&code, &value.get("message").map(ToString::to_string), &keys])
}

/// The frame of bytes that are one frame as on the wire.
fn only_frame(bytes: &[u8]) -> Option<Vec<u8>> {
    let inner = bytes.strip_prefix(&[0x7e])?.strip_suffix(&[0x7e])?;
    if inner.contains(&0x7e) {
        return None;
    }
    let mut found = seeds::unescaped(bytes);
    if found.len() == 1 { found.pop() } else { None }
}
