//! Lines of a licence keep their numbers, through the form and through a table.

use serde_json::{Value, json};

use super::{Outcome, demo_city, entity, errors, migrations, object, system, update};
use crate::kit::Kit;
use crate::kit::testing::TENANT;
use crate::registry::service;
use crate::registry::table::import::import;

async fn row(kit: &std::sync::Arc<Kit>, id: &str) -> Outcome<(i64, Value)> {
    let record = service::get(kit, &system(), entity("licences"), id).await?;
    Ok((record.version, Value::Object(record.row)))
}

fn numbers(row: &Value) -> Vec<i64> {
    row["lines"].as_array().into_iter().flatten().filter_map(|line| line["no"].as_i64()).collect()
}

db::both! { migrations = migrations();
    fn an_amendment_keeps_the_numbers_that_come_back(db) {
        let (kit, keys) = demo_city(db).await?;
        let id = &keys.licences["phychem-l"];
        let (version, before) = row(&kit, id).await?;
        let old = numbers(&before);
        assert!(!old.is_empty());
        let mut with_more = before.clone();
        let lines = with_more["lines"].as_array_mut().ok_or("no lines")?;
        lines.insert(0, json!({"codes": ["HW49"], "yearly_quantity_g": 1, "methods": ["R15"]}));
        update(&kit, &system(), "licences", id, version, with_more).await?;
        let (version, more) = row(&kit, id).await?;
        assert_eq!(numbers(&more)[1..], old[..]);
        let added = numbers(&more)[0];
        assert!(!old.contains(&added));
        // Taken out and put in again it is another line, unless nothing else changed.
        update(&kit, &system(), "licences", id, version, before.clone()).await?;
        let (version, without) = row(&kit, id).await?;
        assert_eq!(numbers(&without), old);
        let mut again = without.clone();
        again["lines"].as_array_mut().ok_or("no lines")?.push(json!({"codes": ["HW49"], "yearly_quantity_g": 1, "methods": ["R15"]}));
        update(&kit, &system(), "licences", id, version, again).await?;
        let (version, again) = row(&kit, id).await?;
        assert!(!numbers(&again).contains(&added), "a number never comes back");
        let mut claimed = again.clone();
        claimed["lines"][0]["no"] = json!(999_999);
        let problem = update(&kit, &system(), "licences", id, version, claimed).await.expect_err("unknown");
        assert_eq!(errors(&problem), [("REG-125".into(), "/lines/0/no".into())]);
        Ok(())
    }

    fn a_table_finds_lines_by_their_codes(db) {
        let (kit, keys) = demo_city(db).await?;
        let id = &keys.licences["phychem-l"];
        let (_, before) = row(&kit, id).await?;
        let line = &before["lines"][0];
        let words = |key: &str| line[key].as_array().into_iter().flatten().filter_map(Value::as_str).collect::<Vec<_>>().join(";");
        let org = service::get(&kit, &system(), entity("orgs"), &keys.orgs["phychem"]).await?;
        let text = |row: &Value, key: &str| row[key].as_str().unwrap_or_default().to_owned();
        let fixed = [
            text(&Value::Object(org.row), "credit_code"), text(&before, "number"), text(&before, "kind"),
            text(&before, "valid_from"), text(&before, "valid_to"),
        ].join(",");
        let csv = format!(
            "owner_credit_code,number,kind,valid_from,valid_to,codes,yearly_quantity_t,methods\n\
             {fixed},HW49,7,R15\n{fixed},{},9,{}\n",
            words("codes"), words("methods"),
        );
        import(&kit, &system(), entity("licences"), csv.into_bytes(), false).await?;
        let (_, after) = row(&kit, id).await?;
        assert_eq!(after["lines"][1]["yearly_quantity_g"], 9_000_000);
        assert_eq!(after["lines"][1]["no"], line["no"]);
        assert_ne!(after["lines"][0]["no"], line["no"]);
        Ok(())
    }

    fn lines_from_before_they_had_numbers_are_numbered_by_their_place(db) {
        let (kit, keys) = demo_city(db).await?;
        let id = keys.licences["phychem-l"].clone();
        let bare = json!([{"codes": ["HW17"], "yearly_quantity_g": 1, "methods": ["R4"]}, {"codes": ["HW49"], "yearly_quantity_g": 1, "methods": ["R4"]}]).to_string();
        db.tamper("update licence set lines = $1 where tenant_id = $2 and id = $3", &db::params![bare, TENANT, id.as_str()]).await?;
        let (version, stored) = row(&kit, &id).await?;
        assert_eq!(numbers(&stored), [0, 1]);
        let mut moved = object(stored);
        let lines = moved["lines"].as_array_mut().ok_or("no lines")?;
        lines.swap(0, 1);
        update(&kit, &system(), "licences", &id, version, Value::Object(moved)).await?;
        assert_eq!(numbers(&row(&kit, &id).await?.1), [1, 0]);
        Ok(())
    }
}
