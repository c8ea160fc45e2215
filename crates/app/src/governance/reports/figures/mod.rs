//! The figures of a report, each with where it comes from. A figure that there is none of has a reason and no value;
//! zero stands only where something was counted and was not there.

mod goals;
mod records;

use std::collections::BTreeMap;

use db::Sql;
use domain::time::{Date, Zone, parse_date};
use serde::Serialize;

pub(super) use goals::programme;

use super::unit::Unit;
use crate::kit::{Kit, Lang, OpContext, Problem};

/// The year reported, as of a time.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Span {
    pub(super) year: i16,
    /// First day.
    pub(super) from: Date,
    /// Last day that has begun as of then.
    pub(super) until: Date,
    /// UTC microseconds: the year's first, and the first after it.
    pub(super) starts: i64,
    pub(super) ends: i64,
    pub(super) as_of: i64,
}

impl Span {
    /// A year as of a time; `None` when the year had not begun then.
    pub(super) fn new(zone: &Zone, year: i16, as_of: i64) -> Option<Self> {
        let from = parse_date(&format!("{year:04}-01-01")).ok()?;
        let last = parse_date(&format!("{year:04}-12-31")).ok()?;
        let (starts, ends) = (zone.start_of(from), zone.start_of(last.tomorrow().ok()?));
        (as_of >= starts).then(|| Self {
            year,
            from,
            until: last.min(zone.date_of(as_of)),
            starts,
            ends,
            as_of,
        })
    }

    /// The first and last month, as the ledger writes them.
    fn months(&self) -> (String, String) {
        (format!("{:04}-01", self.year), format!("{:04}-12", self.year))
    }
}

/// Where a figure comes from.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Origin {
    /// `ledger`, `transfer`, `warnings`, `indicators`, `indicator` or `programme`.
    pub(super) kind: &'static str,
    /// Rows behind it.
    pub(super) rows: i64,
    /// Version of the definition, for an indicator.
    pub(super) version: Option<String>,
    /// `computed`, `approved`, `pending` or `missing`, for an indicator.
    pub(super) state: Option<&'static str>,
    /// Page that shows it.
    pub(super) link: String,
}

/// One figure.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Figure {
    /// Exact decimal.
    pub(super) value: Option<String>,
    /// Key of the unit in the template.
    pub(super) unit: &'static str,
    /// Why there is no value, as the template says it.
    pub(super) reason: Option<&'static str>,
    pub(super) origin: Origin,
}

/// A figure for each of several names.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Series {
    pub(super) points: Vec<(String, Option<String>)>,
    pub(super) unit: &'static str,
    /// Why there is no point at all.
    pub(super) reason: Option<&'static str>,
    pub(super) origin: Origin,
}

/// A line of the table of indicators.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Goal {
    pub(super) code: String,
    pub(super) name: String,
    pub(super) unit: String,
    pub(super) target: Option<String>,
    pub(super) value: Option<String>,
    /// Why there is no value: a word of the template or a sentence of the indicator's own.
    pub(super) reason: Option<String>,
    /// `green`, `amber`, `red` or `none`.
    pub(super) light: &'static str,
    pub(super) origin: Origin,
}

/// A line of the table of the programme.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Item {
    pub(super) code: String,
    pub(super) name: String,
    pub(super) due: Option<String>,
    pub(super) progress: Option<String>,
    pub(super) light: &'static str,
    pub(super) origin: Origin,
}

/// Everything that a report may say.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct Figures {
    pub(super) figures: BTreeMap<&'static str, Figure>,
    pub(super) series: BTreeMap<&'static str, Series>,
    pub(super) goals: Vec<Goal>,
    pub(super) items: Vec<Item>,
}

/// What the figures are asked for.
pub(super) struct Question<'a> {
    pub(super) kit: &'a Kit,
    pub(super) lang: Lang,
    pub(super) ctx: &'a OpContext,
    pub(super) unit: &'a Unit,
    pub(super) span: &'a Span,
}

/// All figures of a unit and year that one snapshot gives; the programme is asked by [`programme`].
///
/// # Errors
/// 500 when the database refuses.
pub(super) async fn gather(sql: &mut dyn Sql, question: &Question<'_>) -> Result<Figures, Problem> {
    let mut out = Figures::default();
    records::ledger(sql, question, &mut out).await?;
    records::transfer(sql, question, &mut out).await?;
    records::warnings(sql, question, &mut out).await?;
    goals::indicators(sql, question, &mut out).await?;
    Ok(out)
}
