//! A file of the ingest log, as a bad disk or a bad hand leaves it: the log must open, give what is sound in its order,
//! say what is missing, and keep what is appended afterwards. The damage can make the checksums right again, so that it
//! reaches lengths and counts.

use std::path::Path;
use std::sync::Arc;

use telemetry::disk::{Disk, SimDisk};
use telemetry::log::{Batch, Log, LogConfig, Tailed};
use tokio::runtime::{Builder, Runtime};

use crate::{Dice, Target, mutate, outcome};

pub const TARGET: Target =
    Target { name: "log", about: "a damaged file of the ingest log", seeds, damage, check };

const DIR: &str = "/log";
const FILE: &str = "/log/ingest-00000000000000000000.log";
/// Bytes of a group's header, and of a record before its payload (`telemetry::log::record`).
const HEADER: usize = 40;
const PREFIX: usize = 8;
const NEW: &[u8] = b"appended after the damage";

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().expect("a runtime")
}

fn open(disk: &SimDisk) -> (Log, telemetry::log::Opened) {
    Log::open(Arc::new(disk.clone()), DIR, LogConfig::default()).expect("a damaged log opens")
}

fn seeds() -> Vec<Vec<u8>> {
    let file = |groups: &[&[&[u8]]]| -> Vec<u8> {
        let disk = SimDisk::new();
        let (log, _) = open(&disk);
        for group in groups {
            let mut batch = Batch::new();
            for (n, payload) in (0..).zip(*group) {
                batch.push(n, 1_000 + n.cast_signed(), 1, payload).expect("small");
            }
            runtime().block_on(log.append(batch)).expect("appended");
        }
        drop(log);
        disk.bytes(Path::new(FILE)).unwrap_or_default()
    };
    vec![
        Vec::new(),
        file(&[&[b"one"]]),
        file(&[&[b"one", b""], &[b"WLG1WLG1WLG1"], &[&[7; 60], b"last"]]),
        file(&[&[&[0; 300]], &[b"a", b"b", b"c", b"d"], &[b"e"], &[b"f"], &[b"g"]]),
    ]
}

fn number(bytes: &[u8], at: usize) -> Option<usize> {
    Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?) as usize)
}

/// Where groups seem to begin.
fn groups(file: &[u8]) -> Vec<usize> {
    file.windows(4).enumerate().filter(|(_, w)| w == b"WLG1").map(|(at, _)| at).collect()
}

fn damage(file: &mut Vec<u8>, other: &[u8], dice: &mut Dice) {
    let found = groups(file);
    if found.is_empty() || dice.once_in(2) {
        return mutate::bytes(file, other, dice);
    }
    let at = *dice.one_of(&found);
    match dice.below(4) {
        0 => {
            // A number of the header.
            let field = at + *dice.one_of(&[8, 12, 16, 24, 32]);
            if let Some(byte) = file.get_mut(field + dice.below(4)) {
                *byte = if dice.once_in(2) { byte.wrapping_add(1) } else { dice.byte() };
            }
            seal_header(file, at);
        }
        1 => {
            // Length or bytes of the first record.
            let record = at + HEADER;
            if let Some(byte) = file.get_mut(record + dice.below(30)) {
                *byte = dice.byte();
            }
            seal_record(file, record);
        }
        2 => {
            // A group in another place.
            let end = (at + HEADER + number(file, at + 8).unwrap_or(0).min(4_096)).min(file.len());
            let group = file[at..end].to_vec();
            let to = *dice.one_of(&found);
            file.splice(to..to, group);
        }
        _ => {
            let to = (at + dice.below(200)).min(file.len());
            file[at..to].fill(*dice.one_of(&[0x00, 0xff]));
        }
    }
    file.truncate(mutate::LONGEST);
}

fn seal_header(file: &mut [u8], at: usize) {
    if let Some(header) = file.get_mut(at..at + HEADER) {
        let crc = crc32c::crc32c(&header[8..]);
        header[4..8].copy_from_slice(&crc.to_le_bytes());
    }
}

fn seal_record(file: &mut [u8], at: usize) {
    let Some(length) = number(file, at) else { return };
    if let Some(body) = file.get(at + PREFIX..at.saturating_add(PREFIX).saturating_add(length)) {
        let crc = crc32c::crc32c(body);
        file[at + 4..at + PREFIX].copy_from_slice(&crc.to_le_bytes());
    }
}

/// Everything from the beginning on: the records, how many are missing, and how often something is.
async fn read(log: &Log) -> (Vec<(u64, Vec<u8>)>, u64, usize) {
    let (mut records, mut missing, mut gaps) = (Vec::new(), 0, 0);
    let mut tail = log.tail(log.first()).expect("the beginning");
    let mut next = tail.position();
    while tail.position() < log.durable_end() {
        match tail.next().await.expect("a simulated disk can be read") {
            Some(Tailed::Records(all)) => {
                assert_eq!(all.first(), next, "no hole without a word");
                records.extend(all.iter().map(|r| (r.offset, r.payload.to_vec())));
                assert_eq!(all.iter().count(), all.len(), "as many records as it says");
                next = all.end();
            }
            Some(Tailed::Gap(gap)) => {
                assert!(gap.from == next && gap.to > gap.from, "{gap:?} begins at {next}");
                (missing, gaps, next) = (missing + (gap.to - gap.from), gaps + 1, gap.to);
            }
            None => break,
        }
    }
    assert_eq!(next, log.durable_end(), "everything was read");
    assert!(records.is_sorted_by(|a, b| a.0 < b.0), "in its order");
    (records, missing, gaps)
}

fn check(bytes: &[u8]) -> u64 {
    let disk = SimDisk::new();
    let file = disk.create(Path::new(FILE)).expect("a file");
    file.write_at(0, bytes).and_then(|()| file.sync()).expect("written");
    disk.sync_dir(Path::new(DIR)).expect("synced");
    drop(file);
    let runtime = runtime();
    let (log, opened) = open(&disk);
    let before = runtime.block_on(read(&log));
    let mut batch = Batch::new();
    batch.push(9, 9, 9, NEW).expect("small");
    let range = match runtime.block_on(log.append(batch)) {
        Ok(range) => range,
        // The numbers are at their end: nothing more can be promised, and nothing is.
        Err(error) => return outcome(&[&"full", &error.is_disk_full()]),
    };
    assert_eq!(range.start, opened.next, "it goes on where it ended");
    drop(log);
    let (log, again) = open(&disk.power_cut(1));
    assert_eq!(again.next, range.end, "what was acknowledged is there after a power cut");
    let after = runtime.block_on(read(&log));
    assert_eq!(after.0.last(), Some(&(range.start, NEW.to_vec())), "as it was");
    assert_eq!(after.0.len(), before.0.len() + 1, "beside all that was sound before");
    outcome(&[&before.0.len().min(12), &before.1.min(8), &before.2, &(opened.cut > 0), &opened.gaps.len()])
}
