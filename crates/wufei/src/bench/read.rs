//! Requests per second for a page of the list of manifests, as a signed-in person sees it, over HTTP; against a bare
//! axum handler that answers the same bytes to the same clients.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use app::kit::Kit;
use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use axum::routing::get;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tower::ServiceExt;

use super::line::{Line, Run, Watch};
use super::place::Place;
use super::{Bench, NOW, SEED};
use crate::Failure;
use crate::server::{self, metrics};

/// Requests a run, unless said otherwise.
const COUNT: usize = 4_000;
const CLIENTS: usize = 16;
/// Requests before the clock starts.
const WARM: usize = 200;
/// Roles that see the documents of their own organisation only: the scope is part of what is measured.
const SCOPED: &[&str] = &["clerk", "manager", "dispatcher", "scale", "receiver_manager"];
const PATH: &str = "/api/manifests?limit=20";

/// Measures.
pub async fn measure(options: &Bench) -> Result<Vec<Line>, Failure> {
    let mut place = Place::new(options)?;
    let outcome = Box::pin(measure_at(options, &mut place)).await;
    let cleared = place.clear().await;
    let line = outcome?;
    cleared?;
    Ok(vec![line])
}

async fn measure_at(options: &Bench, place: &mut Place) -> Result<Line, Failure> {
    let url = place.create().await?;
    let (kit, clock) = super::house(&url, place, NOW, None).await?;
    let story = simulator::Options { seed: SEED, now: NOW, days: options.days, size: simulator::Size::Small };
    let played = Box::pin(simulator::play(&kit, &clock, &story, &|_, _| {})).await?;
    metrics::install();
    let router = server::router(&kit, &server::Options::default())?;
    let page = busiest(&kit, &router).await?;
    let ours = Served::start(router).await?;
    let bytes = page.body.clone();
    let same = move || {
        let body = bytes.clone();
        async move { ([(header::CONTENT_TYPE, "application/json")], body) }
    };
    let bare = Served::start(Router::new().route("/api/manifests", get(same))).await?;
    let load = Load {
        clients: options.clients.unwrap_or(CLIENTS),
        count: options.count.unwrap_or(COUNT),
        request: format!("GET {PATH} HTTP/1.1\r\nhost: bench\r\ncookie: {}\r\n\r\n", page.cookie).into(),
        length: page.body.len(),
    };
    let (mut a, mut b) = (Vec::new(), Vec::new());
    for _ in 0..options.runs {
        a.push(load.run(ours.address).await?);
        b.push(load.run(bare.address).await?);
    }
    drop((ours, bare));
    drop(kit);
    Ok(Line::new("read", options.engine.name(), "requests/s", &a, &b)
        .with("clients", load.clients)
        .with("count", load.count)
        .with("bytes", load.length)
        .with("items", page.items)
        .with("login", page.login)
        .with("manifests", played.manifests))
}

/// A page and who sees it.
struct Page {
    login: String,
    cookie: String,
    body: axum::body::Bytes,
    items: usize,
}

/// The first listed account of a firm whose page is full, or the one with most on it.
async fn busiest(kit: &Arc<Kit>, router: &Router) -> Result<Page, Failure> {
    let mut best: Option<Page> = None;
    let accounts = app::identity::demo::accounts(kit).await?.accounts;
    for account in accounts.into_iter().filter(|a| SCOPED.contains(&a.role.as_str())) {
        let body = serde_json::json!({"login": account.login, "password": app::identity::demo::PASSWORD});
        let request = Request::post("/api/session")
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(body.to_string()));
        let (status, headers, _) = call(router, request).await?;
        let cookie = headers.get(header::SET_COOKIE).and_then(|v| v.to_str().ok()).unwrap_or_default();
        let cookie = cookie.split(';').next().unwrap_or_default().to_owned();
        if status != StatusCode::OK || cookie.is_empty() {
            continue;
        }
        let request = Request::get(PATH).header(header::COOKIE, &cookie).body(Body::empty());
        let (status, _, body) = call(router, request).await?;
        if status != StatusCode::OK {
            continue;
        }
        let page: serde_json::Value =
            serde_json::from_slice(&body).map_err(|e| Failure::new(e.to_string()))?;
        let items = page["items"].as_array().map_or(0, Vec::len);
        if best.as_ref().is_none_or(|b| b.items < items) {
            best = Some(Page { login: account.login, cookie, body, items });
        }
        if items >= 20 {
            break;
        }
    }
    best.ok_or_else(|| Failure::new("no account of the demonstration can read the list of manifests"))
}

/// Asks the router itself.
pub async fn call(
    router: &Router,
    request: axum::http::Result<Request<Body>>,
) -> Result<(StatusCode, axum::http::HeaderMap, axum::body::Bytes), Failure> {
    let request = request.map_err(|e| Failure::new(e.to_string()))?;
    let Ok(answer) = router.clone().oneshot(request).await;
    let (parts, body) = answer.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.map_err(|e| Failure::new(e.to_string()))?;
    Ok((parts.status, parts.headers, body))
}

/// A router on a port of its own, until dropped.
pub struct Served {
    /// Where.
    pub address: SocketAddr,
    task: JoinHandle<()>,
}

impl Served {
    /// Serves.
    pub async fn start(router: Router) -> Result<Self, Failure> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        let task = tokio::spawn(async move {
            // Ends only when it is aborted; a failure shows itself to the clients.
            let _ = axum::serve(listener, service).await;
        });
        Ok(Self { address, task })
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.task.abort();
    }
}

struct Load {
    clients: usize,
    count: usize,
    request: Arc<str>,
    /// Bytes that every answer must have.
    length: usize,
}

impl Load {
    async fn run(&self, address: SocketAddr) -> Result<Run, Failure> {
        let mut connections = Vec::new();
        for _ in 0..self.clients {
            let stream = TcpStream::connect(address).await?;
            stream.set_nodelay(true)?;
            connections.push(Client { stream, buffer: Vec::with_capacity(64 << 10) });
        }
        let connections = self.send(connections, WARM.min(self.count)).await?;
        let watch = Watch::start();
        let connections = self.send(connections, self.count).await?;
        let run = watch.stop(self.count);
        drop(connections);
        Ok(run)
    }

    /// Every client asks again as soon as it has its answer, on the connection it has.
    async fn send(&self, connections: Vec<Client>, count: usize) -> Result<Vec<Client>, Failure> {
        let left = Arc::new(AtomicUsize::new(count));
        let take = |n: usize| n.checked_sub(1);
        let tasks: Vec<_> = connections
            .into_iter()
            .map(|mut client| {
                let (left, request, length) = (Arc::clone(&left), Arc::clone(&self.request), self.length);
                tokio::spawn(async move {
                    while left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok() {
                        client.ask(request.as_bytes(), length).await?;
                    }
                    Ok::<_, Failure>(client)
                })
            })
            .collect();
        let mut back = Vec::new();
        for task in tasks {
            back.push(task.await.map_err(|e| Failure::new(e.to_string()))??);
        }
        Ok(back)
    }
}

/// A connection that is kept. It reads no more of HTTP than it needs, so that the client costs little.
struct Client {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Client {
    async fn ask(&mut self, request: &[u8], length: usize) -> Result<(), Failure> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        let mut head = None;
        loop {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Err(Failure::new("the server closed the connection"));
            }
            if head.is_none() {
                head = self.buffer.windows(4).position(|w| w == b"\r\n\r\n").map(|at| at + 4);
                if head.is_some() && !self.buffer.starts_with(b"HTTP/1.1 200") {
                    let shown = String::from_utf8_lossy(&self.buffer).into_owned();
                    return Err(Failure::new(format!("the server answered {shown}")));
                }
            }
            match head.map(|h| self.buffer.len() - h) {
                Some(body) if body == length => return Ok(()),
                Some(body) if body > length => {
                    return Err(Failure::new("an answer is longer than the first one was"));
                }
                _ => {}
            }
        }
    }
}
