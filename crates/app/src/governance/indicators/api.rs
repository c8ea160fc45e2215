//! HTTP of indicators: thin handlers that call the services.

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use domain::access::Permission;
use domain::indicator::value::Action;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::act::{self, ActBody, FillBody};
use super::define::{self, DefinitionBody, FormulaBody, FormulaCheck, FormulaName, TargetBody, TargetView};
use super::model::{IndicatorFigure, IndicatorList, IndicatorSeries, IndicatorTowns, MeasureRow};
use super::rows::{self, RowsQuery};
use super::series::{self, SeriesQuery};
use super::show::{self, FigureQuery, IndicatorQuery};
use super::values::{self, IndicatorValue, ValueQuery};
use crate::kit::{Ctx, IfMatch, Json, Kit, OpContext, Page, Path, Problem, Query, State, with_etag};

/// Routes of indicators.
pub fn router() -> OpenApiRouter<Arc<Kit>> {
    OpenApiRouter::default()
        .routes(routes!(get_list))
        .routes(routes!(get_figure))
        .routes(routes!(get_towns))
        .routes(routes!(get_series))
        .routes(routes!(get_rows))
        .routes(routes!(get_names))
        .routes(routes!(get_values))
        .routes(routes!(get_value))
        .routes(routes!(post_value))
        .routes(routes!(post_review))
        .routes(routes!(post_approve))
        .routes(routes!(post_return))
        .routes(routes!(post_formula_check))
        .routes(routes!(post_definition))
        .routes(routes!(put_target))
}

/// The indicators of a year with their figures.
#[utoipa::path(get, path = "/indicators", tag = "indicators", params(IndicatorQuery), responses((status = 200, body = IndicatorList)))]
async fn get_list(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
    Query(query): Query<IndicatorQuery>,
) -> Result<Json<IndicatorList>, Problem> {
    show::list(&kit, &ctx, &query).await.map(Json)
}

/// One figure with what it is made of.
#[utoipa::path(get, path = "/indicators/{key}", tag = "indicators", params(("key" = String, Path), FigureQuery), responses((status = 200, body = IndicatorFigure)))]
async fn get_figure(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
    Path(key): Path<String>,
    Query(query): Query<FigureQuery>,
) -> Result<Json<IndicatorFigure>, Problem> {
    show::figure(&kit, &ctx, &key, &query).await.map(Json)
}

/// The figures of all towns.
#[utoipa::path(get, path = "/indicators/{key}/towns", tag = "indicators", params(("key" = String, Path), FigureQuery), responses((status = 200, body = IndicatorTowns)))]
async fn get_towns(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
    Path(key): Path<String>,
    Query(query): Query<FigureQuery>,
) -> Result<Json<IndicatorTowns>, Problem> {
    series::towns(&kit, &ctx, &key, &query).await.map(Json)
}

/// Figures of months or years.
#[utoipa::path(get, path = "/indicators/{key}/series", tag = "indicators", params(("key" = String, Path), SeriesQuery), responses((status = 200, body = IndicatorSeries)))]
async fn get_series(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
    Path(key): Path<String>,
    Query(query): Query<SeriesQuery>,
) -> Result<Json<IndicatorSeries>, Problem> {
    series::series(&kit, &ctx, &key, &query).await.map(Json)
}

/// The rows behind a measure.
#[utoipa::path(get, path = "/indicators/{key}/rows", tag = "indicators", params(("key" = String, Path), RowsQuery), responses((status = 200, body = Page<MeasureRow>)))]
async fn get_rows(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
    Path(key): Path<String>,
    Query(query): Query<RowsQuery>,
) -> Result<Json<Page<MeasureRow>>, Problem> {
    rows::rows(&kit, &ctx, &key, &query).await.map(Json)
}

/// Names that formulas may use.
#[utoipa::path(get, path = "/indicators/names", tag = "indicators", responses((status = 200, body = Vec<FormulaName>)))]
async fn get_names(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
) -> Result<Json<Vec<FormulaName>>, Problem> {
    define::names(&kit, &ctx).map(Json)
}

/// Values that were filled in, latest change first.
#[utoipa::path(get, path = "/indicators/values", tag = "indicators", params(ValueQuery), responses((status = 200, body = Page<IndicatorValue>)))]
async fn get_values(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
    Query(query): Query<ValueQuery>,
) -> Result<Json<Page<IndicatorValue>>, Problem> {
    values::list(&kit, &ctx, &query).await.map(Json)
}

/// Checks a formula while it is written, and tries it.
#[utoipa::path(post, path = "/indicators/formula-check", tag = "indicators", request_body = FormulaBody, responses((status = 200, body = FormulaCheck)))]
async fn post_formula_check(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
    Json(body): Json<FormulaBody>,
) -> Result<Json<FormulaCheck>, Problem> {
    define::check(&kit, &ctx, &body).await.map(Json)
}

/// Gives a definition a new version.
#[utoipa::path(post, path = "/indicators/{key}/definitions", tag = "indicators", params(("key" = String, Path)), request_body = DefinitionBody, responses((status = 201, body = IndicatorFigure)))]
async fn post_definition(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
    Path(key): Path<String>,
    Json(body): Json<DefinitionBody>,
) -> Result<Response, Problem> {
    ctx.require(Permission::IndicatorRead)?;
    define::define(&kit, &ctx, &key, body).await?;
    let view = show::figure(&kit, &ctx, &key, &FigureQuery::default()).await?;
    Ok((StatusCode::CREATED, axum::Json(view)).into_response())
}

/// Sets the target of a year, or takes it away.
#[utoipa::path(put, path = "/indicators/{key}/targets/{year}", tag = "indicators", params(("key" = String, Path), ("year" = String, Path)), request_body = TargetBody, responses((status = 200, body = TargetView)))]
async fn put_target(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
    Path((key, year)): Path<(String, String)>,
    Json(body): Json<TargetBody>,
) -> Result<Json<TargetView>, Problem> {
    define::target(&kit, &ctx, &key, &year, body).await.map(Json)
}

/// A value that was filled in.
#[utoipa::path(get, path = "/indicators/values/{id}", tag = "indicators", params(("id" = String, Path)), responses((status = 200, body = IndicatorValue)))]
async fn get_value(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let view = act::get(&kit, &ctx, &id).await?;
    Ok(with_etag(view.version, view))
}

/// Fills in a value for a year or month.
#[utoipa::path(post, path = "/indicators/{key}/values", tag = "indicators", params(("key" = String, Path)), request_body = FillBody, responses((status = 201, body = IndicatorValue)))]
async fn post_value(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
    Path(key): Path<String>,
    Json(body): Json<FillBody>,
) -> Result<Response, Problem> {
    ctx.require(Permission::IndicatorRead)?;
    let view = act::fill(&kit, &ctx, &key, body).await?;
    Ok((StatusCode::CREATED, axum::Json(view)).into_response())
}

async fn step(
    kit: &Arc<Kit>,
    ctx: &Arc<OpContext>,
    id: &str,
    version: i64,
    action: Action,
    body: ActBody,
) -> Result<Response, Problem> {
    let view = act::act(kit, ctx, id, version, action, body).await?;
    Ok(with_etag(view.version, view))
}

/// Checks a value that somebody else filled in.
#[utoipa::path(post, path = "/indicators/values/{id}/review", tag = "indicators", params(("id" = String, Path), ("If-Match" = String, Header)), request_body = ActBody, responses((status = 200, body = IndicatorValue)))]
async fn post_review(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
    Path(id): Path<String>,
    IfMatch(version): IfMatch,
    Json(body): Json<ActBody>,
) -> Result<Response, Problem> {
    step(&kit, &ctx, &id, version, Action::Review, body).await
}

/// Lets a checked value count.
#[utoipa::path(post, path = "/indicators/values/{id}/approve", tag = "indicators", params(("id" = String, Path), ("If-Match" = String, Header)), request_body = ActBody, responses((status = 200, body = IndicatorValue)))]
async fn post_approve(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
    Path(id): Path<String>,
    IfMatch(version): IfMatch,
    Json(body): Json<ActBody>,
) -> Result<Response, Problem> {
    step(&kit, &ctx, &id, version, Action::Approve, body).await
}

/// Sends a value back with a reason, or takes it back.
#[utoipa::path(post, path = "/indicators/values/{id}/return", tag = "indicators", params(("id" = String, Path), ("If-Match" = String, Header)), request_body = ActBody, responses((status = 200, body = IndicatorValue)))]
async fn post_return(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
    Path(id): Path<String>,
    IfMatch(version): IfMatch,
    Json(body): Json<ActBody>,
) -> Result<Response, Problem> {
    step(&kit, &ctx, &id, version, Action::Return, body).await
}
