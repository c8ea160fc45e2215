//! The repository as the rules see it: paths and texts. Rules take it as a parameter, so that a test can hand
//! them a bad one.

use std::collections::BTreeMap;
use std::path::Path;

use super::lex::{Lexed, lex};
use crate::sh::Result;

/// A text file.
pub struct File {
    /// Path from the top, with `/`.
    pub path: String,
    /// Contents.
    pub text: String,
    /// For `.rs` files: taken apart.
    pub rust: Option<Lexed>,
    /// Whether the whole file is test code.
    pub is_test: bool,
}

impl File {
    /// Last part of the path.
    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }
    /// Whether the name ends so.
    pub fn is(&self, extensions: &[&str]) -> bool {
        extensions.iter().any(|e| self.path.ends_with(&format!(".{e}")))
    }
    /// Lines, numbered from 1.
    pub fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text.lines().enumerate().map(|(i, l)| (i + 1, l))
    }
}

/// All text files, and the names of all others.
#[derive(Default)]
pub struct Repo {
    /// Text files by path.
    pub files: Vec<File>,
    /// Paths of files that are not text.
    pub binaries: Vec<String>,
}

/// Folders that hold nothing of ours.
const SKIPPED: &[&str] = &[".git", "target", "node_modules", "dist", "test-results", "proptest-regressions"];

impl Repo {
    /// Reads the working copy.
    pub fn read(root: &Path) -> Result<Self> {
        let mut repo = Self::default();
        repo.walk(root, "")?;
        repo.mark_tests();
        Ok(repo)
    }

    /// A repository for a test.
    #[cfg(test)]
    pub fn of(files: &[(&str, &str)]) -> Self {
        let mut repo = Self::default();
        for (path, text) in files {
            repo.add((*path).to_owned(), (*text).to_owned());
        }
        repo.mark_tests();
        repo
    }

    /// Rust files.
    pub fn rust(&self) -> impl Iterator<Item = (&File, &Lexed)> {
        self.files.iter().filter_map(|f| f.rust.as_ref().map(|l| (f, l)))
    }

    /// A file by path.
    pub fn get(&self, path: &str) -> Option<&File> {
        self.files.iter().find(|f| f.path == path)
    }

    /// Files under a folder.
    pub fn under<'a>(&'a self, folder: &'a str) -> impl Iterator<Item = &'a File> {
        self.files.iter().filter(move |f| f.path.starts_with(folder))
    }

    fn walk(&mut self, dir: &Path, prefix: &str) -> Result<()> {
        let entries = std::fs::read_dir(dir).map_err(|e| format!("cannot read {}: {e}", dir.display()))?;
        let mut names: Vec<_> =
            entries.flatten().map(|e| e.file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        for name in names {
            if SKIPPED.contains(&name.as_str()) {
                continue;
            }
            let (path, inner) = (dir.join(&name), format!("{prefix}{name}"));
            if path.is_dir() {
                self.walk(&path, &format!("{inner}/"))?;
            } else if let Ok(bytes) = std::fs::read(&path) {
                match String::from_utf8(bytes) {
                    Ok(text) => self.add(inner, text),
                    Err(_) => self.binaries.push(inner),
                }
            }
        }
        Ok(())
    }

    fn add(&mut self, path: String, text: String) {
        let rust = path.ends_with(".rs").then(|| lex(&text));
        let stem = path.rsplit('/').next().unwrap_or(&path).split('.').next().unwrap_or_default().to_owned();
        let folder = |f: &str| path.starts_with(&format!("{f}/")) || path.contains(&format!("/{f}/"));
        let is_test = folder("tests")
            || folder("e2e")
            || stem == "tests"
            || stem.ends_with("_tests")
            || path.contains(".test.");
        self.files.push(File { path, text, rust, is_test });
    }

    /// Marks files of modules declared under `#[cfg(test)] mod name;`.
    fn mark_tests(&mut self) {
        let mut marked: BTreeMap<String, ()> = BTreeMap::new();
        for (file, lexed) in self.rust() {
            let base = match file.name() {
                "mod.rs" | "lib.rs" | "main.rs" => {
                    file.path.rsplit_once('/').map_or(String::new(), |(d, _)| d.to_owned())
                }
                _ => file.path.trim_end_matches(".rs").to_owned(),
            };
            for name in &lexed.test_modules {
                marked.insert(format!("{base}/{name}.rs"), ());
                marked.insert(format!("{base}/{name}/"), ());
            }
        }
        for f in &mut self.files {
            let inside = marked
                .keys()
                .any(|m| if m.ends_with('/') { f.path.starts_with(m.as_str()) } else { &f.path == m });
            f.is_test |= inside;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_files_are_known_by_place_name_and_declaration() {
        let r = Repo::of(&[
            ("crates/a/src/lib.rs", "#[cfg(test)]\nmod cases;\nmod b;"),
            ("crates/a/src/cases.rs", ""),
            ("crates/a/src/b.rs", "#[cfg(test)] mod deep;"),
            ("crates/a/src/b/deep.rs", ""),
            ("crates/a/tests/all.rs", ""),
            ("web/tests/x.test.ts", ""),
        ]);
        let tests: Vec<_> = r.files.iter().map(|f| f.is_test).collect();
        assert_eq!(tests, [false, true, false, true, true, true]);
    }
}
