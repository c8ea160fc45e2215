//! The outermost layer. It gives every request a number, finds out language and address, turns every refusal under
//! `/api` into a problem in the caller's language, sets the security headers, counts and logs. The log has method,
//! route and status, never a query, a body, a login or a name.

use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use app::kit::{Code, Kit, Lang, Problem, RequestInfo, hex, problem};
use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures::FutureExt;

use super::Options;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const CSP: &str = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; \
     object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'";

/// What the outermost layer keeps.
pub struct Edge {
    trusted_proxy: bool,
    https: bool,
    run: String,
    count: AtomicU64,
}

impl Edge {
    pub(super) fn new(kit: &Kit, options: &Options) -> Arc<Self> {
        let mut run = [0u8; 4];
        kit.ids.fill(&mut run);
        Arc::new(Self {
            trusted_proxy: options.trusted_proxy,
            https: kit.settings.public_url.starts_with("https://"),
            run: hex(&run),
            count: AtomicU64::new(1),
        })
    }

    /// The caller's number if it has a harmless shape, else a new one.
    fn trace_id(&self, headers: &HeaderMap) -> String {
        let given = headers.get(REQUEST_ID).and_then(|v| v.to_str().ok()).unwrap_or_default();
        let fine =
            (8..=64).contains(&given.len()) && given.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        if fine {
            given.to_owned()
        } else {
            format!("{}-{:08x}", self.run, self.count.fetch_add(1, Ordering::Relaxed))
        }
    }

    fn ip(&self, request: &Request) -> Option<String> {
        let forwarded = || {
            let last = request.headers().get_all("x-forwarded-for").iter().next_back()?.to_str().ok()?;
            last.rsplit(',').next()?.trim().parse::<std::net::IpAddr>().ok()
        };
        let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|c| c.0.ip());
        let ip = if self.trusted_proxy { forwarded().or(peer) } else { peer };
        ip.map(|i| i.to_string())
    }
}

/// Runs a request through everything inside and finishes its answer.
pub async fn around(State(edge): State<Arc<Edge>>, mut request: Request, next: Next) -> Response {
    let begin = Instant::now();
    let headers = request.headers();
    let lang = Lang::from_accept_language(headers.get(header::ACCEPT_LANGUAGE).and_then(|v| v.to_str().ok()));
    let info = RequestInfo { trace_id: edge.trace_id(headers), lang, ip: edge.ip(&request) };
    let route = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str).to_owned();
    let method = request.method().clone();
    let is_api = request.uri().path().starts_with("/api/") || request.uri().path() == "/api";
    request.extensions_mut().insert(info.clone());

    // The character zero can be in no stored value; it is refused before anybody looks it up.
    let zero = request.uri().path_and_query().is_some_and(|p| p.as_str().contains("%00"));
    let inner = async {
        if zero {
            Problem::rule(Code::Malformed, "REQ-NUL", []).into_response()
        } else {
            next.run(request).await
        }
    };
    let response = AssertUnwindSafe(inner).catch_unwind().await.unwrap_or_else(|panic| {
        let words = panic.downcast_ref::<&str>().map(|s| (*s).to_owned()).or_else(|| panic.downcast_ref::<String>().cloned());
        tracing::error!(trace_id = %info.trace_id, %route, panic = words.unwrap_or_default(), "a handler panicked");
        Problem::internal().into_response()
    });
    let response = if is_api { as_problem(response) } else { response };
    let mut response = problem::render(response, lang, &info.trace_id);
    finish(&edge, &mut response, &info, is_api);

    let status = response.status().as_u16();
    let took = begin.elapsed();
    super::metrics::count(&method, &route, status, took);
    let ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    if status >= 500 {
        tracing::error!(trace_id = %info.trace_id, %method, %route, status, ms, "request");
    } else {
        tracing::info!(trace_id = %info.trace_id, %method, %route, status, ms, "request");
    }
    response
}

/// A refusal that some layer or the router answered without a problem becomes one of its status.
fn as_problem(mut response: Response) -> Response {
    let status = response.status();
    if status.is_success() || status.is_redirection() || status.is_informational() {
        return response;
    }
    if response.extensions().get::<Arc<Problem>>().is_some() {
        return response;
    }
    let code = match status.as_u16() {
        401 => Code::Unauthenticated,
        403 => Code::Forbidden,
        404 => Code::NotFound,
        405 => Code::MethodNotAllowed,
        409 => Code::Conflict,
        412 => Code::StaleVersion,
        413 => Code::PayloadTooLarge,
        415 => Code::UnsupportedMediaType,
        422 => Code::ValidationFailed,
        428 => Code::PreconditionRequired,
        429 => Code::TooManyRequests,
        408 | 503 => Code::Unavailable,
        500.. => Code::Internal,
        _ => Code::Malformed,
    };
    let problem = Problem { retry_after: (code == Code::Unavailable).then_some(5), ..Problem::new(code) };
    let mut fresh = problem.into_response();
    // 405 must keep saying which methods there are.
    if let Some(allow) = response.headers_mut().remove(header::ALLOW) {
        fresh.headers_mut().insert(header::ALLOW, allow);
    }
    fresh
}

fn finish(edge: &Edge, response: &mut Response, info: &RequestInfo, is_api: bool) {
    let headers = response.headers_mut();
    if let Ok(id) = HeaderValue::from_str(&info.trace_id) {
        headers.insert(REQUEST_ID, id);
    }
    let fixed = [
        (header::CONTENT_SECURITY_POLICY, CSP),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "same-origin"),
        (
            HeaderName::from_static("permissions-policy"),
            "camera=(self), geolocation=(self), microphone=(), payment=(), usb=()",
        ),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (header::X_FRAME_OPTIONS, "DENY"),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if edge.https {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    }
    // What is not said to be cacheable may be personal.
    if is_api && !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    }
}
