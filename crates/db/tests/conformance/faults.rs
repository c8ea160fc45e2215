//! When the engine itself fails: a commit that is refused, a connection that is lost, a disk that is full.

use db::{Db, DbError, EngineKind, Sql, VerifyOptions, params};
use futures::future::join_all;

use crate::support::{CITY, TABLES, append_things, event, put};

async fn count(db: &Db, table: &'static str) -> Result<i64, DbError> {
    db.read(move |s| {
        Box::pin(
            async move { s.query_one(&format!("select count(*) as n from {table}"), &[]).await?.get("n") },
        )
    })
    .await
}

db::both! { migrations = TABLES;

    fn a_refused_commit_fails_its_whole_group_and_nothing_else(db) {
        // Migrations refuse deferred checks; by hand one can still make a commit fail.
        db.tamper("create table late (a bigint primary key, b bigint references late (a) deferrable initially deferred)", &[]).await?;
        let commands = (0..60_u128).map(|i| {
            let db = Db::clone(db);
            tokio::spawn(async move {
                if i % 20 == 7 { tokio::time::sleep(std::time::Duration::from_millis(2)).await; }
                db.write::<_, DbError, _>(CITY, move |tx| Box::pin(async move {
                    put(tx, &format!("{i:02}"), 1).await?;
                    tx.append(event(i)).await?;
                    if i % 20 == 7 { tx.exec("insert into late (a, b) values ($1, 1000)", &params![i as i64]).await?; }
                    Ok(())
                })).await
            })
        });
        let mut kept = 0;
        for (i, got) in join_all(commands).await.into_iter().enumerate() {
            match got? {
                Ok(()) => { assert_ne!(i % 20, 7); kept += 1; }
                Err(e) => assert!(matches!(e, DbError::NotCommitted(_)), "{i}: {e:?}"),
            }
        }
        assert_eq!(count(db, "thing").await?, kept);
        assert_eq!(db.head(CITY).await?.0, kept);
        assert_eq!(count(db, "late").await?, 0);
        // The writer goes on.
        append_things(db, 100, 110).await?;
        assert_eq!(db.head(CITY).await?.0, kept + 10);
        assert!(db.verify(&VerifyOptions::default(), None).await?.ok);
        Ok(())
    }

    fn a_lost_connection_is_made_again(db) {
        if db.engine() == EngineKind::Sqlite {
            // There is none to lose; instead the file cannot grow any more.
            append_things(db, 0, 10).await?;
            let full = db.write::<_, DbError, _>(CITY, |tx| Box::pin(async move {
                tx.query("pragma max_page_count = 1", &[]).await?;
                tx.exec("insert into thing (tenant_id, id, data) values ('city', 'big', $1)", &params![vec![1_u8; 1 << 20]]).await
            })).await;
            assert!(matches!(&full, Err(e) if e.is_unavailable()), "{full:?}");
            db.write::<_, DbError, _>(CITY, |tx| Box::pin(async move {
                tx.query("pragma max_page_count = 1000000", &[]).await
            })).await?;
        } else {
            append_things(db, 0, 10).await?;
            let lost = db.write::<_, DbError, _>(CITY, |tx| Box::pin(async move {
                put(tx, "gone", 1).await?;
                tx.query("select pg_terminate_backend(pg_backend_pid())", &[]).await
            })).await;
            assert!(lost.is_err(), "{lost:?}");
            let reader = db.read::<_, DbError, _>(|s| Box::pin(async move {
                s.query("select pg_terminate_backend(pg_backend_pid())", &[]).await
            })).await;
            assert!(reader.is_err());
        }
        // What waits in the next moment may still meet the lost connection; then it works again.
        let mut again = append_things(db, 10, 20).await;
        for _ in 0..10 {
            if again.is_ok() { break; }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            again = append_things(db, 10, 20).await;
        }
        assert_eq!(again?[0].position, 10);
        assert_eq!(count(db, "thing").await?, 20);
        assert!(db.verify(&VerifyOptions::default(), None).await?.ok);
        Ok(())
    }

    fn a_caller_that_gave_up_does_not_hold_up_others(db) {
        let calls = (0..50_u128).map(|i| {
            let db = Db::clone(db);
            async move {
                let call = db.write::<_, DbError, _>(CITY, move |tx| Box::pin(async move { tx.append(event(i)).await }));
                tokio::time::timeout(std::time::Duration::from_micros(if i % 2 == 0 { 1 } else { 60_000_000 }), call).await
            }
        });
        let answered = join_all(calls).await.into_iter().flatten().filter(Result::is_ok).count() as i64;
        let (size, _) = db.head(CITY).await?;
        // Whoever gave up may have been too late to be left out, but nothing is lost and no position is.
        assert!(answered >= 25 && size >= answered && size <= 50, "{answered} {size}");
        assert_eq!(db.events(CITY, 0, 100).await?.len() as i64, size);
        Ok(())
    }
}
