//! `wufei`: reads the command line, sets up the log and runs one command.

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let cli = wufei::cli::Cli::parse();
    wufei::commands::start(cli)
}
