//! The commands of the binary: each parses nothing and rules nothing, it only calls what does the work and says the
//! result.

mod decode;
mod demo;
mod drives;
mod ingest;
mod maintain;
mod past;
mod people;
mod serve;
mod trucks;
mod verify;

pub use demo::settings as demo_settings;

use std::io::{IsTerminal, Write};
use std::process::ExitCode;

use tracing_subscriber::EnvFilter;

use crate::Failure;
use crate::cli::{Cli, Command};
use crate::config::LogFormat;

/// Runs a command to its end.
pub fn start(cli: Cli) -> ExitCode {
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            complain(&format!("cannot start: {error}"));
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(run(cli)) {
        Ok(code) => code,
        Err(failure) => {
            complain(&failure.to_string());
            ExitCode::FAILURE
        }
    }
}

async fn run(cli: Cli) -> Result<ExitCode, Failure> {
    match cli.command {
        Command::Demo(options) => demo::run(options).await?,
        Command::Serve(options) => serve::run(options).await?,
        Command::Migrate(database) => maintain::migrate(database).await?,
        Command::Backup(options) => maintain::backup(options).await?,
        Command::Restore(options) => maintain::restore(options).await?,
        Command::Verify(options) => return verify::run(options).await,
        Command::Import(options) => maintain::import(options).await?,
        Command::ResetPassword(options) => serve::reset_password(options).await?,
        Command::Openapi => {
            let document = crate::server::openapi::complete(app::api().into_openapi());
            say(&document.to_pretty_json().map_err(|e| Failure::new(e.to_string()))?);
        }
        Command::Decode(options) => return decode::run(&options),
        Command::Trucks(options) => trucks::run(options).await?,
        Command::People(options) => {
            tokio::task::spawn_blocking(move || people::run(&options))
                .await
                .map_err(|e| Failure::new(e.to_string()))??;
        }
        Command::Ingest(options) => ingest::run(options).await?,
        Command::Bench(options) => crate::bench::run(options).await?,
    }
    Ok(ExitCode::SUCCESS)
}

/// One line for the person at the terminal, or for whoever reads the output. A closed pipe is not an error.
pub(crate) fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}

fn complain(line: &str) {
    let _ = writeln!(std::io::stderr().lock(), "wufei: {line}");
}

/// Sets up the log on standard error; RUST_LOG chooses more or less.
fn log(format: LogFormat, default: &str) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(default));
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    let done = match format {
        LogFormat::Text => builder.with_target(false).try_init(),
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
    };
    if let Err(error) = done {
        complain(&format!("the log cannot be set up: {error}"));
    }
}
