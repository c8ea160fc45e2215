//! What goes out: documents as the API shows them. Shapes only; they are filled by [`super::show`].

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use super::model::DangerousGoodsBody;
use crate::kit::FieldProblemBody;
use crate::registry::model::Named;

/// What is expected of whom.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Next {
    /// `consignor`, `carrier`, `receiver`.
    pub party: Option<&'static str>,
    /// `sign_consignor`, `sign_carrier`, `arrive`, `sign_receiver`, `confirm_return`.
    pub action: Option<&'static str>,
}

/// A row of the list.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ManifestSummary {
    /// Id.
    pub id: String,
    /// Version, also the ETag.
    pub version: i64,
    /// Where it stands.
    pub status: String,
    /// The authority's number.
    pub number: Option<String>,
    /// The platform's own number.
    pub internal_number: String,
    /// `official`, `demo` or `none`: the last two are 非法定联单.
    pub number_status: String,
    /// Class of waste.
    pub class: String,
    /// Consignor.
    pub consignor: Named,
    /// Carrier of the last leg.
    pub carrier: Option<Named>,
    /// Receiver.
    pub receiver: Named,
    /// Codes.
    pub waste_codes: Vec<String>,
    /// Containers.
    pub containers: i64,
    /// Mass sent, grams.
    pub mass_g: i64,
    /// Plate of the last leg.
    pub plate: Option<String>,
    /// First draft.
    pub created_at: String,
    /// First departure.
    pub departed_at: Option<String>,
    /// Arrival at the receiver.
    pub arrived_at: Option<String>,
    /// When the next step is due.
    pub due_at: Option<String>,
    /// Whether it is past due.
    pub late: bool,
    /// What is expected.
    pub next: Next,
    /// It waits for the caller's organisation.
    pub mine: bool,
}

/// A container.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ContainerView {
    /// Lot.
    pub lot_id: String,
    /// 37 digits; none for bulk.
    pub container_code: Option<String>,
    /// Mass sent, grams.
    pub mass_g: i64,
}

/// A line of the first part.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct LineView {
    /// From 1.
    pub no: i64,
    /// Code.
    pub waste_code: String,
    /// Name.
    pub name: String,
    /// Hazard letters.
    pub traits: Vec<String>,
    /// Form.
    pub form: String,
    /// Harmful components.
    pub components: String,
    /// Packaging.
    pub packaging: String,
    /// Number of containers.
    pub containers: i64,
    /// Grams.
    pub mass_g: i64,
    /// Intended method.
    pub method_code: String,
    /// Dangerous-goods data.
    pub dangerous_goods: Option<DangerousGoodsBody>,
    /// Claimed exemption.
    pub exemption_id: Option<String>,
    /// Containers.
    pub lots: Vec<ContainerView>,
}

/// First part.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ConsignorView {
    /// Site.
    pub site_id: String,
    /// Its name.
    pub site_name: String,
    /// Its address.
    pub address: String,
    /// Emergency telephone.
    pub emergency_phone: String,
    /// Person handling it.
    pub handler_name: String,
    /// Telephone.
    pub handler_phone: String,
    /// Planned delivery.
    pub planned_at: Option<String>,
    /// Remarks.
    pub note: String,
    /// Lines.
    pub lines: Vec<LineView>,
}

/// A vehicle.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct VehicleView {
    /// Id.
    pub id: String,
    /// Plate.
    pub plate: String,
    /// Colour of the plate.
    pub plate_colour: String,
    /// Transport certificate.
    pub transport_cert_no: String,
}

/// A driver or escort.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CrewView {
    /// Id.
    pub id: String,
    /// Name.
    pub name: String,
    /// Telephone.
    pub phone: String,
    /// Qualification.
    pub cert_no: String,
}

/// A leg of transport.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct LegView {
    /// From 1.
    pub no: i64,
    /// Carrier.
    pub carrier: Named,
    /// Its address.
    pub carrier_address: String,
    /// Its telephone.
    pub carrier_phone: String,
    /// Its licence.
    pub licence_no: String,
    /// Means of transport.
    pub mode: String,
    /// Vehicle.
    pub vehicle: Option<VehicleView>,
    /// Driver.
    pub driver: Option<CrewView>,
    /// Escort.
    pub escort: Option<CrewView>,
    /// Start.
    pub from: String,
    /// Destination.
    pub to: String,
    /// Places passed.
    pub via: String,
    /// Departure.
    pub departed_at: Option<String>,
    /// Arrival, or hand-over to the next.
    pub arrived_at: Option<String>,
    /// Place where the carrier before handed over.
    pub handover_place: String,
    /// When it did.
    pub handover_at: Option<String>,
    /// Whether the carrier has taken over.
    pub taken: bool,
}

/// A container at the receiver.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ReceivedLotView {
    /// Lot.
    pub lot_id: String,
    /// `accept` or `refuse`.
    pub decision: &'static str,
    /// Weight at the receiver, grams.
    pub received_g: i64,
}

/// A line of the third part.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ReceivedLineView {
    /// Line of the first part.
    pub no: i64,
    /// Major discrepancy.
    pub discrepancy: bool,
    /// Opinion.
    pub opinion: &'static str,
    /// Reason.
    pub reason: String,
    /// Method.
    pub method_code: String,
    /// Accepted mass as weighed, grams.
    pub accepted_g: i64,
    /// Containers.
    pub lots: Vec<ReceivedLotView>,
}

/// Third part.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ReceiverView {
    /// Site.
    pub site_id: String,
    /// Its name.
    pub site_name: String,
    /// Its address.
    pub address: String,
    /// Storage facility.
    pub facility_id: String,
    /// Licence.
    pub licence_no: String,
    /// Person handling it.
    pub handler_name: String,
    /// Telephone.
    pub handler_phone: String,
    /// Receipt.
    pub received_at: Option<String>,
    /// Lines.
    pub lines: Vec<ReceivedLineView>,
}

/// A signature.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SignatureView {
    /// Step.
    pub step: &'static str,
    /// Leg, from 0, for carriers.
    pub leg: Option<usize>,
    /// Person.
    pub person_name: String,
    /// Organisation that is bound.
    pub org: Named,
    /// Agent that signed for it.
    pub agent: Option<Named>,
    /// Role.
    pub role: String,
    /// Method.
    pub method: String,
    /// When.
    pub at: String,
    /// Version signed.
    pub version: i64,
    /// Content hash signed.
    pub content_hash: String,
    /// Warnings that stood.
    pub warnings: Vec<FieldProblemBody>,
}

/// State of a field.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FieldState {
    /// Sealed by a signature.
    pub sealed: bool,
    /// Signature that requires it.
    pub required_for: Option<&'static str>,
}

/// What the caller may do now.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ManifestPermissions {
    /// Parts that the caller may edit: `consignor`, `carrier`, `receiver`.
    pub edit_parts: Vec<&'static str>,
    /// `sign_consignor`, `sign_carrier`, `handover`, `arrive`, `sign_receiver`, `confirm_return`, `void`.
    pub actions: Vec<&'static str>,
}

/// What became of what was accepted.
#[derive(Clone, Copy, Debug, Default, Serialize, ToSchema)]
pub struct TreatmentView {
    /// Used or disposed of, grams.
    pub treated_g: i64,
    /// Still in stock at the receiver, grams.
    pub remaining_g: i64,
}

/// The whole document.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ManifestView {
    /// What the list shows.
    #[serde(flatten)]
    pub summary: ManifestSummary,
    /// Rule pack.
    pub rule_pack: String,
    /// Hash of this version's content: what a signature signs.
    pub content_hash: String,
    /// First part.
    pub consignor_part: ConsignorView,
    /// Receiver.
    pub receiver_org: Named,
    /// Second part.
    pub legs: Vec<LegView>,
    /// Third part.
    pub receiver_part: Option<ReceiverView>,
    /// Signatures in order.
    pub signatures: Vec<SignatureView>,
    /// Warnings that stood at the last signature.
    pub warnings: Vec<FieldProblemBody>,
    /// Fields by path.
    pub fields: BTreeMap<&'static str, FieldState>,
    /// Rights of the caller.
    pub permissions: ManifestPermissions,
    /// What became of it.
    pub treatment: TreatmentView,
    /// Why it was given up.
    pub void_reason: Option<String>,
    /// The receiver's confirmation.
    pub confirmed_at: Option<String>,
    /// Refused containers back.
    pub returned_at: Option<String>,
    /// Personal data is masked for this reader.
    pub masked: bool,
}
