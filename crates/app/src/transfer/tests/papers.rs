//! Papers and their attestation; the rebuild of the read tables.

use super::super::{attest, paper};
use super::*;
use crate::kit::Lang;

db::both! { migrations = crate::migrations();
    fn a_paper_attests_version_and_hash(db) {
        let h = House::new(db).await?;
        let lots = h.containers(&[1_000]).await?;
        let id = h.on_the_road(&lots).await?;
        let (m, masked) = read::document(&h.kit, &h.plant, &id).await?;
        assert!(!masked);
        let code = attest::issue(&h.kit, &m, h.clock.now());
        assert!(code.starts_with(&format!("WF1.{id}.{}.{}.", m.version, m.content_hash)), "{code}");
        let seen = attest::verify(&h.kit, &code).await?;
        assert!(seen.valid);
        let live = seen.live.ok_or("known here")?;
        assert_eq!((live.status.as_str(), live.current), ("in_transit", true));
        h.sign(&h.driver, &id, Step::Arrival, SignData::default()).await?;
        let live = attest::verify(&h.kit, &code).await?.live.ok_or("known here")?;
        assert_eq!((live.status.as_str(), live.current), ("arrived", false), "signed then, moved on since");

        let forged = code.replacen(&format!(".{}.", m.version), ".99.", 1);
        let seen = attest::verify(&h.kit, &forged).await?;
        assert!(!seen.valid && seen.live.is_none());
        for text in ["", "WF1", "WF2.a.1.b.2.c", &format!("{code}.x"), &"9".repeat(500), "WF1.a.1.b.2.c"] {
            assert!(attest::verify(&h.kit, text).await.is_err(), "{text}");
        }
        Ok(())
    }

    fn manifest_and_waybill_are_laid_out_in_both_languages(db) {
        let h = House::new(db).await?;
        let lots = h.containers(&[900_000, 1_000]).await?;
        let id = h.arrived(&lots).await?;
        let version = h.view(&h.receiver, &id).await?.summary.version;
        let body = h.receiver_body(&[(&lots[0], Some(900_000)), (&lots[1], None)], "包装破损");
        parts::edit_receiver(&h.kit, &h.receiver, &id, version, body).await?;
        for lang in Lang::ALL {
            let ctx = Arc::new(OpContext { lang, ..(*h.plant).clone() });
            let made = paper::manifest(&h.kit, &ctx, &id).await?;
            assert!(made.bytes.starts_with(b"%PDF"));
            assert_eq!(made.file_name, "20263202990001.pdf");
            let made = paper::waybill(&h.kit, &ctx, &id, None).await?;
            assert!(made.bytes.starts_with(b"%PDF"));
        }
        let none = paper::waybill(&h.kit, &h.plant, &id, Some(7)).await;
        assert!(none.is_err(), "no such leg");
        Ok(())
    }

    fn read_tables_are_what_the_journal_says(db) {
        let h = House::new(db).await?;
        let lots = h.containers(&[1_000, 2_000, 3_000]).await?;
        let id = h.arrived(&lots[..2]).await?;
        let version = h.view(&h.receiver, &id).await?.summary.version;
        let body = h.receiver_body(&[(&lots[0], Some(990)), (&lots[1], None)], "包装破损");
        parts::edit_receiver(&h.kit, &h.receiver, &id, version, body).await?;
        h.sign(&h.receiver, &id, Step::Receiver, SignData::default()).await?;
        h.sign(&h.plant, &id, Step::Return, SignData::default()).await?;
        let other = h.draft(&lots[2..]).await?.id;
        h.sign(&h.plant, &other, Step::Consignor, SignData::default()).await?;
        h.sign(&h.plant, &other, Step::Void, SignData::default()).await?;
        let report = db.verify(&db::VerifyOptions::default(), Some(&crate::ReadModel)).await?;
        assert!(report.ok, "{report:?}");
        db.tamper("update quota_use set mass_g = mass_g + 1", &[]).await?;
        let report = db.verify(&db::VerifyOptions::default(), Some(&crate::ReadModel)).await?;
        assert!(!report.ok, "a changed read row is found");
        Ok(())
    }
}
