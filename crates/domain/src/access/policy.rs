//! The policy table: permission → scope → roles. One match, so that a new permission without a row does not
//! compile; it must never read anything but its two arguments. The whole table is a snapshot test of the parent.

use super::{Permission, Role, Scope};

type Grant = (Scope, &'static [Role]);

/// The policy as one table: permission → scope → roles. What is not here is refused.
const fn grants(permission: Permission) -> &'static [Grant] {
    use Permission as P;
    use Role as R;
    use Scope as S;
    /// Officials who see the whole city.
    const CITY: &[Role] = &[R::Department, R::Inspector, R::Office];
    /// People of firms who follow a transport: consignor, carrier, receiver.
    const FIRM: &[Role] = &[R::Clerk, R::Manager, R::Dispatcher, R::Scale, R::ReceiverManager];
    /// People of firms who work with stock.
    const STOCK: &[Role] = &[R::Clerk, R::Manager, R::Scale, R::ReceiverManager];
    match permission {
        P::WorkbenchRead => &[
            (S::City, CITY),
            (S::Town, &[R::Town]),
            (S::Party, &[R::Clerk, R::Manager, R::Dispatcher, R::Scale, R::ReceiverManager]),
            (S::Assigned, &[R::Driver]),
            (S::City, &[R::SystemAdmin, R::SecurityAdmin, R::AuditAdmin]),
        ],
        P::CatalogueRead | P::DirectoryRead => &[(S::City, Role::ALL)],
        P::RegistryRead => &[
            (S::City, CITY),
            (S::City, &[R::SystemAdmin]),
            (S::Town, &[R::Town]),
            (S::Org, STOCK),
            (S::Org, &[R::Dispatcher]),
        ],
        P::RegistryWriteOwn => &[(S::Org, &[R::Manager, R::Dispatcher, R::ReceiverManager])],
        P::RegistryWriteCity => &[(S::City, &[R::SystemAdmin])],
        P::PersonalRead => &[
            (S::City, &[R::Inspector, R::SecurityAdmin]),
            (S::Org, &[R::Manager, R::Dispatcher, R::ReceiverManager]),
        ],
        P::StockRead => &[(S::City, CITY), (S::Town, &[R::Town]), (S::Org, STOCK)],
        P::TraceRead => &[
            (S::City, CITY),
            (S::Town, &[R::Town]),
            (S::Party, &[R::Clerk, R::Manager, R::Scale, R::ReceiverManager]),
        ],
        P::GenerationWrite => &[(S::Org, &[R::Clerk, R::Manager])],
        P::StorageWrite | P::TreatmentWrite => &[(S::Org, STOCK)],
        P::ManifestRead => &[
            (S::City, CITY),
            (S::Town, &[R::Town]),
            (S::Party, &[R::Clerk, R::Manager, R::Dispatcher, R::Scale, R::ReceiverManager]),
            (S::Assigned, &[R::Driver]),
        ],
        P::ManifestDraft => &[(S::Party, &[R::Clerk, R::Manager])],
        P::ManifestSignConsignor | P::ManifestVoid => &[(S::Party, &[R::Manager])],
        P::ManifestReturn => &[(S::Party, &[R::Clerk, R::Manager])],
        P::ManifestCarrierWrite => &[(S::Party, &[R::Dispatcher]), (S::Assigned, &[R::Driver])],
        P::ManifestSignCarrier => &[(S::Party, &[R::Dispatcher]), (S::Assigned, &[R::Driver])],
        P::ManifestArrive => {
            &[(S::Party, &[R::Dispatcher, R::Scale, R::ReceiverManager]), (S::Assigned, &[R::Driver])]
        }
        P::ManifestReceiverWrite => &[(S::Party, &[R::Scale, R::ReceiverManager])],
        P::ManifestSignReceiver => &[(S::Party, &[R::ReceiverManager])],
        P::AccountRead => {
            &[(S::City, &[R::SecurityAdmin]), (S::Org, &[R::Manager, R::Dispatcher, R::ReceiverManager])]
        }
        P::AccountAdmin | P::RoleGrant => &[(S::City, &[R::SecurityAdmin])],
        P::DelegationManage => {
            &[(S::City, &[R::SecurityAdmin]), (S::Org, &[R::Manager, R::Dispatcher, R::ReceiverManager])]
        }
        P::AuditRead => &[(S::City, &[R::AuditAdmin])],
        P::ProofRead => &[
            (S::City, &[R::Department, R::Inspector, R::Office, R::AuditAdmin]),
            (S::Party, &[R::Manager, R::ReceiverManager]),
        ],
        P::ImportRun => &[
            (S::City, &[R::SystemAdmin]),
            (S::Org, &[R::Clerk, R::Manager, R::Dispatcher, R::ReceiverManager]),
        ],
        P::ExportRun => &[
            (S::City, CITY),
            (S::City, &[R::SystemAdmin, R::SecurityAdmin, R::AuditAdmin]),
            (S::Town, &[R::Town]),
            (S::Org, STOCK),
            (S::Org, &[R::Dispatcher]),
        ],
        P::SettingsAdmin => &[(S::City, &[R::SystemAdmin])],
        P::LiveRead => {
            &[(S::City, CITY), (S::Town, &[R::Town]), (S::Party, FIRM), (S::Assigned, &[R::Driver])]
        }
        P::WarningRead => &[(S::City, CITY), (S::Town, &[R::Town]), (S::Party, FIRM)],
        P::WarningAssign | P::WarningClose => {
            &[(S::City, &[R::Department, R::Office]), (S::Town, &[R::Town])]
        }
        P::WarningVerify | P::VideoVerify => {
            &[(S::City, &[R::Inspector, R::Department]), (S::Town, &[R::Town])]
        }
        P::WarningAppeal => &[(S::Party, &[R::Manager, R::Dispatcher, R::ReceiverManager])],
        P::VideoEventWrite => &[(S::City, &[R::SystemAdmin]), (S::Org, &[R::Manager, R::ReceiverManager])],
        P::RoadsideCheck => &[(S::City, &[R::Inspector])],
        P::TripReport => &[
            (S::Party, &[R::Dispatcher, R::Scale, R::ReceiverManager, R::Manager]),
            (S::Assigned, &[R::Driver]),
        ],
        P::DeviceHealthRead => &[(S::City, CITY), (S::City, &[R::SystemAdmin]), (S::Org, &[R::Dispatcher])],
        P::ProgrammeRead | P::IndicatorRead | P::CityRead => &[(S::City, CITY), (S::Town, &[R::Town])],
        P::ProgrammeReport | P::IndicatorFill | P::ReportMake => {
            &[(S::City, &[R::Office]), (S::Org, &[R::Department]), (S::Town, &[R::Town])]
        }
        P::IndicatorReview => &[(S::City, &[R::Office]), (S::Org, &[R::Department])],
        P::ProgrammeWrite | P::IndicatorApprove | P::IndicatorDefine => &[(S::City, &[R::Office])],
    }
}

/// How far `role` may exercise `permission`; `None` when it may not.
pub fn policy(role: Role, permission: Permission) -> Option<Scope> {
    grants(permission).iter().filter(|(_, roles)| roles.contains(&role)).map(|(scope, _)| *scope).max()
}

/// The widest scope that any of `roles` gives; `None` when none gives any.
pub fn widest(roles: &[Role], permission: Permission) -> Option<Scope> {
    roles.iter().filter_map(|role| policy(*role, permission)).max()
}

/// Whether any of the roles demands a second factor by default.
pub fn second_factor_required(roles: &[Role]) -> bool {
    roles.iter().any(|role| role.second_factor_by_default())
}
