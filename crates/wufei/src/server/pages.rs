//! The built front end, embedded with its precompressed twins. Hashed names are cached for ever, pages never; an
//! address without a file is a view of the app and gets its page. Without a build, a page says how to make one.

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/../../web/dist"]
struct Dist;

/// The page of the `admin` entry.
const PAGE: &str = "admin.html";
/// The page of the `m` entry, for phones: everything under `/m/`.
const PHONE_PAGE: &str = "m.html";
const NOT_BUILT: &str = include_str!("not_built.html");

/// Serves a file or the app's page.
pub async fn serve(request: Request) -> Response {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, "GET, HEAD")]).into_response();
    }
    let path = request.uri().path().trim_start_matches('/');
    if path == "api" || path.starts_with("api/") {
        return app::kit::Problem::not_found().into_response();
    }
    // The scope of the phone page's service worker ends with the slash.
    if path == "m" {
        return Redirect::permanent("/m/").into_response();
    }
    if let Some(answer) = file(path, request.headers()) {
        return answer;
    }
    // A name with a dot in its last part is a file that does not exist; everything else is a view.
    if path.rsplit('/').next().is_some_and(|last| last.contains('.')) {
        return (StatusCode::NOT_FOUND, "not found\n").into_response();
    }
    file(page_of(path), request.headers()).unwrap_or_else(|| {
        (StatusCode::SERVICE_UNAVAILABLE, [(header::CONTENT_TYPE, "text/html; charset=utf-8")], NOT_BUILT)
            .into_response()
    })
}

/// Whose view an address is. `/m/ID`, what the code on a printed manifest leads to, is one of the `admin` entry.
fn page_of(path: &str) -> &'static str {
    match path.strip_prefix("m/") {
        Some(rest) if uuid::Uuid::try_parse(rest).is_err() => PHONE_PAGE,
        _ => PAGE,
    }
}

fn file(path: &str, headers: &HeaderMap) -> Option<Response> {
    if path.is_empty() || path.starts_with('.') || path.ends_with(".gz") || path.ends_with(".br") {
        return None;
    }
    let accepts = headers.get(header::ACCEPT_ENCODING).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let plain = Dist::get(path)?;
    let twin = [("br", ".br"), ("gzip", ".gz")].into_iter().find_map(|(name, suffix)| {
        let wanted = accepts.split(',').any(|a| {
            let mut parts = a.split(';');
            parts.next().is_some_and(|n| n.trim().eq_ignore_ascii_case(name))
                && !parts.any(|q| q.trim() == "q=0")
        });
        if wanted { Dist::get(&format!("{path}{suffix}")).map(|f| (name, f)) } else { None }
    });
    let tag = etag(&plain, twin.as_ref().map(|(name, _)| *name));
    let fresh = headers.get(header::IF_NONE_MATCH).and_then(|v| v.to_str().ok()).is_some_and(|v| v == tag);
    let mut answer = if fresh {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        match twin {
            Some((name, twin)) => {
                ([(header::CONTENT_ENCODING, name)], twin.data.into_owned()).into_response()
            }
            None => plain.data.into_owned().into_response(),
        }
    };
    let out = answer.headers_mut();
    out.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type(path)));
    out.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    let cache = if path.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
    out.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        out.insert(header::ETAG, tag);
    }
    Some(answer)
}

fn etag(file: &rust_embed::EmbeddedFile, encoding: Option<&str>) -> String {
    let hash = file.metadata.sha256_hash();
    format!("\"{}{}\"", app::kit::hex(&hash[..12]), encoding.map(|e| format!("-{e}")).unwrap_or_default())
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "wasm" => "application/wasm",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}
