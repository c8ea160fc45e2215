//! The waybill as the API shows it.

use domain::manifest::{Waybill, WaybillGoods, WaybillPerson};
use domain::time::format_instant;
use serde::Serialize;
use utoipa::ToSchema;

/// A person on the waybill.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct WaybillPersonView {
    /// Name.
    pub name: String,
    /// Qualification.
    pub cert_no: String,
    /// Telephone.
    pub phone: String,
}

/// A line of goods.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct WaybillGoodsView {
    /// UN number.
    pub un_number: String,
    /// Proper shipping name.
    pub name: String,
    /// Class or division.
    pub class: String,
    /// Packing group.
    pub packing_group: String,
    /// Packaging.
    pub packaging: String,
    /// Packages.
    pub packages: i64,
    /// Grams.
    pub mass_g: i64,
    /// Waste code.
    pub waste_code: String,
    /// Carried under an exemption, not as dangerous goods.
    pub exempt: bool,
}

/// The dangerous-goods waybill of a leg.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct WaybillView {
    /// Number of the platform.
    pub number: String,
    /// Number of the manifest.
    pub manifest_number: String,
    /// Consignor (托运人).
    pub consignor: String,
    /// Its telephone.
    pub consignor_phone: String,
    /// Loader.
    pub loader: String,
    /// Its telephone.
    pub loader_phone: String,
    /// Consignee (收货人).
    pub consignee: String,
    /// Its telephone.
    pub consignee_phone: String,
    /// Departure.
    pub departed_at: Option<String>,
    /// Start.
    pub from: String,
    /// Destination.
    pub to: String,
    /// Urban delivery.
    pub urban: bool,
    /// Carrier.
    pub carrier: String,
    /// Its licence.
    pub carrier_licence_no: String,
    /// Its telephone.
    pub carrier_phone: String,
    /// Plate.
    pub plate: String,
    /// Colour of the plate.
    pub plate_colour: String,
    /// Transport certificate.
    pub transport_cert_no: String,
    /// Driver.
    pub driver: Option<WaybillPersonView>,
    /// Escort.
    pub escort: Option<WaybillPersonView>,
    /// Goods.
    pub goods: Vec<WaybillGoodsView>,
    /// Remarks.
    pub note: String,
}

impl From<WaybillPerson> for WaybillPersonView {
    fn from(p: WaybillPerson) -> Self {
        Self { name: p.name, cert_no: p.cert_no, phone: p.phone }
    }
}

impl From<WaybillGoods> for WaybillGoodsView {
    fn from(g: WaybillGoods) -> Self {
        Self {
            un_number: g.un_number,
            name: g.name,
            class: g.class,
            packing_group: g.packing_group,
            packaging: g.packaging,
            packages: g.packages,
            mass_g: g.mass_g,
            waste_code: g.waste_code,
            exempt: g.exempt,
        }
    }
}

impl From<Waybill> for WaybillView {
    fn from(w: Waybill) -> Self {
        Self {
            number: w.number,
            manifest_number: w.manifest_number,
            consignor: w.consignor,
            consignor_phone: w.consignor_phone,
            loader: w.loader,
            loader_phone: w.loader_phone,
            consignee: w.consignee,
            consignee_phone: w.consignee_phone,
            departed_at: w.departed_at.map(format_instant),
            from: w.from,
            to: w.to,
            urban: w.urban,
            carrier: w.carrier,
            carrier_licence_no: w.carrier_licence_no,
            carrier_phone: w.carrier_phone,
            plate: w.plate,
            plate_colour: w.plate_colour,
            transport_cert_no: w.transport_cert_no,
            driver: w.driver.map(Into::into),
            escort: w.escort.map(Into::into),
            goods: w.goods.into_iter().map(Into::into).collect(),
            note: w.note,
        }
    }
}
