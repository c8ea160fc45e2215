//! HTTP of the journal and its proofs.

use std::sync::Arc;

use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::model::{
    CheckpointView, ConsistencyQuery, ConsistencyView, EventFilter, EventView, InclusionQuery, InclusionView,
    KeyView,
};
use super::service;
use crate::kit::{Ctx, Json, Kit, Page, PageQuery, Path, Problem, Query, State};

/// Routes of the journal and its proofs.
pub fn router() -> OpenApiRouter<Arc<Kit>> {
    OpenApiRouter::default()
        .routes(routes!(get_key))
        .routes(routes!(get_checkpoint))
        .routes(routes!(get_checkpoints))
        .routes(routes!(get_inclusion))
        .routes(routes!(get_consistency))
        .routes(routes!(get_events))
        .routes(routes!(get_event))
}

/// The public key of checkpoints. For everybody: a key that only members could read would prove little.
#[utoipa::path(get, path = "/proof/key", tag = "proof", responses((status = 200, body = KeyView)), security(()))]
async fn get_key(axum::extract::State(kit): State) -> Json<KeyView> {
    Json(service::key(&kit))
}

/// The newest checkpoint. For everybody, so that anybody can keep one; `Accept: text/plain` answers the signed note.
#[utoipa::path(get, path = "/proof/checkpoint", tag = "proof", security(()), responses(
    (status = 200, content((CheckpointView = "application/json"), (String = "text/plain"))),
    (status = 404, description = "None was signed yet.", body = crate::kit::ProblemBody, content_type = "application/problem+json")
))]
async fn get_checkpoint(axum::extract::State(kit): State, headers: HeaderMap) -> Result<Response, Problem> {
    let newest = service::newest(&kit).await?;
    let wants_text = headers
        .get(header::ACCEPT)
        .and_then(|v| v.to_str().ok())
        .is_some_and(|v| v.starts_with("text/plain"));
    Ok(if wants_text {
        ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], newest.text).into_response()
    } else {
        Json(newest).into_response()
    })
}

/// Checkpoints, newest first.
#[utoipa::path(get, path = "/proof/checkpoints", tag = "proof", params(PageQuery), responses((status = 200, body = Page<CheckpointView>)))]
async fn get_checkpoints(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<CheckpointView>>, Problem> {
    ctx.require(domain::access::Permission::CatalogueRead)?;
    service::checkpoints(&kit, &page).await.map(Json)
}

/// Proof that an event is in the journal.
#[utoipa::path(get, path = "/proof/inclusion", tag = "proof", params(InclusionQuery), responses(
    (status = 200, body = InclusionView),
    (status = 404, description = "The journal has no such position.", body = crate::kit::ProblemBody, content_type = "application/problem+json")
))]
async fn get_inclusion(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
    Query(query): Query<InclusionQuery>,
) -> Result<Json<InclusionView>, Problem> {
    service::inclusion(&kit, &ctx, query).await.map(Json)
}

/// Proof that the journal only grew.
#[utoipa::path(get, path = "/proof/consistency", tag = "proof", params(ConsistencyQuery), responses((status = 200, body = ConsistencyView)))]
async fn get_consistency(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
    Query(query): Query<ConsistencyQuery>,
) -> Result<Json<ConsistencyView>, Problem> {
    service::consistency(&kit, &ctx, query).await.map(Json)
}

/// Events within the caller's reach.
#[utoipa::path(get, path = "/events", tag = "proof", params(PageQuery, EventFilter), responses((status = 200, body = Page<EventView>)))]
async fn get_events(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
    Query(page): Query<PageQuery>,
    Query(filter): Query<EventFilter>,
) -> Result<Json<Page<EventView>>, Problem> {
    service::events(&kit, &ctx, &page, &filter).await.map(Json)
}

/// One event with its canonical bytes.
#[utoipa::path(get, path = "/events/{position}", tag = "proof", params(("position" = i64, Path)), responses((status = 200, body = EventView)))]
async fn get_event(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
    Path(position): Path<i64>,
) -> Result<Json<EventView>, Problem> {
    service::event(&kit, &ctx, position).await.map(Json)
}
