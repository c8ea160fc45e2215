//! What comes in: bodies and queries of the transfer API. Ids only; names and masses are taken from registers
//! and ledger, so that nobody types what the platform knows.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::identity::signing_keys::KeyProof;

/// A new manifest, or the consignor's part of a draft again.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct DraftBody {
    /// Receiver.
    pub receiver_org_id: String,
    /// First carrier.
    pub carrier_org_id: String,
    /// First part.
    pub consignor_part: ConsignorBody,
}

/// First part.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ConsignorBody {
    /// Site that the waste leaves.
    pub site_id: String,
    /// Emergency telephone; the organisation's contact when left out.
    #[serde(default)]
    pub emergency_phone: Option<String>,
    /// Person handling it; the caller when left out.
    #[serde(default)]
    pub handler_name: Option<String>,
    /// Telephone of that person; the organisation's contact when left out.
    #[serde(default)]
    pub handler_phone: Option<String>,
    /// Planned delivery, RFC 3339.
    #[serde(default)]
    pub planned_at: Option<String>,
    /// Precautions and remarks.
    #[serde(default)]
    pub note: String,
    /// Lines.
    pub lines: Vec<LineBody>,
}

/// A line: containers of one waste.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct LineBody {
    /// Lots of the ledger; code, form, packaging and mass are theirs.
    pub lot_ids: Vec<String>,
    /// Intended use or disposal.
    #[serde(default)]
    pub method_code: String,
    /// Name; that of the first lot when left out.
    #[serde(default)]
    pub name: Option<String>,
    /// Harmful components; those of the first lot when left out.
    #[serde(default)]
    pub components: Option<String>,
    /// Dangerous-goods data.
    #[serde(default)]
    pub dangerous_goods: Option<DangerousGoodsBody>,
    /// Exemption of transport that is claimed.
    #[serde(default)]
    pub exemption_id: Option<String>,
}

/// Dangerous-goods data of a line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DangerousGoodsBody {
    /// UN number.
    pub un_number: String,
    /// Proper shipping name.
    pub name: String,
    /// Class or division.
    pub class: String,
    /// Packing group.
    #[serde(default)]
    pub packing_group: String,
}

/// The carrier's part of the open leg.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct CarrierBody {
    /// Vehicle of the carrier.
    #[serde(default)]
    pub vehicle_id: Option<String>,
    /// Driver of the carrier.
    #[serde(default)]
    pub driver_id: Option<String>,
    /// Escort of the carrier.
    #[serde(default)]
    pub escort_id: Option<String>,
    /// `road`, `ship`, `rail`, `other`; `road` when left out.
    #[serde(default)]
    pub mode: Option<String>,
    /// Start; the consignor's site when left out.
    #[serde(default)]
    pub from: Option<String>,
    /// Destination; the receiver's address when left out.
    #[serde(default)]
    pub to: Option<String>,
    /// Places passed.
    #[serde(default)]
    pub via: Option<String>,
    /// Departure, RFC 3339; the moment of signing when left out.
    #[serde(default)]
    pub departed_at: Option<String>,
}

/// The receiver's part.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ReceiverBody {
    /// Storage facility for what is accepted.
    #[serde(default)]
    pub facility_id: Option<String>,
    /// Site, when everything is refused and no facility is named.
    #[serde(default)]
    pub site_id: Option<String>,
    /// Person handling it; the caller when left out.
    #[serde(default)]
    pub handler_name: Option<String>,
    /// Telephone; the organisation's contact when left out.
    #[serde(default)]
    pub handler_phone: Option<String>,
    /// Receipt, RFC 3339; the moment of signing when left out.
    #[serde(default)]
    pub received_at: Option<String>,
    /// Lines.
    pub lines: Vec<ReceivedLineBody>,
}

/// A line of the receiver's part.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ReceivedLineBody {
    /// Line of the consignor's part.
    pub no: i64,
    /// Major discrepancy.
    #[serde(default)]
    pub discrepancy: bool,
    /// `accept`, `partial`, `refuse`; follows from the decisions when left out.
    #[serde(default)]
    pub opinion: Option<String>,
    /// Why refused or different.
    #[serde(default)]
    pub reason: String,
    /// Method; the consignor's when left out.
    #[serde(default)]
    pub method_code: Option<String>,
    /// Every container.
    pub lots: Vec<ReceivedLotBody>,
}

/// Decision about a container.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ReceivedLotBody {
    /// Lot.
    pub lot_id: String,
    /// `accept` or `refuse`.
    pub decision: String,
    /// Weight at the receiver in grams.
    #[serde(default)]
    pub received_g: i64,
}

/// A signature. The password is checked before anything else and never stored.
#[derive(Clone, Deserialize, ToSchema)]
pub struct SignBody {
    /// `consignor`, `carrier`, `handover`, `arrival`, `receiver`, `return`.
    pub step: String,
    /// Version displayed.
    pub version: i64,
    /// Content hash displayed.
    pub content_hash: String,
    /// Password of the caller, unless a key signs.
    #[serde(default)]
    pub password: Option<String>,
    /// One-time code, when a second factor is set up.
    #[serde(default)]
    pub totp: Option<String>,
    /// Signature by an enrolled key of the caller's device, instead of the password. Its text is
    /// `wufei-sign-1`, manifest id, step, version, content hash, `signed_at`, idempotency key, a line each.
    #[serde(default)]
    pub key: Option<KeyProof>,
    /// What the step brings.
    #[serde(default)]
    pub data: SignData,
}

/// What a step brings.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct SignData {
    /// Hand-over: next carrier.
    #[serde(default)]
    pub carrier_org_id: Option<String>,
    /// Hand-over: place.
    #[serde(default)]
    pub place: Option<String>,
    /// Hand-over: time, RFC 3339.
    #[serde(default)]
    pub at: Option<String>,
    /// Arrival: time, RFC 3339; the moment of signing when left out.
    #[serde(default)]
    pub arrived_at: Option<String>,
    /// Return: time, RFC 3339; the moment of signing when left out.
    #[serde(default)]
    pub received_at: Option<String>,
}

/// Voiding.
#[derive(Clone, Deserialize, ToSchema)]
pub struct VoidBody {
    /// Why.
    pub reason: String,
    /// Version displayed.
    pub version: i64,
    /// Password of the caller.
    pub password: String,
    /// One-time code, when a second factor is set up.
    #[serde(default)]
    pub totp: Option<String>,
}

/// Which signature to check.
#[derive(Clone, Debug, Deserialize, ToSchema)]
pub struct CheckBody {
    /// Step; the one expected next when left out.
    #[serde(default)]
    pub step: Option<String>,
}

/// Filters of the list.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ManifestQuery {
    /// Rows a page, 1 to 200; 50 when left out.
    pub limit: Option<i64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// `created_at`, `updated_at`, `mass_g`, `due_at`; a minus in front means descending.
    pub sort: Option<String>,
    /// Words: numbers, names, plate.
    pub q: Option<String>,
    /// Statuses, separated by commas.
    pub status: Option<String>,
    /// Consignor.
    pub consignor_id: Option<String>,
    /// Carrier of any leg.
    pub carrier_id: Option<String>,
    /// Receiver; several separated by commas.
    pub receiver_id: Option<String>,
    /// Waste code of any line, or category `HWnn`; several separated by commas.
    pub waste_code: Option<String>,
    /// Town of the consignor's site; several separated by commas.
    pub town: Option<String>,
    /// Trade of the consignor: the first two digits of its code; several separated by commas, `none` for unknown.
    pub trade: Option<String>,
    /// What became of some of its waste: `used`, `disposed`, `held`, `moving`, `refused`.
    pub outcome: Option<String>,
    /// Made on this day or later.
    pub from: Option<String>,
    /// Made on this day or earlier.
    pub to: Option<String>,
    /// Set out on this day or later.
    pub departed_from: Option<String>,
    /// Set out on this day or earlier.
    pub departed_to: Option<String>,
    /// Confirmed by the receiver on this day or later.
    pub confirmed_from: Option<String>,
    /// Confirmed by the receiver on this day or earlier.
    pub confirmed_to: Option<String>,
    /// Only those that wait for the caller's organisation.
    pub waiting: Option<bool>,
    /// Only late ones.
    pub late: Option<bool>,
}

/// Which leg.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct LegQuery {
    /// From 1; the last one filled when left out.
    pub leg: Option<i64>,
}

/// What a command answers: enough to read the document again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Written {
    /// Id.
    pub id: String,
    /// Version after it.
    pub version: i64,
}
