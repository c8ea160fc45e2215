use std::fmt::Display;
use std::str::FromStr;

use jiff::civil::date;
use proptest::prelude::*;

use super::*;
use crate::problem::ParseError;

fn rule_of<T: FromStr<Err = ParseError>>(text: &str) -> Option<&'static str> {
    text.parse::<T>().err().map(|e| e.rule)
}

fn shows<T: FromStr<Err = ParseError> + Display>(text: &str) -> String {
    text.parse::<T>().map_or_else(|e| e.to_string(), |v| v.to_string())
}

#[test]
fn req_101_103_credit_codes_of_gb_32100() {
    for good in [
        "91110000600037341L",
        "91130200699229617X",
        "911302307808371268",
        "91320281MA1NQWAN0A",
        "91320281MA1XABCD5N",
        "91320281142243508K",
        "12320281466416280R",
    ] {
        assert_eq!(shows::<CreditCode>(good), good);
    }
    assert_eq!(shows::<CreditCode>(" 91320281ma1nqwan0a "), "91320281MA1NQWAN0A");
    assert_eq!(shows::<CreditCode>("９１３２０２８１MA1NQWAN0A"), "91320281MA1NQWAN0A");
    // One character off, two neighbours swapped, and forbidden letters.
    assert_eq!(rule_of::<CreditCode>("91320281MA1NQWAN0B"), Some(rules::CREDIT_CHECK));
    assert_eq!(rule_of::<CreditCode>("91320281AM1NQWAN0A"), Some(rules::CREDIT_CHECK));
    assert_eq!(rule_of::<CreditCode>("91320281MA1NQWAN0"), Some(rules::CREDIT_LENGTH));
    assert_eq!(rule_of::<CreditCode>("91320281MA1NQWANOA"), Some(rules::CREDIT_CHARACTER));
    assert_eq!(rule_of::<CreditCode>("9132O281MA1NQWAN0A"), Some(rules::CREDIT_CHARACTER));
    assert_eq!(rule_of::<CreditCode>("9132028AMA1NQWAN0A"), Some(rules::CREDIT_CHARACTER));
    assert_eq!(rule_of::<CreditCode>("江苏省无锡市江阴市某某某某某某某某某"), Some(rules::CREDIT_CHARACTER));
    assert_eq!("91320281MA1NQWAN0A".parse::<CreditCode>().expect("valid").division(), "320281");
}

#[test]
fn req_111_113_waste_codes() {
    for same in [
        "900-041-49",
        "90004149",
        "HW49 900-041-49",
        "hw49 900–041–49",
        "HW49其他废物 900-041-49",
        "９００-041-49",
    ] {
        assert_eq!(shows::<WasteCode>(same), "900-041-49", "{same}");
    }
    assert_eq!("900-041-49".parse::<WasteCode>().map(|c| c.category().to_string()), Ok("HW49".into()));
    assert_eq!("900-000-06".parse::<WasteCode>().map(|c| c.is_by_identification()), Ok(true));
    assert_eq!(rule_of::<WasteCode>("900-041-4"), Some(rules::WASTE_SHAPE));
    assert_eq!(rule_of::<WasteCode>("900-041-S17"), Some(rules::WASTE_SHAPE));
    assert_eq!(rule_of::<WasteCode>("HW"), Some(rules::WASTE_SHAPE));
    assert_eq!(rule_of::<WasteCode>("900-041-42"), Some(rules::WASTE_CATEGORY));
    assert_eq!(rule_of::<WasteCode>("900-041-00"), Some(rules::WASTE_CATEGORY));
    assert_eq!(rule_of::<WasteCode>("HW08 900-041-49"), Some(rules::WASTE_CATEGORY_MISMATCH));
    assert_eq!(rule_of::<WasteCategory>("HW44"), Some(rules::WASTE_CATEGORY));
}

#[test]
fn req_114_traits_are_sets() {
    assert_eq!(shows::<Traits>("T/C/I/R/In"), "T,C,I,R,In");
    assert_eq!(shows::<Traits>("r,t"), "T,R");
    assert_eq!(shows::<Traits>(""), "");
    assert_eq!(rule_of::<Traits>("T,X"), Some(rules::TRAIT));
}

#[test]
fn req_121_divisions() {
    let town: DivisionCode = "320281107".parse().expect("valid");
    let village: DivisionCode = "320281107201".parse().expect("valid");
    let county: DivisionCode = "320281000000".parse().expect("valid");
    assert_eq!((county.as_str(), county.level()), ("320281", DivisionLevel::County));
    assert_eq!(village.parent().as_ref(), Some(&town));
    assert_eq!(county.parent().map(|c| c.to_string()), Some("320200".into()));
    assert!(county.contains(&village) && town.contains(&village) && !town.contains(&county));
    assert!("320200".parse::<DivisionCode>().expect("valid").contains(&county));
    for bad in ["", "32028", "32028110", "abcdef", "032028"] {
        assert_eq!(rule_of::<DivisionCode>(bad), Some(rules::DIVISION), "{bad}");
    }
}

#[test]
fn req_131_132_plates() {
    for good in ["苏B12345", "苏BD12345", "苏B12345D", "苏B1234挂", "苏BA123B"] {
        assert_eq!(shows::<PlateNumber>(good), good);
    }
    assert_eq!(shows::<PlateNumber>("苏b·12345"), "苏B12345");
    for bad in ["", "B12345", "苏B1234", "苏B1234I", "苏B123456", "苏BDI2345", "龙B12345", "苏B12345挂"]
    {
        assert_eq!(rule_of::<PlateNumber>(bad), Some(rules::PLATE), "{bad}");
    }
    let plain: PlateNumber = "苏B12345".parse().expect("valid");
    let electric: PlateNumber = "苏BD12345".parse().expect("valid");
    assert!(
        plain.check_colour(PlateColour::Yellow).is_ok() && electric.check_colour(PlateColour::Green).is_ok()
    );
    assert!(
        plain.check_colour(PlateColour::Green).is_err() && electric.check_colour(PlateColour::Blue).is_err()
    );
    assert_eq!("2".parse(), Ok(PlateColour::Yellow));
}

#[test]
fn req_141_batch_codes_take_the_longest_prefix() {
    let kind = |text: &str| text.parse::<BatchCode>().map(BatchCode::kind);
    assert_eq!(kind("HWCS20211031001"), Ok(BatchKind::Generation));
    assert_eq!(kind("HWCK20211031001"), Ok(BatchKind::StoreOut));
    assert_eq!(kind("HWCKLY20211031001"), Ok(BatchKind::ExportUse));
    assert_eq!(kind("HWCKCZ20211031001"), Ok(BatchKind::ExportDisposal));
    assert_eq!(kind("HWZXLY20211031001"), Ok(BatchKind::SelfUse));
    for bad in
        ["HWXX20211031001", "HWCS20211301001", "HWCS20211031000", "HWCS2021103101", "HWCS202110310011", "HW"]
    {
        assert_eq!(rule_of::<BatchCode>(bad), Some(rules::BATCH), "{bad}");
    }
    assert_eq!(
        BatchCode::new(BatchKind::Generation, date(2026, 1, 2), 1000).map_err(|e| e.rule),
        Err(rules::BATCH_EXHAUSTED)
    );
}

#[test]
fn req_151_152_container_codes() {
    let text = "91320281MA1NQWAN0A9000414920261124001";
    let id: ContainerId = text.parse().expect("valid");
    assert_eq!((id.to_string().as_str(), text.len()), (text, ContainerId::LENGTH));
    assert_eq!(id.grouped(), "91320281MA1NQWAN0A 90004149 20261124 001");
    assert_eq!(id.grouped().parse(), Ok(id));
    assert_eq!(rule_of::<ContainerId>(&text[..36]), Some(rules::CONTAINER_SHAPE));
    let segment =
        |bad: &str| bad.parse::<ContainerId>().err().and_then(|e| e.params.last().map(|p| p.1.clone()));
    assert_eq!(segment("91320281MA1NQWAN0B9000414920261124001").as_deref(), Some("1"));
    assert_eq!(segment("91320281MA1NQWAN0A9000414320261124001").as_deref(), Some("2"));
    assert_eq!(segment("91320281MA1NQWAN0A9000414920261324001").as_deref(), Some("3"));
    assert_eq!(segment("91320281MA1NQWAN0A9000414920261124000").as_deref(), Some("4"));
}

#[test]
fn req_161_171_181_191_short_codes() {
    assert_eq!(shows::<FacilityCode>("ts001"), "TS001");
    assert_eq!(shows::<FacilityCode>("MF0001"), "MF0001");
    for bad in ["TS01", "MF001", "XX001", "TS000", "TS0001", ""] {
        assert_eq!(rule_of::<FacilityCode>(bad), Some(rules::FACILITY), "{bad}");
    }
    let number: ManifestNumber = "20253202000001".parse().expect("valid");
    assert_eq!((number.year(), number.province(), number.city(), number.serial()), (2025, 32, 2, 1));
    for bad in ["2025320200000", "20253202000000", "20250002000001", "2025320200000a"] {
        assert_eq!(rule_of::<ManifestNumber>(bad), Some(rules::MANIFEST_NUMBER), "{bad}");
    }
    assert_eq!("R15".parse::<MethodCode>().map(MethodCode::kind_by_letter), Ok(Some(MethodKind::Use)));
    for bad in ["", "R", "E1", "R01", "R100", "10R"] {
        assert_eq!(rule_of::<MethodCode>(bad), Some(rules::METHOD), "{bad}");
    }
    assert_eq!(rule_of::<WasteForm>("plasma"), Some(rules::CHOICE));
    assert_eq!(shows::<StorageKind>("tank_area"), "tank_area");
}

/// Reads back what it wrote, through text and through JSON.
fn round_trip<T>(value: &T)
where
    T: FromStr<Err = ParseError>
        + Display
        + PartialEq
        + std::fmt::Debug
        + serde::Serialize
        + serde::de::DeserializeOwned,
{
    assert_eq!(value.to_string().parse::<T>().as_ref(), Ok(value));
    let json = serde_json::to_string(value).expect("serialises");
    assert_eq!(&serde_json::from_str::<T>(&json).expect("deserialises"), value);
}

fn credit_code() -> impl Strategy<Value = CreditCode> {
    "[0-9A-HJ-NPQRTUWXY]{2}[0-9]{6}[0-9A-HJ-NPQRTUWXY]{9}".prop_filter_map("alphabet", |body| {
        format!("{body}{}", CreditCode::check_character(&body)?).parse().ok()
    })
}

fn waste_code() -> impl Strategy<Value = WasteCode> {
    "[0-9]{6}(0[1-9]|[123][0-9]|40|4[5-9]|50)".prop_filter_map("category", |text| text.parse().ok())
}

proptest! {
    #[test]
    fn codes_read_back(
        unit in credit_code(),
        waste in waste_code(),
        (year, month, day) in (2000_i16..2100, 1_i8..=12, 1_i8..=28),
        serial in 1_u16..=999,
        kind in 0_usize..9,
        wide in 1_u32..=999_999,
        traits in proptest::sample::subsequence(Trait::ALL.to_vec(), 0..=5),
    ) {
        let day = date(year, month, day);
        round_trip(&unit);
        round_trip(&waste);
        round_trip(&waste.category());
        round_trip(&BatchCode::new(BatchKind::ALL[kind], day, serial).expect("in range"));
        round_trip(&ContainerId::new(unit, waste, day, serial).expect("in range"));
        round_trip(&ManifestNumber::new(year, 32, 2, wide).expect("in range"));
        round_trip(&traits.into_iter().collect::<Traits>());
    }

    #[test]
    fn one_wrong_character_never_passes(unit in credit_code(), position in 0_usize..18, other in "[0-9A-HJ-NPQRTUWXY]") {
        let text = unit.to_string();
        let changed = format!("{}{other}{}", &text[..position], &text[position + 1..]);
        prop_assume!(changed != text);
        prop_assert!(changed.parse::<CreditCode>().is_err());
    }

    #[test]
    fn no_text_panics(text in "\\PC*") {
        let _ = (text.parse::<CreditCode>(), text.parse::<WasteCode>(), text.parse::<Traits>());
        let _ = (text.parse::<DivisionCode>(), text.parse::<PlateNumber>(), text.parse::<BatchCode>());
        let _ = (text.parse::<ContainerId>(), text.parse::<FacilityCode>(), text.parse::<ManifestNumber>());
        let _ = (text.parse::<MethodCode>(), text.parse::<WasteForm>(), text.parse::<PlateColour>());
    }

    #[test]
    fn digit_texts_never_panic(text in "(HW)?[0-9A-Z一二-]{0,40}") {
        let _ = (text.parse::<WasteCode>(), text.parse::<BatchCode>(), text.parse::<ContainerId>());
        let _ = (text.parse::<DivisionCode>(), text.parse::<PlateNumber>(), text.parse::<ManifestNumber>());
    }
}
