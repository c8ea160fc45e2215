//! Delegated access: a client lets an agent act for it, for some permissions and days. The client's manager or the
//! security administrator grants and revokes; both names stand on every event that the agent causes.

use std::sync::Arc;

use db::{DbError, Row, Sql, params};
use domain::Violation;
use domain::access::{DelegationScope, Permission};
use domain::time::{Date, Zone, parse_date};
use serde_json::json;

use super::accounts::invalid;
use super::model::{DelegationBody, DelegationView, MeDelegation, Named};
use super::project::{self, DELEGATION_SAVED};
use super::{rules, store};
use crate::kit::{Fact, Filter, Key, Kit, OpContext, Page, PageQuery, Problem, Reach, audit};

/// Longest term in days.
const MAX_DAYS: i32 = 3 * 366;

const SELECT: &str = "select d.id, d.agent_org_id, d.client_org_id, d.scope, d.valid_from, d.valid_to, d.status, d.reason, \
     d.revoke_reason, d.version, g.name as agent_name, c.name as client_name \
     from delegation d join org g on g.tenant_id = d.tenant_id and g.id = d.agent_org_id \
     join org c on c.tenant_id = d.tenant_id and c.id = d.client_org_id";

pub(super) fn today(kit: &Kit) -> Result<Date, Problem> {
    let zone = Zone::named(&kit.settings.zone).map_err(|_| Problem::internal())?;
    Ok(zone.date_of(kit.clock.now()))
}

fn view(row: &Row, today: &str) -> Result<DelegationView, DbError> {
    let stored: String = row.get("scope")?;
    let scope: DelegationScope = serde_json::from_str(&stored)
        .map_err(|_| DbError::Inconsistent("delegation.scope: not a list of permissions".to_owned()))?;
    let (from, to): (String, String) = (row.get("valid_from")?, row.get("valid_to")?);
    let status = match row.get::<String>("status")?.as_str() {
        "revoked" => "revoked",
        _ if from.as_str() > today => "planned",
        _ if to.as_str() < today => "ended",
        _ => "active",
    };
    Ok(DelegationView {
        id: row.get("id")?,
        agent: Named { id: row.get("agent_org_id")?, name: row.get("agent_name")? },
        client: Named { id: row.get("client_org_id")?, name: row.get("client_name")? },
        scope: scope.permissions().to_vec(),
        status: status.to_owned(),
        valid_from: from,
        valid_to: to,
        reason: row.get("reason")?,
        revoke_reason: row.get("revoke_reason")?,
        version: row.get("version")?,
    })
}

fn within(reach: &Reach, filter: &mut Filter) {
    match reach {
        Reach::City => {}
        Reach::Org(id) | Reach::Party(id) | Reach::Assigned { org_id: id, .. } => {
            filter
                .and("(d.agent_org_id = ? or d.client_org_id = ?)", [id.as_str().into(), id.as_str().into()]);
        }
        Reach::Town(_) => {
            filter.and("1 = 0", []);
        }
    }
}

/// Delegations that the caller may manage: all, or those of the own organisation on either side.
///
/// # Errors
/// 403 without the right.
pub async fn list(
    kit: &Arc<Kit>,
    ctx: &Arc<OpContext>,
    query: &PageQuery,
) -> Result<Page<DelegationView>, Problem> {
    let reach = ctx.require(Permission::DelegationManage)?;
    let limit = query.limit()?;
    let (column, descending) =
        query.sort(&[("valid_to", "d.valid_to"), ("valid_from", "d.valid_from")], true)?;
    let mut filter = Filter::tenant("d.tenant_id", &ctx.tenant);
    within(&reach, &mut filter);
    filter.after(column, "d.id", descending, query.after()?);
    let by_end = column == "d.valid_to";
    let (text, values) = filter.finish(SELECT, column, "d.id", descending, limit);
    let today = today(kit)?.to_string();
    kit.db
        .read(move |sql| {
            Box::pin(async move {
                let rows = sql.query(&text, &values).await?;
                let items = rows.iter().map(|r| view(r, &today)).collect::<Result<Vec<_>, _>>()?;
                Ok(Page::cut(items, limit, None, |d| {
                    (Key::Text(if by_end { d.valid_to.clone() } else { d.valid_from.clone() }), d.id.clone())
                }))
            })
        })
        .await
}

/// One delegation.
///
/// # Errors
/// 403, 404.
pub async fn get(kit: &Arc<Kit>, ctx: &Arc<OpContext>, id: &str) -> Result<DelegationView, Problem> {
    let reach = ctx.require(Permission::DelegationManage)?;
    let mut filter = Filter::tenant("d.tenant_id", &ctx.tenant);
    within(&reach, &mut filter);
    filter.and("d.id = ?", [id.into()]);
    let (text, values) = (format!("{SELECT} {}", filter.conditions()), filter.params().to_vec());
    let today = today(kit)?.to_string();
    kit.db
        .read(move |sql| {
            Box::pin(async move {
                let row = sql.query_opt(&text, &values).await?.ok_or_else(Problem::not_found)?;
                Ok(view(&row, &today)?)
            })
        })
        .await
}

fn check_reason(reason: &str, path: &str) -> Option<Violation> {
    let count = reason.trim().chars().count();
    let bad = !(1..=200).contains(&count) || reason.chars().any(|c| c.is_control() && c != '\n');
    bad.then(|| Violation::error(rules::REASON, path).with("max", 200))
}

/// Grants a delegation. A firm grants only for itself as the client.
///
/// # Errors
/// 403, 404 for a foreign client, 422 with every field that is wrong.
pub async fn grant(
    kit: &Arc<Kit>,
    ctx: &Arc<OpContext>,
    body: DelegationBody,
) -> Result<DelegationView, Problem> {
    ctx.require_for(Permission::DelegationManage, &body.client_org_id, None)?;
    let mut found: Vec<Violation> = check_reason(&body.reason, "/reason").into_iter().collect();
    let scope =
        DelegationScope::new(&body.scope, "/scope").map_err(|more| found.extend(more)).unwrap_or_default();
    let mut day = |text: &str, path: &str| parse_date(text).map_err(|e| found.push(e.at(path))).ok();
    let days = (day(&body.valid_from, "/valid_from"), day(&body.valid_to, "/valid_to"));
    if let (Some(from), Some(to)) = days {
        let length = (to - from).get_days();
        if !(0..=MAX_DAYS).contains(&length) || to < today(kit)? {
            found.push(Violation::error(rules::DELEGATION_TERM, "/valid_to").with("days", MAX_DAYS));
        }
    }
    if body.agent_org_id == body.client_org_id {
        found.push(Violation::error(rules::DELEGATION_SELF, "/agent_org_id"));
    }
    if !found.is_empty() {
        return Err(invalid(found));
    }
    if !matches!(ctx.require(Permission::DelegationManage)?, Reach::City) {
        // Nobody hands on what they may not do themselves; the security administrator acts for the client as a whole.
        for permission in &body.scope {
            ctx.require(*permission)?;
        }
    }
    let input = body.clone();
    let id: String = kit
        .command(ctx, "delegation.grant", &input, move |mut w| {
            Box::pin(async move {
                let tenant = w.tenant().to_owned();
                let mut found = Vec::new();
                for (path, org) in [("/agent_org_id", &body.agent_org_id), ("/client_org_id", &body.client_org_id)] {
                    if !store::org(w.tx, &tenant, org).await?.is_some_and(|o| o.active) {
                        found.push(Violation::error(rules::ORG, path));
                    }
                }
                if !found.is_empty() {
                    return Err(invalid(found));
                }
                let id = w.id();
                let payload = json!({
                    "agent_org_id": body.agent_org_id,
                    "client_org_id": body.client_org_id,
                    "scope": scope,
                    "valid_from": body.valid_from.trim(),
                    "valid_to": body.valid_to.trim(),
                    "status": "active",
                    "reason": body.reason.trim(),
                    "revoke_reason": null,
                    "created_by": w.ctx.account_id,
                    "created_at": w.now,
                    "version": 1,
                });
                let event = w.append(Fact::new(DELEGATION_SAVED, "delegation", &id, w.now, payload).of_org(&body.client_org_id)).await?;
                project::project(w.tx, &event).await?;
                let detail = json!({"agent_org_id": body.agent_org_id, "client_org_id": body.client_org_id, "scope": scope});
                let entry = audit::Entry::new("audit.delegation_granted", "delegation", &id).of_org(&body.client_org_id).with(detail);
                audit::record(&mut w, entry).await?;
                Ok(id)
            })
        })
        .await?;
    get(kit, ctx, &id).await
}

/// Ends a delegation at once. Either side may, and the security administrator.
///
/// # Errors
/// 403, 404, 422.
pub async fn revoke(
    kit: &Arc<Kit>,
    ctx: &Arc<OpContext>,
    id: &str,
    reason: &str,
) -> Result<DelegationView, Problem> {
    get(kit, ctx, id).await?;
    if let Some(violation) = check_reason(reason, "/reason") {
        return Err(invalid(vec![violation]));
    }
    let (key, reason) = (id.to_owned(), reason.trim().to_owned());
    let input = json!({"id": id, "reason": reason});
    let done: bool = kit
        .command(ctx, "delegation.revoke", &input, move |mut w| {
            Box::pin(async move {
                let (tenant, id) = (w.tenant().to_owned(), key);
                let row = w
                    .tx
                    .query_opt(
                        "select agent_org_id, client_org_id, scope, valid_from, valid_to, status, reason, created_by, created_at, version \
                         from delegation where tenant_id = $1 and id = $2",
                        &params![tenant, &id],
                    )
                    .await?
                    .ok_or_else(Problem::not_found)?;
                if row.get::<String>("status")? != "active" {
                    return Err(invalid(vec![Violation::error(rules::DELEGATION_ENDED, "")]));
                }
                let client: String = row.get("client_org_id")?;
                let stored: String = row.get("scope")?;
                let scope: serde_json::Value = serde_json::from_str(&stored).map_err(|_| Problem::internal())?;
                let payload = json!({
                    "agent_org_id": row.get::<String>("agent_org_id")?,
                    "client_org_id": client,
                    "scope": scope,
                    "valid_from": row.get::<String>("valid_from")?,
                    "valid_to": row.get::<String>("valid_to")?,
                    "status": "revoked",
                    "reason": row.get::<String>("reason")?,
                    "revoke_reason": reason,
                    "created_by": row.get::<String>("created_by")?,
                    "created_at": row.get::<i64>("created_at")?,
                    "version": row.get::<i64>("version")? + 1,
                });
                let event = w.append(Fact::new(DELEGATION_SAVED, "delegation", &id, w.now, payload).of_org(&client)).await?;
                project::project(w.tx, &event).await?;
                audit::record(&mut w, audit::Entry::new("audit.delegation_revoked", "delegation", &id).of_org(&client)).await?;
                Ok(true)
            })
        })
        .await?;
    debug_assert!(done);
    get(kit, ctx, id).await
}

/// Clients that the caller's organisation may act for today.
///
/// # Errors
/// 500 when the database cannot answer.
pub async fn clients(kit: &Arc<Kit>, ctx: &OpContext) -> Result<Vec<MeDelegation>, Problem> {
    let today = today(kit)?.to_string();
    let (tenant, agent) = (ctx.tenant.clone(), ctx.org_id.clone());
    let text = format!(
        "{SELECT} where d.tenant_id = $1 and d.agent_org_id = $2 and d.status = 'active' and d.valid_from <= $3 \
         and d.valid_to >= $3 order by c.name, d.id"
    );
    kit.db
        .read(move |sql| {
            Box::pin(async move {
                let rows = sql.query(&text, &params![tenant, agent, &today]).await?;
                rows.iter()
                    .map(|r| {
                        view(r, &today).map(|d| MeDelegation {
                            id: d.id,
                            client: d.client,
                            scope: d.scope,
                            valid_to: d.valid_to,
                        })
                    })
                    .collect::<Result<Vec<_>, DbError>>()
            })
        })
        .await
        .map_err(Problem::from)
}
