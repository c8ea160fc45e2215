//! The plan's items at the first start of a city, through the same service as everybody else's. Running it again adds
//! nothing, so what the office changed or withdrew stays as it is.

use std::sync::Arc;

use db::{Sql, params};

use super::edit::{ItemBody, save_in};
use super::list::Scene;
use super::store;
use crate::kit::{Kit, OpContext, Problem};

/// Fills an empty programme with the items of the city's plan; answers how many. The city's organisations must be there.
///
/// # Errors
/// What saving answers: a refusal is a defect of the plan's data.
pub async fn city(kit: &Arc<Kit>) -> Result<usize, Problem> {
    let scene = Scene::of(kit)?;
    if scene.plan.items.is_empty() {
        return Ok(0);
    }
    let ctx = OpContext::system(&kit.settings.tenant);
    kit.command(&ctx, "programme.seed", &(), move |mut work| {
        Box::pin(async move {
            let tenant = work.tenant().to_owned();
            let there = work
                .tx
                .query_opt(
                    "select 1 as n from programme_item where tenant_id = $1 limit 1",
                    &params![tenant.as_str()],
                )
                .await?;
            if there.is_some() {
                return Ok(0);
            }
            let names = store::names(work.tx, &tenant, &scene.profile).await?;
            let plan = Arc::clone(&scene.plan);
            for item in &plan.items {
                let mut body: ItemBody = serde_json::from_value(item.body.clone().into()).map_err(|error| {
                    tracing::error!(%error, code = item.code, "an item of the plan's data cannot be read");
                    Problem::internal()
                })?;
                body.code = Some(item.code.clone());
                body.starts_on.get_or_insert_with(|| plan.starts_on.clone());
                save_in(&mut work, &scene, &names, None, body).await.inspect_err(|problem| {
                    tracing::error!(%problem, code = item.code, "an item of the plan's data is refused");
                })?;
            }
            Ok(plan.items.len())
        })
    })
    .await
}
