//! HTTP of roadside checks and video: thin handlers that call the services.

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::checks::{self, CheckListQuery, RoadsideCheckBody, RoadsideCheckRow, RoadsideCheckView};
use super::video::{
    self, CompletenessQuery, SiteCompleteness, VideoDecisionBody, VideoEventBody, VideoEventView, VideoQuery,
};
use crate::kit::{Ctx, Json, Kit, Page, Path, Problem, Query, State, download};

/// Routes of roadside checks and video.
pub fn router() -> OpenApiRouter<Arc<Kit>> {
    OpenApiRouter::default()
        .routes(routes!(get_checks, post_check))
        .routes(routes!(get_check))
        .routes(routes!(get_check_paper))
        .routes(routes!(get_completeness))
        .routes(routes!(get_video_events, post_video_event))
        .routes(routes!(post_video_decision))
}

/// Looks a truck, a document or a container up at the roadside. The look-up and its purpose are recorded.
#[utoipa::path(post, path = "/checks", tag = "live", request_body = RoadsideCheckBody, responses((status = 200, body = RoadsideCheckView)))]
async fn post_check(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
    Json(body): Json<RoadsideCheckBody>,
) -> Result<Json<RoadsideCheckView>, Problem> {
    checks::make(&kit, &ctx, body).await.map(Json)
}

/// The caller's own checks.
#[utoipa::path(get, path = "/checks", tag = "live", params(CheckListQuery), responses((status = 200, body = Page<RoadsideCheckRow>)))]
async fn get_checks(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
    Query(query): Query<CheckListQuery>,
) -> Result<Json<Page<RoadsideCheckRow>>, Problem> {
    checks::list(&kit, &ctx, query).await.map(Json)
}

/// One of the caller's own checks.
#[utoipa::path(get, path = "/checks/{id}", tag = "live", params(("id" = String, Path)), responses((status = 200, body = RoadsideCheckView)))]
async fn get_check(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
    Path(id): Path<String>,
) -> Result<Json<RoadsideCheckView>, Problem> {
    checks::get(&kit, &ctx, &id).await.map(Json)
}

/// The result sheet of a check, also when nothing was found.
#[utoipa::path(get, path = "/checks/{id}/paper.pdf", tag = "live", params(("id" = String, Path)), responses((status = 200, content_type = "application/pdf", body = Vec<u8>)))]
async fn get_check_paper(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let paper = checks::paper(&kit, &ctx, &id).await?;
    Ok(download(paper.bytes, "application/pdf", &paper.file_name, true))
}

/// Which required points of a site have no camera.
#[utoipa::path(get, path = "/cameras/completeness", tag = "live", params(CompletenessQuery), responses((status = 200, body = Page<SiteCompleteness>)))]
async fn get_completeness(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
    Query(query): Query<CompletenessQuery>,
) -> Result<Json<Page<SiteCompleteness>>, Problem> {
    video::completeness(&kit, &ctx, query).await.map(Json)
}

/// What video systems saw, within reach.
#[utoipa::path(get, path = "/video-events", tag = "live", params(VideoQuery), responses((status = 200, body = Page<VideoEventView>)))]
async fn get_video_events(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
    Query(query): Query<VideoQuery>,
) -> Result<Json<Page<VideoEventView>>, Problem> {
    video::list(&kit, &ctx, query).await.map(Json)
}

/// Takes what a video system saw; the same camera and id again answers what is there.
#[utoipa::path(post, path = "/video-events", tag = "live", request_body = VideoEventBody, responses((status = 201, body = VideoEventView)))]
async fn post_video_event(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
    Json(body): Json<VideoEventBody>,
) -> Result<Response, Problem> {
    let view = video::report(&kit, &ctx, body).await?;
    Ok((StatusCode::CREATED, axum::Json(view)).into_response())
}

/// A person decides whether a video event is true, once. What is confirmed raises a warning.
#[utoipa::path(post, path = "/video-events/{id}/verify", tag = "live", params(("id" = String, Path)), request_body = VideoDecisionBody, responses((status = 200, body = VideoEventView)))]
async fn post_video_decision(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
    Path(id): Path<String>,
    Json(body): Json<VideoDecisionBody>,
) -> Result<Json<VideoEventView>, Problem> {
    video::decide(&kit, &ctx, &id, body).await.map(Json)
}
