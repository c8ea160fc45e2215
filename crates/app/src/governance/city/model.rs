//! What the one screen sends. Each figure has the time of its data and the address of its list.

use serde::Serialize;
use utoipa::ToSchema;

use crate::monitoring::warnings::list::WarningSummary;

/// A name in both languages.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct CityLabel {
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

/// The period of the flow and of the targets.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CityPeriod {
    /// `2026` or `2026-03`.
    pub key: String,
    /// First day.
    pub from: String,
    /// Last day.
    pub to: String,
}

/// A number with its list.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CityFigure {
    /// What it counts: `in_transit`, `departed_today`, `confirmed_today`, `open_warnings`, `containers`, `firms`.
    pub key: String,
    /// The number.
    pub value: i64,
    /// Time of the data.
    pub at: String,
    /// Address of the list that it opens.
    pub link: String,
}

/// Stock of a category.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CategoryRow {
    /// `HWnn`.
    pub category: String,
    /// Its name in the national catalogue.
    pub name: String,
    /// Grams in stock.
    pub mass_g: i64,
    /// Containers in stock.
    pub containers: i64,
    /// Containers whose storage term has passed.
    pub late: i64,
    /// Grams that the stores can hold in which it may lie; stores that several categories share count for each.
    pub capacity_g: i64,
    /// Address of the list.
    pub link: String,
}

/// A store that is nearly full.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct StoreRow {
    /// Facility.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Whose it is.
    pub org_name: String,
    /// Grams that lie there.
    pub mass_g: i64,
    /// Grams that it can hold.
    pub capacity_g: i64,
    /// Address of the list.
    pub link: String,
}

/// Stock now.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CityStock {
    /// Time of the data.
    pub at: String,
    /// Grams.
    pub mass_g: i64,
    /// Containers.
    pub containers: i64,
    /// Containers whose storage term has passed.
    pub late: i64,
    /// Grams that all stores can hold whose capacity is known.
    pub capacity_g: i64,
    /// Grams that lie in those stores.
    pub stored_g: i64,
    /// By category, the largest first.
    pub rows: Vec<CategoryRow>,
    /// The fullest stores.
    pub fullest: Vec<StoreRow>,
    /// Address of the list.
    pub link: String,
}

/// A knot of the flow.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct FlowNode {
    /// Unique in the flow.
    pub id: String,
    /// 0 source, 1 category, 2 receiver, 3 outcome.
    pub column: i64,
    /// Town, trade, category or outcome; `other` for the smaller ones together.
    pub key: String,
    /// Its name, where data has one.
    pub label: Option<CityLabel>,
    /// How many it stands for.
    pub members: i64,
    /// Grams through it.
    pub mass_g: i64,
    /// Address of the list.
    pub link: String,
}

/// A band of the flow.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct FlowLink {
    /// Knot on the left.
    pub from: String,
    /// Knot on the right.
    pub to: String,
    /// Grams.
    pub mass_g: i64,
    /// Documents behind it: as many as the list shows.
    pub manifests: i64,
    /// Address of the list.
    pub link: String,
}

/// Where waste of the period went. At every knot as much goes out as comes in.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct CityFlow {
    /// Time of the data.
    pub at: String,
    /// `town` or `trade`.
    pub by: String,
    /// Grams.
    pub mass_g: i64,
    /// Documents.
    pub manifests: i64,
    /// Knots, by column, the largest first.
    pub nodes: Vec<FlowNode>,
    /// Bands.
    pub links: Vec<FlowLink>,
    /// Address of the list.
    pub link: String,
}

/// Open warnings of a severity.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SeverityFigure {
    /// `high`, `medium`, `low`, `notice`.
    pub severity: String,
    /// How many.
    pub count: i64,
    /// Address of the list.
    pub link: String,
}

/// Open warnings.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CityWarnings {
    /// Time of the data.
    pub at: String,
    /// How many are open.
    pub open: i64,
    /// By severity, the gravest first.
    pub by_severity: Vec<SeverityFigure>,
    /// The latest.
    pub latest: Vec<WarningSummary>,
    /// Address of the list.
    pub link: String,
}

/// The city on one screen.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CityScreen {
    /// When it was put together.
    pub at: String,
    /// The period.
    pub period: CityPeriod,
    /// The town, for a town's official.
    pub town: Option<CityLabel>,
    /// Counts.
    pub counts: Vec<CityFigure>,
    /// Stock.
    pub stock: CityStock,
    /// Material flow.
    pub flow: CityFlow,
    /// Warnings.
    pub warnings: CityWarnings,
}

/// A town's value.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TownFigure {
    /// Town code.
    pub code: String,
    /// Its name.
    pub label: CityLabel,
    /// Decimal; none where there is no figure.
    pub value: Option<String>,
    /// Why there is none.
    pub reason: Option<String>,
    /// Address of the list.
    pub link: String,
}

/// One figure for every town.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TownFigures {
    /// Time of the data.
    pub at: String,
    /// What is shown: `generated`, or the key of an indicator.
    pub indicator: String,
    /// Its name, where data has one.
    pub label: Option<CityLabel>,
    /// Unit, such as `t`.
    pub unit: String,
    /// The period.
    pub period: CityPeriod,
    /// Towns, in the order of their codes.
    pub towns: Vec<TownFigure>,
}
