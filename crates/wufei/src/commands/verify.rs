//! `wufei verify`: says whether the record is intact, and exactly what is not.

use std::path::Path;
use std::process::ExitCode;

use app::ReadModel;
use db::{CheckpointSigner, Db, DbConfig, NoteKey, Rebuild, VerifyOptions, VerifyReport, open_checkpoint};

use super::{log, say};
use crate::Failure;
use crate::cli::Verify;
use crate::config::LogFormat;
use crate::house::KEY_FILE;

/// Verifies and answers the exit code.
pub async fn run(options: Verify) -> Result<ExitCode, Failure> {
    log(LogFormat::Text, "warn");
    let url = options.database.url()?;
    if let Some(path) = url.strip_prefix("sqlite:")
        && !Path::new(path).is_file()
    {
        return Err(Failure::new(format!("there is no database {path}")));
    }
    // Verifying never changes what it verifies.
    let db = Db::open(&DbConfig { read_only: true, ..DbConfig::new(url) }).await?;
    let checkpoint = match &options.checkpoint {
        None => None,
        Some(file) => Some(
            std::fs::read_to_string(file)
                .map_err(|e| Failure::new(format!("checkpoint {}: {e}", file.display())))?,
        ),
    };
    let keys = match &options.key {
        Some(text) => vec![NoteKey::parse(text)?],
        None => own_keys(&db, options.database.data_dir.as_deref()).await?,
    };
    let wanted = VerifyOptions { checkpoint, keys, ..VerifyOptions::default() };
    let model = ReadModel;
    let rebuild: Option<&dyn Rebuild> = if options.rebuild { Some(&model) } else { None };
    let report = db.verify(&wanted, rebuild).await?;
    if options.json {
        say(&serde_json::to_string_pretty(&report).map_err(|e| Failure::new(e.to_string()))?);
    } else {
        tell(&report);
    }
    Ok(if report.ok { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Public keys of the signing key in the data directory, one for each log whose checkpoints are stored.
async fn own_keys(db: &Db, data_dir: Option<&Path>) -> Result<Vec<NoteKey>, Failure> {
    let Some(file) = data_dir.map(|d| d.join(KEY_FILE)).filter(|f| f.is_file()) else {
        return Ok(Vec::new());
    };
    let mut keys = Vec::new();
    for tenant in db.tenants().await? {
        let Some(newest) = db.checkpoints(&tenant, 1).await?.pop() else { continue };
        // What the note claims decides only which key is tried; whether it holds is what verification shows.
        let Ok(note) = open_checkpoint(&newest.note) else { continue };
        let Some(name) = note.origin.strip_suffix(&format!("/{tenant}")) else { continue };
        keys.push(CheckpointSigner::open_or_create(name, &file)?.verifier(&tenant));
    }
    Ok(keys)
}

fn tell(report: &VerifyReport) {
    for t in &report.tenants {
        say(&format!("{}: {} events, root {}", t.tenant, t.events, t.root));
        say(&format!("  checkpoints {} ({} signatures checked)", t.checkpoints, t.signatures_checked));
        say(&format!("  personal values {} present, {} erased", t.personal_present, t.personal_erased));
        if let Some(e) = &t.external {
            let signed = if e.signed { "signature holds" } else { "signature not checked" };
            let consistent = if e.consistent { "consistent" } else { "NOT consistent" };
            say(&format!("  given checkpoint of {} events: {consistent}, {signed}", e.size));
        }
        for finding in &t.findings {
            say(&format!("  WRONG: {finding}"));
        }
        hidden(t.findings_total, t.findings.len());
    }
    if let Some(r) = &report.rebuild {
        let rows: u64 = r.rows.values().sum();
        say(&format!(
            "read tables: {} events replayed, {rows} rows of {} tables compared",
            r.events,
            r.rows.len()
        ));
        for finding in &r.findings {
            say(&format!("  WRONG: {finding}"));
        }
        hidden(r.findings_total, r.findings.len());
    }
    say(if report.ok { "intact 完好" } else { "NOT intact 不完好" });
}

fn hidden(total: u64, shown: usize) {
    let more = total.saturating_sub(u64::try_from(shown).unwrap_or(u64::MAX));
    if more > 0 {
        say(&format!("  … and {more} more"));
    }
}
