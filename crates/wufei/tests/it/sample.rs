//! Bodies that fit an operation's schema in form (not in content), and ways to spoil them.

use serde_json::{Map, Value, json};

/// A value that fits a schema of the document.
pub fn of_schema(document: &Value, schema: &Value) -> Value {
    sample(document, schema, 0)
}

fn sample(document: &Value, schema: &Value, depth: usize) -> Value {
    if depth > 8 {
        return Value::Null;
    }
    if let Some(reference) = schema["$ref"].as_str() {
        let target = document
            .pointer(reference.trim_start_matches('#'))
            .unwrap_or_else(|| panic!("{reference} is missing"));
        return sample(document, target, depth + 1);
    }
    for several in ["oneOf", "anyOf"] {
        if let Some(list) = schema[several].as_array() {
            let first = list.iter().find(|s| s["type"] != "null").unwrap_or(&Value::Null);
            return sample(document, first, depth + 1);
        }
    }
    if let Some(list) = schema["allOf"].as_array() {
        let mut whole = Map::new();
        for part in list {
            if let Value::Object(fields) = sample(document, part, depth + 1) {
                whole.extend(fields);
            }
        }
        return Value::Object(whole);
    }
    if let Some(first) = schema["enum"].as_array().and_then(|e| e.first()) {
        return first.clone();
    }
    let kind = match &schema["type"] {
        Value::String(t) => t.as_str(),
        Value::Array(all) => all.iter().filter_map(Value::as_str).find(|t| *t != "null").unwrap_or("null"),
        _ if schema["properties"].is_object() => "object",
        _ => "any",
    };
    match kind {
        "string" => json!("sample"),
        "integer" | "number" => json!(1),
        "boolean" => json!(false),
        "array" => json!([sample(document, &schema["items"], depth + 1)]),
        "object" => {
            let fields = schema["properties"].as_object().cloned().unwrap_or_default();
            Value::Object(fields.iter().map(|(k, s)| (k.clone(), sample(document, s, depth + 1))).collect())
        }
        "null" => Value::Null,
        _ => json!({}),
    }
}

/// Every place inside a value, as JSON pointers, the outermost first.
pub fn places(value: &Value) -> Vec<String> {
    fn walk(value: &Value, at: &str, out: &mut Vec<String>) {
        let inner: Vec<(String, &Value)> = match value {
            Value::Object(fields) => fields.iter().map(|(k, v)| (k.clone(), v)).collect(),
            Value::Array(items) => items.iter().enumerate().map(|(i, v)| (i.to_string(), v)).collect(),
            _ => Vec::new(),
        };
        for (key, v) in inner {
            let place = format!("{at}/{key}");
            out.push(place.clone());
            walk(v, &place, out);
        }
    }
    let mut out = Vec::new();
    walk(value, "", &mut out);
    out
}

/// The value without what is at `place`.
pub fn without(value: &Value, place: &str) -> Value {
    let mut copy = value.clone();
    if let Some((parent, key)) = place.rsplit_once('/') {
        match copy.pointer_mut(parent) {
            Some(Value::Object(fields)) => {
                fields.remove(key);
            }
            Some(Value::Array(items)) => {
                items.clear();
            }
            _ => {}
        }
    }
    copy
}

/// The value with something else at `place`.
pub fn with(value: &Value, place: &str, other: Value) -> Value {
    let mut copy = value.clone();
    if let Some(slot) = copy.pointer_mut(place) {
        *slot = other;
    }
    copy
}

/// What is put in place of a good value.
pub fn spoilers() -> Vec<Value> {
    vec![
        Value::Null,
        json!(true),
        json!(-1),
        json!(0),
        json!(i64::MAX),
        json!(i64::MIN),
        json!(u64::MAX),
        json!(1.5),
        json!(""),
        json!("\u{202e}\u{feff}😀'\"; drop table account; --"),
        json!("x".repeat(20_000)),
        json!([]),
        json!([[[[]]]]),
        json!({}),
        json!({"a": {"b": {"c": [null, 1, "x"]}}}),
        json!("2026-13-45"),
        json!("HW99"),
    ]
}
