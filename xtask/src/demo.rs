//! `cargo xtask demo`: from a clean clone to a running city in one command.

use crate::node;
use crate::sh::{self, Result, cmd};

/// Builds what is needed and becomes `wufei demo`.
pub fn run(args: &[String]) -> Result<()> {
    let root = sh::root();
    println!("[1/3] front end");
    node::build(&root)?;
    println!("[2/3] server (the first build takes some minutes)");
    let bin = sh::build_wufei()?;
    println!("[3/3] demonstration city");
    let mut all = vec!["demo".to_owned()];
    all.extend_from_slice(args);
    become_program(cmd(&bin.to_string_lossy(), &all, &root))
}

/// Replaces this process, so that Ctrl-C and the exit code belong to the server.
#[cfg(unix)]
fn become_program(mut c: std::process::Command) -> Result<()> {
    use std::os::unix::process::CommandExt;
    Err(format!("cannot start `{}`: {}", sh::shown(&c), c.exec()))
}

#[cfg(not(unix))]
fn become_program(c: std::process::Command) -> Result<()> {
    sh::run(c)
}
