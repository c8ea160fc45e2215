//! Canonical JSON (keys sorted by bytes, no spaces, integers only) and the content hash over it. A
//! signature is over this hash, so the same content must give the same bytes on every machine and in every
//! later version; a float is refused because its text is not unique.

use std::fmt::Write;

use serde_json::Value;
use sha2::{Digest, Sha256};

/// Why a value has no canonical form.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CanonicalError {
    /// A number with a fraction or beyond 64 bits.
    #[error("not an integer at '{0}'")]
    NotInteger(String),
}

/// The canonical JSON text of `value`.
///
/// # Errors
/// [`CanonicalError::NotInteger`] names the JSON pointer of the number.
pub fn canonical_json(value: &Value) -> Result<String, CanonicalError> {
    let mut out = String::new();
    write_value(value, &mut String::new(), &mut out)?;
    Ok(out)
}

/// Lower-case hexadecimal SHA-256 of the canonical JSON.
///
/// # Errors
/// As [`canonical_json`].
pub fn content_hash(value: &Value) -> Result<String, CanonicalError> {
    let digest = Sha256::digest(canonical_json(value)?.as_bytes());
    Ok(digest.iter().fold(String::with_capacity(64), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    }))
}

fn write_value(value: &Value, path: &mut String, out: &mut String) -> Result<(), CanonicalError> {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Number(number) if number.is_i64() || number.is_u64() => {
            let _ = write!(out, "{number}");
        }
        Value::Number(_) => return Err(CanonicalError::NotInteger(path.clone())),
        Value::String(text) => write_string(text, out),
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                let length = path.len();
                let _ = write!(path, "/{index}");
                write_value(item, path, out)?;
                path.truncate(length);
            }
            out.push(']');
        }
        Value::Object(map) => {
            // Sorted here and not left to the map: another crate may switch serde_json to insertion order.
            let mut keys: Vec<&String> = map.keys().collect();
            keys.sort_unstable();
            out.push('{');
            for (index, key) in keys.into_iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write_string(key, out);
                out.push(':');
                let length = path.len();
                let _ = write!(path, "/{key}");
                if let Some(item) = map.get(key) {
                    write_value(item, path, out)?;
                }
                path.truncate(length);
            }
            out.push('}');
        }
    }
    Ok(())
}

/// Escapes as little as JSON allows (quotation mark, backslash, control characters), like RFC 8785.
fn write_string(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c < ' ' => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn keys_are_sorted_and_nothing_else_changes() {
        let value = json!({"b": [1, true, null], "a": {"名称": "废\"酸\"\n", "A": -7}});
        assert_eq!(
            canonical_json(&value),
            Ok(r#"{"a":{"A":-7,"名称":"废\"酸\"\n"},"b":[1,true,null]}"#.to_owned())
        );
    }

    #[test]
    fn a_float_is_named_and_refused() {
        assert_eq!(
            canonical_json(&json!({"a": [1, 0.5]})),
            Err(CanonicalError::NotInteger("/a/1".to_owned()))
        );
    }

    #[test]
    fn the_hash_of_the_empty_object_is_known() {
        let known = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
        assert_eq!(content_hash(&json!({})).as_deref(), Ok(known));
    }

    proptest! {
        #[test]
        fn canonical_text_is_json_and_says_the_same(text in "\\PC*|[\\x00-\\x1f\"\\\\]*", number in any::<i64>()) {
            let value = json!({"t": text, "n": number});
            let written = canonical_json(&value).unwrap();
            prop_assert_eq!(serde_json::from_str::<Value>(&written).unwrap(), value);
        }
    }
}
