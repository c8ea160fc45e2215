//! What goes out. Numbers are digits as text, so that no browser rounds them.

use serde::Serialize;
use utoipa::ToSchema;

/// An organisation that answers for a figure.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct IndicatorUnit {
    /// Key of the profile.
    pub key: String,
    /// Name.
    pub name: String,
}

/// An indicator with its figure.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct IndicatorRow {
    /// Key.
    pub key: String,
    /// Number in the national system.
    pub number: Option<i64>,
    /// `reduction`, `utilisation`, `disposal`, `capability`, `satisfaction`, `city`, `ledger`, `input`.
    pub group: String,
    /// Group in words.
    pub group_name: String,
    /// Second level in words.
    pub subgroup_name: Option<String>,
    /// Name.
    pub name: String,
    /// Unit.
    pub unit: String,
    /// Unit in words.
    pub unit_label: String,
    /// `ratio`, `intensity`, `absolute`, `change`, `qualitative`, `survey`.
    pub kind: String,
    /// `up`, `down`, `none`: which way is better.
    pub direction: String,
    /// Decimals shown.
    pub decimals: u32,
    /// Marked as compulsory in the national system.
    pub required: bool,
    /// What is doubtful: `required`, `group`.
    pub doubt: Vec<String>,
    /// How sure name and place are: `confirmed`, `unconfirmed`, `own`.
    pub certainty: String,
    /// How sure the formula is.
    pub formula_certainty: String,
    /// `computed` or `filled`.
    pub source: String,
    /// Who answers for it.
    pub units: Vec<IndicatorUnit>,
    /// Whether towns fill it in too.
    pub by_town: bool,
    /// Year or month.
    pub period: String,
    /// The figure; null when there is none.
    pub value: Option<String>,
    /// `computed`, `approved`, `pending`, `missing`.
    pub state: String,
    /// Why there is no figure.
    pub reason: Option<String>,
    /// Target of the year; null when not set.
    pub target: Option<String>,
    /// Target in the words of its source.
    pub target_words: Option<String>,
    /// `confirmed`, `configuration`, or `set` by the office here.
    pub target_certainty: Option<String>,
    /// Baseline; null when not set.
    pub baseline: Option<String>,
    /// `green`, `amber`, `red`, `none`.
    pub light: String,
    /// Version of the definition.
    pub version: i64,
}

/// Indicators of a year.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct IndicatorList {
    /// Year.
    pub year: i16,
    /// Town; null for the whole city.
    pub town: Option<String>,
    /// As of; null for the present.
    pub as_of: Option<String>,
    /// The instant that the figures show.
    pub data_time: String,
    /// Place in the journal up to which ledger and manifests count.
    pub position: i64,
    /// Indicators.
    pub items: Vec<IndicatorRow>,
    /// How many of each light, before filters of the light.
    pub lights: std::collections::BTreeMap<String, i64>,
    /// Groups in their order with their words.
    pub groups: Vec<IndicatorUnit>,
}

/// Something that a formula read.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct IndicatorInput {
    /// Measure or key.
    pub name: String,
    /// In words.
    pub label: String,
    /// Years before the period.
    pub years_before: i16,
    /// Its period.
    pub period: String,
    /// Unit in words.
    pub unit_label: String,
    /// Value; null when there is none.
    pub value: Option<String>,
    /// Why there is none.
    pub reason: Option<String>,
    /// `measure` of the ledger, `computed` or `filled` indicator.
    pub kind: String,
    /// Where a measure is counted.
    pub attribution: Option<String>,
    /// The measures and figures on which it rests itself.
    pub rests_on: Vec<IndicatorUnit>,
}

/// A version of a definition.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct IndicatorVersion {
    /// Version.
    pub version: i64,
    /// First month; null for the first version.
    pub valid_from: Option<String>,
    /// Whether the figure of this page was made by it.
    pub in_force: bool,
    /// Formula as written.
    pub formula: Option<String>,
    /// Formula in names.
    pub formula_named: Option<String>,
    /// In words.
    pub words: String,
    /// Why it replaced the one before.
    pub reason: Option<String>,
    /// When it was recorded.
    pub recorded_at: Option<String>,
    /// By whom.
    pub by_name: Option<String>,
    /// The figure of the same period by this version.
    pub value: Option<String>,
    /// Why there is none.
    pub why: Option<String>,
}

/// One figure with everything behind it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct IndicatorFigure {
    /// The indicator.
    #[serde(flatten)]
    pub row: IndicatorRow,
    /// Town; null for the whole city.
    pub town: Option<String>,
    /// Name of the town.
    pub town_name: Option<String>,
    /// As of; null for the present.
    pub as_of: Option<String>,
    /// The instant that it shows.
    pub data_time: String,
    /// Formula as written.
    pub formula: Option<String>,
    /// Formula in names.
    pub formula_named: Option<String>,
    /// Formula in words.
    pub formula_words: String,
    /// What it read.
    pub inputs: Vec<IndicatorInput>,
    /// All versions, newest first.
    pub versions: Vec<IndicatorVersion>,
    /// First month of the ledger's records.
    pub records_from: Option<String>,
    /// What the caller may do: `fill`, `define`, `target`.
    pub may: Vec<&'static str>,
}

/// The figure of a town.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct IndicatorTown {
    /// Town; null for what lies in no town.
    pub town: Option<String>,
    /// Name; null for what lies in no town.
    pub name: Option<String>,
    /// The figure.
    pub value: Option<String>,
    /// `computed`, `approved`, `pending`, `missing`.
    pub state: String,
    /// Why there is no figure.
    pub reason: Option<String>,
}

/// Figures of all towns.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct IndicatorTowns {
    /// Key.
    pub key: String,
    /// Year or month.
    pub period: String,
    /// Unit in words.
    pub unit_label: String,
    /// Whether towns and the rest add up to the city.
    pub additive: bool,
    /// The whole city.
    pub city: IndicatorTown,
    /// Towns.
    pub towns: Vec<IndicatorTown>,
    /// What lies in no town.
    pub elsewhere: IndicatorTown,
}

/// A point of a series.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct IndicatorPoint {
    /// Year or month.
    pub period: String,
    /// The figure.
    pub value: Option<String>,
    /// Why there is none.
    pub reason: Option<String>,
    /// Version of the definition.
    pub version: i64,
    /// Target of a year.
    pub target: Option<String>,
}

/// A series.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct IndicatorSeries {
    /// Key.
    pub key: String,
    /// Unit in words.
    pub unit_label: String,
    /// Points in order.
    pub points: Vec<IndicatorPoint>,
}

/// A row behind a measure.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct MeasureRow {
    /// Id.
    pub id: String,
    /// `entry` of the ledger or `manifest`.
    pub kind: String,
    /// When it happened.
    pub at: String,
    /// When it was recorded; of a manifest when it was confirmed.
    pub recorded_at: Option<String>,
    /// Place in the journal, for the proof.
    pub position: Option<i64>,
    /// Container code or number.
    pub title: String,
    /// Column of the balance, or status.
    pub status: String,
    /// Organisation: holder, or consignor.
    pub org_name: String,
    /// Site, or receiver.
    pub place_name: String,
    /// Waste code.
    pub waste_code: Option<String>,
    /// Grams.
    pub mass_g: i64,
    /// Town that it counts in.
    pub town: Option<String>,
    /// Route of the page with the whole record.
    pub link: String,
}
