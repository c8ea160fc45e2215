//! Proving again who one is: repeated requests, used codes, counted guesses; and personal data of accounts.

use app::identity::totp;
use serde_json::{Value, json};
use wufei::server::upkeep;

use crate::support::{Call, MINUTE, PASSWORD, Reply, Server, played, start};

/// Sets up a second factor; answers the new session and the secret.
async fn enrol(server: &Server, login: &str) -> (String, Vec<u8>) {
    let cookie = server.sign_in(login).await;
    let body = json!({"password": PASSWORD});
    let made = server.send(Call::post("/api/me/totp", body).cookie(&cookie)).await.expect(200);
    let secret = base32(made.json["secret"].as_str().expect("secret"));
    let code = totp::code_at(&secret, server.kit.clock.now()).expect("code");
    let confirmed = server
        .send(Call::post("/api/me/totp/confirm", json!({"code": code})).cookie(&cookie))
        .await
        .expect(204);
    server.clock.sim().advance(MINUTE);
    (confirmed.cookie().expect("a new session"), secret)
}

fn base32(text: &str) -> Vec<u8> {
    let (mut out, mut buffer, mut bits) = (Vec::new(), 0u64, 0u32);
    for c in text.bytes() {
        let value = if c.is_ascii_uppercase() { c - b'A' } else { c - b'2' + 26 };
        buffer = buffer << 5 | u64::from(value);
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            out.push(u8::try_from(buffer >> bits & 255).expect("byte"));
        }
    }
    out
}

/// A document of the caller that may be given up: id and version.
async fn voidable(server: &Server, cookie: &str) -> (String, i64) {
    for status in ["draft", "awaiting_carrier"] {
        let path = format!("/api/manifests?status={status}");
        let list = server.send(Call::get(path).cookie(cookie)).await.expect(200);
        for item in list.json["items"].as_array().expect("items") {
            let id = item["id"].as_str().expect("id").to_owned();
            let one = server.send(Call::get(format!("/api/manifests/{id}")).cookie(cookie)).await.expect(200);
            let may = one.json["allowed"].as_array().into_iter().flatten().any(|a| a == "void");
            if may || one.json["consignor"]["id"] == own_org(server, cookie).await {
                return (id, one.json["version"].as_i64().expect("version"));
            }
        }
    }
    panic!("the played city has no document to give up")
}

async fn own_org(server: &Server, cookie: &str) -> Value {
    server.send(Call::get("/api/me").cookie(cookie)).await.expect(200).json["org"]["id"].clone()
}

struct Voiding<'a> {
    server: &'a Server,
    cookie: &'a str,
    id: &'a str,
    version: i64,
}

impl Voiding<'_> {
    async fn send(&self, key: &str, password: &str, code: Option<&str>) -> Reply {
        let body = json!({"version": self.version, "reason": "重复请求", "password": password, "totp": code});
        let call = Call::post(format!("/api/manifests/{}/void", self.id), body);
        self.server.send(call.cookie(self.cookie).header("idempotency-key", key)).await
    }
}

#[tokio::test]
async fn a_signature_is_repeated_with_its_used_code_and_a_used_code_is_no_guess() {
    let server = played().await;
    let (cookie, secret) = enrol(&server, "manager").await;
    let (id, version) = voidable(&server, &cookie).await;
    let voiding = Voiding { server: &server, cookie: &cookie, id: &id, version };
    let code = totp::code_at(&secret, server.kit.clock.now()).expect("code");
    let first = voiding.send("give-up-once", PASSWORD, Some(&code)).await.expect(200);
    assert_eq!(first.json["status"], "voided");
    // The answer was lost on the way: the same request, the same code.
    for _ in 0..7 {
        let again = voiding.send("give-up-once", PASSWORD, Some(&code)).await.expect(200);
        assert_eq!(again.json["version"], first.json["version"]);
    }
    // Under another key it is another request, and the code is spent; but it was no guess.
    for _ in 0..7 {
        let used = voiding.send("give-up-twice", PASSWORD, Some(&code)).await.expect(401);
        assert_eq!(used.rules(), ["ID-CODE-USED"]);
    }
    server.clock.sim().advance(MINUTE);
    let code = totp::code_at(&secret, server.kit.clock.now()).expect("code");
    voiding.send("give-up-thrice", PASSWORD, Some(&code)).await.expect(412);
    // The key alone does not answer another request.
    let other = Voiding { version: version + 7, ..voiding };
    let refused = other.send("give-up-once", PASSWORD, Some(&code)).await.expect(409);
    assert_eq!(refused.rules(), ["REQ-IDEMPOTENCY"]);
}

#[tokio::test]
async fn success_sets_the_count_of_guesses_back_but_half_a_proof_does_not() {
    let server = played().await;
    let cookie = server.sign_in("manager").await;
    let drop = |password: &str| {
        let body = json!({"password": password});
        server.send(Call::new("DELETE", "/api/me/totp").json(&body).cookie(&cookie))
    };
    for _ in 0..3 {
        for _ in 0..4 {
            assert_eq!(drop("Wrong-Password-1").await.expect(401).rules(), ["ID-CREDENTIALS"]);
        }
        assert_eq!(drop(PASSWORD).await.expect(409).rules(), ["ID-FACTOR-NONE"]);
    }
    let (cookie, secret) = enrol(&server, "manager").await;
    let (id, version) = voidable(&server, &cookie).await;
    let voiding = Voiding { server: &server, cookie: &cookie, id: &id, version: version + 7 };
    for round in 0..3 {
        for n in 0..4 {
            let wrong = voiding.send(&format!("guess-{round}-{n}"), PASSWORD, Some("000000")).await;
            assert_eq!(wrong.expect(401).rules(), ["ID-CODE-WRONG"]);
        }
        server.clock.sim().advance(MINUTE);
        let code = totp::code_at(&secret, server.kit.clock.now()).expect("code");
        voiding.send(&format!("right-code-{round}"), PASSWORD, Some(&code)).await.expect(412);
    }
    for n in 0..4 {
        voiding.send(&format!("last-guess-{n}"), PASSWORD, Some("000000")).await.expect(401);
    }
    // The password alone is not the whole proof where there is a second factor.
    let body = json!({"password": PASSWORD});
    server.send(Call::post("/api/me/totp", body).cookie(&cookie)).await.expect(409);
    voiding.send("last-guess-5", PASSWORD, Some("000000")).await.expect(401);
    server.send(Call::get("/api/me").cookie(&cookie)).await.expect(401);
}

#[tokio::test]
async fn telephone_numbers_of_accounts_need_a_purpose_and_leave_a_trace() {
    let server = start(|_| {}).await;
    let admin = server.sign_in("secadmin").await;
    let manager = server.sign_in("manager").await;
    let org = own_org(&server, &manager).await;
    let body = json!({"login": "new.clerk", "name": "演新人", "phone": "13800001234", "org_id": org, "roles": ["clerk"]});
    let made = server.send(Call::post("/api/accounts", body).cookie(&admin)).await.expect(201);
    let id = made.json["id"].as_str().expect("id").to_owned();
    assert_eq!(made.json["phone"], "****1234");
    let list = server.send(Call::get("/api/accounts?q=new.clerk").cookie(&admin)).await.expect(200);
    assert_eq!(list.json["items"][0]["phone"], "****1234");
    let one = || Call::get(format!("/api/accounts/{id}")).cookie(&admin);
    let masked = server.send(one()).await.expect(200);
    assert_eq!((&masked.json["phone"], &masked.json["masked"]), (&json!("****1234"), &json!(["phone"])));
    let auditor = server.sign_in("auditor").await;
    let trace = async || {
        let path = "/api/audit?kind=audit.personal_read";
        let log = server.send(Call::get(path).cookie(&auditor)).await.expect(200);
        log.json["items"].as_array().expect("items").len()
    };
    assert_eq!(trace().await, 0);
    let whole = server.send(one().header("wufei-purpose", "call back")).await.expect(200);
    assert_eq!((&whole.json["phone"], &whole.json["masked"]), (&json!("13800001234"), &json!([])));
    assert_eq!(trace().await, 1);
    // A list never shows them, and the own organisation's manager leaves a trace, too.
    let list = Call::get("/api/accounts?q=new.clerk").cookie(&manager).header("wufei-purpose", "call back");
    assert_eq!(server.send(list).await.expect(200).json["items"][0]["phone"], "****1234");
    let own = server.send(Call::get(format!("/api/accounts/{id}")).cookie(&manager)).await.expect(200);
    assert_eq!(own.json["phone"], "13800001234");
    assert_eq!(trace().await, 2);
    // What comes back masked stays as it was.
    let change = |phone: &str, version: i64| {
        let body = json!({"name": "演新人", "phone": phone, "roles": ["clerk"], "status": "active"});
        Call::new("PUT", format!("/api/accounts/{id}")).json(&body).cookie(&admin).if_match(version)
    };
    server.send(change("****1234", 1)).await.expect(200);
    let kept = server.send(one().header("wufei-purpose", "call back")).await.expect(200);
    assert_eq!(kept.json["phone"], "13800001234");
    let version = kept.json["version"].as_i64().expect("version");
    assert_eq!(server.send(change("****9999", version)).await.expect(422).rules(), ["ID-ACCOUNT-004"]);
}

#[tokio::test]
async fn answers_are_kept_for_the_configured_days() {
    const DAY: i64 = 24 * 60 * MINUTE;
    let server = start(|s| s.limits.idempotency_days = 30).await;
    let cookie = server.sign_in("manager").await;
    let put = |name: &str, key: &str| {
        let body = json!({"name": name, "division_code": "320281001"});
        Call::post("/api/registry/sites", body).cookie(&cookie).header("idempotency-key", key)
    };
    let keys = async || {
        let sql = "select key from idempotency where key like 'site-%' order by key";
        let read = server.kit.db.read(move |s| Box::pin(async move { db::Sql::query(s, sql, &[]).await }));
        let rows = read.await.expect("rows");
        rows.iter().map(|r| r.get::<String>("key").expect("text")).collect::<Vec<_>>()
    };
    server.send(put("旧厂区", "site-old-1")).await.expect(201);
    server.clock.sim().advance(20 * MINUTE);
    server.send(put("新厂区", "site-new-1")).await.expect(201);
    server.clock.sim().advance(30 * DAY - 10 * MINUTE);
    assert_eq!(keys().await, ["site-new-1", "site-old-1"]);
    upkeep::sweep(&server.kit).await.expect("swept");
    assert_eq!(keys().await, ["site-new-1"]);
}
