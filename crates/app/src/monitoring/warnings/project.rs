//! Warning events into their read tables; the only place that changes them, live and in a rebuild.

use db::{DbError, Sql, StoredEvent, Tx, params};
use domain::monitoring::rules::Level;
use domain::monitoring::warning::{Event, Warning, evolve};
use serde::{Deserialize, Serialize};

use super::super::project::photos;
use crate::kit::work::Fact;
use crate::kit::{Problem, Work};

/// Subject of the events.
pub const SUBJECT: &str = "warning";

/// What stands in the journal: the event, and what only the platform knows of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Recorded {
    /// What happened.
    pub event: Event,
    /// Number for people, for the first event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// Town that looks after it, for the first event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub town: Option<String>,
}

/// The state in the table.
#[derive(Clone, Debug)]
pub(super) struct Stored {
    /// As its events made it.
    pub warning: Warning,
    /// Number for people.
    pub number: String,
    /// Town.
    pub town: Option<String>,
}

pub(super) async fn load(sql: &mut dyn Sql, tenant: &str, id: &str) -> Result<Option<Stored>, DbError> {
    let row = sql
        .query_opt(
            "select number, town, document from warning where tenant_id = $1 and id = $2",
            &params![tenant, id],
        )
        .await?;
    row.map(|row| {
        Ok(Stored {
            warning: super::parse(&row.get::<String>("document")?)?,
            number: row.get("number")?,
            town: row.get("town")?,
        })
    })
    .transpose()
}

/// Kind of the journal's event.
pub(super) const fn kind(event: &Event) -> &'static str {
    match event {
        Event::Raised(_) => "warning.raised",
        Event::Repeated { .. } => "warning.repeated",
        Event::Assigned { .. } => "warning.assigned",
        Event::Verified { .. } => "warning.verified",
        Event::Closed { .. } => "warning.closed",
        Event::Appealed { .. } => "warning.appealed",
        Event::Decided { .. } => "warning.decided",
    }
}

/// When it happened in the world.
const fn occurred_at(event: &Event) -> i64 {
    match event {
        Event::Raised(raise) => raise.at,
        Event::Verified { occurred_at, .. } => *occurred_at,
        Event::Repeated { at, .. }
        | Event::Assigned { at, .. }
        | Event::Closed { at, .. }
        | Event::Appealed { at, .. }
        | Event::Decided { at, .. } => *at,
    }
}

fn photos_of(event: &Event) -> &[String] {
    match event {
        Event::Verified { photos, .. } | Event::Appealed { photos, .. } => photos,
        _ => &[],
    }
}

/// Appends the event of a warning and projects it.
///
/// # Errors
/// 500 when the database refuses.
pub(super) async fn emit(
    work: &mut Work<'_>,
    id: &str,
    recorded: &Recorded,
    org: &str,
) -> Result<(), Problem> {
    let payload = serde_json::to_value(recorded).map_err(|error| {
        tracing::error!(%error, "a warning event cannot be written as JSON");
        Problem::internal()
    })?;
    let mut fact = Fact::new(kind(&recorded.event), SUBJECT, id, work.now, payload);
    if !org.is_empty() {
        fact = fact.of_org(org);
    }
    fact.occurred_at = occurred_at(&recorded.event).min(work.now);
    let event = work.append(fact).await?;
    Ok(project(work.tx, &event).await?)
}

/// Writes the rows of an event.
///
/// # Errors
/// When the event does not follow its warning, or the database refuses.
pub async fn project(tx: &mut Tx, event: &StoredEvent) -> Result<(), DbError> {
    let broken =
        |what: String| DbError::Inconsistent(format!("event {} ({}): {what}", event.position, event.kind));
    let recorded: Recorded =
        serde_json::from_value(event.payload.clone()).map_err(|e| broken(e.to_string()))?;
    let tenant = tx.tenant().to_owned();
    let id = event.subject_id.as_str();
    let before = load(tx, &tenant, id).await?;
    let (number, town) = match &before {
        Some(b) => (b.number.clone(), b.town.clone()),
        None => (recorded.number.clone().unwrap_or_default(), recorded.town.clone()),
    };
    let first = before.is_none();
    let after = evolve(before.map(|b| b.warning), &recorded.event)
        .ok_or_else(|| broken("it does not follow its warning".to_owned()))?;
    tx.exec(UPSERT, &row(&tenant, id, &number, town, event.position, &after).map_err(broken)?).await?;
    if first {
        for org in &after.raised.orgs {
            tx.exec(
                "insert into warning_org (tenant_id, warning_id, org_id) values ($1, $2, $3) \
                 on conflict (tenant_id, warning_id, org_id) do nothing",
                &params![tenant.as_str(), id, org.as_str()],
            )
            .await?;
        }
        count(tx, &tenant, &number).await?;
    }
    photos::used(tx, photos_of(&recorded.event), SUBJECT, id).await
}

const UPSERT: &str = "insert into warning (tenant_id, id, number, version, status, open, rule, severity, severity_rank, \
     cause, open_cause, subject_kind, subject_id, org_id, town, vehicle_id, manifest_id, lat_e6, lon_e6, raised_at, \
     last_at, count, assigned_to, due_at, position, document) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, \
     $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26) \
     on conflict (tenant_id, id) do update set version = excluded.version, status = excluded.status, \
     open = excluded.open, open_cause = excluded.open_cause, lat_e6 = excluded.lat_e6, lon_e6 = excluded.lon_e6, \
     last_at = excluded.last_at, count = excluded.count, assigned_to = excluded.assigned_to, \
     due_at = excluded.due_at, position = excluded.position, document = excluded.document";

fn row(
    tenant: &str,
    id: &str,
    number: &str,
    town: Option<String>,
    position: i64,
    w: &Warning,
) -> Result<Vec<db::Value>, String> {
    let document = serde_json::to_string(w).map_err(|e| e.to_string())?;
    let raised = &w.raised;
    let cause = cause(&raised.cause.rule, &raised.cause.subject_id);
    // One that was closed and is appealed against stays apart from what its cause does since.
    let counting = w.is_open() && w.closing.is_none();
    let assigned = w.assignment.as_ref();
    Ok(params![
        tenant,
        id,
        number,
        w.version,
        w.status.as_str(),
        w.is_open(),
        raised.cause.rule.as_str(),
        raised.severity.as_str(),
        rank(raised.severity),
        cause.as_str(),
        counting.then(|| cause.clone()),
        raised.cause.subject_kind.thing(),
        raised.cause.subject_id.as_str(),
        raised.orgs.first().cloned().unwrap_or_default(),
        town,
        raised.vehicle_id.clone(),
        raised.manifest_id.clone(),
        raised.place.map(|p| p.lat_e6),
        raised.place.map(|p| p.lon_e6),
        raised.at,
        w.last_at,
        w.count,
        assigned.map(|a| a.account_id.clone()),
        assigned.and_then(|a| a.due_at),
        position,
        document
    ]
    .to_vec())
}

/// A cause as one word.
pub fn cause(rule: &str, subject_id: &str) -> String {
    format!("{rule}/{subject_id}")
}

/// Keeps the last serial of a day, as its number says.
async fn count(tx: &mut Tx, tenant: &str, number: &str) -> Result<(), DbError> {
    let (day, serial) = number.rsplit_once('-').unwrap_or((number, "0"));
    let serial: i64 = serial.parse().unwrap_or(0);
    tx.exec(
        "insert into warning_counter (tenant_id, day, last) values ($1, $2, $3) \
         on conflict (tenant_id, day) do update set last = excluded.last where warning_counter.last < excluded.last",
        &params![tenant, day, serial],
    )
    .await
    .map(drop)
}

const fn rank(severity: Level) -> i64 {
    match severity {
        Level::High => 3,
        Level::Medium => 2,
        Level::Low => 1,
        Level::Notice => 0,
    }
}

/// The next number of a day: `W-20261124-0001`.
pub(super) async fn next_number(tx: &mut Tx, tenant: &str, day: &str) -> Result<String, DbError> {
    let key = format!("W-{day}");
    let row = tx
        .query_opt(
            "select last from warning_counter where tenant_id = $1 and day = $2",
            &params![tenant, key.as_str()],
        )
        .await?;
    let last: i64 = row.map(|r| r.get("last")).transpose()?.unwrap_or(0);
    Ok(format!("{key}-{:04}", last + 1))
}
