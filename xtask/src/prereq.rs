//! What the tests need beside Rust and Node: PostgreSQL, Chromium, a font with Chinese. Finds them, installs
//! them through the system's package manager when it may, or says exactly what to install. It must never
//! install anything when nothing is missing.

use std::path::{Path, PathBuf};

use crate::postgres::{self, Server};
use crate::sh::{self, Result, cmd};

/// Everything that was found.
pub struct Found {
    /// The PostgreSQL of the tests.
    pub postgres: Server,
    /// The browser, when browser tests run.
    pub chromium: Option<PathBuf>,
}

/// One thing that can be missing.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Thing {
    Postgres,
    Chromium,
    Font,
}

impl Thing {
    fn name(self) -> &'static str {
        match self {
            Self::Postgres => "PostgreSQL 13 or newer (or a server named by WUFEI_TEST_POSTGRES)",
            Self::Chromium => "Chromium or Chrome (or its path in CHROMIUM)",
            Self::Font => "a font with Chinese characters",
        }
    }

    /// Its packages, with a space between.
    fn package(self, manager: &str) -> &'static str {
        match (manager, self) {
            ("apt-get", Self::Postgres) => "postgresql",
            ("apt-get", Self::Chromium) => "chromium",
            ("apt-get", Self::Font) => "fonts-noto-cjk fontconfig",
            ("dnf", Self::Postgres) => "postgresql-server",
            ("dnf", Self::Chromium) => "chromium",
            ("dnf", Self::Font) => "google-noto-sans-cjk-fonts fontconfig",
            (_, Self::Postgres) => "postgresql@17",
            (_, Self::Chromium) => "chromium",
            (_, Self::Font) => "font-noto-sans-cjk",
        }
    }
}

/// Finds or installs what the tests need; `browser` says whether browser tests will run.
pub fn ensure(browser: bool) -> Result<Found> {
    let mut missing = find_missing(browser)?;
    if !missing.is_empty() {
        install(&missing)?;
        missing = find_missing(browser)?;
    }
    if !missing.is_empty() {
        return Err(say(&missing));
    }
    let postgres = match postgres::running()? {
        Some(server) => server,
        None => {
            let bin = postgres::binaries().ok_or_else(|| say(&[Thing::Postgres]))?;
            println!("PostgreSQL: starting a private one from {}", bin.display());
            Server::start(&bin, false)?
        }
    };
    println!(
        "PostgreSQL: {}:{}{}",
        postgres.address.host,
        postgres.address.port,
        if postgres.is_private() { " (private)" } else { "" }
    );
    let chromium = if browser { chromium() } else { None };
    if let Some(path) = &chromium {
        println!("Chromium: {}", path.display());
    }
    Ok(Found { postgres, chromium })
}

fn find_missing(browser: bool) -> Result<Vec<Thing>> {
    let mut missing = Vec::new();
    if postgres::running()?.is_none() && postgres::binaries().is_none() {
        missing.push(Thing::Postgres);
    }
    if browser && chromium().is_none() {
        missing.push(Thing::Chromium);
    }
    if browser && !has_chinese_font() {
        missing.push(Thing::Font);
    }
    Ok(missing)
}

/// The browser: CHROMIUM, or one of the usual names.
pub fn chromium() -> Option<PathBuf> {
    if let Some(path) = std::env::var_os("CHROMIUM").map(PathBuf::from) {
        return path.is_file().then_some(path);
    }
    let names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
    let mac = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome";
    names.into_iter().find_map(sh::which).or_else(|| Path::new(mac).is_file().then(|| PathBuf::from(mac)))
}

fn has_chinese_font() -> bool {
    // Systems without fontconfig (macOS, Windows) bring Chinese fonts of their own.
    sh::which("fc-list").is_none_or(|_| {
        sh::read(cmd("fc-list", &[":lang=zh", "family"], &sh::root())).is_ok_and(|s| !s.trim().is_empty())
    }) && (cfg!(not(target_os = "linux")) || sh::which("fc-list").is_some())
}

fn manager() -> Option<&'static str> {
    ["apt-get", "dnf", "brew"].into_iter().find(|m| sh::which(m).is_some())
}

fn say(missing: &[Thing]) -> String {
    let mut s = "missing for the tests:\n".to_owned();
    for m in missing {
        s.push_str(&format!("  - {}\n", m.name()));
    }
    let m = manager().unwrap_or("apt-get");
    let packages: Vec<_> = missing.iter().map(|t| t.package(m)).collect();
    s.push_str(&format!(
        "install with: {}{m} install {}",
        if m == "brew" { "" } else { "sudo " },
        packages.join(" ")
    ));
    s
}

fn install(missing: &[Thing]) -> Result<()> {
    let Some(m) = manager() else { return Err(say(missing)) };
    let sudo = match m {
        "brew" => false,
        _ if sh::is_root() => false,
        _ if sh::read(cmd("sudo", &["-n", "true"], &sh::root())).is_ok() => true,
        _ => return Err(say(missing)),
    };
    println!(
        "installing what is missing: {}",
        missing.iter().map(|t| t.name()).collect::<Vec<_>>().join("; ")
    );
    let call = |args: &[&str]| {
        let mut all = if sudo { vec!["-n", "env", "DEBIAN_FRONTEND=noninteractive", m] } else { vec![] };
        all.extend_from_slice(args);
        let mut c = cmd(if sudo { "sudo" } else { m }, &all, &sh::root());
        c.env("DEBIAN_FRONTEND", "noninteractive");
        sh::run(c)
    };
    let packages = missing.iter().flat_map(|t| t.package(m).split(' '));
    let mut args = match m {
        "apt-get" => {
            call(&["-o", "DPkg::Lock::Timeout=300", "update"])?;
            vec!["-o", "DPkg::Lock::Timeout=300", "install", "-y", "--no-install-recommends"]
        }
        "dnf" => vec!["install", "-y"],
        _ => vec!["install"],
    };
    args.extend(packages);
    call(&args).map_err(|e| format!("{e}\n{}", say(missing)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_advice_names_things_and_packages() {
        let s = say(&[Thing::Postgres, Thing::Font]);
        assert!(s.contains("PostgreSQL 13") && s.contains("Chinese") && s.contains("install "), "{s}");
    }

    #[test]
    fn every_manager_has_a_package_for_everything() {
        for m in ["apt-get", "dnf", "brew"] {
            for t in [Thing::Postgres, Thing::Chromium, Thing::Font] {
                assert!(!t.package(m).is_empty());
            }
        }
    }
}
