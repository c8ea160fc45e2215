//! HTTP of the code tables: open to every signed-in person, from memory.

use std::sync::Arc;

use domain::access::Permission;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::catalogue::{CalendarYear, Choice, Edition, Exemption, Method, WasteEntry, catalogue};
use super::profile::Division;
use super::{rules, service};
use crate::kit::{Ctx, Json, Kit, Path, Problem, Query, State, texts};

/// Routes of the catalogue.
pub fn router() -> OpenApiRouter<Arc<Kit>> {
    OpenApiRouter::default()
        .routes(routes!(get_waste_codes))
        .routes(routes!(get_waste_code))
        .routes(routes!(get_editions))
        .routes(routes!(get_exemptions))
        .routes(routes!(get_methods))
        .routes(routes!(get_options))
        .routes(routes!(get_divisions))
        .routes(routes!(get_citations))
        .routes(routes!(get_calendar))
}

/// A list of the catalogue.
#[derive(Debug, Serialize, ToSchema)]
struct Items<T> {
    /// Rows.
    items: Vec<T>,
    /// All rows that match.
    total: i64,
}

/// Waste codes and the state of the edition that is in force.
#[derive(Debug, Serialize, ToSchema)]
struct WasteCodes {
    /// Codes.
    items: Vec<WasteEntry>,
    /// All that match.
    total: i64,
    /// Whether the edition in force on the day asked for is imported; if not, the codes are of an earlier one.
    in_force_imported: bool,
    /// Edition in force on the day asked for.
    edition_in_force: Option<String>,
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct WasteQuery {
    /// Words in code, category, industry or description.
    q: Option<String>,
    /// Category `HWnn`.
    category: Option<String>,
    /// Civil day; today when left out.
    on: Option<String>,
    /// Rows, 1 to 500; 50 when left out.
    limit: Option<i64>,
}

/// Waste codes.
#[utoipa::path(get, path = "/catalogue/waste-codes", tag = "catalogue", params(WasteQuery), responses((status = 200, body = WasteCodes)))]
async fn get_waste_codes(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
    Query(query): Query<WasteQuery>,
) -> Result<Json<WasteCodes>, Problem> {
    ctx.require(Permission::CatalogueRead)?;
    let limit = match query.limit {
        None => 50,
        Some(n) if (1..=500).contains(&n) => n,
        Some(n) => {
            let params = [("value", n.to_string()), ("max", "500".to_owned())];
            return Err(Problem::field("/limit", "REQ-LIMIT", params));
        }
    };
    let on = match query.on.as_deref() {
        Some(day) => domain::time::parse_date(day).map_err(|e| Problem::violations(vec![e.at("/on")]))?,
        None => today(&kit)?,
    }
    .to_string();
    let words = query.q.unwrap_or_default().trim().to_lowercase();
    // `900-041-49` is also found as `90004149`.
    let compact: String = words.chars().filter(char::is_ascii_digit).collect();
    let found: Vec<&WasteEntry> = catalogue()
        .wastes
        .iter()
        .filter(|w| query.category.as_deref().is_none_or(|c| c.eq_ignore_ascii_case(&w.category)))
        .filter(|w| {
            words.is_empty()
                || w.code.contains(&words)
                || (compact.len() >= 3
                    && compact.len() == words.len()
                    && w.code.replace('-', "").contains(&compact))
                || w.category.to_lowercase() == words
                || w.category_name.to_lowercase().contains(&words)
                || w.industry.to_lowercase().contains(&words)
                || w.description.to_lowercase().contains(&words)
        })
        .collect();
    let total = i64::try_from(found.len()).unwrap_or(i64::MAX);
    let items = found.into_iter().take(usize::try_from(limit).unwrap_or(50)).cloned().collect();
    Ok(Json(WasteCodes {
        items,
        total,
        in_force_imported: catalogue().in_force_is_imported(&on),
        edition_in_force: catalogue().edition_on(&on).map(|e| e.edition.clone()),
    }))
}

fn today(kit: &Kit) -> Result<jiff::civil::Date, Problem> {
    let zone = domain::time::Zone::named(&service::city(kit)?.zone).map_err(|error| {
        tracing::error!(%error, "the profile names an unknown zone");
        Problem::internal()
    })?;
    Ok(zone.date_of(kit.clock.now()))
}

/// One waste code.
#[utoipa::path(get, path = "/catalogue/waste-codes/{code}", tag = "catalogue", params(("code" = String, Path)), responses((status = 200, body = WasteEntry)))]
async fn get_waste_code(Ctx(ctx): Ctx, Path(code): Path<String>) -> Result<Json<WasteEntry>, Problem> {
    ctx.require(Permission::CatalogueRead)?;
    let code =
        code.parse::<domain::codes::WasteCode>().map_err(|e| Problem::violations(vec![e.at("/code")]))?;
    catalogue().waste(&code.to_string()).cloned().map(Json).ok_or_else(Problem::not_found)
}

/// Editions of the catalogue, and whether each is imported.
#[utoipa::path(get, path = "/catalogue/editions", tag = "catalogue", responses((status = 200, body = Vec<Edition>)))]
async fn get_editions(Ctx(ctx): Ctx) -> Result<Json<Vec<Edition>>, Problem> {
    ctx.require(Permission::CatalogueRead)?;
    Ok(Json(catalogue().editions.clone()))
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ExemptionQuery {
    /// Waste code.
    code: Option<String>,
    /// all, collect, transport, use, dispose.
    stage: Option<String>,
}

/// Exemption rules that may apply.
#[utoipa::path(get, path = "/catalogue/exemptions", tag = "catalogue", params(ExemptionQuery), responses((status = 200, body = Items<Exemption>)))]
async fn get_exemptions(
    Ctx(ctx): Ctx,
    Query(query): Query<ExemptionQuery>,
) -> Result<Json<Items<Exemption>>, Problem> {
    ctx.require(Permission::CatalogueRead)?;
    let stage = query.stage.as_deref();
    let items: Vec<Exemption> = match query.code.as_deref() {
        Some(code) => {
            let code = code
                .parse::<domain::codes::WasteCode>()
                .map_err(|e| Problem::violations(vec![e.at("/code")]))?;
            catalogue().exemptions_for(&code.to_string(), stage).cloned().collect()
        }
        None => catalogue()
            .exemptions
            .iter()
            .filter(|x| stage.is_none_or(|s| x.stage == s || x.stage == "all"))
            .cloned()
            .collect(),
    };
    let total = i64::try_from(items.len()).unwrap_or(i64::MAX);
    Ok(Json(Items { items, total }))
}

/// Codes of use and disposal.
#[utoipa::path(get, path = "/catalogue/methods", tag = "catalogue", responses((status = 200, body = Vec<Method>)))]
async fn get_methods(Ctx(ctx): Ctx) -> Result<Json<Vec<Method>>, Problem> {
    ctx.require(Permission::CatalogueRead)?;
    Ok(Json(catalogue().methods.clone()))
}

/// Small lists behind the forms, by name.
#[utoipa::path(get, path = "/catalogue/options", tag = "catalogue", responses((status = 200, body = BTreeMap<String, Vec<Choice>>)))]
async fn get_options(Ctx(ctx): Ctx) -> Result<Json<BTreeMap<String, Vec<Choice>>>, Problem> {
    ctx.require(Permission::CatalogueRead)?;
    Ok(Json(catalogue().options.clone()))
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct DivisionQuery {
    /// `town` (default) or `village`.
    level: Option<String>,
    /// Town code.
    town: Option<String>,
}

/// Divisions of the city.
#[utoipa::path(get, path = "/catalogue/divisions", tag = "catalogue", params(DivisionQuery), responses((status = 200, body = Items<Division>)))]
async fn get_divisions(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
    Query(query): Query<DivisionQuery>,
) -> Result<Json<Items<Division>>, Problem> {
    ctx.require(Permission::CatalogueRead)?;
    let level = query.level.as_deref().unwrap_or("town");
    if !matches!(level, "town" | "village") {
        let params = [("value", level.chars().take(20).collect()), ("allowed", "town, village".to_owned())];
        return Err(Problem::field("/level", rules::CHOICE, params));
    }
    let items = service::city(&kit)?.divisions(level, query.town.as_deref());
    let total = i64::try_from(items.len()).unwrap_or(i64::MAX);
    Ok(Json(Items { items, total }))
}

/// A provision.
#[derive(Debug, Serialize, ToSchema)]
struct CitationView {
    /// Id.
    id: String,
    /// Chinese reference.
    zh: String,
    /// English reference.
    en: String,
    /// Edition.
    edition: Option<String>,
    /// First day in force, where confirmed.
    valid_from: Option<String>,
    /// Last day in force.
    valid_to: Option<String>,
}

/// Provisions that rules cite.
#[utoipa::path(get, path = "/catalogue/citations", tag = "catalogue", responses((status = 200, body = Items<CitationView>)))]
async fn get_citations(Ctx(ctx): Ctx) -> Result<Json<Items<CitationView>>, Problem> {
    ctx.require(Permission::CatalogueRead)?;
    let items: Vec<CitationView> = texts()
        .citations
        .iter()
        .map(|(id, c)| CitationView {
            id: id.clone(),
            zh: c.zh.clone(),
            en: c.en.clone(),
            edition: c.edition.clone(),
            valid_from: c.valid_from.clone(),
            valid_to: c.valid_to.clone(),
        })
        .collect();
    let total = i64::try_from(items.len()).unwrap_or(i64::MAX);
    Ok(Json(Items { items, total }))
}

/// Working days of a year; says so when the year is not covered.
#[utoipa::path(get, path = "/calendar/{year}", tag = "catalogue", params(("year" = i64, Path)), responses((status = 200, body = CalendarYear)))]
async fn get_calendar(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
    Path(year): Path<i64>,
) -> Result<Json<CalendarYear>, Problem> {
    ctx.require(Permission::CatalogueRead)?;
    let country = service::city(&kit)?.calendar.clone();
    let found = catalogue().calendars.get(&(country.clone(), year)).cloned();
    found.map(Json).ok_or_else(|| {
        let covered = catalogue().calendars.keys().filter(|(c, _)| *c == country).map(|(_, y)| y.to_string());
        let params = [("year", year.to_string()), ("covered", covered.collect::<Vec<_>>().join(", "))];
        Problem { code: crate::kit::Code::NotFound, ..Problem::field("/year", rules::CALENDAR, params) }
    })
}
