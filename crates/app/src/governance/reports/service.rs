//! Making reports: who may report for whom, as of when; the figures are read from one snapshot, the report is put
//! together outside of the writer and kept by one event.

use std::collections::BTreeMap;
use std::sync::Arc;

use documents::report::{Report, docx, pdf};
use domain::access::Permission;
use domain::problem::Violation;
use domain::time::{Zone, parse_date, parse_instant};
use serde::Serialize;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::build::{self, Ingredients};
use super::figures::{self, Figures, Question, Span};
use super::model::{
    PreviewQuery, ReportBody, ReportContent, ReportOptions, ReportTemplate, ReportText, ReportUnit,
    ReportView,
};
use super::template::{Template, templates};
use super::unit::{self, Unit};
use super::{project, rules, store};
use crate::kit::work::Fact;
use crate::kit::{Kit, Lang, OpContext, Problem, hex, render};
use crate::registry::profile::profile;

/// Most characters of a text that the unit writes.
const TEXT: usize = 4_000;
/// First year that can be reported; the platform's records say from when there are figures.
const FIRST_YEAR: i64 = 2020;

/// A request that was found sound.
struct Asked {
    template: &'static Template,
    span: Span,
    lang: Lang,
    texts: BTreeMap<String, String>,
}

fn zone(kit: &Kit) -> Result<Zone, Problem> {
    Zone::named(&kit.settings.zone).map_err(|_| Problem::internal())
}

fn short(text: &str) -> String {
    text.chars().take(40).collect()
}

/// The time that a caller names: a time, or the end of a day; never after now.
fn as_of(zone: &Zone, text: Option<&str>, now: i64) -> Option<i64> {
    let Some(text) = text.map(str::trim).filter(|t| !t.is_empty()) else { return Some(now) };
    if let Ok(date) = parse_date(text) {
        if date > zone.date_of(now) {
            return None;
        }
        return Some(zone.start_of(date.tomorrow().ok()?).saturating_sub(1).min(now));
    }
    parse_instant(text).ok().filter(|at| *at <= now)
}

fn check(kit: &Kit, ctx: &OpContext, body: &ReportBody) -> Result<Asked, Problem> {
    let (zone, now) = (zone(kit)?, kit.clock.now());
    let mut found = Vec::new();
    let template = templates().iter().find(|t| t.key == body.template);
    if template.is_none() {
        let allowed = templates().iter().map(|t| t.key.as_str()).collect::<Vec<_>>().join(", ");
        let value = short(&body.template);
        found.push(
            Violation::error(rules::TEMPLATE, "/template").with("value", value).with("allowed", allowed),
        );
    }
    let this_year = i64::from(zone.date_of(now).year());
    let year = i16::try_from(body.year).ok().filter(|y| (FIRST_YEAR..=this_year).contains(&i64::from(*y)));
    if year.is_none() {
        found.push(
            Violation::error(rules::YEAR, "/year")
                .with("value", body.year)
                .with("from", FIRST_YEAR)
                .with("to", this_year),
        );
    }
    let span = year.and_then(|year| {
        let span = as_of(&zone, body.as_of.as_deref(), now).and_then(|at| Span::new(&zone, year, at));
        if span.is_none() {
            let value = short(body.as_of.as_deref().unwrap_or_default());
            found.push(Violation::error(rules::AS_OF, "/as_of").with("value", value));
        }
        span
    });
    let lang = match body.lang.as_deref().filter(|l| !l.is_empty()) {
        None => Some(ctx.lang),
        Some(tag) => Lang::ALL.into_iter().find(|lang| lang.tag() == tag),
    };
    if lang.is_none() {
        let allowed = Lang::ALL.map(Lang::tag).join(", ");
        let value = short(body.lang.as_deref().unwrap_or_default());
        found.push(Violation::error(rules::LANGUAGE, "/lang").with("value", value).with("allowed", allowed));
    }
    let known: Vec<&str> = template.iter().flat_map(|t| &t.texts).map(|t| t.key.as_str()).collect();
    for (key, text) in &body.texts {
        let path = format!("/texts/{}", short(key).replace('~', "~0").replace('/', "~1"));
        if template.is_some() && !known.contains(&key.as_str()) {
            let violation = Violation::error(rules::UNKNOWN_TEXT, path).with("value", short(key));
            found.push(violation.with("allowed", known.join(", ")));
        } else if text.chars().count() > TEXT
            || text.chars().any(|c| c.is_control() && c != '\n' && c != '\r')
        {
            found.push(Violation::error(rules::TEXT, path).with("max", TEXT));
        }
    }
    match (template, span, lang) {
        (Some(template), Some(span), Some(lang)) if found.is_empty() => {
            let texts = body.texts.iter().filter(|(_, text)| !text.trim().is_empty());
            let texts = texts.map(|(key, text)| (key.clone(), text.replace('\r', ""))).collect();
            Ok(Asked { template, span, lang, texts })
        }
        _ => Err(Problem::violations(found)),
    }
}

/// Everything that the report depends on, for its hash.
#[derive(Serialize)]
struct Inputs<'a> {
    template: &'a str,
    template_version: &'a str,
    unit: &'a Unit,
    span: &'a Span,
    lang: Lang,
    texts: &'a BTreeMap<String, String>,
    figures: &'a Figures,
}

/// A report that is ready to be kept.
struct Ready {
    asked: Asked,
    unit: Unit,
    report: Report,
    hash: String,
}

async fn ready(kit: &Arc<Kit>, ctx: &Arc<OpContext>, body: &ReportBody) -> Result<Ready, Problem> {
    let reach = ctx.require(Permission::ReportMake)?;
    let asked = check(kit, ctx, body)?;
    let (caller, id, span) = (Arc::clone(ctx), body.org_id.clone(), asked.span.clone());
    let (house, lang) = (Arc::clone(kit), asked.lang);
    let (unit, mut figures) = kit
        .db
        .read::<_, Problem, _>(move |sql| {
            Box::pin(async move {
                // Whether there is such an organisation out of reach is not told.
                let unit = unit::find(sql, &caller, &reach, &id).await?;
                let unit = unit.ok_or_else(|| Problem::field("/org_id", rules::UNIT, []))?;
                let question = Question { kit: &house, lang, ctx: &caller, unit: &unit, span: &span };
                let figures = figures::gather(sql, &question).await?;
                Ok((unit, figures))
            })
        })
        .await?;
    let told = Arc::new(OpContext { lang: asked.lang, ..OpContext::clone(ctx) });
    figures::programme(kit, &told, &unit, &asked.span, &mut figures).await?;
    let city = profile(&kit.settings.profile);
    let header = city.as_ref().map_or("", |city| match asked.lang {
        Lang::Zh => city.platform_name.zh.as_str(),
        Lang::En => city.platform_name.en.as_str(),
    });
    let report = build::report(&Ingredients {
        template: asked.template,
        unit: &unit,
        span: &asked.span,
        figures: &figures,
        texts: &asked.texts,
        lang: asked.lang,
        zone: &zone(kit)?,
        header: header.to_owned(),
        mark: kit.settings.demo.then(|| asked.template.demo.of(asked.lang).to_owned()),
        base: kit.settings.public_url.trim_end_matches('/'),
    });
    let inputs = Inputs {
        template: &asked.template.key,
        template_version: &asked.template.version,
        unit: &unit,
        span: &asked.span,
        lang: asked.lang,
        texts: &asked.texts,
        figures: &figures,
    };
    let bytes = serde_json::to_vec(&inputs).map_err(|_| Problem::internal())?;
    Ok(Ready { unit, report, hash: hex(&Sha256::digest(&bytes)), asked })
}

/// What a report would say now, without keeping it.
///
/// # Errors
/// 403; 422 for what is wrong with the request.
pub(super) async fn preview(
    kit: &Arc<Kit>,
    ctx: &Arc<OpContext>,
    query: PreviewQuery,
) -> Result<ReportContent, Problem> {
    let PreviewQuery { template, org_id, year, as_of, lang } = query;
    let body = ReportBody { template, org_id, year, as_of, lang, texts: BTreeMap::new() };
    Ok(ReportContent::from(&ready(kit, ctx, &body).await?.report))
}

/// Makes a report and keeps it.
///
/// # Errors
/// 403; 422 for what is wrong with the request.
pub(super) async fn make(
    kit: &Arc<Kit>,
    ctx: &Arc<OpContext>,
    body: ReportBody,
) -> Result<ReportView, Problem> {
    let Ready { asked, unit, report, hash } = ready(kit, ctx, &body).await?;
    let id: String = kit
        .command(ctx, "report.make", &body, move |mut work| {
            Box::pin(async move {
                let payload = json!({
                    "template": asked.template.key, "template_version": asked.template.version,
                    "year": asked.span.year, "as_of": asked.span.as_of, "lang": asked.lang.tag(),
                    "texts": asked.texts, "content_hash": hash, "document": report,
                });
                let id = work.id();
                let mut fact =
                    Fact::new(project::MADE, project::SUBJECT, id.clone(), work.now, payload).of_org(unit.id);
                fact.rule_version = Some(format!("{}@{}", asked.template.key, asked.template.version));
                let event = work.append(fact).await?;
                project(work.tx, &event).await?;
                Ok(id)
            })
        })
        .await?;
    Ok(store::get(kit, ctx, &id).await?.view)
}

/// A finished file.
pub(super) struct File {
    pub(super) bytes: Vec<u8>,
    pub(super) media_type: &'static str,
    pub(super) name: String,
}

/// A report as a file: always the same bytes, because it is made from what was kept.
///
/// # Errors
/// 403, 404; 422 for a format that is not offered; 503 when too many papers are being laid out.
pub(super) async fn file(
    kit: &Arc<Kit>,
    ctx: &Arc<OpContext>,
    id: &str,
    format: &str,
) -> Result<File, Problem> {
    let store::Made { view, report, made_at } = store::get(kit, ctx, id).await?;
    let stem = view.summary.title.replace(['/', '\\', '"'], "_");
    let (bytes, media_type) = match format {
        "docx" => (
            render::paper(kit, move || docx(&report, made_at)).await?,
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ),
        "pdf" => (render::paper(kit, move || pdf(&report, made_at)).await?.bytes, "application/pdf"),
        other => return Err(Problem::field("/format", rules::FORMAT, [("value", short(other))])),
    };
    Ok(File { bytes, media_type, name: format!("{stem}.{format}") })
}

/// What reports the caller can make.
///
/// # Errors
/// 403.
pub(super) async fn options(kit: &Arc<Kit>, ctx: &Arc<OpContext>) -> Result<ReportOptions, Problem> {
    let reach = ctx.require(Permission::ReportMake)?;
    let caller = Arc::clone(ctx);
    let units = kit
        .db
        .read::<_, Problem, _>(move |sql| Box::pin(async move { unit::all(sql, &caller, &reach).await }))
        .await?;
    let to_year = i64::from(zone(kit)?.date_of(kit.clock.now()).year());
    let lang = ctx.lang;
    let template = |t: &Template| ReportTemplate {
        key: t.key.clone(),
        version: t.version.clone(),
        name: t.name.of(lang).to_owned(),
        texts: t
            .texts
            .iter()
            .map(|text| ReportText {
                key: text.key.clone(),
                label: text.label.of(lang).to_owned(),
                hint: text.hint.of(lang).to_owned(),
            })
            .collect(),
    };
    let unit =
        |u: &Unit| ReportUnit { id: u.id.clone(), name: u.name(lang).to_owned(), kind: u.kind.to_owned() };
    Ok(ReportOptions {
        templates: templates().iter().map(template).collect(),
        units: units.iter().map(unit).collect(),
        from_year: FIRST_YEAR,
        to_year,
        max_text: TEXT,
    })
}
