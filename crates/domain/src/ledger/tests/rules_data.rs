//! Every rule id of the base types and of the ledger has its words, in both languages, and no words are left
//! over; the code tables in `data/` fit the types.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use crate::catalogue::ExemptionRule;
use crate::ledger::{Incompatibility, Table, rules};

fn read(path: &str) -> serde_json::Value {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../data").join(path);
    let text = std::fs::read_to_string(&file).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
    serde_json::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", file.display()))
}

fn keys(value: &serde_json::Value) -> BTreeSet<String> {
    value.as_object().map(|o| o.keys().cloned().collect()).unwrap_or_default()
}

#[test]
fn every_rule_has_its_words() {
    let code: BTreeSet<String> =
        [crate::codes::rules::ALL, crate::quantity::rules::ALL, crate::time::rules::ALL]
            .concat()
            .into_iter()
            .map(str::to_owned)
            .collect();
    assert_eq!(keys(&read("rules/common.json")), code);
    let ledger: BTreeSet<String> = rules::ALL.iter().map(|id| (*id).to_owned()).collect();
    assert_eq!(keys(&read("rules/ledger.json")), ledger);
    for file in ["rules/common.json", "rules/ledger.json"] {
        for (id, entry) in read(file).as_object().expect("object") {
            for (lang, part) in
                [("zh-CN", "message"), ("zh-CN", "remedy"), ("en", "message"), ("en", "remedy")]
            {
                let text = entry[lang][part].as_str().unwrap_or_default();
                assert!(!text.is_empty(), "{id} lacks {lang} {part}");
            }
        }
    }
}

#[test]
fn every_register_column_has_its_heading() {
    let texts = read("texts/registers.json");
    for table in Table::ALL {
        assert!(!texts["tables"][table.as_str()]["zh-CN"].is_null(), "{table}");
        for column in table.columns() {
            assert!(!texts["columns"][column.as_str()]["en"].is_null(), "{column}");
        }
    }
}

#[test]
fn the_code_tables_fit_the_types() {
    let list = read("codes/exemptions_2021.json");
    let rules: Vec<ExemptionRule> = serde_json::from_value(list["rules"].clone()).expect("exemptions");
    assert_eq!(rules.iter().map(|r| r.no).collect::<BTreeSet<_>>().len(), 32);
    let table: Incompatibility =
        serde_json::from_value(read("codes/incompatibility.json")).expect("incompatibility");
    assert!(
        table.between("900-300-34".parse().expect("valid"), "900-027-33".parse().expect("valid")).is_some()
    );
    let options = read("codes/options.json");
    let listed = |name: &str| -> BTreeSet<String> {
        let items = options["lists"][name]["items"].as_array().cloned().unwrap_or_default();
        items.iter().filter_map(|i| i["code"].as_str().map(str::to_owned)).collect()
    };
    let words = |all: Vec<&str>| all.into_iter().map(str::to_owned).collect::<BTreeSet<_>>();
    assert_eq!(listed("forms"), words(crate::codes::WasteForm::ALL.iter().map(|f| f.as_str()).collect()));
    assert_eq!(
        listed("packagings"),
        words(crate::codes::ContainerKind::ALL.iter().map(|f| f.as_str()).collect())
    );
    let csv = include_str!("../../../../../data/codes/hazardous_waste_2021.csv");
    let mut codes: BTreeMap<String, usize> = BTreeMap::new();
    for word in csv
        .split(',')
        .filter(|w| w.len() == 10 && w.as_bytes().get(3) == Some(&b'-') && w.as_bytes().get(7) == Some(&b'-'))
    {
        if let Ok(code) = word.parse::<crate::codes::WasteCode>() {
            *codes.entry(code.to_string()).or_default() += 1;
        }
    }
    assert_eq!(codes.len(), 467, "every code of the catalogue parses");
}
