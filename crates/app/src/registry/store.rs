//! SQL of the registers: one statement per purpose, built once from the descriptors. Input never enters a
//! statement's text. Nothing here writes except [`upsert`] and [`forget`], which only `project` calls.

use std::collections::BTreeMap;

use db::{DbError, Row, Sql, Tx, Value as Sv, params};
use domain::codes::town_of;
use serde_json::Value;

use super::check::RowMap;
use super::entity::{Entity, Field, Kind};
use crate::kit::Problem;

/// A row with its owner, as stored.
#[derive(Clone, Debug)]
pub struct Stored {
    /// Id.
    pub id: String,
    /// Version.
    pub version: i64,
    /// `active` or `inactive`.
    pub status: String,
    /// Last change, UTC microseconds.
    pub updated_at: i64,
    /// Owning organisation.
    pub owner_id: String,
    /// Its name.
    pub owner_name: String,
    /// Town of the row.
    pub owner_town: String,
    /// Fields.
    pub row: RowMap,
}

impl Stored {
    /// Whether it is active.
    pub fn active(&self) -> bool {
        self.status == "active"
    }

    /// A text field; empty when null.
    pub fn text(&self, key: &str) -> &str {
        self.row.get(key).and_then(Value::as_str).unwrap_or_default()
    }

    /// Reads a row of the register's select.
    pub fn read(entity: &Entity, row: &Row) -> Result<Self, DbError> {
        let mut map = RowMap::new();
        for field in entity.fields {
            map.insert(field.key.to_owned(), column(entity, field, row)?);
        }
        if super::lines::numbered(entity)
            && let Some(lines) = map.get_mut("lines")
        {
            super::lines::fill(lines);
        }
        Ok(Self {
            id: row.get("id")?,
            version: row.get("version")?,
            status: row.get("status")?,
            updated_at: row.get("updated_at")?,
            owner_id: row.get("owner_id")?,
            owner_name: row.get("owner_name")?,
            owner_town: row.get("owner_town")?,
            row: map,
        })
    }
}

fn column(entity: &Entity, field: &Field, row: &Row) -> Result<Value, DbError> {
    let name = field.column;
    if field.is_integer() {
        return Ok(row.get::<Option<i64>>(name)?.map_or(Value::Null, Into::into));
    }
    if field.kind == Kind::Bool {
        return Ok(row.get::<Option<bool>>(name)?.map_or(Value::Null, Into::into));
    }
    let text = row.get::<Option<String>>(name)?;
    if !field.is_json() {
        return Ok(text.map_or(Value::Null, Into::into));
    }
    text.map_or(Ok(Value::Null), |t| {
        serde_json::from_str(&t).map_err(|e| DbError::Column {
            table: entity.table.to_owned(),
            column: name.to_owned(),
            detail: format!("is not JSON: {e}"),
        })
    })
}

/// A field's value for its column.
pub fn parameter(field: &Field, value: Option<&Value>) -> Sv {
    match value {
        None | Some(Value::Null) => Sv::Null,
        Some(v) if field.is_json() => Sv::Text(v.to_string()),
        Some(v) if field.is_integer() => v.as_i64().map_or(Sv::Null, Sv::Int),
        Some(Value::Bool(b)) => Sv::Bool(*b),
        Some(Value::String(s)) => Sv::Text(s.clone()),
        Some(other) => Sv::Text(other.to_string()),
    }
}

/// One row by id.
pub async fn by_id(
    s: &mut dyn Sql,
    tenant: &str,
    entity: &Entity,
    id: &str,
) -> Result<Option<Stored>, Problem> {
    let sql = format!("{} where t.tenant_id = $1 and t.id = $2", entity.select_clause());
    let found = s.query_opt(&sql, &params![tenant, id]).await?;
    Ok(found.map(|row| Stored::read(entity, &row)).transpose()?)
}

/// Rows whose columns equal these values.
pub async fn by_fields(
    s: &mut dyn Sql,
    tenant: &str,
    entity: &Entity,
    equal: &[(&Field, &Value)],
) -> Result<Vec<Stored>, Problem> {
    let mut sql = format!("{} where t.tenant_id = $1", entity.select_clause());
    let mut values = params![tenant];
    for (field, value) in equal {
        values.push(parameter(field, Some(value)));
        sql.push_str(&format!(" and t.{} = ${}", field.column, values.len()));
    }
    sql.push_str(" order by t.id");
    let rows = s.query(&sql, &values).await?;
    Ok(rows.iter().map(|row| Stored::read(entity, row)).collect::<Result<_, _>>()?)
}

/// Names of rows by id, for the references of a page.
pub async fn titles(
    s: &mut dyn Sql,
    tenant: &str,
    entity: &Entity,
    ids: &[String],
) -> Result<BTreeMap<String, String>, Problem> {
    let mut out = BTreeMap::new();
    for part in ids.chunks(200) {
        let mut values = params![tenant];
        let mut places = String::new();
        for id in part {
            values.push(Sv::from(id.as_str()));
            places.push_str(&format!("{}${}", if places.is_empty() { "" } else { ", " }, values.len()));
        }
        let title = if entity.key == "facilities" { "code" } else { entity.title };
        let sql = format!(
            "select id, {title} as title from {} where tenant_id = $1 and id in ({places})",
            entity.table
        );
        for row in s.query(&sql, &values).await? {
            out.insert(row.get("id")?, row.get::<Option<String>>("title")?.unwrap_or_default());
        }
    }
    Ok(out)
}

/// Number of rows of `table` that hang on `column = id`; only active ones when asked.
pub async fn count_of(
    s: &mut dyn Sql,
    tenant: &str,
    table: &str,
    column: &str,
    id: &str,
    only_active: bool,
) -> Result<i64, Problem> {
    let active = if only_active { " and status = 'active'" } else { "" };
    let sql = format!("select count(*) as n from {table} where tenant_id = $1 and {column} = $2{active}");
    Ok(s.query_one(&sql, &params![tenant, id]).await?.get("n")?)
}

/// Tables and columns that hang on a register's rows.
pub fn dependants(entity: &Entity) -> &'static [(&'static str, &'static str, &'static str)] {
    match entity.key {
        "orgs" => &[
            ("sites", "site", "org_id"),
            ("licences", "licence", "org_id"),
            ("vehicles", "vehicle", "org_id"),
            ("crew", "crew", "org_id"),
            ("approvals", "approval", "consignor_org_id"),
            ("devices", "device", "org_id"),
        ],
        "sites" => &[
            ("facilities", "facility", "site_id"),
            ("plans", "plan", "site_id"),
            ("cameras", "camera", "site_id"),
        ],
        _ => &[],
    }
}

/// Writes a row. Only `project` calls it.
pub async fn upsert(
    tx: &mut Tx,
    entity: &Entity,
    id: &str,
    version: i64,
    status: &str,
    updated_at: i64,
    row: impl Fn(&Field) -> Sv,
) -> Result<(), DbError> {
    let mut values = params![tx.tenant().to_owned(), id, version, status, updated_at];
    let mut columns = String::from("tenant_id, id, version, status, updated_at");
    let mut places = String::from("$1, $2, $3, $4, $5");
    let mut sets = String::from(
        "version = excluded.version, status = excluded.status, updated_at = excluded.updated_at",
    );
    for field in entity.fields {
        values.push(row(field));
        let name = field.column;
        columns.push_str(&format!(", {name}"));
        places.push_str(&format!(", ${}", values.len()));
        sets.push_str(&format!(", {name} = excluded.{name}"));
    }
    if let Some(field) = entity.division() {
        // Reach compares towns, and a row may lie in a village.
        let town = match row(field) {
            Sv::Text(code) => town_of(&code).to_owned(),
            _ => String::new(),
        };
        values.push(Sv::Text(town));
        columns.push_str(", town_code");
        places.push_str(&format!(", ${}", values.len()));
        sets.push_str(", town_code = excluded.town_code");
    }
    let sql = format!(
        "insert into {} ({columns}) values ({places}) on conflict (tenant_id, id) do update set {sets}",
        entity.table
    );
    tx.exec(&sql, &values).await.map(drop)
}

/// Empties the personal columns of a row. Only `project` calls it.
pub async fn forget(
    tx: &mut Tx,
    entity: &Entity,
    id: &str,
    version: i64,
    updated_at: i64,
) -> Result<(), DbError> {
    let sets: Vec<String> =
        entity.fields.iter().filter(|f| f.personal).map(|f| format!(", {} = null", f.column)).collect();
    let sql = format!(
        "update {} set version = $1, updated_at = $2{} where tenant_id = $3 and id = $4",
        entity.table,
        sets.concat()
    );
    tx.exec(&sql, &params![version, updated_at, tx.tenant().to_owned(), id]).await.map(drop)
}

/// Journal positions at which a row was saved: where its personal data lies.
pub async fn positions(
    s: &mut dyn Sql,
    tenant: &str,
    entity: &Entity,
    id: &str,
) -> Result<Vec<i64>, Problem> {
    let rows = s
        .query(
            "select position from journal_event where tenant_id = $1 and subject_type = $2 and subject_id = $3 \
             and kind = 'registry.saved' order by position",
            &params![tenant, entity.table, id],
        )
        .await?;
    Ok(rows.iter().map(|r| r.get("position")).collect::<Result<_, _>>()?)
}

/// Social credit codes of organisations by id.
pub async fn credit_codes(
    s: &mut dyn Sql,
    tenant: &str,
    ids: &[String],
) -> Result<BTreeMap<String, String>, Problem> {
    let mut out = BTreeMap::new();
    for part in ids.chunks(200) {
        let mut values = params![tenant];
        let mut places = Vec::new();
        for id in part {
            values.push(Sv::from(id.as_str()));
            places.push(format!("${}", values.len()));
        }
        let sql =
            format!("select id, credit_code from org where tenant_id = $1 and id in ({})", places.join(", "));
        for row in s.query(&sql, &values).await? {
            if let Some(code) = row.get::<Option<String>>("credit_code")? {
                out.insert(row.get("id")?, code);
            }
        }
    }
    Ok(out)
}
