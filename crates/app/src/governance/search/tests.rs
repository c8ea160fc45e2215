//! The search over a played city, on both engines: what each role finds, and what nobody may find.

use std::sync::Arc;

use db::Sql;
use domain::access::{OrgKind, Role};

use super::find::{SearchAnswer, SearchQuery, search};
use crate::kit::testing::caller;
use crate::kit::{Code, OpContext, Problem};
use crate::ledger::list::{self as lots, LotQuery};
use crate::transfer::tests::{House, Outcome};

async fn look(h: &House, ctx: &Arc<OpContext>, q: &str) -> Result<SearchAnswer, Problem> {
    search(&h.kit, ctx, &SearchQuery { q: Some(q.to_owned()), people: None }).await
}

/// The titles of a kind.
async fn titles(h: &House, ctx: &Arc<OpContext>, kind: &str, q: &str) -> Outcome<Vec<String>> {
    let answer = look(h, ctx, q).await.map_err(|p| format!("{q}: {p:?}"))?;
    let group = answer.groups.into_iter().find(|group| group.kind == kind);
    Ok(group.map(|group| group.hits.into_iter().map(|hit| hit.title).collect()).unwrap_or_default())
}

async fn people(h: &House, ctx: &Arc<OpContext>, q: &str) -> Result<usize, Problem> {
    let answer = search(&h.kit, ctx, &SearchQuery { q: Some(q.to_owned()), people: Some(true) }).await?;
    Ok(answer.groups.iter().map(|group| group.hits.len()).sum())
}

async fn audited(h: &House) -> Outcome<i64> {
    let text = "select count(*) as n from audit_entry where tenant_id = $1 and kind = 'audit.personal_read'";
    let tenant = h.plant.tenant.clone();
    let row = h
        .kit
        .db
        .read(move |sql| Box::pin(async move { sql.query_one(text, &db::params![tenant.as_str()]).await }))
        .await?;
    Ok(row.get("n")?)
}

db::both! { migrations = crate::migrations();
    fn each_finds_what_its_lists_would_show(db) {
        let h = House::new(db).await?;
        let ids = h.containers(&[1_000, 2_000]).await?;
        h.on_the_road(&ids[..1]).await?;
        for q in ["澄江第一", "cjdydd", "chengjiangdiyi", "CJDYDD", "91320281DEM000014L", "plating"] {
            assert_eq!(titles(&h, &h.office, "firms", q).await?, ["演示-澄江第一电镀厂"], "{q}");
            assert_eq!(titles(&h, &h.plant, "firms", q).await?, ["演示-澄江第一电镀厂"], "{q}");
            for ctx in [&h.dispatcher, &h.receiver, &h.driver] {
                assert!(titles(&h, ctx, "firms", q).await?.is_empty(), "{q} {:?}", ctx.roles);
            }
        }
        for q in ["WF2026-000001", "wf2026-00", "1", "000001"] {
            for ctx in [&h.office, &h.plant, &h.dispatcher, &h.receiver, &h.driver] {
                assert_eq!(titles(&h, ctx, "manifests", q).await?.len(), 1, "{q} {:?}", ctx.roles);
            }
            for ctx in [&h.other_carrier, &h.other_driver] {
                assert!(titles(&h, ctx, "manifests", q).await?.is_empty(), "{q} {:?}", ctx.roles);
            }
        }
        let stock = lots::list(&h.kit, &h.plant, &LotQuery::default()).await?.items;
        let code = stock.iter().find_map(|lot| lot.container_code.clone()).ok_or("no container")?;
        let batch = stock.iter().find_map(|lot| lot.generation_batch.clone()).ok_or("no batch")?;
        for q in [code.as_str(), batch.as_str(), &code[..20]] {
            assert!(!titles(&h, &h.office, "containers", q).await?.is_empty(), "{q}");
            assert!(!titles(&h, &h.plant, "containers", q).await?.is_empty(), "{q}");
            for ctx in [&h.dispatcher, &h.receiver, &h.driver] {
                assert!(titles(&h, ctx, "containers", q).await?.is_empty(), "{q} {:?}", ctx.roles);
            }
        }
        Ok(())
    }

    fn plates_and_waste_codes(db) {
        let h = House::new(db).await?;
        let vehicle = h.keys.vehicles["carrier-a-v1"].clone();
        let entity = crate::registry::entity::Entity::of("vehicles").ok_or("no register")?;
        let row = crate::registry::service::get(&h.kit, &h.office, entity, &vehicle).await?;
        let plate = row.title.clone();
        let tail: String = plate.chars().skip(1).collect();
        for q in [plate.as_str(), &tail, &tail.to_lowercase()] {
            assert!(titles(&h, &h.office, "vehicles", q).await?.contains(&plate), "{q}");
            assert!(titles(&h, &h.dispatcher, "vehicles", q).await?.contains(&plate), "{q}");
            for ctx in [&h.plant, &h.other_carrier, &h.driver] {
                assert!(titles(&h, ctx, "vehicles", q).await?.is_empty(), "{q} {:?}", ctx.roles);
            }
        }
        for (q, code) in [("336-054-17", "336-054-17"), ("33605417", "336-054-17"), ("hw08", "HW08"), ("表面处理", "HW17"), ("bmcl", "HW17")] {
            assert_eq!(titles(&h, &h.driver, "wastes", q).await?.first().map(String::as_str), Some(code), "{q}");
        }
        Ok(())
    }

    fn people_only_with_the_right_a_purpose_and_an_entry(db) {
        let h = House::new(db).await?;
        let inspector = caller("dept", &[OrgKind::Department], &[Role::Inspector]);
        let stated = Arc::new(OpContext { purpose: Some("核实路检情况".into()), ..(*inspector).clone() });
        assert!(look(&h, &inspector, "演").await?.people);
        assert!(!look(&h, &h.office, "演").await?.people);
        assert_eq!(people(&h, &inspector, "演").await.expect_err("no purpose").errors[0].rule, "SEA-002");
        let before = audited(&h).await?;
        assert!(people(&h, &stated, "演").await? > 0);
        assert!(people(&h, &h.dispatcher, "演").await? > 0, "the own people");
        assert_eq!(audited(&h).await?, before + 2);
        assert_eq!(people(&h, &h.plant, "演").await?, 0, "the plant has no crew, and those of others are none of its");
        for ctx in [&h.office, &h.driver, &h.scale] {
            assert_eq!(people(&h, ctx, "演").await.expect_err("no right").code, Code::Forbidden, "{:?}", ctx.roles);
        }
        Ok(())
    }

    fn words_have_limits(db) {
        let h = House::new(db).await?;
        let long = "长".repeat(65);
        for q in ["", "   ", long.as_str(), "a\u{7}b"] {
            assert_eq!(look(&h, &h.office, q).await.expect_err("refused").errors[0].rule, "SEA-001", "{q:?}");
        }
        for q in ["%", "_", "'", "\\", "%%__", "'; drop table org; --", "🙂", "a'b\"c"] {
            look(&h, &h.office, q).await.map_err(|p| format!("{q}: {p:?}"))?;
        }
        assert!(titles(&h, &h.office, "vehicles", "%%").await?.is_empty());
        Ok(())
    }
}
