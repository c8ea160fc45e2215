//! What is booked stays booked where it belongs when registers are amended.

use domain::manifest::rules;

use super::*;

db::both! { migrations = crate::migrations();
    fn a_licence_line_keeps_its_use_when_another_is_put_before_it(db) {
        let h = House::new(db).await?;
        let lots = h.containers(&[250_000, 100_000]).await?;
        let first = h.arrived(&lots[..1]).await?;
        let second = h.draft(&lots[1..]).await?.id;
        let licence = h.keys.licences["phychem-l"].clone();
        // 350 kg would be more than 120 % of the line, were the first 250 kg not forgotten.
        h.change("licences", &licence, |row| {
            row["lines"][0]["yearly_quantity_g"] = json!(260_000);
            let lines = row["lines"].as_array_mut().expect("a list");
            lines.insert(0, json!({"codes": ["HW49"], "yearly_quantity_g": 5_000_000, "methods": ["R15"]}));
        })
        .await?;
        let refused = h
            .sign(&h.plant, &second, Step::Consignor, SignData::default())
            .await
            .expect_err("the line is used up");
        assert!(rules_of(&refused).contains(&rules::LICENCE_OVER), "{refused}");
        // The document on the road is received on the line that it was booked on.
        let version = h.view(&h.receiver, &first).await?.summary.version;
        let body = h.receiver_body(&[(&lots[0], Some(250_000))], "");
        parts::edit_receiver(&h.kit, &h.scale, &first, version, body).await?;
        h.sign(&h.receiver, &first, Step::Receiver, SignData::default()).await?;
        Ok(())
    }

    fn a_plan_that_its_firm_raised_binds_as_it_was_filed(db) {
        let h = House::new(db).await?;
        let plan = h.keys.plans["plating-plan:2026"].clone();
        h.change("plans", &plan, |row| row["lines"][0]["transfer_quota_g"] = json!(7_500)).await?;
        let entity = Entity::of("plans").ok_or("no register")?;
        let record = registry::get(&h.kit, &h.plant, entity, &plan).await?;
        let mut input = record.row;
        input["lines"][0]["transfer_quota_g"] = json!(7_500_000);
        let save = Save { id: Some(plan), version: Some(record.version), input };
        registry::save(&h.kit, &h.plant, entity, save).await?;
        let lots = h.containers(&[5_000, 5_000]).await?;
        let first = h.draft(&lots[..1]).await?.id;
        h.sign(&h.plant, &first, Step::Consignor, SignData::default()).await?;
        let second = h.draft(&lots[1..]).await?.id;
        let refused =
            h.sign(&h.plant, &second, Step::Consignor, SignData::default()).await.expect_err("beyond what is filed");
        assert!(rules_of(&refused).contains(&rules::PLAN_QUOTA), "{refused}");
        Ok(())
    }

    fn a_licence_line_that_is_gone_takes_in_nothing(db) {
        let h = House::new(db).await?;
        let lots = h.containers(&[250_000]).await?;
        let id = h.arrived(&lots).await?;
        let licence = h.keys.licences["phychem-l"].clone();
        h.change("licences", &licence, |row| {
            row["lines"] = json!([{"codes": ["HW49"], "yearly_quantity_g": 5_000_000, "methods": ["R15"]}]);
        })
        .await?;
        let version = h.view(&h.receiver, &id).await?.summary.version;
        let body = h.receiver_body(&[(&lots[0], Some(250_000))], "");
        parts::edit_receiver(&h.kit, &h.scale, &id, version, body).await?;
        let refused =
            h.sign(&h.receiver, &id, Step::Receiver, SignData::default()).await.expect_err("no longer licensed");
        assert!(rules_of(&refused).contains(&rules::LICENCE_CODE), "{refused}");
        Ok(())
    }
}
