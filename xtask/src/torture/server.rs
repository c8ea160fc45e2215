//! The server under torture: a process of its own with its own data, killed and started again. It must never
//! touch data that it did not make.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::http::Http;
use crate::postgres::Server as Postgres;
use crate::sh::{self, Result};

/// Where the server keeps its record.
pub enum Store {
    /// A file in the data directory.
    Sqlite,
    /// A database made for this run.
    Postgres {
        /// Its server.
        server: Postgres,
        /// Its name.
        database: String,
    },
}

/// The server with everything to start it again.
pub struct Victim {
    bin: PathBuf,
    /// Data directory.
    pub dir: PathBuf,
    /// Port it answers on.
    pub port: u16,
    /// Its record.
    pub store: Store,
    seed: u64,
    /// More arguments of `wufei demo`.
    extra: Vec<String>,
    child: Option<Child>,
}

impl Victim {
    /// Prepares a data directory and a database; starts nothing.
    pub fn prepare(bin: &Path, dir: &Path, store: Store, seed: u64) -> Result<Self> {
        std::fs::create_dir_all(dir).map_err(|e| format!("cannot make {}: {e}", dir.display()))?;
        if let Store::Postgres { server, database } = &store {
            server.address.execute(&format!("create database {database}"))?;
        }
        let port = sh::free_port()?;
        Ok(Self {
            bin: bin.to_path_buf(),
            dir: dir.to_path_buf(),
            port,
            store,
            seed,
            extra: Vec::new(),
            child: None,
        })
    }

    /// Gives `wufei demo` more arguments.
    pub fn more(&mut self, extra: &[&str]) {
        self.extra.extend(extra.iter().map(|a| (*a).to_owned()));
    }

    fn log(&self) -> PathBuf {
        self.dir.join("server.log")
    }

    /// Where the record is, as arguments of the command line.
    fn place(&self) -> Vec<String> {
        let mut args = vec!["--data-dir".to_owned(), self.dir.join("data").to_string_lossy().into_owned()];
        if let Store::Postgres { server, database } = &self.store {
            args.extend(["--database".to_owned(), server.address.url(Some(database))]);
        }
        args
    }

    /// Starts the process and does not wait.
    pub fn spawn(&mut self) -> Result<()> {
        let log = File::options()
            .create(true)
            .append(true)
            .open(self.log())
            .map_err(|e| format!("cannot write {}: {e}", self.log().display()))?;
        let twin = log.try_clone().map_err(|e| e.to_string())?;
        let mut c = Command::new(&self.bin);
        c.args(["demo", "--empty"])
            .args(["--port", &self.port.to_string(), "--seed", &self.seed.to_string()])
            .args(self.place())
            .args(&self.extra);
        let child = c.stdin(Stdio::null()).stdout(log).stderr(twin).spawn();
        self.child = Some(child.map_err(|e| format!("cannot start {}: {e}", self.bin.display()))?);
        Ok(())
    }

    /// Starts the process and waits until it is ready; gives the seconds it took.
    pub fn start(&mut self, patience: Duration) -> Result<f64> {
        let begun = Instant::now();
        if self.child.is_none() {
            self.spawn()?;
        }
        loop {
            if let Some(status) = self.child.as_mut().and_then(|c| c.try_wait().ok().flatten()) {
                self.child = None;
                return Err(format!(
                    "the server ended by itself ({status}); its log: {}",
                    self.log().display()
                ));
            }
            if Http::new(self.port).call("GET", "/readyz", &[], None).is_ok_and(|a| a.ok()) {
                return Ok(begun.elapsed().as_secs_f64());
            }
            if begun.elapsed() > patience {
                return Err(format!(
                    "the server was not ready after {} s; its log: {}",
                    patience.as_secs(),
                    self.log().display()
                ));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// SIGKILL, as the kernel or a power button would; waits for the end.
    pub fn kill(&mut self) -> Result<()> {
        if let Some(mut c) = self.child.take() {
            c.kill().map_err(|e| format!("cannot kill the server: {e}"))?;
            c.wait().map_err(|e| e.to_string())?;
        }
        Ok(())
    }

    /// The ingest log from an offset on, while the server rests.
    pub fn dump(&self, from: u64) -> Result<String> {
        let mut c = Command::new(&self.bin);
        c.args(["ingest", "dump", "--from", &from.to_string(), "--data-dir"]).arg(self.dir.join("data"));
        sh::read(c)
    }

    /// Checks the record offline, read tables rebuilt and compared.
    pub fn verify(&self, rebuild: bool) -> Result<String> {
        let mut c = Command::new(&self.bin);
        c.arg("verify").args(self.place());
        if rebuild {
            c.arg("--rebuild");
        }
        let out = c.stdin(Stdio::null()).output().map_err(|e| format!("cannot start verify: {e}"))?;
        let said =
            format!("{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
        if out.status.success() {
            Ok(said)
        } else {
            Err(format!("`{}` failed ({}):\n{said}", sh::shown(&c), out.status))
        }
    }

    /// Removes everything that was made for the run.
    pub fn clean(mut self) -> Result<()> {
        self.kill()?;
        if let Store::Postgres { server, database } = &self.store {
            server.address.execute(&format!("drop database if exists {database}"))?;
        }
        std::fs::remove_dir_all(&self.dir).map_err(|e| format!("cannot remove {}: {e}", self.dir.display()))
    }
}

impl Drop for Victim {
    fn drop(&mut self) {
        if self.kill().is_err() {
            eprintln!("the server may still be running on port {}", self.port);
        }
    }
}
