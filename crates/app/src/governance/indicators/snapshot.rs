//! Everything that figures need, read at one moment: definitions, sums, approved values, targets. All figures of an
//! answer come from one snapshot, so they agree with each other. Computing reads nothing more.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use db::{Sql, params};
use domain::indicator::{Definition, Graph, Input, Leaf, Light, Span, Why, graph, light, rules};
use domain::time::Zone;
use rust_decimal::Decimal;

use super::book::Book;
use super::catalogue::Catalogue;
use super::tally::{self, Place, Tally};
use crate::kit::{Kit, Lang, Problem, texts};
use crate::registry::profile::{Profile, profile};

/// Where a figure comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// By its formula.
    Computed,
    /// Filled in and approved.
    Approved,
    /// Filled in, not yet approved.
    Pending,
    /// There is none.
    Missing,
}

impl State {
    /// The word for the outside.
    pub const fn as_str(self) -> &'static str {
        match self {
            State::Computed => "computed",
            State::Approved => "approved",
            State::Pending => "pending",
            State::Missing => "missing",
        }
    }
}

/// A figure.
#[derive(Clone, Debug)]
pub struct Computed {
    /// As published: rounded.
    pub value: Option<Decimal>,
    /// As computed.
    pub exact: Option<Decimal>,
    /// Why there is none.
    pub why: Option<Why>,
    /// What the formula read.
    pub inputs: Vec<Input>,
    /// Version of the definition.
    pub version: i64,
    /// Where it comes from.
    pub state: State,
}

/// A target of a year.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Target {
    /// Value.
    pub value: Option<Decimal>,
    /// Baseline.
    pub baseline: Option<Decimal>,
    /// In words (Chinese, English), where it was shipped.
    pub words: Option<(String, String)>,
    /// How sure it is; `set` when the office set it here.
    pub certainty: String,
}

/// A town that figures are counted in.
#[derive(Clone, Debug)]
pub struct TownName {
    /// Nine digits.
    pub code: String,
    /// Names.
    pub name: (String, String),
}

/// One moment.
pub struct Snapshot {
    /// Definitions.
    pub book: Book,
    /// Sums.
    pub tally: Tally,
    /// The towns, without parks.
    pub towns: Vec<TownName>,
    /// The instant as of which it is; the present when `None`.
    pub as_of: Option<i64>,
    /// The city's zone.
    pub zone: Zone,
    profile: Option<Arc<Profile>>,
    approved: HashMap<(String, String, String), Decimal>,
    waiting: HashSet<(String, String, String)>,
    targets: BTreeMap<(String, i16), Target>,
    now: i64,
}

impl Snapshot {
    /// Reads it.
    ///
    /// # Errors
    /// 500 when the database refuses.
    pub async fn load(
        kit: &Kit,
        sql: &mut dyn Sql,
        tenant: &str,
        as_of: Option<i64>,
    ) -> Result<Self, Problem> {
        let zone = Zone::named(&kit.settings.zone).map_err(|_| Problem::internal())?;
        let profile = profile(&kit.settings.profile);
        let towns: Vec<TownName> = profile.as_ref().map(|p| towns(p)).unwrap_or_default();
        let codes: Vec<String> = towns.iter().map(|t| t.code.clone()).collect();
        let book = Book::load(sql, tenant, &kit.settings.profile, as_of).await?;
        let tally = tally::tally(kit, sql, tenant, as_of, &codes).await?;
        let mut snapshot = Self {
            targets: shipped_targets(&book.catalogue),
            book,
            tally,
            towns,
            as_of,
            zone,
            profile,
            approved: HashMap::new(),
            waiting: HashSet::new(),
            now: kit.clock.now(),
        };
        snapshot.read_values(sql, tenant).await?;
        snapshot.read_targets(sql, tenant).await?;
        Ok(snapshot)
    }

    /// What is shipped.
    pub fn catalogue(&self) -> &Catalogue {
        &self.book.catalogue
    }

    async fn read_values(&mut self, sql: &mut dyn Sql, tenant: &str) -> Result<(), Problem> {
        let at = self.as_of.unwrap_or(i64::MAX);
        let rows = sql
            .query(
                "select key, period, town, value, approved_at, superseded_at, returned_at from indicator_value \
                 where tenant_id = $1 and filled_at <= $2 order by position",
                &params![tenant, at],
            )
            .await?;
        for row in rows {
            let by_then = |column: &str| row.get::<Option<i64>>(column).map(|t| t.is_some_and(|t| t <= at));
            let id = (row.get("key")?, row.get("period")?, row.get("town")?);
            let value: String = row.get("value")?;
            if by_then("superseded_at")? || by_then("returned_at")? {
                continue;
            }
            if by_then("approved_at")? {
                let value = Decimal::from_str_exact(&value)
                    .map_err(|e| db::DbError::Inconsistent(format!("indicator_value.value: {e}")))?;
                self.approved.insert(id, value);
            } else {
                self.waiting.insert(id);
            }
        }
        Ok(())
    }

    async fn read_targets(&mut self, sql: &mut dyn Sql, tenant: &str) -> Result<(), Problem> {
        let rows = sql
            .query(
                "select key, year, value, baseline from indicator_target \
                 where tenant_id = $1 and recorded_at <= $2 order by position",
                &params![tenant, self.as_of.unwrap_or(i64::MAX)],
            )
            .await?;
        for row in rows {
            let number = |column: &str| -> Result<Option<Decimal>, Problem> {
                Ok(row.get::<Option<String>>(column)?.and_then(|t| Decimal::from_str_exact(&t).ok()))
            };
            let year = i16::try_from(row.get::<i64>("year")?).unwrap_or_default();
            let target = Target {
                value: number("value")?,
                baseline: number("baseline")?,
                words: None,
                certainty: "set".to_owned(),
            };
            self.targets.insert((row.get("key")?, year), target);
        }
        Ok(())
    }

    /// The figure of a key in a town, or in the whole city.
    ///
    /// # Errors
    /// 500 when stored definitions do not go together.
    pub fn figure(&self, key: &str, span: Span, place: Place<'_>) -> Result<Computed, Problem> {
        let graph = self.book.graph(span)?;
        let version = self.book.at(key, span.months().0);
        Ok(self.by(&graph, key, version, span, place))
    }

    /// The figure by another version of its definition.
    ///
    /// # Errors
    /// As [`Snapshot::figure`].
    pub fn figure_by(
        &self,
        key: &str,
        version: i64,
        span: Span,
        place: Place<'_>,
    ) -> Result<Computed, Problem> {
        let graph = self.book.graph_with(span, key, version)?;
        Ok(self.by(&graph, key, version, span, place))
    }

    /// The figure by these definitions.
    pub fn by(&self, graph: &Graph, key: &str, version: i64, span: Span, place: Place<'_>) -> Computed {
        let figure =
            graph.figure(key, &|name, years| self.leaf(graph, name, span.before(years), years > 0, place));
        let definition = graph.definition(key);
        let filled = definition.is_some_and(Definition::is_filled);
        let decimals = definition.map_or(2, |d| d.decimals);
        let exact = figure.value.as_ref().ok().copied();
        let state = match exact {
            Some(_) if filled => State::Approved,
            Some(_) => State::Computed,
            None if self.waiting.contains(&id(key, span, place)) => State::Pending,
            None => State::Missing,
        };
        Computed {
            value: exact.map(|v| graph::round(v, decimals)),
            exact,
            why: figure.value.err(),
            inputs: figure.inputs,
            version,
            state,
        }
    }

    fn leaf(&self, graph: &Graph, name: &str, span: Span, whole: bool, place: Place<'_>) -> Leaf {
        if tally::is_measure(name) {
            let (from, to) = span.months();
            let none = || Why::new(rules::NO_RECORDS).with("name", name).with("period", span);
            if from > self.zone.month_of(self.present()) {
                return Err(none());
            }
            let sum = self.tally.sum(name, place, from, to, whole).ok_or_else(none)?;
            return Ok(Decimal::from(sum));
        }
        let unit = graph.unit(name);
        self.approved
            .get(&id(name, span, place))
            .and_then(|value| unit?.to_base(*value))
            .ok_or_else(|| Why::new(rules::NO_VALUE).with("name", name).with("period", span))
    }

    /// The instant that it shows.
    pub fn present(&self) -> i64 {
        self.as_of.unwrap_or(self.now)
    }

    /// The target of a year.
    pub fn target(&self, key: &str, year: i16) -> Target {
        let mut target = self.targets.get(&(key.to_owned(), year)).cloned().unwrap_or_default();
        target.baseline = target.baseline.or_else(|| self.catalogue().baselines.get(key).copied());
        target
    }

    /// The light of a figure.
    pub fn light(&self, key: &str, exact: Option<Decimal>, target: &Target) -> Light {
        let direction = self.catalogue().get(key).map_or(domain::indicator::Direction::None, |s| s.direction);
        light(exact, target.value, target.baseline, direction, self.catalogue().amber_permille)
    }

    /// Why there is no figure, in words.
    pub fn explain(&self, why: &Why, lang: Lang) -> String {
        let params: Vec<(String, String)> = why
            .params
            .iter()
            .map(|(name, value)| {
                let value = if *name == "name" { self.catalogue().name(value, lang) } else { value.clone() };
                ((*name).to_owned(), value)
            })
            .collect();
        texts().rule(why.rule, &params, lang).0
    }

    /// An organisation of the profile in words.
    pub fn org_name(&self, key: &str, lang: Lang) -> String {
        let org = self.profile.as_ref().and_then(|p| p.organisations.iter().find(|o| o.key == key));
        org.map_or_else(
            || key.to_owned(),
            |o| if lang == Lang::Zh { o.short_name.clone() } else { o.name_en.clone() },
        )
    }
}

fn id(key: &str, span: Span, place: Place<'_>) -> (String, String, String) {
    let town = match place {
        Place::City => "",
        Place::Town(code) => code,
        // Nothing is filled in for what lies in no town.
        Place::Elsewhere => "-",
    };
    (key.to_owned(), span.to_string(), town.to_owned())
}

/// The towns of a city: offices of the profile that do not overlap others.
pub fn towns(profile: &Profile) -> Vec<TownName> {
    let offices = profile.organisations.iter().filter(|o| !o.overlay && o.kinds.iter().any(|k| k == "town"));
    offices
        .map(|o| {
            let name = profile.towns.iter().find(|t| t.code == o.division_code).map(|t| t.name.clone());
            TownName {
                code: o.division_code.clone(),
                name: (name.unwrap_or_else(|| o.short_name.clone()), o.name_en.clone()),
            }
        })
        .collect()
}

fn shipped_targets(catalogue: &Catalogue) -> BTreeMap<(String, i16), Target> {
    catalogue
        .targets
        .iter()
        .map(|t| {
            let target = Target {
                value: t.value,
                baseline: None,
                words: Some((t.words.zh.clone(), t.words.en.clone())),
                certainty: t.certainty.clone(),
            };
            ((t.key.clone(), t.year), target)
        })
        .collect()
}
