//! Extractors whose refusals are [`Problem`]s: bad JSON, a wrong type or an unknown field names its place.

use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::sync::Arc;

use super::context::OpContext;
use super::problem::{Code, Problem};

/// The caller; refuses with 401 when nobody is signed in.
pub struct Ctx(pub Arc<OpContext>);

impl<S: Send + Sync> FromRequestParts<S> for Ctx {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        OpContext::of(&parts.extensions).map(Ctx)
    }
}

/// A JSON body in, a JSON body out.
pub struct Json<T>(pub T);

/// Largest JSON body in bytes.
pub const JSON_LIMIT: usize = 1 << 20;
/// What is still read of a body that is too large, so that the caller gets to read the answer.
const DRAIN: usize = 32 << 20;

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Problem;
    async fn from_request(req: Request, _: &S) -> Result<Self, Problem> {
        let bytes = body(req_with_type(req)?).await?;
        from_json(&bytes).map(Json)
    }
}

async fn body(req: Request) -> Result<Vec<u8>, Problem> {
    use futures::StreamExt;
    let mut stream = req.into_body().into_data_stream();
    let (mut out, mut seen) = (Vec::new(), 0usize);
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(|_| Problem::new(Code::Malformed))?;
        seen = seen.saturating_add(chunk.len());
        if seen > DRAIN {
            break;
        }
        if seen <= JSON_LIMIT {
            out.extend_from_slice(&chunk);
        }
    }
    if seen > JSON_LIMIT { Err(Problem::new(Code::PayloadTooLarge)) } else { Ok(out) }
}

/// Whether a JSON text holds the escaped character U+0000, which no database stores.
fn has_nul(bytes: &[u8]) -> bool {
    let mut backslashes = 0usize;
    bytes.iter().enumerate().any(|(i, b)| {
        let escaped = backslashes % 2 == 1;
        backslashes = if *b == b'\\' { backslashes + 1 } else { 0 };
        escaped && *b == b'u' && bytes.get(i + 1..i + 5) == Some(b"0000".as_slice())
    })
}

fn req_with_type(req: Request) -> Result<Request, Problem> {
    let content_type =
        req.headers().get(axum::http::header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case("application/json") {
        Ok(req)
    } else {
        Err(Problem::new(Code::UnsupportedMediaType))
    }
}

/// Reads JSON; the problem points to the field.
///
/// # Errors
/// 400 for text that is not JSON, 422 `REQ-TYPE` for a value that does not fit, with its JSON pointer.
pub fn from_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    if has_nul(bytes) {
        return Err(Problem::rule(Code::Malformed, "REQ-NUL", []));
    }
    let mut de = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut de).map_err(|e| {
        let path = pointer(e.path());
        let inner = e.into_inner();
        let detail = inner.to_string().chars().take(200).collect::<String>();
        match inner.classify() {
            serde_json::error::Category::Data => Problem::field(&path, "REQ-TYPE", [("detail", detail)]),
            _ => Problem::rule(Code::Malformed, "REQ-JSON", [("detail", detail)]),
        }
    })?;
    de.end().map_err(|e| Problem::rule(Code::Malformed, "REQ-JSON", [("detail", e.to_string())]))?;
    Ok(value)
}

fn pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    let mut out = String::new();
    for segment in path.iter() {
        match segment {
            Segment::Seq { index } => out.push_str(&format!("/{index}")),
            Segment::Map { key } => out.push_str(&format!("/{}", key.replace('~', "~0").replace('/', "~1"))),
            Segment::Enum { variant } => out.push_str(&format!("/{variant}")),
            Segment::Unknown => {}
        }
    }
    out
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        axum::Json(self.0).into_response()
    }
}

/// Query parameters.
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        axum::extract::Query::<T>::try_from_uri(&parts.uri).map(|q| Query(q.0)).map_err(|e| {
            Problem::field("", "REQ-QUERY", [("detail", e.body_text().chars().take(200).collect())])
        })
    }
}

/// Path parameters; a path that does not fit is a thing that does not exist.
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        axum::extract::Path::<T>::from_request_parts(parts, state)
            .await
            .map(|p| Path(p.0))
            .map_err(|_| Problem::not_found())
    }
}

/// The version that the caller saw (`If-Match: "7"`).
pub struct IfMatch(pub i64);

impl<S: Send + Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let header = parts
            .headers
            .get(axum::http::header::IF_MATCH)
            .ok_or_else(|| Problem::new(Code::PreconditionRequired))?;
        header
            .to_str()
            .ok()
            .map(|v| v.trim().trim_start_matches("W/").trim_matches('"'))
            .and_then(|v| v.parse().ok())
            .map(IfMatch)
            .ok_or_else(|| Problem::field("/If-Match", "REQ-IF-MATCH", []))
    }
}

/// A JSON answer with its version as `ETag`.
pub fn with_etag<T: Serialize>(version: i64, body: T) -> Response {
    ([(axum::http::header::ETAG, format!("\"{version}\""))], axum::Json(body)).into_response()
}

/// A 201 answer with its version as `ETag`.
pub fn created<T: Serialize>(version: i64, body: T) -> Response {
    (
        axum::http::StatusCode::CREATED,
        [(axum::http::header::ETAG, format!("\"{version}\""))],
        axum::Json(body),
    )
        .into_response()
}

/// A file to download.
pub fn download(bytes: Vec<u8>, content_type: &'static str, file_name: &str, inline: bool) -> Response {
    let ascii: String = file_name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_') { c } else { '_' })
        .collect();
    let encoded: String = file_name
        .bytes()
        .map(|b| {
            if b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_') {
                (b as char).to_string()
            } else {
                format!("%{b:02X}")
            }
        })
        .collect();
    let kind = if inline { "inline" } else { "attachment" };
    let disposition = format!("{kind}; filename=\"{ascii}\"; filename*=UTF-8''{encoded}");
    (
        [
            (axum::http::header::CONTENT_TYPE, content_type.to_owned()),
            (axum::http::header::CONTENT_DISPOSITION, disposition),
            (axum::http::header::CACHE_CONTROL, "private, no-store".to_owned()),
        ],
        bytes,
    )
        .into_response()
}

impl From<JsonRejection> for Problem {
    fn from(_: JsonRejection) -> Self {
        Problem::new(Code::Malformed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    #[expect(dead_code, reason = "only its shape matters here")]
    struct Body {
        lines: Vec<Line>,
    }
    #[derive(Debug, serde::Deserialize)]
    #[expect(dead_code, reason = "only its shape matters here")]
    struct Line {
        mass_g: i64,
    }

    #[test]
    fn a_wrong_type_names_its_place() {
        let problem =
            from_json::<Body>(br#"{"lines":[{"mass_g":1},{"mass_g":"x"}]}"#).expect_err("wrong type");
        assert_eq!(problem.errors[0].path, "/lines/1/mass_g");
        assert_eq!(problem.errors[0].rule, "REQ-TYPE");
    }

    #[test]
    fn the_character_zero_is_refused() {
        assert_eq!(from_json::<String>(br#""a\u0000b""#).expect_err("zero").errors[0].rule, "REQ-NUL");
        assert_eq!(from_json::<String>(br#""a\\u0000b""#).ok().as_deref(), Some("a\\u0000b"));
    }

    #[test]
    fn text_that_is_not_json_is_malformed() {
        assert_eq!(from_json::<Body>(b"{").expect_err("cut off").code, Code::Malformed);
        assert_eq!(from_json::<Body>(br#"{"lines":[]} x"#).expect_err("trailing").code, Code::Malformed);
    }
}
