//! HTTP of evidence.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::DefaultBodyLimit;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{EvidenceView, LIMIT};
use crate::kit::{Code, Ctx, Kit, Path, Problem, Query, State, download};

/// Routes of evidence.
pub fn router() -> OpenApiRouter<Arc<Kit>> {
    let upload =
        OpenApiRouter::default().routes(routes!(post_evidence)).layer(DefaultBodyLimit::max(LIMIT + 1));
    OpenApiRouter::default().merge(upload).routes(routes!(get_evidence))
}

/// What the file is called.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct NameQuery {
    /// Name for people.
    name: String,
}

/// Uploads a file as evidence: PDF, picture, XLSX or DOCX, by content.
#[utoipa::path(post, path = "/evidence", tag = "governance", params(NameQuery), request_body(content = Vec<u8>, content_type = "application/octet-stream"), responses((status = 201, body = EvidenceView)))]
async fn post_evidence(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
    Query(query): Query<NameQuery>,
    body: Result<Bytes, axum::extract::rejection::BytesRejection>,
) -> Result<Response, Problem> {
    let body = body.map_err(|_| Problem::new(Code::PayloadTooLarge))?;
    let view = super::put(&kit, &ctx, &query.name, body.to_vec()).await?;
    Ok((StatusCode::CREATED, axum::Json(view)).into_response())
}

/// A file of evidence, for its uploader and whoever may read a record that names it.
#[utoipa::path(get, path = "/evidence/{sha256}", tag = "governance", params(("sha256" = String, Path)), responses((status = 200, content_type = "application/octet-stream", body = Vec<u8>)))]
async fn get_evidence(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
    Path(sha256): Path<String>,
) -> Result<Response, Problem> {
    let (bytes, kind, name) = super::get(&kit, &ctx, &sha256).await?;
    // A picture may be shown in the page; anything else is handed out as a file and never run from this origin.
    let mut response = download(bytes, kind.media_type(), &name, kind.word() == "image");
    response
        .headers_mut()
        .insert(header::X_CONTENT_TYPE_OPTIONS, axum::http::HeaderValue::from_static("nosniff"));
    Ok(response)
}
