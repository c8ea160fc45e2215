//! What a position costs on disk, and how fast a truck's day is read back, against a bare read of the same number of
//! fixed-size records from a flat file of that truck alone.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use telemetry::blocks::{BlockConfig, BlockStore, Fix};
use telemetry::disk::RealDisk;
use telemetry::sample::truck_day;

use super::line::{Line, Run, Watch};
use super::place::Place;
use super::{Bench, NOW};
use crate::Failure;

/// Reads a run.
const COUNT: usize = 200;
/// Trucks that share the day's file.
const TRUCKS: usize = 40;
/// Seconds between positions.
const INTERVAL_S: u32 = 15;
const DAY_US: i64 = 86_400_000_000;
/// A fixed-size record: times, place, altitude, speed, heading, alarm, status, and room for the usual items.
const RECORD: usize = 64;

/// Measures.
pub async fn measure(options: &Bench) -> Result<Vec<Line>, Failure> {
    let place = Place::new(options)?;
    let dir = place.dir().to_owned();
    let (trucks, reads, runs) =
        (options.clients.unwrap_or(TRUCKS), options.count.unwrap_or(COUNT), options.runs);
    let line = tokio::task::spawn_blocking(move || measured(&dir, trucks, reads, runs))
        .await
        .map_err(|e| Failure::new(e.to_string()))?;
    let cleared = place.clear().await;
    let line = line?;
    cleared?;
    Ok(vec![line])
}

fn measured(dir: &Path, trucks: usize, reads: usize, runs: usize) -> Result<Line, Failure> {
    let failed = |e: telemetry::blocks::BlockError| Failure::new(e.to_string());
    let start = NOW - NOW.rem_euclid(DAY_US);
    let days: Vec<Vec<Fix>> = (0..trucks).map(|n| truck_day(n as u64 + 1, start, INTERVAL_S)).collect();
    let folder = dir.join("positions");
    let store =
        Arc::new(BlockStore::open(RealDisk::shared(), &folder, BlockConfig::default()).map_err(failed)?);
    // As they arrive: every truck's next position by turns, the store's clock following.
    let mut all: Vec<(usize, &Fix)> =
        days.iter().enumerate().flat_map(|(n, d)| d.iter().map(move |f| (n, f))).collect();
    all.sort_by_key(|(n, f)| (f.offset, *n));
    for (turn, (truck, fix)) in all.iter().enumerate() {
        store.push(*truck as u64 + 1, fix).map_err(failed)?;
        if turn % 4_096 == 0 {
            store.tick(fix.received_at, fix.offset).map_err(failed)?;
        }
    }
    store.flush(all.last().map_or(0, |(_, f)| f.offset + 1)).map_err(failed)?;
    let positions = all.len();
    let stored = size_of_folder(&folder)?;
    let flat = dir.join("flat");
    let wanted = days.first().map(Vec::as_slice).unwrap_or_default();
    std::fs::write(&flat, wanted.iter().flat_map(record).collect::<Vec<u8>>())?;
    let (mut ours, mut bare) = (Vec::new(), Vec::new());
    for _ in 0..runs {
        let watch = Watch::start();
        for _ in 0..reads {
            // A position may be taken a little after its second.
            let track = store.read(1, start, start + DAY_US + 60_000_000, usize::MAX).map_err(failed)?;
            if track.fixes.len() != wanted.len() || track.damaged > 0 {
                return Err(Failure::new(format!(
                    "{} of {} positions came back",
                    track.fixes.len(),
                    wanted.len()
                )));
            }
        }
        ours.push(watch.stop(reads));
        bare.push(bare_reads(&flat, wanted.len(), reads)?);
    }
    let read = store.read(1, start, start + DAY_US + 60_000_000, usize::MAX).map_err(failed)?;
    let mut expected = wanted.to_vec();
    expected.sort_by_key(|f| (f.at, f.offset));
    if read.fixes != expected {
        return Err(Failure::new("what was read is not what was stored"));
    }
    let line = Line::new("blocks", "blocks", "days/s", &ours, &bare);
    let ms = if line.ours > 0.0 { 1_000.0 / line.ours } else { 0.0 };
    Ok(line
        .with("ms_per_day", (ms * 1_000.0).round() / 1_000.0)
        .with("positions_per_day", wanted.len())
        .with("bytes_per_position", (stored as f64 / positions as f64 * 100.0).round() / 100.0)
        .with("trucks", trucks)
        .with("interval_s", INTERVAL_S)
        .with("positions", positions))
}

fn size_of_folder(folder: &Path) -> Result<u64, Failure> {
    let mut bytes = 0;
    for entry in std::fs::read_dir(folder)? {
        bytes += entry?.metadata()?.len();
    }
    Ok(bytes)
}

/// A fix as a bare record.
fn record(fix: &Fix) -> [u8; RECORD] {
    let mut out = [0; RECORD];
    let items = fix.extras.get(..12).unwrap_or(&fix.extras);
    let fields: [&[u8]; 10] = [
        &fix.at.to_le_bytes(),
        &fix.received_at.to_le_bytes(),
        &fix.lat_e6.to_le_bytes(),
        &fix.lon_e6.to_le_bytes(),
        &fix.altitude_m.to_le_bytes(),
        &fix.speed_dkmh.to_le_bytes(),
        &fix.heading_deg.to_le_bytes(),
        &fix.alarm.to_le_bytes(),
        &fix.status.to_le_bytes(),
        items,
    ];
    out.iter_mut().zip(fields.concat()).for_each(|(to, from)| *to = from);
    out
}

/// Opens the file, reads it whole and makes fixes of its records.
fn bare_reads(flat: &Path, count: usize, reads: usize) -> Result<Run, Failure> {
    let watch = Watch::start();
    for _ in 0..reads {
        let mut bytes = Vec::with_capacity(count * RECORD);
        File::open(flat)?.read_to_end(&mut bytes)?;
        let fixes: Vec<Fix> = bytes.chunks_exact(RECORD).filter_map(fix).collect();
        if fixes.len() != count {
            return Err(Failure::new("the bare file is not whole"));
        }
    }
    Ok(watch.stop(reads))
}

fn fix(record: &[u8]) -> Option<Fix> {
    let long = |at: usize| Some(i64::from_le_bytes(*record.get(at..)?.first_chunk()?));
    let word = |at: usize| Some(i32::from_le_bytes(*record.get(at..)?.first_chunk()?));
    let short = |at: usize| Some(u16::from_le_bytes(*record.get(at..)?.first_chunk()?));
    Some(Fix {
        at: long(0)?,
        received_at: long(8)?,
        lat_e6: word(16)?,
        lon_e6: word(20)?,
        altitude_m: short(24)?.cast_signed(),
        speed_dkmh: short(26)?,
        heading_deg: short(28)?,
        alarm: word(30)?.cast_unsigned(),
        status: word(34)?.cast_unsigned(),
        extras: record.get(38..50)?.to_vec(),
        offset: 0,
    })
}
