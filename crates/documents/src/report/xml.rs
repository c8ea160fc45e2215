//! Text made fit for XML. A character that XML 1.0 cannot hold would make a file that no program opens, and marks that
//! turn the direction of writing could make a figure read backwards; both go. This module must never drop anything that
//! can be seen.

use crate::pdf::is_invisible;

/// The text as it may stand between tags or in an attribute.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ if c.is_control() || c.is_whitespace() => out.push(' '),
            '\u{FFFE}' | '\u{FFFF}' => {}
            _ if is_invisible(c) => {}
            _ => out.push(c),
        }
    }
    out
}
