//! `cargo xtask fuzz`: every target in turn, for a time or a number of inputs, or one input of a file again.
#![expect(clippy::print_stdout, reason = "a task speaks to the person who started it")]

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use fuzz::{Failure, Limits, TARGETS, fuzz, named, replay, speak_of_panics};

/// Throws damaged frames, files and texts at what reads them.
#[derive(Parser)]
#[command(name = "cargo xtask fuzz", bin_name = "cargo xtask fuzz")]
struct Cli {
    /// Seconds in all, shared by the targets
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// Inputs a target at most
    #[arg(long, default_value_t = u64::MAX)]
    inputs: u64,
    /// Target: frame, stream, parts, line (all four: jt808), log, condition
    #[arg(long, default_value = "all")]
    target: String,
    /// Seed; the same inputs come again with it
    #[arg(long)]
    seed: Option<u64>,
    /// Folder for inputs that fail
    #[arg(long, default_value = "target/fuzz")]
    dir: PathBuf,
    /// Only look at the input in this file again; names its target
    #[arg(long)]
    replay: Option<PathBuf>,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    speak_of_panics();
    match run(&cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

fn run(cli: &Cli) -> Result<(), String> {
    let Some(targets) = named(&cli.target) else {
        let known: Vec<&str> = TARGETS.iter().map(|t| t.name).collect();
        return Err(format!("there is no target {:?}; known: all, jt808, {}", cli.target, known.join(", ")));
    };
    if let Some(file) = &cli.replay {
        let [target] = targets[..] else { return Err("--replay needs --target with one name".to_owned()) };
        let input = std::fs::read(file).map_err(|e| format!("{}: {e}", file.display()))?;
        replay(&target, &input).map_err(|f| told(&f))?;
        println!("{}: {} bytes, nothing wrong", target.name, input.len());
        return Ok(());
    }
    let seed = cli.seed.unwrap_or_else(chance);
    println!("seed {seed}");
    let share = Duration::from_secs(cli.seconds) / u32::try_from(targets.len()).unwrap_or(1);
    let limits = Limits { time: share, inputs: cli.inputs };
    for target in targets {
        let begun = std::time::Instant::now();
        let done = fuzz(&target, seed, limits, &cli.dir).map_err(|f| told(&f))?;
        println!(
            "{:<10} {:>9} inputs, {:>6} different outcomes, {:.1} s: {}",
            target.name,
            done.inputs,
            done.outcomes,
            begun.elapsed().as_secs_f64(),
            target.about
        );
    }
    Ok(())
}

/// A seed that differs from run to run.
fn chance() -> u64 {
    use std::hash::{BuildHasher, RandomState};
    RandomState::new().hash_one("fuzz") % 1_000_000
}

fn told(failure: &Failure) -> String {
    let shown: Vec<String> = failure.input.iter().take(200).map(|b| format!("{b:02x}")).collect();
    let file = failure.file.as_ref().map_or_else(
        || "the input could not be kept".to_owned(),
        |f| format!("again: cargo xtask fuzz --target {} --replay {}", failure.target, f.display()),
    );
    format!(
        "\n{}: {}\ninput of {} bytes: {}\n{file}",
        failure.target,
        failure.what,
        failure.input.len(),
        shown.concat()
    )
}
