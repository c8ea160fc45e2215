//! Reading the audit log, for the audit administrator only.

use std::sync::Arc;

use db::{DbError, Row, Sql, Value};
use domain::access::Permission;
use domain::time::{Zone, format_instant, parse_date};

use super::model::{AuditActor, AuditFilter, AuditSubject, AuditView, Named};
use crate::kit::audit::KINDS;
use crate::kit::{Filter, Key, Kit, Listing, OpContext, Page, PageQuery, Problem, Way};
use crate::registry::words::beginning;

const COLUMNS: &str = "select e.position, e.at, e.kind, e.actor_id, e.org_id, e.subject_type, e.subject_id, e.outcome, e.detail, \
     e.login, e.ip, a.login as actor_login, o.name as org_name";
const JOINS: &str = "left join account a on a.tenant_id = e.tenant_id and a.id = e.actor_id \
     left join org o on o.tenant_id = e.tenant_id and o.id = e.org_id";

const DAY: i64 = 86_400_000_000;

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
        let start = zone.start_of(day);
        filter.and("e.at >= ?", [start.into()]);
        // Entries stand in the order of their times, but for a clock that was set: a day is room enough.
        let first = "e.position >= coalesce((select b.position from audit_entry b where b.tenant_id = ? \
                     and b.at >= ? order by b.at, b.position limit 1), 0)";
        filter.and(first, [ctx.tenant.as_str().into(), (start - DAY).into()]);
    }
    if let Some(to) = wanted.to.as_deref().filter(|d| !d.is_empty()) {
        let day = parse_date(to).map_err(|e| super::accounts::invalid(vec![e.at("/to")]))?;
        let end = zone.start_of(day.tomorrow().unwrap_or(day));
        filter.and("e.at < ?", [end.into()]);
        let last = "e.position <= coalesce((select b.position from audit_entry b where b.tenant_id = ? \
                    and b.at < ? order by b.at desc, b.position desc limit 1), 0)";
        filter.and(last, [ctx.tenant.as_str().into(), (end + DAY).into()]);
    }
    if let Some((Key::Int(position), _)) = query.after()? {
        filter.and(if descending { "e.position < ?" } else { "e.position > ?" }, [position.into()]);
    }
    let (words, tenant) = (query.words(), ctx.tenant.clone());
    kit.db
        .read(move |sql| {
            Box::pin(async move {
                if let Some(words) = words {
                    filter.any(by_login(sql, &tenant, &words.to_lowercase()).await?);
                }
                let listing = Listing {
                    columns: COLUMNS,
                    from: "from audit_entry e",
                    joins: JOINS,
                    order: column,
                    descending,
                    indexed: true,
                    id: "e.position",
                    limit,
                };
                let (rows, _) = filter.read(sql, &listing, None).await?;
                let items = rows.iter().map(view).collect::<Result<Vec<_>, _>>()?;
                Ok(Page::cut(items, limit, None, |e| (Key::Int(e.position), e.kind.clone())))
            })
        })
        .await
}

/// Accounts that words name; more, and they name nobody.
const ACCOUNTS: usize = 8;

/// Ways in which an entry fits the words of a login: an account's, or one that was typed and begins so.
async fn by_login(sql: &mut dyn Sql, tenant: &str, words: &str) -> Result<Vec<Way>, DbError> {
    let pattern = crate::kit::like(words);
    let most = i64::try_from(ACCOUNTS + 1).unwrap_or(i64::MAX);
    let text = "select id from account where tenant_id = $1 and login like $2 escape '\\' limit $3";
    let found = sql.query(text, &db::params![tenant, &pattern, most]).await?;
    if found.len() > ACCOUNTS {
        let some = "coalesce(e.actor_id, '') in (select id from account where tenant_id = e.tenant_id \
                    and login like ? escape '\\') or e.login like ? escape '\\'";
        return Ok(vec![Way::on(some, [pattern.clone().into(), pattern.into()])]);
    }
    let mut ways = vec![Way::gather("e.login >= ? and e.login < ?", beginning(words))];
    for row in &found {
        ways.push(Way::on("e.actor_id = ?", [Value::Text(row.get("id")?)]));
    }
    Ok(ways)
}
