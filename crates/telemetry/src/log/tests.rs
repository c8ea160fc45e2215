//! Tests of the log on the simulated disk: order and completeness under concurrency, repair, damage, faults.
//! Power cuts are in `tests/`.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::*;
use crate::disk::{Fault, RealDisk, SimDisk};

fn config() -> LogConfig {
    LogConfig { segment_bytes: 4_000, ..LogConfig::default() }
}

fn open(disk: &SimDisk, config: LogConfig) -> (Log, Opened) {
    Log::open(Arc::new(disk.clone()), "/log", config).unwrap()
}

fn batch(payloads: &[&[u8]]) -> Batch {
    let mut batch = Batch::new();
    for (i, payload) in payloads.iter().enumerate() {
        batch.push(i as u64, 1_000 + i as i64, 7, payload).unwrap();
    }
    batch
}

fn file(first: Offset) -> PathBuf {
    segment::path(Path::new("/log"), first)
}

/// Puts other bytes in the place of a file's.
fn replace(disk: &SimDisk, first: Offset, bytes: &[u8]) {
    let file = disk.open(&file(first)).unwrap();
    file.truncate(0).unwrap();
    file.write_at(0, bytes).unwrap();
    file.sync().unwrap();
}

/// Everything from an offset to the log's present end.
async fn read(log: &Log, from: Offset) -> (Vec<(Offset, Vec<u8>)>, Vec<Gap>) {
    let (mut records, mut gaps) = (Vec::new(), Vec::new());
    let mut tail = log.tail(from).unwrap();
    while tail.position() < log.durable_end() {
        match tail.next().await.unwrap().unwrap() {
            Tailed::Records(r) => {
                assert_eq!(r.iter().count(), r.len());
                records.extend(r.iter().map(|r| (r.offset, r.payload.to_vec())));
            }
            Tailed::Gap(gap) => gaps.push(gap),
        }
    }
    (records, gaps)
}

#[tokio::test]
async fn a_record_comes_back_as_it_was_pushed() {
    let (log, opened) = open(&SimDisk::new(), config());
    assert_eq!((opened.first, opened.next, opened.cut), (0, 0, 0));
    let mut batch = Batch::new();
    batch.push(u64::MAX, i64::MIN, 255, b"").unwrap();
    batch.push(1, -1, 0, &[0xff; 300]).unwrap();
    assert_eq!(log.append(batch).await.unwrap(), 0..2);
    assert_eq!(log.append(Batch::new()).await.unwrap(), 2..2);
    let mut tail = log.tail(1).unwrap();
    let Some(Tailed::Records(records)) = tail.next().await.unwrap() else { panic!("records were expected") };
    let all: Vec<_> = records.iter().collect();
    assert_eq!(all, [Record { offset: 1, received_at: -1, source: 1, kind: 0, payload: &[0xff; 300] }]);
    assert!(matches!(log.tail(3), Err(LogError::Beyond { asked: 3, end: 2 })));
    let mut batch = Batch::new();
    assert!(matches!(batch.push(1, 1, 1, &vec![0; MAX_BATCH_BYTES]), Err(LogError::TooLarge(_))));
    assert!(batch.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_writers_and_every_record_once_in_order() {
    let dir = tempfile::tempdir().unwrap();
    // Small bounds, so that appends wait for room and the tails run off the memory now and then.
    let config =
        LogConfig { segment_bytes: 20_000, queue_bytes: 600, live_bytes: 2_000, ..LogConfig::default() };
    let (log, _) = Log::open(RealDisk::shared(), dir.path(), config).unwrap();
    let log = Arc::new(log);
    let tails: Vec<_> = (0..2)
        .map(|_| {
            let mut tail = log.tail(0).unwrap();
            tokio::spawn(async move {
                let mut seen = Vec::new();
                while let Some(next) = tail.next().await.unwrap() {
                    let Tailed::Records(records) = next else { panic!("no gap was expected") };
                    seen.extend(records.iter().map(|r| (r.offset, r.source, r.payload.to_vec())));
                }
                seen
            })
        })
        .collect();
    let writers: Vec<_> = (0..40_u64)
        .map(|source| {
            let log = log.clone();
            tokio::spawn(async move {
                let mut acknowledged = HashMap::new();
                for n in 0..20_u8 {
                    let mut batch = Batch::new();
                    for part in 0..=n % 3 {
                        batch.push(source, i64::from(n), 1, &[n, part, 0, 0, source as u8]).unwrap();
                    }
                    for (part, offset) in log.append(batch).await.unwrap().enumerate() {
                        acknowledged.insert(offset, (source, vec![n, part as u8, 0, 0, source as u8]));
                    }
                }
                acknowledged
            })
        })
        .collect();
    let mut acknowledged = HashMap::new();
    for writer in writers {
        acknowledged.extend(writer.await.unwrap());
    }
    let end = log.durable_end();
    drop(log);
    assert_eq!(acknowledged.len() as u64, end);
    for tail in tails {
        let seen = tail.await.unwrap();
        assert_eq!(seen.len() as u64, end);
        for (i, (offset, source, payload)) in seen.into_iter().enumerate() {
            assert_eq!(offset, i as u64);
            assert_eq!(acknowledged.get(&offset), Some(&(source, payload)));
        }
    }
}

#[tokio::test]
async fn reopening_continues_where_it_stopped_and_retires_whole_segments() {
    let disk = SimDisk::new();
    for round in 0..5_u64 {
        let (log, opened) = open(&disk, config());
        assert_eq!((opened.next, opened.cut, opened.gaps.len()), (round * 20, 0, 0));
        for _ in 0..20 {
            log.append(batch(&[&[round as u8; 200]])).await.unwrap();
        }
    }
    let (log, opened) = open(&disk, config());
    assert_eq!((opened.first, opened.next), (0, 100));
    let (records, gaps) = read(&log, 0).await;
    assert_eq!((records.len(), gaps.len()), (100, 0));
    let segments = disk.list(Path::new("/log")).unwrap().len();
    assert!(segments > 4, "{segments} segments");
    assert!(log.retire(50).unwrap() > 0);
    assert!(log.first() <= 50 && log.first() > 20);
    assert_eq!(read(&log, 50).await.0.len(), 50);
    // Who starts before that is told.
    let (records, gaps) = read(&log, 3).await;
    assert_eq!((gaps.len(), gaps[0].from, gaps[0].to), (1, 3, log.first()));
    assert_eq!(records.first().map(|r| r.0), Some(log.first()));
    // The segment being written stays.
    log.retire(Offset::MAX).unwrap();
    assert_eq!(disk.list(Path::new("/log")).unwrap().len(), 1);
}

#[tokio::test]
async fn a_tail_cut_at_any_byte_loses_the_last_group_only() {
    let disk = SimDisk::new();
    let (log, _) = open(&disk, LogConfig::default());
    log.append(batch(&[b"first", b"second"])).await.unwrap();
    let kept = disk.bytes(&file(0)).unwrap().len();
    log.append(batch(&[b"third"])).await.unwrap();
    drop(log);
    let whole = disk.bytes(&file(0)).unwrap();
    for cut in kept..whole.len() {
        // Cut short, the rest zeros, and the rest rubbish.
        for fill in [None, Some(0), Some(0xa5)] {
            let mut bytes = whole[..cut].to_vec();
            if let Some(fill) = fill {
                bytes.resize(whole.len(), fill);
            }
            if bytes == whole {
                continue;
            }
            replace(&disk, 0, &bytes);
            let (log, opened) = open(&disk, LogConfig::default());
            assert_eq!((opened.next, opened.gaps.len()), (2, 0), "cut at {cut}");
            assert_eq!(opened.cut as usize, bytes.len() - kept);
            assert_eq!(log.append(batch(&[b"again"])).await.unwrap(), 2..3);
            let (records, gaps) = read(&log, 0).await;
            let payloads: Vec<_> = records.iter().map(|r| r.1.as_slice()).collect();
            assert_eq!((payloads, gaps.len()), (vec![&b"first"[..], b"second", b"again"], 0));
        }
    }
}

#[tokio::test]
async fn damage_is_reported_with_file_and_offset_and_reading_goes_on() {
    let disk = SimDisk::new();
    let (log, _) = open(&disk, config());
    for i in 0..60_u8 {
        log.append(batch(&[&[i; 200]])).await.unwrap();
    }
    drop(log);
    let whole = disk.bytes(&file(0)).unwrap();
    // Every place in the second group: its header, its record's header, its payload.
    let size = HEADER + 8 + 17 + 200;
    for at in (size..2 * size).step_by(7) {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x10;
        replace(&disk, 0, &bytes);
        let (log, opened) = open(&disk, config());
        assert_eq!((opened.next, opened.gaps.len()), (60, 0));
        let (records, gaps) = read(&log, 0).await;
        assert_eq!(gaps, [Gap { file: segment::name(0), position: size as u64, from: 1, to: 2 }]);
        assert_eq!(records.len(), 59);
        assert_eq!(read(&log, 1).await.1.len(), 1);
        assert_eq!(read(&log, 2).await.1.len(), 0);
    }
    // The whole of a closed segment is lost: reading goes on in the next.
    replace(&disk, 0, &vec![0x57; whole.len()]);
    let (log, _) = open(&disk, config());
    let (records, gaps) = read(&log, 0).await;
    assert_eq!((gaps.len(), gaps[0].from), (1, 0));
    assert_eq!(records.first().map(|r| r.0), Some(gaps[0].to));
    assert_eq!(records.len() as u64, 60 - gaps[0].to);
}

#[tokio::test]
async fn damage_inside_the_last_segment_is_not_taken_for_an_interrupted_write() {
    let disk = SimDisk::new();
    let (log, _) = open(&disk, LogConfig::default());
    for i in 0..10_u8 {
        log.append(batch(&[&[i; 200]])).await.unwrap();
    }
    drop(log);
    let mut bytes = disk.bytes(&file(0)).unwrap();
    bytes[700] ^= 1;
    let len = bytes.len();
    bytes.truncate(len - 1);
    replace(&disk, 0, &bytes);
    let (log, opened) = open(&disk, LogConfig::default());
    assert_eq!((opened.next, opened.gaps.len()), (9, 1));
    assert_eq!((opened.gaps[0].from, opened.gaps[0].to), (2, 3));
    assert_eq!(log.append(batch(&[b"more"])).await.unwrap(), 9..10);
    let (records, gaps) = read(&log, 0).await;
    assert_eq!((records.len(), gaps), (9, opened.gaps));
}

#[tokio::test]
async fn a_slow_consumer_reads_from_disk_and_one_that_keeps_up_does_not() {
    let disk = SimDisk::new();
    let (log, _) = open(&disk, LogConfig { live_bytes: 1_000, ..config() });
    let (mut slow, mut quick) = (log.tail(0).unwrap(), log.tail(0).unwrap());
    for i in 0..100_u8 {
        log.append(batch(&[&[i; 100]])).await.unwrap();
        let Some(Tailed::Records(records)) = quick.next().await.unwrap() else {
            panic!("a record was expected")
        };
        assert_eq!(records.first(), u64::from(i));
        assert!(log.shared.live().bytes <= 1_000);
    }
    assert_eq!(quick.disk_trips(), 0);
    for i in 0..100 {
        assert_eq!(slow.position(), i);
        let Some(Tailed::Records(records)) = slow.next().await.unwrap() else {
            panic!("a record was expected")
        };
        assert_eq!((records.first(), records.len()), (i, 1));
    }
    assert!(slow.disk_trips() > 0);
}

#[tokio::test]
async fn after_a_failed_write_or_sync_nothing_is_acknowledged() {
    for (fault, kind) in [
        (Fault::Write, io::ErrorKind::StorageFull),
        (Fault::Sync, io::ErrorKind::Other),
        (Fault::SyncDir, io::ErrorKind::Other),
    ] {
        let disk = SimDisk::new();
        let (log, _) = open(&disk, LogConfig { segment_bytes: 1, ..config() });
        log.append(batch(&[b"safe"])).await.unwrap();
        let mut tail = log.tail(0).unwrap();
        disk.fail(fault, 0, kind);
        let error = log.append(batch(&[b"lost?"])).await.unwrap_err();
        assert!(matches!(error, LogError::Poisoned { .. }), "{error}");
        assert_eq!(error.is_disk_full(), kind == io::ErrorKind::StorageFull);
        let later = log.append(batch(&[b"later"])).await.unwrap_err();
        assert_eq!(later.to_string(), error.to_string());
        assert!(log.failure().is_some());
        // What is durable is still delivered, then the reason why there is no more.
        assert!(matches!(tail.next().await, Ok(Some(Tailed::Records(r))) if r.len() == 1));
        assert!(matches!(tail.next().await, Err(LogError::Poisoned { .. })));
        drop(log);
        // Opened again it works, and what it holds then is safe from a power cut at last.
        let (log, opened) = open(&disk, config());
        log.append(batch(&[b"after"])).await.unwrap();
        drop(log);
        for seed in 0..20 {
            let cut = disk.power_cut(seed);
            let (log, _) = open(&cut, config());
            let (records, gaps) = read(&log, 0).await;
            assert_eq!((records.len() as u64, gaps.len()), (opened.next + 1, 0), "{fault:?}");
        }
    }
}

#[tokio::test]
async fn a_read_error_can_be_tried_again() {
    let disk = SimDisk::new();
    let (log, _) = open(&disk, config());
    log.append(batch(&[b"one"])).await.unwrap();
    drop(log);
    let (log, _) = open(&disk, config());
    let mut tail = log.tail(0).unwrap();
    disk.fail(Fault::Read, 0, io::ErrorKind::Other);
    assert!(matches!(tail.next().await, Err(LogError::Io { .. })));
    assert!(matches!(tail.next().await, Ok(Some(Tailed::Records(_)))));
}

#[tokio::test]
async fn a_lost_log_continues_above_what_others_have_seen() {
    let disk = SimDisk::new();
    let (log, opened) = open(&disk, LogConfig { at_least: 500, ..config() });
    assert_eq!((opened.first, opened.next), (500, 500));
    log.append(batch(&[b"one"])).await.unwrap();
    drop(log);
    let (log, opened) = open(&disk, LogConfig { at_least: 900, ..config() });
    assert_eq!((opened.first, opened.next), (500, 900));
    assert_eq!(log.append(batch(&[b"two"])).await.unwrap(), 900..901);
    let (records, gaps) = read(&log, 500).await;
    assert_eq!((records.len(), gaps.len(), gaps[0].from, gaps[0].to), (2, 1, 501, 900));
}

#[tokio::test]
async fn one_log_has_one_owner() {
    let disk = SimDisk::new();
    let (_log, _) = open(&disk, config());
    assert!(matches!(Log::open(Arc::new(disk.clone()), "/log", config()), Err(LogError::Io { .. })));
}
