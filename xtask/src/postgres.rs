//! A PostgreSQL to test against: one that answers, or a private one started from installed binaries. Speaks
//! just enough of the wire protocol to make and drop a database; it must never touch a database it did not make.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::sh::{self, Result, cmd};

/// Address of a server: superuser, host, port.
#[derive(Clone, Debug, PartialEq)]
pub struct Address {
    /// Role to connect as.
    pub user: String,
    /// Password, when the address has one.
    pub password: Option<String>,
    /// Host name or address.
    pub host: String,
    /// Port.
    pub port: u16,
    /// Database to connect to first.
    pub database: String,
}

impl Address {
    /// The usual local server with trust.
    pub fn local(port: u16) -> Self {
        Self {
            user: "postgres".into(),
            password: None,
            host: "127.0.0.1".into(),
            port,
            database: "postgres".into(),
        }
    }

    /// Reads `postgres://user[:password]@host[:port][/database]`.
    pub fn parse(url: &str) -> Result<Self> {
        let bad = || {
            format!("`{url}` is not a PostgreSQL address like postgres://postgres@127.0.0.1:5432/postgres")
        };
        let rest =
            url.strip_prefix("postgres://").or_else(|| url.strip_prefix("postgresql://")).ok_or_else(bad)?;
        let rest = rest.split('?').next().unwrap_or(rest);
        let (who, place) = rest.rsplit_once('@').unwrap_or(("postgres", rest));
        let (user, password) = who.split_once(':').map_or((who, None), |(u, p)| (u, Some(p.to_owned())));
        let (host, database) = place.split_once('/').unwrap_or((place, "postgres"));
        let (host, port) = host
            .rsplit_once(':')
            .map_or(Ok((host, 5432)), |(h, p)| p.parse().map(|p| (h, p)))
            .map_err(|_| bad())?;
        let database = if database.is_empty() { "postgres" } else { database };
        Ok(Self { user: user.into(), password, host: host.into(), port, database: database.into() })
    }

    /// As an URL, for `database` or the one of the address.
    pub fn url(&self, database: Option<&str>) -> String {
        let password = self.password.as_ref().map(|p| format!(":{p}")).unwrap_or_default();
        format!(
            "postgres://{}{password}@{}:{}/{}",
            self.user,
            self.host,
            self.port,
            database.unwrap_or(&self.database)
        )
    }

    /// Runs one statement without result; the server must let us in without SCRAM.
    pub fn execute(&self, sql: &str) -> Result<()> {
        let mut s = Session::open(self)?;
        s.simple(sql)
    }
}

/// One connection: start-up and simple queries only.
struct Session(TcpStream);

impl Session {
    fn open(a: &Address) -> Result<Self> {
        let at = format!("{}:{}", a.host, a.port);
        let fail = |e: std::io::Error| format!("PostgreSQL at {at}: {e}");
        let stream = TcpStream::connect(&at).map_err(fail)?;
        stream.set_read_timeout(Some(Duration::from_secs(30))).map_err(fail)?;
        let mut body = 196_608i32.to_be_bytes().to_vec();
        for (k, v) in [("user", a.user.as_str()), ("database", a.database.as_str())] {
            body.extend_from_slice(k.as_bytes());
            body.push(0);
            body.extend_from_slice(v.as_bytes());
            body.push(0);
        }
        body.push(0);
        let mut s = Self(stream);
        s.send(None, &body)?;
        loop {
            let (tag, body) = s.receive()?;
            match tag {
                b'R' => match be32(&body) {
                    0 => {}
                    3 => {
                        let mut p = a.password.clone().unwrap_or_default().into_bytes();
                        p.push(0);
                        s.send(Some(b'p'), &p)?;
                    }
                    _ => {
                        return Err(format!(
                            "PostgreSQL at {at} asks for a password method that tasks do not speak; give WUFEI_TEST_POSTGRES an address with trust"
                        ));
                    }
                },
                b'E' => return Err(format!("PostgreSQL at {at}: {}", message(&body))),
                b'Z' => return Ok(s),
                _ => {}
            }
        }
    }

    fn simple(&mut self, sql: &str) -> Result<()> {
        let mut body = sql.as_bytes().to_vec();
        body.push(0);
        self.send(Some(b'Q'), &body)?;
        let mut error = None;
        loop {
            let (tag, body) = self.receive()?;
            match tag {
                b'E' => error = Some(format!("PostgreSQL: {} (in: {sql})", message(&body))),
                b'Z' => return error.map_or(Ok(()), Err),
                _ => {}
            }
        }
    }

    fn send(&mut self, tag: Option<u8>, body: &[u8]) -> Result<()> {
        let mut out = Vec::with_capacity(body.len() + 5);
        out.extend(tag);
        out.extend_from_slice(&u32::try_from(body.len() + 4).unwrap_or(u32::MAX).to_be_bytes());
        out.extend_from_slice(body);
        self.0.write_all(&out).map_err(|e| format!("PostgreSQL: {e}"))
    }

    fn receive(&mut self) -> Result<(u8, Vec<u8>)> {
        let mut head = [0u8; 5];
        self.0.read_exact(&mut head).map_err(|e| format!("PostgreSQL: {e}"))?;
        let len = be32(&head[1..]).saturating_sub(4).min(1 << 20);
        let mut body = vec![0; len as usize];
        self.0.read_exact(&mut body).map_err(|e| format!("PostgreSQL: {e}"))?;
        Ok((head[0], body))
    }
}

fn be32(b: &[u8]) -> u32 {
    b.iter().take(4).fold(0, |n, x| n << 8 | u32::from(*x))
}

/// The `M` field of an error.
fn message(body: &[u8]) -> String {
    body.split(|b| *b == 0)
        .find_map(|f| f.strip_prefix(b"M"))
        .map_or_else(|| "an error without a message".to_owned(), |m| String::from_utf8_lossy(m).into_owned())
}

/// A server for the tests: somebody's, or ours, which ends with this value.
pub struct Server {
    /// Where it answers.
    pub address: Address,
    private: Option<Private>,
}

struct Private {
    bin: PathBuf,
    dir: PathBuf,
    user: Option<String>,
}

/// A server that already answers: the one named by WUFEI_TEST_POSTGRES, or the usual local one.
pub fn running() -> Result<Option<Server>> {
    if let Ok(url) = std::env::var("WUFEI_TEST_POSTGRES") {
        let address = Address::parse(&url)?;
        TcpStream::connect((address.host.as_str(), address.port)).map_err(|e| {
            format!("WUFEI_TEST_POSTGRES names {}:{}, which does not answer: {e}", address.host, address.port)
        })?;
        return Ok(Some(Server { address, private: None }));
    }
    let address = Address::local(5432);
    let ok = address.execute("select 1").is_ok();
    Ok(ok.then_some(Server { address, private: None }))
}

/// The folder with `initdb`, newest version first.
pub fn binaries() -> Option<PathBuf> {
    let mut found = Vec::new();
    for base in ["/usr/lib/postgresql", "/usr", "/opt/homebrew/opt", "/usr/local/opt"] {
        for entry in std::fs::read_dir(base).into_iter().flatten().flatten() {
            let bin = entry.path().join("bin");
            if bin.join("initdb").is_file() {
                found.push(bin);
            }
        }
    }
    found.sort();
    found.pop().or_else(|| Some(sh::which("initdb")?.parent()?.to_path_buf()))
}

impl Server {
    /// Starts a private server in a temporary folder. `durable` keeps fsync on.
    pub fn start(bin: &Path, durable: bool) -> Result<Self> {
        let port = sh::free_port()?;
        let dir = std::env::temp_dir().join(format!("wufei-postgres-{}-{port}", std::process::id()));
        std::fs::create_dir_all(&dir).map_err(|e| format!("cannot make {}: {e}", dir.display()))?;
        // PostgreSQL refuses to run as root: a packaged installation brings its own user.
        let user = if sh::is_root() {
            let user = if sh::read(cmd("id", &["postgres"], &dir)).is_ok() { "postgres" } else { "nobody" };
            sh::read(cmd("chown", &[user, &dir.to_string_lossy()], &dir))?;
            Some(user.to_owned())
        } else {
            None
        };
        let private = Private { bin: bin.to_path_buf(), dir, user };
        let data = private.dir.join("data").to_string_lossy().into_owned();
        private.call(
            "initdb",
            &["-D", &data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale", "-N"],
        )?;
        let conf = format!(
            "port = {port}\nlisten_addresses = '127.0.0.1'\nunix_socket_directories = '{}'\nmax_connections = 200\n{}",
            private.dir.display(),
            if durable { "" } else { "fsync = off\nfull_page_writes = off\n" }
        );
        let extra = private.dir.join("wufei.conf");
        std::fs::write(&extra, conf).map_err(|e| format!("cannot write {}: {e}", extra.display()))?;
        let server = Self { address: Address::local(port), private: Some(private) };
        server.up()?;
        Ok(server)
    }

    /// A server that somebody else runs.
    pub fn at(address: Address) -> Self {
        Self { address, private: None }
    }

    /// Whether the server is ours to kill.
    pub fn is_private(&self) -> bool {
        self.private.is_some()
    }

    /// Starts the private server (again) and waits until it answers.
    pub fn up(&self) -> Result<()> {
        let Some(p) = &self.private else { return Ok(()) };
        if self.address.execute("select 1").is_ok() {
            return Ok(());
        }
        let (data, log) = (p.dir.join("data"), p.dir.join("log"));
        let deadline = Instant::now() + Duration::from_secs(60);
        // After a kill the old children may still hold the shared memory for a moment: try again until then.
        loop {
            let options = format!(
                "-c config_file={0}/postgresql.conf -c hba_file={0}/pg_hba.conf {1}",
                data.display(),
                p.settings()?
            );
            let tried = p.call(
                "pg_ctl",
                &[
                    "-D",
                    &data.to_string_lossy(),
                    "-l",
                    &log.to_string_lossy(),
                    "-o",
                    &options,
                    "-w",
                    "-t",
                    "30",
                    "start",
                ],
            );
            match tried {
                Ok(()) => return Ok(()),
                Err(e) if Instant::now() > deadline => {
                    let said = std::fs::read_to_string(&log).unwrap_or_default();
                    let tail: Vec<_> = said.lines().rev().take(12).collect();
                    let tail: Vec<_> = tail.into_iter().rev().collect();
                    return Err(format!("{e}; the end of its log:\n{}", tail.join("\n")));
                }
                Err(_) => std::thread::sleep(Duration::from_millis(300)),
            }
        }
    }

    /// SIGKILL to the whole private server, as a crash of the machine's process would be.
    pub fn kill(&self) -> Result<()> {
        let Some(p) = &self.private else { return Err("only a private PostgreSQL may be killed".into()) };
        let file = p.dir.join("data/postmaster.pid");
        let pid = sh::read(cmd("head", &["-n", "1", &file.to_string_lossy()], &p.dir))?;
        sh::read(cmd("kill", &["-KILL", pid.trim()], &p.dir)).map(|_| ())
    }
}

impl Private {
    /// The settings of ours as command-line options.
    fn settings(&self) -> Result<String> {
        let text = std::fs::read_to_string(self.dir.join("wufei.conf")).map_err(|e| e.to_string())?;
        Ok(text
            .lines()
            .filter_map(|l| l.split_once(" = "))
            .map(|(k, v)| format!("-c {k}={v}"))
            .collect::<Vec<_>>()
            .join(" "))
    }

    fn call(&self, program: &str, args: &[&str]) -> Result<()> {
        let program = self.bin.join(program).to_string_lossy().into_owned();
        let mut c = match &self.user {
            Some(user) => {
                let mut all = vec!["-u", user.as_str(), "--", program.as_str()];
                all.extend_from_slice(args);
                cmd("runuser", &all, &self.dir)
            }
            None => cmd(&program, args, &self.dir),
        };
        // pg_ctl leaves the server with the caller's pipes: they must not be ours, or reading never ends.
        let line = sh::shown(&c);
        let log = self.dir.join("tool.log");
        let open = || std::fs::File::create(&log).map_err(|e| format!("cannot write {}: {e}", log.display()));
        let status = c.stdin(std::process::Stdio::null()).stdout(open()?).stderr(open()?).status();
        let status = status.map_err(|e| format!("cannot start `{line}`: {e}"))?;
        if status.success() {
            return Ok(());
        }
        Err(format!("`{line}` failed: {}", std::fs::read_to_string(&log).unwrap_or_default().trim()))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(p) = &self.private {
            let data = p.dir.join("data").to_string_lossy().into_owned();
            let stopped = p.call("pg_ctl", &["-D", &data, "-m", "immediate", "-w", "stop"]);
            if stopped.is_ok() && std::fs::remove_dir_all(&p.dir).is_err() {
                eprintln!("left behind: {}", p.dir.display());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_and_written() {
        let a = Address::parse("postgres://me:pw@db.example:6000/test?sslmode=disable").unwrap();
        assert_eq!((a.user.as_str(), a.port, a.database.as_str()), ("me", 6000, "test"));
        assert_eq!(a.url(Some("x")), "postgres://me:pw@db.example:6000/x");
        assert_eq!(Address::parse("postgres://postgres@127.0.0.1").unwrap(), Address::local(5432));
        assert!(Address::parse("mysql://x").is_err());
        assert!(Address::parse("postgres://a@b:port/c").is_err());
    }

    #[test]
    fn the_message_of_an_error_is_found() {
        assert_eq!(message(b"SERROR\0C42601\0Msyntax error\0\0"), "syntax error");
    }
}
