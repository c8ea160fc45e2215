//! Stock at this moment, by facility or by waste code.

use std::sync::Arc;

use db::{Row, Sql, Value};
use domain::access::Permission;
use domain::time::format_instant;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::list::{choice, code_filter};
use super::model::FacilityRef;
use super::tables;
use crate::kit::{Filter, Kit, OpContext, Problem};
use crate::registry::model::Named;

/// Filters of the stock.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct StockQuery {
    /// Holder.
    pub org_id: Option<String>,
    /// Site.
    pub site_id: Option<String>,
    /// Waste code, or category `HWnn`.
    pub waste_code: Option<String>,
    /// `facility` (default) or `waste_code`.
    pub group: Option<String>,
}

/// Stock of one code in one place.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct StockRow {
    /// Holder.
    pub org: Named,
    /// Site.
    pub site: Named,
    /// Facility; none for waste that is not stored yet, or when grouped by code.
    pub facility: Option<FacilityRef>,
    /// Waste code.
    pub waste_code: String,
    /// Name in the national catalogue.
    pub name: String,
    /// Number of lots.
    pub containers: i64,
    /// Grams.
    pub mass_g: i64,
    /// Since when the oldest has been stored.
    pub oldest_at: Option<String>,
    /// Capacity of the facility, grams.
    pub capacity_g: Option<i64>,
    /// All that lies in the facility, grams.
    pub facility_mass_g: Option<i64>,
    /// Storage term of the facility, days.
    pub limit_days: Option<i64>,
    /// Number of lots whose term has passed.
    pub late: i64,
}

/// The stock.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Stock {
    /// Rows.
    pub rows: Vec<StockRow>,
    /// Grams of all rows.
    pub mass_g: i64,
    /// Lots of all rows.
    pub containers: i64,
}

/// Most rows that are shown.
const MAX_ROWS: i64 = 5_000;

/// Stock at this moment.
///
/// # Errors
/// 403 without the right; 422 for a filter that is not offered.
pub async fn stock(kit: &Kit, ctx: &Arc<OpContext>, query: &StockQuery) -> Result<Stock, Problem> {
    let reach = ctx.require(Permission::StockRead)?;
    let by_facility = match query.group.as_deref() {
        None | Some("facility") => true,
        Some("waste_code") => false,
        Some(other) => return Err(choice("/group", other, "facility, waste_code")),
    };
    let now = kit.clock.now();
    let mut filter = Filter::tenant("l.tenant_id", &ctx.tenant);
    filter.and("l.in_stock = true", []);
    reach.filter(&mut filter, "l.holder_id", "s.town_code");
    filter.maybe("l.holder_id = ?", query.org_id.as_deref()).maybe("l.site_id = ?", query.site_id.as_deref());
    code_filter(&mut filter, "l.waste_code", query.waste_code.as_deref())?;
    let late = filter.params().len() + 1;
    let facility = if by_facility {
        "l.facility_id, f.code as facility_code, f.name as facility_name, f.capacity_g, f.storage_limit_days,"
    } else {
        ""
    };
    let group =
        if by_facility { ", l.facility_id, f.code, f.name, f.capacity_g, f.storage_limit_days" } else { "" };
    let sql = format!(
        "select l.holder_id, o.name as holder_name, l.site_id, s.name as site_name, {facility} l.waste_code, \
         count(*) as containers, cast(coalesce(sum(l.remaining_g), 0) as bigint) as mass_g, \
         min(l.stored_at) as oldest_at, \
         cast(coalesce(sum(case when l.deadline_at < ${late} then 1 else 0 end), 0) as bigint) as late \
         {} {} group by l.holder_id, o.name, l.site_id, s.name, l.waste_code{group} \
         order by mass_g desc, l.holder_id, l.site_id, l.waste_code{} limit ${}",
        super::model::LOT_FROM,
        filter.conditions(),
        if by_facility { ", l.facility_id" } else { "" },
        late + 1
    );
    let mut params = filter.params().to_vec();
    params.extend([Value::Int(now), Value::Int(MAX_ROWS)]);
    kit.db.read(move |s| Box::pin(async move { read(s, &sql, &params, by_facility).await })).await
}

async fn read(s: &mut dyn Sql, sql: &str, params: &[Value], by_facility: bool) -> Result<Stock, Problem> {
    let mut stock = Stock { rows: Vec::new(), mass_g: 0, containers: 0 };
    for row in s.query(sql, params).await? {
        let row = row_of(&row, by_facility)?;
        stock.mass_g = stock.mass_g.saturating_add(row.mass_g);
        stock.containers = stock.containers.saturating_add(row.containers);
        stock.rows.push(row);
    }
    let mut full: std::collections::BTreeMap<String, i64> = std::collections::BTreeMap::new();
    for row in &stock.rows {
        if let Some(facility) = &row.facility {
            let sum = full.entry(facility.id.clone()).or_default();
            *sum = sum.saturating_add(row.mass_g);
        }
    }
    for row in &mut stock.rows {
        row.facility_mass_g = row.facility.as_ref().and_then(|f| full.get(&f.id).copied());
    }
    Ok(stock)
}

fn row_of(row: &Row, by_facility: bool) -> Result<StockRow, Problem> {
    let waste_code: String = row.get("waste_code")?;
    let facility = if by_facility {
        let id: Option<String> = row.get("facility_id")?;
        match (id, row.get("facility_code")?, row.get("facility_name")?) {
            (Some(id), Some(code), Some(name)) => Some(FacilityRef { id, code, name }),
            _ => None,
        }
    } else {
        None
    };
    Ok(StockRow {
        org: Named { id: row.get("holder_id")?, name: row.get("holder_name")? },
        site: Named { id: row.get("site_id")?, name: row.get("site_name")? },
        facility,
        name: tables::waste_name(&waste_code),
        waste_code,
        containers: row.get("containers")?,
        mass_g: row.get("mass_g")?,
        oldest_at: row.get::<Option<i64>>("oldest_at")?.map(format_instant),
        capacity_g: if by_facility { row.get("capacity_g")? } else { None },
        facility_mass_g: None,
        limit_days: if by_facility { row.get("storage_limit_days")? } else { None },
        late: row.get("late")?,
    })
}
