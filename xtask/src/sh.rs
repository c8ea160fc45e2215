//! Starting other programs: one place for "run it, show it", "run it, read it" and "run it, show and read it".
//! It must never swallow a failing exit code.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

/// What a task answers: an error is a sentence for a person.
pub type Result<T> = std::result::Result<T, String>;

/// The repository's top folder.
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_path_buf()
}

/// The cargo that started this task, so that nested calls use the same toolchain.
pub fn cargo() -> String {
    std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned())
}

/// A command in `dir`.
pub fn cmd<S: AsRef<OsStr>>(program: &str, args: &[S], dir: &Path) -> Command {
    let mut c = Command::new(program);
    c.args(args).current_dir(dir);
    c
}

/// How a command reads on a terminal.
pub fn shown(c: &Command) -> String {
    let mut s = c.get_program().to_string_lossy().into_owned();
    if let Some(name) = Path::new(&s).file_name() {
        s = name.to_string_lossy().into_owned();
    }
    for a in c.get_args() {
        s.push(' ');
        s.push_str(&a.to_string_lossy());
    }
    s
}

/// Runs with the terminal's own input and output.
pub fn run(mut c: Command) -> Result<()> {
    let line = shown(&c);
    println!("$ {line}");
    let status = c.status().map_err(|e| format!("cannot start `{line}`: {e}"))?;
    if status.success() { Ok(()) } else { Err(format!("`{line}` failed ({status})")) }
}

/// Runs silently and gives what it printed; an error carries what it said on stderr.
pub fn read(mut c: Command) -> Result<String> {
    let line = shown(&c);
    let out = c.stdin(Stdio::null()).output().map_err(|e| format!("cannot start `{line}`: {e}"))?;
    if out.status.success() {
        return Ok(String::from_utf8_lossy(&out.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&out.stderr);
    Err(format!("`{line}` failed ({}): {}", out.status, said.trim()))
}

/// Runs, shows every line as it comes and keeps it. Gives the exit as a flag, because a failing test run still
/// has numbers to read.
pub fn tee(mut c: Command) -> Result<(bool, String)> {
    let line = shown(&c);
    println!("$ {line}");
    c.stdin(Stdio::null()).stdout(Stdio::piped());
    let mut child = c.spawn().map_err(|e| format!("cannot start `{line}`: {e}"))?;
    let mut text = String::new();
    if let Some(out) = child.stdout.take() {
        let mut reader = BufReader::new(out);
        let mut bytes = Vec::new();
        while reader.read_until(b'\n', &mut bytes).unwrap_or(0) > 0 {
            let said = String::from_utf8_lossy(&bytes);
            print!("{said}");
            text.push_str(&said);
            bytes.clear();
        }
    }
    let status = child.wait().map_err(|e| format!("`{line}`: {e}"))?;
    Ok((status.success(), without_colours(&text)))
}

/// Text without the terminal's colour sequences (`ESC [ … m`).
fn without_colours(text: &str) -> String {
    let mut parts = text.split("\u{1b}[");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find(|c: char| c.is_ascii_alphabetic()).map_or(0, |i| i + 1);
        out.push_str(&part[end..]);
    }
    out
}

/// Where a program is, if it is on the PATH.
pub fn which(name: &str) -> Option<PathBuf> {
    std::env::split_paths(&std::env::var_os("PATH")?).map(|d| d.join(name)).find(|p| p.is_file())
}

/// Whether this process is the superuser.
pub fn is_root() -> bool {
    read(cmd("id", &["-u"], &root())).is_ok_and(|s| s.trim() == "0")
}

/// A port for a server that will be killed and started again. Below the range from which systems take ports of
/// outgoing connections: a client that keeps knocking while the server is down could otherwise be given that very
/// port, connect to itself and hold it. Two calls give two ports, though nothing listens on the first one yet.
pub fn free_port() -> Result<u16> {
    static GIVEN: AtomicU32 = AtomicU32::new(0);
    let start = (std::process::id() + GIVEN.fetch_add(1, Ordering::Relaxed) * 1_001) % 10_000;
    let ports = (0..10_000).map(|i| 15_000 + (start + i * 7) % 10_000).filter_map(|p| u16::try_from(p).ok());
    let mut free = ports.filter(|p| TcpListener::bind(("127.0.0.1", *p)).is_ok());
    free.next().ok_or_else(|| "no free port between 15000 and 25000".to_owned())
}

/// A folder of our own under `target`, made when missing.
pub fn scratch(name: &str) -> Result<PathBuf> {
    let dir = target_dir().join("xtask").join(name);
    std::fs::create_dir_all(&dir).map_err(|e| format!("cannot make {}: {e}", dir.display()))?;
    Ok(dir)
}

/// The folder cargo builds into.
pub fn target_dir() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// Builds the server and gives its path.
pub fn build_wufei() -> Result<PathBuf> {
    run(cmd(&cargo(), &["build", "--locked", "--package", "wufei"], &root()))?;
    let bin = target_dir().join("debug").join("wufei");
    if bin.is_file() { Ok(bin) } else { Err(format!("the build left no {}", bin.display())) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_go_and_words_stay() {
        assert_eq!(
            without_colours("\u{1b}[2m   Tests \u{1b}[22m \u{1b}[1m38 passed\u{1b}[39m (38)"),
            "   Tests  38 passed (38)"
        );
    }

    #[test]
    fn a_program_that_fails_is_never_a_success() {
        assert!(run(cmd("false", &[] as &[&str], &root())).is_err());
        assert!(read(cmd("no-such-program", &[] as &[&str], &root())).is_err());
    }
}
