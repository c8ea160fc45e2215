//! Rows through the service on both engines: rights, versions, uniqueness, personal data, lists, and that the
//! read tables follow from the journal.

use std::collections::BTreeSet;
use std::sync::Arc;

use db::{Sql, params};
use serde_json::json;

use super::{
    Outcome, clerk, create, crew_row, demo_city, dispatcher, entity, errors, inspector, manager, migrations,
    system, town, update,
};
use crate::kit::testing::{TENANT, kit_on, with_key};
use crate::kit::{Code, Kit, OpContext};
use crate::registry::list::{self, ListQuery};
use crate::registry::seed::DemoKeys;
use crate::registry::{lifecycle, load, seed, service};

async fn audits(kit: &Kit, kind: &'static str) -> Outcome<i64> {
    Ok(kit
        .db
        .read(move |s| {
            Box::pin(async move {
                let sql = "select count(*) as n from audit_entry where tenant_id = $1 and kind = $2";
                s.query_one(sql, &params![TENANT, kind]).await?.get::<i64>("n")
            })
        })
        .await?)
}

fn query(change: impl FnOnce(&mut ListQuery)) -> ListQuery {
    let mut q = ListQuery::default();
    change(&mut q);
    q
}

db::both! { migrations = migrations();
    fn an_empty_city_starts_with_its_organisations_once(db) {
        let (kit, _) = kit_on((**db).clone());
        let first = seed::city(&kit).await?;
        assert_eq!(first.len(), 54);
        assert_eq!(seed::city(&kit).await?, first);
        let (size, _) = kit.db.write(TENANT, |tx| Box::pin(async move { tx.head().await })).await?;
        assert_eq!(size, 54, "the second run wrote nothing");
        let page = list::list(&kit, &system(), entity("orgs"), &query(|q| q.kind = Some("town".into()))).await?;
        assert_eq!(page.total, Some(18));
        Ok(())
    }

    fn the_demonstration_loads_and_reads_back_typed(db) {
        let (kit, keys) = demo_city(db).await?;
        assert!(seed::demo(&kit, jiff::civil::date(2026, 3, 2), &[2026]).await?.is_none(), "once only");
        let keys2 = keys.clone();
        kit.db.read::<_, crate::kit::Problem, _>(move |s| Box::pin(async move {
            let (facility, site) = load::facility_with_site(s, TENANT, &keys2.facilities["plating-1-TS001"]).await?.expect("there");
            assert_eq!((facility.code.as_str(), site.division_code.as_str()), ("TS001", "320281001"));
            assert!(facility.takes("336-054-17") && !facility.takes("900-300-34"));
            let licence = load::licence(s, TENANT, &keys2.licences["phychem-l"]).await?.expect("there");
            assert!(licence.in_force("2026-03-02") && !licence.in_force("2031-01-01"));
            assert!(licence.lines.iter().any(|l| l.covers("336-054-17") && l.methods == ["R4"]));
            let plan = load::plan_of(s, TENANT, &site.id, 2026).await?.expect("there");
            assert!(plan.filed());
            assert_eq!(plan.line("336-054-17").map(|l| l.facility_id.as_deref()), Some(Some(facility.id.as_str())));
            assert!(load::plan_of(s, TENANT, &site.id, 2027).await?.is_none());
            assert_eq!(load::orgs_of_kind(s, TENANT, domain::access::OrgKind::Carrier).await?.len(), 3);
            assert_eq!(load::vehicles_of(s, TENANT, &keys2.orgs["carrier-a"]).await?.len(), 3);
            assert_eq!(load::crew_of(s, TENANT, &keys2.orgs["carrier-a"]).await?.len(), 4);
            assert_eq!(load::sites_of(s, TENANT, &keys2.orgs["plating"]).await?.len(), 1);
            assert_eq!(load::facilities_of(s, TENANT, &site.id).await?.len(), 4);
            assert_eq!(load::licences_of(s, TENANT, &keys2.orgs["burner"]).await?.len(), 1);
            let org = load::org_by_key(s, TENANT, "demo:plating").await?.expect("there");
            assert_eq!(load::org(s, TENANT, &org.id).await?, Some(org));
            Ok(())
        })).await?;
        Ok(())
    }

    fn an_enterprise_writes_its_own_rows_and_no_others(db) {
        let (kit, keys) = demo_city(db).await?;
        let own = manager(&keys, "plating");
        let made = create(&kit, &own, "sites", json!({"name": "二厂区", "division_code": "320281004"})).await?;
        assert_eq!(made.version, 1);
        let foreign = json!({"org_id": keys.orgs["steel"], "name": "占用", "division_code": "320281004"});
        let problem = create(&kit, &own, "sites", foreign).await.expect_err("foreign organisation");
        assert_eq!(errors(&problem), [("REG-006".into(), "/org_id".into())]);
        let problem = update(&kit, &own, "sites", &keys.sites["steel-1"], 1, json!({"name": "改名"})).await.expect_err("foreign row");
        assert_eq!(problem.code, Code::NotFound);
        let licence = json!({"number": "自发"});
        assert_eq!(create(&kit, &own, "licences", licence).await.expect_err("official").code, Code::Forbidden);
        let clerk = clerk(&keys, "plating");
        assert_eq!(create(&kit, &clerk, "sites", json!({"name": "x"})).await.expect_err("no right").code, Code::Forbidden);
        Ok(())
    }

    fn a_stale_version_a_fixed_field_and_a_duplicate_are_refused(db) {
        let (kit, keys) = demo_city(db).await?;
        let ctx = dispatcher(&keys, "carrier-a");
        let id = &keys.vehicles["carrier-a-v1"];
        let row = json!({"plate": "苏BD9901", "plate_colour": "yellow", "transport_cert_no": "新证", "valid_to": "2028-01-01", "load_g": 15_000_000});
        assert_eq!(update(&kit, &ctx, "vehicles", id, 1, row.clone()).await?.version, 2);
        assert_eq!(update(&kit, &ctx, "vehicles", id, 2, row.clone()).await?.version, 2, "nothing changed, nothing written");
        let stale = update(&kit, &ctx, "vehicles", id, 1, row.clone()).await.expect_err("stale");
        assert_eq!(stale.code, Code::StaleVersion);
        let mut moved = row.clone();
        moved["org_id"] = keys.orgs["carrier-b"].clone().into();
        let problem = update(&kit, &ctx, "vehicles", id, 2, moved).await.expect_err("fixed");
        assert_eq!(errors(&problem), [("REG-011".into(), "/org_id".into())]);
        let mut taken = row;
        taken["plate"] = "苏B·D9902".into();
        let problem = update(&kit, &ctx, "vehicles", id, 2, taken).await.expect_err("duplicate");
        assert_eq!(errors(&problem), [("REG-007".into(), "/plate".into())]);
        let again = crew_row(&keys.orgs["carrier-a"], "演示从业000001");
        let problem = create(&kit, &ctx, "crew", again).await.expect_err("the same certificate");
        assert_eq!(errors(&problem), [("REG-007".into(), "/cert_no".into())]);
        let shown = format!("{:?}", problem.errors);
        assert!(!shown.contains("演示从业000001"), "a refusal does not repeat personal data");
        Ok(())
    }

    fn references_must_exist_be_active_and_belong_together(db) {
        let (kit, keys) = demo_city(db).await?;
        let ctx = system();
        let plan = |facility: &str| json!({"site_id": keys.sites["garage-1"], "year": 2027, "status": "draft", "lines": [
            {"waste_code": "900-214-08", "expected_generation_g": 1, "transfer_quota_g": 1, "facility_id": facility}]});
        let problem = create(&kit, &ctx, "plans", plan("nowhere")).await.expect_err("unknown");
        assert_eq!(errors(&problem), [("REG-006".into(), "/lines/0/facility_id".into())]);
        let problem = create(&kit, &ctx, "plans", plan(&keys.facilities["lab-1-TS001"])).await.expect_err("foreign");
        assert_eq!(errors(&problem), [("REG-117".into(), "/lines/0/facility_id".into())]);
        let id = keys.facilities["garage-1-TS001"].clone();
        lifecycle::set_status(&kit, &ctx, entity("facilities"), id.clone(), 1, "演示停用".into(), false).await?;
        let problem = create(&kit, &ctx, "plans", plan(&id)).await.expect_err("inactive");
        assert_eq!(errors(&problem), [("REG-008".into(), "/lines/0/facility_id".into())]);
        lifecycle::set_status(&kit, &ctx, entity("facilities"), id.clone(), 2, "恢复".into(), true).await?;
        create(&kit, &ctx, "plans", plan(&id)).await?;
        Ok(())
    }

    fn what_others_depend_on_stays_active(db) {
        let (kit, keys) = demo_city(db).await?;
        let ctx = system();
        let org = keys.orgs["garage"].clone();
        let problem = lifecycle::set_status(&kit, &ctx, entity("orgs"), org, 1, "停产".into(), false).await.expect_err("in use");
        assert_eq!(errors(&problem), [("REG-017".into(), String::new())]);
        let id = keys.vehicles["carrier-c-v1"].clone();
        let problem = lifecycle::set_status(&kit, &ctx, entity("vehicles"), id.clone(), 1, "  ".into(), false).await.expect_err("reason");
        assert_eq!(errors(&problem), [("REG-016".into(), "/reason".into())]);
        lifecycle::set_status(&kit, &ctx, entity("vehicles"), id.clone(), 1, "报废".into(), false).await?;
        let problem = update(&kit, &ctx, "vehicles", &id, 2, json!({})).await.expect_err("inactive");
        assert_eq!(errors(&problem), [("REG-015".into(), "/status".into())]);
        Ok(())
    }

    fn personal_data_is_masked_seen_with_purpose_and_erased(db) {
        let (kit, keys) = demo_city(db).await?;
        let (crew, id) = (entity("crew"), keys.crew["carrier-a-driver1"].clone());
        // The own organisation sees it whole, and that is written down.
        let own = dispatcher(&keys, "carrier-a");
        let record = service::get(&kit, &own, crew, &id).await?;
        assert!(record.masked.is_empty());
        let phone = record.row["phone"].as_str().unwrap_or_default().to_owned();
        assert!(phone.starts_with("0510-0000-"));
        assert_eq!(audits(&kit, "audit.personal_read").await?, 1);
        // In a list even the own organisation sees names only.
        let page = list::list(&kit, &own, crew, &ListQuery::default()).await?;
        assert_eq!(page.items.len(), 4);
        assert!(page.items.iter().all(|r| r.row["phone"].as_str().is_some_and(|p| p.starts_with("****"))));
        assert!(page.items.iter().all(|r| !r.row["name"].as_str().is_some_and(|n| n.contains('*'))));
        // An inspector needs a purpose.
        let record = service::get(&kit, &inspector(&keys, None), crew, &id).await?;
        assert_eq!(record.masked, ["name", "phone", "cert_no"]);
        assert_eq!(audits(&kit, "audit.personal_read").await?, 1);
        let record = service::get(&kit, &inspector(&keys, Some("现场核查")), crew, &id).await?;
        assert_eq!(record.row["phone"], phone.as_str());
        assert_eq!(audits(&kit, "audit.personal_read").await?, 2);
        // Another firm does not even learn that the row exists.
        let other = dispatcher(&keys, "carrier-b");
        assert_eq!(service::get(&kit, &other, crew, &id).await.expect_err("foreign").code, Code::NotFound);
        // What comes back masked stays as it was.
        let masked = json!({"name": "x**", "phone": crate::registry::personal::mask("phone", &phone), "duty": "escort", "valid_to": "2028-01-01"});
        update(&kit, &own, "crew", &id, 1, masked).await?;
        let record = service::get(&kit, &own, crew, &id).await?;
        assert_eq!((record.row["phone"].as_str(), record.row["name"].as_str()), (Some(phone.as_str()), Some("x**")));
        // Erased: gone from the row and from all events, and the journal still verifies.
        lifecycle::erase_personal(&kit, &own, crew, id.clone(), 2, "离职，本人申请".into()).await?;
        let record = service::get(&kit, &own, crew, &id).await?;
        assert!(record.row["name"].is_null() && record.row["phone"].is_null() && record.row["cert_no"].is_null());
        let problem = lifecycle::erase_personal(&kit, &own, crew, id.clone(), 3, "再次".into()).await.expect_err("nothing left");
        assert_eq!(errors(&problem), [("REG-018".into(), String::new())]);
        let left = kit.db.read(move |s| Box::pin(async move {
            let sql = "select count(*) as n from personal_data p join journal_event e on e.tenant_id = p.tenant_id \
                       and e.position = p.position where e.tenant_id = $1 and e.subject_id = $2 and p.value is not null";
            s.query_one(sql, &params![TENANT, id]).await?.get::<i64>("n")
        })).await?;
        assert_eq!(left, 0);
        Ok(())
    }

    fn the_journal_holds_no_personal_value(db) {
        let (kit, _keys) = demo_city(db).await?;
        let found = kit.db.read(|s| Box::pin(async move {
            let sql = "select count(*) as n from journal_event where tenant_id = $1 and (canonical like '%0510-0000-%' or canonical like '%演示从业%')";
            s.query_one(sql, &params![TENANT]).await?.get::<i64>("n")
        })).await?;
        assert_eq!(found, 0);
        Ok(())
    }

    fn a_list_keeps_to_the_callers_reach(db) {
        let (kit, keys) = demo_city(db).await?;
        let count = |ctx: Arc<OpContext>, register: &'static str, q: ListQuery| {
            let kit = Arc::clone(&kit);
            async move { Ok::<_, crate::kit::Problem>(list::list(&kit, &ctx, entity(register), &q).await?.total.unwrap_or(-1)) }
        };
        let all = ListQuery::default;
        assert_eq!(count(system(), "sites", all()).await?, 16);
        assert_eq!(count(manager(&keys, "plating"), "sites", all()).await?, 1);
        assert_eq!(count(town(&keys, "town:chengjiang", "320281001"), "sites", all()).await?, 2);
        assert_eq!(count(town(&keys, "town:chengjiang", "320281001"), "facilities", all()).await?, 6);
        assert_eq!(count(town(&keys, "park:lingang", "320281404"), "facilities", all()).await?, 5);
        // The directory is for everyone, but only its public fields.
        assert_eq!(count(manager(&keys, "plating"), "licences", all()).await?, 4);
        for register in crate::registry::entities::ENTITIES {
            for order in [None, Some("-updated_at".to_owned())] {
                list::list(&kit, &system(), register, &query(|q| q.sort.clone_from(&order))).await?;
            }
        }
        let page = list::list(&kit, &manager(&keys, "plating"), entity("orgs"), &query(|q| q.org_id = Some(keys.orgs["steel"].clone()))).await?;
        assert!(page.items[0].row.contains_key("credit_code") && !page.items[0].row.contains_key("contact_phone"));
        // Words do not find what a mask hides.
        let hidden = query(|q| q.q = Some("0510-0000".into()));
        assert_eq!(count(manager(&keys, "plating"), "orgs", hidden.clone()).await?, 0);
        assert_eq!(count(system(), "crew", hidden.clone()).await?, 0);
        assert_eq!(count(dispatcher(&keys, "carrier-a"), "crew", hidden).await?, 4);
        assert_eq!(count(system(), "orgs", query(|q| q.q = Some("电镀".into()))).await?, 1);
        assert_eq!(count(system(), "orgs", query(|q| q.q = Some("100%".into()))).await?, 0);
        assert_eq!(count(system(), "licences", query(|q| q.valid_until = Some("2026-12-31".into()))).await?, 1);
        let refused = list::list(&kit, &system(), entity("vehicles"), &query(|q| q.year = Some(2026))).await;
        assert_eq!(refused.expect_err("no such filter").errors[0].rule, "REG-005");
        Ok(())
    }

    fn pages_hold_every_row_once_in_every_order(db) {
        let (kit, _keys) = demo_city(db).await?;
        for (register, sort, total) in [("orgs", "title", 74), ("orgs", "-updated_at", 74), ("facilities", "-title", 49), ("plans", "year", 16), ("crew", "-valid_to", 12)] {
            let (mut seen, mut cursor, mut pages) = (BTreeSet::new(), None, 0);
            loop {
                let q = ListQuery { limit: Some(7), sort: Some(sort.into()), cursor, ..ListQuery::default() };
                let page = list::list(&kit, &system(), entity(register), &q).await?;
                pages += 1;
                for item in page.items {
                    assert!(seen.insert(item.id), "{register} {sort}: a row came twice");
                }
                cursor = page.next_cursor;
                if cursor.is_none() || pages > 20 { break; }
            }
            assert_eq!(seen.len(), total, "{register} {sort}");
        }
        let foreign = list::list(&kit, &system(), entity("orgs"), &query(|q| { q.cursor = Some("WzEsImEiXQ".into()) })).await;
        assert_eq!(foreign.expect_err("a number where a text belongs").errors[0].rule, "REQ-CURSOR");
        Ok(())
    }

    fn a_repeated_post_does_nothing_twice(db) {
        let (kit, keys) = demo_city(db).await?;
        let ctx = with_key(&manager(&keys, "plating"), "key-00000001");
        let row = json!({"name": "三厂区", "division_code": "320281004"});
        let first = create(&kit, &ctx, "sites", row.clone()).await?;
        assert_eq!(create(&kit, &ctx, "sites", row).await?, first);
        let problem = create(&kit, &ctx, "sites", json!({"name": "别的", "division_code": "320281004"})).await.expect_err("another request");
        assert_eq!(problem.code, Code::Conflict);
        Ok(())
    }

    fn the_read_tables_follow_from_the_journal(db) {
        let (kit, keys) = demo_city(db).await?;
        change_things(&kit, &keys).await?;
        let report = kit.db.verify(&db::VerifyOptions::default(), Some(&Model)).await?;
        assert!(report.ok, "{report:?}");
        db.tamper("update vehicle set load_g = load_g + 1 where plate = $1", &params!["苏BD9902"]).await?;
        let report = kit.db.verify(&db::VerifyOptions::default(), Some(&Model)).await?;
        assert!(!report.ok, "a row changed by hand is found");
        Ok(())
    }
}

async fn change_things(kit: &Arc<Kit>, keys: &DemoKeys) -> Outcome<()> {
    let own = dispatcher(keys, "carrier-a");
    let id = keys.crew["carrier-a-driver2"].clone();
    update(kit, &own, "crew", &id, 1, json!({"duty": "escort", "valid_to": "2028-01-01"})).await?;
    lifecycle::erase_personal(kit, &own, entity("crew"), id, 2, "演示".into()).await?;
    let vehicle = keys.vehicles["carrier-a-v3"].clone();
    lifecycle::set_status(kit, &own, entity("vehicles"), vehicle, 1, "报废".into(), false).await?;
    service::get(kit, &own, entity("crew"), &keys.crew["carrier-a-driver1"]).await?;
    Ok(())
}

/// The read tables of this context for `verify`.
struct Model;

impl db::Rebuild for Model {
    fn migrations(&self) -> &[db::Migration] {
        migrations()
    }
    fn tables(&self) -> &[db::ReadTable] {
        use std::sync::LazyLock;
        static TABLES: LazyLock<Vec<db::ReadTable>> = LazyLock::new(|| {
            crate::registry::project::TABLES
                .iter()
                .map(|name| db::ReadTable { name, key: &["id"], ignore: &[] })
                .collect()
        });
        &TABLES
    }
    fn project<'a>(
        &'a self,
        tx: &'a mut db::Tx,
        event: &'a db::StoredEvent,
    ) -> db::BoxFuture<'a, Result<(), db::DbError>> {
        Box::pin(crate::registry::project(tx, event))
    }
}
