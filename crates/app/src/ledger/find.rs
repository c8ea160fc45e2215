//! Containers by their code, and lots by their generation batch, for the search.

use db::{Sql, Value};

use super::tables;
use crate::kit::{Filter, Problem, Reach};

/// A lot that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Id.
    pub id: String,
    /// Container code, or the batch.
    pub code: String,
    /// Name of the waste.
    pub name: String,
    /// Holder.
    pub holder: String,
}

/// Fewer characters are the beginning of too many codes.
const FROM: usize = 10;

/// Lots whose container code or generation batch begins with the words, the newest first.
///
/// # Errors
/// 500 when the database refuses.
pub async fn by_code(
    sql: &mut dyn Sql,
    tenant: &str,
    reach: &Reach,
    words: &str,
    limit: i64,
) -> Result<Vec<Found>, Problem> {
    let typed: String = words.to_uppercase().chars().filter(|c| !c.is_whitespace()).collect();
    if typed.len() < FROM || !typed.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return Ok(Vec::new());
    }
    let column = if typed.starts_with("HW") { "l.generation_batch" } else { "l.container_code" };
    let mut filter = Filter::tenant("l.tenant_id", tenant);
    reach.filter(&mut filter, "l.holder_id", "s.town_code");
    let end = format!("{typed}\u{10FFFF}");
    filter.and(&format!("{column} >= ? and {column} < ?"), [Value::Text(typed), Value::Text(end)]);
    let select = "select l.id, coalesce(l.container_code, l.generation_batch, '') as code, l.name, l.waste_code, \
         o.name as holder from lot l join org o on o.tenant_id = l.tenant_id and o.id = l.holder_id \
         join site s on s.tenant_id = l.tenant_id and s.id = l.site_id";
    let (text, params) = filter.finish(select, column, "l.id", true, limit - 1);
    let rows = sql.query(&text, &params).await?;
    rows.iter()
        .map(|row| {
            let name: String = row.get("name")?;
            let code: Option<String> = row.get("waste_code")?;
            let name = if name.is_empty() { tables::waste_name(&code.unwrap_or_default()) } else { name };
            Ok(Found { id: row.get("id")?, code: row.get("code")?, name, holder: row.get("holder")? })
        })
        .collect()
}
