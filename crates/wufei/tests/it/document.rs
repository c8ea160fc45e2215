//! The OpenAPI document is complete: every route with every status, resolvable schemas, unique ids.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::support::openapi;

fn operations(document: &Value) -> Vec<(String, String, &Value)> {
    document["paths"]
        .as_object()
        .expect("paths")
        .iter()
        .flat_map(|(path, item)| {
            item.as_object()
                .expect("item")
                .iter()
                .filter(|(m, _)| ["get", "put", "post", "delete", "patch"].contains(&m.as_str()))
                .map(|(m, o)| (m.to_uppercase(), path.clone(), o))
        })
        .collect()
}

#[test]
fn every_route_with_every_status() {
    let document = openapi();
    assert_eq!(document["openapi"], "3.1.0");
    let lines: Vec<String> = operations(&document)
        .iter()
        .map(|(method, path, o)| {
            let statuses: Vec<&str> =
                o["responses"].as_object().expect("responses").keys().map(String::as_str).collect();
            format!("{method} {path} {}", statuses.join(" "))
        })
        .collect();
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn every_operation_says_what_it_needs_and_answers() {
    let document = openapi();
    let mut ids = BTreeSet::new();
    for (method, path, o) in operations(&document) {
        let name = format!("{method} {path}");
        let id = o["operationId"].as_str().unwrap_or_else(|| panic!("{name} has no id"));
        assert!(ids.insert(id.to_owned()), "{id} is the id of two operations");
        assert!(o["summary"].as_str().is_some_and(|s| !s.is_empty()), "{name} has no summary");
        assert!(o["security"].is_array(), "{name} does not say whether it needs a session");
        let responses = o["responses"].as_object().expect("responses");
        assert!(responses.keys().any(|s| s.starts_with('2')), "{name} has no success");
        for (status, response) in responses {
            assert!(
                response["description"].as_str().is_some_and(|d| !d.is_empty()),
                "{name} {status}: no description"
            );
            if status.starts_with(['4', '5']) {
                let schema = &response["content"]["application/problem+json"]["schema"]["$ref"];
                assert_eq!(schema, "#/components/schemas/ProblemBody", "{name} {status}");
            }
        }
        let named: BTreeSet<&str> = o["parameters"]
            .as_array()
            .into_iter()
            .flatten()
            .filter(|p| p["in"] == "path")
            .filter_map(|p| p["name"].as_str())
            .collect();
        let wanted: BTreeSet<&str> =
            path.split('/').filter_map(|p| p.strip_prefix('{').and_then(|p| p.strip_suffix('}'))).collect();
        assert_eq!(named, wanted, "{name}: path parameters");
        if method != "GET" && responses.contains_key("201") | matches!(method.as_str(), "POST" | "PUT") {
            for status in ["403", "409", "422", "429"] {
                assert!(responses.contains_key(status), "{name} lacks {status}");
            }
        }
    }
}

#[test]
fn every_reference_resolves() {
    fn walk(value: &Value, document: &Value) {
        match value {
            Value::Object(fields) => {
                if let Some(reference) = fields.get("$ref").and_then(Value::as_str) {
                    assert!(
                        document.pointer(reference.trim_start_matches('#')).is_some(),
                        "{reference} is missing"
                    );
                }
                fields.values().for_each(|v| walk(v, document));
            }
            Value::Array(items) => items.iter().for_each(|v| walk(v, document)),
            _ => {}
        }
    }
    let document = openapi();
    walk(&document, &document);
}
