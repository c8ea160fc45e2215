//! Jobs and attachments.

use db::{Db, DbError, NewJob, Sql, params};
use futures::future::join_all;
use serde_json::json;

use crate::support::{CITY, id};

const SECOND: i64 = 1_000_000;

fn job(n: u128, run_at: i64) -> NewJob {
    NewJob { id: id(n), kind: "mail", payload: json!({"n": 1}), run_at, max_attempts: 3 }
}

async fn enqueue(db: &Db, job: NewJob) -> Result<(), DbError> {
    db.write(CITY, move |tx| Box::pin(async move { tx.enqueue(job).await })).await
}

db::both! {
    fn a_job_lives_and_dies(db) {
        enqueue(db, job(1, 100)).await?;
        let twice = enqueue(db, job(1, 100)).await;
        assert!(matches!(&twice, Err(e) if e.is_unique()), "{twice:?}");
        assert_eq!(db.claim_job(CITY, "w", 99, SECOND).await?, None);
        assert_eq!(db.claim_job("other", "w", 200, SECOND).await?, None);
        let first = db.claim_job(CITY, "w", 100, SECOND).await?.ok_or("no job")?;
        assert_eq!((first.id, first.kind.as_str(), &first.payload, first.attempt), (id(1), "mail", &json!({"n": 1}), 1));
        assert_eq!(db.claim_job(CITY, "v", 200, SECOND).await?, None);
        // The lease runs out: another takes it, and the first can no longer end it.
        let second = db.claim_job(CITY, "v", 100 + SECOND, SECOND).await?.ok_or("no job")?;
        assert_eq!(second.attempt, 2);
        assert!(!db.complete_job(&first).await?);
        assert!(!db.fail_job(&first, "late", 0, SECOND).await?);
        assert!(db.fail_job(&second, "no route\0", 5 * SECOND, SECOND).await?);
        assert_eq!(db.claim_job(CITY, "w", 7 * SECOND - 1, SECOND).await?, None);
        let third = db.claim_job(CITY, "w", 7 * SECOND, SECOND).await?.ok_or("no job")?;
        assert!(db.fail_job(&third, "no route", 8 * SECOND, SECOND).await?);
        assert_eq!(db.claim_job(CITY, "w", i64::MAX, SECOND).await?, None);
        enqueue(db, job(2, 1)).await?;
        let done = db.claim_job(CITY, "w", 2, SECOND).await?.ok_or("no job")?;
        assert!(db.complete_job(&done).await?);
        assert!(!db.complete_job(&done).await?);
        let counts = db.job_counts(CITY).await?;
        assert_eq!((counts.open, counts.done, counts.dead), (0, 1, 1));
        assert_eq!((db.purge_jobs(CITY, 1).await?, db.purge_jobs(CITY, 2).await?), (0, 1));
        assert_eq!(db.job_counts(CITY).await?.dead, 1);
        Ok(())
    }

    fn old_answers_are_forgotten_a_few_at_a_time(db) {
        db.write::<_, DbError, _>(CITY, |tx| Box::pin(async move {
            for n in 0..5_i64 {
                let sql = "insert into idempotency (tenant_id, account_id, key, operation, request_hash, status, body, at) \
                     values ($1, 'a', $2, 'o', 'h', 200, '{}', $3)";
                tx.exec(sql, &params![tx.tenant().to_owned(), format!("key-{n}"), n]).await?;
            }
            Ok(())
        })).await?;
        assert_eq!(db.purge_answers("other", 9, 9).await?, 0);
        assert_eq!(db.purge_answers(CITY, 4, 3).await?, 3);
        assert_eq!((db.purge_answers(CITY, 4, 3).await?, db.purge_answers(CITY, 4, 3).await?), (1, 0));
        let left = db.read::<_, DbError, _>(|s| Box::pin(async move { s.query("select key from idempotency", &[]).await })).await?;
        assert_eq!((left.len(), left[0].text("key")?), (1, "key-4"));
        Ok(())
    }

    fn a_writer_tells_how_it_stands_without_being_asked_in_its_queue(db) {
        let idle = db.writer_state(CITY);
        assert!(idle.running && idle.room > 0 && idle.waiting == 0);
        let (begun, begins) = tokio::sync::oneshot::channel();
        let (go, gone) = std::sync::mpsc::channel::<()>();
        let stuck = {
            let db = Db::clone(db);
            tokio::spawn(async move {
                db.write::<_, DbError, _>(CITY, move |_| Box::pin(async move {
                    let _ = begun.send(());
                    let _ = gone.recv();
                    Ok(())
                })).await
            })
        };
        begins.await?;
        let waiting = {
            let db = Db::clone(db);
            tokio::spawn(async move { db.write::<_, DbError, _>(CITY, |_| Box::pin(async move { Ok(()) })).await })
        };
        while db.writer_state(CITY).waiting == 0 {
            tokio::task::yield_now().await;
        }
        let busy = db.writer_state(CITY);
        assert!(busy.running && busy.busy_us > 0 && busy.waiting == 1, "{busy:?}");
        go.send(())?;
        stuck.await??;
        waiting.await??;
        Ok(())
    }

    fn a_job_is_claimed_once(db) {
        for n in 0..20 { enqueue(db, job(n, 1)).await?; }
        let workers = (0..8).map(|w| {
            let db = Db::clone(db);
            async move {
                let mut mine = Vec::new();
                while let Some(job) = db.claim_job(CITY, &format!("w{w}"), 5, SECOND).await? { mine.push(job.id); }
                Ok::<_, DbError>(mine)
            }
        });
        let mut all = Vec::new();
        for mine in join_all(workers).await { all.extend(mine?); }
        all.sort();
        // Under contention a claim may miss a row that another claim holds for a moment; none is given twice.
        let mut once = all.clone();
        once.dedup();
        assert_eq!(all, once);
        while let Some(job) = db.claim_job(CITY, "last", 5, SECOND).await? { once.push(job.id); }
        once.sort();
        assert_eq!(once, (0..20).map(id).collect::<Vec<_>>());
        Ok(())
    }

    fn a_job_of_an_undone_command_never_was(db) {
        let got = db.write::<(), DbError, _>(CITY, |tx| Box::pin(async move {
            tx.enqueue(job(1, 1)).await?;
            Err(DbError::Invalid("no".to_owned()))
        })).await;
        assert!(got.is_err());
        assert_eq!(db.claim_job(CITY, "w", 5, SECOND).await?, None);
        Ok(())
    }

    fn attachments_are_named_by_content(db) {
        let photo = vec![7_u8; 300_000];
        let hash = db.put_attachment(CITY, photo.clone(), 1 << 20, 1).await?;
        assert_eq!(db.put_attachment(CITY, photo.clone(), 1 << 20, 2).await?, hash);
        assert_eq!(hash.len(), 64);
        let inside = photo.clone();
        let same = db.write::<_, DbError, _>(CITY, |tx| Box::pin(async move { tx.put_attachment(inside, 1 << 20, 3).await })).await?;
        assert_eq!(same, hash);
        assert_eq!(db.attachment(CITY, &hash).await?, Some(photo.clone()));
        assert_eq!(db.attachment("other", &hash).await?, None);
        assert_eq!(db.attachment(CITY, "../../etc/passwd").await?, None);
        for bad in [Vec::new(), photo] {
            let got = db.put_attachment(CITY, bad, 1000, 1).await;
            assert!(matches!(got, Err(DbError::Invalid(_))), "{got:?}");
        }
        db.tamper("update attachment set content = $1", &db::params![vec![8_u8; 300_000]]).await?;
        let got = db.attachment(CITY, &hash).await;
        assert!(matches!(got, Err(DbError::Inconsistent(_))), "{got:?}");
        let options = db::VerifyOptions { tenants: vec![CITY.to_owned()], ..db::VerifyOptions::default() };
        let report = db.verify(&options, None).await?;
        assert_eq!(report.tenants[0].findings, [db::Finding::AttachmentAltered { sha256: hash }]);
        Ok(())
    }
}
