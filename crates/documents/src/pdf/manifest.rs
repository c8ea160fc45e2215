//! The transfer manifest (危险废物转移联单) as an A4 form: consignor, legs of transport, receiver, containers,
//! signatures, and what the document attests. It prints the document at the moment of issue; it must never
//! claim a live status, and an internal number is always marked as not official.

use serde::Serialize;
use serde_json::json;

use super::engine::{self, Template};
use super::texts::ManifestTexts;
use super::{Pdf, PdfError, mass, qr};

/// Upper bounds, so that absurd input cannot stall the layout.
const MAX_LINES: usize = 500;
const MAX_CONTAINERS: usize = 5_000;
const MAX_LEGS: usize = 50;
const MAX_SIGNATURES: usize = 200;

/// The number of a manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "kind", content = "value")]
pub enum ManifestNumber {
    /// Assigned by the national or provincial system: 14 digits.
    Official(String),
    /// From a demonstration range: looks like an official one, so the form says loudly that it is not.
    Demo(String),
    /// Our own number, before any other was assigned; the form then says that it is not a statutory manifest.
    Internal(String),
}

/// What stands on a manifest. Times are local civil times as they are to be printed; optional values are
/// printed as a dash.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ManifestData {
    /// Number and who assigned it.
    pub number: ManifestNumber,
    /// Status code at issue, e.g. `in_transit`; its name is in [`ManifestTexts::statuses`].
    pub status: String,
    /// Part one.
    pub consignor: ConsignorPart,
    /// Lines of part one.
    pub lines: Vec<ManifestLine>,
    /// Part two: one entry per carrier, in order. Empty before a carrier is named.
    pub legs: Vec<LegPart>,
    /// Part three, once the receiver has begun it.
    pub receiver: Option<ReceiverPart>,
    /// Containers, listed after part three.
    pub containers: Vec<ContainerLine>,
    /// Signatures in order.
    pub signatures: Vec<SignatureLine>,
    /// Remarks.
    pub remarks: Option<String>,
    /// What the document attests.
    pub attestation: Attestation,
}

/// Part one: consignor (移出人).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ConsignorPart {
    /// Name of the unit.
    pub name: String,
    /// Unified social credit code.
    pub credit_code: Option<String>,
    /// Emergency telephone.
    pub emergency_phone: Option<String>,
    /// Address.
    pub address: Option<String>,
    /// Person handling the transfer.
    pub handler: Option<String>,
    /// That person's telephone.
    pub phone: Option<String>,
    /// When the waste was handed over.
    pub handed_over_at: Option<String>,
    /// Name of the intended receiver.
    pub receiver_name: Option<String>,
}

/// A line of part one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ManifestLine {
    /// Name of the waste.
    pub waste_name: String,
    /// Eight-digit code, e.g. `900-249-08`.
    pub waste_code: String,
    /// Hazard traits, e.g. `T,I`.
    pub traits: String,
    /// Physical form, as words.
    pub form: String,
    /// Hazardous components.
    pub components: String,
    /// Packaging, as words.
    pub packaging: String,
    /// Number of containers.
    pub container_count: i64,
    /// Mass in grams.
    #[serde(rename = "mass", serialize_with = "mass::as_tonnes")]
    pub mass_g: i64,
    /// Intended method of recovery or disposal, e.g. `D10`.
    pub method_code: Option<String>,
}

/// Part two: one leg of transport (承运人).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct LegPart {
    /// Carrier.
    pub carrier: String,
    /// Number of the carrier's or vehicle's operating licence.
    pub licence: Option<String>,
    /// Address.
    pub address: Option<String>,
    /// Telephone.
    pub phone: Option<String>,
    /// Driver.
    pub driver: Option<String>,
    /// Driver's telephone.
    pub driver_phone: Option<String>,
    /// Escort.
    pub escort: Option<String>,
    /// Kind of vehicle, as words.
    pub vehicle_kind: Option<String>,
    /// Plate.
    pub plate: Option<String>,
    /// Start.
    pub origin: Option<String>,
    /// Time of departure.
    pub departed_at: Option<String>,
    /// Places passed.
    pub via: Option<String>,
    /// Destination.
    pub destination: Option<String>,
    /// Time of arrival.
    pub arrived_at: Option<String>,
}

/// Part three: receiver (接受人).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ReceiverPart {
    /// Name of the unit.
    pub name: String,
    /// Number of the hazardous-waste licence.
    pub licence: Option<String>,
    /// Address.
    pub address: Option<String>,
    /// Person handling the receipt.
    pub handler: Option<String>,
    /// That person's telephone.
    pub phone: Option<String>,
    /// When the waste was accepted.
    pub accepted_at: Option<String>,
    /// Lines.
    pub lines: Vec<ReceiptLine>,
}

/// A line of part three.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ReceiptLine {
    /// Name of the waste.
    pub waste_name: String,
    /// Eight-digit code.
    pub waste_code: String,
    /// Whether there is a major discrepancy; `None` when not yet stated.
    pub discrepancy: Option<bool>,
    /// Opinion code, e.g. `accept`, `partial`, `refuse`; its name is in [`ManifestTexts::opinions`].
    pub opinion: Option<String>,
    /// Method of recovery or disposal.
    pub method_code: Option<String>,
    /// Mass accepted, in grams.
    #[serde(rename = "mass", serialize_with = "mass::as_tonnes_or_null")]
    pub mass_g: Option<i64>,
    /// Reason or remark.
    pub remark: Option<String>,
}

/// A container on the manifest.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ContainerLine {
    /// Number of the line it belongs to (1 = first).
    pub line: i64,
    /// 37-digit code, or another mark for bulk waste.
    pub container_id: String,
    /// Mass sent, in grams.
    #[serde(rename = "mass", serialize_with = "mass::as_kilograms")]
    pub mass_g: i64,
    /// Mass weighed at the receiver, in grams.
    #[serde(rename = "received", serialize_with = "mass::as_kilograms_or_null")]
    pub received_g: Option<i64>,
    /// Decision code of the receiver, with its name in [`ManifestTexts::opinions`].
    pub decision: Option<String>,
}

/// A signature as recorded.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct SignatureLine {
    /// Step code, e.g. `consignor`; its name is in [`ManifestTexts::steps`].
    pub step: String,
    /// Organisation that is bound.
    pub organisation: String,
    /// Organisation that signed for it, when an agent did.
    pub agent: Option<String>,
    /// Person.
    pub person: String,
    /// Method code, with its name in [`ManifestTexts::methods`].
    pub method: String,
    /// When.
    pub signed_at: String,
    /// Version of the document that was signed.
    pub version: i64,
    /// SHA-256 of that version's content, hexadecimal.
    pub content_hash: String,
}

/// What a printed document can prove: version and content at issue.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Attestation {
    /// Content of the QR code.
    #[serde(skip)]
    pub qr_payload: String,
    /// Version of the document.
    pub version: i64,
    /// SHA-256 of the content, hexadecimal.
    pub content_hash: String,
    /// When this PDF was issued.
    pub issued_at: String,
    /// Rule pack that the document follows, e.g. `hw-transfer@2022-01`.
    pub rule_pack: String,
    /// Position of the last event in the journal.
    pub journal_position: Option<i64>,
    /// Name of the key that signs the journal.
    pub key_name: Option<String>,
}

/// The manifest as PDF. `created_at` is UTC microseconds.
pub fn manifest(data: &ManifestData, texts: &ManifestTexts, created_at: i64) -> Result<Pdf, PdfError> {
    engine::export(&layout(data, texts)?, created_at)
}

pub(super) fn layout(
    data: &ManifestData,
    texts: &ManifestTexts,
) -> Result<typst_layout::PagedDocument, PdfError> {
    let receipt = data.receiver.as_ref().map_or(&[] as &[ReceiptLine], |r| &r.lines);
    for (what, count, allowed) in [
        ("lines", data.lines.len().max(receipt.len()), MAX_LINES),
        ("containers", data.containers.len(), MAX_CONTAINERS),
        ("legs", data.legs.len(), MAX_LEGS),
        ("signatures", data.signatures.len(), MAX_SIGNATURES),
    ] {
        if count > allowed {
            return Err(PdfError::TooMany { what, count, allowed });
        }
    }
    let received = if receipt.iter().any(|l| l.mass_g.is_some()) {
        Some(mass::tonnes_sum(receipt.iter().filter_map(|l| l.mass_g)))
    } else {
        None
    };
    let input = json!({
        "data": data,
        "texts": texts,
        "total_mass": mass::tonnes_sum(data.lines.iter().map(|l| l.mass_g)),
        "total_count": data.lines.iter().map(|l| i128::from(l.container_count)).sum::<i128>().to_string(),
        "total_received": received,
    });
    let code = qr::svg(&data.attestation.qr_payload)?;
    engine::layout(Template::Manifest, input, vec![("qr", json!(code))])
}
