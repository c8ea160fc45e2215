//! `tests/figures.md` is the table of formulas, for whoever answers for a figure; beside it properties: order, no
//! invented figure, light, four eyes.

use std::collections::BTreeMap;

use proptest::prelude::*;
use rust_decimal::Decimal;

use super::value::{Action, Standing, Status};
use super::*;
use crate::problem::Violation;

fn measures() -> Vec<Name> {
    [
        ("generated", Unit::Tonne),
        ("used", Unit::Tonne),
        ("landfilled", Unit::Tonne),
        ("general", Unit::TenThousandTonnes),
        ("sites", Unit::Piece),
        ("value_added", Unit::TenThousandYuan),
    ]
    .map(|(name, unit)| Name { name: name.to_owned(), unit })
    .to_vec()
}

fn definition(key: &str, unit: Unit, formula: Option<&str>) -> Definition {
    Definition {
        key: key.to_owned(),
        version: 1,
        unit,
        kind: Kind::Absolute,
        direction: Direction::Up,
        decimals: 2,
        formula: formula.map(str::to_owned),
    }
}

/// `share` is computed; `itself` is the definition under test, `a_year_ago` leads back to it.
fn graph(formula: &str, unit: Unit) -> Result<Graph, Vec<Violation>> {
    Graph::new(
        &measures(),
        vec![
            definition("share", Unit::Percent, Some("used / generated")),
            definition("itself", unit, Some(formula)),
            definition("a_year_ago", unit, Some("itself_last_year")),
        ],
    )
}

fn figure(graph: &Graph, known: &BTreeMap<String, Decimal>) -> Result<Decimal, Why> {
    let leaf = |name: &str, years: i16| {
        let full = if years == 0 { name.to_owned() } else { format!("{name}{}", graph::LAST_YEAR) };
        let unit = graph.unit(name).unwrap();
        known
            .get(&full)
            .map(|v| unit.to_base(*v).unwrap())
            .ok_or_else(|| Why::new(rules::NO_VALUE).with("name", name))
    };
    graph.figure("itself", &leaf).value
}

fn told(formula: &str, unit: &str, known: &str) -> String {
    let place = |v: &Violation| v.params.iter().find(|(k, _)| *k == "position").map(|(_, p)| p.clone());
    match graph(formula, Unit::parse(unit).unwrap()) {
        Err(found) => {
            let first = found.first().unwrap();
            format!("{} at {}", first.rule, place(first).unwrap())
        }
        Ok(graph) => {
            let known = known
                .split_whitespace()
                .map(|pair| {
                    let (name, value) = pair.split_once('=').unwrap();
                    (name.to_owned(), value.parse().unwrap())
                })
                .collect();
            match figure(&graph, &known) {
                Ok(value) => value.normalize().to_string(),
                Err(why) => {
                    let name = why.params.iter().find(|(k, v)| *k == "name" && v != "itself");
                    let name = name.map(|(_, v)| format!(" {v}")).unwrap_or_default();
                    format!("{}{name}", why.rule)
                }
            }
        }
    }
}

#[test]
fn the_table_of_figures() {
    let mut rows = 0;
    for line in include_str!("tests/figures.md").lines().filter(|l| l.starts_with("| ")) {
        let cells: Vec<&str> = line.trim_matches('|').split(" |").map(str::trim).collect();
        let [formula, unit, known, expected] = cells.as_slice() else { panic!("{line}") };
        if *formula == "formula" {
            continue;
        }
        assert_eq!(told(formula, unit, known), *expected, "{line}");
        rows += 1;
    }
    assert!(rows >= 30, "{rows} rows");
}

#[test]
fn a_circle_is_told_with_its_way() {
    let found = graph("used + a_year_ago", Unit::Tonne).unwrap_err();
    let way = &found.first().unwrap().params;
    assert!(way.iter().any(|(k, v)| *k == "way" && v.matches('→').count() == 2), "{way:?}");
}

#[test]
fn what_follows_comes_after_what_it_follows_from() {
    let graph = graph("share * used", Unit::Tonne).unwrap();
    let at = |key: &str| graph.order().iter().position(|k| k == key).unwrap();
    assert!(at("share") < at("itself") && at("itself") < at("a_year_ago"));
    assert_eq!(graph.leaves("a_year_ago"), ["generated", "used"]);
    assert_eq!(graph.reads("a_year_ago"), [("itself".to_owned(), 1)]);
}

#[test]
fn keys_are_names() {
    for key in ["", "N1", "1n", "a b", "x_last_year", "used"] {
        let found = Graph::new(&measures(), vec![definition(key, Unit::Tonne, None)]).unwrap_err();
        assert_eq!(found.first().unwrap().rule, rules::KEY, "{key}");
    }
}

#[test]
fn lights_as_they_are_meant() {
    let d = |n: i64| Some(Decimal::from(n));
    for (value, target, baseline, direction, expected) in [
        (d(40), d(40), None, Direction::Up, Light::Green),
        (d(41), d(40), None, Direction::Up, Light::Green),
        (d(37), d(40), None, Direction::Up, Light::Amber),
        (d(36), d(40), None, Direction::Up, Light::Amber),
        (d(35), d(40), None, Direction::Up, Light::Red),
        (d(36), d(40), d(30), Direction::Up, Light::Red),
        (d(39), d(40), d(30), Direction::Up, Light::Amber),
        (d(0), d(0), None, Direction::Down, Light::Green),
        (d(1), d(0), None, Direction::Down, Light::Red),
        (d(1), d(0), d(20), Direction::Down, Light::Amber),
        (d(-5), d(0), None, Direction::Down, Light::Green),
        (None, d(1), None, Direction::Up, Light::None),
        (d(1), None, None, Direction::Up, Light::None),
        (d(1), d(1), None, Direction::None, Light::None),
    ] {
        let found = light(value, target, baseline, direction, 100);
        assert_eq!(found, expected, "{value:?} {target:?} {baseline:?} {direction}");
    }
}

#[test]
fn a_value_needs_three_people() {
    let mut value = Standing { status: Status::Filled, filled_by: "a".to_owned(), reviewed_by: None };
    let first = |r: Result<Status, Vec<Violation>>| r.map_err(|v| v.first().map(|v| v.rule).unwrap());
    assert_eq!(first(Action::Approve.check(&value, "b", "")), Err(rules::STATE));
    assert_eq!(first(Action::Review.check(&value, "a", "")), Err(rules::FOUR_EYES));
    assert_eq!(first(Action::Review.check(&value, "b", "")), Ok(Status::Reviewed));
    value.status = Status::Reviewed;
    value.reviewed_by = Some("b".to_owned());
    assert_eq!(first(Action::Approve.check(&value, "a", "")), Err(rules::FOUR_EYES));
    assert_eq!(first(Action::Approve.check(&value, "b", "")), Err(rules::FOUR_EYES));
    assert_eq!(first(Action::Approve.check(&value, "c", "")), Ok(Status::Approved));
    assert_eq!(first(Action::Return.check(&value, "c", "no")), Err(rules::NOTE));
    assert_eq!(first(Action::Return.check(&value, "c", "the table ends in June")), Ok(Status::Returned));
    value.status = Status::Approved;
    assert_eq!(first(Action::Return.check(&value, "c", "too late now")), Err(rules::STATE));
}

#[test]
fn values_are_read_exactly() {
    let share = definition("x", Unit::Percent, None);
    let read = |text: &str| value::read(&share, text, "/value").map_err(|v| v.rule);
    assert_eq!(read("98.60").unwrap().to_string(), "98.60");
    for text in ["", "1e3", "1,000", "０", "-", ".5", "5.", "1.1234567", "NaN", "99 "] {
        let ok = text == "99 ";
        assert_eq!(read(text).is_ok(), ok, "{text}");
    }
    assert_eq!(read("100.01"), Err(rules::RANGE));
    assert_eq!(read("-1"), Err(rules::RANGE));
    let change = Definition { kind: Kind::Change, ..share };
    assert!(value::read(&change, "-12.5", "/value").is_ok());
}

#[test]
fn spans() {
    let zone = crate::time::Zone::named("Asia/Shanghai").unwrap();
    let year = Span::parse("2025").unwrap();
    assert_eq!(year.before(1).to_string(), "2024");
    assert_eq!(Span::parse("2024-02").unwrap().before(1).to_string(), "2023-02");
    assert_eq!(year.ends(&zone), Span::parse("2026-01").unwrap().begins(&zone));
    for text in ["25", "2025-13", "2025-1", "20255", "x", "1800"] {
        assert!(Span::parse(text).is_err(), "{text}");
    }
}

fn any_formula() -> impl Strategy<Value = String> {
    let leaf = prop::sample::select(vec![
        "generated",
        "used",
        "landfilled_last_year",
        "general",
        "sites",
        "value_added",
        "share",
        "2",
        "0",
        "0.5",
    ]);
    leaf.prop_map(str::to_owned).prop_recursive(4, 16, 2, |inner| {
        (inner.clone(), prop::sample::select(vec!["+", "-", "*", "/", "??"]), inner)
            .prop_map(|(a, op, b)| format!("({a} {op} {b})"))
    })
}

proptest! {
    /// Whatever is accepted either has a figure or says why; knowing less never makes a figure appear, unless the
    /// formula itself says what to take instead.
    #[test]
    fn a_figure_is_never_invented(formula in any_formula(), n in 0_i64..1_000, forgotten in 0_usize..6) {
        for unit in Unit::ALL {
            let Ok(graph) = graph(&formula, *unit) else { continue };
            let mut known: BTreeMap<String, Decimal> = measures()
                .iter()
                .flat_map(|m| [m.name.clone(), format!("{}_last_year", m.name)])
                .zip((n..).map(Decimal::from))
                .collect();
            let full = figure(&graph, &known);
            let name = measures()[forgotten].name.clone();
            known.remove(&name);
            known.remove(&format!("{name}_last_year"));
            let less = figure(&graph, &known);
            if !formula.contains("??") {
                if full.is_err() {
                    prop_assert!(less.is_err());
                }
                if graph.leaves("itself").contains(&name) {
                    prop_assert!(less.is_err(), "{} without {}", formula, name);
                } else {
                    prop_assert_eq!(less.is_ok(), full.is_ok());
                }
            }
        }
    }

    /// The light never gets worse when the figure gets better.
    #[test]
    fn better_is_never_worse(a in -500_i64..500, b in -500_i64..500, target in -300_i64..300, base in proptest::option::of(-300_i64..300)) {
        let rank = |v: i64| match light(Some(v.into()), Some(target.into()), base.map(Decimal::from), Direction::Up, 100) {
            Light::Green => 2, Light::Amber => 1, Light::Red | Light::None => 0,
        };
        prop_assert!(rank(a.max(b)) >= rank(a.min(b)));
    }

    #[test]
    fn units_there_and_back(value in -1_000_000_000_i64..1_000_000_000) {
        for unit in Unit::ALL {
            let there = unit.to_base(Decimal::from(value)).unwrap();
            prop_assert_eq!(unit.of_base(there).unwrap(), Decimal::from(value));
        }
    }
}
