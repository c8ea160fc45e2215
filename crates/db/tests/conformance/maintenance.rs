//! Migrations, schema, backup and restore.

use db::testing::{create_empty, destroy};
use db::{CheckpointSigner, Db, DbConfig, DbError, EngineKind, Migration, Sql, VerifyOptions, params};

use crate::support::{CITY, TABLES, append_things, put};

const NEXT: Migration = Migration {
    number: 101,
    name: "next",
    sql: "create table extra (tenant_id TEXT NOT NULL, ok BOOLEAN NOT NULL DEFAULT true, PRIMARY KEY (tenant_id));
          insert into extra (tenant_id) values ('seed');
          alter table thing add column weight BIGINT;",
};

async fn count(db: &Db, table: &'static str) -> Result<i64, DbError> {
    db.read(move |s| {
        Box::pin(
            async move { s.query_one(&format!("select count(*) as n from {table}"), &[]).await?.get("n") },
        )
    })
    .await
}

db::both! { migrations = TABLES;

    fn migrations_are_applied_once_and_in_order(db) {
        assert_eq!(db.migrate(TABLES).await?, Vec::<i64>::new());
        let both = [TABLES[0], NEXT];
        let missing = db.check_schema(&both).await;
        assert!(matches!(&missing, Err(DbError::Config(e)) if e.contains("101")), "{missing:?}");
        assert_eq!(db.migrate(&both).await?, [101]);
        db.check_schema(&both).await?;
        assert_eq!(count(db, "extra").await?, 1);
        // An older program must not touch it, nor one whose text has changed.
        let older = db.migrate(TABLES).await;
        assert!(matches!(&older, Err(DbError::Config(e)) if e.contains("newer")), "{older:?}");
        let changed = [TABLES[0], Migration { sql: "create table extra (a TEXT NOT NULL, PRIMARY KEY (a))", ..NEXT }];
        let got = db.migrate(&changed).await;
        assert!(matches!(&got, Err(DbError::Config(e)) if e.contains("changed")), "{got:?}");
        let late = [Migration { number: 99, ..NEXT }, TABLES[0], NEXT];
        assert!(db.migrate(&late).await.is_err());
        assert!(db.migrate(&[NEXT, TABLES[0]]).await.is_err());
        Ok(())
    }

    fn a_failing_migration_leaves_nothing(db) {
        let bad = Migration { number: 101, name: "bad", sql: "create table half (a TEXT NOT NULL, PRIMARY KEY (a)); selekt;" };
        let got = db.migrate(&[TABLES[0], bad]).await;
        assert!(matches!(&got, Err(DbError::Config(e)) if e.contains("101") && e.contains("selekt")), "{got:?}");
        assert!(db.schema().await?.iter().all(|t| t.name != "half"));
        assert_eq!(db.migrate(&[TABLES[0], NEXT]).await?, [101]);
        Ok(())
    }

    fn statements_can_be_prepared_without_running(db) {
        let good = "insert into thing (tenant_id, id) values ($1, $2) returning n";
        let refused = db.prepare_all(&[good, "select nothing from thing", good]).await?;
        assert_eq!(refused.iter().map(|r| r.0.as_str()).collect::<Vec<_>>(), ["select nothing from thing"]);
        assert_eq!(count(db, "thing").await?, 0);
        Ok(())
    }

    fn a_backup_can_be_restored_into_either_engine(db) {
        append_things(db, 0, 600).await?;
        let signer = CheckpointSigner::from_seed("wufei.test", &[1; 32])?;
        db.checkpoint(CITY, &signer, 1).await?;
        let photo = db.put_attachment(CITY, vec![9; 5000], 10_000, 1).await?;
        db.write::<_, DbError, _>("other", |tx| Box::pin(async move {
            put(tx, "t", 1).await?;
            tx.exec("update thing set flag = true, data = $1 where tenant_id = 'other'", &params![vec![0_u8, 1]]).await?;
            tx.exec("insert into part (tenant_id, id, thing_id) values ('other', 'p', 't')", &[]).await
        })).await?;
        let file = db.directory().join("backup.db");
        db.backup(&file).await?;
        assert!(db.backup(&file).await.is_err());
        // What comes after the backup is not in it.
        append_things(db, 600, 610).await?;
        for engine in [EngineKind::Sqlite, EngineKind::Postgres] {
            let target = create_empty(engine).await?;
            target.restore(&file).await?;
            target.check_schema(TABLES).await?;
            assert_eq!(target.events(CITY, 0, 1000).await?, db.events(CITY, 0, 600).await?);
            assert_eq!(target.attachment(CITY, &photo).await?, Some(vec![9; 5000]));
            for table in ["personal_data", "checkpoint", "part"] {
                assert_eq!(count(&target, table).await?, count(db, table).await.map(|n| if table == "personal_data" { n - 8 } else { n })?, "{table}");
            }
            assert_eq!(count(&target, "thing").await?, 601);
            assert!(target.verify(&VerifyOptions::default(), None).await?.ok);
            // The restored journal goes on where it was; foreign keys hold again.
            assert_eq!(append_things(&target, 700, 701).await?[0].position, 600);
            let broken = target.tamper("insert into part (tenant_id, id, thing_id) values ('other', 'q', 'none')", &[]).await;
            assert!(matches!(&broken, Err(e) if e.is_foreign_key()), "{broken:?}");
            let again = target.restore(&file).await;
            assert!(matches!(&again, Err(DbError::Config(e)) if e.contains("empty")), "{again:?}");
            destroy(target).await?;
        }
        Ok(())
    }

    fn a_broken_backup_is_refused(db) {
        let file = db.directory().join("broken.db");
        std::fs::write(&file, vec![1; 8192])?;
        let target = create_empty(db.engine()).await?;
        assert!(target.restore(&file).await.is_err());
        assert!(target.restore(&db.directory().join("absent.db")).await.is_err());
        assert!(target.schema().await?.is_empty());
        destroy(target).await?;
        Ok(())
    }

    fn a_tampered_backup_does_not_pass(db) {
        append_things(db, 0, 20).await?;
        db.tamper("update journal_event set org_id = 'x' where position = 4", &[]).await?;
        let file = db.directory().join("backup.db");
        db.backup(&file).await?;
        let target = create_empty(db.engine()).await?;
        let got = target.restore(&file).await;
        assert!(matches!(&got, Err(DbError::Inconsistent(e)) if e.contains("event 4")), "{got:?}");
        destroy(target).await?;
        Ok(())
    }

    fn a_read_only_handle_writes_nothing(db) {
        let mut config = DbConfig::new(db.url());
        config.read_only = true;
        let reader = Db::open(&config).await?;
        let got = reader.write::<_, DbError, _>(CITY, |tx| Box::pin(async move { put(tx, "a", 1).await })).await;
        assert!(matches!(got, Err(DbError::Config(_))), "{got:?}");
        assert!(reader.migrate(TABLES).await.is_err());
        assert_eq!(count(&reader, "thing").await?, 0);
        Ok(())
    }
}

db::both! {
    fn an_unmigrated_database_says_so(db) {
        let empty = create_empty(db.engine()).await?;
        for got in [empty.check_schema(TABLES).await, empty.verify(&VerifyOptions::default(), None).await.map(drop)] {
            assert!(matches!(&got, Err(DbError::Config(e)) if e.contains("migrate")), "{got:?}");
        }
        destroy(empty).await?;
        Ok(())
    }
}

#[test]
fn both_engines_get_the_same_schema() {
    let mut seen = Vec::new();
    for engine in [EngineKind::Sqlite, EngineKind::Postgres] {
        let (send, receive) = std::sync::mpsc::channel();
        db::testing::run(engine, TABLES, |db| {
            Box::pin(async move {
                send.send(db.schema().await?)?;
                Ok(())
            })
        });
        seen.extend(receive.recv());
    }
    assert!(seen[0].len() >= 11);
    for (a, b) in seen[0].iter().zip(&seen[1]) {
        assert_eq!(a, b);
    }
    assert_eq!(seen[0].len(), seen[1].len());
}

#[test]
fn bad_addresses_are_refused() {
    let runtime = tokio::runtime::Runtime::new().map_err(|e| e.to_string());
    let open = |url: &str| {
        runtime.as_ref().map(|r| r.block_on(Db::open(&DbConfig::new(url))).map(drop)).map_err(Clone::clone)
    };
    for url in ["", "sqlite:", "mysql://x", "postgres://u:secret@host:port/db", "sqlite:/no/such/dir/x.db"] {
        let got = open(url);
        assert!(matches!(&got, Ok(Err(DbError::Config(e))) if !e.contains("secret")), "{url}: {got:?}");
    }
}

#[test]
fn a_failing_test_leaves_no_database() {
    for engine in [EngineKind::Sqlite, EngineKind::Postgres] {
        let (send, receive) = std::sync::mpsc::channel();
        let failed = std::panic::catch_unwind(move || {
            db::testing::run(engine, TABLES, |db| {
                Box::pin(async move {
                    send.send(db.url().to_owned())?;
                    panic!("planted");
                })
            });
        });
        assert!(failed.is_err());
        let url = receive.recv().unwrap_or_default();
        let mut config = DbConfig::new(&url);
        config.read_only = true;
        let gone = tokio::runtime::Runtime::new()
            .map(|r| r.block_on(async { Db::open(&config).await?.schema().await }).is_err());
        assert!(!url.is_empty() && gone.is_ok_and(|gone| gone), "{url}");
    }
}
