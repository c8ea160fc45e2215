//! The four lists through their use cases, on both engines, over the plan of the reference city.

mod data;
mod tables;

use std::collections::BTreeMap;
use std::sync::Arc;

use db::Rebuild;
use domain::access::{OrgKind, Role};

use super::edit::{ItemBody, ItemWords, ShareBody, save};
use super::list::{ItemQuery, list, summary};
use super::report::{ProgressBody, report};
use super::show::{self, ItemView};
use super::{clauses, seed, workbench};
use crate::governance::evidence;
use crate::kit::testing::{caller, kit_on};
use crate::kit::{Kit, OpContext, Problem};
use crate::registry::seed as registry_seed;

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// A city with its plan, and its organisations by key.
pub(super) async fn city(db: &db::Db) -> Outcome<(Arc<Kit>, BTreeMap<String, String>)> {
    let (kit, _) = kit_on(db.clone());
    let keys = registry_seed::city(&kit).await?;
    assert!(seed::city(&kit).await? > 80);
    Ok((kit, keys))
}

pub(super) fn office(keys: &BTreeMap<String, String>) -> Arc<OpContext> {
    caller(&keys["office"], &[OrgKind::Office], &[Role::Office])
}

pub(super) fn department(keys: &BTreeMap<String, String>, key: &str) -> Arc<OpContext> {
    caller(&keys[key], &[OrgKind::Department], &[Role::Department])
}

fn town(keys: &BTreeMap<String, String>, key: &str, code: &str) -> Arc<OpContext> {
    let ctx = caller(&keys[key], &[OrgKind::Town], &[Role::Town]);
    Arc::new(OpContext { town_code: Some(code.to_owned()), ..OpContext::clone(&ctx) })
}

pub(super) fn errors(problem: &Problem) -> Vec<(&str, &str)> {
    problem.errors.iter().map(|e| (e.rule.as_str(), e.path.as_str())).collect()
}

pub(super) async fn coded(kit: &Arc<Kit>, ctx: &Arc<OpContext>, code: &str) -> Outcome<ItemView> {
    let query = ItemQuery { q: Some(code.to_owned()), ..ItemQuery::default() };
    let found =
        list(kit, ctx, query).await?.items.into_iter().find(|i| i.code == code).ok_or("no such item")?;
    Ok(show::get(kit, ctx, &found.id, None).await?)
}

fn progress(percent: i64, state: &str) -> ProgressBody {
    ProgressBody {
        percent,
        state: state.to_owned(),
        note: "按计划推进".to_owned(),
        ..ProgressBody::default()
    }
}

const PDF: &[u8] = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n";

db::both! { migrations = crate::migrations();
    fn the_plan_enters_once_and_its_figures_stand_in_the_lists(db) {
        let (kit, keys) = city(db).await?;
        assert_eq!(seed::city(&kit).await?, 0, "a second start adds nothing");
        let office = office(&keys);
        let query = ItemQuery { list: Some("target".into()), limit: Some(200), ..ItemQuery::default() };
        let targets = list(&kit, &office, query).await?.items;
        let mut figures: Vec<(String, String)> =
            targets.iter().filter_map(|t| Some((t.indicator.clone()?, t.target.clone()?))).collect();
        figures.sort();
        let expected = [
            ("c01", "100"), ("c02", "100"), ("c03", "100"), ("c04", "100"), ("c05", "0"), ("c06", "100"),
            ("n09", "100"), ("n10", "50"), ("n12", "100"), ("n19", "95"), ("n20", "95"), ("n26", "40"),
        ];
        assert_eq!(figures, expected.map(|(k, v)| (k.to_owned(), v.to_owned())));
        assert!(targets.iter().all(|t| t.phase == "final" && t.horizon == 2025), "the horizon is past");
        let later = ItemQuery { list: Some("target".into()), year: Some(2026), ..ItemQuery::default() };
        let later = list(&kit, &office, later).await?.items;
        assert!(!later.is_empty() && later.iter().all(|t| t.reason == "not_set" && t.target.is_none()));
        let led = ItemQuery { lead: Some("dept:agriculture".into()), ..ItemQuery::default() };
        let led = list(&kit, &office, led).await?.items;
        assert!(led.iter().all(|i| i.lead.as_ref().is_some_and(|l| l.id == keys["dept:agriculture"])));
        assert_eq!(led.len(), 4, "three items of 2.3.3b and a working group");
        Ok(())
    }

    fn pages_follow_each_other_in_any_order(db) {
        let (kit, keys) = city(db).await?;
        let office = office(&keys);
        for sort in ["code", "-code", "due_on", "-updated_at"] {
            let mut seen = Vec::new();
            let mut cursor = None;
            loop {
                let query = ItemQuery { limit: Some(7), cursor, sort: Some(sort.into()), ..ItemQuery::default() };
                let page = list(&kit, &office, query).await?;
                seen.extend(page.items.into_iter().map(|i| i.id));
                cursor = page.next_cursor;
                if cursor.is_none() {
                    break;
                }
            }
            let all = seen.len();
            seen.sort();
            seen.dedup();
            assert_eq!((seen.len(), all > 80), (all, true), "{sort}");
        }
        for query in [
            ItemQuery { list: Some("x".into()), ..ItemQuery::default() },
            ItemQuery { light: Some("blue".into()), ..ItemQuery::default() },
        ] {
            let refused = list(&kit, &office, query).await.err().ok_or("an unknown word was taken")?;
            assert_eq!(refused.errors[0].rule, "PRG-002");
        }
        Ok(())
    }

    fn a_report_changes_the_light_and_counts(db) {
        let (kit, keys) = city(db).await?;
        let (office, ecology) = (office(&keys), department(&keys, "dept:ecology"));
        let item = coded(&kit, &ecology, "T-01").await?;
        assert_eq!((item.summary.light.as_str(), item.summary.reason.as_str()), ("none", "awaiting_final"));
        assert_eq!(item.may, ["report"]);
        let late = report(&kit, &ecology, &item.summary.id, progress(80, "running")).await?;
        assert_eq!((late.summary.light.as_str(), late.summary.reason.as_str()), ("red", "overdue"));
        let refused = report(&kit, &ecology, &item.summary.id, progress(100, "done")).await.err().ok_or("no evidence")?;
        assert_eq!(errors(&refused), [("PRG-022", "/evidence")]);
        let file = evidence::put(&kit, &ecology, "终期总结.pdf", PDF.to_vec()).await?;
        assert_eq!((file.kind.as_str(), file.name.as_str()), ("pdf", "终期总结.pdf"));
        let body = ProgressBody {
            day: Some("2025-12-20".into()), evidence: vec![file.sha256.clone()], ..progress(100, "done")
        };
        let done = report(&kit, &ecology, &item.summary.id, body).await?;
        assert_eq!((done.summary.light.as_str(), done.summary.reason.as_str()), ("green", "done"));
        let steps: Vec<&str> = done.timeline.iter().map(|s| s.action.as_str()).collect();
        assert_eq!(steps, ["reported", "reported", "created"], "newest first, the earlier report stands");
        let counts = summary(&kit, &office, ItemQuery::default()).await?;
        let tasks = counts.lists.iter().find(|l| l.list == "task").ok_or("no tasks")?;
        assert_eq!((tasks.green, tasks.red), (1, 0));
        assert_eq!(tasks.total, tasks.green + tasks.amber + tasks.red + tasks.none);
        // Whoever may read the item may read its evidence; nobody else learns that it is there.
        assert_eq!(evidence::get(&kit, &office, &file.sha256).await?.0, PDF);
        let firm = caller("some-firm", &[OrgKind::Enterprise], &[Role::Manager]);
        assert!(evidence::get(&kit, &firm, &file.sha256).await.is_err());
        let model = crate::ReadModel;
        let rebuild: &dyn Rebuild = &model;
        let report = db.verify(&db::VerifyOptions::default(), Some(rebuild)).await?;
        assert!(report.ok, "{report:?}");
        Ok(())
    }

    fn only_whoever_is_named_reports_and_a_town_speaks_for_itself(db) {
        let (kit, keys) = city(db).await?;
        let office = office(&keys);
        let culture = department(&keys, "dept:culture");
        let item = coded(&kit, &office, "T-01").await?;
        let refused = report(&kit, &culture, &item.summary.id, progress(10, "running")).await.err().ok_or("not named")?;
        assert_eq!(errors(&refused), [("PRG-028", "")]);
        assert!(coded(&kit, &culture, "T-01").await?.may.is_empty());
        let near = town(&keys, "town:chengjiang", "320281001");
        let told = report(&kit, &near, &item.summary.id, progress(60, "running")).await?;
        assert_eq!(told.summary.percent, None, "a town's share is not the whole");
        assert_eq!(told.town_progress.len(), 1, "a town sees itself");
        assert_eq!(told.town_progress[0].percent, Some(60));
        let other = ProgressBody { town: Some("320281004".into()), ..progress(60, "running") };
        assert!(report(&kit, &near, &item.summary.id, other).await.is_err(), "not for a neighbour");
        let seen = coded(&kit, &office, "T-01").await?;
        assert_eq!(seen.town_progress.len(), 18);
        assert_eq!(seen.town_progress.iter().filter(|t| t.percent.is_some()).count(), 1);
        // A working group's duty is no town's business.
        let group = coded(&kit, &office, "R-08").await?;
        assert!(!group.summary.all_towns && show::get(&kit, &near, &group.summary.id, None).await.is_err());
        let bench = workbench::workbench(&kit, &near).await?;
        assert!(!bench.waiting.is_empty() && bench.waiting.iter().all(|w| w.kind == "programme.final"));
        let firm = caller("some-firm", &[OrgKind::Enterprise], &[Role::Manager]);
        assert!(workbench::workbench(&kit, &firm).await?.waiting.is_empty());
        Ok(())
    }

    fn the_office_changes_items_by_version(db) {
        let (kit, keys) = city(db).await?;
        let office = office(&keys);
        let body = ItemBody {
            list: "project".into(),
            clause: "2.3.4a".into(),
            title: ItemWords { zh: "新增建筑垃圾资源化项目".into(), en: String::new() },
            lead: Some("dept:housing".into()),
            joint: vec!["dept:urban-management".into()],
            starts_on: Some("2024-01-01".into()),
            due_on: Some("2025-06-30".into()),
            unit: Some("ten_thousand_tonnes".into()),
            total: Some("30".into()),
            shares: vec![
                ShareBody { year: Some(2024), town: None, value: "10".into() },
                ShareBody { year: Some(2025), town: None, value: "20".into() },
                ShareBody { year: Some(2025), town: Some("320281001".into()), value: "12.5".into() },
                ShareBody { year: Some(2025), town: Some("320281004".into()), value: "7.5".into() },
            ],
            ..ItemBody::default()
        };
        let made = save(&kit, &office, None, body.clone()).await?;
        assert_eq!((made.summary.code.as_str(), made.summary.version), ("P-21", 1));
        assert_eq!(made.summary.target.as_deref(), Some("20"));
        let id = made.summary.id.clone();
        let mut wrong = made.body.clone().ok_or("the office edits")?;
        wrong.starts_on = Some("2025-07-01".into());
        wrong.shares[3].value = "7".into();
        wrong.total = Some("31".into());
        let refused = save(&kit, &office, Some((id.clone(), 1)), wrong).await.err().ok_or("contradictions")?;
        assert_eq!(errors(&refused), [("PRG-008", "/starts_on"), ("PRG-012", "/shares"), ("PRG-013", "/total")]);
        let mut next = made.body.clone().ok_or("the office edits")?;
        next.withdrawn = Some("资金未落实".into());
        let stale = save(&kit, &office, Some((id.clone(), 7)), next.clone()).await.err().ok_or("stale")?;
        assert_eq!(stale.code, crate::kit::Code::StaleVersion);
        let gone = save(&kit, &office, Some((id.clone(), 1)), next).await?;
        assert_eq!((gone.summary.reason.as_str(), gone.timeline[0].action.as_str()), ("withdrawn", "withdrawn"));
        let refused = report(&kit, &office, &id, progress(1, "running")).await.err().ok_or("withdrawn")?;
        assert_eq!(errors(&refused), [("PRG-027", "")]);
        assert!(save(&kit, &department(&keys, "dept:ecology"), None, body).await.is_err(), "the office only");
        Ok(())
    }

    fn evidence_of_the_wrong_kind_is_refused_by_its_content(db) {
        let (kit, keys) = city(db).await?;
        let ecology = department(&keys, "dept:ecology");
        let refused = evidence::put(&kit, &ecology, "表.pdf", b"MZ\x90\x00program".to_vec()).await.err().ok_or("a program")?;
        assert_eq!((refused.errors[0].rule.as_str(), refused.errors[0].params[0].1.as_str()), ("EVID-001", "表.pdf"));
        let refused = evidence::put(&kit, &ecology, " ", PDF.to_vec()).await.err().ok_or("no name")?;
        assert_eq!(refused.errors[0].rule, "EVID-006");
        let item = coded(&kit, &ecology, "T-01").await?;
        let file = evidence::put(&kit, &office(&keys), "../a\u{7}.pdf", PDF.to_vec()).await?;
        assert_eq!(file.name, "a.pdf");
        let body = ProgressBody { evidence: vec![file.sha256], ..progress(10, "running") };
        let refused = report(&kit, &ecology, &item.summary.id, body).await.err().ok_or("not the caller's")?;
        assert_eq!(errors(&refused), [("EVID-002", "/evidence/0")]);
        Ok(())
    }

    fn every_clause_has_items_or_a_reason(db) {
        let (kit, keys) = city(db).await?;
        let rows = clauses::clauses(&kit, &office(&keys)).await?;
        for row in &rows {
            assert!(!row.items.is_empty() || row.reason.is_some(), "{} stands for nothing", row.no);
        }
        let near = town(&keys, "town:chengjiang", "320281001");
        assert_eq!(clauses::clauses(&kit, &near).await?.len(), rows.len(), "no clause is missing for a town");
        Ok(())
    }
}
