//! The mass balance: opening + in − out = closing, per code and period. Each figure opens to its entries, and
//! a gap against the stock is shown, never smoothed.

use std::collections::BTreeMap;
use std::sync::Arc;

use db::Sql;
use domain::access::Permission;
use domain::ledger::{BalanceRow, EntryKind};
use domain::time::Period;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::entries::period;
use super::list::code_filter;
use super::tables;
use crate::kit::{Filter, Kit, OpContext, Problem, Reach};

/// Scope of a balance.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct BalanceQuery {
    /// Organisation; without it, all within reach together.
    pub org_id: Option<String>,
    /// Site.
    pub site_id: Option<String>,
    /// First month `YYYY-MM`.
    pub from: Option<String>,
    /// Last month `YYYY-MM`.
    pub to: Option<String>,
    /// Waste code, or category `HWnn`.
    pub waste_code: Option<String>,
}

/// Balance of one code, grams. Outflows are positive numbers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct BalanceView {
    /// Waste code; empty in the totals.
    pub waste_code: String,
    /// Name in the national catalogue.
    pub name: String,
    /// Stock at the start.
    pub opening_g: i64,
    /// Generated.
    pub generated_g: i64,
    /// Received by manifest.
    pub received_g: i64,
    /// Residue of own treatment.
    pub residue_g: i64,
    /// Used.
    pub used_g: i64,
    /// Disposed of.
    pub disposed_g: i64,
    /// Sent by manifest.
    pub sent_g: i64,
    /// Back after refusal.
    pub returned_g: i64,
    /// Weight corrections, signed.
    pub adjusted_g: i64,
    /// Stock at the end.
    pub closing_g: i64,
    /// Stock by the lots, now.
    pub stock_g: i64,
    /// All entries up to now minus the stock by the lots: zero, or something is wrong.
    pub gap_g: i64,
}

/// A balance.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Balance {
    /// First month.
    pub from: String,
    /// Last month.
    pub to: String,
    /// One row a code.
    pub rows: Vec<BalanceView>,
    /// Their sum.
    pub totals: BalanceView,
}

#[derive(Default)]
struct Sums {
    row: BalanceRow,
    until_now_g: i64,
    stock_g: i64,
}

/// The balance of a period.
///
/// # Errors
/// 403 without the right; 422 when the period is missing or wrong.
pub async fn balance(kit: &Kit, ctx: &Arc<OpContext>, query: &BalanceQuery) -> Result<Balance, Problem> {
    let reach = ctx.require(Permission::StockRead)?;
    let period = period(query.from.as_deref(), query.to.as_deref())?;
    let entries = entries(ctx, &reach, query, period)?;
    let stock = stock(ctx, &reach, query)?;
    let sums = kit
        .db
        .read(move |s| {
            Box::pin(async move {
                let mut sums: BTreeMap<String, Sums> = BTreeMap::new();
                for row in s.query(&entries.0, &entries.1).await? {
                    let kind: EntryKind =
                        row.get::<String>("kind")?.parse().map_err(|_| Problem::internal())?;
                    let sum = sums.entry(row.get("waste_code")?).or_default();
                    sum.row.open(row.get("before_g")?);
                    sum.row.add(kind, row.get("inside_g")?);
                    sum.until_now_g += row.get::<i64>("all_g")?;
                }
                for row in s.query(&stock.0, &stock.1).await? {
                    sums.entry(row.get("waste_code")?).or_default().stock_g = row.get("mass_g")?;
                }
                Ok::<_, Problem>(sums)
            })
        })
        .await?;
    let rows: Vec<BalanceView> = sums.into_iter().map(|(code, sums)| view(code, &sums)).collect();
    let totals = rows.iter().fold(BalanceView::default(), |mut total, row| {
        total.opening_g += row.opening_g;
        total.generated_g += row.generated_g;
        total.received_g += row.received_g;
        total.residue_g += row.residue_g;
        total.used_g += row.used_g;
        total.disposed_g += row.disposed_g;
        total.sent_g += row.sent_g;
        total.returned_g += row.returned_g;
        total.adjusted_g += row.adjusted_g;
        total.closing_g += row.closing_g;
        total.stock_g += row.stock_g;
        total.gap_g += row.gap_g;
        total
    });
    Ok(Balance { from: period.from.to_string(), to: period.until.to_string(), rows, totals })
}

type Statement = (String, Vec<db::Value>);

fn entries(
    ctx: &OpContext,
    reach: &Reach,
    query: &BalanceQuery,
    period: Period,
) -> Result<Statement, Problem> {
    let mut filter = Filter::tenant("e.tenant_id", &ctx.tenant);
    reach.filter(&mut filter, "e.org_id", "s.town_code");
    filter.maybe("e.org_id = ?", query.org_id.as_deref()).maybe("e.site_id = ?", query.site_id.as_deref());
    code_filter(&mut filter, "e.waste_code", query.waste_code.as_deref())?;
    let mut params = filter.params().to_vec();
    let (from, to) = (params.len() + 1, params.len() + 2);
    params.extend(db::params![period.from.to_string(), period.until.to_string()]);
    let sum =
        |when: &str| format!("cast(coalesce(sum(case when {when} then e.mass_g else 0 end), 0) as bigint)");
    let sql = format!(
        "select e.waste_code, e.kind, {} as before_g, {} as inside_g, \
         cast(coalesce(sum(e.mass_g), 0) as bigint) as all_g \
         from ledger_entry e join site s on s.tenant_id = e.tenant_id and s.id = e.site_id {} \
         group by e.waste_code, e.kind",
        sum(&format!("e.month < ${from}")),
        sum(&format!("e.month >= ${from} and e.month <= ${to}")),
        filter.conditions()
    );
    Ok((sql, params))
}

fn stock(ctx: &OpContext, reach: &Reach, query: &BalanceQuery) -> Result<Statement, Problem> {
    let mut filter = Filter::tenant("l.tenant_id", &ctx.tenant);
    filter.and("l.in_stock = true", []);
    reach.filter(&mut filter, "l.holder_id", "s.town_code");
    filter.maybe("l.holder_id = ?", query.org_id.as_deref()).maybe("l.site_id = ?", query.site_id.as_deref());
    code_filter(&mut filter, "l.waste_code", query.waste_code.as_deref())?;
    let sql = format!(
        "select l.waste_code, cast(coalesce(sum(l.remaining_g), 0) as bigint) as mass_g \
         from lot l join site s on s.tenant_id = l.tenant_id and s.id = l.site_id {} group by l.waste_code",
        filter.conditions()
    );
    Ok((sql, filter.params().to_vec()))
}

fn view(code: String, sums: &Sums) -> BalanceView {
    let row = &sums.row;
    BalanceView {
        name: tables::waste_name(&code),
        waste_code: code,
        opening_g: row.opening_g,
        generated_g: row.generated_g,
        received_g: row.received_g,
        residue_g: row.residue_g,
        used_g: row.used_g,
        disposed_g: row.disposed_g,
        sent_g: row.sent_g,
        returned_g: row.returned_g,
        adjusted_g: row.adjusted_g,
        closing_g: row.closing_g,
        stock_g: sums.stock_g,
        gap_g: sums.until_now_g - sums.stock_g,
    }
}
