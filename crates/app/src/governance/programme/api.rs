//! HTTP of the four lists: thin handlers that call the services.

use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, Multipart};
use axum::response::Response;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::clauses::{self, ClauseRow};
use super::edit::{self, ItemBody};
use super::list::{self, ItemQuery};
use super::model::{ItemSummary, ProgrammeSummary};
use super::options::{self, ProgrammeOptions};
use super::report::{self, ProgressBody};
use super::show::{self, ItemView};
use super::{export, import};
use crate::kit::{Ctx, IfMatch, Json, Kit, Page, Path, Problem, Query, State, created, download, with_etag};
use crate::registry::table::import::ImportAnswer;

/// Largest file of an import in bytes.
const MAX_UPLOAD: usize = 16 * 1024 * 1024;

/// Routes of the four lists.
pub fn router() -> OpenApiRouter<Arc<Kit>> {
    let import =
        OpenApiRouter::default().routes(routes!(post_import)).layer(DefaultBodyLimit::max(MAX_UPLOAD));
    OpenApiRouter::default()
        .routes(routes!(get_items, post_item))
        .routes(routes!(get_item, put_item))
        .routes(routes!(post_progress))
        .routes(routes!(get_clauses))
        .routes(routes!(get_summary))
        .routes(routes!(get_options))
        .routes(routes!(get_export))
        .merge(import)
}

/// The four lists of the city's programme.
#[utoipa::path(get, path = "/programme/items", tag = "governance", params(ItemQuery), responses((status = 200, body = Page<ItemSummary>)))]
async fn get_items(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
    Query(query): Query<ItemQuery>,
) -> Result<Json<Page<ItemSummary>>, Problem> {
    list::list(&kit, &ctx, query).await.map(Json)
}

/// Counts by list and light, of the same filters.
#[utoipa::path(get, path = "/programme/summary", tag = "governance", params(ItemQuery), responses((status = 200, body = ProgrammeSummary)))]
async fn get_summary(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
    Query(query): Query<ItemQuery>,
) -> Result<Json<ProgrammeSummary>, Problem> {
    list::summary(&kit, &ctx, query).await.map(Json)
}

/// Every clause of the plan with what stands for it.
#[utoipa::path(get, path = "/programme/clauses", tag = "governance", responses((status = 200, body = Vec<ClauseRow>)))]
async fn get_clauses(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
) -> Result<Json<Vec<ClauseRow>>, Problem> {
    clauses::clauses(&kit, &ctx).await.map(Json)
}

/// What filters and forms choose from.
#[utoipa::path(get, path = "/programme/options", tag = "governance", responses((status = 200, body = ProgrammeOptions)))]
async fn get_options(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
) -> Result<Json<ProgrammeOptions>, Problem> {
    options::options(&kit, &ctx).await.map(Json)
}

/// The lists as a workbook.
#[utoipa::path(get, path = "/programme/export", tag = "governance", params(ItemQuery), responses((status = 200, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", body = Vec<u8>)))]
async fn get_export(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
    Query(query): Query<ItemQuery>,
) -> Result<Response, Problem> {
    let (bytes, name) = export::export(&kit, &ctx, query).await?;
    Ok(download(bytes, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", &name, false))
}

/// Year of a single item's figures.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct YearQuery {
    /// Year that target and light speak of.
    year: Option<i16>,
}

/// An item with its reports.
#[utoipa::path(get, path = "/programme/items/{id}", tag = "governance", params(("id" = String, Path), YearQuery), responses((status = 200, body = ItemView)))]
async fn get_item(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
    Path(id): Path<String>,
    Query(query): Query<YearQuery>,
) -> Result<Response, Problem> {
    let view = show::get(&kit, &ctx, &id, query.year).await?;
    Ok(with_etag(view.summary.version, view))
}

/// Adds an item.
#[utoipa::path(post, path = "/programme/items", tag = "governance", request_body = ItemBody, responses((status = 201, body = ItemView)))]
async fn post_item(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
    Json(body): Json<ItemBody>,
) -> Result<Response, Problem> {
    let view = edit::save(&kit, &ctx, None, body).await?;
    Ok(created(view.summary.version, view))
}

/// Changes or withdraws an item; all fields are given.
#[utoipa::path(put, path = "/programme/items/{id}", tag = "governance", params(("id" = String, Path), ("If-Match" = String, Header)), request_body = ItemBody, responses((status = 200, body = ItemView)))]
async fn put_item(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
    Path(id): Path<String>,
    IfMatch(version): IfMatch,
    Json(body): Json<ItemBody>,
) -> Result<Response, Problem> {
    let view = edit::save(&kit, &ctx, Some((id, version)), body).await?;
    Ok(with_etag(view.summary.version, view))
}

/// Reports progress of an item.
#[utoipa::path(post, path = "/programme/items/{id}/progress", tag = "governance", params(("id" = String, Path)), request_body = ProgressBody, responses((status = 201, body = ItemView)))]
async fn post_progress(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
    Path(id): Path<String>,
    Json(body): Json<ProgressBody>,
) -> Result<Response, Problem> {
    let view = report::report(&kit, &ctx, &id, body).await?;
    Ok(created(view.summary.version, view))
}

/// A file.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes the multipart form in the OpenAPI document")]
struct ProgrammeUpload {
    /// XLSX or CSV.
    #[schema(content_media_type = "application/octet-stream", value_type = String, format = Binary)]
    file: Vec<u8>,
}

/// Whether to write.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct DryRunQuery {
    /// Check only.
    #[serde(default)]
    dry_run: bool,
}

/// Imports items from a workbook or CSV: all rows or none.
#[utoipa::path(post, path = "/programme/import", tag = "governance", params(DryRunQuery), request_body(content = inline(ProgrammeUpload), content_type = "multipart/form-data"), responses((status = 200, body = ImportAnswer)))]
async fn post_import(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
    Query(query): Query<DryRunQuery>,
    multipart: Result<Multipart, axum::extract::multipart::MultipartRejection>,
) -> Result<Json<ImportAnswer>, Problem> {
    ctx.require(domain::access::Permission::ProgrammeWrite)?;
    let bytes = crate::registry::api::uploaded(multipart).await?;
    let report = import::import(&kit, &ctx, bytes, query.dry_run).await?;
    Ok(Json(ImportAnswer { report, errors: Vec::new() }))
}
