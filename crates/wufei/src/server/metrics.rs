//! Numbers for Prometheus: requests by route and status, how long they took, size of the journal. One recorder per
//! process; labels are routes and never addresses with ids.

use std::sync::OnceLock;
use std::time::Duration;

use app::kit::State;
use axum::http::{Method, header};
use axum::response::{IntoResponse, Response};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};

static HANDLE: OnceLock<Option<PrometheusHandle>> = OnceLock::new();

const BUCKETS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

fn handle() -> Option<&'static PrometheusHandle> {
    HANDLE
        .get_or_init(|| {
            let built =
                PrometheusBuilder::new().set_buckets(&BUCKETS).and_then(PrometheusBuilder::install_recorder);
            match built {
                Ok(handle) => {
                    metrics::describe_counter!(
                        "wufei_http_requests_total",
                        "Requests by method, route and status"
                    );
                    metrics::describe_histogram!(
                        "wufei_http_request_seconds",
                        "Seconds until the answer, by method and route"
                    );
                    metrics::describe_gauge!("wufei_journal_events", "Events in the journal");
                    metrics::describe_gauge!(
                        "wufei_checkpoint_events",
                        "Events that the newest checkpoint covers"
                    );
                    Some(handle)
                }
                Err(error) => {
                    tracing::warn!(%error, "metrics are off");
                    None
                }
            }
        })
        .as_ref()
}

/// Installs the recorder; without it numbers go nowhere.
pub fn install() {
    handle();
}

/// Counts one request.
pub fn count(method: &Method, route: &str, status: u16, took: Duration) {
    // Any word may stand as a method on the wire; only the known ones become labels, or memory would be the caller's.
    let known = [
        Method::GET,
        Method::HEAD,
        Method::POST,
        Method::PUT,
        Method::PATCH,
        Method::DELETE,
        Method::OPTIONS,
    ];
    let method = if known.contains(method) { method.as_str() } else { "OTHER" };
    let (method, route) = (method.to_owned(), route.to_owned());
    metrics::histogram!("wufei_http_request_seconds", "method" => method.clone(), "route" => route.clone())
        .record(took.as_secs_f64());
    metrics::counter!("wufei_http_requests_total", "method" => method, "route" => route, "status" => status.to_string()).increment(1);
}

/// Size of the journal and of what is signed.
pub fn journal(events: i64, signed: Option<i64>) {
    // A gauge holds a double; exact up to 2^53 events.
    metrics::gauge!("wufei_journal_events").set(i32::try_from(events).map_or(f64::from(i32::MAX), f64::from));
    if let Some(signed) = signed {
        metrics::gauge!("wufei_checkpoint_events")
            .set(i32::try_from(signed).map_or(f64::from(i32::MAX), f64::from));
    }
}

/// Keeps histograms small; call it every few seconds.
pub fn upkeep() {
    if let Some(handle) = handle() {
        handle.run_upkeep();
    }
}

/// The text that Prometheus scrapes.
pub async fn serve(axum::extract::State(kit): State) -> Response {
    if let Ok((size, _)) = kit.db.head(&kit.settings.tenant).await {
        journal(size, None);
    }
    let text = handle().map(PrometheusHandle::render).unwrap_or_default();
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response()
}
