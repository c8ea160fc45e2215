//! HTTP of warnings: thin handlers that call the services.

use std::sync::Arc;

use axum::response::Response;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::act::{self, Act, AppealBody, AssignBody, CloseBody, DecideBody, VerifyBody};
use super::list::{self, Assignee, WarningCounts, WarningQuery, WarningSummary};
use super::show::{self, RulePackView, WarningView};
use crate::kit::{
    Ctx, IfMatch, Json, Kit, OpContext, Page, Path, Problem, Query, State, download, with_etag,
};

/// Routes of warnings.
pub fn router() -> OpenApiRouter<Arc<Kit>> {
    OpenApiRouter::default()
        .routes(routes!(get_list))
        .routes(routes!(get_summary))
        .routes(routes!(get_export))
        .routes(routes!(get_assignees))
        .routes(routes!(get_rules))
        .routes(routes!(get_warning))
        .routes(routes!(post_assign))
        .routes(routes!(post_verify))
        .routes(routes!(post_close))
        .routes(routes!(post_appeal))
        .routes(routes!(post_decide))
}

/// A list of warnings.
#[utoipa::path(get, path = "/warnings", tag = "live", params(WarningQuery), responses((status = 200, body = Page<WarningSummary>)))]
async fn get_list(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
    Query(query): Query<WarningQuery>,
) -> Result<Json<Page<WarningSummary>>, Problem> {
    list::list(&kit, &ctx, query).await.map(Json)
}

/// Counts of the same filters.
#[utoipa::path(get, path = "/warnings/summary", tag = "live", params(WarningQuery), responses((status = 200, body = WarningCounts)))]
async fn get_summary(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
    Query(query): Query<WarningQuery>,
) -> Result<Json<WarningCounts>, Problem> {
    list::counts(&kit, &ctx, query).await.map(Json)
}

/// The list as a workbook.
#[utoipa::path(get, path = "/warnings/export", tag = "live", params(WarningQuery), responses((status = 200, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", body = Vec<u8>)))]
async fn get_export(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
    Query(query): Query<WarningQuery>,
) -> Result<Response, Problem> {
    let (bytes, name) = super::export::export(&kit, &ctx, query).await?;
    Ok(download(bytes, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", &name, false))
}

/// Who can take warnings.
#[utoipa::path(get, path = "/warnings/assignees", tag = "live", responses((status = 200, body = Vec<Assignee>)))]
async fn get_assignees(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
) -> Result<Json<Vec<Assignee>>, Problem> {
    list::assignees(&kit, &ctx).await.map(Json)
}

/// The rules of warnings in words, with their numbers and sources.
#[utoipa::path(get, path = "/warning-rules", tag = "live", responses((status = 200, body = RulePackView)))]
async fn get_rules(axum::extract::State(kit): State, Ctx(ctx): Ctx) -> Result<Json<RulePackView>, Problem> {
    show::rules(&kit, &ctx).map(Json)
}

/// A warning.
#[utoipa::path(get, path = "/warnings/{id}", tag = "live", params(("id" = String, Path)), responses((status = 200, body = WarningView)))]
async fn get_warning(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let view = show::get(&kit, &ctx, &id).await?;
    Ok(with_etag(view.summary.version, view))
}

async fn answer(
    kit: &Arc<Kit>,
    ctx: &Arc<OpContext>,
    id: &str,
    version: i64,
    what: Act,
) -> Result<Response, Problem> {
    // Whoever may act but not read would get no answer: such a caller is refused before anything happens.
    ctx.require(domain::access::Permission::WarningRead)?;
    let view = act::act(kit, ctx, id, version, what).await?;
    Ok(with_etag(view.summary.version, view))
}

/// Gives a warning to somebody.
#[utoipa::path(post, path = "/warnings/{id}/assign", tag = "live", params(("id" = String, Path), ("If-Match" = String, Header)), request_body = AssignBody, responses((status = 200, body = WarningView)))]
async fn post_assign(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
    Path(id): Path<String>,
    IfMatch(version): IfMatch,
    Json(body): Json<AssignBody>,
) -> Result<Response, Problem> {
    answer(&kit, &ctx, &id, version, Act::Assign(body)).await
}

/// Says what was found on the spot.
#[utoipa::path(post, path = "/warnings/{id}/verify", tag = "live", params(("id" = String, Path), ("If-Match" = String, Header)), request_body = VerifyBody, responses((status = 200, body = WarningView)))]
async fn post_verify(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
    Path(id): Path<String>,
    IfMatch(version): IfMatch,
    Json(body): Json<VerifyBody>,
) -> Result<Response, Problem> {
    answer(&kit, &ctx, &id, version, Act::Verify(body)).await
}

/// Ends a warning.
#[utoipa::path(post, path = "/warnings/{id}/close", tag = "live", params(("id" = String, Path), ("If-Match" = String, Header)), request_body = CloseBody, responses((status = 200, body = WarningView)))]
async fn post_close(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
    Path(id): Path<String>,
    IfMatch(version): IfMatch,
    Json(body): Json<CloseBody>,
) -> Result<Response, Problem> {
    answer(&kit, &ctx, &id, version, Act::Close(body)).await
}

/// Objects on behalf of a firm concerned.
#[utoipa::path(post, path = "/warnings/{id}/appeal", tag = "live", params(("id" = String, Path), ("If-Match" = String, Header)), request_body = AppealBody, responses((status = 200, body = WarningView)))]
async fn post_appeal(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
    Path(id): Path<String>,
    IfMatch(version): IfMatch,
    Json(body): Json<AppealBody>,
) -> Result<Response, Problem> {
    answer(&kit, &ctx, &id, version, Act::Appeal(body)).await
}

/// Decides an objection.
#[utoipa::path(post, path = "/warnings/{id}/decide", tag = "live", params(("id" = String, Path), ("If-Match" = String, Header)), request_body = DecideBody, responses((status = 200, body = WarningView)))]
async fn post_decide(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
    Path(id): Path<String>,
    IfMatch(version): IfMatch,
    Json(body): Json<DecideBody>,
) -> Result<Response, Problem> {
    answer(&kit, &ctx, &id, version, Act::Decide(body)).await
}
