//! The canonical bytes of an event: JSON with keys sorted by their UTF-8 bytes, no spaces, integers only,
//! strings escaped as little as JSON allows. Two programs that agree on the fields agree on the bytes.

use std::collections::BTreeMap;

use serde_json::Value as Json;
use sha2::{Digest, Sha256};

use super::{MAX_EVENT_BYTES, to_hex};
use crate::DbError;

/// Version of the canonical form; the field `v`.
const VERSION: u8 = 1;
/// Deepest nesting of a payload.
const MAX_DEPTH: usize = 32;

/// The columns of an event, borrowed.
pub(crate) struct Fields<'a> {
    pub tenant: &'a str,
    pub position: i64,
    pub id: &'a str,
    pub kind: &'a str,
    pub subject_type: &'a str,
    pub subject_id: &'a str,
    pub org_id: Option<&'a str>,
    pub actor_id: &'a str,
    pub on_behalf_of: Option<&'a str>,
    pub occurred_at: i64,
    pub recorded_at: i64,
    pub rule_version: Option<&'a str>,
}

/// hex(SHA-256(salt ‖ value)).
pub(crate) fn commitment(salt: &[u8], value: &str) -> String {
    to_hex(&Sha256::new().chain_update(salt).chain_update(value).finalize())
}

/// Renders the canonical form. `personal` holds commitments by field.
pub(crate) fn render(
    f: &Fields<'_>,
    payload: &Json,
    personal: &BTreeMap<&str, String>,
) -> Result<String, DbError> {
    let mut out = String::with_capacity(1024);
    out.push_str("{\"actor_id\":");
    string(f.actor_id, &mut out);
    key("id", &mut out);
    string(f.id, &mut out);
    key("kind", &mut out);
    string(f.kind, &mut out);
    key("occurred_at", &mut out);
    integer(f.occurred_at, &mut out);
    key("on_behalf_of", &mut out);
    optional(f.on_behalf_of, &mut out);
    key("org_id", &mut out);
    optional(f.org_id, &mut out);
    key("payload", &mut out);
    value(payload, 0, &mut out)?;
    key("personal", &mut out);
    out.push('{');
    for (i, (field, hash)) in personal.iter().enumerate() {
        if i > 0 {
            out.push(',');
        }
        string(field, &mut out);
        out.push(':');
        string(hash, &mut out);
    }
    out.push('}');
    key("position", &mut out);
    integer(f.position, &mut out);
    key("recorded_at", &mut out);
    integer(f.recorded_at, &mut out);
    key("rule_version", &mut out);
    optional(f.rule_version, &mut out);
    key("subject_id", &mut out);
    string(f.subject_id, &mut out);
    key("subject_type", &mut out);
    string(f.subject_type, &mut out);
    key("tenant", &mut out);
    string(f.tenant, &mut out);
    key("v", &mut out);
    integer(VERSION.into(), &mut out);
    out.push('}');
    if out.len() > MAX_EVENT_BYTES {
        return Err(DbError::Invalid(format!(
            "event {} has {} bytes; {MAX_EVENT_BYTES} are allowed",
            f.kind,
            out.len()
        )));
    }
    Ok(out)
}

/// The canonical form of any JSON value; refuses floats and deep nesting.
pub fn canonical_json(json: &Json) -> Result<String, DbError> {
    let mut out = String::new();
    value(json, 0, &mut out)?;
    Ok(out)
}

fn key(name: &str, out: &mut String) {
    out.push_str(",\"");
    out.push_str(name);
    out.push_str("\":");
}

fn integer(v: i64, out: &mut String) {
    use std::fmt::Write;
    // Writing to a String cannot fail.
    let _ = write!(out, "{v}");
}

fn optional(text: Option<&str>, out: &mut String) {
    match text {
        Some(text) => string(text, out),
        None => out.push_str("null"),
    }
}

fn string(text: &str, out: &mut String) {
    out.push('"');
    let mut plain = 0;
    for (i, b) in text.bytes().enumerate() {
        if b >= 0x20 && b != b'"' && b != b'\\' {
            continue;
        }
        // `b` is ASCII, so `i` is a character boundary.
        out.push_str(&text[plain..i]);
        plain = i + 1;
        match b {
            b'"' => out.push_str("\\\""),
            b'\\' => out.push_str("\\\\"),
            0x08 => out.push_str("\\b"),
            0x0c => out.push_str("\\f"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            _ => {
                out.push_str("\\u00");
                out.push_str(&to_hex(&[b]));
            }
        }
    }
    out.push_str(&text[plain..]);
    out.push('"');
}

fn value(json: &Json, depth: usize, out: &mut String) -> Result<(), DbError> {
    if depth > MAX_DEPTH {
        return Err(DbError::Invalid(format!("the payload is nested deeper than {MAX_DEPTH}")));
    }
    match json {
        Json::Null => out.push_str("null"),
        Json::Bool(true) => out.push_str("true"),
        Json::Bool(false) => out.push_str("false"),
        Json::Number(n) => match n.as_i64() {
            Some(n) => integer(n, out),
            None => {
                return Err(DbError::Invalid(format!("the payload contains {n}; only integers are allowed")));
            }
        },
        Json::String(s) => string(s, out),
        Json::Array(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                value(item, depth + 1, out)?;
            }
            out.push(']');
        }
        Json::Object(map) => {
            // serde_json may keep insertion order (a feature any crate can switch on), so sort here.
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_unstable_by(|a, b| a.0.cmp(b.0));
            out.push('{');
            for (i, (k, v)) in entries.into_iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                string(k, out);
                out.push(':');
                value(v, depth + 1, out)?;
            }
            out.push('}');
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn keys_are_sorted_and_strings_minimal() -> Result<(), DbError> {
        let json =
            json!({"b": [1, -2, i64::MIN], "a\u{1}\n": "\u{7f}\"/\\é\u{1F600}", "B": {"z": null, "a": true}});
        let wanted = "{\"B\":{\"a\":true,\"z\":null},\"a\\u0001\\n\":\"\u{7f}\\\"/\\\\é\u{1F600}\",\
                      \"b\":[1,-2,-9223372036854775808]}";
        assert_eq!(canonical_json(&json)?, wanted);
        for bad in [json!(0.5), json!(1e30), json!(u64::MAX)] {
            assert!(canonical_json(&bad).is_err());
        }
        Ok(())
    }

    fn any_json() -> impl Strategy<Value = Json> {
        let leaf = prop_oneof![
            Just(Json::Null),
            any::<bool>().prop_map(Json::from),
            any::<i64>().prop_map(Json::from),
            any::<String>().prop_map(Json::from),
        ];
        leaf.prop_recursive(4, 40, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Json::from),
                prop::collection::btree_map(any::<String>(), inner, 0..6)
                    .prop_map(|m| Json::Object(m.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn the_form_says_the_same_and_is_stable(json in any_json()) {
            let text = canonical_json(&json).map_err(|e| TestCaseError::fail(e.to_string()))?;
            let back: Json = serde_json::from_str(&text).map_err(|e| TestCaseError::fail(e.to_string()))?;
            prop_assert_eq!(&back, &json);
            prop_assert_eq!(canonical_json(&back).ok(), Some(text));
        }
    }
}
