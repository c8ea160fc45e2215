//! The dangerous-goods waybill (危险货物运单, 交通运输部令 2019 第29号 第二十四条) filled from the manifest: one
//! typed once, both carried. Fields by FACTS 1.4. It never holds anything that the manifest does not.

use serde::{Deserialize, Serialize};

use super::document::{Crew, Manifest};

/// A person on the waybill.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaybillPerson {
    /// Name.
    pub name: String,
    /// 从业资格证.
    pub cert_no: String,
    /// Telephone.
    pub phone: String,
}

/// 货物行.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaybillGoods {
    /// UN 编号; empty when not determined.
    pub un_number: String,
    /// 正式运输名称; the waste's name when not determined.
    pub name: String,
    /// 类别(项).
    pub class: String,
    /// 包装类别.
    pub packing_group: String,
    /// 包装规格.
    pub packaging: String,
    /// Packages.
    pub packages: i64,
    /// Grams.
    pub mass_g: i64,
    /// Waste code, for the reader who holds both papers.
    pub waste_code: String,
    /// Transported under an exemption, not as dangerous goods.
    pub exempt: bool,
}

/// 运单 of one leg.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waybill {
    /// 运单编号 of the platform: the manifest's number with the leg.
    pub number: String,
    /// The manifest's official or demonstration number, else its internal one.
    pub manifest_number: String,
    /// 托运人 (Art. 31: the consignor of the manifest).
    pub consignor: String,
    /// Its telephone.
    pub consignor_phone: String,
    /// 装货人: who loads, the consignor.
    pub loader: String,
    /// Its telephone.
    pub loader_phone: String,
    /// 收货人.
    pub consignee: String,
    /// Its telephone; empty until the receiver filled its part.
    pub consignee_phone: String,
    /// 起运日期, UTC microseconds.
    pub departed_at: Option<i64>,
    /// 起运地.
    pub from: String,
    /// 目的地.
    pub to: String,
    /// Both in one prefecture: 城市配送.
    pub urban: bool,
    /// 承运人.
    pub carrier: String,
    /// 经营许可证号.
    pub carrier_licence_no: String,
    /// Its telephone.
    pub carrier_phone: String,
    /// 车牌号.
    pub plate: String,
    /// 车牌颜色.
    pub plate_colour: String,
    /// 道路运输证号.
    pub transport_cert_no: String,
    /// 驾驶员.
    pub driver: Option<WaybillPerson>,
    /// 押运员.
    pub escort: Option<WaybillPerson>,
    /// Goods.
    pub goods: Vec<WaybillGoods>,
    /// 备注.
    pub note: String,
}

/// The waybill of a leg; `None` when there is no such leg.
pub fn waybill(manifest: &Manifest, leg_index: usize) -> Option<Waybill> {
    let leg = manifest.legs.get(leg_index)?;
    let person = |crew: &Crew| WaybillPerson {
        name: crew.person_name.clone(),
        cert_no: crew.cert_no.clone(),
        phone: crew.phone.clone(),
    };
    let part = &manifest.consignor_part;
    let receiver = manifest.receiver_part.as_ref();
    let from_city = part.site.division_code.get(..4);
    Some(Waybill {
        number: format!("{}-{}", manifest.internal_number, leg.no),
        manifest_number: manifest
            .number
            .as_ref()
            .map_or(&manifest.internal_number, |number| &number.value)
            .clone(),
        consignor: manifest.consignor.name.clone(),
        consignor_phone: part.handler_phone.clone(),
        loader: manifest.consignor.name.clone(),
        loader_phone: part.handler_phone.clone(),
        consignee: manifest.receiver.name.clone(),
        consignee_phone: receiver.map(|part| part.handler_phone.clone()).unwrap_or_default(),
        departed_at: leg.departed_at,
        from: leg.from.clone(),
        to: leg.to.clone(),
        urban: from_city.is_some()
            && receiver.is_some_and(|part| part.site.division_code.get(..4) == from_city),
        carrier: leg.carrier.name.clone(),
        carrier_licence_no: leg.licence_no.clone(),
        carrier_phone: leg.carrier.phone.clone(),
        plate: leg.vehicle.as_ref().map(|v| v.plate.clone()).unwrap_or_default(),
        plate_colour: leg.vehicle.as_ref().map(|v| v.plate_colour.clone()).unwrap_or_default(),
        transport_cert_no: leg.vehicle.as_ref().map(|v| v.transport_cert_no.clone()).unwrap_or_default(),
        driver: leg.driver.as_ref().map(person),
        escort: leg.escort.as_ref().map(person),
        goods: part
            .lines
            .iter()
            .map(|line| {
                let known = line.dangerous_goods.clone().unwrap_or_default();
                WaybillGoods {
                    un_number: known.un_number,
                    name: if known.name.is_empty() { line.name.clone() } else { known.name },
                    class: known.class,
                    packing_group: known.packing_group,
                    packaging: line.packaging.clone(),
                    packages: line.containers,
                    mass_g: line.mass_g,
                    waste_code: line.waste_code.clone(),
                    exempt: line.exemption_id.is_some(),
                }
            })
            .collect(),
        note: part.note.clone(),
    })
}
