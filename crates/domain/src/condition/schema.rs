//! Which names an expression may use and of what type they are.

use super::value::{FactType, Value};

/// One fact that an expression may read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FactDef {
    /// Name in expressions: ASCII letters, digits and `_`.
    pub name: String,
    /// Its type.
    pub kind: FactType,
    /// Unit of a number (`min`, `g`, `km/h`, …), a key of the units' texts; empty for none.
    pub unit: String,
    /// Id of its label, a key of the facts' texts.
    pub label: String,
}

impl FactDef {
    /// A fact whose label has the same id as its name.
    pub fn new(name: &str, kind: FactType, unit: &str) -> Self {
        Self { name: name.to_owned(), kind, unit: unit.to_owned(), label: name.to_owned() }
    }
}

/// The names of one kind of subject: facts, and constants that are put in when the expression is read.
#[derive(Clone, Debug, Default)]
pub struct Schema {
    facts: Vec<FactDef>,
    constants: Vec<(String, Value)>,
}

impl Schema {
    /// A schema of these facts.
    pub fn new(facts: Vec<FactDef>) -> Self {
        Self { facts, constants: Vec::new() }
    }

    /// The same with a named constant. A constant never hides a fact: the fact wins.
    #[must_use]
    pub fn with_constant(mut self, name: &str, value: Value) -> Self {
        self.constants.push((name.to_owned(), value));
        self
    }

    /// The facts, in the order of declaration.
    pub fn facts(&self) -> &[FactDef] {
        &self.facts
    }

    /// The fact of this name.
    pub fn fact(&self, name: &str) -> Option<&FactDef> {
        self.facts.iter().find(|fact| fact.name == name)
    }

    /// The constant of this name.
    pub fn constant(&self, name: &str) -> Option<&Value> {
        self.constants.iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    /// Whether the name is taken.
    pub fn knows(&self, name: &str) -> bool {
        self.fact(name).is_some() || self.constant(name).is_some()
    }

    /// The known name that is most like `name`; `None` when none is near.
    pub fn nearest(&self, name: &str) -> Option<&str> {
        let limit = (name.chars().count() / 3).max(2);
        let names =
            self.facts.iter().map(|f| f.name.as_str()).chain(self.constants.iter().map(|c| c.0.as_str()));
        names
            .map(|known| (distance(known, name), known))
            .filter(|(far, _)| *far <= limit)
            .min()
            .map(|(_, known)| known)
    }
}

/// Edits (insert, delete, replace) that turn `a` into `b`.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().take(64).collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().take(64).enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        let mut next = vec![left];
        for (y, above) in b.iter().zip(row.iter().skip(1)) {
            let replaced = diagonal + usize::from(x != *y);
            left = replaced.min(left + 1).min(above + 1);
            diagonal = *above;
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}
