//! Roadside checks: found by plate, number and code, or not; why is asked; who sees what.

use std::sync::Arc;

use db::Sql;
use domain::access::{OrgKind, Role};
use domain::manifest::Step;

use super::super::checks::{self, CheckListQuery, RoadsideCheckBody, RoadsideCheckView};
use super::super::place::Place;
use super::super::rules;
use crate::identity::{Method, Reauthenticated};
use crate::kit::testing::{caller, with_key};
use crate::kit::{Clock, OpContext, Page, Problem};
use crate::transfer::model::SignData;
use crate::transfer::tests::{House, Outcome};
use crate::transfer::{attest, read, sign};

const WHY: &str = "路面检查危险废物运输车辆";

fn inspector(org: &str) -> Arc<OpContext> {
    caller(org, &[OrgKind::Department], &[Role::Inspector])
}

fn asks(kind: &str, value: &str) -> RoadsideCheckBody {
    RoadsideCheckBody { kind: kind.into(), value: value.into(), purpose: WHY.into(), place: None }
}

async fn look(
    h: &House,
    ctx: &Arc<OpContext>,
    kind: &str,
    value: &str,
) -> Result<RoadsideCheckView, Problem> {
    checks::make(&h.kit, ctx, asks(kind, value)).await
}

fn ids(view: &RoadsideCheckView) -> Vec<&str> {
    view.row.manifests.iter().map(|m| m.id.as_str()).collect()
}

async fn plate(h: &House) -> Outcome<String> {
    let (tenant, id) = (h.plant.tenant.clone(), h.keys.vehicles["carrier-a-v1"].clone());
    let found = h
        .kit
        .db
        .read::<_, Problem, _>(move |sql| {
            Box::pin(async move { crate::registry::load::vehicle(sql, &tenant, &id).await })
        })
        .await?;
    Ok(found.ok_or("the truck is registered")?.plate)
}

async fn arrive(h: &House, id: &str, version: i64, hash: String) -> Outcome<()> {
    let request = sign::Request {
        step: Step::Arrival,
        version,
        content_hash: Some(hash),
        data: SignData::default(),
        reason: String::new(),
    };
    let proof = Reauthenticated {
        account_id: h.driver.account_id.clone(),
        person_id: h.driver.person_id.clone(),
        person_name: "演示人".into(),
        method: Method::Password,
        at: h.clock.now(),
        key: None,
    };
    sign::sign(&h.kit, &h.driver, id, request, proof).await?;
    Ok(())
}

db::both! { migrations = crate::migrations();
    fn a_truck_on_the_road_is_found_by_plate_number_and_codes(db) {
        let h = House::new(db).await?;
        let lots = h.containers(&[900_000, 1_000]).await?;
        let inspector = inspector("dept");
        let plate = plate(&h).await?;
        let before = look(&h, &inspector, "plate", &plate).await?;
        assert!(!before.row.found, "a registered truck without a document is no document");
        assert_eq!(before.row.vehicle.as_ref().map(|v| v.plate.as_str()), Some(plate.as_str()));

        let id = h.on_the_road(&lots).await?;
        let spaced: String = plate.to_lowercase().chars().flat_map(|c| [c, ' ']).collect();
        let by_plate = look(&h, &inspector, "plate", &spaced).await?;
        assert!(by_plate.row.found);
        assert_eq!(ids(&by_plate), [id.as_str()]);
        assert_eq!(by_plate.statuses[&id], "in_transit");
        let kinds: Vec<&str> = by_plate.papers.iter().map(|p| p.kind.as_str()).collect();
        assert_eq!(kinds, ["carrier_licence", "transport_certificate", "driver", "escort"]);
        assert!(by_plate.papers.iter().all(|p| p.valid == Some(true)), "{:?}", by_plate.papers);
        let driver = by_plate.papers.iter().find(|p| p.kind == "driver").ok_or("a driver")?;
        assert!(driver.holder.ends_with("**") && driver.number.as_deref().is_some_and(|n| n.starts_with("****")));

        let m = &by_plate.row.manifests[0];
        let official = m.number.clone().ok_or("numbered")?;
        for number in [official, m.internal_number.to_lowercase()] {
            let seen = look(&h, &inspector, "number", &number).await?;
            assert_eq!(ids(&seen), [id.as_str()], "{number}");
            assert_eq!(seen.row.vehicle.map(|v| v.plate), Some(plate.clone()));
        }

        let (document, _) = read::document(&h.kit, &h.plant, &id).await?;
        let code = attest::issue(&h.kit, &document, h.clock.now());
        for text in [code.clone(), format!("https://wufei.example/verify/{code}")] {
            let seen = look(&h, &inspector, "code", &text).await?;
            assert_eq!(ids(&seen), [id.as_str()]);
            let proved = seen.code.ok_or("a code")?;
            assert!(proved.valid && proved.stated_hash_matches && proved.current);
            assert_eq!(proved.version, document.version);
        }
        let forged = code.replacen(&format!(".{}.", document.version), ".99.", 1);
        let seen = look(&h, &inspector, "code", &forged).await?;
        assert!(!seen.row.found && seen.code.is_some_and(|c| !c.valid && !c.stated_hash_matches));

        let container = document.containers().find_map(|(_, lot)| lot.container_code.clone()).ok_or("a code")?;
        let seen = look(&h, &inspector, "code", &format!("https://wufei.example/label/{container}")).await?;
        assert_eq!(ids(&seen), [id.as_str()]);
        assert_eq!(seen.lot.and_then(|l| l.container_code), Some(container));
        Ok(())
    }

    fn nothing_found_is_an_answer_with_a_number_and_a_sheet(db) {
        let h = House::new(db).await?;
        let inspector = inspector("dept");
        let none = look(&h, &inspector, "plate", "苏B·99999").await?;
        assert!(!none.row.found && none.row.vehicle.is_none() && none.row.manifests.is_empty());
        assert_eq!(none.row.checked_no, "C-20260302-0001");
        assert_eq!(none.row.value, "苏B·99999");
        let next = look(&h, &inspector, "number", "WF2026-999999").await?;
        assert_eq!(next.row.checked_no, "C-20260302-0002");
        h.minutes(24 * 60);
        let tomorrow = look(&h, &inspector, "number", "WF2026-999999").await?;
        assert_eq!(tomorrow.row.checked_no, "C-20260303-0001", "serials count per day");
        for lang in crate::kit::Lang::ALL {
            let ctx = Arc::new(OpContext { lang, ..(*inspector).clone() });
            let paper = checks::paper(&h.kit, &ctx, &none.row.id).await?;
            assert!(paper.bytes.starts_with(b"%PDF"));
            assert_eq!(paper.file_name, "C-20260302-0001.pdf");
        }
        let lots = h.containers(&[1_000]).await?;
        h.on_the_road(&lots).await?;
        let found = look(&h, &inspector, "plate", &plate(&h).await?).await?;
        assert!(checks::paper(&h.kit, &inspector, &found.row.id).await?.bytes.starts_with(b"%PDF"));
        Ok(())
    }

    fn a_check_says_why_and_what(db) {
        let h = House::new(db).await?;
        let inspector = inspector("dept");
        let long = "因".repeat(checks::PURPOSE_MAX + 1);
        for purpose in ["", "       ", "检查", long.as_str()] {
            let body = RoadsideCheckBody { purpose: purpose.into(), ..asks("plate", "苏B12345") };
            let refused = checks::make(&h.kit, &inspector, body).await.err().ok_or("refused")?;
            assert_eq!(refused.errors[0].path, "/purpose");
            assert_eq!(refused.errors[0].rule, rules::PURPOSE);
        }
        for (kind, value, path) in [("plate", "x", "/value"), ("code", "x", "/value"), ("face", "x", "/kind"), ("code", "WF1.x", "/value")] {
            let refused = look(&h, &inspector, kind, value).await.err().ok_or("refused")?;
            assert_eq!(refused.errors[0].path, path, "{kind}");
        }
        let place = Place { lat_e6: 99_000_000, lon_e6: 0, accuracy_m: 5 };
        let body = RoadsideCheckBody { place: Some(place), ..asks("plate", "苏B12345") };
        assert!(checks::make(&h.kit, &inspector, body).await.is_err());
        let none: Page<_> = checks::list(&h.kit, &inspector, CheckListQuery::default()).await?;
        assert_eq!(none.total, Some(0), "a refused look-up is none");
        Ok(())
    }

    fn only_inspectors_check_and_only_see_their_own(db) {
        let h = House::new(db).await?;
        let (one, other) = (inspector("dept"), inspector("dept-2"));
        for stranger in [&h.plant, &h.dispatcher, &h.driver, &h.receiver, &h.office] {
            let refused = look(&h, stranger, "plate", "苏B12345").await.err().ok_or("refused")?;
            assert_eq!(refused.code, crate::kit::Code::Forbidden);
            assert!(checks::list(&h.kit, stranger, CheckListQuery::default()).await.is_err());
        }
        let keyed = with_key(&one, "k-1");
        let mine = look(&h, &keyed, "plate", "苏B12345").await?;
        let again = look(&h, &keyed, "plate", "苏B12345").await?;
        assert_eq!(again.row.id, mine.row.id, "the same request is one check");
        look(&h, &other, "plate", "苏B54321").await?;
        let list = checks::list(&h.kit, &one, CheckListQuery::default()).await?;
        assert_eq!(list.total, Some(1));
        assert_eq!(list.items[0].checked_no, mine.row.checked_no);
        let searched = CheckListQuery { q: Some("12345".into()), found: Some(false), ..Default::default() };
        assert_eq!(checks::list(&h.kit, &one, searched).await?.items.len(), 1);
        assert!(checks::get(&h.kit, &one, &mine.row.id).await.is_ok());
        for id in [mine.row.id.as_str(), "unknown"] {
            let refused = checks::get(&h.kit, &other, id).await.err().ok_or("refused")?;
            assert_eq!(refused.code, crate::kit::Code::NotFound);
            assert!(checks::paper(&h.kit, &other, id).await.is_err());
        }
        let tenant = one.tenant.clone();
        let audited = h.kit.db.read::<_, Problem, _>(move |sql| Box::pin(async move {
            let text = "select kind from audit_entry where tenant_id = $1 and kind = 'audit.roadside_check'";
            Ok(sql.query(text, &db::params![tenant]).await?.len())
        })).await?;
        assert_eq!(audited, 2, "every look-up stands in the audit log");
        Ok(())
    }

    fn a_status_is_told_as_it_was_and_the_rows_can_be_rebuilt(db) {
        let h = House::new(db).await?;
        let inspector = inspector("dept");
        let lots = h.containers(&[1_000]).await?;
        let id = h.on_the_road(&lots).await?;
        let plate = plate(&h).await?;
        let body = RoadsideCheckBody {
            place: Some(Place { lat_e6: 31_900_000, lon_e6: 120_200_000, accuracy_m: 8 }),
            ..asks("plate", &plate)
        };
        let seen = checks::make(&h.kit, &inspector, body).await?;
        let view = read::get(&h.kit, &h.driver, &id).await?;
        arrive(&h, &id, view.summary.version, view.content_hash).await?;
        let later = checks::get(&h.kit, &inspector, &seen.row.id).await?;
        assert_eq!(later.statuses[&id], "in_transit");
        assert_eq!(later.row.manifests[0].status, "arrived");
        assert_eq!(later.row.place.map(|p| p.accuracy_m), Some(8));
        look(&h, &inspector, "plate", "苏B99999").await?;
        let report = db.verify(&db::VerifyOptions::default(), Some(&crate::ReadModel)).await?;
        assert!(report.ok, "{report:?}");
        db.tamper("update roadside_check set purpose = 'x'", &[]).await?;
        let report = db.verify(&db::VerifyOptions::default(), Some(&crate::ReadModel)).await?;
        assert!(!report.ok, "a changed row is found");
        Ok(())
    }
}
