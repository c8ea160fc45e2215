//! Tasks of the project: `cargo xtask demo`, `test`, `web`, `tidy`, `torture`, `fuzz`, `licences`. It stands on
//! little more than the standard library, because it is compiled before everything else; it must never hold a rule of
//! the product, and it may only read what other crates build.
#![expect(clippy::print_stdout, reason = "a task speaks to the person who started it")]

mod demo;
mod fuzz;
mod licences;
mod node;
mod postgres;
mod prereq;
mod sh;
mod stages;
mod tidy;
mod torture;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Tasks of 无废 (Wufei). Run them from anywhere inside the repository.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Build everything and start the demonstration city; what follows is given to `wufei demo`.
    Demo {
        /// Arguments of `wufei demo`: --port N, --data-dir DIR, --database URL, --size small|city, --fresh, --seed N,
        /// --profile NAME, --empty, --gateway-port N, --no-trucks, --no-people. Without --data-dir and --database the city is
        /// kept under target/demo.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<String>,
    },
    /// Install the npm packages and build the front end into web/dist.
    Web,
    /// Run all tests, in the order of cheapness; stops at the first stage that fails.
    Test {
        /// Leave out what needs a browser or a long time: browser tests, size budget, torture.
        #[arg(long)]
        fast: bool,
    },
    /// Check the house rules (order of contexts, purity, sizes, texts, dependencies).
    Tidy,
    /// Break the running server on purpose and check that nothing acknowledged is lost.
    Torture {
        #[command(subcommand)]
        kind: TortureKind,
    },
    /// Throw damaged frames, log files and conditions at what reads them; what follows is given to the fuzzer.
    Fuzz {
        /// Arguments of the fuzzer: --seconds N, --inputs N, --target NAME, --seed N, --replay FILE.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<String>,
    },
    /// Write the tables of third-party licences in LICENSES.md anew.
    Licences {
        /// Only check that they are up to date.
        #[arg(long)]
        check: bool,
    },
}

#[derive(Subcommand)]
enum TortureKind {
    /// SIGKILL under signing load; every acknowledged signature must be there, none half there.
    Kill(torture::KillArgs),
    /// SIGKILL while terminals report; every acknowledged frame must be in the ingest log, once.
    Ingest(torture::ingest::IngestArgs),
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let result = match cli.task {
        Task::Demo { args } => demo::run(&args),
        Task::Web => node::build(&sh::root()).map(|_| ()),
        Task::Test { fast } => stages::run(fast),
        Task::Tidy => tidy::run(&sh::root()).map(|_| ()),
        Task::Torture { kind: TortureKind::Kill(args) } => torture::kill(&args).map(|_| ()),
        Task::Torture { kind: TortureKind::Ingest(args) } => torture::ingest::run(&args).map(|_| ()),
        Task::Fuzz { args } => fuzz::run(&args),
        Task::Licences { check } => licences::run(&sh::root(), check),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("\nxtask: {message}");
            ExitCode::FAILURE
        }
    }
}
