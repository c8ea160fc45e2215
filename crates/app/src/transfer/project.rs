//! Manifest events into their read tables; the only place that changes them. Called live in the command's
//! transaction and again when `wufei verify --rebuild` replays the journal, so it may use nothing but the
//! event and the rows that earlier events made.

use db::{DbError, StoredEvent, Tx, Value as Sv, params};
use domain::codes::town_of;
use domain::manifest::{Decision, Event, Manifest, Recorded, Step, evolve, join_personal, split_personal};
use serde_json::Value;

use super::{numbers, store};
use crate::kit::work::Fact;
use crate::kit::{Problem, Work};

/// Subject of the events.
pub const SUBJECT: &str = "manifest";

/// Tables that this context's events fill, for the comparison after a rebuild.
pub const TABLES: &[&str] = &["manifest", "manifest_leg", "manifest_line", "quota_use", "manifest_counter"];

/// Appends the decided event and projects it.
///
/// # Errors
/// 500 when the database refuses.
pub async fn emit(work: &mut Work<'_>, decision: &Decision) -> Result<StoredEvent, Problem> {
    let recorded = &decision.recorded;
    let mut payload = serde_json::to_value(recorded).map_err(|error| {
        tracing::error!(%error, "a manifest event cannot be written as JSON");
        Problem::internal()
    })?;
    let personal = split_personal(&mut payload);
    let after = &decision.after;
    let fact = Fact {
        kind: recorded.event.kind(),
        subject_type: SUBJECT,
        subject_id: after.id.clone(),
        org_id: Some(after.consignor.id.clone()),
        occurred_at: recorded.event.occurred_at().unwrap_or(work.now),
        rule_version: Some(after.rule_pack.clone()),
        payload,
        personal,
    };
    let event = work.append(fact).await?;
    write(work.tx, &event, &recorded.event, after).await?;
    Ok(event)
}

/// The domain event of a journal event, personal data put back as far as it was not erased.
///
/// # Errors
/// When the payload is not one.
pub fn read(event: &StoredEvent) -> Result<Recorded, DbError> {
    let mut payload: Value = event.payload.clone();
    let personal = event.personal.iter().map(|(path, value)| (path.as_str(), value.as_deref()));
    join_personal(&mut payload, personal);
    serde_json::from_value(payload)
        .map_err(|error| DbError::Inconsistent(format!("event {} ({}): {error}", event.position, event.kind)))
}

/// Applies an event; others are left alone.
///
/// # Errors
/// When the database refuses or the event does not follow the document.
pub async fn project(tx: &mut Tx, event: &StoredEvent) -> Result<(), DbError> {
    if event.subject_type != SUBJECT {
        return Ok(());
    }
    let recorded = read(event)?;
    let tenant = tx.tenant().to_owned();
    let before = store::document(tx, &tenant, &event.subject_id).await?;
    let after = evolve(before, &recorded).ok_or_else(|| {
        DbError::Inconsistent(format!(
            "event {} ({}) does not follow its document",
            event.position, event.kind
        ))
    })?;
    write(tx, event, &recorded.event, &after).await
}

async fn write(tx: &mut Tx, event: &StoredEvent, what: &Event, after: &Manifest) -> Result<(), DbError> {
    let tenant = tx.tenant().to_owned();
    let mut statements = vec![manifest_row(&tenant, event, after)?];
    match what {
        Event::Drafted { internal_number, .. } => {
            statements.push(counter(&tenant, numbers::INTERNAL, internal_number));
            lines(&tenant, after, false, &mut statements);
            legs(&tenant, after, &mut statements);
        }
        Event::ConsignorEdited { .. } => {
            lines(&tenant, after, true, &mut statements);
            legs(&tenant, after, &mut statements);
        }
        Event::CarrierEdited { .. }
        | Event::CarrierSigned { .. }
        | Event::HandedOver { .. }
        | Event::Arrived { .. } => legs(&tenant, after, &mut statements),
        Event::ConsignorSigned { number, .. } => {
            if let Some(number) = number {
                statements.push(counter(&tenant, numbers::DEMO, &number.value));
            }
            uses(&tenant, after, false, &mut statements);
        }
        Event::ReceiverSigned { .. } => {
            lines(&tenant, after, true, &mut statements);
            uses(&tenant, after, true, &mut statements);
        }
        Event::Voided { .. } => uses(&tenant, after, true, &mut statements),
        Event::ReceiverEdited { .. } | Event::Returned { .. } => {}
    }
    tx.exec_all(statements).await
}

type Statement = (&'static str, Vec<Sv>);

fn manifest_row(tenant: &str, event: &StoredEvent, m: &Manifest) -> Result<Statement, DbError> {
    let broken = |error: serde_json::Error| {
        DbError::Inconsistent(format!("event {} ({}): {error}", event.position, event.kind))
    };
    let document = serde_json::to_string(m).map_err(broken)?;
    let mut codes: Vec<&str> = m.consignor_part.lines.iter().map(|line| line.waste_code.as_str()).collect();
    codes.sort_unstable();
    codes.dedup();
    let leg = m.legs.last();
    let containers = i64::try_from(m.containers().count()).unwrap_or(i64::MAX);
    let receiver_town =
        town_of(m.receiver_part.as_ref().map_or(&m.receiver.division_code, |part| &part.site.division_code));
    Ok((
        "insert into manifest (tenant_id, id, version, status, class, rule_pack, internal_number, number, \
         number_status, consignor_id, consignor_name, consignor_site_id, consignor_town, receiver_id, \
         receiver_name, receiver_town, carrier_id, carrier_name, plate, waste_codes, containers, mass_g, \
         created_at, updated_at, departed_at, arrived_at, confirmed_at, due_at, next_step, next_org_id, \
         released, content_hash, position, document) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, \
         $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $34) \
         on conflict (tenant_id, id) do update set version = excluded.version, status = excluded.status, \
         number = excluded.number, number_status = excluded.number_status, \
         consignor_name = excluded.consignor_name, consignor_site_id = excluded.consignor_site_id, \
         consignor_town = excluded.consignor_town, receiver_id = excluded.receiver_id, \
         receiver_name = excluded.receiver_name, receiver_town = excluded.receiver_town, \
         carrier_id = excluded.carrier_id, carrier_name = excluded.carrier_name, plate = excluded.plate, \
         waste_codes = excluded.waste_codes, containers = excluded.containers, mass_g = excluded.mass_g, \
         updated_at = excluded.updated_at, departed_at = excluded.departed_at, \
         arrived_at = excluded.arrived_at, confirmed_at = excluded.confirmed_at, due_at = excluded.due_at, \
         next_step = excluded.next_step, next_org_id = excluded.next_org_id, \
         released = excluded.released, content_hash = excluded.content_hash, position = excluded.position, document = excluded.document",
        params![
            tenant,
            m.id.as_str(),
            m.version,
            m.status.as_str(),
            m.class.as_str(),
            m.rule_pack.as_str(),
            m.internal_number.as_str(),
            m.number.as_ref().map(|number| number.value.clone()),
            m.number_status().as_str(),
            m.consignor.id.as_str(),
            m.consignor.name.as_str(),
            m.consignor_part.site.id.as_str(),
            town_of(&m.consignor_part.site.division_code),
            m.receiver.id.as_str(),
            m.receiver.name.as_str(),
            receiver_town,
            leg.map_or("", |leg| leg.carrier.id.as_str()),
            leg.map_or("", |leg| leg.carrier.name.as_str()),
            leg.and_then(|leg| leg.vehicle.as_ref()).map(|vehicle| vehicle.plate.clone()),
            serde_json::to_string(&codes).map_err(broken)?,
            containers,
            m.mass_g(),
            m.times.created_at,
            event.recorded_at,
            m.times.departed_at,
            m.times.arrived_at,
            m.times.confirmed_at,
            m.due_at(),
            m.next_step().map(|step| step.as_str().to_owned()),
            m.next_org().map(str::to_owned),
            m.signatures.iter().any(|s| s.step == Step::Consignor),
            m.content_hash.as_str(),
            event.position,
            document,
        ],
    ))
}

fn counter(tenant: &str, series: &'static str, number: &str) -> Statement {
    let (year, serial) = numbers::year_and_serial(number).unwrap_or((0, 0));
    (
        "insert into manifest_counter (tenant_id, series, year, last) values ($1, $2, $3, $4) \
         on conflict (tenant_id, series, year) do update set last = excluded.last \
         where manifest_counter.last < excluded.last",
        params![tenant, series, year, serial],
    )
}

fn lines(tenant: &str, m: &Manifest, replace: bool, statements: &mut Vec<Statement>) {
    if replace {
        statements.push((
            "delete from manifest_line where tenant_id = $1 and manifest_id = $2",
            params![tenant, m.id.as_str()],
        ));
    }
    let confirmed = m.times.confirmed_at.is_some();
    for line in &m.consignor_part.lines {
        let received = m.receiver_part.iter().flat_map(|part| &part.lines).filter(|r| r.no == line.no);
        let accepted: i64 = received.flat_map(|r| &r.lots).map(|lot| lot.received_g).sum();
        statements.push((
            "insert into manifest_line (tenant_id, manifest_id, no, waste_code, mass_g, accepted_g, created_at) \
             values ($1, $2, $3, $4, $5, $6, $7)",
            params![
                tenant,
                m.id.as_str(),
                line.no,
                line.waste_code.as_str(),
                line.mass_g,
                confirmed.then_some(accepted),
                m.times.created_at,
            ],
        ));
    }
}

fn legs(tenant: &str, m: &Manifest, statements: &mut Vec<Statement>) {
    for (index, leg) in m.legs.iter().enumerate() {
        let taken = m.signatures.iter().any(|s| s.step == Step::Carrier && s.leg == Some(index));
        statements.push((
            "insert into manifest_leg (tenant_id, manifest_id, leg, carrier_id, vehicle_id, plate, \
             driver_account_id, taken, departed_at, arrived_at, created_at, followed) \
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) \
             on conflict (tenant_id, manifest_id, leg) do update set carrier_id = excluded.carrier_id, \
             vehicle_id = excluded.vehicle_id, plate = excluded.plate, \
             driver_account_id = excluded.driver_account_id, taken = excluded.taken, \
             departed_at = excluded.departed_at, arrived_at = excluded.arrived_at, \
             followed = excluded.followed",
            params![
                tenant,
                m.id.as_str(),
                i64::try_from(index).unwrap_or(i64::MAX),
                leg.carrier.id.as_str(),
                leg.vehicle.as_ref().map(|vehicle| vehicle.id.clone()),
                leg.vehicle.as_ref().map(|vehicle| vehicle.plate.clone()),
                leg.driver.as_ref().and_then(|driver| driver.account_id.clone()),
                taken,
                leg.departed_at,
                leg.arrived_at,
                m.times.created_at,
                index + 1 < m.legs.len(),
            ],
        ));
    }
}

fn uses(tenant: &str, m: &Manifest, replace: bool, statements: &mut Vec<Statement>) {
    if replace {
        statements.push((
            "delete from quota_use where tenant_id = $1 and manifest_id = $2",
            params![tenant, m.id.as_str()],
        ));
    }
    for quota in &m.uses {
        statements.push((
            "insert into quota_use (tenant_id, kind, ref_id, line, year, waste_code, manifest_id, mass_g) \
             values ($1, $2, $3, $4, $5, $6, $7, $8)",
            params![
                tenant,
                quota.kind.as_str(),
                quota.ref_id.as_str(),
                quota.line,
                quota.year,
                quota.waste_code.as_str(),
                m.id.as_str(),
                quota.mass_g,
            ],
        ));
    }
}
