//! HTTP of reports: thin handlers that call the services.

use std::sync::Arc;

use axum::response::Response;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::model::{
    FileQuery, PreviewQuery, ReportBody, ReportContent, ReportOptions, ReportQuery, ReportSummary, ReportView,
};
use super::{service, store};
use crate::kit::{Ctx, Json, Kit, Page, Path, Problem, Query, State, created, download};

/// Routes of reports.
pub fn router() -> OpenApiRouter<Arc<Kit>> {
    OpenApiRouter::default()
        .routes(routes!(get_list, post_report))
        .routes(routes!(get_options))
        .routes(routes!(get_preview))
        .routes(routes!(get_report))
        .routes(routes!(get_file))
}

/// Reports that were made.
#[utoipa::path(get, path = "/reports", tag = "governance", params(ReportQuery), responses((status = 200, body = Page<ReportSummary>)))]
async fn get_list(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
    Query(query): Query<ReportQuery>,
) -> Result<Json<Page<ReportSummary>>, Problem> {
    store::list(&kit, &ctx, query).await.map(Json)
}

/// Makes a report.
#[utoipa::path(post, path = "/reports", tag = "governance", request_body = ReportBody, responses((status = 201, body = ReportView)))]
async fn post_report(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
    Json(body): Json<ReportBody>,
) -> Result<Response, Problem> {
    Ok(created(1, service::make(&kit, &ctx, body).await?))
}

/// What reports the caller can make.
#[utoipa::path(get, path = "/reports/options", tag = "governance", responses((status = 200, body = ReportOptions)))]
async fn get_options(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
) -> Result<Json<ReportOptions>, Problem> {
    service::options(&kit, &ctx).await.map(Json)
}

/// What a report would say now.
#[utoipa::path(get, path = "/reports/preview", tag = "governance", params(PreviewQuery), responses((status = 200, body = ReportContent)))]
async fn get_preview(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
    Query(query): Query<PreviewQuery>,
) -> Result<Json<ReportContent>, Problem> {
    service::preview(&kit, &ctx, query).await.map(Json)
}

/// A report.
#[utoipa::path(get, path = "/reports/{id}", tag = "governance", params(("id" = String, Path)), responses((status = 200, body = ReportView)))]
async fn get_report(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
    Path(id): Path<String>,
) -> Result<Json<ReportView>, Problem> {
    store::get(&kit, &ctx, &id).await.map(|made| Json(made.view))
}

/// A report as DOCX or PDF.
#[utoipa::path(get, path = "/reports/{id}/file", tag = "governance", params(("id" = String, Path), FileQuery), responses((status = 200, content_type = "application/octet-stream", body = Vec<u8>)))]
async fn get_file(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
    Path(id): Path<String>,
    Query(query): Query<FileQuery>,
) -> Result<Response, Problem> {
    let file = service::file(&kit, &ctx, &id, &query.format).await?;
    Ok(download(file.bytes, file.media_type, &file.name, false))
}
