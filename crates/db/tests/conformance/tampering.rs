//! Whoever changes the database by hand is found, and told what he changed.

use db::testing::TestDb;
use db::{
    BoxFuture, CheckpointSigner, DbConfig, DbError, Finding, Migration, ReadTable, Rebuild, StoredEvent, Tx,
    VerifyOptions, VerifyReport, leaf_hash, params,
};

use crate::support::{CITY, TABLES, append_things, project};

struct Things;

impl Rebuild for Things {
    fn migrations(&self) -> &[Migration] {
        TABLES
    }
    fn tables(&self) -> &[ReadTable] {
        &[
            ReadTable { name: "thing", key: &["id"], ignore: &[] },
            ReadTable { name: "part", key: &["id"], ignore: &[] },
        ]
    }
    fn project<'a>(&'a self, tx: &'a mut Tx, event: &'a StoredEvent) -> BoxFuture<'a, Result<(), DbError>> {
        Box::pin(project(tx, event))
    }
}

type Error = Box<dyn std::error::Error>;

fn signer() -> Result<CheckpointSigner, DbError> {
    CheckpointSigner::from_seed("wufei.test", &[1; 32])
}

/// 700 events with checkpoints at 100, 300, 600.
async fn history(db: &TestDb) -> Result<(), DbError> {
    for (from, to) in [(0, 100), (100, 300), (300, 600), (600, 700)] {
        append_things(db, from, to).await?;
        if to < 700 {
            db.checkpoint(CITY, &signer()?, to as i64).await?;
        }
    }
    Ok(())
}

/// Verifies through a read-only handle.
async fn verify(db: &TestDb, checkpoint: Option<String>) -> Result<VerifyReport, DbError> {
    let mut config = DbConfig::new(db.url());
    config.read_only = true;
    let reader = db::Db::open(&config).await?;
    let options =
        VerifyOptions { checkpoint, keys: vec![signer()?.verifier(CITY)], ..VerifyOptions::default() };
    reader.verify(&options, Some(&Things)).await
}

/// What is wrong with the journal.
async fn found(db: &TestDb) -> Result<Vec<Finding>, Error> {
    let report = verify(db, None).await?;
    let list: Vec<Finding> = report.tenants.iter().flat_map(|t| t.findings.clone()).collect();
    assert_eq!(report.ok, list.is_empty() && report.rebuild.is_some_and(|r| r.findings_total == 0));
    Ok(list)
}

/// What is wrong with the read tables.
async fn found_in_tables(db: &TestDb) -> Result<Vec<Finding>, Error> {
    let report = verify(db, None).await?;
    assert!(report.tenants.iter().all(|t| t.findings.is_empty()), "{:?}", report.tenants);
    Ok(report.rebuild.map(|r| r.findings).unwrap_or_default())
}

fn names(finding: &Finding) -> Option<i64> {
    if let Finding::EventAltered { position, .. } = finding { Some(*position) } else { None }
}

/// Alters an event as somebody would who knows how leaves are made.
async fn forge(db: &TestDb, position: i64) -> Result<(), Error> {
    let e = db.event(CITY, position).await?.ok_or("no such event")?;
    let row = db
        .read::<_, DbError, _>(move |s| {
            Box::pin(async move {
                let sql = "select canonical from journal_event where tenant_id = $1 and position = $2";
                db::Sql::query_one(s, sql, &params![CITY, position]).await
            })
        })
        .await?;
    let forged = row.text("canonical")?.replace("\"actor_id\":\"actor\"", "\"actor_id\":\"other\"");
    assert_ne!(forged, row.text("canonical")?);
    let sql = "update journal_event set actor_id = 'other', canonical = $1, leaf_hash = $2 \
         where tenant_id = $3 and position = $4";
    db.tamper(sql, &params![&forged, leaf_hash(forged.as_bytes()), CITY, e.position]).await?;
    Ok(())
}

db::both! { migrations = TABLES;

    fn an_honest_history_verifies(db) {
        history(db).await?;
        db.write::<_, DbError, _>(CITY, |tx| Box::pin(async move {
            tx.erase_personal(3, &[], 9).await?;
            tx.exec("update thing set note = null where tenant_id = $1 and id = 't3'", &params![CITY]).await
        })).await?;
        let report = verify(db, None).await?;
        assert!(report.ok, "{report:?}");
        let t = &report.tenants[0];
        assert_eq!((t.events, t.checkpoints, t.signatures_checked), (700, 3, 3));
        assert_eq!((t.personal_present, t.personal_erased), (233 * 2 + 2 - 2, 2));
        assert_eq!(t.root, db.head(CITY).await?.1.iter().map(|b| format!("{b:02x}")).collect::<String>());
        let r = report.rebuild.as_ref().ok_or("not rebuilt")?;
        assert_eq!((r.events, r.rows.get("thing"), r.rows.get("part")), (700, Some(&700), Some(&0)));
        assert!(serde_json::to_string(&report)?.contains("\"ok\":true"));
        // Verification wrote nothing, and could not.
        assert_eq!(db.head(CITY).await?.0, 700);
        Ok(())
    }

    fn an_empty_database_verifies(db) {
        let report = verify(db, None).await?;
        assert!(report.ok && report.tenants.is_empty());
        Ok(())
    }

    fn an_altered_column_names_the_event(db) {
        history(db).await?;
        for (position, sql) in [
            (17, "update journal_event set org_id = 'other' where position = 17"),
            (250, "update journal_event set occurred_at = occurred_at + 1 where position = 250"),
            (650, "update journal_event set rule_version = null where position = 650"),
        ] {
            db.tamper(sql, &[]).await?;
            assert!(found(db).await?.iter().any(|f| names(f) == Some(position)), "{position}");
        }
        assert_eq!(found(db).await?.iter().filter_map(names).collect::<Vec<_>>(), [17, 250, 650]);
        let text = found(db).await?[0].to_string();
        assert_eq!(text, "event 17 was altered: columns differ from the canonical bytes: org_id");
        Ok(())
    }

    fn altered_bytes_name_the_event(db) {
        history(db).await?;
        db.tamper("update journal_event set canonical = replace(canonical, 'null', 'true') where position = 42", &[]).await?;
        db.tamper("update journal_event set canonical = 'x' where position = 680", &[]).await?;
        let got = found(db).await?;
        assert_eq!(got.iter().filter_map(names).collect::<Vec<_>>(), [42, 680], "{got:?}");
        assert_eq!(got.len(), 2, "{got:?}");
        Ok(())
    }

    fn altered_leaf_hashes_name_the_event(db) {
        history(db).await?;
        for position in [5, 512, 699] {
            let sql = "update journal_event set leaf_hash = (select leaf_hash from journal_event where position = 7) where position = $1";
            db.tamper(sql, &params![position]).await?;
        }
        let got = found(db).await?;
        assert_eq!(got.iter().filter_map(names).collect::<Vec<_>>(), [5, 512, 699], "{got:?}");
        assert_eq!(got.len(), 3, "{got:?}");
        Ok(())
    }

    fn a_forgery_with_its_hash_is_narrowed_down(db) {
        history(db).await?;
        // In a complete block, whose stored hash narrows it; after the last checkpoint, where the head does.
        forge(db, 130).await?;
        forge(db, 690).await?;
        let got = found(db).await?;
        let [Finding::IntervalAltered { from: 100, to: 255, .. }, ..] = got.as_slice() else {
            return Err(format!("{got:?}").into());
        };
        Ok(())
    }

    fn a_forgery_after_the_last_checkpoint_is_found_by_the_head(db) {
        history(db).await?;
        forge(db, 690).await?;
        let got = found(db).await?;
        let [Finding::IntervalAltered { from: 688, to: 695, .. }] = got.as_slice() else {
            return Err(format!("{got:?}").into());
        };
        Ok(())
    }

    fn a_forgery_with_block_hash_is_between_two_checkpoints(db) {
        history(db).await?;
        forge(db, 130).await?;
        db.tamper("delete from journal_block where block = 0", &[]).await?;
        let got = found(db).await?;
        assert!(matches!(got.as_slice(), [Finding::IntervalAltered { from: 100, to: 299, .. }]), "{got:?}");
        Ok(())
    }

    fn deleted_events_are_missed(db) {
        history(db).await?;
        db.tamper("delete from journal_event where position = 699", &[]).await?;
        let got = found(db).await?;
        assert!(got.contains(&Finding::EventsMissing { from: 699, to: 699 }), "{got:?}");
        db.tamper("delete from journal_event where position in (200, 201)", &[]).await?;
        let got = found(db).await?;
        assert!(got.contains(&Finding::EventsMissing { from: 200, to: 201 }), "{got:?}");
        Ok(())
    }

    fn a_rolled_back_journal_misses_what_a_checkpoint_saw(db) {
        history(db).await?;
        let kept = db.checkpoints(CITY, 1).await?[0].note.clone();
        for sql in [
            "delete from journal_event", "delete from journal_head", "delete from journal_block",
            "delete from checkpoint", "delete from personal_data", "delete from thing",
        ] {
            db.tamper(sql, &[]).await?;
        }
        append_things(db, 0, 650).await?;
        assert!(verify(db, None).await?.ok);
        // The same events again have other salts, so another history; the kept checkpoint shows it.
        let report = verify(db, Some(kept.clone())).await?;
        assert!(!report.ok);
        let external = report.tenants[0].external.clone().ok_or("no external")?;
        assert!(external.signed && !external.consistent);
        assert!(matches!(report.tenants[0].findings.as_slice(), [Finding::IntervalAltered { from: 0, to: 599, .. }]));
        db.tamper("delete from journal_event where position >= 500", &[]).await?;
        let report = verify(db, Some(kept)).await?;
        assert!(report.tenants[0].findings.contains(&Finding::EventsMissing { from: 500, to: 649 }));
        Ok(())
    }

    fn a_deleted_journal_is_missed_by_a_kept_checkpoint(db) {
        history(db).await?;
        let kept = db.checkpoints(CITY, 1).await?[0].note.clone();
        for table in ["journal_event", "journal_head", "journal_block", "checkpoint", "personal_data", "thing"] {
            db.tamper(&format!("delete from {table}"), &[]).await?;
        }
        let report = verify(db, Some(kept)).await?;
        assert!(report.tenants[0].findings.contains(&Finding::EventsMissing { from: 0, to: 599 }), "{report:?}");
        Ok(())
    }

    fn a_kept_checkpoint_is_confirmed(db) {
        history(db).await?;
        for checkpoint in db.checkpoints(CITY, 10).await? {
            let report = verify(db, Some(checkpoint.note.clone())).await?;
            assert!(report.ok, "{report:?}");
            assert!(report.tenants[0].external.as_ref().is_some_and(|e| e.consistent && e.signed));
            let report = verify(db, Some(checkpoint.note.replace("\n\n", "\nmore\n\n"))).await?;
            assert!(matches!(report.tenants[0].findings.as_slice(), [Finding::CheckpointBroken { .. }]));
        }
        assert!(verify(db, Some("nonsense".to_owned())).await.is_err());
        Ok(())
    }

    fn altered_checkpoints_are_found(db) {
        history(db).await?;
        db.tamper("update checkpoint set root = (select root from checkpoint where size = 100) where size = 300", &[]).await?;
        db.tamper("update checkpoint set note = replace(note, 'city', 'mine') where size = 600", &[]).await?;
        let got = found(db).await?;
        assert!(matches!(got.as_slice(), [
            Finding::CheckpointBroken { size: 300, .. }, Finding::CheckpointBroken { size: 600, .. }
        ]), "{got:?}");
        Ok(())
    }

    fn altered_head_and_blocks_are_found(db) {
        history(db).await?;
        db.tamper("update journal_block set hash = (select hash from journal_block where block = 0) where block = 1", &[]).await?;
        let got = found(db).await?;
        assert!(matches!(got.as_slice(), [Finding::BlockBroken { from: 256, .. }]), "{got:?}");
        db.tamper("update journal_head set size = 5", &[]).await?;
        let got = found(db).await?;
        assert!(matches!(got.as_slice(), [Finding::BlockBroken { .. }, Finding::HeadBroken { .. }] | [Finding::HeadBroken { .. }, Finding::BlockBroken { .. }]), "{got:?}");
        Ok(())
    }

    fn personal_values_are_held_to_their_commitments(db) {
        history(db).await?;
        db.tamper("update personal_data set value = '李四' where position = 3 and field = 'name'", &[]).await?;
        db.tamper("delete from personal_data where position = 6 and field = 'phone'", &[]).await?;
        db.tamper("update personal_data set value = null where position = 9 and field = 'phone'", &[]).await?;
        db.tamper("insert into personal_data (tenant_id, position, field, value) values ('city', 10, 'name', 'x'), ('city', 7000, 'name', 'x')", &[]).await?;
        let got: Vec<i64> = found(db).await?.iter().filter_map(|f| match f {
            Finding::PersonalAltered { position, .. } => Some(*position),
            _ => None,
        }).collect();
        assert_eq!(got, [3, 6, 9, 10, 7000]);
        Ok(())
    }

    fn altered_rows_are_found(db) {
        history(db).await?;
        assert_eq!(found_in_tables(db).await?, []);
        db.tamper("update thing set n = 5 where id = 't77'", &[]).await?;
        db.tamper("update thing set note = 'x', flag = null where id = 't78'", &[]).await?;
        db.tamper("delete from thing where id = 't699'", &[]).await?;
        db.tamper("insert into thing (tenant_id, id, n) values ('city', 'zz', 1), ('ghost', 'g', 1)", &[]).await?;
        let got: Vec<String> = found_in_tables(db).await?.iter().map(ToString::to_string).collect();
        assert_eq!(got, [
            "thing (tenant_id=city, id=t699): the row is missing",
            "thing (tenant_id=city, id=t77): n is 5, the journal says 77",
            "thing (tenant_id=city, id=t78): flag is null, the journal says 1",
            "thing (tenant_id=city, id=t78): note is x, the journal says 13800000078",
            "thing (tenant_id=city, id=zz): no event says this row",
            "thing (tenant_id=ghost, id=g): no event says this row",
        ]);
        Ok(())
    }

    fn an_unreadable_event_stops_the_replay_with_a_name(db) {
        append_things(db, 0, 5).await?;
        db.tamper("update journal_event set canonical = '[]' where position = 2", &[]).await?;
        let report = verify(db, None).await?;
        let findings = report.rebuild.map(|r| r.findings).unwrap_or_default();
        assert!(matches!(&findings[0], Finding::ReplayFailed { tenant, .. } if tenant == CITY), "{findings:?}");
        Ok(())
    }

    fn findings_are_limited_and_counted(db) {
        append_things(db, 0, 50).await?;
        db.tamper("update thing set n = 1000", &[]).await?;
        let options = VerifyOptions { limit: 3, ..VerifyOptions::default() };
        let report = db.verify(&options, Some(&Things)).await?;
        let r = report.rebuild.ok_or("not rebuilt")?;
        assert_eq!((r.findings.len(), r.findings_total), (3, 50));
        Ok(())
    }
}
