//! The power fails at any moment. A small city writes through log, blocks and checkpoints on the simulated
//! disk; then, for thousands of images of that disk, everything is opened again, the log is replayed, and every
//! acknowledged fix must be there exactly once. The same test on a disk whose syncs do nothing must fail, or it
//! would prove nothing.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Mutex};

use telemetry::blocks::{BlockConfig, BlockStore, Fix};
use telemetry::checkpoint::CheckpointStore;
use telemetry::disk::SimDisk;
use telemetry::log::{Batch, Log, LogConfig, Tail, Tailed};

const START: i64 = 1_795_500_000_000_000;
const DEVICES: u64 = 6;
const SECOND: i64 = 1_000_000;

/// What was promised: after so many operations of the disk, the device's record with this number is safe.
type Promises = Vec<(usize, u64, u32)>;

/// The stores of one city on one disk.
struct City {
    log: Log,
    blocks: BlockStore,
    checkpoints: CheckpointStore,
    tail: Tail,
}

impl City {
    /// Opens everything, as after a crash.
    fn open(disk: &SimDisk) -> Result<Self, String> {
        let shared = Arc::new(disk.clone());
        let (checkpoints, newest) =
            CheckpointStore::open(shared.clone(), "/state", "fixes").map_err(|e| e.to_string())?;
        let at_least = newest.map_or(0, |c| c.offset);
        let config = LogConfig {
            segment_bytes: 1_500,
            live_bytes: 400,
            queue_bytes: 2_000,
            at_least,
            ..Default::default()
        };
        let (log, opened) = Log::open(shared.clone(), "/log", config).map_err(|e| e.to_string())?;
        if !opened.gaps.is_empty() {
            return Err(format!("gaps {:?}", opened.gaps));
        }
        let config = BlockConfig { block_fixes: 6, max_wait: 8 * SECOND, ..Default::default() };
        let blocks = BlockStore::open(shared, "/blocks", config).map_err(|e| e.to_string())?;
        let tail = log.tail(at_least).map_err(|e| e.to_string())?;
        Ok(Self { log, blocks, checkpoints, tail })
    }

    /// Takes what comes next from the log into the blocks; false at the end.
    async fn take(&mut self) -> Result<bool, String> {
        match self.tail.next().await.map_err(|e| e.to_string())? {
            None => Ok(false),
            Some(Tailed::Gap(gap)) => Err(format!("{gap:?}")),
            Some(Tailed::Records(records)) => {
                for record in records.iter() {
                    for fix in fixes(record.source, record.payload, record.offset) {
                        self.blocks.push(record.source, &fix).map_err(|e| e.to_string())?;
                    }
                }
                Ok(true)
            }
        }
    }

    /// Everything that is durable goes through `take`.
    async fn catch_up(&mut self) -> Result<(), String> {
        while self.tail.position() < self.log.durable_end() {
            self.take().await?;
        }
        Ok(())
    }

    /// Ticks, saves the place and retires what the log no longer has to keep.
    fn settle(&mut self, now: i64) {
        let needed = self.blocks.tick(now, self.tail.position()).unwrap();
        let needed = self.checkpoints.save(needed, b"state").unwrap();
        self.log.retire(needed).unwrap();
    }
}

/// The record with this number: every fifth brings three fixes, as a device does that was out of reach.
fn payload(number: u32) -> Vec<u8> {
    let mut bytes = number.to_le_bytes().to_vec();
    bytes.resize(20 + (number % 7) as usize * 8, number as u8);
    bytes
}

fn fixes(device: u64, payload: &[u8], offset: u64) -> Vec<Fix> {
    let number = u32::from_le_bytes(*payload.first_chunk().unwrap());
    let parts = if number.is_multiple_of(5) { 3 } else { 1 };
    let fix = |part: i64| {
        let received_at = START + i64::from(number) * SECOND;
        // Some were late by a day, so that more than one file is written.
        let late = if number.is_multiple_of(10) { 86_400 * SECOND } else { 0 };
        let extras = payload.to_vec();
        Fix {
            at: received_at - late + part,
            received_at,
            alarm: device as u32,
            extras,
            offset,
            ..Fix::default()
        }
    };
    (0..parts).map(fix).collect()
}

async fn append(log: &Log, disk: &SimDisk, promises: &Mutex<Promises>, device: u64, numbers: &[u32]) {
    let mut batch = Batch::new();
    for &number in numbers {
        batch.push(device, START, 1, &payload(number)).unwrap();
    }
    log.append(batch).await.unwrap();
    let operations = disk.operations();
    promises.lock().unwrap().extend(numbers.iter().map(|&n| (operations, device, n)));
}

/// Lets the city live for a while and returns what it promised.
async fn live(disk: &SimDisk, numbers: std::ops::Range<u32>) -> Promises {
    let mut city = City::open(disk).unwrap();
    city.catch_up().await.unwrap();
    let promises = Mutex::default();
    let all: Vec<u32> = numbers.collect();
    for some in all.chunks(4) {
        let now = START + i64::from(some[0]) * SECOND;
        let (log, promises) = (&city.log, &promises);
        let one = |device| async move {
            // One batch of all, or one after the other, so that groups differ.
            for numbers in some.chunks(if device % 2 == 0 { 4 } else { 1 }) {
                append(log, disk, promises, device, numbers).await;
            }
        };
        tokio::join!(one(0), one(1), one(2), one(3), one(4), one(5));
        city.catch_up().await.unwrap();
        city.settle(now);
    }
    promises.into_inner().unwrap()
}

/// Opens an image and compares it with the promises. The error says what is wrong.
async fn check(image: &SimDisk, promised: &HashSet<(u64, u32)>) -> Result<(), String> {
    let mut city = City::open(image)?;
    city.catch_up().await?;
    for device in 0..DEVICES {
        let track = city.blocks.read(device, 0, i64::MAX, usize::MAX).map_err(|e| e.to_string())?;
        if track.damaged > 0 {
            return Err(format!("{} damaged blocks", track.damaged));
        }
        let mut found: BTreeMap<u32, Vec<Fix>> = BTreeMap::new();
        for fix in track.fixes {
            let number = u32::from_le_bytes(*fix.extras.first_chunk().ok_or("a fix without its extras")?);
            found.entry(number).or_default().push(fix);
        }
        for (number, found) in &found {
            // Whole, unaltered and once, whether it was acknowledged or not.
            let offset = found.first().map_or(0, |f| f.offset);
            if *found != fixes(device, &payload(*number), offset) {
                return Err(format!("record {number} of device {device} came back as {found:?}"));
            }
        }
        for (_, number) in promised.iter().filter(|p| p.0 == device) {
            if !found.contains_key(number) {
                return Err(format!("record {number} of device {device} was acknowledged and is lost"));
            }
        }
    }
    Ok(())
}

fn promised(promises: &Promises, operations: usize) -> HashSet<(u64, u32)> {
    promises.iter().filter(|p| p.0 <= operations).map(|p| (p.1, p.2)).collect()
}

#[tokio::test]
async fn every_acknowledged_fix_survives_a_power_cut_exactly_once() {
    let disk = SimDisk::new();
    let promises = live(&disk, 0..60).await;
    assert_eq!(promises.len(), 60 * DEVICES as usize);
    let operations = disk.operations();
    let seeds = 2_400_usize.div_ceil(operations + 1) as u64;
    let mut images = 0;
    for k in 0..=operations {
        let promised = promised(&promises, k);
        for seed in 0..seeds {
            let image = disk.power_cut_at(k, seed * 1_000_003 + k as u64);
            if let Err(e) = check(&image, &promised).await {
                panic!("power cut after operation {k} of {operations}, seed {seed}: {e}");
            }
            images += 1;
        }
    }
    assert!(images >= 2_400, "{images} images");
}

#[tokio::test]
async fn power_cuts_one_after_the_other_lose_nothing() {
    for seed in 0..40_u64 {
        let mut disk = SimDisk::new();
        let mut kept: HashSet<(u64, u32)> = HashSet::new();
        for round in 0..4_u32 {
            let promises = live(&disk, round * 8..round * 8 + 8).await;
            // Somewhere in this life, its beginning included.
            let k = (seed as usize * 7_919 + round as usize * 104_729) % (disk.operations() + 1);
            kept.extend(promised(&promises, k));
            disk = disk.power_cut_at(k, seed);
            check(&disk, &kept).await.unwrap_or_else(|e| panic!("seed {seed}, round {round}: {e}"));
        }
    }
}

#[tokio::test]
async fn without_syncs_the_same_test_finds_losses() {
    let disk = SimDisk::new();
    disk.ignore_sync(true);
    let promises = live(&disk, 0..20).await;
    let mut losses = 0;
    for k in (0..=disk.operations()).step_by(5) {
        for seed in 0..4 {
            losses += usize::from(check(&disk.power_cut_at(k, seed), &promised(&promises, k)).await.is_err());
        }
    }
    assert!(losses > 20, "the control lost only {losses} times");
}
