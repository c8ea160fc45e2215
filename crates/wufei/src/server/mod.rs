//! HTTP put together: the contexts under `/api`, the pages, health and metrics, and around them the layers that every
//! request passes. From outside in: edge (number, language, problems, headers, log) → timeout → compression →
//! body limit → cross-site check → who is calling → handler.

mod edge;
mod health;
pub mod metrics;
pub mod openapi;
mod pages;
pub mod run;
pub mod upkeep;

use std::sync::Arc;
use std::time::Duration;

use app::kit::{Code, Kit, Problem};
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Router};
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, NotForContentType, Predicate};
use tower_http::csrf::{CsrfLayer, ProtectionError};
use tower_http::timeout::TimeoutLayer;

use crate::Failure;

/// Largest upload; JSON bodies have a lower limit of their own.
pub const MAX_UPLOAD: usize = 20 << 20;
/// Longest time for an answer.
const TIMEOUT: Duration = Duration::from_secs(60);

/// What differs between servers.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// A reverse proxy in front tells the caller's address.
    pub trusted_proxy: bool,
    /// Who may read the metrics.
    pub metrics: metrics::Access,
}

/// The whole server as one service.
///
/// # Errors
/// When the public address cannot be an origin.
pub fn router(kit: &Arc<Kit>, options: &Options) -> Result<Router, Failure> {
    let (api, document) = app::api().split_for_parts();
    let document = openapi::complete(document);
    let document =
        serde_json::to_vec(&document).map_err(|e| Failure::new(format!("OpenAPI document: {e}")))?;
    let api = api
        .route("/openapi.json", get(move || openapi::serve(document.clone())))
        .fallback(|| async { Problem::not_found() })
        .layer(axum::middleware::from_fn_with_state(Arc::clone(kit), app::identity::authenticate))
        .layer(csrf(kit)?)
        .layer(DefaultBodyLimit::max(MAX_UPLOAD))
        .layer(CompressionLayer::new().gzip(true).compress_when(worth_compressing()))
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, TIMEOUT));
    let edge = edge::Edge::new(kit, options);
    Ok(Router::new()
        .nest("/api", api)
        .route("/healthz", get(health::live))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(metrics::serve).layer(Extension(options.metrics.clone())))
        .fallback(pages::serve)
        .layer(axum::middleware::from_fn_with_state(edge, edge::around))
        .with_state(Arc::clone(kit)))
}

/// Files that are compressed already are left alone.
fn worth_compressing() -> impl Predicate {
    DefaultPredicate::new()
        .and(NotForContentType::new("application/pdf"))
        .and(NotForContentType::new("application/vnd.openxmlformats-officedocument"))
}

/// What a refused cross-site request is answered with.
type CrossSiteAnswer = fn(ProtectionError) -> Response;

fn csrf(kit: &Kit) -> Result<CsrfLayer<CrossSiteAnswer>, Failure> {
    fn refuse(_: ProtectionError) -> Response {
        Problem::rule(Code::Forbidden, app::identity::rules::CROSS_SITE, []).into_response()
    }
    let layer = CsrfLayer::new();
    let origin = kit.settings.public_url.trim_end_matches('/');
    let layer = if origin.is_empty() {
        layer
    } else {
        layer.add_trusted_origin(origin).map_err(|e| Failure::new(format!("public_url {origin:?}: {e}")))?
    };
    Ok(layer.with_rejection_response(refuse as fn(ProtectionError) -> Response))
}
