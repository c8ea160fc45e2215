//! Events of the ledger into its read tables; the only place that changes them. Called live in the command's
//! transaction and again, event by event, when the journal is replayed, so it may use nothing but the event.

use db::{DbError, StoredEvent, Tx, Value, params};
use domain::ledger::{
    EventKind, LedgerEvent, Lot, LotKind, LotState, LotStatus, LotUpdate, Origin, RowChange,
};

use crate::kit::work::Fact;
use crate::kit::{Problem, Work};

/// Read tables that [`project`] writes.
pub const TABLES: &[&str] =
    &["lot", "lot_edge", "ledger_entry", "register_row", "lot_event", "batch_counter", "container_counter"];

/// The acting person's name in an event's personal data.
pub const HANDLER: &str = "handler";

const INSERT_LOT: &str = "insert into lot (tenant_id, id, version, kind, origin, container_code, live_code, waste_code, \
     name, form, traits, components, packaging, capacity_ml, holder_id, site_id, generated_on, generation_batch, \
     source_manifest, created_at, initial_g, remaining_g, status, in_stock, facility_id, stored_at, deadline_at, \
     purpose, manifest_id, staged_g, store_in_batch, store_out_batch, sent_batch, last_at) \
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, \
     $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $34)";
const UPDATE_LOT: &str = "update lot set version = $3, initial_g = $4, remaining_g = $5, status = $6, \
     in_stock = (kind = 'waste' and $7), live_code = case when $8 then container_code else null end, \
     facility_id = $9, stored_at = $10, deadline_at = $11, purpose = $12, manifest_id = $13, staged_g = $14, \
     store_in_batch = $15, store_out_batch = $16, sent_batch = $17, last_at = $18 \
     where tenant_id = $1 and id = $2";
const INSERT_EDGE: &str = "insert into lot_edge (tenant_id, src, dst, mass_g, kind, position, seq) \
     values ($1, $2, $3, $4, $5, $6, $7)";
const INSERT_ENTRY: &str = "insert into ledger_entry (tenant_id, position, seq, id, org_id, site_id, waste_code, kind, \
     month, mass_g, lot_id, batch_code, at, recorded_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";
const INSERT_ROW: &str = "insert into register_row (tenant_id, position, seq, id, sheet, org_id, site_id, month, at, \
     batch_code, lot_id, waste_code, mass_g, content) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";
const CHANGE_ROW: &str = "update register_row set mass_g = $5 where tenant_id = $1 and lot_id = $2 and sheet = $3 \
     and batch_code = $4";
const INSERT_LOT_EVENT: &str = "insert into lot_event (tenant_id, lot_id, position, kind, at, recorded_at) \
     values ($1, $2, $3, $4, $5, $6)";
const COUNT_BATCH: &str = "insert into batch_counter (tenant_id, org_id, kind, day, last) values ($1, $2, $3, $4, $5) \
     on conflict (tenant_id, org_id, kind, day) do update set last = \
     case when excluded.last > batch_counter.last then excluded.last else batch_counter.last end";
const COUNT_CONTAINER: &str = "insert into container_counter (tenant_id, unit, waste_code, day, last) \
     values ($1, $2, $3, $4, $5) on conflict (tenant_id, unit, waste_code, day) do update set last = \
     case when excluded.last > container_counter.last then excluded.last else container_counter.last end";

/// Writes the rows of an event; events of other contexts pass.
///
/// # Errors
/// When the payload is not a ledger event, or the database refuses.
pub async fn project(tx: &mut Tx, event: &StoredEvent) -> Result<(), DbError> {
    if event.kind.parse::<EventKind>().is_err() {
        return Ok(());
    }
    let decided: LedgerEvent = serde_json::from_value(event.payload.clone()).map_err(|error| {
        DbError::Inconsistent(format!("event {} ({}): {error}", event.position, event.kind))
    })?;
    tx.exec_all(statements(tx.tenant(), event, &decided)?).await
}

/// Appends a decided event and projects it.
///
/// # Errors
/// 500 when the database refuses.
pub async fn emit(
    work: &mut Work<'_>,
    decided: &LedgerEvent,
    handler: Option<String>,
) -> Result<i64, Problem> {
    let payload = serde_json::to_value(decided).map_err(|error| {
        tracing::error!(%error, "a ledger event cannot be written");
        Problem::internal()
    })?;
    // The lot, or the first of several; `lot_event` knows them all.
    let subject = decided.touched().first().map(|id| (*id).to_owned()).unwrap_or_default();
    let fact = Fact {
        occurred_at: decided.at,
        personal: handler.map(|name| (HANDLER.to_owned(), name)).into_iter().collect(),
        ..Fact::new(decided.kind.as_str(), "lot", subject, work.now, payload).of_org(&decided.org)
    };
    let event = work.append(fact).await?;
    let statements = statements(work.tenant(), &event, decided)?;
    work.tx.exec_all(statements).await?;
    Ok(event.position)
}

type Statements = Vec<(&'static str, Vec<Value>)>;

fn statements(tenant: &str, event: &StoredEvent, decided: &LedgerEvent) -> Result<Statements, DbError> {
    let mut out: Statements = Vec::new();
    // Old lots first: a container code leaves its old lot before the receiver's lot takes it.
    for update in &decided.updates {
        out.push((UPDATE_LOT, update_lot(tenant, update)));
    }
    for lot in &decided.lots {
        out.push((INSERT_LOT, insert_lot(tenant, lot)));
        if let Some(code) = lot.container.as_ref().filter(|_| lot.origin != Origin::Received) {
            let key = params![
                tenant,
                code.unit().as_str(),
                code.waste().to_string(),
                code.date().to_string(),
                code.serial()
            ];
            out.push((COUNT_CONTAINER, key));
        }
    }
    for batch in &decided.batches {
        let key =
            params![tenant, &decided.org, batch.kind().prefix(), batch.date().to_string(), batch.serial()];
        out.push((COUNT_BATCH, key));
    }
    for (seq, edge) in (0_i64..).zip(&decided.edges) {
        let row = params![tenant, &edge.src, &edge.dst, edge.mass_g, edge.kind.as_str(), event.position, seq];
        out.push((INSERT_EDGE, row));
    }
    for (seq, e) in (0_i64..).zip(&decided.entries) {
        let row = params![
            tenant,
            event.position,
            seq,
            row_id(event.position, seq),
            &e.org,
            &e.site,
            e.waste_code.to_string(),
            e.kind.as_str(),
            e.month.to_string(),
            e.mass_g,
            &e.lot,
            text(e.batch),
            e.at,
            event.recorded_at
        ];
        out.push((INSERT_ENTRY, row));
    }
    for (seq, row) in (0_i64..).zip(&decided.rows) {
        let content = serde_json::to_string(row).map_err(|error| {
            DbError::Inconsistent(format!("event {}: register row: {error}", event.position))
        })?;
        let row = params![
            tenant,
            event.position,
            seq,
            row_id(event.position, seq),
            row.table.as_str(),
            &row.org,
            &row.site,
            row.month.to_string(),
            row.at,
            row.batch.to_string(),
            &row.lot,
            row.code.to_string(),
            row.mass_g,
            content
        ];
        out.push((INSERT_ROW, row));
    }
    for change in &decided.row_changes {
        out.push((CHANGE_ROW, change_row(tenant, change)));
    }
    for lot in decided.touched() {
        let row = params![tenant, lot, event.position, event.kind.as_str(), decided.at, event.recorded_at];
        out.push((INSERT_LOT_EVENT, row));
    }
    Ok(out)
}

/// One sortable key of a row.
fn row_id(position: i64, seq: i64) -> String {
    format!("{position:012}-{seq:04}")
}

fn change_row(tenant: &str, change: &RowChange) -> Vec<Value> {
    params![tenant, &change.lot, change.table.as_str(), change.batch.to_string(), change.mass_g]
}

/// Whether the container's code points to this lot: with its holder, on the road, or refused.
fn live(state: &LotState) -> bool {
    !matches!(state.status, LotStatus::Consumed | LotStatus::Received | LotStatus::Ended)
}

fn text(value: Option<impl ToString>) -> Option<String> {
    value.map(|v| v.to_string())
}

fn insert_lot(tenant: &str, lot: &Lot) -> Vec<Value> {
    let code = text(lot.container.as_ref());
    let state = &lot.state;
    params![
        tenant,
        &lot.id,
        state.version,
        lot.kind.as_str(),
        lot.origin.as_str(),
        code.clone(),
        code.filter(|_| live(state)),
        text(lot.waste_code),
        &lot.name,
        lot.form.as_str(),
        lot.traits.to_string(),
        &lot.components,
        lot.packaging.as_str(),
        lot.capacity_ml,
        &lot.holder,
        &lot.site,
        lot.generated_on.to_string(),
        text(lot.generation_batch),
        &lot.source_manifest,
        lot.created_at,
        state.initial_g,
        state.remaining_g,
        state.status.as_str(),
        lot.kind == LotKind::Waste && state.status.in_stock(),
        &state.facility,
        state.stored_at,
        state.deadline_at,
        state.purpose.map(|p| p.as_str()),
        &state.manifest,
        state.staged_g,
        text(state.store_in_batch),
        text(state.store_out_batch),
        text(state.sent_batch),
        state.last_at
    ]
}

fn update_lot(tenant: &str, update: &LotUpdate) -> Vec<Value> {
    let state = &update.state;
    params![
        tenant,
        &update.id,
        state.version,
        state.initial_g,
        state.remaining_g,
        state.status.as_str(),
        state.status.in_stock(),
        live(state),
        &state.facility,
        state.stored_at,
        state.deadline_at,
        state.purpose.map(|p| p.as_str()),
        &state.manifest,
        state.staged_g,
        text(state.store_in_batch),
        text(state.store_out_batch),
        text(state.sent_batch),
        state.last_at
    ]
}
