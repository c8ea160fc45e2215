//! Finding or starting a PostgreSQL server for tests. A server that was started here lives in the temporary
//! directory under a fixed name and is used again by the next test process, since each test is a process.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::OnceCell;
use tokio_postgres::{Config, NoTls};

type Error = Box<dyn std::error::Error>;

/// The port of the private server.
const PORT: u16 = 54_329;
static SERVER: OnceCell<String> = OnceCell::const_new();
static COUNT: AtomicU64 = AtomicU64::new(0);

/// A new database; answers its URL.
pub(super) async fn create_database() -> Result<String, Error> {
    let server = server().await?;
    let name = format!("wufei_test_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    let name = format!("{name}_{:x}", crate::clock::now());
    admin(server, &format!("create database {name} template template0 encoding 'UTF8'")).await?;
    Ok(format!("{}/{name}", server.rsplit_once('/').map_or(server, |(s, _)| s)))
}

/// Drops a database made by [`create_database`], and closes what is still connected.
pub(super) async fn drop_database(url: &str) -> Result<(), Error> {
    let name = url.rsplit_once('/').map_or(url, |(_, n)| n);
    admin(server().await?, &format!("drop database if exists {name} with (force)")).await
}

/// URL of the server with its administrative database at the end.
async fn server() -> Result<&'static str, Error> {
    SERVER.get_or_try_init(find).await.map(String::as_str)
}

async fn find() -> Result<String, Error> {
    if let Ok(url) = std::env::var("WUFEI_TEST_POSTGRES") {
        admin(&url, "select 1").await.map_err(|e| format!("WUFEI_TEST_POSTGRES does not answer: {e}"))?;
        return Ok(url);
    }
    for url in ["postgres://postgres@127.0.0.1:5432/postgres".to_owned(), private_url()] {
        if admin(&url, "select 1").await.is_ok() {
            return Ok(url);
        }
    }
    let bin = binaries().ok_or(
        "no PostgreSQL found. Install it (Debian, Ubuntu: apt-get install postgresql; Fedora: dnf install \
         postgresql-server; macOS: brew install postgresql) or set WUFEI_TEST_POSTGRES to the URL of a server \
         where databases may be created",
    )?;
    tokio::task::spawn_blocking(move || start(&bin).map_err(|e| e.to_string())).await??;
    for _ in 0..100 {
        if admin(&private_url(), "select 1").await.is_ok() {
            return Ok(private_url());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Err(format!("the private PostgreSQL server in {} does not answer", home().display()).into())
}

fn private_url() -> String {
    format!("postgres://postgres@127.0.0.1:{PORT}/postgres")
}

fn home() -> PathBuf {
    std::env::temp_dir().join("wufei-test-postgres")
}

async fn admin(url: &str, sql: &str) -> Result<(), Error> {
    let mut config: Config = url.parse()?;
    config.connect_timeout(Duration::from_secs(5));
    let (client, connection) = config.connect(NoTls).await?;
    let connection = tokio::spawn(connection);
    let outcome = client.batch_execute(sql).await;
    drop(client);
    connection.abort();
    outcome.map_err(|e| crate::error::chain(&e).into())
}

/// Directory of `initdb` and `pg_ctl`, newest version first.
fn binaries() -> Option<PathBuf> {
    let mut places: Vec<PathBuf> = Vec::new();
    for root in ["/usr/lib/postgresql", "/usr/local/opt", "/opt/homebrew/opt"] {
        if let Ok(entries) = std::fs::read_dir(root) {
            let mut versions: Vec<PathBuf> = entries.flatten().map(|e| e.path().join("bin")).collect();
            versions.sort();
            places.extend(versions.into_iter().rev());
        }
    }
    places.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()));
    places.into_iter().find(|p| p.join("initdb").exists() && p.join("pg_ctl").exists())
}

/// Initialises the private cluster once and starts it. Concurrent tests wait for each other by a lock directory.
fn start(bin: &Path) -> Result<(), Error> {
    let home = home();
    let lock = home.with_extension("lock");
    let held = (0..600).any(|_| {
        std::fs::create_dir(&lock).is_ok() || {
            std::thread::sleep(Duration::from_millis(100));
            false
        }
    });
    if !held {
        return Err(format!("another test holds {} for too long; remove it", lock.display()).into());
    }
    let outcome = start_locked(bin, &home);
    std::fs::remove_dir(&lock)?;
    outcome
}

fn start_locked(bin: &Path, home: &Path) -> Result<(), Error> {
    let data = home.join("data");
    if !data.join("PG_VERSION").exists() {
        std::fs::create_dir_all(home)?;
        if is_root() {
            // initdb refuses root.
            run(Command::new("chown").arg("postgres").arg(home))?;
        }
        let mut initdb = as_postgres(&bin.join("initdb"));
        initdb.arg("-D").arg(&data).args(["-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "-N"]);
        run(&mut initdb)?;
    }
    let options = format!(
        "-p {PORT} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off -c max_connections=200"
    );
    let mut start = as_postgres(&bin.join("pg_ctl"));
    start.arg("-D").arg(&data).arg("-o").arg(options).arg("-l").arg(home.join("log")).args(["-w", "start"]);
    match run(&mut start) {
        // Another process may have started it in the meantime.
        Err(_) if std::net::TcpStream::connect(("127.0.0.1", PORT)).is_ok() => Ok(()),
        other => other,
    }
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|o| o.stdout.trim_ascii() == b"0")
}

fn as_postgres(program: &Path) -> Command {
    if is_root() {
        let mut command = Command::new("runuser");
        command.args(["-u", "postgres", "--"]).arg(program).current_dir("/");
        command
    } else {
        Command::new(program)
    }
}

fn run(command: &mut Command) -> Result<(), Error> {
    // Not piped: pg_ctl hands its output on to the server, which keeps it open.
    let output = command.stdin(std::process::Stdio::null()).stdout(std::process::Stdio::null()).status()?;
    if output.success() { Ok(()) } else { Err(format!("{command:?} failed: {output}").into()) }
}
