//! The fictional firms of a city profile as data for whoever plays the demonstration: accounts to make,
//! streams of waste to simulate. Nothing here writes.

use serde::Deserialize;
use serde_json::Value;

use super::profile::Profile;
use crate::kit::data;

/// A text in both languages.
#[derive(Clone, Debug, Deserialize)]
pub struct Hint {
    /// Chinese.
    #[serde(rename = "zh-CN")]
    pub zh: String,
    /// English.
    pub en: String,
}

/// An account of the demonstration.
#[derive(Clone, Debug, Deserialize)]
pub struct DemoAccount {
    /// Login.
    pub login: String,
    /// Key of the organisation: of the demonstration (`plating`) or of the profile (`dept:ecology`).
    pub org: String,
    /// Roles.
    pub roles: Vec<domain::access::Role>,
    /// Name.
    pub person: String,
    /// Telephone.
    pub phone: String,
    /// Key of the crew row that signs with this account.
    #[serde(default)]
    pub crew: Option<String>,
    /// Listed on the sign-in page.
    #[serde(default)]
    pub show: bool,
    /// What to try with it.
    #[serde(default)]
    pub hint: Option<Hint>,
}

/// A delegation of the demonstration.
#[derive(Clone, Debug, Deserialize)]
pub struct DemoDelegation {
    /// Key of the agent.
    pub agent: String,
    /// Key of the client.
    pub client: String,
    /// Permissions.
    pub scope: Vec<domain::access::Permission>,
    /// First day, relative (`-6m`) or civil.
    pub valid_from: String,
    /// Last day.
    pub valid_to: String,
    /// Reason.
    pub reason: String,
}

/// A stream of waste of a site.
#[derive(Clone, Debug, Deserialize)]
pub struct DemoStream {
    /// Key of the organisation.
    pub org: String,
    /// Key of the site.
    pub site: String,
    /// Key of the facility that makes it.
    pub generating_facility: String,
    /// Key of the facility that stores it.
    pub storage_facility: String,
    /// Waste code.
    pub waste_code: String,
    /// The site's own name.
    pub internal_name: String,
    /// Form.
    pub form: String,
    /// Hazard letters.
    pub traits: Vec<String>,
    /// Packaging.
    pub packaging: String,
    /// Capacity of a container in millilitres.
    pub capacity_ml: Option<i64>,
    /// Mass a month in grams.
    pub monthly_g: i64,
    /// Mass of a full container in grams.
    pub container_g: i64,
    /// Harmful components.
    pub components: String,
    /// Key of the usual receiver.
    pub receiver: Option<String>,
    /// Method there.
    pub method_code: Option<String>,
    /// Key of the usual carrier.
    pub carrier: Option<String>,
    /// production, treatment or collected.
    pub origin: String,
    /// Days after which a load goes that fills no truck; the story's own number when left out.
    #[serde(default)]
    pub wait_days: Option<i64>,
    /// Factors of the months, January to December, permille; even when empty.
    #[serde(default)]
    pub season_permille: Vec<i64>,
    /// Generated and fetched on days of rest, too.
    #[serde(default)]
    pub daily: bool,
}

/// The whole demonstration. Registry rows stay JSON: they go through the same check as a request.
#[derive(Clone, Debug, Deserialize)]
pub struct DemoData {
    /// Organisations.
    pub organisations: Vec<Value>,
    /// Sites.
    pub sites: Vec<Value>,
    /// Facilities.
    pub facilities: Vec<Value>,
    /// Licences.
    pub licences: Vec<Value>,
    /// Vehicles.
    pub vehicles: Vec<Value>,
    /// Crew.
    pub crew: Vec<Value>,
    /// Management plans, without a year.
    pub plans: Vec<Value>,
    /// Vehicle terminals.
    pub devices: Vec<Value>,
    /// Zones.
    pub zones: Vec<Value>,
    /// Cameras.
    pub cameras: Vec<Value>,
    /// Streams.
    pub streams: Vec<DemoStream>,
    /// Accounts.
    pub accounts: Vec<DemoAccount>,
    /// Delegations.
    pub delegations: Vec<DemoDelegation>,
    /// What a receiver writes when a container goes back.
    pub refusal_reason: String,
    /// Name of what a recovery makes.
    pub product_name: String,
    /// What a receiver writes when the weights differ; nobody's scale does when empty.
    #[serde(default)]
    pub discrepancy_reason: String,
}

impl DemoData {
    /// The demonstration of a profile, if it has one.
    pub fn of(profile: &Profile) -> Option<Self> {
        profile.demo.as_deref().map(data::json)
    }
}
