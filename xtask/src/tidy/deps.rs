//! Rules about dependencies: `deny.toml` holds even where cargo-deny is not installed, and lock files name no
//! private registry.

use std::path::Path;

use serde_json::Value;

use super::Finding;
use super::repo::Repo;
use crate::sh::{self, Result, cmd};

/// Target whose dependencies count: what `deny.toml` names too.
const TARGET: &str = "x86_64-unknown-linux-gnu";

/// Hosts that a lock file may name.
const REGISTRIES: &[&str] = &["https://github.com/rust-lang/crates.io-index", "https://registry.npmjs.org/"];

/// A package that we ship or build with.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Package {
    /// Name.
    pub name: String,
    /// Version.
    pub version: String,
    /// SPDX expression as the package states it.
    pub licence: String,
    /// Where its source is.
    pub home: String,
    /// Where it comes from: a registry, or empty for this repository.
    pub source: String,
}

/// All packages of the Rust workspace that are not ours.
pub fn manifest_packages(root: &Path) -> Result<Vec<Package>> {
    let args = ["metadata", "--format-version", "1", "--locked", "--filter-platform", TARGET];
    let text = sh::read(cmd(&sh::cargo(), &args, root))?;
    let value: Value = serde_json::from_str(&text).map_err(|e| format!("cargo metadata: {e}"))?;
    // `packages` lists every platform; `resolve.nodes` only those of the target.
    let used: std::collections::BTreeSet<&str> =
        value["resolve"]["nodes"].as_array().into_iter().flatten().filter_map(|n| n["id"].as_str()).collect();
    let all = value["packages"].as_array().cloned().unwrap_or_default();
    let word = |p: &Value, k: &str| p[k].as_str().unwrap_or_default().to_owned();
    let mut out: Vec<_> = all
        .iter()
        .filter(|p| p["id"].as_str().is_some_and(|id| used.contains(id)) && !p["source"].is_null())
        .map(|p| Package {
            name: word(p, "name"),
            version: word(p, "version"),
            licence: word(p, "license"),
            home: word(p, "repository"),
            source: word(p, "source"),
        })
        .collect();
    out.sort();
    Ok(out)
}

/// All packages of the front end, with whether the browser gets them.
pub fn npm_packages(lock: &str) -> Result<Vec<(Package, bool)>> {
    let value: Value = serde_json::from_str(lock).map_err(|e| format!("web/package-lock.json: {e}"))?;
    let mut out = Vec::new();
    for (path, p) in value["packages"].as_object().into_iter().flatten().filter(|(k, _)| !k.is_empty()) {
        let name = path.rsplit("node_modules/").next().unwrap_or(path).to_owned();
        let word = |k: &str| p[k].as_str().unwrap_or_default().to_owned();
        let package = Package {
            name,
            version: word("version"),
            licence: word("license"),
            home: String::new(),
            source: word("resolved"),
        };
        out.push((package, p["dev"].as_bool() != Some(true) && p["devOptional"].as_bool() != Some(true)));
    }
    out.sort();
    out.dedup();
    Ok(out)
}

/// What `deny.toml` says.
#[derive(Default, Debug)]
struct Deny {
    allow: Vec<String>,
    exceptions: Vec<(String, String)>,
    bans: Vec<(String, String)>,
}

/// Reads the three lists; the file keeps one entry a line for it.
fn parse(text: &str) -> Deny {
    let mut deny = Deny::default();
    let mut list = "";
    for line in text.lines().map(str::trim) {
        let quoted: Vec<&str> = line.split('"').skip(1).step_by(2).collect();
        match line {
            "allow = [" | "exceptions = [" | "deny = [" => list = line,
            "]" => list = "",
            _ => match (list, quoted.as_slice()) {
                ("allow = [", [id, ..]) => deny.allow.push((*id).to_owned()),
                ("exceptions = [", [name, licence, ..]) => {
                    deny.exceptions.push(((*name).to_owned(), (*licence).to_owned()))
                }
                ("deny = [", [name, rest @ ..]) => {
                    deny.bans.push(((*name).to_owned(), rest.first().copied().unwrap_or_default().to_owned()))
                }
                _ => {}
            },
        }
    }
    deny
}

/// Whether an SPDX expression (and, or, with, brackets, the old slash) is satisfied by the allowed ids.
fn allowed(expression: &str, ok: &dyn Fn(&str) -> bool) -> bool {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut at = 0;
    let result = any(&words, &mut at, ok);
    result && at == words.len() && !words.is_empty()
}

fn any(words: &[&str], at: &mut usize, ok: &dyn Fn(&str) -> bool) -> bool {
    let mut result = all(words, at, ok);
    while words.get(*at) == Some(&"OR") {
        *at += 1;
        result |= all(words, at, ok);
    }
    result
}

fn all(words: &[&str], at: &mut usize, ok: &dyn Fn(&str) -> bool) -> bool {
    let mut result = one(words, at, ok);
    while words.get(*at) == Some(&"AND") {
        *at += 1;
        result &= one(words, at, ok);
    }
    result
}

fn one(words: &[&str], at: &mut usize, ok: &dyn Fn(&str) -> bool) -> bool {
    match words.get(*at) {
        Some(&"(") => {
            *at += 1;
            let result = any(words, at, ok);
            *at += 1;
            result
        }
        Some(id) => {
            *at += 1;
            if words.get(*at) == Some(&"WITH") {
                let with = format!("{id} WITH {}", words.get(*at + 1).unwrap_or(&""));
                *at += 2;
                return ok(&with);
            }
            ok(id)
        }
        None => false,
    }
}

fn judge(packages: &[Package], deny: &Deny, path: &str) -> Vec<Finding> {
    let mut out = Vec::new();
    for p in packages {
        if let Some((_, why)) = deny.bans.iter().find(|(n, _)| *n == p.name) {
            out.push(Finding::new(path, 0, format!("{} is banned: {why}", p.name)));
        }
        let ok = |id: &str| {
            deny.allow.iter().any(|a| a == id) || deny.exceptions.iter().any(|(n, l)| *n == p.name && l == id)
        };
        if !allowed(&p.licence, &ok) {
            let said = if p.licence.is_empty() { "no licence" } else { &p.licence };
            out.push(Finding::new(
                path,
                0,
                format!("{} {} has {said}: not allowed by deny.toml", p.name, p.version),
            ));
        }
        if !p.source.is_empty() && !REGISTRIES.iter().any(|r| p.source.contains(r)) {
            out.push(Finding::new(path, 0, format!("{} comes from {}", p.name, p.source)));
        }
    }
    out
}

/// Licences of tools that only build and test the front end, beside those of `deny.toml`. Nothing of them is shipped.
const NPM_DEV: &[&str] = &["MPL-2.0", "CC-BY-4.0", "BlueOak-1.0.0", "Python-2.0"];

/// Bans, licences and sources of both trees.
pub fn check(root: &Path, repo: &Repo) -> Result<Vec<Finding>> {
    let deny = parse(repo.get("deny.toml").map(|f| f.text.as_str()).unwrap_or_default());
    let mut out = judge(&manifest_packages(root)?, &deny, "Cargo.lock");
    if let Some(lock) = repo.get("web/package-lock.json") {
        for (p, shipped) in npm_packages(&lock.text)? {
            let mut wider = Deny { allow: deny.allow.clone(), ..Deny::default() };
            if !shipped {
                wider.allow.extend(NPM_DEV.iter().map(|s| (*s).to_owned()));
            }
            out.extend(judge(&[p], &wider, &lock.path));
        }
    }
    Ok(out)
}

/// Lock files name the public registries only; no configuration names another.
pub fn locks(repo: &Repo) -> Vec<Finding> {
    let mut out = Vec::new();
    for f in repo
        .files
        .iter()
        .filter(|f| matches!(f.name(), "Cargo.lock" | "package-lock.json" | ".npmrc" | "config.toml"))
    {
        for (line, text) in f.lines() {
            let key = text.trim().trim_start_matches('"');
            let names = key.starts_with("resolved")
                || key.starts_with("source = ")
                || key.starts_with("registry")
                || key.starts_with("replace-with")
                || key.starts_with("index = ");
            if names && !REGISTRIES.iter().any(|r| text.contains(r)) {
                out.push(Finding::new(&f.path, line, "names a registry that others cannot reach"));
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(name: &str, licence: &str) -> Package {
        Package {
            name: name.into(),
            version: "1.0.0".into(),
            licence: licence.into(),
            home: String::new(),
            source: "registry+https://github.com/rust-lang/crates.io-index".into(),
        }
    }

    const DENY: &str = "[licenses]\nallow = [\n    \"MIT\",\n    \"Apache-2.0 WITH LLVM-exception\",\n    \"ISC\",\n]\nexceptions = [\n    { name = \"odd\", allow = [\"MPL-2.0\"] },\n]\n[bans]\ndeny = [\n    { name = \"openssl\", reason = \"C\" },\n]\n";

    #[test]
    fn licence_expressions_are_understood() {
        let ok = |id: &str| matches!(id, "MIT" | "ISC" | "Apache-2.0 WITH LLVM-exception");
        for good in [
            "MIT",
            "GPL-3.0 OR MIT",
            "MIT/Apache-2.0",
            "(GPL-3.0 OR MIT) AND ISC",
            "Apache-2.0 WITH LLVM-exception",
        ] {
            assert!(allowed(good, &ok), "{good}");
        }
        for bad in ["", "GPL-3.0", "MIT AND GPL-3.0", "Apache-2.0", "(MIT OR ISC) AND GPL-3.0"] {
            assert!(!allowed(bad, &ok), "{bad}");
        }
    }

    #[test]
    fn a_ban_a_licence_and_a_source_are_found() {
        let deny = parse(DENY);
        let mut far = package("far", "MIT");
        far.source = "git+https://example.org/x".into();
        let found = judge(
            &[
                package("openssl", "MIT"),
                package("copy", "GPL-3.0"),
                package("odd", "MPL-2.0"),
                package("other", "MPL-2.0"),
                far,
                package("fine", "MIT"),
            ],
            &deny,
            "x",
        );
        assert_eq!(found.len(), 4, "{found:#?}");
    }

    #[test]
    fn a_private_registry_is_found() {
        let bad = Repo::of(&[
            (
                "web/package-lock.json",
                "{\n\"resolved\": \"https://mirror.example/vue.tgz\",\n\"resolved\": \"https://registry.npmjs.org/vue.tgz\"}",
            ),
            (".cargo/config.toml", "[source.crates-io]\nreplace-with = \"mirror\"\n"),
            ("Cargo.lock", "source = \"registry+https://github.com/rust-lang/crates.io-index\"\n"),
        ]);
        assert_eq!(locks(&bad).len(), 2);
    }

    #[test]
    fn packages_of_the_front_end_are_read() {
        let lock = r#"{"packages": {"": {"name": "x"}, "node_modules/a": {"version": "1.0.0", "license": "MIT"}, "node_modules/a/node_modules/@s/b": {"version": "2.0.0", "license": "ISC", "dev": true}}}"#;
        let found = npm_packages(lock).unwrap();
        assert_eq!(
            found.iter().map(|(p, shipped)| (p.name.as_str(), *shipped)).collect::<Vec<_>>(),
            [("@s/b", false), ("a", true)]
        );
    }
}
