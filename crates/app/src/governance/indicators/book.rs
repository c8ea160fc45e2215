//! The definitions that hold for a time, as they were known on a day: what is shipped is version 1, every change is a
//! later version with its reason and the month from which it holds. Both stay, so that a figure can say by which it was
//! made.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use db::{DbError, Sql, params};
use domain::indicator::{Definition, Graph, Span};
use domain::time::Month;
use serde::{Deserialize, Serialize};

use super::catalogue::{Catalogue, catalogue};
use crate::kit::Problem;

/// Words in both languages, as they stand in an event.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Words {
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

/// A version after the first, as it stands in the event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Defined {
    /// Key.
    pub key: String,
    /// Version, from 2.
    pub version: i64,
    /// First month `YYYY-MM`.
    pub valid_from: String,
    /// Formula; none when filled in.
    pub formula: Option<String>,
    /// Formula in words.
    pub words: Words,
    /// Why it changed.
    pub reason: String,
}

/// A stored version.
#[derive(Clone, Debug)]
pub struct Version {
    /// What the event says.
    pub defined: Defined,
    /// When it was recorded.
    pub recorded_at: i64,
    /// By whom.
    pub by: String,
}

/// Graphs by the versions that they are made of.
type Graphs = HashMap<Vec<(String, i64)>, Arc<Graph>>;

/// All versions known at a moment.
pub struct Book {
    /// What is shipped.
    pub catalogue: Arc<Catalogue>,
    stored: BTreeMap<String, Vec<Version>>,
    graphs: Mutex<Graphs>,
}

impl Book {
    /// Reads the versions that were recorded by then.
    ///
    /// # Errors
    /// 500 when the database refuses.
    pub async fn load(
        sql: &mut dyn Sql,
        tenant: &str,
        profile: &str,
        as_of: Option<i64>,
    ) -> Result<Self, Problem> {
        let rows = sql
            .query(
                "select document, recorded_at, account_id from indicator_definition \
                 where tenant_id = $1 and recorded_at <= $2 order by key, version",
                &params![tenant, as_of.unwrap_or(i64::MAX)],
            )
            .await?;
        let mut stored: BTreeMap<String, Vec<Version>> = BTreeMap::new();
        for row in rows {
            let document: String = row.get("document")?;
            let defined: Defined = serde_json::from_str(&document)
                .map_err(|e| DbError::Inconsistent(format!("indicator_definition.document: {e}")))?;
            let version =
                Version { recorded_at: row.get("recorded_at")?, by: row.get("account_id")?, defined };
            stored.entry(version.defined.key.clone()).or_default().push(version);
        }
        Ok(Self { catalogue: catalogue(profile), stored, graphs: Mutex::default() })
    }

    /// Versions after the first.
    pub fn later(&self, key: &str) -> &[Version] {
        self.stored.get(key).map_or(&[], Vec::as_slice)
    }

    /// The number of the newest version.
    pub fn newest(&self, key: &str) -> i64 {
        self.later(key).last().map_or(1, |v| v.defined.version)
    }

    /// The version that holds in a month.
    pub fn at(&self, key: &str, month: Month) -> i64 {
        let month = month.to_string();
        let holds = self.later(key).iter().rev().find(|v| v.defined.valid_from <= month);
        holds.map_or(1, |v| v.defined.version)
    }

    /// A definition in one of its versions.
    pub fn definition(&self, key: &str, version: i64) -> Option<Definition> {
        let shipped = self.catalogue.get(key)?.definition();
        if version == 1 {
            return Some(shipped);
        }
        let later = self.later(key).iter().find(|v| v.defined.version == version)?;
        Some(Definition { version, formula: later.defined.formula.clone(), ..shipped })
    }

    /// The definitions that hold at the beginning of a span, checked and put in order.
    ///
    /// # Errors
    /// 500 when stored definitions do not go together, which [`super::define`] prevents.
    pub fn graph(&self, span: Span) -> Result<Arc<Graph>, Problem> {
        let month = span.months().0;
        let changed: Vec<(String, i64)> = self
            .stored
            .keys()
            .map(|key| (key.clone(), self.at(key, month)))
            .filter(|(_, version)| *version > 1)
            .collect();
        self.of_versions(&changed)
    }

    /// The same, with one key in another version.
    ///
    /// # Errors
    /// As [`Book::graph`].
    pub fn graph_with(&self, span: Span, key: &str, version: i64) -> Result<Arc<Graph>, Problem> {
        let month = span.months().0;
        let changed: Vec<(String, i64)> = self
            .stored
            .keys()
            .map(|k| (k.clone(), if k == key { version } else { self.at(k, month) }))
            .filter(|(_, version)| *version > 1)
            .collect();
        self.of_versions(&changed)
    }

    fn of_versions(&self, changed: &[(String, i64)]) -> Result<Arc<Graph>, Problem> {
        if changed.is_empty()
            && let Some(graph) = self.catalogue.base_graph()
        {
            return Ok(graph);
        }
        let mut graphs = self.graphs.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(graph) = graphs.get(changed) {
            return Ok(Arc::clone(graph));
        }
        let versions: BTreeMap<&str, i64> = changed.iter().map(|(k, v)| (k.as_str(), *v)).collect();
        let definitions = self
            .catalogue
            .shipped
            .iter()
            .filter_map(|s| self.definition(&s.key, versions.get(s.key.as_str()).copied().unwrap_or(1)))
            .collect();
        let graph = Graph::new(&self.catalogue.names(), definitions).map_err(|found| {
            tracing::error!(?found, "stored indicator definitions do not go together");
            Problem::internal()
        })?;
        let graph = Arc::new(graph);
        graphs.insert(changed.to_vec(), Arc::clone(&graph));
        Ok(graph)
    }

    /// The months from which any set of definitions holds, after `from`: a new version is checked in each.
    pub fn turns(&self, from: Month) -> Vec<Month> {
        let mut months: Vec<Month> = self
            .stored
            .values()
            .flatten()
            .filter_map(|v| v.defined.valid_from.parse().ok())
            .filter(|m| *m > from)
            .chain([from])
            .collect();
        months.sort();
        months.dedup();
        months
    }
}
