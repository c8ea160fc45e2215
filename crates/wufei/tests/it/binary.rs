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

/// A heartbeat, the standard's fields by table; a location of each edition, a wrong checksum, garbage.
const LINES: &str = "\
# of a device that is being connected

7E 02 00 00 26 12 34 56 78 90 12 00 7D 02 00 00 00 01 00 00 00 02 00 BA 7F 0E 07 E4 F1 1C 00 28 00 3C 00 00 18 10 15 10 10 10 01 04 00 00 00 64 02 02 00 7D 01 13 7E
7e0002000001393202810100018b7e
7e00020000013932028101000188ff7e
this is no frame
";

fn decoded(arguments: &[&str], input: &[u8]) -> (Output, Vec<serde_json::Value>) {
    let mut child = Command::new(BIN)
        .args(["decode", "jt808"])
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    child.stdin.take().expect("input").write_all(input).expect("sent");
    let output = child.wait_with_output().expect("it ends");
    let lines = String::from_utf8_lossy(&output.stdout)
        .lines()
        .map(|l| serde_json::from_str(l).unwrap_or_else(|e| panic!("one object a line: {e} in {l}")))
        .collect();
    (output, lines)
}

#[test]
fn frames_are_decoded_line_by_line_and_bad_ones_say_where() {
    let (output, lines) = decoded(&[], LINES.as_bytes());
    assert!(output.status.success(), "a bad frame is an answer: {}", text(&output));
    assert_eq!(lines.len(), 4, "blank lines and notes are no frames: {lines:?}");
    let location = &lines[0];
    assert_eq!(location["edition"], "2013");
    assert_eq!((&location["terminal"], &location["serial"]), (&"123456789012".into(), &126.into()));
    // Units are in the names.
    for (field, value) in [
        ("latitude_deg", "12.222222"),
        ("longitude_deg", "132.444444"),
        ("altitude_m", "40"),
        ("speed_kmh", "6.0"),
        ("heading_deg", "0"),
    ] {
        assert_eq!(location[field].to_string(), value, "{field}");
    }
    assert_eq!(location["time"], "2018-10-15T10:10:10+08:00");
    assert_eq!(
        location["items"],
        serde_json::json!([
            {"id": "0x01", "mileage_km": 10.0}, {"id": "0x02", "fuel_l": 12.5},
        ])
    );
    assert_eq!(lines[1]["message"], "heartbeat", "{}", lines[1]);
    assert_eq!(lines[2]["error"]["code"], "bad_checksum", "{}", lines[2]);
    assert!(lines[2]["error"]["offset"].is_u64() && lines[2]["error"]["expected"].is_string());
    assert_eq!(lines[3]["error"]["code"], "not_hex", "{}", lines[3]);
    assert_eq!(lines[3]["error"]["column"], 1);

    // Whoever builds a check on it is told by the exit.
    let (strict, _) = decoded(&["--strict"], LINES.as_bytes());
    assert_eq!(strict.status.code(), Some(1));
    let dir = tempfile::tempdir().expect("directory");
    let file = dir.path().join("frames.txt");
    std::fs::write(&file, LINES.lines().nth(2).expect("the location")).expect("write");
    let (from_file, again) = decoded(&["--strict", file.to_str().expect("path")], b"");
    assert!(from_file.status.success());
    assert_eq!(again, lines[..1]);
    let (missing, none) = decoded(&["/nowhere.txt"], b"");
    assert!(!missing.status.success() && none.is_empty() && text(&missing).contains("/nowhere.txt"));
}

#[test]
fn a_frame_of_2019_is_decoded_with_its_longer_number() {
    use wire::jt808::{Body, Header, Item, Location, TerminalNumber, Version, encode, id};
    let version = Version::V2019 { protocol: 1 };
    let terminal = TerminalNumber::padded("13932028102", version).expect("a number");
    let mut location = Location {
        alarm: 0,
        status: 0b11,
        lat_e6: 31_902_928,
        lon_e6: 120_333_791,
        altitude_m: 15,
        speed_kmh_tenths: 612,
        heading_deg: 270,
        time_us: 1_714_523_415_000_000,
        extras: Vec::new(),
    };
    location.add(&Item::Satellites { count: 12 }).expect("short");
    let header = Header::new(id::LOCATION, version, terminal, 7);
    let frame = encode(&header, &Body::Location(location)).expect("encodes");
    let hex: Vec<String> = frame.iter().map(|b| format!("{b:02x}")).collect();
    let (_, lines) = decoded(&[], format!("{}\n\n", hex.concat()).as_bytes());
    let [said] = &lines[..] else { panic!("one frame, one object: {lines:?}") };
    assert_eq!((&said["edition"], &said["protocol"]), (&"2019".into(), &1.into()));
    assert_eq!(said["terminal"], "00000000013932028102");
    assert_eq!((said["speed_kmh"].to_string(), said["altitude_m"].to_string()), ("61.2".into(), "15".into()));
    assert_eq!((&said["latitude_deg"], &said["longitude_deg"]), (&31.902_928.into(), &120.333_791.into()));
    assert_eq!(said["time"], "2024-05-01T08:30:15+08:00");
    assert_eq!(said["items"][0]["satellites"], 12, "{said}");
}
