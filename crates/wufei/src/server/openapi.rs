//! The OpenAPI 3.1 document. The contexts describe what their operations take and answer; what all operations have in
//! common is added here once: the problem answers that fit method and parameters, the session cookie, unique ids.

use std::collections::BTreeMap;

use app::kit::ProblemBody;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use utoipa::openapi::path::{Operation, Parameter, ParameterIn};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{Components, ContentBuilder, InfoBuilder, OpenApi, Ref, RefOr, ResponseBuilder};
use utoipa::{PartialSchema, ToSchema};

/// Name of the cookie's scheme.
const SESSION: &str = "session";

/// Completes the contexts' document.
pub fn complete(mut document: OpenApi) -> OpenApi {
    document.info = InfoBuilder::new()
        .title("无废 Wufei")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(
            "Zero-waste city platform. Cookie session; `Accept-Language: zh-CN` or `en` chooses the language of messages; \
             `Idempotency-Key` is honoured on every POST; changes take the expected version in `If-Match`; \
             `Wufei-On-Behalf` acts for a client under a delegation; `Wufei-Purpose` states why personal data is read. \
             Times are RFC 3339 in UTC, masses integer grams. Problems are `application/problem+json` (RFC 9457).",
        ))
        .build();
    let paths = std::mem::take(&mut document.paths.paths);
    for (path, mut item) in paths {
        let path = format!("/api{path}");
        let operations = [
            ("get", item.get.as_mut()),
            ("put", item.put.as_mut()),
            ("post", item.post.as_mut()),
            ("delete", item.delete.as_mut()),
            ("patch", item.patch.as_mut()),
        ];
        for (method, operation) in operations {
            if let Some(operation) = operation {
                complete_operation(operation, method, &path);
            }
        }
        document.paths.paths.insert(path, item);
    }
    let components = document.components.get_or_insert_with(Components::new);
    let mut schemas = vec![(ProblemBody::name().into_owned(), ProblemBody::schema())];
    ProblemBody::schemas(&mut schemas);
    components.schemas.extend(schemas);
    let cookie = SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::new(app::identity::COOKIE)));
    components.security_schemes.insert(SESSION.to_owned(), RefOr::T(cookie));
    document
}

fn complete_operation(operation: &mut Operation, method: &str, path: &str) {
    operation.operation_id = Some(operation_id(method, path));
    // `security(())` on a handler means: for everybody.
    let public = operation.security.is_some();
    operation.security = Some(if public {
        vec![SecurityRequirement::default()]
    } else {
        vec![SecurityRequirement::new::<_, [&str; 0], &str>(SESSION, [])]
    });
    let has = |wanted: &dyn Fn(&Parameter) -> bool| {
        operation.parameters.iter().flatten().any(|p| matches!(p, RefOr::T(p) if wanted(p)))
    };
    let in_path = has(&|p| p.parameter_in == ParameterIn::Path) || path.contains('{');
    let in_query = has(&|p| p.parameter_in == ParameterIn::Query);
    let if_match = has(&|p| p.name.eq_ignore_ascii_case("if-match"));
    let changes = method != "get";
    let body = operation.request_body.is_some();

    let mut statuses: BTreeMap<&str, &str> = BTreeMap::from([
        ("400", "The request or one of its headers cannot be read."),
        ("500", "Something failed here; nothing was changed."),
        ("503", "Not available now; try again after `Retry-After`."),
    ]);
    if !public {
        statuses.insert("401", "Nobody is signed in, the session ended, or a second factor is needed.");
        statuses.insert("403", "The role does not allow it, or the delegation does not include it.");
    }
    if changes {
        statuses.insert("403", "Not allowed, or the request comes from another site.");
        statuses.insert(
            "409",
            "It conflicts with what is recorded, or the idempotency key was used for another request.",
        );
        statuses
            .insert("422", "Fields are wrong or a rule forbids it; `errors` names field, rule and remedy.");
        statuses.insert("429", "Too many requests; try again after `Retry-After`.");
    }
    if in_path || path.contains("/demo/") {
        statuses.insert("404", "It does not exist, or lies outside what the caller may see.");
    }
    if in_path || in_query {
        statuses.insert("422", "A parameter is wrong; `errors` names it.");
    }
    if if_match || (in_path && body) {
        statuses.insert("412", "It has changed since the version that the caller saw.");
    }
    if if_match {
        statuses.insert("428", "`If-Match` is missing.");
    }
    if body {
        statuses.entry("404").or_insert(
            "Something that the body names does not exist, or lies outside what the caller may see.",
        );
        statuses.insert("413", "The body is too large.");
        statuses.insert("415", "The body is of another type than this operation reads.");
    }
    if path == "/api/session" {
        statuses.insert("401", "Login, password or one-time code is wrong, or the account is locked.");
    }
    // OpenAPI demands a description of every answer; the contexts leave those of successes out.
    for (status, response) in &mut operation.responses.responses {
        if let RefOr::T(response) = response
            && response.description.is_empty()
        {
            response.description = success(status).to_owned();
        }
    }
    for (status, description) in statuses {
        let response = ResponseBuilder::new()
            .description(description)
            .content(
                "application/problem+json",
                ContentBuilder::new().schema(Some(Ref::from_schema_name(ProblemBody::name()))).build(),
            )
            .build();
        operation.responses.responses.entry(status.to_owned()).or_insert(RefOr::T(response));
    }
}

fn success(status: &str) -> &'static str {
    match status {
        "201" => "Made. `ETag` has its version.",
        "204" => "Done; there is nothing more to say.",
        _ => "Done.",
    }
}

/// `get_accounts_id` for `GET /api/accounts/{id}`: the same rule for all, so ids are unique.
fn operation_id(method: &str, path: &str) -> String {
    let words =
        path.trim_start_matches("/api").split(|c: char| !c.is_ascii_alphanumeric()).filter(|w| !w.is_empty());
    std::iter::once(method).chain(words).collect::<Vec<_>>().join("_")
}

/// The document over HTTP.
pub async fn serve(document: Vec<u8>) -> Response {
    ([(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-cache")], document)
        .into_response()
}
