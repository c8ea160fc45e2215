//! Who may do what, and how far: kinds of organisation, roles, permissions and the policy table.
//!
//! For the identity context, which stores roles, and for `app::kit`, which asks [`policy()`] before
//! every operation and puts the [`Scope`] into the query. It must never look at a database and must
//! never grant anything outside the table in `access/policy.rs`: an operation without a row there is refused to
//! everyone.
//! Separation of the three administrators follows GB/T 22239-2019 (level 3, 三权分立).

use serde::{Deserialize, Serialize};

use crate::problem::Violation;

mod policy;

pub use policy::{policy, second_factor_required, widest};

/// Rule ids of this module.
pub mod rules {
    crate::rule_ids! {
        /// A person without any role.
        NO_ROLE = "ID-ROLE-001";
        /// The role does not fit the kind of organisation.
        ROLE_KIND = "ID-ROLE-002";
        /// Two of the three administrators in one hand.
        TWO_ADMINISTRATORS = "ID-ROLE-003";
        /// An administrator with a business role.
        MIXED_ADMINISTRATOR = "ID-ROLE-004";
        /// A delegation of nothing.
        EMPTY_DELEGATION = "ID-DELEG-001";
        /// A permission that no client may hand over.
        NOT_DELEGABLE = "ID-DELEG-002";
    }
}

/// Makes a fieldless enum whose stored form is one snake_case word, the same in JSON, SQL and Rust.
macro_rules! word_enum {
    ($(#[$meta:meta])* $name:ident { $($(#[$vmeta:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::serde::Serialize, ::serde::Deserialize,
        )]
        pub enum $name { $($(#[$vmeta])* #[serde(rename = $word)] $variant),+ }

        impl $name {
            /// Every value, in the order of declaration.
            pub const ALL: &'static [$name] = &[$($name::$variant),+];

            /// The word stored in tables and sent over the API.
            pub const fn as_str(self) -> &'static str {
                match self { $($name::$variant => $word),+ }
            }

            /// The same word, under the name that other ids have.
            pub const fn id(self) -> &'static str {
                self.as_str()
            }

            /// The value of a stored word; `None` for an unknown one.
            pub fn parse(word: &str) -> Option<Self> {
                match word { $($word => Some($name::$variant),)+ _ => None }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.write_str(self.as_str()) }
        }
    };
}
pub(crate) use word_enum;

word_enum! {
    /// What an organisation is. One organisation may be several, e.g. a receiver that also generates.
    OrgKind {
        /// Generates waste (产废单位).
        Enterprise = "enterprise",
        /// Carries waste (承运人).
        Carrier = "carrier",
        /// Holds a hazardous-waste operating licence (经营单位, 接受人).
        Receiver = "receiver",
        /// A department or unit of the city (部门).
        Department = "department",
        /// A town, sub-district or park (镇街、园区).
        Town = "town",
        /// The office of the leading group (领导小组办公室).
        Office = "office",
        /// The operator of this platform; home of the three administrators.
        Platform = "platform",
    }
}

word_enum! {
    /// What a person does in an organisation. A person may hold several roles there.
    Role {
        /// Keeps the enterprise's ledger and prepares manifests (经办人).
        Clerk = "clerk",
        /// Answers for the enterprise and signs as consignor (环保负责人).
        Manager = "manager",
        /// Plans vehicles and crew of a carrier (调度).
        Dispatcher = "dispatcher",
        /// Drives, and sees only what is assigned to them (驾驶员).
        Driver = "driver",
        /// Weighs and stores at the receiver (司磅).
        Scale = "scale",
        /// Signs acceptance or refusal for the receiver (接受单位负责人).
        ReceiverManager = "receiver_manager",
        /// Official of a department.
        Department = "department",
        /// Official of a town or park: sees their own town.
        Town = "town",
        /// Environmental inspector (执法人员).
        Inspector = "inspector",
        /// Member of the leading-group office.
        Office = "office",
        /// 系统管理员: settings and upkeep of the registry.
        SystemAdmin = "system_admin",
        /// 安全管理员: accounts, roles, delegations.
        SecurityAdmin = "security_admin",
        /// 审计管理员: reads logs and proofs, changes nothing.
        AuditAdmin = "audit_admin",
    }
}

impl Role {
    /// The kinds of organisation whose people may hold this role.
    pub const fn holders(self) -> &'static [OrgKind] {
        match self {
            Role::Clerk | Role::Manager => &[OrgKind::Enterprise, OrgKind::Receiver],
            Role::Dispatcher | Role::Driver => &[OrgKind::Carrier],
            Role::Scale | Role::ReceiverManager => &[OrgKind::Receiver],
            Role::Department | Role::Inspector => &[OrgKind::Department],
            Role::Town => &[OrgKind::Town],
            Role::Office => &[OrgKind::Office],
            Role::SystemAdmin | Role::SecurityAdmin | Role::AuditAdmin => &[OrgKind::Platform],
        }
    }

    /// One of the three administrators, who stand outside all business.
    pub const fn is_administrator(self) -> bool {
        matches!(self, Role::SystemAdmin | Role::SecurityAdmin | Role::AuditAdmin)
    }

    /// Whether a second factor is demanded by default; a city may demand it of more roles, never of fewer.
    pub const fn second_factor_by_default(self) -> bool {
        self.is_administrator()
    }
}

word_enum! {
    /// A family of guarded operations. A new guarded operation gets a permission and a row in the policy table.
    Permission {
        /// What waits for me.
        WorkbenchRead = "workbench_read",
        /// Waste codes, divisions, methods, calendars.
        CatalogueRead = "catalogue_read",
        /// Public part of the registry: names, credit codes, licences with scope. Needed to choose a party.
        DirectoryRead = "directory_read",
        /// The whole registry entry: sites, facilities, plans, vehicles, crew.
        RegistryRead = "registry_read",
        /// Change one's own sites, facilities, plans, vehicles, crew.
        RegistryWriteOwn = "registry_write_own",
        /// Change any organisation, licence, division.
        RegistryWriteCity = "registry_write_city",
        /// See personal fields (telephone, identity number) unmasked; every read is audited.
        PersonalRead = "personal_read",
        /// Stock, ledger, balances, labels.
        StockRead = "stock_read",
        /// Trace backward and forward.
        TraceRead = "trace_read",
        /// Record generation.
        GenerationWrite = "generation_write",
        /// Storage in and out, repacking, adjustment.
        StorageWrite = "storage_write",
        /// Use or disposal.
        TreatmentWrite = "treatment_write",
        /// Manifests, their history, PDF and waybill.
        ManifestRead = "manifest_read",
        /// Create and edit the consignor's part.
        ManifestDraft = "manifest_draft",
        /// Sign as consignor.
        ManifestSignConsignor = "manifest_sign_consignor",
        /// Confirm that refused containers came back (consignor).
        ManifestReturn = "manifest_return",
        /// Void before departure (consignor).
        ManifestVoid = "manifest_void",
        /// Fill the carrier's part.
        ManifestCarrierWrite = "manifest_carrier_write",
        /// Sign as carrier: take over, hand over.
        ManifestSignCarrier = "manifest_sign_carrier",
        /// Record arrival at the receiver.
        ManifestArrive = "manifest_arrive",
        /// Fill the receiver's part: weights and opinion.
        ManifestReceiverWrite = "manifest_receiver_write",
        /// Sign as receiver.
        ManifestSignReceiver = "manifest_sign_receiver",
        /// See accounts and their roles.
        AccountRead = "account_read",
        /// Create, lock, unlock, reset accounts.
        AccountAdmin = "account_admin",
        /// Give and take roles.
        RoleGrant = "role_grant",
        /// Let an agent act for a client; end it.
        DelegationManage = "delegation_manage",
        /// The audit log.
        AuditRead = "audit_read",
        /// Journal events, checkpoints, inclusion and consistency proofs.
        ProofRead = "proof_read",
        /// Import from Excel and CSV.
        ImportRun = "import_run",
        /// Export lists.
        ExportRun = "export_run",
        /// Settings of the platform.
        SettingsAdmin = "settings_admin",
        /// The live map, vehicles, tracks and stops.
        LiveRead = "live_read",
        /// Warnings, their facts and their history.
        WarningRead = "warning_read",
        /// Give a warning to an official, with a date.
        WarningAssign = "warning_assign",
        /// Say what was found on the spot.
        WarningVerify = "warning_verify",
        /// Close a warning, and decide appeals.
        WarningClose = "warning_close",
        /// Object to a warning on behalf of the firm concerned.
        WarningAppeal = "warning_appeal",
        /// Hand in hints of a video system.
        VideoEventWrite = "video_event_write",
        /// Confirm or reject a hint of a video system.
        VideoVerify = "video_verify",
        /// Check a vehicle or a document at the roadside; every check is kept.
        RoadsideCheck = "roadside_check",
        /// Report from a trip: take over, hand over, accident, delay.
        TripReport = "trip_report",
        /// Health of the positioning terminals, and what the gateway refused.
        DeviceHealthRead = "device_health_read",
        /// The four lists of the city's programme: targets, tasks, projects, responsibilities.
        ProgrammeRead = "programme_read",
        /// Report progress, evidence and obstacles of items that the own unit or town answers for.
        ProgrammeReport = "programme_report",
        /// Change the four lists themselves.
        ProgrammeWrite = "programme_write",
        /// Indicators: figures, definitions, lineage.
        IndicatorRead = "indicator_read",
        /// Fill in a figure that the ledger does not know.
        IndicatorFill = "indicator_fill",
        /// Check a figure that somebody else filled in.
        IndicatorReview = "indicator_review",
        /// Approve a checked figure.
        IndicatorApprove = "indicator_approve",
        /// Change definitions, baselines and targets.
        IndicatorDefine = "indicator_define",
        /// The city on one screen.
        CityRead = "city_read",
        /// Make a report from templates and figures.
        ReportMake = "report_make",
    }
}

word_enum! {
    /// How far a permission reaches; the query must apply it. Ordered from narrow to wide.
    Scope {
        /// Documents on which the person themself is named (driver).
        Assigned = "assigned",
        /// Documents on which the organisation is a party.
        Party = "party",
        /// Rows of the organisation.
        Org = "org",
        /// Rows of organisations and sites in the organisation's town.
        Town = "town",
        /// The whole tenant.
        City = "city",
    }
}

/// Checks a set of roles for a person of an organisation of these kinds.
///
/// Rules: at least one role (ID-ROLE-001), each role fits a kind (ID-ROLE-002), at most one of the three
/// administrators (ID-ROLE-003), an administrator holds nothing else (ID-ROLE-004). `path` points to the
/// list of roles in the request.
pub fn check_roles(kinds: &[OrgKind], roles: &[Role], path: &str) -> Vec<Violation> {
    let mut found = Vec::new();
    if roles.is_empty() {
        found.push(Violation::error(rules::NO_ROLE, path));
    }
    for (index, role) in roles.iter().enumerate() {
        if !role.holders().iter().any(|kind| kinds.contains(kind)) {
            found.push(Violation::error(rules::ROLE_KIND, format!("{path}/{index}")).with("role", role));
        }
    }
    let mut administrators: Vec<Role> =
        roles.iter().copied().filter(|role| role.is_administrator()).collect();
    administrators.sort_unstable();
    administrators.dedup();
    if administrators.len() > 1 {
        let held = administrators.iter().map(|role| role.as_str()).collect::<Vec<_>>().join(", ");
        found.push(Violation::error(rules::TWO_ADMINISTRATORS, path).with("roles", held));
    } else if let Some(administrator) = administrators.first()
        && roles.iter().any(|role| role != administrator)
    {
        found.push(Violation::error(rules::MIXED_ADMINISTRATOR, path).with("role", administrator));
    }
    found
}

/// What an agent may do for a client: a set of delegable permissions, sorted, without repetition.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DelegationScope(Vec<Permission>);

impl DelegationScope {
    /// Makes a scope; ID-DELEG-001 for an empty one, ID-DELEG-002 for a permission that no client may hand over.
    pub fn new(permissions: &[Permission], path: &str) -> Result<Self, Vec<Violation>> {
        let mut found = Vec::new();
        if permissions.is_empty() {
            found.push(Violation::error(rules::EMPTY_DELEGATION, path));
        }
        for (index, permission) in permissions.iter().enumerate() {
            if !is_delegable(*permission) {
                let at = format!("{path}/{index}");
                found.push(Violation::error(rules::NOT_DELEGABLE, at).with("permission", permission));
            }
        }
        if found.is_empty() {
            let mut sorted = permissions.to_vec();
            sorted.sort_unstable();
            sorted.dedup();
            Ok(Self(sorted))
        } else {
            Err(found)
        }
    }

    /// The permissions, sorted.
    pub fn permissions(&self) -> &[Permission] {
        &self.0
    }

    /// Whether the client handed this over. A permission that is not delegable is never contained, even if
    /// a stored row says so.
    pub fn allows(&self, permission: Permission) -> bool {
        is_delegable(permission) && self.0.contains(&permission)
    }
}

/// Whether a client may hand this permission to an agent. Accounts, delegations, audit, settings, the city's
/// registry and unmasked personal data never leave the client, and an official's judgement is not handed over.
pub const fn is_delegable(permission: Permission) -> bool {
    use Permission as P;
    match permission {
        P::WorkbenchRead
        | P::CatalogueRead
        | P::DirectoryRead
        | P::RegistryRead
        | P::RegistryWriteOwn
        | P::StockRead
        | P::TraceRead
        | P::GenerationWrite
        | P::StorageWrite
        | P::TreatmentWrite
        | P::ManifestRead
        | P::ManifestDraft
        | P::ManifestSignConsignor
        | P::ManifestReturn
        | P::ManifestVoid
        | P::ManifestCarrierWrite
        | P::ManifestSignCarrier
        | P::ManifestArrive
        | P::ManifestReceiverWrite
        | P::ManifestSignReceiver
        | P::ProofRead
        | P::ImportRun
        | P::ExportRun
        | P::LiveRead
        | P::WarningRead
        | P::WarningAppeal
        | P::VideoEventWrite
        | P::TripReport
        | P::DeviceHealthRead => true,
        P::RegistryWriteCity
        | P::PersonalRead
        | P::AccountRead
        | P::AccountAdmin
        | P::RoleGrant
        | P::DelegationManage
        | P::AuditRead
        | P::SettingsAdmin
        | P::WarningAssign
        | P::WarningVerify
        | P::WarningClose
        | P::VideoVerify
        | P::RoadsideCheck
        | P::ProgrammeRead
        | P::ProgrammeReport
        | P::ProgrammeWrite
        | P::IndicatorRead
        | P::IndicatorFill
        | P::IndicatorReview
        | P::IndicatorApprove
        | P::IndicatorDefine
        | P::CityRead
        | P::ReportMake => false,
    }
}

/// The scope in which an agent with `roles` (in their own organisation) may exercise `permission` for a client.
///
/// Both must agree: the client's delegation lists the permission, and the agent's own role carries it. The
/// reach is at most the client's own rows: never a town or the city.
pub fn delegated(roles: &[Role], delegation: &DelegationScope, permission: Permission) -> Option<Scope> {
    if !delegation.allows(permission) {
        return None;
    }
    widest(roles, permission).map(|scope| scope.min(Scope::Org))
}

#[cfg(test)]
mod tests;
