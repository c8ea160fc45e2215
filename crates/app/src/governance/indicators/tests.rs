//! Indicators over both engines: figures from a played ledger, as of a day, with their rows; a value on its way to
//! counting; a definition in two versions; the shipped data.

use std::collections::BTreeMap;
use std::sync::Arc;

use db::{Sql, params};
use domain::access::{OrgKind, Role};
use domain::indicator::rules;
use domain::indicator::value::Action;

use super::act::{self, ActBody, FillBody};
use super::catalogue::catalogue;
use super::define::{self, DefinitionBody, FormulaBody, TargetBody};
use super::rows::{self, RowsQuery};
use super::series;
use super::show::{self, FigureQuery, IndicatorQuery};
use super::values::{self, ValueQuery};
use super::{standing, tally, words, workbench};
use crate::governance::evidence;
use crate::kit::testing::caller;
use crate::kit::{Code, Kit, OpContext, Problem};
use crate::registry::profile::profile;
use crate::registry::seed;
use crate::transfer::tests::{House, Outcome};

const PDF: &[u8] = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n";

#[test]
fn the_shipped_definitions_are_in_order() {
    let all = catalogue("jiangyin");
    assert!(all.base_graph().is_some(), "all formulas go together");
    assert_eq!(all.shipped.iter().filter(|s| s.number.is_some()).count(), 58);
    assert_eq!(all.shipped.iter().filter(|s| s.required).count(), 24);
    let graph = all.base_graph().expect("just seen");
    let computed = all
        .shipped
        .iter()
        .filter(|s| s.formula.is_some())
        .filter(|s| graph.leaves(&s.key).iter().all(|n| tally::is_measure(n)));
    assert!(computed.count() >= 12, "computed from the ledger alone");
    for measure in &all.measures {
        assert!(tally::is_measure(&measure.key), "{} is not counted", measure.key);
    }
    let city = profile("jiangyin").expect("the city");
    for shipped in &all.shipped {
        let units = all.units_of(&shipped.key);
        assert!(!units.is_empty(), "{} has no source", shipped.key);
        for unit in units {
            assert!(city.organisations.iter().any(|o| o.key == *unit), "{}: {unit}", shipped.key);
        }
    }
    for target in &all.targets {
        assert!(all.get(&target.key).is_some(), "{}", target.key);
    }
    assert!(catalogue("").base_graph().is_some(), "a city without a folder has the national ones");
}

async fn figure(
    h: &House,
    key: &str,
    period: &str,
    town: &str,
    as_of: &str,
) -> Result<Option<String>, Problem> {
    let some = |t: &str| Some(t.to_owned()).filter(|t| !t.is_empty());
    let query = FigureQuery { period: some(period), town: some(town), as_of: some(as_of) };
    Ok(show::figure(&h.kit, &h.office, key, &query).await?.row.value)
}

/// Another official of a department of the profile.
async fn official(kit: &Arc<Kit>, key: &str, name: &str) -> Outcome<Arc<OpContext>> {
    let wanted = key.to_owned();
    let id: String = kit
        .db
        .read(move |sql| {
            Box::pin(async move {
                let text = "select id from org where tenant_id = $1 and profile_key = $2";
                let row = sql.query_opt(text, &params!["320281", wanted]).await?;
                row.map(|r| r.get("id")).transpose()?.ok_or_else(Problem::not_found)
            })
        })
        .await?;
    let ctx = caller(&id, &[OrgKind::Department], &[Role::Department]);
    Ok(Arc::new(OpContext { account_id: name.to_owned(), ..(*ctx).clone() }))
}

fn first<T: std::fmt::Debug>(result: Result<T, Problem>) -> String {
    let problem = result.expect_err("refused");
    problem.errors.first().map(|e| e.rule.clone()).unwrap_or_default()
}

db::both! { migrations = crate::migrations();
    fn figures_come_from_the_ledger(db) {
        let h = House::new(db).await?;
        assert_eq!(figure(&h, "c11", "2026", "", "").await?, None, "nothing recorded is not zero");
        let lots = h.containers(&[1_500_000, 500_000]).await?;
        assert_eq!(figure(&h, "c11", "2026", "", "").await?.as_deref(), Some("2"));
        assert_eq!(figure(&h, "c11", "2026-03", "320281001", "").await?.as_deref(), Some("2"));
        assert_eq!(figure(&h, "c11", "2026", "320281112", "").await?.as_deref(), Some("0"), "another town");
        assert_eq!(figure(&h, "c11", "2025", "", "").await?, None, "before the records begin");
        assert_eq!(figure(&h, "c15", "2026", "", "").await?.as_deref(), Some("2"));
        assert_eq!(figure(&h, "c16", "2026", "", "").await?, None, "no manifest yet");
        h.minutes(3 * 24 * 60);
        h.arrived(&lots[..1]).await?;
        assert_eq!(figure(&h, "c12", "2026", "", "").await?.as_deref(), Some("1.5"), "one change, seen at once");
        assert_eq!(figure(&h, "c15", "2026", "", "").await?.as_deref(), Some("0.5"));
        assert_eq!(figure(&h, "c17", "2026", "", "").await?.as_deref(), Some("0"), "departed, not closed");
        assert_eq!(figure(&h, "c12", "2026", "", "2026-03-03").await?.as_deref(), Some("0"), "as it was known then");
        assert_eq!(figure(&h, "c15", "2026", "", "2026-03-03").await?.as_deref(), Some("2"));
        assert_eq!(figure(&h, "c17", "2026", "", "2026-03-03").await?, None, "nothing had departed by then");

        let query = FigureQuery { period: Some("2026".into()), ..FigureQuery::default() };
        let towns = series::towns(&h.kit, &h.office, "c11", &query).await?;
        let sum: f64 = towns.towns.iter().chain([&towns.elsewhere]).filter_map(|t| t.value.as_ref()?.parse::<f64>().ok()).sum();
        assert_eq!((towns.additive, sum.to_string()), (true, towns.city.value.unwrap_or_default()));
        assert_eq!(towns.towns.len(), 16, "towns, and no park");

        let page = rows::rows(&h.kit, &h.office, "c11", &RowsQuery { limit: Some(1), ..RowsQuery::default() }).await?;
        assert_eq!((page.items.len(), page.items[0].link.starts_with("/lots/")), (1, true));
        let rest = RowsQuery { limit: Some(1), cursor: page.next_cursor, ..RowsQuery::default() };
        assert_eq!(rows::rows(&h.kit, &h.office, "c11", &rest).await?.items.len(), 1);
        for (key, measure, count) in [("c12", None, 1), ("c15", None, 3), ("c17", Some("manifests_departed"), 1), ("c17", Some("manifests_closed"), 0)] {
            let query = RowsQuery { measure: measure.map(str::to_owned), ..RowsQuery::default() };
            assert_eq!(rows::rows(&h.kit, &h.office, key, &query).await?.items.len(), count, "{key} {measure:?}");
        }
        let early = RowsQuery { as_of: Some("2026-03-01".into()), ..RowsQuery::default() };
        assert!(rows::rows(&h.kit, &h.office, "c11", &early).await?.items.is_empty());
        assert_eq!(first(rows::rows(&h.kit, &h.office, "c17", &RowsQuery::default()).await), rules::WORD);
        Ok(())
    }

    fn every_measure_can_be_asked_for(db) {
        let h = House::new(db).await?;
        let lots = h.containers(&[1_000]).await?;
        h.arrived(&lots).await?;
        let all = show::list(&h.kit, &h.office, &IndicatorQuery { as_of: Some("2026-03-01".into()), ..IndicatorQuery::default() }).await?;
        assert!(all.items.len() > 80);
        for shipped in catalogue("jiangyin").shipped.iter().filter(|s| s.formula.is_some()) {
            let graph = catalogue("jiangyin").base_graph().ok_or("no graph")?;
            for measure in graph.leaves(&shipped.key).into_iter().filter(|n| tally::is_measure(n)) {
                for as_of in [None, Some("2026-03-01".to_owned())] {
                    let query = RowsQuery { measure: Some(measure.clone()), town: Some("320281001".into()), as_of, ..RowsQuery::default() };
                    rows::rows(&h.kit, &h.office, &shipped.key, &query).await?;
                }
            }
        }
        Ok(())
    }

    fn a_town_sees_its_own(db) {
        let h = House::new(db).await?;
        h.containers(&[1_000_000]).await?;
        let town = |code: &str| {
            let office = caller("town", &[OrgKind::Town], &[Role::Town]);
            Arc::new(OpContext { town_code: Some(code.to_owned()), ..(*office).clone() })
        };
        let (own, other) = (town("320281001"), town("320281112"));
        let of = |code: &str| FigureQuery { period: Some("2026".into()), town: Some(code.into()), as_of: None };
        assert_eq!(show::figure(&h.kit, &own, "c11", &of("320281001")).await?.row.value.as_deref(), Some("1"));
        assert_eq!(show::figure(&h.kit, &other, "c11", &of("320281001")).await.expect_err("foreign").code, Code::NotFound);
        assert_eq!(series::towns(&h.kit, &other, "c11", &FigureQuery::default()).await?.towns.len(), 1);
        assert_eq!(rows::rows(&h.kit, &own, "c11", &RowsQuery::default()).await?.items.len(), 1);
        assert!(rows::rows(&h.kit, &other, "c11", &RowsQuery::default()).await?.items.is_empty());
        assert_eq!(first(show::figure(&h.kit, &h.office, "c11", &of("320281400")).await), rules::TOWN, "a park is no town");
        assert_eq!(show::list(&h.kit, &h.plant, &IndicatorQuery::default()).await.expect_err("a firm").code, Code::Forbidden);
        Ok(())
    }

    fn a_value_counts_when_three_people_have_seen_it(db) {
        let h = House::new(db).await?;
        seed::city(&h.kit).await?;
        let (filler, checker) = (official(&h.kit, "dept:urban-management", "a").await?, official(&h.kit, "dept:urban-management", "b").await?);
        let stranger = official(&h.kit, "dept:transport", "c").await?;
        let body = |value: &str, evidence: Vec<String>| FillBody { period: "2025".into(), town: None, value: value.into(), note: "统计表".into(), evidence };
        let light = async || Ok::<_, Problem>(show::figure(&h.kit, &h.office, "n26", &FigureQuery { period: Some("2025".into()), ..FigureQuery::default() }).await?.row);
        assert_eq!(light().await?.light, "none");
        assert_eq!(first(act::fill(&h.kit, &filler, "n26", body("41.2", vec![])).await), rules::EVIDENCE);
        let file = evidence::put(&h.kit, &filler, "table.pdf", PDF.to_vec()).await?.sha256;
        assert_eq!(first(act::fill(&h.kit, &filler, "n26", body("141.2", vec![file.clone()])).await), rules::RANGE);
        assert_eq!(first(act::fill(&h.kit, &stranger, "n26", body("41.2", vec![file.clone()])).await), rules::NOT_YOURS);
        assert_eq!(first(act::fill(&h.kit, &h.office, "c11", body("41.2", vec![file.clone()])).await), rules::COMPUTED);
        let value = act::fill(&h.kit, &filler, "n26", body("36.5", vec![file.clone()])).await?;
        assert_eq!(light().await?.state, "pending");
        assert_eq!(first(act::fill(&h.kit, &filler, "n26", body("41.2", vec![file.clone()])).await), rules::WAITING);
        let step = async |ctx: &Arc<OpContext>, version: i64, action, note: &str| act::act(&h.kit, ctx, &value.id, version, action, ActBody { note: note.into() }).await;
        assert_eq!(first(step(&filler, 1, Action::Review, "").await), rules::FOUR_EYES);
        assert_eq!(first(step(&stranger, 1, Action::Review, "").await), rules::NOT_YOURS);
        let mine = |ctx: Arc<OpContext>| { let kit = Arc::clone(&h.kit); async move { values::list(&kit, &ctx, &ValueQuery { mine: Some(true), ..ValueQuery::default() }).await.map(|p| p.items.len()) } };
        assert_eq!((mine(Arc::clone(&checker)).await?, mine(Arc::clone(&filler)).await?, mine(Arc::clone(&stranger)).await?), (1, 0, 0));
        let seen = step(&checker, 1, Action::Review, "").await?;
        assert_eq!(first(step(&h.office, 1, Action::Approve, "").await), "", "an old version");
        assert_eq!(light().await?.value, None, "reviewed is not approved");
        h.minutes(60);
        step(&h.office, seen.version, Action::Approve, "").await?;
        let row = light().await?;
        assert_eq!((row.value.as_deref(), row.state.as_str(), row.light.as_str()), (Some("36.5"), "approved", "amber"));
        h.minutes(3 * 24 * 60);

        // A correction takes its place; the day before still knows the first.
        let second = act::fill(&h.kit, &filler, "n26", body("41.2", vec![file])).await?;
        let second = act::act(&h.kit, &checker, &second.id, second.version, Action::Review, ActBody::default()).await?;
        act::act(&h.kit, &h.office, &second.id, second.version, Action::Approve, ActBody::default()).await?;
        let row = light().await?;
        assert_eq!((row.value.as_deref(), row.light.as_str()), (Some("41.2"), "green"));
        assert_eq!(figure(&h, "n26", "2025", "", "2026-03-03").await?.as_deref(), Some("36.5"));
        assert_eq!(figure(&h, "n26", "2025", "", "2026-03-01").await?, None);
        let all = values::list(&h.kit, &h.office, &ValueQuery::default()).await?.items;
        assert_eq!(all.iter().map(|v| v.status.as_str()).collect::<Vec<_>>(), ["approved", "superseded"]);

        let kit = Arc::clone(&h.kit);
        let stand = h.kit.db.read(move |sql| Box::pin(async move { standing(&kit, sql, "320281", &["n26".into(), "x".into()], 2025, None).await })).await?;
        assert_eq!(stand.len(), 1);
        assert_eq!(stand["n26"].value.map(words::digits).as_deref(), Some("41.2"));
        let part = workbench::workbench(&h.kit, &filler).await?;
        assert!(part.waiting.iter().any(|w| w.kind == "indicator.fill"));
        Ok(())
    }

    fn two_versions_are_both_explained(db) {
        let h = House::new(db).await?;
        h.containers(&[1_000_000]).await?;
        h.minutes(40 * 24 * 60);
        h.containers(&[3_000_000]).await?;
        let body = |formula: &str, from: &str| DefinitionBody { valid_from: from.into(), formula: Some(formula.into()), words_zh: "产生量减转移量".into(), words_en: "Generated less sent".into(), reason: "口径调整".into() };
        let check = async |key: &str, formula: &str| define::check(&h.kit, &h.office, &FormulaBody { key: key.into(), formula: formula.into(), period: Some("2026".into()) }).await;
        let good = check("c11", "hw_generated * 2").await?;
        assert_eq!((good.ok, good.value.as_deref()), (true, Some("8")));
        for (formula, rule, position) in [("hw_generatd", "MON-C-002", 1), ("hw_generated + manifests_departed", "MON-C-010", 16), ("hw_generated + c11", rules::CYCLE, 16), ("hw_generated / hw_used", rules::RESULT_UNIT, 1)] {
            let bad = check("c11", formula).await?;
            let found = bad.problems.first().ok_or("accepted")?;
            assert_eq!((bad.ok, found.rule.as_str(), found.position), (false, rule, Some(position)), "{formula}");
            assert!(!found.message.contains('{'), "{}", found.message);
            assert_eq!(first(define::define(&h.kit, &h.office, "c11", body(formula, "2026-04")).await), rule);
        }
        assert_eq!(define::define(&h.kit, &h.office, "c11", body("hw_generated - hw_transferred", "2026-04")).await?, 2);
        assert_eq!(first(define::define(&h.kit, &h.office, "c11", body("hw_generated", "2026-03")).await), rules::VERSION_FROM);
        let of = async |period: &str| show::figure(&h.kit, &h.office, "c11", &FigureQuery { period: Some(period.into()), ..FigureQuery::default() }).await;
        let (march, april) = (of("2026-03").await?, of("2026-04").await?);
        assert_eq!((march.row.version, april.row.version), (1, 2));
        assert_eq!(april.versions.iter().map(|v| (v.version, v.in_force, v.value.clone())).collect::<Vec<_>>(), [(2, true, Some("3".to_owned())), (1, false, Some("3".to_owned()))]);
        assert!(april.formula_named.as_deref().is_some_and(|f| f.contains('−') || f.contains('-')));

        let target = |value: Option<&str>| TargetBody { value: value.map(str::to_owned), baseline: None, note: "年度计划".into() };
        define::target(&h.kit, &h.office, "c11", "2026", target(Some("5"))).await?;
        assert_eq!(of("2026").await?.row.light, "green", "four tonnes of at most five");
        define::target(&h.kit, &h.office, "c11", "2026", target(None)).await?;
        assert_eq!(of("2026").await?.row.target, None);
        assert_eq!(first(define::target(&h.kit, &h.office, "c11", "2026", target(Some("x"))).await), rules::NUMBER);
        let lights: BTreeMap<String, i64> = show::list(&h.kit, &h.office, &IndicatorQuery::default()).await?.lights;
        assert!(lights.values().sum::<i64>() > 80);
        Ok(())
    }
}
