//! The four lists: filters, light, order, pages, counts. Lights depend on the day, so they are computed here for all
//! items that match; a programme has hundreds of them, not millions.

use std::collections::BTreeMap;
use std::sync::Arc;

use db::{Sql, Value as Sv};
use domain::access::Permission;
use domain::programme::{Light, List};
use domain::time::{Zone, format_instant};
use serde::Deserialize;
use utoipa::IntoParams;

use super::model::{Frame, ItemSummary, ListCount, ProgrammeSummary, count, in_year, phase_of, usual_year};
use super::plan::{Plan, plan};
use super::standing::{Figure, figures};
use super::store::{self, Names, Stored};
use super::{within, wrong};
use crate::kit::{Filter, Key, Kit, OpContext, Page, PageQuery, Problem, Reach, like};
use crate::registry::profile::Profile;
use crate::registry::service;

/// What the lists can be narrowed to.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ItemQuery {
    /// Rows a page.
    pub limit: Option<i64>,
    /// Where to go on.
    pub cursor: Option<String>,
    /// `code` (default), `due_on`, `updated_at`.
    pub sort: Option<String>,
    /// Words of number, title and detail.
    pub q: Option<String>,
    /// `target`, `task`, `project`, `responsibility`.
    pub list: Option<String>,
    /// Clause, with all its paragraphs.
    pub clause: Option<String>,
    /// Leading unit: id or key of the profile.
    pub lead: Option<String>,
    /// Unit that leads or takes part: id or key of the profile, or `me`.
    pub unit: Option<String>,
    /// Town that carries it out.
    pub town: Option<String>,
    /// `green`, `amber`, `red`, `none`.
    pub light: Option<String>,
    /// Year that targets and lights speak of; this one or the last of the programme when left out.
    pub year: Option<i16>,
    /// Indicator behind it.
    pub indicator: Option<String>,
    /// Withdrawn ones, too.
    pub withdrawn: Option<bool>,
}

/// Everything that reads need, gathered once.
pub(super) struct Scene {
    pub kit: Arc<Kit>,
    pub plan: Arc<Plan>,
    pub profile: Arc<Profile>,
    pub zone: Zone,
    pub now: i64,
}

impl Scene {
    pub(super) fn of(kit: &Arc<Kit>) -> Result<Self, Problem> {
        Ok(Self {
            kit: Arc::clone(kit),
            plan: plan(kit)?,
            profile: service::city(kit)?,
            zone: Zone::named(&kit.settings.zone).map_err(|_| Problem::internal())?,
            now: kit.clock.now(),
        })
    }

    pub(super) fn year(&self, asked: Option<i16>) -> i16 {
        asked.unwrap_or_else(|| usual_year(&self.plan, self.zone.date_of(self.now)))
    }

    pub(super) fn frame<'a>(&'a self, names: &'a Names, lang: crate::kit::Lang, year: i16) -> Frame<'a> {
        Frame { plan: &self.plan, names, zone: &self.zone, lang, today: self.zone.date_of(self.now), year }
    }
}

/// The filters that SQL can apply.
fn filters(ctx: &OpContext, query: &ItemQuery, reach: &Reach, names: &Names) -> Result<Filter, Problem> {
    let mut filter = Filter::tenant("p.tenant_id", &ctx.tenant);
    within(reach, &mut filter);
    if let Some(word) = query.list.as_deref().filter(|t| !t.is_empty()) {
        let list =
            List::parse(word).ok_or_else(|| wrong("/list", word, List::ALL.iter().map(|l| l.as_str())))?;
        filter.and("p.list = ?", [Sv::from(list.as_str())]);
    }
    let given = |text: &Option<String>| text.clone().filter(|t| !t.is_empty());
    if let Some(clause) = given(&query.clause) {
        // A clause means its paragraphs, too: 2.3.2 is 2.3.2a and 2.3.2b.
        filter.and(
            "(p.clause = ? or p.clause in (?, ?))",
            [Sv::from(clause.as_str()), Sv::from(format!("{clause}a")), Sv::from(format!("{clause}b"))],
        );
    }
    let org = |text: &str| names.resolve(text).unwrap_or_else(|| text.to_owned());
    if let Some(lead) = given(&query.lead) {
        filter.and(
            "exists (select 1 from programme_unit l where l.tenant_id = p.tenant_id and l.item_id = p.id \
             and l.org_id = ? and l.part = 'lead')",
            [Sv::from(org(&lead))],
        );
    }
    if let Some(unit) = given(&query.unit) {
        let id = if unit == "me" { ctx.acting_org().to_owned() } else { org(&unit) };
        filter.and(
            "exists (select 1 from programme_unit j where j.tenant_id = p.tenant_id and j.item_id = p.id \
             and j.org_id = ?)",
            [Sv::from(id)],
        );
    }
    if let Some(town) = given(&query.town) {
        filter.and(
            "(p.all_towns or exists (select 1 from programme_town w where w.tenant_id = p.tenant_id \
             and w.item_id = p.id and w.town = ?))",
            [Sv::from(town)],
        );
    }
    filter.maybe("p.indicator = ?", given(&query.indicator));
    if query.withdrawn != Some(true) {
        filter.and("not p.withdrawn", []);
    }
    let page = PageQuery { q: query.q.clone(), ..PageQuery::default() };
    if let Some(words) = page.words() {
        filter.and("p.words like ? escape '\\'", [Sv::Text(like(&words.to_lowercase()))]);
    }
    Ok(filter)
}

/// Items with their figures and names.
pub(super) struct Gathered {
    pub stored: Vec<Stored>,
    pub figures: BTreeMap<String, Figure>,
    pub names: Names,
}

impl Gathered {
    pub(super) fn figure(&self, stored: &Stored) -> Option<&Figure> {
        stored.item.indicator.as_ref().and_then(|key| self.figures.get(key))
    }
}

pub(super) async fn gather(
    sql: &mut dyn Sql,
    ctx: &OpContext,
    scene: &Scene,
    reach: &Reach,
    query: &ItemQuery,
    year: i16,
) -> Result<Gathered, Problem> {
    let names = store::names(sql, &ctx.tenant, &scene.profile).await?;
    let filter = filters(ctx, query, reach, &names)?;
    let mut stored = store::items(sql, &filter).await?;
    stored.retain(|s| in_year(&s.item, year));
    let mut keys: Vec<String> = stored.iter().filter_map(|s| s.item.indicator.clone()).collect();
    keys.sort_unstable();
    keys.dedup();
    let figures = figures(&scene.kit, sql, &ctx.tenant, &keys, year).await?;
    Ok(Gathered { stored, figures, names })
}

/// All rows that match, in the order asked for, with their sort keys.
pub(super) async fn rows(
    kit: &Arc<Kit>,
    ctx: &Arc<OpContext>,
    query: &ItemQuery,
) -> Result<Vec<(ItemSummary, String)>, Problem> {
    let reach = ctx.require(Permission::ProgrammeRead)?;
    let wanted = match query.light.as_deref().filter(|t| !t.is_empty()) {
        Some(word) => Some(
            Light::parse(word).ok_or_else(|| wrong("/light", word, Light::ALL.iter().map(|l| l.as_str())))?,
        ),
        None => None,
    };
    let page = PageQuery { sort: query.sort.clone(), ..PageQuery::default() };
    let (column, descending) =
        page.sort(&[("code", "code"), ("due_on", "due_on"), ("updated_at", "updated_at")], false)?;
    let (caller, scene, query) = (Arc::clone(ctx), Scene::of(kit)?, query.clone());
    kit.db
        .read::<_, Problem, _>(move |sql| {
            Box::pin(async move {
                let year = scene.year(query.year);
                let all = gather(sql, &caller, &scene, &reach, &query, year).await?;
                let frame = scene.frame(&all.names, caller.lang, year);
                let mut rows: Vec<(ItemSummary, String)> = all
                    .stored
                    .iter()
                    .map(|s| frame.row(s, all.figure(s)))
                    .filter(|row| wanted.is_none_or(|w| row.light == w.as_str()))
                    .map(|row| {
                        let key = match column {
                            // What has no date comes after what has.
                            "due_on" => row.due_on.clone().unwrap_or_else(|| "9999".to_owned()),
                            "updated_at" => row.updated_at.clone(),
                            _ => row.code.clone(),
                        };
                        (row, key)
                    })
                    .collect();
                rows.sort_by(|a, b| (&a.1, &a.0.id).cmp(&(&b.1, &b.0.id)));
                if descending {
                    rows.reverse();
                }
                Ok(rows)
            })
        })
        .await
}

/// A page of items.
///
/// # Errors
/// 403; 422 for a filter or order that is not offered.
pub async fn list(
    kit: &Arc<Kit>,
    ctx: &Arc<OpContext>,
    query: ItemQuery,
) -> Result<Page<ItemSummary>, Problem> {
    let page =
        PageQuery { limit: query.limit, cursor: query.cursor.clone(), sort: query.sort.clone(), q: None };
    ctx.require(Permission::ProgrammeRead)?;
    let (limit, after) = (page.limit()?, page.after()?);
    let descending = query.sort.as_deref().is_some_and(|s| s.starts_with('-'));
    let mut rows = rows(kit, ctx, &query).await?;
    let total = i64::try_from(rows.len()).unwrap_or(i64::MAX);
    if let Some((key, id)) = after {
        let Key::Text(key) = key else { return Err(Problem::field("/cursor", "REQ-CURSOR", [])) };
        let last = (key, id);
        rows.retain(|(row, key)| {
            let this = (key.clone(), row.id.clone());
            if descending { this < last } else { this > last }
        });
    }
    rows.truncate(usize::try_from(limit + 1).unwrap_or(usize::MAX));
    let page = Page::cut(rows, limit, Some(total), |(row, key)| (Key::Text(key.clone()), row.id.clone()));
    Ok(page.map(|(row, _)| row))
}

/// Counts by list and light, of the same filters.
///
/// # Errors
/// As for the list.
pub async fn summary(
    kit: &Arc<Kit>,
    ctx: &Arc<OpContext>,
    query: ItemQuery,
) -> Result<ProgrammeSummary, Problem> {
    ctx.require(Permission::ProgrammeRead)?;
    let rows = rows(kit, ctx, &ItemQuery { list: None, light: None, sort: None, ..query.clone() }).await?;
    let scene = Scene::of(kit)?;
    let (year, today) = (scene.year(query.year), scene.zone.date_of(scene.now));
    let mut lists: Vec<ListCount> =
        List::ALL.iter().map(|l| ListCount { list: l.as_str().to_owned(), ..ListCount::default() }).collect();
    for (row, _) in rows.iter().filter(|(row, _)| !row.withdrawn) {
        if let Some(counts) = lists.iter_mut().find(|c| c.list == row.list) {
            count(counts, Light::parse(&row.light).unwrap_or(Light::None));
        }
    }
    Ok(ProgrammeSummary {
        year,
        phase: phase_of(&scene.plan, year, today).as_str().to_owned(),
        first_year: scene.plan.first_year(),
        horizon: scene.plan.horizon,
        lists,
        at: format_instant(scene.now),
    })
}
