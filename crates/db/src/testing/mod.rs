//! Tests on real databases. [`both!`](crate::both) instantiates a test on SQLite in a temporary directory and on
//! PostgreSQL in a database of its own, dropped afterwards. A server is taken from `WUFEI_TEST_POSTGRES` (a URL),
//! else from 127.0.0.1:5432 as user `postgres`, else started privately from the installed binaries; if all that
//! is impossible the test fails and says what to install. Nothing is skipped silently.

mod server;

use std::ops::Deref;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures::FutureExt;
use futures::future::LocalBoxFuture;

use crate::{Db, DbConfig, DbError, EngineKind, Migration, Value};

/// A database for one test; goes away when the test ends.
pub struct TestDb {
    db: Db,
    url: String,
    directory: tempfile::TempDir,
}

impl Deref for TestDb {
    type Target = Db;
    fn deref(&self) -> &Db {
        &self.db
    }
}

impl TestDb {
    /// The address, for opening it a second time.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// A directory for the test's files.
    pub fn directory(&self) -> &std::path::Path {
        self.directory.path()
    }

    /// Runs one statement past the journal and every rule, as a tamperer with the database's password would.
    pub async fn tamper(&self, sql: &str, params: &[Value]) -> Result<u64, DbError> {
        self.db.direct().await?.exec(sql, params).await
    }
}

/// Runs `test` on `engine` in a fresh database with this crate's and the given migrations.
///
/// # Panics
/// When the database cannot be made or the test answers an error: this is a test's frame.
pub fn run<F>(engine: EngineKind, migrations: &[Migration], test: F)
where
    F: for<'a> FnOnce(&'a TestDb) -> LocalBoxFuture<'a, Result<(), Box<dyn std::error::Error>>>,
{
    let outcome = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(Box::<dyn std::error::Error>::from)
        .and_then(|runtime| {
            let outcome = runtime.block_on(async {
                let db = create(engine).await?;
                let mut outcome = db.migrate(migrations).await.map(drop).map_err(Into::into);
                let mut panicked = None;
                if outcome.is_ok() {
                    // A failed assertion must not leave the database behind.
                    match AssertUnwindSafe(test(&db)).catch_unwind().await {
                        Ok(end) => outcome = end,
                        Err(panic) => panicked = Some(panic),
                    }
                }
                let destroyed = destroy(db).await;
                if let Some(panic) = panicked {
                    std::panic::resume_unwind(panic);
                }
                outcome.and(destroyed)
            });
            runtime.shutdown_timeout(Duration::from_secs(5));
            outcome
        });
    if let Err(e) = outcome {
        #[expect(clippy::panic, reason = "a failing test must fail")]
        {
            panic!("{engine:?}: {e}");
        }
    }
}

async fn create(engine: EngineKind) -> Result<TestDb, Box<dyn std::error::Error>> {
    let directory = tempfile::tempdir()?;
    let url = match engine {
        EngineKind::Sqlite => format!("sqlite:{}", directory.path().join("test.db").display()),
        EngineKind::Postgres => server::create_database().await?,
    };
    let db = Db::open(&DbConfig::new(&url)).await?;
    Ok(TestDb { db, url, directory })
}

/// An empty second database of `engine`, not migrated, for restore tests. Drop it with [`destroy`].
pub async fn create_empty(engine: EngineKind) -> Result<TestDb, Box<dyn std::error::Error>> {
    create(engine).await
}

/// Drops a database made by [`create_empty`].
pub async fn destroy(db: TestDb) -> Result<(), Box<dyn std::error::Error>> {
    let TestDb { db, url, directory } = db;
    let engine = db.engine();
    drop(db);
    if engine == EngineKind::Postgres {
        server::drop_database(&url).await?;
    }
    directory.close()?;
    Ok(())
}

/// Writes a test once and runs it on both engines:
///
/// ```text
/// db::both! { migrations = MIGRATIONS;
///     fn balance_holds(db) { db.read(…).await?; Ok(()) }
/// }
/// ```
/// The body is `async`, `db` is a `&TestDb` (which is a [`Db`]), and `?` works on any error. Without the line
/// `migrations = …;` only this crate's tables exist. Each test becomes a module with `sqlite` and `postgres`.
#[macro_export]
macro_rules! both {
    (migrations = $m:expr; $($(#[$a:meta])* fn $name:ident($db:ident) $body:block)+) => {$(
        $(#[$a])*
        mod $name {
            use super::*;
            async fn body($db: &$crate::testing::TestDb) -> Result<(), Box<dyn ::std::error::Error>> $body
            #[test]
            fn sqlite() {
                $crate::testing::run($crate::EngineKind::Sqlite, $m, |db| ::std::boxed::Box::pin(body(db)));
            }
            #[test]
            fn postgres() {
                $crate::testing::run($crate::EngineKind::Postgres, $m, |db| ::std::boxed::Box::pin(body(db)));
            }
        }
    )+};
    ($($(#[$a:meta])* fn $name:ident($db:ident) $body:block)+) => {
        $crate::both! { migrations = &[]; $($(#[$a])* fn $name($db) $body)+ }
    };
}
