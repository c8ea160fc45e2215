//! A town's officials reach what lies in the town's villages, too.

use std::sync::Arc;

use db::Rebuild;
use serde_json::{Value, json};

use super::{Outcome, create, demo_city, entity, errors, manager, migrations, object, system, town, update};
use crate::kit::OpContext;
use crate::kit::testing::TENANT;
use crate::registry::list::{self, ListQuery};
use crate::registry::profile::profile;
use crate::registry::service;

/// A village of a town of the reference city.
fn village_of(town: &str) -> Outcome<String> {
    let city = profile("jiangyin").ok_or("no city")?;
    let found = city.towns.iter().find(|t| t.code == town).and_then(|t| t.villages.first());
    Ok(found.ok_or("no village")?.code.clone())
}

db::both! { migrations = migrations();
    fn a_site_in_a_village_lies_in_its_town(db) {
        let (kit, keys) = demo_city(db).await?;
        let village = village_of("320281001")?;
        assert_eq!(village.len(), 12);
        let row = json!({"name": "村里的厂区", "division_code": village});
        let made = create(&kit, &manager(&keys, "plating"), "sites", row).await?;
        let (near, far) = (town(&keys, "plating", "320281001"), town(&keys, "plating", "320281004"));
        let names = async |ctx: &Arc<OpContext>, query: ListQuery| -> Outcome<Vec<String>> {
            Ok(list::list(&kit, ctx, entity("sites"), &query).await?.items.into_iter().map(|r| r.title).collect())
        };
        let wanted = "村里的厂区".to_owned();
        assert!(names(&near, ListQuery::default()).await?.contains(&wanted));
        assert!(!names(&far, ListQuery::default()).await?.contains(&wanted));
        let city = system();
        for code in [village.as_str(), "320281001"] {
            let query = ListQuery { town: Some(code.into()), ..ListQuery::default() };
            assert!(names(&city, query).await?.contains(&wanted), "{code}");
        }
        service::get(&kit, &near, entity("sites"), &made.id).await?;
        assert!(service::get(&kit, &far, entity("sites"), &made.id).await.is_err());
        // What hangs on the site follows it, and the site itself can move.
        let facility = json!({"site_id": made.id, "code": "TS001", "name": "村库", "kind": "storage", "facility_type": "warehouse", "capacity_g": 1_000_000});
        let facility = match create(&kit, &system(), "facilities", facility.clone()).await {
            Ok(written) => written,
            Err(problem) => return Err(format!("{facility}: {:?}", errors(&problem)).into()),
        };
        service::get(&kit, &near, entity("facilities"), &facility.id).await?;
        assert!(service::get(&kit, &far, entity("facilities"), &facility.id).await.is_err());
        let mut moved = object(Value::Object(service::get(&kit, &system(), entity("sites"), &made.id).await?.row));
        moved.insert("division_code".into(), village_of("320281004")?.into());
        update(&kit, &system(), "sites", &made.id, 1, Value::Object(moved)).await?;
        service::get(&kit, &far, entity("facilities"), &facility.id).await?;
        // An organisation's officials are found by the town, wherever its address lies.
        let mut org = object(Value::Object(service::get(&kit, &system(), entity("orgs"), &keys.orgs["plating"]).await?.row));
        org.insert("division_code".into(), village.into());
        let version = service::get(&kit, &system(), entity("orgs"), &keys.orgs["plating"]).await?.version;
        update(&kit, &system(), "orgs", &keys.orgs["plating"], version, Value::Object(org)).await?;
        assert!(list::list(&kit, &near, entity("orgs"), &ListQuery { town: Some("320281001".into()), ..ListQuery::default() }).await?.items.iter().any(|r| r.id == keys.orgs["plating"]));
        let model = crate::ReadModel;
        let rebuild: &dyn Rebuild = &model;
        let report = db.verify(&db::VerifyOptions::default(), Some(rebuild)).await?;
        assert!(report.ok, "{TENANT}: {report:?}");
        Ok(())
    }
}
