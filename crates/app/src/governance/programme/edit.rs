//! Saving an item: one function for the page, the import and the first start. What it refuses is told with every field
//! at once; an earlier version stays in the journal.

use std::sync::Arc;

use db::{Sql, params};
use domain::access::Permission;
use domain::problem::Violation;
use domain::programme::{Bound, Item, Known, List, Rhythm, Share, Words, check};
use domain::time::parse_date;
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::list::Scene;
use super::plan::known_measures;
use super::project::{self, SAVED, Saved};
use super::show::{self, ItemView};
use super::store::{self, Names, Stored};
use super::{rules, unknown};
use crate::kit::{Kit, OpContext, Problem, Work};

/// A text in both languages.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ItemWords {
    /// Chinese.
    #[serde(rename = "zh-CN", default)]
    pub zh: String,
    /// English; may be empty.
    #[serde(default)]
    pub en: String,
}

impl From<ItemWords> for Words {
    fn from(w: ItemWords) -> Self {
        Self { zh: w.zh.trim().to_owned(), en: w.en.trim().to_owned() }
    }
}

impl From<Words> for ItemWords {
    fn from(w: Words) -> Self {
        Self { zh: w.zh, en: w.en }
    }
}

/// A value for a year, a town, or both.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ShareBody {
    /// Year.
    #[serde(default)]
    pub year: Option<i16>,
    /// Town; the city where left out.
    #[serde(default)]
    pub town: Option<String>,
    /// Exact decimal.
    pub value: String,
}

/// An item as it is saved.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ItemBody {
    /// `target`, `task`, `project`, `responsibility`.
    pub list: String,
    /// Number for people; the next of the list when left out of a new item.
    #[serde(default)]
    pub code: Option<String>,
    /// Key of the clause.
    pub clause: String,
    /// What it is.
    pub title: ItemWords,
    /// More about it.
    #[serde(default)]
    pub detail: ItemWords,
    /// Who leads: id of an organisation, or its key in the city's profile.
    #[serde(default)]
    pub lead: Option<String>,
    /// Who takes part, the same.
    #[serde(default)]
    pub joint: Vec<String>,
    /// All towns and parks carry it out.
    #[serde(default)]
    pub all_towns: bool,
    /// These towns carry it out.
    #[serde(default)]
    pub towns: Vec<String>,
    /// First day.
    #[serde(default)]
    pub starts_on: Option<String>,
    /// Last day.
    #[serde(default)]
    pub due_on: Option<String>,
    /// The plan names that day.
    #[serde(default)]
    pub due_named: bool,
    /// `once` (default), `yearly`.
    #[serde(default)]
    pub rhythm: Option<String>,
    /// Indicator that tells how far it is.
    #[serde(default)]
    pub indicator: Option<String>,
    /// Unit of the values.
    #[serde(default)]
    pub unit: Option<String>,
    /// `at_least`, `at_most`, `towards`.
    #[serde(default)]
    pub bound: Option<String>,
    /// Sum over the years, exact.
    #[serde(default)]
    pub total: Option<String>,
    /// Values by year and town.
    #[serde(default)]
    pub shares: Vec<ShareBody>,
    /// Last year of the programme that it belongs to; the plan's when left out.
    #[serde(default)]
    pub horizon: Option<i16>,
    /// Why it is withdrawn; null while it stands.
    #[serde(default)]
    pub withdrawn: Option<String>,
}

impl From<Item> for ItemBody {
    fn from(item: Item) -> Self {
        let text = |d: Decimal| d.normalize().to_string();
        Self {
            list: item.list.as_str().to_owned(),
            code: Some(item.code),
            clause: item.clause,
            title: item.title.into(),
            detail: item.detail.into(),
            lead: item.lead,
            joint: item.joint,
            all_towns: item.all_towns,
            towns: item.towns,
            starts_on: item.starts_on.map(|d| d.to_string()),
            due_on: item.due_on.map(|d| d.to_string()),
            due_named: item.due_named,
            rhythm: Some(item.rhythm.as_str().to_owned()),
            indicator: item.indicator,
            unit: item.unit,
            bound: item.bound.map(|b| b.as_str().to_owned()),
            total: item.total.map(text),
            shares: item
                .shares
                .into_iter()
                .map(|s| ShareBody { year: s.year, town: s.town, value: text(s.value) })
                .collect(),
            horizon: Some(item.horizon),
            withdrawn: item.withdrawn,
        }
    }
}

/// Id and version of what was saved.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Written {
    /// Id.
    pub id: String,
    /// Version.
    pub version: i64,
}

struct Reading<'a> {
    found: Vec<Violation>,
    names: &'a Names,
}

impl Reading<'_> {
    fn word<T: Copy>(
        &mut self,
        path: &str,
        text: &str,
        all: &[T],
        word: impl Fn(T) -> &'static str,
        otherwise: T,
    ) -> T {
        let found = all.iter().copied().find(|v| word(*v) == text);
        found.unwrap_or_else(|| {
            self.found.push(unknown(path, text, all.iter().map(|v| word(*v))));
            otherwise
        })
    }

    fn date(&mut self, path: &str, text: Option<&str>) -> Option<Date> {
        let text = text.map(str::trim).filter(|t| !t.is_empty())?;
        match parse_date(text) {
            Ok(day) => Some(day),
            Err(_) => {
                let shown: String = text.chars().take(40).collect();
                self.found.push(Violation::error(rules::DATE, path).with("value", shown));
                None
            }
        }
    }

    fn number(&mut self, path: &str, text: &str) -> Option<Decimal> {
        let number = Decimal::from_str_exact(text.trim()).ok();
        if number.is_none() {
            let shown: String = text.chars().take(40).collect();
            self.found.push(Violation::error(rules::NUMBER, path).with("value", shown));
        }
        number
    }

    fn org(&self, text: &str) -> String {
        self.names.resolve(text).unwrap_or_else(|| text.to_owned())
    }
}

/// The item that a body describes; what cannot be read is told with the rest.
fn item_of(body: ItemBody, code: String, names: &Names, scene: &Scene) -> (Item, Vec<Violation>) {
    let mut r = Reading { found: Vec::new(), names };
    let given = |text: Option<String>| text.map(|t| t.trim().to_owned()).filter(|t| !t.is_empty());
    let shares = body
        .shares
        .into_iter()
        .enumerate()
        .filter_map(|(index, s)| {
            let value = r.number(&format!("/shares/{index}/value"), &s.value)?;
            Some(Share { year: s.year, town: given(s.town), value })
        })
        .collect();
    let item = Item {
        list: r.word("/list", &body.list, List::ALL, List::as_str, List::Task),
        code,
        clause: body.clause.trim().to_owned(),
        title: body.title.into(),
        detail: body.detail.into(),
        lead: given(body.lead).map(|l| r.org(&l)),
        joint: body.joint.iter().map(|j| r.org(j.trim())).filter(|j| !j.is_empty()).collect(),
        all_towns: body.all_towns,
        towns: body.towns,
        starts_on: r.date("/starts_on", body.starts_on.as_deref()),
        due_on: r.date("/due_on", body.due_on.as_deref()),
        due_named: body.due_named,
        rhythm: match given(body.rhythm) {
            Some(word) => r.word("/rhythm", &word, Rhythm::ALL, Rhythm::as_str, Rhythm::Once),
            None => Rhythm::Once,
        },
        indicator: given(body.indicator),
        unit: given(body.unit),
        bound: given(body.bound)
            .map(|word| r.word("/bound", &word, Bound::ALL, Bound::as_str, Bound::AtLeast)),
        total: given(body.total).and_then(|t| r.number("/total", &t)),
        shares,
        horizon: body.horizon.unwrap_or(scene.plan.horizon),
        withdrawn: given(body.withdrawn),
    };
    (item, r.found)
}

/// Saves an item; a new one without `id`.
///
/// # Errors
/// 403; 404; 412 when another version stands; 422 with everything that contradicts itself.
pub async fn save(
    kit: &Arc<Kit>,
    ctx: &Arc<OpContext>,
    target: Option<(String, i64)>,
    body: ItemBody,
) -> Result<ItemView, Problem> {
    ctx.require(Permission::ProgrammeWrite)?;
    ctx.require(Permission::ProgrammeRead)?;
    let scene = Scene::of(kit)?;
    let input = json!([target, body]);
    let written = kit
        .command(ctx, "programme.save", &input, move |mut work| {
            Box::pin(async move {
                let tenant = work.tenant().to_owned();
                let names = store::names(work.tx, &tenant, &scene.profile).await?;
                save_in(&mut work, &scene, &names, target, body).await
            })
        })
        .await?;
    show::get(kit, ctx, &written.id, None).await
}

/// Saves an item inside a command; the caller is allowed to.
pub(super) async fn save_in(
    work: &mut Work<'_>,
    scene: &Scene,
    names: &Names,
    target: Option<(String, i64)>,
    body: ItemBody,
) -> Result<Written, Problem> {
    let tenant = work.tenant().to_owned();
    let before = match &target {
        Some((id, version)) => {
            let stored = store::by_id(work.tx, &tenant, id).await?.ok_or_else(Problem::not_found)?;
            if stored.version != *version {
                return Err(Problem::stale(stored.version));
            }
            Some(stored)
        }
        None => None,
    };
    let code = match body.code.clone().map(|c| c.trim().to_owned()).filter(|c| !c.is_empty()) {
        Some(code) => code,
        None => match &before {
            Some(stored) => stored.item.code.clone(),
            None => next_code(work, &tenant, &body.list).await?,
        },
    };
    let (item, mut found) = item_of(body, code, names, scene);
    let known = known(work, &tenant, scene, names, before.as_ref()).await?;
    found.extend(check(&item, &known));
    if !found.is_empty() {
        return Err(Problem::violations(found));
    }
    if let Some(stored) = &before
        && stored.item == item
    {
        return Ok(Written { id: stored.id.clone(), version: stored.version });
    }
    let (id, version) = match before {
        Some(stored) => (stored.id, stored.version + 1),
        None => (work.id(), 1),
    };
    let org = item.lead.clone().unwrap_or_default();
    let now = work.now;
    project::emit(work, SAVED, &id, &org, now, &Saved { version, item }).await?;
    Ok(Written { id, version })
}

async fn known(
    work: &mut Work<'_>,
    tenant: &str,
    scene: &Scene,
    names: &Names,
    before: Option<&Stored>,
) -> Result<Known, Problem> {
    let own = before.map(|s| s.id.clone()).unwrap_or_default();
    let rows = work
        .tx
        .query(
            "select code from programme_item where tenant_id = $1 and id <> $2",
            &params![tenant, own.as_str()],
        )
        .await?;
    let mut known = Known {
        clauses: scene.plan.clauses.iter().map(|c| c.id.clone()).collect(),
        orgs: names.orgs.keys().cloned().collect(),
        towns: names.towns.keys().cloned().collect(),
        indicators: super::standing::keys(&work.kit)?,
        measures: known_measures(),
        first_year: scene.plan.first_year(),
        ..Known::default()
    };
    for row in &rows {
        known.taken.insert(row.get("code")?);
    }
    Ok(known)
}

/// The next free number of a list: `T-63`.
async fn next_code(work: &mut Work<'_>, tenant: &str, list: &str) -> Result<String, Problem> {
    let list = List::parse(list).unwrap_or(List::Task);
    let rows = work
        .tx
        .query(
            "select code from programme_item where tenant_id = $1 and list = $2",
            &params![tenant, list.as_str()],
        )
        .await?;
    let mut last = 0u32;
    for row in &rows {
        let code: String = row.get("code")?;
        let serial = code.split_once('-').and_then(|(_, n)| n.parse::<u32>().ok()).unwrap_or(0);
        last = last.max(serial);
    }
    Ok(format!("{}-{:02}", list.letter(), last + 1))
}
