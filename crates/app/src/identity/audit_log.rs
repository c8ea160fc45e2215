//! Reading the audit log, for the audit administrator only.

use std::sync::Arc;

use db::{DbError, Row, Sql};
use domain::access::Permission;
use domain::time::{Zone, format_instant, parse_date};

use super::model::{AuditActor, AuditFilter, AuditSubject, AuditView, Named};
use crate::kit::audit::KINDS;
use crate::kit::{Filter, Key, Kit, OpContext, Page, PageQuery, Problem};

const SELECT: &str = "select e.position, e.at, e.kind, e.actor_id, e.org_id, e.subject_type, e.subject_id, e.outcome, e.detail, \
     e.login, e.ip, a.login as actor_login, o.name as org_name \
     from audit_entry e left join account a on a.tenant_id = e.tenant_id and a.id = e.actor_id \
     left join org o on o.tenant_id = e.tenant_id and o.id = e.org_id";

fn view(row: &Row) -> Result<AuditView, DbError> {
    let detail: String = row.get("detail")?;
    let org_id: Option<String> = row.get("org_id")?;
    let org_name: Option<String> = row.get("org_name")?;
    let login: Option<String> = row.get("actor_login")?;
    Ok(AuditView {
        position: row.get("position")?,
        at: format_instant(row.get("at")?),
        kind: row.get("kind")?,
        account: AuditActor { id: row.get("actor_id")?, login: login.or(row.get("login")?) },
        org: org_id.map(|id| Named { id, name: org_name.unwrap_or_default() }),
        subject: AuditSubject { kind: row.get("subject_type")?, id: row.get("subject_id")? },
        outcome: row.get("outcome")?,
        detail: serde_json::from_str(&detail)
            .map_err(|_| DbError::Inconsistent("audit_entry.detail: not JSON".to_owned()))?,
        ip: row.get("ip")?,
    })
}

/// Entries of the audit log, newest first unless `sort` says otherwise.
///
/// # Errors
/// 403 without the right, 422 for a wrong filter.
pub async fn list(
    kit: &Arc<Kit>,
    ctx: &Arc<OpContext>,
    query: &PageQuery,
    wanted: &AuditFilter,
) -> Result<Page<AuditView>, Problem> {
    ctx.require(Permission::AuditRead)?;
    let limit = query.limit()?;
    let (column, descending) = query.sort(&[("position", "e.position")], true)?;
    let mut filter = Filter::tenant("e.tenant_id", &ctx.tenant);
    if let Some(kind) = wanted.kind.as_deref().filter(|k| !k.is_empty()) {
        if !KINDS.contains(&kind) {
            return Err(super::accounts::unknown("/kind", kind));
        }
        filter.and("e.kind = ?", [kind.into()]);
    }
    filter.maybe("e.actor_id = ?", wanted.account_id.as_deref().filter(|a| !a.is_empty()));
    let zone = Zone::named(&kit.settings.zone).map_err(|_| Problem::internal())?;
    if let Some(from) = wanted.from.as_deref().filter(|d| !d.is_empty()) {
        let day = parse_date(from).map_err(|e| super::accounts::invalid(vec![e.at("/from")]))?;
        filter.and("e.at >= ?", [zone.start_of(day).into()]);
    }
    if let Some(to) = wanted.to.as_deref().filter(|d| !d.is_empty()) {
        let day = parse_date(to).map_err(|e| super::accounts::invalid(vec![e.at("/to")]))?;
        let next = day.tomorrow().unwrap_or(day);
        filter.and("e.at < ?", [zone.start_of(next).into()]);
    }
    if let Some(words) = query.words() {
        let pattern = crate::kit::like(&words.to_lowercase());
        filter.and(
            "(a.login like ? escape '\\' or e.login like ? escape '\\')",
            [pattern.clone().into(), pattern.into()],
        );
    }
    if let Some((Key::Int(position), _)) = query.after()? {
        filter.and(if descending { "e.position < ?" } else { "e.position > ?" }, [position.into()]);
    }
    let (text, values) = filter.finish(SELECT, column, "e.kind", descending, limit);
    kit.db
        .read(move |sql| {
            Box::pin(async move {
                let rows = sql.query(&text, &values).await?;
                let items = rows.iter().map(view).collect::<Result<Vec<_>, _>>()?;
                Ok(Page::cut(items, limit, None, |e| (Key::Int(e.position), e.kind.clone())))
            })
        })
        .await
}
