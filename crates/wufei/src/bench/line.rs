//! A measured figure: medians, ratio, how far the bare runs lie apart, and what makes the figure honest beside it.

use std::io::Write;
use std::time::{Duration, Instant};

use serde::Serialize;
use serde_json::{Map, Value};

use crate::Failure;

/// Above this spread of the bare runs the machine was too busy for the ratio to mean much.
const NOISY: f64 = 0.2;

/// One line of output.
#[derive(Clone, Debug, Serialize)]
pub struct Line {
    /// Measurement.
    pub bench: &'static str,
    /// Database engine.
    pub engine: &'static str,
    /// Median of ours.
    pub ours: f64,
    /// Median of the bare equivalent.
    pub bare: f64,
    /// Ours by bare.
    pub ratio: f64,
    /// Unit of both.
    pub unit: &'static str,
    /// Runs of each side.
    pub runs: usize,
    /// Largest minus smallest bare run, by the median.
    pub spread: f64,
    /// The bare runs lie more than a fifth apart.
    pub noisy: bool,
    /// `debug` or `release`.
    pub build: &'static str,
    /// Load of the machine over the last minute, at the end.
    pub load: Option<f64>,
    /// What else belongs to the figure.
    #[serde(flatten)]
    pub detail: Map<String, Value>,
}

impl Line {
    /// The figure of runs measured in turn.
    pub fn new(
        bench: &'static str,
        engine: &'static str,
        unit: &'static str,
        ours: &[Run],
        bare: &[Run],
    ) -> Self {
        let rates = |runs: &[Run]| -> Vec<f64> { runs.iter().map(Run::rate).collect() };
        let (o, b) = (rates(ours), rates(bare));
        // Rounded first, so that the figure shown and the verdict on it cannot differ.
        let (middle, spread) = (median(&b), round(spread(&b), 3));
        let mut detail = Map::new();
        let cpu = |runs: &[Run]| {
            let all: Option<Vec<f64>> = runs.iter().map(Run::cpu_micros).collect();
            all.map(|v| round(median(&v), 1))
        };
        detail.insert("ours_cpu_us".to_owned(), cpu(ours).into());
        detail.insert("bare_cpu_us".to_owned(), cpu(bare).into());
        Self {
            bench,
            engine,
            ours: round(median(&o), 1),
            bare: round(middle, 1),
            ratio: round(median(&o) / middle, 3),
            unit,
            runs: bare.len(),
            spread,
            noisy: spread > NOISY,
            build: if cfg!(debug_assertions) { "debug" } else { "release" },
            load: load(),
            detail,
        }
    }

    /// The figure of times, milliseconds, measured beside one another: medians of the runs' 99th percentiles. Smaller is
    /// better here, and the ratio is how much longer ours took.
    pub fn latency(bench: &'static str, engine: &'static str, ours: &[Vec<f64>], bare: &[Vec<f64>]) -> Self {
        let tails = |runs: &[Vec<f64>]| -> Vec<f64> { runs.iter().map(|r| percentile(r, 99)).collect() };
        let all = |runs: &[Vec<f64>]| -> Vec<f64> { runs.concat() };
        let (o, b) = (tails(ours), tails(bare));
        let (middle, spread) = (median(&b), round(spread(&b), 3));
        let line = Self {
            bench,
            engine,
            ours: round(median(&o), 2),
            bare: round(middle, 2),
            ratio: round(median(&o) / middle.max(1e-9), 3),
            unit: "ms (p99)",
            runs: bare.len(),
            spread,
            noisy: spread > NOISY,
            build: if cfg!(debug_assertions) { "debug" } else { "release" },
            load: load(),
            detail: Map::new(),
        };
        let (ours, bare) = (all(ours), all(bare));
        line.with("p50_ms", round(percentile(&ours, 50), 2))
            .with("p99_ms", round(percentile(&ours, 99), 2))
            .with("worst_ms", round(percentile(&ours, 100), 2))
            .with("bare_p50_ms", round(percentile(&bare, 50), 2))
            .with("count", ours.len())
    }

    /// Adds what else belongs to the figure.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.detail.insert(name.to_owned(), value.into());
        self
    }

    /// As a JSON object.
    pub fn json(&self) -> Result<String, Failure> {
        serde_json::to_string(self).map_err(|e| Failure::new(e.to_string()))
    }

    /// For people.
    pub fn text(&self) -> String {
        let Self { bench, engine, ours, bare, ratio, unit, runs, spread, build, .. } = self;
        format!(
            "{bench} ({engine}, {build}): ours {ours} {unit}, bare {bare} {unit}, ratio {ratio}; {runs} runs each, \
             bare spread {:.0} %",
            spread * 100.0
        )
    }

    /// Says on standard error when the machine was too busy.
    pub fn warn(&self) {
        if self.noisy {
            let _ = writeln!(
                std::io::stderr().lock(),
                "warning: {} ({}): the bare runs lie {:.0} % apart (limit {:.0} %): measure again on a quiet machine",
                self.bench,
                self.engine,
                self.spread * 100.0,
                NOISY * 100.0
            );
        }
    }
}

/// One measured run.
#[derive(Clone, Copy, Debug)]
pub struct Run {
    operations: usize,
    took: Duration,
    /// Processor time of this process in hundredths of a second.
    ticks: Option<u64>,
}

/// A stopwatch over wall and processor time.
pub struct Watch {
    start: Instant,
    ticks: Option<u64>,
}

impl Watch {
    /// Starts.
    pub fn start() -> Self {
        Self { ticks: ticks(), start: Instant::now() }
    }

    /// Stops after so many operations.
    pub fn stop(self, operations: usize) -> Run {
        let took = self.start.elapsed();
        let spent = ticks().zip(self.ticks).map(|(end, start)| end.saturating_sub(start));
        Run { operations, took, ticks: spent }
    }
}

impl Run {
    /// Operations a second.
    pub fn rate(&self) -> f64 {
        self.operations as f64 / self.took.as_secs_f64().max(1e-9)
    }

    fn cpu_micros(&self) -> Option<f64> {
        self.ticks.map(|t| t as f64 * 10_000.0 / self.operations.max(1) as f64)
    }
}

/// User and system time of this process as Linux counts it, in hundredths of a second.
fn ticks() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/self/stat").ok()?;
    let mut fields = text.rsplit_once(')')?.1.split_ascii_whitespace().skip(11);
    Some(fields.next()?.parse::<u64>().ok()? + fields.next()?.parse::<u64>().ok()?)
}

fn load() -> Option<f64> {
    std::fs::read_to_string("/proc/loadavg").ok()?.split_ascii_whitespace().next()?.parse().ok()
}

fn sorted(values: &[f64]) -> Vec<f64> {
    let mut all = values.to_vec();
    all.sort_by(f64::total_cmp);
    all
}

fn median(values: &[f64]) -> f64 {
    let all = sorted(values);
    match all.len() {
        0 => 0.0,
        n if n % 2 == 1 => all[n / 2],
        n => f64::midpoint(all[n / 2 - 1], all[n / 2]),
    }
}

/// The smallest value that so many of a hundred are not above.
fn percentile(values: &[f64], percent: usize) -> f64 {
    let all = sorted(values);
    let rank = (all.len() * percent).div_ceil(100).max(1);
    all.get(rank - 1).copied().unwrap_or(0.0)
}

fn spread(values: &[f64]) -> f64 {
    let all = sorted(values);
    match (all.first(), all.last()) {
        (Some(least), Some(most)) => (most - least) / median(&all).max(1e-9),
        _ => 0.0,
    }
}

fn round(value: f64, digits: i32) -> f64 {
    let scale = 10_f64.powi(digits);
    (value * scale).round() / scale
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_and_spread() {
        assert_eq!(median(&[3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), 2.5);
        let hundred: Vec<f64> = (1..=100).map(f64::from).collect();
        assert_eq!((percentile(&hundred, 50), percentile(&hundred, 99)), (50.0, 99.0));
        assert_eq!((percentile(&[7.0], 99), percentile(&[], 50)), (7.0, 0.0));
        assert_eq!(spread(&[90.0, 100.0, 120.0]), 0.3);
    }
}
