//! Thirty-two clients at once: exactly what is permitted succeeds, on both engines.

use domain::manifest::rules;

use super::*;

const CLIENTS: usize = 32;

/// Signs documents all at once; answers how many succeeded, after checking why the others did not.
async fn rush(h: &Arc<House>, ids: Vec<String>, refusal: &[&str]) -> Outcome<usize> {
    let mut clients = Vec::new();
    for id in ids {
        let h = Arc::clone(h);
        clients.push(tokio::spawn(async move {
            h.sign(&h.plant, &id, Step::Consignor, SignData::default()).await
        }));
    }
    let mut signed = 0;
    for client in clients {
        match client.await? {
            Ok(_) => signed += 1,
            Err(problem) => {
                assert!(rules_of(&problem).iter().any(|rule| refusal.contains(rule)), "{problem}")
            }
        }
    }
    Ok(signed)
}

async fn unlimited(db: &db::Db) -> Outcome<Arc<House>> {
    let range = NumberAuthoritySetting::DemoRange { prefix: "3202".into(), from: 1, to: 999_999 };
    Ok(Arc::new(House::with_numbers(db, range).await?))
}

async fn one_draft_each(h: &House, mass: i64) -> Outcome<Vec<String>> {
    let lots = h.containers(&vec![mass; CLIENTS]).await?;
    let mut ids = Vec::new();
    for lot in &lots {
        ids.push(h.draft(std::slice::from_ref(lot)).await?.id);
    }
    Ok(ids)
}

async fn used(h: &House, kind: &'static str) -> Outcome<i64> {
    let tenant = h.plant.tenant.clone();
    let row = h
        .kit
        .db
        .read(move |sql| {
            Box::pin(async move {
                use db::Sql;
                let sql_text = "select cast(coalesce(sum(mass_g), 0) as bigint) as used from quota_use \
                                where tenant_id = $1 and kind = $2";
                sql.query_one(sql_text, &db::params![tenant, kind]).await?.get::<i64>("used")
            })
        })
        .await?;
    Ok(row)
}

db::both! { migrations = crate::migrations();
    fn one_container(db) {
        let h = unlimited(db).await?;
        let lots = h.containers(&[250_000]).await?;
        let mut ids = Vec::new();
        for _ in 0..CLIENTS {
            ids.push(h.draft(&lots).await?.id);
        }
        assert_eq!(rush(&h, ids, &[rules::LOT_TAKEN]).await?, 1);
        assert_eq!(used(&h, "plan").await?, 250_000);
        Ok(())
    }

    fn one_plan_quota(db) {
        let h = unlimited(db).await?;
        let ids = one_draft_each(&h, 1_000).await?;
        let plan = h.keys.plans["plating-plan:2026"].clone();
        h.change("plans", &plan, |row| row["lines"][0]["transfer_quota_g"] = json!(7_500)).await?;
        assert_eq!(rush(&h, ids, &[rules::PLAN_QUOTA]).await?, 7);
        assert_eq!(used(&h, "plan").await?, 7_000);
        Ok(())
    }

    fn one_licence(db) {
        let h = unlimited(db).await?;
        let ids = one_draft_each(&h, 1_000).await?;
        let licence = h.keys.licences["phychem-l"].clone();
        h.change("licences", &licence, |row| row["lines"][0]["yearly_quantity_g"] = json!(10_000)).await?;
        // 100 % warns, 120 % is the last that passes.
        assert_eq!(rush(&h, ids, &[rules::LICENCE_OVER]).await?, 12);
        assert_eq!(used(&h, "licence").await?, 12_000);
        Ok(())
    }

    fn one_signature_by_many_hands(db) {
        let h = unlimited(db).await?;
        let lots = h.containers(&[1_000]).await?;
        let id = h.draft(&lots).await?.id;
        let view = h.view(&h.plant, &id).await?;
        let mut clients = Vec::new();
        for _ in 0..CLIENTS {
            let (h, id) = (Arc::clone(&h), id.clone());
            let (version, hash) = (view.summary.version, view.content_hash.clone());
            clients.push(tokio::spawn(async move {
                h.sign_version(&h.plant, &id, Step::Consignor, version, &hash, SignData::default()).await
            }));
        }
        let mut signed = 0;
        for client in clients {
            match client.await? {
                Ok(_) => signed += 1,
                Err(problem) => assert_eq!(problem.code, crate::kit::Code::StaleVersion, "{problem}"),
            }
        }
        assert_eq!(signed, 1);
        assert_eq!(h.view(&h.plant, &id).await?.signatures.len(), 1);
        Ok(())
    }
}
