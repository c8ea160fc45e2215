//! The order of the house: contexts inside `app`, floors between crates, purity of the lowest floor.

use super::Finding;
use super::repo::{File, Repo};

/// Contexts of `crates/app`, each allowed to call those before it.
const CONTEXTS: &[&str] =
    &["kit", "registry", "identity", "proof", "ledger", "transfer", "monitoring", "governance"];

/// Files of `crates/app` above all contexts: they put them together.
const ROOF: &[&str] = &["lib", "assembly", "workbench"];

/// Crates with the floor they stand on. A crate may use crates of lower floors only.
const FLOORS: &[(&str, u32)] = &[
    ("domain", 1),
    ("wire", 1),
    ("geo", 1),
    ("routing", 1),
    ("db", 2),
    ("documents", 2),
    ("telemetry", 2),
    ("app", 3),
    ("simulator", 4),
    ("wufei", 5),
    ("fuzz", 8),
    ("xtask", 9),
];

/// Crates that must stay free of the outside world.
const PURE: &[&str] = &["domain", "wire", "geo", "routing"];

/// What a pure crate may not name, in `Cargo.toml` or in code.
const IMPURE: &[&str] = &[
    "tokio",
    "async_std",
    "futures",
    "rusqlite",
    "tokio_postgres",
    "deadpool_postgres",
    "sqlx",
    "axum",
    "hyper",
    "tower",
    "tower_http",
    "reqwest",
    "ureq",
    "rand",
    "getrandom",
    "db",
    "app",
    "documents",
];

/// Paths of the standard library that a pure crate may not use.
const IMPURE_STD: &[&str] = &[
    "std::fs",
    "std::net",
    "std::process",
    "std::thread",
    "std::env",
    "SystemTime",
    "Instant::now",
    "Timestamp::now",
    "Zoned::now",
];

/// A context calls only contexts before it.
pub fn contexts(repo: &Repo) -> Vec<Finding> {
    let mut out = Vec::new();
    for (file, lexed) in repo.rust() {
        let Some(inner) = file.path.strip_prefix("crates/app/src/") else { continue };
        let here = inner.split(['/', '.']).next().unwrap_or_default();
        let Some(rank) = CONTEXTS.iter().position(|c| *c == here) else {
            if !ROOF.contains(&here) && !file.is_test {
                out.push(Finding::new(
                    &file.path,
                    0,
                    format!("`{here}` is no known context: add it to the order in xtask/src/tidy/order.rs"),
                ));
            }
            continue;
        };
        if file.is_test {
            continue;
        }
        let mut grouped = false;
        for (line, code) in lexed.product_code() {
            let mut named: Vec<&str> = after(code, "crate::").collect();
            // `use crate::{a, b::c}` may run over lines: every first word of a group counts.
            if let Some((_, group)) = code.split_once("crate::{") {
                named.extend(group.split([',', '{', '}']).filter_map(first_word));
                grouped = !code.contains("};");
            } else if grouped {
                named.extend(code.split([',', '{', '}']).filter_map(first_word));
                grouped = !code.contains("};");
            }
            for name in named {
                if CONTEXTS.iter().position(|c| *c == name).is_some_and(|r| r > rank) {
                    out.push(Finding::new(&file.path, line, format!("`{here}` calls `{name}`, which comes later: move the rule down, or let `{name}` call `{here}`")));
                }
            }
        }
    }
    out
}

fn after<'a>(code: &'a str, mark: &'a str) -> impl Iterator<Item = &'a str> {
    code.match_indices(mark).filter_map(move |(i, _)| first_word(&code[i + mark.len()..]))
}

fn first_word(s: &str) -> Option<&str> {
    let s = s.trim_start();
    let end = s.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(s.len());
    (end > 0).then(|| &s[..end])
}

/// Names of the dependencies of a manifest's normal and build sections, with their lines.
fn dependencies(manifest: &File) -> Vec<(usize, String)> {
    let mut out = Vec::new();
    let mut inside = false;
    for (n, line) in manifest.lines() {
        if let Some(section) = line.trim().strip_prefix('[') {
            inside = section.starts_with("dependencies") || section.starts_with("build-dependencies");
            continue;
        }
        if inside && let Some(name) = first_word(&line.replace('-', "_")) {
            out.push((n, name.to_owned()));
        }
    }
    out
}

fn manifests(repo: &Repo) -> impl Iterator<Item = (&File, &str)> {
    repo.files.iter().filter_map(|f| {
        let folder = f.path.strip_suffix("/Cargo.toml")?;
        Some((f, folder.rsplit('/').next().unwrap_or(folder)))
    })
}

/// A crate depends only on crates of lower floors.
pub fn floors(repo: &Repo) -> Vec<Finding> {
    let floor = |name: &str| FLOORS.iter().find(|(n, _)| *n == name).map(|(_, f)| *f);
    let mut out = Vec::new();
    for (file, name) in manifests(repo) {
        let Some(own) = floor(name) else {
            out.push(Finding::new(
                &file.path,
                0,
                format!("crate `{name}` has no floor: add it in xtask/src/tidy/order.rs"),
            ));
            continue;
        };
        for (line, dep) in dependencies(file) {
            if floor(&dep).is_some_and(|f| f >= own) {
                out.push(Finding::new(
                    &file.path,
                    line,
                    format!("`{name}` stands on floor {own} and cannot use `{dep}`"),
                ));
            }
            if name == "db" && dep == "domain" || name == "documents" && dep == "db" {
                out.push(Finding::new(&file.path, line, format!("`{name}` must not know `{dep}`")));
            }
        }
    }
    out
}

/// Pure crates name nothing of the outside world.
pub fn purity(repo: &Repo) -> Vec<Finding> {
    let mut out = Vec::new();
    for (file, name) in manifests(repo).filter(|(_, n)| PURE.contains(n)) {
        for (line, dep) in dependencies(file) {
            if IMPURE.contains(&dep.as_str()) {
                out.push(Finding::new(&file.path, line, format!("`{name}` must stay pure: no `{dep}`")));
            }
        }
    }
    for (file, lexed) in repo.rust().filter(|(f, _)| !f.is_test) {
        let Some(name) =
            file.path.strip_prefix("crates/").and_then(|p| p.split('/').next()).filter(|n| PURE.contains(n))
        else {
            continue;
        };
        for (line, code) in lexed.product_code() {
            let foreign = IMPURE.iter().find(|i| code.contains(&format!("use {i}::")));
            let std = IMPURE_STD.iter().find(|i| code.contains(*i));
            if let Some(what) = foreign.or(std) {
                out.push(Finding::new(
                    &file.path,
                    line,
                    format!("`{name}` must stay pure: no `{what}`; take it as a parameter"),
                ));
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(f: Vec<Finding>) -> Vec<usize> {
        f.into_iter().map(|f| f.line).collect()
    }

    #[test]
    fn a_call_upwards_is_found_in_every_spelling() {
        let bad = Repo::of(&[
            (
                "crates/app/src/registry/service.rs",
                "use crate::kit::Kit;\nuse crate::ledger::store;\nuse crate::{\n    kit,\n    transfer::api,\n};\nfn f() { crate::identity::x() }\n#[cfg(test)]\nmod tests { use crate::transfer::y; }",
            ),
            ("crates/app/src/transfer/mod.rs", "use crate::ledger::store;"),
        ]);
        assert_eq!(lines(contexts(&bad)), [2, 5, 7]);
    }

    #[test]
    fn an_unknown_context_is_found() {
        let bad = Repo::of(&[("crates/app/src/market/mod.rs", "//! x"), ("crates/app/src/lib.rs", "")]);
        assert_eq!(contexts(&bad).len(), 1);
    }

    #[test]
    fn a_floor_cannot_use_a_higher_one() {
        let bad = Repo::of(&[
            (
                "crates/db/Cargo.toml",
                "[dependencies]\napp.workspace = true\nserde.workspace = true\n[dev-dependencies]\nwufei.workspace = true",
            ),
            ("crates/app/Cargo.toml", "[dependencies]\ndb.workspace = true"),
            ("crates/new/Cargo.toml", "[dependencies]\n"),
        ]);
        assert_eq!(lines(floors(&bad)), [2, 0]);
    }

    #[test]
    fn a_pure_crate_with_a_clock_or_runtime_is_found() {
        let bad = Repo::of(&[
            (
                "crates/domain/Cargo.toml",
                "[dependencies]\ntokio-postgres.workspace = true\njiff.workspace = true",
            ),
            (
                "crates/domain/src/lib.rs",
                "use std::collections::BTreeMap;\nfn f() { std::fs::read(x) }\nuse tokio::sync;\n// SystemTime is fine in a comment",
            ),
            ("crates/db/src/lib.rs", "use tokio::sync;"),
        ]);
        assert_eq!(lines(purity(&bad)), [2, 2, 3]);
    }
}
