//! A house for tests: any database, a clock that stands until it is moved, ids from a seed.

use std::sync::Arc;

use db::{CheckpointSigner, Db};
use domain::access::{OrgKind, Role};

use super::clock::{SeededIds, SimClock};
use super::context::OpContext;
use super::settings::Settings;
use super::texts::Lang;
use super::{Clock, Kit};

/// 2026-03-02 08:00 in Shanghai, a working day: where test clocks start.
pub const START: i64 = 1_772_409_600_000_000;

/// The tenant of tests.
pub const TENANT: &str = "320281";

/// A kit on `db` (already migrated) with its clock.
pub fn kit_on(db: Db) -> (Arc<Kit>, Arc<SimClock>) {
    let clock = Arc::new(SimClock::new(START));
    let settings =
        Settings { tenant: TENANT.to_owned(), profile: "jiangyin".to_owned(), ..Settings::default() };
    let signer = CheckpointSigner::from_seed("wufei.test", &[7; 32]).expect("a fixed seed is a key");
    let kit = Kit::new(
        db,
        Arc::clone(&clock) as Arc<dyn Clock>,
        Arc::new(SeededIds::new(1)),
        Arc::new(signer),
        settings,
    );
    (kit, clock)
}

/// A caller of `org_id` with these roles.
pub fn caller(org_id: &str, kinds: &[OrgKind], roles: &[Role]) -> Arc<OpContext> {
    Arc::new(OpContext {
        tenant: TENANT.to_owned(),
        account_id: format!("account-{org_id}-{}", roles.first().map_or("none", |r| r.as_str())),
        person_id: format!("person-{org_id}"),
        org_id: org_id.to_owned(),
        org_kinds: kinds.to_vec(),
        town_code: None,
        roles: roles.to_vec(),
        acting_for: None,
        second_factor: true,
        lang: Lang::Zh,
        trace_id: "test".to_owned(),
        idempotency_key: None,
        purpose: None,
        ip: None,
    })
}

/// The caller again, with an idempotency key.
pub fn with_key(ctx: &Arc<OpContext>, key: &str) -> Arc<OpContext> {
    Arc::new(OpContext { idempotency_key: Some(key.to_owned()), ..OpContext::clone(ctx) })
}
