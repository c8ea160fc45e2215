//! One warning with everything that a person needs to judge it: facts, the rule in words with its source, what happened
//! so far, and what this caller may do now.

use std::sync::Arc;

use db::{DbError, Sql, params};
use domain::access::Permission;
use domain::condition::Value;
use domain::monitoring::rules::{Certainty, Source};
use domain::monitoring::warning::{Action, Actor, Event, Place as DomainPlace, Settings, may};
use domain::time::format_instant;
use serde::Serialize;
use utoipa::ToSchema;

use super::list::{self, WarningSummary};
use super::project::{self, Recorded, Stored};
use super::words::{Wording, wording};
use crate::kit::{Kit, Lang, OpContext, Problem, Reach, texts};

/// A fact of a warning.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct WarningFact {
    /// Name.
    pub name: String,
    /// For people.
    pub label: String,
    /// Value.
    pub value: String,
    /// Unit; empty for none.
    pub unit: String,
}

/// The rule's condition.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct WarningCondition {
    /// As it is written.
    pub expression: String,
    /// In words.
    pub text: String,
}

/// Where a rule comes from.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct WarningCitation {
    /// Id.
    pub id: String,
    /// Law or standard with its article.
    pub text: String,
    /// Edition.
    pub edition: Option<String>,
}

/// A place with its uncertainty.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct WarningPlace {
    /// WGS-84 micro-degrees.
    pub lat_e6: i64,
    /// WGS-84 micro-degrees.
    pub lon_e6: i64,
    /// Metres.
    pub accuracy_m: Option<i64>,
}

impl From<DomainPlace> for WarningPlace {
    fn from(p: DomainPlace) -> Self {
        Self { lat_e6: p.lat_e6, lon_e6: p.lon_e6, accuracy_m: p.accuracy_m }
    }
}

/// Something that happened to a warning.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct WarningStep {
    /// When.
    pub at: String,
    /// `raised`, `repeated`, `assigned`, `verified`, `closed`, `appealed`, `decided`.
    pub action: String,
    /// Who.
    pub by_name: String,
    /// For whom.
    pub by_org: String,
    /// In words.
    pub note: String,
    /// Who it was given to.
    pub assigned_to: Option<String>,
    /// What was found.
    pub finding: Option<String>,
    /// How it ended, or what was decided (`upheld`, `dismissed`).
    pub outcome: Option<String>,
    /// Where.
    pub place: Option<WarningPlace>,
    /// Pictures.
    pub photos: Vec<String>,
}

/// A warning.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct WarningView {
    /// The row of the list.
    #[serde(flatten)]
    pub summary: WarningSummary,
    /// Version of the rule that raised it.
    pub rule_version: i64,
    /// Facts at the last observation.
    pub facts: Vec<WarningFact>,
    /// The rule.
    pub condition: WarningCondition,
    /// Where it comes from.
    pub citation: Vec<WarningCitation>,
    /// `confirmed` when every number of the rule is law, else `configuration`.
    pub certainty: &'static str,
    /// What happened so far.
    pub timeline: Vec<WarningStep>,
    /// What the caller may do now: `assign`, `verify`, `close`, `appeal`, `decide`.
    pub may: Vec<&'static str>,
}

/// Whether a warning lies within reach, or was given to the caller.
pub(super) fn covers(reach: &Reach, ctx: &OpContext, stored: &Stored) -> bool {
    match reach {
        Reach::City => true,
        Reach::Town(code) => {
            let given = stored.warning.assignment.as_ref().is_some_and(|a| a.account_id == ctx.account_id);
            stored.town.as_deref() == Some(code) || given
        }
        Reach::Org(org) | Reach::Party(org) | Reach::Assigned { org_id: org, .. } => {
            stored.warning.raised.orgs.contains(org)
        }
    }
}

/// A warning as the caller may see it.
///
/// # Errors
/// 403, 404.
pub async fn get(kit: &Arc<Kit>, ctx: &Arc<OpContext>, id: &str) -> Result<WarningView, Problem> {
    let reach = ctx.require(Permission::WarningRead)?;
    let (caller, house, id) = (Arc::clone(ctx), Arc::clone(kit), id.to_owned());
    let (summary, stored, timeline) = kit
        .db
        .read::<_, Problem, _>(move |sql| {
            Box::pin(async move {
                let summary =
                    list::by_id(sql, &house, &caller, &reach, &id).await?.ok_or_else(Problem::not_found)?;
                let stored = project::load(sql, &caller.tenant, &id).await?.ok_or_else(Problem::not_found)?;
                let timeline = timeline(sql, &caller.tenant, &id).await?;
                Ok((summary, stored, timeline))
            })
        })
        .await?;
    Ok(view(kit, ctx, summary, &stored, timeline))
}

fn view(
    kit: &Kit,
    ctx: &OpContext,
    summary: WarningSummary,
    stored: &Stored,
    timeline: Vec<WarningStep>,
) -> WarningView {
    let (words, lang) = (wording(kit), ctx.lang);
    let rule = words.pack().and_then(|p| p.rule(&summary.rule));
    let facts = words
        .table(&summary.rule, &stored.warning.raised.facts, lang)
        .into_iter()
        .map(|f| WarningFact { name: f.name, label: f.label, value: f.value, unit: f.unit })
        .collect();
    let lawful = rule.is_some_and(|r| {
        r.source().params.values().all(|p| p.certainty == Certainty::Confirmed)
            && !r.source().citations.is_empty()
    });
    let actor = Actor { account_id: ctx.account_id.clone(), org_id: ctx.acting_org().to_owned() };
    let held = |action: &Action| {
        let permission = match action {
            Action::Assign => Permission::WarningAssign,
            Action::Verify => Permission::WarningVerify,
            Action::Close | Action::Decide => Permission::WarningClose,
            Action::Appeal => Permission::WarningAppeal,
        };
        ctx.require(permission).is_ok_and(|reach| covers(&reach, ctx, stored))
    };
    let may = may(&stored.warning, &actor, kit.clock.now(), Settings::default())
        .iter()
        .filter(|a| held(a))
        .map(|a| a.as_str())
        .collect();
    WarningView {
        rule_version: stored.warning.raised.rule_version,
        facts,
        condition: WarningCondition {
            expression: rule.map(|r| r.source().when.clone()).unwrap_or_default(),
            text: words.condition(&summary.rule, lang),
        },
        citation: rule.map(|r| citations(&r.source().citations, lang)).unwrap_or_default(),
        certainty: if lawful { "confirmed" } else { "configuration" },
        timeline,
        may,
        summary,
    }
}

fn citations(ids: &[String], lang: Lang) -> Vec<WarningCitation> {
    let all = ids.iter().filter_map(|id| Some((id, texts().citation(id, lang)?)));
    all.map(|(id, (text, edition))| WarningCitation { id: id.clone(), text, edition }).collect()
}

/// What happened to a warning, from the journal.
async fn timeline(sql: &mut dyn Sql, tenant: &str, id: &str) -> Result<Vec<WarningStep>, Problem> {
    let mut out = Vec::new();
    for event in db::by_subject(sql, tenant, project::SUBJECT, id, -1).await? {
        let recorded: Recorded = serde_json::from_value(event.payload)
            .map_err(|e| DbError::Inconsistent(format!("a warning event cannot be read: {e}")))?;
        let row = sql
            .query_opt(
                "select a.name, o.name as org from account a join org o on o.tenant_id = a.tenant_id and o.id = a.org_id \
                 where a.tenant_id = $1 and a.id = $2",
                &params![tenant, event.actor_id.as_str()],
            )
            .await?;
        let (by_name, by_org) = match row {
            Some(row) => (row.get::<Option<String>>("name")?.unwrap_or_default(), row.get("org")?),
            None => (String::new(), String::new()),
        };
        let mut step = WarningStep {
            at: format_instant(event.recorded_at),
            action: project::kind(&recorded.event).trim_start_matches("warning.").to_owned(),
            by_name,
            by_org,
            note: String::new(),
            assigned_to: None,
            finding: None,
            outcome: None,
            place: None,
            photos: Vec::new(),
        };
        fill(&mut step, recorded.event);
        if let Some(account) = &step.assigned_to {
            let row = sql
                .query_opt(
                    "select name from account where tenant_id = $1 and id = $2",
                    &params![tenant, account.as_str()],
                )
                .await?;
            step.assigned_to = row.map(|r| r.get::<Option<String>>("name")).transpose()?.flatten();
        }
        out.push(step);
    }
    Ok(out)
}

fn fill(step: &mut WarningStep, event: Event) {
    match event {
        Event::Raised(raise) => {
            step.at = format_instant(raise.at);
            step.place = raise.place.map(WarningPlace::from);
        }
        Event::Repeated { at, place, .. } => {
            step.at = format_instant(at);
            step.place = place.map(WarningPlace::from);
        }
        Event::Assigned { account_id, note, .. } => {
            step.assigned_to = Some(account_id);
            step.note = note;
        }
        Event::Verified { finding, note, photos, place, occurred_at, .. } => {
            step.at = format_instant(occurred_at);
            step.finding = Some(finding.as_str().to_owned());
            step.note = note;
            step.photos = photos;
            step.place = place.map(WarningPlace::from);
        }
        Event::Closed { outcome, note, .. } => {
            step.outcome = Some(outcome.as_str().to_owned());
            step.note = note;
        }
        Event::Appealed { note, photos, .. } => {
            step.note = note;
            step.photos = photos;
        }
        Event::Decided { upheld, note, .. } => {
            step.outcome = Some(if upheld { "upheld" } else { "dismissed" }.to_owned());
            step.note = note;
        }
    }
}

/// A number of a rule.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RuleParam {
    /// Name.
    pub name: String,
    /// Value.
    pub value: i64,
    /// Value with its unit in words.
    pub text: String,
    /// Unit.
    pub unit: String,
    /// `confirmed` or `configuration`.
    pub certainty: String,
    /// Where it comes from.
    pub source: String,
}

/// A rule.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RuleView {
    /// Id.
    pub id: String,
    /// Version.
    pub version: i64,
    /// Name.
    pub name: String,
    /// Severity.
    pub severity: String,
    /// What it looks at.
    pub subject: String,
    /// As it is written.
    pub expression: String,
    /// In words.
    pub explanation: String,
    /// How long it must hold, seconds.
    pub dwell_s: i64,
    /// Its numbers.
    pub params: Vec<RuleParam>,
    /// Where it comes from.
    pub citation: Vec<WarningCitation>,
    /// Whether it is watched.
    pub enabled: bool,
}

/// The rule pack.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RulePackView {
    /// Version.
    pub version: String,
    /// First day.
    pub valid_from: String,
    /// Rules.
    pub rules: Vec<RuleView>,
}

/// The rules in words.
///
/// # Errors
/// 403; 404 when the build has no rules.
pub fn rules(kit: &Kit, ctx: &OpContext) -> Result<RulePackView, Problem> {
    ctx.require(Permission::WarningRead)?;
    let (words, lang) = (wording(kit), ctx.lang);
    let pack = words.pack().ok_or_else(Problem::not_found)?;
    let rules = pack.rules().iter().map(|rule| rule_view(&words, rule.source(), lang)).collect();
    Ok(RulePackView { version: pack.version.clone(), valid_from: pack.valid_from.to_string(), rules })
}

fn rule_view(words: &Wording, rule: &domain::monitoring::rules::RuleSource, lang: Lang) -> RuleView {
    let params = rule
        .params
        .iter()
        .map(|(name, p)| RuleParam {
            name: name.clone(),
            value: p.value,
            text: words.value(&Value::Int(p.value), &p.unit, lang),
            unit: p.unit.clone(),
            certainty: p.certainty.as_str().to_owned(),
            source: match &p.source {
                Source::Words(texts) => texts.get(lang.tag()).cloned().unwrap_or_default(),
                Source::Citation(id) => texts().citation(id, lang).map_or_else(|| id.clone(), |c| c.0),
            },
        })
        .collect();
    RuleView {
        id: rule.id.clone(),
        version: rule.version,
        name: words.title(&rule.id, lang),
        severity: rule.severity.as_str().to_owned(),
        subject: rule.subject.as_str().to_owned(),
        expression: rule.when.clone(),
        explanation: words.condition(&rule.id, lang),
        dwell_s: rule.dwell_s,
        params,
        citation: citations(&rule.citations, lang),
        enabled: rule.enabled,
    }
}
