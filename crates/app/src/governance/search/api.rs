//! HTTP of the search: a thin handler that calls the service.

use std::sync::Arc;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::find::{self, SearchAnswer, SearchQuery};
use crate::kit::{Ctx, Json, Kit, Problem, Query, State};

/// Routes of the search.
pub fn router() -> OpenApiRouter<Arc<Kit>> {
    OpenApiRouter::default().routes(routes!(get_search))
}

/// Looks for documents, firms, vehicles, containers, waste codes, and people.
#[utoipa::path(get, path = "/search", tag = "search", params(SearchQuery), responses((status = 200, body = SearchAnswer)))]
async fn get_search(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
    Query(query): Query<SearchQuery>,
) -> Result<Json<SearchAnswer>, Problem> {
    find::search(&kit, &ctx, &query).await.map(Json)
}
