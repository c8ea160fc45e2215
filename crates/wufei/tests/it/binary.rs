//! The real program: starts, says where it is, stops when asked, keeps its data, refuses what is unsafe, and finds
//! what was altered.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

const BIN: &str = env!("CARGO_BIN_EXE_wufei");

fn wufei(arguments: &[&str]) -> Output {
    Command::new(BIN).args(arguments).output().expect("the program runs")
}

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// A started server; stopped when dropped.
struct Running {
    child: Child,
    address: String,
    said: Vec<String>,
}

impl Running {
    fn start(arguments: &[&str]) -> Self {
        let mut child =
            Command::new(BIN).args(arguments).stdout(Stdio::piped()).spawn().expect("the program starts");
        let mut said = Vec::new();
        let mut lines = BufReader::new(child.stdout.take().expect("output")).lines();
        let address = loop {
            let line = lines
                .next()
                .unwrap_or_else(|| panic!("it ended before it was ready: {said:?}"))
                .expect("text");
            said.push(line.clone());
            if let Some(rest) = line.strip_prefix("无废 ready at http://") {
                break rest.split(' ').next().unwrap_or_default().to_owned();
            }
        };
        // The rest of the output is of no interest, but the pipe must not fill up.
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, address, said }
    }

    fn get(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).expect("connect");
        write!(stream, "GET {path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n\r\n", self.address)
            .expect("send");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("read");
        answer
    }

    fn stop(mut self) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().expect("kill").success());
        let status = self.child.wait().expect("wait");
        assert!(status.success(), "a signal is no failure: {status}");
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_demonstration_is_kept_verified_copied_and_every_change_by_hand_is_found() {
    let dir = tempfile::tempdir().expect("directory");
    let data = dir.path().join("data");
    let data = data.to_str().expect("path");
    let first = Running::start(&["demo", "--port", "0", "--data-dir", data, "--empty"]);
    assert!(first.said.iter().any(|l| l.contains(data)), "{:?}", first.said);
    assert!(first.said.iter().any(|l| l.contains("secadmin")), "{:?}", first.said);
    assert!(first.get("/healthz").contains("200 OK"));
    assert!(first.get("/readyz").contains("200 OK"));
    assert!(first.get("/api/demo/accounts").contains("\"clerk\""));
    // The first one is signed within a second.
    let checkpoint = (0..50)
        .find_map(|_| {
            std::thread::sleep(std::time::Duration::from_millis(100));
            Some(first.get("/api/proof/checkpoint")).filter(|c| c.contains("\"size\":"))
        })
        .expect("a checkpoint");
    let head =
        checkpoint.split("\"size\":").nth(1).and_then(|r| r.split(',').next()).expect("size").to_owned();
    first.stop();

    let second = Running::start(&["demo", "--port", "0", "--data-dir", data]);
    let again = second.get("/api/proof/checkpoint");
    assert!(again.contains(&format!("\"size\":{head},")), "the city is made once: {again}");
    second.stop();

    let good = wufei(&["verify", "--data-dir", data, "--rebuild"]);
    assert!(good.status.success(), "{}", text(&good));
    let json = wufei(&["verify", "--data-dir", data, "--rebuild", "--json"]);
    let report: serde_json::Value = serde_json::from_slice(&json.stdout).expect("JSON");
    assert_eq!(report["ok"], true);

    let copy = dir.path().join("copy.db");
    let copy = copy.to_str().expect("path");
    assert!(wufei(&["backup", "--data-dir", data, "--to", copy]).status.success());
    assert!(
        !wufei(&["backup", "--data-dir", data, "--to", copy]).status.success(),
        "a copy is never overwritten"
    );
    let restored = dir.path().join("restored");
    let restored = restored.to_str().expect("path");
    let done = wufei(&["restore", "--from", copy, "--data-dir", restored]);
    assert!(done.status.success(), "{}", text(&done));
    assert!(wufei(&["verify", "--data-dir", restored, "--rebuild"]).status.success());
    assert!(
        !wufei(&["restore", "--from", copy, "--data-dir", restored]).status.success(),
        "only into an empty place"
    );

    for (statement, word) in [
        ("update account set roles = '[\"security_admin\"]' where login = 'clerk'", "account"),
        ("delete from audit_entry where position = (select min(position) from audit_entry)", "audit_entry"),
        (
            "insert into delegation select tenant_id, 'forged', agent_org_id, client_org_id, scope, valid_from, valid_to, status, reason, revoke_reason, created_by, created_at, updated_at, version from delegation limit 1",
            "delegation",
        ),
        ("update org set name = 'x' where profile_key = 'office'", "org"),
        (
            "update journal_event set canonical = replace(canonical, 'clerk', 'klerk') where kind = 'identity.account_saved'",
            "event",
        ),
    ] {
        let forged = dir.path().join("forged");
        let _ = std::fs::remove_dir_all(&forged);
        std::fs::create_dir(&forged).expect("directory");
        std::fs::copy(copy, forged.join("wufei.db")).expect("copy");
        alter(&forged.join("wufei.db"), statement);
        let found = wufei(&["verify", "--data-dir", forged.to_str().expect("path"), "--rebuild"]);
        assert_eq!(found.status.code(), Some(1), "{statement}: {}", text(&found));
        assert!(text(&found).contains(word), "{statement}: {}", text(&found));
    }
}

fn alter(file: &Path, statement: &str) {
    let connection = rusqlite::Connection::open(file).expect("open");
    let changed = connection.execute(statement, []).expect("alter");
    assert!(changed > 0, "{statement} changes nothing");
}

#[test]
fn verifying_and_copying_leave_their_source_alone() {
    let dir = tempfile::tempdir().expect("directory");
    let (data, copy) = (dir.path().join("data"), dir.path().join("copy.db"));
    let (data, copy) = (data.to_str().expect("path"), copy.to_str().expect("path"));
    Running::start(&["demo", "--port", "0", "--data-dir", data, "--empty"]).stop();
    let file = Path::new(data).join("wufei.db");
    // Whoever opens it to write turns this mode back.
    let connection = rusqlite::Connection::open(&file).expect("open");
    connection.pragma_update(None, "journal_mode", "delete").expect("mode");
    drop(connection);
    let before = std::fs::read(&file).expect("read");
    let verified = wufei(&["verify", "--data-dir", data, "--rebuild"]);
    assert!(verified.status.success(), "{}", text(&verified));
    let copied = wufei(&["backup", "--data-dir", data, "--to", copy]);
    assert!(copied.status.success(), "{}", text(&copied));
    assert!(std::fs::read(&file).expect("read") == before, "not a byte of the source changed");
}

#[test]
fn a_production_start_refuses_what_is_unsafe_and_makes_the_administrators_once() {
    let dir = tempfile::tempdir().expect("directory");
    let (data, file) = (dir.path().join("data"), dir.path().join("wufei.toml"));
    let config = |more: &str| {
        let text = format!("profile = \"jiangyin\"\nlisten = \"127.0.0.1:0\"\ndata_dir = {data:?}\n{more}");
        std::fs::write(&file, text).expect("write");
    };
    let path = file.to_str().expect("path").to_owned();
    config("public_url = \"http://wufei.example\"\n[session]\nrequire_second_factor = false\n");
    let refused = wufei(&["serve", "--config", &path]);
    assert!(!refused.status.success());
    for word in ["https://", "require_second_factor"] {
        assert!(text(&refused).contains(word), "{}", text(&refused));
    }
    assert!(!data.exists(), "nothing is made before the configuration is accepted");

    config("public_url = \"https://wufei.example\"\n");
    let first = Running::start(&["serve", "--config", &path]);
    for login in ["sysadmin", "secadmin", "auditadmin"] {
        assert_eq!(first.said.iter().filter(|l| l.contains(login)).count(), 1, "{:?}", first.said);
    }
    assert!(first.get("/api/demo/accounts").contains("404"));
    first.stop();
    let second = Running::start(&["serve", "--config", &path]);
    assert!(
        !second.said.iter().any(|l| l.contains("secadmin")),
        "passwords are shown once: {:?}",
        second.said
    );
    second.stop();
    let reset = wufei(&["reset-password", "--config", &path, "secadmin"]);
    assert!(reset.status.success() && text(&reset).contains("secadmin  "), "{}", text(&reset));

    let demo = dir.path().join("demo");
    Running::start(&["demo", "--port", "0", "--data-dir", demo.to_str().expect("path"), "--empty"]).stop();
    std::fs::write(&file, format!("profile = \"jiangyin\"\nlisten = \"127.0.0.1:0\"\ndata_dir = {demo:?}\npublic_url = \"https://wufei.example\"\n")).expect("write");
    let refused = wufei(&["serve", "--config", &path]);
    assert!(!refused.status.success() && text(&refused).contains("demonstration"), "{}", text(&refused));
}

#[test]
fn help_and_mistakes_are_answered_in_words() {
    assert!(text(&wufei(&["--help"])).contains("verify"));
    for arguments in [
        vec!["verify"],
        vec!["verify", "--data-dir", "/nowhere/at/all"],
        vec!["serve", "--config", "/nowhere.toml"],
        vec!["demo", "--port", "0", "--profile", "atlantis"],
        vec!["bench", "nothing"],
        vec!["import", "nothing", "/nowhere.csv", "--data-dir", "/nowhere"],
    ] {
        let output = wufei(&arguments);
        assert!(!output.status.success(), "{arguments:?}");
        assert!(
            text(&output).len() > 20 && !text(&output).contains("panicked"),
            "{arguments:?}: {}",
            text(&output)
        );
    }
}

#[test]
fn registers_are_imported_from_the_command_line_all_or_nothing() {
    let dir = tempfile::tempdir().expect("directory");
    let data = dir.path().join("data");
    let data = data.to_str().expect("path");
    let file = dir.path().join("orgs.csv");
    std::fs::write(&file, "名称,类型\n甲,\n").expect("write");
    let output = wufei(&["import", "orgs", file.to_str().expect("path"), "--data-dir", data]);
    assert!(!output.status.success());
    assert!(text(&output).contains("nothing was written"), "{}", text(&output));
}
