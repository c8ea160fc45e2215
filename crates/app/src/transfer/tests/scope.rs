//! Who sees and does what; lists, filters, workbench.

use domain::access::Permission;
use domain::manifest::rules;

use super::super::model::ManifestQuery;
use super::super::{list, workbench};
use super::*;
use crate::kit::{ActingFor, Code};
use domain::access::DelegationScope;

async fn listed(h: &House, ctx: &Arc<OpContext>, query: ManifestQuery) -> Result<Vec<String>, Problem> {
    Ok(list::list(&h.kit, ctx, query).await?.items.into_iter().map(|row| row.id).collect())
}

db::both! { migrations = crate::migrations();
    fn rows_within_reach(db) {
        let h = House::new(db).await?;
        let lots = h.containers(&[1_000, 2_000]).await?;
        let draft = h.draft(&lots[..1]).await?.id;
        let road = h.on_the_road(&lots[1..]).await?;
        let all = ManifestQuery::default;
        assert_eq!(listed(&h, &h.plant, all()).await?, [road.clone(), draft.clone()]);
        for ctx in [&h.dispatcher, &h.receiver, &h.scale, &h.office, &h.driver] {
            assert_eq!(listed(&h, ctx, all()).await?, std::slice::from_ref(&road), "{:?}", ctx.roles);
            assert_eq!(h.view(ctx, &draft).await.expect_err("a draft").code, Code::NotFound, "{:?}", ctx.roles);
            assert!(h.view(ctx, &road).await.is_ok(), "{:?}", ctx.roles);
        }
        for ctx in [&h.other_carrier, &h.other_driver] {
            assert!(listed(&h, ctx, all()).await?.is_empty(), "{:?}", ctx.roles);
            assert_eq!(h.view(ctx, &road).await.expect_err("foreign").code, Code::NotFound);
        }
        let town = |code: &str| {
            let office = caller("town", &[OrgKind::Town], &[Role::Town]);
            Arc::new(OpContext { town_code: Some(code.to_owned()), ..(*office).clone() })
        };
        assert_eq!(listed(&h, &town("320281001"), all()).await?, std::slice::from_ref(&road), "consignor's town");
        assert_eq!(listed(&h, &town("320281007"), all()).await?, std::slice::from_ref(&road), "receiver's town");
        assert!(listed(&h, &town("320281112"), all()).await?.is_empty());
        for role in [Role::SystemAdmin, Role::SecurityAdmin, Role::AuditAdmin] {
            let admin = caller("platform", &[OrgKind::Platform], &[role]);
            assert_eq!(list::list(&h.kit, &admin, all()).await.expect_err("no business").code, Code::Forbidden);
        }
        Ok(())
    }

    fn documents_of_a_village_are_those_of_its_town(db) {
        let h = House::new(db).await?;
        let city = crate::registry::profile::profile("jiangyin").ok_or("no city")?;
        let village = |town: &str| city.towns.iter().find(|t| t.code == town).and_then(|t| t.villages.first()).map(|v| v.code.clone());
        let (from, to) = (village("320281001").ok_or("no village")?, village("320281112").ok_or("no village")?);
        for (site, code) in [("plating-1", from), ("phychem-1", to)] {
            h.change("sites", &h.keys.sites[site].clone(), |row| row["division_code"] = json!(code)).await?;
        }
        let lots = h.containers(&[1_000]).await?;
        let id = h.arrived(&lots).await?;
        let town = |code: &str| {
            let office = caller("town", &[OrgKind::Town], &[Role::Town]);
            Arc::new(OpContext { town_code: Some(code.to_owned()), ..(*office).clone() })
        };
        let near = town("320281001");
        assert_eq!(listed(&h, &near, ManifestQuery::default()).await?, std::slice::from_ref(&id));
        h.view(&near, &id).await?;
        assert_eq!(h.stock_g(&near).await?, 0, "it is on the road");
        h.containers(&[7_000]).await?;
        assert_eq!(h.stock_g(&near).await?, 7_000, "the ledger follows the site");
        let version = h.view(&h.receiver, &id).await?.summary.version;
        let body = h.receiver_body(&[(&lots[0], Some(1_000))], "");
        parts::edit_receiver(&h.kit, &h.scale, &id, version, body).await?;
        let there = town("320281112");
        assert_eq!(listed(&h, &there, ManifestQuery::default()).await?, std::slice::from_ref(&id), "the receiver's site");
        h.view(&there, &id).await?;
        Ok(())
    }

    fn roles_act_within_their_permissions(db) {
        let h = House::new(db).await?;
        let lots = h.containers(&[1_000]).await?;
        let clerk = caller(&h.plant.org_id, &[OrgKind::Enterprise], &[Role::Clerk]);
        let id = draft::create(&h.kit, &clerk, h.draft_body(&lots)).await?.id;
        let view = h.view(&clerk, &id).await?;
        assert_eq!((view.permissions.edit_parts, view.permissions.actions), (vec!["consignor"], vec!["void"]));
        let refused = h.sign(&clerk, &id, Step::Consignor, SignData::default()).await.expect_err("clerk");
        assert_eq!(refused.code, Code::Forbidden);
        let id2 = h.arrived(&lots).await?;
        let version = h.view(&h.scale, &id2).await?.summary.version;
        let body = h.receiver_body(&[(&lots[0], Some(1_000))], "");
        parts::edit_receiver(&h.kit, &h.scale, &id2, version, body).await?;
        let refused = h.sign(&h.scale, &id2, Step::Receiver, SignData::default()).await.expect_err("scale");
        assert_eq!(refused.code, Code::Forbidden);
        for official in [&h.office] {
            let refused = h.sign(official, &id2, Step::Receiver, SignData::default()).await.expect_err("official");
            assert_eq!(refused.code, Code::Forbidden);
        }
        let somebody = proof(&h.scale, h.clock.now());
        let request = Request {
            step: Step::Receiver,
            version: version + 1,
            content_hash: None,
            data: SignData::default(),
            reason: String::new(),
        };
        let foreign = sign::sign(&h.kit, &h.receiver, &id2, request, somebody).await.expect_err("another's proof");
        assert_eq!(foreign.code, Code::Internal);
        Ok(())
    }

    fn a_driver_signs_only_their_own(db) {
        let h = House::new(db).await?;
        let lots = h.containers(&[1_000]).await?;
        let id = h.draft(&lots).await?.id;
        let signed = h.sign(&h.plant, &id, Step::Consignor, SignData::default()).await?;
        h.minutes(5);
        parts::edit_carrier(&h.kit, &h.dispatcher, &id, signed.version, h.carrier_body()).await?;
        let view = h.view(&h.driver, &id).await?;
        let hash = view.content_hash.clone();
        let version = view.summary.version;
        let other = h.sign_version(&h.other_driver, &id, Step::Carrier, version, &hash, SignData::default()).await;
        assert_eq!(other.expect_err("not assigned").code, Code::NotFound);
        let hands_on = CarrierBody { driver_id: Some(h.keys.crew["carrier-a-driver2"].clone()), ..h.carrier_body() };
        let refused = parts::edit_carrier(&h.kit, &h.driver, &id, version, hands_on).await.expect_err("hands on");
        assert_eq!(rules_of(&refused), [rules::NOT_THE_DRIVER]);
        h.sign(&h.driver, &id, Step::Carrier, SignData::default()).await?;
        Ok(())
    }

    fn an_agent_acts_within_the_delegation_and_both_names_stay(db) {
        let h = House::new(db).await?;
        let lots = h.containers(&[1_000]).await?;
        let steward = caller(&h.keys.orgs["steward"], &[OrgKind::Enterprise], &[Role::Manager]);
        let scope = [Permission::ManifestRead, Permission::ManifestDraft, Permission::ManifestSignConsignor];
        let acting = |scope: &[Permission]| {
            let scope = DelegationScope::new(scope, "").expect("delegable");
            Arc::new(OpContext {
                acting_for: Some(ActingFor {
                    delegation_id: "d".into(),
                    org_id: h.plant.org_id.clone(),
                    scope,
                }),
                ..(*steward).clone()
            })
        };
        let id = draft::create(&h.kit, &acting(&scope[..2]), h.draft_body(&lots)).await?.id;
        let refused = h.sign(&acting(&scope[..2]), &id, Step::Consignor, SignData::default()).await;
        assert_eq!(refused.expect_err("not handed over").code, Code::Forbidden);
        h.sign(&acting(&scope), &id, Step::Consignor, SignData::default()).await?;
        let signature = h.view(&h.plant, &id).await?.signatures.remove(0);
        assert_eq!(signature.org.id, h.plant.org_id);
        assert_eq!(signature.agent.map(|agent| agent.id).as_deref(), Some(steward.org_id.as_str()));
        assert!(h.view(&steward, &id).await.is_err(), "not without the delegation");
        let event = h.kit.db.by_subject(&h.plant.tenant, "manifest", &id).await?.pop().ok_or("event")?;
        assert_eq!(event.on_behalf_of.as_deref(), Some(h.plant.org_id.as_str()));
        Ok(())
    }

    fn officials_read_masked_names(db) {
        let h = House::new(db).await?;
        let lots = h.containers(&[1_000]).await?;
        let id = h.on_the_road(&lots).await?;
        let seen = h.view(&h.office, &id).await?;
        assert!(seen.masked);
        assert_eq!(seen.legs[0].driver.as_ref().map(|d| d.name.as_str()), Some("朱**"));
        let inspector = caller("bureau", &[OrgKind::Department], &[Role::Inspector]);
        let purpose = Arc::new(OpContext { purpose: Some("路检".into()), ..(*inspector).clone() });
        assert!(h.view(&inspector, &id).await?.masked, "no purpose stated");
        let seen = h.view(&purpose, &id).await?;
        assert_eq!(seen.legs[0].driver.as_ref().map(|d| d.name.as_str()), Some("朱小演"));
        let (size, _) = h.kit.db.head(&h.plant.tenant).await?;
        let last = h.kit.db.event(&h.plant.tenant, size - 1).await?.ok_or("event")?;
        assert_eq!((last.kind.as_str(), last.subject_id.as_str()), ("audit.personal_read", id.as_str()));
        Ok(())
    }

    fn filters_sort_and_pages(db) {
        let h = House::new(db).await?;
        let lots = h.containers(&[1_000, 2_000, 3_000]).await?;
        let mut ids = Vec::new();
        for lot in &lots {
            ids.push(h.draft(std::slice::from_ref(lot)).await?.id);
            h.minutes(1);
        }
        h.sign(&h.plant, &ids[1], Step::Consignor, SignData::default()).await?;
        let q = ManifestQuery::default;
        let of = |query: ManifestQuery| listed(&h, &h.plant, query);
        assert_eq!(of(ManifestQuery { status: Some("draft".into()), sort: Some("mass_g".into()), ..q() }).await?, [ids[0].clone(), ids[2].clone()]);
        assert_eq!(of(ManifestQuery { q: Some("wf2026-000002".into()), ..q() }).await?, [ids[1].clone()]);
        assert_eq!(of(ManifestQuery { q: Some("50%_".into()), ..q() }).await?, Vec::<String>::new());
        assert_eq!(of(ManifestQuery { waste_code: Some(NICKEL.into()), ..q() }).await?.len(), 3);
        assert_eq!(of(ManifestQuery { waiting: Some(true), ..q() }).await?.len(), 2);
        assert_eq!(of(ManifestQuery { from: Some("2026-03-02".into()), to: Some("2026-03-02".into()), ..q() }).await?.len(), 3);
        assert_eq!(of(ManifestQuery { from: Some("2026-03-03".into()), ..q() }).await?.len(), 0);
        let carrier = Some(h.dispatcher.org_id.clone());
        assert_eq!(of(ManifestQuery { carrier_id: carrier, ..q() }).await?.len(), 3);
        let mut seen = Vec::new();
        let mut cursor = None;
        loop {
            let query = ManifestQuery { limit: Some(2), cursor, sort: Some("-due_at".into()), ..q() };
            let page = list::list(&h.kit, &h.plant, query).await?;
            seen.extend(page.items.into_iter().map(|row| row.id));
            assert_eq!(page.total, Some(3));
            cursor = page.next_cursor;
            if cursor.is_none() {
                break;
            }
        }
        seen.sort();
        ids.sort();
        assert_eq!(seen, ids);
        let bad = of(ManifestQuery { status: Some("lost".into()), ..q() }).await.expect_err("no such status");
        assert_eq!(bad.errors[0].path, "/status");
        let bad = of(ManifestQuery { from: Some("soon".into()), ..q() }).await.expect_err("no date");
        assert_eq!(bad.errors[0].path, "/from");
        Ok(())
    }

    fn the_workbench_tells_each_role_what_waits(db) {
        let h = House::new(db).await?;
        let lots = h.containers(&[1_000]).await?;
        let kinds = |part: crate::kit::workbench::Part| -> Vec<String> {
            part.waiting.into_iter().map(|item| item.kind).collect()
        };
        let id = h.arrived(&lots).await?;
        assert_eq!(kinds(workbench::workbench(&h.kit, &h.receiver).await?), ["manifest.sign_receiver"]);
        assert_eq!(kinds(workbench::workbench(&h.kit, &h.scale).await?), ["manifest.sign_receiver"]);
        assert!(kinds(workbench::workbench(&h.kit, &h.plant).await?).is_empty());
        assert!(kinds(workbench::workbench(&h.kit, &h.office).await?).is_empty(), "in time");
        h.minutes(8 * 24 * 60);
        let part = workbench::workbench(&h.kit, &h.office).await?;
        assert_eq!(part.counts["late_manifests"], 1);
        assert_eq!(part.changed[0].subject_id, id);
        assert!(part.waiting[0].late);
        assert_eq!(kinds(part), ["manifest.late"]);
        Ok(())
    }
}
