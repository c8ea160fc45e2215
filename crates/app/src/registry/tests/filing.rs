//! A firm drafts its management plan; only the authority files it.

use serde_json::{Value, json};

use super::{Outcome, create, demo_city, entity, errors, manager, migrations, object, system, update};
use crate::kit::testing::TENANT;
use crate::registry::table::import::import;
use crate::registry::{load, service};

/// Quota in force for a code of the plating works' plan of 2026.
async fn in_force(db: &db::Db, site: &str, code: &'static str) -> Outcome<Option<i64>> {
    let site = site.to_owned();
    Ok(db
        .read::<_, crate::kit::Problem, _>(move |s| {
            Box::pin(async move {
                let plan = load::plan_of(s, TENANT, &site, 2026).await?;
                Ok(plan.filter(|p| p.filed()).and_then(|p| p.line(code).map(|l| l.transfer_quota_g)))
            })
        })
        .await?)
}

const NICKEL: &str = "336-054-17";

db::both! { migrations = migrations();
    fn a_firm_cannot_raise_or_file_its_own_plan(db) {
        let (kit, keys) = demo_city(db).await?;
        let own = manager(&keys, "plating");
        let (plan, site) = (&keys.plans["plating-plan:2026"], &keys.sites["plating-1"]);
        let before = in_force(db, site, NICKEL).await?.ok_or("not filed")?;
        let read = async || service::get(&kit, &own, entity("plans"), plan).await;
        let record = read().await?;
        assert_eq!((&record.row["status"], &record.row["lines"]), (&json!("filed"), &record.row["filed_lines"]));
        // Raised by the firm: a draft that counts for nothing.
        let mut raised = record.row.clone();
        raised["lines"][0]["transfer_quota_g"] = json!(before * 10);
        update(&kit, &own, "plans", plan, record.version, Value::Object(raised.clone())).await?;
        let revised = read().await?;
        assert_eq!(revised.row["status"], "draft");
        assert_eq!(revised.row["lines"][0]["transfer_quota_g"], before * 10);
        assert_eq!(revised.row["filed_lines"], record.row["filed_lines"]);
        assert_eq!(in_force(db, site, NICKEL).await?, Some(before));
        // It cannot say itself that it is filed, nor change what the authority wrote, nor the lines in force.
        let mut file = revised.row.clone();
        file["status"] = json!("filed");
        file["filing_no"] = json!("自备-1");
        file["filed_on"] = json!("2026-03-01");
        file["filed_lines"] = revised.row["lines"].clone();
        let refused = update(&kit, &own, "plans", plan, revised.version, Value::Object(file)).await.expect_err("no authority");
        let mut found = errors(&refused);
        found.sort();
        assert_eq!(found, [
            ("REG-012".into(), "/filed_lines".into()), ("REG-126".into(), "/filed_on".into()),
            ("REG-126".into(), "/filing_no".into()), ("REG-126".into(), "/status".into()),
        ]);
        // Taken back it is what is filed again; raised again, the authority files it.
        let mut again = record.row.clone();
        again["status"] = json!("draft");
        update(&kit, &own, "plans", plan, revised.version, Value::Object(again)).await?;
        let back = read().await?;
        assert_eq!((&back.row["status"], &back.row["filing_no"]), (&json!("filed"), &record.row["filing_no"]));
        update(&kit, &own, "plans", plan, back.version, Value::Object(raised)).await?;
        let mut filed = object(Value::Object(service::get(&kit, &system(), entity("plans"), plan).await?.row));
        filed["status"] = json!("filed");
        filed["filing_no"] = json!("备-2");
        let version = read().await?.version;
        update(&kit, &system(), "plans", plan, version, Value::Object(filed)).await?;
        assert_eq!(in_force(db, site, NICKEL).await?, Some(before * 10));
        let model = crate::ReadModel;
        let report = db.verify(&db::VerifyOptions::default(), Some(&model)).await?;
        assert!(report.ok, "{report:?}");
        Ok(())
    }

    fn a_new_plan_and_an_imported_one_are_drafts(db) {
        let (kit, keys) = demo_city(db).await?;
        let own = manager(&keys, "plating");
        let line = json!({"waste_code": NICKEL, "expected_generation_g": 1, "transfer_quota_g": 1});
        let row = json!({"site_id": keys.sites["plating-1"], "year": 2027, "lines": [line]});
        let mut filed = row.clone();
        filed["status"] = json!("filed");
        let refused = create(&kit, &own, "plans", filed).await.expect_err("no authority");
        assert!(errors(&refused).contains(&("REG-126".into(), "/status".into())));
        let made = create(&kit, &own, "plans", row).await?;
        let record = service::get(&kit, &own, entity("plans"), &made.id).await?;
        assert_eq!((&record.row["status"], &record.row["filed_lines"]), (&json!("draft"), &Value::Null));
        let head = "场所名称,年度,备案状态,备案编号,备案日期,废物代码,预计产生量（吨）,预计转移量（吨）\n";
        let table = |cells: &str| format!("{head}澄江第一电镀厂（主厂区）,{cells}\n").into_bytes();
        let refused = import(&kit, &own, entity("plans"), table("2028,已备案,自备-1,2028-01-01,336-054-17,10,10"), false)
            .await
            .expect_err("no authority");
        assert!(errors(&refused).iter().all(|(rule, _)| rule == "REG-126"), "{:?}", errors(&refused));
        import(&kit, &own, entity("plans"), table("2028,,,,336-054-17,10,10"), false).await?;
        // The authority's table files it.
        let head = format!("owner_credit_code,{head}");
        let org = service::get(&kit, &system(), entity("orgs"), &keys.orgs["plating"]).await?;
        let code = org.row["credit_code"].as_str().ok_or("no code")?.to_owned();
        let csv = format!("{head}{code},澄江第一电镀厂（主厂区）,2028,filed,备-1,2028-01-01,336-054-17,10,10\n");
        import(&kit, &system(), entity("plans"), csv.into_bytes(), false).await?;
        let site = keys.sites["plating-1"].clone();
        let plan = db.read(move |s| Box::pin(async move { load::plan_of(s, TENANT, &site, 2028).await })).await?;
        assert!(plan.is_some_and(|p| p.filed()));
        Ok(())
    }

    fn a_plan_filed_before_revisions_were_kept_apart_stays_in_force(db) {
        use db::StoredEvent;
        let (kit, keys) = demo_city(db).await?;
        let plan = keys.plans["plating-plan:2026"].clone();
        let before = in_force(db, &keys.sites["plating-1"], NICKEL).await?;
        let events = kit.db.by_subject(TENANT, "plan", &plan).await?;
        let mut old: StoredEvent = events.last().ok_or("no event")?.clone();
        old.payload["row"].as_object_mut().ok_or("no row")?.remove("filed_lines");
        kit.db.write::<_, db::DbError, _>(TENANT, move |tx| Box::pin(async move { crate::registry::project(tx, &old).await })).await?;
        assert_eq!(in_force(db, &keys.sites["plating-1"], NICKEL).await?, before);
        assert!(before.is_some());
        Ok(())
    }
}
