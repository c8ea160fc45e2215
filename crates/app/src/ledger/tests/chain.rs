//! The life of a few bags, from the plating line to the residue of the receiver, and what the figures say.

use super::*;
use crate::ledger::balance::{self, BalanceQuery};
use crate::ledger::list::{self, LotQuery};
use crate::ledger::model::{
    AdjustmentInput, OutputInput, ProductInput, RepackInput, ResidueInput, TakeInput, TreatmentInput,
    UndoInput,
};
use crate::ledger::trace::{self, TraceQuery};
use crate::ledger::{history, rules};

fn take(lot: &str, mass_g: i64) -> TakeInput {
    TakeInput { lot_id: lot.to_owned(), mass_g }
}

db::both! { migrations = crate::migrations();
    fn a_bag_lives_from_the_line_to_its_residue(db) {
        let h = House::new(db).await?;
        let made = h.generate(&[900_000, 850_000, 100_000]).await?;
        assert_eq!(made.batch_code.as_deref(), Some("HWCS20260302001"));
        assert_eq!(made.storage_batch_code.as_deref(), Some("HWRK20260302001"));
        assert!(made.lots.iter().all(|l| l.status == "stored" && l.remaining_g > 0));
        let bags = ids(&made);
        // Out and back again, then two bags into one.
        h.clock.advance(60_000_000);
        let out = h.stage(&bags[2..], "self_use").await?;
        assert_eq!(out.batch_code.as_deref(), Some("HWCK20260302001"));
        commands::undo_store_out(&h.kit, &h.plating, UndoInput { lot_ids: vec![bags[2].to_owned()] }).await?;
        let repack = RepackInput {
            inputs: vec![take(bags[1], 850_000), take(bags[2], 40_000)],
            outputs: vec![OutputInput { packaging: "bulk_bag".into(), capacity_ml: Some(1_000_000), mass_g: 890_000 }],
            facility_id: Some(h.facility("plating-1-TS001")),
            occurred_at: h.now(),
        };
        let repacked = commands::repack(&h.kit, &h.plating, repack).await?;
        let big = repacked.lots[0].id.clone();
        let adjust = AdjustmentInput { lot_id: bags[2].to_owned(), mass_g: 59_000, reason: "复秤".into(), occurred_at: h.now() };
        let adjusted = commands::adjust(&h.kit, &h.plating, adjust).await?;
        assert_eq!((adjusted.lots[0].remaining_g, adjusted.lots.len()), (59_000, 1));
        // To the receiver, whose scale shows a little less and a little more.
        h.send(&[bags[0], &big], "m-1").await?;
        h.receive(&[(bags[0], 899_500), (&big, 890_100)], "m-1").await?;
        let own = list::list(&h.kit, &h.receiver, &LotQuery::default()).await?;
        assert_eq!((own.total, own.items.iter().map(|l| l.remaining_g).sum::<i64>()), (Some(2), 1_789_600));
        h.clock.advance(60_000_000);
        let treatment = TreatmentInput {
            facility_id: h.facility("phychem-1-TS004"),
            method_code: "R4".into(),
            inputs: own.items.iter().map(|l| take(&l.id, l.remaining_g - 600)).collect(),
            residues: vec![ResidueInput {
                waste_code: SLUDGE.into(), name: "滤渣".into(), form: "solid".into(), traits: vec![],
                packaging: "bulk_bag".into(), capacity_ml: None, mass_g: 400_000,
            }],
            products: vec![ProductInput { name: "粗镍".into(), mass_g: 300_001 }],
            destroyed_g: 1_789_600 - 1_200 - 400_000 - 300_001,
            started_at: h.now(), finished_at: h.now(), note: None,
        };
        let treated = commands::treat(&h.kit, &h.receiver, treatment).await?;
        assert_eq!(treated.batch_code.as_deref(), Some("HWZXLY20260302001"));
        let residue = treated.lots.iter().find(|l| l.kind == "waste").ok_or("no residue")?;
        // Back to the plating works, to the gram.
        let back = trace::trace(&h.kit, &h.office, residue.id.clone(), &TraceQuery { direction: Some("backward".into()) }).await?;
        assert_eq!((back.sums.origins_g, back.sums.root_g), (400_000, 400_000));
        let plating: i64 = back.origins.iter()
            .filter(|o| o.org.as_ref().is_some_and(|n| n.id == h.plating.org_id)).map(|o| o.mass_g).sum();
        assert!((399_900..400_000).contains(&plating), "{plating}: the scale's extra grams are an origin of their own");
        let forward = trace::trace(&h.kit, &h.plating, bags[0].to_owned(), &TraceQuery::default()).await?;
        assert_eq!((forward.sums.ends_g, forward.sums.origins_g, forward.sums.root_g), (900_000, 900_000, 900_000));
        let kinds: std::collections::BTreeSet<&str> = forward.ends.iter().map(|e| e.kind).collect();
        assert_eq!(kinds.into_iter().collect::<Vec<_>>(), ["difference", "in_stock", "product", "treated"]);
        // What the figures say: nothing is missing anywhere.
        let months = BalanceQuery { from: Some("2026-03".into()), to: Some("2026-03".into()), ..BalanceQuery::default() };
        for ctx in [&h.plating, &h.receiver, &h.office] {
            let balance = balance::balance(&h.kit, ctx, &months).await?;
            for row in balance.rows.iter().chain([&balance.totals]) {
                assert_eq!(row.gap_g, 0);
                assert_eq!(row.closing_g, row.stock_g);
                let flows = row.generated_g + row.received_g + row.residue_g + row.returned_g + row.adjusted_g
                    - row.used_g - row.disposed_g - row.sent_g;
                assert_eq!(row.opening_g + flows, row.closing_g);
            }
        }
        let plating = balance::balance(&h.kit, &h.plating, &months).await?;
        let nickel = plating.rows.iter().find(|r| r.waste_code == NICKEL).ok_or("no row")?;
        assert_eq!((nickel.generated_g, nickel.sent_g, nickel.adjusted_g, nickel.closing_g), (1_850_000, 1_790_000, -1_000, 59_000));
        // The history tells it in order, each event with its place in the journal.
        let detail = history::get(&h.kit, &h.plating, bags[2].to_owned()).await?;
        let told: Vec<&str> = detail.events.iter().map(|e| e.kind.as_str()).collect();
        assert_eq!(told, ["waste.generated", "waste.staged", "waste.unstaged", "waste.repacked", "waste.adjusted"]);
        assert_eq!(detail.events[4].summary.mass_g, Some(-1_000));
        // The read tables are what the journal says.
        let report = h.kit.db.verify(&db::VerifyOptions::default(), Some(&crate::ReadModel)).await?;
        assert!(report.ok, "{report:?}");
        Ok(())
    }

    fn a_refused_bag_comes_back(db) {
        let h = House::new(db).await?;
        let made = h.generate(&[900_000]).await?;
        let bag = ids(&made)[0].to_owned();
        h.send(&[&bag], "m-1").await?;
        assert_eq!(rules_of(&refused(h.send(&[&bag], "m-2").await)), [rules::LOT_STATUS, rules::ON_MANIFEST]);
        let (at, org) = (h.clock.now(), h.receiver.org_id.clone());
        let refuse = domain::ledger::Refuse { manifest: "m-1".into(), lots: vec![bag.clone()], occurred_at: at };
        h.work(&h.receiver, move |mut work| Box::pin(async move {
            transfers::refuse(&mut work, &org, &refuse).await.map(drop)
        })).await?;
        let stock = crate::ledger::stock::stock(&h.kit, &h.plating, &Default::default()).await?;
        assert_eq!(stock.mass_g, 0, "on the way back it is nobody's stock");
        let org = h.plating.org_id.clone();
        let back = domain::ledger::Return { manifest: "m-1".into(), lots: vec![bag.clone()], occurred_at: at };
        h.work(&h.plating, move |mut work| Box::pin(async move {
            transfers::take_back(&mut work, &org, &back).await.map(drop)
        })).await?;
        let stock = crate::ledger::stock::stock(&h.kit, &h.plating, &Default::default()).await?;
        assert_eq!((stock.mass_g, stock.containers), (900_000, 1));
        h.send(&[&bag], "m-3").await?;
        let report = h.kit.db.verify(&db::VerifyOptions::default(), Some(&crate::ReadModel)).await?;
        assert!(report.ok, "{report:?}");
        Ok(())
    }

    fn bad_input_names_field_and_rule_and_changes_nothing(db) {
        let h = House::new(db).await?;
        let bad = |change: &dyn Fn(&mut GenerationInput)| {
            let mut input = h.generation(&[1_000]);
            change(&mut input);
            input
        };
        let cases: Vec<(GenerationInput, &str, &str)> = vec![
            (bad(&|i| i.waste_code = "900-041".into()), "REQ-111", "/waste_code"),
            (bad(&|i| i.form = "foam".into()), "REQ-191", "/form"),
            (bad(&|i| i.occurred_at = "gestern".into()), "REQ-303", "/occurred_at"),
            (bad(&|i| i.containers[0].mass_g = -5), "REQ-203", "/containers/0/mass_g"),
            (bad(&|i| i.containers[0].mass_g = i64::MAX), "REQ-204", "/containers/0/mass_g"),
            (bad(&|i| i.containers.clear()), rules::EMPTY, "/containers"),
            (bad(&|i| i.site_id = "nowhere".into()), rules::SITE_UNKNOWN, "/site_id"),
            (bad(&|i| i.site_id = h.site("phychem-1")), rules::SITE_UNKNOWN, "/site_id"),
            (bad(&|i| i.storage_facility_id = Some(h.facility("phychem-1-TS001"))), rules::FACILITY_UNKNOWN, "/storage_facility_id"),
            (bad(&|i| i.waste_code = "900-300-34".into()), rules::FACILITY_CODE, "/storage_facility_id"),
        ];
        for (input, rule, path) in cases {
            let problem = refused(commands::generate(&h.kit, &h.plating, input).await);
            let first = problem.errors.iter().find(|e| e.rule == rule).ok_or(format!("no {rule} in {problem}"))?;
            assert_eq!(first.path, path);
        }
        let heavy = refused(h.generate(&[50_000_000, 50_000_000]).await);
        assert_eq!(rules_of(&heavy), [rules::FACILITY_CAPACITY]);
        let none = list::list(&h.kit, &h.office, &LotQuery::default()).await?;
        assert_eq!(none.total, Some(0));
        Ok(())
    }

    fn a_repeated_request_does_nothing_twice(db) {
        let h = House::new(db).await?;
        let keyed = crate::kit::testing::with_key(&h.plating, "0123456789-generation");
        let first = commands::generate(&h.kit, &keyed, h.generation(&[1_000])).await?;
        let again = commands::generate(&h.kit, &keyed, h.generation(&[1_000])).await?;
        assert_eq!((first.position, ids(&first)), (again.position, ids(&again)));
        let other = refused(commands::generate(&h.kit, &keyed, h.generation(&[2_000])).await);
        assert_eq!(rules_of(&other), ["REQ-IDEMPOTENCY"]);
        Ok(())
    }
}
