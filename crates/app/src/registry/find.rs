//! Rows of the registers for the search: all firms for its index, vehicles by plate, people by name. Reach is part of the
//! queries that leave this file for a caller.

use db::{Sql, Value, params};

use crate::kit::{Filter, Problem, Reach, like};

/// A firm as the search knows it.
#[derive(Clone, Debug)]
pub struct FirmRow {
    /// Id.
    pub id: String,
    /// Its town.
    pub town: String,
    /// Name.
    pub name: String,
    /// Short name.
    pub short_name: String,
    /// English name.
    pub name_en: String,
    /// Credit code.
    pub credit_code: String,
}

/// What tells whether firms changed: their number, and the time of the latest change.
///
/// # Errors
/// 500 when the database refuses.
pub async fn firms_stamp(sql: &mut dyn Sql, tenant: &str) -> Result<(i64, i64), Problem> {
    let row = sql
        .query_one(
            "select count(*) as n, coalesce(max(updated_at), 0) as latest from org where tenant_id = $1",
            &params![tenant],
        )
        .await?;
    Ok((row.get("n")?, row.get("latest")?))
}

/// All firms in use, for an index in memory. Whoever shows one asks [`firms_within`] first.
///
/// # Errors
/// 500 when the database refuses.
pub async fn firms(sql: &mut dyn Sql, tenant: &str) -> Result<Vec<FirmRow>, Problem> {
    let rows = sql
        .query(
            "select id, town_code, name, short_name, name_en, credit_code from org \
             where tenant_id = $1 and status = 'active' order by id",
            &params![tenant],
        )
        .await?;
    rows.iter()
        .map(|row| {
            Ok(FirmRow {
                id: row.get("id")?,
                town: row.get("town_code")?,
                name: row.get("name")?,
                short_name: row.get::<Option<String>>("short_name")?.unwrap_or_default(),
                name_en: row.get::<Option<String>>("name_en")?.unwrap_or_default(),
                credit_code: row.get::<Option<String>>("credit_code")?.unwrap_or_default(),
            })
        })
        .collect()
}

/// Those of the firms that lie within reach.
///
/// # Errors
/// 500 when the database refuses.
pub async fn firms_within(
    sql: &mut dyn Sql,
    tenant: &str,
    reach: &Reach,
    ids: &[String],
) -> Result<Vec<String>, Problem> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut filter = Filter::tenant("o.tenant_id", tenant);
    reach.filter(&mut filter, "o.id", "o.town_code");
    let places = vec!["?"; ids.len()].join(", ");
    filter.and(
        &format!("o.id in ({places})"),
        ids.iter().map(|id| Value::from(id.as_str())).collect::<Vec<_>>(),
    );
    let rows = sql.query(&format!("select o.id from org o {}", filter.conditions()), filter.params()).await?;
    rows.iter().map(|row| Ok(row.get("id")?)).collect()
}

/// A row that was found: id, what it is called, whose it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Id.
    pub id: String,
    /// Plate or name.
    pub title: String,
    /// Organisation.
    pub org_id: String,
    /// Its name.
    pub org_name: String,
}

/// Vehicles whose plate holds the words, dots and blanks aside.
///
/// # Errors
/// 500 when the database refuses.
pub async fn vehicles(
    sql: &mut dyn Sql,
    tenant: &str,
    reach: &Reach,
    words: &str,
    limit: i64,
) -> Result<Vec<Found>, Problem> {
    let plain: String =
        words.chars().filter(|c| !c.is_whitespace() && !matches!(c, '·' | '.' | '-' | '•')).collect();
    if plain.chars().count() < 2 {
        return Ok(Vec::new());
    }
    let mut filter = Filter::tenant("v.tenant_id", tenant);
    reach.filter(&mut filter, "v.org_id", "o.town_code");
    filter.and(
        "v.status = 'active' and replace(lower(v.plate), '·', '') like ? escape '\\'",
        [Value::Text(like(&plain))],
    );
    let select = "select v.id, v.plate as title, v.org_id, o.name as org_name from vehicle v \
         join org o on o.tenant_id = v.tenant_id and o.id = v.org_id";
    read(sql, &filter, select, "v.plate", "v.id", limit).await
}

/// People of the registers whose name holds the words. Only for callers with the right to see them, and with an entry
/// in the audit log.
///
/// # Errors
/// 500 when the database refuses.
pub async fn people(
    sql: &mut dyn Sql,
    tenant: &str,
    reach: &Reach,
    words: &str,
    limit: i64,
) -> Result<Vec<Found>, Problem> {
    let mut filter = Filter::tenant("c.tenant_id", tenant);
    reach.filter(&mut filter, "c.org_id", "o.town_code");
    filter.and("c.name is not null and lower(c.name) like ? escape '\\'", [Value::Text(like(words))]);
    let select = "select c.id, c.name as title, c.org_id, o.name as org_name from crew c \
         join org o on o.tenant_id = c.tenant_id and o.id = c.org_id";
    read(sql, &filter, select, "c.name", "c.id", limit).await
}

async fn read(
    sql: &mut dyn Sql,
    filter: &Filter,
    select: &str,
    column: &str,
    id: &str,
    limit: i64,
) -> Result<Vec<Found>, Problem> {
    let (text, params) = filter.finish(select, column, id, false, limit - 1);
    let rows = sql.query(&text, &params).await?;
    rows.iter()
        .map(|row| {
            Ok(Found {
                id: row.get("id")?,
                title: row.get("title")?,
                org_id: row.get("org_id")?,
                org_name: row.get("org_name")?,
            })
        })
        .collect()
}
