//! Keeping a database: schema, copies, imports from the command line.

use std::path::PathBuf;
use std::sync::Arc;

use app::kit::clock::{RandomIds, SystemClock};
use app::kit::{Lang, OpContext, Settings};
use app::registry::entity::Entity;
use app::registry::{entities, table};
use db::{Db, DbConfig};

use super::{log, say};
use crate::Failure;
use crate::cli::{Backup, Database, Import, Restore};
use crate::config::LogFormat;
use crate::house::{self, Plan, Profile};

async fn open(database: &Database) -> Result<Db, Failure> {
    log(LogFormat::Text, "warn");
    let url = database.url()?;
    if let (Some(dir), None) = (&database.data_dir, &database.database) {
        std::fs::create_dir_all(dir).map_err(|e| Failure::new(format!("{}: {e}", dir.display())))?;
    }
    Ok(Db::open(&DbConfig::new(url)).await?)
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
    let url = options.database.url()?;
    if let Some(path) = url.strip_prefix("sqlite:")
        && !PathBuf::from(path).is_file()
    {
        return Err(Failure::new(format!("there is no database {path}")));
    }
    log(LogFormat::Text, "warn");
    // A copy leaves its source alone.
    Db::open(&DbConfig { read_only: true, ..DbConfig::new(url) }).await?.backup(&options.to).await?;
    say(&format!("written 已备份: {}", options.to.display()));
    say(
        "the signing key is not in it: keep checkpoint.key of the data directory elsewhere 签名密钥须另行保存",
    );
    Ok(())
}

/// Puts a copy back.
pub async fn restore(options: Restore) -> Result<(), Failure> {
    let db = open(&options.database).await?;
    db.restore(&options.from).await?;
    db.migrate(app::migrations()).await?;
    say("restored and verified 已恢复并核验");
    Ok(())
}

/// Reads a register from a file, as the house itself.
pub async fn import(options: Import) -> Result<(), Failure> {
    log(LogFormat::Text, "warn");
    let entity = Entity::of(&options.entity).ok_or_else(|| {
        let known: Vec<&str> = entities::ENTITIES.iter().map(|e| e.key).collect();
        Failure::new(format!("there is no register {:?}; known: {}", options.entity, known.join(", ")))
    })?;
    let bytes =
        std::fs::read(&options.file).map_err(|e| Failure::new(format!("{}: {e}", options.file.display())))?;
    let profile = Profile::named(&options.profile)?;
    let data_dir = options
        .database
        .data_dir
        .clone()
        .ok_or_else(|| Failure::new("import needs --data-dir: it holds the signing key of the record"))?;
    let kit = house::open(Plan {
        url: options.database.url()?,
        data_dir,
        settings: Settings { profile: options.profile.clone(), ..Settings::default() },
        profile,
        clock: Arc::new(SystemClock),
        ids: Arc::new(RandomIds),
        past: None,
    })
    .await?;
    let ctx = OpContext::system(&kit.settings.tenant);
    match table::import::import(&kit, &ctx, entity, bytes, options.dry_run).await {
        Ok(report) => {
            let how =
                if report.dry_run { "checked, nothing written 仅检查" } else { "imported 已导入" };
            say(&format!(
                "{how}: {} rows, {} new, {} changed, {} as they were",
                report.rows, report.created, report.updated, report.unchanged
            ));
            Ok(())
        }
        Err(problem) => {
            let body = problem.body(Lang::En, "");
            for e in &body.errors {
                say(&format!("{}  {}  {} {}", e.path, e.rule, e.message, e.remedy));
                say(&format!("    {}", e.messages.get("zh-CN").map_or("", String::as_str)));
            }
            Err(Failure::new(format!("{}; nothing was written", body.title)))
        }
    }
}
