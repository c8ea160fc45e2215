//! Examples of the policy by name, then properties over every role, kind and permission.

use proptest::prelude::*;

use super::*;

const ADMINISTRATORS: [Role; 3] = [Role::SystemAdmin, Role::SecurityAdmin, Role::AuditAdmin];

/// Every permission that changes the ledger or a manifest, or signs.
const BUSINESS_WRITES: &[Permission] = &[
    Permission::GenerationWrite,
    Permission::StorageWrite,
    Permission::TreatmentWrite,
    Permission::ManifestDraft,
    Permission::ManifestSignConsignor,
    Permission::ManifestReturn,
    Permission::ManifestVoid,
    Permission::ManifestCarrierWrite,
    Permission::ManifestSignCarrier,
    Permission::ManifestArrive,
    Permission::ManifestReceiverWrite,
    Permission::ManifestSignReceiver,
];

fn rules(found: &[Violation]) -> Vec<&'static str> {
    found.iter().map(|violation| violation.rule).collect()
}

#[test]
fn a_driver_sees_only_what_is_assigned() {
    assert_eq!(policy(Role::Driver, Permission::ManifestRead), Some(Scope::Assigned));
    assert_eq!(policy(Role::Driver, Permission::ManifestSignCarrier), Some(Scope::Assigned));
    assert_eq!(policy(Role::Driver, Permission::StockRead), None);
}

#[test]
fn a_clerk_prepares_and_the_manager_signs() {
    assert_eq!(policy(Role::Clerk, Permission::ManifestDraft), Some(Scope::Party));
    assert_eq!(policy(Role::Clerk, Permission::ManifestSignConsignor), None);
    assert_eq!(policy(Role::Manager, Permission::ManifestSignConsignor), Some(Scope::Party));
}

#[test]
fn officials_read_and_never_write_business() {
    for role in [Role::Department, Role::Inspector, Role::Office, Role::Town] {
        for permission in BUSINESS_WRITES {
            assert_eq!(policy(role, *permission), None, "{role} {permission}");
        }
    }
    assert_eq!(policy(Role::Town, Permission::ManifestRead), Some(Scope::Town));
    assert_eq!(policy(Role::Inspector, Permission::ManifestRead), Some(Scope::City));
}

#[test]
fn administrators_neither_sign_nor_touch_the_ledger() {
    for role in ADMINISTRATORS {
        for permission in BUSINESS_WRITES {
            assert_eq!(policy(role, *permission), None, "{role} {permission}");
        }
    }
}

#[test]
fn administrators_duties_are_disjoint() {
    assert_eq!(policy(Role::SystemAdmin, Permission::RegistryWriteCity), Some(Scope::City));
    assert_eq!(policy(Role::SecurityAdmin, Permission::AccountAdmin), Some(Scope::City));
    assert_eq!(policy(Role::AuditAdmin, Permission::AuditRead), Some(Scope::City));
    let duties = [
        Permission::SettingsAdmin,
        Permission::RegistryWriteCity,
        Permission::AccountAdmin,
        Permission::RoleGrant,
        Permission::DelegationManage,
        Permission::AuditRead,
    ];
    for duty in duties {
        let holders = ADMINISTRATORS.iter().filter(|role| policy(**role, duty).is_some()).count();
        assert_eq!(holders, 1, "{duty}");
    }
}

#[test]
fn only_administrators_need_a_second_factor_by_default() {
    for role in Role::ALL {
        assert_eq!(role.second_factor_by_default(), ADMINISTRATORS.contains(role), "{role}");
    }
    assert!(second_factor_required(&[Role::AuditAdmin]));
    assert!(!second_factor_required(&[Role::Manager, Role::Clerk]));
}

#[test]
fn a_role_must_fit_the_organisation() {
    assert!(check_roles(&[OrgKind::Enterprise], &[Role::Clerk, Role::Manager], "/roles").is_empty());
    let found = check_roles(&[OrgKind::Enterprise], &[Role::Clerk, Role::Driver], "/roles");
    assert_eq!(rules(&found), ["ID-ROLE-002"]);
    assert_eq!(found[0].path, "/roles/1");
    assert_eq!(rules(&check_roles(&[OrgKind::Office], &[], "/roles")), ["ID-ROLE-001"]);
}

#[test]
fn a_receiver_is_also_an_enterprise() {
    let kinds = [OrgKind::Receiver, OrgKind::Enterprise];
    assert!(check_roles(&kinds, &[Role::Manager, Role::ReceiverManager, Role::Scale], "/roles").is_empty());
}

#[test]
fn nobody_holds_two_of_the_three() {
    let found = check_roles(&[OrgKind::Platform], &[Role::SystemAdmin, Role::AuditAdmin], "/roles");
    assert_eq!(rules(&found), ["ID-ROLE-003"]);
    let kinds = [OrgKind::Platform, OrgKind::Enterprise];
    let found = check_roles(&kinds, &[Role::SystemAdmin, Role::Clerk], "/roles");
    assert_eq!(rules(&found), ["ID-ROLE-004"]);
}

#[test]
fn an_agent_never_gets_accounts_or_delegations() {
    let found =
        DelegationScope::new(&[Permission::StockRead, Permission::AccountAdmin], "/scope").unwrap_err();
    assert_eq!(rules(&found), ["ID-DELEG-002"]);
    assert_eq!(found[0].path, "/scope/1");
    assert_eq!(rules(&DelegationScope::new(&[], "/scope").unwrap_err()), ["ID-DELEG-001"]);
}

#[test]
fn a_forged_delegation_row_gives_nothing() {
    let forged: DelegationScope = serde_json::from_str(r#"["account_admin","audit_read"]"#).unwrap();
    assert!(!forged.allows(Permission::AccountAdmin));
    assert_eq!(delegated(&[Role::SecurityAdmin], &forged, Permission::AccountAdmin), None);
}

#[test]
fn an_agents_own_role_limits_a_delegation() {
    let scope =
        DelegationScope::new(&[Permission::ManifestDraft, Permission::ManifestSignConsignor], "").unwrap();
    assert_eq!(delegated(&[Role::Clerk], &scope, Permission::ManifestDraft), Some(Scope::Party));
    assert_eq!(delegated(&[Role::Clerk], &scope, Permission::ManifestSignConsignor), None);
    assert_eq!(delegated(&[Role::Manager], &scope, Permission::StockRead), None, "not handed over");
}

#[test]
fn an_officials_judgement_is_not_handed_over() {
    for permission in [
        Permission::WarningAssign,
        Permission::WarningVerify,
        Permission::WarningClose,
        Permission::VideoVerify,
        Permission::RoadsideCheck,
    ] {
        assert!(!is_delegable(permission), "{permission}");
        for role in [Role::Manager, Role::Dispatcher, Role::ReceiverManager, Role::Driver] {
            assert_eq!(policy(role, permission), None, "{role} {permission}");
        }
    }
}

#[test]
fn every_permission_is_held_by_somebody() {
    for permission in Permission::ALL {
        assert!(widest(Role::ALL, *permission).is_some(), "{permission}");
    }
}

#[test]
fn words_round_trip_and_equal_their_json() {
    for permission in Permission::ALL {
        assert_eq!(Permission::parse(permission.as_str()), Some(*permission));
        assert_eq!(serde_json::to_string(permission).unwrap(), format!("\"{permission}\""));
    }
    for role in Role::ALL {
        assert_eq!(Role::parse(role.as_str()), Some(*role));
    }
    assert_eq!(OrgKind::parse("firm"), None);
}

/// The whole table as text, so that a change of policy shows in review.
#[test]
fn policy_table() {
    let mut table = String::new();
    for permission in Permission::ALL {
        let cells: Vec<String> = Role::ALL
            .iter()
            .filter_map(|role| policy(*role, *permission).map(|scope| format!("{role}:{scope}")))
            .collect();
        table.push_str(&format!("{permission} = {}\n", cells.join(" ")));
    }
    insta::assert_snapshot!(table);
}

fn any_role() -> impl Strategy<Value = Role> {
    proptest::sample::select(Role::ALL)
}

fn any_permission() -> impl Strategy<Value = Permission> {
    proptest::sample::select(Permission::ALL)
}

proptest! {
    #[test]
    fn more_roles_never_reach_less(
        roles in proptest::collection::vec(any_role(), 0..5), more in any_role(), permission in any_permission()
    ) {
        let before = widest(&roles, permission);
        let mut grown = roles.clone();
        grown.push(more);
        prop_assert!(widest(&grown, permission) >= before);
    }

    #[test]
    fn an_accepted_set_never_mixes_administration_and_business(
        kinds in proptest::collection::vec(proptest::sample::select(OrgKind::ALL), 1..4),
        roles in proptest::collection::vec(any_role(), 1..4)
    ) {
        if check_roles(&kinds, &roles, "").is_empty() && roles.iter().any(|role| role.is_administrator()) {
            prop_assert!(roles.iter().all(|role| *role == roles[0]));
            prop_assert!(BUSINESS_WRITES.iter().all(|permission| widest(&roles, *permission).is_none()));
        }
    }

    #[test]
    fn a_delegation_never_reaches_beyond_the_client(
        roles in proptest::collection::vec(any_role(), 0..4),
        handed in proptest::collection::vec(any_permission(), 0..8),
        permission in any_permission()
    ) {
        if let Ok(scope) = DelegationScope::new(&handed, "") {
            let reach = delegated(&roles, &scope, permission);
            prop_assert!(reach.is_none_or(|reach| reach <= Scope::Org));
            prop_assert!(reach.is_none() || (handed.contains(&permission) && is_delegable(permission)));
        }
    }
}
