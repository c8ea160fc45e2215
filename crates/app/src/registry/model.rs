//! What the registers hand out: records for the API, and typed rows for the contexts above. Nothing here
//! reads or writes.

use std::collections::BTreeMap;

use db::Row;
use domain::access::OrgKind;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::check::RowMap;
use crate::kit::Problem;

/// An id with the name to show.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Named {
    /// Id.
    pub id: String,
    /// Name; empty when erased.
    pub name: String,
}

/// A row of a register as it is sent.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Record {
    /// Id.
    pub id: String,
    /// Version, also the ETag.
    pub version: i64,
    /// `active` or `inactive`.
    pub status: String,
    /// Last change, RFC 3339 UTC.
    pub updated_at: String,
    /// Owning organisation.
    pub org: Named,
    /// Name for people.
    pub title: String,
    /// Fields; personal ones masked unless the caller may see them.
    #[schema(value_type = Object)]
    pub row: RowMap,
    /// Names of the rows that `…_id` fields refer to, by field.
    pub refs: BTreeMap<String, Named>,
    /// Personal fields that are masked here.
    pub masked: Vec<String>,
    /// Whether the caller may change it.
    pub can_write: bool,
    /// Active rows of other registers that hang on it, by register; only when a single row is read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub related: Option<BTreeMap<String, i64>>,
}

macro_rules! typed {
    ($(#[$meta:meta])* $name:ident from $table:literal { $($(#[$fmeta:meta])* $field:ident : $ty:ty = $how:ident),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq)]
        pub struct $name {
            /// Id.
            pub id: String,
            /// Version.
            pub version: i64,
            /// Whether it is active.
            pub active: bool,
            $($(#[$fmeta])* pub $field: $ty),+
        }

        impl $name {
            /// Columns, in order.
            pub const COLUMNS: &'static [&'static str] = &["id", "version", "status", $(stringify!($field)),+];
            /// Table.
            pub const TABLE: &'static str = $table;

            /// Reads a row that has all of [`Self::COLUMNS`].
            ///
            /// # Errors
            /// 500 when a column is missing or does not fit.
            pub fn read(row: &Row) -> Result<Self, Problem> {
                Ok(Self {
                    id: row.get("id")?,
                    version: row.get("version")?,
                    active: row.get::<String>("status")? == "active",
                    $($field: typed!(@$how row, stringify!($field))),+
                })
            }
        }
    };
    (@plain $row:ident, $name:expr) => { $row.get($name)? };
    (@licence_lines $row:ident, $name:expr) => { licence_lines(&$row.get::<String>($name)?, $name)? };
    (@optional_json $row:ident, $name:expr) => {
        $row.get::<Option<String>>($name)?.map(|text| json(&text, $name)).transpose()?
    };
    (@json $row:ident, $name:expr) => { json(&$row.get::<String>($name)?, $name)? };
}

fn json<T: serde::de::DeserializeOwned>(text: &str, column: &str) -> Result<T, Problem> {
    serde_json::from_str(text).map_err(|error| {
        tracing::error!(%error, column, "a stored list of the registry is not readable");
        Problem::internal()
    })
}

/// Lines of a licence; those from before lines had numbers are numbered by their place.
fn licence_lines(text: &str, column: &str) -> Result<Vec<LicenceLine>, Problem> {
    let mut lines: serde_json::Value = json(text, column)?;
    super::lines::fill(&mut lines);
    serde_json::from_value(lines).map_err(|error| {
        tracing::error!(%error, column, "a stored list of the registry is not readable");
        Problem::internal()
    })
}

/// Whether a list of codes and categories (`HWnn`) names a waste code `NNN-NNN-NN`.
fn covers(list: &[String], waste_code: &str) -> bool {
    let Some(category) = waste_code.get(8..10).filter(|_| waste_code.len() == 10) else { return false };
    list.iter().any(|c| c == waste_code || c.strip_prefix("HW") == Some(category))
}

/// A line of a licence.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LicenceLine {
    /// Number of the line; stays through amendments. Quotas are booked by it.
    pub no: i64,
    /// Eight-digit codes and categories `HWnn`.
    pub codes: Vec<String>,
    /// Licensed quantity a year in grams.
    pub yearly_quantity_g: i64,
    /// Methods; none for collection.
    #[serde(default)]
    pub methods: Vec<String>,
}

impl LicenceLine {
    /// Whether the line covers a waste code.
    pub fn covers(&self, waste_code: &str) -> bool {
        covers(&self.codes, waste_code)
    }
}

/// A line of a management plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlanLine {
    /// Waste code.
    pub waste_code: String,
    /// The site's own name of the waste.
    #[serde(default)]
    pub internal_name: Option<String>,
    /// Expected generation of the year in grams.
    pub expected_generation_g: i64,
    /// Planned transfer of the year in grams.
    pub transfer_quota_g: i64,
    /// Storage facility.
    #[serde(default)]
    pub facility_id: Option<String>,
}

/// A line of a cross-province approval.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ApprovalLine {
    /// Waste code.
    pub waste_code: String,
    /// Approved quantity in grams.
    pub quantity_g: i64,
}

typed! {
    /// An organisation.
    Org from "org" {
        /// Name.
        name: String = plain,
        /// Short name.
        short_name: Option<String> = plain,
        /// English name.
        name_en: Option<String> = plain,
        /// What it is.
        kinds: Vec<OrgKind> = json,
        /// Social credit code.
        credit_code: Option<String> = plain,
        /// Town-level division, or the city's code.
        division_code: String = plain,
        /// Address.
        address: Option<String> = plain,
        /// Contact (personal).
        contact_name: Option<String> = plain,
        /// Telephone (personal).
        contact_phone: Option<String> = plain,
        /// Dangerous-goods transport licence of a carrier.
        dangerous_goods_licence_no: Option<String> = plain,
        /// Its last day.
        dangerous_goods_valid_to: Option<String> = plain,
        /// Key in the city profile or the demonstration.
        profile_key: Option<String> = plain,
    }
}

typed! {
    /// A production or treatment site.
    Site from "site" {
        /// Organisation.
        org_id: String = plain,
        /// Name.
        name: String = plain,
        /// Town.
        division_code: String = plain,
        /// Address.
        address: Option<String> = plain,
        /// WGS-84 micro-degrees.
        longitude_e6: Option<i64> = plain,
        /// WGS-84 micro-degrees.
        latitude_e6: Option<i64> = plain,
        /// key, simplified, registration.
        management_tier: Option<String> = plain,
    }
}

typed! {
    /// A facility of a site.
    Facility from "facility" {
        /// Site.
        site_id: String = plain,
        /// Code (TS001, MF0001).
        code: String = plain,
        /// Name.
        name: String = plain,
        /// generating, storage, self_use, self_disposal, treatment.
        kind: String = plain,
        /// Word of the list `facility_types`.
        facility_type: String = plain,
        /// Capacity in grams.
        capacity_g: Option<i64> = plain,
        /// Codes and categories it accepts; empty for all.
        accepts: Vec<String> = json,
        /// Days after which what it stores is late.
        storage_limit_days: Option<i64> = plain,
    }
}

impl Facility {
    /// Whether it accepts a waste code.
    pub fn takes(&self, waste_code: &str) -> bool {
        self.accepts.is_empty() || covers(&self.accepts, waste_code)
    }
}

typed! {
    /// An operating licence.
    Licence from "licence" {
        /// Holder.
        org_id: String = plain,
        /// Number.
        number: String = plain,
        /// comprehensive or collection.
        kind: String = plain,
        /// First day.
        valid_from: String = plain,
        /// Last day.
        valid_to: String = plain,
        /// Lines.
        lines: Vec<LicenceLine> = licence_lines,
    }
}

impl Licence {
    /// Whether it is in force on a civil day `YYYY-MM-DD`.
    pub fn in_force(&self, day: &str) -> bool {
        self.active && self.valid_from.as_str() <= day && day <= self.valid_to.as_str()
    }
}

typed! {
    /// A vehicle.
    Vehicle from "vehicle" {
        /// Carrier.
        org_id: String = plain,
        /// Plate.
        plate: String = plain,
        /// Word of the list `plate_colours`.
        plate_colour: String = plain,
        /// Transport certificate.
        transport_cert_no: String = plain,
        /// Its last day.
        valid_to: String = plain,
        /// Load in grams.
        load_g: i64 = plain,
        /// Word of the list `vehicle_kinds`.
        vehicle_kind: Option<String> = plain,
    }
}

typed! {
    /// A driver or escort. Personal fields are empty once erased.
    Crew from "crew" {
        /// Carrier.
        org_id: String = plain,
        /// Name (personal).
        name: Option<String> = plain,
        /// Telephone (personal).
        phone: Option<String> = plain,
        /// driver or escort.
        duty: String = plain,
        /// Certificate (personal).
        cert_no: Option<String> = plain,
        /// Its last day.
        valid_to: String = plain,
        /// Account with which the person signs.
        account_id: Option<String> = plain,
    }
}

typed! {
    /// A management plan of a site and year.
    Plan from "plan" {
        /// Site.
        site_id: String = plain,
        /// Year.
        year: i64 = plain,
        /// Filing number.
        filing_no: Option<String> = plain,
        /// draft or filed.
        filing_status: String = plain,
        /// Lines as last written; a firm's revision counts for nothing until it is filed.
        lines: Vec<PlanLine> = json,
        /// Lines in force.
        filed_lines: Option<Vec<PlanLine>> = optional_json,
    }
}

impl Plan {
    /// Whether it has been filed: a revision under way does not end the force of what is filed.
    pub fn filed(&self) -> bool {
        self.active && self.filed_lines.is_some()
    }

    /// The lines in force; none before it is filed.
    pub fn in_force(&self) -> &[PlanLine] {
        self.filed_lines.as_deref().unwrap_or_default()
    }

    /// Its line in force for a waste code.
    pub fn line(&self, waste_code: &str) -> Option<&PlanLine> {
        self.in_force().iter().find(|l| l.waste_code == waste_code)
    }
}

typed! {
    /// A cross-province approval.
    Approval from "approval" {
        /// Consignor.
        consignor_org_id: String = plain,
        /// Receiver.
        receiver_org_id: String = plain,
        /// Number.
        number: String = plain,
        /// First day.
        valid_from: String = plain,
        /// Last day.
        valid_to: String = plain,
        /// Lines.
        lines: Vec<ApprovalLine> = json,
    }
}

typed! {
    /// A terminal in a vehicle.
    Device from "device" {
        /// Carrier.
        org_id: String = plain,
        /// Number under which it reports, without zeros in front.
        terminal_number: String = plain,
        /// Vehicle that it sits in.
        vehicle_id: Option<String> = plain,
        /// Word of the list `device_protocols`.
        protocol: String = plain,
        /// Word of the list `datums`: in which its positions come.
        datum: String = plain,
    }
}

typed! {
    /// An area with a meaning for traffic.
    Zone from "zone" {
        /// Who answers for it.
        org_id: String = plain,
        /// Name.
        name: String = plain,
        /// Word of the list `zone_kinds`.
        kind: String = plain,
        /// Area, as `geo::zone::Shape` reads it.
        shape: serde_json::Value = json,
        /// First day.
        valid_from: Option<String> = plain,
        /// Last day.
        valid_to: Option<String> = plain,
    }
}
