//! The procedure, with what it does to the ledger.

use domain::manifest::rules;

use super::*;
use crate::kit::Code;
use crate::kit::testing::with_key;

db::both! { migrations = crate::migrations();
    fn the_whole_way_with_one_refusal(db) {
        let h = House::new(db).await?;
        let lots = h.containers(&[900_000, 800_500]).await?;
        assert_eq!(h.stock_g(&h.plant).await?, 1_700_500);
        let id = h.draft(&lots).await?.id;
        let draft = h.view(&h.plant, &id).await?;
        assert_eq!(draft.summary.internal_number, "WF2026-000001");
        assert_eq!((draft.summary.number.clone(), draft.summary.number_status.as_str()), (None, "none"));
        assert_eq!(draft.permissions.actions, ["sign_consignor", "void"]);
        assert_eq!(draft.consignor_part.lines[0].mass_g, 1_700_500);
        assert_eq!(draft.consignor_part.lines[0].traits, ["T"]);

        h.sign(&h.plant, &id, Step::Consignor, SignData::default()).await?;
        let signed = h.view(&h.plant, &id).await?;
        assert_eq!(signed.summary.number.as_deref(), Some("20263202990001"));
        assert_eq!(signed.summary.number_status, "demo");
        // Nobody determined class and UN number: said, kept with the signature, not blocking.
        assert_eq!(signed.warnings[0].rule, rules::DANGEROUS_GOODS);
        assert_eq!(h.stock_g(&h.plant).await?, 1_700_500, "bound, not gone");

        h.minutes(10);
        parts::edit_carrier(&h.kit, &h.dispatcher, &id, signed.summary.version, h.carrier_body()).await?;
        h.sign(&h.driver, &id, Step::Carrier, SignData::default()).await?;
        assert_eq!(h.stock_g(&h.plant).await?, 0);
        h.minutes(40);
        h.sign(&h.driver, &id, Step::Arrival, SignData::default()).await?;
        let arrived = h.view(&h.receiver, &id).await?;
        // Monday 2 March + 5 working days, the whole day: Monday 9 March.
        assert_eq!(arrived.summary.due_at.as_deref(), Some("2026-03-09T15:59:59.999999Z"));

        let body = h.receiver_body(&[(&lots[0], Some(899_000)), (&lots[1], None)], "包装破损");
        parts::edit_receiver(&h.kit, &h.scale, &id, arrived.summary.version, body).await?;
        h.sign(&h.receiver, &id, Step::Receiver, SignData::default()).await?;
        let decided = h.view(&h.plant, &id).await?;
        assert_eq!(decided.summary.status, "partially_refused");
        assert_eq!(decided.treatment.remaining_g, 899_000);
        assert_eq!(h.stock_g(&h.receiver).await?, 899_000);

        h.minutes(60);
        h.sign(&h.plant, &id, Step::Return, SignData::default()).await?;
        assert_eq!(h.view(&h.plant, &id).await?.summary.status, "returned");
        assert_eq!(h.stock_g(&h.plant).await?, 800_500);

        let history = read::history(&h.kit, &h.plant, &id).await?;
        let words: Vec<&str> = history.iter().map(|e| e.event.as_str()).collect();
        assert_eq!(words, [
            "drafted", "consignor_signed", "carrier_edited", "carrier_signed", "arrived", "receiver_edited",
            "receiver_signed", "returned"
        ]);
        assert!(!serde_json::to_string(&history)?.contains("0510-0000"), "no telephone in the history");
        Ok(())
    }

    fn accepted_in_full_and_treated(db) {
        let h = House::new(db).await?;
        let lots = h.containers(&[500_000]).await?;
        let id = h.arrived(&lots).await?;
        let version = h.view(&h.receiver, &id).await?.summary.version;
        let body = h.receiver_body(&[(&lots[0], Some(500_000))], "");
        parts::edit_receiver(&h.kit, &h.receiver, &id, version, body).await?;
        h.sign(&h.receiver, &id, Step::Receiver, SignData::default()).await?;
        let view = h.view(&h.plant, &id).await?;
        assert_eq!((view.summary.status.as_str(), view.permissions.actions.len()), ("accepted", 0));
        assert_eq!(view.receiver_part.ok_or("filled")?.licence_no, "演示JS0281-02");
        Ok(())
    }

    fn voiding_frees_containers_and_quotas(db) {
        let h = House::new(db).await?;
        let lots = h.containers(&[500_000]).await?;
        let id = h.draft(&lots).await?.id;
        h.sign(&h.plant, &id, Step::Consignor, SignData::default()).await?;
        let again = h.draft(&lots).await?.id;
        let taken = h.sign(&h.plant, &again, Step::Consignor, SignData::default()).await.expect_err("taken");
        assert_eq!(rules_of(&taken), [rules::LOT_TAKEN]);
        assert!(taken.errors[0].params.contains(&("manifest".into(), "WF2026-000001".into())), "{taken}");
        h.sign(&h.plant, &id, Step::Void, SignData::default()).await?;
        assert_eq!(h.view(&h.plant, &id).await?.summary.status, "voided");
        h.sign(&h.plant, &again, Step::Consignor, SignData::default()).await?;
        let late = h.sign(&h.plant, &id, Step::Void, SignData::default()).await.expect_err("done already");
        assert_eq!(rules_of(&late), [rules::VOID_AFTER_DEPARTURE]);
        Ok(())
    }

    fn out_of_order_wrong_party_and_stale(db) {
        let h = House::new(db).await?;
        let lots = h.containers(&[500_000]).await?;
        let id = h.draft(&lots).await?.id;
        let draft = h.view(&h.plant, &id).await?;
        let (version, hash) = (draft.summary.version, draft.content_hash.clone());
        let early = h.sign(&h.plant, &id, Step::Return, SignData::default()).await.expect_err("out of order");
        assert_eq!(rules_of(&early), [rules::OUT_OF_ORDER]);
        let unseen = h.sign_version(&h.dispatcher, &id, Step::Carrier, version, &hash, SignData::default()).await;
        assert_eq!(unseen.expect_err("a draft is private").code, Code::NotFound);
        let wrong = h.sign_version(&h.plant, &id, Step::Consignor, version, &"0".repeat(64), SignData::default()).await;
        assert_eq!(rules_of(&wrong.expect_err("another hash")), [rules::STALE]);

        draft::edit(&h.kit, &h.plant, &id, version, h.draft_body(&lots)).await?;
        let stale = h.sign_version(&h.plant, &id, Step::Consignor, version, &hash, SignData::default()).await;
        assert_eq!(stale.expect_err("edited since").code, Code::StaleVersion);
        let stale = draft::edit(&h.kit, &h.plant, &id, version, h.draft_body(&lots)).await;
        assert_eq!(stale.expect_err("edited since").code, Code::StaleVersion);

        h.sign(&h.plant, &id, Step::Consignor, SignData::default()).await?;
        let view = h.view(&h.other_carrier, &id).await.expect_err("no party");
        assert_eq!(view.code, Code::NotFound);
        let sealed = draft::edit(&h.kit, &h.plant, &id, version + 2, h.draft_body(&lots)).await.expect_err("signed");
        assert_eq!(rules_of(&sealed), [rules::PART_CLOSED]);
        let empty = h.sign(&h.dispatcher, &id, Step::Carrier, SignData::default()).await.expect_err("not filled");
        assert!(rules_of(&empty).contains(&rules::REQUIRED), "{empty}");
        let version = h.view(&h.dispatcher, &id).await?.summary.version;
        let foreign = CarrierBody {
            vehicle_id: Some(h.keys.vehicles["carrier-b-v1"].clone()),
            ..h.carrier_body()
        };
        let foreign = parts::edit_carrier(&h.kit, &h.dispatcher, &id, version, foreign).await.expect_err("foreign");
        assert_eq!(foreign.errors[0].path, "/vehicle_id");
        assert_eq!(h.stock_g(&h.plant).await?, 500_000, "nothing moved");
        Ok(())
    }

    fn a_repeated_request_does_nothing_twice(db) {
        let h = House::new(db).await?;
        let lots = h.containers(&[500_000]).await?;
        let keyed = with_key(&h.plant, "the same key");
        let first = draft::create(&h.kit, &keyed, h.draft_body(&lots)).await?;
        assert_eq!(draft::create(&h.kit, &keyed, h.draft_body(&lots)).await?, first);
        let other = draft::create(&h.kit, &keyed, h.draft_body(&[])).await.expect_err("used for something else");
        assert_eq!(other.code, Code::Conflict);
        let keyed = with_key(&h.plant, "signing");
        let view = h.view(&h.plant, &first.id).await?;
        let sign = || {
            let (version, hash) = (view.summary.version, view.content_hash.clone());
            let (h, keyed, id) = (&h, &keyed, first.id.clone());
            async move { h.sign_version(keyed, &id, Step::Consignor, version, &hash, SignData::default()).await }
        };
        let signed = sign().await?;
        assert_eq!(sign().await?, signed);
        assert_eq!(h.view(&h.plant, &first.id).await?.signatures.len(), 1);
        let all = crate::transfer::list::list(&h.kit, &h.plant, Default::default()).await?;
        assert_eq!(all.total, Some(1));
        Ok(())
    }

    fn art_17_two_carriers(db) {
        let h = House::new(db).await?;
        let lots = h.containers(&[500_000]).await?;
        let id = h.on_the_road(&lots).await?;
        let data = SignData {
            carrier_org_id: Some(h.keys.orgs["carrier-b"].clone()),
            place: Some("申港码头".into()),
            at: Some(format_instant(h.clock.now())),
            ..SignData::default()
        };
        let missing = h.sign(&h.driver, &id, Step::Handover, SignData::default()).await.expect_err("no data");
        assert_eq!(rules_of(&missing), [rules::HANDOVER_DATA]);
        h.sign(&h.driver, &id, Step::Handover, data).await?;
        let open = h.sign(&h.driver, &id, Step::Arrival, SignData::default()).await.expect_err("handed over");
        assert_eq!(rules_of(&open), [rules::HANDOVER_OPEN]);
        let view = h.view(&h.other_carrier, &id).await?;
        assert_eq!(view.permissions.edit_parts, ["carrier"]);
        let body = CarrierBody {
            vehicle_id: Some(h.keys.vehicles["carrier-b-v1"].clone()),
            driver_id: Some(h.keys.crew["carrier-b-driver1"].clone()),
            escort_id: Some(h.keys.crew["carrier-b-escort1"].clone()),
            ..h.carrier_body()
        };
        h.minutes(5);
        parts::edit_carrier(&h.kit, &h.other_carrier, &id, view.summary.version, body).await?;
        h.sign(&h.other_carrier, &id, Step::Carrier, SignData::default()).await?;
        h.minutes(30);
        h.sign(&h.other_carrier, &id, Step::Arrival, SignData::default()).await?;
        let view = h.view(&h.plant, &id).await?;
        assert_eq!(view.legs.len(), 2);
        assert_eq!(view.legs[1].from, "申港码头");
        assert_eq!(view.summary.status, "arrived");
        Ok(())
    }

    fn the_authority_runs_out_of_numbers(db) {
        let range = NumberAuthoritySetting::DemoRange { prefix: "3202".into(), from: 990_001, to: 990_001 };
        let h = House::with_numbers(db, range).await?;
        let lots = h.containers(&[1_000, 2_000]).await?;
        let first = h.draft(&lots[..1]).await?.id;
        h.sign(&h.plant, &first, Step::Consignor, SignData::default()).await?;
        let second = h.draft(&lots[1..]).await?.id;
        let none = h.sign(&h.plant, &second, Step::Consignor, SignData::default()).await.expect_err("used up");
        assert_eq!(rules_of(&none), [rules::NO_NUMBER]);
        assert_eq!(h.view(&h.plant, &second).await?.summary.status, "draft");
        Ok(())
    }

    fn without_an_authority_the_internal_number_stays(db) {
        let h = House::with_numbers(db, NumberAuthoritySetting::None).await?;
        let lots = h.containers(&[1_000]).await?;
        let id = h.draft(&lots).await?.id;
        h.sign(&h.plant, &id, Step::Consignor, SignData::default()).await?;
        let view = h.view(&h.plant, &id).await?;
        assert_eq!((view.summary.number, view.summary.number_status.as_str()), (None, "none"));
        Ok(())
    }

    fn a_check_says_what_a_signature_would_meet(db) {
        let h = House::new(db).await?;
        let lots = h.containers(&[1_000]).await?;
        let mut body = h.draft_body(&lots);
        body.consignor_part.lines[0].method_code = "D10".into();
        let id = draft::create(&h.kit, &h.plant, body).await?.id;
        let found = read::check_step(&h.kit, &h.plant, &id, None).await?;
        assert_eq!(found.step, "consignor");
        let errors: Vec<&str> = found.errors.iter().map(|e| e.rule.as_str()).collect();
        assert_eq!(errors, [rules::LICENCE_METHOD]);
        assert_eq!(found.errors[0].path, "/consignor_part/lines/0/method_code");
        assert!(found.errors[0].message.contains("D10") && !found.errors[0].citations.is_empty());
        assert_eq!(found.warnings[0].rule, rules::DANGEROUS_GOODS);
        let unknown = read::check_step(&h.kit, &h.plant, &id, Some("dance")).await.expect_err("no such step");
        assert_eq!(rules_of(&unknown), [crate::transfer::rules::UNKNOWN_STEP]);
        Ok(())
    }

    fn what_does_not_exist_is_named(db) {
        let h = House::new(db).await?;
        let mut body = h.draft_body(&["no such lot".into()]);
        body.receiver_org_id = "nobody".into();
        body.consignor_part.site_id = h.keys.sites["phychem-1"].clone();
        body.consignor_part.planned_at = Some("yesterday".into());
        let problem = draft::create(&h.kit, &h.plant, body).await.expect_err("unknown");
        let paths: Vec<&str> = problem.errors.iter().map(|e| e.path.as_str()).collect();
        assert_eq!(paths, [
            "/receiver_org_id", "/consignor_part/site_id", "/consignor_part/planned_at",
            "/consignor_part/lines/0/lot_ids/0"
        ]);
        Ok(())
    }
}
