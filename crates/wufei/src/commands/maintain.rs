//! Keeping a database: schema, copies, imports from the command line.

use db::{Db, DbConfig};

use super::{log, say};
use crate::Failure;
use crate::cli::{Backup, Database, Import, Restore};
use crate::config::LogFormat;

async fn open(database: &Database) -> Result<Db, Failure> {
    log(LogFormat::Text, "warn");
    if let Some(dir) = &database.data_dir {
        std::fs::create_dir_all(dir).map_err(|e| Failure::new(format!("{}: {e}", dir.display())))?;
    }
    Ok(Db::open(&DbConfig::new(database.url()?)).await?)
}

/// Brings a database to this binary's schema.
pub async fn migrate(database: Database) -> Result<(), Failure> {
    let db = open(&database).await?;
    let applied = db.migrate(app::migrations()).await?;
    if applied.is_empty() {
        say("the schema is up to date 数据库已是最新");
    } else {
        let list: Vec<String> = applied.iter().map(|n| format!("{n:04}")).collect();
        say(&format!("applied 已执行: {}", list.join(", ")));
    }
    Ok(())
}

/// Writes a copy.
pub async fn backup(options: Backup) -> Result<(), Failure> {
    let _ = open(&options.database).await?;
    Err(Failure::new("backup"))
}

/// Puts a copy back.
pub async fn restore(options: Restore) -> Result<(), Failure> {
    let _ = options.database.url()?;
    Err(Failure::new("restore"))
}

/// Reads a register from a file.
pub async fn import(options: Import) -> Result<(), Failure> {
    let _ = options.database.url()?;
    Err(Failure::new("import"))
}
