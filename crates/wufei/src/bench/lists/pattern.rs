//! Rows of the played story as patterns: a new row is a pattern with some columns changed, so that whatever a service
//! reads out of it is well formed. And a source of chance that is the same in every run.

use std::collections::HashMap;
use std::sync::Arc;

use app::kit::Kit;
use db::{DbError, EngineKind, Sql, Value};

use crate::Failure;

/// A table and the rows of the story in it.
pub(super) struct Pattern {
    pub name: &'static str,
    pub columns: Vec<String>,
    places: HashMap<String, usize>,
    pub rows: Vec<Vec<Value>>,
    booleans: bool,
}

impl Pattern {
    /// Reads the rows that `condition` names.
    pub async fn read(kit: &Arc<Kit>, name: &'static str, condition: &str) -> Result<Self, Failure> {
        let schema = kit.db.schema().await?;
        let table = schema.into_iter().find(|t| t.name == name);
        let columns: Vec<String> =
            table.map(|t| t.columns.into_iter().map(|c| c.name).collect()).unwrap_or_default();
        let text = format!("select {} from {name} {condition}", columns.join(", "));
        let rows =
            kit.db.read::<_, DbError, _>(move |s| Box::pin(async move { s.query(&text, &[]).await })).await?;
        Ok(Self {
            name,
            places: columns.iter().cloned().enumerate().map(|(i, n)| (n, i)).collect(),
            columns,
            rows: rows.into_iter().map(db::Row::into_values).collect(),
            booleans: kit.db.engine() == EngineKind::Postgres,
        })
    }

    fn place(&self, column: &str) -> usize {
        self.places.get(column).copied().unwrap_or(0)
    }

    /// A text of a row.
    pub fn text(&self, row: &[Value], column: &str) -> String {
        match row.get(self.place(column)) {
            Some(Value::Text(text)) => text.clone(),
            _ => String::new(),
        }
    }

    /// The rows for which the column says `value`.
    pub fn of(&self, column: &str, value: &str) -> Vec<usize> {
        (0..self.rows.len()).filter(|i| self.text(&self.rows[*i], column) == value).collect()
    }

    /// The pattern row `n` (they repeat) with columns changed.
    pub fn make<const N: usize>(&self, n: usize, changes: [(&str, Value); N]) -> Vec<Value> {
        let mut row = match self.rows.len() {
            0 => vec![Value::Null; self.columns.len()],
            len => self.rows[n % len].clone(),
        };
        for (column, value) in changes {
            let value = match value {
                Value::Bool(b) if !self.booleans => Value::Int(b.into()),
                other => other,
            };
            if let Some(place) = self.places.get(column) {
                row[*place] = value;
            }
        }
        row
    }
}

/// Chance: splitmix64.
#[derive(Clone)]
pub(super) struct Dice(pub u64);

impl Dice {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Below `n`, evenly.
    pub fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.next() % (n.max(1) as u64)).unwrap_or(0)
    }

    /// Below `n`, the first ones far more often: a square of chance, so that the first of 240 has some 6 in a hundred.
    pub fn skewed(&mut self, n: usize) -> usize {
        let even = u128::from(self.next() >> 32);
        usize::try_from((even * even * n as u128) >> 64).unwrap_or(0)
    }

    /// Whether an event of so many in a thousand happens.
    pub fn permille(&mut self, share: usize) -> bool {
        self.below(1000) < share
    }
}
