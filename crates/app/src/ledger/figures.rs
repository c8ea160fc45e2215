//! Sums of the ledger for the city's figures, and the entries behind them. Where a mass is counted is decided here and
//! only here: generation and stock at their own site; use and disposal at the site that the waste came from, when the
//! container was received by manifest. It only reads, and never says what a sum is good for.

use db::{DbError, Row, Sql, Value, params};

use crate::kit::{Filter, Key};

/// A sum of entries that count alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flow {
    /// Site whose stock changed.
    pub site: String,
    /// Site that the waste came from.
    pub origin: String,
    /// Month `YYYY-MM`.
    pub month: String,
    /// Column of the balance.
    pub kind: String,
    /// Category HW01.
    pub medical: bool,
    /// Residue of a treatment.
    pub residue: bool,
    /// Generated in an earlier year.
    pub earlier: bool,
    /// `landfill`, `burn`, or empty.
    pub way: String,
    /// Grams, signed from the view of the stock.
    pub mass_g: i64,
}

/// One entry behind a sum.
#[derive(Clone, Debug)]
pub struct FlowRow {
    /// Key of the row.
    pub id: String,
    /// Journal position.
    pub position: i64,
    /// When it happened.
    pub at: i64,
    /// When it was recorded.
    pub recorded_at: i64,
    /// Column of the balance.
    pub kind: String,
    /// Grams, signed from the view of the stock.
    pub mass_g: i64,
    /// Organisation whose stock changed.
    pub org_name: String,
    /// Its site.
    pub site_name: String,
    /// Waste code.
    pub waste_code: String,
    /// Container code.
    pub container_code: Option<String>,
    /// Lot.
    pub lot_id: String,
    /// Town that it counts in.
    pub town: Option<String>,
}

/// Which entries.
#[derive(Clone, Debug, Default)]
pub struct FlowFilter {
    /// Columns of the balance; none means all.
    pub kinds: Vec<&'static str>,
    /// Only HW01, or all but HW01.
    pub medical: Option<bool>,
    /// Without residues of treatment.
    pub without_residue: bool,
    /// Only what was generated in an earlier year.
    pub only_earlier: bool,
    /// `landfill` or `burn`.
    pub way: Option<&'static str>,
    /// First month; none means from the beginning.
    pub from: Option<String>,
    /// Last month.
    pub to: String,
    /// Bounds of these months as instants.
    pub between: (i64, i64),
    /// Town that it counts in.
    pub town: Option<String>,
    /// Counted at the own site even when it came from elsewhere.
    pub at_own_site: bool,
    /// Only what was recorded by then.
    pub as_of: Option<i64>,
}

const FROM: &str = "from ledger_entry e \
     join lot l on l.tenant_id = e.tenant_id and l.id = e.lot_id \
     left join lot_edge x on x.tenant_id = e.tenant_id and l.origin = 'received' and x.dst = l.id and x.kind = 'transfer' \
     left join lot f on f.tenant_id = e.tenant_id and f.id = x.src \
     left join register_row r on r.tenant_id = e.tenant_id and e.kind in ('used', 'disposed') \
     and r.position = e.position and r.lot_id = e.lot_id and r.sheet = 'B4'";
const ORIGIN: &str =
    "case when e.kind in ('used', 'disposed') and f.site_id is not null then f.site_id else e.site_id end";
const MEDICAL: &str = "(e.waste_code like '%-01')";
const RESIDUE: &str = "(l.origin = 'treated')";
const EARLIER: &str = "(substr(l.generated_on, 1, 4) < substr(e.month, 1, 4))";
// The row is written by serde: name and value stand together, and the quote ends the code.
const WAY: &str = "case when r.content like '%\"method\":\"D1\"%' then 'landfill' \
     when r.content like '%\"method\":\"D10\"%' or r.content like '%\"method\":\"Y10\"%' then 'burn' else '' end";

/// The sums of all entries after a position of the journal, and the last position that they cover.
///
/// # Errors
/// When the database refuses.
pub async fn flows(
    sql: &mut dyn Sql,
    tenant: &str,
    after: i64,
    as_of: Option<i64>,
) -> Result<(Vec<Flow>, i64), DbError> {
    let last = sql
        .query_opt("select max(position) as last from ledger_entry where tenant_id = $1", &params![tenant])
        .await?
        .map(|row| row.get::<Option<i64>>("last"))
        .transpose()?
        .flatten()
        .unwrap_or(-1);
    if last <= after {
        return Ok((Vec::new(), after));
    }
    let yes = |what: &str| format!("cast(case when {what} then 1 else 0 end as bigint)");
    let text = format!(
        "select e.site_id, {ORIGIN} as origin, e.month, e.kind, {} as medical, {} as residue, {} as earlier, {WAY} as way, \
         cast(coalesce(sum(e.mass_g), 0) as bigint) as mass_g {FROM} \
         where e.tenant_id = $1 and e.position > $2 and e.position <= $3 and e.recorded_at <= $4 \
         group by 1, 2, 3, 4, 5, 6, 7, 8",
        yes(MEDICAL),
        yes(RESIDUE),
        yes(EARLIER)
    );
    let values = params![tenant, after, last, as_of.unwrap_or(i64::MAX)];
    let rows = sql.query(&text, &values).await?;
    let flows = rows
        .iter()
        .map(|row| {
            Ok(Flow {
                site: row.get("site_id")?,
                origin: row.get("origin")?,
                month: row.get("month")?,
                kind: row.get("kind")?,
                medical: row.get::<i64>("medical")? == 1,
                residue: row.get::<i64>("residue")? == 1,
                earlier: row.get::<i64>("earlier")? == 1,
                way: row.get("way")?,
                mass_g: row.get("mass_g")?,
            })
        })
        .collect::<Result<_, DbError>>()?;
    Ok((flows, last))
}

/// Entries behind a sum, newest first; one more than `limit` when there are more.
///
/// # Errors
/// When the database refuses.
pub async fn rows(
    sql: &mut dyn Sql,
    tenant: &str,
    filter: &FlowFilter,
    after: Option<(Key, String)>,
    limit: i64,
) -> Result<Vec<FlowRow>, DbError> {
    let town = if filter.at_own_site { "s.town_code" } else { "coalesce(fs.town_code, s.town_code)" };
    let mut f = Filter::tenant("e.tenant_id", tenant);
    f.and("e.month <= ?", [Value::from(filter.to.as_str())])
        .maybe("e.month >= ?", filter.from.as_deref())
        .and("e.at < ?", [Value::from(filter.between.1)])
        .maybe("e.recorded_at <= ?", filter.as_of)
        .maybe(&format!("{town} = ?"), filter.town.as_deref());
    if filter.from.is_some() {
        f.and("e.at >= ?", [Value::from(filter.between.0)]);
    }
    if !filter.kinds.is_empty() {
        let marks = vec!["?"; filter.kinds.len()].join(", ");
        f.and(&format!("e.kind in ({marks})"), filter.kinds.iter().map(|k| Value::from(*k)));
    }
    match filter.medical {
        Some(true) => {
            f.and(MEDICAL, []);
        }
        Some(false) => {
            f.and(&format!("not {MEDICAL}"), []);
        }
        None => {}
    }
    if filter.without_residue {
        f.and(&format!("not {RESIDUE}"), []);
    }
    if filter.only_earlier {
        f.and(EARLIER, []);
    }
    if let Some(way) = filter.way {
        f.and(&format!("({WAY}) = ?"), [Value::from(way)]);
    }
    f.after("e.at", "e.id", true, after);
    let select = format!(
        "select e.id, e.position, e.at, e.recorded_at, e.kind, e.mass_g, o.name as org_name, s.name as site_name, \
         e.waste_code, l.container_code, e.lot_id, {town} as town {FROM} \
         join org o on o.tenant_id = e.tenant_id and o.id = e.org_id \
         join site s on s.tenant_id = e.tenant_id and s.id = e.site_id \
         left join site fs on fs.tenant_id = e.tenant_id and e.kind in ('used', 'disposed') and fs.id = f.site_id"
    );
    let (text, values) = f.finish(&select, "e.at", "e.id", true, limit);
    sql.query(&text, &values).await?.iter().map(row).collect()
}

fn row(row: &Row) -> Result<FlowRow, DbError> {
    Ok(FlowRow {
        id: row.get("id")?,
        position: row.get("position")?,
        at: row.get("at")?,
        recorded_at: row.get("recorded_at")?,
        kind: row.get("kind")?,
        mass_g: row.get("mass_g")?,
        org_name: row.get("org_name")?,
        site_name: row.get("site_name")?,
        waste_code: row.get("waste_code")?,
        container_code: row.get("container_code")?,
        lot_id: row.get("lot_id")?,
        town: row.get("town")?,
    })
}
