//! Numbers for Prometheus: requests by route and status, how long they took, size of the journal. One recorder per
//! process; labels are routes and never addresses with ids.

use std::net::{IpAddr, SocketAddr};
use std::sync::OnceLock;
use std::time::Duration;

use app::kit::{Kit, State};
use axum::Extension;
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use sha2::{Digest, Sha256};

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

/// Who may read the numbers: this machine, and whoever knows the token.
#[derive(Clone, Debug, Default)]
pub struct Access {
    /// SHA-256 of the token; without one only this machine reads.
    token: Option<[u8; 32]>,
}

impl Access {
    /// Access by a token, besides this machine.
    pub fn new(token: Option<&str>) -> Self {
        Self { token: token.map(|t| Sha256::digest(t.as_bytes()).into()) }
    }

    /// Whether a request may read. A request that a proxy passed on comes from elsewhere, whatever its address.
    fn allows(&self, peer: Option<IpAddr>, headers: &HeaderMap) -> bool {
        let bearer = headers.get(header::AUTHORIZATION).and_then(|v| v.to_str().ok());
        let given = bearer.and_then(|v| v.strip_prefix("Bearer ")).map(str::trim);
        if let (Some(token), Some(given)) = (&self.token, given) {
            // Hashes are compared, so that the time taken tells nothing about the token.
            return *token == <[u8; 32]>::from(Sha256::digest(given.as_bytes()));
        }
        let passed_on =
            ["forwarded", "x-forwarded-for", "x-real-ip"].iter().any(|h| headers.contains_key(*h));
        !passed_on && peer.is_some_and(|ip| ip.to_canonical().is_loopback())
    }
}

/// The text that Prometheus scrapes; for others there is no such page.
pub async fn serve(
    axum::extract::State(kit): State,
    Extension(access): Extension<Access>,
    peer: Option<Extension<ConnectInfo<SocketAddr>>>,
    headers: HeaderMap,
) -> Response {
    if !access.allows(peer.map(|p| p.0.0.ip()), &headers) {
        return StatusCode::NOT_FOUND.into_response();
    }
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text(&kit).await).into_response()
}

/// All numbers as text.
pub async fn text(kit: &Kit) -> String {
    if let Ok((size, _)) = kit.db.head(&kit.settings.tenant).await {
        journal(size, None);
    }
    handle().map(PrometheusHandle::render).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(list: &[(&'static str, &str)]) -> HeaderMap {
        list.iter().filter_map(|(k, v)| Some((header::HeaderName::from_static(k), v.parse().ok()?))).collect()
    }

    #[test]
    fn numbers_are_for_this_machine_and_whoever_knows_the_token() {
        let (here, there) = ("127.0.0.1".parse().ok(), "10.0.0.7".parse().ok());
        let (open, guarded) = (Access::new(None), Access::new(Some("a-long-secret-token")));
        let bearer = |token: &str| headers(&[("authorization", &format!("Bearer {token}"))]);
        assert!(open.allows(here, &HeaderMap::new()) && open.allows("::1".parse().ok(), &HeaderMap::new()));
        assert!(!open.allows(there, &HeaderMap::new()) && !open.allows(None, &HeaderMap::new()));
        assert!(!open.allows(there, &bearer("a-long-secret-token")), "no token is set");
        // A proxy on this machine passes on what comes from anywhere.
        for name in ["x-forwarded-for", "forwarded", "x-real-ip"] {
            assert!(!open.allows(here, &headers(&[(name, "127.0.0.1")])), "{name}");
        }
        assert!(guarded.allows(there, &bearer("a-long-secret-token")));
        assert!(guarded.allows(here, &HeaderMap::new()));
        assert!(!guarded.allows(here, &bearer("another")) && !guarded.allows(there, &bearer("")));
    }
}
