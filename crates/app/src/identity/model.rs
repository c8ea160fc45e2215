//! What identity takes in and gives out over HTTP. Secrets appear only in requests and, once, in the answer
//! that hands out a one-time password or a second factor's secret.

use domain::access::{OrgKind, Permission, Role};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

pub use crate::registry::model::Named;

/// Makes a fieldless enum with one word for JSON, SQL and Rust.
macro_rules! word {
    ($(#[$meta:meta])* $name:ident { $($variant:ident = $word:literal),+ }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
        pub enum $name {
            $(
                #[doc = $word]
                #[serde(rename = $word)]
                $variant
            ),+
        }
        impl $name {
            /// The stored word.
            pub fn as_str(self) -> &'static str {
                match self { $($name::$variant => $word),+ }
            }
            /// The value of a stored word.
            pub fn parse(word: &str) -> Option<Self> {
                match word { $($word => Some($name::$variant),)+ _ => None }
            }
        }
    };
}
word! {
    /// Whether an account may be used.
    AccountStatus { Active = "active", Locked = "locked", Disabled = "disabled" }
}

/// Credentials of a sign-in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignInBody {
    /// Login.
    pub login: String,
    /// Password.
    pub password: String,
    /// One-time code of the second factor, six digits.
    #[serde(default)]
    pub totp: Option<String>,
}

/// The organisation of the caller.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct MeOrg {
    /// Id.
    pub id: String,
    /// Name.
    pub name: String,
    /// What it is.
    #[schema(value_type = Vec<String>)]
    pub kinds: Vec<OrgKind>,
}

/// State of the second factor.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct MeFactor {
    /// One of the roles demands it.
    pub required: bool,
    /// It is set up.
    pub enabled: bool,
}

/// A client that the caller's organisation may act for.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct MeDelegation {
    /// Id of the delegation.
    pub id: String,
    /// The client.
    pub client: Named,
    /// Permissions that the client handed over.
    #[schema(value_type = Vec<String>)]
    pub scope: Vec<Permission>,
    /// Last day, `YYYY-MM-DD`.
    pub valid_to: String,
}

/// The city.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct MeCity {
    /// Tenant id.
    pub tenant_id: String,
    /// Chinese name.
    pub name_zh: String,
    /// English name.
    pub name_en: String,
    /// IANA zone of civil dates.
    pub zone: String,
}

/// Something that every page should say.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Notice {
    /// Stable id.
    pub id: String,
    /// `info` or `warning`.
    pub severity: String,
    /// Chinese text.
    pub zh: String,
    /// English text.
    pub en: String,
}

/// Who is signed in, with everything that the pages need to know about it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Me {
    /// Account.
    pub account_id: String,
    /// Person.
    pub person: Named,
    /// Organisation.
    pub org: MeOrg,
    /// Roles.
    #[schema(value_type = Vec<String>)]
    pub roles: Vec<Role>,
    /// Permissions that are in force now: under a delegation, what the client handed over.
    #[schema(value_type = Vec<String>)]
    pub permissions: Vec<Permission>,
    /// Second factor.
    pub second_factor: MeFactor,
    /// Nothing else works until the password is changed.
    pub must_change_password: bool,
    /// Clients.
    pub delegations: Vec<MeDelegation>,
    /// The client that this request acted for.
    pub acting_for: Option<Named>,
    /// City.
    pub city: MeCity,
    /// A demonstration.
    pub demo: bool,
    /// Notices.
    pub notices: Vec<Notice>,
}

/// A change of the own password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordBody {
    /// Present password.
    pub current: String,
    /// New password.
    pub new: String,
}

/// A new second factor, shown once.
#[derive(Serialize, ToSchema)]
pub struct FactorView {
    /// Shared secret in base 32.
    pub secret: String,
    /// `otpauth` address.
    pub uri: String,
    /// The address as QR code (SVG).
    pub qr_svg: String,
}

/// The code that proves a new second factor.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CodeBody {
    /// Six digits.
    pub code: String,
}

/// The password, to set up a second factor or take it away.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConfirmBody {
    /// Present password.
    pub password: String,
}

/// An account as lists and forms show it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct AccountView {
    /// Id.
    pub id: String,
    /// Login.
    pub login: String,
    /// Person.
    pub person: Named,
    /// Telephone; masked in lists, and unless the account is of the own organisation or the caller may read
    /// personal data and states a purpose. What comes back masked stays as it was.
    pub phone: Option<String>,
    /// Organisation.
    pub org: Named,
    /// Roles.
    #[schema(value_type = Vec<String>)]
    pub roles: Vec<Role>,
    /// Status; `locked` also while too many wrong passwords block it.
    pub status: AccountStatus,
    /// A second factor is set up.
    pub second_factor: bool,
    /// Last sign-in, RFC 3339.
    pub last_login_at: Option<String>,
    /// Version for `If-Match`.
    pub version: i64,
    /// Personal fields that are masked here.
    pub masked: Vec<String>,
}

/// A new account.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAccountBody {
    /// Login: 3 to 32 of a–z, 0–9, `.`, `_`, `-`, beginning with a letter.
    pub login: String,
    /// The person's name.
    pub name: String,
    /// Telephone.
    #[serde(default)]
    pub phone: Option<String>,
    /// Organisation.
    pub org_id: String,
    /// Roles.
    #[schema(value_type = Vec<String>)]
    pub roles: Vec<Role>,
    /// First password; one is made when left out. It must be changed at the first sign-in.
    #[serde(default)]
    pub password: Option<String>,
}

/// A new account with its one-time password.
#[derive(Serialize, ToSchema)]
pub struct CreatedAccount {
    /// The account.
    #[serde(flatten)]
    pub account: AccountView,
    /// One-time password, only in the first answer and only when it was made here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub initial_password: Option<String>,
}

/// A change of an account.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountBody {
    /// The person's name.
    pub name: String,
    /// Telephone.
    #[serde(default)]
    pub phone: Option<String>,
    /// Roles.
    #[schema(value_type = Vec<String>)]
    pub roles: Vec<Role>,
    /// Status; `active` also lifts a lock after wrong passwords.
    pub status: AccountStatus,
}

/// A one-time password.
#[derive(Serialize, ToSchema)]
pub struct ResetView {
    /// The password; null when this is the repetition of a request that was answered before.
    pub initial_password: Option<String>,
}

/// Filters of the list of accounts.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AccountFilter {
    /// Organisation.
    pub org_id: Option<String>,
    /// Role.
    pub role: Option<String>,
    /// Status.
    pub status: Option<String>,
}

/// A delegation.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct DelegationView {
    /// Id.
    pub id: String,
    /// Who acts.
    pub agent: Named,
    /// For whom.
    pub client: Named,
    /// What was handed over.
    #[schema(value_type = Vec<String>)]
    pub scope: Vec<Permission>,
    /// First day, `YYYY-MM-DD`.
    pub valid_from: String,
    /// Last day, `YYYY-MM-DD`.
    pub valid_to: String,
    /// `planned`, `active`, `ended` or `revoked`, as of today.
    pub status: String,
    /// Why it was granted.
    pub reason: String,
    /// Why it was revoked.
    pub revoke_reason: Option<String>,
    /// Version.
    pub version: i64,
}

/// A new delegation.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DelegationBody {
    /// Who acts.
    pub agent_org_id: String,
    /// For whom.
    pub client_org_id: String,
    /// Permissions, each delegable.
    #[schema(value_type = Vec<String>)]
    pub scope: Vec<Permission>,
    /// First day, `YYYY-MM-DD`.
    pub valid_from: String,
    /// Last day, `YYYY-MM-DD`; at most three years after the first.
    pub valid_to: String,
    /// Why.
    pub reason: String,
}

/// A reason.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReasonBody {
    /// Why; 1 to 200 characters.
    pub reason: String,
}

/// An id of a role or permission.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct IdOnly {
    /// Id.
    pub id: String,
}

/// The access policy as a table.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct AccessMatrix {
    /// Roles.
    pub roles: Vec<IdOnly>,
    /// Permissions.
    pub permissions: Vec<IdOnly>,
    /// Role → permission → scope; what is missing is refused.
    pub cells: std::collections::BTreeMap<String, std::collections::BTreeMap<String, String>>,
}

/// Filters of the audit log.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AuditFilter {
    /// Kind, such as `audit.signed_in`.
    pub kind: Option<String>,
    /// Who did it.
    pub account_id: Option<String>,
    /// First day, `YYYY-MM-DD`.
    pub from: Option<String>,
    /// Last day, `YYYY-MM-DD`.
    pub to: Option<String>,
}

/// Who did it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct AuditActor {
    /// Account id, `system` or `anonymous`.
    pub id: String,
    /// Login, or what was typed as one.
    pub login: Option<String>,
}

/// One entry of the audit log.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct AuditView {
    /// Position in the journal.
    pub position: i64,
    /// RFC 3339.
    pub at: String,
    /// Kind.
    pub kind: String,
    /// Who.
    pub account: AuditActor,
    /// Organisation that it was about.
    pub org: Option<Named>,
    /// What it was about.
    pub subject: AuditSubject,
    /// `success` or `failure`.
    pub outcome: String,
    /// Further words.
    #[schema(value_type = Object)]
    pub detail: serde_json::Value,
    /// Address.
    pub ip: Option<String>,
}

/// What an audit entry is about.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct AuditSubject {
    /// Type.
    #[serde(rename = "type")]
    pub kind: String,
    /// Id.
    pub id: String,
}

/// An account of the demonstration.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct DemoAccount {
    /// Login.
    pub login: String,
    /// Role that it shows.
    pub role: String,
    /// Person.
    pub person: String,
    /// Organisation.
    pub org: String,
    /// What to try with it, Chinese.
    pub hint_zh: String,
    /// What to try with it, English.
    pub hint_en: String,
}

/// The accounts of the demonstration with their common password.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct DemoAccounts {
    /// Password of all of them.
    pub password: String,
    /// Accounts.
    pub accounts: Vec<DemoAccount>,
}
