//! The driver's day: documents that wait for the caller or are on the road with them, and what they brought in today.

use std::sync::Arc;

use domain::manifest::Status;
use domain::time::{Zone, parse_instant};
use serde::Serialize;
use utoipa::ToSchema;

use crate::kit::{Kit, OpContext, Problem};
use crate::transfer::list::list;
use crate::transfer::model::ManifestQuery;
use crate::transfer::view::ManifestSummary;

/// The documents of a day.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TripToday {
    /// Open ones first, then those that arrived today.
    pub manifests: Vec<ManifestSummary>,
}

/// The caller's day. The reach of reading manifests decides what it holds.
///
/// # Errors
/// 403 without the right to read manifests.
pub async fn today(kit: &Arc<Kit>, ctx: &Arc<OpContext>) -> Result<TripToday, Problem> {
    let open = [Status::AwaitingCarrier, Status::InTransit].map(Status::as_str).join(",");
    let query = |status: String, sort: &str, limit: i64| ManifestQuery {
        status: Some(status),
        sort: Some(sort.to_owned()),
        limit: Some(limit),
        ..ManifestQuery::default()
    };
    let mut manifests = list(kit, ctx, query(open, "-updated_at", 100)).await?.items;
    let rest = [Status::Arrived, Status::Accepted, Status::PartiallyRefused, Status::Refused]
        .map(Status::as_str)
        .join(",");
    let zone = Zone::named(&kit.settings.zone).map_err(|_| Problem::internal())?;
    let start = zone.start_of(zone.date_of(kit.clock.now()));
    let arrived = list(kit, ctx, query(rest, "-updated_at", 50)).await?.items;
    manifests.extend(arrived.into_iter().filter(|m| {
        m.arrived_at.as_deref().and_then(|t| parse_instant(t).ok()).is_some_and(|at| at >= start)
    }));
    Ok(TripToday { manifests })
}
