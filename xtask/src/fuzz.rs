//! `cargo xtask fuzz`: builds the fuzzer and hands over. It is a crate of its own, because this one must be able to
//! compile before everything else.

use crate::sh::{self, Result, cmd};

/// Runs the fuzzer with these arguments. The development profile checks for overflow, which is wanted here.
pub fn run(args: &[String]) -> Result<()> {
    let mut all = vec!["run", "--quiet", "--package", "fuzz", "--"];
    all.extend(args.iter().map(String::as_str));
    sh::run(cmd(&sh::cargo(), &all, &sh::root()))
}
