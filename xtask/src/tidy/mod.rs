//! The house rules as tests. Each rule is a function from the repository to findings, with a test that shows it
//! a bad sample; `cargo xtask tidy` and `cargo test -p xtask` run all of them over the working copy.

mod data;
mod deps;
mod docs;
mod lex;
mod order;
mod repo;
mod source;
mod web;

use std::path::Path;

pub use deps::{Package, manifest_packages, npm_packages};
pub use repo::Repo;

use crate::sh::Result;

/// Something that breaks a rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// File, from the top of the repository.
    pub path: String,
    /// Line, 0 for the whole file.
    pub line: usize,
    /// What is wrong and what to do.
    pub message: String,
}

impl Finding {
    fn new(path: &str, line: usize, message: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line, message: message.into() }
    }
}

/// A house rule.
pub struct Rule {
    /// Short name.
    pub name: &'static str,
    /// What it keeps.
    pub keeps: &'static str,
    /// Finds what breaks it.
    pub check: fn(&Repo) -> Vec<Finding>,
}

/// All rules that look at files only.
pub const RULES: &[Rule] = &[
    Rule {
        name: "context-order",
        keeps: "a context of crates/app calls only contexts before it",
        check: order::contexts,
    },
    Rule { name: "floors", keeps: "a crate depends only on crates of lower floors", check: order::floors },
    Rule {
        name: "purity",
        keeps: "domain, wire, geo and routing know no I/O, clock, chance, SQL or HTTP",
        check: order::purity,
    },
    Rule { name: "file-length", keeps: "no source file is longer than 600 lines", check: source::length },
    Rule {
        name: "module-doc",
        keeps: "every Rust module opens by saying what it is for",
        check: source::module_doc,
    },
    Rule {
        name: "no-allow",
        keeps: "a lint is silenced only by #[expect(…, reason)]",
        check: source::no_allow,
    },
    Rule {
        name: "no-placeholders",
        keeps: "nothing is left for later in code",
        check: source::no_placeholders,
    },
    Rule { name: "no-skipped-tests", keeps: "no test is switched off", check: source::no_skipped_tests },
    Rule {
        name: "no-machine-paths",
        keeps: "nothing of one machine is in the repository",
        check: source::no_machine_paths,
    },
    Rule {
        name: "no-clock-in-sql",
        keeps: "time and chance do not come from the database either",
        check: source::no_clock_in_sql,
    },
    Rule { name: "read-tables", keeps: "only projectors write read tables", check: source::read_tables },
    Rule { name: "migrations", keeps: "every migration has a number of its own", check: source::migrations },
    Rule {
        name: "rust-texts",
        keeps: "no text for people in Rust: texts are in data/",
        check: source::no_cjk_in_rust,
    },
    Rule {
        name: "web-texts",
        keeps: "no text for people in Vue and TypeScript outside i18n",
        check: web::no_cjk_outside_i18n,
    },
    Rule {
        name: "i18n",
        keeps: "both languages of the front end have the same keys and parameters",
        check: web::i18n,
    },
    Rule {
        name: "no-foreign-origin",
        keeps: "no request of the front end leaves the origin",
        check: web::no_foreign_origin,
    },
    Rule {
        name: "rule-texts",
        keeps: "every rule id in code has a text and a citation, and every text a rule",
        check: data::rules,
    },
    Rule {
        name: "city-names",
        keeps: "no city is named in code: it is a profile in data/cities",
        check: data::city_names,
    },
    Rule { name: "data-guide", keeps: "data/README.md names every data file", check: data::guide },
    Rule { name: "doc-paths", keeps: "links and paths in documents lead somewhere", check: docs::paths },
    Rule {
        name: "doc-twins",
        keeps: "a document and its Chinese twin have the same shape",
        check: docs::twins,
    },
    Rule { name: "lock-files", keeps: "lock files name the public registries only", check: deps::locks },
];

/// Checks everything; gives the number of rules that hold.
pub fn run(root: &Path) -> Result<u64> {
    let repo = Repo::read(root)?;
    let mut broken = 0;
    for rule in RULES {
        broken += u64::from(!report(rule.name, rule.keeps, (rule.check)(&repo)));
    }
    let dependencies = deps::check(root, &repo)?;
    broken +=
        u64::from(!report("dependencies", "bans, licences and sources of deny.toml hold", dependencies));
    let licences = crate::licences::current(root).err().map(|e| Finding::new("LICENSES.md", 0, e));
    broken +=
        u64::from(!report("licences", "LICENSES.md lists what is built in", licences.into_iter().collect()));
    let all = RULES.len() as u64 + 2;
    println!("{} house rules hold, {broken} do not", all - broken);
    if broken == 0 { Ok(all) } else { Err(format!("{broken} house rules do not hold")) }
}

/// Prints findings; true when there are none.
fn report(name: &str, keeps: &str, mut findings: Vec<Finding>) -> bool {
    findings.sort();
    findings.dedup();
    if findings.is_empty() {
        return true;
    }
    println!("{name}: {keeps}");
    for f in &findings {
        println!("  {}:{}: {}", f.path, f.line, f.message);
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_repository_keeps_the_house_rules() {
        let repo = Repo::read(&crate::sh::root()).unwrap();
        let mut all = Vec::new();
        for rule in RULES {
            all.extend(
                (rule.check)(&repo)
                    .into_iter()
                    .map(|f| format!("{}: {}:{}: {}", rule.name, f.path, f.line, f.message)),
            );
        }
        assert!(all.is_empty(), "{}", all.join("\n"));
    }

    #[test]
    fn the_dependencies_keep_the_rules_of_deny_toml() {
        let root = crate::sh::root();
        let repo = Repo::read(&root).unwrap();
        let found = deps::check(&root, &repo).unwrap();
        assert!(found.is_empty(), "{found:#?}");
        assert_eq!(crate::licences::current(&root), Ok(()));
    }

    #[test]
    fn an_empty_repository_breaks_nothing_by_accident() {
        let repo = Repo::of(&[]);
        for rule in RULES {
            assert!((rule.check)(&repo).is_empty(), "{}", rule.name);
        }
    }
}
