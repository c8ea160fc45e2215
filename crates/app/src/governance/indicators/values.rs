//! Values that the ledger does not know: who may fill them in, the list, and one value as it stands.

use std::sync::Arc;

use db::{DbError, Row, Sql, Value as Sv, params};
use domain::access::Permission;
use domain::indicator::value::{Action, Standing, Status};
use domain::programme::Evidence;
use domain::time::format_instant;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::catalogue::{Catalogue, Shipped, catalogue, pick};
use super::{ask, snapshot};
use crate::governance::evidence::EvidenceView;
use crate::kit::{Filter, Key, Kit, Lang, OpContext, Page, PageQuery, Problem, Reach};
use crate::registry::model::Named;
use crate::registry::profile::profile;

/// What a list of values is narrowed to.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ValueQuery {
    /// Rows a page, 1 to 200; 50 when left out.
    pub limit: Option<i64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// `filled`, `reviewed`, `approved`, `returned`, `superseded`, several by comma; or `open`.
    pub status: Option<String>,
    /// Indicator or base figure.
    pub key: Option<String>,
    /// Year or month.
    pub period: Option<String>,
    /// Town.
    pub town: Option<String>,
    /// Only those that the caller may check or approve now.
    pub mine: Option<bool>,
}

/// A step of a value.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ValueStep {
    /// `filled`, `reviewed`, `approved`, `returned`.
    pub action: String,
    /// Who.
    pub by: Named,
    /// When.
    pub at: String,
}

/// A filled value.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct IndicatorValue {
    /// Id.
    pub id: String,
    /// Version, for `If-Match`.
    pub version: i64,
    /// Indicator or base figure.
    pub key: String,
    /// Its name.
    pub name: String,
    /// Unit in words.
    pub unit_label: String,
    /// Year or month.
    pub period: String,
    /// Town; null for the whole city.
    pub town: Option<String>,
    /// Its name.
    pub town_name: Option<String>,
    /// Digits.
    pub value: String,
    /// `filled`, `reviewed`, `approved`, `returned`, `superseded`.
    pub status: String,
    /// Note of whoever filled it in.
    pub note: String,
    /// Word of the latest step.
    pub reason: Option<String>,
    /// Evidence.
    pub evidence: Vec<EvidenceView>,
    /// Organisation that answers for it.
    pub org: Named,
    /// What happened, in order.
    pub steps: Vec<ValueStep>,
    /// What the caller may do now: `review`, `approve`, `return`.
    pub may: Vec<&'static str>,
}

/// A row with what rules need of it.
pub(super) struct Stored {
    pub(super) key: String,
    pub(super) town: String,
    pub(super) org_id: String,
    pub(super) version: i64,
    pub(super) standing: Standing,
}

const SELECT: &str = "select v.*, o.name as org_name, f.name as filled_name, r.name as reviewed_name, \
     a.name as approved_name, b.name as returned_name from indicator_value v \
     left join org o on o.tenant_id = v.tenant_id and o.id = v.org_id \
     left join account f on f.tenant_id = v.tenant_id and f.id = v.filled_by \
     left join account r on r.tenant_id = v.tenant_id and r.id = v.reviewed_by \
     left join account a on a.tenant_id = v.tenant_id and a.id = v.approved_by \
     left join account b on b.tenant_id = v.tenant_id and b.id = v.returned_by";

/// Whether the caller may fill in this figure: the office every one, a department those that it answers for, a town its
/// own value of those that towns fill in.
///
/// # Errors
/// 500 when the database refuses.
pub async fn may_fill(kit: &Arc<Kit>, ctx: &Arc<OpContext>, shipped: &Shipped) -> Result<bool, Problem> {
    let Ok(reach) = ctx.require(Permission::IndicatorFill) else { return Ok(false) };
    let own = own_key(kit, ctx).await?;
    Ok(answers(&catalogue(&kit.settings.profile), &reach, own.as_deref(), &shipped.key))
}

/// Whether an organisation answers for a figure.
pub(super) fn answers(catalogue: &Catalogue, reach: &Reach, own: Option<&str>, key: &str) -> bool {
    match reach {
        Reach::City => true,
        Reach::Town(_) => catalogue.by_town.iter().any(|k| k == key),
        _ => own.is_some_and(|own| catalogue.units_of(key).iter().any(|unit| unit == own)),
    }
}

/// The caller's organisation as the profile calls it.
pub(super) async fn own_key(kit: &Arc<Kit>, ctx: &Arc<OpContext>) -> Result<Option<String>, Problem> {
    let (tenant, org) = (ctx.tenant.clone(), ctx.org_id.clone());
    kit.db.read(move |sql| Box::pin(async move { key_of(sql, &tenant, &org).await })).await
}

/// An organisation as the profile calls it.
pub(super) async fn key_of(sql: &mut dyn Sql, tenant: &str, org_id: &str) -> Result<Option<String>, Problem> {
    let text = "select profile_key from org where tenant_id = $1 and id = $2";
    let row = sql.query_opt(text, &params![tenant, org_id]).await?;
    Ok(row.map(|r| r.get::<Option<String>>("profile_key")).transpose()?.flatten())
}

/// What the caller may do with a value now.
pub(super) fn may(
    catalogue: &Catalogue,
    ctx: &OpContext,
    own: Option<&str>,
    value: &Stored,
) -> Vec<&'static str> {
    let allowed = |action: Action| {
        right(catalogue, ctx, own, value, action)
            && action.check(&value.standing, &ctx.account_id, "a note to be written").is_ok()
    };
    Action::ALL.iter().filter(|a| allowed(**a)).map(|a| a.as_str()).collect()
}

/// Whether the caller has the right to an act on this value; whoever filled it in may take it back.
pub(super) fn right(
    catalogue: &Catalogue,
    ctx: &OpContext,
    own: Option<&str>,
    value: &Stored,
    action: Action,
) -> bool {
    let review =
        ctx.require(Permission::IndicatorReview).is_ok_and(|r| answers(catalogue, &r, own, &value.key));
    match action {
        Action::Review => review,
        Action::Approve => ctx.may(Permission::IndicatorApprove),
        Action::Return => {
            let reviewed = value.standing.status == Status::Reviewed;
            let own = value.standing.filled_by == ctx.account_id && ctx.may(Permission::IndicatorFill);
            own || ctx.may(Permission::IndicatorApprove) || (review && !reviewed)
        }
    }
}

/// Reads what rules need.
pub(super) fn stored(row: &Row) -> Result<Stored, DbError> {
    let status: String = row.get("status")?;
    let status = Status::parse(&status)
        .ok_or_else(|| DbError::Inconsistent(format!("indicator_value.status: {status}")))?;
    Ok(Stored {
        key: row.get("key")?,
        town: row.get("town")?,
        org_id: row.get("org_id")?,
        version: row.get("version")?,
        standing: Standing { status, filled_by: row.get("filled_by")?, reviewed_by: row.get("reviewed_by")? },
    })
}

/// A value for whoever may read it.
pub(super) async fn by_id(
    sql: &mut dyn Sql,
    kit: &Kit,
    ctx: &OpContext,
    id: &str,
) -> Result<Option<IndicatorValue>, Problem> {
    let reach = ctx.require(Permission::IndicatorRead)?;
    let own = key_of(sql, &ctx.tenant, &ctx.org_id).await?;
    let mut filter = Filter::tenant("v.tenant_id", &ctx.tenant);
    filter.and("v.id = ?", [Sv::from(id)]);
    if let Some(town) = ask::own_town(&reach) {
        filter.and("v.town = ?", [Sv::from(town)]);
    }
    let text = format!("{SELECT} {}", filter.conditions());
    let row = sql.query_opt(&text, filter.params()).await?;
    row.map(|row| view(kit, ctx, own.as_deref(), &row)).transpose()
}

/// A page of values, latest change first.
///
/// # Errors
/// 403; 404 for another town; 422 for a filter that is not offered.
pub async fn list(
    kit: &Arc<Kit>,
    ctx: &Arc<OpContext>,
    query: &ValueQuery,
) -> Result<Page<IndicatorValue>, Problem> {
    let reach = ctx.require(Permission::IndicatorRead)?;
    let page = PageQuery { limit: query.limit, cursor: query.cursor.clone(), ..PageQuery::default() };
    let (limit, after) = (page.limit()?, page.after()?);
    if after.as_ref().is_some_and(|(key, _)| !matches!(key, Key::Int(_))) {
        return Err(Problem::field("/cursor", "REQ-CURSOR", []));
    }
    let asked = ask::Asked::read(kit, &reach, query.town.as_deref(), None)?;
    let mut filter = Filter::tenant("v.tenant_id", &ctx.tenant);
    filter
        .maybe("v.town = ?", ask::own_town(&reach).or(asked.town))
        .maybe("v.key = ?", query.key.as_deref())
        .maybe("v.period = ?", query.period.as_deref());
    match query.status.as_deref().filter(|s| !s.is_empty()) {
        None => {}
        Some("open") => {
            filter.and("v.open = ?", [Sv::from(true)]);
        }
        Some(words) => {
            let words: Vec<&str> = words.split(',').take(8).collect();
            for word in &words {
                ask::word(Some(word), Status::ALL.iter().map(|s| s.as_str()), "/status")?;
            }
            let marks = vec!["?"; words.len()].join(", ");
            filter.and(&format!("v.status in ({marks})"), words.into_iter().map(Sv::from));
        }
    }
    let own = own_key(kit, ctx).await?;
    if query.mine == Some(true) {
        mine(&catalogue(&kit.settings.profile), ctx, own.as_deref(), &mut filter);
    }
    filter.after("v.changed_at", "v.id", true, after);
    let (text, values) = filter.finish(SELECT, "v.changed_at", "v.id", true, limit);
    let (house, caller) = (Arc::clone(kit), Arc::clone(ctx));
    kit.db
        .read(move |sql| {
            Box::pin(async move {
                let mut items = Vec::new();
                for row in sql.query(&text, &values).await? {
                    items.push((row.get::<i64>("changed_at")?, view(&house, &caller, own.as_deref(), &row)?));
                }
                let page = Page::cut(items, limit, None, |(at, v)| (Key::Int(*at), v.id.clone()));
                Ok::<_, Problem>(page.map(|(_, v)| v))
            })
        })
        .await
}

/// Narrows to what waits for the caller: to be checked where the caller may review, to be approved where the caller may
/// approve, and never what the caller had a hand in.
pub(super) fn mine(catalogue: &Catalogue, ctx: &OpContext, own: Option<&str>, filter: &mut Filter) {
    let me = || Sv::from(ctx.account_id.as_str());
    filter.and("v.open = ?", [Sv::from(true)]);
    filter.and("v.filled_by <> ? and coalesce(v.reviewed_by, '') <> ?", [me(), me()]);
    let approve = ctx.may(Permission::IndicatorApprove);
    match ctx.require(Permission::IndicatorReview) {
        Ok(Reach::City) if approve => {}
        Ok(Reach::City) => {
            filter.and("v.status = 'filled'", []);
        }
        Ok(reach) => {
            let keys: Vec<Sv> = catalogue
                .shipped
                .iter()
                .filter(|s| s.formula.is_none() && answers(catalogue, &reach, own, &s.key))
                .map(|s| Sv::from(s.key.as_str()))
                .collect();
            if keys.is_empty() {
                filter.and("1 = 0", []);
            } else {
                let marks = vec!["?"; keys.len()].join(", ");
                filter.and(&format!("v.status = 'filled' and v.key in ({marks})"), keys);
            }
        }
        Err(_) => {
            filter.and("1 = 0", []);
        }
    }
}

fn view(kit: &Kit, ctx: &OpContext, own: Option<&str>, row: &Row) -> Result<IndicatorValue, Problem> {
    let catalogue = catalogue(&kit.settings.profile);
    let stored = stored(row)?;
    let shipped = catalogue.get(&stored.key);
    let files: Vec<Evidence> = serde_json::from_str(&row.get::<String>("evidence")?)
        .map_err(|e| DbError::Inconsistent(format!("indicator_value.evidence: {e}")))?;
    let mut steps = Vec::new();
    for action in ["filled", "reviewed", "approved", "returned"] {
        let at: Option<i64> = row.get(&format!("{action}_at"))?;
        let by: Option<String> = row.get(&format!("{action}_by"))?;
        if let (Some(at), Some(id)) = (at, by) {
            let name: Option<String> = row.get(&format!("{action}_name"))?;
            let by = Named { name: name.unwrap_or_default(), id };
            steps.push(ValueStep { action: action.to_owned(), by, at: format_instant(at) });
        }
    }
    Ok(IndicatorValue {
        id: row.get("id")?,
        version: stored.version,
        name: shipped.map_or_else(|| stored.key.clone(), |s| pick(&s.name, ctx.lang)),
        unit_label: shipped.map(|s| catalogue.unit(s.unit, ctx.lang)).unwrap_or_default(),
        period: row.get("period")?,
        town_name: town_name(kit, &stored.town, ctx.lang),
        town: Some(stored.town.clone()).filter(|t| !t.is_empty()),
        value: row.get("value")?,
        status: stored.standing.status.as_str().to_owned(),
        note: row.get("note")?,
        reason: row.get::<Option<String>>("reason")?.filter(|r| !r.is_empty()),
        evidence: files.into_iter().map(EvidenceView::from).collect(),
        org: Named {
            id: stored.org_id.clone(),
            name: row.get::<Option<String>>("org_name")?.unwrap_or_default(),
        },
        steps,
        may: may(&catalogue, ctx, own, &stored),
        key: stored.key,
    })
}

fn town_name(kit: &Kit, code: &str, lang: Lang) -> Option<String> {
    let towns = profile(&kit.settings.profile).map(|p| snapshot::towns(&p)).unwrap_or_default();
    let town = towns.into_iter().find(|t| t.code == code)?;
    Some(if lang == Lang::Zh { town.name.0 } else { town.name.1 })
}

/// Whether the caller may see a value, for its evidence.
///
/// # Errors
/// 500 when the database refuses.
pub async fn readable(sql: &mut dyn Sql, ctx: &OpContext, id: &str) -> Result<bool, Problem> {
    let Ok(reach) = ctx.require(Permission::IndicatorRead) else { return Ok(false) };
    let row = sql
        .query_opt(
            "select town from indicator_value where tenant_id = $1 and id = $2",
            &params![ctx.tenant.as_str(), id],
        )
        .await?;
    let Some(row) = row else { return Ok(false) };
    let town: String = row.get("town")?;
    Ok(ask::own_town(&reach).is_none_or(|own| own == town))
}
