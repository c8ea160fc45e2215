//! The search itself: the words checked, each part asked within the caller's rights, the answers grouped.

use std::sync::Arc;

use domain::access::Permission;
use domain::time::Zone;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{firms, people, rules, wastes};
use crate::kit::{Kit, OpContext, Problem, Reach};
use crate::{ledger, registry, transfer};

/// What to look for.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct SearchQuery {
    /// Words, number, code, plate or the letters that a name sounds like; 1 to 64 characters.
    pub q: Option<String>,
    /// People by name instead; with the right, and of others with a purpose.
    pub people: Option<bool>,
}

/// Something that was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Hit {
    /// Id or code.
    pub id: String,
    /// Number, name, plate or code.
    pub title: String,
    /// What tells it from others.
    pub note: String,
    /// Route of its page.
    pub link: String,
    /// Status of a document.
    pub status: Option<String>,
}

/// What was found of one kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct HitGroup {
    /// `manifests`, `firms`, `vehicles`, `containers`, `wastes`, `people`.
    pub kind: String,
    /// The best.
    pub hits: Vec<Hit>,
    /// There may be more than are told.
    pub more: bool,
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct SearchAnswer {
    /// The words as they were understood.
    pub q: String,
    /// Groups with hits.
    pub groups: Vec<HitGroup>,
    /// The caller may look for people, too.
    pub people: bool,
}

/// Most characters.
const LONGEST: usize = 64;
/// Most hits of a kind.
const MOST: usize = 6;

fn group(kind: &str, mut hits: Vec<Hit>) -> HitGroup {
    let more = hits.len() > MOST;
    hits.truncate(MOST);
    HitGroup { kind: kind.to_owned(), hits, more }
}

/// Looks for the words.
///
/// # Errors
/// 403 without any right; 422 for no words, too many, or people of others without a purpose.
pub async fn search(
    kit: &Arc<Kit>,
    ctx: &Arc<OpContext>,
    query: &SearchQuery,
) -> Result<SearchAnswer, Problem> {
    ctx.require(Permission::WorkbenchRead)?;
    let q = query.q.as_deref().unwrap_or_default().trim().to_owned();
    if q.is_empty() || q.chars().count() > LONGEST || q.chars().any(char::is_control) {
        return Err(Problem::field("/q", rules::WORDS, [("max", LONGEST.to_string())]));
    }
    let words = q.to_lowercase();
    let may_people = people::may(ctx);
    if query.people == Some(true) {
        let limit = i64::try_from(MOST + 1).unwrap_or(i64::MAX);
        let hits = people::people(kit, ctx, &words, limit).await?;
        return Ok(SearchAnswer { q, groups: vec![group("people", hits)], people: may_people });
    }
    let mut groups = records(kit, ctx, words.clone()).await?;
    if ctx.may(Permission::CatalogueRead) {
        groups.push(group("wastes", wastes::wastes(&words, MOST + 1)));
    }
    groups.retain(|group| !group.hits.is_empty());
    Ok(SearchAnswer { q, groups, people: may_people })
}

/// What lies in the database, each kind within the reach of its own permission.
async fn records(kit: &Arc<Kit>, ctx: &Arc<OpContext>, words: String) -> Result<Vec<HitGroup>, Problem> {
    let zone = Zone::named(&kit.settings.zone).map_err(|_| Problem::internal())?;
    let year = zone.date_of(kit.clock.now()).year();
    let (house, ctx) = (Arc::clone(kit), Arc::clone(ctx));
    let most = i64::try_from(MOST + 1).unwrap_or(i64::MAX);
    let reach = |permission: Permission| -> Option<Reach> { ctx.require(permission).ok() };
    let (documents, registers, stock) =
        (reach(Permission::ManifestRead), reach(Permission::RegistryRead), reach(Permission::StockRead));
    kit.db
        .read(move |sql| {
            Box::pin(async move {
                let mut groups = Vec::new();
                if let Some(reach) = documents {
                    let found =
                        transfer::numbered::by_number(sql, &ctx.tenant, &reach, &words, year, most).await?;
                    let hits = found.into_iter().map(|one| Hit {
                        link: format!("/manifests/{}", one.id),
                        id: one.id,
                        title: one.number,
                        note: format!("{} → {}", one.consignor, one.receiver),
                        status: Some(one.status),
                    });
                    groups.push(group("manifests", hits.collect()));
                }
                if let Some(reach) = registers {
                    let hits = firms::firms(sql, &house, &ctx, &reach, &words, MOST + 1).await?;
                    groups.push(group("firms", hits));
                    let found = registry::find::vehicles(sql, &ctx.tenant, &reach, &words, most).await?;
                    let hits = found.into_iter().map(|one| Hit {
                        link: format!("/registry/vehicles/{}", one.id),
                        id: one.id,
                        title: one.title,
                        note: one.org_name,
                        status: None,
                    });
                    groups.push(group("vehicles", hits.collect()));
                }
                if let Some(reach) = stock {
                    let found = ledger::find::by_code(sql, &ctx.tenant, &reach, &words, most).await?;
                    let hits = found.into_iter().map(|one| Hit {
                        link: format!("/lots/{}", one.id),
                        id: one.id,
                        title: one.code,
                        note: format!("{} · {}", one.name, one.holder),
                        status: None,
                    });
                    groups.push(group("containers", hits.collect()));
                }
                Ok::<_, Problem>(groups)
            })
        })
        .await
}
