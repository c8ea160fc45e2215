//! Each measurement at a tiny size: its lines have their form. Never a time: the machine may be busy.

use serde_json::Value;
use wufei::bench::{Bench, Engine, measure};

fn tiny(name: &str, engine: Engine) -> Bench {
    Bench {
        name: name.to_owned(),
        engine,
        database: None,
        dir: None,
        json: true,
        runs: 2,
        count: Some(12),
        clients: Some(4),
        days: 3,
        rows: 200,
        keep: None,
        only: None,
    }
}

async fn lines(options: Bench, names: &[&str]) -> Vec<Value> {
    let lines = measure(&options).await.expect("measured");
    let all: Vec<Value> =
        lines.iter().map(|l| serde_json::from_str(&l.json().expect("JSON")).expect("an object")).collect();
    assert_eq!(all.iter().filter_map(|l| l["bench"].as_str()).collect::<Vec<_>>(), names);
    for line in &all {
        for field in ["ours", "bare", "ratio"] {
            assert!(line[field].as_f64().is_some_and(|v| v > 0.0), "{field} in {line}");
        }
        assert!(line["spread"].as_f64().is_some_and(|v| v >= 0.0), "{line}");
        assert!(line["engine"].is_string() && line["unit"].is_string(), "{line}");
        assert_eq!(line["runs"], 2);
        assert_eq!(line["noisy"], line["spread"].as_f64() > Some(0.2), "{line}");
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn sign_on_sqlite() {
    let names = ["sign", "sign_vs_commit_per_request"];
    let lines = lines(tiny("sign", Engine::Sqlite), &names).await;
    assert!(lines[0]["statements"].as_f64() > Some(1.0), "{}", lines[0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn sign_on_postgres() {
    lines(tiny("sign", Engine::Postgres), &["sign"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn read() {
    let lines = lines(tiny("read", Engine::Sqlite), &["read"]).await;
    assert!(lines[0]["bytes"].as_u64() > Some(10), "{}", lines[0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn ingest() {
    let lines = lines(tiny("ingest", Engine::Sqlite), &["ingest", "ingest_path"]).await;
    assert_eq!(lines[0]["frames"], 12, "{}", lines[0]);
    assert_eq!(lines[0]["clients"], 4, "{}", lines[0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn blocks() {
    let lines = lines(tiny("blocks", Engine::Sqlite), &["blocks"]).await;
    assert!(lines[0]["bytes_per_position"].as_f64().is_some_and(|b| b > 1.0 && b <= 10.0), "{}", lines[0]);
    assert_eq!(lines[0]["positions_per_day"], 5_760, "{}", lines[0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn alarm() {
    let lines = lines(tiny("alarm", Engine::Sqlite), &["alarm"]).await;
    assert_eq!(lines[0]["count"], 24, "{}", lines[0]);
    assert!(lines[0]["p50_ms"].as_f64().is_some_and(|ms| ms > 0.0), "{}", lines[0]);
}

#[tokio::test]
async fn unknown() {
    let error = measure(&tiny("nothing", Engine::Sqlite)).await.expect_err("no such measurement");
    assert!(error.to_string().contains("known: sign, read, ingest, blocks, alarm"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn indicators() {
    let lines = lines(tiny("indicators", Engine::Sqlite), &["indicators"]).await;
    assert!(lines[0]["figures"].as_u64() > Some(5_000), "{}", lines[0]);
    assert!(lines[0]["values"].as_u64() > Some(10), "{}", lines[0]);
}
