//! The waybill.

use super::samples::{nasty, waybill};
use super::{CREATED, keep, texts};
use crate::pdf::{WaybillData, WaybillVehicle, waybill as make};

#[test]
fn one_page_in_both_languages_and_stable() {
    for lang in ["zh", "en"] {
        let pdf = make(&waybill(), &texts(lang).waybill, CREATED).expect("waybill");
        keep(&format!("waybill-{lang}"), &pdf);
        assert_eq!(pdf.pages, 1, "{lang}");
        assert_eq!(pdf.bytes, make(&waybill(), &texts(lang).waybill, CREATED).expect("waybill").bytes);
    }
}

#[test]
fn optional_parts_and_hostile_strings() {
    for seed in 0..6 {
        let mut data = WaybillData {
            trailer: Some(WaybillVehicle { plate: nasty(seed), certificate: Some(nasty(seed + 1)) }),
            tank_number: Some(nasty(seed + 2)),
            tank_volume: Some(nasty(seed + 3)),
            remarks: Some(nasty(seed + 4)),
            escort: None,
            manifest_official: false,
            number: nasty(seed),
            ..waybill()
        };
        data.goods[0].name = nasty(seed + 1);
        data.goods[0].exempt = true;
        data.consignor.name = nasty(seed + 2);
        make(&data, &texts("zh").waybill, CREATED).expect("waybill");
    }
}
