//! Where databases are made for a measurement: one that is prepared, and identical copies of it, one a run. All of them
//! go when the measurement ends, also when it fails.

use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio_postgres::NoTls;

use super::{Bench, Engine};
use crate::Failure;

/// A place for databases.
pub struct Place {
    dir: tempfile::TempDir,
    /// URL of the PostgreSQL server's administrative database.
    server: Option<String>,
    made: usize,
}

const SERVER: &str = "postgres://postgres@127.0.0.1:5432/postgres";

impl Place {
    pub fn new(options: &Bench) -> Result<Self, Failure> {
        let mut builder = tempfile::Builder::new();
        builder.prefix("wufei-bench-");
        let dir = match &options.dir {
            Some(dir) => builder.tempdir_in(dir)?,
            None => builder.tempdir()?,
        };
        let named = || options.database.clone().or_else(|| std::env::var("WUFEI_TEST_POSTGRES").ok());
        let server =
            (options.engine == Engine::Postgres).then(|| named().unwrap_or_else(|| SERVER.to_owned()));
        Ok(Self { dir, server, made: 0 })
    }

    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    fn name(&self, number: usize) -> String {
        format!("wufei_bench_{}_{number}", std::process::id())
    }

    /// Path of the file that a URL of this place names; only for SQLite.
    pub fn file(&self, url: &str) -> PathBuf {
        PathBuf::from(url.trim_start_matches("sqlite:"))
    }

    fn url(&self, number: usize) -> String {
        let name = self.name(number);
        match &self.server {
            None => format!("sqlite:{}", self.dir().join(name).with_extension("db").display()),
            Some(server) => format!("{}/{name}", server.rsplit_once('/').map_or(server.as_str(), |(s, _)| s)),
        }
    }

    /// Makes an empty database and answers its URL.
    pub async fn create(&mut self) -> Result<String, Failure> {
        let number = self.made;
        if self.server.is_some() {
            let name = self.name(number);
            self.admin(&format!("create database {name} template template0 encoding 'UTF8'")).await?;
        }
        self.made += 1;
        Ok(self.url(number))
    }

    /// Copies a database that nobody uses any more, and lets the copy reach the disk, so that its writing does not
    /// disturb what is measured.
    pub async fn copy(&mut self, base: &str) -> Result<String, Failure> {
        let (number, url) = (self.made, self.url(self.made));
        if self.server.is_some() {
            let from = base.rsplit_once('/').map_or(base, |(_, n)| n);
            self.admin(&format!("create database {} template {from}", self.name(number))).await?;
            self.made += 1;
            self.admin("checkpoint").await?;
            return Ok(url);
        }
        let to = self.file(&url);
        std::fs::copy(self.file(base), &to)?;
        self.made += 1;
        std::fs::File::open(&to)?.sync_all()?;
        std::fs::File::open(self.dir())?.sync_all()?;
        Ok(url)
    }

    /// Waits until the last connection is gone: SQLite then removes its log, PostgreSQL forgets the session.
    pub async fn rest(&self, url: &str) -> Result<(), Failure> {
        for _ in 0..500 {
            let busy = match &self.server {
                None => self.settle(url),
                Some(_) => {
                    let name = url.rsplit_once('/').map_or(url, |(_, n)| n);
                    self.ask(&format!("select 1 from pg_stat_activity where datname = '{name}'")).await?
                }
            };
            if !busy {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Err(Failure::new("a database of the measurement stays in use"))
    }

    /// Whether a file's log is still there. Two connections that close at once may each take the other for the last
    /// and leave the log behind; so a connection of our own closes after them.
    fn settle(&self, url: &str) -> bool {
        let (file, log) = (self.file(url), self.file(url).with_extension("db-wal"));
        if log.exists()
            && let Ok(last) = rusqlite::Connection::open(file)
        {
            // An error means that somebody still works with it: the next round tries again.
            let _ = last.query_row("pragma wal_checkpoint(truncate)", [], |_| Ok(()));
        }
        log.exists()
    }

    /// Drops one.
    pub async fn discard(&self, url: &str) -> Result<(), Failure> {
        if self.server.is_some() {
            let name = url.rsplit_once('/').map_or(url, |(_, n)| n);
            return self.admin(&format!("drop database if exists {name} with (force)")).await;
        }
        let file = self.file(url);
        for path in [file.with_extension("db-wal"), file.with_extension("db-shm"), file] {
            if path.exists() {
                std::fs::remove_file(path)?;
            }
        }
        Ok(())
    }

    /// Drops all that are left.
    pub async fn clear(self) -> Result<(), Failure> {
        for number in 0..self.made {
            self.discard(&self.url(number)).await?;
        }
        Ok(self.dir.close()?)
    }

    async fn admin(&self, sql: &str) -> Result<(), Failure> {
        self.ask(sql).await.map(drop)
    }

    /// Whether a statement on the server answers a row.
    async fn ask(&self, sql: &str) -> Result<bool, Failure> {
        let server = self.server.as_deref().unwrap_or(SERVER);
        let wrong = |e: tokio_postgres::Error| {
            let why = e.as_db_error().map_or_else(|| e.to_string(), ToString::to_string);
            Failure::new(format!("PostgreSQL server of the measurement: {why}"))
        };
        let (client, connection) = tokio_postgres::connect(server, NoTls).await.map_err(wrong)?;
        let connection = tokio::spawn(connection);
        let rows = client.simple_query(sql).await.map_err(wrong);
        drop(client);
        let _ = connection.await;
        Ok(rows?.iter().any(|m| matches!(m, tokio_postgres::SimpleQueryMessage::Row(_))))
    }
}
