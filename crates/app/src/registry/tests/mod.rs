//! Tests of the registers: the data, the rules between fields, rows through the service, and tables, on both
//! engines where a database is involved.

mod data;
mod fields;
mod filing;
mod http;
mod lines;
mod rows;
mod tables;
mod towns;

use std::sync::Arc;

use domain::access::{OrgKind, Role};
use jiff::civil::date;
use serde_json::{Value, json};

use super::check::RowMap;
use super::entity::Entity;
use super::seed::{self, DemoKeys};
use super::service::{self, Save, Written};
use crate::kit::testing::{TENANT, caller, kit_on};
use crate::kit::{Kit, OpContext, Problem};

pub(super) type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// The whole schema of the application: other contexts' tables are part of commands (audit).
pub(super) fn migrations() -> &'static [db::Migration] {
    crate::migrations()
}

pub(super) fn entity(key: &str) -> &'static Entity {
    Entity::of(key).unwrap_or_else(|| panic!("no register {key}"))
}

pub(super) fn object(value: Value) -> RowMap {
    match value {
        Value::Object(map) => map,
        other => panic!("not an object: {other}"),
    }
}

/// The city's system.
pub(super) fn system() -> Arc<OpContext> {
    OpContext::system(TENANT)
}

/// A kit with the city and its fictional firms.
pub(super) async fn demo_city(db: &db::Db) -> Outcome<(Arc<Kit>, DemoKeys)> {
    let (kit, _) = kit_on(db.clone());
    let keys =
        seed::demo(&kit, date(2026, 3, 2), &[2026]).await?.ok_or("the demonstration was there already")?;
    Ok((kit, keys))
}

pub(super) async fn create(
    kit: &Arc<Kit>,
    ctx: &Arc<OpContext>,
    register: &str,
    row: Value,
) -> Result<Written, Problem> {
    service::save(kit, ctx, entity(register), Save { id: None, version: None, input: object(row) }).await
}

pub(super) async fn update(
    kit: &Arc<Kit>,
    ctx: &Arc<OpContext>,
    register: &str,
    id: &str,
    version: i64,
    row: Value,
) -> Result<Written, Problem> {
    let save = Save { id: Some(id.to_owned()), version: Some(version), input: object(row) };
    service::save(kit, ctx, entity(register), save).await
}

/// The rule and path of every error.
pub(super) fn errors(problem: &Problem) -> Vec<(String, String)> {
    problem.errors.iter().map(|e| (e.rule.clone(), e.path.clone())).collect()
}

pub(super) fn manager(keys: &DemoKeys, org: &str) -> Arc<OpContext> {
    caller(&keys.orgs[org], &[OrgKind::Enterprise], &[Role::Manager])
}

pub(super) fn clerk(keys: &DemoKeys, org: &str) -> Arc<OpContext> {
    caller(&keys.orgs[org], &[OrgKind::Enterprise], &[Role::Clerk])
}

pub(super) fn dispatcher(keys: &DemoKeys, org: &str) -> Arc<OpContext> {
    caller(&keys.orgs[org], &[OrgKind::Carrier], &[Role::Dispatcher])
}

pub(super) fn town(keys: &DemoKeys, key: &str, code: &str) -> Arc<OpContext> {
    let mut ctx = OpContext::clone(&caller(&keys.orgs[key], &[OrgKind::Town], &[Role::Town]));
    ctx.town_code = Some(code.to_owned());
    Arc::new(ctx)
}

pub(super) fn inspector(keys: &DemoKeys, purpose: Option<&str>) -> Arc<OpContext> {
    let ctx = caller(&keys.orgs["dept:ecology"], &[OrgKind::Department], &[Role::Inspector]);
    Arc::new(OpContext { purpose: purpose.map(str::to_owned), ..OpContext::clone(&ctx) })
}

pub(super) fn crew_row(org_id: &str, cert: &str) -> Value {
    json!({"org_id": org_id, "name": "演示人", "phone": "0510-0000-9999", "duty": "driver", "cert_no": cert, "valid_to": "2027-12-31"})
}
