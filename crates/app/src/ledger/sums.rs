//! Sums over the ledger for those above it: stock by category, room in the stores, what each town generated, and the
//! fragments by which the transfer context tells what became of a document's waste. Only reads.

use db::{Sql, Value};
use domain::time::Period;

use crate::kit::{Filter, Problem, Reach};

/// Stock of one category.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CategoryStock {
    /// Category, `HWnn`.
    pub category: String,
    /// Lots.
    pub containers: i64,
    /// Grams.
    pub mass_g: i64,
    /// Lots whose storage term has passed.
    pub late: i64,
}

/// A place where waste is stored, with its limits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Store {
    /// Facility.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Whose it is.
    pub org_name: String,
    /// Codes and categories that it takes; none for all.
    pub accepts: Vec<String>,
    /// Grams that it can hold.
    pub capacity_g: i64,
    /// Grams that lie there.
    pub mass_g: i64,
}

/// How waste ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Treatment {
    /// Used.
    Used,
    /// Disposed of.
    Disposed,
}

/// Stock now by category, the largest first.
///
/// # Errors
/// 500 when the database refuses.
pub async fn stock_by_category(
    sql: &mut dyn Sql,
    tenant: &str,
    reach: &Reach,
    now: i64,
) -> Result<Vec<CategoryStock>, Problem> {
    let mut filter = Filter::tenant("l.tenant_id", tenant);
    filter.and("l.in_stock = true", []);
    reach.filter(&mut filter, "l.holder_id", "s.town_code");
    let mut params = filter.params().to_vec();
    params.push(Value::Int(now));
    let text = format!(
        "select substr(l.waste_code, 9, 2) as category, count(*) as containers, \
         cast(coalesce(sum(l.remaining_g), 0) as bigint) as mass_g, \
         cast(coalesce(sum(case when l.deadline_at < ${} then 1 else 0 end), 0) as bigint) as late \
         from lot l join site s on s.tenant_id = l.tenant_id and s.id = l.site_id {} \
         group by substr(l.waste_code, 9, 2) order by mass_g desc, category",
        params.len(),
        filter.conditions()
    );
    let rows = sql.query(&text, &params).await?;
    rows.iter()
        .map(|row| {
            Ok(CategoryStock {
                category: format!("HW{}", row.get::<Option<String>>("category")?.unwrap_or_default()),
                containers: row.get("containers")?,
                mass_g: row.get("mass_g")?,
                late: row.get("late")?,
            })
        })
        .collect()
}

/// The stores in use whose capacity is known, the fullest first.
///
/// # Errors
/// 500 when the database refuses.
pub async fn stores(sql: &mut dyn Sql, tenant: &str, reach: &Reach) -> Result<Vec<Store>, Problem> {
    let mut filter = Filter::tenant("f.tenant_id", tenant);
    filter.and("f.status = 'active' and f.capacity_g is not null and f.capacity_g > 0", []);
    filter.and("f.kind = 'storage'", []);
    reach.filter(&mut filter, "s.org_id", "s.town_code");
    let text = format!(
        "select f.id, f.name, o.name as org_name, f.accepts, f.capacity_g, \
         cast(coalesce((select sum(l.remaining_g) from lot l where l.tenant_id = f.tenant_id and l.facility_id = f.id \
         and l.in_stock = true), 0) as bigint) as mass_g \
         from facility f join site s on s.tenant_id = f.tenant_id and s.id = f.site_id \
         join org o on o.tenant_id = s.tenant_id and o.id = s.org_id {}",
        filter.conditions()
    );
    let rows = sql.query(&text, filter.params()).await?;
    let mut stores = rows
        .iter()
        .map(|row| {
            Ok(Store {
                id: row.get("id")?,
                name: row.get("name")?,
                org_name: row.get("org_name")?,
                accepts: serde_json::from_str(&row.get::<String>("accepts")?).unwrap_or_default(),
                capacity_g: row.get("capacity_g")?,
                mass_g: row.get("mass_g")?,
            })
        })
        .collect::<Result<Vec<_>, Problem>>()?;
    let fill = |store: &Store| i128::from(store.mass_g) * 1_000_000 / i128::from(store.capacity_g.max(1));
    stores.sort_by(|a, b| fill(b).cmp(&fill(a)).then_with(|| a.id.cmp(&b.id)));
    Ok(stores)
}

/// Grams that the sites of each town generated in a period, by town code.
///
/// # Errors
/// 500 when the database refuses.
pub async fn generated_by_town(
    sql: &mut dyn Sql,
    tenant: &str,
    reach: &Reach,
    period: Period,
) -> Result<Vec<(String, i64)>, Problem> {
    let mut filter = Filter::tenant("e.tenant_id", tenant);
    reach.filter(&mut filter, "e.org_id", "s.town_code");
    filter.and(
        "e.kind = 'generated' and e.month >= ? and e.month <= ?",
        [Value::Text(period.from.to_string()), Value::Text(period.until.to_string())],
    );
    let text = format!(
        "select s.town_code, cast(coalesce(sum(e.mass_g), 0) as bigint) as mass_g from ledger_entry e \
         join site s on s.tenant_id = e.tenant_id and s.id = e.site_id {} group by s.town_code order by s.town_code",
        filter.conditions()
    );
    let rows = sql.query(&text, filter.params()).await?;
    rows.iter().map(|row| Ok((row.get("town_code")?, row.get("mass_g")?))).collect()
}

/// The condition on a document `m`: some of what it brought was treated so.
pub fn treated(how: Treatment) -> String {
    let kind = match how {
        Treatment::Used => "used",
        Treatment::Disposed => "disposed",
    };
    format!(
        "exists (select 1 from lot l join ledger_entry e on e.tenant_id = l.tenant_id and e.lot_id = l.id \
         where l.tenant_id = m.tenant_id and l.source_manifest = m.id and e.kind = '{kind}')"
    )
}

/// Grams of a document `m` that were used or disposed of.
pub const TREATED_G: &str = "coalesce((select -sum(e.mass_g) from lot l join ledger_entry e on e.tenant_id = l.tenant_id \
     and e.lot_id = l.id where l.tenant_id = m.tenant_id and l.source_manifest = m.id \
     and e.kind in ('used', 'disposed')), 0)";

/// Grams used and disposed of by receiver, over documents `m`, up to `where`.
pub const TREATED_BY_RECEIVER: &str = "select m.receiver_id, e.kind, cast(coalesce(-sum(e.mass_g), 0) as bigint) as mass_g \
     from manifest m join lot l on l.tenant_id = m.tenant_id and l.source_manifest = m.id \
     join ledger_entry e on e.tenant_id = l.tenant_id and e.lot_id = l.id and e.kind in ('used', 'disposed')";
