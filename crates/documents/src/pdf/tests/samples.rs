//! Sample data for the tests: one ordinary set, and one of hostile strings.

use crate::pdf::{
    Attestation, ConsignorPart, ContainerLine, GoodsLine, HazardTrait, LabelData, LegPart, ManifestData,
    ManifestLine, ManifestNumber, Party, ReceiptLine, ReceiverPart, SignatureLine, WaybillData,
    WaybillPerson, WaybillVehicle,
};

pub(super) const CONTAINER: &str = "91320281MA1NQWAN0A9002490820261124001";
pub(super) const HASH: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

pub(super) fn label() -> LabelData {
    LabelData {
        name: "废矿物油".to_owned(),
        category: "HW08 废矿物油与含矿物油废物".to_owned(),
        code: "900-249-08".to_owned(),
        form: "液态".to_owned(),
        traits: vec![HazardTrait::T, HazardTrait::I],
        main_components: "矿物油、添加剂".to_owned(),
        hazardous_components: "石油烃、多环芳烃".to_owned(),
        precautions: "远离火源；防渗漏；不得与氧化剂同存".to_owned(),
        container_id: CONTAINER.to_owned(),
        producer: "江阴某某精密机械有限公司".to_owned(),
        contact: "王小明".to_owned(),
        phone: "0510-86000001".to_owned(),
        generated_on: "2026-11-24".to_owned(),
        mass_g: Some(180_500),
        remarks: "3 号车间".to_owned(),
        qr_payload: format!("https://wufei.example.gov.cn/q/{CONTAINER}"),
    }
}

/// Everything that tends to break a layout or a renderer.
pub(super) const NASTY: &[&str] = &[
    "#set page(width: 1cm) *bold* _it_ $x^2$ <label> [content] `raw` \\ // /* @ref = heading",
    "张㛃𫖮 吉𠮷 😀 \u{202E}esrever\u{202C} \u{0}\u{7}\u{1F} \u{200D}",
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    "{{ }} #{ } ${ } %s <script>alert(1)</script> \"quoted\" 'single' &amp;",
    "مرحبا שלום हिन्दी ไทย",
    "",
];

pub(super) fn nasty(seed: usize) -> String {
    NASTY[seed % NASTY.len()].to_owned()
}

pub(super) fn long_name() -> String {
    "江阴市特别长名称危险废物收集贮存利用处置及环境综合服务（集团）股份有限公司第一分公司临港新城固体废物中转贮存基地".repeat(8)
}

pub(super) fn nasty_label(seed: usize) -> LabelData {
    LabelData {
        name: nasty(seed),
        category: "HW49".to_owned(),
        code: "900-041-49".to_owned(),
        form: nasty(seed + 1),
        main_components: nasty(seed + 2),
        hazardous_components: nasty(seed + 3),
        precautions: nasty(seed + 4),
        producer: long_name(),
        contact: nasty(seed + 5),
        remarks: long_name(),
        ..label()
    }
}

pub(super) fn attestation(id: &str) -> Attestation {
    Attestation {
        qr_payload: format!("https://wufei.example.gov.cn/v/{id}?v=7&h={HASH}"),
        version: 7,
        content_hash: HASH.to_owned(),
        issued_at: "2026-11-24 13:47:34".to_owned(),
        rule_pack: "hw-transfer@2022-01".to_owned(),
        journal_position: Some(18_204),
        key_name: Some("wufei.example.gov.cn/jiangyin+8ac31f02".to_owned()),
    }
}

pub(super) fn manifest() -> ManifestData {
    let line = |name: &str, code: &str, count, mass_g| ManifestLine {
        waste_name: name.to_owned(),
        waste_code: code.to_owned(),
        traits: "T,I".to_owned(),
        form: "液态".to_owned(),
        components: "石油烃、多环芳烃".to_owned(),
        packaging: "铁桶 200 L".to_owned(),
        container_count: count,
        mass_g,
        method_code: Some("R9".to_owned()),
    };
    let receipt = |name: &str, code: &str, opinion: &str, mass_g| ReceiptLine {
        waste_name: name.to_owned(),
        waste_code: code.to_owned(),
        discrepancy: Some(opinion != "accept"),
        opinion: Some(opinion.to_owned()),
        method_code: Some("R9".to_owned()),
        mass_g: Some(mass_g),
        remark: (opinion != "accept").then(|| "1 桶包装破损，拒收退回".to_owned()),
    };
    let signature = |step: &str, organisation: &str, person: &str, at: &str, version| SignatureLine {
        step: step.to_owned(),
        organisation: organisation.to_owned(),
        agent: (step == "consignor").then(|| "江阴某某环保管家有限公司".to_owned()),
        person: person.to_owned(),
        method: "password+totp".to_owned(),
        signed_at: at.to_owned(),
        version,
        content_hash: HASH.to_owned(),
    };
    ManifestData {
        number: ManifestNumber::Official("20263202000123".to_owned()),
        status: "partially_refused".to_owned(),
        consignor: ConsignorPart {
            name: "江阴某某精密机械有限公司".to_owned(),
            credit_code: Some("91320281MA1NQWAN0A".to_owned()),
            emergency_phone: Some("0510-86000002".to_owned()),
            address: Some("江阴市华士镇工业园区创新路 18 号".to_owned()),
            handler: Some("王小明".to_owned()),
            phone: Some("0510-86000001".to_owned()),
            handed_over_at: Some("2026-11-24 09:30".to_owned()),
            receiver_name: Some("江阴某某环保科技有限公司".to_owned()),
        },
        lines: vec![
            line("废矿物油", "900-249-08", 12, 2_166_500),
            line("废乳化液（含油 5% 以下）", "900-006-09", 4, 812_345),
        ],
        legs: vec![LegPart {
            carrier: "江阴某某危险品运输有限公司".to_owned(),
            licence: Some("320281000123".to_owned()),
            address: Some("江阴市澄江街道滨江路 2 号".to_owned()),
            phone: Some("0510-86000003".to_owned()),
            driver: Some("李强".to_owned()),
            driver_phone: Some("13800000000".to_owned()),
            escort: Some("张㛃".to_owned()),
            vehicle_kind: Some("汽车".to_owned()),
            plate: Some("苏B12345（黄）".to_owned()),
            origin: Some("江阴市华士镇".to_owned()),
            departed_at: Some("2026-11-24 09:45".to_owned()),
            via: Some("芙蓉大道、海港大道".to_owned()),
            destination: Some("江阴市临港经济开发区".to_owned()),
            arrived_at: Some("2026-11-24 10:52".to_owned()),
        }],
        receiver: Some(ReceiverPart {
            name: "江阴某某环保科技有限公司".to_owned(),
            licence: Some("JS0281OOI001".to_owned()),
            address: Some("江阴市临港经济开发区环保路 6 号".to_owned()),
            handler: Some("赵敏".to_owned()),
            phone: Some("0510-86000004".to_owned()),
            accepted_at: Some("2026-11-24 11:20".to_owned()),
            lines: vec![
                receipt("废矿物油", "900-249-08", "partial", 1_986_000),
                receipt("废乳化液（含油 5% 以下）", "900-006-09", "accept", 812_300),
            ],
        }),
        containers: (1..=16)
            .map(|n| ContainerLine {
                line: if n <= 12 { 1 } else { 2 },
                container_id: format!("91320281MA1NQWAN0A9002490820261124{n:03}"),
                mass_g: 180_500 + n,
                received_g: Some(180_500),
                decision: Some(if n == 3 { "refuse" } else { "accept" }.to_owned()),
            })
            .collect(),
        signatures: vec![
            signature("consignor", "江阴某某精密机械有限公司", "王小明", "2026-11-24 09:28:03", 3),
            signature("carrier", "江阴某某危险品运输有限公司", "李强", "2026-11-24 09:44:51", 4),
            signature("receiver", "江阴某某环保科技有限公司", "赵敏", "2026-11-24 11:20:17", 7),
        ],
        remarks: Some("随车携带危险货物运单。".to_owned()),
        attestation: attestation("20263202000123"),
    }
}

/// A draft: nothing but part one, an internal number, no signatures.
pub(super) fn draft() -> ManifestData {
    ManifestData {
        number: ManifestNumber::Internal("WF-2026-000042".to_owned()),
        status: "draft".to_owned(),
        legs: Vec::new(),
        receiver: None,
        containers: Vec::new(),
        signatures: Vec::new(),
        remarks: None,
        consignor: ConsignorPart { handed_over_at: None, emergency_phone: None, ..manifest().consignor },
        attestation: Attestation { journal_position: None, key_name: None, ..attestation("WF-2026-000042") },
        ..manifest()
    }
}

pub(super) fn nasty_manifest(seed: usize) -> ManifestData {
    let some = |n: usize| Some(nasty(seed + n));
    let base = manifest();
    ManifestData {
        number: ManifestNumber::Internal(nasty(seed)),
        status: nasty(seed + 1),
        consignor: ConsignorPart {
            name: long_name(),
            credit_code: some(1),
            emergency_phone: some(2),
            address: Some(long_name()),
            handler: some(3),
            phone: some(4),
            handed_over_at: some(5),
            receiver_name: some(0),
        },
        lines: (0..30)
            .map(|n| ManifestLine {
                waste_name: nasty(seed + n),
                waste_code: nasty(seed + n + 1),
                traits: nasty(seed + n + 2),
                form: nasty(seed + n + 3),
                components: long_name(),
                packaging: nasty(seed + n + 4),
                container_count: i64::MAX,
                mass_g: i64::MAX,
                method_code: some(n),
            })
            .collect(),
        signatures: base
            .signatures
            .iter()
            .map(|s| SignatureLine {
                content_hash: "废".repeat(20),
                person: nasty(seed + 1),
                step: nasty(seed),
                ..s.clone()
            })
            .collect(),
        containers: vec![ContainerLine {
            line: -1,
            container_id: "é".repeat(37),
            mass_g: i64::MIN,
            received_g: None,
            decision: some(3),
        }],
        remarks: Some(long_name().repeat(4)),
        attestation: Attestation { content_hash: nasty(seed), ..base.attestation },
        ..base
    }
}

pub(super) fn waybill() -> WaybillData {
    let party = |name: &str| Party {
        name: name.to_owned(),
        phone: Some("0510-86000001".to_owned()),
        licence: Some("320281000123".to_owned()),
    };
    let person = |name: &str| WaybillPerson {
        name: name.to_owned(),
        certificate: Some("320281198001010011".to_owned()),
        phone: Some("13800000000".to_owned()),
    };
    WaybillData {
        number: "YD-20261124-0007".to_owned(),
        manifest_number: "20263202000123".to_owned(),
        manifest_official: true,
        consignor: party("江阴某某精密机械有限公司"),
        receiver: party("江阴某某环保科技有限公司"),
        loader: party("江阴某某精密机械有限公司"),
        carrier: party("江阴某某危险品运输有限公司"),
        departs_on: Some("2026-11-24".to_owned()),
        origin: Some("江阴市华士镇工业园区创新路 18 号".to_owned()),
        destination: Some("江阴市临港经济开发区环保路 6 号".to_owned()),
        urban_delivery: Some(false),
        vehicle: WaybillVehicle {
            plate: "苏B12345（黄）".to_owned(),
            certificate: Some("320281004567".to_owned()),
        },
        driver: person("李强"),
        escort: Some(person("张㛃")),
        goods: vec![GoodsLine {
            un_number: Some("UN 3082".to_owned()),
            name: "对环境有害的液态物质，未另作规定的（废矿物油）".to_owned(),
            waste_code: Some("900-249-08".to_owned()),
            exempt: false,
            class: Some("9".to_owned()),
            packing_group: Some("III".to_owned()),
            packaging: Some("铁桶 200 L".to_owned()),
            count: 12,
            mass_g: 2_166_500,
        }],
        dispatcher: Some("周静".to_owned()),
        dispatched_on: Some("2026-11-24".to_owned()),
        attestation: attestation("20263202000123"),
        ..WaybillData::default()
    }
}
