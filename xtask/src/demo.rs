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
    let all = arguments(args, &root.join("target").join("demo").to_string_lossy());
    become_program(cmd(&bin.to_string_lossy(), &all, &root))
}

/// A large city is kept from one start to the next, unless the caller says where: playing its two years takes minutes.
fn arguments(args: &[String], kept: &str) -> Vec<String> {
    let given = |name: &str| args.iter().any(|a| a == name || a.starts_with(&format!("{name}=")));
    let large = args.iter().any(|a| a == "--size=city")
        || args.windows(2).any(|pair| pair[0] == "--size" && pair[1] == "city");
    let mut all = vec!["demo".to_owned()];
    if large && !["--data-dir", "--database", "--keep-in"].iter().any(|name| given(name)) {
        all.extend(["--keep-in", kept].map(str::to_owned));
    }
    all.extend_from_slice(args);
    all
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

#[cfg(test)]
mod tests {
    use super::arguments;

    #[test]
    fn what_the_caller_says_goes_before() {
        let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(arguments(&[], "K"), words("demo"));
        assert_eq!(
            arguments(&words("--size=city --fresh"), "K"),
            words("demo --keep-in K --size=city --fresh")
        );
        assert_eq!(arguments(&words("--size city"), "K"), words("demo --keep-in K --size city"));
        assert_eq!(
            arguments(&words("--size city --data-dir D"), "K"),
            words("demo --size city --data-dir D")
        );
    }
}
