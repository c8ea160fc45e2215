//! Rules of single fields and between the fields of a row, without a database. Each case names its rule.

use serde_json::{Value, json};

use super::{entity, object};
use crate::registry::check;
use crate::registry::profile::profile;

fn found(register: &str, row: Value) -> Vec<String> {
    let city = profile("jiangyin").expect("the reference city");
    let (_, violations) = check::row(entity(register), &object(row), &city);
    violations.iter().map(|v| format!("{} {}", v.rule, v.path)).collect()
}

fn with(mut base: Value, changes: Value) -> Value {
    for (key, value) in object(changes) {
        base[key] = value;
    }
    base
}

#[track_caller]
fn refuses(register: &str, base: &Value, changes: Value, expected: &[&str]) {
    assert_eq!(found(register, with(base.clone(), changes.clone())), expected, "{changes}");
}

fn org() -> Value {
    json!({"name": "演示-甲", "kinds": ["enterprise"], "credit_code": "91320281MA1NQWAN0A", "division_code": "320281001"})
}

#[test]
fn a_good_row_is_written_in_canonical_form() {
    let city = profile("jiangyin").expect("the reference city");
    let input = with(org(), json!({"credit_code": " 91320281ma1nqwan0a ", "name": " 演示-甲 ", "note": ""}));
    let (row, violations) = check::row(entity("orgs"), &object(input), &city);
    assert!(violations.is_empty(), "{violations:?}");
    assert_eq!(row["credit_code"], "91320281MA1NQWAN0A");
    assert_eq!(row["name"], "演示-甲");
    assert_eq!(row["note"], Value::Null);
}

#[test]
fn organisations() {
    let o = org();
    refuses("orgs", &o, json!({"name": null}), &["REG-001 /name"]);
    refuses("orgs", &o, json!({"colour": "red"}), &["REG-002 /colour"]);
    refuses("orgs", &o, json!({"name": 7}), &["REG-003 /name"]);
    refuses("orgs", &o, json!({"name": "长".repeat(101)}), &["REG-004 /name"]);
    refuses("orgs", &o, json!({"name": "a\u{7}b"}), &["REG-010 /name"]);
    refuses("orgs", &o, json!({"kinds": []}), &["REG-001 /kinds"]);
    refuses("orgs", &o, json!({"kinds": ["enterprise", "pirate"]}), &["REG-005 /kinds/1"]);
    refuses("orgs", &o, json!({"kinds": ["carrier", "carrier"]}), &["REG-014 /kinds/1"]);
    refuses("orgs", &o, json!({"credit_code": "91320281MA1NQWAN0B"}), &["REQ-103 /credit_code"]);
    refuses("orgs", &o, json!({"credit_code": "9132"}), &["REQ-101 /credit_code"]);
    refuses("orgs", &o, json!({"credit_code": null}), &["REG-105 /credit_code"]);
    refuses("orgs", &o, json!({"credit_code": null, "kinds": ["department"]}), &[]);
    refuses("orgs", &o, json!({"division_code": "320282001"}), &["REG-104 /division_code"]);
    refuses("orgs", &o, json!({"industry_code": "33A0"}), &["REG-115 /industry_code"]);
    refuses("orgs", &o, json!({"contact_phone": "call me"}), &["REG-116 /contact_phone"]);
    refuses(
        "orgs",
        &o,
        json!({"dangerous_goods_valid_to": "2026-02-30"}),
        &["REQ-301 /dangerous_goods_valid_to"],
    );
}

#[test]
fn sites() {
    let s = json!({"org_id": "o", "name": "厂区", "division_code": "320281001"});
    refuses("sites", &s, json!({"longitude_e6": 120_300_000}), &["REG-108 /longitude_e6"]);
    refuses(
        "sites",
        &s,
        json!({"longitude_e6": 31_000_000, "latitude_e6": 120_000_000}),
        &["REG-009 /longitude_e6", "REG-009 /latitude_e6"],
    );
    refuses("sites", &s, json!({"longitude_e6": 120.3}), &["REG-003 /longitude_e6"]);
    refuses("sites", &s, json!({"longitude_e6": 18_446_744_073_709_551_615u64}), &["REG-009 /longitude_e6"]);
    refuses("sites", &s, json!({"management_tier": "huge"}), &["REG-005 /management_tier"]);
}

#[test]
fn facilities() {
    let f = json!({"site_id": "s", "code": "TS001", "name": "库", "kind": "storage", "facility_type": "warehouse", "capacity_g": 5_000_000});
    refuses("facilities", &f, json!({}), &[]);
    refuses("facilities", &f, json!({"code": "TS1"}), &["REQ-161 /code"]);
    refuses("facilities", &f, json!({"code": "MF0001"}), &["REG-106 /facility_type"]);
    refuses("facilities", &f, json!({"kind": "generating"}), &["REG-106 /facility_type"]);
    refuses(
        "facilities",
        &f,
        json!({"kind": "generating", "facility_type": "production", "code": "MF0001"}),
        &[],
    );
    refuses("facilities", &f, json!({"capacity_g": null}), &["REG-112 /capacity_g"]);
    refuses("facilities", &f, json!({"capacity_g": -1}), &["REG-009 /capacity_g"]);
    // GB 18597-2023, 8.3.5: a storage point holds at most three tonnes.
    refuses(
        "facilities",
        &f,
        json!({"facility_type": "point", "capacity_g": 3_000_001}),
        &["REG-107 /capacity_g"],
    );
    refuses("facilities", &f, json!({"facility_type": "point", "capacity_g": 3_000_000}), &[]);
    refuses("facilities", &f, json!({"accepts": ["HW17", "900-041-49"]}), &[]);
    refuses("facilities", &f, json!({"accepts": ["HW41"]}), &["REG-102 /accepts/0"]);
    refuses("facilities", &f, json!({"accepts": ["900-998-49"]}), &["REG-102 /accepts/0"]);
    refuses("facilities", &f, json!({"accepts": "HW17"}), &["REG-003 /accepts"]);
}

#[test]
fn licences() {
    let l = json!({"org_id": "o", "number": "N1", "kind": "comprehensive", "valid_from": "2024-07-01", "valid_to": "2029-06-30",
        "lines": [{"codes": ["HW17"], "yearly_quantity_g": 1_000_000, "methods": ["D9"]}]});
    refuses("licences", &l, json!({}), &[]);
    refuses("licences", &l, json!({"valid_to": "2024-06-30"}), &["REG-101 /valid_to"]);
    refuses("licences", &l, json!({"valid_to": "2029-07-02"}), &["REG-110 /valid_to"]);
    refuses("licences", &l, json!({"lines": []}), &["REG-001 /lines"]);
    refuses(
        "licences",
        &l,
        json!({"lines": [{"codes": [], "yearly_quantity_g": "1"}]}),
        &["REG-001 /lines/0/codes", "REG-003 /lines/0/yearly_quantity_g"],
    );
    let bad_method = json!({"lines": [{"codes": ["HW17"], "yearly_quantity_g": 1, "methods": ["R99"]}]});
    refuses("licences", &l, bad_method, &["REG-103 /lines/0/methods/0"]);
    let no_method = json!({"lines": [{"codes": ["HW17"], "yearly_quantity_g": 1}]});
    refuses("licences", &l, no_method, &["REG-113 /lines/0/methods"]);
    // A collection licence runs three years and names no method.
    refuses(
        "licences",
        &l,
        json!({"kind": "collection"}),
        &["REG-110 /valid_to", "REG-113 /lines/0/methods"],
    );
}

#[test]
fn vehicles_and_crew() {
    let v = json!({"org_id": "o", "plate": "苏BD9901", "plate_colour": "yellow", "transport_cert_no": "T", "valid_to": "2027-01-01", "load_g": 1});
    refuses("vehicles", &v, json!({}), &[]);
    refuses("vehicles", &v, json!({"plate": "苏B123"}), &["REQ-131 /plate"]);
    refuses("vehicles", &v, json!({"plate_colour": "green"}), &["REQ-132 /plate_colour"]);
    refuses("vehicles", &v, json!({"plate_colour": "pink"}), &["REQ-132 /plate_colour"]);
    let c = super::crew_row("o", "C1");
    refuses("crew", &c, json!({}), &[]);
    refuses(
        "crew",
        &c,
        json!({"duty": "captain", "valid_to": null}),
        &["REG-005 /duty", "REG-001 /valid_to"],
    );
}

#[test]
fn plans_and_approvals() {
    let line = json!({"waste_code": "900-041-49", "expected_generation_g": 1, "transfer_quota_g": 1});
    let p = json!({"site_id": "s", "year": 2026, "status": "draft", "lines": [line]});
    refuses("plans", &p, json!({}), &[]);
    refuses("plans", &p, json!({"status": "filed"}), &["REG-109 /filing_no", "REG-109 /filed_on"]);
    refuses("plans", &p, json!({"lines": [line, line]}), &["REG-014 /lines/1/waste_code"]);
    refuses("plans", &p, json!({"lines": [line, 7]}), &["REG-003 /lines/1"]);
    refuses("plans", &p, json!({"year": 26}), &["REG-009 /year"]);
    let a = json!({"consignor_org_id": "a", "receiver_org_id": "b", "number": "N", "approved_by": "演示省厅",
        "valid_from": "2026-01-10", "valid_to": "2027-01-09", "lines": [{"waste_code": "900-041-49", "quantity_g": 1}]});
    refuses("approvals", &a, json!({}), &[]);
    refuses("approvals", &a, json!({"receiver_org_id": "a"}), &["REG-111 /receiver_org_id"]);
    // Transfer measures, Art. 27: an approval is valid for twelve months.
    refuses("approvals", &a, json!({"valid_to": "2027-01-11"}), &["REG-114 /valid_to"]);
}
