//! The front end's build: Node, npm, Vite. Skips what has not changed since it last succeeded, so that a second
//! `cargo xtask demo` starts at once.

use std::path::{Path, PathBuf};

use crate::sh::{self, Result, cmd};

/// Least Node that the packages of `web/package.json` run on.
const NODE_MAJOR: u32 = 20;

/// Node's version, or what to do when it is missing or too old.
pub fn check() -> Result<String> {
    let hint = format!("install Node {NODE_MAJOR} or newer (with npm) and start again");
    let said = sh::read(cmd("node", &["--version"], &sh::root()))
        .map_err(|_| format!("Node is not on the PATH: {hint}"))?;
    let version = said.trim().trim_start_matches('v').to_owned();
    let major: u32 = version.split('.').next().and_then(|m| m.parse().ok()).unwrap_or(0);
    if major < NODE_MAJOR {
        return Err(format!("Node {version} is too old: {hint}"));
    }
    if sh::which("npm").is_none() {
        return Err(format!("npm is not on the PATH: {hint}"));
    }
    Ok(version)
}

/// `npm` with `args` in `web/`.
pub fn npm(root: &Path, args: &[&str]) -> std::process::Command {
    let mut c = cmd("npm", args, &root.join("web"));
    c.env("NO_UPDATE_NOTIFIER", "1").env("NO_COLOR", "1").env_remove("FORCE_COLOR");
    c
}

/// Installs exactly the packages of the lock file; nothing to do when they are there already.
pub fn install(root: &Path) -> Result<()> {
    let node = check()?;
    let lock = read(&root.join("web/package-lock.json"))?;
    let stamp = root.join("web/node_modules/.wufei-installed");
    let wanted = format!("node {node}\n{:016x}\n", fnv(FNV, lock.as_bytes()));
    if std::fs::read_to_string(&stamp).is_ok_and(|s| s == wanted) {
        println!("npm packages: up to date");
        return Ok(());
    }
    sh::run(npm(root, &["ci"]))?;
    write(&stamp, &wanted)
}

/// Builds `web/dist`; gives whether anything was built.
pub fn build(root: &Path) -> Result<bool> {
    install(root)?;
    let stamp = sh::scratch("web")?.join("built");
    let wanted = format!("{:016x}\n", sources(&root.join("web"))?);
    let built = root.join("web/dist/admin.html").is_file();
    if built && std::fs::read_to_string(&stamp).is_ok_and(|s| s == wanted) {
        println!("front end: up to date");
        return Ok(false);
    }
    sh::run(npm(root, &["run", "build"]))?;
    write(&stamp, &wanted)?;
    Ok(true)
}

const FNV: u64 = 0xcbf2_9ce4_8422_2325;

/// FNV-1a: good enough to notice a change, and no dependency.
fn fnv(start: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(start, |h, b| (h ^ u64::from(*b)).wrapping_mul(0x0100_0000_01b3))
}

/// Digest of everything the build reads: names and contents.
fn sources(web: &Path) -> Result<u64> {
    let mut files = Vec::new();
    walk(web, &mut files)?;
    files.sort();
    let mut h = FNV;
    for f in files {
        let bytes = std::fs::read(&f).map_err(|e| format!("cannot read {}: {e}", f.display()))?;
        h = fnv(h, f.to_string_lossy().as_bytes());
        h = fnv(h, &bytes);
    }
    Ok(h)
}

fn walk(dir: &Path, out: &mut Vec<PathBuf>) -> Result<()> {
    for entry in std::fs::read_dir(dir).map_err(|e| format!("cannot read {}: {e}", dir.display()))? {
        let path = entry.map_err(|e| e.to_string())?.path();
        let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        if matches!(name.as_str(), "node_modules" | "dist" | "e2e" | "tests" | "test-results")
            || name.ends_with(".tsbuildinfo")
        {
            continue;
        }
        if path.is_dir() { walk(&path, out)? } else { out.push(path) }
    }
    Ok(())
}

fn read(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).map_err(|e| format!("cannot read {}: {e}", path.display()))
}

fn write(path: &Path, text: &str) -> Result<()> {
    std::fs::write(path, text).map_err(|e| format!("cannot write {}: {e}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_byte_changes_the_digest() {
        assert_ne!(fnv(FNV, b"a"), fnv(FNV, b"b"));
        assert_ne!(fnv(FNV, b"ab"), fnv(fnv(FNV, b"b"), b"a"));
    }
}
