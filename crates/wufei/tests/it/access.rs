//! The access matrix: every operation of the OpenAPI document × every role × own and foreign objects, against the
//! policy in `domain::access`; and the same under a delegation. A refusal is 403, or 404 for things whose existence is
//! nobody else's business.

use std::collections::BTreeMap;

use domain::access::{DelegationScope, Permission, Role, Scope, delegated};
use serde_json::Value;

use crate::operations::{Guard, Object, Operation, all};
use crate::sample;
use crate::support::{Call, Reply, Server, openapi, played};

/// One account per role.
const ACCOUNTS: [(&str, Role); 13] = [
    ("clerk", Role::Clerk),
    ("manager", Role::Manager),
    ("dispatcher", Role::Dispatcher),
    ("driver", Role::Driver),
    ("scale", Role::Scale),
    ("receiver", Role::ReceiverManager),
    ("bureau", Role::Department),
    ("inspector", Role::Inspector),
    ("town", Role::Town),
    ("office", Role::Office),
    ("sysadmin", Role::SystemAdmin),
    ("secadmin", Role::SecurityAdmin),
    ("auditor", Role::AuditAdmin),
];

#[test]
fn every_operation_has_an_expectation_and_every_expectation_an_operation() {
    let document = openapi();
    let mut routes: Vec<String> = Vec::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for method in item.as_object().expect("item").keys() {
            routes.push(format!("{} {path}", method.to_uppercase()));
        }
    }
    let expected: Vec<String> = all().iter().map(|o| format!("{} {}", o.method, o.path)).collect();
    let missing: Vec<&String> = routes.iter().filter(|r| !expected.contains(r)).collect();
    assert!(
        missing.is_empty(),
        "add to tests/it/operations.rs, with the permission that guards them: {missing:#?}"
    );
    let stale: Vec<&String> = expected.iter().filter(|e| !routes.contains(e)).collect();
    assert!(stale.is_empty(), "no such routes any more: {stale:#?}");
}

#[test]
fn the_accounts_of_the_test_are_all_roles() {
    for role in Role::ALL {
        assert!(ACCOUNTS.iter().any(|(_, r)| r == role), "{role} is not tested");
    }
}

/// A caller with what lies within and outside its reach.
struct Caller {
    login: String,
    cookie: String,
    org_id: String,
    roles: Vec<Role>,
    /// Acting for this organisation, within this scope.
    client: Option<(String, DelegationScope)>,
    own: BTreeMap<&'static str, String>,
    foreign: BTreeMap<&'static str, String>,
}

/// The id in a list's item.
fn id_of(object: Object, item: &Value) -> Option<String> {
    let field = if object == Object::Container { "container_code" } else { "id" };
    item[field].as_str().map(str::to_owned)
}

fn list_of(object: Object) -> Option<(&'static str, &'static str)> {
    match object {
        Object::None | Object::Unknown => None,
        Object::Account => Some(("account", "/api/accounts")),
        Object::Delegation => Some(("delegation", "/api/delegations")),
        Object::Site => Some(("site", "/api/registry/sites")),
        Object::Lot => Some(("lot", "/api/ledger/lots")),
        Object::Container => Some(("container", "/api/ledger/lots")),
        Object::Manifest => Some(("manifest", "/api/manifests")),
    }
}

const OBJECTS: [Object; 6] =
    [Object::Account, Object::Delegation, Object::Site, Object::Lot, Object::Container, Object::Manifest];

/// All items of a list, or nothing when the caller may not see it.
async fn items(server: &Server, caller: &Caller, path: &str) -> Vec<Value> {
    let (mut out, mut cursor) = (Vec::new(), String::new());
    loop {
        let mut call = Call::get(format!("{path}?limit=200{cursor}")).cookie(&caller.cookie);
        if let Some((client, _)) = &caller.client {
            call = call.header("wufei-on-behalf", client);
        }
        let reply = server.send(call).await;
        if reply.status != 200 {
            return Vec::new();
        }
        out.extend(reply.json["items"].as_array().cloned().unwrap_or_default());
        match reply.json["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return out,
        }
    }
}

/// Organisations that an item belongs to, whatever list it is from.
fn owners(item: &Value) -> Vec<&str> {
    ["org", "holder", "consignor", "carrier", "receiver", "agent", "client"]
        .iter()
        .filter_map(|f| item[*f]["id"].as_str())
        .collect()
}

async fn caller(server: &Server, login: &str, client: Option<(String, DelegationScope)>) -> Caller {
    let cookie = server.sign_in(login).await;
    let me = server.send(Call::get("/api/me").cookie(&cookie)).await.expect(200).json;
    let roles =
        me["roles"].as_array().expect("roles").iter().filter_map(|r| Role::parse(r.as_str()?)).collect();
    let org_id = me["org"]["id"].as_str().expect("org").to_owned();
    let (own, foreign) = (BTreeMap::new(), BTreeMap::new());
    Caller { login: login.to_owned(), cookie, org_id, roles, client, own, foreign }
}

/// Finds own and foreign objects for a caller, and checks on the way that lists show only what is within reach.
async fn look_around(
    server: &Server,
    caller: &mut Caller,
    everything: &BTreeMap<&'static str, Vec<Value>>,
    towns: &BTreeMap<String, String>,
) {
    for object in OBJECTS {
        let Some((name, path)) = list_of(object) else { continue };
        let mine = items(server, caller, path).await;
        let reach = list_guard(object).reach(&|p| caller.hold(p));
        let acting = caller.client.as_ref().map_or(&caller.org_id, |(client, _)| client);
        for item in &mine {
            let owners = owners(item);
            match reach {
                Some(Scope::City) => {}
                Some(Scope::Town) => {
                    let town = &towns[&caller.org_id];
                    assert!(
                        owners.iter().any(|o| towns.get(*o) == Some(town)),
                        "{} sees {item} in {path}",
                        caller.login
                    );
                }
                Some(_) => {
                    assert!(owners.contains(&acting.as_str()), "{} sees {item} in {path}", caller.login)
                }
                None => panic!("{} sees {path} without the right", caller.login),
            }
        }
        let ids: Vec<String> = mine.iter().filter_map(|i| id_of(object, i)).collect();
        // Accounts that sign in here must not be reset under the test's feet.
        // And an unsigned draft may be given up by whoever drafts; from the first signature on the stricter right counts.
        let spare = |i: &Value| match object {
            Object::Account => i["login"].as_str().is_some_and(|l| l.starts_with("garage-")),
            Object::Manifest => i["status"] != "draft",
            _ => true,
        };
        let first = mine.iter().filter(|i| spare(i)).chain(&mine).find_map(|i| id_of(object, i));
        if let Some(first) = first {
            caller.own.insert(name, first);
        }
        let other = everything[name]
            .iter()
            .filter(|i| spare(i))
            .chain(&everything[name])
            .filter_map(|i| id_of(object, i))
            .find(|i| !ids.contains(i));
        if let Some(other) = other {
            caller.foreign.insert(name, other);
        }
    }
}

fn list_guard(object: Object) -> Guard {
    let path = list_of(object).map_or("", |(_, path)| path);
    let path = if object == Object::Site { "/api/registry/{entity}" } else { path };
    all()
        .into_iter()
        .find(|o| o.method == "GET" && o.path == path)
        .map(|o| o.guard)
        .expect("a list's expectation")
}

impl Caller {
    fn hold(&self, permission: Permission) -> Option<Scope> {
        match &self.client {
            None => domain::access::widest(&self.roles, permission),
            Some((_, scope)) => delegated(&self.roles, scope, permission),
        }
    }

    fn call(&self, o: &Operation, document: &Value, cookie: &str, id: Option<&str>) -> Call {
        let mut path = o.path.to_owned();
        for (name, value) in [
            ("{entity}", "sites"),
            ("{code}", if o.path.contains("attest") { "none" } else { "900-041-49" }),
            ("{year}", "2026"),
            ("{position}", "0"),
            ("{table}", "b1"),
            ("{id}", id.unwrap_or("unknown")),
            ("{container_code}", id.unwrap_or("unknown")),
        ] {
            path = path.replace(name, value);
        }
        if !o.query.is_empty() {
            path = format!("{path}?{}", o.query);
        }
        let operation = &document["paths"][o.path][o.method.to_lowercase()];
        let mut call = Call::new(o.method, path).cookie(cookie);
        let content = &operation["requestBody"]["content"];
        if content["multipart/form-data"].is_object() {
            let body = "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\nx\r\n--x--\r\n";
            call = call.raw("multipart/form-data; boundary=x", body.as_bytes().to_vec());
        } else if content.is_object() {
            let body = o
                .body
                .clone()
                .unwrap_or_else(|| sample::of_schema(document, &content["application/json"]["schema"]));
            let acting = self.client.as_ref().map_or(&self.org_id, |(client, _)| client);
            call = call.raw("application/json", body.to_string().replace("@own_org", acting).into_bytes());
        }
        if operation["parameters"].as_array().is_some_and(|p| p.iter().any(|p| p["name"] == "If-Match")) {
            // Never the present version, so that nothing is changed by those who may.
            call = call.if_match(99_999);
        }
        match &self.client {
            Some((client, _)) => call.header("wufei-on-behalf", client),
            None => call,
        }
    }
}

/// What an answer says about access.
#[derive(Debug, PartialEq, Eq, Clone, Copy)]
enum Said {
    Allowed,
    Forbidden,
    NotFound,
}

fn said(reply: &Reply) -> Said {
    match reply.status {
        401 | 403 => Said::Forbidden,
        404 => Said::NotFound,
        _ => Said::Allowed,
    }
}

async fn send(server: &Server, caller: &Caller, o: &Operation, id: Option<&str>) -> Reply {
    let cookie = if o.spends_session() { server.sign_in(&caller.login).await } else { caller.cookie.clone() };
    server.send(caller.call(o, &server.document, &cookie, id)).await
}

async fn check(server: &Server, caller: &Caller, wrong: &mut Vec<String>) -> usize {
    let mut checked = 0;
    for o in all() {
        // Positions of the journal belong to whoever the event does; the proof tests look at that.
        if o.path == "/api/events/{position}" || o.path.starts_with("/api/attest") {
            continue;
        }
        let reach = o.guard.reach(&|p| caller.hold(p));
        let name = format!(
            "{}{} {} {}",
            caller.login,
            if caller.client.is_some() { " for a client" } else { "" },
            o.method,
            o.path
        );
        let mut expect = |reply: &Reply, whose: &str, fine: &[Said]| {
            checked += 1;
            if !fine.contains(&said(reply)) {
                let text: String = String::from_utf8_lossy(&reply.bytes).chars().take(240).collect();
                wrong.push(format!(
                    "{name} ({whose}, reach {reach:?}): {} instead of {fine:?}: {text}",
                    reply.status
                ));
            }
        };
        let Some((object, _)) = list_of(o.object) else {
            let reply = send(server, caller, &o, None).await;
            let session_problem = o.path == "/api/session" || o.path.starts_with("/api/me/");
            match (o.guard, reach) {
                // The answer of these is about credentials, not about access.
                _ if session_problem && o.object == Object::None => {
                    expect(&reply, "self", &[Said::Allowed, Said::Forbidden])
                }
                (_, Some(_)) if o.object == Object::Unknown => expect(&reply, "none", &[Said::NotFound]),
                (_, Some(_)) => expect(&reply, "self", &[Said::Allowed]),
                (_, None) => expect(&reply, "self", &[Said::Forbidden]),
            }
            continue;
        };
        if let Some(own) = caller.own.get(object) {
            let reply = send(server, caller, &o, Some(own)).await;
            let fine: &[Said] =
                if reach.is_some() { &[Said::Allowed] } else { &[Said::Forbidden, Said::NotFound] };
            expect(&reply, "own", fine);
        }
        if let Some(foreign) = caller.foreign.get(object) {
            let reply = send(server, caller, &o, Some(foreign)).await;
            let fine: &[Said] = match reach {
                Some(Scope::City) => &[Said::Allowed],
                _ => &[Said::Forbidden, Said::NotFound],
            };
            expect(&reply, "foreign", fine);
        }
    }
    checked
}

/// Everything there is, as seen by officials and administrators who see the whole city.
async fn everything(server: &Server) -> BTreeMap<&'static str, Vec<Value>> {
    let (office, secadmin) = (caller(server, "office", None).await, caller(server, "secadmin", None).await);
    let mut all = BTreeMap::new();
    for object in OBJECTS {
        let Some((name, path)) = list_of(object) else { continue };
        let who = if matches!(object, Object::Account | Object::Delegation) { &secadmin } else { &office };
        let list = items(server, who, path).await;
        assert!(!list.is_empty(), "the city has no {name}");
        all.insert(name, list);
    }
    all
}

async fn towns(server: &Server) -> BTreeMap<String, String> {
    let office = caller(server, "office", None).await;
    let orgs = items(server, &office, "/api/registry/orgs").await;
    orgs.iter()
        .filter_map(|o| Some((o["id"].as_str()?.to_owned(), o["row"]["division_code"].as_str()?.to_owned())))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_role_reaches_what_the_policy_says_and_nothing_else() {
    let server = played().await;
    let (everything, towns) = (everything(&server).await, towns(&server).await);
    let (mut wrong, mut checked) = (Vec::new(), 0);
    for (login, role) in ACCOUNTS {
        let mut caller = caller(&server, login, None).await;
        assert_eq!(caller.roles, [role], "{login}");
        look_around(&server, &mut caller, &everything, &towns).await;
        checked += check(&server, &caller, &mut wrong).await;
    }
    assert!(wrong.is_empty(), "{} of {checked} answers are wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert!(checked > 1_000, "only {checked} answers were checked");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_reaches_what_the_client_handed_over_and_nothing_else() {
    let server = played().await;
    let (everything, towns) = (everything(&server).await, towns(&server).await);
    let cookie = server.sign_in("steward").await;
    let me = server.send(Call::get("/api/me").cookie(&cookie)).await.expect(200).json;
    let delegation = &me["delegations"][0];
    let client = delegation["client"]["id"].as_str().expect("a client").to_owned();
    let scope: DelegationScope = serde_json::from_value(delegation["scope"].clone()).expect("scope");
    let mut caller = caller(&server, "steward", Some((client, scope))).await;
    look_around(&server, &mut caller, &everything, &towns).await;
    let mut wrong = Vec::new();
    let checked = check(&server, &caller, &mut wrong).await;
    assert!(wrong.is_empty(), "{} of {checked} answers are wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[tokio::test]
async fn without_a_session_only_public_operations_answer() {
    let server = crate::support::start(|_| {}).await;
    let nobody = Caller {
        login: String::new(),
        cookie: String::new(),
        org_id: "x".to_owned(),
        roles: Vec::new(),
        client: None,
        own: BTreeMap::new(),
        foreign: BTreeMap::new(),
    };
    for o in all() {
        let reply = server.send(nobody.call(&o, &server.document, "none=none", None)).await;
        match o.guard {
            Guard::Public => assert_ne!(reply.status, 403, "{} {}", o.method, o.path),
            _ => assert_eq!(reply.status, 401, "{} {}: {}", o.method, o.path, reply.json),
        }
    }
}
