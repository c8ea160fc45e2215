//! The writer: savepoints, neighbours, panics, groups.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use db::{Db, DbError, Sql, params};
use futures::future::join_all;

use crate::support::{CITY, TABLES, event, put};

/// A command's own error.
#[derive(Debug)]
enum Refused {
    Db(DbError),
    Rule,
}

impl From<DbError> for Refused {
    fn from(e: DbError) -> Self {
        Self::Db(e)
    }
}

async fn things(db: &Db) -> Result<Vec<(String, i64)>, DbError> {
    db.read(|s| {
        Box::pin(async move {
            let rows = s.query("select id, n from thing order by tenant_id, id", &[]).await?;
            rows.iter().map(|r| Ok((r.get("id")?, r.get("n")?))).collect()
        })
    })
    .await
}

db::both! { migrations = TABLES;

    fn an_error_undoes_only_its_command(db) {
        let commands = (0..30_u128).map(|i| {
            let db = Db::clone(db);
            async move {
                db.write(CITY, move |tx| Box::pin(async move {
                    put(tx, &format!("{i:02}"), 1).await?;
                    tx.append(event(i)).await?;
                    match i % 3 {
                        0 => Ok(()),
                        1 => Err(Refused::Rule),
                        _ => { put(tx, &format!("{i:02}"), 2).await?; Ok(()) }
                    }
                })).await
            }
        });
        for (i, got) in join_all(commands).await.into_iter().enumerate() {
            match i % 3 {
                0 => assert!(got.is_ok(), "{i}: {got:?}"),
                1 => assert!(matches!(got, Err(Refused::Rule)), "{i}: {got:?}"),
                _ => assert!(matches!(&got, Err(Refused::Db(e)) if e.is_unique()), "{i}: {got:?}"),
            }
        }
        let kept: Vec<String> = things(db).await?.into_iter().map(|t| t.0).collect();
        assert_eq!(kept, ["00", "03", "06", "09", "12", "15", "18", "21", "24", "27"]);
        // No gap where commands were undone.
        let events = db.events(CITY, 0, 100).await?;
        assert_eq!(events.iter().map(|e| e.position).collect::<Vec<_>>(), (0..10).collect::<Vec<_>>());
        assert_eq!(db.head(CITY).await?.0, 10);
        Ok(())
    }

    fn a_panic_undoes_only_its_command(db) {
        let commands = (0..20_u128).map(|i| {
            let db = Db::clone(db);
            async move {
                db.write::<_, DbError, _>(CITY, move |tx| Box::pin(async move {
                    put(tx, &format!("{i:02}"), 1).await?;
                    tx.append(event(i)).await?;
                    assert!(i % 2 == 0, "planted");
                    Ok(())
                })).await
            }
        });
        for (i, got) in join_all(commands).await.into_iter().enumerate() {
            if i % 2 == 0 {
                assert!(got.is_ok(), "{i}: {got:?}");
            } else {
                assert!(matches!(&got, Err(DbError::Panicked(t)) if t.contains("planted")), "{i}: {got:?}");
            }
        }
        assert_eq!(things(db).await?.len(), 10);
        assert_eq!(db.head(CITY).await?.0, 10);
        let read = db.read::<(), DbError, _>(|_| Box::pin(async move { panic!("planted") })).await;
        assert!(matches!(read, Err(DbError::Panicked(_))));
        assert_eq!(things(db).await?.len(), 10);
        Ok(())
    }

    fn a_swallowed_failure_is_still_a_failure(db) {
        let got = db.write::<_, DbError, _>(CITY, |tx| Box::pin(async move {
            put(tx, "a", 1).await?;
            let second = put(tx, "a", 1).await;
            assert!(second.is_err());
            let third = put(tx, "b", 1).await;
            assert!(matches!(third, Err(DbError::Poisoned(_))), "{third:?}");
            Ok(())
        })).await;
        assert!(matches!(&got, Err(e) if e.is_unique()), "{got:?}");
        assert_eq!(things(db).await?, []);
        Ok(())
    }

    fn a_failing_append_is_reported(db) {
        db.write::<_, DbError, _>(CITY, |tx| Box::pin(async move { tx.append(event(1)).await })).await?;
        // The same event id again, with nothing after it that would wait for the outcome.
        let twice = db.write::<_, DbError, _>(CITY, |tx| Box::pin(async move {
            tx.append(event(1)).await?;
            Ok(())
        })).await;
        assert!(matches!(&twice, Err(e) if e.is_unique()), "{twice:?}");
        let then = db.write::<_, DbError, _>(CITY, |tx| Box::pin(async move { tx.append(event(2)).await })).await?;
        assert_eq!(then.position, 1);
        Ok(())
    }

    fn exec_all_does_all_or_nothing(db) {
        let sql = "insert into thing (tenant_id, id, n) values ($1, $2, $3)";
        db.write::<_, DbError, _>(CITY, move |tx| Box::pin(async move {
            tx.exec_all((0..20_i64).map(|i| (sql, params![CITY, format!("{i:02}"), i])).collect()).await
        })).await?;
        assert_eq!(things(db).await?.len(), 20);
        let got = db.write::<_, DbError, _>(CITY, move |tx| Box::pin(async move {
            tx.exec_all(vec![
                (sql, params![CITY, "x", 1_i64]),
                (sql, params![CITY, "00", 1_i64]),
                (sql, params![CITY, "y", 1_i64]),
            ]).await
        })).await;
        assert!(matches!(&got, Err(e) if e.is_unique()), "{got:?}");
        assert_eq!(things(db).await?.len(), 20);
        Ok(())
    }

    fn increments_by_32_tasks_are_exact(db) {
        db.write::<_, DbError, _>(CITY, |tx| Box::pin(async move { put(tx, "n", 0).await })).await?;
        let tasks = (0..32_u128).map(|task| {
            let db = Db::clone(db);
            tokio::spawn(async move {
                for i in 0..10 {
                    db.write::<_, DbError, _>(CITY, move |tx| Box::pin(async move {
                        let row = tx.query_one("select n from thing where tenant_id = $1 and id = 'n'", &params![CITY]).await?;
                        let n: i64 = row.get("n")?;
                        tx.append(event(task * 100 + i)).await?;
                        tx.exec("update thing set n = $1 where tenant_id = $2 and id = 'n'", &params![n + 1, CITY]).await
                    })).await?;
                }
                Ok::<_, DbError>(())
            })
        });
        for done in join_all(tasks).await {
            done??;
        }
        assert_eq!(things(db).await?, [("n".to_owned(), 320)]);
        assert_eq!(db.head(CITY).await?.0, 320);
        Ok(())
    }

    fn a_limit_holds_against_32_tasks(db) {
        db.write::<_, DbError, _>(CITY, |tx| Box::pin(async move { put(tx, "stock", 100) .await })).await?;
        let taken = Arc::new(AtomicI64::new(0));
        let tasks = (0..32).map(|_| {
            let (db, taken) = (Db::clone(db), taken.clone());
            tokio::spawn(async move {
                for _ in 0..5 {
                    let got = db.write(CITY, move |tx| Box::pin(async move {
                        let row = tx.query_one("select n from thing where tenant_id = $1 and id = 'stock'", &params![CITY]).await?;
                        if row.get::<i64>("n")? < 7 { return Err(Refused::Rule); }
                        tx.exec("update thing set n = n - 7 where tenant_id = $1 and id = 'stock'", &params![CITY]).await?;
                        Ok(())
                    })).await;
                    if got.is_ok() { taken.fetch_add(7, Ordering::Relaxed); }
                }
            })
        });
        for done in join_all(tasks).await { done?; }
        assert_eq!(taken.load(Ordering::Relaxed), 98);
        assert_eq!(things(db).await?, [("stock".to_owned(), 2)]);
        Ok(())
    }

    fn tenants_have_journals_of_their_own(db) {
        let tasks = (0..40_u128).map(|i| {
            let db = Db::clone(db);
            async move {
                let tenant = ["east", "west", "south"][(i % 3) as usize];
                db.write::<_, DbError, _>(tenant, move |tx| Box::pin(async move {
                    put(tx, &format!("{i}"), 1).await?;
                    tx.append(event(i)).await
                })).await
            }
        });
        for done in join_all(tasks).await { done?; }
        assert_eq!(db.tenants().await?, ["east", "south", "west"]);
        let mut sizes = Vec::new();
        for tenant in ["east", "south", "west"] {
            sizes.push(db.head(tenant).await?.0);
        }
        assert_eq!(sizes, [14, 13, 13]);
        Ok(())
    }

    fn awaiting_something_else_is_refused_or_harmless(db) {
        // On SQLite a command may await nothing but the database; on PostgreSQL it would only be slow.
        let got = db.write::<_, DbError, _>(CITY, |tx| Box::pin(async move {
            put(tx, "a", 1).await?;
            tokio::task::yield_now().await;
            Ok(())
        })).await;
        match db.engine() {
            db::EngineKind::Sqlite => assert!(matches!(got, Err(DbError::Suspended)), "{got:?}"),
            db::EngineKind::Postgres => assert!(got.is_ok(), "{got:?}"),
        }
        db.write::<_, DbError, _>(CITY, |tx| Box::pin(async move { put(tx, "b", 1).await })).await?;
        Ok(())
    }

    fn bad_tenants_are_refused(db) {
        for tenant in ["", "a\nb", &"x".repeat(65)] {
            let got = db.write::<_, DbError, _>(tenant, |tx| Box::pin(async move { put(tx, "a", 1).await })).await;
            assert!(matches!(got, Err(DbError::Invalid(_))), "{tenant:?}");
        }
        Ok(())
    }
}
