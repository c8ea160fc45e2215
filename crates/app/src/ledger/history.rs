//! A lot with everything that happened to it, read from the journal.

use std::collections::BTreeMap;
use std::sync::Arc;

use db::{Sql, StoredEvent, params};
use domain::access::Permission;
use domain::ledger::LedgerEvent;
use domain::time::format_instant;
use serde::Serialize;
use utoipa::ToSchema;

use super::list;
use super::model::LotView;
use super::project::HANDLER;
use crate::kit::{Kit, OpContext, Problem};
use crate::registry::load;
use crate::registry::model::Named;
use crate::registry::personal::mask;

/// What an event did to the lot.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct EventSummary {
    /// Status after it.
    pub status: Option<&'static str>,
    /// Grams that were left after it.
    pub remaining_g: Option<i64>,
    /// Grams of this lot that it moved, signed from the view of the stock.
    pub mass_g: Option<i64>,
    /// Batch codes that it used.
    pub batch_codes: Vec<String>,
    /// Code of the facility.
    pub facility: Option<String>,
    /// Method.
    pub method_code: Option<String>,
    /// Manifest.
    pub manifest_id: Option<String>,
    /// Reason of a correction.
    pub reason: Option<String>,
    /// Note.
    pub note: Option<String>,
}

/// One event of a lot.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct LotEvent {
    /// Journal position, for the proof.
    pub position: i64,
    /// `waste.…`.
    pub kind: String,
    /// When it happened.
    pub at: String,
    /// When it was recorded.
    pub recorded_at: String,
    /// Who recorded it; the name is empty when it was erased.
    pub actor: Named,
    /// Organisation that acted.
    pub org: Option<Named>,
    /// What it did.
    pub summary: EventSummary,
}

/// A lot with its events, oldest first.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct LotDetail {
    /// The lot.
    #[serde(flatten)]
    pub lot: LotView,
    /// Events.
    pub events: Vec<LotEvent>,
}

/// Most events of one lot that are shown.
const MAX_EVENTS: i64 = 500;

/// A lot with its history.
///
/// # Errors
/// 404 when there is none within reach.
pub async fn get(kit: &Kit, ctx: &Arc<OpContext>, id: String) -> Result<LotDetail, Problem> {
    let reach = ctx.require(Permission::StockRead)?;
    let (ctx, now) = (Arc::clone(ctx), kit.clock.now());
    kit.db
        .read(move |s| {
            Box::pin(async move {
                let lot = list::one(s, &ctx, &reach, &id, now).await?;
                let own = ctx.acting_for.is_none() && ctx.org_id == lot.holder.id;
                let events = events(s, &ctx.tenant, &id, own).await?;
                Ok(LotDetail { lot, events })
            })
        })
        .await
}

async fn events(s: &mut dyn Sql, tenant: &str, lot_id: &str, own: bool) -> Result<Vec<LotEvent>, Problem> {
    let rows = s
        .query(
            "select position from lot_event where tenant_id = $1 and lot_id = $2 order by position limit $3",
            &params![tenant, lot_id, MAX_EVENTS],
        )
        .await?;
    let mut stored = Vec::with_capacity(rows.len());
    for row in rows {
        stored.extend(db::event(s, tenant, row.get("position")?).await?);
    }
    let orgs: Vec<String> = stored.iter().filter_map(|e| e.org_id.clone()).collect();
    let names = load::org_names(s, tenant, &orgs).await?;
    stored.iter().map(|event| shown(event, lot_id, &names, own)).collect()
}

fn shown(
    event: &StoredEvent,
    lot_id: &str,
    names: &BTreeMap<String, String>,
    own: bool,
) -> Result<LotEvent, Problem> {
    let decided: LedgerEvent = serde_json::from_value(event.payload.clone()).map_err(|error| {
        tracing::error!(%error, position = event.position, "a ledger event is not readable");
        Problem::internal()
    })?;
    let new = decided.lots.iter().find(|l| l.id == lot_id).map(|l| &l.state);
    let state = new.or_else(|| decided.updates.iter().find(|u| u.id == lot_id).map(|u| &u.state));
    let entries: Vec<i64> = decided.entries.iter().filter(|e| e.lot == lot_id).map(|e| e.mass_g).collect();
    let facility = decided.rows.iter().find(|r| r.lot == lot_id).and_then(|r| r.facility.clone());
    let name = event.personal.get(HANDLER).cloned().flatten().unwrap_or_default();
    // Of other firms' people only the first character is shown.
    let name = if own || name.is_empty() { name } else { mask("name", &name) };
    Ok(LotEvent {
        position: event.position,
        kind: event.kind.clone(),
        at: format_instant(event.occurred_at),
        recorded_at: format_instant(event.recorded_at),
        actor: Named { id: event.actor_id.clone(), name },
        org: event.org_id.clone().map(|id| Named { name: names.get(&id).cloned().unwrap_or_default(), id }),
        summary: EventSummary {
            status: state.map(|st| st.status.as_str()),
            remaining_g: state.map(|st| st.remaining_g),
            mass_g: (!entries.is_empty()).then(|| entries.iter().sum()),
            batch_codes: decided.batches.iter().map(ToString::to_string).collect(),
            facility,
            method_code: decided.method.map(|m| m.to_string()),
            manifest_id: decided.manifest.clone(),
            reason: decided.reason.clone(),
            note: decided.note.clone(),
        },
    })
}
