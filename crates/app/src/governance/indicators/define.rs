//! New versions of definitions, checked before they hold, and the targets of a year: the office's part.

use std::sync::Arc;

use domain::access::Permission;
use domain::indicator::{Definition, Graph, Span, rules, value};
use domain::problem::Violation;
use domain::time::Month;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::ask;
use super::book::{Book, Defined, Words};
use super::catalogue::{Shipped, catalogue, pick};
use super::project::{Event, emit};
use super::tally::Place;
use super::words::{digits, named};
use crate::kit::{Kit, Lang, OpContext, Problem, texts};

/// Shortest reason.
const MIN_REASON: usize = 4;
/// Longest text.
const MAX_TEXT: usize = 1_000;

/// A new version of a definition.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DefinitionBody {
    /// First month `YYYY-MM`.
    pub valid_from: String,
    /// Formula; null for a figure that is filled in.
    #[serde(default)]
    pub formula: Option<String>,
    /// In words, Chinese.
    pub words_zh: String,
    /// In words, English.
    pub words_en: String,
    /// Why it changes.
    pub reason: String,
}

/// A formula to check.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FormulaBody {
    /// Which indicator it is for.
    pub key: String,
    /// The formula.
    pub formula: String,
    /// Year or month of the trial figure; last year when left out.
    #[serde(default)]
    pub period: Option<String>,
}

/// Something wrong with a formula.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FormulaProblem {
    /// Rule.
    pub rule: String,
    /// Place, in characters from 1; null when it is about the whole.
    pub position: Option<i64>,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub remedy: String,
}

/// A checked formula.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FormulaCheck {
    /// Whether it can be used.
    pub ok: bool,
    /// What is wrong.
    pub problems: Vec<FormulaProblem>,
    /// With names in place of keys.
    pub named: String,
    /// Trial figure.
    pub value: Option<String>,
    /// Why there is none.
    pub reason: Option<String>,
    /// Year or month of the trial figure.
    pub period: String,
    /// Unit in words.
    pub unit_label: String,
}

/// A name that formulas may use.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FormulaName {
    /// Name.
    pub name: String,
    /// In words.
    pub label: String,
    /// Unit in words.
    pub unit_label: String,
    /// `measure`, `computed`, `filled`.
    pub kind: String,
}

/// A target.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TargetBody {
    /// Digits; null for "not set".
    pub value: Option<String>,
    /// Digits; null for "not set".
    #[serde(default)]
    pub baseline: Option<String>,
    /// Where it comes from.
    pub note: String,
}

/// A target as it stands.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct TargetView {
    /// Key.
    pub key: String,
    /// Year.
    pub year: i16,
    /// Digits; null for "not set".
    pub value: Option<String>,
    /// Digits; null for "not set".
    pub baseline: Option<String>,
}

/// Names for formulas.
///
/// # Errors
/// 403.
pub fn names(kit: &Kit, ctx: &OpContext) -> Result<Vec<FormulaName>, Problem> {
    ctx.require(Permission::IndicatorRead)?;
    let (catalogue, lang) = (catalogue(&kit.settings.profile), ctx.lang);
    let measures = catalogue.measures.iter().map(|m| FormulaName {
        name: m.key.clone(),
        label: pick(&m.name, lang),
        unit_label: catalogue.unit(m.unit, lang),
        kind: "measure".to_owned(),
    });
    let keys = catalogue.shipped.iter().map(|s| FormulaName {
        name: s.key.clone(),
        label: pick(&s.name, lang),
        unit_label: catalogue.unit(s.unit, lang),
        kind: if s.formula.is_some() { "computed" } else { "filled" }.to_owned(),
    });
    Ok(measures.chain(keys).collect())
}

/// Checks a version with everything that holds from its month on.
fn checked(book: &Book, definition: &Definition, from: Month) -> Result<Arc<Graph>, Vec<Violation>> {
    let mut first = None;
    for month in book.turns(from) {
        let graph = book.graph(Span::Month(month)).map_err(|_| Vec::new())?;
        let graph = graph.with(&book.catalogue.names(), definition.clone()).map_err(|found| {
            let own = format!("/{}/formula", definition.key);
            let rename = |mut v: Violation| {
                v.path = if v.path == own { "/formula".to_owned() } else { v.path };
                v
            };
            found.into_iter().map(rename).collect::<Vec<_>>()
        })?;
        first.get_or_insert(Arc::new(graph));
    }
    // There is always at least the month itself.
    first.ok_or_else(Vec::new)
}

/// Checks a formula as it is written, and tries it.
///
/// # Errors
/// 403; 404 for an unknown key; 422 for a period that cannot be read.
pub async fn check(
    kit: &Arc<Kit>,
    ctx: &Arc<OpContext>,
    body: &FormulaBody,
) -> Result<FormulaCheck, Problem> {
    ctx.require(Permission::IndicatorDefine)?;
    let lang = ctx.lang;
    let last = ask::span(kit, None, "/period")?.before(1);
    let span = match &body.period {
        Some(text) => ask::span(kit, Some(text), "/period")?,
        None => last,
    };
    let snapshot = ask::snapshot(kit, ctx, None).await?;
    let shipped = snapshot.catalogue().get(&body.key).ok_or_else(Problem::not_found)?;
    let formula: String = body.formula.chars().take(domain::condition::MAX_CHARS + 1).collect();
    let definition = Definition { formula: Some(formula.clone()), ..shipped.definition() };
    let mut answer = FormulaCheck {
        ok: true,
        problems: Vec::new(),
        named: named(snapshot.catalogue(), &formula, lang),
        value: None,
        reason: None,
        period: span.to_string(),
        unit_label: snapshot.catalogue().unit(shipped.unit, lang),
    };
    match checked(&snapshot.book, &definition, span.months().0) {
        Ok(graph) => {
            let figure = snapshot.by(&graph, &body.key, 0, span, Place::City);
            answer.value = figure.value.map(digits);
            answer.reason = figure.why.as_ref().map(|why| snapshot.explain(why, lang));
        }
        Err(found) => {
            answer.ok = false;
            answer.problems = found.into_iter().map(|v| problem(v, lang)).collect();
        }
    }
    Ok(answer)
}

fn problem(violation: Violation, lang: Lang) -> FormulaProblem {
    let params: Vec<(String, String)> =
        violation.params.iter().map(|(k, v)| ((*k).to_owned(), v.clone())).collect();
    let (message, remedy) = texts().rule(violation.rule, &params, lang);
    FormulaProblem {
        position: params.iter().find(|(k, _)| k == "position").and_then(|(_, v)| v.parse().ok()),
        rule: violation.rule.to_owned(),
        message,
        remedy,
    }
}

/// Gives a definition a new version; answers its number.
///
/// # Errors
/// 403; 404 for an unknown key; 422 with everything that is wrong, and where.
pub async fn define(
    kit: &Arc<Kit>,
    ctx: &Arc<OpContext>,
    key: &str,
    body: DefinitionBody,
) -> Result<i64, Problem> {
    ctx.require(Permission::IndicatorDefine)?;
    let shipped = catalogue(&kit.settings.profile).get(key).ok_or_else(Problem::not_found)?.clone();
    let input = json!({"key": key, "body": body});
    kit.command(ctx, "indicator.define", &input, move |mut work| {
        Box::pin(async move {
            let tenant = work.tenant().to_owned();
            let book = Book::load(work.tx, &tenant, &work.kit.settings.profile, None).await?;
            let defined = judge(&book, &shipped, body).map_err(Problem::violations)?;
            let version = defined.version;
            emit(&mut work, &shipped.key, "", &Event::Defined(defined)).await?;
            Ok(version)
        })
    })
    .await
}

fn judge(book: &Book, shipped: &Shipped, body: DefinitionBody) -> Result<Defined, Vec<Violation>> {
    let mut found = Vec::new();
    let version = book.newest(&shipped.key) + 1;
    let from = match body.valid_from.trim().parse::<Month>() {
        Ok(month) => Some(month),
        Err(error) => {
            found.push(error.at("/valid_from"));
            None
        }
    };
    let current = book.later(&shipped.key).last().map(|v| v.defined.valid_from.clone());
    if let (Some(from), Some(current)) = (from, current)
        && from.to_string() < current
    {
        found.push(
            Violation::error(rules::VERSION_FROM, "/valid_from").with("value", from).with("current", current),
        );
    }
    let short = |text: &str, least: usize| {
        let length = text.trim().chars().count();
        length < least || length > MAX_TEXT
    };
    if short(&body.reason, MIN_REASON) {
        found.push(Violation::error(rules::VERSION_REASON, "/reason"));
    }
    for (path, text) in [("/words_zh", &body.words_zh), ("/words_en", &body.words_en)] {
        if short(text, 1) {
            found.push(Violation::error(rules::NOTE, path).with("min", 1).with("max", MAX_TEXT));
        }
    }
    let formula = body.formula.map(|f| f.trim().to_owned()).filter(|f| !f.is_empty());
    if formula.is_some() != shipped.formula.is_some() {
        found.push(Violation::error(rules::FORMULA_EXPECTED, "/formula"));
    }
    if let (Some(from), Some(_)) = (from, &formula) {
        let definition = Definition { version, formula: formula.clone(), ..shipped.definition() };
        if let Err(more) = checked(book, &definition, from) {
            found.extend(more);
        }
    }
    match (found.is_empty(), from) {
        (true, Some(from)) => Ok(Defined {
            key: shipped.key.clone(),
            version,
            valid_from: from.to_string(),
            formula,
            words: Words { zh: body.words_zh.trim().to_owned(), en: body.words_en.trim().to_owned() },
            reason: body.reason.trim().to_owned(),
        }),
        _ => Err(found),
    }
}

/// Sets the target of a year, or takes it away.
///
/// # Errors
/// 403; 404 for an unknown key; 422 for what is no number.
pub async fn target(
    kit: &Arc<Kit>,
    ctx: &Arc<OpContext>,
    key: &str,
    year: &str,
    body: TargetBody,
) -> Result<TargetView, Problem> {
    ctx.require(Permission::IndicatorDefine)?;
    let shipped = catalogue(&kit.settings.profile).get(key).ok_or_else(Problem::not_found)?.clone();
    let span = ask::year(kit, Some(year), "/year")?;
    let mut found = Vec::new();
    let mut number = |text: &Option<String>, path: &str| {
        let text = text.as_deref().map(str::trim).filter(|t| !t.is_empty())?;
        match value::read(&shipped.definition(), text, path) {
            Ok(number) => Some(number.to_string()),
            Err(violation) => {
                found.push(violation);
                None
            }
        }
    };
    let (value, baseline) = (number(&body.value, "/value"), number(&body.baseline, "/baseline"));
    let length = body.note.trim().chars().count();
    if !(MIN_REASON..=MAX_TEXT).contains(&length) {
        found.push(Violation::error(rules::NOTE, "/note").with("min", MIN_REASON).with("max", MAX_TEXT));
    }
    if !found.is_empty() {
        return Err(Problem::violations(found));
    }
    let view = TargetView { key: key.to_owned(), year: span.year(), value, baseline };
    let input = json!({"key": key, "year": span.year(), "body": body});
    let answer = view.clone();
    kit.command(ctx, "indicator.target", &input, move |mut work| {
        Box::pin(async move {
            let event = Event::TargetSet {
                key: view.key.clone(),
                year: view.year,
                value: view.value,
                baseline: view.baseline,
                note: body.note.trim().to_owned(),
            };
            emit(&mut work, &view.key, "", &event).await?;
            Ok(answer)
        })
    })
    .await
}
