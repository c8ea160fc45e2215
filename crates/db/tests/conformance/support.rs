//! Tables and helpers that the tests share.

use db::{Db, DbError, Migration, NewEvent, StoredEvent, Tx, params};
use serde_json::json;
use uuid::Uuid;

/// The tenant of most tests.
pub const CITY: &str = "city";

/// A table with each type, and one that events are projected into.
pub const TABLES: &[Migration] = &[Migration {
    number: 100,
    name: "test",
    sql: "create table thing (
              tenant_id TEXT NOT NULL, id TEXT NOT NULL, n BIGINT, flag BOOLEAN, data BYTEA, note TEXT,
              PRIMARY KEY (tenant_id, id), CHECK (n >= 0)
          );
          create table part (
              tenant_id TEXT NOT NULL, id TEXT NOT NULL, thing_id TEXT NOT NULL,
              PRIMARY KEY (tenant_id, id),
              FOREIGN KEY (tenant_id, thing_id) REFERENCES thing (tenant_id, id)
          );
          create unique index thing_note on thing (tenant_id, note);",
}];

/// A repeatable id.
pub fn id(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

/// An event about thing `n`.
pub fn event(n: u128) -> NewEvent {
    NewEvent {
        id: id(n),
        kind: "thing.saved",
        subject_type: "thing",
        subject_id: format!("t{n}"),
        org_id: Some("org".to_owned()),
        actor_id: "actor".to_owned(),
        on_behalf_of: None,
        occurred_at: 1_000,
        recorded_at: 2_000,
        rule_version: Some("rules@1".to_owned()),
        payload: json!({"n": i64::try_from(n).unwrap_or(0), "name": "废酸 \"2\" \n", "list": [1, null, true]}),
        personal: Vec::new(),
    }
}

/// An event with two personal values.
pub fn personal_event(n: u128) -> NewEvent {
    let personal = vec![("phone".to_owned(), format!("138{n:08}")), ("name".to_owned(), "王芳".to_owned())];
    NewEvent { personal, ..event(n) }
}

/// Appends events and projects each into `thing`.
pub async fn append_things(db: &Db, from: u128, to: u128) -> Result<Vec<StoredEvent>, DbError> {
    db.write(CITY, move |tx| {
        Box::pin(async move {
            let mut stored = Vec::new();
            for n in from..to {
                let new = if n % 3 == 0 { personal_event(n) } else { event(n) };
                let e = tx.append(new).await?;
                project(tx, &e).await?;
                stored.push(e);
            }
            Ok(stored)
        })
    })
    .await
}

/// The projector of `thing`.
pub async fn project(tx: &mut Tx, e: &StoredEvent) -> Result<(), DbError> {
    let n = e.payload.get("n").and_then(serde_json::Value::as_i64);
    let phone = e.personal.get("phone").cloned().flatten();
    let sql = "insert into thing (tenant_id, id, n, flag, data, note) values ($1, $2, $3, $4, $5, $6) \
         on conflict (tenant_id, id) do update set n = excluded.n";
    let data = e.subject_id.as_bytes();
    tx.exec(sql, &params![tx.tenant(), &e.subject_id, n, n.is_some_and(|n| n % 2 == 0), data, phone]).await?;
    Ok(())
}

/// Inserts one thing with a number.
pub async fn put(tx: &mut Tx, id: &str, n: i64) -> Result<u64, DbError> {
    let sql = "insert into thing (tenant_id, id, n) values ($1, $2, $3)";
    tx.exec(sql, &params![tx.tenant(), id, n]).await
}
