//! A server in process and a client that checks every answer: refusals must be complete problems in both languages,
//! and every status must be one that the OpenAPI document names for the operation.

use std::collections::BTreeMap;
use std::sync::Arc;

use app::kit::clock::{RandomIds, SwitchClock};
use app::kit::{Clock, Kit, Settings};
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, header};
use serde_json::Value;
use tower::ServiceExt;
use wufei::commands::demo_settings;
use wufei::house::{self, Plan, Profile};
use wufei::server::metrics::Access;
use wufei::server::{self, Options};

/// A route's path by words, with the documented statuses by method.
type RouteWords = (Vec<String>, BTreeMap<String, Vec<String>>);

/// 2026-03-02 08:00 in Shanghai, a working day: where the clock starts.
pub const START: i64 = 1_772_409_600_000_000;
pub const MINUTE: i64 = 60_000_000;
pub const HOUR: i64 = 60 * MINUTE;
pub const METRICS_TOKEN: &str = "token-of-the-tests";
pub const PASSWORD: &str = app::identity::demo::PASSWORD;

/// A server with the demonstration's firms and accounts.
pub struct Server {
    pub kit: Arc<Kit>,
    pub clock: Arc<SwitchClock>,
    router: Router,
    pub document: Value,
    /// Paths of the document, split, with their operations' statuses by method.
    routes: Vec<RouteWords>,
    _dir: tempfile::TempDir,
}

/// An answer.
pub struct Reply {
    pub status: u16,
    pub headers: HeaderMap,
    pub bytes: Vec<u8>,
    /// JSON body; null when there is none.
    pub json: Value,
}

impl Reply {
    /// The session cookie that the answer sets, as `name=value`.
    pub fn cookie(&self) -> Option<String> {
        let set = self.headers.get(header::SET_COOKIE)?.to_str().ok()?;
        set.split(';').next().map(str::to_owned)
    }

    /// Rule ids of the problem.
    pub fn rules(&self) -> Vec<&str> {
        self.json["errors"]
            .as_array()
            .map(|e| e.iter().filter_map(|e| e["rule"].as_str()).collect())
            .unwrap_or_default()
    }

    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", String::from_utf8_lossy(&self.bytes));
        self
    }
}

/// A request to be sent.
#[derive(Clone, Default)]
pub struct Call {
    pub method: &'static str,
    pub path: String,
    pub headers: Vec<(String, String)>,
    pub body: Option<Vec<u8>>,
}

impl Call {
    pub fn new(method: &'static str, path: impl Into<String>) -> Self {
        Self { method, path: path.into(), ..Self::default() }
    }
    pub fn get(path: impl Into<String>) -> Self {
        Self::new("GET", path)
    }
    pub fn post(path: impl Into<String>, body: Value) -> Self {
        Self::new("POST", path).json(&body)
    }
    pub fn json(self, body: &Value) -> Self {
        self.raw("application/json", body.to_string().into_bytes())
    }
    pub fn raw(mut self, content_type: &str, body: Vec<u8>) -> Self {
        self.body = Some(body);
        self.header("content-type", content_type)
    }
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }
    pub fn cookie(self, cookie: &str) -> Self {
        self.header("cookie", cookie)
    }
    pub fn if_match(self, version: i64) -> Self {
        self.header("if-match", &format!("\"{version}\""))
    }
}

/// Starts a server as the demonstration has it; `change` adjusts the settings.
pub async fn start(change: impl FnOnce(&mut Settings)) -> Server {
    server(change, 0).await
}

/// Starts a server whose city has a past: containers, manifests, treatments.
pub async fn played() -> Server {
    server(|_| {}, 12).await
}

async fn server(change: impl FnOnce(&mut Settings), days: i64) -> Server {
    let dir = tempfile::tempdir().expect("temporary directory");
    let profile = Profile::named("jiangyin").expect("profile");
    let mut settings = demo_settings("jiangyin", &profile);
    change(&mut settings);
    let clock = Arc::new(SwitchClock::simulated(START));
    let kit = house::open(Plan {
        url: house::sqlite_url(dir.path()),
        data_dir: dir.path().to_owned(),
        profile,
        settings,
        clock: Arc::clone(&clock) as Arc<dyn Clock>,
        ids: Arc::new(RandomIds),
        past: None,
    })
    .await
    .expect("house");
    let story = simulator::Options { seed: 7, now: START, days, size: simulator::Size::Small };
    simulator::play(&kit, &clock, &story, &|_, _| {}).await.expect("city");
    kit.db.checkpoint(&kit.settings.tenant, &kit.signer, START).await.expect("checkpoint");
    let options = Options { metrics: Access::new(Some(METRICS_TOKEN)), ..Options::default() };
    let router = server::router(&kit, &options).expect("router");
    let document = openapi();
    let routes = routes(&document);
    Server { kit, clock, router, document, routes, _dir: dir }
}

/// The OpenAPI document.
pub fn openapi() -> Value {
    serde_json::to_value(server::openapi::complete(app::api().into_openapi())).expect("document")
}

fn routes(document: &Value) -> Vec<RouteWords> {
    let mut all: Vec<_> = document["paths"]
        .as_object()
        .expect("paths")
        .iter()
        .map(|(path, item)| {
            let parts = path.split('/').map(str::to_owned).collect();
            let methods = item
                .as_object()
                .expect("path item")
                .iter()
                .filter(|(m, _)| ["get", "put", "post", "delete", "patch"].contains(&m.as_str()))
                .map(|(method, operation)| {
                    let statuses =
                        operation["responses"].as_object().expect("responses").keys().cloned().collect();
                    (method.to_uppercase(), statuses)
                })
                .collect();
            (parts, methods)
        })
        .collect();
    // Fixed parts go before parameters.
    all.sort_by_key(|(parts, _): &(Vec<String>, _)| {
        parts.iter().map(|p| p.starts_with('{')).collect::<Vec<_>>()
    });
    all
}

impl Server {
    /// Sends a request and checks the answer's form.
    #[track_caller]
    pub fn send(&self, call: Call) -> impl Future<Output = Reply> + use<'_> {
        let place = std::panic::Location::caller();
        async move {
            let reply = self.plain(&call).await;
            self.check(&call, &reply, place);
            reply
        }
    }

    async fn plain(&self, call: &Call) -> Reply {
        let mut request = Request::builder().method(call.method).uri(&call.path);
        for (name, value) in &call.headers {
            request = request.header(name, value);
        }
        let body = call.body.clone().map_or_else(Body::empty, Body::from);
        let response =
            self.router.clone().oneshot(request.body(body).expect("request")).await.expect("infallible");
        let (parts, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, usize::MAX).await.expect("body").to_vec();
        let json = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        Reply { status: parts.status.as_u16(), headers: parts.headers, bytes, json }
    }

    /// Statuses that the document names for a request; `None` when it has no such operation.
    pub fn documented(&self, method: &str, path: &str) -> Option<&Vec<String>> {
        let path = path.split('?').next().unwrap_or_default();
        let parts: Vec<&str> = path.split('/').collect();
        self.routes
            .iter()
            .filter(|(template, _)| {
                template.len() == parts.len()
                    && template.iter().zip(&parts).all(|(t, p)| t.starts_with('{') || t == p)
            })
            .find_map(|(_, methods)| methods.get(method))
    }

    fn check(&self, call: &Call, reply: &Reply, place: &std::panic::Location<'_>) {
        let Call { method, path, .. } = call;
        if !path.starts_with("/api/") || path == "/api/openapi.json" {
            return;
        }
        let shown = String::from_utf8_lossy(&reply.bytes);
        assert!(reply.status < 500, "{place}: {method} {path} answered {}: {shown}", reply.status);
        if reply.status >= 400 {
            problem_is_complete(reply, &format!("{place}: {method} {path} {}: {shown}", reply.status));
        }
        if let Some(statuses) = self.documented(method, path) {
            assert!(
                statuses.contains(&reply.status.to_string()),
                "{place}: {method} {path} answered {}, which the OpenAPI document does not name: {shown}",
                reply.status
            );
        }
    }

    /// Signs in and answers the cookie.
    #[track_caller]
    pub fn sign_in(&self, login: &str) -> impl Future<Output = String> + use<'_> {
        let login = login.to_owned();
        async move {
            let body = serde_json::json!({"login": login, "password": PASSWORD});
            let reply = self.send(Call::post("/api/session", body)).await.expect(200);
            reply.cookie().expect("cookie")
        }
    }
}

/// A refusal says what, why and what to do.
#[track_caller]
pub fn problem_is_complete(reply: &Reply, what: &str) {
    let content_type =
        reply.headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    assert_eq!(content_type, "application/problem+json", "{what}");
    let p = &reply.json;
    assert_eq!(p["status"].as_u64(), Some(u64::from(reply.status)), "{what}");
    let code = p["code"].as_str().unwrap_or_default();
    assert_eq!(p["type"].as_str(), Some(format!("/problems/{code}").as_str()), "{what}");
    for field in ["title", "detail", "trace_id"] {
        assert!(p[field].as_str().is_some_and(|t| !t.is_empty()), "{field} in {what}");
    }
    let trace = reply.headers.get("x-request-id").and_then(|v| v.to_str().ok());
    assert_eq!(trace, p["trace_id"].as_str(), "{what}");
    for e in p["errors"].as_array().expect("errors").iter().chain(p["warnings"].as_array().expect("warnings"))
    {
        let rule = e["rule"].as_str().unwrap_or_default();
        for field in ["message", "remedy"] {
            let text = e[field].as_str().unwrap_or_default();
            assert!(!text.is_empty() && text != rule, "{field} of {rule} in {what}");
            assert!(
                !text.contains('{') || rule.starts_with("REQ-"),
                "unfilled placeholder of {rule} in {what}"
            );
        }
        for lang in ["zh-CN", "en"] {
            assert!(
                e["messages"][lang].as_str().is_some_and(|t| !t.is_empty()),
                "{lang} of {rule} in {what}"
            );
        }
        assert!(e["path"].is_string(), "{what}");
    }
}
