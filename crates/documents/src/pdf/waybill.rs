//! The dangerous-goods waybill (危险货物运单) that travels with the manifest, as one A4 form. Its fields follow
//! the transport ministry's measures of 2019; the layout is ours. It must never carry a number that no
//! authority gave without saying so.

use serde::Serialize;
use serde_json::json;

use super::engine::{self, Template};
use super::manifest::Attestation;
use super::texts::WaybillTexts;
use super::{Pdf, PdfError, mass, qr};

const MAX_GOODS: usize = 200;

/// What stands on a waybill.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct WaybillData {
    /// Number of the waybill.
    pub number: String,
    /// Number of the manifest that it belongs to.
    pub manifest_number: String,
    /// Whether that number is officially assigned; otherwise the waybill says that it is not.
    pub manifest_official: bool,
    /// Consignor (托运人).
    pub consignor: Party,
    /// Receiver (收货人).
    pub receiver: Party,
    /// Loader (装货人).
    pub loader: Party,
    /// Carrier (承运人); `licence` is its operating licence.
    pub carrier: Party,
    /// Date of departure.
    pub departs_on: Option<String>,
    /// Place of departure.
    pub origin: Option<String>,
    /// Destination.
    pub destination: Option<String>,
    /// Whether it is an urban delivery.
    pub urban_delivery: Option<bool>,
    /// Tractor or lorry.
    pub vehicle: WaybillVehicle,
    /// Trailer.
    pub trailer: Option<WaybillVehicle>,
    /// Number of the tank.
    pub tank_number: Option<String>,
    /// Volume of the tank, as words, e.g. `12 m³`.
    pub tank_volume: Option<String>,
    /// Driver.
    pub driver: WaybillPerson,
    /// Escort.
    pub escort: Option<WaybillPerson>,
    /// Goods.
    pub goods: Vec<GoodsLine>,
    /// Remarks.
    pub remarks: Option<String>,
    /// Dispatcher.
    pub dispatcher: Option<String>,
    /// Date of dispatch.
    pub dispatched_on: Option<String>,
    /// What the document attests.
    pub attestation: Attestation,
}

/// An organisation on a waybill.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Party {
    /// Name.
    pub name: String,
    /// Telephone.
    pub phone: Option<String>,
    /// Licence (carrier only).
    pub licence: Option<String>,
}

/// A vehicle on a waybill.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct WaybillVehicle {
    /// Plate with its colour, as words.
    pub plate: String,
    /// Number of the road-transport certificate.
    pub certificate: Option<String>,
}

/// A driver or escort.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct WaybillPerson {
    /// Name.
    pub name: String,
    /// Number of the qualification certificate.
    pub certificate: Option<String>,
    /// Telephone.
    pub phone: Option<String>,
}

/// A line of goods.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct GoodsLine {
    /// UN number, e.g. `UN 3082`.
    pub un_number: Option<String>,
    /// Proper shipping name.
    pub name: String,
    /// Waste code, for the reader who holds both papers.
    pub waste_code: Option<String>,
    /// Carried under an exemption, not as dangerous goods.
    pub exempt: bool,
    /// Class and division.
    pub class: Option<String>,
    /// Packing group.
    pub packing_group: Option<String>,
    /// Packaging, as words.
    pub packaging: Option<String>,
    /// Number of packages.
    pub count: i64,
    /// Mass in grams.
    #[serde(rename = "mass", serialize_with = "mass::as_tonnes")]
    pub mass_g: i64,
}

/// The waybill as PDF. `created_at` is UTC microseconds.
pub fn waybill(data: &WaybillData, texts: &WaybillTexts, created_at: i64) -> Result<Pdf, PdfError> {
    if data.goods.len() > MAX_GOODS {
        return Err(PdfError::TooMany { what: "lines", count: data.goods.len(), allowed: MAX_GOODS });
    }
    let input = json!({
        "data": data,
        "texts": texts,
        "total_mass": mass::tonnes_sum(data.goods.iter().map(|l| l.mass_g)),
        "total_count": data.goods.iter().map(|l| i128::from(l.count)).sum::<i128>().to_string(),
    });
    let code = qr::svg(&data.attestation.qr_payload)?;
    engine::make(Template::Waybill, input, vec![("qr", json!(code))], created_at)
}
