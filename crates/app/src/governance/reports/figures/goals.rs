//! Figures of what was set out to reach: indicators and the items of the programme that a unit answers for. Indicators
//! are asked as of the time that the report names; items stand as they are when the report is made, which its source
//! says.

use std::sync::Arc;

use super::super::unit::Unit;
use super::{Figure, Figures, Item, Origin, Question, Span};
use crate::governance::programme::{self, ItemQuery};
use crate::kit::page::MAX_LIMIT;
use crate::kit::{Kit, OpContext, Problem};

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

/// Indicators that belong to the unit, against their targets.
pub(super) fn indicators(q: &Question<'_>, out: &mut Figures) {
    let origin = Origin {
        kind: "indicators",
        rows: 0,
        version: None,
        state: None,
        link: format!("/indicators?year={}", q.span.year),
    };
    for name in ["indicators.all", "indicators.known", "indicators.reached"] {
        counted(out, name, 0, "no_definition", &origin);
    }
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
