//! The plan of the reference city: no clause is missing, every key exists, and the table in `docs` is current. The
//! numbering stands here once more, read in the plan itself, so that the data cannot forget a clause unseen.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use super::Outcome;
use crate::governance::programme::plan::{Plan, PlanItem, of_profile};
use crate::registry::profile::profile;

/// Parts two to four as the plan numbers them: section, how many points, and which of them have two paragraphs with
/// units of their own.
const NUMBERING: &[(&str, usize, &[usize])] = &[
    ("2.1", 3, &[]),
    ("2.2", 4, &[]),
    ("2.3", 6, &[2, 3, 4, 5]),
    ("2.4", 4, &[]),
    ("3", 4, &[]),
    ("4", 4, &[1]),
];

fn expected() -> Vec<String> {
    let mut all = vec!["1".to_owned()];
    for (section, points, split) in NUMBERING {
        for point in 1..=*points {
            if split.contains(&point) {
                all.extend([format!("{section}.{point}a"), format!("{section}.{point}b")]);
            } else {
                all.push(format!("{section}.{point}"));
            }
        }
    }
    all
}

fn loaded() -> Outcome<std::sync::Arc<Plan>> {
    Ok(of_profile(&*profile("jiangyin").ok_or("no profile")?))
}

/// The table as a document.
fn table(plan: &Plan) -> String {
    let mut items: BTreeMap<&str, Vec<&PlanItem>> = BTreeMap::new();
    for item in &plan.items {
        items.entry(item.body["clause"].as_str().unwrap_or_default()).or_default().push(item);
    }
    let mut out = String::from(
        "# Clauses of the plan\n\nWhat stands for each clause of the reference city's plan. Made from \
         `data/cities/jiangyin/programme.json` by the test `the_table_of_clauses_is_current`; to write it anew: \
         `UPDATE_DOCS=1 cargo test -p app --lib programme`. Titles are ours, clause numbers are the plan's.\n\n\
         | clause | what it is about | targets, tasks, projects, responsibilities | indicators | parts of the platform | \
         if nothing stands for it, why |\n|---|---|---|---|---|---|\n",
    );
    for clause in &plan.clauses {
        let of = items.get(clause.id.as_str()).cloned().unwrap_or_default();
        let codes: Vec<&str> = of.iter().map(|i| i.code.as_str()).collect();
        let keys: BTreeSet<&str> = of.iter().filter_map(|i| i.body.get("indicator")?.as_str()).collect();
        let keys: Vec<&str> = keys.into_iter().collect();
        let reason = clause.reason.as_ref().map_or("", |r| r.en.as_str());
        let _ = writeln!(
            out,
            "| {} | {} | {} | {} | {} | {reason} |",
            clause.no,
            clause.title.en,
            codes.join(", "),
            keys.join(", "),
            clause.registers.join(", "),
        );
    }
    out.push_str(
        "\n## Items\n\n| code | clause | item | leads | takes part | due |\n|---|---|---|---|---|---|\n",
    );
    for item in &plan.items {
        let text = |pointer: &str| {
            serde_json::Value::from(item.body.clone())
                .pointer(pointer)
                .and_then(|v| v.as_str().map(str::to_owned))
        };
        let joint = item.body["joint"].as_array().cloned().unwrap_or_default();
        let joint: Vec<&str> = joint.iter().filter_map(|j| j.as_str()).collect();
        let clause = text("/clause").and_then(|c| plan.clause(&c).map(|c| c.no.clone())).unwrap_or_default();
        let towns = item.body["all_towns"].as_bool() == Some(true);
        let _ = writeln!(
            out,
            "| {} | {clause} | {} | {} | {}{} | {} |",
            item.code,
            text("/title/en").unwrap_or_default(),
            text("/lead").unwrap_or_else(|| "—".to_owned()),
            joint.join(", "),
            if towns { if joint.is_empty() { "all towns" } else { ", all towns" } } else { "" },
            text("/due_on").unwrap_or_else(|| "—".to_owned()),
        );
    }
    out
}

#[test]
fn no_clause_of_the_plan_is_missing() -> Outcome<()> {
    let plan = loaded()?;
    let ids: Vec<String> = plan.clauses.iter().map(|c| c.id.clone()).collect();
    assert_eq!(ids, expected());
    let with: BTreeSet<&str> = plan.items.iter().filter_map(|i| i.body["clause"].as_str()).collect();
    for clause in &plan.clauses {
        let has = with.contains(clause.id.as_str());
        assert!(has != clause.reason.is_some(), "{}: items or a reason, not both and not neither", clause.no);
        assert!(!clause.title.zh.is_empty() && !clause.title.en.is_empty(), "{}", clause.no);
    }
    Ok(())
}

#[test]
fn every_key_of_the_plan_exists() -> Outcome<()> {
    let plan = loaded()?;
    let city = profile("jiangyin").ok_or("no profile")?;
    let orgs: BTreeSet<&str> = city.organisations.iter().map(|o| o.key.as_str()).collect();
    let mut codes = BTreeSet::new();
    let mut named = BTreeSet::new();
    for item in &plan.items {
        assert!(codes.insert(item.code.as_str()), "{} stands twice", item.code);
        let lead = item.body["lead"].as_str();
        let joint = item.body["joint"].as_array().cloned().unwrap_or_default();
        for key in lead.into_iter().chain(joint.iter().filter_map(|j| j.as_str())) {
            assert!(orgs.contains(key), "{}: {key}", item.code);
            named.insert(key.to_owned());
        }
        assert!(plan.clause(item.body["clause"].as_str().unwrap_or_default()).is_some(), "{}", item.code);
    }
    // Every unit that the plan names in brackets takes part in something.
    for key in ["dept:court", "dept:justice", "dept:water", "dept:xinguolian", "dept:administrative-approval"]
    {
        assert!(named.contains(key), "{key} is named by the plan");
    }
    Ok(())
}

#[test]
fn the_table_of_clauses_is_current() -> Outcome<()> {
    let plan = loaded()?;
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/programme-clauses.md");
    let wanted = table(&plan);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &wanted)?;
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found == wanted,
        "docs/programme-clauses.md is not current: UPDATE_DOCS=1 cargo test -p app --lib programme"
    );
    Ok(())
}
