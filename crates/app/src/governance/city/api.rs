//! HTTP of the one screen: thin handlers that call the services.

use std::sync::Arc;

use axum::response::{IntoResponse, Response};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::model::{CityScreen, TownFigures};
use super::screen::{self, ScreenQuery};
use super::towns::{self, TownsQuery};
use crate::kit::{Ctx, Json, Kit, Problem, Query, State};

/// Routes of the one screen.
pub fn router() -> OpenApiRouter<Arc<Kit>> {
    OpenApiRouter::default().routes(routes!(get_screen)).routes(routes!(get_towns))
}

/// The city on one screen.
#[utoipa::path(get, path = "/city/screen", tag = "city", params(ScreenQuery), responses((status = 200, body = CityScreen)))]
async fn get_screen(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
    Query(query): Query<ScreenQuery>,
) -> Result<Response, Problem> {
    let screen = screen::screen(&kit, &ctx, &query).await?;
    Ok(axum::Json(screen.as_ref()).into_response())
}

/// One figure for every town.
#[utoipa::path(get, path = "/city/towns", tag = "city", params(TownsQuery), responses((status = 200, body = TownFigures)))]
async fn get_towns(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
    Query(query): Query<TownsQuery>,
) -> Result<Json<TownFigures>, Problem> {
    towns::towns(&kit, &ctx, &query).await.map(Json)
}
