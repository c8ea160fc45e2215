//! The contexts put together: one router, one list of migrations, one projector for rebuilding the read tables.
//! Every context is named here and nowhere else outside; a new one adds a line to each of the three lists.

use std::sync::Arc;

use db::{DbError, Migration, StoredEvent, Tx};
use utoipa_axum::router::OpenApiRouter;

use crate::identity;
use crate::kit::{Kit, audit};
use crate::{proof, registry, workbench};

/// All routes of all contexts, without the `/api` prefix.
pub fn api() -> OpenApiRouter<Arc<Kit>> {
    OpenApiRouter::default().merge(registry::router()).merge(identity::router()).merge(proof::router()).merge(workbench::router())
}

/// The schema after the database crate's own migrations, in order.
pub fn migrations() -> &'static [Migration] {
    const ALL: &[Migration] = &[
        Migration { number: 200, name: "registry", sql: include_str!("../migrations/0200_registry.sql") },
        Migration { number: 250, name: "identity", sql: include_str!("../migrations/0250_identity.sql") },
    ];
    ALL
}

/// Replays events into read tables: for `wufei verify --rebuild`.
pub struct ReadModel;

impl ReadModel {
    /// Every read table.
    pub fn tables() -> Vec<&'static str> {
        let mut all = vec!["audit_entry"];
        all.extend(registry::project::TABLES);
        all.extend(identity::project::TABLES);
        all
    }

    /// Writes the rows of one event.
    ///
    /// # Errors
    /// When the event's kind is unknown, its payload lacks something, or the database refuses.
    pub async fn project(tx: &mut Tx, event: &StoredEvent) -> Result<(), DbError> {
        match event.kind.split('.').next().unwrap_or_default() {
            "audit" => audit::project(tx, event).await,
            "registry" => registry::project(tx, event).await,
            "identity" => identity::project::project(tx, event).await,
            _ => Err(DbError::Inconsistent(format!(
                "event {} has the unknown kind {}",
                event.position, event.kind
            ))),
        }
    }
}
