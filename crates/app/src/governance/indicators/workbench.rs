//! What indicators put on the workbench: values to check or approve, and figures of last year that nobody has filled in.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use db::{Sql, params};
use domain::access::Permission;
use domain::indicator::Span;
use domain::time::format_instant;

use super::ask;
use super::catalogue::{catalogue, pick};
use super::values::{answers, key_of, mine};
use crate::kit::workbench::{Part, WorkItem};
use crate::kit::{Filter, Kit, OpContext, Problem, Reach};

/// Most values that are shown one by one; the count says how many there are.
const MOST: i64 = 20;

/// The caller's part; empty for those who have nothing to do with figures.
///
/// # Errors
/// 500 when the database cannot answer.
pub async fn workbench(kit: &Arc<Kit>, ctx: &Arc<OpContext>) -> Result<Part, Problem> {
    if !ctx.may(Permission::IndicatorRead) {
        return Ok(Part::default());
    }
    let last_year = ask::span(kit, None, "/period")?.before(1);
    let since = last_year.ends(&ask::zone(kit)?);
    let (house, caller) = (Arc::clone(kit), Arc::clone(ctx));
    kit.db
        .read(move |sql| {
            Box::pin(async move {
                let own = key_of(sql, &caller.tenant, &caller.org_id).await?;
                let mut part = waiting(sql, &house, &caller, own.as_deref()).await?;
                part.waiting.extend(missing(sql, &house, &caller, own.as_deref(), last_year, since).await?);
                Ok::<_, Problem>(part)
            })
        })
        .await
}

async fn waiting(sql: &mut dyn Sql, kit: &Kit, ctx: &OpContext, own: Option<&str>) -> Result<Part, Problem> {
    let catalogue = catalogue(&kit.settings.profile);
    let mut filter = Filter::tenant("v.tenant_id", &ctx.tenant);
    mine(&catalogue, ctx, own, &mut filter);
    let count = format!("select count(*) as n from indicator_value v {}", filter.conditions());
    let all: i64 =
        sql.query_opt(&count, filter.params()).await?.map(|r| r.get("n")).transpose()?.unwrap_or(0);
    let mut part = Part::default();
    if all > 0 {
        part.counts.insert("indicators_open".to_owned(), all);
    }
    let select = "select v.id, v.key, v.period, v.status, v.changed_at from indicator_value v";
    let (text, values) = filter.finish(select, "v.changed_at", "v.id", false, MOST - 1);
    for row in sql.query(&text, &values).await? {
        let key: String = row.get("key")?;
        let status: String = row.get("status")?;
        let name = catalogue.get(&key).map_or_else(|| key.clone(), |s| pick(&s.name, ctx.lang));
        part.waiting.push(WorkItem {
            kind: if status == "filled" { "indicator.review" } else { "indicator.approve" }.to_owned(),
            title_id: row.get("id")?,
            params: BTreeMap::from([
                ("name".to_owned(), name),
                ("period".to_owned(), row.get::<String>("period")?),
            ]),
            link: format!("/indicators/values?mine=true&key={key}"),
            since: format_instant(row.get("changed_at")?),
            due_at: None,
            late: false,
        });
    }
    Ok(part)
}

/// Figures of last year that the caller's own unit answers for and that have no value yet, as one thing to do.
async fn missing(
    sql: &mut dyn Sql,
    kit: &Kit,
    ctx: &OpContext,
    own: Option<&str>,
    last_year: Span,
    since: i64,
) -> Result<Option<WorkItem>, Problem> {
    // The office may fill in every figure, but it answers for its own only.
    let (reach, town) = match ctx.require(Permission::IndicatorFill) {
        Ok(Reach::City) => (Reach::Org(ctx.org_id.clone()), String::new()),
        Ok(Reach::Town(code)) => (Reach::Town(code.clone()), code),
        Ok(reach) => (reach, String::new()),
        Err(_) => return Ok(None),
    };
    let rows = sql
        .query(
            "select distinct key from indicator_value where tenant_id = $1 and period = $2 and town = $3 \
             and (open = $4 or status = 'approved')",
            &params![ctx.tenant.as_str(), last_year.to_string(), town, true],
        )
        .await?;
    let there = rows.iter().map(|r| r.get("key")).collect::<Result<BTreeSet<String>, db::DbError>>()?;
    let catalogue = catalogue(&kit.settings.profile);
    let count = catalogue
        .shipped
        .iter()
        .filter(|s| s.formula.is_none() && !there.contains(&s.key))
        .filter(|s| answers(&catalogue, &reach, own, &s.key))
        .count();
    if count == 0 {
        return Ok(None);
    }
    Ok(Some(WorkItem {
        kind: "indicator.fill".to_owned(),
        title_id: format!("indicator.fill:{last_year}"),
        params: BTreeMap::from([
            ("count".to_owned(), count.to_string()),
            ("period".to_owned(), last_year.to_string()),
        ]),
        link: format!("/indicators?year={last_year}&source=filled"),
        since: format_instant(since),
        due_at: None,
        late: false,
    }))
}
