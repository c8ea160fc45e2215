//! The contexts put together: one router, one list of migrations, one projector for rebuilding the read tables.
//! Every context is named here and nowhere else outside; a new one adds a line to each of the three lists.

use std::sync::Arc;

use db::{BoxFuture, DbError, Migration, ReadTable, Rebuild, StoredEvent, Tx};
use utoipa_axum::router::OpenApiRouter;

use crate::identity;
use crate::kit::{Kit, audit};
use crate::{governance, ledger, monitoring, proof, registry, transfer, workbench};

/// All routes of all contexts, without the `/api` prefix.
pub fn api() -> OpenApiRouter<Arc<Kit>> {
    OpenApiRouter::default()
        .merge(registry::router())
        .merge(identity::router())
        .merge(proof::router())
        .merge(ledger::router())
        .merge(transfer::router())
        .merge(monitoring::router())
        .merge(governance::router())
        .merge(workbench::router())
}

/// The schema after the database crate's own migrations, in order.
pub fn migrations() -> &'static [Migration] {
    const ALL: &[Migration] = &[
        Migration { number: 200, name: "registry", sql: include_str!("../migrations/0200_registry.sql") },
        Migration { number: 250, name: "identity", sql: include_str!("../migrations/0250_identity.sql") },
        Migration { number: 300, name: "ledger", sql: include_str!("../migrations/0300_ledger.sql") },
        Migration { number: 400, name: "transfer", sql: include_str!("../migrations/0400_transfer.sql") },
        Migration { number: 410, name: "amendments", sql: include_str!("../migrations/0410_amendments.sql") },
        Migration { number: 500, name: "live", sql: include_str!("../migrations/0500_live.sql") },
        Migration { number: 510, name: "checks", sql: include_str!("../migrations/0510_checks.sql") },
        Migration { number: 600, name: "programme", sql: include_str!("../migrations/0600_programme.sql") },
        Migration { number: 610, name: "indicators", sql: include_str!("../migrations/0610_indicators.sql") },
        Migration { number: 620, name: "reports", sql: include_str!("../migrations/0620_reports.sql") },
        Migration { number: 630, name: "city", sql: include_str!("../migrations/0630_city.sql") },
        Migration {
            number: 640,
            name: "list_indexes",
            sql: include_str!("../migrations/0640_list_indexes.sql"),
        },
    ];
    ALL
}

/// Replays events into read tables: for `wufei verify --rebuild`.
pub struct ReadModel;

/// Every read table with its key after the tenant.
const TABLES: &[ReadTable] = &[
    table("audit_entry", &["position"]),
    table("org", &["id"]),
    table("site", &["id"]),
    table("facility", &["id"]),
    table("licence", &["id"]),
    table("vehicle", &["id"]),
    table("crew", &["id"]),
    table("plan", &["id"]),
    table("approval", &["id"]),
    table("device", &["id"]),
    table("zone", &["id"]),
    table("camera", &["id"]),
    table("account", &["id"]),
    table("delegation", &["id"]),
    table("signing_key", &["id"]),
    table("lot", &["id"]),
    table("lot_edge", &["src", "dst"]),
    table("ledger_entry", &["position", "seq"]),
    table("register_row", &["position", "seq"]),
    table("lot_event", &["lot_id", "position"]),
    table("batch_counter", &["org_id", "kind", "day"]),
    table("container_counter", &["unit", "waste_code", "day"]),
    table("manifest", &["id"]),
    table("manifest_leg", &["manifest_id", "leg"]),
    table("manifest_line", &["manifest_id", "no"]),
    table("quota_use", &["kind", "ref_id", "line", "year", "waste_code", "manifest_id"]),
    table("manifest_counter", &["series", "year"]),
    table("photo_use", &["sha256", "subject_type", "subject_id"]),
    table("trip_report", &["id"]),
    table("roadside_check", &["id"]),
    table("check_counter", &["day"]),
    table("video_event", &["id"]),
    table("warning", &["id"]),
    table("warning_org", &["warning_id", "org_id"]),
    table("warning_counter", &["day"]),
    table("evidence_use", &["sha256", "subject_type", "subject_id"]),
    table("programme_item", &["id"]),
    table("programme_unit", &["item_id", "org_id"]),
    table("programme_town", &["item_id", "town"]),
    table("programme_town_report", &["item_id", "town"]),
    table("indicator_definition", &["key", "version"]),
    table("indicator_target", &["key", "year", "position"]),
    table("indicator_value", &["id"]),
    table("report", &["id"]),
];

const fn table(name: &'static str, key: &'static [&'static str]) -> ReadTable {
    ReadTable { name, key, ignore: &[] }
}

async fn project(tx: &mut Tx, event: &StoredEvent) -> Result<(), DbError> {
    match event.kind.split('.').next().unwrap_or_default() {
        "audit" => audit::project(tx, event).await,
        "registry" => registry::project(tx, event).await,
        "identity" => identity::project::project(tx, event).await,
        "waste" => ledger::project(tx, event).await,
        "manifest" => transfer::project(tx, event).await,
        "trip" | "warning" | "check" | "video" => monitoring::project(tx, event).await,
        "programme" => governance::programme::project(tx, event).await,
        "indicator" => governance::indicators::project(tx, event).await,
        "report" => governance::reports::project(tx, event).await,
        _ => Err(DbError::Inconsistent(format!(
            "event {} has the unknown kind {}",
            event.position, event.kind
        ))),
    }
}

impl Rebuild for ReadModel {
    fn migrations(&self) -> &[Migration] {
        migrations()
    }

    fn tables(&self) -> &[ReadTable] {
        TABLES
    }

    fn project<'a>(&'a self, tx: &'a mut Tx, event: &'a StoredEvent) -> BoxFuture<'a, Result<(), DbError>> {
        Box::pin(project(tx, event))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_that_a_context_projects_is_compared() {
        let named = registry::project::TABLES
            .iter()
            .chain(&identity::project::TABLES)
            .chain(ledger::project::TABLES)
            .chain(transfer::project::TABLES)
            .chain(monitoring::TABLES)
            .chain(governance::programme::TABLES)
            .chain(governance::indicators::project::TABLES)
            .chain(governance::reports::TABLES);
        for name in named {
            assert!(TABLES.iter().any(|t| t.name == *name), "{name} is missing in the list of read tables");
        }
    }

    #[test]
    fn no_two_schemas_share_a_name() {
        // Merging routers keeps one of two schemas of the same name without a word; so compare them here.
        let mut seen = std::collections::BTreeMap::new();
        for router in [
            registry::router(),
            identity::router(),
            proof::router(),
            ledger::router(),
            transfer::router(),
            monitoring::router(),
            governance::router(),
            workbench::router(),
        ] {
            let Some(components) = router.into_openapi().components else { continue };
            for (name, schema) in components.schemas {
                let text = serde_json::to_string(&schema).expect("a schema is JSON");
                if let Some(other) = seen.insert(name.clone(), text.clone()) {
                    assert_eq!(other, text, "two different schemas are called {name}");
                }
            }
        }
    }
}
