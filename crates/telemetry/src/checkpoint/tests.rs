//! Tests of the checkpoints: what is saved comes back, and damage or a power cut costs one generation at most.

use std::path::Path;

use super::*;
use crate::disk::{Fault, SimDisk};

fn open(disk: &SimDisk) -> (CheckpointStore, Option<Checkpoint>) {
    CheckpointStore::open(Arc::new(disk.clone()), "/state", "rules").unwrap()
}

fn files(disk: &SimDisk) -> Vec<String> {
    let mut names = disk.list(Path::new("/state")).unwrap();
    names.sort();
    names
}

fn damage(disk: &SimDisk, name: &str) {
    let file = disk.open(&Path::new("/state").join(name)).unwrap();
    let at = file.len().unwrap() - 1;
    file.write_at(at, &[0xee]).unwrap();
}

#[test]
fn two_generations_are_kept_and_the_older_one_says_what_the_log_must_keep() {
    let disk = SimDisk::new();
    let (mut store, newest) = open(&disk);
    assert_eq!((newest, store.needed_from()), (None, 0));
    assert_eq!(store.save(10, b"ten").unwrap(), 10);
    assert_eq!(store.save(20, b"").unwrap(), 10);
    assert_eq!(store.save(30, b"thirty").unwrap(), 20);
    assert_eq!(files(&disk).len(), 2);
    let (store, newest) = open(&disk);
    assert_eq!(newest, Some(Checkpoint { offset: 30, state: b"thirty".to_vec() }));
    assert_eq!(store.needed_from(), 20);
    // Another consumer's files are its own.
    let (_, other) = CheckpointStore::open(Arc::new(disk.clone()), "/state", "rule").unwrap();
    assert_eq!(other, None);
}

#[test]
fn a_bad_newest_falls_back_and_only_bad_ones_are_an_error() {
    let disk = SimDisk::new();
    let (mut store, _) = open(&disk);
    store.save(10, b"ten").unwrap();
    store.save(20, b"twenty").unwrap();
    let names = files(&disk);
    damage(&disk, &names[1]);
    let (mut store, newest) = open(&disk);
    assert_eq!(newest.map(|c| c.offset), Some(10));
    assert_eq!(store.save(25, b"x").unwrap(), 10);
    let (_, newest) = open(&disk);
    assert_eq!(newest.map(|c| c.offset), Some(25));
    for name in files(&disk) {
        damage(&disk, &name);
    }
    let error = CheckpointStore::open(Arc::new(disk.clone()), "/state", "rules").err().unwrap();
    assert!(matches!(error, CheckpointError::Damaged { .. }), "{error}");
}

#[test]
fn a_failed_save_changes_nothing_and_may_be_tried_again() {
    for fault in [Fault::Write, Fault::Sync, Fault::SyncDir] {
        let disk = SimDisk::new();
        let (mut store, _) = open(&disk);
        store.save(10, b"ten").unwrap();
        disk.fail(fault, 0, io::ErrorKind::StorageFull);
        assert!(store.save(20, b"twenty").is_err());
        assert_eq!(store.needed_from(), 10);
        store.save(30, b"thirty").unwrap();
        assert_eq!(open(&disk).1.map(|c| c.offset), Some(30));
    }
}

/// Cuts the power at every operation; true if a saved checkpoint was ever lost.
fn loses(ignore_sync: bool) -> bool {
    let disk = SimDisk::new();
    disk.ignore_sync(ignore_sync);
    let (mut store, _) = open(&disk);
    let mut saved = vec![(0, 0)];
    for n in 1..8_u64 {
        store.save(n, &vec![n as u8; 700]).unwrap();
        saved.push((disk.operations(), n));
    }
    let mut lost = false;
    for k in 0..=disk.operations() {
        let promised = saved.iter().rev().find(|s| s.0 <= k).map_or(0, |s| s.1);
        for seed in 0..20 {
            let cut = disk.power_cut_at(k, seed);
            match CheckpointStore::open(Arc::new(cut), "/state", "rules") {
                Ok((_, newest)) => {
                    let newest = newest.unwrap_or(Checkpoint { offset: 0, state: Vec::new() });
                    assert!(newest.state.iter().all(|&b| u64::from(b) == newest.offset));
                    lost |= newest.offset < promised;
                }
                Err(_) => lost = true,
            }
        }
    }
    lost
}

#[test]
fn a_power_cut_loses_no_saved_checkpoint() {
    assert!(!loses(false));
    assert!(loses(true), "without syncs the test must fail, or it proves nothing");
}
