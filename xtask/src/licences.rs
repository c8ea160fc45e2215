//! `cargo xtask licences`: writes the tables of third-party licences in LICENSES.md from `cargo metadata` and
//! the lock file of the front end. What stands above its mark is written by hand and stays.

use std::collections::BTreeMap;
use std::path::Path;

use crate::sh::Result;
use crate::tidy::{Package, manifest_packages, npm_packages};

/// From here on the file is generated.
const MARK: &str = "<!-- Below this line: cargo xtask licences -->";

/// Writes the file anew, or only checks it.
pub fn run(root: &Path, check: bool) -> Result<()> {
    if check {
        return current(root);
    }
    let (_, new) = render(root)?;
    let path = root.join("LICENSES.md");
    std::fs::write(&path, new).map_err(|e| format!("cannot write {}: {e}", path.display()))?;
    println!("LICENSES.md written");
    Ok(())
}

/// Says when the file is out of date.
pub fn current(root: &Path) -> Result<()> {
    let (old, new) = render(root)?;
    if old == new { Ok(()) } else { Err("is out of date: run `cargo xtask licences`".into()) }
}

/// The file as it is and as it should be.
fn render(root: &Path) -> Result<(String, String)> {
    let path = root.join("LICENSES.md");
    let old = std::fs::read_to_string(&path).map_err(|e| format!("cannot read {}: {e}", path.display()))?;
    let (head, _) = old.split_once(MARK).ok_or_else(|| format!("LICENSES.md has no line `{MARK}`"))?;
    let lock = std::fs::read_to_string(root.join("web/package-lock.json"))
        .map_err(|e| format!("web/package-lock.json: {e}"))?;
    let new = format!("{head}{MARK}\n{}", tables(&manifest_packages(root)?, &npm_packages(&lock)?));
    Ok((old, new))
}

fn tables(rust: &[Package], npm: &[(Package, bool)]) -> String {
    let mut s = String::from(
        "\n## Rust crates\nLinked into the server or used to build and test it (Linux, x86-64).\n\n",
    );
    s.push_str(&grouped(rust.iter()));
    s.push_str("\n## npm packages that the browser loads\n\n");
    s.push_str(&grouped(npm.iter().filter(|(_, shipped)| *shipped).map(|(p, _)| p)));
    s.push_str("\n## npm packages that only build and test the front end\n\n");
    s.push_str(&grouped(npm.iter().filter(|(_, shipped)| !shipped).map(|(p, _)| p)));
    s
}

/// One row a licence expression: names and versions.
fn grouped<'a>(packages: impl Iterator<Item = &'a Package>) -> String {
    let mut by: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for p in packages {
        by.entry(&p.licence).or_default().push(format!("{} {}", p.name, p.version));
    }
    let mut s = String::from("| licence | packages |\n|---|---|\n");
    for (licence, mut names) in by {
        names.sort();
        names.dedup();
        s.push_str(&format!("| {licence} | {} |\n", names.join(", ")));
    }
    s
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_are_grouped_by_licence() {
        let p = |name: &str, licence: &str| Package {
            name: name.into(),
            version: "1.0".into(),
            licence: licence.into(),
            home: String::new(),
            source: String::new(),
        };
        let s = grouped([p("b", "MIT"), p("a", "MIT"), p("c", "ISC")].iter());
        assert!(s.contains("| MIT | a 1.0, b 1.0 |") && s.contains("| ISC | c 1.0 |"), "{s}");
    }
}
