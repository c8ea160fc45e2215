//! Every refusal, whichever layer it comes from, is a problem in the caller's language; answers carry the security
//! headers.

use serde_json::json;

use crate::support::{Call, METRICS_TOKEN, Server, start};

async fn server() -> (Server, String) {
    let server = start(|_| {}).await;
    let cookie = server.sign_in("manager").await;
    (server, cookie)
}

#[tokio::test]
async fn refusals_of_the_router_and_the_layers_are_problems() {
    let (server, cookie) = server().await;
    let cases = [
        (Call::get("/api/nothing/here"), 404, "not_found"),
        (Call::get("/api/"), 404, "not_found"),
        (Call::new("PATCH", "/api/me"), 405, "method_not_allowed"),
        (Call::get("/api/me"), 401, "unauthenticated"),
        (Call::get("/api/audit").cookie(&cookie), 403, "forbidden"),
        (Call::get("/api/accounts/unknown").cookie(&cookie), 404, "not_found"),
        (Call::get("/api/registry/sites/a%00b").cookie(&cookie), 400, "malformed"),
        (Call::new("POST", "/api/session").raw("text/plain", b"x".to_vec()), 415, "unsupported_media_type"),
        (Call::new("POST", "/api/session").raw("application/json", b"{".to_vec()), 400, "malformed"),
        (
            Call::new("POST", "/api/session").raw("application/json", vec![b' '; (1 << 20) + 1]),
            413,
            "payload_too_large",
        ),
        (Call::post("/api/session", json!({"login": 1})), 422, "validation_failed"),
        (Call::get("/api/accounts?limit=0").cookie(&cookie), 422, "validation_failed"),
        (Call::get("/api/accounts?limit=x").cookie(&cookie), 422, "validation_failed"),
        (Call::get("/api/accounts?sort=secret").cookie(&cookie), 422, "validation_failed"),
        (Call::get("/api/accounts?cursor=!").cookie(&cookie), 422, "validation_failed"),
        (Call::get("/api/me").cookie(&cookie).header("idempotency-key", "short"), 400, "malformed"),
        (
            Call::new("PUT", "/api/registry/sites/x").json(&json!({})).cookie(&cookie),
            428,
            "precondition_required",
        ),
        (
            Call::new("PUT", "/api/registry/sites/x")
                .json(&json!({}))
                .cookie(&cookie)
                .header("if-match", "\"x\""),
            422,
            "validation_failed",
        ),
    ];
    for (call, status, code) in cases {
        let what = format!("{} {}", call.method, call.path);
        let reply = server.send(call).await;
        assert_eq!(
            (reply.status, reply.json["code"].as_str()),
            (status, Some(code)),
            "{what}: {}",
            reply.json
        );
    }
}

#[tokio::test]
async fn the_language_is_that_of_the_caller() {
    let (server, _) = server().await;
    for (header, tag, word) in [
        ("en-GB,en;q=0.9", "en", "Please sign in"),
        ("zh-CN", "zh-CN", "请先登录"),
        ("fr", "zh-CN", "请先登录"),
    ] {
        let reply = server.send(Call::get("/api/me").header("accept-language", header)).await.expect(401);
        assert_eq!(reply.headers["content-language"], tag);
        assert_eq!(reply.json["title"], word);
    }
}

#[tokio::test]
async fn a_method_that_is_not_offered_says_which_are() {
    let (server, _) = server().await;
    let reply = server.send(Call::new("PATCH", "/api/me")).await.expect(405);
    assert_eq!(reply.headers["allow"], "GET,HEAD");
}

#[tokio::test]
async fn a_caller_may_bring_a_harmless_request_number() {
    let (server, _) = server().await;
    let reply = server.send(Call::get("/api/me").header("x-request-id", "abc-12345678")).await;
    assert_eq!(reply.headers["x-request-id"], "abc-12345678");
    let reply = server.send(Call::get("/api/me").header("x-request-id", "bad id <script>")).await;
    assert_ne!(reply.headers["x-request-id"], "bad id <script>");
}

#[tokio::test]
async fn answers_carry_the_security_headers() {
    let (server, cookie) = server().await;
    for call in
        [Call::get("/api/me").cookie(&cookie), Call::get("/api/me"), Call::get("/"), Call::get("/healthz")]
    {
        let reply = server.send(call).await;
        let csp = reply.headers["content-security-policy"].to_str().expect("text").to_owned();
        for part in [
            "default-src 'self'",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "frame-ancestors 'none'",
        ] {
            assert!(csp.contains(part), "{csp}");
        }
        assert_eq!(reply.headers["x-content-type-options"], "nosniff");
        assert!(
            reply.headers.contains_key("referrer-policy") && reply.headers.contains_key("permissions-policy")
        );
    }
    let me = server.send(Call::get("/api/me").cookie(&cookie)).await;
    assert_eq!(me.headers["cache-control"], "private, no-store");
}

#[tokio::test]
async fn outside_the_api_there_are_health_metrics_and_pages() {
    wufei::server::metrics::install();
    let (server, _) = server().await;
    assert_eq!(server.send(Call::get("/healthz")).await.expect(200).bytes, b"ok\n");
    assert_eq!(server.send(Call::get("/readyz")).await.expect(200).bytes, b"ready\n");
    let numbers = |token: &str| Call::get("/metrics").header("authorization", &format!("Bearer {token}"));
    for stranger in [Call::get("/metrics"), numbers("guessed")] {
        server.send(stranger).await.expect(404);
    }
    let text = String::from_utf8(server.send(numbers(METRICS_TOKEN)).await.expect(200).bytes).expect("text");
    assert!(text.contains("wufei_journal_events") && text.contains("route=\"/api/session\""), "{text}");
    assert!(!text.contains("clerk"), "no names in metrics");
    let document = server.send(Call::get("/api/openapi.json")).await.expect(200);
    assert_eq!(document.json["openapi"], "3.1.0");
    // A file that does not exist is not a view, and a view is not a file.
    server.send(Call::get("/assets/none.js")).await.expect(404);
    server.send(Call::get("/../Cargo.toml")).await.expect(404);
    server.send(Call::new("POST", "/manifests")).await.expect(405);
    let view = server.send(Call::get("/manifests/some-id")).await;
    assert!(matches!(view.status, 200 | 503), "{}", view.status);
    assert!(view.headers["content-type"].to_str().is_ok_and(|t| t.starts_with("text/html")));
}

#[tokio::test]
async fn large_answers_are_compressed_on_request() {
    let (server, cookie) = server().await;
    let reply = server
        .send(Call::get("/api/catalogue/citations").cookie(&cookie).header("accept-encoding", "gzip"))
        .await
        .expect(200);
    assert_eq!(reply.headers["content-encoding"], "gzip");
}
