//! Definitions put together: every formula checked against the names that exist, the order in which they follow from
//! each other, and figures with what they are made of. A graph exists only when all its formulas are in order, so
//! computing cannot run in circles; it can only be without a value, and then it says why.

use std::collections::{BTreeMap, HashMap};

use rust_decimal::{Decimal, RoundingStrategy};
use serde::Serialize;

use super::definition::{Definition, Name};
use super::rules;
use super::unit::{Unit, most};
use crate::condition::{Dimension, Expression, FactDef, FactType, Facts, NotComputable, Schema, Value};
use crate::problem::Violation;

/// The same quantity a year before: `hw_landfilled_last_year`.
pub const LAST_YEAR: &str = "_last_year";

/// Why a figure has no value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Why {
    /// Rule id of the reason, a key of `data/rules/indicators.json`.
    pub rule: &'static str,
    /// Values for the placeholders of its text.
    pub params: Vec<(&'static str, String)>,
}

impl Why {
    /// A reason without values.
    pub fn new(rule: &'static str) -> Self {
        Self { rule, params: Vec::new() }
    }

    /// Adds the value of a placeholder.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl std::fmt::Display) -> Self {
        self.params.push((name, value.to_string()));
        self
    }
}

/// A value that does not follow from others: in base units, or why there is none.
pub type Leaf = Result<Decimal, Why>;

/// One input of a formula.
#[derive(Clone, Debug, PartialEq)]
pub struct Input {
    /// Measure or key.
    pub name: String,
    /// How many years before.
    pub years_before: i16,
    /// Its unit.
    pub unit: Unit,
    /// Its value in that unit.
    pub value: Result<Decimal, Why>,
}

/// A figure: exact, in the unit of its definition.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// The value, or why there is none.
    pub value: Result<Decimal, Why>,
    /// What the formula read.
    pub inputs: Vec<Input>,
}

impl Figure {
    /// The value as it is published: rounded, halves away from zero.
    pub fn published(&self, decimals: u32) -> Option<Decimal> {
        self.value.as_ref().ok().map(|v| round(*v, decimals))
    }
}

/// Rounds as figures are published.
pub fn round(value: Decimal, decimals: u32) -> Decimal {
    value.round_dp_with_strategy(decimals, RoundingStrategy::MidpointAwayFromZero)
}

#[derive(Clone, Debug)]
struct Entry {
    definition: Definition,
    formula: Option<Expression>,
}

/// All definitions of one moment.
#[derive(Clone, Debug)]
pub struct Graph {
    schema: Schema,
    units: BTreeMap<String, Unit>,
    entries: BTreeMap<String, Entry>,
    order: Vec<String>,
}

/// A name without the suffix, and how many years before it means.
fn split(name: &str) -> (&str, i16) {
    name.strip_suffix(LAST_YEAR).map_or((name, 0), |base| (base, 1))
}

impl Graph {
    /// Checks all definitions together.
    ///
    /// # Errors
    /// Everything that is wrong; `path` is `/KEY/formula` or `/KEY/key`.
    pub fn new(measures: &[Name], definitions: Vec<Definition>) -> Result<Self, Vec<Violation>> {
        let mut found = Vec::new();
        let mut units = BTreeMap::new();
        for name in measures {
            units.insert(name.name.clone(), name.unit);
        }
        for d in &definitions {
            let good = d.key.len() <= 60
                && d.key.starts_with(|c: char| c.is_ascii_lowercase())
                && d.key.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
                && !d.key.ends_with(LAST_YEAR);
            if !good || units.insert(d.key.clone(), d.unit).is_some() {
                found.push(Violation::error(rules::KEY, format!("/{}/key", d.key)).with("key", &d.key));
            }
        }
        let schema = Schema::new(
            units
                .iter()
                .flat_map(|(name, unit)| {
                    let fact = |name: &str| FactDef::new(name, FactType::Decimal, unit.as_str());
                    [fact(name), fact(&format!("{name}{LAST_YEAR}"))]
                })
                .collect(),
        );
        let mut graph = Self { schema, units, entries: BTreeMap::new(), order: Vec::new() };
        for definition in definitions {
            let path = format!("/{}/formula", definition.key);
            let formula = match definition.formula.as_deref() {
                None => None,
                Some(text) => match graph.read(text, definition.unit, &path) {
                    Ok(formula) => Some(formula),
                    Err(violation) => {
                        found.push(violation);
                        None
                    }
                },
            };
            graph.entries.insert(definition.key.clone(), Entry { definition, formula });
        }
        for key in graph.entries.keys().cloned().collect::<Vec<_>>() {
            graph.visit(&key, &mut Vec::new(), &mut found);
        }
        if found.is_empty() { Ok(graph) } else { Err(found) }
    }

    /// The same with another version of one definition, or with a new one.
    ///
    /// # Errors
    /// What is wrong with it, with its place.
    pub fn with(&self, measures: &[Name], definition: Definition) -> Result<Self, Vec<Violation>> {
        let others = self.entries.values().filter(|e| e.definition.key != definition.key);
        let mut all: Vec<Definition> = others.map(|e| e.definition.clone()).collect();
        all.push(definition);
        Self::new(measures, all)
    }

    /// Reads one formula.
    fn read(&self, text: &str, unit: Unit, path: &str) -> Result<Expression, Violation> {
        let formula = Expression::parse(text, &self.schema).map_err(|error| error.violation(path))?;
        let of = |name: &str| self.units.get(split(name).0).map_or(Dimension::NONE, |unit| unit.dimension());
        let dimension = formula.dimension(&of, most()).map_err(|error| error.violation(path))?;
        if dimension == unit.dimension() {
            Ok(formula)
        } else {
            Err(Violation::error(rules::RESULT_UNIT, path)
                .with("position", 1)
                .with("expected", unit.dimension())
                .with("found", dimension))
        }
    }

    /// Puts a definition after all that it follows from; what leads back to itself is told with its way.
    fn visit(&mut self, key: &str, way: &mut Vec<String>, found: &mut Vec<Violation>) {
        if self.order.iter().any(|done| done == key) {
            return;
        }
        let Some(entry) = self.entries.get(key) else { return };
        let needs: Vec<(String, usize)> = entry.formula.as_ref().map_or_else(Vec::new, |formula| {
            let place = |name: &String| formula.place_of(name).unwrap_or(0);
            formula.names().iter().map(|name| (split(name).0.to_owned(), place(name))).collect()
        });
        way.push(key.to_owned());
        for (need, place) in needs {
            if let Some(from) = way.iter().position(|step| *step == need) {
                let circle: Vec<&str> =
                    way.iter().skip(from).map(String::as_str).chain([need.as_str()]).collect();
                found.push(
                    Violation::error(rules::CYCLE, format!("/{key}/formula"))
                        .with("position", place + 1)
                        .with("way", circle.join(" → ")),
                );
            } else {
                self.visit(&need, way, found);
            }
        }
        way.pop();
        self.order.push(key.to_owned());
    }

    /// Keys in an order in which each comes after what it follows from.
    pub fn order(&self) -> &[String] {
        &self.order
    }

    /// The definition of a key.
    pub fn definition(&self, key: &str) -> Option<&Definition> {
        self.entries.get(key).map(|e| &e.definition)
    }

    /// The unit of a measure or key.
    pub fn unit(&self, name: &str) -> Option<Unit> {
        self.units.get(split(name).0).copied()
    }

    /// The names that a key's formula reads, with how many years before.
    pub fn reads(&self, key: &str) -> Vec<(String, i16)> {
        let names = self.entries.get(key).and_then(|e| e.formula.as_ref()).map(Expression::names);
        names
            .unwrap_or_default()
            .iter()
            .map(|name| {
                let (base, years) = split(name);
                (base.to_owned(), years)
            })
            .collect()
    }

    /// The names that do not follow from others on which a key rests, all the way down.
    pub fn leaves(&self, key: &str) -> Vec<String> {
        let mut out = Vec::new();
        let mut open = vec![key.to_owned()];
        let mut seen = std::collections::BTreeSet::new();
        while let Some(name) = open.pop() {
            if !seen.insert(name.clone()) {
                continue;
            }
            if self.entries.get(&name).is_some_and(|e| e.formula.is_some()) {
                open.extend(self.reads(&name).into_iter().map(|(name, _)| name));
            } else {
                out.push(name);
            }
        }
        out.sort();
        out
    }

    /// The figure of a key; `leaf` answers measures and filled values, so many years before.
    pub fn figure(&self, key: &str, leaf: &dyn Fn(&str, i16) -> Leaf) -> Figure {
        let mut known = HashMap::new();
        let unit = self.unit(key).unwrap_or(Unit::One);
        let inputs = self
            .reads(key)
            .into_iter()
            .map(|(name, years_before)| {
                let unit = self.unit(&name).unwrap_or(Unit::One);
                let value = self.value(&name, years_before, leaf, &mut known);
                Input { value: in_unit(value, unit), name, years_before, unit }
            })
            .collect();
        Figure { value: in_unit(self.value(key, 0, leaf, &mut known), unit), inputs }
    }

    fn value(
        &self,
        name: &str,
        years: i16,
        leaf: &dyn Fn(&str, i16) -> Leaf,
        known: &mut HashMap<(String, i16), Leaf>,
    ) -> Leaf {
        let Some(formula) = self.entries.get(name).and_then(|e| e.formula.as_ref()) else {
            return leaf(name, years);
        };
        if let Some(value) = known.get(&(name.to_owned(), years)) {
            return value.clone();
        }
        let mut facts = Facts::new();
        let mut reasons: BTreeMap<&str, Why> = BTreeMap::new();
        for full in formula.names() {
            let (base, before) = split(full);
            match self.value(base, years.saturating_add(before), leaf, known) {
                Ok(decimal) => facts.set(full, Value::Decimal { decimal }),
                Err(why) => {
                    reasons.insert(full, why);
                }
            }
        }
        let value = match formula.eval(&facts) {
            Ok(value) => value.number().ok_or_else(|| Why::new(rules::OVERFLOW)),
            Err(NotComputable::Missing { fact } | NotComputable::WrongType { fact }) => Err(reasons
                .remove(fact.as_str())
                .unwrap_or_else(|| Why::new(rules::NO_MEASURE).with("name", fact))),
            Err(NotComputable::DivisionByZero) => Err(Why::new(rules::ZERO).with("name", name)),
            Err(NotComputable::Overflow) => Err(Why::new(rules::OVERFLOW)),
        };
        known.insert((name.to_owned(), years), value.clone());
        value
    }
}

fn in_unit(value: Leaf, unit: Unit) -> Leaf {
    unit.of_base(value?).ok_or_else(|| Why::new(rules::OVERFLOW))
}
