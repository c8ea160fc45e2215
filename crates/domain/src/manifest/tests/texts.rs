//! Every rule of this module has its text in both languages, and the file has no other rule.

use std::collections::BTreeSet;

use super::super::rules;

#[test]
fn every_rule_has_its_texts_and_every_text_its_rule() {
    let file: serde_json::Value =
        serde_json::from_str(include_str!("../../../../../data/rules/transfer.json")).expect("json");
    let texts = file.as_object().expect("object");
    // 8xx belong to the service, whose own test looks after them.
    let written: BTreeSet<&str> =
        texts.keys().map(String::as_str).filter(|id| !id.starts_with("HW-TR-8")).collect();
    assert_eq!(written, rules::ALL.iter().copied().collect());
    let citations: serde_json::Value =
        serde_json::from_str(include_str!("../../../../../data/citations.json")).expect("json");
    for (id, rule) in texts {
        for language in ["zh-CN", "en"] {
            for field in ["message", "remedy"] {
                let text = rule[language][field].as_str().unwrap_or_default();
                assert!(!text.trim().is_empty(), "{id} {language} {field}");
            }
        }
        for citation in rule["citations"].as_array().expect("list") {
            let known = citation.as_str().is_some_and(|c| citations.get(c).is_some());
            assert!(known, "{id} cites {citation}");
        }
    }
}
