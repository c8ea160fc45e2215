//! The result sheet of a roadside check.

use serde_json::json;

use super::samples::{CONTAINER, nasty};
use super::{CREATED, keep, page_text, texts};
use crate::pdf::engine::{Template, layout};
use crate::pdf::{CheckContainer, CheckData, CheckManifest, CheckPaper, CheckVehicle, check};

fn data() -> CheckData {
    CheckData {
        number: "C-20261124-0003".to_owned(),
        checked_at: "2026-11-24 13:47:34".to_owned(),
        issued_at: "2026-11-24 14:00:00".to_owned(),
        inspector: "周静".to_owned(),
        organisation: "江阴市某某局".to_owned(),
        place: Some("31.912500, 120.281500 (±12 m)".to_owned()),
        kind: "plate".to_owned(),
        value: "苏B12345".to_owned(),
        purpose: "路面检查危险废物运输车辆".to_owned(),
        found: true,
        vehicle: Some(CheckVehicle {
            plate: "苏B12345（黄色）".to_owned(), carrier: "某某运输".to_owned()
        }),
        manifests: vec![CheckManifest {
            number: "20263202990001".to_owned(),
            official: false,
            status: "运输中".to_owned(),
            consignor: "澄江第一电镀厂".to_owned(),
            receiver: "申港物化处理厂".to_owned(),
            waste: "336-054-17".to_owned(),
            containers: 2,
            mass_g: 1_901_000,
        }],
        container: None,
        papers: vec![CheckPaper {
            kind: "driver".to_owned(),
            holder: "李**".to_owned(),
            number: Some("****0011".to_owned()),
            valid_to: Some("2027-05-01".to_owned()),
            validity: "yes".to_owned(),
        }],
        code: Some("valid".to_owned()),
        journal_position: 18_204,
    }
}

fn words_of(data: &CheckData, lang: &str) -> String {
    let input = json!({"data": data, "texts": texts(lang).check});
    page_text(&layout(Template::Check, input, vec![]).expect("layout"), 0)
}

#[test]
fn the_sheet_says_number_and_result() {
    for lang in ["zh", "en"] {
        let words = texts(lang).check;
        // Lines may break at spaces and hyphens.
        let squeeze = |text: &str| text.replace([' ', '-', '\u{2010}', '\u{AD}', '\u{200B}'], "");
        let found = squeeze(&words_of(&data(), lang));
        for text in ["C-20261124-0003", "20263202990001", "1.901", &words.result_found, &words.not_official] {
            assert!(found.contains(&squeeze(text)), "{lang}: {text} is missing in {found}");
        }
        let nothing = CheckData {
            found: false,
            vehicle: None,
            manifests: vec![],
            papers: vec![],
            code: None,
            place: None,
            ..data()
        };
        let none = squeeze(&words_of(&nothing, lang));
        for text in ["C-20261124-0003", &words.result_none, &words.no_manifest, &words.no_vehicle] {
            assert!(none.contains(&squeeze(text)), "{lang}: {text} is missing in {none}");
        }
        let pdf = check(&nothing, &words, CREATED).expect("sheet");
        assert!(pdf.bytes.starts_with(b"%PDF"));
        assert_eq!(pdf.pages, 1, "{lang}");
        keep(&format!("check-none-{lang}"), &pdf);
        let pdf = check(&data(), &words, CREATED).expect("sheet");
        assert_eq!(pdf.pages, 1, "{lang}");
        keep(&format!("check-{lang}"), &pdf);
    }
}

#[test]
fn hostile_strings_are_only_text() {
    for seed in 0..6 {
        let data = CheckData {
            value: nasty(seed),
            purpose: nasty(seed + 1),
            inspector: nasty(seed + 2),
            kind: nasty(seed + 3),
            code: Some(nasty(seed + 4)),
            container: Some(CheckContainer {
                id: if seed == 0 { CONTAINER.to_owned() } else { nasty(seed) },
                waste: nasty(seed + 1),
                holder: nasty(seed + 2),
            }),
            ..data()
        };
        check(&data, &texts("zh").check, CREATED).expect("sheet");
    }
}
