//! Figures of what was set out to reach: indicators and the items of the programme that a unit answers for. Indicators
//! are asked as of the time that the report names; items stand as they are when the report is made, which its source
//! says.

use std::sync::Arc;

use db::Sql;
use domain::indicator::Light;

use super::super::unit::Unit;
use super::{Figure, Figures, Goal, Item, Origin, Question, Span};
use crate::governance::indicators::catalogue::{Shipped, catalogue};
use crate::governance::indicators::standing_in;
use crate::governance::programme::{self, ItemQuery};
use crate::kit::page::MAX_LIMIT;
use crate::kit::{Kit, Lang, OpContext, Problem};

fn counted(out: &mut Figures, name: &'static str, n: usize, reason: &'static str, origin: &Origin) {
    let known = origin.rows > 0;
    let figure = Figure {
        value: known.then(|| n.to_string()),
        unit: "items",
        reason: (!known).then_some(reason),
        origin: origin.clone(),
    };
    out.figures.insert(name, figure);
}

fn none(out: &mut Figures, names: &[&'static str], reason: &'static str, origin: &Origin) {
    for name in names {
        let figure = Figure { value: None, unit: "items", reason: Some(reason), origin: origin.clone() };
        out.figures.insert(name, figure);
    }
}

/// Indicators that belong to the unit, against their targets.
pub(super) async fn indicators(
    sql: &mut dyn Sql,
    q: &Question<'_>,
    out: &mut Figures,
) -> Result<(), Problem> {
    let year = q.span.year;
    let page = |key: &str| match &q.unit.town {
        Some(town) => format!("/indicators{key}?period={year}&town={town}"),
        None => format!("/indicators{key}?period={year}"),
    };
    let keys = keys(q);
    let as_of = Some(q.span.as_of).filter(|at| *at < q.kit.clock.now());
    let town = q.unit.town.as_deref();
    let all = standing_in(q.kit, sql, &q.ctx.tenant, &keys, year, town, as_of).await?;
    for key in &keys {
        let Some(s) = all.get(key) else { continue };
        let said = |(zh, en): &(String, String)| if q.lang == Lang::Zh { zh.clone() } else { en.clone() };
        out.goals.push(Goal {
            code: key.clone(),
            name: said(&s.name),
            unit: said(&s.unit_label),
            target: s.target.map(|t| t.normalize().to_string()),
            value: s.value.map(|v| v.normalize().to_string()),
            reason: s.reason_text.as_ref().map(said),
            light: s.light.as_str(),
            origin: Origin {
                kind: "indicator",
                rows: 0,
                version: Some(s.version.to_string()),
                state: Some(s.state.as_str()),
                link: page(&format!("/{key}")),
            },
        });
    }
    let origin = Origin {
        kind: "indicators",
        rows: i64::try_from(out.goals.len()).unwrap_or(i64::MAX),
        version: None,
        state: None,
        link: format!("/indicators?year={year}"),
    };
    if out.goals.is_empty() {
        none(out, &["indicators.all", "indicators.known", "indicators.reached"], "no_definition", &origin);
        return Ok(());
    }
    let known = out.goals.iter().filter(|g| g.value.is_some()).count();
    let reached = out.goals.iter().filter(|g| g.light == Light::Green.as_str()).count();
    let counts =
        [("indicators.all", out.goals.len()), ("indicators.known", known), ("indicators.reached", reached)];
    for (name, count) in counts {
        let value = Some(count.to_string());
        out.figures.insert(name, Figure { value, unit: "items", reason: None, origin: origin.clone() });
    }
    Ok(())
}

/// A department reports what it answers for, a town what towns fill in and what the ledger gives for it, the office the
/// whole system. A park overlaps towns and has no figures of its own.
fn keys(q: &Question<'_>) -> Vec<String> {
    let catalogue = catalogue(&q.kit.settings.profile);
    let of = |s: &&Shipped| match (q.unit.kind, q.unit.key.as_deref()) {
        ("town", _) => !q.unit.overlay && (s.group == "ledger" || catalogue.by_town.contains(&s.key)),
        ("department", Some(key)) => catalogue.units_of(&s.key).iter().any(|unit| unit == key),
        ("department", None) => false,
        _ => true,
    };
    let all = catalogue.shipped.iter().filter(|s| s.group != "input").filter(of);
    all.map(|s| s.key.clone()).collect()
}

/// Items of the four lists that the unit leads, joins or carries out.
///
/// # Errors
/// 500 when the database refuses.
pub(in super::super) async fn programme(
    kit: &Arc<Kit>,
    ctx: &Arc<OpContext>,
    unit: &Unit,
    span: &Span,
    out: &mut Figures,
) -> Result<(), Problem> {
    let mut query = ItemQuery { limit: Some(MAX_LIMIT), year: Some(span.year), ..ItemQuery::default() };
    let mut link = format!("/programme?year={}", span.year);
    match unit.kind {
        "town" => {
            query.town = unit.town.clone();
            link.push_str(&unit.town.as_ref().map_or_else(String::new, |code| format!("&town={code}")));
        }
        "department" => {
            query.unit = Some(unit.id.clone());
            link.push_str(&format!("&unit={}", unit.id));
        }
        _ => {}
    }
    let mut items = Vec::new();
    loop {
        let page = programme::list(kit, ctx, query.clone()).await?;
        items.extend(page.items);
        query.cursor = page.next_cursor;
        if query.cursor.is_none() {
            break;
        }
    }
    let origin = Origin {
        kind: "programme",
        rows: i64::try_from(items.len()).unwrap_or(i64::MAX),
        version: None,
        state: None,
        link,
    };
    let count = |light: &str| items.iter().filter(|item| item.light == light).count();
    for (name, n) in [
        ("programme.all", items.len()),
        ("programme.green", count("green")),
        ("programme.amber", count("amber")),
        ("programme.red", count("red")),
        ("programme.none", count("none")),
    ] {
        counted(out, name, n, "no_items", &origin);
    }
    out.items = items
        .into_iter()
        .map(|item| Item {
            code: item.code,
            name: item.title,
            due: item.due_on,
            progress: item.percent.map(|percent| format!("{percent}%")),
            light: match item.light.as_str() {
                "green" => "green",
                "amber" => "amber",
                "red" => "red",
                _ => "none",
            },
            origin: origin.clone(),
        })
        .collect();
    Ok(())
}
