//! Reading the journal. Each function works inside a command or a snapshot; `Db` has the same under the same
//! name for a single read.

use std::collections::BTreeMap;

use serde_json::Value as Json;
use uuid::Uuid;

use super::{Hash, Head, StoredEvent};
use crate::{Db, DbError, Row, Sql, params};

const COLUMNS: &str = "position, id, kind, subject_type, subject_id, org_id, actor_id, on_behalf_of, occurred_at, \
     recorded_at, rule_version, canonical, leaf_hash";
/// Most events of one page.
pub const MAX_PAGE: i64 = 1000;

/// The event at `position`.
pub async fn event(sql: &mut dyn Sql, tenant: &str, position: i64) -> Result<Option<StoredEvent>, DbError> {
    let found = select(sql, "tenant_id = $1 and position = $2", &params![tenant, position], tenant).await?;
    Ok(found.into_iter().next())
}

/// The event with this id.
pub async fn event_by_id(sql: &mut dyn Sql, tenant: &str, id: Uuid) -> Result<Option<StoredEvent>, DbError> {
    let found = select(sql, "tenant_id = $1 and id = $2", &params![tenant, id], tenant).await?;
    Ok(found.into_iter().next())
}

/// Events from `position` on in order, at most `limit` (and at most [`MAX_PAGE`]).
pub async fn events(
    sql: &mut dyn Sql,
    tenant: &str,
    from: i64,
    limit: i64,
) -> Result<Vec<StoredEvent>, DbError> {
    let clause = "tenant_id = $1 and position >= $2 order by position limit $3";
    select(sql, clause, &params![tenant, from, limit.clamp(0, MAX_PAGE)], tenant).await
}

/// Events of one subject in order, at most [`MAX_PAGE`] after position `after` (-1 for all).
pub async fn by_subject(
    sql: &mut dyn Sql,
    tenant: &str,
    subject_type: &str,
    subject_id: &str,
    after: i64,
) -> Result<Vec<StoredEvent>, DbError> {
    let clause = "tenant_id = $1 and subject_type = $2 and subject_id = $3 and position > $4 \
         order by position limit $5";
    select(sql, clause, &params![tenant, subject_type, subject_id, after, MAX_PAGE], tenant).await
}

/// Size and root of the journal.
pub async fn head(sql: &mut dyn Sql, tenant: &str) -> Result<(i64, Hash), DbError> {
    let head = stored_head(sql, tenant).await?;
    Ok((head.size(), head.root()))
}

pub(crate) async fn stored_head(sql: &mut dyn Sql, tenant: &str) -> Result<Head, DbError> {
    let text = "select size, frontier from journal_head where tenant_id = $1";
    match sql.query_opt(text, &params![tenant]).await? {
        None => Ok(Head::default()),
        Some(row) => head_of(&row),
    }
}

pub(crate) fn head_of(row: &Row) -> Result<Head, DbError> {
    Head::from_parts(row.get("size")?, &row.get::<Vec<u8>>("frontier")?)
        .ok_or_else(|| DbError::Inconsistent("journal_head: size and frontier do not fit".to_owned()))
}

async fn select(
    sql: &mut dyn Sql,
    clause: &str,
    params: &[crate::Value],
    tenant: &str,
) -> Result<Vec<StoredEvent>, DbError> {
    let rows = sql.query(&format!("select {COLUMNS} from journal_event where {clause}"), params).await?;
    let mut events = rows.iter().map(from_row).collect::<Result<Vec<_>, _>>()?;
    add_personal(sql, tenant, &mut events).await?;
    Ok(events)
}

/// Fills in the personal values of events that are in order of position.
pub(crate) async fn add_personal(
    sql: &mut dyn Sql,
    tenant: &str,
    events: &mut [StoredEvent],
) -> Result<(), DbError> {
    let bearing: Vec<i64> = events.iter().filter(|e| !e.personal.is_empty()).map(|e| e.position).collect();
    let (Some(first), Some(last)) = (bearing.iter().min(), bearing.iter().max()) else { return Ok(()) };
    // Subjects are spread over the journal; a wide range would read what is not wanted.
    let by_one = last - first > 4 * MAX_PAGE;
    let text = "select position, field, value from personal_data \
         where tenant_id = $1 and position >= $2 and position <= $3";
    let mut values = BTreeMap::new();
    let ranges = if by_one { bearing.iter().map(|p| (*p, *p)).collect() } else { vec![(*first, *last)] };
    for (from, to) in ranges {
        for row in sql.query(text, &params![tenant, from, to]).await? {
            let key = (row.at::<i64>(0)?, row.at::<String>(1)?);
            values.insert(key, row.at::<Option<String>>(2)?);
        }
    }
    for e in events {
        for (field, value) in &mut e.personal {
            *value = values.remove(&(e.position, field.clone())).flatten();
        }
    }
    Ok(())
}

/// An event from its row; the personal fields are known from the canonical form, their values not yet.
pub(crate) fn from_row(row: &Row) -> Result<StoredEvent, DbError> {
    let position: i64 = row.get("position")?;
    let broken = |what: &str| DbError::Inconsistent(format!("journal_event at position {position}: {what}"));
    let canonical: Json =
        serde_json::from_str(row.text("canonical")?).map_err(|_| broken("canonical is not JSON"))?;
    let Json::Object(mut canonical) = canonical else { return Err(broken("canonical is not an object")) };
    let payload = canonical.remove("payload").ok_or_else(|| broken("canonical has no payload"))?;
    let personal = match canonical.remove("personal") {
        Some(Json::Object(fields)) => fields.into_iter().map(|(field, _)| (field, None)).collect(),
        _ => return Err(broken("canonical has no personal object")),
    };
    Ok(StoredEvent {
        position,
        id: row.get("id")?,
        kind: row.get("kind")?,
        subject_type: row.get("subject_type")?,
        subject_id: row.get("subject_id")?,
        org_id: row.get("org_id")?,
        actor_id: row.get("actor_id")?,
        on_behalf_of: row.get("on_behalf_of")?,
        occurred_at: row.get("occurred_at")?,
        recorded_at: row.get("recorded_at")?,
        rule_version: row.get("rule_version")?,
        payload,
        personal,
        leaf_hash: row.get("leaf_hash")?,
    })
}

impl Db {
    /// The event at `position`.
    pub async fn event(&self, tenant: &str, position: i64) -> Result<Option<StoredEvent>, DbError> {
        let tenant = tenant.to_owned();
        self.read(move |s| Box::pin(async move { event(s, &tenant, position).await })).await
    }

    /// The event with this id.
    pub async fn event_by_id(&self, tenant: &str, id: Uuid) -> Result<Option<StoredEvent>, DbError> {
        let tenant = tenant.to_owned();
        self.read(move |s| Box::pin(async move { event_by_id(s, &tenant, id).await })).await
    }

    /// Events from position `from` on, at most `limit` (and at most [`MAX_PAGE`]).
    pub async fn events(&self, tenant: &str, from: i64, limit: i64) -> Result<Vec<StoredEvent>, DbError> {
        let tenant = tenant.to_owned();
        self.read(move |s| Box::pin(async move { events(s, &tenant, from, limit).await })).await
    }

    /// The first [`MAX_PAGE`] events of one subject, oldest first.
    pub async fn by_subject(
        &self,
        tenant: &str,
        subject_type: &str,
        subject_id: &str,
    ) -> Result<Vec<StoredEvent>, DbError> {
        let (tenant, kind, id) = (tenant.to_owned(), subject_type.to_owned(), subject_id.to_owned());
        self.read(move |s| Box::pin(async move { by_subject(s, &tenant, &kind, &id, -1).await })).await
    }

    /// Size and root of the journal.
    pub async fn head(&self, tenant: &str) -> Result<(i64, Hash), DbError> {
        let tenant = tenant.to_owned();
        self.read(move |s| Box::pin(async move { head(s, &tenant).await })).await
    }

    /// Tenants that have a journal, in order.
    pub async fn tenants(&self) -> Result<Vec<String>, DbError> {
        self.read(|s| {
            Box::pin(async move {
                let rows = s.query("select tenant_id from journal_head order by tenant_id", &[]).await?;
                rows.iter().map(|r| r.at(0)).collect()
            })
        })
        .await
    }
}
