//! The clause table: every clause of the plan with the items, indicators and parts of the platform that stand for it,
//! or the reason why none does. It is made from data, so a clause cannot be forgotten.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::access::Permission;
use serde::Serialize;
use utoipa::ToSchema;

use super::list::{ItemQuery, rows};
use super::plan::plan;
use crate::kit::{Kit, OpContext, Problem};

/// An item that stands for a clause.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ClauseItem {
    /// Id.
    pub id: String,
    /// Number for people.
    pub code: String,
    /// `target`, `task`, `project`, `responsibility`.
    pub list: String,
    /// What it is.
    pub title: String,
    /// `green`, `amber`, `red`, `none`.
    pub light: String,
    /// Indicator behind it.
    pub indicator: Option<String>,
}

/// A row of the clause table.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ClauseRow {
    /// Key.
    pub id: String,
    /// Number as the plan writes it.
    pub no: String,
    /// Our own short title.
    pub title: String,
    /// Items.
    pub items: Vec<ClauseItem>,
    /// Parts of this platform that serve it, as keys.
    pub registers: Vec<String>,
    /// Why no item stands for it.
    pub reason: Option<String>,
}

/// The clause table; a town sees the items that concern it.
///
/// # Errors
/// 403.
pub async fn clauses(kit: &Arc<Kit>, ctx: &Arc<OpContext>) -> Result<Vec<ClauseRow>, Problem> {
    ctx.require(Permission::ProgrammeRead)?;
    let plan = plan(kit)?;
    let mut by_clause: BTreeMap<String, Vec<ClauseItem>> = BTreeMap::new();
    for (row, _) in rows(kit, ctx, &ItemQuery { year: Some(plan.horizon), ..ItemQuery::default() }).await? {
        by_clause.entry(row.clause).or_default().push(ClauseItem {
            id: row.id,
            code: row.code,
            list: row.list,
            title: row.title,
            light: row.light,
            indicator: row.indicator,
        });
    }
    let rows = plan.clauses.iter().map(|c| ClauseRow {
        id: c.id.clone(),
        no: c.no.clone(),
        title: c.title.get(ctx.lang).to_owned(),
        items: by_clause.remove(&c.id).unwrap_or_default(),
        registers: c.registers.clone(),
        reason: c.reason.as_ref().map(|r| r.get(ctx.lang).to_owned()),
    });
    Ok(rows.collect())
}
