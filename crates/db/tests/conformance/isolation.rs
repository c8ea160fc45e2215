//! Snapshots: everything a reader sees is of one moment.

use db::{Db, DbError, Sql};

use crate::support::{CITY, TABLES, put};

db::both! { migrations = TABLES;

    fn a_snapshot_does_not_move(db) {
        db.write::<_, DbError, _>(CITY, |tx| Box::pin(async move { put(tx, "a", 1).await })).await?;
        let writer = Db::clone(db);
        let (before, after) = db.read::<_, DbError, _>(move |s| Box::pin(async move {
            let before = s.query("select id from thing", &[]).await?.len();
            writer.write::<_, DbError, _>(CITY, |tx| Box::pin(async move { put(tx, "b", 1).await })).await?;
            let after = s.query("select id from thing", &[]).await?.len();
            Ok((before, after))
        })).await?;
        assert_eq!((before, after), (1, 1));
        let now = db.read::<_, DbError, _>(|s| Box::pin(async move { s.query("select id from thing", &[]).await })).await?;
        assert_eq!(now.len(), 2);
        Ok(())
    }

    fn a_reader_sees_a_write_that_was_answered(db) {
        for i in 0..50 {
            db.write::<_, DbError, _>(CITY, move |tx| Box::pin(async move { put(tx, &format!("{i:03}"), 1).await })).await?;
            let seen = db.read::<_, DbError, _>(|s| Box::pin(async move { s.query("select id from thing", &[]).await })).await?;
            assert_eq!(seen.len(), i + 1);
        }
        Ok(())
    }

    fn a_reader_that_gave_up_leaves_no_trace(db) {
        for _ in 0..20 {
            let slow = db.read::<(), DbError, _>(|s| Box::pin(async move {
                s.query("select id from thing", &[]).await?;
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
                Ok(())
            }));
            let gave_up = tokio::time::timeout(std::time::Duration::from_millis(10), slow).await;
            assert!(gave_up.is_err());
        }
        db.write::<_, DbError, _>(CITY, |tx| Box::pin(async move { put(tx, "a", 1).await })).await?;
        for _ in 0..20 {
            let seen = db.read::<_, DbError, _>(|s| Box::pin(async move { s.query("select id from thing", &[]).await })).await?;
            assert_eq!(seen.len(), 1);
        }
        Ok(())
    }
}
