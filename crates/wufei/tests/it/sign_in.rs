//! Coming in: cookie, rotation, lock-out, time-out, second factor, confinement, cross-site requests, limits.

use app::identity::totp;
use serde_json::{Value, json};

use crate::support::{Call, HOUR, MINUTE, PASSWORD, Reply, Server, start};

async fn attempt(server: &Server, login: &str, password: &str, code: Option<&str>) -> Reply {
    server.send(Call::post("/api/session", json!({"login": login, "password": password, "totp": code}))).await
}

#[tokio::test]
async fn a_session_begins_with_a_safe_cookie_and_ends_with_it() {
    let server = start(|s| s.public_url = "https://wufei.example".to_owned()).await;
    let reply = attempt(&server, "manager", PASSWORD, None).await.expect(200);
    assert_eq!(reply.json["roles"], json!(["manager"]));
    let set = reply.headers["set-cookie"].to_str().expect("text").to_owned();
    for part in ["HttpOnly", "SameSite=Lax", "Path=/", "Secure"] {
        assert!(set.contains(part), "{part} in {set}");
    }
    let cookie = reply.cookie().expect("cookie");
    server.send(Call::get("/api/me").cookie(&cookie)).await.expect(200);
    server.send(Call::new("DELETE", "/api/session").cookie(&cookie)).await.expect(204);
    server.send(Call::get("/api/me").cookie(&cookie)).await.expect(401);
    // Without a session there is nothing to do, and that is fine.
    server.send(Call::new("DELETE", "/api/session")).await.expect(204);
}

#[tokio::test]
async fn the_token_is_stored_only_as_a_hash_and_changes_at_every_sign_in() {
    let server = start(|_| {}).await;
    let first = server.sign_in("manager").await;
    let token = first.split_once('=').expect("pair").1.to_owned();
    let stored = server
        .kit
        .db
        .read(|s| Box::pin(async move { db::Sql::query(s, "select token_hash from session", &[]).await }))
        .await
        .expect("sessions");
    let hashes: Vec<String> = stored.iter().map(|r| r.get("token_hash").expect("text")).collect();
    assert!(!hashes.contains(&token) && hashes.iter().all(|h| h.len() == 64));
    let body = json!({"login": "manager", "password": PASSWORD});
    let second = server
        .send(Call::post("/api/session", body).cookie(&first))
        .await
        .expect(200)
        .cookie()
        .expect("cookie");
    assert_ne!(first, second);
    server.send(Call::get("/api/me").cookie(&first)).await.expect(401);
    server.send(Call::get("/api/me").cookie(&second)).await.expect(200);
}

#[tokio::test]
async fn five_wrong_passwords_lock_known_and_unknown_logins_alike() {
    let server = start(|_| {}).await;
    for login in ["clerk", "nobody.at.all"] {
        for _ in 0..5 {
            let reply = attempt(&server, login, "Wrong-Password-1", None).await.expect(401);
            assert_eq!(reply.rules(), ["ID-CREDENTIALS"], "{login}");
        }
        let reply = attempt(&server, login, PASSWORD, None).await.expect(401);
        assert_eq!(reply.rules(), ["ID-LOCKED"], "{login}");
        assert!(reply.headers.contains_key("retry-after"));
    }
    let admin = server.sign_in("secadmin").await;
    let list = server.send(Call::get("/api/accounts?q=clerk").cookie(&admin)).await.expect(200);
    assert!(
        list.json["items"]
            .as_array()
            .expect("items")
            .iter()
            .any(|a| a["login"] == "clerk" && a["status"] == "locked")
    );
    server.clock.sim().advance(16 * MINUTE);
    attempt(&server, "clerk", PASSWORD, None).await.expect(200);
    let auditor = server.sign_in("auditor").await;
    let log = server.send(Call::get("/api/audit?kind=audit.locked").cookie(&auditor)).await.expect(200);
    assert_eq!(log.json["items"].as_array().map(Vec::len), Some(2), "{}", log.json);
    let failed =
        server.send(Call::get("/api/audit?kind=audit.sign_in_failed").cookie(&auditor)).await.expect(200);
    assert_eq!(failed.json["items"].as_array().map(Vec::len), Some(10));
}

#[tokio::test]
async fn parallel_guesses_gain_nothing() {
    let server = start(|_| {}).await;
    let tries = (0..12).map(|i| {
        let password = if i == 11 { PASSWORD.to_owned() } else { format!("Wrong-Password-{i}") };
        attempt_owned(&server, password)
    });
    let replies = futures::future::join_all(tries).await;
    assert!(replies.iter().filter(|r| r.rules() == ["ID-CREDENTIALS"]).count() <= 11);
    attempt(&server, "clerk", PASSWORD, None).await.expect(401);
}

async fn attempt_owned(server: &Server, password: String) -> Reply {
    attempt(server, "clerk", &password, None).await
}

#[tokio::test]
async fn a_session_ends_when_idle_and_at_its_absolute_end() {
    let server = start(|s| {
        s.session.idle_minutes = 30;
        s.session.absolute_hours = 2;
    })
    .await;
    let cookie = server.sign_in("manager").await;
    for _ in 0..3 {
        server.clock.sim().advance(29 * MINUTE);
        server.send(Call::get("/api/me").cookie(&cookie)).await.expect(200);
    }
    server.clock.sim().advance(31 * MINUTE);
    server.send(Call::get("/api/me").cookie(&cookie)).await.expect(401);

    let cookie = server.sign_in("manager").await;
    for _ in 0..5 {
        server.clock.sim().advance(20 * MINUTE);
        server.send(Call::get("/api/me").cookie(&cookie)).await.expect(200);
    }
    server.clock.sim().advance(21 * MINUTE);
    server.send(Call::get("/api/me").cookie(&cookie)).await.expect(401);
}

#[tokio::test]
async fn the_second_factor_is_set_up_asked_for_and_never_accepted_twice() {
    let server = start(|s| s.session.require_second_factor = true).await;
    let first = server.sign_in("secadmin").await;
    // Until it is set up, only the own account is open.
    let refused = server.send(Call::get("/api/accounts").cookie(&first)).await.expect(403);
    assert_eq!(refused.rules(), ["ID-FACTOR-MISSING"]);
    // Whoever finds an open session must not bind a telephone of their own to the account.
    let enrol = |password: &str| Call::post("/api/me/totp", json!({"password": password})).cookie(&first);
    let refused = server.send(enrol("Wrong-Password-1")).await.expect(401);
    assert_eq!(refused.rules(), ["ID-CREDENTIALS"]);
    server.send(Call::post("/api/me/totp", json!({})).cookie(&first)).await.expect(422);
    let made = server.send(enrol(PASSWORD)).await.expect(200);
    assert!(made.json["qr_svg"].as_str().is_some_and(|s| s.contains("<svg")));
    let secret = base32(made.json["secret"].as_str().expect("secret"));
    let code = |server: &Server| totp::code_at(&secret, server.kit.clock.now()).expect("code");
    let wrong =
        server.send(Call::post("/api/me/totp/confirm", json!({"code": "000000"})).cookie(&first)).await;
    assert_eq!(wrong.expect(422).rules(), ["ID-CODE-WRONG"]);
    let confirmed = server
        .send(Call::post("/api/me/totp/confirm", json!({"code": code(&server)})).cookie(&first))
        .await
        .expect(204);
    let second = confirmed.cookie().expect("a new session");
    server.send(Call::get("/api/me").cookie(&first)).await.expect(401);
    let me = server.send(Call::get("/api/me").cookie(&second)).await.expect(200);
    assert_eq!(me.json["second_factor"], json!({"required": true, "enabled": true}));
    server.send(Call::get("/api/accounts").cookie(&second)).await.expect(200);

    let asked = attempt(&server, "secadmin", PASSWORD, None).await.expect(401);
    assert_eq!(asked.json["code"], "second_factor_required");
    // The code that confirmed it is spent.
    let replayed = attempt(&server, "secadmin", PASSWORD, Some(&code(&server))).await.expect(401);
    assert_eq!(replayed.rules(), ["ID-CODE-USED"]);
    server.clock.sim().advance(MINUTE);
    let good = code(&server);
    attempt(&server, "secadmin", PASSWORD, Some(&good)).await.expect(200);
    let replayed = attempt(&server, "secadmin", PASSWORD, Some(&good)).await.expect(401);
    assert_eq!(replayed.rules(), ["ID-CODE-USED"]);
    // A role that demands it cannot take it away.
    let kept = server
        .send(Call::new("DELETE", "/api/me/totp").json(&json!({"password": PASSWORD})).cookie(&second))
        .await;
    assert_eq!(kept.expect(409).rules(), ["ID-FACTOR-KEEP"]);
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

#[tokio::test]
async fn a_password_is_changed_by_its_owner_and_ends_all_other_sessions() {
    let server = start(|_| {}).await;
    let (here, there) = (server.sign_in("manager").await, server.sign_in("manager").await);
    let change = |current: &str, new: &str| {
        Call::post("/api/me/password", json!({"current": current, "new": new})).cookie(&here)
    };
    assert_eq!(
        server.send(change("Wrong-Password-1", "New-Password-2")).await.expect(401).rules(),
        ["ID-CREDENTIALS"]
    );
    assert_eq!(server.send(change(PASSWORD, "short")).await.expect(422).json["errors"][0]["path"], "/new");
    assert_eq!(server.send(change(PASSWORD, "Manager-2026")).await.expect(422).rules(), ["ID-PASSWORD-003"]);
    assert_eq!(server.send(change(PASSWORD, PASSWORD)).await.expect(422).rules(), ["ID-PASSWORD-004"]);
    let fresh = server.send(change(PASSWORD, "New-Password-2")).await.expect(204).cookie().expect("cookie");
    server.send(Call::get("/api/me").cookie(&here)).await.expect(401);
    server.send(Call::get("/api/me").cookie(&there)).await.expect(401);
    server.send(Call::get("/api/me").cookie(&fresh)).await.expect(200);
    attempt(&server, "manager", PASSWORD, None).await.expect(401);
    attempt(&server, "manager", "New-Password-2", None).await.expect(200);
}

#[tokio::test]
async fn five_wrong_passwords_inside_a_session_end_it() {
    let server = start(|_| {}).await;
    let cookie = server.sign_in("manager").await;
    let wrong = || {
        Call::post("/api/me/password", json!({"current": "Wrong-Password-1", "new": "New-Password-2"}))
            .cookie(&cookie)
    };
    for _ in 0..5 {
        server.send(wrong()).await.expect(401);
    }
    server.send(Call::get("/api/me").cookie(&cookie)).await.expect(401);
    // Outsiders who try a login must not stop its owner from working: the locks are apart.
    attempt(&server, "manager", PASSWORD, None).await.expect(200);
}

#[tokio::test]
async fn an_account_is_made_changed_and_reset_by_the_security_administrator() {
    let server = start(|_| {}).await;
    let admin = server.sign_in("secadmin").await;
    let me = server.send(Call::get("/api/me").cookie(&server.sign_in("manager").await)).await.expect(200);
    let org_id = me.json["org"]["id"].clone();
    let body = json!({"login": "New.Clerk", "name": "新同事", "phone": "13800000000", "org_id": org_id, "roles": ["clerk"]});
    let key = "0190a1b2-1111-7000-8000-000000000001";
    let make = || Call::post("/api/accounts", body.clone()).cookie(&admin).header("idempotency-key", key);
    let made = server.send(make()).await.expect(201);
    let (id, initial) = (
        made.json["id"].as_str().expect("id").to_owned(),
        made.json["initial_password"].as_str().expect("password").to_owned(),
    );
    // The same request again makes nothing and shows no password.
    let again = server.send(make()).await.expect(201);
    assert_eq!((again.json["id"].as_str(), again.json.get("initial_password")), (Some(id.as_str()), None));
    let taken = server.send(Call::post("/api/accounts", body.clone()).cookie(&admin)).await.expect(422);
    assert_eq!(taken.rules(), ["ID-ACCOUNT-002"]);

    let first = attempt(&server, "new.clerk", &initial, None).await.expect(200);
    assert_eq!(first.json["must_change_password"], true);
    let cookie = first.cookie().expect("cookie");
    assert_eq!(
        server.send(Call::get("/api/registry").cookie(&cookie)).await.expect(403).rules(),
        ["ID-PASSWORD-CHANGE"]
    );
    let change =
        Call::post("/api/me/password", json!({"current": initial, "new": "My-Own-Word-9"})).cookie(&cookie);
    let cookie = server.send(change).await.expect(204).cookie().expect("cookie");
    server.send(Call::get("/api/registry").cookie(&cookie)).await.expect(200);

    let put = |roles: Value, version: i64| {
        let body = json!({"name": "新同事", "phone": null, "roles": roles, "status": "active"});
        Call::new("PUT", format!("/api/accounts/{id}")).json(&body).cookie(&admin).if_match(version)
    };
    assert_eq!(server.send(put(json!(["driver"]), 1)).await.expect(422).rules(), ["ID-ROLE-002"]);
    server.send(put(json!(["clerk", "manager"]), 7)).await.expect(412);
    let changed = server.send(put(json!(["clerk", "manager"]), 1)).await.expect(200);
    assert_eq!(changed.headers["etag"], "\"2\"");
    // New rights, new session.
    server.send(Call::get("/api/me").cookie(&cookie)).await.expect(401);
    let reset =
        server.send(Call::new("POST", format!("/api/accounts/{id}/reset")).cookie(&admin)).await.expect(200);
    attempt(&server, "new.clerk", reset.json["initial_password"].as_str().expect("password"), None)
        .await
        .expect(200);
}

#[tokio::test]
async fn the_three_administrators_stay_apart_and_one_stays() {
    let server = start(|_| {}).await;
    let admin = server.sign_in("secadmin").await;
    let me = server.send(Call::get("/api/me").cookie(&admin)).await.expect(200);
    let id = me.json["account_id"].as_str().expect("id").to_owned();
    let put = |roles: Value| {
        let body = json!({"name": "安全", "phone": null, "roles": roles, "status": "active"});
        Call::new("PUT", format!("/api/accounts/{id}")).json(&body).cookie(&admin).if_match(1)
    };
    let both = server.send(put(json!(["security_admin", "audit_admin"]))).await.expect(422);
    assert!(
        both.rules().contains(&"ID-ACCOUNT-006") && both.rules().contains(&"ID-ROLE-003"),
        "{:?}",
        both.rules()
    );
    let last = server.send(put(json!(["department"]))).await.expect(422);
    assert!(last.rules().contains(&"ID-ACCOUNT-007"), "{:?}", last.rules());
}

#[tokio::test]
async fn requests_from_other_sites_are_refused() {
    let server = start(|_| {}).await;
    let cookie = server.sign_in("manager").await;
    for (name, value) in [("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")] {
        let call = Call::post("/api/me/totp", json!({"password": PASSWORD}))
            .cookie(&cookie)
            .header("host", "wufei.example")
            .header(name, value);
        assert_eq!(server.send(call).await.expect(403).rules(), ["ID-CROSS-SITE"]);
        // Reading is harmless: the answer cannot be read from there.
        let read = Call::get("/api/me").cookie(&cookie).header("host", "wufei.example").header(name, value);
        server.send(read).await.expect(200);
    }
    let own = Call::post("/api/me/totp", json!({"password": PASSWORD}))
        .cookie(&cookie)
        .header("host", "wufei.example")
        .header("origin", "https://wufei.example");
    server.send(own).await.expect(200);
}

#[tokio::test]
async fn too_many_requests_are_told_to_wait() {
    let server = start(|s| {
        s.limits.sign_in_per_minute = 3;
        s.limits.writes_per_minute = 2;
    })
    .await;
    let cookie = server.sign_in("manager").await;
    attempt(&server, "nobody", "x", None).await.expect(401);
    attempt(&server, "nobody", "x", None).await.expect(401);
    let limited = attempt(&server, "nobody", "x", None).await.expect(429);
    assert!(limited.headers.contains_key("retry-after"));
    for status in [200, 200, 429] {
        server
            .send(Call::post("/api/me/totp", json!({"password": PASSWORD})).cookie(&cookie))
            .await
            .expect(status);
    }
    server.send(Call::get("/api/me").cookie(&cookie)).await.expect(200);
}

#[tokio::test]
async fn a_delegation_lets_an_agent_act_within_its_scope_and_days() {
    let server = start(|_| {}).await;
    let (client, agent) = (server.sign_in("manager").await, server.sign_in("dispatcher").await);
    let org = |me: Reply| me.json["org"]["id"].as_str().expect("org").to_owned();
    let client_id = org(server.send(Call::get("/api/me").cookie(&client)).await.expect(200));
    let agent_id = org(server.send(Call::get("/api/me").cookie(&agent)).await.expect(200));
    let acting = |path: &str| Call::get(path).cookie(&agent).header("wufei-on-behalf", &client_id);
    assert_eq!(server.send(acting("/api/me")).await.expect(403).rules(), ["ID-DELEG-003"]);
    let grant = |scope: Value| {
        let body = json!({"agent_org_id": agent_id, "client_org_id": client_id, "scope": scope, "valid_from": "2026-03-01",
            "valid_to": "2026-03-31", "reason": "代办"});
        Call::post("/api/delegations", body).cookie(&client)
    };
    assert_eq!(server.send(grant(json!(["account_admin"]))).await.expect(422).rules(), ["ID-DELEG-002"]);
    let made = server.send(grant(json!(["registry_read", "catalogue_read"]))).await.expect(201);
    let me = server.send(acting("/api/me")).await.expect(200);
    assert_eq!(me.json["acting_for"]["id"], client_id.as_str());
    assert_eq!(me.json["permissions"], json!(["catalogue_read", "registry_read"]));
    let sites = server.send(acting("/api/registry/sites")).await.expect(200);
    assert!(
        sites.json["items"].as_array().expect("items").iter().all(|s| s["org"]["id"] == client_id.as_str()),
        "{}",
        sites.json
    );
    let id = made.json["id"].as_str().expect("id");
    let revoke =
        Call::post(format!("/api/delegations/{id}/revoke"), json!({"reason": "结束"})).cookie(&client);
    server.send(revoke).await.expect(200);
    server.send(acting("/api/me")).await.expect(403);
    // A firm grants only for itself.
    let foreign = json!({"agent_org_id": client_id, "client_org_id": agent_id, "scope": ["stock_read"], "valid_from": "2026-03-01",
        "valid_to": "2026-03-31", "reason": "x"});
    server.send(Call::post("/api/delegations", foreign).cookie(&client)).await.expect(404);
}

#[tokio::test]
async fn delegations_end_with_their_last_day() {
    let server = start(|_| {}).await;
    let (client, agent) = (server.sign_in("manager").await, server.sign_in("dispatcher").await);
    let me = server.send(Call::get("/api/me").cookie(&client)).await.expect(200);
    let client_id = me.json["org"]["id"].as_str().expect("org").to_owned();
    let agent_id =
        server.send(Call::get("/api/me").cookie(&agent)).await.expect(200).json["org"]["id"].clone();
    let body = json!({"agent_org_id": agent_id, "client_org_id": client_id, "scope": ["registry_read"], "valid_from": "2026-03-02",
        "valid_to": "2026-03-02", "reason": "一天"});
    server.send(Call::post("/api/delegations", body).cookie(&client)).await.expect(201);
    let acting = Call::get("/api/me").cookie(&agent).header("wufei-on-behalf", &client_id);
    server.send(acting.clone()).await.expect(200);
    server.clock.sim().advance(3 * HOUR);
    server.send(acting.clone()).await.expect(200);
    server.clock.sim().advance(14 * HOUR);
    let agent = server.sign_in("dispatcher").await;
    server.send(Call::get("/api/me").cookie(&agent).header("wufei-on-behalf", &client_id)).await.expect(403);
}
