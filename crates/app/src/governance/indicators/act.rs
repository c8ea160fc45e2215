//! Filling in, checking, approving, sending back: each one command, one event.

use std::sync::Arc;

use db::{Sql, params};
use domain::access::Permission;
use domain::indicator::value::{self, Action};
use domain::indicator::{Span, rules};
use domain::problem::Violation;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::catalogue::catalogue;
use super::project::{Event, emit};
use super::values::{self, IndicatorValue, answers, key_of};
use super::{ask, snapshot::Snapshot};
use crate::governance::evidence;
use crate::kit::{Kit, OpContext, Problem, Reach, Work};

/// Fills in a value.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FillBody {
    /// Year or month.
    pub period: String,
    /// Town; the whole city when left out.
    #[serde(default)]
    pub town: Option<String>,
    /// Digits with a point, in the unit of the indicator.
    pub value: String,
    /// How it was found.
    #[serde(default)]
    pub note: String,
    /// Evidence uploaded before: SHA-256 of each.
    #[serde(default)]
    pub evidence: Vec<String>,
}

/// A word with a step.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ActBody {
    /// In words; needed when it is sent back.
    #[serde(default)]
    pub note: String,
}

/// Fills in a value.
///
/// # Errors
/// 403; 404 for an unknown key or another town; 422 with everything that is wrong.
pub async fn fill(
    kit: &Arc<Kit>,
    ctx: &Arc<OpContext>,
    key: &str,
    body: FillBody,
) -> Result<IndicatorValue, Problem> {
    let reach = ctx.require(Permission::IndicatorFill)?;
    let shipped = catalogue(&kit.settings.profile);
    let shipped = shipped.get(key).ok_or_else(Problem::not_found)?.clone();
    let span = Span::parse(&body.period).map_err(|e| Problem::violations(vec![e.at("/period")]))?;
    let town = match &reach {
        Reach::Town(own) => Some(body.town.clone().unwrap_or_else(|| own.clone())),
        _ => body.town.clone(),
    };
    let town = ask::Asked::read(kit, &reach, town.as_deref(), None)?.town.unwrap_or_default();
    let begun = span.begins(&ask::zone(kit)?) <= kit.clock.now();
    let mut found = value::check_fill(span, begun, &body.note, body.evidence.len());
    if shipped.formula.is_some() {
        found.push(Violation::error(rules::COMPUTED, ""));
    }
    let number = value::read(&shipped.definition(), &body.value, "/value");
    let value = match number {
        Ok(number) => number.to_string(),
        Err(violation) => {
            found.push(violation);
            String::new()
        }
    };
    let caller = Arc::clone(ctx);
    let input = json!({"key": key, "body": body});
    let key = key.to_owned();
    let id = kit
        .command(ctx, "indicator.fill", &input, move |mut work| {
            Box::pin(async move {
                let catalogue = catalogue(&work.kit.settings.profile);
                let own = key_of(work.tx, &caller.tenant, &caller.org_id).await?;
                if !answers(&catalogue, &reach, own.as_deref(), &key) {
                    let lang = caller.lang;
                    let snapshot = Snapshot::load(&work.kit, work.tx, &caller.tenant, None).await?;
                    let names: Vec<String> =
                        catalogue.units_of(&key).iter().map(|k| snapshot.org_name(k, lang)).collect();
                    found.push(Violation::error(rules::NOT_YOURS, "").with("units", names.join(", ")));
                }
                if waits(work.tx, &caller.tenant, &key, span, &town).await? {
                    found.push(Violation::error(rules::WAITING, "/period"));
                }
                if !found.is_empty() {
                    return Err(Problem::violations(found));
                }
                let evidence = evidence::take(work.tx, &caller, &body.evidence, "/evidence").await?;
                let id = work.id();
                let note = body.note.trim().to_owned();
                let org_id = caller.org_id.clone();
                let event =
                    Event::Filled { key, period: span, town, value, note, evidence, org_id: org_id.clone() };
                emit(&mut work, &id, &org_id, &event).await?;
                Ok(id)
            })
        })
        .await?;
    get(kit, ctx, &id).await
}

async fn waits(sql: &mut dyn Sql, tenant: &str, key: &str, span: Span, town: &str) -> Result<bool, Problem> {
    let text = "select 1 as n from indicator_value \
         where tenant_id = $1 and key = $2 and period = $3 and town = $4 and open = $5";
    Ok(sql.query_opt(text, &params![tenant, key, span.to_string(), town, true]).await?.is_some())
}

/// A value.
///
/// # Errors
/// 403; 404.
pub async fn get(kit: &Arc<Kit>, ctx: &Arc<OpContext>, id: &str) -> Result<IndicatorValue, Problem> {
    let (house, caller, id) = (Arc::clone(kit), Arc::clone(ctx), id.to_owned());
    kit.db
        .read(move |sql| {
            Box::pin(
                async move { values::by_id(sql, &house, &caller, &id).await?.ok_or_else(Problem::not_found) },
            )
        })
        .await
}

/// Carries out a step on the version that the caller saw.
///
/// # Errors
/// 403, 404; 412 when another version stands; 422 with every rule that is not kept.
pub async fn act(
    kit: &Arc<Kit>,
    ctx: &Arc<OpContext>,
    id: &str,
    version: i64,
    action: Action,
    body: ActBody,
) -> Result<IndicatorValue, Problem> {
    ctx.require(Permission::IndicatorRead)?;
    let (permission, operation) = match action {
        Action::Review => (Permission::IndicatorReview, "indicator.review"),
        Action::Approve => (Permission::IndicatorApprove, "indicator.approve"),
        // Whoever filled it in may take it back.
        Action::Return => (Permission::IndicatorFill, "indicator.return"),
    };
    ctx.require(permission)?;
    let input = json!({"id": id, "version": version, "note": body.note});
    let name = id.to_owned();
    kit.command(ctx, operation, &input, move |mut work| {
        Box::pin(async move { decide(&mut work, &name, version, action, &body.note).await })
    })
    .await?;
    get(kit, ctx, id).await
}

async fn decide(
    work: &mut Work<'_>,
    id: &str,
    version: i64,
    action: Action,
    note: &str,
) -> Result<(), Problem> {
    let caller = Arc::clone(&work.ctx);
    let catalogue = catalogue(&work.kit.settings.profile);
    let own = key_of(work.tx, &caller.tenant, &caller.org_id).await?;
    let text = "select * from indicator_value where tenant_id = $1 and id = $2";
    let row = work.tx.query_opt(text, &params![caller.tenant.as_str(), id]).await?;
    let stored = values::stored(&row.ok_or_else(Problem::not_found)?)?;
    let reach = caller.require(Permission::IndicatorRead)?;
    if ask::own_town(&reach).is_some_and(|town| town != stored.town) {
        return Err(Problem::not_found());
    }
    if stored.version != version {
        return Err(Problem::stale(stored.version));
    }
    if !values::right(&catalogue, &caller, own.as_deref(), &stored, action) {
        let units = catalogue.units_of(&stored.key).join(", ");
        return Err(Problem::forbidden(rules::NOT_YOURS, [("units", units)]));
    }
    action.check(&stored.standing, &caller.account_id, note).map_err(Problem::violations)?;
    let note = note.trim().to_owned();
    let event = match action {
        Action::Review => Event::Reviewed { note },
        Action::Approve => Event::Approved { note },
        Action::Return => Event::Returned { reason: note },
    };
    emit(work, id, &stored.org_id, &event).await?;
    Ok(())
}
