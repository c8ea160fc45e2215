//! Governance: what the city has set out to reach, how far it is, and how it tells. It reads ledger, transfer and
//! monitoring, and must never write their tables or decide what happens to waste.

pub mod city;
pub mod evidence;
pub mod indicators;
pub mod programme;
pub mod reports;
pub mod search;

use std::sync::Arc;

use utoipa_axum::router::OpenApiRouter;

use crate::kit::Kit;

/// Routes of governance.
pub fn router() -> OpenApiRouter<Arc<Kit>> {
    OpenApiRouter::default()
        .merge(evidence::router())
        .merge(programme::router())
        .merge(indicators::router())
        .merge(reports::router())
        .merge(city::router())
        .merge(search::router())
}
