//! What a decision may know of the world: read by the context inside the writing transaction, so that checks
//! and writes cannot interleave. Plain data; absent entries mean "unknown", which a check must treat as not fit.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::document::OfficialNumber;
use crate::access::OrgKind;
use crate::time::{Date, WorkCalendar, Zone};

/// Who acts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Actor {
    /// Account.
    pub account_id: String,
    /// Person.
    pub person_id: String,
    /// Name of the person.
    pub person_name: String,
    /// Organisation that is bound: the client's, when an agent acts.
    pub org_id: String,
    /// Its name.
    pub org_name: String,
    /// The agent's organisation, when an agent acts.
    pub agent_org_id: Option<String>,
    /// Its name.
    pub agent_org_name: Option<String>,
    /// Role that carries the permission.
    pub role: String,
    /// The permission comes from the driver's role alone: only assigned documents.
    pub only_as_driver: bool,
}

/// Two kinds of waste that must not travel on one vehicle. A pattern is a code or a category (`HW34`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IncompatiblePair {
    /// One.
    pub a: String,
    /// The other.
    pub b: String,
    /// Whether it blocks (otherwise it warns).
    pub blocks: bool,
}

/// What the law leaves to local configuration; never "the national rule".
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TransferSettings {
    /// Weighing difference at receipt that needs no word, parts per thousand of the mass sent.
    pub tolerance_permille: i64,
    /// The same in grams; the larger counts.
    pub tolerance_g: i64,
    /// Incompatible wastes.
    pub incompatible: Vec<IncompatiblePair>,
    /// Whether a missing escort blocks (otherwise it warns).
    pub escort_required: bool,
}

/// An organisation in the registry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PartyFacts {
    /// Active.
    pub active: bool,
    /// What it is.
    pub kinds: Vec<OrgKind>,
    /// Its division code (at least two digits tell the province).
    pub division_code: String,
    /// 道路危险货物运输经营许可证 of a carrier.
    pub dangerous_goods_licence_no: Option<String>,
    /// Its last day.
    pub dangerous_goods_valid_to: Option<Date>,
}

/// A lot of the ledger as it is now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LotFacts {
    /// Holder.
    pub holder_org_id: String,
    /// Site.
    pub site_id: String,
    /// Waste code.
    pub waste_code: String,
    /// Mass in it now, grams.
    pub remaining_g: i64,
    /// In stock and free for transfer: stored, or taken out for it.
    pub ready: bool,
    /// Another open document that holds it, by its number.
    pub held_by: Option<String>,
}

/// The management plan of the site and year.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PlanFacts {
    /// Plan.
    pub id: String,
    /// Year.
    pub year: i64,
    /// Filed (备案).
    pub filed: bool,
    /// Codes with their transfer quota, each code once.
    pub lines: Vec<PlanLine>,
}

/// A code of a plan.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PlanLine {
    /// Code.
    pub waste_code: String,
    /// Quota, grams.
    pub quota_g: i64,
    /// Used or held by other documents, grams.
    pub used_g: i64,
}

/// A licence of the receiver.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LicenceFacts {
    /// Licence.
    pub id: String,
    /// Number.
    pub number: String,
    /// Active in the registry.
    pub active: bool,
    /// First day.
    pub valid_from: Date,
    /// Last day.
    pub valid_to: Date,
    /// Scope.
    pub lines: Vec<LicenceLine>,
}

/// A line of a licence.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LicenceLine {
    /// Number of the line; stays through amendments.
    pub no: i64,
    /// Codes or categories.
    pub codes: Vec<String>,
    /// Methods; empty when the licence names none.
    pub methods: Vec<String>,
    /// 年经营规模, grams.
    pub yearly_g: i64,
    /// Received or held by other documents this calendar year, grams.
    pub used_g: i64,
}

/// A cross-province approval.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ApprovalFacts {
    /// Approval.
    pub id: String,
    /// Number.
    pub number: String,
    /// Active in the registry.
    pub active: bool,
    /// Consignor that it names.
    pub consignor_id: String,
    /// Receiver that it names.
    pub receiver_id: String,
    /// First day.
    pub valid_from: Date,
    /// Last day.
    pub valid_to: Date,
    /// Codes with their quantity.
    pub lines: Vec<ApprovalLine>,
}

/// A code of an approval.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ApprovalLine {
    /// Code.
    pub waste_code: String,
    /// Approved, grams.
    pub quantity_g: i64,
    /// Used or held by other documents, grams.
    pub used_g: i64,
}

/// A vehicle or a member of a crew in the registry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CertificateFacts {
    /// Carrier that it belongs to.
    pub org_id: String,
    /// Active.
    pub active: bool,
    /// Last day of the transport certificate or qualification.
    pub valid_to: Option<Date>,
    /// `driver` or `escort`; empty for a vehicle.
    pub duty: String,
    /// Load of a vehicle, grams.
    pub load_g: Option<i64>,
}

/// A waste code on the day.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CodeFacts {
    /// In the catalogue that the platform holds for the day.
    pub in_force: bool,
    /// Exemptions of the code.
    pub exemptions: Vec<ExemptionFacts>,
}

/// An exemption rule.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExemptionFacts {
    /// Rule id.
    pub id: String,
    /// Covers transport (the stage, or all stages).
    pub transport: bool,
}

/// Another open document on the same vehicle.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Aboard {
    /// Its number.
    pub internal_number: String,
    /// Its codes.
    pub waste_codes: Vec<String>,
    /// Its mass, grams.
    pub mass_g: i64,
}

/// A facility of the receiver.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FacilityFacts {
    /// Organisation.
    pub org_id: String,
    /// Site.
    pub site_id: String,
    /// Active and made for storage.
    pub usable: bool,
}

/// Everything that a decision may know.
#[derive(Clone, Debug)]
pub struct Facts<'a> {
    /// The present, UTC microseconds.
    pub now: i64,
    /// The city's zone.
    pub zone: &'a Zone,
    /// Working days.
    pub calendar: &'a WorkCalendar,
    /// Local configuration.
    pub settings: &'a TransferSettings,
    /// Who acts.
    pub actor: Actor,
    /// Parties by organisation.
    pub parties: BTreeMap<String, PartyFacts>,
    /// Lots by id.
    pub lots: BTreeMap<String, LotFacts>,
    /// Plan of the consignor's site and year.
    pub plan: Option<PlanFacts>,
    /// Licences of the receiver.
    pub licences: Vec<LicenceFacts>,
    /// Approvals between the two.
    pub approvals: Vec<ApprovalFacts>,
    /// Vehicles by id.
    pub vehicles: BTreeMap<String, CertificateFacts>,
    /// Crew by id.
    pub crew: BTreeMap<String, CertificateFacts>,
    /// Codes on the day.
    pub codes: BTreeMap<String, CodeFacts>,
    /// Known methods.
    pub methods: BTreeSet<String>,
    /// Other open documents on the vehicle.
    pub aboard: Vec<Aboard>,
    /// Facility named in the receiver's part.
    pub facility: Option<FacilityFacts>,
    /// Number that the authority gave inside this transaction, for the consignor's signature.
    pub number: Option<OfficialNumber>,
}

impl Facts<'_> {
    /// Today in the city.
    pub fn today(&self) -> Date {
        self.zone.date_of(self.now)
    }

    /// This calendar year in the city.
    pub fn year(&self) -> i64 {
        i64::from(self.today().year())
    }
}
