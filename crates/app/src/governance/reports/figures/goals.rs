//! Figures of what was set out to reach: indicators and the items of the programme that a unit answers for.

use db::Sql;

use super::{Figure, Figures, Origin, Question};
use crate::kit::Problem;

fn none(out: &mut Figures, names: &[&'static str], reason: &'static str, origin: &Origin) {
    for name in names {
        let figure = Figure { value: None, unit: "items", reason: Some(reason), origin: origin.clone() };
        out.figures.insert(name, figure);
    }
}

/// Indicators that belong to the unit, against their targets.
pub(super) async fn indicators(
    _sql: &mut dyn Sql,
    q: &Question<'_>,
    out: &mut Figures,
) -> Result<(), Problem> {
    let origin = Origin {
        kind: "indicators",
        rows: 0,
        version: None,
        state: None,
        link: format!("/indicators?year={}", q.span.year),
    };
    none(out, &["indicators.all", "indicators.known", "indicators.reached"], "no_definition", &origin);
    Ok(())
}

/// Items of the four lists that the unit leads or joins.
pub(super) async fn programme(
    _sql: &mut dyn Sql,
    q: &Question<'_>,
    out: &mut Figures,
) -> Result<(), Problem> {
    let origin = Origin {
        kind: "programme",
        rows: 0,
        version: None,
        state: None,
        link: format!("/programme?year={}", q.span.year),
    };
    let names = ["programme.all", "programme.green", "programme.amber", "programme.red", "programme.none"];
    none(out, &names, "no_items", &origin);
    Ok(())
}
