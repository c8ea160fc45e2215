//! Who sees what, pages, registers, labels, and what an outsider gets.

use super::*;
use crate::kit::Code;
use crate::ledger::entries::{self, EntryQuery};
use crate::ledger::label::{self, LabelQuery};
use crate::ledger::list::{self, LotQuery};
use crate::ledger::registers::{self, Register, RegisterQuery};
use crate::ledger::trace::{self, TraceQuery};
use crate::ledger::{history, rules};

fn march(format: Option<&str>) -> RegisterQuery {
    RegisterQuery {
        from: Some("2026-03".into()),
        to: Some("2026-03".into()),
        format: format.map(str::to_owned),
        ..RegisterQuery::default()
    }
}

db::both! { migrations = crate::migrations();
    fn a_firm_sees_its_own_and_an_office_all(db) {
        let h = House::new(db).await?;
        let made = h.generate(&[1_000, 2_000]).await?;
        let bag = ids(&made)[0].to_owned();
        let code = made.lots[0].container_code.clone().ok_or("no code")?;
        assert_eq!(list::list(&h.kit, &h.receiver, &LotQuery::default()).await?.total, Some(0));
        assert_eq!(list::list(&h.kit, &h.office, &LotQuery::default()).await?.total, Some(2));
        for outcome in [
            history::get(&h.kit, &h.receiver, bag.clone()).await.map(drop),
            list::by_code(&h.kit, &h.receiver, &code).await.map(drop),
            trace::trace(&h.kit, &h.receiver, bag.clone(), &TraceQuery::default()).await.map(drop),
            label::label(&h.kit, &h.receiver, bag.clone(), &LabelQuery::default()).await.map(drop),
        ] {
            assert_eq!(refused(outcome).code, Code::NotFound);
        }
        let foreign = refused(commands::store_out(&h.kit, &h.receiver, StorageOutInput {
            lot_ids: vec![bag.clone()], purpose: "transfer".into(), occurred_at: h.now(),
        }).await);
        assert_eq!(rules_of(&foreign), [rules::LOT_UNKNOWN]);
        // Officials look, they do not act.
        assert_eq!(refused(commands::generate(&h.kit, &h.office, h.generation(&[1])).await).code, Code::Forbidden);
        // A town sees its own firms.
        let town = |code: &str| Arc::new(OpContext {
            town_code: Some(code.to_owned()),
            ..OpContext::clone(&caller("town", &[OrgKind::Town], &[Role::Town]))
        });
        assert_eq!(list::list(&h.kit, &town("320281001"), &LotQuery::default()).await?.total, Some(2));
        assert_eq!(list::list(&h.kit, &town("320281112"), &LotQuery::default()).await?.total, Some(0));
        // The label leads back to the bag, before and after it changed hands.
        assert_eq!(list::by_code(&h.kit, &h.plating, &code).await?.id, bag);
        h.send(&[&bag], "m-1").await?;
        h.receive(&[(&bag, 1_000)], "m-1").await?;
        assert_eq!(list::by_code(&h.kit, &h.plating, &code).await?.status, "received");
        assert_eq!(list::by_code(&h.kit, &h.receiver, &code).await?.status, "stored");
        assert_eq!(list::by_code(&h.kit, &h.office, &code).await?.holder.id, h.receiver.org_id);
        Ok(())
    }

    fn pages_neither_skip_nor_repeat(db) {
        let h = House::new(db).await?;
        for _ in 0..3 {
            h.generate(&[1_000, 2_000, 3_000]).await?;
            h.clock.advance(60_000_000);
        }
        for sort in ["created_at", "-created_at", "remaining_g", "-deadline_at", "generated_on"] {
            let mut seen = std::collections::BTreeSet::new();
            let mut query = LotQuery { limit: Some(2), sort: Some(sort.into()), ..LotQuery::default() };
            loop {
                let page = list::list(&h.kit, &h.plating, &query).await?;
                assert!(page.items.iter().all(|l| seen.insert(l.id.clone())), "{sort} repeats");
                query.cursor = page.next_cursor;
                if query.cursor.is_none() { break; }
            }
            assert_eq!(seen.len(), 9, "{sort}");
        }
        let mut query = EntryQuery { limit: Some(4), ..EntryQuery::default() };
        let mut count = 0;
        loop {
            let page = entries::list(&h.kit, &h.plating, &query).await?;
            count += page.items.len();
            query.cursor = page.next_cursor;
            if query.cursor.is_none() { break; }
        }
        assert_eq!(count, 9);
        let filtered = LotQuery { waste_code: Some("HW17".into()), status: Some("stored,staged".into()),
            q: Some("镀镍".into()), ..LotQuery::default() };
        assert_eq!(list::list(&h.kit, &h.plating, &filtered).await?.total, Some(9));
        let late = LotQuery { late: Some(true), ..LotQuery::default() };
        assert_eq!(list::list(&h.kit, &h.plating, &late).await?.total, Some(0));
        h.clock.advance(366 * 86_400_000_000);
        assert_eq!(list::list(&h.kit, &h.plating, &late).await?.total, Some(9));
        let odd = refused(list::list(&h.kit, &h.plating, &LotQuery { status: Some("lost".into()), ..LotQuery::default() }).await);
        assert_eq!((odd.errors[0].rule.as_str(), odd.errors[0].path.as_str()), ("REQ-191", "/status"));
        Ok(())
    }

    fn the_workbench_counts_stock_and_names_what_is_late(db) {
        let h = House::new(db).await?;
        h.generate(&[1_000, 2_000]).await?;
        let part = crate::ledger::workbench::workbench(&h.kit, &h.plating).await?;
        assert_eq!((part.counts["stock_g"], part.counts["containers"], part.counts["late_lots"]), (3_000, 2, 0));
        assert_eq!(part.changed.iter().map(|c| c.kind.as_str()).collect::<Vec<_>>(), ["waste.generated"]);
        assert!(part.waiting.is_empty() && part.shortcuts == ["/ledger/generate"]);
        h.clock.advance(366 * 86_400_000_000);
        let part = crate::ledger::workbench::workbench(&h.kit, &h.office).await?;
        assert_eq!((part.waiting.len(), part.counts["late_lots"]), (2, 2));
        assert!(part.waiting.iter().all(|w| w.late && w.kind == "lot_late" && w.params.contains_key("holder")));
        let none = crate::ledger::workbench::workbench(&h.kit, &h.receiver).await?;
        assert_eq!(none.counts["containers"], 0);
        Ok(())
    }

    fn registers_follow_the_standard(db) {
        let h = House::new(db).await?;
        let bag = ids(&h.generate(&[1_234_567]).await?)[0].to_owned();
        h.send(&[&bag], "m-1").await?;
        for (table, columns) in [("b1", 14), ("b2", 16), ("b3", 17), ("b4", 16), ("b5", 19)] {
            let Register::Page(page) = registers::register(&h.kit, &h.plating, table, &march(None)).await? else {
                return Err("not a page".into());
            };
            assert_eq!(page.columns.len(), columns);
            assert_eq!(page.items.len(), usize::from(table != "b4"), "{table}");
            if table == "b1" {
                assert_eq!(page.columns[0].title, "产生批次编码");
                assert_eq!(page.items[0].cells[0], "HWCS20260302001");
                assert_eq!(page.items[0].cells[6], "1.234567");
                assert_eq!(page.items[0].cells[9], "吨袋");
            }
            for format in ["xlsx", "csv"] {
                let Register::File { bytes, .. } = registers::register(&h.kit, &h.plating, table, &march(Some(format))).await? else {
                    return Err("not a file".into());
                };
                assert!(!bytes.is_empty());
            }
        }
        assert_eq!(refused(registers::register(&h.kit, &h.plating, "b9", &march(None)).await).code, Code::NotFound);
        let open = RegisterQuery::default();
        assert_eq!(rules_of(&refused(registers::register(&h.kit, &h.plating, "b1", &open).await)), [rules::PERIOD_MISSING]);
        Ok(())
    }

    fn labels_are_for_containers(db) {
        let h = House::new(db).await?;
        let bag = ids(&h.generate(&[1_000]).await?)[0].to_owned();
        for size in [None, Some("100"), Some("150"), Some("200")] {
            let query = LabelQuery { size: size.map(str::to_owned) };
            let label = label::label(&h.kit, &h.plating, bag.clone(), &query).await?;
            assert!(label.bytes.starts_with(b"%PDF"));
        }
        let mut bulk = h.generation(&[1_000]);
        bulk.packaging = "none".into();
        bulk.capacity_ml = None;
        let bulk = commands::generate(&h.kit, &h.plating, bulk).await?;
        assert_eq!(bulk.lots[0].container_code, None);
        let none = refused(label::label(&h.kit, &h.plating, bulk.lots[0].id.clone(), &LabelQuery::default()).await);
        assert_eq!(rules_of(&none), [rules::NO_LABEL]);
        Ok(())
    }

    fn who_stands_behind_a_partner_stays_hidden(db) {
        let h = House::new(db).await?;
        let bag = ids(&h.generate(&[1_000]).await?)[0].to_owned();
        h.send(&[&bag], "m-1").await?;
        h.receive(&[(&bag, 1_000)], "m-1").await?;
        let own = list::list(&h.kit, &h.receiver, &LotQuery::default()).await?.items.remove(0);
        // The direct partner is known.
        let back = trace::trace(&h.kit, &h.receiver, own.id.clone(), &TraceQuery::default()).await?;
        assert_eq!(back.origins[0].org.as_ref().map(|o| o.id.as_str()), Some(h.plating.org_id.as_str()));
        // Sent on to a third firm, the third sees grams but not the first.
        let (burner, method) = (h.keys.orgs["burner"].clone(), tables::method("D10", "")?);
        let (sender, lots) = (h.receiver.org_id.clone(), vec![own.id.clone()]);
        let (site, facility) = (h.site("burner-1"), h.facility("burner-1-TS001"));
        h.work(&h.receiver, move |mut work| Box::pin(async move {
            let at = work.now;
            transfers::bind(&mut work, &sender, "m-2", &lots, at).await?;
            let receiver = Receiver { kind: ReceiverKind::Licensed, name: "b".into(), licence: "l".into() };
            let line = SendLine { lots: lots.clone(), method };
            let send = Send { manifest: "m-2".into(), lines: vec![line], receiver, occurred_at: at };
            transfers::send(&mut work, &sender, &send).await?;
            let lots = lots.into_iter().map(|lot| ReceivedLot { lot, received_g: 1_000 }).collect();
            let receive = Receive { manifest: "m-2".into(), site, facility, lots, occurred_at: at };
            transfers::receive(&mut work, &burner, &receive).await.map(drop)
        })).await?;
        let third = caller(&h.keys.orgs["burner"], &[OrgKind::Receiver], &[Role::ReceiverManager]);
        let lot = list::list(&h.kit, &third, &LotQuery::default()).await?.items.remove(0);
        let back = trace::trace(&h.kit, &third, lot.id.clone(), &TraceQuery::default()).await?;
        assert_eq!((back.origins[0].org.clone(), back.sums.origins_g), (None, 1_000));
        assert!(back.nodes.iter().filter(|n| n.org.is_none()).all(|n| n.label.is_empty()));
        // The first sees the fate of its waste.
        let forward = trace::trace(&h.kit, &h.plating, bag, &TraceQuery { direction: Some("forward".into()) }).await?;
        assert!(forward.nodes.iter().all(|n| n.org.is_some()));
        Ok(())
    }
}
