//! The shipped texts, read as a person would.

use super::*;
use crate::monitoring::rules::tests::shipped;
use crate::monitoring::subjects::SubjectKind;

fn words() -> Words {
    Words::load(include_str!("../../../../../data/warnings/facts.json")).unwrap()
}

#[test]
fn every_fact_and_unit_has_its_words() {
    for subject in SubjectKind::ALL {
        for fact in subject.schema().facts() {
            for lang in ["zh-CN", "en"] {
                assert!(words().covers(&fact.label, &fact.unit, lang), "{subject} {} {lang}", fact.name);
            }
        }
    }
    for rule in shipped().rules() {
        for (name, param) in &rule.source().params {
            for lang in ["zh-CN", "en"] {
                assert!(find(&words().units, &param.unit, lang).is_some(), "{} {name} {lang}", rule.id());
            }
        }
    }
}

#[test]
fn sentences_carry_values_with_units() {
    let pack = shipped();
    let stop = pack.rule("MON-STOP").unwrap();
    let facts = Facts::new().with("stopped_minutes", 42_i64).with("distance_to_receiver_m", 12_340_i64);
    let said = words().explanation(stop, &facts, "en");
    assert!(said.contains("stood for 42 min") && said.contains("12.3 km from"), "{said}");
    assert!(words().condition(stop, "en").contains("stands for 30 min or longer"));
    let weight = pack.rule("MON-WEIGHT").unwrap();
    let facts = Facts::new()
        .with("sent_g", 1_234_560_i64)
        .with("received_g", 1_180_000_i64)
        .with("difference_g", -54_560_i64)
        .with("difference_permille", Value::decimal(-44_194, 3));
    let said = words().explanation(weight, &facts, "en");
    assert!(
        said.starts_with("1.235 t were sent and 1.18 t received: a difference of -54.6 kg (-44.2‰)"),
        "{said}"
    );
    assert!(said.contains("tolerance of not known"), "a fact that is not known reads so: {said}");
}

#[test]
fn the_table_shows_known_facts_in_order() {
    let pack = shipped();
    let facts = Facts::new()
        .with("speed_kmh", Value::decimal(56, 1))
        .with("departed", true)
        .with("stopped_minutes", 3_i64);
    let rows = words().table(pack.rule("MON-STOP").unwrap(), &facts, "en");
    let said: Vec<_> = rows.iter().map(|r| (r.name.as_str(), r.value.as_str(), r.unit.as_str())).collect();
    assert_eq!(
        said,
        [("departed", "yes", ""), ("stopped_minutes", "3", "min"), ("speed_kmh", "5.6", "km/h")]
    );
}
