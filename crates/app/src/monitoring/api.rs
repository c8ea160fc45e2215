//! HTTP of the live part: thin handlers that call the services.

use std::sync::Arc;

use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::access::Permission;
use domain::time::format_instant;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::base::{self, MapBase, Places};
use super::events;
use super::gate::QuarantineView;
use super::health::{self, DeviceHealthList, HealthQuery};
use super::live::{Live, LiveVehicle};
use super::photos::{self, PhotoView};
use super::reports::{self, TripReport, TripReportBody};
use super::today::{self, TripToday};
use super::tracks::{self, TrackQuery, TrackView};
use crate::kit::{Ctx, Json, Kit, Path, Problem, Query, State};

/// Routes of the live part.
pub fn router() -> OpenApiRouter<Arc<Kit>> {
    OpenApiRouter::default()
        .routes(routes!(get_base))
        .routes(routes!(get_places))
        .routes(routes!(get_vehicles))
        .routes(routes!(get_events))
        .routes(routes!(get_vehicle_track))
        .routes(routes!(get_manifest_track))
        .routes(routes!(get_today))
        .merge(super::warnings::api::router())
        .merge(super::api_checks::router())
        .routes(routes!(get_devices))
        .routes(routes!(get_quarantine))
        .routes(routes!(post_photo))
        .routes(routes!(get_photo))
        .routes(routes!(get_reports, post_report))
}

/// The base of the map: outline, schematic town cells and roads.
#[utoipa::path(get, path = "/live/base", tag = "live", responses((status = 200, body = MapBase), (status = 304)))]
async fn get_base(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    // Whoever draws zones needs the map under them, too.
    if !ctx.may(Permission::RegistryWriteCity) {
        ctx.require(Permission::LiveRead)?;
    }
    let base = base::base(&kit).ok_or_else(Problem::not_found)?;
    let etag = format!("\"{}\"", base.etag);
    let known = headers.get(header::IF_NONE_MATCH).and_then(|v| v.to_str().ok());
    if known.is_some_and(|k| k.split(',').any(|k| k.trim().trim_start_matches("W/") == etag)) {
        return Ok((StatusCode::NOT_MODIFIED, [(header::ETAG, etag)]).into_response());
    }
    let headers = [
        (header::CONTENT_TYPE, "application/json".to_owned()),
        (header::ETAG, etag),
        (header::CACHE_CONTROL, "private, no-cache".to_owned()),
    ];
    Ok((headers, base.json.clone()).into_response())
}

/// Sites and zones on the map.
#[utoipa::path(get, path = "/live/places", tag = "live", responses((status = 200, body = Places)))]
async fn get_places(axum::extract::State(kit): State, Ctx(ctx): Ctx) -> Result<Json<Places>, Problem> {
    base::places(&kit, &ctx).map(Json)
}

/// Vehicles now.
#[derive(Clone, Debug, Serialize, ToSchema)]
struct LiveVehicles {
    /// When this was said.
    at: String,
    /// Vehicles within reach that have reported.
    vehicles: Vec<LiveVehicle>,
}

/// Where the vehicles are now.
#[utoipa::path(get, path = "/live/vehicles", tag = "live", responses((status = 200, body = LiveVehicles)))]
async fn get_vehicles(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
) -> Result<Json<LiveVehicles>, Problem> {
    let reach = ctx.require(Permission::LiveRead)?;
    let vehicles = kit.parts.get::<Live>().snapshot(&reach);
    Ok(Json(LiveVehicles { at: format_instant(kit.clock.now()), vehicles }))
}

/// How to listen.
#[derive(Debug, Default, serde::Deserialize, utoipa::IntoParams)]
struct EventsQuery {
    /// Greet and end.
    once: Option<bool>,
}

/// Positions and warnings as server-sent events: `hello`, `positions` (at most one a second), `warning`, `reset`.
#[utoipa::path(get, path = "/live/events", tag = "live", params(EventsQuery), responses((status = 200, content_type = "text/event-stream", body = String)))]
async fn get_events(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
    Query(query): Query<EventsQuery>,
) -> Result<Response, Problem> {
    Ok(events::open(&kit, &ctx, query.once.unwrap_or(false))?.into_response())
}

/// How well the terminals report.
#[utoipa::path(get, path = "/live/devices", tag = "live", params(HealthQuery), responses((status = 200, body = DeviceHealthList)))]
async fn get_devices(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
    Query(query): Query<HealthQuery>,
) -> Result<Json<DeviceHealthList>, Problem> {
    health::list(&kit, &ctx, &query).map(Json)
}

/// Terminals that the gateway did not let in, and what it counted.
#[utoipa::path(get, path = "/live/quarantine", tag = "live", responses((status = 200, body = QuarantineView)))]
async fn get_quarantine(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
) -> Result<Json<QuarantineView>, Problem> {
    super::gate::quarantine(&kit, &ctx).map(Json)
}

/// Uploads a picture as evidence; the body is the picture.
#[utoipa::path(post, path = "/photos", tag = "live", request_body(content = Vec<u8>, content_type = "image/jpeg"), responses((status = 201, body = PhotoView)))]
async fn post_photo(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
    body: Result<Bytes, axum::extract::rejection::BytesRejection>,
) -> Result<Response, Problem> {
    let body = body.map_err(|_| Problem::new(crate::kit::Code::PayloadTooLarge))?;
    let view = photos::put(&kit, &ctx, body.to_vec()).await?;
    Ok((StatusCode::CREATED, axum::Json(view)).into_response())
}

/// A picture, for its uploader and whoever may read a record that names it.
#[utoipa::path(get, path = "/photos/{sha256}", tag = "live", params(("sha256" = String, Path)), responses((status = 200, content_type = "image/jpeg", body = Vec<u8>)))]
async fn get_photo(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
    Path(sha256): Path<String>,
) -> Result<Response, Problem> {
    let (bytes, media) = photos::get(&kit, &ctx, &sha256).await?;
    let headers = [
        (header::CONTENT_TYPE, media),
        (header::CACHE_CONTROL, "private, max-age=3600"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CONTENT_DISPOSITION, "inline"),
    ];
    Ok((headers, bytes).into_response())
}

/// Reports from the road about a manifest.
#[utoipa::path(get, path = "/manifests/{id}/reports", tag = "live", params(("id" = String, Path)), responses((status = 200, body = Vec<TripReport>)))]
async fn get_reports(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
    Path(id): Path<String>,
) -> Result<Json<Vec<TripReport>>, Problem> {
    reports::list(&kit, &ctx, &id).await.map(Json)
}

/// Files a report from the road.
#[utoipa::path(post, path = "/manifests/{id}/reports", tag = "live", params(("id" = String, Path)), request_body = TripReportBody, responses((status = 201, body = TripReport)))]
async fn post_report(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
    Path(id): Path<String>,
    Json(body): Json<TripReportBody>,
) -> Result<Response, Problem> {
    let view = reports::file(&kit, &ctx, &id, body).await?;
    Ok((StatusCode::CREATED, axum::Json(view)).into_response())
}

/// Where a vehicle was.
#[utoipa::path(get, path = "/live/vehicles/{vehicle_id}/track", tag = "live", params(("vehicle_id" = String, Path), TrackQuery), responses((status = 200, body = TrackView)))]
async fn get_vehicle_track(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
    Path(vehicle_id): Path<String>,
    Query(query): Query<TrackQuery>,
) -> Result<Json<TrackView>, Problem> {
    tracks::of_vehicle(&kit, &ctx, &vehicle_id, &query).await.map(Json)
}

/// Where the vehicle of a manifest was, from departure to arrival.
#[utoipa::path(get, path = "/manifests/{id}/track", tag = "live", params(("id" = String, Path)), responses((status = 200, body = TrackView)))]
async fn get_manifest_track(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
    Path(id): Path<String>,
) -> Result<Json<TrackView>, Problem> {
    tracks::of_manifest(&kit, &ctx, &id).await.map(Json)
}

/// The caller's open documents and those that arrived today.
#[utoipa::path(get, path = "/trip/today", tag = "live", responses((status = 200, body = TripToday)))]
async fn get_today(axum::extract::State(kit): State, Ctx(ctx): Ctx) -> Result<Json<TripToday>, Problem> {
    today::today(&kit, &ctx).await.map(Json)
}
