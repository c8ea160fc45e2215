//! HTTP of the registers: thin handlers that call the services.

use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, Multipart};
use axum::response::Response;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::check::RowMap;
use super::describe::{self, EntityDescription};
use super::entity::Entity;
use super::list::{self, ListQuery};
use super::model::Record;
use super::service::{self, Save};
use super::table::export::{self, Format, TableFile};
use super::table::import::{self, ImportAnswer};
use super::{catalogue_api, lifecycle, rules};
use crate::kit::{
    Code, Ctx, IfMatch, Json, Kit, Page, Path, Problem, Query, State, created, download, with_etag,
};

/// Largest upload: the table reader's own limit and the multipart frame.
const MAX_UPLOAD: usize = (10 << 20) + 65_536;

/// Routes of the registers and the catalogue.
pub fn router() -> OpenApiRouter<Arc<Kit>> {
    let import =
        OpenApiRouter::default().routes(routes!(post_import)).layer(DefaultBodyLimit::max(MAX_UPLOAD));
    OpenApiRouter::default()
        .routes(routes!(get_entities))
        .routes(routes!(get_template))
        .routes(routes!(get_export))
        .routes(routes!(get_list, post_record))
        .routes(routes!(get_record, put_record))
        .routes(routes!(post_deactivate))
        .routes(routes!(post_activate))
        .routes(routes!(post_erase))
        .merge(import)
        .merge(catalogue_api::router())
}

fn entity_of(key: &str) -> Result<&'static Entity, Problem> {
    Entity::of(key).ok_or_else(Problem::not_found)
}

/// Why a row is set inactive, active, or loses its personal data.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Reason {
    /// Reason, 1 to 500 characters.
    reason: String,
}

/// Format of a file.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct FormatQuery {
    /// `xlsx` (default) or `csv`.
    format: Option<String>,
}

/// Whether to write.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ImportQuery {
    /// Check only.
    #[serde(default)]
    dry_run: bool,
}

/// A file.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes the multipart form in the OpenAPI document")]
struct Upload {
    /// XLSX or CSV.
    #[schema(content_media_type = "application/octet-stream", value_type = String, format = Binary)]
    file: Vec<u8>,
}

/// The registers, their fields, and what the caller may do with each.
#[utoipa::path(get, path = "/registry", tag = "registry", responses((status = 200, body = Vec<EntityDescription>)))]
async fn get_entities(Ctx(ctx): Ctx) -> Result<Json<Vec<EntityDescription>>, Problem> {
    Ok(Json(describe::entities(&ctx)))
}

/// A list of a register.
#[utoipa::path(get, path = "/registry/{entity}", tag = "registry", params(("entity" = String, Path), ListQuery), responses((status = 200, body = Page<Record>)))]
async fn get_list(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
    Path(entity): Path<String>,
    Query(query): Query<ListQuery>,
) -> Result<Json<Page<Record>>, Problem> {
    list::list(&kit, &ctx, entity_of(&entity)?, &query).await.map(Json)
}

/// Creates a row.
#[utoipa::path(post, path = "/registry/{entity}", tag = "registry", params(("entity" = String, Path)), request_body = serde_json::Value, responses((status = 201, body = Record)))]
async fn post_record(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
    Path(entity): Path<String>,
    Json(input): Json<RowMap>,
) -> Result<Response, Problem> {
    let entity = entity_of(&entity)?;
    let written = service::save(&kit, &ctx, entity, Save { id: None, version: None, input }).await?;
    let record = service::after_write(&kit, &ctx, entity, &written.id).await?;
    Ok(created(record.version, record))
}

/// Reads a row; personal data whole for the own organisation, or with the right to it and a purpose.
#[utoipa::path(get, path = "/registry/{entity}/{id}", tag = "registry", params(("entity" = String, Path), ("id" = String, Path)), responses((status = 200, body = Record)))]
async fn get_record(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
    Path((entity, id)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let record = service::get(&kit, &ctx, entity_of(&entity)?, &id).await?;
    Ok(with_etag(record.version, record))
}

/// Changes a row. All fields are given; personal fields that come back masked or are left out stay as they were.
#[utoipa::path(put, path = "/registry/{entity}/{id}", tag = "registry", params(("entity" = String, Path), ("id" = String, Path), ("If-Match" = String, Header)), request_body = serde_json::Value, responses((status = 200, body = Record)))]
async fn put_record(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
    Path((entity, id)): Path<(String, String)>,
    IfMatch(version): IfMatch,
    Json(input): Json<RowMap>,
) -> Result<Response, Problem> {
    let entity = entity_of(&entity)?;
    let save = Save { id: Some(id), version: Some(version), input };
    let written = service::save(&kit, &ctx, entity, save).await?;
    let record = service::after_write(&kit, &ctx, entity, &written.id).await?;
    Ok(with_etag(record.version, record))
}

/// Sets a row inactive.
#[utoipa::path(post, path = "/registry/{entity}/{id}/deactivate", tag = "registry", params(("entity" = String, Path), ("id" = String, Path), ("If-Match" = String, Header)), request_body = Reason, responses((status = 200, body = Record)))]
async fn post_deactivate(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
    Path((entity, id)): Path<(String, String)>,
    IfMatch(version): IfMatch,
    Json(body): Json<Reason>,
) -> Result<Response, Problem> {
    let entity = entity_of(&entity)?;
    let written = lifecycle::set_status(&kit, &ctx, entity, id, version, body.reason, false).await?;
    let record = service::after_write(&kit, &ctx, entity, &written.id).await?;
    Ok(with_etag(record.version, record))
}

/// Sets a row active again.
#[utoipa::path(post, path = "/registry/{entity}/{id}/activate", tag = "registry", params(("entity" = String, Path), ("id" = String, Path), ("If-Match" = String, Header)), request_body = Reason, responses((status = 200, body = Record)))]
async fn post_activate(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
    Path((entity, id)): Path<(String, String)>,
    IfMatch(version): IfMatch,
    Json(body): Json<Reason>,
) -> Result<Response, Problem> {
    let entity = entity_of(&entity)?;
    let written = lifecycle::set_status(&kit, &ctx, entity, id, version, body.reason, true).await?;
    let record = service::after_write(&kit, &ctx, entity, &written.id).await?;
    Ok(with_etag(record.version, record))
}

/// Erases the personal data of a row, for good.
#[utoipa::path(post, path = "/registry/{entity}/{id}/erase-personal", tag = "registry", params(("entity" = String, Path), ("id" = String, Path), ("If-Match" = String, Header)), request_body = Reason, responses((status = 200, body = Record)))]
async fn post_erase(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
    Path((entity, id)): Path<(String, String)>,
    IfMatch(version): IfMatch,
    Json(body): Json<Reason>,
) -> Result<Response, Problem> {
    let entity = entity_of(&entity)?;
    let written = lifecycle::erase_personal(&kit, &ctx, entity, id, version, body.reason).await?;
    let record = service::after_write(&kit, &ctx, entity, &written.id).await?;
    Ok(with_etag(record.version, record))
}

fn file(file: TableFile) -> Response {
    download(file.bytes, file.content_type, &file.name, false)
}

/// The empty table for an import.
#[utoipa::path(get, path = "/registry/{entity}/template", tag = "registry", params(("entity" = String, Path), FormatQuery), responses((status = 200, content_type = "application/octet-stream")))]
async fn get_template(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
    Path(entity): Path<String>,
    Query(query): Query<FormatQuery>,
) -> Result<Response, Problem> {
    let format = Format::of(query.format.as_deref())?;
    export::template(&kit, &ctx, entity_of(&entity)?, format).map(file)
}

/// The rows of a list as a table.
#[utoipa::path(get, path = "/registry/{entity}/export", tag = "registry", params(("entity" = String, Path), ListQuery), responses((status = 200, content_type = "application/octet-stream")))]
async fn get_export(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
    Path(entity): Path<String>,
    Query(query): Query<ListQuery>,
) -> Result<Response, Problem> {
    export::export(&kit, &ctx, entity_of(&entity)?, &query).await.map(file)
}

/// The file of a multipart form.
///
/// # Errors
/// 400 and 413 for a form that cannot be read, 415 for something else, 422 when it has no file.
pub async fn uploaded(
    upload: Result<Multipart, axum::extract::multipart::MultipartRejection>,
) -> Result<Vec<u8>, Problem> {
    let mut form = upload.map_err(|_| Problem::new(Code::UnsupportedMediaType))?;
    let broken = |error: axum::extract::multipart::MultipartError| {
        let too_large = error.status().as_u16() == 413;
        Problem::new(if too_large { Code::PayloadTooLarge } else { Code::Malformed })
    };
    let mut bytes = None;
    while let Some(field) = form.next_field().await.map_err(broken)? {
        if field.name() == Some("file") {
            bytes = Some(field.bytes().await.map_err(broken)?.to_vec());
        }
    }
    bytes.ok_or_else(|| Problem::field("/file", rules::NO_FILE, []))
}

/// Imports a table: all rows or none.
#[utoipa::path(post, path = "/registry/{entity}/import", tag = "registry", params(("entity" = String, Path), ImportQuery), request_body(content = inline(Upload), content_type = "multipart/form-data"), responses((status = 200, body = ImportAnswer)))]
async fn post_import(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
    Path(entity): Path<String>,
    Query(query): Query<ImportQuery>,
    upload: Result<Multipart, axum::extract::multipart::MultipartRejection>,
) -> Result<Json<ImportAnswer>, Problem> {
    let entity = entity_of(&entity)?;
    let bytes = uploaded(upload).await?;
    let report = import::import(&kit, &ctx, entity, bytes, query.dry_run).await?;
    Ok(Json(ImportAnswer { report, errors: Vec::new() }))
}
