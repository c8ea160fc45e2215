//! Bad input to every operation: whatever is sent, the answer is a complete problem (or a success, where what was
//! sent happens to be fine), never a failure of the server. `Server::send` checks the form of every answer.

use serde_json::{Value, json};

use crate::operations::{Operation, all};
use crate::sample;
use crate::support::{Call, Server, played};

/// Accounts that together may call everything.
const CALLERS: [&str; 9] =
    ["inspector", "manager", "dispatcher", "driver", "receiver", "sysadmin", "secadmin", "auditor", "office"];

struct Sender<'a> {
    server: &'a Server,
    cookies: Vec<(String, Vec<String>)>,
}

impl<'a> Sender<'a> {
    async fn new(server: &'a Server) -> Self {
        let mut cookies = Vec::new();
        for login in CALLERS {
            let cookie = server.sign_in(login).await;
            let me = server.send(Call::get("/api/me").cookie(&cookie)).await.expect(200).json;
            let roles = me["roles"]
                .as_array()
                .expect("roles")
                .iter()
                .filter_map(|r| r.as_str().map(str::to_owned))
                .collect();
            cookies.push((cookie, roles));
        }
        Self { server, cookies }
    }

    /// Somebody who may call the operation.
    fn cookie(&self, o: &Operation) -> &str {
        let may = |roles: &[String]| {
            let roles: Vec<domain::access::Role> =
                roles.iter().filter_map(|r| domain::access::Role::parse(r)).collect();
            o.guard.of_roles(&roles).is_some()
        };
        self.cookies
            .iter()
            .find(|(_, roles)| may(roles))
            .map(|(cookie, _)| cookie.as_str())
            .expect("a caller for every operation")
    }

    fn call(&self, o: &Operation, id: &str) -> Call {
        let mut path = o.path.to_owned();
        for (name, value) in
            [("{entity}", "sites"), ("{table}", "b1"), ("{year}", "2026"), ("{position}", "0")]
        {
            path = path.replace(name, value);
        }
        for name in ["{id}", "{code}", "{container_code}"] {
            path = path.replace(name, id);
        }
        if !o.query.is_empty() {
            path = format!("{path}?{}", o.query);
        }
        let call = Call::new(o.method, path).cookie(self.cookie(o));
        let operation = &self.server.document["paths"][o.path][o.method.to_lowercase()];
        let if_match =
            operation["parameters"].as_array().is_some_and(|p| p.iter().any(|p| p["name"] == "If-Match"));
        if if_match { call.if_match(1) } else { call }
    }
}

fn json_schema<'d>(document: &'d Value, o: &Operation) -> Option<&'d Value> {
    let schema = &document["paths"][o.path][o.method.to_lowercase()]["requestBody"]["content"]["application/json"]
        ["schema"];
    schema.is_object().then_some(schema)
}

/// A real object for the path, so that the body is looked at.
async fn real_id(server: &Server, o: &Operation, cookie: &str) -> String {
    let list = match o.object {
        crate::operations::Object::Manifest => "/api/manifests",
        crate::operations::Object::Site => "/api/registry/sites",
        crate::operations::Object::Account => "/api/accounts?q=garage",
        crate::operations::Object::Delegation => "/api/delegations",
        _ => return "unknown".to_owned(),
    };
    let reply = server.send(Call::get(list).cookie(cookie)).await;
    reply.json["items"][0]["id"].as_str().unwrap_or("unknown").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn spoilt_bodies_are_refused_and_never_break_the_server() {
    let server = played().await;
    let sender = Sender::new(&server).await;
    let mut sent = 0;
    for o in all().iter().filter(|o| !o.spends_session()) {
        let Some(schema) = json_schema(&server.document, o) else { continue };
        let good = o.body.clone().unwrap_or_else(|| sample::of_schema(&server.document, schema));
        let id = real_id(&server, o, sender.cookie(o)).await;
        let mut bodies: Vec<Value> = Vec::new();
        for place in sample::places(&good) {
            bodies.push(sample::without(&good, &place));
            // Passwords are hashed at every try; a few are enough.
            let all = sample::spoilers();
            let slow = good.get("password").is_some();
            bodies.extend(
                all.into_iter().step_by(if slow { 4 } else { 1 }).map(|s| sample::with(&good, &place, s)),
            );
        }
        bodies.extend([
            json!(null),
            json!([]),
            json!("x"),
            json!(7),
            json!({}),
            json!({"unknown_field": 1}),
            json!([good.clone()]),
        ]);
        for body in bodies {
            server.send(sender.call(o, &id).json(&body)).await;
            sent += 1;
        }
    }
    assert!(sent > 500, "only {sent} bodies");
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_that_are_no_json_are_refused_everywhere() {
    let server = crate::support::start(|_| {}).await;
    let sender = Sender::new(&server).await;
    let deep = [vec![b'['; 100_000], vec![b']'; 100_000]].concat();
    let deep_object = ["{\"a\":".repeat(20_000).into_bytes(), b"1".to_vec(), vec![b'}'; 20_000]].concat();
    for o in all().iter().filter(|o| !o.spends_session() || o.path == "/api/session") {
        if json_schema(&server.document, o).is_none() {
            continue;
        }
        let raw = |bytes: &[u8]| sender.call(o, "unknown").raw("application/json", bytes.to_vec());
        for (bytes, statuses) in [
            (b"".as_slice(), [400].as_slice()),
            (b"{", &[400]),
            (b"nonsense", &[400]),
            (b"{\"a\": 1e999}", &[400, 404, 422]),
            (b"{\"a\": \"\\ud800\"}", &[400, 404, 422]),
            (b"{\"a\": \"\\u0000\"}", &[400]),
            (b"\xff\xfe\x00", &[400, 422]),
            (&deep, &[400, 422]),
            (&deep_object, &[400, 404, 422]),
            (&vec![b' '; 3 << 20], &[413]),
        ] {
            let reply = server.send(raw(bytes)).await;
            let shown: String = String::from_utf8_lossy(bytes).chars().take(20).collect();
            assert!(
                statuses.contains(&reply.status),
                "{} {} with {shown:?}: {} {}",
                o.method,
                o.path,
                reply.status,
                reply.json
            );
        }
        let other = sender.call(o, "unknown").raw("application/x-www-form-urlencoded", b"a=1".to_vec());
        server.send(other).await.expect(415);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn spoilt_paths_and_queries_are_refused_and_never_break_the_server() {
    let server = played().await;
    let sender = Sender::new(&server).await;
    let long = "x".repeat(4_000);
    let words = [
        "",
        "-1",
        "0",
        "abc",
        "99999999999999999999",
        "1.5",
        "%27%20or%201=1",
        "%F0%9F%98%80",
        "..%2F..%2Fetc",
        "2026-13-45",
        "null",
        &long,
    ];
    let general = [
        "limit",
        "cursor",
        "sort",
        "q",
        "org_id",
        "site_id",
        "status",
        "from",
        "to",
        "on",
        "format",
        "waste_code",
        "late",
        "waiting",
    ];
    for o in all().iter().filter(|o| o.method == "GET") {
        for word in words.iter().filter(|w| !w.is_empty()) {
            server.send(sender.call(o, word)).await;
        }
        let named =
            server.document["paths"][o.path]["get"]["parameters"].as_array().cloned().unwrap_or_default();
        let mut names: Vec<String> = named
            .iter()
            .filter(|p| p["in"] == "query")
            .filter_map(|p| p["name"].as_str().map(str::to_owned))
            .collect();
        names.extend(general.map(str::to_owned));
        names.sort();
        names.dedup();
        for name in names {
            for word in words {
                let mut call = sender.call(o, "unknown");
                call.path =
                    format!("{}{}{name}={word}", call.path, if call.path.contains('?') { '&' } else { '?' });
                server.send(call).await;
            }
        }
    }
    // The cursor of one list in another.
    let cookie = &sender.cookies[0].0;
    let page = server.send(Call::get("/api/registry/orgs?limit=1").cookie(cookie)).await.expect(200);
    let cursor = page.json["next_cursor"].as_str().expect("cursor").to_owned();
    for o in all().iter().filter(|o| o.method == "GET") {
        let mut call = sender.call(o, "unknown");
        call.path =
            format!("{}{}cursor={cursor}", call.path, if call.path.contains('?') { '&' } else { '?' });
        server.send(call).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn spoilt_headers_are_refused() {
    let server = crate::support::start(|_| {}).await;
    let cookie = server.sign_in("manager").await;
    let long = "a".repeat(3_000);
    for (name, value) in [
        ("wufei-on-behalf", "x' or '1'='1"),
        ("wufei-on-behalf", &long),
        ("wufei-purpose", "%FF%FE"),
        ("wufei-purpose", &long),
        ("idempotency-key", &long),
        ("idempotency-key", ""),
        ("accept-language", &long),
        ("x-request-id", &long),
        ("cookie", &long),
    ] {
        let reply = server.send(Call::get("/api/me").cookie(&cookie).header(name, value)).await;
        assert!(matches!(reply.status, 200 | 400 | 403), "{name}: {}", reply.status);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn uploads_that_are_no_tables_are_refused() {
    let server = crate::support::start(|_| {}).await;
    let cookie = server.sign_in("sysadmin").await;
    let form = |bytes: &[u8], name: &str| {
        let head =
            format!("--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n");
        [head.as_bytes(), bytes, b"\r\n--x--\r\n"].concat()
    };
    let zip_bomb_head = b"PK\x03\x04\x14\x00\x00\x00\x08\x00garbage that is no archive".to_vec();
    for entity in ["orgs", "sites", "licences", "crew", "plans"] {
        let path = format!("/api/registry/{entity}/import?dry_run=false");
        let send = |content_type: &str, body: Vec<u8>| {
            server.send(Call::new("POST", path.clone()).cookie(&cookie).raw(content_type, body))
        };
        for (name, bytes) in [
            ("a.csv", b"".to_vec()),
            ("a.csv", b"name\n\"unclosed".to_vec()),
            ("a.csv", b"\xff\xfe\x00\x01\x02".to_vec()),
            ("a.csv", b"a,b,c\n1,2,3\n".to_vec()),
            ("a.xlsx", zip_bomb_head.clone()),
            ("a.xlsx", vec![0; 1_000]),
            ("../../etc/passwd", b"x".to_vec()),
        ] {
            let reply = send("multipart/form-data; boundary=x", form(&bytes, name)).await;
            assert!((400..500).contains(&reply.status), "{entity} {name}: {}", reply.status);
        }
        for body in [b"".to_vec(), b"--x".to_vec(), b"no form at all".to_vec()] {
            let reply = send("multipart/form-data; boundary=x", body).await;
            assert!((400..500).contains(&reply.status), "{entity}: {}", reply.status);
        }
        let big = send("multipart/form-data; boundary=x", form(&vec![b'a'; 21 << 20], "a.csv")).await;
        assert_eq!(big.status, 413, "{entity}: {}", big.json);
        let other = send("text/csv", b"a,b".to_vec()).await;
        assert!(matches!(other.status, 400 | 415), "{entity}: {}", other.status);
    }
}
