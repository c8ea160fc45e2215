//! What goes out: rows of the lists with their light, and the parts of which they are made.

use domain::programme::{Item, Light, Matter, Phase, Shown, due_in, light, phase};
use domain::time::{Zone, format_instant};
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::Serialize;
use utoipa::ToSchema;

use super::plan::{Plan, measures};
use super::standing::Figure;
use super::store::{Names, Stored};
use crate::kit::Lang;

/// A unit that governs.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct UnitRef {
    /// Id of the organisation.
    pub id: String,
    /// Key in the city's profile.
    pub key: Option<String>,
    /// Short name.
    pub name: String,
}

/// A town or park.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct TownRef {
    /// Nine digits.
    pub code: String,
    /// Name.
    pub name: String,
}

/// A row of the four lists.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ItemSummary {
    /// Id.
    pub id: String,
    /// Version.
    pub version: i64,
    /// `target`, `task`, `project`, `responsibility`.
    pub list: String,
    /// Number for people.
    pub code: String,
    /// Key of the clause.
    pub clause: String,
    /// Number of the clause as the plan writes it.
    pub clause_no: String,
    /// What it is.
    pub title: String,
    /// Who leads; none where the plan says that all act within their duties.
    pub lead: Option<UnitRef>,
    /// Who takes part.
    pub joint: Vec<UnitRef>,
    /// All towns and parks carry it out.
    pub all_towns: bool,
    /// Towns that carry it out.
    pub towns: Vec<TownRef>,
    /// First day.
    pub starts_on: Option<String>,
    /// Last day of the year asked for.
    pub due_on: Option<String>,
    /// The plan names that day.
    pub due_named: bool,
    /// `once`, `yearly`.
    pub rhythm: String,
    /// Last year of its programme.
    pub horizon: i16,
    /// `running`, `final`, `not_set`: where the year asked for lies.
    pub phase: String,
    /// Indicator behind it.
    pub indicator: Option<String>,
    /// Unit of its values, as a word.
    pub unit: Option<String>,
    /// `at_least`, `at_most`, `towards`.
    pub bound: Option<String>,
    /// The city's value for the year, exact.
    pub target: Option<String>,
    /// The indicator's figure of the year, exact; null where there is none.
    pub value: Option<String>,
    /// `green`, `amber`, `red`, `none`.
    pub light: String,
    /// Why.
    pub reason: String,
    /// How far by the latest report.
    pub percent: Option<i64>,
    /// `not_started`, `running`, `blocked`, `done`.
    pub state: Option<String>,
    /// Day of the latest report.
    pub reported_on: Option<String>,
    /// Withdrawn.
    pub withdrawn: bool,
    /// Last change, RFC 3339.
    pub updated_at: String,
}

/// Counts of one list.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct ListCount {
    /// List.
    pub list: String,
    /// All that stand.
    pub total: i64,
    /// On their way or reached.
    pub green: i64,
    /// To be looked at.
    pub amber: i64,
    /// Late, missed or held up.
    pub red: i64,
    /// Nothing can be said.
    pub none: i64,
}

/// Counts by list and light.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ProgrammeSummary {
    /// Year that the lights speak of.
    pub year: i16,
    /// `running`, `final`, `not_set`.
    pub phase: String,
    /// First year of the programme.
    pub first_year: i16,
    /// Last year of the programme.
    pub horizon: i16,
    /// The four lists.
    pub lists: Vec<ListCount>,
    /// When it was computed, RFC 3339.
    pub at: String,
}

/// Everything that a row needs besides the item.
pub(super) struct Frame<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// Names.
    pub names: &'a Names,
    /// Zone of the city.
    pub zone: &'a Zone,
    /// Language.
    pub lang: Lang,
    /// Today in the city.
    pub today: Date,
    /// Year asked for.
    pub year: i16,
}

impl Frame<'_> {
    pub(super) fn unit(&self, id: &str) -> UnitRef {
        let found = self.names.orgs.get(id);
        UnitRef {
            id: id.to_owned(),
            key: found.and_then(|o| o.key.clone()),
            name: found.map_or_else(|| id.to_owned(), |o| o.get(self.lang).to_owned()),
        }
    }

    pub(super) fn town(&self, code: &str) -> TownRef {
        TownRef { code: code.to_owned(), name: self.names.town_name(code) }
    }

    pub(super) fn matter(&self, stored: &Stored, figure: Option<&Figure>) -> Matter {
        let item = &stored.item;
        Matter {
            list: item.list,
            rhythm: item.rhythm,
            starts_on: item.starts_on,
            due_on: item.due_on,
            horizon: item.horizon,
            known_since: self.zone.date_of(stored.created_at),
            withdrawn: item.withdrawn.is_some(),
            report: stored.report.as_ref().map(|r| (r.report.day, r.report.percent, r.report.state)),
            indicator: item.indicator.as_ref().map(|_| figure.and_then(|f| f.light)),
        }
    }

    pub(super) fn shown(&self, stored: &Stored, figure: Option<&Figure>) -> Shown {
        light(&self.matter(stored, figure), self.year, self.today, &self.plan.limits())
    }

    /// The row of an item.
    pub(super) fn row(&self, stored: &Stored, figure: Option<&Figure>) -> ItemSummary {
        let item = &stored.item;
        let found = self.shown(stored, figure);
        let report = stored.report.as_ref().map(|r| &r.report);
        let unit = item.unit.as_deref();
        ItemSummary {
            id: stored.id.clone(),
            version: stored.version,
            list: item.list.as_str().to_owned(),
            code: item.code.clone(),
            clause: item.clause.clone(),
            clause_no: self.plan.clause(&item.clause).map_or_else(|| item.clause.clone(), |c| c.no.clone()),
            title: words(&item.title, self.lang),
            lead: item.lead.as_deref().map(|id| self.unit(id)),
            joint: item.joint.iter().map(|id| self.unit(id)).collect(),
            all_towns: item.all_towns,
            towns: item.towns.iter().map(|t| self.town(t)).collect(),
            starts_on: item.starts_on.map(|d| d.to_string()),
            due_on: due_in(item.rhythm, item.due_on, self.year).map(|d| d.to_string()),
            due_named: item.due_named,
            rhythm: item.rhythm.as_str().to_owned(),
            horizon: item.horizon,
            phase: phase(self.year, item.horizon, self.today).as_str().to_owned(),
            indicator: item.indicator.clone(),
            unit: unit.map(|u| unit_word(u, self.lang)),
            bound: item.bound.map(|b| b.as_str().to_owned()),
            target: item.target(self.year).map(text_of),
            value: figure.and_then(|f| f.value.clone()),
            light: found.light.as_str().to_owned(),
            reason: found.reason.as_str().to_owned(),
            percent: report.map(|r| r.percent),
            state: report.map(|r| r.state.as_str().to_owned()),
            reported_on: report.map(|r| r.day.to_string()),
            withdrawn: item.withdrawn.is_some(),
            updated_at: format_instant(stored.updated_at),
        }
    }
}

/// A text of an item; Chinese where nobody has written it in English.
pub(super) fn words(words: &domain::programme::Words, lang: Lang) -> String {
    if lang == Lang::En && !words.en.is_empty() { &words.en } else { &words.zh }.clone()
}

/// The word of a unit of measurement.
pub(super) fn unit_word(code: &str, lang: Lang) -> String {
    measures().iter().find(|m| m.code == code).map_or_else(|| code.to_owned(), |m| m.get(lang).to_owned())
}

/// A decimal as text without useless zeros.
pub(super) fn text_of(value: Decimal) -> String {
    value.normalize().to_string()
}

/// The year that is shown when nobody asks for one: this one, or the last of the programme.
pub(super) fn usual_year(plan: &Plan, today: Date) -> i16 {
    today.year().clamp(plan.first_year(), plan.horizon.max(plan.first_year()))
}

/// Whether an item is there in a year: once begun it stays, so that how it ended can be seen.
pub(super) fn in_year(item: &Item, year: i16) -> bool {
    item.starts_on.is_none_or(|d| d.year() <= year)
}

/// Adds a row to the counts of its list.
pub(super) fn count(counts: &mut ListCount, found: Light) {
    counts.total += 1;
    match found {
        Light::Green => counts.green += 1,
        Light::Amber => counts.amber += 1,
        Light::Red => counts.red += 1,
        Light::None => counts.none += 1,
    }
}

/// Where the year lies for the programme as a whole.
pub(super) fn phase_of(plan: &Plan, year: i16, today: Date) -> Phase {
    phase(year, plan.horizon, today)
}
