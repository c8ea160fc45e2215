//! Events, positions, personal values, proofs and checkpoints.

use db::{CheckpointSigner, DbError, NewEvent, open_checkpoint};
use serde_json::json;

use crate::support::{CITY, TABLES, append_things, event, id, personal_event};

db::both! { migrations = TABLES;

    fn an_event_comes_back_as_it_went_in(db) {
        let stored = append_things(db, 0, 10).await?;
        assert_eq!(db.events(CITY, 0, 100).await?, stored);
        assert_eq!(db.events(CITY, 3, 2).await?, stored[3..5]);
        assert_eq!(db.event(CITY, 4).await?.as_ref(), Some(&stored[4]));
        assert_eq!(db.event_by_id(CITY, id(6)).await?.as_ref(), Some(&stored[6]));
        assert_eq!(db.event(CITY, 10).await?, None);
        assert_eq!(db.event("other", 0).await?, None);
        assert_eq!(db.by_subject(CITY, "thing", "t9").await?, stored[9..]);
        assert_eq!(stored[9].personal.get("name"), Some(&Some("王芳".to_owned())));
        assert_eq!(stored[9].payload, event(9).payload);
        Ok(())
    }

    fn bad_events_are_refused(db) {
        let long = "x".repeat(300);
        let mut deep = json!(1);
        for _ in 0..40 { deep = json!([deep]); }
        let bad: Vec<NewEvent> = vec![
            NewEvent { payload: json!({"x": 1.5}), ..event(1) },
            NewEvent { payload: json!({"x": u64::MAX}), ..event(1) },
            NewEvent { payload: json!("x".repeat(2 << 20)), ..event(1) },
            NewEvent { payload: deep, ..event(1) },
            NewEvent { subject_id: String::new(), ..event(1) },
            NewEvent { subject_id: long, ..event(1) },
            NewEvent { actor_id: "a\nb".to_owned(), ..event(1) },
            NewEvent { personal: vec![("a".into(), "1".into()), ("a".into(), "2".into())], ..event(1) },
            NewEvent { personal: vec![("a".into(), "\0".into())], ..event(1) },
        ];
        for e in bad {
            let name = format!("{:?}", e.subject_id);
            let got = db.write::<_, DbError, _>(CITY, |tx| Box::pin(async move { tx.append(e).await })).await;
            assert!(matches!(got, Err(DbError::Invalid(_))), "{name}: {got:?}");
        }
        assert_eq!(db.head(CITY).await?.0, 0);
        Ok(())
    }

    fn personal_values_can_be_erased_and_leaves_stay(db) {
        let before = db.write::<_, DbError, _>(CITY, |tx| Box::pin(async move { tx.append(personal_event(1)).await })).await?;
        let n = db.write::<_, DbError, _>(CITY, |tx| Box::pin(async move {
            Ok((tx.erase_personal(0, &["phone"], 5).await?, tx.erase_personal(0, &[], 6).await?, tx.erase_personal(0, &[], 7).await?))
        })).await?;
        assert_eq!(n, (1, 1, 0));
        let after = db.event(CITY, 0).await?.ok_or("the event is gone")?;
        assert_eq!(after.personal.values().flatten().count(), 0);
        assert_eq!(after.personal.len(), 2);
        assert_eq!(after.leaf_hash, before.leaf_hash);
        Ok(())
    }

    fn proofs_hold_over_block_borders(db) {
        append_things(db, 0, 700).await?;
        let (size, root) = db.head(CITY).await?;
        assert_eq!(size, 700);
        for (position, of) in [(0, 1), (0, 700), (255, 256), (256, 257), (255, 700), (511, 512), (699, 700), (600, 650)] {
            let proof = db.inclusion_proof(CITY, position, of).await?;
            assert!(proof.verify(), "{position} of {of}");
            assert!(of != 700 || proof.root == root);
            let mut forged = proof.clone();
            forged.leaf[0] ^= 1;
            assert!(!forged.verify());
        }
        for (from, to) in [(1, 700), (255, 256), (256, 700), (257, 512), (512, 700), (511, 699), (700, 700), (300, 301)] {
            let proof = db.consistency_proof(CITY, from, to).await?;
            assert!(proof.verify(), "{from} to {to}");
            let mut forged = proof.clone();
            forged.from_root[0] ^= 1;
            assert!(!forged.verify());
        }
        for (position, of) in [(700, 700), (-1, 700), (0, 701), (5, 5)] {
            assert!(matches!(db.inclusion_proof(CITY, position, of).await, Err(DbError::Invalid(_))));
        }
        for (from, to) in [(0, 5), (6, 5), (1, 701), (-1, 2)] {
            assert!(matches!(db.consistency_proof(CITY, from, to).await, Err(DbError::Invalid(_))));
        }
        Ok(())
    }

    fn a_checkpoint_signs_the_head_once(db) {
        let signer = CheckpointSigner::from_seed("wufei.test", &[1; 32])?;
        assert_eq!(db.checkpoint(CITY, &signer, 1).await?, None);
        append_things(db, 0, 5).await?;
        let first = db.checkpoint(CITY, &signer, 2).await?.ok_or("no checkpoint")?;
        assert_eq!(db.checkpoint(CITY, &signer, 3).await?, None);
        append_things(db, 5, 9).await?;
        let second = db.checkpoint(CITY, &signer, 4).await?.ok_or("no checkpoint")?;
        assert_eq!(db.checkpoints(CITY, 10).await?, [second.clone(), first.clone()]);
        let note = open_checkpoint(&second.note)?;
        assert!(note.is_signed_by(&signer.verifier(CITY)));
        assert_eq!((note.origin.as_str(), note.size, note.root), ("wufei.test/city", 9, db.head(CITY).await?.1));
        let proof = db.consistency_proof(CITY, first.size, second.size).await?;
        assert!(proof.verify() && proof.from_root == first.root && proof.to_root == second.root);
        Ok(())
    }
}

#[test]
fn a_key_file_is_made_once_and_private() -> Result<(), Box<dyn std::error::Error>> {
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("checkpoint.pem");
    let first = CheckpointSigner::open_or_create("wufei.test", &path)?;
    let again = CheckpointSigner::open_or_create("wufei.test", &path)?;
    assert_eq!(first.verifier("city"), again.verifier("city"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(&path)?.permissions().mode() & 0o777, 0o600);
    }
    std::fs::write(&path, "nonsense")?;
    assert!(CheckpointSigner::open_or_create("wufei.test", &path).is_err());
    Ok(())
}
