//! `cargo xtask test`: every check of the project in one order, cheap ones first. It stops at the first stage
//! that fails, says which, and ends with one line that can be counted: `N passed, N failed`.

use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;

use crate::prereq::{self, Found};
use crate::sh::{self, Result, cmd};
use crate::torture::{self, Engine, KillArgs};
use crate::{node, tidy};

/// Tests counted so far.
#[derive(Clone, Copy, Default, PartialEq, Debug)]
pub struct Count {
    /// Tests that passed.
    pub passed: u64,
    /// Tests that failed.
    pub failed: u64,
}

impl Count {
    fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

/// What the stages share.
struct Run {
    root: PathBuf,
    found: Found,
    count: Count,
    times: Vec<(&'static str, f64)>,
}

/// A stage: runs, answers with the tests it counted. `Err` carries what failed and what was counted anyway.
type Outcome = std::result::Result<Count, (String, Count)>;

/// Runs all stages.
pub fn run(fast: bool) -> Result<()> {
    let begun = Instant::now();
    println!("== prerequisites");
    println!("Node: {}", node::check()?);
    let found = prereq::ensure(!fast)?;
    let mut run = Run { root: sh::root(), found, count: Count::default(), times: Vec::new() };
    run.times.push(("prerequisites", begun.elapsed().as_secs_f64()));
    let failed = run.all(fast).err();
    println!();
    for (name, seconds) in &run.times {
        println!("{seconds:>8.1} s  {name}");
    }
    println!("{:>8.1} s  in all", begun.elapsed().as_secs_f64());
    println!("{} passed, {} failed", run.count.passed, run.count.failed);
    failed.map_or(Ok(()), Err)
}

impl Run {
    fn all(&mut self, fast: bool) -> Result<()> {
        self.stage("format", |r| plain(r.cargo(&["fmt", "--all", "--check"])))?;
        self.stage("web: packages", |r| done(node::install(&r.root)))?;
        self.stage("web: types", |r| plain(node::npm(&r.root, &["run", "check"])))?;
        self.stage("web: unit tests", |r| counted(node::npm(&r.root, &["test"]), vitest))?;
        self.stage("web: build", |r| done(node::build(&r.root).map(|_| ())))?;
        if !fast {
            self.stage("web: size budget", |r| plain(node::npm(&r.root, &["run", "size"])))?;
        }
        self.stage("tidy", |r| match tidy::run(&r.root) {
            Ok(rules) => Ok(Count { passed: rules, failed: 0 }),
            Err(e) => Err((e, Count { passed: 0, failed: 1 })),
        })?;
        self.stage("clippy", |r| {
            plain(r.cargo(&["clippy", "--locked", "--workspace", "--all-targets", "--", "-D", "warnings"]))
        })?;
        // One call for binaries and tests, so that both see the same features and nothing is compiled twice.
        self.stage("build", |r| plain(r.cargo(&["build", "--locked", "--workspace", "--bins", "--tests"])))?;
        self.stage("tests", |r| {
            counted(r.cargo(&["test", "--locked", "--workspace", "--no-fail-fast"]), cargo_test)
        })?;
        if fast {
            return Ok(());
        }
        self.stage("browser tests", |r| {
            let mut c = cmd("node", &["e2e/run.mjs"], &r.root.join("web"));
            c.env("WUFEI_BIN", sh::target_dir().join("debug/wufei"));
            if let Some(path) = &r.found.chromium {
                c.env("CHROMIUM", path);
            }
            counted(c, node_test)
        })?;
        self.stage("torture: sqlite", |r| r.torture(Engine::Sqlite, 6))?;
        self.stage("torture: postgres", |r| r.torture(Engine::Postgres, 4))?;
        self.stage("torture: ingest", |_| {
            let passed = torture::ingest::run(&torture::ingest::IngestArgs::short(6));
            passed.map(|passed| Count { passed, failed: 0 }).map_err(|e| (e, Count::default()))
        })
    }

    /// Times a stage and adds what it counted.
    fn stage(&mut self, name: &'static str, body: impl FnOnce(&Self) -> Outcome) -> Result<()> {
        println!("\n== {name}");
        let begun = Instant::now();
        let outcome = body(self);
        self.times.push((name, begun.elapsed().as_secs_f64()));
        match outcome {
            Ok(count) => {
                self.count.add(count);
                Ok(())
            }
            Err((why, mut count)) => {
                count.failed = count.failed.max(1);
                self.count.add(count);
                Err(format!("stage `{name}` failed: {why}"))
            }
        }
    }

    fn cargo(&self, args: &[&str]) -> Command {
        let mut c = cmd(&sh::cargo(), args, &self.root);
        c.env("WUFEI_TEST_POSTGRES", self.found.postgres.address.url(None));
        c
    }

    fn torture(&self, engine: Engine, cycles: u32) -> Outcome {
        let args = KillArgs::short(engine, cycles, self.found.postgres.address.url(None));
        torture::kill(&args).map(|passed| Count { passed, failed: 0 }).map_err(|e| (e, Count::default()))
    }
}

fn done(r: Result<()>) -> Outcome {
    r.map(|()| Count::default()).map_err(|e| (e, Count::default()))
}

/// A stage that only passes or fails.
fn plain(c: Command) -> Outcome {
    done(sh::run(c))
}

/// A stage whose output carries numbers.
fn counted(c: Command, read: fn(&str) -> Count) -> Outcome {
    let line = sh::shown(&c);
    let (ok, text) = sh::tee(c).map_err(|e| (e, Count::default()))?;
    let count = read(&text);
    if !ok || count.failed > 0 {
        return Err((format!("`{line}`: {} failed", count.failed.max(1)), count));
    }
    if count.passed == 0 {
        return Err((format!("`{line}` ran no test"), count));
    }
    Ok(count)
}

/// Sums `test result: ok. 12 passed; 0 failed; …` lines of `cargo test`.
fn cargo_test(text: &str) -> Count {
    let mut c = Count::default();
    for line in text.lines().filter(|l| l.trim_start().starts_with("test result:")) {
        c.passed += before(line, " passed");
        c.failed += before(line, " failed");
    }
    c
}

/// Reads `Tests  1 failed | 11 passed (12)` of vitest.
fn vitest(text: &str) -> Count {
    let mut c = Count::default();
    for line in text.lines().filter(|l| l.trim_start().starts_with("Tests ")) {
        c.passed += before(line, " passed");
        c.failed += before(line, " failed");
    }
    c
}

/// Reads the closing lines of node's test runner: `ℹ pass 12`, `ℹ fail 0`, `ℹ cancelled 0`.
fn node_test(text: &str) -> Count {
    let mut c = Count::default();
    for line in text.lines() {
        let Some(rest) = line.trim().strip_prefix("ℹ ").or_else(|| line.trim().strip_prefix("# ")) else {
            continue;
        };
        let number =
            |word: &str| rest.strip_prefix(word).and_then(|n| n.trim().parse::<u64>().ok()).unwrap_or(0);
        c.passed += number("pass ");
        c.failed += number("fail ") + number("cancelled ") + number("skipped ");
    }
    c
}

/// The number directly before `word`.
fn before(line: &str, word: &str) -> u64 {
    let Some(at) = line.find(word) else { return 0 };
    let head = &line[..at];
    let start = head.rfind(|c: char| !c.is_ascii_digit()).map_or(0, |i| i + 1);
    head[start..].parse().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_cargo_test_are_summed() {
        let text = "running 3 tests\ntest result: ok. 3 passed; 0 failed; 0 ignored\n…\ntest result: FAILED. 4 passed; 2 failed; 0 ignored\n";
        assert_eq!(cargo_test(text), Count { passed: 7, failed: 2 });
    }

    #[test]
    fn numbers_of_vitest_are_read() {
        assert_eq!(
            vitest(" Test Files  3 passed (3)\n      Tests  41 passed (41)\n"),
            Count { passed: 41, failed: 0 }
        );
        assert_eq!(vitest("      Tests  1 failed | 40 passed (41)\n"), Count { passed: 40, failed: 1 });
    }

    #[test]
    fn numbers_of_node_are_read_and_a_skipped_test_is_a_failed_one() {
        let text = "✔ a (3ms)\nℹ tests 14\nℹ pass 12\nℹ fail 1\nℹ cancelled 0\nℹ skipped 1\nℹ todo 0\n";
        assert_eq!(node_test(text), Count { passed: 12, failed: 2 });
        assert_eq!(node_test("nothing"), Count::default());
    }

    #[test]
    fn a_run_without_tests_is_a_failure() {
        let c = cmd("true", &[] as &[&str], &sh::root());
        assert!(counted(c, node_test).is_err());
    }
}
