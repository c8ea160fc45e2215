//! Strings made fit for paper: control characters and text-direction tricks go, overlong runs get places to
//! break, and a character that no embedded font has is written as its code point. This module must never
//! drop a visible character silently.

use serde_json::Value;

use super::engine;

/// No field of a form is longer; what is, is cut with `…` so that hostile data cannot stall the layout.
const MAX_CHARS: usize = 2_000;
/// A run without a space longer than this gets break opportunities (a credit code has 18 characters).
const LONG_RUN: usize = 20;
const BREAK_EVERY: usize = 10;
const ZERO_WIDTH_SPACE: char = '\u{200B}';

/// Prepares every string in `value`, in place.
pub(super) fn strings(value: &mut Value) {
    match value {
        Value::String(text) => *text = string(text),
        Value::Array(items) => items.iter_mut().for_each(strings),
        Value::Object(fields) => fields.values_mut().for_each(strings),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Prepares every string of running text: nothing is cut, and spaces at the ends stay. The caller has limited the whole.
pub(super) fn running(value: &mut Value) {
    match value {
        Value::String(text) => *text = visible(text, usize::MAX),
        Value::Array(items) => items.iter_mut().for_each(running),
        Value::Object(fields) => fields.values_mut().for_each(running),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn string(text: &str) -> String {
    visible(text.trim(), MAX_CHARS)
}

fn visible(text: &str, most: usize) -> String {
    let mut out = String::with_capacity(text.len());
    let mut run = 0;
    let mut chars = text.chars();
    for c in chars.by_ref().take(most) {
        if is_invisible(c) {
            continue;
        }
        if c.is_whitespace() || c.is_control() {
            out.push(' ');
            run = 0;
            continue;
        }
        if !engine::has_glyph(c) {
            // Shown, not hidden: a name with a character beyond the font stays checkable.
            out.push_str(&format!("〔U+{:04X}〕", u32::from(c)));
            run = 0;
            continue;
        }
        if c.is_ascii_graphic() {
            run += 1
        } else {
            run = 0
        }
        out.push(c);
        if run >= LONG_RUN && run % BREAK_EVERY == 0 {
            out.push(ZERO_WIDTH_SPACE);
        }
    }
    if chars.next().is_some() {
        out.push('…');
    }
    out
}

/// Characters without a picture: zero-width ones, direction marks and overrides (which can make a printed
/// name read backwards), variation selectors, tags, and the byte order mark.
pub(crate) fn is_invisible(c: char) -> bool {
    matches!(u32::from(c),
        0xAD | 0x34F | 0x61C | 0x180B..=0x180F | 0x200B..=0x200F | 0x202A..=0x202E | 0x2060..=0x206F
        | 0xFE00..=0xFE0F | 0xFEFF | 0xFFF9..=0xFFFB | 0xE0000..=0xE0FFF)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_what_can_be_seen() {
        assert_eq!(string("废矿物油 #*_$<>[]\\"), "废矿物油 #*_$<>[]\\");
        assert_eq!(string("张㛃𫖮"), "张㛃𫖮");
        assert_eq!(string("吉𠮷😀"), "吉〔U+20BB7〕〔U+1F600〕");
        assert_eq!(string("a\u{202E}b\u{200B}c\td\r\n"), "abc d");
    }

    #[test]
    fn long_runs_can_break_and_codes_stay_whole() {
        assert_eq!(string("91320281MA1NQWAN0A"), "91320281MA1NQWAN0A");
        assert!(string(&"A".repeat(60)).contains(ZERO_WIDTH_SPACE));
        assert_eq!(string(&"废".repeat(3000)).chars().count(), MAX_CHARS + 1);
    }
}
