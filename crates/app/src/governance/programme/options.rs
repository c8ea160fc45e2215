//! What filters and forms of the four lists choose from.

use std::sync::Arc;

use domain::access::Permission;
use serde::Serialize;
use utoipa::ToSchema;

use super::list::Scene;
use super::model::{TownRef, UnitRef};
use super::plan::measures;
use super::show::ClauseRef;
use super::store;
use crate::kit::{Kit, OpContext, Problem};

/// A unit of measurement.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct MeasureOption {
    /// Key.
    pub code: String,
    /// Word.
    pub name: String,
}

/// What filters and forms choose from.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ProgrammeOptions {
    /// Years of the programme, and the one after it, which is not set.
    pub years: Vec<i16>,
    /// Year that is shown when nobody asks for one.
    pub year: i16,
    /// Last year of the programme.
    pub horizon: i16,
    /// First day of the programme.
    pub starts_on: String,
    /// Clauses.
    pub clauses: Vec<ClauseRef>,
    /// Units.
    pub units: Vec<UnitRef>,
    /// Towns and parks that govern.
    pub towns: Vec<TownRef>,
    /// Units of measurement.
    pub measures: Vec<MeasureOption>,
}

/// The choices.
///
/// # Errors
/// 403.
pub async fn options(kit: &Arc<Kit>, ctx: &Arc<OpContext>) -> Result<ProgrammeOptions, Problem> {
    ctx.require(Permission::ProgrammeRead)?;
    let (caller, scene) = (Arc::clone(ctx), Scene::of(kit)?);
    kit.db
        .read::<_, Problem, _>(move |sql| {
            Box::pin(async move {
                let names = store::names(sql, &caller.tenant, &scene.profile).await?;
                let year = scene.year(None);
                let frame = scene.frame(&names, caller.lang, year);
                let mut units: Vec<UnitRef> = names.orgs.keys().map(|id| frame.unit(id)).collect();
                // In the order of the profile; what was added since comes after.
                let place = |u: &UnitRef| {
                    let key = u.key.as_deref();
                    let found = scene.profile.organisations.iter().position(|o| Some(o.key.as_str()) == key);
                    (found.is_none(), found, u.name.clone())
                };
                units.sort_by_cached_key(place);
                Ok(ProgrammeOptions {
                    years: (scene.plan.first_year()..=scene.plan.horizon.saturating_add(1)).collect(),
                    year,
                    horizon: scene.plan.horizon,
                    starts_on: scene.plan.starts_on.clone(),
                    clauses: scene.plan.clauses.iter().map(|c| ClauseRef::of(c, caller.lang)).collect(),
                    units,
                    towns: names.governing.iter().map(|code| frame.town(code)).collect(),
                    measures: measures()
                        .iter()
                        .map(|m| MeasureOption { code: m.code.clone(), name: m.get(caller.lang).to_owned() })
                        .collect(),
                })
            })
        })
        .await
}
