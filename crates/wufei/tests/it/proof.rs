//! The proofs hold against a checkpoint that somebody kept, and the journal shows each caller only their own.

use db::{Hash, NoteKey, open_checkpoint, verify_consistency, verify_inclusion};
use serde_json::{Value, json};

use crate::support::{Call, Server, start};

fn hash(value: &Value) -> Hash {
    let text = value.as_str().expect("hex");
    let bytes: Vec<u8> =
        (0..text.len()).step_by(2).map(|i| u8::from_str_radix(&text[i..i + 2], 16).expect("hex")).collect();
    bytes.try_into().expect("32 bytes")
}

fn hashes(value: &Value) -> Vec<Hash> {
    value.as_array().expect("path").iter().map(hash).collect()
}

async fn signed(server: &Server) -> i64 {
    let (kit, now) = (&server.kit, server.kit.clock.now());
    kit.db.checkpoint(&kit.settings.tenant, &kit.signer, now).await.expect("checkpoint").map_or(0, |c| c.size)
}

#[tokio::test]
async fn an_auditor_can_prove_that_an_event_is_in_and_the_journal_only_grew() {
    let server = start(|_| {}).await;
    server.sign_in("manager").await;
    let old = signed(&server).await;
    let cookie = server.sign_in("auditor").await;
    let new = signed(&server).await;
    assert!(old > 0 && new > old);

    let key = server.send(Call::get("/api/proof/key")).await.expect(200).json;
    let key = NoteKey::parse(key["vkey"].as_str().expect("vkey")).expect("key");
    let text =
        server.send(Call::get("/api/proof/checkpoint").header("accept", "text/plain")).await.expect(200);
    let note = open_checkpoint(std::str::from_utf8(&text.bytes).expect("text")).expect("note");
    assert!(note.is_signed_by(&key));
    assert_eq!(note.size, new);

    let proof =
        server.send(Call::get("/api/proof/inclusion?position=3").cookie(&cookie)).await.expect(200).json;
    assert_eq!(proof["size"], new);
    let event = server.send(Call::get("/api/events/3").cookie(&cookie)).await.expect(200).json;
    let canonical = event["canonical"].as_str().expect("canonical");
    let leaf = db::leaf_hash(canonical.as_bytes());
    assert_eq!(leaf, hash(&proof["leaf_hash"]));
    assert!(verify_inclusion(&leaf, 3, new, &hashes(&proof["path"]), &note.root));
    let mut other = canonical.to_owned();
    other.push(' ');
    assert!(!verify_inclusion(&db::leaf_hash(other.as_bytes()), 3, new, &hashes(&proof["path"]), &note.root));

    let path = format!("/api/proof/consistency?from={old}&to={new}");
    let proof = server.send(Call::get(path).cookie(&cookie)).await.expect(200).json;
    assert!(verify_consistency(old, new, &hash(&proof["from_root"]), &note.root, &hashes(&proof["path"])));

    for (path, status) in [
        ("/api/proof/inclusion?position=999999", 404),
        ("/api/proof/inclusion?position=-1", 404),
        ("/api/proof/inclusion?position=3&size=2", 422),
        ("/api/proof/inclusion", 422),
        ("/api/proof/consistency?from=0", 422),
        ("/api/proof/consistency?from=5&to=999999", 422),
        ("/api/events/999999", 404),
        ("/api/events/x", 404),
    ] {
        server.send(Call::get(path).cookie(&cookie)).await.expect(status);
    }
}

#[tokio::test]
async fn a_firm_sees_its_own_events_and_nobody_but_the_auditor_sees_sign_ins() {
    let server = start(|_| {}).await;
    let (firm, office, auditor) =
        (server.sign_in("manager").await, server.sign_in("office").await, server.sign_in("auditor").await);
    let own = server.send(Call::get("/api/me").cookie(&firm)).await.json["org"]["id"].clone();
    let events = server.send(Call::get("/api/events?limit=200").cookie(&firm)).await.expect(200).json;
    let items = events["items"].as_array().expect("items");
    assert!(!items.is_empty());
    let accounts =
        server.send(Call::get("/api/accounts?limit=200").cookie(&firm)).await.json["items"].clone();
    let people: Vec<&Value> = accounts.as_array().expect("accounts").iter().map(|a| &a["id"]).collect();
    for e in items {
        assert!(e["org"]["id"] == own || people.contains(&&e["actor"]["id"]), "{e}");
    }
    for (cookie, shown) in [(&office, false), (&auditor, true)] {
        let list =
            server.send(Call::get("/api/events?kind=audit.signed_in").cookie(cookie)).await.expect(200).json;
        let first = &list["items"][0];
        assert_eq!(first["payload"].is_object(), shown, "{first}");
        let one = server
            .send(Call::get(format!("/api/events/{}", first["position"])).cookie(cookie))
            .await
            .expect(200)
            .json;
        assert_eq!(one["canonical"].is_string(), shown);
    }
    server.send(Call::get("/api/events").cookie(&server.sign_in("secadmin").await)).await.expect(403);
}

#[tokio::test]
async fn pages_of_events_join_without_gap_or_repetition() {
    let server = start(|_| {}).await;
    let cookie = server.sign_in("auditor").await;
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = server
            .send(Call::get(format!("/api/events?limit=37{cursor}")).cookie(&cookie))
            .await
            .expect(200)
            .json;
        seen.extend(
            page["items"]
                .as_array()
                .expect("items")
                .iter()
                .map(|e| e["position"].as_i64().expect("position")),
        );
        match &page["next_cursor"] {
            Value::String(next) => cursor = format!("&cursor={next}"),
            _ => break,
        }
    }
    let last = *seen.last().expect("events");
    assert_eq!(seen, (0..=last).collect::<Vec<_>>());
    assert_ne!(json!(last), json!(0));
}
