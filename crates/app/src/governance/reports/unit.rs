//! Who reports: a department, a town or park, or the task force. Which part of the city its figures cover follows from
//! what it is.

use db::{Row, Sql, Value as Sv};
use serde::Serialize;

use crate::kit::{Filter, Lang, OpContext, Problem, Reach};

/// A unit that makes reports.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Unit {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) name_en: Option<String>,
    /// `town`, `department` or `office`.
    pub(super) kind: &'static str,
    /// The town whose sites count; `None` for the whole city.
    pub(super) town: Option<String>,
    /// A park that overlaps towns.
    pub(super) overlay: bool,
    /// Key in the city's profile.
    pub(super) key: Option<String>,
}

/// What reports, the narrowest first: a town that is a department too reports as a town.
const KINDS: [&str; 3] = ["town", "department", "office"];

const COLUMNS: &str = "o.id, o.name, o.name_en, o.kinds, o.town_code, o.overlay, o.profile_key";

impl Unit {
    /// The name in a language.
    pub(super) fn name(&self, lang: Lang) -> &str {
        match &self.name_en {
            Some(name) if lang == Lang::En && !name.is_empty() => name,
            _ => &self.name,
        }
    }

    fn read(row: &Row) -> Result<Option<Self>, Problem> {
        let kinds: Vec<String> =
            serde_json::from_str(&row.get::<String>("kinds")?).map_err(|_| Problem::internal())?;
        let Some(kind) = KINDS.iter().find(|kind| kinds.iter().any(|k| k == *kind)).copied() else {
            return Ok(None);
        };
        Ok(Some(Self {
            id: row.get("id")?,
            name: row.get("name")?,
            name_en: row.get("name_en")?,
            kind,
            town: (kind == "town").then(|| row.get("town_code")).transpose()?,
            overlay: row.get::<Option<bool>>("overlay")?.unwrap_or(false),
            key: row.get("profile_key")?,
        }))
    }
}

/// One organisation within reach that makes reports.
pub(super) async fn find(
    sql: &mut dyn Sql,
    ctx: &OpContext,
    reach: &Reach,
    id: &str,
) -> Result<Option<Unit>, Problem> {
    let mut filter = Filter::tenant("o.tenant_id", &ctx.tenant);
    reach.filter(&mut filter, "o.id", "o.town_code");
    filter.and("o.id = ?", [Sv::from(id)]);
    let text = format!("select {COLUMNS} from org o {}", filter.conditions());
    let row = sql.query_opt(&text, filter.params()).await?;
    Ok(row.map(|row| Unit::read(&row)).transpose()?.flatten())
}

/// Every unit within reach that makes reports, as the plan lists them.
pub(super) async fn all(sql: &mut dyn Sql, ctx: &OpContext, reach: &Reach) -> Result<Vec<Unit>, Problem> {
    let mut filter = Filter::tenant("o.tenant_id", &ctx.tenant);
    reach.filter(&mut filter, "o.id", "o.town_code");
    filter.and(
        "o.status = 'active' and (o.kinds like '%\"town\"%' or o.kinds like '%\"department\"%' or o.kinds like '%\"office\"%')",
        [],
    );
    let text = format!(
        "select {COLUMNS} from org o {} order by coalesce(o.annex_no, 0), o.name, o.id limit 500",
        filter.conditions()
    );
    let rows = sql.query(&text, filter.params()).await?;
    let units = rows.iter().map(Unit::read).collect::<Result<Vec<_>, Problem>>()?;
    Ok(units.into_iter().flatten().collect())
}
