//! Documents keep up with the repository: links lead somewhere, named paths exist, the twins say the same.

use super::Finding;
use super::repo::{File, Repo};

/// Folders whose paths, named in backticks, must exist.
const ROOTS: &[&str] = &["crates/", "web/", "data/", "docs/", "xtask/"];

/// Whether a file or folder of this path exists; a decision record may be named by its number alone.
fn exists(repo: &Repo, path: &str) -> bool {
    let path = path.trim_end_matches('/');
    if path.starts_with("docs/adr/0") && repo.files.iter().any(|f| f.path.starts_with(&format!("{path}-"))) {
        return true;
    }
    let inside = format!("{path}/");
    repo.files.iter().map(|f| &f.path).chain(&repo.binaries).any(|p| p == path || p.starts_with(&inside))
}

/// The path of a link as seen from a file's folder.
fn resolve(from: &str, link: &str) -> String {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in link.split('/') {
        match part {
            "." | "" => {}
            ".." => drop(parts.pop()),
            other => parts.push(other),
        }
    }
    parts.join("/")
}

fn markdown(repo: &Repo) -> impl Iterator<Item = &File> {
    repo.files.iter().filter(|f| f.is(&["md"]))
}

/// Relative links and named paths lead to something that is there.
pub fn paths(repo: &Repo) -> Vec<Finding> {
    let mut out = Vec::new();
    for f in markdown(repo) {
        for (line, text) in f.lines() {
            for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
                let target = target.split('#').next().unwrap_or_default();
                if target.is_empty() || target.contains("://") || target.starts_with("mailto:") {
                    continue;
                }
                if !exists(repo, &resolve(&f.path, target)) {
                    out.push(Finding::new(&f.path, line, format!("the link to `{target}` leads nowhere")));
                }
            }
            for name in text.split('`').skip(1).step_by(2) {
                let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || "/._-".contains(c));
                let generated = name.starts_with("web/dist") || name.contains("node_modules");
                if plain && !generated && ROOTS.iter().any(|r| name.starts_with(r)) && !exists(repo, name) {
                    out.push(Finding::new(&f.path, line, format!("there is no `{name}`")));
                }
            }
        }
    }
    out
}

/// Headings (their depth), commands and rows of tables of a document, in order.
fn shape(text: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut code = false;
    for line in text.lines() {
        if line.starts_with("```") {
            code = !code;
        } else if code {
            out.push(line.trim().to_owned());
        } else if line.starts_with('#') {
            out.push(line.split(' ').next().unwrap_or_default().to_owned());
        } else if line.starts_with('|') {
            out.push("|".to_owned());
        }
    }
    out
}

/// `NAME.md` and `NAME.zh-CN.md` have the same sections, commands and tables.
pub fn twins(repo: &Repo) -> Vec<Finding> {
    let mut out = Vec::new();
    for f in markdown(repo) {
        let Some(stem) = f.path.strip_suffix(".zh-CN.md") else { continue };
        let other = format!("{stem}.md");
        match repo.get(&other) {
            None => out.push(Finding::new(&f.path, 0, format!("has no twin {other}"))),
            Some(twin) if shape(&twin.text) != shape(&f.text) => {
                out.push(Finding::new(
                    &f.path,
                    0,
                    format!("has other sections, commands or tables than {other}"),
                ));
            }
            Some(_) => {}
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dead_link_and_a_path_that_is_gone_are_found() {
        let bad = Repo::of(&[
            ("docs/adr/0001-a.md", "[good](../../README.md) [bad](../b.md) [far](https://example.org/x)"),
            ("README.md", "`crates/a/src/lib.rs` `crates/a` `crates/b` `data/*.json` [part](docs/adr#top)"),
            ("crates/a/src/lib.rs", ""),
        ]);
        let found = paths(&bad);
        assert_eq!(found.len(), 2, "{found:#?}");
    }

    #[test]
    fn twins_that_drift_apart_are_found() {
        let text = "# A\n```sh\nrun\n```\n| a |\n";
        assert!(
            twins(&Repo::of(&[("A.md", text), ("A.zh-CN.md", "# 甲\n```sh\nrun\n```\n| 乙 |\n")])).is_empty()
        );
        for drifted in ["# 甲\n| 乙 |\n", "# 甲\n```sh\nwalk\n```\n| 乙 |\n"] {
            assert_eq!(twins(&Repo::of(&[("A.md", text), ("A.zh-CN.md", drifted)])).len(), 1);
        }
        assert_eq!(twins(&Repo::of(&[("B.zh-CN.md", "")])).len(), 1);
    }
}
